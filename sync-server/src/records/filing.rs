//! Writing what lies on the desk: bodies are made and sealed first; then the heads of the buckets are locked, in
//! order, for no longer than it takes to number the records and commit.

use super::desk::{Desk, Place, Standing};
use super::laying::{columns, place, standing_at};
use super::statements::{Head, LOCK_HEADS, LOCK_REVISIONS, MOVE_HEADS, WRITE_RECORDS};
use crate::db::Tx;
use crate::grants;
use crate::http::failure::{Failure, Outcome};
use mentalspace_crypto::digest::BucketEntry;
use mentalspace_crypto::randomness::random_bytes;
use mentalspace_crypto::{BucketDigest, Sha256, sha256};
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::ids::BucketId;
use mentalspace_domain::record::{self, RecordKey};
use mentalspace_protocol::limits::MAX_RECORD;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

/// Why nothing was written.
#[derive(Debug)]
pub(crate) enum Filing {
    /// Somebody else changed one of the records since it was read: decide anew.
    Moved,
    /// These cannot be written, whenever it is tried: decide anew without them. Never none.
    Barred(BTreeSet<Bar>),
    /// Anything else.
    Failed(Failure),
}

/// What a transaction may not write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Bar {
    /// A bucket that whoever acts does not hold.
    Bucket(BucketId),
    /// A record that became larger than one may be, or that is written once and stands already.
    Record(Place),
}

impl From<Bar> for Filing {
    fn from(bar: Bar) -> Self {
        Self::Barred(BTreeSet::from([bar]))
    }
}

fn none_barred(bars: BTreeSet<Bar>) -> Result<(), Filing> {
    if bars.is_empty() { Ok(()) } else { Err(Filing::Barred(bars)) }
}

impl From<Failure> for Filing {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<Filing> for Failure {
    fn from(filing: Filing) -> Self {
        match filing {
            Filing::Moved => Self::busy(1),
            Filing::Barred(bars) => Self::internal(format!("{bars:?} cannot be written")),
            Filing::Failed(failure) => failure,
        }
    }
}

/// A record ready to be written, but for its number.
struct Written {
    key: RecordKey,
    parent: Option<Uuid>,
    before: Option<(i64, Sha256)>,
    rev: i64,
    body: Option<Body>,
}

struct Body {
    sha: Sha256,
    len: i32,
    sealed: Vec<u8>,
}

/// The parameters of [`WRITE_RECORDS`].
#[derive(Default)]
struct Rows {
    buckets: Vec<Uuid>,
    kinds: Vec<&'static str>,
    ids: Vec<Uuid>,
    parents: Vec<Option<Uuid>>,
    seqs: Vec<i64>,
    revs: Vec<i64>,
    deleted: Vec<bool>,
    shas: Vec<Option<Vec<u8>>>,
    lens: Vec<i32>,
    bodies: Vec<Option<Vec<u8>>>,
}

/// The parameters of [`MOVE_HEADS`].
#[derive(Default)]
struct Heads {
    buckets: Vec<Uuid>,
    heads: Vec<i64>,
    digests: Vec<Vec<u8>>,
    live: Vec<i64>,
}

impl Desk<'_> {
    /// Seals what was changed. To be called before anything that others wait for is locked.
    pub(crate) async fn prepare(&mut self, tx: &Tx) -> Result<Prepared, Filing> {
        self.learn_changed(tx).await?;
        let mut written: BTreeMap<BucketId, Vec<Written>> = BTreeMap::new();
        let mut content = HashMap::new();
        let mut places: Vec<Place> =
            self.sheets.iter().filter(|(_, sheet)| sheet.changed).map(|(place, _)| *place).collect();
        // The same commands take the same numbers, in every run.
        places.sort_unstable();
        // All of them at once: one found at a time would have the batch decided anew for each.
        let mut barred = BTreeSet::new();
        for place in places {
            match self.write_up(place) {
                Ok(Some(one)) => {
                    if let Some(body) = &one.body {
                        content.insert(one.key, body.sha);
                    }
                    written.entry(place.0).or_default().push(one);
                }
                Ok(None) => {}
                Err(Filing::Barred(bars)) => barred.extend(bars),
                Err(other) => return Err(other),
            }
        }
        none_barred(barred)?;
        for ones in written.values_mut() {
            ones.sort_by_key(|one| one.key);
        }
        Ok(Prepared { written, content })
    }

