//! The envelope in which every record, draft and attachment lies: AES-256-GCM under a data key.
//!
//! ```text
//! version 0x01 (1) | key id (16) | nonce (12) | ciphertext | tag (16)
//! ```
//!
//! Version, key id and nonce are authenticated together with the caller's associated data (practice, bucket,
//! kind, id, revision: see [`frame::framed`](crate::frame::framed)), so that a sealed body moved to another
//! row, or put back from an older revision, does not open.

use zeroize::Zeroizing;

use crate::bytes::fixed_bytes;
pub use crate::gcm::SealError;
use crate::gcm::{self, NONCE, TAG};
use crate::randomness::{NoRandomness, Randomness};
use crate::secret::Secret32;

fixed_bytes! {
    /// Which key sealed something: 16 bytes, by convention those of a UUID. Not secret.
    KeyId, 16
}

const VERSION_1: u8 = 1;
const HEADER: usize = 1 + KeyId::LENGTH;

/// How many bytes an envelope is longer than what is in it.
pub const OVERHEAD: usize = HEADER + NONCE + TAG;

/// The key of one bucket, with the id that its envelopes carry.
///
/// Nonces are random 96-bit values: by SP 800-38D, 8.3, a key must be replaced before 2^32 envelopes. A
/// bucket is one part of one client's record, which never comes near that; a key for more must be rotated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataKey {
    id: KeyId,
    secret: Secret32,
}

/// Why an envelope did not open. In every case its bytes are left as they were, and no part of the content
/// is given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Shorter than an envelope with nothing in it.
    #[error("the encrypted record is cut off; the stored bytes were not changed, fetch it again")]
    Truncated,
    /// Written by a newer program, or no envelope at all.
    #[error("the encrypted record has a form ({0}) that this version does not know; update the program")]
    UnknownVersion(u8),
    /// Sealed under another data key.
    #[error("the encrypted record belongs to another key ({sealed_under}) than the one at hand ({at_hand})")]
    WrongKey {
        /// The id in the envelope.
        sealed_under: KeyId,
        /// The id of the key that was tried.
        at_hand: KeyId,
    },
    /// The bytes, the associated data or the key differ from those at sealing.
    #[error("the encrypted record was changed after it was written, or belongs elsewhere; it was not opened")]
    Tampered,
}

impl DataKey {
    /// A key from its parts.
    #[must_use]
    pub const fn new(id: KeyId, secret: Secret32) -> Self {
        Self { id, secret }
    }

    /// A fresh random key under an id that the caller made.
    ///
    /// # Errors
    /// [`NoRandomness`] when the source has none.
    pub fn generate(id: KeyId, randomness: &dyn Randomness) -> Result<Self, NoRandomness> {
        Ok(Self { id, secret: Secret32::random(randomness)? })
    }

    /// The id that envelopes under this key carry.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// The key itself, to be wrapped.
    #[must_use]
    pub const fn secret(&self) -> &Secret32 {
        &self.secret
    }

    /// Seals `plaintext`, bound to `associated`. The result is [`OVERHEAD`] bytes longer.
    ///
    /// # Errors
    /// [`SealError::NoRandomness`] without a nonce, [`SealError::TooLarge`] beyond AES-GCM's limit.
    pub fn seal(
        &self,
        associated: &[u8],
        plaintext: &[u8],
        randomness: &dyn Randomness,
    ) -> Result<Vec<u8>, SealError> {
        let mut header = Vec::with_capacity(plaintext.len() + OVERHEAD);
        header.push(VERSION_1);
        header.extend_from_slice(self.id.as_bytes());
        gcm::seal_behind(header, &self.secret, associated, plaintext, randomness)
    }

    /// Opens an envelope that was sealed under this key with the same `associated`. What comes out is wiped
    /// when dropped.
    ///
    /// # Errors
    /// See [`OpenError`]; a single changed bit anywhere is one of them.
    pub fn open(&self, associated: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let sealed_under = key_id_of(sealed)?;
        if sealed_under != self.id {
            return Err(OpenError::WrongKey { sealed_under, at_hand: self.id });
        }
        gcm::open_behind(HEADER, &self.secret, associated, sealed).map_err(|_| OpenError::Tampered)
    }
}

