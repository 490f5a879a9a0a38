//! The profile of one user on one device: a directory with key header, lock and encrypted database.
//!
//! ```text
//! password --Argon2id--> PW          device secret DS (operating system's keyring)
//!                          \          /
//!                    HKDF-SHA256 -> KEK --AES-256-GCM--> wraps LDK, the local data key
//!                                                         LDK --HKDF--> SQLCipher raw key
//!                                                         LDK --HPKE--> sealed to the practice's recovery key
//! ```
//!
//! Both secrets are always needed. A forgotten password or a lost keyring destroys nothing: the practice's recovery
//! key opens the same LDK.

mod attempts;
mod error;
mod header;
mod lease;
mod secrets;

pub use error::UnlockError;
pub use header::SecretPlace;
pub use lease::{LeaseRecord, LeaseWatch};
pub use secrets::{DeviceSecrets, SecretFiles, SecretService};

use crate::error::StoreError;
use crate::{DeviceIdentity, Store};
use attempts::Attempts;
use chrono::{DateTime, Utc};
use header::{Header, HeaderFacts, Kdf, PasswordWrap, private_directory, private_file};
use mentalspace_crypto::derive::{Purpose, derive};
use mentalspace_crypto::envelope::KeyId;
use mentalspace_crypto::keywrap::{KeyEncryptionKey, UnwrapError};
use mentalspace_crypto::password::{Argon2Params, KdfError, Password, derive_device_key};
use mentalspace_crypto::randomness::{Randomness, random_bytes};
use mentalspace_crypto::recipient::{Handover, RecipientKey, RecipientPublicKey};
use mentalspace_crypto::secret::Secret32;
use mentalspace_domain::ids::{DeviceId, PracticeId, UserId};
use std::fs::File;
use std::path::{Path, PathBuf};

const DATABASE: &str = "store.db";
const LOCK: &str = "lock";

/// What the unlock screen may show before anything is unlocked. No client data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileLabel {
    /// The practice's identifier.
    pub practice: PracticeId,
    /// The practice's name.
    pub practice_name: String,
    /// The user's identifier.
    pub user: UserId,
    /// The name she signs in with.
    pub login: String,
    /// The device.
    pub device: DeviceId,
    /// Where the device secret is.
    pub secret_place: SecretPlace,
}

/// An open profile. While it exists no other process opens it.
pub struct Profile {
    dir: PathBuf,
    header: Header,
    ldk: Secret32,
    _lock: File,
}

impl std::fmt::Debug for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Profile").field("device", &self.header.facts.device).finish_non_exhaustive()
    }
}

/// What a new profile is made from.
#[derive(Clone, Copy)]
pub struct NewProfile<'a> {
    /// Its directory.
    pub dir: &'a Path,
    /// Where the device secret goes.
    pub secrets: &'a dyn DeviceSecrets,
    /// Which place that is.
    pub place: SecretPlace,
    /// The password.
    pub password: &'a Password,
    /// Cost of the key derivation.
    pub params: Argon2Params,
    /// Practice, user and device.
    pub identity: &'a DeviceIdentity,
    /// The practice's recovery public key.
    pub recovery_key: RecipientPublicKey,
    /// Now.
    pub now: DateTime<Utc>,
    /// Randomness.
    pub randomness: &'a dyn Randomness,
}

impl Profile {
    /// What may be known of the profile in `dir` without opening it; none where there is none.
    ///
    /// # Errors
    /// The header is damaged or unreadable.
    pub fn label(dir: &Path) -> Result<Option<ProfileLabel>, UnlockError> {
        if !Header::exists(dir) {
            return Ok(None);
        }
        let header = Header::read(dir)?;
        Ok(Some(ProfileLabel {
            practice: header.facts.practice,
            practice_name: header.facts.practice_name,
            user: header.facts.user,
            login: header.facts.login,
            device: header.facts.device,
            secret_place: header.facts.secret_place,
        }))
    }

