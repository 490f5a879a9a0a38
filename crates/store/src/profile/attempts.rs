//! Wrong passwords in a row: a growing wait, and after ten the device opens only online. Counted in two places, and
//! the larger counts, so that putting an old file back forgets nothing.

use super::error::UnlockError;
use super::secrets::{ATTEMPTS, DeviceSecrets};
use crate::files;
use chrono::{DateTime, Utc};
use mentalspace_domain::ids::DeviceId;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::Duration;

const FILE: &str = "attempts.json";
/// NIST SP 800-63B-4 allows no more than ten for an activation secret.
const MOST: u32 = 10;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attempts {
    pub failures: u32,
    pub last: Option<DateTime<Utc>>,
}

impl Attempts {
    pub(crate) fn read(
        dir: &Path,
        secrets: &dyn DeviceSecrets,
        device: DeviceId,
    ) -> Result<Self, UnlockError> {
        let here = std::fs::read(dir.join(FILE)).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let there = secrets.get(device, ATTEMPTS)?.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let (here, there): (Self, Self) = (here.unwrap_or_default(), there.unwrap_or_default());
        Ok(if there.failures > here.failures { there } else { here })
    }

    fn write(self, dir: &Path, secrets: &dyn DeviceSecrets, device: DeviceId) -> Result<(), UnlockError> {
        let bytes = serde_json::to_vec(&self).unwrap_or_default();
        files::replace(dir, FILE, &bytes)?;
        secrets.put(device, ATTEMPTS, &bytes)
    }

    /// Whether a try is allowed now. A clock that was set back does not prolong the wait beyond its length.
    pub(crate) fn check(self, now: DateTime<Utc>) -> Result<(), UnlockError> {
        if self.failures >= MOST {
            return Err(UnlockError::TooManyAttempts);
        }
        self.check_wait(now)
    }

    /// Whether the wait after the last wrong password is over, however many there were.
    pub(crate) fn check_wait(self, now: DateTime<Utc>) -> Result<(), UnlockError> {
        let since = self.last.and_then(|last| (now - last).to_std().ok()).unwrap_or(Duration::MAX);
        match wait_after(self.failures).checked_sub(since) {
            Some(wait) if !wait.is_zero() => Err(UnlockError::TooSoon { wait }),
            _ => Ok(()),
        }
    }

    /// Counts a wrong password; gives how long the next try has to wait.
    pub(crate) fn failed(
        self,
        dir: &Path,
        secrets: &dyn DeviceSecrets,
        device: DeviceId,
        now: DateTime<Utc>,
    ) -> Result<Duration, UnlockError> {
        let counted = Self { failures: self.failures + 1, last: Some(now) };
        counted.write(dir, secrets, device)?;
        Ok(wait_after(counted.failures))
    }

    /// The right password, or a sign-in online: the count begins anew.
    pub(crate) fn clear(
        self,
        dir: &Path,
        secrets: &dyn DeviceSecrets,
        device: DeviceId,
    ) -> Result<(), UnlockError> {
        if self.failures == 0 { Ok(()) } else { Self::default().write(dir, secrets, device) }
    }
}

/// 0, 1, 2, 4 … 60 seconds.
fn wait_after(failures: u32) -> Duration {
    match failures {
        0 => Duration::ZERO,
        n => Duration::from_secs((1_u64 << (n - 1).min(6)).min(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_to_a_minute() {
        let waits: Vec<u64> = (0..10).map(|n| wait_after(n).as_secs()).collect();
        assert_eq!(waits, [0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }

    #[test]
    fn a_clock_set_back_does_not_shut_anybody_out() {
        let last: DateTime<Utc> = "2026-03-08T12:00:00Z".parse().unwrap();
        let attempts = Attempts { failures: 3, last: Some(last) };
        assert!(attempts.check(last).is_err());
        assert!(attempts.check(last - chrono::TimeDelta::days(270)).is_ok());
        assert!(attempts.check(last + chrono::TimeDelta::seconds(4)).is_ok());
    }
}
