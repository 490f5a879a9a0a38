//! Server-sent events without content. An event says "something you may see has changed"; what it was, a pull says to
//! whoever may know it. A comment line every 10 seconds keeps the way through proxies open.

use super::failure::{Failure, Outcome};
use super::{Arrived, stream};
use crate::caller::Caller;
use crate::edge::Edge;
use crate::pokes::Listener;
use crate::relay;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream::unfold;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

/// Between two signs of life: half of the silence after which a device takes the path for dead. It asks the database for
/// nothing: ten thousand listeners cost a thousand small writes a second, about two hundredths of a processor.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// What a device is told to wait before it connects again, milliseconds.
const OPENING: &[u8] = b"retry: 5000\n: listening\n\n";
const POKE: &[u8] = b"event: changed\ndata:\n\n";
const ALIVE: &[u8] = b": alive\n\n";
const RETRY_AFTER: u32 = 30;

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
pub async fn events(edge: Arc<Edge>, caller: Caller, _arrived: Arrived) -> Outcome<Response> {
    let body = Body::from_stream(unfold(Listening::begin(edge, &caller)?, |listening| async move {
        let (bytes, listening) = listening.next().await?;
        Some((Ok::<_, Infallible>(Bytes::from_static(bytes)), listening))
    }));
    Ok(stream(body, "text/event-stream"))
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
    async fn next(mut self) -> Option<(&'static [u8], Self)> {
        if !self.opened {
            self.opened = true;
            return Some((OPENING, self));
        }
        let lines = tokio::select! {
            _ = self.stopping.changed() => return None,
            may_listen = self.listener.heard() => match may_listen && self.may_still_listen().await {
                true => POKE,
                false => return None,
            },
            _ = self.heartbeat.tick() => ALIVE,
        };
        Some((lines, self))
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
