//! The lease: how long a device opens without contact. Time for it moves only by what the server has signed and by
//! the machine's own steady count since: a wrong clock neither locks a laptop nor prolongs a lease.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// By how much the server's word may be older than one that was heard before and still only have come late: a device waits for
/// an answer some minutes at most.
const LATE: TimeDelta = TimeDelta::hours(1);

/// The lease as it is kept in the encrypted store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseRecord {
    /// When the server made it.
    pub issued_at: DateTime<Utc>,
    /// When it ends.
    pub not_after: DateTime<Utc>,
    /// The newest time known for certain: server-signed, plus steady time since.
    pub high_water: DateTime<Utc>,
    /// The signed lease as it came, for the evidence.
    pub signed: serde_json::Value,
    /// Whether the practice has ended this device's access: then it does not run, whatever it says. It stands here because
    /// only a newer lease, and so the server alone, takes it back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ended: bool,
}

impl LeaseRecord {
    /// A lease as it came from the server. One that is over as it begins is what a device is given whose access has ended.
    #[must_use]
    pub fn new(issued_at: DateTime<Utc>, not_after: DateTime<Utc>, signed: serde_json::Value) -> Self {
        Self { issued_at, not_after, high_water: issued_at, signed, ended: not_after <= issued_at }
    }

    /// Whether it is over.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.left().is_none()
    }

    /// How long it still runs; none where it is over.
    #[must_use]
    pub fn left(&self) -> Option<Duration> {
        (self.not_after - self.high_water).to_std().ok().filter(|left| !left.is_zero() && !self.ended)
    }

    /// The lease of a device that has heard that its access has ended.
    #[must_use]
    pub fn taken_away(self) -> Self {
        Self { ended: true, ..self }
    }

    /// The later of what `clock` shows and the time that is certain: a clock behind it is wrong.
    #[must_use]
    pub fn or_later(&self, clock: DateTime<Utc>) -> DateTime<Utc> {
        self.high_water.max(clock)
    }

    /// The lease after `elapsed` of steady time.
    #[must_use]
    pub fn advanced(mut self, elapsed: Duration) -> Self {
        self.high_water += TimeDelta::from_std(elapsed).unwrap_or(TimeDelta::MAX);
        self
    }

    /// The lease renewed by a newer one, whose time the server has signed: a steady count that once ran ahead of it does
    /// not end this one early too. An older answer that arrives late changes nothing but the certain time. One that is older
    /// by more than that is the server's newest word all the same: its clock ran ahead and was put right, or is behind, and
    /// whoever went by the first would be shut out until that time has come.
    #[must_use]
    pub fn renewed(self, newer: Self) -> Self {
        if newer.issued_at > self.issued_at || newer.issued_at < self.issued_at - LATE {
            return newer;
        }
        Self { high_water: self.high_water.max(newer.high_water), ..self }
    }
}

/// Counts steady time for a lease while the device is open.
#[derive(Clone, Copy, Debug)]
pub struct LeaseWatch {
    since: Instant,
}

impl LeaseWatch {
    /// Begins at `now`.
    #[must_use]
    pub const fn starting(now: Instant) -> Self {
        Self { since: now }
    }

    /// The steady time since the last call, and begins anew.
    pub fn lap(&mut self, now: Instant) -> Duration {
        let elapsed = now.saturating_duration_since(self.since);
        self.since = now;
        elapsed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lease(issued: &str) -> LeaseRecord {
        let issued: DateTime<Utc> = issued.parse().unwrap();
        LeaseRecord::new(issued, issued + TimeDelta::days(7), serde_json::Value::Null)
    }

    #[test]
    fn only_steady_time_and_the_server_move_it() {
        let held = lease("2026-03-01T08:00:00Z").advanced(Duration::from_secs(6 * 86_400));
        assert!(!held.is_over());
        assert!(held.clone().advanced(Duration::from_secs(2 * 86_400)).is_over());
        let renewed = held.renewed(lease("2026-03-07T09:00:00Z"));
        assert!(!renewed.advanced(Duration::from_secs(6 * 86_400)).is_over());
    }

    #[test]
    fn a_count_that_ran_ahead_ends_one_lease_and_not_the_next() {
        let held = lease("2026-03-01T08:00:00Z").advanced(Duration::from_secs(400 * 86_400));
        assert!(held.is_over());
        assert!(!held.renewed(lease("2026-03-02T09:00:00Z")).is_over());
    }

    #[test]
    fn one_that_was_taken_away_runs_no_more_until_the_server_gives_another() {
        let held = lease("2026-03-07T09:00:00Z");
        assert!(!held.is_over(), "the control: it would run for a week");
        let taken = held.clone().taken_away();
        assert!(taken.is_over());
        assert!(taken.clone().advanced(Duration::from_secs(60)).ended, "time does not bring it back");
        assert!(taken.clone().renewed(held).ended, "nor does the same one, arriving late");
        assert!(!taken.renewed(lease("2026-03-08T09:00:00Z")).is_over());
    }

    #[test]
    fn one_that_is_over_as_it_begins_says_that_access_has_ended() {
        let at: DateTime<Utc> = "2026-03-08T09:00:00Z".parse().unwrap();
        let given = LeaseRecord::new(at, at, serde_json::Value::Null);
        assert!(lease("2026-03-07T09:00:00Z").renewed(given).ended);
        let run_out = lease("2026-03-01T08:00:00Z").advanced(Duration::from_secs(8 * 86_400));
        assert!(
            run_out.is_over() && !run_out.ended,
            "the control: a lease runs out, and access has not ended"
        );
    }

    #[test]
    fn an_answer_that_comes_late_does_not_turn_time_back() {
        let held = lease("2026-03-07T09:00:00Z");
        let after = held.clone().renewed(lease("2026-03-07T08:50:00Z"));
        assert_eq!(after, held);
    }

    #[test]
    fn a_server_whose_clock_ran_ahead_and_was_put_right_renews_again() {
        let held = lease("2027-03-07T09:00:00Z").advanced(Duration::from_secs(8 * 86_400));
        assert!(held.is_over(), "the control: by itself it would stay over for a year");
        let after = held.renewed(lease("2026-03-08T09:00:00Z"));
        assert!(!after.clone().advanced(Duration::from_secs(6 * 86_400)).is_over());
        assert!(after.advanced(Duration::from_secs(7 * 86_400)).is_over(), "and for no longer than it says");
    }
}
