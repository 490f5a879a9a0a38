//! The part of a chart that accepting work looks at and changes, piece by piece.

use crate::bucket::Bucket;
use crate::decision::Change;
use crate::record::{Record, RecordKey, RecordType};
use crate::world::{Lookup, Need, World};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Records of one bucket as they stand after the pieces so far.
pub(super) struct Chart {
    bucket: Bucket,
    records: BTreeMap<RecordKey, Record>,
    changed: BTreeMap<RecordKey, Record>,
}

impl Chart {
    pub(super) const fn of(bucket: Bucket) -> Self {
        Self { bucket, records: BTreeMap::new(), changed: BTreeMap::new() }
    }

    /// Takes in what was found of one record.
    pub(super) fn see<T: RecordType + Clone + Into<Record>>(&mut self, world: &World, id: Uuid) {
        if let Lookup::Present(record) = world.get::<T>(id) {
            self.keep(record.clone().into());
        }
    }

    /// Takes in what was found under a parent.
    pub(super) fn see_children<T: RecordType + Clone + Into<Record>>(&mut self, world: &World, parent: Uuid) {
        for record in world.children::<T>(parent).present().unwrap_or_default() {
            self.keep(record.clone().into());
        }
    }

    fn keep(&mut self, record: Record) {
        self.records.insert(record.key(), record);
    }

    /// The answers to `needs`, as the chart stands after the pieces so far. What is in another bucket is not held.
    pub(super) fn world(&self, needs: &[Need]) -> World {
        let mut world = World::default();
        for need in needs.iter().filter(|need| need.bucket() == self.bucket) {
            match *need {
                Need::Record { key, .. } => {
                    let found = self.records.get(&key).cloned();
                    world.answer_record(key, found.map_or(Lookup::Absent, Lookup::Present));
                }
                Need::Children { kind, parent, .. } => {
                    let under = |record: &&Record| record.kind() == kind && record.parent() == Some(parent);
                    let found = self.records.values().filter(under).cloned().collect();
                    world.answer_children(kind, parent, Lookup::Present(found));
                }
            }
        }
        world
    }

    /// Makes the changes of one piece.
    pub(super) fn change(&mut self, changes: Vec<Change>) {
        for change in changes {
            if let Change::Put { record, .. } = change {
                self.changed.insert(record.key(), record.clone());
                self.keep(record);
            }
        }
    }

    /// All that the pieces changed, each record once.
    pub(super) fn changes(self) -> Vec<Change> {
        let bucket = self.bucket;
        self.changed.into_values().map(|record| Change::Put { bucket, record }).collect()
    }
}
