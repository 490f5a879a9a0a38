//! The one transaction in which a device takes in what a pull brought.

use crate::bug::Bug;
use crate::chart::{Bucket, CommandId, Key};
use crate::device::{Archived, HeldBucket, Pending, Status, Store, Stored, begin_sweep, digest, named};
use crate::messages::{End, Manifest, Page, PullAnswer, Row};
use crate::server::entry;
use std::collections::BTreeMap;

/// Days for which confirmed commands are kept.
const ARCHIVE_DAYS: u32 = 30;

/// What applying came to.
#[derive(Clone, Debug, Default)]
pub struct Applied {
    /// Buckets erased.
    pub purged: Vec<Bucket>,
    /// Commands confirmed.
    pub confirmed: Vec<CommandId>,
    /// Commands had to be numbered anew.
    pub renumbered: bool,
    /// Buckets whose sweep ended.
    pub swept: usize,
}

impl Store {
    /// Applies what a pull brought, in one transaction.
    ///
    /// # Errors
    /// A page does not continue its cursor: nothing is changed.
    pub fn apply(&mut self, answer: &PullAnswer, day: u32) -> Result<Applied, String> {
        let mut next = self.clone();
        let applied = next.transaction(answer, day)?;
        *self = next;
        Ok(applied)
    }

    /// What is durable after a kill in the middle: with [`Bug::CursorBeforeRows`] the cursors, else nothing.
    pub fn killed_while_applying(&mut self, answer: &PullAnswer) {
        if self.bug == Bug::CursorBeforeRows {
            for page in &answer.pages {
                if let Some(held) = self.buckets.get_mut(&page.bucket) {
                    held.cursor = page.to;
                }
            }
        }
    }

    fn transaction(&mut self, answer: &PullAnswer, day: u32) -> Result<Applied, String> {
        let mut applied = Applied::default();
        for manifest in &answer.manifest {
            self.take_manifest(manifest);
        }
        for page in &answer.pages {
            self.take_page(page)?;
        }
        for bucket in &answer.revoked {
            if let Some(held) = self.buckets.get_mut(bucket)
                && self.bug != Bug::NoPurge
            {
                held.status = Status::Purging;
            }
        }
        if let Some(end) = &answer.end {
            let whole = |manifest: &Manifest| {
                self.buckets.get(&manifest.bucket).is_some_and(|held| held.cursor >= manifest.head)
            };
            if answer.manifest.iter().all(whole) || self.bug == Bug::ConfirmedBeforeWhole {
                self.confirm(end, day, &mut applied);
            } else if self.bug == Bug::ResultsDropped {
                self.processed = self.processed.max(end.processed);
            }
        }
        self.settle(answer, &mut applied);
        let drained = self.drained();
        if self.bug != Bug::OverlayNotReplayed {
            self.replay();
        }
        for bucket in drained {
            self.purge(bucket);
            applied.purged.push(bucket);
        }
        Ok(applied)
    }

    fn take_manifest(&mut self, manifest: &Manifest) {
        let ghost = self.ghosts.remove(&manifest.bucket);
        let held = self.buckets.entry(manifest.bucket).or_insert(HeldBucket {
            cursor: ghost.unwrap_or(0),
            floor: 0,
            status: Status::Loading,
            sweep: None,
            digest: 0,
            rows: BTreeMap::new(),
        });
        let regranted = held.status == Status::Purging;
        if matches!(held.status, Status::Purging | Status::Local) {
            held.status = Status::Loading;
        }
        if manifest.reset || regranted && self.bug != Bug::CursorKeptOnRegrant {
            begin_sweep(held);
        }
        if held.cursor == 0 {
            held.floor = manifest.floor;
        }
    }

    fn take_page(&mut self, page: &Page) -> Result<(), String> {
        let held = self.buckets.get_mut(&page.bucket).ok_or("a page of an unknown bucket")?;
        if held.status == Status::Purging {
            return Ok(());
        }
        if held.cursor != page.from && self.bug != Bug::CursorKeptOnRegrant {
            return Err(format!("a page from {} does not continue cursor {}", page.from, held.cursor));
        }
        for (key, row) in &page.rows {
            take_row(held, *key, row, self.bug);
        }
        held.cursor = page.to;
        Ok(())
    }

