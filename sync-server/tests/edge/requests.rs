//! What is refused before anybody looks at who asks, and the shape of every refusal.

use crate::harness::{Answer, Bent, House};
use mentalspace_protocol::error::ErrorCode;
use mentalspace_protocol::limits::MAX_BODY;
use mentalspace_protocol::path;
use mentalspace_protocol::proof::{DEVICE_HEADER, PROOF_HEADER};
use mentalspace_server::http::routes::{ROUTES, Verb};
use reqwest::{Method, StatusCode};
use serde_json::json;

/// What every answer carries, and what none does.
fn assert_headers(answer: &Answer) {
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("strict-transport-security", "max-age=63072000"),
    ] {
        assert_eq!(answer.header(name), value, "{answer:?}");
    }
    assert!(!answer.nonce().is_empty(), "a device learns the nonce from any answer");
    for name in ["server", "set-cookie", "access-control-allow-origin", "x-powered-by"] {
        assert_eq!(answer.header(name), "", "{answer:?}");
    }
}

fn method(verb: Verb) -> Method {
    match verb {
        Verb::Get => Method::GET,
        Verb::Post => Method::POST,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_of_the_table_refuses_a_request_without_token_or_proof() {
    let house = House::open().await;
    let device = house.clinician("rivera").await;
    let mut guarded = 0;
    for route in ROUTES.iter().filter(|route| route.entry.policy() != "public") {
        let body = route.takes.map_or_else(Vec::new, |message| message.example().to_string().into_bytes());
        let whole = || device.proven(method(route.verb), route.path, body.clone());
        let bent: [(&str, Bent); 5] = [
            ("nothing", device.anonymous(method(route.verb), route.path, body.clone())),
            ("no token", whole().without("authorization")),
            ("no device", whole().without(DEVICE_HEADER)),
            ("no proof", whole().without(PROOF_HEADER)),
            (
                "another token",
                whole().set("authorization", "Bearer AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
            ),
        ];
        for (what, request) in bent {
            let answer = device.send(request).await;
            assert_eq!(answer.code(), ErrorCode::Unauthenticated, "{} with {what}", route.path);
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
            assert_headers(&answer);
        }
        // The control: whole, the same request gets past this point.
        let response = device.open(whole()).await;
        if response.status() == StatusCode::UNAUTHORIZED {
            assert_eq!(Answer::of(response).await.code(), ErrorCode::WrongCredentials, "{}", route.path);
        }
        guarded += 1;
    }
    assert_eq!(guarded, 9, "a new guarded route raises this number");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_field_is_refused_and_leaves_no_row() {
    let house = House::open().await;
    let device = house.clinician("rivera").await;
    let before = house.count("command_result").await;
    for route in ROUTES {
        let Some(message) = route.takes else { continue };
        let mut body = message.example();
        body["canary"] = json!("4711");
        let answer =
            device.send(device.proven(Method::POST, route.path, body.to_string().into_bytes())).await;
        assert_eq!(answer.code(), ErrorCode::Malformed, "{}", route.path);
        assert!(!String::from_utf8_lossy(&answer.bytes).contains("canary"), "what was sent is never quoted");
        assert_headers(&answer);
    }
    assert_eq!(house.count("command_result").await, before);
    assert_eq!(house.count("one_time_code WHERE used_at IS NULL").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_too_large_before_or_after_decompression_is_refused() {
    let house = House::open().await;
    let device = house.clinician("rivera").await;
    let large = vec![b' '; MAX_BODY + 1];
    let plain = device.send(device.proven(Method::POST, path::PUSH, large.clone())).await;
    assert_eq!(plain.code(), ErrorCode::TooLarge);
    let bomb = zstd::encode_all(&large[..], 3).unwrap();
    assert!(bomb.len() < 2000);
    let bent = device.proven(Method::POST, path::PUSH, bomb).set("content-encoding", "zstd");
    assert_eq!(device.send(bent).await.code(), ErrorCode::TooLarge);
    let full = zstd::encode_all(&large[..MAX_BODY], 3).unwrap();
    let bent = device.proven(Method::POST, path::PUSH, full).set("content-encoding", "zstd");
    assert_eq!(
        device.send(bent).await.code(),
        ErrorCode::Malformed,
        "spaces alone are no message, and not too many"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_device_of_ours_sends_is_refused() {
    let house = House::open().await;
    let device = house.clinician("rivera").await;
    let whole = || device.proven(Method::GET, path::DEVICES, Vec::new());
    assert_eq!(device.send(whole()).await.status, StatusCode::OK);
    let cookie = device.send(whole().set("cookie", "a=b")).await;
    assert_eq!(cookie.code(), ErrorCode::Malformed);
    let unversioned = device.send(whole().without("x-mentalspace-protocol")).await;
    assert_eq!(unversioned.code(), ErrorCode::Malformed);
    let newer = device.send(whole().set("x-mentalspace-protocol", "2")).await;
    assert_eq!(newer.code(), ErrorCode::UpgradeRequired);
    let typed = device.proven(Method::POST, path::VERIFY, b"{}".to_vec()).set("content-type", "text/plain");
    assert_eq!(device.send(typed).await.code(), ErrorCode::Malformed);

    let nowhere = device.send(device.proven(Method::GET, "/v1/clients", Vec::new())).await;
    assert_eq!((nowhere.status, nowhere.code()), (StatusCode::NOT_FOUND, ErrorCode::NotFound));
    let otherwise = device.send(device.proven(Method::GET, path::PUSH, Vec::new())).await;
    assert_eq!((otherwise.status, otherwise.code()), (StatusCode::METHOD_NOT_ALLOWED, ErrorCode::Malformed));
    // A browser's question whether another site may ask gets no answer that would let it.
    let preflight = device.send(
        device
            .anonymous(Method::OPTIONS, path::DEVICES, Vec::new())
            .set("origin", "https://elsewhere.example"),
    );
    for answer in [nowhere, otherwise, preflight.await] {
        assert_headers(&answer);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_its_places_the_server_says_busy_and_when_to_come_again() {
    let house = House::open().await;
    let device = house.clinician("rivera").await;
    let admission = &house.running.edge.admission;
    let all: Vec<_> = std::iter::from_fn(|| admission.enter(house.running.address.ip())).collect();
    let answer = device.get(path::DEVICES).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Busy));
    assert!(answer.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds > 0));
    drop(all);
    assert_eq!(device.get(path::DEVICES).await.status, StatusCode::OK);
}
