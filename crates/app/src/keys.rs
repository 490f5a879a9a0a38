//! The device's own keys: they live inside the encrypted store.

use crate::api::ApiError;
use mentalspace_crypto::secret::Secret32;
use mentalspace_crypto::signing::SigningKey;
use mentalspace_domain::ids::KeyId;
use mentalspace_domain::people::SigningKeyCertificate;
use mentalspace_sync::connection::ServerAddress;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// What the store keeps under `MetaKey::Keys`.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct StoredKeys {
    /// Seed of the key that proves possession of the token, 32 bytes.
    device_seed: Vec<u8>,
    /// Seed of the key that signs notes, 32 bytes.
    signing_seed: Vec<u8>,
    /// The signing key's identifier.
    pub signing_key_id: KeyId,
    /// The server's sealing key.
    pub server_key: SigningKeyCertificate,
}

/// What the store keeps under `MetaKey::Session`.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct StoredSession {
    /// Where the server is.
    pub address: ServerAddress,
    /// The bearer token.
    pub token: String,
}

impl StoredKeys {
    pub(crate) fn new(
        device: &SigningKey,
        signing: &SigningKey,
        signing_key_id: KeyId,
        server_key: SigningKeyCertificate,
    ) -> Self {
        Self {
            device_seed: device.seed().expose().to_vec(),
            signing_seed: signing.seed().expose().to_vec(),
            signing_key_id,
            server_key,
        }
    }

    pub(crate) fn device_key(&self) -> Result<SigningKey, ApiError> {
        key(&self.device_seed)
    }

    pub(crate) fn signing_key(&self) -> Result<SigningKey, ApiError> {
        key(&self.signing_seed)
    }
}

impl Drop for StoredKeys {
    fn drop(&mut self) {
        drop(Zeroizing::new(std::mem::take(&mut self.device_seed)));
        drop(Zeroizing::new(std::mem::take(&mut self.signing_seed)));
    }
}

fn key(seed: &[u8]) -> Result<SigningKey, ApiError> {
    let seed = Secret32::from_slice(seed).ok_or_else(ApiError::internal)?;
    SigningKey::from_seed(seed).map_err(|_| ApiError::internal())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::view::SettingsView;
    use serde::de::DeserializeOwned;

    /// What the application keeps in the store, as this release writes it. A line is never edited.
    const GOLDEN: &str = include_str!("golden.txt");

    fn again<T: Serialize + DeserializeOwned>(name: &str) -> (String, String) {
        let line = GOLDEN.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim_start();
        (serde_json::to_string(&serde_json::from_str::<T>(line).unwrap()).unwrap(), line.to_owned())
    }

    #[test]
    fn what_lies_in_stores_is_read_and_written_to_the_letter() {
        for (written, kept) in [
            again::<StoredKeys>("keys"),
            again::<StoredSession>("session"),
            again::<SettingsView>("settings"),
        ] {
            assert_eq!(written, kept, "stores in the field hold this");
        }
        // The control: a key that is missing is noticed.
        let (_, kept) = again::<StoredKeys>("keys");
        assert!(serde_json::from_str::<StoredKeys>(&kept.replace("signing_seed", "seed")).is_err());
    }
}
