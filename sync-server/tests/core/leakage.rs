//! Nobody is shown what is not granted to her: for every kind of record, in every answer that the server gives, to every
//! kind of outsider. Each canary is first found where it should be.

use crate::house::{Copy, House, Person, book, code, connect, new_client, new_note, patch};
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::command::Command;
use mentalspace_domain::decision::{Outcome, RefusalCode};
use mentalspace_domain::ids::{BucketId, ClientId, CommandId, NoteId, UserId};
use mentalspace_domain::people::Role;
use mentalspace_domain::quarantine::accept::AcceptWork;
use mentalspace_domain::quarantine::give_back::ReturnWork;
use mentalspace_domain::record::{RecordKey, RecordKind, associated_data};
use mentalspace_protocol::error::ErrorCode;
use mentalspace_protocol::verify::VerifyRequest;
use mentalspace_server::{machinery, sync};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio_postgres::Client;
use uuid::Uuid;

/// Where records of a kind live. A kind without a line here does not compile.
fn home(kind: RecordKind, of: &Practice) -> Bucket {
    match kind {
        RecordKind::Practice
        | RecordKind::User
        | RecordKind::Supervision
        | RecordKind::SigningKeyCertificate => Bucket::practice(of.house.practice),
        RecordKind::QuarantineNotice => Bucket::user(of.rivera.caller.user),
        RecordKind::BusyBlock => Bucket::calendar(of.rivera.caller.user),
        RecordKind::Client | RecordKind::Assignment | RecordKind::Appointment => Bucket::admin(of.client),
        RecordKind::Note
        | RecordKind::NoteRevision
        | RecordKind::NoteBranch
        | RecordKind::NoteVersion
        | RecordKind::Signature
        | RecordKind::Receipt
        | RecordKind::RefusedSignature
        | RecordKind::Addendum
        | RecordKind::Diagnosis
        | RecordKind::QuarantinedWork
        | RecordKind::QuarantineDecision => Bucket::clinical(of.client),
    }
}

/// One practice with one client on one caseload, somebody of every role, and somebody of another practice.
struct Practice {
    house: House,
    rivera: Person,
    client: ClientId,
    note: NoteId,
    others: Vec<(String, Person)>,
}

async fn practice() -> Practice {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let client = house.client_of(&mut rivera).await;
    let note = house.note_of(&mut rivera, client).await;
    let mut others = Vec::new();
    for role in Role::ALL {
        others.push((role.as_str().to_owned(), house.person(role.as_str(), &[role]).await));
    }
    let elsewhere = house.neighbour().await;
    let everything = house.person_of(elsewhere, "stranger", &Role::ALL).await;
    others.push(("of another practice".to_owned(), everything));
    Practice { house, rivera, client, note, others }
}

fn canary(kind: RecordKind) -> String {
    format!("zqcanary-{kind}-umbrage")
}

