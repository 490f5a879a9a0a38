//! Table `meta`: the few facts that the device keeps about itself.

use crate::error::{Result, StoreError};
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Keys of `meta`. Values are JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetaKey {
    /// [`crate::identity::DeviceIdentity`].
    Identity,
    /// The log epoch in force.
    LogEpoch,
    /// Sum of grant revisions as the last pull stated it.
    Grants,
    /// The highest command number that the server confirmed.
    ProcessedSeq,
    /// The lowest number of this device at which a restore of the server has parted its histories.
    CommonUpTo,
    /// The last tree head seen.
    TreeHead,
    /// The bridges between epochs of the log that were taken, oldest first, each with the head kept until then.
    Bridges,
    /// The day (UTC) on which the rows of every bucket had been counted anew.
    CheckedOn,
    /// When the last sync ended well, by the device's clock.
    LastSync,
    /// The user's own settings.
    Settings,
    /// The session token and where to reach the server.
    Session,
    /// The keys of the device.
    Keys,
    /// [`crate::profile::LeaseRecord`].
    Lease,
    /// What the user has chosen so far in conflicts, by branch.
    Choices,
    /// The rule by which the store derived its look-up columns and search index.
    DerivedBy,
}

impl MetaKey {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::LogEpoch => "log_epoch",
            Self::Grants => "grants",
            Self::ProcessedSeq => "processed_seq",
            Self::CommonUpTo => "common_up_to",
            Self::TreeHead => "tree_head",
            Self::Bridges => "bridges",
            Self::CheckedOn => "checked_on",
            Self::LastSync => "last_sync",
            Self::Settings => "settings",
            Self::Session => "session",
            Self::Keys => "keys",
            Self::Choices => "choices",
            Self::DerivedBy => "derived_by",
            Self::Lease => "lease",
        }
    }
}

pub(crate) fn get<T: DeserializeOwned>(db: &Connection, key: MetaKey) -> Result<Option<T>> {
    let value: Option<Vec<u8>> = db
        .prepare_cached("SELECT value FROM meta WHERE key = ?1")?
        .query_row([key.as_str()], |row| row.get(0))
        .optional()?;
    value.map(|bytes| serde_json::from_slice(&bytes).map_err(StoreError::Command)).transpose()
}

pub(crate) fn set<T: Serialize + ?Sized>(db: &Connection, key: MetaKey, value: &T) -> Result<()> {
    let bytes = serde_json::to_vec(value).map_err(StoreError::Command)?;
    db.prepare_cached(
        "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    )?
    .execute(params![key.as_str(), bytes])?;
    Ok(())
}
