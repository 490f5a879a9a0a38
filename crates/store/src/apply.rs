//! Applying what a pull brought: rows, cursors, acknowledgements and the overlay in one transaction.

use crate::error::Result;
use crate::journal::{self, Entry};
use crate::meta::{self, MetaKey};
use crate::{Store, Writer, buckets, confirm, database, outbox, take};
use chrono::{DateTime, Utc};
use mentalspace_crypto::digest::BucketDigest;
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::decision::Outcome;
use mentalspace_domain::ids::{BucketId, CommandId};
use rusqlite::{Connection, Transaction};
use serde::{Deserialize, Serialize};
use std::sync::mpsc;
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
    /// How many records it made that were not there, and facts it overruled unseen.
    pub made: u32,
}

/// What had become of a confirmed command, as the archive keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Became {
    /// Its outcome.
    pub outcome: Outcome,
    /// How many records it made that were not there, and facts it overruled unseen.
    pub made: u32,
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
    /// Commands are confirmed only by an answer after which every bucket of its manifest is whole: until then their
    /// effects may still be on the way, and what was written here would vanish from the screen meanwhile.
    ///
    /// # Errors
    /// A page does not continue this device's cursor, or the store fails; nothing is changed then.
    pub fn apply(&self, incoming: &Incoming, now: DateTime<Utc>) -> Result<Applied> {
        let applied = self.write(|writer| writer.apply(incoming, now))?;
        if !applied.purged.is_empty() {
            // What could not be removed now is removed before the server is told.
            let _ = self.leave_nothing();
        }
        Ok(applied)
    }

    /// Buckets that were erased and may be acknowledged, each with the number of its records. Nothing of them is left on
    /// this device when it is given: not in the log, the second copy or a file that was set aside. While one of those is
    /// kept because words may be in it that are nowhere else, nothing may be acknowledged.
    ///
    /// # Errors
    /// The store fails, or something is left that could not be removed.
    pub fn erased(&self) -> Result<Vec<(BucketId, i64)>> {
        let erased: Vec<(BucketId, i64)> = self.meta(MetaKey::Erased)?.unwrap_or_default();
        if !erased.is_empty() && !self.leave_nothing()? {
            return Ok(Vec::new());
        }
        Ok(erased)
    }

    /// The server has been told that this bucket was erased.
    ///
    /// # Errors
    /// The store fails.
    pub fn acknowledged(&self, bucket: BucketId) -> Result<()> {
        self.write(|writer| still_to_tell(&writer.db, |erased| erased.retain(|(id, _)| *id != bucket)))
    }

    /// Gives whether nothing of what was erased is left.
    fn leave_nothing(&self) -> Result<bool> {
        self.write(|writer| {
            // No reader may hold on to an older state: what was erased would live on in the log.
            let quiet = self.all_readers();
            database::checkpoint(&writer.db)?;
            drop(quiet);
            writer.renew_copy()
        })?;
        self.remove_damaged_files()
    }
}

/// Of a bucket that has come again since it was erased nothing is told any more.
pub(crate) fn forget_what_came_again(db: &Connection) -> Result<()> {
    let mut held = Vec::new();
    let erased: Vec<(BucketId, i64)> = meta::get(db, MetaKey::Erased)?.unwrap_or_default();
    for (id, _) in erased {
        if buckets::find(db, id)?.is_some() {
            held.push(id);
        }
    }
    still_to_tell(db, |erased| erased.retain(|(id, _)| !held.contains(id)))
}