    /// Looks up what decisions changed without having asked for it: identifiers that they derived.
    async fn learn_changed(&mut self, tx: &Tx) -> Result<(), Filing> {
        let named: Vec<Bucket> = self.buckets.values().map(|known| known.about).collect();
        self.learn_buckets(tx, named.into_iter()).await?;
        // What row-level security hides must not pass for what does not exist.
        let closed = |place: &Place| !self.buckets.get(&place.0).is_some_and(|known| known.writable);
        let changed = self.sheets.iter().filter(|(_, sheet)| sheet.changed).map(|(place, _)| place);
        none_barred(changed.copied().filter(closed).map(|(bucket, _)| Bar::Bucket(bucket)).collect())?;
        let mut unknown: Vec<Place> = self
            .sheets
            .iter()
            .filter(|(_, sheet)| sheet.changed && sheet.standing == Standing::Unknown)
            .map(|(place, _)| *place)
            .collect();
        if unknown.is_empty() {
            return Ok(());
        }
        unknown.sort_unstable();
        let (buckets, kinds, ids) = columns(unknown.iter().map(|(bucket, key)| (*bucket, key.kind, key.id)));
        let mut found = HashMap::new();
        for one in tx.rows(&LOCK_REVISIONS, &[&self.practice.uuid(), &buckets, &kinds, &ids]).await? {
            let standing = standing_at(one.rev, one.content_sha.as_deref())?;
            found.insert(place(one.bucket_id, &one.kind, one.id)?, standing);
        }
        for place in unknown {
            if let Some(sheet) = self.sheets.get_mut(&place) {
                sheet.standing = found.get(&place).copied().unwrap_or(Standing::Never);
            }
        }
        Ok(())
    }

    fn write_up(&self, place: Place) -> Result<Option<Written>, Filing> {
        let (bucket, key) = place;
        let Some(sheet) = self.sheets.get(&place) else { return Ok(None) };
        let (before, rev) = match sheet.standing {
            Standing::At { rev, sha } => (sha.map(|sha| (rev, sha)), rev + 1),
            Standing::Never | Standing::Unknown => (None, 1),
        };
        let Some(record) = &sheet.record else {
            // What is not there needs no tombstone.
            return Ok(before.map(|_| Written { key, parent: None, before, rev, body: None }));
        };
        if before.is_some() && key.kind.insert_only() {
            return Err(Bar::Record(place).into());
        }
        let known = self.buckets.get(&bucket);
        let (Some(known), Some(data_key)) = (known, known.and_then(|known| known.key.as_ref())) else {
            return Err(Bar::Bucket(bucket).into());
        };
        let randomness = &*self.server.randomness;
        let salt = random_bytes(randomness).map_err(Failure::internal)?;
        let bytes = record.to_bytes(&salt).map_err(Failure::internal)?;
        let len = i32::try_from(bytes.len()).ok().filter(|_| bytes.len() <= MAX_RECORD);
        let len = len.ok_or(Bar::Record(place))?;
        let associated = record::associated_data(self.practice, known.about, key, rev);
        let sealed = data_key.seal(&associated, &bytes, randomness).map_err(Failure::internal)?;
        let body = Some(Body { sha: sha256(&bytes), len, sealed });
        Ok(Some(Written { key, parent: record.parent(), before, rev, body }))
    }
}

/// Sealed records that wait for their numbers.
pub(crate) struct Prepared {
    written: BTreeMap<BucketId, Vec<Written>>,
    /// Hashes of what will be written.
    pub(crate) content: HashMap<RecordKey, Sha256>,
}

