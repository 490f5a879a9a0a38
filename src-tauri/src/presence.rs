//! Whether anybody is there: when a key was last pressed or the pointer moved in the window.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

/// The last sign of somebody at the window, by the steady clock. A wrong wall clock keeps no screen open.
#[derive(Debug)]
pub(crate) struct Presence(Mutex<Instant>);

impl Default for Presence {
    fn default() -> Self {
        Self(Mutex::new(Instant::now()))
    }
}

impl Presence {
    /// Somebody is there.
    pub(crate) fn seen(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// How long nobody has been there.
    pub(crate) fn absent_for(&self) -> Duration {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }
}
