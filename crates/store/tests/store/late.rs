//! A save that is finished when its chart is gone: taken, sent, kept by the practice, and afterwards nowhere on this
//! device. T24 (words in a chart that is gone reach the practice) on the device's side.

use crate::clinic::{Desk, client_id, clinical, key, laptop, note, note_id, now, patch, practice_id};
use crate::files;
use crate::pages;
use crate::profile::{Office, database_key};
use crate::server::Server;
use mentalspace_domain::decision::RefusalCode;
use mentalspace_domain::ids::BranchId;
use mentalspace_domain::note::Note;
use mentalspace_store::{SubmitError, Writing};

const LATE: &str = "qwalmbrook was said at the door";

/// A chart with one note, and one of another client.
fn desk() -> (Server, Desk) {
    let mut server = Server::new();
    server.put(clinical(1), note(101, 1, &[("subjective", "Before.")]));
    server.put(clinical(2), note(201, 2, &[("subjective", "Another client's.")]));
    let desk = Desk::new();
    server.pull(laptop(), &desk.store);
    (server, desk)
}

fn late(desk: &Desk, number: u128, from: &str, to: &str) {
    let envelope = patch(number, 101, 1, "subjective", from, to);
    let taken = desk.store.submit_late(envelope, now()).unwrap();
    assert!(taken.seq > 0 && taken.provisional, "it is queued, and nothing is said of what becomes of it");
}

fn traces(desk: &Desk) -> bool {
    let pages = pages::read(&desk.path, key().expose());
    assert_eq!(pages.wrong, 0, "a page that cannot be read proves nothing");
    pages.hold(b"qwalmbrook") || pages.hold(b"walmbrook was said")
}

/// Whether every word that the server was sent lies in what it kept.
fn sent(server: &mut Server, desk: &Desk) -> Vec<String> {
    desk.store.pause_typing().unwrap();
    let offered = desk.store.offer(0, 1_000, usize::MAX).unwrap();
    server.receive(laptop(), &offered);
    offered.iter().map(|pending| serde_json::to_string(&pending.envelope).unwrap()).collect()
}

#[test]
fn t24_words_typed_when_the_chart_goes_are_sent_and_leave_no_trace() {
    for already_erased in [false, true] {
        let (mut server, desk) = desk();
        if !already_erased {
            desk.submit(patch(1, 101, 1, "plan", "", "Unsent."));
        }
        server.revoke(clinical(1));
        let purged = server.pull(laptop(), &desk.store).purged.len();
        assert_eq!(purged, usize::from(already_erased));
        let refused =
            desk.store.submit(patch(2, 101, 1, "subjective", "Before.", LATE), Writing::Complete, now());
        assert!(
            matches!(&refused, Err(SubmitError::Refused(refusal)) if refusal.code == RefusalCode::NotAllowed),
            "the control: the ordinary way is closed: {refused:?}"
        );
        late(&desk, 3, "Before.", LATE);
        assert!(desk.store.get::<Note>(note_id(101).uuid()).unwrap().is_none(), "it is shown nowhere");
        assert!(desk.store.search("qwalmbrook", 5).unwrap().is_empty());
        assert!(traces(&desk), "the control of the scan: until it is sent, it is here");
        let desk = desk.reopened();
        assert_eq!(
            desk.store.pending().unwrap().len(),
            2 - usize::from(already_erased),
            "and bears an end of the program"
        );

        assert!(server.pull(laptop(), &desk.store).purged.is_empty(), "nothing unsent is erased");
        let told = sent(&mut server, &desk);
        assert!(told.iter().any(|envelope| envelope.contains(LATE)));
        let applied = server.pull(laptop(), &desk.store);
        assert_eq!(applied.purged.len(), 1);
        let journal = desk.store.journal(None, 9).unwrap();
        assert!(journal.iter().any(|entry| entry.outcome == "quarantined" && entry.needs_review));
        for sql in [
            "SELECT count(*) FROM archive",
            "SELECT count(*) FROM outbox",
            "SELECT count(*) FROM overlay",
            "SELECT count(*) FROM journal WHERE envelope IS NOT NULL",
            "SELECT count(*) FROM bucket WHERE status = 'purging'",
        ] {
            assert_eq!(desk.count(sql), 0, "{sql}");
        }
        assert!(!traces(&desk), "already erased: {already_erased}");
        assert_eq!(desk.section(201, "subjective").unwrap(), "Another client's.");
    }
}

