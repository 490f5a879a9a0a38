//! Keys and seals. Every bucket has a data key; the database holds it wrapped by the key-encryption key, which comes
//! from a file and is never stored beside what it opens. The practice's Ed25519 sealing key lies there the same way.

use crate::http::failure::{Failure, Outcome};
use mentalspace_crypto::frame::framed;
use mentalspace_crypto::keywrap::{KeyEncryptionKey, WrappedKey};
use mentalspace_crypto::randomness::random_bytes;
use mentalspace_crypto::signing::{PublicKey, Signature, SigningKey};
use mentalspace_crypto::{DataKey, Randomness, canonical, envelope};
use mentalspace_domain::ids::{BucketId, CommandId, KeyId, PracticeId};
use serde::Serialize;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// Unwrapped bucket keys kept at hand: some megabytes, and more buckets than a large practice touches in an hour.
const BUCKET_KEYS: usize = 20_000;
/// Unwrapped sealing keys kept at hand, one per practice.
const SEAL_KEYS: usize = 1_000;

/// The key-encryption key and what it has opened lately.
#[derive(Debug)]
pub struct Sealing {
    wrapping: KeyEncryptionKey,
    bucket_keys: AtHand<BucketId, DataKey>,
    seal_keys: AtHand<KeyId, SealKey>,
}

/// A practice's sealing key: what it signs, the server said.
#[derive(Debug)]
pub struct SealKey {
    /// Its identifier, as certificates and receipts name it.
    pub id: KeyId,
    signing: SigningKey,
}

impl Sealing {
    /// Keys under this key-encryption key.
    #[must_use]
    pub fn new(wrapping: KeyEncryptionKey) -> Self {
        Self {
            wrapping,
            bucket_keys: AtHand::of_at_most(BUCKET_KEYS),
            seal_keys: AtHand::of_at_most(SEAL_KEYS),
        }
    }

    /// A fresh data key for a bucket, wrapped, as the database keeps it.
    ///
    /// # Errors
    /// There is no randomness.
    pub fn new_bucket_key(
        &self,
        practice: PracticeId,
        bucket: BucketId,
        randomness: &dyn Randomness,
    ) -> Outcome<Vec<u8>> {
        let id = envelope::KeyId::from_bytes(random_bytes(randomness).map_err(Failure::internal)?);
        let key = DataKey::generate(id, randomness).map_err(Failure::internal)?;
        let wrapped = self.wrapping.wrap(&bucket_header(practice, bucket), &key, randomness);
        Ok(wrapped.map_err(Failure::internal)?.as_bytes().to_vec())
    }

    /// A bucket's data key from its wrapped form.
    ///
    /// # Errors
    /// It was wrapped by another key-encryption key, for another bucket, or was changed.
    pub fn bucket_key(
        &self,
        practice: PracticeId,
        bucket: BucketId,
        wrapped: &[u8],
    ) -> Outcome<Arc<DataKey>> {
        self.bucket_keys.get(bucket, wrapped, |wrapped| {
            self.wrapping.unwrap(&bucket_header(practice, bucket), wrapped).map_err(Failure::internal)
        })
    }

    /// A fresh sealing key: its private half wrapped, as the database keeps it, and its public half.
    ///
    /// # Errors
    /// There is no randomness.
    pub fn new_seal_key(
        &self,
        practice: PracticeId,
        id: KeyId,
        randomness: &dyn Randomness,
    ) -> Outcome<(Vec<u8>, PublicKey)> {
        let key = SigningKey::generate(randomness).map_err(Failure::internal)?;
        let wrapped = self.wrapping.wrap_secret(&seal_header(practice, id), key.seed(), randomness);
        Ok((wrapped.map_err(Failure::internal)?.as_bytes().to_vec(), key.public_key()))
    }

    /// A practice's sealing key from its wrapped form.
    ///
    /// # Errors
    /// It was wrapped by another key-encryption key, for another practice, or was changed.
    pub fn seal_key(&self, practice: PracticeId, id: KeyId, wrapped: &[u8]) -> Outcome<Arc<SealKey>> {
        self.seal_keys.get(id, wrapped, |wrapped| {
            let seed = self
                .wrapping
                .unwrap_secret(&seal_header(practice, id), wrapped)
                .map_err(Failure::internal)?;
            Ok(SealKey { id, signing: SigningKey::from_seed(seed).map_err(Failure::internal)? })
        })
    }
}

impl SealKey {
    /// The Ed25519 signature over bytes that say by themselves what they are.
    ///
    /// # Errors
    /// The key cannot sign, which does not occur for a key that was made.
    pub fn sign(&self, bytes: &[u8]) -> Outcome<Signature> {
        self.signing.sign(bytes).map_err(Failure::internal)
    }

    /// The signature over a message's canonical JSON, as messages carry it: lower-case hexadecimal.
    ///
    /// # Errors
    /// The message has no canonical form.
    pub fn sign_message<T: Serialize>(&self, message: &T) -> Outcome<String> {
        let bytes = canonical::to_vec(message).map_err(Failure::internal)?;
        Ok(self.sign(&bytes)?.to_hex())
    }

