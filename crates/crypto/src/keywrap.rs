//! Keys wrapped under keys.
//!
//! ```text
//! version 0x01 (1) | id of the wrapping key (16) | id of the wrapped key (16) | nonce (12) | key (32) | tag (16)
//! ```
//!
//! The caller's header (version of its file, Argon2id parameters, lease policy, practice) is authenticated
//! with it: somebody who lowers the parameters in the header gets a key that does not unwrap. On a device
//! the tag of this wrap is also the check of the password; there is no second hash to attack.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::derive::{Purpose, derive_from_both};
use crate::envelope::{DataKey, KeyId};
use crate::frame::framed;
pub use crate::gcm::SealError;
use crate::gcm::{self, NONCE, TAG};
use crate::randomness::Randomness;
use crate::secret::Secret32;

const VERSION_1: u8 = 1;
const HEADER: usize = 1 + 2 * KeyId::LENGTH;

/// How many bytes a wrapped key has.
pub const WRAPPED_LENGTH: usize = HEADER + NONCE + 32 + TAG;

/// The id that stands for a secret which has none of its own. No [`DataKey`] carries it.
const UNNAMED: KeyId = KeyId::from_bytes([0; 16]);

/// A key that wraps other keys and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyEncryptionKey {
    id: KeyId,
    secret: Secret32,
}

/// A wrapped key, as it is stored. Holds no secret in clear; base64 in JSON.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct WrappedKey([u8; WRAPPED_LENGTH]);

/// Why a key did not unwrap. The wrapped bytes are left as they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnwrapError {
    /// Not as long as a wrapped key is.
    #[error("the stored key is cut off or longer than it should be")]
    Truncated,
    /// Written by a newer program, or no wrapped key at all.
    #[error("the stored key has a form ({0}) that this version does not know; update the program")]
    UnknownVersion(u8),
    /// Wrapped under another key.
    #[error("the stored key was locked with another key ({0})")]
    WrongKey(KeyId),
    /// A data key where a bare secret was asked for, or the reverse.
    #[error("the stored key is of another kind than was asked for")]
    WrongKind,
    /// The wrapping key, the header or the bytes differ. For a key that comes from a password: most likely
    /// the password is wrong.
    #[error("the key does not open: a wrong password or device secret, or the stored key was changed")]
    Refused,
}

impl KeyEncryptionKey {
    /// A wrapping key from its parts.
    #[must_use]
    pub const fn new(id: KeyId, secret: Secret32) -> Self {
        Self { id, secret }
    }

    /// The wrapping key of a device, from the stretched password and the secret in the OS keyring, both.
    /// `context` holds device id, user id and the Argon2id parameters, framed.
    #[must_use]
    pub fn for_device(id: KeyId, password_key: &Secret32, device_secret: &Secret32, context: &[u8]) -> Self {
        Self::new(id, derive_from_both(password_key, device_secret, Purpose::DEVICE_UNLOCK, context))
    }

    /// The id that keys wrapped under this one carry.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// Wraps a data key together with its id. The same `header` is needed to unwrap it.
    ///
    /// # Errors
    /// [`SealError::NoRandomness`].
    pub fn wrap(
        &self,
        header: &[u8],
        key: &DataKey,
        randomness: &dyn Randomness,
    ) -> Result<WrappedKey, SealError> {
        self.wrap_named(header, key.id(), key.secret(), randomness)
    }

    /// Wraps a secret without an id: the local data key, a signing key's seed.
    ///
    /// # Errors
    /// [`SealError::NoRandomness`].
    pub fn wrap_secret(
        &self,
        header: &[u8],
        secret: &Secret32,
        randomness: &dyn Randomness,
    ) -> Result<WrappedKey, SealError> {
        self.wrap_named(header, UNNAMED, secret, randomness)
    }

    /// The data key in `wrapped`.
    ///
    /// # Errors
    /// See [`UnwrapError`].
    pub fn unwrap(&self, header: &[u8], wrapped: &WrappedKey) -> Result<DataKey, UnwrapError> {
        let id = wrapped.key_id().ok_or(UnwrapError::WrongKind)?;
        Ok(DataKey::new(id, self.unwrap_any(header, wrapped)?))
    }

