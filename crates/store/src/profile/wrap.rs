//! The wraps of the local data key, and what is derived from it.

use super::error::UnlockError;
use super::header::{Header, HeaderFacts, Kdf, PasswordWrap};
use mentalspace_crypto::derive::{Purpose, derive};
use mentalspace_crypto::envelope::KeyId;
use mentalspace_crypto::keywrap::{KeyEncryptionKey, UnwrapError};
use mentalspace_crypto::password::{Argon2Params, KdfError, Password, derive_device_key};
use mentalspace_crypto::randomness::{Randomness, random_bytes};
use mentalspace_crypto::secret::Secret32;

/// The raw key of the database.
pub(super) fn database_key(ldk: &Secret32) -> Secret32 {
    derive(ldk, Purpose::LOCAL_DATABASE, b"")
}

/// The key of the second copy of the outbox.
pub(super) fn outbox_copy_key(ldk: &Secret32) -> Secret32 {
    derive(ldk, Purpose::OUTBOX_COPY, b"")
}

/// The key-encryption key of one password wrap: both secrets, bound to the header's facts.
fn key_encryption_key(
    facts: &HeaderFacts,
    kdf: Kdf,
    salt: &[u8; 16],
    device_secret: &Secret32,
    password: &Password,
) -> Result<(KeyEncryptionKey, Vec<u8>), UnlockError> {
    let stretched =
        derive_device_key(password, salt, &Argon2Params::from(kdf)).map_err(|error| match error {
            // Below the floor or beyond the ceiling: somebody edited the header.
            KdfError::TooWeak { .. } | KdfError::TooDear(_) => UnlockError::HeaderDamaged,
            _ => UnlockError::Calculation,
        })?;
    let associated = facts.associated(kdf, salt);
    let id = KeyId::from_bytes(*facts.device.uuid().as_bytes());
    Ok((KeyEncryptionKey::for_device(id, &stretched, device_secret, &associated), associated))
}

/// A password's wrap of the local data key. The password must satisfy the rule for choosing one.
pub(super) fn wrap(
    facts: &HeaderFacts,
    ldk: &Secret32,
    device_secret: &Secret32,
    password: &Password,
    params: Argon2Params,
    randomness: &dyn Randomness,
) -> Result<PasswordWrap, UnlockError> {
    mentalspace_crypto::password::check(password, &[&facts.login, &facts.practice_name])?;
    let salt = random_bytes::<16>(randomness).map_err(|_| UnlockError::Calculation)?;
    let kdf = Kdf::from(params);
    let (kek, associated) = key_encryption_key(facts, kdf, &salt, device_secret, password)?;
    let wrapped = kek.wrap_secret(&associated, ldk, randomness).map_err(|_| UnlockError::Calculation)?;
    Ok(PasswordWrap { kdf, salt, wrapped })
}

/// The local data key, if the password in force (or the one about to be) opens it.
pub(super) fn open_with_password(
    header: &Header,
    device_secret: &Secret32,
    password: &Password,
) -> Result<Option<Secret32>, UnlockError> {
    for candidate in std::iter::once(&header.password).chain(&header.next_password) {
        let (kek, associated) =
            key_encryption_key(&header.facts, candidate.kdf, &candidate.salt, device_secret, password)?;
        match kek.unwrap_secret(&associated, &candidate.wrapped) {
            Ok(ldk) => return Ok(Some(ldk)),
            Err(UnwrapError::Refused) => {}
            Err(_) => return Err(UnlockError::HeaderDamaged),
        }
    }
    Ok(None)
}
