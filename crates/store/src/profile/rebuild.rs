//! A damaged database: it is set aside as it is, a new one takes its place, and what no server had yet comes back
//! from the second copy of the outbox. Everything else comes down again at the next sync.

use super::error::UnlockError;
use super::secrets::DeviceSecrets;
use super::wrap::database_key;
use super::{DATABASE, Profile};
use crate::{Store, database, files};
use chrono::{DateTime, Utc};
use mentalspace_crypto::password::Password;
use std::path::{Path, PathBuf};

/// What a rebuild came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    /// Unsent commands that came back.
    pub commands: usize,
    /// Entries of the copy that could not be read.
    pub unreadable: usize,
    /// Where the damaged files are kept; none where the database proved to be whole and was opened as it is.
    pub kept_in: Option<PathBuf>,
}

impl Profile {
    /// Opens a profile whose database is damaged or gone, with the password and the device secret. A database that
    /// proves to be whole is opened as it is. A kill at any moment leaves a state from which this can be called again.
    ///
    /// # Errors
    /// See [`UnlockError`]. [`UnlockError::NothingToRebuildFrom`] where the copy does not say whose device this is:
    /// then nothing was touched.
    pub fn rebuild(
        dir: &Path,
        secrets: &dyn DeviceSecrets,
        password: &Password,
        now: DateTime<Utc>,
    ) -> Result<(Self, Store, Rebuilt), UnlockError> {
        let (profile, attempts) = Self::admit(dir, secrets, password, |attempts| attempts.check(now), now)?;
        attempts.clear(dir, secrets, profile.device())?;
        let path = dir.join(DATABASE);
        let key = database_key(&profile.ldk);
        if Store::is_whole(&path, &key) {
            let (profile, store) = profile.open()?;
            return Ok((profile, store, Rebuilt { commands: 0, unreadable: 0, kept_in: None }));
        }
        let identity = profile.copied_identity()?.ok_or(UnlockError::NothingToRebuildFrom)?;
        let kept_in = set_aside(dir, now)?;
        let store = Store::create(&path, &key, &identity)?;
        let (commands, unreadable) = store.keep_copy(profile.outbox_copy())?;
        Ok((profile, store, Rebuilt { commands, unreadable, kept_in: Some(kept_in) }))
    }
}

/// Moves the damaged files to a place of their own: nothing that was set aside before is written over.
fn set_aside(dir: &Path, now: DateTime<Utc>) -> std::io::Result<PathBuf> {
    let day = now.format("%Y%m%dT%H%M%SZ").to_string();
    let places = std::iter::once(day.clone()).chain((2..).map(|n| format!("{day}-{n}")));
    let free = places.map(|name| dir.join("damaged").join(name)).find(|place| !place.exists());
    let place = free.ok_or_else(|| std::io::Error::other("no name is free"))?;
    files::private_directory(&place)?;
    for ending in ["", "-wal", "-shm"] {
        let name = format!("{DATABASE}{ending}");
        match std::fs::rename(database::beside(&dir.join(DATABASE), ending), place.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    files::sync_directory(dir)?;
    Ok(place)
}
