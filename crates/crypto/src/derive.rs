//! Several keys from one: HKDF-SHA256 (RFC 5869) with a label for every purpose.

use ring::hmac;

use crate::frame::framed;
use crate::secret::Secret32;

/// What a derived key is for. Two purposes never give the same key, so that a flaw in one use cannot reach
/// another.
///
/// The constants are those of the product's key hierarchy; a crate with a use of its own declares its
/// purpose beside that use with [`Purpose::new`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Purpose(&'static str);

impl Purpose {
    /// The key that unlocks a device: from the password's key and the secret in the keyring together.
    pub const DEVICE_UNLOCK: Self = Self("device unlock");
    /// The raw key of the `SQLCipher` file, from the local data key.
    pub const LOCAL_DATABASE: Self = Self("local database");
    /// The second copy of the outbox, from the local data key.
    pub const OUTBOX_COPY: Self = Self("outbox copy");
    /// Wraps the key that proves possession of tokens.
    pub const DEVICE_KEY_WRAP: Self = Self("device key wrap");
    /// Wraps the key with which a clinician signs notes.
    pub const SIGNING_KEY_WRAP: Self = Self("signing key wrap");
    /// Local backups, from the local data key.
    pub const LOCAL_BACKUP: Self = Self("local backup");
    /// Psychotherapy notes on the device, sealed inside the database once more.
    pub const PSYCHOTHERAPY_NOTES: Self = Self("psychotherapy notes");
    /// Wraps the data keys of a practice's buckets on the server.
    pub const BUCKET_KEY_WRAP: Self = Self("bucket key wrap");
    /// Mixed into passwords before they are stretched on the server.
    pub const PASSWORD_PEPPER: Self = Self("password pepper");
    /// Seals the seeds of one-time codes on the server.
    pub const ONE_TIME_CODE_SEEDS: Self = Self("one-time code seeds");

    /// A purpose of a crate's own. `label` must differ from every other label that is used with the same
    /// input key; changing it later makes everything sealed under the derived key unreadable.
    #[must_use]
    pub const fn new(label: &'static str) -> Self {
        Self(label)
    }

    /// The label.
    #[must_use]
    pub const fn label(self) -> &'static str {
        self.0
    }
}

/// Derives a 32-byte key from `key` for one purpose.
///
/// `context` says for whom (device id, user id, parameters), as bytes that cannot be read two ways: see
/// [`framed`]. HKDF info is `framed(["mentalspace v1", label, context])`, its salt is empty, because `key`
/// is uniformly random already (RFC 5869, 3.1).
#[must_use]
pub fn derive(key: &Secret32, purpose: Purpose, context: &[u8]) -> Secret32 {
    hkdf_sha256(key.expose(), b"", &info(purpose, context))
}

/// Derives the key that unlocks a device, which takes both secrets: whoever copies the disk lacks the
/// keyring's, whoever opens the keyring lacks the password.
#[must_use]
pub fn derive_from_both(left: &Secret32, right: &Secret32, purpose: Purpose, context: &[u8]) -> Secret32 {
    let mut both = [0_u8; 64];
    both[..32].copy_from_slice(left.expose());
    both[32..].copy_from_slice(right.expose());
    let derived = hkdf_sha256(&both, b"", &info(purpose, context));
    zeroize::Zeroize::zeroize(&mut both);
    derived
}

fn info(purpose: Purpose, context: &[u8]) -> Vec<u8> {
    framed(&[b"mentalspace v1", purpose.0.as_bytes(), context])
}

/// HKDF with an output of one hash length, for which the expansion is a single block.
fn hkdf_sha256(input: &[u8], salt: &[u8], info: &[u8]) -> Secret32 {
    let mut extracted = Secret32::blank();
    extracted
        .expose_mut()
        .copy_from_slice(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, salt), input).as_ref());
    let mut expansion = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, extracted.expose()));
    expansion.update(info);
    expansion.update(&[1]);
    let mut key = Secret32::blank();
    key.expose_mut().copy_from_slice(expansion.sign().as_ref());
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex::vector;

    /// RFC 5869, appendix A.1 to A.3; of the longer outputs the first block.
    #[test]
    fn the_derivation_matches_rfc_5869() {
        let long = |from: u8, to: u8| (from..=to).collect::<Vec<u8>>();
        for (input, salt, info, expected) in [
            (
                vec![0x0b; 22],
                long(0, 0x0c),
                long(0xf0, 0xf9),
                "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf",
            ),
            (
                long(0, 0x4f),
                long(0x60, 0xaf),
                long(0xb0, 0xff),
                "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c",
            ),
            (
                vec![0x0b; 22],
                vec![],
                vec![],
                "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d",
            ),
        ] {
            assert_eq!(hkdf_sha256(&input, &salt, &info).expose().as_slice(), vector(expected));
        }
    }

    #[test]
    fn purpose_and_context_and_key_all_matter() {
        let key = Secret32::from_bytes([1; 32]);
        let base = derive(&key, Purpose::LOCAL_DATABASE, b"device 1");
        assert_eq!(base, derive(&key, Purpose::LOCAL_DATABASE, b"device 1"));
        assert_ne!(base, derive(&key, Purpose::OUTBOX_COPY, b"device 1"));
        assert_ne!(base, derive(&key, Purpose::LOCAL_DATABASE, b"device 2"));
        assert_ne!(base, derive(&Secret32::from_bytes([2; 32]), Purpose::LOCAL_DATABASE, b"device 1"));
        assert_ne!(base, key);
    }

    #[test]
    fn label_and_context_do_not_run_into_each_other() {
        let key = Secret32::from_bytes([1; 32]);
        assert_ne!(derive(&key, Purpose::new("ab"), b"c"), derive(&key, Purpose::new("a"), b"bc"));
    }

    #[test]
    fn both_secrets_are_needed_and_each_has_its_place() {
        let (one, two) = (Secret32::from_bytes([1; 32]), Secret32::from_bytes([2; 32]));
        let derive = |left, right| derive_from_both(left, right, Purpose::DEVICE_UNLOCK, b"");
        assert_ne!(derive(&one, &two), derive(&two, &one));
        assert_ne!(derive(&one, &two), derive(&one, &one));
        assert_ne!(derive(&one, &two), derive(&two, &two));
    }

    #[test]
    fn no_two_purposes_share_a_label() {
        let all = [
            Purpose::DEVICE_UNLOCK,
            Purpose::LOCAL_DATABASE,
            Purpose::OUTBOX_COPY,
            Purpose::DEVICE_KEY_WRAP,
            Purpose::SIGNING_KEY_WRAP,
            Purpose::LOCAL_BACKUP,
            Purpose::PSYCHOTHERAPY_NOTES,
            Purpose::BUCKET_KEY_WRAP,
            Purpose::PASSWORD_PEPPER,
            Purpose::ONE_TIME_CODE_SEEDS,
        ];
        let labels: std::collections::HashSet<_> = all.iter().map(|purpose| purpose.label()).collect();
        assert_eq!(labels.len(), all.len());
    }
}
