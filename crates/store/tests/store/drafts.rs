//! Drafts as Today, the caseload and the status ask for them.

use crate::clinic::{Desk, client_id, clinical, laptop, note, now, patch, rivera, uuid};
use crate::server::Server;
use mentalspace_domain::ids::{BranchId, UserId};
use mentalspace_domain::note::{Note, NoteState};

/// A draft whose service ended at `end` of `day`.
fn ended(number: u128, client: u128, day: &str, end: &str) -> Note {
    let mut note = note(number, client, &[("plan", "Walk daily.")]);
    for (field, value) in
        [("service_date", day), ("start_time", "08:00"), ("end_time", end), ("zone", "America/New_York")]
    {
        note.fields.insert(field.into(), value.to_owned());
    }
    note
}

fn with(notes: Vec<(u128, Note)>) -> (Server, Desk) {
    let mut server = Server::new();
    for (client, note) in notes {
        server.put(clinical(client), note);
    }
    let desk = Desk::new();
    assert!(server.pull(laptop(), &desk.store).mismatched.is_empty());
    (server, desk)
}

fn due_first(desk: &Desk, most: u32) -> Vec<u128> {
    let first = uuid(2_000).as_u128();
    let notes = desk.store.drafts_due_first(rivera(), most).unwrap();
    notes.iter().map(|note| note.id.uuid().as_u128() - first).collect()
}

/// How many drafts each of two clients has.
fn counts(desk: &Desk) -> [u32; 2] {
    let counts = desk.store.draft_counts(rivera()).unwrap();
    [1, 2].map(|client| {
        counts.iter().filter(|count| count.client == client_id(client)).map(|count| count.drafts).sum()
    })
}

#[test]
fn what_is_due_first_comes_first_and_what_has_no_date_last() {
    let mut undated = note(4, 2, &[]);
    undated.fields.clear();
    let mut colleague = ended(5, 2, "2026-01-01", "09:00");
    colleague.author = UserId::new(uuid(77));
    let mut voided = ended(6, 1, "2026-01-01", "09:00");
    voided.state =
        NoteState::Voided { reason: "Wrong chart.".into(), by: rivera(), at: now(), version: None };
    let (_, desk) = with(vec![
        (1, ended(1, 1, "2026-03-02", "10:50")),
        (1, ended(2, 1, "2026-03-02", "09:50")),
        (2, ended(3, 2, "2026-02-27", "17:00")),
        (2, undated),
        (2, colleague),
        (1, voided),
    ]);
    assert_eq!(due_first(&desk, 9), [3, 2, 1, 4]);
    assert_eq!(due_first(&desk, 2), [3, 2]);
    assert_eq!(counts(&desk), [2, 2]);
    let earliest =
        desk.store.draft_counts(rivera()).unwrap().into_iter().filter_map(|count| count.ends).min();
    assert_eq!(earliest, Some("2026-02-27T17:00:00".parse().unwrap()));
}

#[test]
fn a_pending_edit_counts_once_and_moves_the_note_to_its_new_day() {
    let (_, desk) =
        with(vec![(1, ended(1, 1, "2026-03-02", "10:50")), (2, ended(2, 2, "2026-03-03", "09:50"))]);
    let mut moved = patch(1, 1, 1, "plan", "Walk daily.", "Walk twice.");
    if let mentalspace_domain::command::Command::NotePatch(patch) = &mut moved.command {
        let to_later = mentalspace_domain::note::edit::Edit::new("2026-03-02", "2026-03-09");
        patch.edits.fields.insert("service_date".into(), to_later);
    }
    desk.submit(moved);
    assert_eq!((due_first(&desk, 9), counts(&desk)), (vec![2, 1], [1, 1]));
}

#[test]
fn only_what_asks_something_awaits_review() {
    let mut parked = note(2, 1, &[("plan", "Two texts.")]);
    parked.branches.push(BranchId::new(uuid(500)));
    let (_, desk) = with(vec![(1, note(1, 1, &[("plan", "Quiet.")])), (1, parked.clone())]);
    let waiting = desk.store.awaiting_review::<Note>().unwrap();
    assert_eq!(waiting.iter().map(|note| note.id).collect::<Vec<_>>(), [parked.id]);
}

#[test]
fn a_store_of_the_first_schema_comes_to_the_same() {
    let mut parked = ended(2, 1, "2026-03-04", "12:00");
    parked.branches.push(BranchId::new(uuid(500)));
    let (mut server, desk) = with(vec![(1, ended(1, 1, "2026-03-02", "10:50")), (1, parked)]);
    server.put(clinical(2), ended(3, 2, "2026-03-03", "10:50"));
    server.pull(laptop(), &desk.store);
    desk.submit(patch(1, 3, 2, "plan", "Walk daily.", "Walk twice."));
    let fresh = (due_first(&desk, 9), counts(&desk));
    let shape = "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema ORDER BY name)";
    let schema = |desk: &Desk| desk.raw().query_row(shape, [], |row| row.get::<_, String>(0)).unwrap();
    let of_today = schema(&desk);
    desk.raw()
        .execute_batch(
            "DROP TRIGGER record_insert_only; DROP TABLE set_aside;
             ALTER TABLE archive DROP COLUMN outcome; ALTER TABLE outbox DROP COLUMN before;
             ALTER TABLE bucket DROP COLUMN after_restore; ALTER TABLE bucket DROP COLUMN checked_on;
             CREATE TRIGGER record_insert_only BEFORE UPDATE OF body, sha, rev ON record
             WHEN old.kind IN (10, 12, 13, 14, 15) AND old.body IS NOT new.body
             BEGIN SELECT RAISE (ABORT, 'signed material never changes'); END;
             DROP INDEX record_drafts; DROP INDEX record_review; DROP INDEX outbox_state;
             DROP INDEX record_by_kind;
             ALTER TABLE record DROP COLUMN author; ALTER TABLE record DROP COLUMN ends;
             ALTER TABLE record DROP COLUMN review; ALTER TABLE overlay DROP COLUMN author;
             ALTER TABLE overlay DROP COLUMN ends; ALTER TABLE overlay DROP COLUMN review;
             CREATE INDEX record_open ON record (kind) WHERE open = 1;
             UPDATE meta SET value = x'31' WHERE key = 'derived_by';
             PRAGMA user_version = 1;",
        )
        .unwrap();
    let desk = desk.reopened();
    assert_eq!(schema(&desk), of_today, "upgraded equals fresh");
    assert_eq!((due_first(&desk, 9), counts(&desk)), fresh);
    assert_eq!(desk.store.awaiting_review::<Note>().unwrap().len(), 1);
    assert_eq!(desk.store.search("walk", 9).unwrap().len(), 3, "and the words are still found");
    let desk = desk.reopened();
    assert_eq!(schema(&desk), of_today, "the newest twice changes nothing");
}
