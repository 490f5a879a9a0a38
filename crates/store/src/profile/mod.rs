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

mod appearance;
mod attempts;
mod error;
mod header;
mod lease;
mod rebuild;
mod secrets;
mod unlock;
mod wrap;

pub use appearance::Appearance;
pub use error::UnlockError;
pub use header::SecretPlace;
pub use lease::{LeaseRecord, LeaseWatch};
pub use rebuild::Rebuilt;
pub(crate) use rebuild::set_copy_aside;
pub use secrets::{DeviceSecrets, SecretFiles, SecretService};

use crate::error::StoreError;
use crate::outbox_copy::OutboxCopy;
use crate::{DeviceIdentity, MetaKey, Store, database, files};
use attempts::Attempts;
use chrono::{DateTime, Utc};
use header::{Header, HeaderFacts};
use mentalspace_crypto::password::{Argon2Params, Password};
use mentalspace_crypto::randomness::{Randomness, SystemRandomness};
use mentalspace_crypto::recipient::{Handover, RecipientKey, RecipientPublicKey};
use mentalspace_crypto::secret::Secret32;
use mentalspace_domain::ids::{DeviceId, PracticeId, UserId};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wrap::{database_key, open_with_password, outbox_copy_key, wrap};

const DATABASE: &str = "store.db";
const LOCK: &str = "lock";
/// Stands in the directory while a profile is being made.
const UNFINISHED: &str = "unfinished";

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

    /// Creates a profile with its store, which `fill` gives what every profile holds from its first moment on. The
    /// header is written last: without it there is no profile, and a kill before it leaves nothing that opens half.
    ///
    /// # Errors
    /// A profile or database is there already; the keyring refuses; `fill` fails; the files cannot be written.
    pub fn create(
        new: &NewProfile<'_>,
        fill: impl FnOnce(&Store) -> Result<(), StoreError>,
    ) -> Result<(Self, Store), UnlockError> {
        let identity = new.identity;
        if new.place == SecretPlace::File && !identity.practice.allow_keyring_file {
            return Err(UnlockError::FileNotAllowed);
        }
        files::private_directory(new.dir)?;
        let lock = lock(new.dir)?;
        if Header::exists(new.dir) {
            return Err(UnlockError::InUse);
        }
        clear_unfinished(new.dir)?;
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
        let password = wrap(&facts, &ldk, &device_secret, new.password, stretching(new), new.randomness)?;
        let header = Header { facts, password, next_password: None };
        new.secrets.put(identity.device, secrets::DEVICE_SECRET, device_secret.expose())?;
        files::replace(new.dir, UNFINISHED, b"")?;
        let store = Store::create(&new.dir.join(DATABASE), &database_key(&ldk), identity)?;
        let profile = Self { dir: new.dir.to_path_buf(), header, ldk, _lock: lock };
        store.keep_copy(profile.outbox_copy(), new.now)?;
        fill(&store)?;
        profile.header.write(new.dir)?;
        std::fs::remove_file(new.dir.join(UNFINISHED))?;
        Ok((profile, store))
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
        now: DateTime<Utc>,
        randomness: &dyn Randomness,
    ) -> Result<(Self, Store), UnlockError> {
        let (header, lock) = enter(dir)?;
        mentalspace_crypto::password::check(
            new_password,
            &[&header.facts.login, &header.facts.practice_name],
        )?;
        let ldk = recovered(&header, recovery_key)?;
        let (mut profile, store) = Self { dir: dir.to_path_buf(), header, ldk, _lock: lock }.open(now)?;
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

    /// Opens the database, once it is certain that it is this profile's: until then not one byte is written.
    fn open(self, now: DateTime<Utc>) -> Result<(Self, Store), UnlockError> {
        let path = self.dir.join(DATABASE);
        let key = database_key(&self.ldk);
        let device = match Store::device_of(&path, &key) {
            Ok(device) => device,
            // The key is right for this profile: a file that it does not open is another file, or a broken one.
            Err(StoreError::Damaged(_)) => return Err(self.unreadable()),
            Err(_) if !path.exists() => return Err(self.unreadable()),
            Err(error) => return Err(error.into()),
        };
        if device != self.header.facts.device {
            return Err(UnlockError::NotThisProfile);
        }
        let opened = Store::open(&path, &key).and_then(|store| {
            // Where a rebuild was killed in between.
            store.take_over_damaged(&key);
            store.keep_copy(self.outbox_copy(), now)?;
            Ok(store)
        });
        let store = match opened {
            Ok(store) => store,
            // The page that tells whose it is was whole, and one behind it is not.
            Err(StoreError::Damaged(_)) => return Err(self.unreadable()),
            Err(error) => return Err(error.into()),
        };
        self.header.mend(&self.dir);
        match std::fs::remove_file(self.dir.join(UNFINISHED)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok((self, store)),
        }
    }

    /// Why a database that the right key does not open stays shut: there is something to build a new one from, or not.
    fn unreadable(&self) -> UnlockError {
        match self.copied_identity() {
            Ok(Some(_)) => UnlockError::Damaged,
            Ok(None) => UnlockError::NothingToRebuildFrom,
            Err(error) => error.into(),
        }
    }

    /// Whose device this is, as the second copy of the outbox says, if it is this profile's.
    fn copied_identity(&self) -> std::io::Result<Option<DeviceIdentity>> {
        let identity: Option<DeviceIdentity> = self.outbox_copy().read()?.fact(MetaKey::Identity);
        Ok(identity.filter(|identity| identity.device == self.device()))
    }

    fn outbox_copy(&self) -> OutboxCopy {
        // The nonces of the copy come from the system: nothing is decided by them.
        let randomness = Arc::new(SystemRandomness::new());
        OutboxCopy::new(&self.dir, outbox_copy_key(&self.ldk), self.device(), randomness)
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

    /// Whether the practice's recovery key opens this profile.
    #[must_use]
    pub fn is_recovered_by(&self, recovery_key: &RecipientKey) -> bool {
        recovered(&self.header, recovery_key).is_ok()
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
    /// A file or the keyring entry cannot be removed. Everything else is removed all the same, and what is left does
    /// not open.
    pub fn shred(&self, secrets: &dyn DeviceSecrets) -> Result<(), UnlockError> {
        let device = self.header.facts.device;
        let header = Header::remove(&self.dir).map_err(UnlockError::from);
        let secret = secrets.delete(device, secrets::DEVICE_SECRET);
        let attempts = secrets.delete(device, secrets::ATTEMPTS);
        let files = std::fs::remove_dir_all(&self.dir).map_err(UnlockError::from);
        header.and(secret).and(attempts).and(files)
    }

    /// What may be shown of the profile.
    #[must_use]
    pub const fn device(&self) -> DeviceId {
        self.header.facts.device
    }
}

/// How far the password of a new profile is stretched.
#[cfg(not(feature = "fault-switches"))]
const fn stretching(new: &NewProfile<'_>) -> Argon2Params {
    new.params
}

/// The same, but for what a test has switched.
#[cfg(feature = "fault-switches")]
fn stretching(new: &NewProfile<'_>) -> Argon2Params {
    crate::fault_switches::kdf().unwrap_or(new.params)
}

/// The local data key, as the practice's recovery key opens it.
fn recovered(header: &Header, recovery_key: &RecipientKey) -> Result<Secret32, UnlockError> {
    let facts = &header.facts;
    let associated = HeaderFacts::recovery_associated(facts.practice, facts.user, facts.device);
    recovery_key
        .open(Handover::PracticeRecovery, &associated, &facts.recovery_sealed)
        .map_err(|_| UnlockError::WrongRecoveryKey)
}

/// Reads the header under the profile's lock: what another process was just changing is not read half.
fn enter(dir: &Path) -> Result<(Header, File), UnlockError> {
    if !Header::exists(dir) {
        return Err(UnlockError::NoProfile);
    }
    let lock = lock(dir)?;
    Ok((Header::read(dir)?, lock))
}

/// Clears what a creation left that was killed before its header was written: nobody has ever written into it.
/// Any other database without its header is somebody's, and is not touched.
fn clear_unfinished(dir: &Path) -> Result<(), UnlockError> {
    let database = dir.join(DATABASE);
    if !database.exists() {
        return Ok(());
    }
    if !dir.join(UNFINISHED).exists() {
        return Err(UnlockError::HeaderMissing);
    }
    for ending in ["", "-wal", "-shm"] {
        files::remove_overwritten(&database::beside(&database, ending))?;
    }
    Ok(())
}

fn lock(dir: &Path) -> Result<File, UnlockError> {
    let file = files::private(&dir.join(LOCK))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(UnlockError::InUse),
        Err(std::fs::TryLockError::Error(error)) => Err(error.into()),
    }
}
