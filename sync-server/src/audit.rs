//! The audit trail: who did or saw what, written in the transaction that did or showed it. No audit row, no action.
//! Rows name records and never quote them.

use crate::caller::Acting;
use crate::db::Tx;
use crate::http::failure::Outcome;
use crate::statement::{row, statements};
use chrono::{DateTime, Utc};
use mentalspace_crypto::{Sha256, canonical};
use mentalspace_domain::bucket::{Bucket, BucketKind};
use mentalspace_domain::ids::PracticeId;
use mentalspace_domain::record::RecordKey;
use serde::Serialize;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

/// What happened.
#[derive(Clone, Debug)]
pub struct Event {
    /// A command's name, or what else was done: `pull`, `verify`, `sign_in`.
    pub action: String,
    /// `applied`, `refused`, `sent` …
    pub outcome: String,
    /// In which bucket.
    pub bucket: Option<Bucket>,
    /// To which record.
    pub record: Option<RecordKey>,
    /// SHA-256 of the record's canonical bytes, for signed material.
    pub content: Option<Sha256>,
    /// The numbers of the rows sent: above the first, up to the second.
    pub range: Option<(i64, i64)>,
    /// How many rows.
    pub rows: Option<i64>,
    /// Why, where somebody gave a reason, or the refusal's code. Never clinical content.
    pub reason: Option<String>,
    /// The device's clock.
    pub asserted_at: Option<DateTime<Utc>>,
}

impl Event {
    /// Something that was done, with its outcome.
    pub fn new(action: impl Into<String>, outcome: impl Into<String>) -> Self {
        Self {
            action: action.into(),
            outcome: outcome.into(),
            bucket: None,
            record: None,
            content: None,
            range: None,
            rows: None,
            reason: None,
            asserted_at: None,
        }
    }

    /// In this bucket.
    #[must_use]
    pub const fn within(mut self, bucket: Bucket) -> Self {
        self.bucket = Some(bucket);
        self
    }

    /// To this record.
    #[must_use]
    pub const fn about(mut self, record: RecordKey) -> Self {
        self.record = Some(record);
        self
    }

    /// For this reason.
    #[must_use]
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }
}

row! {
    /// An audit row as it is read back, to be given its place in the log. Every field counts in its leaf.
    pub(crate) struct Recorded {
        at: DateTime<Utc>,
        batch: Uuid,
        n: i32,
        request_id: Uuid,
        user_id: Option<Uuid>,
        roles: String,
        device_id: Option<Uuid>,
        session_id: Option<Uuid>,
        address: Option<String>,
        action: String,
        outcome: String,
        client_id: Option<Uuid>,
        bucket_id: Option<Uuid>,
        category: Option<String>,
        record_kind: Option<String>,
        record_id: Option<Uuid>,
        content_sha: Option<Vec<u8>>,
        seq_from: Option<i64>,
        seq_to: Option<i64>,
        rows: Option<i64>,
        reason: Option<String>,
        asserted_at: Option<DateTime<Utc>>,
    }
}

statements! {
    BEGIN_BATCH: () = "INSERT INTO audit_batch (practice_id, at, batch) VALUES ($1, $2, $3)";

    RECORD: () = "
        INSERT INTO audit_event
            (practice_id, at, batch, n, request_id, user_id, roles, device_id, session_id, address, action, outcome,
             client_id, bucket_id, category, record_kind, record_id, content_sha, seq_from, seq_to, rows, reason,
             asserted_at)
        SELECT $1, $2, $3, e.n, $4, $5, $6, $7, $8, $9, e.action, e.outcome, e.client_id, e.bucket_id, e.category,
               e.record_kind, e.record_id, e.content_sha, e.seq_from, e.seq_to, e.rows, e.reason, e.asserted_at
        FROM unnest($10::int4[], $11::text[], $12::text[], $13::uuid[], $14::uuid[], $15::text[], $16::text[],
                    $17::uuid[], $18::bytea[], $19::int8[], $20::int8[], $21::int8[], $22::text[], $23::timestamptz[])
            AS e (n, action, outcome, client_id, bucket_id, category, record_kind, record_id, content_sha, seq_from,
                  seq_to, rows, reason, asserted_at)";
}

/// The columns of [`RECORD`] that differ from row to row.
#[derive(Default)]
struct Columns {
    n: Vec<i32>,
    actions: Vec<String>,
    outcomes: Vec<String>,
    clients: Vec<Option<Uuid>>,
    buckets: Vec<Option<Uuid>>,
    categories: Vec<Option<&'static str>>,
    kinds: Vec<Option<&'static str>>,
    records: Vec<Option<Uuid>>,
    contents: Vec<Option<Vec<u8>>>,
    from: Vec<Option<i64>>,
    to: Vec<Option<i64>>,
    rows: Vec<Option<i64>>,
    reasons: Vec<Option<String>>,
    asserted: Vec<Option<DateTime<Utc>>>,
}

