//! Letting in who has the password and the device secret.

use super::attempts::Attempts;
use super::error::UnlockError;
use super::secrets::{self, DeviceSecrets};
use super::wrap::open_with_password;
use super::{Profile, enter};
use crate::Store;
use chrono::{DateTime, Utc};
use mentalspace_crypto::password::Password;
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
        let opened = profile.open()?;
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
        profile.open()
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
        let device_secret = secrets::device_secret(secrets, header.facts.device)?;
        let attempts = Attempts::read(dir, secrets, header.facts.device)?;
        may_try(attempts)?;
        let Some(ldk) = open_with_password(&header, &device_secret, password)? else {
            let wait = attempts.failed(dir, secrets, header.facts.device, now)?;
            return Err(UnlockError::WrongPassword { wait });
        };
        Ok((Self { dir: dir.to_path_buf(), header, ldk, _lock: lock }, attempts))
    }
}
