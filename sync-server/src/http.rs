//! The way of every request: limits, headers, who asks, the handler, and one shape for whatever comes out.

pub mod admission;
pub mod body;
pub mod events;
pub mod failure;
pub mod routes;
pub mod sync;

use crate::auth;
use crate::edge::Edge;
use crate::stopwatch;
use admission::Place;
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodFilter, on};
use bytes::Bytes;
use failure::{Failure, Outcome};
use futures_util::FutureExt as _;
use futures_util::stream::unfold;
use http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use hyper::body::Body as _;
use hyper::upgrade::OnUpgrade;
use mentalspace_protocol::error::ErrorCode;
use mentalspace_protocol::proof::NONCE_HEADER;
use mentalspace_protocol::{PROTOCOL_HEADER, PROTOCOL_VERSION, SCHEMA_HEADER};
use routes::{Entry, ROUTES, Route, Verb};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tracing::Instrument as _;
use uuid::Uuid;

/// Time for one request once its body has arrived; for that see [`body::as_sent`].
const PATIENCE: Duration = Duration::from_secs(30);
/// Time for an answer to be taken, all of it: 16 MiB at half a megabit a second.
const TAKEN_WHOLE: Duration = Duration::from_secs(5 * 60);
/// What of an answer is given to the connection at once.
const PIECE: usize = 64 * 1024;
/// What somebody turned away at the door is told to wait, seconds.
const RETRY_AFTER: u32 = 2;

/// A request that has arrived whole and is of a form that the interface takes.
#[derive(Debug)]
pub struct Arrived {
    /// Finds the request in the log and in the audit trail.
    pub id: Uuid,
    /// GET or POST.
    pub method: Method,
    /// Exactly as sent: what the proof is over.
    pub path_and_query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The peer of the connection. Headers that claim another source are not believed.
    pub source: IpAddr,
    /// The sender's record schema.
    pub schema: u32,
    /// The body as sent.
    pub sent: Bytes,
    /// The body after decompression.
    pub body: Bytes,
    /// The connection itself, for who asks to have it for something else than requests.
    pub upgrade: Option<OnUpgrade>,
}

impl Arrived {
    /// Reads the message in the body.
    ///
    /// # Errors
    /// `Malformed`, without quoting the body.
    pub fn message<T: DeserializeOwned>(&self) -> Outcome<T> {
        body::message(&self.body)
    }

    /// A header's text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// The answer with this message.
///
/// # Errors
/// `Internal` when the message cannot be written.
pub fn json<T: Serialize>(message: &T) -> Outcome<Response> {
    let bytes = serde_json::to_vec(message).map_err(Failure::internal)?;
    Ok(([(CONTENT_TYPE, "application/json")], bytes).into_response())
}

/// The interface for devices, built from the table of routes and from nothing else.
pub fn router(edge: &Arc<Edge>) -> Router {
    let mut router = Router::new();
    for route in ROUTES {
        let filter = match route.verb {
            Verb::Get => MethodFilter::GET,
            Verb::Post => MethodFilter::POST,
        };
        let edge = Arc::clone(edge);
        router = router
            .route(route.path, on(filter, move |request: Request| answer(Arc::clone(&edge), route, request)));
    }
    let (unknown, other_method) = (Arc::clone(edge), Arc::clone(edge));
    router
        .fallback(async move || turned_away(&unknown, ErrorCode::NotFound, StatusCode::NOT_FOUND))
        .method_not_allowed_fallback(async move || {
            turned_away(&other_method, ErrorCode::Malformed, StatusCode::METHOD_NOT_ALLOWED)
        })
}

/// An address that does not exist, or not for this method: same shape, same headers, no route's name in the metrics.
fn turned_away(edge: &Edge, code: ErrorCode, status: StatusCode) -> Response {
    let message = "This server has nothing at that address. Nothing was recorded.";
    let mut answer = Failure::new(code, message).into_answer("");
    *answer.status_mut() = status;
    edge.metrics.answered("none", status.as_u16(), Duration::ZERO);
    finished(edge, answer)
}

async fn answer(edge: Arc<Edge>, route: &'static Route, request: Request) -> Response {
    let started = Instant::now();
    let id = match edge.server.new_id() {
        Ok(id) => id,
        Err(failure) => return finished(&edge, failure.into_answer("")),
    };
    let span = tracing::info_span!("request", id = %id, route = route.path);
    let worked = AssertUnwindSafe(handle(&edge, route, id, request)).catch_unwind();
    let (outcome, asked) = stopwatch::measured(worked.instrument(span.clone())).await;
    edge.metrics.asked_the_database(route.path, asked);
    let outcome = outcome.unwrap_or_else(|_panic| Err(Failure::internal("the handler panicked")));
    let answer = outcome.unwrap_or_else(|failure| {
        let _inside = span.enter();
        match failure.causes() {
            Some(cause) => tracing::error!(incident = %id, cause, "a request failed"),
            None => tracing::debug!(code = ?failure.code(), "a request was refused"),
        }
        failure.into_answer(&id.to_string())
    });
    let took = started.elapsed();
    let status = answer.status().as_u16();
    edge.metrics.answered(route.path, status, took);
    let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| tracing::info!(status, milliseconds, "answered"));
    finished(&edge, answer)
}