    /// Creates a profile with its store. The header is written last: without it there is no profile.
    ///
    /// # Errors
    /// A profile or database is there already; the keyring refuses; the files cannot be written.
    pub fn create(new: &NewProfile<'_>) -> Result<(Self, Store), UnlockError> {
        let identity = new.identity;
        if new.place == SecretPlace::File && !identity.practice.allow_keyring_file {
            return Err(UnlockError::FileNotAllowed);
        }
        private_directory(new.dir)?;
        if Header::exists(new.dir) || new.dir.join(DATABASE).exists() {
            return Err(UnlockError::InUse);
        }
        let lock = lock(new.dir)?;
        let ldk = Secret32::random(new.randomness).map_err(|_| UnlockError::Calculation)?;
        let device_secret = Secret32::random(new.randomness).map_err(|_| UnlockError::Calculation)?;
        let recovery_sealed = new
            .recovery_key
            .seal(
                Handover::PracticeRecovery,
                &HeaderFacts::recovery_associated(identity.practice.id, identity.user.id, identity.device),
                &ldk,
                new.randomness,
            )
            .map_err(|_| UnlockError::Calculation)?;
        new.secrets.put(identity.device, secrets::DEVICE_SECRET, device_secret.expose())?;
        let facts = HeaderFacts {
            version: HeaderFacts::VERSION,
            practice: identity.practice.id,
            practice_name: identity.practice.name.clone(),
            user: identity.user.id,
            login: identity.user.login.clone(),
            device: identity.device,
            secret_place: new.place,
            recovery_key: new.recovery_key,
            recovery_sealed,
            created_at: new.now,
        };
        let password = wrap(&facts, &ldk, &device_secret, new.password, new.params, new.randomness)?;
        let header = Header { facts, password, next_password: None };
        let store = Store::create(&new.dir.join(DATABASE), &database_key(&ldk), identity)?;
        header.write(new.dir)?;
        Ok((Self { dir: new.dir.to_path_buf(), header, ldk, _lock: lock }, store))
    }

    /// Opens the profile with the password and the device secret. Needs no network.
    ///
    /// # Errors
    /// See [`UnlockError`]; the database is not touched by any refusal.
    pub fn unlock(
        dir: &Path,
        secrets: &dyn DeviceSecrets,
        password: &Password,
        now: DateTime<Utc>,
    ) -> Result<(Self, Store), UnlockError> {
        let header = Header::read(dir)?;
        let lock = lock(dir)?;
        let device_secret = secrets::device_secret(secrets, header.facts.device)?;
        let attempts = Attempts::read(dir, secrets, header.facts.device)?;
        attempts.check(now)?;
        let Some(ldk) = open_with_password(&header, &device_secret, password)? else {
            let wait = attempts.failed(dir, secrets, header.facts.device, now)?;
            return Err(UnlockError::WrongPassword { wait });
        };
        let opened = Self::open(dir, header, ldk, lock)?;
        attempts.clear(dir, secrets, opened.0.header.facts.device)?;
        Ok(opened)
    }

    /// Opens the profile with the practice's recovery key, and gives it a new password. Works with a lost keyring:
    /// the device gets a new secret.
    ///
    /// # Errors
    /// See [`UnlockError`]; the database is not touched by any refusal.
    pub fn recover(
        dir: &Path,
        secrets: &dyn DeviceSecrets,
        recovery_key: &RecipientKey,
        new_password: &Password,
        params: Argon2Params,
        randomness: &dyn Randomness,
    ) -> Result<(Self, Store), UnlockError> {
        let header = Header::read(dir)?;
        let lock = lock(dir)?;
        let ldk = recovery_key
            .open(
                Handover::PracticeRecovery,
                &HeaderFacts::recovery_associated(
                    header.facts.practice,
                    header.facts.user,
                    header.facts.device,
                ),
                &header.facts.recovery_sealed,
            )
            .map_err(|_| UnlockError::WrongRecoveryKey)?;
        let (mut profile, store) = Self::open(dir, header, ldk, lock)?;
        let device = profile.header.facts.device;
        let device_secret = match secrets::device_secret(secrets, device) {
            Ok(secret) => secret,
            Err(UnlockError::DeviceSecretMissing) => {
                let fresh = Secret32::random(randomness).map_err(|_| UnlockError::Calculation)?;
                secrets.put(device, secrets::DEVICE_SECRET, fresh.expose())?;
                fresh
            }
            Err(error) => return Err(error),
        };
        profile.header.password =
            wrap(&profile.header.facts, &profile.ldk, &device_secret, new_password, params, randomness)?;
        profile.header.next_password = None;
        profile.header.write(dir)?;
        Attempts::read(dir, secrets, device)?.clear(dir, secrets, device)?;
        Ok((profile, store))
    }

