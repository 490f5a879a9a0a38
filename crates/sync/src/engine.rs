//! The engine: hello, push until empty, pull until nothing more, apply, repair, purge. One at a time, never in the
//! way of a read.

use crate::connection::Session;
use crate::failure::SyncFailure;
use crate::stream::Pulled;
use chrono::{DateTime, Utc};
use mentalspace_domain::ids::BucketId;
use mentalspace_protocol::error::ErrorCode;
use mentalspace_protocol::limits::{MAX_PULL_ROWS, MAX_PUSH_COMMANDS, PUSH_BATCH_BYTES};
use mentalspace_protocol::pull::{Cursor, HeldSummary, PullRequest};
use mentalspace_protocol::push::{PushRequest, PushedCommand};
use mentalspace_protocol::session::{Directive, HelloAnswer, HelloRequest};
use mentalspace_protocol::verify::{PurgeAckRequest, VerifyRequest};
use mentalspace_store::{
    Applied, Incoming, IncomingBucket, IncomingEnd, IncomingPage, IncomingResult, IncomingRow, MetaKey, Store,
};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// How far one cycle may go. Outside of tests it goes to the end.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extent {
    /// Stop after this many pull answers.
    pub pages: Option<u32>,
    /// Rows to ask for at a time.
    pub rows: Option<u32>,
}

