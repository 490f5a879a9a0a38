//! A new epoch: what bridges it to the old one, who is told, and what waits for whom.

use crate::house::{House, Person, connect, monday, new_note, patch};
use chrono::TimeDelta;
use mentalspace_crypto::merkle::ConsistencyProof;
use mentalspace_domain::command::{Command, CommandEnvelope};
use mentalspace_domain::decision::Outcome;
use mentalspace_domain::ids::NoteId;
use mentalspace_domain::people::Role;
use mentalspace_domain::signing::seal_verifies_without;
use mentalspace_protocol::pull::HeldSummary;
use mentalspace_protocol::push::{Before, PushAnswer, PushRequest, PushedCommand};
use mentalspace_protocol::session::{HelloAnswer, HelloRequest};
use mentalspace_server::caller::Acting;
use mentalspace_server::log::{self, Heads};
use mentalspace_server::{epoch, sync};
use std::sync::atomic::Ordering;
use uuid::Uuid;

async fn hello(house: &House, person: &Person, epoch: Uuid, tree: (Uuid, u64)) -> HelloAnswer {
    let request = HelloRequest {
        log_epoch: epoch,
        device_time: monday(),
        unsent: 0,
        tree_size: tree.1,
        tree_epoch: (tree.0 != epoch).then_some(tree.0),
        held: HeldSummary::default(),
    };
    sync::hello(&house.server, &person.caller, &request).await.unwrap()
}

async fn begin(house: &House, reunion: TimeDelta) -> Uuid {
    let acting = Acting::console(house.practice, house.id());
    epoch::begin(&house.server, &acting, reunion).await.unwrap().to_epoch
}

#[tokio::test]
async fn who_has_seen_the_old_tree_gets_the_bridge_and_the_proof_up_to_it() {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let old = rivera.epoch;
    let mut seen = Vec::new();
    for _ in 0..2 {
        house.client_of(&mut rivera).await;
        log::sequence(&house.server, house.practice, Heads::Now).await.unwrap();
        seen.push(hello(&house, &rivera, old, (old, 0)).await.tree_head.unwrap());
    }
    let same = hello(&house, &rivera, old, (old, seen[1].size)).await;
    assert!(same.bridges.is_empty() && !same.behind, "nothing is said where nothing happened");

    let new = begin(&house, TimeDelta::zero()).await;
    let key = "SELECT encode(public_key, 'hex') FROM seal_key";
    let superuser = connect(&house.database.connection_string()).await;
    let key: String = superuser.query_one(key, &[]).await.unwrap().get(0);
    for head in &seen {
        let told = hello(&house, &rivera, old, (old, head.size)).await;
        assert_eq!(told.log_epoch, new);
        let [bridge] = told.bridges.as_slice() else { panic!("one bridge: {:?}", told.bridges) };
        assert_eq!(
            (bridge.from_epoch, bridge.from_size, &bridge.from_root),
            (old, seen[1].size, &seen[1].root)
        );
        assert!(seal_verifies_without(bridge, "signature", &bridge.signature, &key));
        let mut forged = bridge.clone();
        forged.from_size -= 1;
        assert!(!seal_verifies_without(&forged, "signature", &forged.signature, &key), "the control");
        let path: Vec<_> = told.consistency.iter().map(|hash| hash.parse().unwrap()).collect();
        let proof = ConsistencyProof { old_size: head.size, new_size: bridge.from_size, path };
        proof.verify(&head.root.parse().unwrap(), &bridge.from_root.parse().unwrap()).unwrap();
    }
    // A device that has taken the epoch and not yet a head of it says which tree its head is of.
    let later = hello(&house, &rivera, new, (old, seen[0].size)).await;
    assert_eq!(later.bridges.len(), 1);
    // One that heard of the epoch by a refusal and has seen no head learns where it comes from, or nothing would lead it on
    // where the server is set back to before it once more.
    assert_eq!(hello(&house, &rivera, new, (new, 0)).await.bridges, later.bridges);
    assert!(hello(&house, &rivera, new, (new, 1)).await.bridges.is_empty(), "whoever has a head of it knows");
}

/// What the old tree had no head over yet is in the trail all the same, and the new tree proves it.
#[tokio::test]
async fn entries_under_no_head_of_the_old_tree_come_under_the_new_one() {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    house.client_of(&mut rivera).await;
    log::sequence(&house.server, house.practice, Heads::Now).await.unwrap();
    house.client_of(&mut rivera).await;
    let grown = log::sequence(&house.server, house.practice, Heads::EachMinute).await.unwrap();
    assert!(grown.leaves > 0 && !grown.signed, "the control: they are in the tree, and under no head");
    begin(&house, TimeDelta::zero()).await;
    log::sequence(&house.server, house.practice, Heads::Now).await.unwrap();
    let unproven = "SELECT count(*) FROM audit_event e WHERE NOT EXISTS (
        SELECT FROM log_leaf l JOIN log_head h USING (practice_id, log_epoch)
        WHERE l.practice_id = e.practice_id AND l.at = e.at AND l.batch = e.batch AND l.n = e.n AND l.idx < h.size)";
    assert_eq!(house.count(unproven).await, 0);
    let twice = "SELECT count(*) FROM (SELECT FROM log_leaf l JOIN log_head h USING (practice_id, log_epoch)
        WHERE l.idx < h.size GROUP BY l.at, l.batch, l.n HAVING count(DISTINCT l.log_epoch) > 1) AS t";
    assert_eq!(house.count(twice).await, 0);
}

