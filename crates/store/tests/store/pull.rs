//! Applying what a pull brought: whole or not at all, checked, repaired, never shown half.

use crate::clinic::{
    Desk, client_id, clinical, hears_the_server_at, laptop, later, note, note_id, office, patch, uuid,
};
use crate::server::Server;
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::decision::Outcome;
use mentalspace_domain::ids::{CommandId, VersionId};
use mentalspace_domain::note::Note;
use mentalspace_domain::record::{Record, RecordKey, RecordKind};
use mentalspace_domain::signing::NoteVersion;
use mentalspace_store::{IncomingEnd, IncomingResult, MetaKey, StoreError};

fn status(desk: &Desk, bucket: Bucket) -> Option<(String, i64)> {
    let id = bucket.id(crate::clinic::practice_id());
    desk.store.held().unwrap().into_iter().find(|held| held.id == id).map(|held| (held.status, held.cursor))
}

fn caseload(clients: u128, notes: u128) -> Server {
    let mut server = Server::new();
    for client in 1..=clients {
        for i in 1..=notes {
            server.put(clinical(client), note(client * 100 + i, client, &[("plan", &format!("Plan {i}."))]));
        }
    }
    server
}

#[test]
fn an_interrupted_pull_goes_on_where_it_stopped() {
    let mut server = caseload(2, 10);
    let desk = Desk::new();
    let mut rounds = 0;
    loop {
        let mut part = server.answer(laptop(), &desk.store, 7);
        // The stream was cut: pages without an end.
        let more = part.buckets.iter().any(|bucket| {
            part.pages.iter().filter(|page| page.bucket == bucket.id).map(|page| page.to).max()
                < Some(bucket.head)
        });
        part.end = None;
        desk.store.apply(&part, later(1)).unwrap();
        rounds += 1;
        if !more {
            break;
        }
        assert!(
            desk.store.held().unwrap().iter().any(|held| held.status == "loading"),
            "some rows are no whole bucket"
        );
    }
    assert!(rounds >= 3, "the budget of 7 rows must have cut the 22 rows, or nothing was tested");
    assert!(desk.store.held().unwrap().iter().all(|held| held.status == "ready"));
    assert_eq!(desk.store.all::<Note>().unwrap().len(), 20);
    assert!(server.sync(laptop(), &desk.store).mismatched.is_empty());
}

#[test]
fn a_command_is_confirmed_only_when_its_effects_are_here() {
    let mut server = caseload(3, 5);
    let desk = Desk::new();
    server.pull(laptop(), &desk.store);
    desk.submit(patch(1, 301, 3, "plan", "Plan 1.", "Plan 1. Weekly."));
    server.push(laptop(), &desk.store);
    for client in 1..=2 {
        server.put(clinical(client), note(client * 100 + 50, client, &[]));
    }
    // The answer's budget ends before the bucket that holds the effect, yet it says: processed.
    let mut part = server.answer(laptop(), &desk.store, usize::MAX);
    let chart = clinical(3).id(crate::clinic::practice_id());
    part.pages.retain(|page| page.bucket != chart);
    let applied = desk.store.apply(&part, later(1)).unwrap();
    assert_eq!(applied.confirmed, 0);
    assert_eq!(desk.section(301, "plan").unwrap(), "Plan 1. Weekly.", "her words do not vanish meanwhile");
    let applied = server.pull(laptop(), &desk.store);
    assert_eq!(applied.confirmed, 1);
    assert_eq!(desk.section(301, "plan").unwrap(), "Plan 1. Weekly.");
}

#[test]
fn a_page_that_does_not_continue_the_cursor_changes_nothing() {
    let mut server = caseload(1, 3);
    let desk = Desk::new();
    server.pull(laptop(), &desk.store);
    server.put(clinical(1), note(150, 1, &[]));
    let mut answer = server.answer(laptop(), &desk.store, usize::MAX);
    answer.pages[0].from += 1;
    let before = desk.count("SELECT count(*) FROM record");
    assert!(matches!(desk.store.apply(&answer, later(1)), Err(StoreError::Inconsistent(_))));
    assert_eq!(desk.count("SELECT count(*) FROM record"), before);
    answer.pages[0].from -= 1;
    desk.store.apply(&answer, later(1)).unwrap();
    assert_eq!(desk.count("SELECT count(*) FROM record"), before + 1);
}

