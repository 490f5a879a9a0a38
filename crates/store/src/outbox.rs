//! Table `outbox`: commands that the server has not confirmed, and the overlay that they make.

use crate::apply::{Became, IncomingEnd};
use crate::error::{Result, StoreError, SubmitError};
use crate::identity::{self, DeviceIdentity};
use crate::kinds;
use crate::meta::{self, MetaKey};
use crate::{rows, world};
use chrono::{DateTime, Utc};
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::caseload::Assignment;
use mentalspace_domain::command::{Command, CommandEnvelope};
use mentalspace_domain::context::Context;
use mentalspace_domain::decision::{Change, Decision};
use mentalspace_domain::ids::CommandId;
use mentalspace_domain::record::{Record, RecordKey, RecordKind};
use mentalspace_domain::scope::{ScopeInput, scope};
use mentalspace_domain::world::{Need, World};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use std::collections::BTreeSet;
use uuid::Uuid;

/// A pending command with its place in the device's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Gapless, from 1.
    pub seq: i64,
    /// The command.
    pub envelope: CommandEnvelope,
    /// Whether it has ever been offered to the server; from then on it never changes.
    pub offered: bool,
    /// What had become of it before the server was restored to an earlier state.
    pub before: Option<Became>,
}

/// A command as it is queued, with its identity and text untouched.
#[derive(Clone, Debug)]
pub(crate) struct Queued {
    pub id: Uuid,
    pub envelope: String,
    /// A [`Became`] as JSON.
    pub before: Option<String>,
}

impl Queued {
    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { id: row.get(0)?, envelope: row.get(1)?, before: row.get(2)? })
    }
}

/// A command's text. While it is `open` it grows again and again, and keeps its length: see [`rows::room`].
pub(crate) fn encode(envelope: &CommandEnvelope, open: bool) -> Result<String> {
    let mut text = serde_json::to_string(envelope).map_err(StoreError::Command)?;
    if open {
        text.extend(std::iter::repeat_n(' ', rows::room(text.len())));
    }
    Ok(text)
}

pub(crate) fn decode(text: &str) -> Result<CommandEnvelope> {
    serde_json::from_str(text).map_err(StoreError::Command)
}

/// What had become of a command, where that can be read: it only says when to wait, so nothing hangs on it.
pub(crate) fn became(text: Option<&str>) -> Option<Became> {
    text.and_then(|text| serde_json::from_str(text).ok())
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
    let mut statement =
        db.prepare_cached("SELECT seq, envelope, offered, before FROM outbox ORDER BY seq")?;
    let mut rows = statement.query([])?;
    let mut pending = Vec::new();
    while let Some(row) = rows.next()? {
        let envelope: String = row.get(1)?;
        let before: Option<String> = row.get(3)?;
        pending.push(Pending {
            seq: row.get(0)?,
            envelope: decode(&envelope)?,
            offered: row.get(2)?,
            before: became(before.as_deref()),
        });
    }
    Ok(pending)
}

/// All that is pending, in order.
pub(crate) fn stored(db: &Connection) -> Result<Vec<Queued>> {
    Ok(db
        .prepare_cached("SELECT command_id, envelope, before FROM outbox ORDER BY seq")?
        .query_map([], Queued::read)?
        .collect::<rusqlite::Result<_>>()?)
}

/// Queues again what the server, which stands at `after`, may not have: the confirmed commands above `common`, the
/// last number that means the same in every history of it, and behind them all that is pending.
pub(crate) fn offer_again(tx: &Transaction<'_>, common: i64, after: i64) -> Result<()> {
    let mut again: Vec<Queued> = tx
        .prepare("SELECT command_id, envelope, outcome FROM archive WHERE seq > ?1 ORDER BY seq")?
        .query_map([common], Queued::read)?
        .collect::<rusqlite::Result<_>>()?;
    again.extend(stored(tx)?);
    renumber(tx, &again, after)?;
    tx.execute("DELETE FROM archive WHERE seq > ?1", [common])?;
    Ok(())
}