/// What keeps a chart that goes from being erased is the unsent words themselves, not a note of what they touch: new
/// numbers, or a rule that refuses them, take those notes away.
#[test]
fn words_that_touch_nothing_any_more_are_sent_before_their_chart_is_erased() {
    let (mut server, desk) = desk();
    desk.submit(patch(1, 101, 1, "subjective", "Before.", LATE));
    server.revoke(clinical(1));
    server.pull(laptop(), &desk.store);
    desk.raw().execute("DELETE FROM outbox_touch", []).unwrap();
    assert!(server.pull(laptop(), &desk.store).purged.is_empty(), "its words are not sent yet");
    assert!(traces(&desk));
    assert_eq!(sent(&mut server, &desk).len(), 1);
    assert_eq!(server.pull(laptop(), &desk.store).purged.len(), 1);
    assert_eq!(desk.count("SELECT count(*) FROM archive"), 0, "nor do they live on in the archive");
    assert!(!traces(&desk));
}

#[test]
fn a_chart_that_is_given_back_in_time_takes_the_words_as_ever() {
    let (mut server, desk) = desk();
    server.revoke(clinical(1));
    server.pull(laptop(), &desk.store);
    late(&desk, 3, "Before.", LATE);
    server.grant(clinical(1));
    server.pull(laptop(), &desk.store);
    assert_eq!(desk.section(101, "subjective").unwrap(), LATE);
    sent(&mut server, &desk);
    server.pull(laptop(), &desk.store);
    assert_eq!(desk.section(101, "subjective").unwrap(), LATE);
    assert_eq!(desk.store.outbox_len().unwrap(), 0);
}

#[test]
fn a_chart_that_is_held_is_written_in_the_ordinary_way() {
    let (_, desk) = desk();
    late_or_not(&desk);
    assert_eq!(desk.section(101, "subjective").unwrap(), LATE);
}

fn late_or_not(desk: &Desk) {
    let taken = desk.store.submit_late(patch(3, 101, 1, "subjective", "Before.", LATE), now()).unwrap();
    assert!(!taken.provisional);
}

/// T23 (access removed, data stays) over a whole profile: nothing of the chart is left in any file of it, opened with
/// every key that there is.
#[test]
fn t23_after_a_purge_no_file_of_the_profile_holds_a_word() {
    let (mut office, profile, store) = Office::open();
    let phrase = |i: u128| format!("zq{i:03}kestrel vx{i:03}umbrage");
    let (copied, database, home) =
        (office.profile.join("outbox.copy"), office.database(), office.dir.path().to_owned());
    let copy = || std::fs::metadata(&copied).unwrap().len();
    let empty = copy();
    for i in 0..40 {
        office.server.put(clinical(1), note(100 + i, 1, &[("plan", &phrase(i).repeat(60))]));
    }
    office.server.put(clinical(2), note(900, 2, &[("plan", &phrase(90))]));
    office.server.sync(laptop(), &store);
    // In the archive and the journal; in what was chosen so far; in the overlay, the outbox and its copy.
    store.submit(patch(1, 100, 1, "subjective", "", &phrase(41)), Writing::Complete, now()).unwrap();
    office.server.sync(laptop(), &store);
    store.keep_choices(BranchId::new(crate::clinic::uuid(31)), client_id(1), &phrase(42)).unwrap();
    store.submit(patch(2, 101, 1, "subjective", "", &phrase(43)), Writing::StillTyping, now()).unwrap();
    assert!(copy() > empty, "the control: the copy holds what is unsent");
    office.server.revoke(clinical(1));
    office.server.pull(laptop(), &store);
    store.submit_late(patch(3, 102, 1, "subjective", "", &phrase(44)), now()).unwrap();

    let key = database_key(&office);
    let found = |i: u128| {
        let pages = pages::read(&database, &key);
        assert_eq!(pages.wrong, 0);
        // The search index shortens a word by what it shares with the one before.
        let [word, other] = [format!("{i:03}kestrel"), format!("{i:03}umbrage")];
        [word, other, phrase(i)].iter().any(|needle| pages.hold(needle.as_bytes()))
    };
    let doomed: Vec<u128> = (0..40).chain(41..45).collect();
    assert!(doomed.iter().all(|i| found(*i)), "before, each is found: so the scan can see it");
    office.server.push(laptop(), &store);
    let applied = office.server.pull(laptop(), &store);
    assert_eq!(applied.purged.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [clinical(1).id(practice_id())]);
    assert_eq!(doomed.iter().filter(|i| found(**i)).collect::<Vec<_>>(), Vec::<&u128>::new());
    assert!(found(90), "the other client's chart is whole");
    assert!(copy() <= empty, "the copy of the outbox holds nothing any more");
    let in_clear = |i: &u128| {
        files::all(&home).iter().any(|file| files::holds(&std::fs::read(file).unwrap(), &phrase(*i)))
    };
    assert!(!doomed.iter().any(in_clear), "nor does any file in clear");
    drop((profile, store));
    assert_eq!(doomed.iter().filter(|i| found(**i)).count(), 0, "nor after the store was closed");
}
