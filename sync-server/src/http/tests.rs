use super::*;
use crate::Server;
use crate::cli::wrapping_key;
use crate::clock::SettableClock;
use crate::db::Database;
use futures_util::StreamExt as _;
use mentalspace_crypto::password::Argon2Params;
use mentalspace_crypto::{Secret32, SystemRandomness};
use mentalspace_protocol::error::ErrorBody;

/// Handlers that misbehave; the table has none, so they stand beside it.
const fn beside_the_table(entry: Entry) -> Route {
    Route { verb: Verb::Get, path: "/misbehaving", entry, summary: "", takes: None, gives: None }
}

static PANICS: Route = beside_the_table(Entry::Public(|_, _| Box::pin(async { panic!("canary 4711") })));
static FAILS: Route = beside_the_table(Entry::Public(|_, _| {
    Box::pin(async { Err(Failure::internal("duplicate key: canary 4711")) })
}));
static HANGS: Route = beside_the_table(Entry::Public(|_, _| Box::pin(std::future::pending())));

/// A server whose database nobody asks.
fn edge() -> Arc<Edge> {
    let secret = Secret32::from_bytes([7; 32]);
    let db = Database::open("host=/nonexistent user=nobody dbname=none", 1).unwrap();
    let clock = Arc::new(SettableClock::at(chrono::DateTime::UNIX_EPOCH));
    let server = Server::new(db, wrapping_key(&secret), clock, Arc::new(SystemRandomness::new()));
    Arc::new(Edge::new(server, &secret, Argon2Params::SERVER).unwrap())
}

async fn refused(route: &'static Route) -> (StatusCode, ErrorBody, String) {
    let response = answer(edge(), route, Request::new(Body::empty())).await;
    let status = response.status();
    let bytes = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap(), String::from_utf8(bytes.to_vec()).unwrap())
}

#[tokio::test]
async fn a_panic_and_a_failure_become_an_incident_and_nothing_else_of_them_leaves() {
    for route in [&PANICS, &FAILS] {
        let (status, body, text) = refused(route).await;
        assert_eq!((status, body.code), (StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::Internal));
        assert!(body.incident.is_some_and(|incident| incident.parse::<Uuid>().is_ok()));
        assert!(!text.contains("canary"), "{text}");
    }
}

static SAYS_MUCH: Route =
    beside_the_table(Entry::Public(|_, _| Box::pin(async { Ok(vec![7_u8; 5 * PIECE + 1].into_response()) })));
static SAYS_LITTLE: Route =
    beside_the_table(Entry::Public(|_, _| Box::pin(async { Ok(vec![7_u8; PIECE].into_response()) })));

/// Whoever asks again and again and reads nothing runs out of places, not the server out of memory.
#[tokio::test]
async fn a_large_answer_has_its_place_until_its_last_piece_was_taken() {
    let edge = edge();
    let all = edge.admission.free();
    let ask = |route| answer(Arc::clone(&edge), route, Request::new(Body::empty()));
    let large = ask(&SAYS_MUCH).await;
    assert_eq!(edge.admission.free(), all - 1);
    assert_eq!(large.headers()[CONTENT_LENGTH], (5 * PIECE + 1).to_string());
    let mut body = large.into_body().into_data_stream();
    let mut taken = Vec::new();
    while let Some(piece) = body.next().await {
        let piece = piece.unwrap();
        assert!(piece.len() <= PIECE);
        taken.extend(piece);
        assert!(taken.len() > 5 * PIECE || edge.admission.free() == all - 1, "after {}", taken.len());
    }
    assert_eq!((taken, edge.admission.free()), (vec![7_u8; 5 * PIECE + 1], all));
    // One that is given up gives its place back, and a small one has none to keep.
    drop(ask(&SAYS_MUCH).await);
    let small = ask(&SAYS_LITTLE).await;
    assert_eq!((small.status(), edge.admission.free()), (StatusCode::OK, all));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_taken_too_slowly_is_cut_off_and_gives_its_place_back() {
    let edge = edge();
    let all = edge.admission.free();
    let slow = answer(Arc::clone(&edge), &SAYS_MUCH, Request::new(Body::empty())).await;
    let mut body = slow.into_body().into_data_stream();
    tokio::time::advance(TAKEN_WHOLE - Duration::from_secs(1)).await;
    assert!(body.next().await.unwrap().is_ok(), "the control: there is still time");
    tokio::time::advance(Duration::from_secs(1)).await;
    assert!(body.next().await.unwrap().is_err(), "never taken for whole");
    assert!(body.next().await.is_none());
    drop(body);
    assert_eq!(edge.admission.free(), all);
}

#[tokio::test(start_paused = true)]
async fn what_takes_too_long_is_cut_off_and_may_be_tried_again() {
    let (status, body, _) = refused(&HANGS).await;
    assert_eq!((status, body.code, body.retryable), (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Busy, true));
}

/// A device decides by status and code; two codes that ask for different things never look alike by mistake.
#[test]
fn every_code_has_its_status() {
    let table = [
        (ErrorCode::Malformed, 400),
        (ErrorCode::TooLarge, 413),
        (ErrorCode::Unauthenticated, 401),
        (ErrorCode::WrongCredentials, 401),
        (ErrorCode::StaleNonce, 401),
        (ErrorCode::NotAllowed, 403),
        (ErrorCode::NotFound, 404),
        (ErrorCode::Throttled, 429),
        (ErrorCode::LockedOut, 429),
        (ErrorCode::CodeInvalid, 400),
        (ErrorCode::PasswordRefused, 422),
        (ErrorCode::DeviceRevoked, 403),
        (ErrorCode::EpochChanged, 409),
        (ErrorCode::SequenceGap, 409),
        (ErrorCode::DeviceFork, 409),
        (ErrorCode::UpgradeRequired, 426),
        (ErrorCode::Busy, 503),
        (ErrorCode::Internal, 500),
    ];
    for (code, status) in table {
        assert_eq!(failure::status(code).as_u16(), status, "{code:?}");
    }
}