    /// The bare secret in `wrapped`.
    ///
    /// # Errors
    /// See [`UnwrapError`].
    pub fn unwrap_secret(&self, header: &[u8], wrapped: &WrappedKey) -> Result<Secret32, UnwrapError> {
        if wrapped.key_id().is_some() {
            return Err(UnwrapError::WrongKind);
        }
        self.unwrap_any(header, wrapped)
    }

    fn wrap_named(
        &self,
        header: &[u8],
        name: KeyId,
        secret: &Secret32,
        randomness: &dyn Randomness,
    ) -> Result<WrappedKey, SealError> {
        let front = [&[VERSION_1], self.id.as_bytes().as_slice(), name.as_bytes()].concat();
        let sealed = gcm::seal_behind(front, &self.secret, &bound(header), secret.expose(), randomness)?;
        sealed.try_into().map(WrappedKey).map_err(|_| SealError::TooLarge)
    }

    fn unwrap_any(&self, header: &[u8], wrapped: &WrappedKey) -> Result<Secret32, UnwrapError> {
        if wrapped.wrapping_key_id() != self.id {
            return Err(UnwrapError::WrongKey(wrapped.wrapping_key_id()));
        }
        let opened = gcm::open_behind(HEADER, &self.secret, &bound(header), &wrapped.0)
            .map_err(|_| UnwrapError::Refused)?;
        Secret32::from_slice(&opened).ok_or(UnwrapError::Refused)
    }
}

/// Keeps a wrap from ever being mistaken for an envelope that happens to have its length.
fn bound(header: &[u8]) -> Vec<u8> {
    framed(&[b"mentalspace key wrap v1", header])
}

impl WrappedKey {
    /// Takes stored bytes.
    ///
    /// # Errors
    /// [`UnwrapError::UnknownVersion`] or [`UnwrapError::Truncated`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, UnwrapError> {
        match bytes.first() {
            Some(&VERSION_1) => bytes.try_into().map(Self).map_err(|_| UnwrapError::Truncated),
            Some(&other) => Err(UnwrapError::UnknownVersion(other)),
            None => Err(UnwrapError::Truncated),
        }
    }

    /// The bytes to store.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; WRAPPED_LENGTH] {
        &self.0
    }

    /// Which key it was wrapped under; authenticated only once it unwraps.
    #[must_use]
    pub fn wrapping_key_id(&self) -> KeyId {
        self.id_at(1)
    }

    /// The id of the data key inside, or `None` for a bare secret; authenticated only once it unwraps.
    #[must_use]
    pub fn key_id(&self) -> Option<KeyId> {
        let id = self.id_at(1 + KeyId::LENGTH);
        (id != UNNAMED).then_some(id)
    }

    fn id_at(&self, start: usize) -> KeyId {
        let mut id = [0_u8; KeyId::LENGTH];
        id.copy_from_slice(&self.0[start..start + KeyId::LENGTH]);
        KeyId::from_bytes(id)
    }
}

impl std::fmt::Debug for WrappedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "WrappedKey(under {})", self.wrapping_key_id())
    }
}

impl serde::Serialize for WrappedKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64.encode(self.0))
    }
}