#[test]
fn a_row_that_was_lost_here_is_found_and_mended() {
    let mut server = caseload(1, 5);
    let desk = Desk::new();
    server.pull(laptop(), &desk.store);
    desk.raw().execute("DELETE FROM record WHERE id = ?1", [note_id(103).uuid()]).unwrap();
    desk.raw().execute("UPDATE bucket SET digest = zeroblob(16) WHERE kind = 'client_clinical'", []).unwrap();
    server.put(clinical(1), note(150, 1, &[]));
    let applied = server.pull(laptop(), &desk.store);
    let id = clinical(1).id(crate::clinic::practice_id());
    assert_eq!(applied.mismatched, [id]);
    assert_eq!(status(&desk, clinical(1)).unwrap().0, "repair");
    let ours = desk.store.row_identities(id).unwrap();
    assert_eq!(ours.len(), 5);
    let put: Vec<_> = server
        .rows(clinical(1))
        .into_iter()
        .filter(|row| ours.iter().all(|held| held.id != row.id))
        .collect();
    assert_eq!(put.len(), 1, "only what differs is fetched");
    let today = later(0).date_naive();
    assert!(!desk.store.repaired_on(id, today).unwrap());
    assert!(desk.store.repair(id, &put, &[], server.digest(clinical(1)), later(0)).unwrap());
    assert!(desk.store.repaired_on(id, today).unwrap());
    assert_eq!(status(&desk, clinical(1)).unwrap().0, "ready");
    assert!(desk.store.get::<Note>(note_id(103).uuid()).unwrap().is_some());
    assert_eq!(desk.store.search("plan", 20).unwrap().len(), 5);
    // The control: a digest that the rows do not have leaves the bucket in repair.
    let other = mentalspace_crypto::digest::BucketDigest::EMPTY;
    assert!(!desk.store.repair(id, &[], &[], other, later(0)).unwrap());
    assert_eq!(status(&desk, clinical(1)).unwrap().0, "repair");
}

/// What goes wrong above the pages: a row lost, one changed behind its hash, one too many.
#[test]
fn a_bucket_whose_rows_are_not_what_its_digest_says_is_found_within_a_day() {
    let harms = [
        ("lost", "DELETE FROM record WHERE id = (SELECT id FROM record WHERE kind = 9 LIMIT 1)"),
        ("changed", "UPDATE record SET body = CAST('{\"a\":1}' AS BLOB) WHERE kind = 9"),
        (
            "extra",
            "INSERT INTO record (kind, id, bucket, seq, rev, sha, body)
             SELECT kind, zeroblob(16), bucket, seq, rev, sha, body FROM record WHERE kind = 9 LIMIT 1",
        ),
    ];
    for (what, harm) in harms {
        let server = caseload(2, 5);
        let desk = Desk::new();
        server.pull(laptop(), &desk.store);
        let today = later(0).date_naive();
        assert_eq!(desk.store.check_some(today, 100).unwrap(), 0, "the control: nothing is wrong");
        desk.raw().execute(harm, []).unwrap();
        assert_eq!(desk.store.check_some(today, 100).unwrap(), 0, "each bucket once a day");
        let tomorrow = today.succ_opt().unwrap();
        let found: usize = (0..9).map(|_| desk.store.check_some(tomorrow, 1).unwrap()).sum();
        assert_eq!(found, if what == "changed" { 2 } else { 1 }, "{what}");
        assert_eq!(desk.store.meta(MetaKey::CheckedOn).unwrap(), Some(tomorrow.to_string()));
    }
}

