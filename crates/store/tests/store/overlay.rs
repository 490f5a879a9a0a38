//! What is pending lies over what the server has, and moves with it.

use crate::clinic::{
    Desk, begin, client_id, clinical, envelope, laptop, note, note_id, office, patch, rivera, uuid,
};
use crate::server::Server;
use mentalspace_domain::addendum::{Addendum, AddendumKind, AddendumState};
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::client::Client;
use mentalspace_domain::client::create::CreateClient;
use mentalspace_domain::command::Command;
use mentalspace_domain::decision::Outcome;
use mentalspace_domain::ids::{AssignmentId, VersionId};
use mentalspace_domain::note::edit::NoteEdits;
use mentalspace_domain::note::resolve::{ResolveConflict, Seen};
use mentalspace_domain::note::{Note, NoteBranch, NoteState};
use mentalspace_store::{Incoming, SyncWord, Writing};
use std::collections::BTreeMap;

const BASE: &str = "Mood is low. Sleep is poor. Appetite is normal. Works part time. Sees her sister weekly.";

fn desk() -> (Server, Desk) {
    let mut server = Server::new();
    server.put(clinical(1), note(1, 1, &[("subjective", BASE)]));
    let desk = Desk::new();
    server.pull(laptop(), &desk.store);
    (server, desk)
}

fn on(desk: &Desk) -> Note {
    desk.store.get(note_id(1).uuid()).unwrap().unwrap()
}

#[test]
fn her_words_are_there_at_once_and_stay_through_push_and_pull() {
    let (mut server, desk) = desk();
    let text = format!("{BASE} Denies harm.");
    let taken = desk.submit(patch(1, 1, 1, "subjective", BASE, &text));
    assert_eq!((taken.outcome, taken.provisional), (Outcome::Applied, false));
    assert_eq!(desk.section(1, "subjective").unwrap(), text);
    server.push(laptop(), &desk.store);
    assert_eq!(
        desk.section(1, "subjective").unwrap(),
        text,
        "between push and pull it does not flicker away"
    );
    assert_eq!(desk.store.sync_word(note_id(1)).unwrap(), SyncWord::Syncing);
    let applied = server.pull(laptop(), &desk.store);
    assert_eq!(applied.confirmed, 1);
    assert!(applied.mismatched.is_empty());
    assert_eq!(desk.section(1, "subjective").unwrap(), text);
    assert_eq!(desk.store.sync_word(note_id(1)).unwrap(), SyncWord::Synced);
    assert_eq!(desk.count("SELECT count(*) FROM overlay"), 0);
    assert_eq!(desk.count("SELECT count(*) FROM archive"), 1);
}

#[test]
fn far_apart_edits_are_combined_and_wait_to_be_confirmed() {
    let (mut server, desk) = desk();
    desk.submit(patch(1, 1, 1, "subjective", BASE, &BASE.replace("low", "very low")));
    server.put(clinical(1), note(1, 1, &[("subjective", &BASE.replace("weekly", "every other week"))]));
    let applied = server.pull(laptop(), &desk.store);
    assert_eq!(applied.confirmed, 0, "nothing was pushed");
    let shown = on(&desk);
    let text = shown.section(&"subjective".into());
    assert!(text.contains("very low") && text.contains("every other week"), "{text}");
    assert!(shown.combined.contains_key(&"subjective".into()), "the author confirms before signing");
    let applied = server.sync(laptop(), &desk.store);
    assert_eq!(applied.confirmed, 1);
    assert_eq!(on(&desk).section(&"subjective".into()), text, "the server came to the same text");
    let entry = &desk.store.journal(None, 1).unwrap()[0];
    assert_eq!((entry.outcome.as_str(), entry.needs_review), ("merged", true));
}

