//! The requests seen while their nonces are good: a request that was recorded on its way cannot be sent a second time.
//!
//! Kept in memory, per server. A replay that reaches another server of the same practice finds commands that are
//! already decided and changes nothing; here it does not even get an answer.

use chrono::{DateTime, Utc};
use mentalspace_crypto::digest::{Sha256, sha256_of_parts};
use mentalspace_domain::ids::DeviceId;
use mentalspace_protocol::limits::NONCE_SECONDS;
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// Two generations of request ids. A request belongs to the younger one until a nonce's whole life has passed; then
/// the older one is forgotten at once, without looking at each.
#[derive(Debug, Default)]
pub struct Replays(Mutex<Generations>);

#[derive(Debug, Default)]
struct Generations {
    began: Option<DateTime<Utc>>,
    younger: HashSet<Sha256>,
    older: HashSet<Sha256>,
}

impl Replays {
    /// Whether this device's request id has not been seen yet; it has been from now on.
    pub fn is_new(&self, device: DeviceId, request_id: &str, now: DateTime<Utc>) -> bool {
        let seen = sha256_of_parts(&[device.uuid().as_bytes(), request_id.as_bytes()]);
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let age = generations.began.map_or(i64::MAX, |began| (now - began).num_seconds());
        if !(0..=NONCE_SECONDS).contains(&age) {
            generations.began = Some(now);
            // After twice the time, or at a clock set back by an operator, no nonce of before is current any more.
            generations.older = match age {
                age if age > NONCE_SECONDS * 2 => HashSet::new(),
                _ => std::mem::take(&mut generations.younger),
            };
            generations.younger.clear();
        }
        !generations.older.contains(&seen) && generations.younger.insert(seen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use uuid::Uuid;

    #[test]
    fn a_request_is_new_once_while_its_nonce_could_still_be_good() {
        let (replays, start) = (Replays::default(), DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let (device, other) = (DeviceId::new(Uuid::from_u128(1)), DeviceId::new(Uuid::from_u128(2)));
        assert!(replays.is_new(device, "a", start));
        assert!(replays.is_new(other, "a", start), "another device's id is its own");
        for second in [0, 1, NONCE_SECONDS / 2, NONCE_SECONDS] {
            assert!(!replays.is_new(device, "a", start + TimeDelta::seconds(second)), "{second} s later");
        }
        // Seen at the very end of a generation, and asked for at the end of its nonce's life.
        let late = start + TimeDelta::seconds(NONCE_SECONDS);
        assert!(replays.is_new(device, "b", late));
        assert!(!replays.is_new(device, "b", late + TimeDelta::seconds(1)));
        assert!(!replays.is_new(device, "b", late + TimeDelta::seconds(NONCE_SECONDS)));
        assert!(
            replays.is_new(device, "a", start + TimeDelta::seconds(NONCE_SECONDS * 5)),
            "memory is given back"
        );
    }
}
