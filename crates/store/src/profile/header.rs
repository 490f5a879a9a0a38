//! `header.json`: what must be known before the key is: parameters, salt, wrapped keys. No secret stands in it.

use super::error::UnlockError;
use crate::files;
use chrono::{DateTime, Utc};
use mentalspace_crypto::canonical;
use mentalspace_crypto::digest::{Sha256, sha256};
use mentalspace_crypto::keywrap::WrappedKey;
use mentalspace_crypto::password::Argon2Params;
use mentalspace_crypto::recipient::{RecipientPublicKey, SealedKey};
use mentalspace_domain::ids::{DeviceId, PracticeId, UserId};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;

/// Twice the same: one bad sector must not cost the only way to the key.
const FILES: [&str; 2] = ["header.json", "header.copy.json"];

/// Where the device secret is kept. Chosen at enrolment, never silently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretPlace {
    /// The operating system's keyring.
    Keyring,
    /// A file outside the profile; only where the practice's policy allows it.
    File,
}

/// A password's wrap of the local data key.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct PasswordWrap {
    pub kdf: Kdf,
    pub salt: [u8; 16],
    pub wrapped: WrappedKey,
}

/// Argon2id parameters as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kdf {
    pub m_kib: u32,
    pub t: u32,
    pub p: u32,
}

impl From<Argon2Params> for Kdf {
    fn from(params: Argon2Params) -> Self {
        Self { m_kib: params.m_kib, t: params.t, p: params.p }
    }
}

impl From<Kdf> for Argon2Params {
    fn from(kdf: Kdf) -> Self {
        Self { m_kib: kdf.m_kib, t: kdf.t, p: kdf.p }
    }
}

/// What the wraps of a profile are bound to, and what the unlock screen may show.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct HeaderFacts {
    pub version: u32,
    pub practice: PracticeId,
    pub practice_name: String,
    pub user: UserId,
    pub login: String,
    pub device: DeviceId,
    pub secret_place: SecretPlace,
    pub recovery_key: RecipientPublicKey,
    pub recovery_sealed: SealedKey,
    pub created_at: DateTime<Utc>,
}

/// The header of a profile.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Header {
    #[serde(flatten)]
    pub facts: HeaderFacts,
    pub password: PasswordWrap,
    /// A password that the server has not confirmed yet; both open the device until it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_password: Option<PasswordWrap>,
}

impl HeaderFacts {
    /// The version that this release writes.
    pub(crate) const VERSION: u32 = 1;

    /// What a wrap is bound to. Parameters edited in the file make it refuse.
    pub(crate) fn associated(&self, kdf: Kdf, salt: &[u8; 16]) -> Vec<u8> {
        canonical::to_vec(&serde_json::json!({
            "version": self.version, "practice": self.practice, "user": self.user, "device": self.device,
            "secret_place": self.secret_place, "kdf": kdf, "salt": salt, "recovery_key": self.recovery_key,
            "practice_name": self.practice_name, "login": self.login, "created_at": self.created_at,
        }))
        .unwrap_or_default()
    }

    /// What the recovery seal is bound to.
    pub(crate) fn recovery_associated(practice: PracticeId, user: UserId, device: DeviceId) -> Vec<u8> {
        mentalspace_crypto::frame::framed(&[
            practice.uuid().as_bytes(),
            user.uuid().as_bytes(),
            device.uuid().as_bytes(),
        ])
    }
}

/// The header with a checksum, so that a damaged one is not taken for a wrong password. It protects against nobody:
/// what an attacker edits, the wraps refuse.
#[derive(Serialize, Deserialize)]
struct Stored {
    header: Header,
    check: Sha256,
}

impl Header {
    pub(crate) fn exists(dir: &Path) -> bool {
        FILES.iter().any(|file| dir.join(file).exists())
    }

    /// Reads the header, from its copy where the first is damaged or gone.
    pub(crate) fn read(dir: &Path) -> Result<Self, UnlockError> {
        let [first, copy] = FILES.map(|file| Self::read_one(&dir.join(file)));
        match (first, copy) {
            (Ok(header), _) | (Err(UnlockError::NoProfile | UnlockError::HeaderDamaged), Ok(header)) => {
                Ok(header)
            }
            (Err(UnlockError::NoProfile), Err(why)) | (Err(why), _) => Err(why),
        }
    }

    fn read_one(path: &Path) -> Result<Self, UnlockError> {
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(UnlockError::NoProfile),
            Err(error) => return Err(error.into()),
        };
        let value: serde_json::Value =
            serde_json::from_slice(&bytes).map_err(|_| UnlockError::HeaderDamaged)?;
        let version = value["header"]["version"].as_i64().ok_or(UnlockError::HeaderDamaged)?;
        if version > i64::from(HeaderFacts::VERSION) {
            // A wrong bit in the number is no newer release.
            let check = canonical::to_vec(&value["header"]).map(|bytes| sha256(&bytes));
            if !check.is_ok_and(|check| value["check"] == serde_json::json!(check)) {
                return Err(UnlockError::HeaderDamaged);
            }
            return Err(UnlockError::Store(crate::StoreError::NewerSchema {
                found: version,
                known: i64::from(HeaderFacts::VERSION),
            }));
        }
        let stored: Stored = serde_json::from_value(value).map_err(|_| UnlockError::HeaderDamaged)?;
        if stored.check != stored.header.checksum()? {
            return Err(UnlockError::HeaderDamaged);
        }
        Ok(stored.header)
    }

    fn checksum(&self) -> Result<Sha256, UnlockError> {
        Ok(sha256(&canonical::to_vec(self).map_err(|_| UnlockError::HeaderDamaged)?))
    }

    fn to_bytes(&self) -> Result<Vec<u8>, UnlockError> {
        let stored = Stored { header: self.clone(), check: self.checksum()? };
        serde_json::to_vec_pretty(&stored).map_err(|_| UnlockError::HeaderDamaged)
    }

    pub(crate) fn write(&self, dir: &Path) -> Result<(), UnlockError> {
        let bytes = self.to_bytes()?;
        for file in FILES {
            files::replace(dir, file, &bytes)?;
        }
        Ok(())
    }

    /// Writes both files anew where one of them is not this header to the byte: a bad sector, or a kill between the two, must
    /// not leave the profile with one of them, and a wrong bit that makes a hexadecimal digit a capital reads the same
    /// (proof flips, seed 514). Where it cannot be done now, the next unlocking does it.
    pub(crate) fn mend(&self, dir: &Path) {
        let Ok(bytes) = self.to_bytes() else { return };
        if !FILES.iter().all(|file| fs::read(dir.join(file)).is_ok_and(|there| there == bytes)) {
            let _ = self.write(dir);
        }
    }

    pub(crate) fn remove(dir: &Path) -> std::io::Result<()> {
        FILES.map(|file| files::remove_overwritten(&dir.join(file))).into_iter().collect()
    }
}
