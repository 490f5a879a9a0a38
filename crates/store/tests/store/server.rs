//! The other end: it decides commands by the same rules over its own records and answers pulls, in memory. What it
//! sends is what the real server sends: rows at their newest state, gapless numbers, digests, results.

use crate::clinic::{later, now, practice, practice_id, user};
use chrono::{DateTime, Utc};
use mentalspace_crypto::digest::{BucketDigest, BucketEntry, Sha256, sha256};
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::command::CommandEnvelope;
use mentalspace_domain::context::{Actor, Context, Side};
use mentalspace_domain::decision::{Change, Outcome, RefusalCode};
use mentalspace_domain::ids::{BucketId, CommandId, DeviceId};
use mentalspace_domain::people::Role;
use mentalspace_domain::record::{Record, RecordKey, RecordKind};
use mentalspace_domain::world::{Lookup, Need, World};
use mentalspace_store::{
    Applied, Incoming, IncomingBucket, IncomingEnd, IncomingPage, IncomingResult, IncomingRow, Pending, Store,
};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) row: IncomingRow,
    sha: Option<Sha256>,
}

#[derive(Clone, Debug, Default)]
struct Kept {
    about: Option<Bucket>,
    head: i64,
    rows: BTreeMap<(String, Uuid), Row>,
}

impl Kept {
    fn digest(&self) -> (BucketDigest, i64) {
        let mut digest = BucketDigest::EMPTY;
        let mut live = 0;
        for ((kind, id), row) in &self.rows {
            if let Some(content) = &row.sha {
                let rev = row.row.rev.unsigned_abs();
                digest.add(&BucketEntry { kind, id: id.as_bytes(), rev, content });
                live += 1;
            }
        }
        (digest, live)
    }
}

#[derive(Clone, Debug)]
struct Done {
    seq: i64,
    id: CommandId,
    outcome: Outcome,
}

/// The practice's server, for one user with any number of devices.
#[derive(Clone, Debug, Default)]
pub(crate) struct Server {
    buckets: BTreeMap<BucketId, Kept>,
    granted: BTreeSet<BucketId>,
    done: BTreeMap<DeviceId, Vec<Done>>,
    salt: u128,
}

impl Server {
    /// With the practice's own records and the user's, granted.
    pub(crate) fn new() -> Self {
        let mut server = Self::default();
        let reference = Bucket::practice(practice_id());
        server.put(reference, practice());
        server.put(reference, user());
        server
    }

    /// Writes a record and grants its bucket.
    pub(crate) fn put(&mut self, bucket: Bucket, record: impl Into<Record>) {
        let record = record.into();
        self.salt += 1;
        let body = record.to_bytes(&self.salt.to_be_bytes()).unwrap();
        let key = record.key();
        self.put_raw(bucket, key.kind.as_str(), key.id, record.parent(), Some(body));
    }

    pub(crate) fn put_raw(
        &mut self,
        bucket: Bucket,
        kind: &str,
        id: Uuid,
        parent: Option<Uuid>,
        body: Option<Vec<u8>>,
    ) {
        self.grant(bucket);
        let kept = self.buckets.get_mut(&bucket.id(practice_id())).unwrap();
        kept.head += 1;
        let rev = kept.rows.get(&(kind.to_owned(), id)).map_or(1, |row| row.row.rev + 1);
        let sha = body.as_deref().map(sha256);
        let row = IncomingRow { kind: kind.to_owned(), id, seq: kept.head, rev, parent, body };
        kept.rows.insert((kind.to_owned(), id), Row { row, sha });
    }

    pub(crate) fn delete(&mut self, bucket: Bucket, key: RecordKey) {
        self.put_raw(bucket, key.kind.as_str(), key.id, None, None);
    }

    pub(crate) fn grant(&mut self, bucket: Bucket) {
        let id = bucket.id(practice_id());
        self.buckets.entry(id).or_default().about = Some(bucket);
        self.granted.insert(id);
    }

    pub(crate) fn revoke(&mut self, bucket: Bucket) {
        self.granted.remove(&bucket.id(practice_id()));
    }

    pub(crate) fn record(&self, bucket: Bucket, key: RecordKey) -> Option<Record> {
        let kept = self.buckets.get(&bucket.id(practice_id()))?;
        let row = kept.rows.get(&(key.kind.as_str().to_owned(), key.id))?;
        Some(Record::from_bytes(key.kind, row.row.body.as_ref()?).unwrap())
    }

    pub(crate) fn records(&self, bucket: Bucket, kind: RecordKind) -> Vec<Record> {
        self.buckets.get(&bucket.id(practice_id())).map_or_else(Vec::new, |kept| {
            kept.rows
                .values()
                .filter(|row| row.row.kind == kind.as_str())
                .filter_map(|row| Some(Record::from_bytes(kind, row.row.body.as_ref()?).unwrap()))
                .collect()
        })
    }

    pub(crate) fn processed(&self, device: DeviceId) -> i64 {
        self.done.get(&device).and_then(|done| done.last()).map_or(0, |done| done.seq)
    }

    /// Decides what a device pushes. A number or a command that was processed before changes nothing again.
    pub(crate) fn receive(&mut self, device: DeviceId, pushed: &[Pending]) {
        for pending in pushed {
            let processed = self.processed(device);
            if pending.seq <= processed {
                continue;
            }
            assert_eq!(pending.seq, processed + 1, "the server allows no gap");
            let known = self
                .done
                .values()
                .flatten()
                .find(|done| done.id == pending.envelope.id)
                .map(|d| d.outcome.clone());
            let outcome = known.unwrap_or_else(|| self.decide(device, &pending.envelope));
            let done = Done { seq: pending.seq, id: pending.envelope.id, outcome };
            self.done.entry(device).or_default().push(done);
        }
    }