/// Queues `commands` anew, gapless after the number `after`, under the command identities that they have. What they
/// were seen to touch goes on guarding its buckets: in one that is to be erased nothing can be decided any more.
pub(crate) fn renumber(tx: &Transaction<'_>, commands: &[Queued], after: i64) -> Result<()> {
    let touched: Vec<(Uuid, Uuid, i64, Uuid)> = tx
        .prepare("SELECT o.command_id, t.bucket, t.kind, t.id FROM outbox_touch t JOIN outbox o USING (seq)")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?
        .collect::<rusqlite::Result<_>>()?;
    tx.execute("DELETE FROM outbox", [])?;
    meta::set(tx, MetaKey::ProcessedSeq, &after)?;
    let mut seq = after;
    for Queued { id, envelope, before } in commands {
        let name = decode(envelope)?.command.name();
        let queued = tx
            .prepare_cached(
                "INSERT OR IGNORE INTO outbox (seq, command_id, name, envelope, before) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![seq + 1, id, name, envelope, before])?;
        // A command that stands here already takes no second number: the server allows no gap.
        seq += i64::try_from(queued).unwrap_or(1);
    }
    for (command, bucket, kind, id) in touched {
        tx.prepare_cached(
            "INSERT OR IGNORE INTO outbox_touch (seq, bucket, kind, id)
             SELECT seq, ?2, ?3, ?4 FROM outbox WHERE command_id = ?1",
        )?
        .execute(params![command, bucket, kind, id])?;
    }
    Ok(())
}

/// Decides `envelope` over this device's copy.
pub(crate) fn decide(
    db: &Connection,
    identity: &DeviceIdentity,
    envelope: &CommandEnvelope,
    now: DateTime<Utc>,
) -> std::result::Result<(World, Context, Decision), SubmitError> {
    let mut ctx = identity::context(db, identity, BTreeSet::new(), envelope.id, envelope.asserted_at, now)?;
    let needs = envelope.command.needs(&ctx);
    ctx.actor.grants = identity::grants_among(db, ctx.practice, &needs)?;
    let world = world::load(db, ctx.practice, &needs)?;
    let decision = envelope.command.decide(&world, &ctx).map_err(SubmitError::Refused)?;
    Ok((world, ctx, decision))
}

/// Queues a command under the next number, with what its decision touches.
pub(crate) fn append(
    tx: &Transaction<'_>,
    identity: &DeviceIdentity,
    envelope: &CommandEnvelope,
    text: &str,
    decision: &Decision,
    open: bool,
) -> Result<i64> {
    let seq = next_seq(tx)?;
    tx.prepare_cached(
        "INSERT INTO outbox (seq, command_id, name, envelope, open) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![seq, envelope.id.uuid(), envelope.command.name(), text, open])?;
    touch(tx, identity, seq, decision)?;
    Ok(seq)
}

/// The pending command that must be accepted before `command` makes sense: the last signature of the note it signs on.
pub(crate) fn builds_on(tx: &Transaction<'_>, command: &Command) -> Result<Option<CommandId>> {
    let Some(note) = command.signs_on() else { return Ok(None) };
    Ok(tx
        .prepare_cached(
            "SELECT o.command_id FROM outbox o JOIN outbox_touch t USING (seq)
             WHERE t.kind = ?1 AND t.id = ?2 AND o.name = 'note.sign' ORDER BY o.seq DESC LIMIT 1",
        )?
        .query_row(params![kinds::code(RecordKind::Note), note.uuid()], |row| Ok(CommandId::new(row.get(0)?)))
        .optional()?)
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
    for chart in charts_taken_on(identity, decision) {
        let id = chart.id(identity.practice.id).uuid();
        insert.execute(params![seq, id, WHOLE_BUCKET, id])?;
    }
    Ok(())
}

/// Notes what a command is about that is not decided here, where nothing is known of what it touches: it waits as the
/// word beside its records says, and its charts are not erased before it was sent.
fn guard(
    tx: &Transaction<'_>,
    identity: &DeviceIdentity,
    pending: &Pending,
    now: DateTime<Utc>,
) -> Result<()> {
    if tx.prepare_cached("SELECT 1 FROM outbox_touch WHERE seq = ?1")?.exists([pending.seq])? {
        return Ok(());
    }
    let envelope = &pending.envelope;
    let ctx = identity::context(tx, identity, BTreeSet::new(), envelope.id, envelope.asserted_at, now)?;
    let mut insert = tx.prepare_cached(
        "INSERT OR IGNORE INTO outbox_touch (seq, bucket, kind, id) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for need in envelope.command.needs(&ctx) {
        let bucket = need.bucket();
        if !bucket.kind.is_of_client() {
            continue;
        }
        let id = bucket.id(identity.practice.id).uuid();
        insert.execute(params![pending.seq, id, WHOLE_BUCKET, id])?;
        if let Need::Record { key, .. } = need {
            insert.execute(params![pending.seq, id, kinds::code(key.kind), key.id])?;
        }
    }
    Ok(())
}

/// Stands for a whole bucket where a touch names no single record.
const WHOLE_BUCKET: i64 = 0;

/// The charts that a decision puts into this user's hands: a client begun offline has a chart to write in at once.
fn charts_taken_on<'d>(
    identity: &'d DeviceIdentity,
    decision: &'d Decision,
) -> impl Iterator<Item = Bucket> + 'd {
    decision.changes.iter().filter_map(|change| match change {
        Change::Put { record: Record::Assignment(assignment), .. }
            if assignment.clinician == identity.user.id && assignment.ended_on.is_none() =>
        {
            Some(Bucket::clinical(assignment.client))
        }
        _ => None,
    })
}

