//! `header.json`: what must be known before the key is: parameters, salt, wrapped keys. No secret stands in it.

use super::error::UnlockError;
use chrono::{DateTime, Utc};
use mentalspace_crypto::canonical;
use mentalspace_crypto::keywrap::WrappedKey;
use mentalspace_crypto::password::Argon2Params;
use mentalspace_crypto::recipient::{RecipientPublicKey, SealedKey};
use mentalspace_domain::ids::{DeviceId, PracticeId, UserId};
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

const FILE: &str = "header.json";
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

impl Header {
    pub(crate) fn exists(dir: &Path) -> bool {
        dir.join(FILE).exists()
    }

    pub(crate) fn read(dir: &Path) -> Result<Self, UnlockError> {
        let bytes = match fs::read(dir.join(FILE)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(UnlockError::NoProfile),
            Err(error) => return Err(error.into()),
        };
        let header: Self = serde_json::from_slice(&bytes).map_err(|_| UnlockError::HeaderDamaged)?;
        if header.facts.version > HeaderFacts::VERSION {
            return Err(UnlockError::Store(crate::StoreError::NewerSchema {
                found: i64::from(header.facts.version),
                known: i64::from(HeaderFacts::VERSION),
            }));
        }
        Ok(header)
    }

    pub(crate) fn write(&self, dir: &Path) -> Result<(), UnlockError> {
        let bytes = serde_json::to_vec_pretty(self).map_err(|_| UnlockError::HeaderDamaged)?;
        replace_file(dir, FILE, &bytes)?;
        Ok(())
    }

    pub(crate) fn remove(dir: &Path) -> std::io::Result<()> {
        remove_overwritten(&dir.join(FILE))
    }
}

/// Replaces a file so that a kill at any moment leaves the old one or the new one, whole.
pub(crate) fn replace_file(dir: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let temporary = dir.join(format!("{name}.new"));
    let mut file = private_file(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, dir.join(name))?;
    File::open(dir)?.sync_all()
}

/// Overwrites a small file before it is removed. On flash storage this is a courtesy, not a promise: what protects
/// is that the other half of the key is gone too.
pub(crate) fn remove_overwritten(path: &Path) -> std::io::Result<()> {
    let length = match fs::metadata(path) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut file = fs::OpenOptions::new().write(true).open(path)?;
    file.write_all(&vec![0; usize::try_from(length).unwrap_or(0)])?;
    file.sync_all()?;
    fs::remove_file(path)
}

/// A file that only its owner may read.
pub(crate) fn private_file(path: &Path) -> std::io::Result<File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A directory that only its owner may enter.
pub(crate) fn private_directory(path: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
