//! Two servers over one database are one to their devices: what is written through one is heard on the other, what was
//! sent to one and is sent to the other again changes nothing, and whoever is out is out on both.

use crate::harness::{Device, House};
use mentalspace_domain::client::ClientField;
use mentalspace_domain::client::create::CreateClient;
use mentalspace_domain::command::{Command, CommandEnvelope};
use mentalspace_domain::ids::{AssignmentId, ClientId, CommandId, UserId};
use mentalspace_domain::people::Role;
use mentalspace_protocol::error::ErrorCode;
use mentalspace_protocol::path;
use mentalspace_protocol::push::{PushAnswer, PushRequest, PushedCommand};
use mentalspace_server::cli::{Running, Surroundings, start};
use mentalspace_server::clock::{Clock as _, SettableClock};
use mentalspace_server::relay;
use reqwest::{Method, Response, StatusCode};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

const POKE: &str = "event: changed\ndata:\n\n";

/// Another server over the same database, with the same keys and the same clock.
async fn second(house: &House) -> Running {
    let surroundings =
        Surroundings { clock: Arc::<SettableClock>::clone(&house.clock), ..Surroundings::of_this_machine() };
    start(&house.settings(), surroundings).await.unwrap()
}

async fn listen(device: &Device) -> Response {
    let mut stream = device.open(device.proven(Method::GET, path::EVENTS, Vec::new())).await;
    assert!(stream.chunk().await.unwrap().unwrap().starts_with(b"retry:"));
    stream
}

/// A clinician with two devices, and the epoch that they know.
async fn rivera(house: &House) -> (UserId, [Device; 2], Uuid) {
    let user = house.user("rivera", &[Role::Clinician]).await;
    let devices = [house.another_device(user, "rivera").await, house.another_device(user, "rivera").await];
    let hello = json!({
        "log_epoch": Uuid::nil(), "device_time": "2026-03-02T15:00:00Z", "unsent": 0, "tree_size": 0,
        "held": { "buckets": 0, "heads": 0, "grants": 0 },
    });
    let answer = devices[0].post(path::HELLO, &hello).await.json();
    (user, devices, answer["log_epoch"].as_str().unwrap().parse().unwrap())
}

/// A new client of this user's, as the device's command `seq`.
fn new_client(house: &House, user: UserId, epoch: Uuid, seq: i64) -> PushRequest {
    let id = || house.server().new_id().unwrap();
    let command = Command::ClientCreate(CreateClient {
        client_id: ClientId::new(id()),
        facts: BTreeMap::from([(ClientField::GivenName, "Wren".to_owned())]),
        contacts: Vec::new(),
        insurance: Vec::new(),
        assign_to: Some(user),
        assignment_id: Some(AssignmentId::new(id())),
    });
    let (id, asserted_at) = (CommandId::new(id()), house.clock.now());
    let envelope = CommandEnvelope { id, asserted_at, depends_on: Vec::new(), command };
    PushRequest {
        log_epoch: epoch,
        device_time: asserted_at,
        commands: vec![PushedCommand { seq, envelope, before: None }],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_through_one_server_pokes_those_who_listen_on_the_other_and_not_who_made_it() {
    let house = House::open().await;
    let other = second(&house).await;
    let (user, [laptop, desk], epoch) = rivera(&house).await;
    // Behind a balancer a device's stream and its requests may be on two servers.
    let mut own = listen(&laptop.through(&other)).await;
    let mut hers = listen(&desk.through(&other)).await;
    let written = laptop.post(path::PUSH, &new_client(&house, user, epoch, 1)).await;
    assert_eq!(written.status, StatusCode::OK, "{written:?}");
    assert_eq!(hers.chunk().await.unwrap().unwrap(), POKE, "told before any sign of life");

    // The next one is the desk's: had the laptop heard of its own, it would have heard twice.
    assert_eq!(desk.post(path::PUSH, &new_client(&house, user, epoch, 1)).await.status, StatusCode::OK);
    assert_eq!(own.chunk().await.unwrap().unwrap(), POKE);
    let again = tokio::time::timeout(std::time::Duration::ZERO, own.chunk()).await;
    assert!(again.is_err(), "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_replayed_through_the_other_server_changes_nothing() {
    let house = House::open().await;
    let other = second(&house).await;
    let (user, [laptop, _], epoch) = rivera(&house).await;
    let request = serde_json::to_vec(&new_client(&house, user, epoch, 1)).unwrap();
    let sent = laptop.proven(Method::POST, path::PUSH, request);
    let first = laptop.send(sent.clone()).await;
    assert_eq!(first.status, StatusCode::OK, "{first:?}");
    let rows = ["record", "command_result", "audit_event", "client_index"];
    let mut before = Vec::new();
    for table in rows {
        before.push(house.count(table).await);
    }
    // The very same bytes, on the server that has not seen them.
    let again = laptop.through(&other).send(sent.clone()).await;
    assert_eq!(again.status, StatusCode::OK, "{again:?}");
    assert_eq!(again.read::<PushAnswer>().results, first.read::<PushAnswer>().results);
    for (table, before) in rows.into_iter().zip(before) {
        assert_eq!(house.count(table).await, before, "{table}");
    }
    assert_eq!(laptop.send(sent).await.code(), ErrorCode::Unauthenticated, "the first one knows it");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_out_on_one_server_stops_listening_on_the_other() {
    let house = House::open().await;
    let other = second(&house).await;
    let (_, [laptop, desk], _) = rivera(&house).await;
    let (mut first, mut second) =
        (listen(&laptop.through(&other)).await, listen(&desk.through(&other)).await);
    let reason = json!({ "device": laptop.id, "reason": "left on a train" });
    assert_eq!(desk.post(path::REVOKE_DEVICE, &reason).await.status, StatusCode::NO_CONTENT);
    assert_eq!(first.chunk().await.unwrap(), None, "the poke of the revocation crosses, and finds her out");
    assert_eq!(second.chunk().await.unwrap().unwrap(), POKE, "her other device looks and goes on");

    // Nobody pokes when the operator disables somebody: the look that is taken every few seconds finds it.
    house.database.execute("UPDATE app_user SET active = false WHERE login = 'rivera'").unwrap();
    relay::end_those_who_may_not(&other.edge.server).await.unwrap();
    assert_eq!(second.chunk().await.unwrap(), None);
    assert_eq!(other.edge.listeners.available_permits(), house.running.edge.listeners.available_permits());
}
