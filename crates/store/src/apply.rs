//! Applying what a pull brought: rows, cursors, acknowledgements and the overlay in one transaction.

use crate::buckets::entry;
use crate::error::{Result, StoreError};
use crate::journal::{self, Entry};
use crate::meta::{self, MetaKey};
use crate::{Store, buckets, kinds, outbox, rows, search};
use chrono::{DateTime, Utc};
use mentalspace_crypto::digest::{BucketDigest, Sha256, sha256};
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::decision::Outcome;
use mentalspace_domain::ids::{BucketId, CommandId};
use mentalspace_domain::record::{Record, RecordKind};
use rusqlite::{OptionalExtension as _, Transaction, params};
use uuid::Uuid;

/// A bucket as the manifest describes it.
#[derive(Clone, Debug)]
pub struct IncomingBucket {
    /// The bucket.
    pub id: BucketId,
    /// What it is about.
    pub about: Bucket,
    /// Highest sequence number on the server.
    pub head: i64,
    /// Digest over its live rows.
    pub digest: BucketDigest,
    /// Number of live rows.
    pub live: i64,
    /// All rows come again from 0; what does not come is to be removed at the end.
    pub reset: bool,
}

/// One row.
#[derive(Clone, Debug)]
pub struct IncomingRow {
    /// Kind, by its wire name.
    pub kind: String,
    /// Identifier.
    pub id: Uuid,
    /// Sequence number.
    pub seq: i64,
    /// Revision.
    pub rev: i64,
    /// What it is found under.
    pub parent: Option<Uuid>,
    /// Canonical bytes; absent for a tombstone.
    pub body: Option<Vec<u8>>,
}

/// Rows of one bucket that move its cursor from `from` to `to`.
#[derive(Clone, Debug)]
pub struct IncomingPage {
    /// The bucket.
    pub bucket: BucketId,
    /// The cursor that it continues.
    pub from: i64,
    /// The cursor after it.
    pub to: i64,
    /// The rows.
    pub rows: Vec<IncomingRow>,
}

/// What became of a command, as the server stored it.
#[derive(Clone, Debug)]
pub struct IncomingResult {
    /// Its place in the device's order.
    pub seq: i64,
    /// The command.
    pub id: CommandId,
    /// What became of it.
    pub outcome: Outcome,
    /// When the server decided.
    pub decided_at: DateTime<Utc>,
}

/// The end of a pull: what of this device the rows already contain.
#[derive(Clone, Debug)]
pub struct IncomingEnd {
    /// Effects of commands up to this number are in the rows, none above.
    pub processed_seq: i64,
    /// What became of them.
    pub results: Vec<IncomingResult>,
    /// Sum of grant revisions.
    pub grants: i64,
}

/// What a pull brought.
#[derive(Clone, Debug, Default)]
pub struct Incoming {
    /// Buckets with something new.
    pub buckets: Vec<IncomingBucket>,
    /// Buckets that this device may no longer hold.
    pub revoked: Vec<BucketId>,
    /// Whole pages, in order.
    pub pages: Vec<IncomingPage>,
    /// The end, if it arrived.
    pub end: Option<IncomingEnd>,
}

/// What applying came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Rows written.
    pub rows: usize,
    /// Buckets whose digest does not match: to be repaired row by row.
    pub mismatched: Vec<BucketId>,
    /// Buckets erased, with the number of rows: to be acknowledged.
    pub purged: Vec<(BucketId, i64)>,
    /// Commands confirmed.
    pub confirmed: usize,
    /// Whether anything that a person sees has changed.
    pub changed: bool,
}

impl Store {
    /// Applies what a pull brought, in one transaction: a kill at any moment leaves either all of it or none.
    ///
    /// # Errors
    /// A page does not continue this device's cursor, or the store fails; nothing is changed then.
    pub fn apply(&self, incoming: &Incoming, now: DateTime<Utc>) -> Result<Applied> {
        let mut writer = self.writer();
        writer.close_open()?;
        let tx = writer.db.transaction()?;
        let mut applied = Applied::default();
        buckets::take_manifest(&tx, &incoming.buckets)?;
        for page in &incoming.pages {
            applied.rows += take_page(&tx, page)?;
        }
        for id in &incoming.revoked {
            buckets::revoke(&tx, *id)?;
        }
        if let Some(end) = &incoming.end {
            applied.confirmed = confirm(&tx, end, now)?;
        }
        applied.mismatched = buckets::settle(&tx, &incoming.buckets)?;
        let drained = buckets::drained(&tx)?;
        if applied.rows > 0 || applied.confirmed > 0 || !incoming.revoked.is_empty() || !drained.is_empty() {
            applied.changed = true;
            outbox::replay(&tx, now)?;
        }
        for (row, id) in drained {
            let erased = buckets::purge(&tx, row)?;
            if erased > 0 {
                journal::add(
                    &tx,
                    &Entry::local(
                        now,
                        "bucket.purge",
                        format!("{erased} records were removed from this device because access ended"),
                    ),
                )?;
            }
            applied.purged.push((id, erased));
        }
        tx.commit()?;
        if !applied.purged.is_empty() {
            // What was erased must not live on in the write-ahead log.
            writer.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        }
        Ok(applied)
    }
}

