//! Pull: pages that continue each other, one snapshot, nothing that is not granted, and what the digest says.

use crate::house::{Copy, House, book, code, new_note, patch};
use mentalspace_crypto::digest::BucketEntry;
use mentalspace_crypto::{BucketDigest, sha256};
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::caseload::AssignmentReason;
use mentalspace_domain::caseload::assign::AssignCaseload;
use mentalspace_domain::command::Command;
use mentalspace_domain::decision::{Outcome, RefusalCode};
use mentalspace_domain::ids::{AssignmentId, ClientId, NoteId};
use mentalspace_domain::people::Role;
use mentalspace_protocol::error::ErrorCode;
use mentalspace_protocol::pull::PullRequest;
use mentalspace_protocol::verify::VerifyRequest;
use mentalspace_server::sync;
use uuid::Uuid;

/// A clinician with some hundred rows in her charts.
async fn busy() -> (House, crate::house::Person, Vec<ClientId>) {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let mut clients = Vec::new();
    for _ in 0..3 {
        let client = house.client_of(&mut rivera).await;
        let mut batch = Vec::new();
        for n in 0..40 {
            let note = NoteId::new(house.id());
            batch.push(house.envelope(new_note(client, note)));
            batch.push(house.envelope(patch(client, note, "", &format!("Session {n}."))));
        }
        house.push(&mut rivera, batch).await.unwrap();
        clients.push(client);
    }
    (house, rivera, clients)
}

/// The digest over what the device holds of a bucket.
fn digest(copy: &Copy, bucket: Uuid) -> (String, i64) {
    let mut digest = BucketDigest::EMPTY;
    let mut live = 0;
    for ((of, kind, id), (rev, body)) in &copy.rows {
        if let (true, Some(body)) = (*of == bucket, body) {
            let content = sha256(body.as_bytes());
            let rev = u64::try_from(*rev).unwrap();
            digest.add(&BucketEntry { kind, id: id.as_bytes(), rev, content: &content });
            live += 1;
        }
    }
    (digest.to_string(), live)
}

#[tokio::test]
async fn small_pages_bring_the_same_as_one_large_one() {
    let (house, rivera, _) = busy().await;
    let mut whole = Copy::default();
    assert!(!house.pull(&rivera, &mut whole, 5_000).await.unwrap(), "it fits into one answer");
    let mut paged = Copy::default();
    let mut pages = 1;
    // The least that a device asks for is a hundred rows; what it asks for below that is raised.
    while house.pull(&rivera, &mut paged, 1).await.unwrap() {
        pages += 1;
    }
    assert!(pages > 1, "{pages}");
    assert_eq!(paged.rows, whole.rows);
    assert_eq!(paged.cursors, whole.cursors);
    for (bucket, (head, expected, live)) in &whole.digests {
        assert_eq!(whole.cursors[bucket], *head);
        assert_eq!(digest(&whole, *bucket), (expected.clone(), *live), "the device's own sum agrees");
    }
}

#[tokio::test]
async fn only_what_is_new_comes_again() {
    let (house, mut rivera, clients) = busy().await;
    let mut copy = Copy::default();
    house.pull_all(&rivera, &mut copy).await;
    copy.digests.clear();
    house.pull(&rivera, &mut copy, 1_000).await.unwrap();
    assert!(copy.digests.is_empty(), "nothing new: an empty manifest");
    let note = house.note_of(&mut rivera, clients[1]).await;
    let before = copy.rows.len();
    house.pull(&rivera, &mut copy, 1_000).await.unwrap();
    let bucket = Bucket::clinical(clients[1]).id(house.practice).uuid();
    assert_eq!(copy.digests.keys().copied().collect::<Vec<_>>(), [bucket]);
    assert_eq!(copy.rows.len(), before + 1);
    assert!(copy.rows.contains_key(&(bucket, "note".to_owned(), note.uuid())));
    assert_eq!(digest(&copy, bucket), (copy.digests[&bucket].1.clone(), copy.digests[&bucket].2));
}

