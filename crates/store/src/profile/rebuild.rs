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
    /// Where the damaged files are kept until everything has come down again; none where the database proved to be whole and was opened as it is.
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
        if unreadable > 0 {
            files::replace(&kept_in, LAST_RESORT, b"")?;
        }
        Ok((profile, store, Rebuilt { commands, unreadable, kept_in: Some(kept_in) }))
    }
}

/// Where damaged files are set aside, each in a directory of its own.
const DAMAGED: &str = "damaged";
/// In such a directory: words may be in it that are nowhere else.
const LAST_RESORT: &str = "last-resort";

/// Which of the files that were set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SetAside {
    /// All: something was erased, and it is in them as well.
    All,
    /// Those of which the second copy was read whole.
    MadeUpFor,
}

impl Store {
    /// Everything has come down again after a rebuild: what was set aside is needed no more, unless the second copy
    /// could not be read whole. It holds charts as they were, also those that this device may no longer hold.
    ///
    /// # Errors
    /// The disk fails.
    pub fn made_up_for(&self) -> crate::error::Result<()> {
        self.remove_set_aside(SetAside::MadeUpFor)
    }

    pub(crate) fn remove_set_aside(&self, which: SetAside) -> crate::error::Result<()> {
        let damaged = self.dir().join(DAMAGED);
        let places = match std::fs::read_dir(&damaged) {
            Ok(places) => places,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        for place in places {
            let place = place?.path();
            if which == SetAside::All || !place.join(LAST_RESORT).exists() {
                std::fs::remove_dir_all(&place)?;
            }
        }
        files::sync_directory(&damaged)?;
        Ok(())
    }
}

/// Moves the damaged files to a place of their own: nothing that was set aside before is written over.
fn set_aside(dir: &Path, now: DateTime<Utc>) -> std::io::Result<PathBuf> {
    let day = now.format("%Y%m%dT%H%M%SZ").to_string();
    let places = std::iter::once(day.clone()).chain((2..).map(|n| format!("{day}-{n}")));
    let free = places.map(|name| dir.join(DAMAGED).join(name)).find(|place| !place.exists());
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
