//! What lies open while decisions are made: the records that they need, as they stand in the database, and what the
//! decisions so far have made of them. Later commands of a batch see the effects of earlier ones; nothing is written
//! until the desk is filed.

use super::filing::Bar;
use crate::server::Server;
use mentalspace_crypto::{DataKey, Sha256};
use mentalspace_domain::bucket::{Bucket, BucketKind};
use mentalspace_domain::decision::Change;
use mentalspace_domain::ids::{BucketId, PracticeId};
use mentalspace_domain::record::{Record, RecordKey, RecordKind};
use mentalspace_domain::world::{Lookup, Need, World};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use uuid::Uuid;

/// Where a record lies.
pub(crate) type Place = (BucketId, RecordKey);
/// All records of a kind under a parent.
pub(super) type Sheaf = (BucketId, RecordKind, Uuid);

/// A bucket as the desk knows it.
#[derive(Clone, Debug)]
pub(super) struct KnownBucket {
    pub(super) about: Bucket,
    /// Whether the database was asked about it, or only a change named it so far.
    pub(super) looked_up: bool,
    pub(super) key: Option<Arc<DataKey>>,
    /// Whether whoever acts holds it.
    pub(super) granted: bool,
    /// Whether she may write in it: also where this transaction took it from her.
    pub(super) writable: bool,
}

/// How the database has a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Not looked up yet.
    Unknown,
    /// Never written.
    Never,
    /// At this revision, with the hash of its bytes; a tombstone has none.
    At {
        /// The revision.
        rev: i64,
        /// SHA-256 of the canonical bytes.
        sha: Option<Sha256>,
    },
}

/// A record on the desk.
#[derive(Clone, Debug)]
pub(super) struct Sheet {
    pub(super) standing: Standing,
    /// As it is now; absent where there is none.
    pub(super) record: Option<Record>,
    /// Whether a decision changed it.
    pub(super) changed: bool,
}

/// A decision that cannot be kept, whatever it is about: a mistake of the sender or of ours, never of the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Misfit {
    /// Signed material was to be replaced.
    #[error("a {0} record is written once")]
    WrittenOnce(RecordKind),
    /// The bucket is of a kind that this release does not write.
    #[error("buckets of kind {} are not written yet", .0.as_str())]
    Reserved(BucketKind),
}

/// What to put back when a part of a batch is taken back.
#[derive(Debug)]
enum Undo {
    Sheet(Place, Option<Sheet>),
    Child(Sheaf, Uuid, bool),
}

/// A point to which the desk can be taken back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part(usize);

/// The desk of one transaction.
pub(crate) struct Desk<'s> {
    pub(super) server: &'s Server,
    pub(super) practice: PracticeId,
    pub(super) buckets: BTreeMap<BucketId, KnownBucket>,
    pub(super) sheets: HashMap<Place, Sheet>,
    pub(super) sheaves: HashMap<Sheaf, BTreeSet<Uuid>>,
    undo: Vec<Undo>,
}

impl<'s> Desk<'s> {
    pub(crate) fn new(server: &'s Server, practice: PracticeId) -> Self {
        Self {
            server,
            practice,
            buckets: BTreeMap::new(),
            sheets: HashMap::new(),
            sheaves: HashMap::new(),
            undo: Vec::new(),
        }
    }

    /// Whether these changes touch what may not be written.
    pub(crate) fn is_barred(&self, changes: &[Change], barred: &BTreeSet<Bar>) -> Option<Bar> {
        changes.iter().find_map(|change| {
            let bucket = change.bucket().id(self.practice);
            let bars = [Bar::Bucket(bucket), Bar::Record((bucket, change.key()))];
            bars.into_iter().find(|bar| barred.contains(bar))
        })
    }

    /// The answers to these needs, as things stand on the desk.
    pub(crate) fn world(&self, needs: &[Need]) -> World {
        let mut world = World::default();
        for need in needs {
            let bucket = need.bucket().id(self.practice);
            match *need {
                Need::Record { key, .. } => {
                    let answer = match self.sheets.get(&(bucket, key)) {
                        Some(Sheet { record: Some(record), .. }) => Lookup::Present(record.clone()),
                        Some(_) => Lookup::Absent,
                        None => Lookup::NotHeld,
                    };
                    world.answer_record(key, answer);
                }
                Need::Children { kind, parent, .. } => {
                    let answer = self.sheaves.get(&(bucket, kind, parent)).map_or(Lookup::NotHeld, |ids| {
                        let record = |id: &Uuid| {
                            self.sheets.get(&(bucket, RecordKey { kind, id: *id }))?.record.clone()
                        };
                        Lookup::Present(ids.iter().filter_map(record).collect())
                    });
                    world.answer_children(kind, parent, answer);
                }
            }
        }
        world
    }

