//! While she types, one command grows; once it was offered it never changes.

use crate::clinic::{Desk, begin, envelope, laptop, later, note, note_id, patch, uuid};
use crate::server::Server;
use mentalspace_domain::addendum::write::WriteAddendum;
use mentalspace_domain::addendum::{Addendum, AddendumKind};
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::command::Command;
use mentalspace_domain::decision::Outcome;
use mentalspace_domain::ids::{AddendumId, VersionId};
use mentalspace_domain::note::edit::Edit;
use mentalspace_domain::note::{Note, NoteBranch, NoteState};
use mentalspace_domain::record::{Record, RecordKey, RecordKind};
use mentalspace_store::{SyncWord, Writing};
use proptest::prelude::*;

/// A desk whose server holds one draft with this plan.
pub(crate) fn desk(plan: &str) -> (Server, Desk) {
    let mut server = Server::new();
    server.put(Bucket::clinical(crate::clinic::client_id(1)), note(1, 1, &[("plan", plan)]));
    let desk = Desk::new();
    server.pull(laptop(), &desk.store);
    (server, desk)
}

#[test]
fn many_saves_make_one_command() {
    let (_, desk) = desk("");
    let mut text = String::new();
    for (i, letter) in (0..).zip("Weekly sessions, homework reviewed.".chars()) {
        let before = text.clone();
        text.push(letter);
        desk.type_on(patch(i, 1, 1, "plan", &before, &text));
    }
    let pending = desk.store.pending().unwrap();
    assert_eq!(pending.len(), 1, "thirty-five saves of one thought are one command");
    let Command::NotePatch(only) = &pending[0].envelope.command else { panic!("a patch") };
    let edit = &only.edits.sections[&"plan".into()];
    assert_eq!((edit.from.as_str(), edit.to.as_str()), ("", text.as_str()));
    assert_eq!(desk.section(1, "plan").unwrap(), text);
    assert_eq!(desk.store.sync_word(note_id(1)).unwrap(), SyncWord::SavedOnThisDevice);
}

#[test]
fn after_a_pause_the_next_word_begins_a_command_of_its_own() {
    let (_, desk) = desk("");
    let first = desk.type_on(patch(1, 1, 1, "plan", "", "One."));
    desk.store.pause_typing().unwrap();
    assert_eq!(desk.store.sync_word(note_id(1)).unwrap(), SyncWord::WaitingToSync);
    let second = desk.type_on(patch(2, 1, 1, "plan", "One.", "One. Two."));
    assert_ne!(first.command, second.command);
    assert_eq!(desk.store.pending().unwrap().len(), 2);
    // The control: without the pause it would have been one.
    let third = desk.type_on(patch(3, 1, 1, "plan", "One. Two.", "One. Two. Three."));
    assert_eq!(second.command, third.command);
}

#[test]
fn an_open_command_is_not_offered_and_an_offered_one_never_changes() {
    let (_, desk) = desk("");
    desk.type_on(patch(1, 1, 1, "plan", "", "One."));
    assert!(desk.store.offer(0, 100, usize::MAX).unwrap().is_empty(), "she is still typing");
    desk.store.pause_typing().unwrap();
    let offered = desk.store.offer(0, 100, usize::MAX).unwrap();
    assert_eq!(offered.len(), 1);
    desk.type_on(patch(2, 1, 1, "plan", "One.", "One. Two."));
    let pending = desk.store.pending().unwrap();
    assert_eq!(pending.len(), 2);
    assert_eq!(pending[0].envelope, offered[0].envelope, "what the server may have seen stays as it was");
    assert!(pending[0].offered && !pending[1].offered);
    let grown = desk.raw().execute("UPDATE outbox SET open = 1 WHERE offered = 1", []);
    assert!(grown.is_err(), "and the database itself refuses to open it again");
}

#[test]
fn words_taken_back_leave_nothing_behind() {
    let (_, desk) = desk("As before.");
    desk.type_on(patch(1, 1, 1, "plan", "As before.", "As before. And a slip"));
    desk.type_on(patch(2, 1, 1, "plan", "As before. And a slip", "As before."));
    assert_eq!(desk.section(1, "plan").unwrap(), "As before.");
    assert_eq!(desk.count("SELECT count(*) FROM overlay"), 0, "the slip must not lie over the record");
    desk.type_on(patch(3, 1, 1, "plan", "As before.", "As before. Right."));
    assert_eq!(desk.section(1, "plan").unwrap(), "As before. Right.");
    assert_eq!(desk.store.pending().unwrap().len(), 1);
}

#[test]
fn a_text_that_was_not_left_like_this_is_a_command_of_its_own() {
    let (_, desk) = desk("");
    desk.type_on(patch(1, 1, 1, "plan", "", "From the first window."));
    // Another editor of the same note, opened before: it did not see the words above.
    desk.type_on(patch(2, 1, 1, "plan", "", "From the second window."));
    let pending = desk.store.pending().unwrap();
    assert_eq!(pending.len(), 2, "folding the second into the first would drop the first one's words");
    let everywhere = serde_json::to_string(&pending.iter().map(|p| &p.envelope).collect::<Vec<_>>()).unwrap();
    assert!(everywhere.contains("From the first window.") && everywhere.contains("From the second window."));
}

#[test]
fn a_command_left_open_by_a_kill_is_complete_at_the_next_start() {
    let (_, desk) = desk("");
    desk.type_on(patch(1, 1, 1, "plan", "", "Cut short"));
    let desk = desk.reopened();
    assert_eq!(desk.store.sync_word(note_id(1)).unwrap(), SyncWord::WaitingToSync);
    assert_eq!(desk.store.offer(0, 100, usize::MAX).unwrap().len(), 1);
}

