//! Server-sent events without content. An event says "something you may see has changed"; what it was, a pull says to
//! whoever may know it. A comment line every 10 seconds keeps the way through proxies open.
//!
//! A device asks for the connection itself (`upgrade: mentalspace-events`): the same lines, without HTTP around them.
//! HTTP would hold 30 KB of buffers for each of thousands of devices, for ever, to send 20 bytes now and then. Who does
//! not ask for it gets an ordinary answer that does not end.

use super::failure::{Failure, Outcome};
use super::{Arrived, stream};
use crate::caller::Caller;
use crate::edge::Edge;
use crate::pokes::Listener;
use crate::relay;
use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures_util::stream::{Stream, unfold};
use http::StatusCode;
use http::header::{CONNECTION, UPGRADE};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use mentalspace_protocol::EVENTS_UPGRADE;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, timeout};

/// Between two signs of life: half of the silence after which a device takes the path for dead. It asks the database for
/// nothing: ten thousand listeners cost a thousand small writes a second, about two hundredths of a processor.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// What a device is told to wait before it connects again, milliseconds.
const OPENING: &[u8] = b"retry: 5000\n: listening\n\n";
const POKE: &[u8] = b"event: changed\ndata:\n\n";
const ALIVE: &[u8] = b": alive\n\n";
const RETRY_AFTER: u32 = 30;
/// For a line to be taken by a device's side of the connection.
const PATIENCE: Duration = Duration::from_secs(30);

struct Listening {
    edge: Arc<Edge>,
    listener: Listener,
    heartbeat: Interval,
    stopping: watch::Receiver<bool>,
    opened: bool,
    _place: tokio::sync::OwnedSemaphorePermit,
}

/// Opens the stream.
///
/// # Errors
/// `Busy` when this server has as many listeners as it can hold.
#[expect(clippy::unused_async, reason = "handlers are asynchronous")]
pub async fn events(edge: Arc<Edge>, caller: Caller, mut arrived: Arrived) -> Outcome<Response> {
    let is_asked = arrived.header(UPGRADE.as_str()) == Some(EVENTS_UPGRADE);
    match arrived.upgrade.take().filter(|_| is_asked) {
        Some(upgrade) => {
            tokio::spawn(speak(upgrade, Listening::begin(edge, &caller)?));
            let switching = [(CONNECTION, "upgrade"), (UPGRADE, EVENTS_UPGRADE)];
            Ok((StatusCode::SWITCHING_PROTOCOLS, switching).into_response())
        }
        None => Ok(stream(Body::from_stream(answer(Listening::begin(edge, &caller)?)), "text/event-stream")),
    }
}

/// The lines as the body of an answer.
fn answer(listening: Listening) -> impl Stream<Item = Result<Bytes, Infallible>> {
    unfold(listening, |mut listening| async move {
        let bytes = listening.lines().await?;
        Some((Ok(Bytes::from_static(bytes)), listening))
    })
}

/// Speaks over the connection itself, until the device has gone or may no longer listen.
async fn speak(upgrade: OnUpgrade, mut listening: Listening) {
    // A device that went away before it had its answer.
    let Ok(connection) = upgrade.await else { return };
    let mut connection = TokioIo::new(connection);
    let mut nothing = [0_u8; 1];
    loop {
        let lines = tokio::select! {
            // A device has nothing to say here: whatever comes is its end.
            _ = connection.read(&mut nothing) => None,
            lines = listening.lines() => lines,
        };
        let Some(lines) = lines else { break };
        let said = async {
            connection.write_all(lines).await?;
            connection.flush().await
        };
        if !matches!(timeout(PATIENCE, said).await, Ok(Ok(()))) {
            return;
        }
    }
    // Its place is free before the device hears that it has ended.
    drop(listening);
    // Ended, not cut.
    let _ = timeout(PATIENCE, connection.shutdown()).await;
}

impl Listening {
    fn begin(edge: Arc<Edge>, caller: &Caller) -> Outcome<Self> {
        let session = caller.session.ok_or_else(Failure::unauthenticated)?;
        Ok(Self {
            _place: Arc::clone(&edge.listeners)
                .try_acquire_owned()
                .map_err(|_| Failure::busy(RETRY_AFTER))?,
            listener: edge.server.pokes.listen(caller.practice, caller.user, caller.device, session),
            heartbeat: heartbeat(),
            stopping: edge.stopping.subscribe(),
            opened: false,
            edge,
        })
    }

    /// The next lines; `None` ends the stream. Whether the device may still listen is asked before it is told anything:
    /// a revoked one learns nothing more, not even that there was something.
    async fn lines(&mut self) -> Option<&'static [u8]> {
        if !self.opened {
            self.opened = true;
            return Some(OPENING);
        }
        tokio::select! {
            _ = self.stopping.changed() => None,
            may_listen = self.listener.heard() => {
                (may_listen && self.may_still_listen().await).then_some(POKE)
            }
            _ = self.heartbeat.tick() => Some(ALIVE),
        }
    }

    async fn may_still_listen(&self) -> bool {
        relay::ended(&self.edge.server, &[self.listener.who()]).await.is_ok_and(|ended| ended.is_empty())
    }
}

fn heartbeat() -> Interval {
    let mut heartbeat = interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    heartbeat
}