#[test]
fn repair_removes_what_should_not_be_here() {
    let mut server = caseload(1, 4);
    let desk = Desk::new();
    server.pull(laptop(), &desk.store);
    let id = clinical(1).id(crate::clinic::practice_id());
    server.delete(clinical(1), RecordKey::of::<Note>(note_id(102).uuid()));
    let gone = [("note".to_owned(), note_id(102).uuid())];
    assert!(desk.store.repair(id, &[], &gone, server.digest(clinical(1)), later(0)).unwrap());
    assert!(desk.store.get::<Note>(note_id(102).uuid()).unwrap().is_none());
    assert_eq!(desk.store.search("plan", 20).unwrap().len(), 3, "the index forgets it too");
}

#[test]
fn a_reset_fetches_everything_and_sweeps_at_its_end_only() {
    let mut server = caseload(1, 12);
    let desk = Desk::new();
    server.pull(laptop(), &desk.store);
    // The server has pruned its tombstones: what it deleted meanwhile just does not come again.
    let mut pruned = caseload(1, 12);
    for number in [103, 104] {
        pruned.delete(clinical(1), RecordKey::of::<Note>(note_id(number).uuid()));
    }
    server = pruned;
    let reset = |server: &Server, desk: &Desk, rows: usize| {
        let mut answer = server.answer(laptop(), &desk.store, rows);
        for bucket in &mut answer.buckets {
            bucket.reset = true;
        }
        answer
    };
    let mut first = reset(&server, &desk, usize::MAX);
    // As from a cursor below what is kept: all rows from 0.
    let id = clinical(1).id(crate::clinic::practice_id());
    first.pages.retain(|page| page.bucket == id);
    first.buckets.retain(|bucket| bucket.id == id);
    let mut rows: Vec<_> = server.rows(clinical(1)).into_iter().filter(|row| row.body.is_some()).collect();
    rows.sort_by_key(|row| row.seq);
    let rest = rows.split_off(5);
    first.pages[0].from = 0;
    first.pages[0].to = rows.last().unwrap().seq;
    first.pages[0].rows = rows;
    desk.store.apply(&first, later(1)).unwrap();
    assert_eq!(desk.store.all::<Note>().unwrap().len(), 12, "nothing goes before everything has come");
    assert_eq!(status(&desk, clinical(1)).unwrap().0, "loading");
    let desk = desk.reopened();
    let mut second = first.clone();
    second.buckets[0].reset = false;
    second.pages[0].from = first.pages[0].to;
    second.pages[0].to = first.buckets[0].head;
    second.pages[0].rows = rest;
    let applied = desk.store.apply(&second, later(2)).unwrap();
    assert!(applied.mismatched.is_empty(), "digest and count are the server's");
    assert_eq!(desk.store.all::<Note>().unwrap().len(), 10);
    assert_eq!(status(&desk, clinical(1)).unwrap().0, "ready");
    assert_eq!(desk.store.search("plan", 20).unwrap().len(), 10);
    assert_eq!(index_integrity(&desk), Ok(()));
}

/// Whether the search index agrees with itself.
pub(crate) fn index_integrity(desk: &Desk) -> Result<(), rusqlite::Error> {
    desk.raw().execute("INSERT INTO search (search, rank) VALUES ('integrity-check', 0)", []).map(drop)
}

