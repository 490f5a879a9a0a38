//! The engine: hello, push until empty, pull until nothing more, apply, repair, purge. One at a time, never in the
//! way of a read.

mod incoming;
mod mend;
mod push;

use crate::connection::Session;
use crate::failure::SyncFailure;
use chrono::{DateTime, Utc};
use mentalspace_domain::ids::BucketId;
use mentalspace_protocol::error::ErrorCode;
use mentalspace_protocol::pull::{Cursor, HeldSummary, PullRequest};
use mentalspace_protocol::session::{Directive, HelloAnswer, HelloRequest, TreeHead};
use mentalspace_protocol::verify::PurgeAckRequest;
use mentalspace_store::{MetaKey, Store};
use uuid::Uuid;

/// Buckets whose rows are counted and hashed anew in one cycle, until all have been on that day: some milliseconds.
const CHECKED_AT_A_TIME: u32 = 16;

/// How far one cycle may go. Outside of tests it goes to the end.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extent {
    /// Stop after this many pull answers.
    pub pages: Option<u32>,
    /// Rows to ask for at a time.
    pub rows: Option<u32>,
}

/// What a cycle came to.
#[derive(Debug, Default)]
pub struct Report {
    /// Commands that the server has processed in this cycle.
    pub pushed: usize,
    /// Rows received.
    pub rows: usize,
    /// Pull answers applied.
    pub pages: u32,
    /// Buckets repaired.
    pub repaired: usize,
    /// Buckets whose digest stays wrong after a repair today: somebody has to look.
    pub alarms: Vec<BucketId>,
    /// Whether everything there was to send and to fetch is done.
    pub complete: bool,
    /// The device has been revoked: it must hand over what is still written on it, and then erase itself.
    pub revoked: bool,
    /// A newer release is needed before anything can be fetched.
    pub upgrade: bool,
    /// Whether anything that a person sees has changed.
    pub changed: bool,
    /// The server was restored from a backup, and something that was offered again waits there for another device.
    pub waiting: bool,
    /// Why not everything was handed over: the server does not take a command for what is in it, or the way broke after
    /// it had carried something. That command and those behind it wait; the rest goes on.
    pub unfinished: Option<SyncFailure>,
}

/// One sync cycle of one device.
pub struct Engine<'a> {
    store: &'a Store,
    session: Session<'a>,
    /// The device's clock.
    clock: &'a (dyn Fn() -> DateTime<Utc> + Send + Sync),
    /// Buckets wanted first: today's charts.
    priority: Vec<BucketId>,
}

impl std::fmt::Debug for Engine<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Engine")
    }
}

/// How often one sync asks the same: a server that never comes to an end is left alone until the next try.
const SAME_QUESTIONS: u32 = 3;

/// How often in a row the same rows have been asked for.
#[derive(Default)]
struct Asked {
    cursors: Vec<Cursor>,
    times: u32,
}

impl Asked {
    fn too_often(&mut self, cursors: &[Cursor]) -> bool {
        if self.cursors != cursors {
            *self = Self { cursors: cursors.to_vec(), times: 0 };
        }
        self.times += 1;
        self.times > SAME_QUESTIONS
    }
}

/// What a hello told, for the caller to act on (lease, tree head).
pub type Greeting = HelloAnswer;

impl<'a> Engine<'a> {
    /// An engine over a store and a session.
    #[must_use]
    pub fn new(
        store: &'a Store,
        session: Session<'a>,
        clock: &'a (dyn Fn() -> DateTime<Utc> + Send + Sync),
        priority: Vec<BucketId>,
    ) -> Self {
        Self { store, session, clock, priority }
    }

    /// Says hello. A changed epoch is taken in at once, and so is a server that is behind what it had confirmed: what
    /// it no longer has is queued again.
    ///
    /// # Errors
    /// See [`SyncFailure`].
    pub async fn hello(&self) -> Result<Greeting, SyncFailure> {
        let (buckets, heads, grants) = self.store.held_summary()?;
        let epoch = self.epoch()?;
        let tree: Option<TreeHead> = self.store.meta(MetaKey::TreeHead)?;
        let greeting = self
            .session
            .hello(&HelloRequest {
                log_epoch: epoch,
                device_time: (self.clock)(),
                unsent: self.store.outbox_len()?,
                tree_size: tree.as_ref().map_or(0, |head| head.size),
                tree_epoch: tree.map(|head| head.log_epoch).filter(|of_tree| *of_tree != epoch),
                held: HeldSummary { buckets, heads, grants },
            })
            .await?;
        if greeting.log_epoch != epoch {
            self.store.new_epoch(greeting.log_epoch, greeting.processed_seq, (self.clock)())?;
        } else if greeting.processed_seq < self.store.meta(MetaKey::ProcessedSeq)?.unwrap_or(0) {
            self.store.renumber_after(greeting.processed_seq, (self.clock)())?;
        }
        Ok(greeting)
    }

