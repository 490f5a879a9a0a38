//! A damaged database: it is set aside as it is, a new one takes its place, and what no server had yet comes back
//! from the second copy of the outbox. Everything else comes down again at the next sync.

use super::error::UnlockError;
use super::secrets::DeviceSecrets;
use super::wrap::database_key;
use super::{DATABASE, Profile};
use crate::error::StoreError;
use crate::outbox_copy::TakenIn;
use crate::salvage::Damaged;
use crate::{Store, database, files, meta};
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use mentalspace_crypto::password::Password;
use mentalspace_crypto::secret::Secret32;
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
            let (profile, store) = profile.open(now)?;
            return Ok((profile, store, Rebuilt { commands: 0, unreadable: 0, kept_in: None }));
        }
        let identity = profile.copied_identity()?.ok_or(UnlockError::NothingToRebuildFrom)?;
        let kept_in = set_aside(dir, now)?;
        let store = Store::create(&path, &key, &identity)?;
        store.take_over_damaged(&key);
        let TakenIn { queued: commands, unreadable, is_whole } =
            store.keep_copy(profile.outbox_copy(), now)?;
        if is_whole {
            std::fs::remove_file(kept_in.join(LAST_RESORT))?;
        }
        Ok((profile, store, Rebuilt { commands, unreadable, kept_in: Some(kept_in) }))
    }
}

/// Where damaged files are set aside, each in a directory of its own.
const DAMAGED: &str = "damaged";
/// What such a directory is called: the time.
const NAMED: &str = "%Y%m%dT%H%M%SZ";
/// What one is called in which there is a second copy alone.
const COPY: &str = "copy";
/// In such a directory: unsent words may be in it that are nowhere else, since the second copy was not read whole.
const LAST_RESORT: &str = "last-resort";
/// In such a directory: when everything was first seen to have come down again.
const SINCE: &str = "since";
/// What was set aside is kept for so long after that, as confirmed commands are.
const KEPT: TimeDelta = TimeDelta::days(30);

impl Store {
    /// Everything has come down again after a rebuild. What was set aside is kept for another 30 days, in case that
    /// something is missed. Then it goes, since it holds charts as they were, also those that this device may no longer
    /// hold. Either clock may be wrong, this device's and the server's: it is dated by the later of the two, and goes when by
    /// both its time is over.
    ///
    /// # Errors
    /// The disk fails.
    pub fn made_up_for(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let places = self.damaged_files()?;
        if places.is_empty() {
            return Ok(());
        }
        let Some(signed) = self.read(meta::signed_time)? else { return Ok(()) };
        for place in places {
            let since = std::fs::read_to_string(place.join(SINCE)).ok();
            let since = since.and_then(|since| since.parse::<DateTime<Utc>>().ok());
            match since.filter(|since| *since <= signed.max(now)) {
                // Or it was dated by a clock that ran ahead and is right now.
                None => files::replace(&place, SINCE, signed.max(now).to_rfc3339().as_bytes())?,
                Some(since) if signed.min(now) - since > KEPT => std::fs::remove_dir_all(&place)?,
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// Takes over what the damaged databases alone know, as far as that can be read and was not done before. Where it
    /// cannot be done now, the next unlocking tries again, and nothing else waits for it.
    pub(crate) fn take_over_damaged(&self, key: &Secret32) {
        let places = self.damaged_files().unwrap_or_default();
        let damaged = places.into_iter().filter_map(|place| {
            let name = place.file_name()?.to_str()?.to_owned();
            let (at, _) = NaiveDateTime::parse_and_remainder(&name, NAMED).ok()?;
            Some(Damaged { name, path: place.join(DATABASE), at: at.and_utc() })
        });
        let _ = self.take_over(damaged.collect(), key);
    }

    /// A chart was erased: what was set aside holds it as well, and goes. What may be the last copy of somebody's words
    /// stays for its 30 days, and what was not taken over yet until it was. Gives whether nothing is left.
    pub(crate) fn remove_damaged_files(&self) -> Result<bool, StoreError> {
        let mut nothing_left = true;
        for place in self.damaged_files()? {
            let name = place.file_name().unwrap_or_default().to_string_lossy();
            let is_needed = place.join(DATABASE).exists() && self.awaits(&name)?;
            if is_needed || place.join(LAST_RESORT).try_exists()? {
                nothing_left = false;
            } else {
                std::fs::remove_dir_all(&place)?;
            }
        }
        Ok(nothing_left)
    }

    /// Whether unsent words may be in something that was set aside and nowhere else.
    pub(crate) fn may_hold_unsent_words(&self) -> std::io::Result<bool> {
        for place in self.damaged_files()? {
            if place.join(LAST_RESORT).try_exists()? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The directories with files that were set aside.
    pub(crate) fn damaged_files(&self) -> std::io::Result<Vec<PathBuf>> {
        match std::fs::read_dir(self.dir().join(DAMAGED)) {
            Ok(places) => places.map(|place| place.map(|place| place.path())).collect(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}

/// Moves the damaged files to a place of their own.
fn set_aside(dir: &Path, now: DateTime<Utc>) -> std::io::Result<PathBuf> {
    let place = new_place(dir, &now.format(NAMED).to_string())?;
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

/// Moves a second copy that the disk does not give to a place of its own, where it is kept like everything that unsent words
/// may be in. Where that cannot be done it stays where it is.
pub(crate) fn set_copy_aside(dir: &Path, name: &str) -> std::io::Result<()> {
    let place = new_place(dir, COPY)?;
    match std::fs::rename(dir.join(name), place.join(name)) {
        Ok(()) => {
            files::sync_directory(&place)?;
            files::sync_directory(dir)
        }
        Err(why) => {
            let _ = std::fs::remove_dir_all(&place);
            // Gone by itself, or moved at a try that failed behind this.
            if why.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(why) }
        }
    }
}

/// A new place for what is set aside: nothing that was set aside before is written over.
fn new_place(dir: &Path, name: &str) -> std::io::Result<PathBuf> {
    let names = std::iter::once(name.to_owned()).chain((2..).map(|n| format!("{name}-{n}")));
    let free = names.map(|name| dir.join(DAMAGED).join(name)).find(|place| !place.exists());
    let place = free.ok_or_else(|| std::io::Error::other("no name is free"))?;
    files::private_directory(&place)?;
    // Before the files are there: a kill leaves one mark too many, never one too few.
    if let Err(why) = files::replace(&place, LAST_RESORT, b"") {
        let _ = std::fs::remove_dir_all(&place);
        return Err(why);
    }
    Ok(place)
}