/// What every answer carries.
fn finished(edge: &Edge, mut answer: Response) -> Response {
    let headers = answer.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=63072000"));
    headers.insert(HeaderName::from_static("content-security-policy"), HeaderValue::from_static(NO_PAGE));
    if let Ok(nonce) = HeaderValue::from_str(&edge.nonces.at(edge.server.now())) {
        headers.insert(NONCE_HEADER, nonce);
    }
    answer
}

/// Should an answer ever be opened in a browser, it is shown by nothing and inside nothing.
const NO_PAGE: &str = "default-src 'none'; frame-ancestors 'none'";

async fn handle(edge: &Arc<Edge>, route: &'static Route, id: Uuid, request: Request) -> Outcome<Response> {
    let source = source(&request);
    let Some(place) = edge.admission.enter(source) else { return Err(Failure::busy(RETRY_AFTER)) };
    let arrived = arrive(route, id, source, request).await?;
    let worked = tokio::time::timeout(PATIENCE, work(edge, route, arrived)).await;
    keeping_its_place(worked.unwrap_or_else(|_elapsed| Err(Failure::busy(RETRY_AFTER)))?, place).await
}

/// Finds out who asks, and does it.
async fn work(edge: &Arc<Edge>, route: &'static Route, mut arrived: Arrived) -> Outcome<Response> {
    match route.entry {
        Entry::Public(handler) => {
            arrived.decode()?;
            handler(Arc::clone(edge), arrived).await
        }
        Entry::EnrolledDevice(handler) => {
            let caller = auth::authenticate(edge, &arrived).await?.active()?;
            arrived.decode()?;
            handler(Arc::clone(edge), caller, arrived).await
        }
        Entry::RevokedDeviceToo(handler) => {
            let caller = auth::authenticate(edge, &arrived).await?.active_or_draining();
            arrived.decode()?;
            handler(Arc::clone(edge), caller, arrived).await
        }
    }
}

/// An answer of more than a piece goes out piece by piece, and has its place until the last one: whoever asks and does not
/// read would else fill the memory with answers. One that is made while it is sent has a place of another kind.
async fn keeping_its_place(answer: Response, place: Place) -> Outcome<Response> {
    let Some(length) = answer.body().size_hint().exact().filter(|length| *length > PIECE as u64) else {
        return Ok(answer);
    };
    let (mut parts, body) = answer.into_parts();
    let whole = axum::body::to_bytes(body, usize::MAX).await.map_err(Failure::internal)?;
    parts.headers.insert(CONTENT_LENGTH, length.into());
    let until = tokio::time::Instant::now() + TAKEN_WHOLE;
    let pieces = unfold((whole, place), move |(mut rest, place)| async move {
        if rest.is_empty() {
            return None;
        }
        if tokio::time::Instant::now() >= until {
            return Some((Err(std::io::Error::from(std::io::ErrorKind::TimedOut)), (Bytes::new(), place)));
        }
        // A copy: a piece that waits in the connection's buffer would else keep all of the answer.
        let piece = Bytes::copy_from_slice(&rest.split_to(rest.len().min(PIECE)));
        Some((Ok(piece), (rest, place)))
    });
    Ok(Response::from_parts(parts, Body::from_stream(pieces)))
}

/// The peer of the connection. Headers that claim another one are not believed.
fn source(request: &Request) -> IpAddr {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(peer)| peer.ip())
}

/// Takes a request in: refuses what no device of ours sends, then reads the body.
async fn arrive(route: &Route, id: Uuid, source: IpAddr, request: Request) -> Outcome<Arrived> {
    let (mut parts, body) = request.into_parts();
    // Devices have no cookies. A request with one comes from a browser, and a browser is somebody else's hand.
    if parts.headers.contains_key(COOKIE) {
        return Err(Failure::malformed("a request with a cookie is not taken"));
    }
    let schema = if route.path.starts_with("/v1/") { versions(&parts.headers)? } else { 0 };
    let path_and_query =
        parts.uri.path_and_query().map_or_else(|| route.path.to_owned(), ToString::to_string);
    let sent = body::as_sent(body).await?;
    Ok(Arrived {
        id,
        method: parts.method,
        path_and_query,
        headers: parts.headers,
        source,
        schema,
        sent,
        body: Bytes::new(),
        upgrade: parts.extensions.remove(),
    })
}

impl Arrived {
    /// Undoes the compression: only once it is known who asks, where that is asked at all.
    fn decode(&mut self) -> Outcome<()> {
        self.body = body::decoded(&self.method, &self.headers, self.sent.clone())?;
        Ok(())
    }
}

/// Checks the protocol's version and gives the sender's record schema.
fn versions(headers: &HeaderMap) -> Outcome<u32> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.parse::<u32>().ok();
    match (number(PROTOCOL_HEADER), number(SCHEMA_HEADER)) {
        (Some(PROTOCOL_VERSION), Some(schema)) => Ok(schema),
        (Some(_), Some(_)) => Err(Failure::new(
            ErrorCode::UpgradeRequired,
            "This server speaks another version of the protocol. What you wrote is safe on this device; install the \
             current release.",
        )),
        _ => Err(Failure::malformed(format_args!(
            "the headers {PROTOCOL_HEADER} and {SCHEMA_HEADER} are required"
        ))),
    }
}

/// An answer whose body is made while it is sent.
#[must_use]
pub fn stream(body: Body, content_type: &'static str) -> Response {
    ([(CONTENT_TYPE, content_type)], body).into_response()
}

#[cfg(test)]
#[path = "http/tests.rs"]
mod tests;