/// A restore point and a backup sign the head of everything before them, whatever the server's own sequencer is at.
#[tokio::test]
async fn a_head_that_is_wanted_now_waits_for_its_turn_however_long() {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    house.client_of(&mut rivera).await;
    let holding = connect(&house.database.connection_string()).await;
    let lock = format!("BEGIN; SELECT pg_advisory_xact_lock(hashtextextended('log {}', 0))", house.practice);
    holding.batch_execute(&lock).await.unwrap();
    let passed = log::sequence(&house.server, house.practice, Heads::EachMinute).await.unwrap();
    assert_eq!(passed, log::Grown::default(), "the control: somebody else is at it");

    // Longer than a lock is waited for elsewhere; in this database, for other tests have theirs in the same PostgreSQL.
    let waiting = "SELECT count(*) FROM pg_stat_activity
                   WHERE wait_event = 'advisory' AND query_start < now() - interval '2500 milliseconds'
                     AND datname = current_database()";
    let mut wanted = std::pin::pin!(log::sequence(&house.server, house.practice, Heads::Now));
    house.until_it_waits(wanted.as_mut(), waiting).await;
    holding.batch_execute("COMMIT").await.unwrap();
    let grown = wanted.await.unwrap();
    assert!(grown.signed && grown.leaves > 0, "{grown:?}");
}

#[tokio::test]
async fn a_device_that_has_seen_more_than_the_server_has_is_believed() {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    house.client_of(&mut rivera).await;
    log::sequence(&house.server, house.practice, Heads::Now).await.unwrap();
    let size = hello(&house, &rivera, rivera.epoch, (rivera.epoch, 0)).await.tree_head.unwrap().size;
    let reuniting = "SELECT count(*) FROM practice WHERE reunion_until IS NOT NULL";
    for (seen, behind) in [(size, false), (size + 1, true)] {
        assert_eq!(hello(&house, &rivera, rivera.epoch, (rivera.epoch, seen)).await.behind, behind);
        assert_eq!(house.server.behind.load(Ordering::Relaxed), u64::from(behind));
        assert_eq!(
            house.count(reuniting).await,
            i64::from(behind),
            "from then on devices wait for each other"
        );
    }
}

async fn again(house: &House, person: &Person, envelopes: &[(CommandEnvelope, u32)]) -> PushAnswer {
    let commands = (1..)
        .zip(envelopes)
        .map(|(seq, (envelope, made))| PushedCommand {
            seq,
            envelope: envelope.clone(),
            before: Some(Before { outcome: Outcome::Applied, made: *made }),
        })
        .collect();
    let request = PushRequest { log_epoch: person.epoch, device_time: monday(), commands };
    sync::push(&house.server, &person.caller, &request).await.unwrap()
}

#[tokio::test]
async fn what_is_offered_again_waits_for_what_it_was_built_on_and_no_longer_than_the_reunion() {
    for hours in [24, 0] {
        let house = House::open().await;
        let mut laptop = house.person("rivera", &[Role::Clinician]).await;
        let client = house.client_of(&mut laptop).await;
        let mut desk = house.device(house.practice, laptop.caller.user, laptop.caller.roles.clone()).await;
        desk.epoch = begin(&house, TimeDelta::hours(hours)).await;
        laptop.epoch = desk.epoch;
        let note = NoteId::new(house.id());
        let begun = house.envelope(new_note(client, note));
        // Written on the desk into a note that was begun on the laptop, which has not come back.
        let own: Command = new_note(client, NoteId::new(house.id()));
        let built = [(house.envelope(own), 1), (house.envelope(patch(client, note, "", "Words.")), 0)];
        let answer = again(&house, &desk, &built).await;
        let waits = hours > 0;
        assert_eq!((answer.waiting, answer.processed_seq), (waits, if waits { 1 } else { 2 }));
        if !waits {
            assert!(matches!(answer.results[1].outcome, Outcome::Rejected { .. }), "the control");
            continue;
        }
        let answer = again(&house, &desk, &built).await;
        assert!(answer.waiting && answer.results.len() == 1, "asked again, the answer is the same");
        house.push(&mut laptop, vec![begun]).await.unwrap();
        let answer = again(&house, &desk, &built).await;
        assert_eq!((answer.waiting, answer.processed_seq), (false, 2));
        assert_eq!(answer.results[1].outcome, Outcome::Applied);
    }
}

#[tokio::test]
async fn a_chart_of_whose_grant_nothing_is_known_is_not_erased_while_devices_come_back() {
    for hours in [24, 0] {
        let house = House::open().await;
        let mut rivera = house.person("rivera", &[Role::Clinician]).await;
        let known = house.client_of(&mut rivera).await;
        let taken = mentalspace_domain::bucket::Bucket::clinical(known).id(house.practice).uuid();
        let revoke = "UPDATE bucket_grant SET revoked_at = now(), grant_rev = grant_rev + 1 WHERE bucket_id";
        house.database.execute(&format!("{revoke} = '{taken}'")).unwrap();
        rivera.epoch = begin(&house, TimeDelta::hours(hours)).await;
        let unknown = house.id();
        let mut copy = crate::house::Copy::default();
        copy.cursors.extend([(taken, 1), (unknown, 1)]);
        house.pull(&rivera, &mut copy, 100).await.unwrap();
        let expected = if hours > 0 { vec![taken] } else { vec![taken, unknown] };
        let mut told = copy.revoked.clone();
        told.sort();
        let mut wanted = expected;
        wanted.sort();
        assert_eq!(told, wanted, "what was revoked before the backup goes at once: {hours}");
    }
}