    fn open(dir: &Path, header: Header, ldk: Secret32, lock: File) -> Result<(Self, Store), UnlockError> {
        let store = match Store::open(&dir.join(DATABASE), &database_key(&ldk)) {
            Ok(store) => store,
            // The key is right for this profile: a file that it does not open is another file, or a broken one.
            Err(StoreError::Damaged(_)) => return Err(UnlockError::NotThisProfile),
            Err(error) => return Err(error.into()),
        };
        if store.identity()?.device != header.facts.device {
            return Err(UnlockError::NotThisProfile);
        }
        Ok((Self { dir: dir.to_path_buf(), header, ldk, _lock: lock }, store))
    }

    /// Whether `password` is the one in force: the re-authentication before signing.
    ///
    /// # Errors
    /// The keyring or the calculation fails.
    pub fn verify_password(
        &self,
        secrets: &dyn DeviceSecrets,
        password: &Password,
    ) -> Result<bool, UnlockError> {
        let device_secret = secrets::device_secret(secrets, self.header.facts.device)?;
        Ok(open_with_password(&self.header, &device_secret, password)?.is_some())
    }

    /// Prepares a new password: from now on both open the device, until the server has answered.
    ///
    /// # Errors
    /// The keyring, the calculation or the file fails; the old password still opens the device.
    pub fn begin_password_change(
        &mut self,
        secrets: &dyn DeviceSecrets,
        new: &Password,
        params: Argon2Params,
        randomness: &dyn Randomness,
    ) -> Result<(), UnlockError> {
        let device_secret = secrets::device_secret(secrets, self.header.facts.device)?;
        let wrapped = wrap(&self.header.facts, &self.ldk, &device_secret, new, params, randomness)?;
        let changed = Header { next_password: Some(wrapped), ..self.header.clone() };
        changed.write(&self.dir)?;
        self.header = changed;
        Ok(())
    }

    /// Ends a password change: the server took the new one (`accepted`), or refused it.
    ///
    /// # Errors
    /// The file cannot be written; both passwords still open the device.
    pub fn end_password_change(&mut self, accepted: bool) -> Result<(), UnlockError> {
        let mut changed = self.header.clone();
        if let Some(next) = changed.next_password.take()
            && accepted
        {
            changed.password = next;
        }
        changed.write(&self.dir)?;
        self.header = changed;
        Ok(())
    }

    /// Forgets wrong passwords after a sign-in online.
    ///
    /// # Errors
    /// The keyring or the file fails.
    pub fn online_verified(dir: &Path, secrets: &dyn DeviceSecrets) -> Result<(), UnlockError> {
        let header = Header::read(dir)?;
        Attempts::read(dir, secrets, header.facts.device)?.clear(dir, secrets, header.facts.device)
    }

    /// Erases the device's copy: both halves of the key first, then the files. The store must be closed.
    ///
    /// # Errors
    /// A file or the keyring entry cannot be removed; what is left does not open.
    pub fn shred(&self, secrets: &dyn DeviceSecrets) -> Result<(), UnlockError> {
        Header::remove(&self.dir)?;
        secrets.delete(self.header.facts.device, secrets::DEVICE_SECRET)?;
        secrets.delete(self.header.facts.device, secrets::ATTEMPTS)?;
        std::fs::remove_dir_all(&self.dir)?;
        Ok(())
    }

    /// What may be shown of the profile.
    #[must_use]
    pub const fn device(&self) -> DeviceId {
        self.header.facts.device
    }
}

fn lock(dir: &Path) -> Result<File, UnlockError> {
    let file = private_file(&dir.join(LOCK))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(UnlockError::InUse),
        Err(std::fs::TryLockError::Error(error)) => Err(error.into()),
    }
}

fn database_key(ldk: &Secret32) -> Secret32 {
    derive(ldk, Purpose::LOCAL_DATABASE, b"")
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

fn wrap(
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
fn open_with_password(
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