    /// Which of the buckets that lie open are granted to whoever acts.
    pub(crate) fn grants(&self) -> BTreeSet<BucketId> {
        self.buckets.iter().filter(|(_, known)| known.granted).map(|(id, _)| *id).collect()
    }

    /// A record as it stands on the desk.
    pub(crate) fn standing_record(&self, bucket: Bucket, key: RecordKey) -> Option<&Record> {
        self.sheets.get(&(bucket.id(self.practice), key))?.record.as_ref()
    }

    /// The data key of a bucket that lies open.
    pub(crate) fn data_key(&self, bucket: Bucket) -> Option<Arc<DataKey>> {
        self.buckets.get(&bucket.id(self.practice))?.key.clone()
    }

    /// From here on, changes can be taken back.
    pub(crate) const fn begin_part(&self) -> Part {
        Part(self.undo.len())
    }

    /// Takes back what was changed since `part` began.
    pub(crate) fn take_back(&mut self, part: Part) {
        while self.undo.len() > part.0 {
            match self.undo.pop() {
                Some(Undo::Sheet(place, Some(sheet))) => drop(self.sheets.insert(place, sheet)),
                Some(Undo::Sheet(place, None)) => drop(self.sheets.remove(&place)),
                Some(Undo::Child(sheaf, id, there)) => self.set_child(sheaf, id, there),
                None => return,
            }
        }
    }

    /// Makes a decision's changes, all of them or none.
    pub(crate) fn change(&mut self, changes: &[Change]) -> Result<(), Misfit> {
        for change in changes {
            if matches!(change.bucket().kind, BucketKind::Psychotherapy | BucketKind::Part2) {
                return Err(Misfit::Reserved(change.bucket().kind));
            }
            let kind = change.key().kind;
            if kind.insert_only() && !self.may_write_once(change) {
                return Err(Misfit::WrittenOnce(kind));
            }
        }
        for change in changes {
            let about = change.bucket();
            let bucket = about.id(self.practice);
            // A bucket that no need named is looked up when the desk is filed.
            let place = (bucket, change.key());
            let record = match change {
                Change::Put { record, .. } => Some(record.clone()),
                Change::Delete { .. } => None,
            };
            self.replace(place, about, record);
        }
        Ok(())
    }

    fn may_write_once(&self, change: &Change) -> bool {
        let standing = self.sheets.get(&(change.bucket().id(self.practice), change.key()));
        match (change, standing.and_then(|sheet| sheet.record.as_ref())) {
            (Change::Delete { .. }, _) => false,
            (Change::Put { .. }, None) => true,
            (Change::Put { record, .. }, Some(standing)) => record == standing,
        }
    }

    fn replace(&mut self, place: Place, about: Bucket, record: Option<Record>) {
        self.unlisted(place.0, about);
        let before = self.sheets.get(&place).cloned();
        if before.as_ref().is_some_and(|sheet| sheet.record == record && sheet.standing != Standing::Unknown)
        {
            return;
        }
        let (bucket, RecordKey { kind, id }) = place;
        let parent_before = before.as_ref().and_then(|sheet| sheet.record.as_ref()).and_then(Record::parent);
        let parent_after = record.as_ref().and_then(Record::parent);
        if parent_before != parent_after {
            self.move_child(parent_before.map(|parent| (bucket, kind, parent)), id, false);
            self.move_child(parent_after.map(|parent| (bucket, kind, parent)), id, true);
        }
        let standing = before.as_ref().map_or(Standing::Unknown, |sheet| sheet.standing);
        self.sheets.insert(place, Sheet { standing, record, changed: true });
        self.undo.push(Undo::Sheet(place, before));
    }

    fn move_child(&mut self, sheaf: Option<Sheaf>, id: Uuid, there: bool) {
        let Some(sheaf) = sheaf else { return };
        if self.sheaves.get(&sheaf).is_some_and(|ids| ids.contains(&id) != there) {
            self.set_child(sheaf, id, there);
            self.undo.push(Undo::Child(sheaf, id, !there));
        }
    }

    fn set_child(&mut self, sheaf: Sheaf, id: Uuid, there: bool) {
        if let Some(ids) = self.sheaves.get_mut(&sheaf) {
            if there {
                ids.insert(id);
            } else {
                ids.remove(&id);
            }
        }
    }

    /// Notes a bucket that only a change named, without a key as yet.
    fn unlisted(&mut self, id: BucketId, about: Bucket) {
        self.buckets.entry(id).or_insert(KnownBucket {
            about,
            looked_up: false,
            key: None,
            granted: false,
            writable: false,
        });
    }
}
