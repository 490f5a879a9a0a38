//! What a decision may look at: the answers to what its command said it needs.

use crate::bucket::Bucket;
use crate::record::{Record, RecordKey, RecordKind, RecordType};
use std::collections::HashMap;
use uuid::Uuid;

/// Something that a command must see before it can be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Need {
    /// One record, with the bucket in which it lives if it exists.
    Record {
        /// The bucket.
        bucket: Bucket,
        /// The record.
        key: RecordKey,
    },
    /// All records of a kind under one parent (see [`Record::parent`]).
    Children {
        /// The bucket.
        bucket: Bucket,
        /// Their kind.
        kind: RecordKind,
        /// Their parent.
        parent: Uuid,
    },
}

impl Need {
    /// The bucket that the need looks into.
    #[must_use]
    pub const fn bucket(&self) -> Bucket {
        match self {
            Self::Record { bucket, .. } | Self::Children { bucket, .. } => *bucket,
        }
    }

    /// The record `id` of type `T` in `bucket`.
    #[must_use]
    pub const fn record<T: RecordType>(bucket: Bucket, id: Uuid) -> Self {
        Self::Record { bucket, key: RecordKey::of::<T>(id) }
    }

    /// All records of type `T` under `parent` in `bucket`.
    #[must_use]
    pub const fn children<T: RecordType>(bucket: Bucket, parent: Uuid) -> Self {
        Self::Children { bucket, kind: T::KIND, parent }
    }
}

/// The answer to a look-up. A device often holds less than the server: `NotHeld` is not `Absent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup<T> {
    /// It exists.
    Present(T),
    /// It does not exist.
    Absent,
    /// This end does not hold the bucket in which it would be.
    NotHeld,
}

impl<T> Lookup<T> {
    /// The value, if it is here.
    pub fn present(self) -> Option<T> {
        match self {
            Self::Present(value) => Some(value),
            Self::Absent | Self::NotHeld => None,
        }
    }

    /// The same answer over another type.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Lookup<U> {
        match self {
            Self::Present(value) => Lookup::Present(f(value)),
            Self::Absent => Lookup::Absent,
            Self::NotHeld => Lookup::NotHeld,
        }
    }
}

/// The answers to a command's needs. What was never asked for is `NotHeld`: a decision cannot rest on it.
#[derive(Clone, Debug, Default)]
pub struct World {
    records: HashMap<RecordKey, Lookup<Record>>,
    children: HashMap<(RecordKind, Uuid), Lookup<Vec<Record>>>,
}

impl World {
    /// Puts in the answer to a [`Need::Record`].
    pub fn answer_record(&mut self, key: RecordKey, answer: Lookup<Record>) {
        self.records.insert(key, answer);
    }

    /// Puts in the answer to a [`Need::Children`]; an empty list is a full answer.
    pub fn answer_children(&mut self, kind: RecordKind, parent: Uuid, answer: Lookup<Vec<Record>>) {
        self.children.insert((kind, parent), answer);
    }

    /// A record by its key, alone or among children, where it is there.
    #[must_use]
    pub fn record(&self, key: RecordKey) -> Option<&Record> {
        if let Some(Lookup::Present(record)) = self.records.get(&key) {
            return Some(record);
        }
        let children = self.children.values().filter_map(|children| match children {
            Lookup::Present(records) => Some(records),
            Lookup::Absent | Lookup::NotHeld => None,
        });
        children.flatten().find(|record| record.key() == key)
    }

    /// The record of type `T` with this identifier.
    #[must_use]
    pub fn get<T: RecordType>(&self, id: Uuid) -> Lookup<&T> {
        match self.records.get(&RecordKey::of::<T>(id)) {
            Some(Lookup::Present(record)) => T::of(record).map_or(Lookup::Absent, Lookup::Present),
            Some(Lookup::Absent) => Lookup::Absent,
            Some(Lookup::NotHeld) | None => Lookup::NotHeld,
        }
    }

    /// The records of type `T` under `parent`; present with an empty list when there are none.
    #[must_use]
    pub fn children<T: RecordType>(&self, parent: Uuid) -> Lookup<Vec<&T>> {
        match self.children.get(&(T::KIND, parent)) {
            Some(Lookup::Present(records)) => Lookup::Present(records.iter().filter_map(T::of).collect()),
            Some(Lookup::Absent) => Lookup::Present(Vec::new()),
            Some(Lookup::NotHeld) | None => Lookup::NotHeld,
        }
    }
}