    /// The public half, as certificates carry it.
    #[must_use]
    pub fn public_text(&self) -> String {
        self.signing.public_key().to_hex()
    }
}

/// What a command in quarantine is sealed with besides its key: it opens as this command of this practice only.
#[must_use]
pub fn quarantine_data(practice: PracticeId, command: CommandId) -> Vec<u8> {
    framed(&[b"mentalspace quarantine v1", practice.uuid().as_bytes(), command.uuid().as_bytes()])
}

fn bucket_header(practice: PracticeId, bucket: BucketId) -> Vec<u8> {
    framed(&[b"mentalspace bucket key v1", practice.uuid().as_bytes(), bucket.uuid().as_bytes()])
}

fn seal_header(practice: PracticeId, key: KeyId) -> Vec<u8> {
    framed(&[b"mentalspace seal key v1", practice.uuid().as_bytes(), key.uuid().as_bytes()])
}

/// Opened keys by name, each beside the wrapped bytes that it came from: another wrap under the same name is opened
/// anew. When full it forgets everything; opening a key again takes microseconds.
#[derive(Debug)]
struct AtHand<Name, Key> {
    most: usize,
    kept: Mutex<HashMap<Name, Opened<Key>>>,
}

#[derive(Debug)]
struct Opened<Key> {
    from: Vec<u8>,
    key: Arc<Key>,
}

impl<Name: Eq + Hash, Key> AtHand<Name, Key> {
    fn of_at_most(most: usize) -> Self {
        Self { most, kept: Mutex::new(HashMap::new()) }
    }

    fn get(
        &self,
        name: Name,
        wrapped: &[u8],
        open: impl FnOnce(&WrappedKey) -> Outcome<Key>,
    ) -> Outcome<Arc<Key>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(opened) = kept.get(&name).filter(|opened| opened.from == wrapped) {
            return Ok(Arc::clone(&opened.key));
        }
        let key = Arc::new(open(&WrappedKey::from_bytes(wrapped).map_err(Failure::internal)?)?);
        if kept.len() >= self.most {
            kept.clear();
        }
        kept.insert(name, Opened { from: wrapped.to_vec(), key: Arc::clone(&key) });
        drop(kept);
        Ok(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mentalspace_crypto::{KeyId as WrapId, Secret32, SystemRandomness};
    use uuid::Uuid;

    fn sealing(seed: u8) -> Sealing {
        Sealing::new(KeyEncryptionKey::new(WrapId::from_bytes([seed; 16]), Secret32::from_bytes([seed; 32])))
    }

    const PRACTICE: PracticeId = PracticeId::new(Uuid::from_u128(1));
    const BUCKET: BucketId = BucketId::new(Uuid::from_u128(2));

    #[test]
    fn a_bucket_key_opens_for_its_bucket_and_under_its_key_encryption_key_only() {
        let random = SystemRandomness::new();
        let ours = sealing(1);
        let wrapped = ours.new_bucket_key(PRACTICE, BUCKET, &random).unwrap();
        let key = ours.bucket_key(PRACTICE, BUCKET, &wrapped).unwrap();
        let sealed = key.seal(b"row", b"words", &random).unwrap();
        // Another process, or the same one later, opens what this one sealed.
        let again = sealing(1).bucket_key(PRACTICE, BUCKET, &wrapped).unwrap();
        assert_eq!(again.open(b"row", &sealed).unwrap().as_slice(), b"words");
        assert!(sealing(2).bucket_key(PRACTICE, BUCKET, &wrapped).is_err(), "another key-encryption key");
        let moved = BucketId::new(Uuid::from_u128(3));
        assert!(sealing(1).bucket_key(PRACTICE, moved, &wrapped).is_err(), "moved to another bucket's row");
        let elsewhere = PracticeId::new(Uuid::from_u128(4));
        assert!(sealing(1).bucket_key(elsewhere, BUCKET, &wrapped).is_err(), "moved to another practice");
    }

    #[test]
    fn a_key_at_hand_is_not_taken_for_another_wrap_of_the_same_bucket() {
        let random = SystemRandomness::new();
        let ours = sealing(1);
        let first = ours.new_bucket_key(PRACTICE, BUCKET, &random).unwrap();
        let second = ours.new_bucket_key(PRACTICE, BUCKET, &random).unwrap();
        let (one, two) =
            (ours.bucket_key(PRACTICE, BUCKET, &first), ours.bucket_key(PRACTICE, BUCKET, &second));
        assert_ne!(one.unwrap().id(), two.unwrap().id());
    }

    #[test]
    fn keys_at_hand_do_not_grow_without_end() {
        let random = SystemRandomness::new();
        let mut ours = sealing(1);
        ours.bucket_keys = AtHand::of_at_most(3);
        for n in 0..10 {
            let bucket = BucketId::new(Uuid::from_u128(n));
            let wrapped = ours.new_bucket_key(PRACTICE, bucket, &random).unwrap();
            ours.bucket_key(PRACTICE, bucket, &wrapped).unwrap();
            assert!(ours.bucket_keys.kept.lock().unwrap().len() <= 3);
        }
    }
}