    /// Runs one cycle after `greeting`.
    ///
    /// What the push could not finish is in the report, beside what was done all the same.
    ///
    /// # Errors
    /// See [`SyncFailure`]. What was done until then stands; the next cycle goes on from there.
    pub async fn cycle(&self, greeting: &Greeting, extent: Extent) -> Result<Report, SyncFailure> {
        let mut report = Report::default();
        let pushed = self.push(&mut report).await;
        // One that is told to erase itself keeps what it could not hand over, and is told whatever became of that.
        if greeting.directive == Some(Directive::Revoked) {
            report.revoked = true;
            return Ok(report);
        }
        pushed?;
        if greeting.directive == Some(Directive::Upgrade) {
            report.upgrade = true;
            return Ok(report);
        }
        let told = self.acknowledge().await;
        self.store.check_some((self.clock)().date_naive(), CHECKED_AT_A_TIME)?;
        if greeting.unchanged && report.pushed == 0 && self.settled()? {
            report.complete = true;
            self.store.set_meta(MetaKey::LastSync, &(self.clock)())?;
            return told.map(|()| report);
        }
        self.pull(&mut report, extent).await?;
        if report.revoked {
            return Ok(report);
        }
        let mut told = self.acknowledge().await;
        if report.complete {
            self.mend(&mut report).await?;
            if self.store.outbox_len()? == 0 {
                // The server had it all the same.
                report.unfinished = None;
            }
            self.store.set_meta(MetaKey::LastSync, &(self.clock)())?;
            told = told.and_then(|()| Ok(self.store.made_up_for((self.clock)())?));
        }
        // What of an erased chart could not be removed keeps no row waiting, and no other chart from being erased.
        told.map(|()| report)
    }

    /// Hands over what is pending and fetches nothing: all that a revoked device may still do.
    ///
    /// # Errors
    /// See [`SyncFailure`]. What the server has not taken is kept.
    pub async fn hand_over(&self) -> Result<(), SyncFailure> {
        let report = self.push_only().await?;
        match report.unfinished {
            Some(failure) => Err(failure),
            // What waits was not taken, and whoever hands over is about to forget it.
            None if report.waiting => Err(SyncFailure::Incomplete),
            None => Ok(()),
        }
    }

    /// Sends what is pending and fetches nothing: what a device does whose server does not prove to be what it was. A
    /// mismatch never stops a push.
    ///
    /// # Errors
    /// See [`SyncFailure`].
    pub async fn push_only(&self) -> Result<Report, SyncFailure> {
        let mut report = Report::default();
        self.push(&mut report).await?;
        Ok(report)
    }

    fn epoch(&self) -> Result<Uuid, SyncFailure> {
        Ok(self.store.meta(MetaKey::LogEpoch)?.unwrap_or_default())
    }

    /// Whether nothing waits for confirmation and every bucket is whole.
    fn settled(&self) -> Result<bool, SyncFailure> {
        let readiness = self.store.readiness()?;
        Ok(self.store.outbox_len()? == 0 && readiness.ready == readiness.buckets)
    }

    async fn pull(&self, report: &mut Report, extent: Extent) -> Result<(), SyncFailure> {
        let mut epochs = 0;
        let mut asked = Asked::default();
        loop {
            if extent.pages.is_some_and(|pages| report.pages >= pages) {
                return Ok(());
            }
            let request = self.pull_request(extent)?;
            if asked.too_often(&request.cursors) || epochs == SAME_QUESTIONS {
                return Err(SyncFailure::Incomplete);
            }
            let asked_at = (self.clock)();
            let pulled = match self.session.pull(&request).await {
                Err(SyncFailure::Refused(body)) if body.code == ErrorCode::EpochChanged => {
                    let Some(position) = body.position else { return Err(SyncFailure::Refused(body)) };
                    self.store.new_epoch(position.log_epoch, position.processed_seq, (self.clock)())?;
                    // What is offered again goes first.
                    epochs += 1;
                    self.push(report).await?;
                    continue;
                }
                Err(SyncFailure::Refused(body)) if body.code == ErrorCode::DeviceRevoked => {
                    report.revoked = true;
                    return Ok(());
                }
                Err(SyncFailure::Refused(body)) if body.code == ErrorCode::UpgradeRequired => {
                    report.upgrade = true;
                    return Ok(());
                }
                Err(failure @ (SyncFailure::Unreachable(_) | SyncFailure::Incomplete)) => {
                    self.session.paging().was_cut();
                    return Err(failure);
                }
                other => other?,
            };
            let more = pulled.end.as_ref().map(|end| end.more);
            let applied = self.store.apply(&incoming::incoming(pulled), (self.clock)())?;
            self.session.paging().answered((self.clock)() - asked_at, more);
            report.pages += 1;
            report.rows += applied.rows;
            report.changed |= applied.changed;
            match more {
                Some(false) => {
                    report.complete = true;
                    return Ok(());
                }
                Some(true) => {}
                None => return Err(SyncFailure::Incomplete),
            }
        }
    }

    fn pull_request(&self, extent: Extent) -> Result<PullRequest, SyncFailure> {
        let cursors = self
            .store
            .held()?
            .into_iter()
            .filter(|bucket| bucket.status != "local" && bucket.status != "purging")
            .map(|bucket| Cursor { bucket: bucket.id, seq: bucket.cursor })
            .collect();
        Ok(PullRequest {
            log_epoch: self.epoch()?,
            cursors,
            priority: self.priority.clone(),
            rows: extent.rows.unwrap_or_else(|| self.session.paging().rows()),
            results_after: self.store.meta(MetaKey::ProcessedSeq)?.unwrap_or(0),
        })
    }

    /// Tells the server what was erased, also what it was told before and did not hear. Where it does not take that, it
    /// is told again the next time, and nothing else waits for it.
    async fn acknowledge(&self) -> Result<(), SyncFailure> {
        for (bucket, rows) in self.store.erased()? {
            let ack =
                PurgeAckRequest { bucket: Some(bucket), rows, at: (self.clock)(), in_part_unread: false };
            match self.session.purge_ack(&ack).await {
                Ok(()) => self.store.acknowledged(bucket)?,
                Err(SyncFailure::Refused(_)) => {}
                Err(failure) => return Err(failure),
            }
        }
        Ok(())
    }
}
