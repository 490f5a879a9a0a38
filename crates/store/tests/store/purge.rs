//! Access that ended: nothing of the client is left, and nothing unsent was lost on the way.

use crate::clinic::{Desk, client_id, clinical, key, laptop, later, note, note_id, patch, practice_id, uuid};
use crate::pages;
use crate::pull::index_integrity;
use crate::server::Server;
use mentalspace_domain::ids::BranchId;
use mentalspace_domain::note::Note;
use mentalspace_store::{Applied, SyncWord};

/// What the doomed client's notes say; no word of it stands anywhere else.
const WORDS: [&str; 4] = ["qwalmbrook", "zyphrendale", "xorvintham", "jukkebriar"];

fn desk() -> (Server, Desk) {
    let mut server = Server::new();
    for i in 0..40 {
        let word = WORDS[usize::try_from(i).unwrap() % 4];
        // Long enough for overflow pages, and for words in the middle of index pages.
        let text =
            format!("{word} {} {word}.", "lorem ipsum dolor ".repeat(usize::try_from(i).unwrap() * 10));
        server.put(clinical(1), note(100 + i, 1, &[("subjective", &text)]));
        let ordinary = "lorem ipsum staying put".repeat(20);
        server.put(clinical(2), note(200 + i, 2, &[("subjective", &ordinary)]));
    }
    let desk = Desk::new();
    server.pull(laptop(), &desk.store);
    (server, desk)
}

/// Pages of the file, of its log, and of the free list, that hold a word of the doomed client.
fn traces(desk: &Desk) -> Vec<&'static str> {
    let pages = pages::read(&desk.path, key().expose());
    assert_eq!(pages.wrong, 0, "a page that cannot be read proves nothing");
    // The search index shortens a word by what it shares with the one before; these begin alone.
    WORDS
        .into_iter()
        .filter(|word| pages.hold(word.as_bytes()) || pages.hold(&word.as_bytes()[2..]))
        .collect()
}

fn revoke(server: &mut Server, desk: &Desk) -> Applied {
    server.revoke(clinical(1));
    server.pull(laptop(), &desk.store)
}

#[test]
fn an_erasure_is_told_until_it_was_heard_and_not_of_a_chart_that_is_held_again() {
    for again in [false, true] {
        let (mut server, desk) = desk();
        assert_eq!(desk.store.erased().unwrap(), [], "the control: nothing was erased");
        let id = clinical(1).id(practice_id());
        let rows = revoke(&mut server, &desk).purged[0].1;
        let desk = desk.reopened();
        server.pull(laptop(), &desk.store);
        assert_eq!(desk.store.erased().unwrap(), [(id, rows)], "a kill, and an answer that is lost");
        if again {
            server.grant(clinical(1));
            server.pull(laptop(), &desk.store);
        } else {
            desk.store.acknowledged(clinical(2).id(practice_id())).unwrap();
            assert_eq!(desk.store.erased().unwrap().len(), 1);
            desk.store.acknowledged(id).unwrap();
        }
        assert_eq!(desk.store.erased().unwrap(), [], "again: {again}");
    }
}

