//! Failures that others shipped, by their number in `docs/sync-protocol.md`: what happens when transactions meet. Nothing
//! here rests on how long anything takes. Where something must not wait, it is given a millisecond for its locks while
//! the others hold theirs; where something must wait, the test looks that it does.

use crate::house::{Copy, House, Person, book, code, connect, new_note, patch, too_large};
use crate::order::patiently;
use mentalspace_crypto::digest::BucketEntry;
use mentalspace_crypto::randomness::NoRandomness;
use mentalspace_crypto::{BucketDigest, Randomness, SystemRandomness, sha256};
use mentalspace_domain::appointment::cancel::CancelAppointment;
use mentalspace_domain::appointment::reschedule::RescheduleAppointment;
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::command::{Command, CommandEnvelope};
use mentalspace_domain::decision::{Outcome, RefusalCode};
use mentalspace_domain::ids::{ClientId, NoteId};
use mentalspace_domain::people::Role;
use mentalspace_protocol::error::ErrorCode;
use mentalspace_server::caller::Acting;
use mentalspace_server::statement::every_statement;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::timeout;
use tokio_postgres::Client;
use uuid::Uuid;

/// Another transaction, in the middle of something large in this chart: it holds the chart's head and its records.
async fn bulk_in(house: &House, client: ClientId) -> Client {
    let bulk = connect(&house.database.connection_string()).await;
    let chart = Bucket::clinical(client).id(house.practice).uuid();
    bulk.batch_execute(&format!(
        "BEGIN; SET LOCAL app.practice_id = '{}';
         SELECT FROM record WHERE bucket_id = '{chart}' FOR UPDATE;
         UPDATE bucket SET head_before = head, head = head + 5000, moved_in = pg_current_xact_id()
         WHERE bucket_id = '{chart}'",
        house.practice
    ))
    .await
    .unwrap();
    bulk
}

#[tokio::test]
async fn t03_a_bulk_transaction_in_one_chart_stalls_no_other_and_no_reader() {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let mut chen = house.person("chen", &[Role::Clinician]).await;
    let (one, other) = (house.client_of(&mut rivera).await, house.client_of(&mut rivera).await);
    let hers = house.client_of(&mut chen).await;
    house.note_of(&mut rivera, one).await;
    let mut before = Copy::default();
    house.pull_all(&rivera, &mut before).await;

    let bulk = bulk_in(&house, one).await;
    house.note_of(&mut rivera, other).await;
    house.note_of(&mut chen, hers).await;
    let mut reader = Copy::default();
    house.pull_all(&rivera, &mut reader).await;
    let chart = Bucket::clinical(one).id(house.practice).uuid();
    assert_eq!(reader.cursors[&chart], before.cursors[&chart], "a reader sees the chart as it was");
    // The control: the transaction is still in the middle of it, and its own chart does wait.
    let blocked = house.push(&mut rivera, vec![house.envelope(new_note(one, NoteId::new(house.id())))]).await;
    assert_eq!(code(blocked), ErrorCode::Busy);
    bulk.batch_execute("ROLLBACK").await.unwrap();
    house.note_of(&mut rivera, one).await;
}

#[tokio::test]
async fn t03_whoever_finds_no_free_connection_is_told_to_come_again_and_nothing_is_recorded() {
    let mut house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let client = house.client_of(&mut rivera).await;
    house.restart_with(2);
    let words = house.envelope(new_note(client, NoteId::new(house.id())));
    let recorded = format!("SELECT count(*) FROM command_result WHERE command_id = '{}'", words.id);
    let mut held = Vec::new();
    for _ in 0..2 {
        let acting = Acting::console(house.practice, house.id());
        held.push(house.server.db.begin(&acting).await.unwrap());
    }
    let push = house.push(&mut rivera, vec![words.clone()]);
    let failure = timeout(Duration::from_secs(20), push).await.expect("nobody waits for long").unwrap_err();
    assert_eq!(failure.code(), ErrorCode::Busy);
    assert_eq!(failure.into_answer("").headers()["retry-after"], "2", "the device comes again by itself");
    assert_eq!(house.count(&recorded).await, 0);
    // The control: one that is free again is enough.
    held.pop();
    let answer = house.push(&mut rivera, vec![words]).await.unwrap();
    assert_eq!(answer.results[0].outcome, Outcome::Applied);
    assert_eq!(house.count(&recorded).await, 1);
}

