//! The device's store: what is durable there, and the transactions that change it.

use crate::bug::Bug;
use crate::chart::{self, Body, Bucket, Command, CommandId, Intent, Key, Outcome, Refusal, Side};
use crate::messages::{Cursor, Held, Row, TreeHead};
use crate::server::entry;
use std::collections::{BTreeMap, BTreeSet};

/// How far a bucket is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Begun here, not confirmed.
    Local,
    /// On its way.
    Loading,
    /// Whole, and the digest is the server's.
    Ready,
    /// Whole, and the digest is not.
    Repair,
    /// Hidden, and erased once nothing unsent touches it.
    Purging,
}

/// A row as received, and the sweep that brought it last.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The row.
    pub row: Row,
    /// The sweep.
    pub sweep: u32,
}

/// A bucket held.
#[derive(Clone, Debug)]
pub struct HeldBucket {
    /// Highest applied number.
    pub cursor: i64,
    /// How far the bucket was pruned when it was begun from 0.
    pub floor: i64,
    /// How far.
    pub status: Status,
    /// Set while everything comes again.
    pub sweep: Option<u32>,
    /// Sum over the rows.
    pub digest: u64,
    /// The rows.
    pub rows: BTreeMap<Key, Stored>,
}

/// A command that the server has not confirmed.
#[derive(Clone, Debug)]
pub struct Pending {
    /// The command.
    pub command: Command,
    /// Whether it was ever offered.
    pub offered: bool,
    /// Whether it is known which bucket it touches.
    pub touches: bool,
}

/// A confirmed command.
#[derive(Clone, Debug)]
pub struct Archived {
    /// Its number when it was confirmed.
    pub seq: i64,
    /// The command.
    pub command: Command,
    /// The day of its confirmation.
    pub day: u32,
}

/// Everything durable on a device.
#[derive(Clone, Debug)]
pub struct Store {
    /// The log epoch that it knows.
    pub epoch: u32,
    /// What it holds.
    pub buckets: BTreeMap<Bucket, HeldBucket>,
    /// By number.
    pub outbox: BTreeMap<i64, Pending>,
    /// Records as they will stand.
    pub overlay: BTreeMap<(Bucket, Key), Option<Body>>,
    /// Confirmed commands.
    pub archive: BTreeMap<CommandId, Archived>,
    /// What became of commands.
    pub journal: BTreeMap<CommandId, Outcome>,
    /// The highest number that the server confirmed.
    pub processed: i64,
    /// The lowest number at which a restore has parted the histories of the server.
    common: Option<i64>,
    /// Sum of grant revisions as the last whole pull stated it.
    pub grants: i64,
    /// The last tree head seen.
    pub tree: Option<TreeHead>,
    /// Cursors of erased buckets, for [`Bug::CursorKeptOnRegrant`].
    pub(crate) ghosts: BTreeMap<Bucket, i64>,
    pub(crate) bug: Bug,
}

impl Store {
    /// The store of a device that was just enrolled.
    #[must_use]
    pub fn new(bug: Bug) -> Self {
        Self {
            epoch: 1,
            buckets: BTreeMap::new(),
            outbox: BTreeMap::new(),
            overlay: BTreeMap::new(),
            archive: BTreeMap::new(),
            journal: BTreeMap::new(),
            processed: 0,
            common: None,
            grants: 0,
            tree: None,
            ghosts: BTreeMap::new(),
            bug,
        }
    }

    /// A record as it stands for the user: the overlay's, else the server's.
    #[must_use]
    pub fn shown(&self, bucket: Bucket, key: Key) -> Option<Body> {
        if let Some(pending) = self.overlay.get(&(bucket, key)) {
            return pending.clone();
        }
        let held = self.buckets.get(&bucket).filter(|held| held.status != Status::Purging)?;
        held.rows.get(&key).and_then(|stored| stored.row.body.clone())
    }

    /// Decides a command over what is held.
    ///
    /// # Errors
    /// The refusal.
    pub fn decide(&self, command: &Command) -> Result<chart::Decision, Refusal> {
        let held = self.buckets.get(&command.bucket).is_some_and(|held| held.status != Status::Purging);
        if !held && command.intent != Intent::Open {
            return Err(Refusal::NotAllowed);
        }
        chart::decide(command, Side::Device, self.bug, &|key| self.shown(command.bucket, key))
    }

    /// Takes a command: decided, queued and laid over the records.
    ///
    /// # Errors
    /// The refusal; nothing is changed then.
    pub fn submit(&mut self, command: Command) -> Result<(), Refusal> {
        let decision = self.decide(&command)?;
        if decision.outcome == Outcome::Noop {
            return Ok(());
        }
        let seq = self.next_seq();
        self.lay(command.bucket, decision);
        self.outbox.insert(seq, Pending { command, offered: false, touches: true });
        Ok(())
    }

    fn next_seq(&self) -> i64 {
        self.outbox.keys().next_back().copied().unwrap_or(0).max(self.processed) + 1
    }

