//! Checking a bucket row by row, and acknowledging a purge.

use chrono::{DateTime, Utc};
use mentalspace_crypto::digest::Sha256;
use mentalspace_domain::ids::BucketId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Asks for the identities and hashes of a bucket's live rows.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerifyRequest {
    /// The bucket.
    pub bucket: BucketId,
}

/// One live row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifiedRow {
    /// The record's kind, by its wire name.
    pub kind: String,
    /// The record's identifier.
    pub id: Uuid,
    /// Its revision.
    pub rev: i64,
    /// SHA-256 of its canonical bytes.
    pub sha256: Sha256,
}

/// The bucket as the server has it, in one snapshot.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VerifyAnswer {
    /// Highest sequence number.
    pub head: i64,
    /// Additive digest, hex.
    pub digest: String,
    /// Live rows.
    pub rows: Vec<VerifiedRow>,
}

/// The device has erased a bucket.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PurgeAckRequest {
    /// The bucket; absent when the whole device was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<BucketId>,
    /// Rows erased.
    pub rows: i64,
    /// The device's clock.
    pub at: DateTime<Utc>,
    /// Whether something went with it that nobody could read to its end, and that unsent words may have been in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_part_unread: bool,
}