    fn decide(&mut self, device: DeviceId, envelope: &CommandEnvelope) -> Outcome {
        let ctx = Context {
            practice: practice_id(),
            actor: Actor {
                user: user().id,
                display_name: user().display_name,
                credential: user().credential,
                roles: vec![Role::Clinician],
                grants: self.granted.clone(),
            },
            device,
            command: envelope.id,
            asserted_at: envelope.asserted_at,
            now: now(),
            zone: practice().zone,
            side: Side::Server,
        };
        let world = self.world(&envelope.command.needs(&ctx));
        match envelope.command.decide(&world, &ctx) {
            Ok(decision) => {
                for change in decision.changes {
                    match change {
                        Change::Put { bucket, record } => self.put(bucket, record),
                        Change::Delete { bucket, key } => self.delete(bucket, key),
                    }
                }
                decision.outcome
            }
            Err(refusal) if refusal.code == RefusalCode::NotAllowed => {
                Outcome::Quarantined { code: refusal.code }
            }
            Err(refusal) => Outcome::Rejected { code: refusal.code, message: refusal.message },
        }
    }

    fn world(&self, needs: &[Need]) -> World {
        let mut world = World::default();
        for need in needs {
            match need {
                Need::Record { bucket, key } => {
                    let answer = self.record(*bucket, *key).map_or(Lookup::Absent, Lookup::Present);
                    world.answer_record(*key, answer);
                }
                Need::Children { bucket, kind, parent } => {
                    let mut children = self.records(*bucket, *kind);
                    children.retain(|child| child.parent() == Some(*parent));
                    world.answer_children(*kind, *parent, Lookup::Present(children));
                }
            }
        }
        world
    }

    /// What a device with these cursors gets, at most `rows` rows of it.
    pub(crate) fn answer(&self, device: DeviceId, store: &Store, rows: usize) -> Incoming {
        let held: BTreeMap<BucketId, i64> = store
            .held()
            .unwrap()
            .into_iter()
            .filter(|bucket| bucket.status != "local" && bucket.status != "purging")
            .map(|bucket| (bucket.id, bucket.cursor))
            .collect();
        let mut incoming = Incoming::default();
        let mut room = rows;
        for id in &self.granted {
            let kept = &self.buckets[id];
            let from = held.get(id).copied();
            if from == Some(kept.head) {
                continue;
            }
            incoming.buckets.push(self.manifest(*id));
            let from = from.unwrap_or(0);
            let mut fresh: Vec<&IncomingRow> =
                kept.rows.values().map(|row| &row.row).filter(|row| row.seq > from).collect();
            fresh.sort_by_key(|row| row.seq);
            let whole = fresh.len() <= room;
            fresh.truncate(room);
            room -= fresh.len();
            let to = if whole { kept.head } else { fresh.last().map_or(from, |row| row.seq) };
            if to > from {
                let rows = fresh.into_iter().cloned().collect();
                incoming.pages.push(IncomingPage { bucket: *id, from, to, rows });
            }
        }
        incoming.revoked = store
            .held()
            .unwrap()
            .into_iter()
            .filter(|bucket| bucket.status != "local" && !self.granted.contains(&bucket.id))
            .map(|bucket| bucket.id)
            .collect();
        incoming.end = Some(self.end(device, store));
        incoming
    }

    pub(crate) fn manifest(&self, id: BucketId) -> IncomingBucket {
        let kept = &self.buckets[&id];
        let (digest, live) = kept.digest();
        IncomingBucket { id, about: kept.about.unwrap(), head: kept.head, digest, live, reset: false }
    }

    fn end(&self, device: DeviceId, store: &Store) -> IncomingEnd {
        let after: i64 = store.meta(mentalspace_store::MetaKey::ProcessedSeq).unwrap().unwrap_or(0);
        let results = self
            .done
            .get(&device)
            .into_iter()
            .flatten()
            .filter(|done| done.seq > after)
            .map(|done| IncomingResult {
                seq: done.seq,
                id: done.id,
                outcome: done.outcome.clone(),
                decided_at: now(),
                made: 0,
            })
            .collect();
        IncomingEnd { processed_seq: self.processed(device), results, grants: 1 }
    }

    /// Push until nothing is left, then pull until nothing is left.
    pub(crate) fn sync(&mut self, device: DeviceId, store: &Store) -> Applied {
        self.push(device, store);
        self.pull(device, store)
    }

    pub(crate) fn push(&mut self, device: DeviceId, store: &Store) {
        store.pause_typing().unwrap();
        let pushed = store.offer(0, 1_000, usize::MAX).unwrap();
        self.receive(device, &pushed);
    }

    pub(crate) fn pull(&self, device: DeviceId, store: &Store) -> Applied {
        store.apply(&self.answer(device, store, usize::MAX), at()).unwrap()
    }

    /// What the verify endpoint tells of a bucket, to be put whole.
    pub(crate) fn rows(&self, bucket: Bucket) -> Vec<IncomingRow> {
        self.buckets[&bucket.id(practice_id())].rows.values().map(|row| row.row.clone()).collect()
    }

    pub(crate) fn digest(&self, bucket: Bucket) -> BucketDigest {
        self.buckets[&bucket.id(practice_id())].digest().0
    }
}

fn at() -> DateTime<Utc> {
    later(3_600)
}