/// Writes `events` as what the transaction `batch` did at the instant `at`, in the name of `acting`.
///
/// # Errors
/// What PostgreSQL says; the transaction must then not be committed.
pub async fn record(
    tx: &Tx,
    acting: &Acting,
    at: DateTime<Utc>,
    batch: Uuid,
    events: Vec<Event>,
) -> Outcome<()> {
    if events.is_empty() {
        return Ok(());
    }
    let practice = acting.practice.uuid();
    let columns = columns(acting.practice, events);
    let user = acting.user.map(mentalspace_domain::ids::UserId::uuid);
    let device = acting.device.map(mentalspace_domain::ids::DeviceId::uuid);
    let address = acting.address.map(|address| address.to_string());
    let parameters: [&(dyn ToSql + Sync); 23] = [
        &practice,
        &at,
        &batch,
        &acting.request_id,
        &user,
        &acting.roles,
        &device,
        &acting.session,
        &address,
        &columns.n,
        &columns.actions,
        &columns.outcomes,
        &columns.clients,
        &columns.buckets,
        &columns.categories,
        &columns.kinds,
        &columns.records,
        &columns.contents,
        &columns.from,
        &columns.to,
        &columns.rows,
        &columns.reasons,
        &columns.asserted,
    ];
    let batch_parameters: [&(dyn ToSql + Sync); 3] = [&practice, &at, &batch];
    let (begun, recorded) =
        tokio::join!(tx.run(&BEGIN_BATCH, &batch_parameters), tx.run(&RECORD, &parameters));
    begun?;
    recorded?;
    Ok(())
}

fn columns(practice: PracticeId, events: Vec<Event>) -> Columns {
    let mut columns = Columns::default();
    for (n, event) in (0..).zip(events) {
        columns.n.push(n);
        columns.actions.push(event.action);
        columns.outcomes.push(event.outcome);
        columns.clients.push(event.bucket.and_then(client_of));
        columns.buckets.push(event.bucket.map(|bucket| bucket.id(practice).uuid()));
        columns.categories.push(event.bucket.map(|bucket| bucket.kind.as_str()));
        columns.kinds.push(event.record.map(|record| record.kind.as_str()));
        columns.records.push(event.record.map(|record| record.id));
        columns.contents.push(event.content.map(|content| content.as_bytes().to_vec()));
        columns.from.push(event.range.map(|range| range.0));
        columns.to.push(event.range.map(|range| range.1));
        columns.rows.push(event.rows);
        columns.reasons.push(event.reason);
        columns.asserted.push(event.asserted_at);
    }
    columns
}

/// The client that a bucket is about.
fn client_of(bucket: Bucket) -> Option<Uuid> {
    match bucket.kind {
        BucketKind::ClientAdmin
        | BucketKind::ClientClinical
        | BucketKind::ClientBilling
        | BucketKind::Psychotherapy
        | BucketKind::Part2 => Some(bucket.subject),
        BucketKind::Practice | BucketKind::User | BucketKind::Calendar => None,
    }
}

/// A leaf of the log: the canonical JSON of this, hashed by RFC 6962, is what an outsider recomputes from the row
/// (docs/audit.md).
#[derive(Serialize)]
struct Leaf<'a> {
    form: &'static str,
    practice: PracticeId,
    log_epoch: Uuid,
    at: DateTime<Utc>,
    batch: Uuid,
    n: i32,
    request: Uuid,
    user: Option<Uuid>,
    roles: &'a str,
    device: Option<Uuid>,
    session: Option<Uuid>,
    address: Option<&'a str>,
    action: &'a str,
    outcome: &'a str,
    client: Option<Uuid>,
    bucket: Option<Uuid>,
    category: Option<&'a str>,
    record_kind: Option<&'a str>,
    record: Option<Uuid>,
    content: Option<Sha256>,
    seq_from: Option<i64>,
    seq_to: Option<i64>,
    rows: Option<i64>,
    reason: Option<&'a str>,
    asserted_at: Option<DateTime<Utc>>,
}

impl Recorded {
    /// The bytes of the row's leaf in the log of this practice and epoch.
    pub(crate) fn leaf(
        &self,
        practice: PracticeId,
        log_epoch: Uuid,
    ) -> Result<Vec<u8>, canonical::CanonicalError> {
        canonical::to_vec(&Leaf {
            form: "mentalspace.audit.v1",
            practice,
            log_epoch,
            at: self.at,
            batch: self.batch,
            n: self.n,
            request: self.request_id,
            user: self.user_id,
            roles: &self.roles,
            device: self.device_id,
            session: self.session_id,
            address: self.address.as_deref(),
            action: &self.action,
            outcome: &self.outcome,
            client: self.client_id,
            bucket: self.bucket_id,
            category: self.category.as_deref(),
            record_kind: self.record_kind.as_deref(),
            record: self.record_id,
            content: self.content_sha.as_deref().and_then(|sha| Sha256::try_from(sha).ok()),
            seq_from: self.seq_from,
            seq_to: self.seq_to,
            rows: self.rows,
            reason: self.reason.as_deref(),
            asserted_at: self.asserted_at,
        })
    }
}
