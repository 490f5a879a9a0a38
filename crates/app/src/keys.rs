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
