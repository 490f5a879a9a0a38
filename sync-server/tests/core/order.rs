//! Order: per bucket gapless, in the order of commits, however many write at once.

use crate::house::{Copy, House, connect, patch};
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::decision::{Outcome, RefusalCode};
use mentalspace_domain::ids::{ClientId, NoteId};
use mentalspace_domain::people::Role;
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

const WRITERS: usize = 48;
const EACH: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t01_forty_eight_writers_leave_no_gap_and_a_reader_among_them_misses_nothing() {
    let house = Arc::new(House::open().await);
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let client = house.client_of(&mut rivera).await;
    let mut writers = Vec::new();
    for _ in 0..WRITERS {
        let device = house.device(house.practice, rivera.caller.user, rivera.caller.roles.clone()).await;
        let house = Arc::clone(&house);
        writers.push(tokio::spawn(write_notes(house, device, client)));
    }
    // A reader follows while they write: what a cursor has passed never appears later.
    let mut follower = Copy::default();
    let mut written = BTreeSet::new();
    for writer in writers {
        house.pull_all(&rivera, &mut follower).await;
        written.extend(writer.await.unwrap());
    }
    house.pull_all(&rivera, &mut follower).await;
    let mut fresh = Copy::default();
    house.pull_all(&rivera, &mut fresh).await;
    assert_eq!(follower.rows, fresh.rows, "a reader among the writers has what a reader after them has");
    let seen: BTreeSet<Uuid> =
        fresh.rows.keys().filter(|(_, kind, _)| kind == "note").map(|(_, _, id)| *id).collect();
    assert_eq!(seen, written);
    assert_eq!(written.len(), WRITERS * EACH);

    let bucket = Bucket::clinical(client).id(house.practice).uuid();
    let head = house.count(&format!("SELECT head FROM bucket WHERE bucket_id = '{bucket}'")).await;
    // A note is written twice here (begun, then given words), and each keeps only its newest number.
    let expected = i64::try_from(WRITERS * EACH * 2).unwrap();
    assert_eq!(head, expected, "the counter has no gap");
    assert_eq!(fresh.cursors[&bucket], head);
    let distinct = format!("SELECT count(DISTINCT seq) FROM record WHERE bucket_id = '{bucket}'");
    assert_eq!(house.count(&distinct).await, i64::try_from(WRITERS * EACH).unwrap());
}

async fn write_notes(house: Arc<House>, mut device: crate::house::Person, client: ClientId) -> Vec<Uuid> {
    let mut notes = Vec::new();
    for _ in 0..EACH {
        let note = NoteId::new(house.id());
        for command in [crate::house::new_note(client, note), patch(client, note, "", "Words.")] {
            assert_eq!(patiently(&house, &mut device, command).await, Outcome::Applied);
        }
        notes.push(note.uuid());
    }
    notes
}

/// Sends the same command again while the server says that it is busy, as a device does.
pub(crate) async fn patiently(
    house: &House,
    device: &mut crate::house::Person,
    command: mentalspace_domain::command::Command,
) -> Outcome {
    let envelope = house.envelope(command);
    for _ in 0..100 {
        match house.push(device, vec![envelope.clone()]).await {
            Ok(answer) => return answer.results.into_iter().next().unwrap().outcome,
            Err(failure) => {
                assert_eq!(failure.code(), mentalspace_protocol::error::ErrorCode::Busy, "{failure:?}");
            }
        }
    }
    panic!("the server was busy a hundred times");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t48_a_slot_is_booked_exactly_once_by_a_hundred_devices_at_once() {
    let house = Arc::new(House::open().await);
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let client = house.client_of(&mut rivera).await;
    let clinician = rivera.caller.user;
    let mut booking = Vec::new();
    for _ in 0..100 {
        let mut device = house.device(house.practice, clinician, rivera.caller.roles.clone()).await;
        let house = Arc::clone(&house);
        booking.push(tokio::spawn(async move {
            let command = crate::house::book(&house, client, clinician, 10);
            patiently(&house, &mut device, command).await
        }));
    }
    let mut booked = 0;
    for attempt in booking {
        match attempt.await.unwrap() {
            Outcome::Applied => booked += 1,
            Outcome::Rejected { code: RefusalCode::SlotTaken, .. } => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(booked, 1);
    assert_eq!(house.count("SELECT count(*) FROM appointment").await, 1);
    assert_eq!(house.count("SELECT count(*) FROM record WHERE kind = 'busy_block'").await, 1);
}

/// Two transactions at once, whichever begins: the copy of a head beside a grant is the head.
#[tokio::test]
async fn a_grant_given_while_its_bucket_moves_counts_the_head_that_it_moves_to() {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let chen = house.person("chen", &[Role::Clinician]).await.caller.user;
    let chart = |client| Bucket::clinical(client).id(house.practice).uuid();
    let give = |bucket: Uuid| format!("SELECT give_grants('{{{chen}}}', '{{{bucket}}}', '{{asked}}', now())");
    let write = |bucket: Uuid| format!("UPDATE bucket SET head = head + 5 WHERE bucket_id = '{bucket}'");
    let (one, other) = (house.client_of(&mut rivera).await, house.client_of(&mut rivera).await);
    let (one, other) = (chart(one), chart(other));
    at_once(&house, &give(one), &write(one)).await;
    at_once(&house, &write(other), &give(other)).await;

    let heads = |which: &str| {
        format!(
            "SELECT count(*) FROM bucket_grant g JOIN bucket b USING (practice_id, bucket_id)
             WHERE bucket_id IN ('{one}', '{other}') AND b.head >= 5 AND g.head {which} b.head"
        )
    };
    assert_eq!(house.count(&heads("=")).await, 4, "both charts, each with both who hold it");
    assert_eq!(house.count(&heads("<>")).await, 0);
}

/// Runs `first`, then `second` in another transaction; the first commits once the second has ended or waits for it.
async fn at_once(house: &House, first: &str, second: &str) {
    let address = house.database.connection_string();
    let context = format!("BEGIN; SET LOCAL app.practice_id = '{}'", house.practice);
    let (one, two) = (connect(&address).await, connect(&address).await);
    one.batch_execute(&format!("{context}; {first}")).await.unwrap();
    let backend: i32 = two.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);
    let waits =
        format!("SELECT count(*) FROM pg_stat_activity WHERE pid = {backend} AND wait_event_type = 'Lock'");
    let second = format!("{context}; {second}; COMMIT");
    let mut second = std::pin::pin!(two.batch_execute(&second));
    let ended = tokio::select! {
        ended = &mut second => Some(ended),
        () = async { while house.count(&waits).await == 0 {} } => None,
    };
    one.batch_execute("COMMIT").await.unwrap();
    match ended {
        Some(ended) => ended,
        None => second.await,
    }
    .unwrap();
}
