//! Back-off between tries: exponential with full jitter, 1 s to 5 min, so that a practice's devices do not all come
//! back at once after an outage.

use std::time::Duration;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(300);

/// Consecutive failures so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// A try succeeded.
    pub const fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// A try failed; gives how long to wait. `dice` is uniform over all of `u32`.
    pub fn failed(&mut self, dice: u32) -> Duration {
        let ceiling = FIRST.saturating_mul(1_u32 << self.failures.min(9)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        FIRST.max(ceiling.mul_f64(f64::from(dice) / f64::from(u32::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_to_five_minutes_and_no_further_and_starts_over_after_a_success() {
        let mut backoff = Backoff::default();
        let waits: Vec<u64> = (0..12).map(|_| backoff.failed(u32::MAX).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
        assert_eq!(backoff.failed(0), FIRST, "never a busy loop, whatever the dice say");
        backoff.succeeded();
        assert_eq!(backoff.failed(u32::MAX).as_secs(), 1);
    }
}