#[test]
fn edits_that_touch_are_both_kept_and_later_words_follow_their_branch() {
    let (mut server, desk) = desk();
    desk.submit(patch(1, 1, 1, "subjective", BASE, &BASE.replace("low", "brighter")));
    server.put(clinical(1), note(1, 1, &[("subjective", &BASE.replace("low", "flat"))]));
    server.pull(laptop(), &desk.store);
    let shown = on(&desk);
    assert!(shown.section(&"subjective".into()).contains("flat"), "the main text is untouched");
    let branches: Vec<NoteBranch> = desk.store.children(note_id(1).uuid()).unwrap();
    assert_eq!(branches.len(), 1);
    assert!(branches[0].sections[&"subjective".into()].to.contains("brighter"));
    let from = branches[0].sections[&"subjective".into()].to.clone();
    desk.submit(patch(2, 1, 1, "subjective", &from, &format!("{from} Smiled once.")));
    server.sync(laptop(), &desk.store);
    let branches: Vec<NoteBranch> = desk.store.children(note_id(1).uuid()).unwrap();
    assert_eq!(branches.len(), 1, "one line of work, one branch");
    assert!(branches[0].sections[&"subjective".into()].to.ends_with("Smiled once."));
    assert_eq!(on(&desk).branches, vec![branches[0].id]);
}

/// Her own words come back in pieces, one built on the other, before the rest of the pull: they are not somebody else's.
#[test]
fn words_that_come_back_page_by_page_meet_themselves_nowhere() {
    let (first, second) = (BASE.replace("low", "brighter"), BASE.replace("low", "bright and calm"));
    for cut in [false, true] {
        let (mut server, desk) = desk();
        desk.submit(patch(1, 1, 1, "subjective", BASE, &first));
        server.push(laptop(), &desk.store);
        desk.submit(patch(2, 1, 1, "subjective", &first, &second));
        server.push(laptop(), &desk.store);
        server.put(clinical(1), note(2, 1, &[("subjective", "Of a colleague.")]));
        let stands = |desk: &Desk| {
            assert_eq!(on(desk).section(&"subjective".into()), second);
            assert!(on(desk).branches.is_empty() && on(desk).combined.is_empty());
            assert!(desk.store.children::<NoteBranch>(note_id(1).uuid()).unwrap().is_empty());
        };
        // A page that ends with her note; the rest of the chart is on its way.
        let row = |page: &Incoming| page.pages[0].rows.last().map(|row| row.id);
        let pages = (1..10).map(|rows| server.answer(laptop(), &desk.store, rows));
        let mut page = pages.into_iter().find(|page| row(page) == Some(note_id(1).uuid())).unwrap();
        if cut {
            page.end = None;
        }
        let applied = desk.store.apply(&page, crate::clinic::later(9)).unwrap();
        assert!(applied.rows > 0 && applied.confirmed == 0);
        stands(&desk);
        let desk = desk.reopened();
        stands(&desk);
        // And she writes on meanwhile.
        let third = format!("{second} Slept well.");
        desk.submit(patch(3, 1, 1, "subjective", &second, &third));
        assert_eq!(server.pull(laptop(), &desk.store).confirmed, 2);
        assert_eq!(server.sync(laptop(), &desk.store).confirmed, 1);
        assert_eq!(on(&desk).section(&"subjective".into()), third);
        assert!(on(&desk).branches.is_empty() && on(&desk).combined.is_empty());
        assert_eq!(desk.count("SELECT count(*) FROM overlay"), 0);
    }
}

/// A letter that is typed and taken back while they are on their way brings no conflict about either.
#[test]
fn a_letter_taken_back_between_two_pages_changes_nothing() {
    let (first, second) = (BASE.replace("low", "brighter"), BASE.replace("low", "bright and calm"));
    let (mut server, desk) = desk();
    for (i, from, to) in [(1, BASE, &first), (2, first.as_str(), &second)] {
        desk.submit(patch(i, 1, 1, "subjective", from, to));
        server.push(laptop(), &desk.store);
    }
    let mut cut = server.answer(laptop(), &desk.store, usize::MAX);
    cut.end = None;
    desk.store.apply(&cut, crate::clinic::later(9)).unwrap();
    let letter = format!("{second}x");
    for (i, from, to) in [(3, &second, &letter), (4, &letter, &second)] {
        let typed = patch(i, 1, 1, "subjective", from, to);
        desk.store.submit(typed, Writing::StillTyping, crate::clinic::later(10)).unwrap();
        assert_eq!(on(&desk).section(&"subjective".into()), to);
        assert!(on(&desk).branches.is_empty() && on(&desk).combined.is_empty());
    }
    server.sync(laptop(), &desk.store);
    assert_eq!(on(&desk).section(&"subjective".into()), second);
    assert!(on(&desk).branches.is_empty() && on(&desk).combined.is_empty());
}