#[tokio::test]
async fn t08_a_lock_that_is_not_to_be_had_is_answered_busy_and_never_taken_for_done() {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let client = house.client_of(&mut rivera).await;
    let note = house.note_of(&mut rivera, client).await;
    let words = house.envelope(patch(client, note, "", "Every word of it."));
    let bulk = bulk_in(&house, client).await;
    let failure = house.push(&mut rivera, vec![words.clone()]).await.unwrap_err();
    assert_eq!(failure.code(), ErrorCode::Busy);
    assert_eq!(failure.into_answer("").headers()["retry-after"], "2", "the device comes again by itself");
    let recorded = format!("SELECT count(*) FROM command_result WHERE command_id = '{}'", words.id);
    assert_eq!(house.count(&recorded).await, 0, "nothing of it was recorded");
    let mut copy = Copy::default();
    house.pull_all(&rivera, &mut copy).await;
    assert_eq!(copy.end.as_ref().unwrap().processed_seq, 2, "nor acknowledged: the device keeps it");
    bulk.batch_execute("ROLLBACK").await.unwrap();
    let answer = house.push(&mut rivera, vec![words]).await.unwrap();
    assert_eq!((answer.processed_seq, &answer.results[0].outcome), (3, &Outcome::Applied));
}

/// The digest over what the device holds of each bucket is the one that came with it.
fn is_one_snapshot(copy: &Copy) {
    for (bucket, (head, expected, live)) in &copy.digests {
        assert_eq!(copy.cursors[bucket], *head);
        let mut digest = BucketDigest::EMPTY;
        let mut counted = 0;
        for ((of, kind, id), (rev, body)) in &copy.rows {
            if let (true, Some(body)) = (of == bucket, body) {
                let content = sha256(body.as_bytes());
                let rev = u64::try_from(*rev).unwrap();
                digest.add(&BucketEntry { kind, id: id.as_bytes(), rev, content: &content });
                counted += 1;
            }
        }
        assert_eq!((&digest.to_string(), counted), (expected, *live), "rows and head are of one instant");
    }
}

fn cancel(of: &Command) -> Command {
    let Command::AppointmentBook(booked) = of else { unreachable!() };
    Command::AppointmentCancel(CancelAppointment {
        appointment_id: booked.appointment_id,
        client_id: booked.client_id,
        clinician: booked.clinician,
        reason: "Ill.".to_owned(),
    })
}

