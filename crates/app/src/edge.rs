//! The edge: the only place where the application reads a clock or makes an identifier.

use chrono::{DateTime, Utc};
use mentalspace_crypto::randomness::{Randomness, SystemRandomness, random_bytes};
use std::sync::Arc;
use std::time::Instant;
use uuid::Uuid;

/// The clocks of the device.
pub trait Clock: Send + Sync {
    /// The wall clock. It may be wrong, by nine months or by a zone; nothing but evidence rests on it.
    fn now(&self) -> DateTime<Utc>;
    /// Steady time.
    fn steady(&self) -> Instant;
}

/// The system's clocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the edge at which the clock is read")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    fn steady(&self) -> Instant {
        Instant::now()
    }
}

/// Clock, randomness and identifiers.
#[derive(Clone)]
pub(crate) struct Edge {
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
}

impl Edge {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, randomness: Arc::new(SystemRandomness::new()) }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub(crate) fn steady(&self) -> Instant {
        self.clock.steady()
    }

    pub(crate) fn randomness(&self) -> &dyn Randomness {
        &*self.randomness
    }

    /// A fresh identifier (UUIDv7). The random part keeps identifiers of a wrong clock apart all the same.
    #[expect(clippy::disallowed_methods, reason = "this is the edge at which identifiers are made")]
    pub(crate) fn id(&self) -> Uuid {
        Uuid::now_v7()
    }

    /// Dice for back-off and request ids; where the machine gives no randomness, no spread is needed to be safe.
    pub(crate) fn dice(&self) -> u64 {
        random_bytes::<8>(self.randomness()).map_or(u64::MAX, u64::from_be_bytes)
    }
}
