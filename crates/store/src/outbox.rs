//! Table `outbox`: commands that the server has not confirmed, and the overlay that they make.

use crate::error::{Result, StoreError, SubmitError};
use crate::identity::{self, DeviceIdentity};
use crate::kinds;
use crate::meta::{self, MetaKey};
use crate::{rows, world};
use chrono::{DateTime, Utc};
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::command::CommandEnvelope;
use mentalspace_domain::context::Context;
use mentalspace_domain::decision::{Change, Decision};
use mentalspace_domain::world::World;
use rusqlite::{Connection, Transaction, params};

/// A pending command with its place in the device's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Gapless, from 1.
    pub seq: i64,
    /// The command.
    pub envelope: CommandEnvelope,
    /// Whether it has ever been offered to the server; from then on it never changes.
    pub offered: bool,
}

pub(crate) fn encode(envelope: &CommandEnvelope) -> Result<String> {
    serde_json::to_string(envelope).map_err(StoreError::Command)
}

pub(crate) fn decode(text: &str) -> Result<CommandEnvelope> {
    serde_json::from_str(text).map_err(StoreError::Command)
}

/// The number that the next command gets.
pub(crate) fn next_seq(db: &Connection) -> Result<i64> {
    let last: Option<i64> =
        db.prepare_cached("SELECT max(seq) FROM outbox")?.query_row([], |row| row.get(0))?;
    let processed: i64 = meta::get(db, MetaKey::ProcessedSeq)?.unwrap_or(0);
    Ok(last.unwrap_or(0).max(processed) + 1)
}

/// All pending commands in order.
pub(crate) fn all(db: &Connection) -> Result<Vec<Pending>> {
    let mut statement = db.prepare_cached("SELECT seq, envelope, offered FROM outbox ORDER BY seq")?;
    let rows = statement
        .query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, bool>(2)?)))?;
    let mut pending = Vec::new();
    for row in rows {
        let (seq, envelope, offered) = row?;
        pending.push(Pending { seq, envelope: decode(&envelope)?, offered });
    }
    Ok(pending)
}

/// Decides `envelope` over this device's copy.
pub(crate) fn decide(
    db: &Connection,
    identity: &DeviceIdentity,
    envelope: &CommandEnvelope,
    now: DateTime<Utc>,
) -> std::result::Result<(World, Context, Decision), SubmitError> {
    let grants = identity::grants(db)?;
    let ctx = identity::context(identity, grants, envelope.id, envelope.asserted_at, now);
    let world = world::load(db, ctx.practice, &envelope.command.needs(&ctx))?;
    let decision = envelope.command.decide(&world, &ctx).map_err(SubmitError::Refused)?;
    Ok((world, ctx, decision))
}

/// Queues a command under the next number, with what its decision touches.
pub(crate) fn append(
    tx: &Transaction<'_>,
    identity: &DeviceIdentity,
    envelope: &CommandEnvelope,
    decision: &Decision,
    open: bool,
) -> Result<i64> {
    let seq = next_seq(tx)?;
    tx.prepare_cached(
        "INSERT INTO outbox (seq, command_id, name, envelope, open) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![seq, envelope.id.uuid(), envelope.command.name(), encode(envelope)?, open])?;
    touch(tx, identity, seq, decision)?;
    Ok(seq)
}

/// Notes what a pending command touches.
pub(crate) fn touch(db: &Connection, identity: &DeviceIdentity, seq: i64, decision: &Decision) -> Result<()> {
    let mut insert = db.prepare_cached(
        "INSERT OR IGNORE INTO outbox_touch (seq, bucket, kind, id) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for change in &decision.changes {
        let key = change.key();
        insert.execute(params![
            seq,
            change.bucket().id(identity.practice.id).uuid(),
            kinds::code(key.kind),
            key.id
        ])?;
    }
    Ok(())
}

/// Lays a decision over the records.
pub(crate) fn overlay(db: &Connection, identity: &DeviceIdentity, decision: &Decision) -> Result<()> {
    for change in &decision.changes {
        let bucket = held_bucket(db, identity, change.bucket())?;
        match change {
            Change::Put { record, .. } => rows::put_overlay(db, bucket, record, decision.provisional)?,
            Change::Delete { key, .. } => rows::put_overlay_deletion(db, bucket, *key)?,
        }
    }
    Ok(())
}

/// The row of a bucket; one that is not here yet is made here (a client begun offline).
fn held_bucket(db: &Connection, identity: &DeviceIdentity, bucket: Bucket) -> Result<i64> {
    let id = bucket.id(identity.practice.id).uuid();
    if let Some(row) = rows::bucket_row(db, id)? {
        return Ok(row);
    }
    Ok(db
        .prepare_cached(
            "INSERT INTO bucket (id, kind, subject, digest, status) VALUES (?1, ?2, ?3, zeroblob(16), 'local')
             RETURNING bucket",
        )?
        .query_row(params![id, bucket.kind.as_str(), bucket.subject], |row| row.get(0))?)
}

/// Builds the overlay anew: every pending command, in order, over the records as they stand.
pub(crate) fn replay(tx: &Transaction<'_>, now: DateTime<Utc>) -> Result<()> {
    tx.execute("DELETE FROM overlay", [])?;
    let pending = all(tx)?;
    if pending.is_empty() {
        return Ok(());
    }
    let identity = identity::current(tx)?;
    for command in pending {
        match decide(tx, &identity, &command.envelope, now) {
            Ok((_, _, decision)) => {
                overlay(tx, &identity, &decision)?;
                touch(tx, &identity, command.seq, &decision)?;
            }
            // The server has the last word on it, and keeps its words; here the base shows.
            Err(SubmitError::Refused(_)) => {}
            Err(SubmitError::Store(error)) => return Err(error),
        }
    }
    Ok(())
}