#[test]
fn no_row_and_no_byte_is_left() {
    let (mut server, desk) = desk();
    desk.submit(patch(1, 101, 1, "plan", "", "qwalmbrook zyphrendale"));
    server.sync(laptop(), &desk.store);
    desk.submit(patch(2, 102, 1, "plan", "", "xorvintham"));
    server.sync(laptop(), &desk.store);
    assert_eq!(desk.count("SELECT count(*) FROM archive"), 2);
    let (hers, others) = (BranchId::new(uuid(31)), BranchId::new(uuid(32)));
    desk.store.keep_choices(hers, client_id(1), &WORDS.join(" ")).unwrap();
    desk.store.keep_choices(others, client_id(2), "of another client").unwrap();
    assert_eq!(traces(&desk), WORDS, "before, every word is found: so the scan can see them");
    let applied = revoke(&mut server, &desk);
    let id = clinical(1).id(practice_id());
    assert_eq!(applied.purged.len(), 1);
    assert_eq!((applied.purged[0].0, applied.purged[0].1 >= 40), (id, true));
    assert_eq!(traces(&desk), Vec::<&str>::new(), "with the store still open");
    for sql in [
        "SELECT count(*) FROM bucket WHERE subject = ?1",
        "SELECT count(*) FROM record WHERE parent = ?1",
        "SELECT count(*) FROM journal WHERE client = ?1",
    ] {
        let left: i64 = desk.raw().query_row(sql, [client_id(1).uuid()], |row| row.get(0)).unwrap();
        assert_eq!(left, 0, "{sql}");
    }
    assert_eq!(desk.store.choices::<String>(hers).unwrap(), None);
    assert_eq!(desk.store.choices::<String>(others).unwrap().as_deref(), Some("of another client"));
    assert_eq!(desk.count("SELECT count(*) FROM archive"), 0, "the archive holds the same words");
    for word in WORDS {
        assert!(desk.store.search(word, 5).unwrap().is_empty());
    }
    assert_eq!(index_integrity(&desk), Ok(()));
    assert_eq!(desk.store.search("staying", 100).unwrap().len(), 40, "the other client's chart is whole");
    let told = desk.store.journal(None, 50).unwrap();
    assert!(told.iter().any(|entry| entry.name == "bucket.purge"));
    let desk = desk.reopened();
    assert_eq!(traces(&desk), Vec::<&str>::new());
}

