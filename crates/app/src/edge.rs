//! The edge: the only place where the application reads a clock or makes an identifier.

use crate::api::ApiError;
use chrono::{DateTime, Utc};
use mentalspace_crypto::randomness::{Randomness, SystemRandomness, random_bytes};
use mentalspace_sync::transport::{Internet, Network};
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

/// What the application stands in: everything that it does not decide itself.
#[derive(Clone)]
pub struct Surroundings {
    /// The clocks.
    pub clock: Arc<dyn Clock>,
    /// Where keys, salts and identifiers come from.
    pub randomness: Arc<dyn Randomness>,
    /// The way to servers.
    pub network: Arc<dyn Network>,
}

impl Surroundings {
    /// The machine's own clocks and randomness, and the internet.
    #[must_use]
    pub fn of_this_machine() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            randomness: Arc::new(SystemRandomness::new()),
            network: Arc::new(Internet),
        }
    }
}

/// Clock, randomness, identifiers and the way out.
#[derive(Clone)]
pub(crate) struct Edge(Surroundings);

impl Edge {
    pub(crate) const fn new(surroundings: Surroundings) -> Self {
        Self(surroundings)
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.0.clock.now()
    }

    pub(crate) fn steady(&self) -> Instant {
        self.0.clock.steady()
    }

    pub(crate) fn randomness(&self) -> &dyn Randomness {
        &*self.0.randomness
    }

    pub(crate) fn network(&self) -> &dyn Network {
        &*self.0.network
    }

    /// A fresh identifier (UUIDv7). The random part keeps identifiers of a wrong clock apart all the same.
    ///
    /// # Errors
    /// The machine gives no randomness.
    pub(crate) fn id(&self) -> Result<Uuid, ApiError> {
        let random = random_bytes::<10>(self.randomness()).map_err(|_| ApiError::internal())?;
        let milliseconds = u64::try_from(self.now().timestamp_millis()).unwrap_or_default();
        Ok(uuid::Builder::from_unix_timestamp_millis(milliseconds, &random).into_uuid())
    }

    /// Dice for back-off and request ids; where the machine gives no randomness, no spread is needed to be safe.
    pub(crate) fn dice(&self) -> u64 {
        random_bytes::<8>(self.randomness()).map_or(u64::MAX, u64::from_be_bytes)
    }
}