#[tokio::test]
async fn an_edited_row_appears_once_at_its_newest_state() {
    let (house, mut rivera, clients) = busy().await;
    let mut copy = Copy::default();
    house.pull(&rivera, &mut copy, 100).await.unwrap();
    let bucket = Bucket::clinical(clients[0]).id(house.practice).uuid();
    let (_, _, id) = copy.rows.keys().find(|(of, kind, _)| *of == bucket && kind == "note").cloned().unwrap();
    // It was sent already and is edited while the rest comes down.
    let words = copy.live("note").into_iter().find(|note| note["id"] == id.to_string()).unwrap();
    let from = words["sections"]["subjective"].as_str().unwrap().to_owned();
    house.one(&mut rivera, patch(clients[0], NoteId::new(id), &from, "Edited meanwhile.")).await;
    house.pull_all(&rivera, &mut copy).await;
    let (_, body) = &copy.rows[&(bucket, "note".to_owned(), id)];
    assert!(body.as_ref().unwrap().contains("Edited meanwhile."));
    let (_, expected, live) = &copy.digests[&bucket];
    assert_eq!(digest(&copy, bucket), (expected.clone(), *live));
}

#[tokio::test]
async fn verify_names_the_rows_that_the_digest_is_over() {
    let (house, rivera, clients) = busy().await;
    let bucket = Bucket::clinical(clients[2]).id(house.practice);
    let answer = sync::verify(&house.server, &rivera.caller, &VerifyRequest { bucket }).await.unwrap();
    let mut sum = BucketDigest::EMPTY;
    for row in &answer.rows {
        let rev = u64::try_from(row.rev).unwrap();
        sum.add(&BucketEntry { kind: &row.kind, id: row.id.as_bytes(), rev, content: &row.sha256 });
    }
    assert_eq!(sum.to_string(), answer.digest);
    assert_eq!(answer.rows.len(), 40);
}

#[tokio::test]
async fn a_cursor_below_what_tombstones_are_kept_for_starts_anew() {
    let (house, rivera, clients) = busy().await;
    let bucket = Bucket::clinical(clients[0]).id(house.practice).uuid();
    house
        .database
        .execute(&format!("UPDATE bucket SET pruned_below = 20 WHERE bucket_id = '{bucket}'"))
        .unwrap();
    let manifest = |seq: i64| {
        let request = PullRequest {
            log_epoch: rivera.epoch,
            cursors: vec![crate::house::cursor(bucket, seq)],
            priority: Vec::new(),
            rows: 5_000,
            results_after: 0,
        };
        let (server, caller) = (&house.server, &rivera.caller);
        async move {
            let stream = sync::pull(server, caller, &request).await.unwrap();
            let text = String::from_utf8(zstd::decode_all(&stream[..]).unwrap()).unwrap();
            let first: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
            let buckets = first["manifest"]["buckets"].as_array().unwrap().clone();
            buckets.into_iter().find(|each| each["bucket"] == bucket.to_string()).unwrap()
        }
    };
    assert_eq!(manifest(10).await["reset"], true);
    assert_eq!(manifest(20).await.get("reset"), None);
    assert_eq!(manifest(1_000_000).await["reset"], true, "a cursor beyond the head agrees with nothing");
}

