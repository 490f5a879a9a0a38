//! Waiting for what a window does in its own time.

use mentalspace_testkit::failure::{Failure, Outcome};
use std::thread;
use std::time::{Duration, Instant};

/// How long anything may take that a person would wait for. Generous: a machine that runs other tests beside is slow, and a
/// test that waits longer than it has to loses nothing.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Time between two looks.
const LOOK: Duration = Duration::from_millis(20);

/// Looks until `look` finds something.
///
/// # Errors
/// What `look` failed with, or that `what` did not come about.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Outcome<Option<T>>) -> Outcome<T> {
    let give_up = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        if Instant::now() > give_up {
            return Err(Failure::Said(format!("it did not come about within {PATIENCE:?}: {what}")));
        }
        thread::sleep(LOOK);
    }
}