#[test]
fn what_is_chosen_between_two_texts_is_kept_until_it_is_settled() {
    let (mut server, desk) = desk();
    desk.submit(patch(1, 1, 1, "subjective", BASE, &BASE.replace("low", "brighter")));
    server.put(clinical(1), note(1, 1, &[("subjective", &BASE.replace("low", "flat"))]));
    server.pull(laptop(), &desk.store);
    let branch = desk.store.children::<NoteBranch>(note_id(1).uuid()).unwrap().remove(0);
    let chosen = BTreeMap::from([("0".to_owned(), "Mood is flat, brighter by the end.".to_owned())]);
    desk.store.keep_choices(branch.id, client_id(1), &chosen).unwrap();
    let kept = |desk: &Desk| desk.store.choices::<BTreeMap<String, String>>(branch.id).unwrap();
    let desk = desk.reopened();
    assert_eq!(kept(&desk), Some(chosen.clone()), "a kill between two keys takes nothing of it");
    desk.store.forget_settled_choices().unwrap();
    assert_eq!(kept(&desk), Some(chosen), "nothing is settled yet");
    desk.submit(envelope(
        2,
        Command::NoteResolve(ResolveConflict {
            note_id: note_id(1),
            client_id: client_id(1),
            branch_id: branch.id,
            edits: NoteEdits::default(),
            seen: Seen::of(&branch),
        }),
    ));
    desk.store.forget_settled_choices().unwrap();
    assert_eq!(kept(&desk), None);
}

#[test]
fn words_for_a_note_signed_meanwhile_become_a_late_entry() {
    let (mut server, desk) = desk();
    let text = format!("{BASE} Called in the evening.");
    desk.submit(patch(1, 1, 1, "subjective", BASE, &text));
    let version = VersionId::new(uuid(77));
    let signed = NoteState::Signed { version, signed_at: crate::clinic::later(5) };
    server.put(clinical(1), Note { state: signed.clone(), ..note(1, 1, &[("subjective", BASE)]) });
    server.pull(laptop(), &desk.store);
    let check = |desk: &Desk| {
        let shown = on(desk);
        assert_eq!((shown.state.clone(), shown.section(&"subjective".into())), (signed.clone(), BASE));
        let addenda: Vec<Addendum> = desk.store.children(note_id(1).uuid()).unwrap();
        assert_eq!(addenda.len(), 1);
        assert_eq!((addenda[0].kind, &addenda[0].state), (AddendumKind::LateEntry, &AddendumState::Draft));
        assert_eq!(addenda[0].sections[&"subjective".into()], text);
        addenda[0].id
    };
    let before = check(&desk);
    server.sync(laptop(), &desk.store);
    assert_eq!(check(&desk), before, "both ends derive the same identity for it");
}

