//! The clocks of a simulated world: one time that is true, and what each laptop takes it for.

use chrono::{DateTime, TimeDelta, Utc};
use mentalspace_server::clock::{Clock as _, SettableClock};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A laptop's clocks: the wall clock may be wrong by any span, the steady one never is.
#[derive(Debug)]
pub struct LaptopClock {
    world: Arc<SettableClock>,
    wrong_by: Mutex<TimeDelta>,
    began: (Instant, DateTime<Utc>),
}

impl LaptopClock {
    /// A clock that is right for now.
    #[must_use]
    pub fn new(world: Arc<SettableClock>) -> Self {
        let began = (Instant::now(), world.now());
        Self { world, wrong_by: Mutex::new(TimeDelta::zero()), began }
    }

    /// From now on the wall clock is wrong by `span`.
    pub fn is_wrong_by(&self, span: TimeDelta) {
        *self.wrong_by.lock().unwrap_or_else(PoisonError::into_inner) = span;
    }
}

impl mentalspace_app::Clock for LaptopClock {
    fn now(&self) -> DateTime<Utc> {
        self.world.now() + *self.wrong_by.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn steady(&self) -> Instant {
        let passed = (self.world.now() - self.began.1).to_std().unwrap_or(Duration::ZERO);
        self.began.0 + passed
    }
}
