//! The device secret: the half of the key that the password is not. It lives in the operating system's keyring.

use super::error::UnlockError;
use crate::files;
use keyring_core::{CredentialStore, Entry, Error as KeyringError};
use mentalspace_crypto::secret::Secret32;
use mentalspace_domain::ids::DeviceId;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use zeroize::Zeroizing;

/// Where small secrets of a device are kept, by name.
pub trait DeviceSecrets: Send + Sync {
    /// Reads a value; none where the place works and holds nothing under this name.
    ///
    /// # Errors
    /// The place cannot be reached, or is locked: never to be taken for "nothing there".
    fn get(&self, device: DeviceId, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, UnlockError>;

    /// Writes a value.
    ///
    /// # Errors
    /// The place cannot be reached, or is locked.
    fn put(&self, device: DeviceId, name: &str, value: &[u8]) -> Result<(), UnlockError>;

    /// Removes a value, if it is there.
    ///
    /// # Errors
    /// The place cannot be reached, or is locked.
    fn delete(&self, device: DeviceId, name: &str) -> Result<(), UnlockError>;
}

/// The name under which the device secret is kept.
pub(crate) const DEVICE_SECRET: &str = "device-secret";
/// The name under which the count of wrong passwords is kept a second time.
pub(crate) const ATTEMPTS: &str = "attempts";

/// Reads the device secret.
pub(crate) fn device_secret(secrets: &dyn DeviceSecrets, device: DeviceId) -> Result<Secret32, UnlockError> {
    let bytes = secrets.get(device, DEVICE_SECRET)?.ok_or(UnlockError::DeviceSecretMissing)?;
    Secret32::from_slice(&bytes).ok_or(UnlockError::DeviceSecretMissing)
}

/// The keyring on the Secret Service (GNOME Keyring and its like).
#[derive(Clone, Copy, Debug, Default)]
pub struct SecretService;

const SERVICE: &str = "MentalSpace Desktop";

impl SecretService {
    fn entry(device: DeviceId, name: &str) -> Result<Entry, UnlockError> {
        static STORE: OnceLock<Arc<CredentialStore>> = OnceLock::new();
        if STORE.get().is_none() {
            let store = zbus_secret_service_keyring_store::Store::new().map_err(keyring_error)?;
            let _ = STORE.set(store);
        }
        let store = STORE.get().ok_or(UnlockError::KeyringUnavailable(None))?;
        store.build(SERVICE, &format!("{device}/{name}"), None).map_err(keyring_error)
    }
}

impl DeviceSecrets for SecretService {
    fn get(&self, device: DeviceId, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, UnlockError> {
        match Self::entry(device, name)?.get_secret() {
            Ok(secret) => Ok(Some(Zeroizing::new(secret))),
            Err(KeyringError::NoEntry) => Ok(None),
            Err(error) => Err(keyring_error(error)),
        }
    }

    fn put(&self, device: DeviceId, name: &str, value: &[u8]) -> Result<(), UnlockError> {
        Self::entry(device, name)?.set_secret(value).map_err(keyring_error)
    }

    fn delete(&self, device: DeviceId, name: &str) -> Result<(), UnlockError> {
        match Self::entry(device, name)?.delete_credential() {
            Ok(()) | Err(KeyringError::NoEntry) => Ok(()),
            Err(error) => Err(keyring_error(error)),
        }
    }
}

/// No bus, a locked keyring and an absent entry are three different answers; only the last may lead to a new key.
fn keyring_error(error: KeyringError) -> UnlockError {
    match error {
        KeyringError::NoStorageAccess(cause) => UnlockError::KeyringLocked(Some(cause)),
        other => UnlockError::KeyringUnavailable(Some(Box::new(other))),
    }
}

/// A file outside the profile, for computers without a keyring, where the practice's policy allows it. Weaker: a thief
/// of the whole disk has it, and only the password remains.
#[derive(Clone, Debug)]
pub struct SecretFiles {
    directory: PathBuf,
}

impl SecretFiles {
    /// Secrets in `directory`, which is made with mode 0700 when the first is written.
    #[must_use]
    pub const fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    fn file(device: DeviceId, name: &str) -> String {
        format!("{device}.{name}")
    }
}

impl DeviceSecrets for SecretFiles {
    fn get(&self, device: DeviceId, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, UnlockError> {
        match std::fs::read(self.directory.join(Self::file(device, name))) {
            Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn put(&self, device: DeviceId, name: &str, value: &[u8]) -> Result<(), UnlockError> {
        files::private_directory(&self.directory)?;
        Ok(files::replace(&self.directory, &Self::file(device, name), value)?)
    }

    fn delete(&self, device: DeviceId, name: &str) -> Result<(), UnlockError> {
        Ok(files::remove_overwritten(&self.directory.join(Self::file(device, name)))?)
    }
}
