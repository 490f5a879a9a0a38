//! The five messages of synchronisation: from HTTP to the functions that answer them, and back.

use super::failure::Outcome;
use super::{Arrived, json};
use crate::caller::Caller;
use crate::edge::Edge;
use crate::sync;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use mentalspace_protocol::pull::PullRequest;
use mentalspace_protocol::push::PushRequest;
use mentalspace_protocol::session::HelloRequest;
use mentalspace_protocol::verify::{PurgeAckRequest, VerifyRequest};
use std::sync::Arc;

/// What a device asks first.
///
/// # Errors
/// As [`sync::hello`] says.
pub async fn hello(edge: Arc<Edge>, caller: Caller, arrived: Arrived) -> Outcome<Response> {
    let request: HelloRequest = arrived.message()?;
    json(&sync::hello(&edge.server, &caller, &request).await?)
}

/// Commands handed over.
///
/// # Errors
/// As [`sync::push`] says.
pub async fn push(edge: Arc<Edge>, caller: Caller, arrived: Arrived) -> Outcome<Response> {
    let request: PushRequest = arrived.message()?;
    let commands = request.commands.len() as u64;
    let answer = sync::push(&edge.server, &caller, &request).await?;
    edge.metrics.add("pushed_commands_total", commands);
    json(&answer)
}

/// Rows asked for. The answer lies whole in memory before its first byte is sent: no transaction waits for a socket.
///
/// # Errors
/// As [`sync::pull`] says.
pub async fn pull(edge: Arc<Edge>, caller: Caller, arrived: Arrived) -> Outcome<Response> {
    let request: PullRequest = arrived.message()?;
    let answer = sync::pull(&edge.server, &caller, &request).await?;
    edge.metrics.add("pulled_bytes_total", answer.len() as u64);
    Ok(([(CONTENT_TYPE, "application/x-ndjson"), (CONTENT_ENCODING, "zstd")], answer).into_response())
}

/// A bucket's rows by hash.
///
/// # Errors
/// As [`sync::verify`] says.
pub async fn verify(edge: Arc<Edge>, caller: Caller, arrived: Arrived) -> Outcome<Response> {
    let request: VerifyRequest = arrived.message()?;
    json(&sync::verify(&edge.server, &caller, &request).await?)
}

/// An erasure reported.
///
/// # Errors
/// As [`sync::purge_ack`] says.
pub async fn purge_ack(edge: Arc<Edge>, caller: Caller, arrived: Arrived) -> Outcome<Response> {
    let request: PurgeAckRequest = arrived.message()?;
    sync::purge_ack(&edge.server, &caller, &request).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