#[test]
fn kinds_from_the_future_are_kept_as_they_came() {
    let mut server = caseload(1, 1);
    let body = br#"{"salt":"00","id":"x","score":17,"tool":"PHQ-9"}"#.to_vec();
    server.put_raw(clinical(1), "measure", uuid(70), Some(client_id(1).uuid()), Some(body.clone()));
    server.put_raw(clinical(1), "goal", uuid(71), None, Some(b"{}".to_vec()));
    let desk = Desk::new();
    assert!(server.pull(laptop(), &desk.store).mismatched.is_empty(), "it counts in the digest");
    let desk = desk.reopened();
    let kept: Vec<u8> = desk
        .raw()
        .query_row(
            "SELECT body FROM record r JOIN record_kind k ON k.code = r.kind WHERE k.name = 'measure'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(kept, body, "to the byte");
    let identities = desk.store.row_identities(clinical(1).id(crate::clinic::practice_id())).unwrap();
    assert!(identities.iter().any(|row| row.kind == "measure" && row.id == uuid(70)));
    server.put_raw(clinical(1), "measure", uuid(70), None, Some(b"{\"score\":9}".to_vec()));
    server.put_raw(clinical(1), "goal", uuid(71), None, None);
    assert!(server.pull(laptop(), &desk.store).mismatched.is_empty());
    assert_eq!(desk.count("SELECT count(*) FROM record WHERE kind >= 1000"), 1);
}

#[test]
fn a_release_that_learns_a_kind_takes_over_what_was_kept_of_it() {
    let mut server = caseload(1, 3);
    let desk = Desk::new();
    server.pull(laptop(), &desk.store);
    // As an earlier release would have left it that did not know notes.
    desk.raw()
        .execute_batch(
            "PRAGMA foreign_keys = OFF;
             UPDATE record_kind SET code = 1000 WHERE name = 'note';
             UPDATE record SET kind = 1000, day = NULL, open = NULL, author = NULL WHERE kind = 9;
             INSERT INTO search (search) VALUES ('delete-all');",
        )
        .unwrap();
    let desk = desk.reopened();
    assert_eq!(desk.store.all::<Note>().unwrap().len(), 3);
    let author = desk.store.identity().unwrap().user.id;
    assert_eq!(desk.store.drafts_due_first(author, 9).unwrap().len(), 3, "columns are derived anew");
    assert_eq!(desk.store.search("plan", 20).unwrap().len(), 3, "and so is the search index");
    server.put(clinical(1), note(101, 1, &[("plan", "Changed.")]));
    assert!(server.pull(laptop(), &desk.store).mismatched.is_empty());
    assert_eq!(index_integrity(&desk), Ok(()));
}

#[test]
fn a_body_that_cannot_be_read_stops_nothing_else() {
    let mut server = caseload(1, 2);
    server.put_raw(clinical(1), "note", note_id(150).uuid(), Some(client_id(1).uuid()), Some(b"{}".to_vec()));
    let desk = Desk::new();
    assert!(server.pull(laptop(), &desk.store).mismatched.is_empty());
    assert!(matches!(desk.store.get::<Note>(note_id(150).uuid()), Err(StoreError::Record(_))));
    assert!(desk.store.get::<Note>(note_id(101).uuid()).unwrap().is_some());
    desk.submit(patch(1, 101, 1, "plan", "Plan 1.", "Plan 1. On."));
    server.put_raw(clinical(1), "note", note_id(101).uuid(), Some(client_id(1).uuid()), Some(b"{}".to_vec()));
    server.pull(laptop(), &desk.store);
    assert_eq!(
        desk.store.outbox_len().unwrap(),
        1,
        "her words wait, though what they belong to cannot be read"
    );
}

fn version(text: &str) -> Record {
    let content = text.to_owned();
    let content_hash = mentalspace_crypto::digest::sha256(content.as_bytes());
    NoteVersion {
        id: VersionId::new(uuid(88)),
        note: note_id(101),
        addendum: None,
        version: 1,
        content,
        content_hash,
    }
    .into()
}

#[test]
fn signed_material_never_changes_whoever_asks() {
    let mut server = caseload(1, 2);
    server.put(clinical(1), version("signed words"));
    let desk = Desk::new();
    server.pull(laptop(), &desk.store);
    let raw = desk.raw();
    let refused = raw.execute("UPDATE record SET body = x'00' WHERE kind = 12", []).unwrap_err();
    assert!(refused.to_string().contains("signed material never changes"), "{refused}");
    assert!(raw.execute("DELETE FROM record WHERE kind = 12", []).is_err(), "nor does it go");
    // The control: a draft may be changed by the same statement.
    assert_eq!(raw.execute("UPDATE record SET rev = rev WHERE kind = 9", []).unwrap(), 2);
    drop(raw);
    // A server that sends other words is not believed, and the sync goes on.
    server.put(clinical(1), version("other words"));
    server.put(clinical(1), note(150, 1, &[("plan", "New.")]));
    let applied = server.pull(laptop(), &desk.store);
    let id = clinical(1).id(crate::clinic::practice_id());
    assert_eq!(applied.mismatched, [id], "the digest says that something is wrong");
    let held = || desk.store.get::<NoteVersion>(uuid(88)).unwrap().unwrap().content;
    assert_eq!(held(), "signed words");
    assert!(desk.store.get::<Note>(note_id(150).uuid()).unwrap().is_some());
    let put: Vec<_> = server.rows(clinical(1));
    assert!(!desk.store.repair(id, &put, &[], server.digest(clinical(1)), later(0)).unwrap());
    assert_eq!(held(), "signed words", "a repair does not change it either");
    server.delete(clinical(1), RecordKey { kind: RecordKind::NoteVersion, id: uuid(88) });
    server.pull(laptop(), &desk.store);
    assert_eq!(held(), "signed words", "nor does a deletion");
    let told: Vec<_> = desk
        .store
        .journal(None, 50)
        .unwrap()
        .into_iter()
        .filter(|entry| entry.name == "record.signed_changed")
        .collect();
    assert_eq!(told.len(), 1, "a person is told, once");
    assert!(told[0].needs_review);
}

#[test]
fn a_record_of_another_bucket_is_left_where_it_is() {
    for fresh in [true, false] {
        let mut server = caseload(1, 2);
        let desk = Desk::new();
        if !fresh {
            server.put(clinical(2), note(201, 2, &[]));
        }
        server.pull(laptop(), &desk.store);
        // The same identity under another client: from a server that has gone wrong, or a forged command.
        server.put(clinical(2), Note { id: note_id(101), ..note(101, 2, &[("plan", "Not hers.")]) });
        let applied = server.pull(laptop(), &desk.store);
        assert_eq!(applied.mismatched, [clinical(2).id(crate::clinic::practice_id())], "fresh: {fresh}");
        let kept: Note = desk.store.get(note_id(101).uuid()).unwrap().unwrap();
        assert_eq!((kept.client, kept.section(&"plan".into())), (client_id(1), "Plan 1."));
        assert_eq!(desk.store.search("hers", 5).unwrap().len(), 0);
        assert_eq!(index_integrity(&desk), Ok(()));
    }
}

#[test]
fn numbers_used_by_another_life_of_this_device_confirm_nothing() {
    let mut server = caseload(1, 3);
    let desk = Desk::new();
    server.pull(laptop(), &desk.store);
    // This device was restored from an image. Its later life had sent number 1; here number 1 is another command.
    let mut other_life = desk.store.offer(0, 1, usize::MAX).unwrap();
    assert!(other_life.is_empty());
    desk.submit(patch(1, 101, 1, "plan", "Plan 1.", "Plan 1. From this life."));
    other_life = desk.store.pending().unwrap();
    other_life[0].envelope.id = CommandId::new(uuid(424_242));
    server.receive(laptop(), &other_life);
    // Not offered yet, so it cannot be what the server means.
    let applied = server.pull(laptop(), &desk.store);
    assert_eq!(applied.confirmed, 0, "the server never saw it");
    let pending = desk.store.pending().unwrap();
    assert_eq!((pending.len(), pending[0].seq), (1, 2), "it stands after what the other life used");
    server.sync(laptop(), &desk.store);
    assert_eq!(desk.store.outbox_len().unwrap(), 0);

    // Offered, but the server names another command under its number.
    desk.submit(patch(2, 102, 1, "plan", "Plan 2.", "Plan 2. Mine."));
    let mine = desk.store.offer(0, 9, usize::MAX).unwrap();
    let end = |id| IncomingEnd {
        processed_seq: 3,
        results: vec![IncomingResult {
            seq: 3,
            id,
            outcome: Outcome::Applied,
            decided_at: later(0),
            made: 0,
        }],
        grants: 1,
    };
    let foreign =
        mentalspace_store::Incoming { end: Some(end(CommandId::new(uuid(5)))), ..Default::default() };
    assert_eq!(mine[0].seq, 3);
    assert_eq!(desk.store.apply(&foreign, later(1)).unwrap().confirmed, 0);
    assert_eq!(desk.store.pending().unwrap()[0].seq, 4);
    // The control: named by its own identity it is confirmed.
    let mine = desk.store.offer(0, 9, usize::MAX).unwrap();
    let mut own = foreign;
    own.end = Some(IncomingEnd { processed_seq: 4, ..end(mine[0].envelope.id) });
    own.end.as_mut().unwrap().results[0].seq = 4;
    assert_eq!(desk.store.apply(&own, later(1)).unwrap().confirmed, 1);
    assert_eq!(desk.store.meta::<i64>(MetaKey::ProcessedSeq).unwrap(), Some(4));
}

#[test]
fn the_archive_forgets_after_thirty_days() {
    let mut server = caseload(1, 2);
    let desk = Desk::new();
    server.pull(laptop(), &desk.store);
    desk.submit(patch(1, 101, 1, "plan", "Plan 1.", "Plan 1. On."));
    server.sync(laptop(), &desk.store);
    let day = 86_400;
    for (days, kept) in [(29, 1), (32, 0)] {
        let answer = server.answer(laptop(), &desk.store, usize::MAX);
        hears_the_server_at(&desk, days * day);
        desk.store.apply(&answer, later(days * day)).unwrap();
        assert_eq!(desk.count("SELECT count(*) FROM archive"), kept, "after {days} days");
    }
}

/// Found by the simulation: a laptop whose clock was a year ahead had nothing left for a server that was restored.
#[test]
fn a_clock_that_is_a_year_ahead_empties_no_archive() {
    let mut server = caseload(1, 2);
    let desk = Desk::new();
    server.pull(laptop(), &desk.store);
    hears_the_server_at(&desk, 0);
    desk.submit(patch(1, 101, 1, "plan", "Plan 1.", "Plan 1. On."));
    server.sync(laptop(), &desk.store);
    for ahead in [365, -270, 365] {
        let answer = server.answer(laptop(), &desk.store, usize::MAX);
        desk.store.apply(&answer, later(ahead * 86_400)).unwrap();
        assert_eq!(desk.count("SELECT count(*) FROM archive"), 1, "{ahead} days");
    }
}

/// And neither does the server's: it goes by the earlier of the two, and dates by the later.
#[test]
fn a_server_that_is_a_year_ahead_or_behind_empties_no_archive() {
    let mut server = caseload(1, 2);
    let desk = Desk::new();
    server.pull(laptop(), &desk.store);
    let day = 86_400;
    hears_the_server_at(&desk, -270 * day);
    desk.submit(patch(1, 101, 1, "plan", "Plan 1.", "Plan 1. On."));
    server.sync(laptop(), &desk.store);
    for (signed, shown, kept) in [(365, 0, 1), (0, 0, 1), (365, 32, 0)] {
        let answer = server.answer(laptop(), &desk.store, usize::MAX);
        hears_the_server_at(&desk, signed * day);
        desk.store.apply(&answer, later(shown * day)).unwrap();
        let archived = desk.count("SELECT count(*) FROM archive");
        assert_eq!(archived, kept, "the server's {signed} days, the device's {shown}");
    }
}

#[test]
fn another_device_sees_what_this_one_wrote() {
    let mut server = caseload(1, 2);
    let (here, there) = (Desk::new(), Desk::of(office()));
    server.pull(laptop(), &here.store);
    server.pull(office(), &there.store);
    here.submit(patch(1, 101, 1, "plan", "Plan 1.", "Plan 1. Seen."));
    server.sync(laptop(), &here.store);
    server.sync(office(), &there.store);
    assert_eq!(there.section(101, "plan").unwrap(), "Plan 1. Seen.");
    assert_eq!(there.store.search("seen", 5).unwrap().len(), 1);
    assert!(there.store.search("plan", 5).unwrap().len() == 2);
}
