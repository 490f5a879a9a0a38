//! Nonces that need no memory: the server's clock with a keyed hash over it, so that any server of the practice can
//! judge a nonce that another one gave.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use mentalspace_crypto::secret::equal_in_constant_time;
use mentalspace_protocol::limits::NONCE_SECONDS;
use ring::hmac;

/// Seconds by which the clocks of two servers may differ.
const SERVER_SKEW: i64 = 5;
const LABEL: &[u8] = b"mentalspace proof nonce v1";

/// Makes and judges nonces.
pub struct Nonces(hmac::Key);

impl std::fmt::Debug for Nonces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Nonces")
    }
}

impl Nonces {
    /// Under a key that all servers of the installation share.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// The nonce of `now`: good for [`NONCE_SECONDS`] from then.
    #[must_use]
    pub fn at(&self, now: DateTime<Utc>) -> String {
        let seconds = now.timestamp().to_be_bytes();
        let mut bytes = [0_u8; 24];
        bytes[..8].copy_from_slice(&seconds);
        bytes[8..].copy_from_slice(&self.tag(seconds));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Whether one of our servers gave this nonce no longer than [`NONCE_SECONDS`] ago.
    #[must_use]
    pub fn is_current(&self, nonce: &str, now: DateTime<Utc>) -> bool {
        let Ok(bytes) = URL_SAFE_NO_PAD.decode(nonce) else { return false };
        let Ok(bytes) = <[u8; 24]>::try_from(bytes) else { return false };
        let (seconds, tag) = bytes.split_at(8);
        let Ok(seconds) = <[u8; 8]>::try_from(seconds) else { return false };
        let age = now.timestamp().saturating_sub(i64::from_be_bytes(seconds));
        equal_in_constant_time(&self.tag(seconds), tag) && (-SERVER_SKEW..=NONCE_SECONDS).contains(&age)
    }

    fn tag(&self, seconds: [u8; 8]) -> [u8; 16] {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(LABEL);
        context.update(&seconds);
        let mut tag = [0_u8; 16];
        for (to, from) in tag.iter_mut().zip(context.sign().as_ref()) {
            *to = *from;
        }
        tag
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn a_nonce_is_good_for_its_time_under_its_key_and_unchanged() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let (ours, other) = (Nonces::new(&[1; 32]), Nonces::new(&[2; 32]));
        let nonce = ours.at(now);
        for (after, good) in
            [(0, true), (NONCE_SECONDS, true), (NONCE_SECONDS + 1, false), (-5, true), (-6, false)]
        {
            assert_eq!(ours.is_current(&nonce, now + TimeDelta::seconds(after)), good, "{after} s later");
        }
        assert!(!other.is_current(&nonce, now), "another installation's nonce");
        let mut later = URL_SAFE_NO_PAD.decode(&nonce).unwrap();
        later[7] ^= 1;
        assert!(
            !ours.is_current(&URL_SAFE_NO_PAD.encode(later), now),
            "a nonce dated otherwise by its bearer"
        );
        for wrong in ["", "x", "AAAA", &nonce[1..], &format!("{nonce}AA")] {
            assert!(!ours.is_current(wrong, now), "{wrong}");
        }
    }
}
