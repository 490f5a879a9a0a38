//! Hello, leases, contacts and what a device says it has erased.

use crate::house::{Copy, House, Person, connect, monday};
use chrono::{Days, TimeDelta};
use mentalspace_crypto::canonical;
use mentalspace_crypto::signing::{PublicKey, Signature, VerifyingKey};
use mentalspace_domain::ids::NoteId;
use mentalspace_domain::people::Role;
use mentalspace_protocol::pull::HeldSummary;
use mentalspace_protocol::session::{Directive, HelloAnswer, HelloRequest};
use mentalspace_protocol::verify::PurgeAckRequest;
use mentalspace_server::sync::{self, contacts};

fn held(copy: &Copy) -> HeldSummary {
    HeldSummary {
        buckets: i64::try_from(copy.cursors.len()).unwrap(),
        heads: copy.cursors.values().sum(),
        grants: copy.end.as_ref().map_or(0, |end| end.grants),
    }
}

async fn hello(house: &House, person: &Person, held: HeldSummary) -> HelloAnswer {
    let request = HelloRequest {
        log_epoch: person.epoch,
        device_time: monday(),
        unsent: 2,
        tree_size: 0,
        tree_epoch: None,
        held,
    };
    sync::hello(&house.server, &person.caller, &request).await.unwrap()
}

/// Whether connections of the server's that are opened from now on may write.
fn takes_writes(house: &House, does: bool) {
    let (name, setting) = (house.database.name(), if does { "off" } else { "on" });
    let sql = format!(
        "ALTER ROLE mentalspace_app IN DATABASE {name} SET default_transaction_read_only = {setting}"
    );
    house.database.execute(&sql).unwrap();
}

#[tokio::test]
async fn a_hello_says_whether_anything_has_changed_and_writes_nothing() {
    let mut house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let client = house.client_of(&mut rivera).await;
    let mut copy = Copy::default();
    assert!(!hello(&house, &rivera, held(&copy)).await.unchanged);
    house.pull_all(&rivera, &mut copy).await;
    // Transaction numbers are counted over all databases of a cluster, and other tests take some: a database that takes no
    // writes says it without them.
    takes_writes(&house, false);
    house.restart();
    let answer = hello(&house, &rivera, held(&copy)).await;
    let begin = crate::house::new_note(client, NoteId::new(house.id()));
    let envelope = house.envelope(begin);
    assert!(house.push(&mut rivera, vec![envelope]).await.is_err(), "the control: a push does write");
    takes_writes(&house, true);
    house.restart();
    assert!(answer.unchanged);
    assert_eq!(answer.processed_seq, 1);
    house.note_of(&mut rivera, client).await;
    assert!(!hello(&house, &rivera, held(&copy)).await.unchanged, "a new row is a change");
    house.pull_all(&rivera, &mut copy).await;
    assert!(hello(&house, &rivera, held(&copy)).await.unchanged);
    // Somebody joins: another calendar to see.
    house.person("chen", &[Role::Clinician]).await;
    assert!(!hello(&house, &rivera, held(&copy)).await.unchanged, "a new grant is a change");
}

#[tokio::test]
async fn the_lease_is_in_the_servers_hand_and_ends_with_the_device() {
    let house = House::open().await;
    let rivera = house.person("rivera", &[Role::Clinician]).await;
    let answer = hello(&house, &rivera, HeldSummary::default()).await;
    let signed = answer.lease.unwrap();
    assert_eq!(signed.lease.not_after, monday() + Days::new(7));
    let superuser = crate::house::connect(&house.database.connection_string()).await;
    let key: Vec<u8> = superuser.query_one("SELECT public_key FROM seal_key", &[]).await.unwrap().get(0);
    let key = VerifyingKey::new(PublicKey::try_from(key.as_slice()).unwrap()).unwrap();
    let signature: Signature = signed.signature.parse().unwrap();
    key.verify(&canonical::to_vec(&signed.lease).unwrap(), &signature).unwrap();
    let mut longer = signed.lease.clone();
    longer.not_after += TimeDelta::days(1);
    assert!(key.verify(&canonical::to_vec(&longer).unwrap(), &signature).is_err(), "the control");

    house.database.execute("UPDATE device SET status = 'draining'").unwrap();
    let answer = hello(&house, &rivera, HeldSummary::default()).await;
    assert_eq!((answer.lease, answer.directive), (None, Some(Directive::Revoked)));
    assert!(!answer.unchanged);
}

#[tokio::test]
async fn contacts_are_written_down_together_and_never_lengthen_a_revoked_devices_lease() {
    let house = House::open().await;
    let rivera = house.person("rivera", &[Role::Clinician]).await;
    house.database.execute("UPDATE device SET lease_until = NULL").unwrap();
    hello(&house, &rivera, HeldSummary::default()).await;
    contacts::write_down(&house.server).await.unwrap();
    let noted = "SELECT count(*) FROM device WHERE unsent = 2 AND last_contact IS NOT NULL AND lease_until IS NOT NULL";
    assert_eq!(house.count(noted).await, 1);
    hello(&house, &rivera, HeldSummary::default()).await;
    house.database.execute("UPDATE device SET status = 'draining', lease_until = NULL").unwrap();
    contacts::write_down(&house.server).await.unwrap();
    assert_eq!(house.count("SELECT count(*) FROM device WHERE lease_until IS NULL").await, 1);
}

/// What a busy database did not take is not forgotten: the practice would be told that a device was away.
#[tokio::test]
async fn contacts_that_could_not_be_written_down_are_written_down_the_next_time() {
    let house = House::open().await;
    let rivera = house.person("rivera", &[Role::Clinician]).await;
    hello(&house, &rivera, HeldSummary::default()).await;
    let altering = connect(&house.database.connection_string()).await;
    altering.batch_execute("BEGIN; LOCK TABLE device").await.unwrap();
    contacts::write_down(&house.server).await.unwrap_err();
    altering.batch_execute("ROLLBACK").await.unwrap();
    let noted = "SELECT count(*) FROM device WHERE unsent = 2";
    assert_eq!(house.count(noted).await, 0, "the control");
    contacts::write_down(&house.server).await.unwrap();
    assert_eq!(house.count(noted).await, 1);
}

#[tokio::test]
async fn an_erasure_is_on_record_and_the_whole_one_ends_the_device() {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    house.client_of(&mut rivera).await;
    house.pull_all(&rivera, &mut Copy::default()).await;
    house.database.execute("UPDATE device SET status = 'draining'").unwrap();
    let request = PurgeAckRequest { bucket: None, rows: 12, at: monday(), in_part_unread: false };
    sync::purge_ack(&house.server, &rivera.caller, &request).await.unwrap();
    assert_eq!(house.count("SELECT count(*) FROM device_bucket WHERE purge_acked IS NULL").await, 0);
    assert_eq!(house.count("SELECT count(*) FROM device WHERE status = 'revoked'").await, 1);
    assert_eq!(house.count("SELECT count(*) FROM audit_event WHERE action = 'purge' AND rows = 12").await, 1);
}