#[test]
fn a_refused_continuation_does_not_hold_up_what_follows() {
    let (_, desk) = desk("");
    desk.type_on(patch(1, 1, 1, "plan", "", "Words."));
    desk.submit(begin(2, 7, 1));
    assert_eq!(desk.store.offer(0, 100, usize::MAX).unwrap().len(), 2);
}

/// Everything that a note and its branches say after a command, or several, on both ends.
fn told(server: &Server) -> (Option<Note>, Vec<NoteBranch>) {
    let bucket = Bucket::clinical(crate::clinic::client_id(1));
    let note = server.record(bucket, RecordKey::of::<Note>(note_id(1).uuid())).map(|record| match record {
        // Revision numbers count commands, so they may differ; words, conflicts and confirmations may not.
        Record::Note(note) => Note { revision: 0, edited_at: later(0), branches: Vec::new(), ..*note },
        other => panic!("{other:?}"),
    });
    let branches = server
        .records(bucket, RecordKind::NoteBranch)
        .into_iter()
        .map(|record| match record {
            Record::NoteBranch(branch) => NoteBranch {
                id: mentalspace_domain::ids::BranchId::new(uuid::Uuid::nil()),
                asserted_at: later(0),
                ..*branch
            },
            other => panic!("{other:?}"),
        })
        .collect();
    (note, branches)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// However the saves fall, one grown command says to the server what separate commands would have said, over an
    /// untouched note and over one that another device has changed meanwhile.
    #[test]
    fn growing_is_equal_in_effect_to_separate_commands(
        texts in prop::collection::vec("[A-C][a-z]{0,6}\\.( [A-C][a-z]{0,6}\\.){0,3}", 1..6),
        elsewhere in prop::option::of("[A-C][a-z]{0,6}\\. [D-F][a-z]{0,6}\\."),
    ) {
        let base = "Aa. Bb. Cc. Dd. Ee.";
        let mut ends = Vec::new();
        for grown in [true, false] {
            let (mut server, desk) = desk(base);
            if let Some(text) = &elsewhere {
                let client = Bucket::clinical(crate::clinic::client_id(1));
                server.put(client, note(1, 1, &[("plan", text)]));
            }
            let mut before = base.to_owned();
            for (i, text) in (0..).zip(&texts) {
                let writing = if grown { Writing::StillTyping } else { Writing::Complete };
                let command = patch(i, 1, 1, "plan", &before, text);
                let taken = desk.store.submit(command, writing, later(1)).unwrap();
                let rejected = matches!(taken.outcome, Outcome::Rejected { .. });
                prop_assert!(!rejected);
                before.clone_from(text);
            }
            server.push(laptop(), &desk.store);
            ends.push(told(&server));
        }
        if elsewhere.is_none() {
            prop_assert_eq!(&ends[0], &ends[1]);
        } else {
            // Over another device's words the pieces may combine where the whole does not, and the other way round.
            // What both must hold is every word of her last text: in the note, or in a branch beside it.
            let last = texts.last().unwrap();
            for (note, branches) in &ends {
                let note = note.as_ref().unwrap();
                let all: String = note.sections.values().cloned()
                    .chain(branches.iter().flat_map(|b| b.sections.values().map(|p| p.to.clone())))
                    .collect::<Vec<_>>().join(" ");
                let kept = last.split(' ').all(|sentence| all.contains(sentence.trim_end_matches('.')));
                prop_assert!(kept, "{last:?} is not in {all:?}");
            }
        }
    }
}

#[test]
fn many_saves_of_an_addendum_make_one_command_and_a_kill_loses_none() {
    let mut server = Server::new();
    let mut signed = note(1, 1, &[("plan", "Weekly.")]);
    signed.state = NoteState::Signed { version: VersionId::new(uuid(77)), signed_at: later(0) };
    server.put(Bucket::clinical(crate::clinic::client_id(1)), signed);
    let desk = Desk::new();
    server.pull(laptop(), &desk.store);
    let written = |number, from: &str, to: &str, reason: &str| {
        envelope(
            number,
            Command::AddendumWrite(WriteAddendum {
                addendum_id: AddendumId::new(uuid(78)),
                note_id: note_id(1),
                client_id: crate::clinic::client_id(1),
                kind: AddendumKind::Addendum,
                sections: std::iter::once(("addendum".into(), Edit::new(from, to))).collect(),
                reason: reason.to_owned(),
            }),
        )
    };
    let mut text = String::new();
    for (i, letter) in (0..).zip("Her sister called.".chars()) {
        let before = text.clone();
        text.push(letter);
        desk.type_on(written(i, &before, &text, "Learnt later"));
    }
    assert_eq!(desk.store.pending().unwrap().len(), 1, "eighteen saves of one thought are one command");
    let desk = desk.reopened();
    let pending = desk.store.pending().unwrap();
    let Command::AddendumWrite(only) = &pending[0].envelope.command else { panic!("an addendum") };
    let edit = &only.sections[&"addendum".into()];
    assert_eq!((edit.from.as_str(), edit.to.as_str()), ("", text.as_str()));
    let addenda: Vec<Addendum> = desk.store.children(note_id(1).uuid()).unwrap();
    assert_eq!(addenda.len(), 1);
    assert_eq!(addenda[0].sections[&"addendum".into()], text, "after a kill all of it is there");
    // Another text than was left is a command of its own.
    desk.type_on(written(50, &text, "Her sister called. Twice.", "Learnt later"));
    desk.type_on(written(51, "", "From another window.", "Learnt later"));
    assert_eq!(desk.store.pending().unwrap().len(), 3);
}