    fn lay(&mut self, bucket: Bucket, decision: chart::Decision) {
        self.buckets.entry(bucket).or_insert(HeldBucket {
            cursor: 0,
            floor: 0,
            status: Status::Local,
            sweep: None,
            digest: 0,
            rows: BTreeMap::new(),
        });
        for (key, body) in decision.changes {
            self.overlay.insert((bucket, key), body);
        }
    }

    /// Builds the overlay anew: every pending command, in order, over the records as they stand.
    pub fn replay(&mut self) {
        self.overlay.clear();
        self.buckets.retain(|_, held| held.status != Status::Local);
        let pending: Vec<(i64, Command)> =
            self.outbox.iter().map(|(seq, pending)| (*seq, pending.command.clone())).collect();
        for (seq, command) in pending {
            // Refused here: the server has the last word on it, and until then the base shows.
            let accepted = self.decide(&command).map(|decision| self.lay(command.bucket, decision)).is_ok();
            if let Some(pending) = self.outbox.get_mut(&seq) {
                pending.touches |= accepted || self.bug != Bug::TouchesLostOnRenumber;
            }
        }
    }

    /// The next commands above `after`, marked as offered before they are given.
    pub fn offer(&mut self, after: i64, most: usize) -> Vec<(i64, Command)> {
        let mut batch = Vec::new();
        for (seq, pending) in self.outbox.range_mut(after + 1..).take(most) {
            pending.offered = true;
            batch.push((*seq, pending.command.clone()));
        }
        batch
    }

    /// The three sums of a hello.
    #[must_use]
    pub fn held_summary(&self) -> Held {
        let held = || self.buckets.values().filter(|held| named(held));
        Held {
            buckets: i64::try_from(held().count()).unwrap_or(i64::MAX),
            heads: held().map(|held| held.cursor).sum(),
            grants: self.grants,
        }
    }

    /// The cursors of a pull.
    #[must_use]
    pub fn cursors(&self) -> Vec<Cursor> {
        self.buckets
            .iter()
            .filter(|(_, held)| named(held))
            .map(|(bucket, held)| Cursor { bucket: *bucket, seq: held.cursor, floor: held.floor })
            .collect()
    }

    /// Whether nothing waits and every bucket is whole.
    #[must_use]
    pub fn settled(&self) -> bool {
        self.outbox.is_empty() && self.buckets.values().all(|held| held.status == Status::Ready)
    }

    /// Gives pending commands new numbers after `processed`.
    pub fn renumber_after(&mut self, processed: i64) {
        let pending = self.pending();
        self.renumber(pending, processed);
        self.replay();
    }

    pub(crate) fn pending(&self) -> Vec<(Command, bool)> {
        self.outbox.values().map(|pending| (pending.command.clone(), pending.touches)).collect()
    }

    pub(crate) fn renumber(&mut self, commands: Vec<(Command, bool)>, after: i64) {
        self.outbox.clear();
        self.processed = after;
        let mut seen = BTreeSet::new();
        for (command, touches) in commands {
            if seen.insert(command.id) {
                let seq = self.next_seq();
                let touches = touches && self.bug != Bug::TouchesLostOnRenumber;
                self.outbox.insert(seq, Pending { command, offered: false, touches });
            }
        }
    }

    /// The server was restored: everything is fetched anew, and everything that it may lack is offered again.
    pub fn new_epoch(&mut self, epoch: u32, processed: i64) {
        self.epoch = epoch;
        // Up to here numbers mean the same in every history that the server may have been restored to.
        let common = self.common.filter(|_| self.bug != Bug::ReofferedByNumber);
        let above = common.map_or(processed, |common| common.min(processed));
        self.common = Some(above);
        let mut again: Vec<Archived> =
            self.archive.values().filter(|kept| kept.seq > above).cloned().collect();
        again.sort_by_key(|kept| kept.seq);
        self.archive.retain(|_, kept| kept.seq <= above);
        let mut commands: Vec<(Command, bool)> = again.into_iter().map(|kept| (kept.command, true)).collect();
        commands.extend(self.pending());
        self.renumber(commands, processed);
        self.buckets.values_mut().for_each(begin_sweep);
        self.replay();
    }

    /// Whether an unsent command is about a bucket, looked up in the commands themselves.
    #[must_use]
    pub fn has_unsent_about(&self, bucket: Bucket) -> bool {
        self.outbox.values().any(|pending| pending.command.bucket == bucket)
    }
}

pub(crate) const fn named(held: &HeldBucket) -> bool {
    !matches!(held.status, Status::Local | Status::Purging)
}

/// Everything of the bucket comes again from 0; what does not come is removed at the end, never before.
pub(crate) fn begin_sweep(held: &mut HeldBucket) {
    if held.cursor > 0 {
        held.cursor = 0;
        held.sweep = Some(held.rows.values().map(|stored| stored.sweep).max().unwrap_or(0) + 1);
        if held.status != Status::Purging {
            held.status = Status::Loading;
        }
    }
}

/// The digest, counted from the rows themselves.
#[must_use]
pub fn digest(held: &HeldBucket) -> u64 {
    held.rows.iter().fold(0, |sum: u64, (key, stored)| sum.wrapping_add(entry(*key, &stored.row)))
}
