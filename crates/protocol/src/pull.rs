//! Pulling rows. The answer is a zstd stream of JSON lines: one manifest, pages of rows, one end. A stream without
//! its end was cut: what stands before may be applied, the cursors say how far.

use crate::push::CommandResult;
use mentalspace_domain::bucket::{Bucket, BucketKind};
use mentalspace_domain::ids::BucketId;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

/// What a device holds, in three numbers that change whenever anything it may see changes: within one epoch heads and
/// grant revisions only grow, and a revoked grant keeps its row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldSummary {
    /// Number of buckets held.
    pub buckets: i64,
    /// Sum of the cursors of the buckets held.
    pub heads: i64,
    /// Sum of the grant revisions last seen, revoked grants included, as the last pull's end stated it.
    pub grants: i64,
}

/// How far a device has one bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cursor {
    /// The bucket.
    pub bucket: BucketId,
    /// Highest applied sequence number; 0 for nothing yet.
    pub seq: i64,
}

/// Asks for what changed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PullRequest {
    /// The epoch that the device knows.
    pub log_epoch: Uuid,
    /// Every bucket held, with how far. Buckets granted and not named here start from 0.
    pub cursors: Vec<Cursor>,
    /// Buckets wanted first, in order: today's charts.
    #[serde(default)]
    pub priority: Vec<BucketId>,
    /// Most rows wanted, [`crate::limits::MIN_PULL_ROWS`] to [`crate::limits::MAX_PULL_ROWS`].
    pub rows: u32,
    /// Results are wanted for numbers above this.
    pub results_after: i64,
}

/// A bucket that the user may see and that has something new, or that the device does not hold yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestBucket {
    /// The bucket.
    pub bucket: BucketId,
    /// Its kind.
    pub kind: BucketKind,
    /// The practice, user or client that it is about.
    pub subject: Uuid,
    /// Highest sequence number.
    pub head: i64,
    /// Additive digest over its live rows, hex.
    pub digest: String,
    /// Number of live rows.
    pub live: i64,
    /// True where the device's cursor lies below what tombstones are kept for, or above what there is: it gets all rows from
    /// 0, and removes at the end what it did not get.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reset: bool,
}

impl ManifestBucket {
    /// The bucket by what it is about.
    #[must_use]
    pub const fn about(&self) -> Bucket {
        Bucket { kind: self.kind, subject: self.subject }
    }
}

/// A row: one record at its newest state.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Row {
    /// The record's kind, by its wire name; kinds that a device does not know are kept as they are.
    #[serde(rename = "k")]
    pub kind: String,
    /// The record's identifier.
    #[serde(rename = "i")]
    pub id: Uuid,
    /// Its sequence number in the bucket.
    #[serde(rename = "s")]
    pub seq: i64,
    /// Its revision.
    #[serde(rename = "r")]
    pub rev: i64,
    /// What it is found under.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Uuid>,
    /// Its canonical bytes; absent for a tombstone.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Box<RawValue>>,
}

/// Rows of one bucket, in order of sequence, from above the device's cursor (or above the page before) up to `to`:
/// applying it moves the cursor to `to`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Page {
    /// The bucket.
    pub bucket: BucketId,
    /// Where it begins: the cursor that it continues.
    pub from: i64,
    /// Where it ends.
    pub to: i64,
    /// How many row lines follow.
    pub rows: u32,
}

/// The end of an answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PullEnd {
    /// Last processed number of the device in the snapshot that was read: effects up to it are in the rows, none above.
    pub processed_seq: i64,
    /// What became of the commands above `results_after`, up to `processed_seq`.
    pub results: Vec<CommandResult>,
    /// True when the budget was used up and more waits.
    pub more: bool,
    /// Sum of grant revisions, for the next [`HeldSummary`].
    pub grants: i64,
}

/// One line of the answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PullLine {
    /// First.
    Manifest {
        /// Buckets with something new.
        buckets: Vec<ManifestBucket>,
        /// Buckets the device named that it may no longer hold.
        revoked: Vec<BucketId>,
    },
    /// Starts a page; its rows follow.
    Page(Page),
    /// A row of the page.
    Row(Row),
    /// Last.
    End(PullEnd),
}
