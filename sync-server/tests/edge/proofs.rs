//! A token is worth nothing without the device's key, and a proof is worth one request.

use crate::harness::House;
use chrono::TimeDelta;
use mentalspace_crypto::SystemRandomness;
use mentalspace_crypto::signing::SigningKey;
use mentalspace_protocol::error::ErrorCode;
use mentalspace_protocol::limits::NONCE_SECONDS;
use mentalspace_protocol::path;
use mentalspace_protocol::session::RevokeDeviceRequest;
use reqwest::{Method, StatusCode};

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_token_is_refused_with_every_other_key_and_device() {
    let house = House::open().await;
    let hers = house.clinician("rivera").await;
    let his = house.clinician("okafor").await;
    assert_eq!(hers.get(path::DEVICES).await.status, StatusCode::OK);

    let mut thief = hers.clone();
    thief.key = SigningKey::generate(&SystemRandomness::new()).unwrap();
    assert_eq!(
        thief.get(path::DEVICES).await.code(),
        ErrorCode::Unauthenticated,
        "the token with another key"
    );
    thief.key = his.key.clone();
    thief.id = his.id;
    assert_eq!(
        thief.get(path::DEVICES).await.code(),
        ErrorCode::Unauthenticated,
        "the token on an enrolled device"
    );
    thief.token = his.token.clone();
    assert_eq!(
        thief.get(path::DEVICES).await.status,
        StatusCode::OK,
        "the control: his token, key and device"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_changed_byte_of_body_path_method_or_token_breaks_the_proof() {
    let house = House::open().await;
    let device = house.clinician("rivera").await;
    let message = RevokeDeviceRequest { device: device.id, reason: "lost it".to_owned() };
    let body = serde_json::to_vec(&message).unwrap();
    let whole = || device.proven(Method::POST, path::REVOKE_DEVICE, body.clone());

    let mut changed = body.clone();
    *changed.last_mut().unwrap() = b' ';
    assert_eq!(device.send(whole().body(changed)).await.code(), ErrorCode::Unauthenticated);
    let mut elsewhere = whole();
    elsewhere.path = format!("{}?x=1", path::REVOKE_DEVICE);
    assert_eq!(device.send(elsewhere).await.code(), ErrorCode::Unauthenticated);
    let mut elsewhere = device.proven(Method::GET, path::DEVICES, Vec::new());
    elsewhere.path = path::EVENTS.to_owned();
    assert_eq!(device.send(elsewhere).await.code(), ErrorCode::Unauthenticated);
    let devices = house.count("device WHERE status <> 'active'").await;
    assert_eq!(devices, 0, "nothing was done by any of them");
    assert_eq!(device.send(whole()).await.status, StatusCode::NO_CONTENT, "the control");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorded_request_cannot_be_sent_again() {
    let house = House::open().await;
    let device = house.clinician("rivera").await;
    let recorded = device.proven(Method::GET, path::DEVICES, Vec::new());
    let again = device.anonymous(Method::GET, path::DEVICES, Vec::new());
    let again = recorded.headers.iter().fold(again, |bent, (name, value)| bent.set(name, value));
    assert_eq!(device.send(recorded).await.status, StatusCode::OK);
    assert_eq!(device.send(again).await.code(), ErrorCode::Unauthenticated);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_nonce_is_answered_with_a_good_one() {
    let house = House::open().await;
    let mut device = house.clinician("rivera").await;
    house.later(TimeDelta::seconds(NONCE_SECONDS + 1));
    let stale = device.get(path::DEVICES).await;
    assert_eq!((stale.status, stale.code()), (StatusCode::UNAUTHORIZED, ErrorCode::StaleNonce));
    device.nonce = stale.nonce();
    assert_eq!(device.get(path::DEVICES).await.status, StatusCode::OK);
    device.nonce = "none".to_owned();
    assert_eq!(device.get(path::DEVICES).await.code(), ErrorCode::StaleNonce, "a device that never had one");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_is_over_ends_the_session_and_the_password_begins_a_new_one() {
    let house = House::open().await;
    let mut device = house.clinician("rivera").await;
    // Longer than any practice lets a device go without contact.
    house.later(TimeDelta::days(30));
    device.nonce = device.get(path::DEVICES).await.nonce();
    assert_eq!(device.get(path::DEVICES).await.code(), ErrorCode::Unauthenticated);
    let answer = device.sign_in("rivera", crate::harness::PASSWORD).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    device.token = answer.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(device.get(path::DEVICES).await.status, StatusCode::OK);
}