/// Which key opens this envelope. The answer is not authenticated until the envelope has been opened.
///
/// # Errors
/// [`OpenError::Truncated`] or [`OpenError::UnknownVersion`].
pub fn key_id_of(sealed: &[u8]) -> Result<KeyId, OpenError> {
    match sealed.first() {
        None => Err(OpenError::Truncated),
        Some(&VERSION_1) if sealed.len() < OVERHEAD => Err(OpenError::Truncated),
        Some(&VERSION_1) => KeyId::try_from(&sealed[1..HEADER]).map_err(|_| OpenError::Truncated),
        Some(&other) => Err(OpenError::UnknownVersion(other)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::hex::vector;
    use crate::randomness::{Exhausted, SeededRandomness};

    fn key(seed: u8) -> DataKey {
        DataKey::new(KeyId::from_bytes([seed; 16]), Secret32::from_bytes([seed; 32]))
    }

    fn sealed(text: &[u8]) -> Vec<u8> {
        key(1).seal(b"row 7", text, &SeededRandomness::new(1)).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_again() {
        let envelope = sealed(b"a word");
        assert_eq!(envelope.len(), 6 + OVERHEAD);
        assert_eq!(envelope[0], 1);
        assert_eq!(&envelope[1..17], &[1; 16]);
        assert_eq!(key_id_of(&envelope), Ok(KeyId::from_bytes([1; 16])));
        assert_eq!(key(1).open(b"row 7", &envelope).unwrap().as_slice(), b"a word");
    }

    /// The Galois/Counter Mode specification, test case 16: 256-bit key, associated data.
    #[test]
    fn the_cipher_matches_the_published_test_case() {
        let key = Secret32::from_slice(&vector(
            "feffe9928665731c6d6a8f9467308308 feffe9928665731c6d6a8f9467308308",
        ))
        .unwrap();
        let nonce = vector("cafebabefacedbaddecaf888");
        let ciphertext = vector(
            "522dc1f099567d07f47f37a32a84427d 643a8cdcbfe5c0c97598a2bd2555d1aa
             8cb08e48590dbb3da7b08b1056828838 c5f61e6393ba7a0abcc9f662",
        );
        let tag = vector("76fc6ece0f4e1768cddf8853bb2d551b");
        let associated = vector("feedfacedeadbeeffeedfacedeadbeef abaddad2");
        let plaintext = vector(
            "d9313225f88406e5a55909c5aff5269a 86a7a9531534f7da2e4c303d8a318a72
             1c3c0c95956809532fcf0e2449a6b525 b16aedf5aa0de657ba637b39",
        );
        let cipher = ring::aead::LessSafeKey::new(
            ring::aead::UnboundKey::new(&ring::aead::AES_256_GCM, key.expose()).unwrap(),
        );
        let mut buffer = [ciphertext, tag].concat();
        let opened = cipher
            .open_in_place(
                ring::aead::Nonce::try_assume_unique_for_key(&nonce).unwrap(),
                ring::aead::Aad::from(associated),
                &mut buffer,
            )
            .unwrap();
        assert_eq!(opened, plaintext);
    }

    /// The bytes of version 1 are pinned: whoever changes the layout must add a version 2.
    #[test]
    fn the_layout_of_version_1_is_pinned() {
        assert_eq!(
            crate::hex::encode(&sealed(b"a word")),
            "0101010101010101010101010101010101d91aa8c335100c623a7458d4ab4bf7d29eed31e96d7f1b0e5f34ed0e7eb5d351946f"
        );
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let envelope = sealed(b"a clinician's word");
        for bit in 0..envelope.len() * 8 {
            let mut changed = envelope.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let refusal = key(1).open(b"row 7", &changed).unwrap_err();
            match bit / 8 {
                0 => assert!(matches!(refusal, OpenError::UnknownVersion(_))),
                1..17 => assert!(matches!(refusal, OpenError::WrongKey { .. })),
                _ => assert_eq!(refusal, OpenError::Tampered),
            }
        }
    }

    #[test]
    fn every_shortened_envelope_is_noticed() {
        let envelope = sealed(b"word");
        for length in 0..envelope.len() {
            let refusal = key(1).open(b"row 7", &envelope[..length]).unwrap_err();
            let expected = if length < OVERHEAD { OpenError::Truncated } else { OpenError::Tampered };
            assert_eq!(refusal, expected, "{length}");
        }
        let longer = [envelope.as_slice(), b"x"].concat();
        assert_eq!(key(1).open(b"row 7", &longer), Err(OpenError::Tampered));
    }

    #[test]
    fn an_envelope_moved_to_another_row_stays_shut() {
        let envelope = sealed(b"word");
        assert_eq!(key(1).open(b"row 8", &envelope), Err(OpenError::Tampered));
        assert_eq!(key(1).open(b"", &envelope), Err(OpenError::Tampered));
    }

    #[test]
    fn another_key_is_named_as_such_and_a_false_one_under_the_right_name_fails() {
        let envelope = sealed(b"word");
        let at_hand = KeyId::from_bytes([2; 16]);
        assert_eq!(
            key(2).open(b"row 7", &envelope),
            Err(OpenError::WrongKey { sealed_under: KeyId::from_bytes([1; 16]), at_hand })
        );
        let impostor = DataKey::new(KeyId::from_bytes([1; 16]), Secret32::from_bytes([2; 32]));
        assert_eq!(impostor.open(b"row 7", &envelope), Err(OpenError::Tampered));
    }

    #[test]
    fn the_same_text_never_gives_the_same_envelope() {
        let source = SeededRandomness::new(5);
        let seal = || key(1).seal(b"", b"word", &source).unwrap();
        assert_ne!(seal(), seal());
    }

    #[test]
    fn nothing_is_sealed_without_randomness() {
        let refusal = key(1).seal(b"", b"word", &Exhausted).unwrap_err();
        assert_eq!(refusal, SealError::NoRandomness(NoRandomness));
        assert!(DataKey::generate(KeyId::from_bytes([0; 16]), &Exhausted).is_err());
    }

    #[test]
    fn debug_shows_the_id_and_not_the_key() {
        let shown = format!("{:?}", key(0x5a));
        assert!(shown.contains(&"5a".repeat(16)) && shown.contains("Secret(32 bytes)"), "{shown}");
        assert!(!shown.contains(&"5a".repeat(17)) && !shown.contains("90, 90"), "{shown}");
    }

    proptest! {
        #[test]
        fn any_bytes_survive(text in prop::collection::vec(any::<u8>(), 0..3000), associated: Vec<u8>, seed: u64) {
            let source = SeededRandomness::new(seed);
            let key = DataKey::generate(KeyId::from_bytes([3; 16]), &source).unwrap();
            let envelope = key.seal(&associated, &text, &source).unwrap();
            let opened = key.open(&associated, &envelope).unwrap();
            prop_assert_eq!(opened.as_slice(), text);
        }

        #[test]
        fn junk_is_refused_and_nothing_panics(junk: Vec<u8>) {
            prop_assert!(key(1).open(b"", &junk).is_err());
        }
    }
}