/// Puts a record into its bucket behind the server's back, sealed as the server seals it.
async fn plant(of: &Practice, superuser: &Client, kind: RecordKind) -> (Bucket, Uuid) {
    let (bucket, id) = (home(kind, of), of.house.id());
    let practice = of.house.practice;
    let bucket_id = bucket.id(practice).uuid();
    let wrapped: Vec<u8> = superuser
        .query_one("SELECT data_key FROM bucket WHERE bucket_id = $1", &[&bucket_id])
        .await
        .unwrap()
        .get(0);
    let key = of.house.server.sealing.bucket_key(practice, BucketId::new(bucket_id), &wrapped).unwrap();
    let body = format!(r#"{{"id":"{id}","says":"{}"}}"#, canary(kind));
    let data = associated_data(practice, bucket, RecordKey { kind, id }, 1);
    let sealed = key.seal(&data, body.as_bytes(), &*of.house.server.randomness).unwrap();
    let move_head = format!(
        "UPDATE bucket SET head_before = head, head = head + 1, live = live + 1, moved_in = pg_current_xact_id() \
         WHERE bucket_id = '{bucket_id}'"
    );
    // The trigger that counts records looks at one practice's.
    let begin = format!("BEGIN; SET LOCAL app.practice_id = '{practice}'");
    superuser.batch_execute(&begin).await.unwrap();
    superuser.batch_execute(&move_head).await.unwrap();
    superuser
        .execute(
            "INSERT INTO record (practice_id, bucket_id, kind, id, seq, rev, deleted, content_sha, body_len, sealed_body) \
             SELECT practice_id, bucket_id, $2, $3, head, 1, false, sha256($4), length($4), $5 FROM bucket WHERE bucket_id = $1",
            &[&bucket_id, &kind.as_str(), &id, &body.as_bytes(), &sealed],
        )
        .await
        .unwrap();
    superuser.batch_execute("COMMIT").await.unwrap();
    (bucket, id)
}

/// Whether the database says that she holds it: the oracle.
async fn holds(superuser: &Client, user: UserId, bucket: Uuid) -> bool {
    let sql =
        "SELECT count(*) FROM bucket_grant WHERE user_id = $1 AND bucket_id = $2 AND revoked_at IS NULL";
    superuser.query_one(sql, &[&user.uuid(), &bucket]).await.unwrap().get::<_, i64>(0) == 1
}

/// Everything that a pull and a verify of this bucket show somebody, in one text.
async fn shown(of: &Practice, person: &Person, bucket: Uuid) -> (String, bool) {
    let mut copy = Copy::default();
    // She names the bucket, as a device would that held it once.
    copy.cursors.insert(bucket, 0);
    of.house.pull_all(person, &mut copy).await;
    let mut text = format!("{:?} {:?} {:?}", copy.rows, copy.digests, copy.end);
    let request = VerifyRequest { bucket: BucketId::new(bucket) };
    let verified = match sync::verify(&of.house.server, &person.caller, &request).await {
        Ok(answer) => {
            text.push_str(&serde_json::to_string(&answer).unwrap());
            true
        }
        Err(failure) => {
            assert_eq!(failure.code(), ErrorCode::NotFound);
            text.push_str(failure.message());
            false
        }
    };
    (text, verified)
}

#[tokio::test]
async fn t44_no_kind_of_record_is_shown_to_whom_its_bucket_is_not_granted() {
    let of = practice().await;
    let superuser = connect(&of.house.database.connection_string()).await;
    let (mut found, mut withheld) = (0, 0);
    let mut kinds = BTreeSet::new();
    for &kind in RecordKind::ALL {
        let (bucket, id) = plant(&of, &superuser, kind).await;
        let bucket = bucket.id(of.house.practice).uuid();
        let everybody =
            of.others.iter().map(|(who, person)| (who.as_str(), person)).chain([("rivera", &of.rivera)]);
        for (who, person) in everybody {
            let granted = holds(&superuser, person.caller.user, bucket).await;
            let (text, verified) = shown(&of, person, bucket).await;
            assert_eq!(text.contains(&canary(kind)), granted, "{kind} pulled by {who}");
            assert_eq!(text.contains(&id.to_string()), granted, "the identifier of {kind} shown to {who}");
            assert_eq!(verified, granted, "{kind} verified by {who}");
            if granted {
                found += 1
            } else {
                withheld += 1
            }
            kinds.extend(granted.then_some(kind));
        }
    }
    assert_eq!(kinds.len(), RecordKind::ALL.len(), "the control: each was found by somebody who may see it");
    assert!(
        found >= RecordKind::ALL.len() && withheld >= 5 * RecordKind::ALL.len(),
        "{found} and {withheld}"
    );
}

/// The control: one grant too many, and the same look finds each canary.
#[tokio::test]
async fn t44_control_a_grant_too_many_is_found_out_for_every_kind() {
    let of = practice().await;
    let superuser = connect(&of.house.database.connection_string()).await;
    let (_, outsider) = of.others.iter().find(|(who, _)| who == "administrator").unwrap();
    for &kind in RecordKind::ALL {
        let (bucket, _) = plant(&of, &superuser, kind).await;
        let bucket = bucket.id(of.house.practice).uuid();
        let user = outsider.caller.user.uuid();
        let give = "INSERT INTO bucket_grant (practice_id, user_id, bucket_id, reason, granted_at, changed_in, head) \
                    SELECT practice_id, $1, bucket_id, 'role', now(), pg_current_xact_id(), head FROM bucket \
                    WHERE bucket_id = $2 ON CONFLICT DO NOTHING";
        superuser.execute(give, &[&user, &bucket]).await.unwrap();
        let (text, verified) = shown(&of, outsider, bucket).await;
        assert!(text.contains(&canary(kind)) && verified, "the look is blind to {kind}");
    }
}

const WORDS: &str = "Zqsession words that are nobody else's.";

/// What is said to somebody who pushes about a chart that is not hers tells her nothing of it: neither words, nor that two
/// texts part, nor whether there is anything at all.
#[tokio::test]
async fn an_answer_to_a_push_tells_nothing_of_a_chart_that_is_not_held() {
    let mut of = practice().await;
    let (client, note) = (of.client, of.note);
    of.house.one(&mut of.rivera, patch(client, note, "", WORDS)).await;
    let booking = book(&of.house, client, of.rivera.caller.user, 9);
    assert_eq!(of.house.one(&mut of.rivera, booking).await, Outcome::Applied);
    let (nowhere, nothing) = (ClientId::new(of.house.id()), NoteId::new(of.house.id()));
    let work = CommandId::new(of.house.id());
    let asking = |house: &House, own: UserId, client: ClientId, note: NoteId| -> Vec<Command> {
        vec![
            new_note(client, note),
            patch(client, note, "", "Asked from outside."),
            patch(client, note, "Something else.", "Asked from outside."),
            book(house, client, own, 11),
            new_client(house, client, Some(own)),
            Command::QuarantineAccept(AcceptWork {
                client_id: client,
                note_id: note,
                works: vec![work],
                addenda: Vec::new(),
                reason: "Let me see.".to_owned(),
            }),
            Command::QuarantineReturn(ReturnWork {
                client_id: client,
                note_id: note,
                works: vec![work],
                reason: "Let me see.".to_owned(),
            }),
        ]
    };
    let mut asked = 0;
    for (who, person) in &mut of.others {
        if !matches!(who.as_str(), "clinician" | "supervisor" | "of another practice") {
            continue;
        }
        let own = person.caller.user;
        let there: Vec<_> =
            asking(&of.house, own, client, note).into_iter().map(|c| of.house.envelope(c)).collect();
        let answer = of.house.push(person, there).await.unwrap();
        let text = serde_json::to_string(&answer).unwrap();
        for secret in [WORDS, "Zqsession", "Canary-Gwendolyn"] {
            assert!(!text.contains(secret), "{who}: {text}");
        }
        for result in &answer.results {
            let blunt = matches!(
                &result.outcome,
                Outcome::Quarantined { code: RefusalCode::NotAllowed }
                    | Outcome::Rejected { code: RefusalCode::NotAllowed, .. }
            );
            // A client and a booking of her own under an identifier that is another practice's are none of its business.
            let own_practice = who != "of another practice";
            assert!(blunt || !own_practice, "{who}: {:?}", result.outcome);
        }
        asked += answer.results.len();
        // What is told later is told in the same words, and the results of a pull hold no more.
        let mut copy = Copy::default();
        of.house.pull_all(person, &mut copy).await;
        let told = format!("{:?}", copy.end);
        assert!(
            !told.contains("Zqsession") && !told.contains("Parked") && !told.contains("Merged"),
            "{who}: {told}"
        );
        // Where there is nothing, the words are the same.
        if who == "clinician" {
            let made_up: Vec<_> = asking(&of.house, own, nowhere, nothing)
                .into_iter()
                .take(3)
                .map(|c| of.house.envelope(c))
                .collect();
            let none = of.house.push(person, made_up).await.unwrap();
            for (there, nowhere) in answer.results.iter().zip(&none.results) {
                assert_eq!(there.outcome, nowhere.outcome);
            }
        }
    }
    assert_eq!(asked, 3 * 7);
    // The control: whoever holds the chart is told that two texts part, and finds both.
    let mut again =
        of.house.device(of.house.practice, of.rivera.caller.user, of.rivera.caller.roles.clone()).await;
    let parted = of.house.one(&mut again, patch(client, note, "", "Zqother words of hers.")).await;
    assert!(matches!(parted, Outcome::Parked { .. }), "{parted:?}");
    let mut copy = Copy::default();
    of.house.pull_all(&again, &mut copy).await;
    let held = format!("{:?}", copy.rows);
    assert!(held.contains(WORDS) && held.contains("Zqother words of hers."));
    assert!(format!("{:?}", copy.end).contains("Parked"));
}

/// Not even that something happens: whoever holds a chart is poked, nobody else is.
#[tokio::test]
async fn a_poke_reaches_those_who_hold_the_chart_alone() {
    let mut of = practice().await;
    let ear = |person: &Person| {
        let caller = &person.caller;
        of.house.server.pokes.listen(caller.practice, caller.user, caller.device, of.house.id())
    };
    let second =
        of.house.device(of.house.practice, of.rivera.caller.user, of.rivera.caller.roles.clone()).await;
    let holder = ear(&second);
    let outside: Vec<_> = of.others.iter().map(|(who, person)| (who.clone(), ear(person))).collect();
    of.house.one(&mut of.rivera, patch(of.client, of.note, "", WORDS)).await;
    let patience = Duration::from_secs(30);
    assert!(
        tokio::time::timeout(patience, holder.heard()).await.unwrap(),
        "the control: her other device hears of it"
    );
    for (who, ear) in &outside {
        let heard = tokio::time::timeout(Duration::ZERO, ear.heard()).await;
        assert!(heard.is_err(), "{who} hears that something was written in a chart");
    }
}

/// Late work is laid before those who hold the chart; those who sent it have lost it.
#[tokio::test]
async fn what_the_clerk_lays_down_reaches_nobody_else() {
    let mut of = practice().await;
    let (client, note) = (of.client, of.note);
    let superuser = connect(&of.house.database.connection_string()).await;
    superuser.batch_execute("UPDATE user_role SET until_day = '2026-03-01'").await.unwrap();
    machinery::new_day(&of.house.server).await.unwrap();
    of.house.clock.advance(chrono::TimeDelta::days(1));
    machinery::new_day(&of.house.server).await.unwrap();
    let late = of.house.one(&mut of.rivera, patch(client, note, "", WORDS)).await;
    assert_eq!(late, Outcome::Quarantined { code: RefusalCode::NotAllowed });
    machinery::lay_into_charts(&of.house.server, true).await.unwrap();
    assert_eq!(of.house.count("SELECT count(*) FROM record WHERE kind = 'quarantined_work'").await, 1);
    let bucket = Bucket::clinical(client).id(of.house.practice).uuid();
    for (who, person) in
        of.others.iter().map(|(who, person)| (who.as_str(), person)).chain([("rivera", &of.rivera)])
    {
        let (text, verified) = shown(&of, person, bucket).await;
        assert!(!text.contains("Zqsession") && !verified, "{who}");
    }
    // Nothing of an answer in error names it either.
    let verify = VerifyRequest { bucket: BucketId::new(bucket) };
    assert_eq!(code(sync::verify(&of.house.server, &of.rivera.caller, &verify).await), ErrorCode::NotFound);
}
