//! Whether the server lives, whether it can serve, and what it has done: for probes and for the operator.

use crate::edge::Edge;
use crate::http::failure::{Failure, Outcome};
use crate::metrics::Gauge;
use axum::Router;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Answers while the process runs.
pub const LIVE: &str = "/livez";
/// Answers well while requests can be served.
pub const READY: &str = "/readyz";
/// Counters, for the operator's own listener only.
pub const METRICS: &str = "/metrics";

/// Seconds after which a probe may ask again.
const RETRY_AFTER: u32 = 5;

/// The process answers.
///
/// # Errors
/// None.
#[expect(clippy::unused_async, reason = "handlers are asynchronous")]
pub async fn live() -> Outcome<Response> {
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The database answers, and its tables are those of this release.
///
/// # Errors
/// `Busy` when either is not so.
pub async fn ready(edge: Arc<Edge>) -> Outcome<Response> {
    // A database that does not answer, or that was never migrated, is no failure of this request.
    let current = crate::migrations::are_current(&edge.server.db).await.unwrap_or(false);
    if current { Ok(StatusCode::NO_CONTENT.into_response()) } else { Err(Failure::busy(RETRY_AFTER)) }
}

/// The operator's listener: plain HTTP on a loopback address, without a way to any record.
pub fn operator_router(edge: &Arc<Edge>) -> Router {
    let (ready_edge, metrics_edge) = (Arc::clone(edge), Arc::clone(edge));
    let answered = |outcome: Outcome<Response>| outcome.unwrap_or_else(|failure| failure.into_answer(""));
    Router::new()
        .route(LIVE, get(move || async move { answered(live().await) }))
        .route(READY, get(move || async move { answered(ready(ready_edge).await) }))
        .route(METRICS, get(move || metrics(metrics_edge)))
}

async fn metrics(edge: Arc<Edge>) -> Response {
    let pool = edge.server.db.pool_figures();
    let mut gauges = vec![
        gauge("pool_connections", "Database connections open.", pool.open),
        gauge("pool_connections_free", "Database connections free.", pool.free),
        gauge("pool_waiting", "Requests that wait for a database connection.", pool.waiting),
        gauge(
            "listeners_free",
            "Places left for devices that listen for events.",
            edge.listeners.available_permits(),
        ),
        gauge("admission_free", "Places left for requests at work.", edge.admission.free()),
    ];
    gauges.push(Gauge {
        name: "passwords_stretched",
        help: "Passwords stretched since the start; a rise without sign-ins is somebody guessing.",
        value: decimal(edge.passwords.hashed()),
    });
    gauges.push(Gauge {
        name: "log_behind_witness",
        help: "Hellos since the start of devices that have seen a later tree head than this server has: it was set back without a new epoch.",
        value: decimal(edge.server.behind.load(Ordering::Relaxed)),
    });
    // Figures that the database does not give stay out of the answer: an old figure would look like a good one.
    if let Ok(waiting) = crate::log::waiting(&edge.server).await {
        gauges.push(gauge(
            "log_waiting",
            "Practices whose audit rows wait for their place in the tree.",
            waiting.len(),
        ));
    }
    if let Ok(ahead) = crate::machinery::ahead_of_the_clock(&edge.server).await {
        gauges.push(gauge(
            "day_ahead_of_clock",
            "Practices in which a later day has begun than this server's clock shows: it is wrong, or ran ahead then.",
            ahead,
        ));
    }
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], edge.metrics.text(&gauges)).into_response()
}

fn gauge(name: &'static str, help: &'static str, value: usize) -> Gauge {
    Gauge { name, help, value: decimal(value as u64) }
}

#[expect(clippy::cast_precision_loss, reason = "a gauge beyond 2^53 is not read to the unit")]
const fn decimal(value: u64) -> f64 {
    value as f64
}
