//! Devices: seen by their owner and by an administrator of the same practice, and ended at once.

use crate::harness::{Device, House, PASSWORD, hello, make_practice};
use chrono::TimeDelta;
use mentalspace_domain::people::Role;
use mentalspace_protocol::error::ErrorCode;
use mentalspace_protocol::session::DeviceListed;
use mentalspace_protocol::{EVENTS_UPGRADE, path};
use mentalspace_server::auth::codes::Purpose;
use reqwest::{Method, StatusCode};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

async fn listed(device: &Device) -> Vec<DeviceListed> {
    device.get(path::DEVICES).await.read()
}

async fn revoke(by: &Device, device: &Device) -> StatusCode {
    by.post(path::REVOKE_DEVICE, &json!({ "device": device.id, "reason": "left on a train" })).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clinician_sees_and_ends_her_own_devices_and_an_administrator_all() {
    let house = House::open().await;
    let user = house.user("rivera", &[Role::Clinician]).await;
    let (laptop, desk) =
        (house.another_device(user, "rivera").await, house.another_device(user, "rivera").await);
    let his = house.clinician("okafor").await;
    let administrator = house.enrolled("sam", &[Role::Administrator]).await;
    assert_eq!(listed(&laptop).await.len(), 2);
    assert_eq!(listed(&his).await.len(), 1);
    assert_eq!(listed(&administrator).await.len(), 4);

    assert_eq!(revoke(&his, &laptop).await, StatusCode::NOT_FOUND, "not his");
    assert_eq!(revoke(&laptop, &desk).await, StatusCode::NO_CONTENT, "hers");
    assert_eq!(revoke(&administrator, &his).await, StatusCode::NO_CONTENT);
    assert_eq!(revoke(&administrator, &his).await, StatusCode::NO_CONTENT, "a second time changes nothing");
    let trail = "audit_event WHERE action = 'device_revoke' AND outcome = 'applied'";
    assert_eq!(house.count(trail).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_device_hands_over_what_it_has_and_gets_nothing() {
    let house = House::open().await;
    let mut device = house.clinician("rivera").await;
    let administrator = house.enrolled("sam", &[Role::Administrator]).await;
    assert_eq!(revoke(&administrator, &device).await, StatusCode::NO_CONTENT);

    for guarded in [path::DEVICES, path::EVENTS] {
        assert_eq!(device.get(guarded).await.code(), ErrorCode::DeviceRevoked, "{guarded}");
    }
    let hello = hello();
    let answer = device.post(path::HELLO, &hello).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!(answer.json()["directive"], "revoked");
    assert!(answer.json().get("lease").is_none(), "no lease any more");

    // The lease is long over; what was written is still taken.
    house.later(TimeDelta::days(60));
    device.nonce = device.post(path::HELLO, &hello).await.nonce();
    assert_eq!(device.post(path::HELLO, &hello).await.status, StatusCode::OK);
    let answer = device.sign_in("rivera", PASSWORD).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let lease = &answer.json()["lease"]["lease"];
    assert_eq!(lease["issued_at"], lease["not_after"], "its new lease is over as it begins");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_disabled_is_out_at_the_next_request() {
    let house = House::open().await;
    let device = house.clinician("rivera").await;
    assert_eq!(device.get(path::DEVICES).await.status, StatusCode::OK);
    house.database.execute("UPDATE app_user SET active = false WHERE login = 'rivera'").unwrap();
    assert_eq!(device.get(path::DEVICES).await.code(), ErrorCode::DeviceRevoked);
    assert_eq!(device.sign_in("rivera", PASSWORD).await.code(), ErrorCode::WrongCredentials);
}

/// A new password had ended her sessions elsewhere before: no token is left that could hand over.
#[tokio::test(flavor = "multi_thread")]
async fn somebody_disabled_hands_over_by_her_password_where_no_token_is_left() {
    let house = House::open().await;
    let mut device = house.clinician("rivera").await;
    let administrator = house.enrolled("sam", &[Role::Administrator]).await;
    assert_eq!(revoke(&administrator, &device).await, StatusCode::NO_CONTENT);
    house.database.execute("UPDATE app_user SET active = false WHERE login = 'rivera'").unwrap();
    house.database.execute("DELETE FROM session").unwrap();
    let hello = hello();
    assert_eq!(device.post(path::HELLO, &hello).await.code(), ErrorCode::Unauthenticated, "the control");
    let wrong = device.sign_in("rivera", "another long password that is not hers").await;
    assert_eq!(wrong.code(), ErrorCode::WrongCredentials);
    let answer = device.sign_in("rivera", PASSWORD).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let lease = &answer.json()["lease"]["lease"];
    assert_eq!(lease["issued_at"], lease["not_after"], "it opens nothing");
    answer.json()["token"].as_str().unwrap().clone_into(&mut device.token);
    let answer = device.post(path::HELLO, &hello).await;
    assert_eq!(answer.json()["directive"], "revoked", "{answer:?}");
    assert_eq!(device.get(path::DEVICES).await.code(), ErrorCode::DeviceRevoked);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_practices_devices_and_codes_do_not_exist_here() {
    let house = House::open().await;
    let administrator = house.enrolled("sam", &[Role::Administrator]).await;
    let theirs = make_practice(house.server(), "Harbour Street Therapy").await;
    let user = house.user_of(theirs, "sam", &[Role::Administrator]).await;
    let code = house.code_of(theirs, user, Purpose::Enrolment).await;
    let mut other = house.device();
    // Even under the identifier of a device of this practice.
    other.id = administrator.id;
    let answer = other.enrol(&code, "sam", PASSWORD).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    other.token = answer.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(answer.json()["practice"]["id"], theirs.to_string());

    let (ours, others) = (listed(&administrator).await, listed(&other).await);
    assert_eq!((ours.len(), others.len()), (1, 1));
    assert_ne!(ours[0].user, others[0].user);
    let mut third = house.clinician("rivera").await;
    assert_eq!(
        revoke(&other, &third).await,
        StatusCode::NOT_FOUND,
        "an administrator, but of another practice"
    );
    third.token.clone_from(&other.token);
    assert_eq!(third.get(path::DEVICES).await.code(), ErrorCode::Unauthenticated);
    for device in [&administrator, &other] {
        assert_eq!(
            device.sign_in("sam", PASSWORD).await.status,
            StatusCode::OK,
            "the key tells whose device it is"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_is_poked_without_content_and_cut_off_when_revoked() {
    let house = House::open().await;
    let device = house.clinician("rivera").await;
    let administrator = house.enrolled("sam", &[Role::Administrator]).await;
    let mut stream = device.open(device.proven(Method::GET, path::EVENTS, Vec::new())).await;
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    assert!(stream.chunk().await.unwrap().unwrap().starts_with(b"retry:"));
    let user = listed(&device).await[0].user;
    house.server().pokes.tell(house.practice, [user], None);
    assert_eq!(stream.chunk().await.unwrap().unwrap(), "event: changed\ndata:\n\n");
    // A revocation pokes the device's user: the stream looks whether it may go on, and ends.
    assert_eq!(revoke(&administrator, &device).await, StatusCode::NO_CONTENT);
    assert_eq!(stream.chunk().await.unwrap(), None);
    let places = house.running.edge.listeners.available_permits();
    assert_eq!(places, 10_000, "its place is free again");
}

/// As the product's devices ask: for the connection itself, without HTTP around the lines.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_asked_for_carries_the_same_lines_and_ends_with_the_right_to_them() {
    let house = House::open().await;
    let device = house.clinician("rivera").await;
    let administrator = house.enrolled("sam", &[Role::Administrator]).await;
    let asks = |path| {
        let bent = device.proven(Method::GET, path, Vec::new());
        bent.set("connection", "upgrade").set("upgrade", EVENTS_UPGRADE)
    };
    let answer = device.open(asks(path::EVENTS)).await;
    assert_eq!(answer.status(), StatusCode::SWITCHING_PROTOCOLS);
    let mut connection = answer.upgrade().await.unwrap();
    let mut lines = [0_u8; 256];
    let read = connection.read(&mut lines).await.unwrap();
    assert!(lines[..read].starts_with(b"retry:"));
    let user = listed(&device).await[0].user;
    house.server().pokes.tell(house.practice, [user], None);
    let read = connection.read(&mut lines).await.unwrap();
    assert_eq!(&lines[..read], b"event: changed\ndata:\n\n");
    assert_eq!(revoke(&administrator, &device).await, StatusCode::NO_CONTENT);
    assert_eq!(connection.read(&mut lines).await.unwrap(), 0, "ended, and not cut");
    assert_eq!(house.running.edge.listeners.available_permits(), 10_000, "its place is free again");

    // Nothing else is to be had that way, and nothing without the proofs.
    let other = house.clinician("okafor").await;
    let bent = other.proven(Method::GET, path::DEVICES, Vec::new());
    let bent = bent.set("connection", "upgrade").set("upgrade", EVENTS_UPGRADE);
    assert_eq!(other.open(bent).await.status(), StatusCode::OK);
    assert_eq!(device.send(asks(path::EVENTS)).await.code(), ErrorCode::DeviceRevoked);
    let bare = other.anonymous(Method::GET, path::EVENTS, Vec::new());
    let bare = bare.set("connection", "upgrade").set("upgrade", EVENTS_UPGRADE);
    assert_eq!(other.send(bare).await.code(), ErrorCode::Unauthenticated);

    // A device that goes away gives its place back.
    let bent = other.proven(Method::GET, path::EVENTS, Vec::new());
    let bent = bent.set("connection", "upgrade").set("upgrade", EVENTS_UPGRADE);
    let mut connection = other.open(bent).await.upgrade().await.unwrap();
    assert!(connection.read(&mut lines).await.unwrap() > 0);
    assert_eq!(house.running.edge.listeners.available_permits(), 9_999);
    connection.shutdown().await.unwrap();
    assert_eq!(connection.read(&mut lines).await.unwrap(), 0);
    assert_eq!(house.running.edge.listeners.available_permits(), 10_000);
}
