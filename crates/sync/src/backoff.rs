//! Back-off between tries: exponential with full jitter, 1 s to 5 min, so that a practice's devices do not all come
//! back at once after an outage. Where a server that is at its limit says when to come again, the jitter lies behind
//! that: everybody who was turned away in one second was told the same.

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

    /// A try failed; gives how long to wait, at least what the server asked for (`retry-after`), of which no more than
    /// five minutes are believed. `dice` is uniform over all of `u32`.
    pub fn failed(&mut self, asked: Option<Duration>, dice: u32) -> Duration {
        let spread = self.spread(dice);
        asked.map_or(spread.max(FIRST), |asked| asked.min(LONGEST) + spread)
    }

    fn spread(&mut self, dice: u32) -> Duration {
        let ceiling = FIRST.saturating_mul(1_u32 << self.failures.min(9)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        ceiling.mul_f64(f64::from(dice) / f64::from(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_to_five_minutes_and_no_further_and_starts_over_after_a_success() {
        let mut backoff = Backoff::default();
        let waits: Vec<u64> = (0..12).map(|_| backoff.failed(None, u32::MAX).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
        assert_eq!(backoff.failed(None, 0), FIRST, "never a busy loop, whatever the dice say");
        backoff.succeeded();
        assert_eq!(backoff.failed(None, u32::MAX).as_secs(), 1);
    }
    #[test]
    fn nobody_comes_before_the_server_said_nor_all_at_once_when_it_said() {
        let asked = Some(Duration::from_secs(30));
        let mut backoff = Backoff::default();
        assert_eq!(backoff.failed(asked, 0), Duration::from_secs(30), "not a moment earlier");
        let waits: Vec<u64> = (0..4).map(|_| backoff.failed(asked, u32::MAX).as_secs()).collect();
        assert_eq!(waits, [32, 34, 38, 46], "spread over more and more, the longer it goes on");
        let halfway = Backoff::default().failed(asked, u32::MAX / 2);
        assert!(halfway > Duration::from_secs(30) && halfway < Duration::from_secs(31), "{halfway:?}");
        let for_ever = Backoff::default().failed(Some(Duration::from_secs(86_400)), 0);
        assert_eq!(for_ever, LONGEST, "no answer keeps a device away for a day");
    }
}