#[test]
fn without_secure_deletion_the_scan_finds_traces() {
    // The control: the same purge over a file that does not overwrite what it frees.
    for (setting, statement) in [
        ("secure_delete", "PRAGMA secure_delete = OFF"),
        ("search index", "INSERT INTO search (search, rank) VALUES ('secure-delete', 0)"),
    ] {
        let (_, desk) = desk();
        let raw = desk.raw();
        if setting == "search index" {
            raw.execute_batch("PRAGMA secure_delete = ON").unwrap();
        }
        raw.execute_batch(statement).unwrap();
        let bodies: Vec<(i64, Vec<u8>)> = raw
            .prepare("SELECT record, body FROM record r JOIN bucket b USING (bucket) WHERE b.subject = ?1")
            .unwrap()
            .query_map([client_id(1).uuid()], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        for (row, body) in bodies {
            let note: Note = serde_json::from_slice(&body).unwrap();
            let words = note.sections.values().map(String::as_str).collect::<Vec<_>>().join("\n");
            raw.execute("INSERT INTO search (search, rowid, body) VALUES ('delete', ?1, ?2)", (row, words))
                .unwrap();
            raw.execute("DELETE FROM record WHERE record = ?1", [row]).unwrap();
        }
        raw.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        assert!(!traces(&desk).is_empty(), "{setting}");
    }
}

#[test]
fn a_bucket_with_unsent_words_waits() {
    let (mut server, desk) = desk();
    desk.submit(patch(1, 101, 1, "plan", "", "Unsent words."));
    let applied = revoke(&mut server, &desk);
    assert_eq!(applied.purged, []);
    assert_eq!(desk.store.outbox_len().unwrap(), 1);
    assert!(desk.store.get::<Note>(note_id(101).uuid()).unwrap().is_none(), "it is shown no more");
    assert!(desk.store.search("lorem", 100).unwrap().len() == 40, "nor found");
    let desk = desk.reopened();
    assert_eq!(desk.store.pending().unwrap().len(), 1);
    // The push brings the words to the server, which keeps them for the practice.
    server.push(laptop(), &desk.store);
    let applied = server.pull(laptop(), &desk.store);
    assert_eq!((applied.confirmed, applied.purged.len()), (1, 1));
    let told = desk.store.journal(None, 9).unwrap();
    let quarantined = told.iter().find(|entry| entry.outcome == "quarantined").unwrap();
    assert!(quarantined.needs_review, "she is told that the practice has her words");
    assert_eq!(desk.count("SELECT count(*) FROM journal WHERE envelope IS NOT NULL"), 0, "without the words");
    assert_eq!(desk.store.sync_word(note_id(101)).unwrap(), SyncWord::Failed);
    assert_eq!(traces(&desk), Vec::<&str>::new());
    // The control: had nothing been unsent, it would have gone at once.
    let (mut server, desk) = self::desk();
    assert_eq!(revoke(&mut server, &desk).purged.len(), 1);
}

#[test]
fn what_was_set_aside_after_a_restore_leaves_no_byte_either() {
    let (mut server, desk) = desk();
    let backup = server.clone();
    server.put(clinical(1), note(150, 1, &[("plan", "thrimbolquay")]));
    server.pull(laptop(), &desk.store);
    server = backup;
    desk.store.new_epoch(uuid(9), 0, later(1)).unwrap();
    server.pull(laptop(), &desk.store);
    let stands = |desk: &Desk| pages::read(&desk.path, key().expose()).hold(b"thrimbolquay");
    assert_eq!(desk.store.set_aside().unwrap().len(), 1);
    assert!(stands(&desk), "the control: it is kept, and the scan finds it");
    revoke(&mut server, &desk);
    assert!(!stands(&desk));
    assert_eq!(traces(&desk), Vec::<&str>::new());
}

#[test]
fn access_given_again_starts_from_the_beginning() {
    for during in [false, true] {
        let (mut server, desk) = desk();
        if during {
            desk.submit(patch(1, 101, 1, "plan", "", "Unsent words."));
        }
        let purged = revoke(&mut server, &desk).purged.len();
        assert_eq!(purged, usize::from(!during));
        // While access was gone, one note changed and one went: a kept cursor would never learn of it.
        let bucket = clinical(1);
        server.put(bucket, note(105, 1, &[("subjective", "rewritten")]));
        server.delete(bucket, mentalspace_domain::record::RecordKey::of::<Note>(note_id(106).uuid()));
        server.grant(bucket);
        let answer = server.answer(laptop(), &desk.store, usize::MAX);
        let page = answer.pages.iter().find(|page| page.bucket == bucket.id(practice_id())).unwrap();
        assert_eq!(page.from, 0, "during: {during}");
        let applied = desk.store.apply(&answer, later(5)).unwrap();
        assert!(applied.mismatched.is_empty() && applied.purged.is_empty(), "during: {during}");
        assert_eq!(desk.store.children::<Note>(client_id(1).uuid()).unwrap().len(), 39);
        assert!(desk.store.get::<Note>(note_id(106).uuid()).unwrap().is_none());
        assert_eq!(desk.store.search("rewritten", 5).unwrap().len(), 1);
        assert_eq!(desk.section(101, "plan").unwrap(), if during { "Unsent words." } else { "" });
        assert_eq!(index_integrity(&desk), Ok(()));
    }
}

#[test]
fn a_reader_in_the_middle_of_something_does_not_keep_the_log_alive() {
    let (mut server, desk) = desk();
    std::thread::scope(|scope| {
        let (stop, stopped) = std::sync::mpsc::channel::<()>();
        let store = &desk.store;
        scope.spawn(move || {
            while stopped.try_recv() == Err(std::sync::mpsc::TryRecvError::Empty) {
                store.search("lorem ipsum", 100).unwrap();
            }
        });
        revoke(&mut server, &desk);
        drop(stop);
    });
    assert_eq!(traces(&desk), Vec::<&str>::new());
}

#[test]
fn a_command_about_another_bucket_holds_nothing_up() {
    let (mut server, desk) = desk();
    desk.submit(patch(1, 201, 2, "plan", "", "About somebody else."));
    assert_eq!(revoke(&mut server, &desk).purged.len(), 1);
    assert_eq!(desk.store.outbox_len().unwrap(), 1);
    assert_eq!(desk.section(201, "plan").unwrap(), "About somebody else.");
}