    /// Takes as confirmed what was offered and whose number the server does not name for another.
    fn confirm(&mut self, end: &End, day: u32, applied: &mut Applied) {
        let before = self.processed;
        let named: BTreeMap<i64, CommandId> =
            end.results.iter().map(|result| (result.seq, result.id)).collect();
        for result in end.results.iter().filter(|result| result.seq > before) {
            self.journal.insert(result.id, result.outcome);
        }
        let reached: Vec<i64> = self.outbox.range(..=end.processed).map(|(seq, _)| *seq).collect();
        for seq in reached {
            let Some(pending) = self.outbox.get(&seq) else { continue };
            let id = pending.command.id;
            let another = !pending.offered || named.get(&seq).is_some_and(|named| *named != id);
            if another && self.bug != Bug::ForkUnnoticed {
                applied.renumbered = true;
                continue;
            }
            self.acknowledge(seq, day);
            applied.confirmed.push(id);
        }
        self.processed = before.max(end.processed);
        if applied.renumbered {
            let pending = self.pending();
            self.renumber(pending, self.processed);
        }
        self.grants = end.grants;
        let days = if self.bug == Bug::ArchivePrunedEarly { 2 } else { ARCHIVE_DAYS };
        self.archive.retain(|_, kept| kept.day + days >= day);
    }

    /// Moves a command to the archive.
    pub fn acknowledge(&mut self, seq: i64, day: u32) {
        if let Some(Pending { command, .. }) = self.outbox.remove(&seq)
            && self.bug != Bug::NoArchive
        {
            self.archive.insert(command.id, Archived { seq, command, day });
        }
    }

    fn settle(&mut self, answer: &PullAnswer, applied: &mut Applied) {
        for manifest in &answer.manifest {
            let Some(held) = self.buckets.get_mut(&manifest.bucket) else { continue };
            if held.status == Status::Purging {
                continue;
            }
            if held.cursor < manifest.head {
                held.status = Status::Loading;
                continue;
            }
            applied.swept += usize::from(end_sweep(held, self.bug));
            let matches = held.digest == manifest.digest && held.rows.len() == manifest.live;
            held.status = if matches { Status::Ready } else { Status::Repair };
        }
        if self.bug == Bug::EmptiedBucketForgotten {
            return;
        }
        // Named with cursor 0 and in no manifest: the server has nothing there any more.
        for (bucket, held) in &mut self.buckets {
            let absent = answer.manifest.iter().all(|manifest| manifest.bucket != *bucket);
            if absent && named(held) && held.status != Status::Ready && held.cursor == 0 {
                applied.swept += usize::from(end_sweep(held, self.bug));
                held.status = Status::Ready;
            }
        }
    }

    /// Buckets to be erased that no unsent command touches any more.
    fn drained(&self) -> Vec<Bucket> {
        let guarded = |bucket: Bucket| {
            self.outbox.values().any(|pending| pending.touches && pending.command.bucket == bucket)
        };
        self.buckets
            .iter()
            .filter(|(_, held)| held.status == Status::Purging)
            .map(|(bucket, _)| *bucket)
            .filter(|bucket| self.bug == Bug::PurgeForgetsUnsent || !guarded(*bucket))
            .collect()
    }

    fn purge(&mut self, bucket: Bucket) {
        self.overlay.retain(|(place, _), _| *place != bucket);
        self.archive.retain(|_, kept| kept.command.bucket != bucket);
        if self.bug == Bug::PurgeForgetsUnsent {
            self.outbox.retain(|_, pending| pending.command.bucket != bucket);
        }
        if let Some(held) = self.buckets.remove(&bucket)
            && self.bug == Bug::CursorKeptOnRegrant
        {
            self.ghosts.insert(bucket, held.cursor);
        }
    }
}

fn end_sweep(held: &mut HeldBucket, bug: Bug) -> bool {
    let Some(sweep) = held.sweep.take() else { return false };
    if bug != Bug::ResetWithoutSweep {
        held.rows.retain(|_, stored| stored.sweep >= sweep);
    }
    held.digest = digest(held);
    true
}

fn take_row(held: &mut HeldBucket, key: Key, row: &Row, bug: Bug) {
    let sweep = held.sweep.unwrap_or(0);
    if let Some(old) = held.rows.get_mut(&key) {
        let same_words = old.row.body == row.body;
        // A restored server writes what is signed anew: the same words beside another salt.
        let anew = same_words && held.sweep.is_some() && bug != Bug::SaltTakenForAChange;
        let changed = !same_words || old.row.salt != row.salt;
        if key.insert_only() && changed && !anew && bug != Bug::SignedOverwritten {
            old.sweep = sweep;
            return;
        }
        held.digest = held.digest.wrapping_sub(entry(key, &old.row));
        held.rows.remove(&key);
    }
    if row.body.is_some() {
        held.digest = held.digest.wrapping_add(entry(key, row));
        held.rows.insert(key, Stored { row: row.clone(), sweep });
    }
}