#[tokio::test]
async fn a_revoked_device_pushes_and_no_longer_pulls() {
    let (house, mut rivera, clients) = busy().await;
    house.database.execute("UPDATE device SET status = 'draining'").unwrap();
    assert_eq!(code(house.pull(&rivera, &mut Copy::default(), 100).await), ErrorCode::DeviceRevoked);
    // What it still hands over is kept, and comes into no chart by itself: who has it in hand is not known.
    let late = crate::house::new_note(clients[0], NoteId::new(house.id()));
    let kept = Outcome::Quarantined { code: RefusalCode::NotAllowed };
    assert_eq!(house.one(&mut rivera, late).await, kept);
    mentalspace_server::machinery::lay_into_charts(&house.server, false).await.unwrap();
    assert_eq!(house.count("SELECT count(*) FROM record WHERE kind = 'quarantined_work'").await, 1);
    // Of the rest, what somebody else can undo is taken, and nothing else.
    let booked = book(&house, clients[0], rivera.caller.user, 9);
    assert_eq!(house.one(&mut rivera, booked).await, Outcome::Applied);
    let given = |house: &House, clinician| {
        Command::CaseloadAssign(AssignCaseload {
            client_id: clients[0],
            assignment_id: AssignmentId::new(house.id()),
            clinician,
            reason: AssignmentReason::Treating,
            from: crate::house::monday().date_naive(),
            until: None,
        })
    };
    let mut marsh = house.person("marsh", &[Role::PracticeManager]).await;
    let chen = house.person("chen", &[Role::Clinician]).await;
    house.database.execute("UPDATE device SET status = 'draining'").unwrap();
    let refused = house.one(&mut marsh, given(&house, chen.caller.user)).await;
    assert!(matches!(refused, Outcome::Rejected { code: RefusalCode::NotAllowed, .. }), "{refused:?}");
    house.database.execute("UPDATE device SET status = 'active'").unwrap();
    assert_eq!(house.one(&mut marsh, given(&house, chen.caller.user)).await, Outcome::Applied, "the control");
    house.database.execute("UPDATE device SET status = 'active'").unwrap();
    house.note_of(&mut rivera, clients[0]).await;
    rivera.caller.schema = 0;
    house.database.execute("UPDATE device SET status = 'active'").unwrap();
    assert_eq!(code(house.pull(&rivera, &mut Copy::default(), 100).await), ErrorCode::UpgradeRequired);
}

#[tokio::test]
async fn what_was_sent_is_on_record_before_it_is_sent() {
    let (house, rivera, clients) = busy().await;
    let before = house.count("SELECT count(*) FROM audit_event WHERE action = 'pull'").await;
    assert_eq!(before, 0);
    house.pull_all(&rivera, &mut Copy::default()).await;
    let bucket = Bucket::clinical(clients[0]).id(house.practice).uuid();
    let audited = format!(
        "SELECT count(*) FROM audit_event WHERE action = 'pull' AND bucket_id = '{bucket}' \
         AND client_id = '{}' AND seq_from = 0 AND rows = 40",
        clients[0]
    );
    assert_eq!(house.count(&audited).await, 1);
    assert_eq!(
        house.count(&format!("SELECT count(*) FROM device_bucket WHERE bucket_id = '{bucket}'")).await,
        1
    );
    // No audit row, no rows: with the trail closed, nothing is sent.
    house.database.execute("REVOKE INSERT ON audit_event FROM mentalspace_app").unwrap();
    let refused = house.pull(&rivera, &mut Copy::default(), 100).await;
    house.database.execute("GRANT INSERT ON audit_event TO mentalspace_app").unwrap();
    assert_eq!(code(refused), ErrorCode::Internal);
}

/// Found by the simulation: a device asked for ever for rows that did not exist.
#[tokio::test]
async fn a_head_above_all_rows_ends_a_pull_and_the_digest_tells() {
    let (house, rivera, clients) = busy().await;
    let bucket = Bucket::clinical(clients[0]).id(house.practice).uuid();
    house
        .database
        .execute(&format!(
            "SET session_replication_role = replica; DELETE FROM record WHERE bucket_id = '{bucket}' AND seq = \
             (SELECT max(seq) FROM record WHERE bucket_id = '{bucket}')"
        ))
        .unwrap();
    let mut copy = Copy::default();
    let mut answers = 1;
    while house.pull(&rivera, &mut copy, 100).await.unwrap() {
        answers += 1;
        assert!(answers < 20, "the device is told to come again for what does not exist");
    }
    let (head, told, _) = &copy.digests[&bucket];
    assert_eq!(copy.cursors[&bucket], *head, "nothing more stands above the cursor");
    assert_ne!(*told, digest(&copy, bucket).0, "what is missing shows in the digest");
}
