//! What device and server say to each other.

use crate::chart::{Body, Bucket, Command, CommandId, Key, Outcome};

/// A record as it travels: at its newest state. Without a body it is a tombstone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Row {
    /// Its number in the bucket.
    pub seq: i64,
    /// Its revision.
    pub rev: i64,
    /// What it says.
    pub body: Option<Body>,
    /// Random, beside the body.
    pub salt: u32,
}

/// What a device holds, in three sums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Held {
    /// Number of buckets.
    pub buckets: i64,
    /// Sum of cursors.
    pub heads: i64,
    /// Sum of grant revisions.
    pub grants: i64,
}

/// A hello.
#[derive(Clone, Copy, Debug)]
pub struct Hello {
    /// The epoch that the device knows.
    pub epoch: u32,
    /// What it holds.
    pub held: Held,
    /// The size of the tree head that it keeps.
    pub tree: Option<usize>,
}

/// A tree head of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeHead {
    /// Part of the tree's identity.
    pub epoch: u32,
    /// Number of leaves.
    pub size: usize,
    /// Over the leaves.
    pub root: u64,
}

/// The answer to a hello.
#[derive(Clone, Copy, Debug)]
pub struct Greeting {
    /// The epoch in force.
    pub epoch: u32,
    /// The last processed number.
    pub processed: i64,
    /// Hand over, then erase.
    pub revoked: bool,
    /// No pull is needed.
    pub unchanged: bool,
    /// The newest tree head.
    pub tree: TreeHead,
    /// The root at the size that the device keeps: what the consistency proof proves.
    pub continues: Option<u64>,
}

/// A push.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PushRequest {
    /// The epoch that the device knows.
    pub epoch: u32,
    /// In order.
    pub commands: Vec<(i64, Command)>,
}

/// How far a device has one bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// Which.
    pub bucket: Bucket,
    /// Highest applied number.
    pub seq: i64,
    /// How far the bucket was pruned when the device began it from 0.
    pub floor: i64,
}

/// A pull.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PullRequest {
    /// The epoch that the device knows.
    pub epoch: u32,
    /// How far it has each bucket.
    pub cursors: Vec<Cursor>,
    /// Most rows.
    pub rows: usize,
    /// Results are wanted above this.
    pub results_after: i64,
}

/// A bucket with something new.
#[derive(Clone, Copy, Debug)]
pub struct Manifest {
    /// Which.
    pub bucket: Bucket,
    /// Highest number.
    pub head: i64,
    /// Over its live rows.
    pub digest: u64,
    /// Live rows.
    pub live: usize,
    /// How far it is pruned.
    pub floor: i64,
    /// Everything comes again.
    pub reset: bool,
}

/// Rows that move a cursor.
#[derive(Clone, Debug)]
pub struct Page {
    /// Which bucket.
    pub bucket: Bucket,
    /// The cursor that it continues.
    pub from: i64,
    /// The cursor after it.
    pub to: i64,
    /// In order.
    pub rows: Vec<(Key, Row)>,
}

/// What became of a command.
#[derive(Clone, Copy, Debug)]
pub struct CommandResult {
    /// Its number.
    pub seq: i64,
    /// Which.
    pub id: CommandId,
    /// What.
    pub outcome: Outcome,
}

/// The end of an answer.
#[derive(Clone, Debug)]
pub struct End {
    /// Effects up to it are in the rows, none above.
    pub processed: i64,
    /// What became of the commands.
    pub results: Vec<CommandResult>,
    /// More waits.
    pub more: bool,
    /// Sum of grant revisions.
    pub grants: i64,
}

/// The answer to a pull. Without its end it was cut.
#[derive(Clone, Debug, Default)]
pub struct PullAnswer {
    /// Buckets with something new.
    pub manifest: Vec<Manifest>,
    /// No longer the device's to hold.
    pub revoked: Vec<Bucket>,
    /// Whole pages.
    pub pages: Vec<Page>,
    /// The end.
    pub end: Option<End>,
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The server was restored.
    EpochChanged,
    /// A number is missing.
    SequenceGap,
    /// A number came with another command.
    DeviceFork,
    /// It may only push.
    DeviceRevoked,
}

/// A refusal, with where the server stands.
#[derive(Clone, Copy, Debug)]
pub struct Refused {
    /// Why.
    pub code: Code,
    /// The epoch in force.
    pub epoch: u32,
    /// The last processed number of the device.
    pub processed: i64,
}
