//! Table `meta`: the few facts that the device keeps about itself.

use crate::error::{Result, StoreError};
use crate::profile::LeaseRecord;
use chrono::{DateTime, Utc};
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
    /// Buckets that were erased, each with the number of its records, of which the server has not been told yet.
    Erased,
    /// Rows have come that may hold what is pending already: what lies over the records waits for the rest.
    Arriving,
    /// The damaged databases, by the names of their places, of which everything that could be read was taken over.
    TakenOver,
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
            Self::Erased => "erased",
            Self::Arriving => "arriving",
            Self::TakenOver => "taken_over",
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

/// Sets what is not set yet.
pub(crate) fn set_absent(db: &Connection, key: MetaKey, value: &serde_json::Value) -> Result<()> {
    if get::<serde_json::Value>(db, key)?.is_none() { set(db, key, value) } else { Ok(()) }
}

pub(crate) fn forget(db: &Connection, key: MetaKey) -> Result<()> {
    db.prepare_cached("DELETE FROM meta WHERE key = ?1")?.execute([key.as_str()])?;
    Ok(())
}

/// The newest time that the server has signed. What is kept for a while is kept by this: the device's own clock may be
/// a year ahead.
pub(crate) fn signed_time(db: &Connection) -> Result<Option<DateTime<Utc>>> {
    Ok(get::<LeaseRecord>(db, MetaKey::Lease)?.map(|lease| lease.issued_at))
}

/// What is kept for a while is dated by the later of both clocks, for either may be wrong, and goes when by both its time is
/// over.
pub(crate) fn later_of_both(signed: Option<DateTime<Utc>>, now: DateTime<Utc>) -> DateTime<Utc> {
    signed.map_or(now, |signed| signed.max(now))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DeviceIdentity;
    use crate::choices::Kept;
    use mentalspace_domain::ids::BucketId;
    use std::collections::BTreeMap;
    use uuid::Uuid;

    const GOLDEN: &str = include_str!("../tests/golden/meta.txt");

    fn as_of<T: Serialize + DeserializeOwned>(json: &str) -> serde_json::Result<String> {
        serde_json::to_string(&serde_json::from_str::<T>(json)?)
    }

    /// Reads a value and writes it again. What the application keeps here has its vectors there.
    fn again(key: MetaKey, json: &str) -> Option<serde_json::Result<String>> {
        match key {
            MetaKey::Identity => Some(as_of::<DeviceIdentity>(json)),
            MetaKey::LogEpoch => Some(as_of::<Uuid>(json)),
            MetaKey::CheckedOn => Some(as_of::<String>(json)),
            MetaKey::Grants | MetaKey::ProcessedSeq | MetaKey::CommonUpTo | MetaKey::DerivedBy => {
                Some(as_of::<i64>(json))
            }
            MetaKey::LastSync => Some(as_of::<DateTime<Utc>>(json)),
            MetaKey::Erased => Some(as_of::<Vec<(BucketId, i64)>>(json)),
            MetaKey::Arriving => Some(as_of::<bool>(json)),
            MetaKey::TakenOver => Some(as_of::<Vec<String>>(json)),
            MetaKey::Lease => Some(as_of::<LeaseRecord>(json)),
            MetaKey::Choices => Some(as_of::<BTreeMap<Uuid, Kept>>(json)),
            MetaKey::TreeHead | MetaKey::Bridges | MetaKey::Settings | MetaKey::Session | MetaKey::Keys => {
                None
            }
        }
    }

    /// Every key that the store itself reads; the match above does not compile once there is another.
    const OWN: [MetaKey; 13] = [
        MetaKey::CheckedOn,
        MetaKey::Identity,
        MetaKey::LogEpoch,
        MetaKey::Grants,
        MetaKey::ProcessedSeq,
        MetaKey::CommonUpTo,
        MetaKey::LastSync,
        MetaKey::Lease,
        MetaKey::Choices,
        MetaKey::DerivedBy,
        MetaKey::Erased,
        MetaKey::Arriving,
        MetaKey::TakenOver,
    ];

    #[test]
    fn values_are_read_and_written_to_the_letter() {
        let mut seen = 0;
        for key in OWN {
            let name = format!("{} ", key.as_str());
            // A value that has got another shape has a line for each.
            let lines: Vec<&str> = GOLDEN.lines().filter_map(|line| line.strip_prefix(&name)).collect();
            assert!(!lines.is_empty(), "{name}");
            for json in &lines {
                assert_eq!(
                    again(key, json).unwrap().unwrap(),
                    *json,
                    "databases in the field hold this {name}"
                );
            }
            seen += lines.len();
        }
        assert_eq!(GOLDEN.lines().count(), seen);
        // The control: another shape is noticed.
        assert!(again(MetaKey::Lease, "{}").unwrap().is_err());
    }
}
