//! Letting in who has the password and the device secret.

use super::attempts::Attempts;
use super::error::UnlockError;
use super::header::Header;
use super::secrets::{self, DeviceSecrets};
use super::wrap::open_with_password;
use super::{Profile, enter};
use crate::Store;
use chrono::{DateTime, Utc};
use mentalspace_crypto::password::Password;
use mentalspace_crypto::secret::Secret32;
use std::path::Path;

impl Profile {
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
        let (profile, attempts) = Self::admit(dir, secrets, password, |attempts| attempts.check(now), now)?;
        let opened = profile.open(now)?;
        attempts.clear(dir, secrets, opened.0.header.facts.device)?;
        Ok(opened)
    }

    /// Opens the profile after ten wrong passwords in a row, for a sign-in to the server: until that has succeeded
    /// (see [`Self::online_verified`]) nothing may be shown, and the count stands. A wrong password is answered like a
    /// server that cannot be reached, so that nobody finds the password out without the server.
    ///
    /// # Errors
    /// As for [`Self::unlock`].
    pub fn unlock_for_sign_in(
        dir: &Path,
        secrets: &dyn DeviceSecrets,
        password: &Password,
        now: DateTime<Utc>,
    ) -> Result<(Self, Store), UnlockError> {
        let admitted = Self::admit(dir, secrets, password, |attempts| attempts.check_wait(now), now);
        let (profile, _) = admitted.map_err(|error| match error {
            UnlockError::WrongPassword { .. } => UnlockError::TooManyAttempts,
            other => other,
        })?;
        profile.open(now)
    }

    /// Lets in who has both secrets. The database is not looked at.
    pub(super) fn admit(
        dir: &Path,
        secrets: &dyn DeviceSecrets,
        password: &Password,
        may_try: impl FnOnce(Attempts) -> Result<(), UnlockError>,
        now: DateTime<Utc>,
    ) -> Result<(Self, Attempts), UnlockError> {
        let (header, lock) = enter(dir)?;
        let (ldk, attempts) = attempt(dir, &header, secrets, password, may_try, now)?;
        Ok((Self { dir: dir.to_path_buf(), header, ldk, _lock: lock }, attempts))
    }

    /// Whether `password` opens this profile, asked at its own lock while it is still held open for something that has
    /// to be finished. A wrong one counts as it does for [`Self::unlock`].
    ///
    /// # Errors
    /// As for [`Self::unlock`].
    pub fn would_unlock(
        &self,
        secrets: &dyn DeviceSecrets,
        password: &Password,
        now: DateTime<Utc>,
    ) -> Result<(), UnlockError> {
        let may_try = |attempts: Attempts| attempts.check_wait(now);
        attempt(&self.dir, &self.header, secrets, password, may_try, now).map(drop)
    }
}

/// Tries a password. A wrong one is counted, and the next has to wait.
fn attempt(
    dir: &Path,
    header: &Header,
    secrets: &dyn DeviceSecrets,
    password: &Password,
    may_try: impl FnOnce(Attempts) -> Result<(), UnlockError>,
    now: DateTime<Utc>,
) -> Result<(Secret32, Attempts), UnlockError> {
    let device = header.facts.device;
    let device_secret = secrets::device_secret(secrets, device)?;
    let attempts = Attempts::read(dir, secrets, device)?;
    may_try(attempts)?;
    if let Some(ldk) = open_with_password(header, &device_secret, password)? {
        return Ok((ldk, attempts));
    }
    let wait = attempts.failed(dir, secrets, device, now)?;
    Err(UnlockError::WrongPassword { wait })
}