#[test]
fn a_client_begun_offline_has_a_chart_at_once() {
    let mut server = Server::new();
    let desk = Desk::new();
    server.pull(laptop(), &desk.store);
    let create = CreateClient {
        client_id: client_id(9),
        facts: BTreeMap::new(),
        contacts: Vec::new(),
        insurance: Vec::new(),
        assign_to: Some(rivera()),
        assignment_id: Some(AssignmentId::new(uuid(555))),
    };
    desk.submit(envelope(1, Command::ClientCreate(create)));
    let begun = desk.submit(begin(2, 5, 9));
    assert!(!begun.provisional, "nobody else can have written in a chart that was begun here");
    desk.submit(patch(3, 5, 9, "plan", "", "First contact by telephone."));
    assert_eq!(desk.store.client_of(note_id(5).uuid()).unwrap(), Some(client_id(9)));
    // A pull that knows nothing of her yet takes nothing away.
    server.pull(laptop(), &desk.store);
    assert_eq!(desk.section(5, "plan").unwrap(), "First contact by telephone.");
    // The server grants both buckets with the assignment, in the same transaction.
    server.grant(Bucket::admin(client_id(9)));
    server.grant(clinical(9));
    let applied = server.sync(laptop(), &desk.store);
    assert_eq!((applied.confirmed, applied.mismatched.len(), applied.purged.len()), (3, 0, 0));
    assert_eq!(desk.section(5, "plan").unwrap(), "First contact by telephone.");
    assert!(desk.store.get::<Client>(client_id(9).uuid()).unwrap().is_some());
    assert!(desk.store.held().unwrap().iter().all(|bucket| bucket.status == "ready"));
}

#[test]
fn what_is_not_held_is_never_taken_for_absent() {
    // The control to the test above: a chart that is granted but still on its way.
    let mut server = Server::new();
    server.put(clinical(1), note(1, 1, &[]));
    server.put(clinical(1), note(2, 1, &[]));
    let desk = Desk::new();
    let mut part = server.answer(laptop(), &desk.store, usize::MAX);
    for page in &mut part.pages {
        page.rows.truncate(1);
        page.to = page.rows[0].seq;
    }
    desk.store.apply(&part, crate::clinic::later(1)).unwrap();
    assert!(desk.submit(begin(1, 8, 1)).provisional);
}

#[test]
fn a_rejected_command_shows_the_base_again_and_its_words_stay_in_the_journal() {
    let (mut server, desk) = desk();
    desk.submit(patch(1, 1, 1, "subjective", BASE, "Other words."));
    // Meanwhile the note turned out to be somebody else's.
    let mut foreign = note(1, 1, &[("subjective", BASE)]);
    foreign.author = mentalspace_domain::ids::UserId::new(uuid(66));
    server.put(clinical(1), foreign);
    server.sync(laptop(), &desk.store);
    assert_eq!(desk.section(1, "subjective").unwrap(), BASE);
    assert_eq!(desk.store.sync_word(note_id(1)).unwrap(), SyncWord::Failed);
    let kept: String = desk
        .raw()
        .query_row("SELECT envelope FROM journal WHERE outcome = 'rejected'", [], |r| r.get(0))
        .unwrap();
    assert!(kept.contains("Other words."));
    let entry = desk.store.journal(None, 1).unwrap().remove(0);
    let command = desk.store.journal_command(entry.entry).unwrap().unwrap();
    assert_eq!(command.command.texts(), [("Subjective", "Other words.")], "she can read what found no home");
    desk.store.journal_settled(note_id(1).uuid()).unwrap();
    assert_eq!(
        desk.store.sync_word(note_id(1)).unwrap(),
        SyncWord::Failed,
        "settling a conflict is not seeing to it"
    );
    desk.store.journal_reviewed(entry.entry).unwrap();
    assert_eq!(desk.store.sync_word(note_id(1)).unwrap(), SyncWord::Synced);
}

#[test]
fn two_devices_end_with_the_same_chart() {
    let (mut server, laptop_desk) = desk();
    let office_desk = Desk::of(office());
    server.pull(office(), &office_desk.store);
    laptop_desk.submit(patch(1, 1, 1, "subjective", BASE, &BASE.replace("low", "better")));
    office_desk.submit(patch(2, 1, 1, "subjective", BASE, &BASE.replace("part time", "full time")));
    office_desk.submit(patch(3, 1, 1, "plan", "", "Weekly."));
    for _ in 0..2 {
        server.sync(laptop(), &laptop_desk.store);
        server.sync(office(), &office_desk.store);
    }
    assert_eq!(on(&laptop_desk), on(&office_desk));
    let text = on(&laptop_desk).section(&"subjective".into()).to_owned();
    assert!(text.contains("better") && text.contains("full time"), "{text}");
}
