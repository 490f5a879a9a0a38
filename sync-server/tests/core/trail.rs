//! The audit trail in its tree: every row gets a place, heads continue each other, and a changed row is found out.

use crate::house::{House, monday, patch};
use chrono::TimeDelta;
use mentalspace_crypto::canonical;
use mentalspace_crypto::merkle::{ConsistencyProof, leaf_hash, root_of};
use mentalspace_crypto::signing::{PublicKey, Signature, VerifyingKey};
use mentalspace_crypto::{Sha256, sha256};
use mentalspace_domain::people::Role;
use mentalspace_protocol::pull::HeldSummary;
use mentalspace_protocol::session::{HelloRequest, TreeHead};
use mentalspace_server::log::{self, Heads};
use mentalspace_server::machinery::sequence_all;
use mentalspace_server::sync;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use tokio_postgres::Client;
use uuid::Uuid;

async fn newest(
    house: &House,
    person: &crate::house::Person,
    tree_size: u64,
) -> (Option<TreeHead>, Vec<Sha256>) {
    let request = HelloRequest {
        log_epoch: person.epoch,
        device_time: monday(),
        unsent: 0,
        tree_size,
        tree_epoch: None,
        held: HeldSummary::default(),
    };
    let answer = sync::hello(&house.server, &person.caller, &request).await.unwrap();
    (answer.tree_head, answer.consistency.iter().map(|hash| hash.parse().unwrap()).collect())
}

/// Puts a leaf together from the table alone, as an outsider's script would.
fn leaf(practice: &str, epoch: Uuid, row: &Map<String, Value>) -> Sha256 {
    let get = |name: &str| row.get(name).cloned().unwrap_or(Value::Null);
    let instant = |name: &str| match get(name) {
        Value::String(text) => {
            let at: chrono::DateTime<chrono::Utc> =
                text.parse::<chrono::DateTime<chrono::FixedOffset>>().unwrap().into();
            json!(at)
        }
        other => other,
    };
    let bytes = |name: &str| match get(name) {
        Value::String(text) => json!(text.trim_start_matches("\\x")),
        other => other,
    };
    let value = json!({
        "form": "mentalspace.audit.v1", "practice": practice, "log_epoch": epoch,
        "at": instant("at"), "batch": get("batch"), "n": get("n"), "request": get("request_id"),
        "user": get("user_id"), "roles": get("roles"), "device": get("device_id"), "session": get("session_id"),
        "address": get("address"), "action": get("action"), "outcome": get("outcome"), "client": get("client_id"),
        "bucket": get("bucket_id"), "category": get("category"), "record_kind": get("record_kind"),
        "record": get("record_id"), "content": bytes("content_sha"), "seq_from": get("seq_from"),
        "seq_to": get("seq_to"), "rows": get("rows"), "reason": get("reason"), "asserted_at": instant("asserted_at"),
    });
    leaf_hash(&canonical::to_vec(&value).unwrap())
}

/// The root that the audit table gives today, in the order of the log.
async fn root_of_the_table(house: &House, client: &Client, epoch: Uuid) -> Sha256 {
    let sql = "SELECT to_jsonb(e) FROM log_leaf l JOIN audit_event e USING (practice_id, at, batch, n) \
               WHERE l.log_epoch = $1 ORDER BY l.idx";
    let leaves: Vec<Sha256> = client
        .query(sql, &[&epoch])
        .await
        .unwrap()
        .iter()
        .map(|row| leaf(&house.practice.to_string(), epoch, row.get::<_, Value>(0).as_object().unwrap()))
        .collect();
    root_of(&leaves)
}

#[tokio::test]
async fn every_audit_row_gets_its_place_and_the_head_is_signed_over_all_of_them() {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let client = house.client_of(&mut rivera).await;
    let note = house.note_of(&mut rivera, client).await;
    let grown = log::sequence(&house.server, house.practice, Heads::Now).await.unwrap();
    assert!(grown.signed && grown.leaves > 0);
    let rows = house.count("SELECT count(*) FROM audit_event").await;
    assert_eq!(i64::try_from(grown.size).unwrap(), rows);
    assert_eq!(house.count("SELECT count(*) FROM audit_batch").await, 0);

    let (first, _) = newest(&house, &rivera, 0).await;
    let first = first.unwrap();
    let superuser = crate::house::connect(&house.database.connection_string()).await;
    assert_eq!(root_of_the_table(&house, &superuser, rivera.epoch).await.to_hex(), first.root);
    let key: Vec<u8> = superuser.query_one("SELECT public_key FROM seal_key", &[]).await.unwrap().get(0);
    let key = VerifyingKey::new(PublicKey::try_from(key.as_slice()).unwrap()).unwrap();
    let signed =
        json!({ "log_epoch": first.log_epoch, "size": first.size, "root": first.root, "at": first.at });
    key.verify(&canonical::to_vec(&signed).unwrap(), &first.signature.parse::<Signature>().unwrap()).unwrap();

    // It grows, and the device that keeps the first head can check that it was only continued.
    for (from, to) in [("", "One."), ("One.", "Two."), ("Two.", "Three.")] {
        house.one(&mut rivera, patch(client, note, from, to)).await;
        log::sequence(&house.server, house.practice, Heads::Now).await.unwrap();
    }
    let (second, path) = newest(&house, &rivera, first.size).await;
    let second = second.unwrap();
    let proof = ConsistencyProof { old_size: first.size, new_size: second.size, path };
    proof.verify(&first.root.parse().unwrap(), &second.root.parse().unwrap()).unwrap();
    assert!(proof.verify(&sha256(b"another history"), &second.root.parse().unwrap()).is_err(), "the control");
    assert_eq!(
        newest(&house, &rivera, second.size).await.0,
        None,
        "a head that the device has is not sent again"
    );
    assert_eq!(root_of_the_table(&house, &superuser, rivera.epoch).await.to_hex(), second.root);
}