fn reschedule(of: &Command, hours: i64) -> Command {
    let Command::AppointmentBook(booked) = of else { unreachable!() };
    let later = |time: chrono::NaiveTime| time + chrono::TimeDelta::hours(hours);
    let mut to = booked.time;
    (to.start, to.end) = (later(to.start), later(to.end));
    Command::AppointmentReschedule(RescheduleAppointment {
        appointment_id: booked.appointment_id,
        client_id: booked.client_id,
        clinician: booked.clinician,
        from: booked.time,
        to,
        overlap_allowed: false,
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t02_an_edit_and_a_deletion_at_once_reach_every_reader_in_the_order_of_their_commits() {
    let house = Arc::new(House::open().await);
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let client = house.client_of(&mut rivera).await;
    let mut follower = Copy::default();
    let (mut cancelled, mut moved) = (0, 0);
    for round in 0..12 {
        // Its block in the calendar is a row that a cancellation deletes and a new time writes anew.
        let booking = book(&house, client, rivera.caller.user, 8);
        assert_eq!(house.one(&mut rivera, booking.clone()).await, Outcome::Applied, "round {round}");
        let mut at_once = Vec::new();
        for command in [cancel(&booking), reschedule(&booking, 2)] {
            let mut device =
                house.device(house.practice, rivera.caller.user, rivera.caller.roles.clone()).await;
            let house = Arc::clone(&house);
            at_once.push(tokio::spawn(async move { patiently(&house, &mut device, command).await }));
        }
        house.pull_all(&rivera, &mut follower).await;
        is_one_snapshot(&follower);
        let mut outcomes = Vec::new();
        for outcome in at_once {
            outcomes.push(outcome.await.unwrap());
        }
        cancelled += u32::from(outcomes[0] == Outcome::Applied);
        moved += u32::from(outcomes[1] == Outcome::Applied);
        house.pull_all(&rivera, &mut follower).await;
        let left = usize::from(outcomes[0] != Outcome::Applied);
        assert_eq!(follower.live("busy_block").len(), left, "round {round}: {outcomes:?}");
        if left > 0 {
            assert_eq!(house.one(&mut rivera, cancel(&booking)).await, Outcome::Applied);
        }
    }
    house.pull_all(&rivera, &mut follower).await;
    is_one_snapshot(&follower);
    let mut fresh = Copy::default();
    house.pull_all(&rivera, &mut fresh).await;
    assert_eq!(follower.rows, fresh.rows, "who followed has what who comes later has, tombstones too");
    assert!(cancelled > 0, "{cancelled} cancelled, {moved} moved");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t36_every_answer_to_a_pull_among_writers_is_of_one_snapshot() {
    let house = Arc::new(House::open().await);
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let client = house.client_of(&mut rivera).await;
    let mut writers = Vec::new();
    for _ in 0..4 {
        let mut device = house.device(house.practice, rivera.caller.user, rivera.caller.roles.clone()).await;
        let house = Arc::clone(&house);
        writers.push(tokio::spawn(async move {
            for _ in 0..10 {
                let note = NoteId::new(house.id());
                for command in [new_note(client, note), patch(client, note, "", "Words.")] {
                    assert_eq!(patiently(&house, &mut device, command).await, Outcome::Applied);
                }
            }
        }));
    }
    let mut follower = Copy::default();
    let (mut pulls, mut grew) = (0, 0);
    while writers.iter().any(|writer| !writer.is_finished()) {
        let before = follower.rows.len();
        house.pull_all(&rivera, &mut follower).await;
        is_one_snapshot(&follower);
        pulls += 1;
        grew += u32::from(follower.rows.len() > before);
    }
    for writer in writers {
        writer.await.unwrap();
    }
    assert!(grew > 1, "the control: {grew} of {pulls} pulls met something new");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t11_what_a_pull_calls_processed_is_in_its_rows_and_nothing_above() {
    let house = Arc::new(House::open().await);
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let client = house.client_of(&mut rivera).await;
    let mut follower = Copy::default();
    house.pull_all(&rivera, &mut follower).await;
    let before = follower.end.as_ref().unwrap().processed_seq;
    let device = rivera.clone();
    let writer = {
        let house = Arc::clone(&house);
        tokio::spawn(async move {
            for _ in 0..40 {
                let note = new_note(client, NoteId::new(house.id()));
                assert_eq!(patiently(&house, &mut rivera, note).await, Outcome::Applied);
            }
        })
    };
    // One number for each note, so that the one tells how many of the other there have to be.
    let mut met = BTreeSet::new();
    while !writer.is_finished() {
        house.pull_all(&device, &mut follower).await;
        let processed = follower.end.as_ref().unwrap().processed_seq - before;
        let notes = follower.rows.iter().filter(|((_, kind, _), (_, body))| kind == "note" && body.is_some());
        assert_eq!(i64::try_from(notes.count()).unwrap(), processed);
        met.insert(processed);
    }
    writer.await.unwrap();
    assert!(met.len() > 2, "the control: the pulls met the device at {met:?}");
}

/// Whether one of these words, in capitals, stands in the text as a word of its own.
fn has_word(text: &str, words: &[&str]) -> bool {
    let mut found = text.split(|c: char| !c.is_alphanumeric() && c != '_').map(str::to_uppercase);
    found.any(|word| words.contains(&word.as_str()))
}

/// What `sql` does in another transaction while it goes no further.
async fn meanwhile(house: &House, sql: &str) -> Client {
    let other = connect(&house.database.connection_string()).await;
    let begin = format!("BEGIN; SET LOCAL app.practice_id = '{}'; {sql}", house.practice);
    other.batch_execute(&begin).await.unwrap();
    other
}

#[tokio::test]
async fn t04_nothing_at_run_time_makes_a_sign_in_wait_not_even_new_partitions() {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let client = house.client_of(&mut rivera).await;
    house.note_of(&mut rivera, client).await;
    // No statement of the server changes a table or locks one whole. (One asks a function of the owner's for
    // partitions, once a day: it is looked at below.)
    for statement in every_statement() {
        let forbidden = ["CREATE", "ALTER", "DROP", "TRUNCATE", "LOCK", "VACUUM", "REINDEX", "CLUSTER"];
        assert!(!has_word(statement.sql, &forbidden), "{}", statement.name);
    }
    let asks = [
        "SELECT * FROM find_caller(decode(repeat('00', 32), 'hex'), gen_random_uuid())".to_owned(),
        "SELECT * FROM find_device(gen_random_uuid())".to_owned(),
        format!(
            "SELECT * FROM greet('{}', '{}', '{}')",
            house.practice, rivera.caller.user, rivera.caller.device
        ),
    ];
    let import = "INSERT INTO audit_event (practice_id, at, batch, n, request_id, roles, action, outcome)
                  SELECT app_practice(), '2026-03-02T15:00:00Z', gen_random_uuid(), n, gen_random_uuid(), '', 'import', 'x'
                  FROM generate_series(1, 20000) AS n";
    let partitions = "SELECT make_audit_partitions('2040-01-01', 1)";
    for work in [import, partitions] {
        let working = meanwhile(&house, work).await;
        let app = connect(&house.database.connection_string_as("mentalspace_app")).await;
        app.batch_execute("SET lock_timeout = '1ms'").await.unwrap();
        for ask in &asks {
            app.query(ask, &[]).await.unwrap();
        }
        // And people go on working.
        house.note_of(&mut rivera, client).await;
        working.batch_execute("ROLLBACK").await.unwrap();
    }
    // Making room while an import writes into the table that room is made in: neither waits for the other.
    let importing = meanwhile(&house, import).await;
    let owner = connect(&house.database.connection_string()).await;
    owner.batch_execute(&format!("SET lock_timeout = '1ms'; {partitions}")).await.unwrap();
    importing.batch_execute("ROLLBACK").await.unwrap();
    // The control: a change of a table does make them wait, and is seen to.
    let altering = meanwhile(&house, "ALTER TABLE device ADD COLUMN room text").await;
    let app = connect(&house.database.connection_string_as("mentalspace_app")).await;
    app.batch_execute("SET lock_timeout = '1ms'").await.unwrap();
    let refused = app.query(&asks[2], &[]).await.unwrap_err();
    assert_eq!(refused.code(), Some(&tokio_postgres::error::SqlState::LOCK_NOT_AVAILABLE));
    altering.batch_execute("ROLLBACK").await.unwrap();
}

/// How many locks the push holds that waits for `bucket`'s head.
async fn locks_while_pushing(house: &House, person: &mut Person, client: ClientId, notes: usize) -> i64 {
    let chart = Bucket::clinical(client).id(house.practice).uuid();
    let holding =
        meanwhile(house, &format!("SELECT FROM bucket WHERE bucket_id = '{chart}' FOR UPDATE")).await;
    let batch: Vec<CommandEnvelope> =
        (0..notes).map(|_| house.envelope(new_note(client, NoteId::new(house.id())))).collect();
    let waiting = "SELECT count(*) FROM pg_locks WHERE pid = (
                       SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database())";
    let mut push = std::pin::pin!(house.push(person, batch));
    let locks = house.until_it_waits(push.as_mut(), waiting).await;
    holding.batch_execute("COMMIT").await.unwrap();
    push.await.unwrap();
    locks
}

#[tokio::test]
async fn t05_the_locks_of_a_transaction_do_not_grow_with_its_rows() {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let client = house.client_of(&mut rivera).await;
    let few = locks_while_pushing(&house, &mut rivera, client, 1).await;
    let many = locks_while_pushing(&house, &mut rivera, client, 100).await;
    assert!(few > 5, "the control: locks were seen: {few}");
    // The table of locks has room for some thousands in all: a hundred times the rows must not take a hundred times it.
    assert!(many <= few + 10, "{few} locks for one note, {many} for a hundred");
}

/// Transaction numbers that a batch takes: one, and one for each part of it that wrote and could be taken back.
async fn numbers(house: &House, person: &mut Person, batch: Vec<Command>) -> (i64, Vec<Outcome>) {
    let next = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::int8";
    let before = house.count(next).await;
    let envelopes = batch.into_iter().map(|command| house.envelope(command)).collect();
    let answer = house.push(person, envelopes).await.unwrap();
    let outcomes = answer.results.into_iter().map(|result| result.outcome).collect();
    (house.count(next).await - before, outcomes)
}

#[tokio::test]
async fn t06_one_bad_command_in_five_costs_in_proportion() {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let client = house.client_of(&mut rivera).await;
    let clinician = rivera.caller.user;
    assert_eq!(house.one(&mut rivera, book(&house, client, clinician, 9)).await, Outcome::Applied);
    // Only the database knows of the collision: see `pushing`.
    let hide = "ALTER TABLE record DISABLE TRIGGER USER; DELETE FROM record WHERE kind = 'busy_block';
                ALTER TABLE record ENABLE TRIGGER USER";
    connect(&house.database.connection_string()).await.batch_execute(hide).await.unwrap();
    let batch = |commands: usize| -> Vec<Command> {
        let one = |n: usize| match n % 5 {
            0 => book(&house, client, clinician, 9),
            _ => new_note(client, NoteId::new(house.id())),
        };
        (0..commands).map(one).collect()
    };
    let mut costs = Vec::new();
    for commands in [25, 50, 100] {
        let (numbers, outcomes) = numbers(&house, &mut rivera, batch(commands)).await;
        let is_bad =
            |outcome: &&Outcome| matches!(outcome, Outcome::Rejected { code: RefusalCode::SlotTaken, .. });
        assert_eq!(outcomes.iter().filter(is_bad).count(), commands / 5, "{outcomes:?}");
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == Outcome::Applied).count(), commands * 4 / 5);
        costs.push(numbers);
    }
    assert!(costs[2] <= costs[0] * 4 + 8 && costs[2] <= 220, "of 25, 50 and 100 commands: {costs:?}");
}

/// Counts what is drawn: each record that is sealed takes a salt and a nonce.
#[derive(Default)]
struct Counted(AtomicUsize, SystemRandomness);

impl Randomness for Counted {
    fn fill(&self, out: &mut [u8]) -> Result<(), NoRandomness> {
        self.0.fetch_add(1, Ordering::Relaxed);
        self.1.fill(out)
    }
}

#[tokio::test]
async fn t06_commands_that_can_never_be_written_are_found_in_one_go() {
    let drawn = Arc::new(Counted::default());
    let house = House::open_with(Arc::<Counted>::clone(&drawn)).await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let client = house.client_of(&mut rivera).await;
    let mut costs = Vec::new();
    for bad in [2, 8] {
        let mut batch = Vec::new();
        for _ in 0..bad {
            batch.push(house.envelope(too_large(client, house.note_of(&mut rivera, client).await)));
            batch.push(house.envelope(new_note(client, NoteId::new(house.id()))));
        }
        let before = drawn.0.load(Ordering::Relaxed);
        let answer = house.push(&mut rivera, batch).await.unwrap();
        costs.push(drawn.0.load(Ordering::Relaxed) - before);
        let is = |wanted: fn(&Outcome) -> bool| answer.results.iter().filter(|r| wanted(&r.outcome)).count();
        let refused = is(|outcome| matches!(outcome, Outcome::Rejected { code: RefusalCode::Invalid, .. }));
        assert_eq!((refused, is(|outcome| *outcome == Outcome::Applied)), (bad, bad));
    }
    assert!(costs[1] <= costs[0] * 4, "for two and for eight of them: {costs:?}");
}

#[tokio::test]
async fn t07_a_command_of_several_rows_is_written_whole_or_not_at_all() {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let client = house.client_of(&mut rivera).await;
    let own = rivera.caller.user;
    let state = "SELECT (SELECT count(*) FROM record) * 1000000 + (SELECT sum(head) FROM bucket)::int8
                 + (SELECT count(*) FROM command_result) + (SELECT count(*) FROM appointment)
                 + (SELECT count(*) FROM audit_event) + (SELECT count(*) FROM audit_batch)";
    let before = house.count(state).await;
    // An appointment is two records in two buckets and a narrow row. The last of them fails, in whatever order.
    let superuser = connect(&house.database.connection_string()).await;
    let booking = house.envelope(book(&house, client, own, 9));
    for kind in ["busy_block", "appointment"] {
        let fails = format!(
            "CREATE TRIGGER fails BEFORE INSERT ON record FOR EACH ROW WHEN (NEW.kind = '{kind}')
             EXECUTE FUNCTION refuse_change()"
        );
        superuser.batch_execute(&fails).await.unwrap();
        let refused = house.push(&mut rivera, vec![booking.clone()]).await;
        assert!(refused.is_err(), "{kind}: {refused:?}");
        assert_eq!(house.count(state).await, before, "{kind} failed: nothing of the other is there");
        superuser.batch_execute("DROP TRIGGER fails ON record").await.unwrap();
    }
    let answer = house.push(&mut rivera, vec![booking]).await.unwrap();
    assert_eq!(
        answer.results[0].outcome,
        Outcome::Applied,
        "and once nothing is in the way, it is all there"
    );
    for kind in ["busy_block", "appointment"] {
        assert_eq!(house.count(&format!("SELECT count(*) FROM record WHERE kind = '{kind}'")).await, 1);
    }
}

#[test]
fn t40_no_statement_and_no_migration_notifies() {
    let forbids = |text: &str| has_word(text, &["NOTIFY", "LISTEN", "PG_NOTIFY", "UNLISTEN"]);
    assert!(forbids("SELECT pg_notify('a', 'b')") && forbids("notify a;"), "the control");
    for statement in every_statement() {
        assert!(!forbids(statement.sql), "{}", statement.name);
    }
    let migrations = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations/server");
    let mut read = 0;
    for entry in std::fs::read_dir(migrations).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.lines().map(|line| line.split("--").next().unwrap_or_default()).collect::<Vec<_>>();
        assert!(!forbids(&code.join("\n")), "{}", path.display());
        read += 1;
    }
    assert!(read > 8, "{read}");
}

#[tokio::test]
async fn t21_no_table_that_devices_rest_on_can_be_emptied_past_its_triggers() {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let client = house.client_of(&mut rivera).await;
    house.note_of(&mut rivera, client).await;
    let superuser = connect(&house.database.connection_string()).await;
    let app = connect(&house.database.connection_string_as("mentalspace_app")).await;
    let sql = "SELECT c.relname::text FROM pg_class c WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace";
    // Passwords and codes are asked of people again; counts of attempts, pokes and waiting batches are of the moment.
    let of_the_moment =
        ["attempt", "audit_batch", "credential", "migration", "one_time_code", "poke", "session"];
    let mut kept = 0;
    for row in superuser.query(sql, &[]).await.unwrap() {
        let table: String = row.get(0);
        let truncate = format!("TRUNCATE {table} CASCADE");
        let refused = app.batch_execute(&truncate).await.expect_err(&table);
        assert_eq!(
            refused.code(),
            Some(&tokio_postgres::error::SqlState::INSUFFICIENT_PRIVILEGE),
            "{table}: the server may not"
        );
        if of_the_moment.contains(&table.as_str()) {
            continue;
        }
        let refused = superuser.batch_execute(&truncate).await.expect_err(&table);
        assert_eq!(
            refused.code(),
            Some(&tokio_postgres::error::SqlState::RESTRICT_VIOLATION),
            "{table}: nor its owner"
        );
        kept += 1;
    }
    assert!(kept > 25, "the catalog was read: {kept}");
    // Deleting many records by hand is refused as well: each leaves its tombstone by the way of its bucket, or none goes.
    let bulk = superuser.batch_execute("DELETE FROM record WHERE kind = 'client'").await.unwrap_err();
    assert_eq!(bulk.code(), Some(&tokio_postgres::error::SqlState::RESTRICT_VIOLATION));
    let chart: Uuid = Bucket::clinical(client).id(house.practice).uuid();
    let rows = format!("SELECT count(*) FROM record WHERE bucket_id = '{chart}'");
    assert!(house.count(&rows).await > 0, "everything is still there");
}