impl<'de> serde::Deserialize<'de> for WrappedKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        let bytes = BASE64.decode(text.as_bytes()).map_err(serde::de::Error::custom)?;
        Self::from_bytes(&bytes).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::randomness::{Exhausted, SeededRandomness};

    fn kek(seed: u8) -> KeyEncryptionKey {
        KeyEncryptionKey::new(KeyId::from_bytes([seed; 16]), Secret32::from_bytes([seed; 32]))
    }

    fn data_key() -> DataKey {
        DataKey::new(KeyId::from_bytes([9; 16]), Secret32::from_bytes([8; 32]))
    }

    fn wrapped() -> WrappedKey {
        kek(1).wrap(b"header", &data_key(), &SeededRandomness::new(2)).unwrap()
    }

    #[test]
    fn a_wrapped_key_comes_back_with_its_name() {
        let wrapped = wrapped();
        assert_eq!(wrapped.key_id(), Some(data_key().id()));
        assert_eq!(wrapped.wrapping_key_id(), kek(1).id());
        assert_eq!(kek(1).unwrap(b"header", &wrapped), Ok(data_key()));
        let restored = WrappedKey::from_bytes(wrapped.as_bytes()).unwrap();
        assert_eq!(restored, wrapped);
    }

    #[test]
    fn a_bare_secret_comes_back_bare_and_the_kinds_are_not_mixed_up() {
        let secret = Secret32::from_bytes([7; 32]);
        let bare = kek(1).wrap_secret(b"header", &secret, &SeededRandomness::new(3)).unwrap();
        assert_eq!(kek(1).unwrap_secret(b"header", &bare), Ok(secret));
        assert_eq!(kek(1).unwrap(b"header", &bare), Err(UnwrapError::WrongKind));
        assert_eq!(kek(1).unwrap_secret(b"header", &wrapped()), Err(UnwrapError::WrongKind));
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let wrapped = wrapped();
        for bit in 0..WRAPPED_LENGTH * 8 {
            let mut bytes = *wrapped.as_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let outcome =
                WrappedKey::from_bytes(&bytes).and_then(|wrapped| kek(1).unwrap(b"header", &wrapped));
            assert!(outcome.is_err(), "bit {bit}");
        }
    }

    #[test]
    fn a_changed_header_keeps_the_key_shut() {
        assert_eq!(kek(1).unwrap(b"headex", &wrapped()), Err(UnwrapError::Refused));
        assert_eq!(kek(1).unwrap(b"", &wrapped()), Err(UnwrapError::Refused));
    }

    #[test]
    fn another_wrapping_key_is_named_and_a_wrong_one_refused() {
        assert_eq!(kek(2).unwrap(b"header", &wrapped()), Err(UnwrapError::WrongKey(kek(1).id())));
        let impostor = KeyEncryptionKey::new(kek(1).id(), Secret32::from_bytes([2; 32]));
        assert_eq!(impostor.unwrap(b"header", &wrapped()), Err(UnwrapError::Refused));
    }

    #[test]
    fn a_device_key_needs_password_keyring_and_context() {
        let (password, device) = (Secret32::from_bytes([1; 32]), Secret32::from_bytes([2; 32]));
        let id = KeyId::from_bytes([5; 16]);
        let right = KeyEncryptionKey::for_device(id, &password, &device, b"laptop");
        let locked =
            right.wrap_secret(b"", &Secret32::from_bytes([6; 32]), &SeededRandomness::new(1)).unwrap();
        assert!(
            KeyEncryptionKey::for_device(id, &password, &device, b"laptop")
                .unwrap_secret(b"", &locked)
                .is_ok()
        );
        for wrong in [
            KeyEncryptionKey::for_device(id, &device, &device, b"laptop"),
            KeyEncryptionKey::for_device(id, &password, &password, b"laptop"),
            KeyEncryptionKey::for_device(id, &password, &device, b"another"),
        ] {
            assert_eq!(wrong.unwrap_secret(b"", &locked), Err(UnwrapError::Refused));
        }
    }

    #[test]
    fn stored_bytes_of_another_form_are_refused() {
        assert_eq!(WrappedKey::from_bytes(&[]), Err(UnwrapError::Truncated));
        assert_eq!(WrappedKey::from_bytes(&[1; WRAPPED_LENGTH - 1]), Err(UnwrapError::Truncated));
        assert_eq!(WrappedKey::from_bytes(&[1; WRAPPED_LENGTH + 1]), Err(UnwrapError::Truncated));
        assert_eq!(WrappedKey::from_bytes(&[2; WRAPPED_LENGTH]), Err(UnwrapError::UnknownVersion(2)));
    }

    #[test]
    fn json_holds_base64_and_debug_holds_no_bytes() {
        let wrapped = wrapped();
        let json = serde_json::to_string(&wrapped).unwrap();
        assert_eq!(serde_json::from_str::<WrappedKey>(&json).unwrap(), wrapped);
        assert!(serde_json::from_str::<WrappedKey>("\"AQ==\"").is_err());
        assert_eq!(format!("{wrapped:?}"), format!("WrappedKey(under {})", "01".repeat(16)));
    }

    #[test]
    fn nothing_is_wrapped_without_randomness() {
        assert!(kek(1).wrap(b"", &data_key(), &Exhausted).is_err());
    }
}