#[tokio::test]
async fn a_changed_audit_row_no_longer_gives_the_signed_root() {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    house.client_of(&mut rivera).await;
    log::sequence(&house.server, house.practice, Heads::Now).await.unwrap();
    let head = newest(&house, &rivera, 0).await.0.unwrap();
    // An insider with every right in the database.
    house.database.execute("ALTER TABLE audit_event DISABLE TRIGGER ALL").unwrap();
    let superuser = crate::house::connect(&house.database.connection_string()).await;
    for change in [
        "UPDATE audit_event SET user_id = gen_random_uuid() WHERE action = 'client.create'",
        "UPDATE audit_event SET outcome = 'rejected' WHERE action = 'client.create'",
        "UPDATE audit_event SET reason = 'nothing' WHERE action = 'client.create'",
        "DELETE FROM audit_event WHERE action = 'client.create' AND n = 0",
    ] {
        superuser.batch_execute(&format!("BEGIN; {change}")).await.unwrap();
        let root = root_of_the_table(&house, &superuser, rivera.epoch).await;
        superuser.batch_execute("ROLLBACK").await.unwrap();
        assert_ne!(root.to_hex(), head.root, "{change}");
    }
    assert_eq!(root_of_the_table(&house, &superuser, rivera.epoch).await.to_hex(), head.root, "the control");
}

#[tokio::test]
async fn heads_are_signed_once_a_minute_and_none_is_owed_for_ever() {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let mut owing = BTreeSet::new();
    sequence_all(&house.server, &mut owing).await.unwrap();
    assert!(owing.is_empty());
    let heads = "SELECT count(*) FROM log_head";
    assert_eq!(house.count(heads).await, 1);
    house.client_of(&mut rivera).await;
    sequence_all(&house.server, &mut owing).await.unwrap();
    assert_eq!(house.count(heads).await, 1, "less than a minute later there is no second head");
    assert!(owing.contains(&house.practice), "but it is owed");
    house.clock.advance(TimeDelta::seconds(61));
    sequence_all(&house.server, &mut owing).await.unwrap();
    assert_eq!(house.count(heads).await, 2);
    assert!(owing.is_empty());
}

/// A head that was signed by a clock which ran ahead is not waited for until that time has come.
#[tokio::test]
async fn heads_are_signed_again_once_a_clock_that_ran_ahead_is_right() {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let mut owing = BTreeSet::new();
    let heads = "SELECT count(*) FROM log_head";
    for (days, signed) in [(30, 1), (0, 2)] {
        house.clock.set(monday() + TimeDelta::days(days));
        house.client_of(&mut rivera).await;
        sequence_all(&house.server, &mut owing).await.unwrap();
        assert_eq!(house.count(heads).await, signed, "{days} days ahead");
        assert!(owing.is_empty());
    }
    house.client_of(&mut rivera).await;
    sequence_all(&house.server, &mut owing).await.unwrap();
    assert_eq!(house.count(heads).await, 2, "the control: once a minute all the same");
}

#[tokio::test]
async fn each_transaction_leaves_its_rows_or_does_not_happen() {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let client = house.client_of(&mut rivera).await;
    let note = house.note_of(&mut rivera, client).await;
    house.database.execute("REVOKE INSERT ON audit_event FROM mentalspace_app").unwrap();
    let envelope = house.envelope(patch(client, note, "", "Unaudited."));
    let refused = house.push(&mut rivera, vec![envelope]).await;
    house.database.execute("GRANT INSERT ON audit_event TO mentalspace_app").unwrap();
    assert!(refused.is_err());
    assert_eq!(house.count("SELECT count(*) FROM record WHERE kind = 'note' AND rev > 1").await, 0);
    assert_eq!(house.count("SELECT last_seq FROM device").await, 2);
}