/// What a cycle came to.
#[derive(Clone, Debug, Default)]
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

    /// Says hello. A changed epoch is taken in at once.
    ///
    /// # Errors
    /// See [`SyncFailure`].
    pub async fn hello(&self) -> Result<Greeting, SyncFailure> {
        let (buckets, heads, grants) = self.store.held_summary()?;
        let greeting = self
            .session
            .hello(&HelloRequest {
                log_epoch: self.epoch()?,
                device_time: (self.clock)(),
                unsent: self.store.outbox_len()?,
                tree_size: self.tree_size()?,
                held: HeldSummary { buckets, heads, grants },
            })
            .await?;
        if greeting.log_epoch != self.epoch()? {
            self.store.new_epoch(greeting.log_epoch, greeting.processed_seq, (self.clock)())?;
        }
        Ok(greeting)
    }

    /// Runs one cycle after `greeting`.
    ///
    /// # Errors
    /// See [`SyncFailure`]. What was done until then stands; the next cycle goes on from there.
    pub async fn cycle(&self, greeting: &Greeting, extent: Extent) -> Result<Report, SyncFailure> {
        let mut report = Report::default();
        self.push(&mut report).await?;
        match greeting.directive {
            Some(Directive::Revoked) => {
                report.revoked = true;
                return Ok(report);
            }
            Some(Directive::Upgrade) => {
                report.upgrade = true;
                return Ok(report);
            }
            None => {}
        }
        if greeting.unchanged && report.pushed == 0 && self.settled()? {
            report.complete = true;
            self.store.set_meta(MetaKey::LastSync, &(self.clock)())?;
            return Ok(report);
        }
        self.pull(&mut report, extent).await?;
        if report.complete {
            self.store.set_meta(MetaKey::LastSync, &(self.clock)())?;
        }
        Ok(report)
    }

    /// Hands over what is pending and fetches nothing: all that a revoked device may still do.
    ///
    /// # Errors
    /// See [`SyncFailure`]. What the server has not taken is kept.
    pub async fn hand_over(&self) -> Result<(), SyncFailure> {
        self.push(&mut Report::default()).await
    }

    fn epoch(&self) -> Result<Uuid, SyncFailure> {
        Ok(self.store.meta(MetaKey::LogEpoch)?.unwrap_or_default())
    }

    fn tree_size(&self) -> Result<u64, SyncFailure> {
        let head: Option<mentalspace_protocol::session::TreeHead> = self.store.meta(MetaKey::TreeHead)?;
        Ok(head.map_or(0, |head| head.size))
    }

    /// Whether nothing waits for confirmation and every bucket is whole.
    fn settled(&self) -> Result<bool, SyncFailure> {
        Ok(self.store.outbox_len()? == 0 && self.store.held()?.iter().all(|bucket| bucket.status == "ready"))
    }

    async fn push(&self, report: &mut Report) -> Result<(), SyncFailure> {
        let mut mended = false;
        let mut batch = self.offer(0)?;
        while let Some(last) = batch.commands.last().map(|command| command.seq) {
            batch.device_time = (self.clock)();
            // While the server works on this one, the next is made ready.
            let (answer, next) = tokio::join!(self.session.push(&batch), async { self.offer(last) });
            match answer {
                Ok(_) => {
                    // The outbox keeps them until a pull says that they were processed.
                    report.pushed += batch.commands.len();
                    batch = next?;
                }
                Err(SyncFailure::Refused(body)) if !mended && body.position.is_some() => {
                    mended = true;
                    let Some(position) = body.position else { return Err(SyncFailure::Refused(body)) };
                    let now = (self.clock)();
                    match body.code {
                        ErrorCode::EpochChanged => {
                            self.store.new_epoch(position.log_epoch, position.processed_seq, now)?;
                        }
                        ErrorCode::SequenceGap | ErrorCode::DeviceFork => {
                            self.store.renumber_after(position.processed_seq, now)?;
                        }
                        _ => return Err(SyncFailure::Refused(body)),
                    }
                    batch = self.offer(0)?;
                }
                Err(failure) => return Err(failure),
            }
        }
        Ok(())
    }

    /// The next commands above `after`, as they are sent.
    fn offer(&self, after: i64) -> Result<PushRequest, SyncFailure> {
        let most = u32::try_from(MAX_PUSH_COMMANDS).unwrap_or(100);
        let pending = self.store.offer(after, most, PUSH_BATCH_BYTES)?;
        Ok(PushRequest {
            log_epoch: self.epoch()?,
            device_time: (self.clock)(),
            commands: pending
                .into_iter()
                .map(|pending| PushedCommand { seq: pending.seq, envelope: pending.envelope })
                .collect(),
        })
    }

    async fn pull(&self, report: &mut Report, extent: Extent) -> Result<(), SyncFailure> {
        loop {
            if extent.pages.is_some_and(|pages| report.pages >= pages) {
                return Ok(());
            }
            let request = self.pull_request(extent)?;
            let asked_at = (self.clock)();
            let pulled = match self.session.pull(&request).await {
                Err(SyncFailure::Refused(body)) if body.code == ErrorCode::EpochChanged => {
                    let Some(position) = body.position else { return Err(SyncFailure::Refused(body)) };
                    self.store.new_epoch(position.log_epoch, position.processed_seq, (self.clock)())?;
                    // What is offered again goes first.
                    return Box::pin(async {
                        self.push(report).await?;
                        self.pull(report, extent).await
                    })
                    .await;
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
            let applied = self.store.apply(&incoming(pulled), (self.clock)())?;
            self.session.paging().answered((self.clock)() - asked_at, more);
            report.pages += 1;
            report.rows += applied.rows;
            report.changed |= applied.changed;
            self.after_apply(&applied, report).await?;
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

    async fn after_apply(&self, applied: &Applied, report: &mut Report) -> Result<(), SyncFailure> {
        for (bucket, rows) in &applied.purged {
            let ack = PurgeAckRequest { bucket: Some(*bucket), rows: *rows, at: (self.clock)() };
            self.session.purge_ack(&ack).await?;
        }
        for bucket in &applied.mismatched {
            let today = (self.clock)().date_naive();
            if self.store.repaired_on(*bucket, today)? {
                // Once a day; a second mismatch is for a person, and never stops a push.
                report.alarms.push(*bucket);
            } else {
                if !self.repair(*bucket).await? {
                    report.alarms.push(*bucket);
                }
                report.repaired += 1;
            }
        }
        Ok(())
    }

    /// Mends a bucket row by row: what differs is fetched again, what should not be here goes.
    async fn repair(&self, bucket: BucketId) -> Result<bool, SyncFailure> {
        let theirs = self.session.verify(&VerifyRequest { bucket }).await?;
        let ours: HashMap<(String, Uuid), (i64, mentalspace_crypto::digest::Sha256)> = self
            .store
            .row_identities(bucket)?
            .into_iter()
            .map(|row| ((row.kind, row.id), (row.rev, row.sha)))
            .collect();
        let present: HashSet<(String, Uuid)> =
            theirs.rows.iter().map(|row| (row.kind.clone(), row.id)).collect();
        let remove: Vec<(String, Uuid)> =
            ours.keys().filter(|key| !present.contains(*key)).cloned().collect();
        let differs: HashSet<(String, Uuid)> = theirs
            .rows
            .iter()
            .filter(|row| ours.get(&(row.kind.clone(), row.id)) != Some(&(row.rev, row.sha256)))
            .map(|row| (row.kind.clone(), row.id))
            .collect();
        let mut put = Vec::new();
        if !differs.is_empty() {
            // All rows of this one bucket come once; only those that differ are taken.
            let request = PullRequest {
                log_epoch: self.epoch()?,
                cursors: self
                    .store
                    .held()?
                    .into_iter()
                    .filter(|held| held.status != "local" && held.status != "purging")
                    .map(|held| Cursor {
                        bucket: held.id,
                        seq: if held.id == bucket { 0 } else { held.cursor },
                    })
                    .collect(),
                priority: vec![bucket],
                rows: MAX_PULL_ROWS,
                results_after: self.store.meta(MetaKey::ProcessedSeq)?.unwrap_or(0),
            };
            let pulled = self.session.pull(&request).await?;
            for (page, rows) in pulled.pages {
                if page.bucket == bucket {
                    put.extend(
                        rows.into_iter()
                            .filter(|row| differs.contains(&(row.kind.clone(), row.id)))
                            .map(incoming_row),
                    );
                }
            }
        }
        let expected = theirs.digest.parse().unwrap_or_default();
        Ok(self.store.repair(bucket, &put, &remove, expected, (self.clock)())?)
    }
}

fn incoming_row(row: mentalspace_protocol::pull::Row) -> IncomingRow {
    IncomingRow {
        kind: row.kind,
        id: row.id,
        seq: row.seq,
        rev: row.rev,
        parent: row.parent,
        body: row.body.map(|body| Box::<str>::from(body).into_boxed_bytes().into_vec()),
    }
}

fn incoming(pulled: Pulled) -> Incoming {
    Incoming {
        buckets: pulled
            .buckets
            .iter()
            .map(|bucket| IncomingBucket {
                id: bucket.bucket,
                about: bucket.about(),
                head: bucket.head,
                digest: bucket.digest.parse().unwrap_or_default(),
                live: bucket.live,
                reset: bucket.reset,
            })
            .collect(),
        revoked: pulled.revoked,
        pages: pulled
            .pages
            .into_iter()
            .map(|(page, rows)| IncomingPage {
                bucket: page.bucket,
                from: page.from,
                to: page.to,
                rows: rows.into_iter().map(incoming_row).collect(),
            })
            .collect(),
        end: pulled.end.map(|end| IncomingEnd {
            processed_seq: end.processed_seq,
            results: end
                .results
                .into_iter()
                .map(|result| IncomingResult {
                    seq: result.seq,
                    id: result.id,
                    outcome: result.outcome,
                    decided_at: result.decided_at,
                })
                .collect(),
            grants: end.grants,
        }),
    }
}