impl Writer {
    fn apply(&mut self, incoming: &Incoming, now: DateTime<Utc>) -> Result<Applied> {
        self.close_open()?;
        let tx = self.db.transaction()?;
        let mut applied = Applied::default();
        buckets::take_manifest(&tx, &incoming.buckets)?;
        // What comes again is held again.
        let comes = |id: BucketId| incoming.buckets.iter().any(|bucket| bucket.id == id);
        still_to_tell(&tx, |erased| erased.retain(|(id, _)| !comes(*id)))?;
        applied.rows = take_pages(&tx, &incoming.pages, now)?;
        for id in &incoming.revoked {
            buckets::revoke(&tx, *id)?;
        }
        let arrived = buckets::arrived(&tx, &incoming.buckets)?;
        let mut confirmed = confirm::Confirmed::default();
        let complete = incoming.end.as_ref().filter(|_| arrived);
        if let Some(end) = complete {
            confirmed = confirm::confirm(&tx, end, now)?;
            applied.confirmed = confirmed.commands;
        }
        applied.mismatched = buckets::settle(&tx, &incoming.buckets, now)?;
        let emptied = buckets::settle_emptied(&tx, &incoming.buckets, now)?;
        let drained = buckets::drained(&tx)?;
        let outbox_changed = confirmed.commands > 0 || confirmed.renumbered;
        applied.changed = applied.rows > 0
            || emptied > 0
            || outbox_changed
            || !incoming.revoked.is_empty()
            || !drained.is_empty();
        let arriving = outbox::is_arriving(&tx)?;
        if complete.is_none() && (arriving || outbox::may_be_in_rows(&tx, incoming.end.as_ref())?) {
            outbox::wait_for_rows(&tx, now)?;
        } else if applied.changed || arriving {
            applied.changed = true;
            outbox::replay(&tx, now)?;
        }
        for (row, id) in drained {
            let erased = buckets::purge(&tx, row)?;
            if erased > 0 {
                let what = format!("{erased} records were removed from this device because access ended");
                journal::add(&tx, &Entry::local(now, "bucket.purge", what))?;
            }
            applied.purged.push((id, erased));
        }
        still_to_tell(&tx, |erased| {
            for (id, rows) in &applied.purged {
                match erased.iter_mut().find(|(known, _)| known == id) {
                    Some((_, before)) => *before += rows,
                    None => erased.push((*id, *rows)),
                }
            }
        })?;
        tx.commit()?;
        if outbox_changed || !applied.purged.is_empty() {
            self.try_renew_copy();
        }
        Ok(applied)
    }
}

/// Changes which erased buckets the server has still to be told of.
fn still_to_tell(db: &Connection, change: impl FnOnce(&mut Vec<(BucketId, i64)>)) -> Result<()> {
    let before: Vec<(BucketId, i64)> = meta::get(db, MetaKey::Erased)?.unwrap_or_default();
    let mut after = before.clone();
    change(&mut after);
    match after.as_slice() {
        same if same == before => Ok(()),
        [] => meta::forget(db, MetaKey::Erased),
        some => meta::set(db, MetaKey::Erased, some),
    }
}

/// Rows that are hashed and read at a time, ahead of the writer.
const AHEAD: usize = 64;
/// Below this many rows a second thread costs more than it saves.
const WORTH_A_THREAD: usize = 256;

fn take_pages(tx: &Transaction<'_>, pages: &[IncomingPage], now: DateTime<Utc>) -> Result<usize> {
    let mut taken = 0;
    if pages.iter().map(|page| page.rows.len()).sum::<usize>() < WORTH_A_THREAD {
        for page in pages {
            taken += take::page(tx, page, &mut page.rows.iter().map(take::prepare), now)?;
        }
        return Ok(taken);
    }
    // Hashing and reading go on on another core while this one writes; the order stays.
    std::thread::scope(|scope| {
        let (sender, receiver) = mpsc::sync_channel::<Vec<take::Prepared<'_>>>(4);
        scope.spawn(move || {
            let rows: Vec<&IncomingRow> = pages.iter().flat_map(|page| &page.rows).collect();
            for some in rows.chunks(AHEAD) {
                if sender.send(some.iter().map(|row| take::prepare(row)).collect()).is_err() {
                    break;
                }
            }
        });
        let mut prepared = receiver.into_iter().flatten();
        for page in pages {
            taken += take::page(tx, page, &mut prepared, now)?;
        }
        Ok(taken)
    })
}