fn take_page(tx: &Transaction<'_>, page: &IncomingPage) -> Result<usize> {
    let held =
        buckets::find(tx, page.bucket)?.ok_or(StoreError::Inconsistent("a page of an unknown bucket"))?;
    if held.status == "purging" {
        return Ok(0);
    }
    if held.cursor != page.from {
        return Err(StoreError::Inconsistent("a page that does not continue the cursor"));
    }
    // A bucket that has nothing yet cannot hold an older state of a row: that look-up is spared in a first sync.
    let fresh = held.cursor == 0 && held.live == 0 && held.sweep.is_none();
    let mut digest = held.digest;
    let mut live = held.live;
    for row in &page.rows {
        take_row(tx, &held, row, fresh, &mut digest, &mut live)?;
    }
    tx.prepare_cached("UPDATE bucket SET cursor = ?2, digest = ?3, live = ?4 WHERE bucket = ?1")?
        .execute(params![held.row, page.to, digest.to_bytes(), live])?;
    Ok(page.rows.len())
}

/// Writes one row as received, and keeps digest and search index in step with it.
pub(crate) fn take_row(
    tx: &Transaction<'_>,
    held: &buckets::Held,
    row: &IncomingRow,
    fresh: bool,
    digest: &mut BucketDigest,
    live: &mut i64,
) -> Result<()> {
    let code = kinds::code_of_name(tx, &row.kind)?;
    let known = RecordKind::parse(&row.kind);
    if !fresh && let Some(old) = stored(tx, row.id, code)? {
        if old.bucket != held.row {
            return Err(StoreError::Inconsistent("a record that belongs to another bucket"));
        }
        digest.remove(&entry(&row.kind, &row.id, old.rev, &old.sha));
        *live -= 1;
        search::remove(tx, old.row, known, &old.body)?;
        if row.body.is_none() {
            tx.prepare_cached("DELETE FROM record WHERE record = ?1")?.execute([old.row])?;
        }
    }
    let Some(body) = &row.body else { return Ok(()) };
    let sha = sha256(body);
    digest.add(&entry(&row.kind, &row.id, row.rev, &sha));
    *live += 1;
    let record = known.map(|kind| Record::from_bytes(kind, body)).transpose()?;
    let facets = record.as_ref().map(rows::facets).unwrap_or_default();
    let number: i64 = tx
        .prepare_cached(
            "INSERT INTO record (kind, id, bucket, parent, seq, rev, sha, day, open, sweep, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
             ON CONFLICT (id, kind) DO UPDATE SET parent = excluded.parent, seq = excluded.seq, rev = excluded.rev,
                sha = excluded.sha, day = excluded.day, open = excluded.open, sweep = excluded.sweep,
                body = excluded.body
             RETURNING record",
        )?
        .query_row(
            params![
                code,
                row.id,
                held.row,
                row.parent,
                row.seq,
                row.rev,
                sha.as_bytes(),
                facets.day,
                facets.open.then_some(1),
                held.sweep.unwrap_or(0),
                body
            ],
            |row| row.get(0),
        )?;
    if let Some(record) = &record {
        search::add(tx, number, record)?;
    }
    Ok(())
}

struct Stored {
    row: i64,
    bucket: i64,
    rev: i64,
    sha: Sha256,
    body: Vec<u8>,
}

fn stored(tx: &Transaction<'_>, id: Uuid, code: i64) -> Result<Option<Stored>> {
    Ok(tx
        .prepare_cached("SELECT record, bucket, rev, sha, body FROM record WHERE id = ?1 AND kind = ?2")?
        .query_row(params![id, code], |row| {
            Ok(Stored {
                row: row.get(0)?,
                bucket: row.get(1)?,
                rev: row.get(2)?,
                sha: Sha256::from_bytes(row.get::<_, [u8; 32]>(3)?),
                body: row.get(4)?,
            })
        })
        .optional()?)
}

/// Moves confirmed commands to the archive and writes what became of them into the journal.
fn confirm(tx: &Transaction<'_>, end: &IncomingEnd, now: DateTime<Utc>) -> Result<usize> {
    let before: i64 = meta::get(tx, MetaKey::ProcessedSeq)?.unwrap_or(0);
    for result in end.results.iter().filter(|result| result.seq > before) {
        journal::take_result(tx, result)?;
    }
    tx.prepare_cached(
        "INSERT OR REPLACE INTO archive (seq, command_id, envelope, acknowledged_at)
         SELECT seq, command_id, envelope, ?2 FROM outbox WHERE seq <= ?1",
    )?
    .execute(params![end.processed_seq, now.to_rfc3339()])?;
    let confirmed = tx.prepare_cached("DELETE FROM outbox WHERE seq <= ?1")?.execute([end.processed_seq])?;
    if end.processed_seq > before {
        meta::set(tx, MetaKey::ProcessedSeq, &end.processed_seq)?;
    }
    meta::set(tx, MetaKey::Grants, &end.grants)?;
    let month_ago = (now - chrono::TimeDelta::days(30)).to_rfc3339();
    tx.prepare_cached("DELETE FROM archive WHERE acknowledged_at < ?1")?.execute([month_ago])?;
    Ok(confirmed)
}