/// Lays a decision over the records.
pub(crate) fn overlay(
    db: &Connection,
    identity: &DeviceIdentity,
    now: DateTime<Utc>,
    decision: &Decision,
) -> Result<()> {
    for change in &decision.changes {
        let bucket = held_bucket(db, identity, change.bucket())?;
        match change {
            Change::Put { record, .. } => {
                rows::put_overlay(db, bucket, record, decision.provisional)?;
                if let Record::Assignment(assignment) = record {
                    own_charts(db, identity, now, assignment)?;
                }
            }
            Change::Delete { key, .. } => rows::put_overlay_deletion(db, bucket, *key)?,
        }
    }
    Ok(())
}

/// A clinician who takes a client on gets the buckets that the server will grant her for it, so that she can write
/// the first note of a client whom she entered without a network.
fn own_charts(
    db: &Connection,
    identity: &DeviceIdentity,
    now: DateTime<Utc>,
    assignment: &Assignment,
) -> Result<()> {
    let input = ScopeInput {
        clients: &[],
        assignments: std::slice::from_ref(assignment),
        supervisions: &[],
        clinicians: &[],
    };
    for instant in identity::instants(db, now)? {
        let day = instant.with_timezone(&identity.practice.zone).date_naive();
        for bucket in scope(&identity.user, day, identity.practice.id, &input).keys() {
            if bucket.subject == assignment.client.uuid() {
                held_bucket(db, identity, *bucket)?;
            }
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

/// Whether rows that came may hold the effects of pending commands: of those that the server has processed, or of all
/// that were offered, where its answer broke off before it said how far it is.
pub(crate) fn may_be_in_rows(tx: &Transaction<'_>, end: Option<&IncomingEnd>) -> Result<bool> {
    let processed = end.map_or(i64::MAX, |end| end.processed_seq);
    Ok(tx
        .prepare_cached("SELECT 1 FROM outbox WHERE offered = 1 AND seq <= ?1 LIMIT 1")?
        .exists([processed])?)
}

/// Leaves what lies over the records as it is until every row is there. Replayed over rows that hold their effects
/// already, commands would meet themselves as somebody else's: a conflict that nobody has. Nothing is shown of a bucket
/// to which access has ended.
pub(crate) fn wait_for_rows(tx: &Transaction<'_>, now: DateTime<Utc>) -> Result<()> {
    tx.execute(
        "DELETE FROM overlay WHERE bucket IN (SELECT bucket FROM bucket WHERE status = 'purging')",
        [],
    )?;
    meta::set(tx, MetaKey::Arriving, &true)?;
    let pending = all(tx)?;
    if pending.is_empty() {
        return Ok(());
    }
    let identity = identity::current(tx)?;
    pending.iter().try_for_each(|command| guard(tx, &identity, command, now))
}

/// Whether rows are on their way that pending commands must not be replayed over.
pub(crate) fn is_arriving(db: &Connection) -> Result<bool> {
    Ok(meta::get(db, MetaKey::Arriving)?.unwrap_or(false))
}

/// While rows are on their way, what a command that is offered again had made of a record, or of one under it, stays in
/// sight when that record is about to be replaced or removed: of such a command nothing lies over it.
pub(crate) fn keep_in_sight(db: &Connection, record: i64) -> Result<()> {
    let stands: Option<(String, i64, Vec<u8>)> = db
        .prepare_cached(
            "SELECT k.name, r.bucket, r.body FROM record r JOIN record_kind k ON k.code = r.kind
             WHERE r.record = ?1
               AND EXISTS (SELECT 1 FROM outbox_touch t WHERE t.id = r.id AND t.kind = r.kind OR t.id = r.parent)
               AND NOT EXISTS (SELECT 1 FROM overlay o WHERE o.id = r.id AND o.kind = r.kind)",
        )?
        .query_row([record], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((kind, bucket, body)) = stands else { return Ok(()) };
    // What cannot be read is shown by nothing anyway.
    let record = RecordKind::parse(&kind).and_then(|kind| Record::from_bytes(kind, &body).ok());
    record.map_or(Ok(()), |record| rows::put_overlay(db, bucket, &record, false))
}

/// Puts what stood there before back over a record, or takes away what lies there.
pub(crate) fn put_back(db: &Connection, key: RecordKey, before: Option<&Record>) -> Result<()> {
    let kind = kinds::code(key.kind);
    let bucket: Option<i64> = db
        .prepare_cached("SELECT bucket FROM overlay WHERE kind = ?1 AND id = ?2")?
        .query_row(params![kind, key.id], |row| row.get(0))
        .optional()?;
    match (bucket, before) {
        (Some(bucket), Some(record)) => rows::put_overlay(db, bucket, record, false),
        _ => {
            db.prepare_cached("DELETE FROM overlay WHERE kind = ?1 AND id = ?2")?
                .execute(params![kind, key.id])?;
            Ok(())
        }
    }
}

/// Builds the overlay anew: every pending command, in order, over the records as they stand.
pub(crate) fn replay(tx: &Transaction<'_>, now: DateTime<Utc>) -> Result<()> {
    meta::forget(tx, MetaKey::Arriving)?;
    tx.execute("DELETE FROM overlay", [])?;
    // Buckets begun here hold nothing but overlay; what is still pending begins them again.
    tx.execute("DELETE FROM bucket WHERE status = 'local'", [])?;
    let pending = all(tx)?;
    if pending.is_empty() {
        return Ok(());
    }
    let identity = identity::current(tx)?;
    for command in pending {
        match decide(tx, &identity, &command.envelope, now) {
            Ok((_, ctx, decision)) => {
                overlay(tx, &identity, ctx.now, &decision)?;
                touch(tx, &identity, command.seq, &decision)?;
            }
            // The server has the last word on it, and keeps its words; here the base shows. So too where a record
            // that it needs cannot be read: that must not keep everything else from arriving.
            Err(SubmitError::Refused(_) | SubmitError::Store(StoreError::Record(_))) => {
                guard(tx, &identity, &command, now)?;
            }
            Err(SubmitError::Store(error)) => return Err(error),
        }
    }
    Ok(())
}