impl Prepared {
    /// The buckets that will move.
    pub(crate) fn buckets(&self) -> Vec<Uuid> {
        self.written.keys().map(|bucket| bucket.uuid()).collect()
    }

    /// Moves the heads and writes the records: the last statements before the commit.
    pub(crate) async fn file(self, tx: &Tx, practice: Uuid) -> Result<(), Filing> {
        let buckets = self.buckets();
        if buckets.is_empty() {
            return Ok(());
        }
        grants::stand_still(tx, practice).await?;
        let standing = tx.rows(&LOCK_HEADS, &[&practice, &buckets]).await?;
        let held = |bucket: &&Uuid| standing.iter().any(|head| head.bucket_id == **bucket);
        let missing = buckets.iter().filter(|bucket| !held(bucket));
        none_barred(missing.map(|bucket| Bar::Bucket(BucketId::new(*bucket))).collect())?;
        let mut rows = Rows::default();
        let mut heads = Heads::default();
        let mut written = self.written;
        for head in standing {
            let ones = written.remove(&BucketId::new(head.bucket_id)).unwrap_or_default();
            number(head, ones, &mut heads, &mut rows)?;
        }
        let moved: [&(dyn ToSql + Sync); 5] =
            [&practice, &heads.buckets, &heads.heads, &heads.digests, &heads.live];
        let put: [&(dyn ToSql + Sync); 11] = [
            &practice,
            &rows.buckets,
            &rows.kinds,
            &rows.ids,
            &rows.parents,
            &rows.seqs,
            &rows.revs,
            &rows.deleted,
            &rows.shas,
            &rows.lens,
            &rows.bodies,
        ];
        // Sent together, answered in order.
        let (moved, put) = tokio::join!(tx.run(&MOVE_HEADS, &moved), tx.try_run(&WRITE_RECORDS, &put));
        // Where the first failed, the second says only that the transaction is over.
        moved?;
        match put {
            Err(failure) if failure.code() == Some(&SqlState::RESTRICT_VIOLATION) => {
                return Err(Filing::Moved);
            }
            put => put.map_err(Failure::from)?,
        };
        Ok(())
    }
}

/// Gives a bucket's records their numbers, and the bucket its new head, digest and count.
fn number(head: Head, ones: Vec<Written>, heads: &mut Heads, rows: &mut Rows) -> Outcome<()> {
    let digest: [u8; 16] =
        head.digest.try_into().map_err(|_| Failure::internal("a bucket's digest is damaged"))?;
    let mut digest = BucketDigest::from_bytes(digest);
    let (mut seq, mut live) = (head.head, head.live);
    for one in ones {
        seq += 1;
        let kind = one.key.kind.as_str();
        let entry = |rev: i64, content| BucketEntry {
            kind,
            id: one.key.id.as_bytes(),
            rev: u64::try_from(rev).unwrap_or_default(),
            content,
        };
        if let Some((rev, sha)) = &one.before {
            digest.remove(&entry(*rev, sha));
            live -= 1;
        }
        if let Some(body) = &one.body {
            digest.add(&entry(one.rev, &body.sha));
            live += 1;
        }
        rows.buckets.push(head.bucket_id);
        rows.kinds.push(kind);
        rows.ids.push(one.key.id);
        rows.parents.push(one.parent);
        rows.seqs.push(seq);
        rows.revs.push(one.rev);
        rows.deleted.push(one.body.is_none());
        rows.lens.push(one.body.as_ref().map_or(0, |body| body.len));
        rows.shas.push(one.body.as_ref().map(|body| body.sha.as_bytes().to_vec()));
        rows.bodies.push(one.body.map(|body| body.sealed));
    }
    heads.buckets.push(head.bucket_id);
    heads.heads.push(seq);
    heads.digests.push(digest.to_bytes().to_vec());
    heads.live.push(live);
    Ok(())
}
