//! Table `bucket`: what is held and how far, and how a bucket leaves the device.

use crate::apply::IncomingBucket;
use crate::error::{Result, StoreError};
use crate::salvage::Table;
use crate::{aside, choices, derived, journal, outbox, search};
use chrono::{DateTime, Utc};
use mentalspace_crypto::digest::{BucketDigest, BucketEntry, Sha256};
use mentalspace_domain::bucket::{Bucket, BucketKind};
use mentalspace_domain::command::CommandEnvelope;
use mentalspace_domain::ids::{BucketId, ClientId};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};
use uuid::Uuid;

/// A bucket as it stands here.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub row: i64,
    pub cursor: i64,
    pub digest: BucketDigest,
    pub live: i64,
    pub status: String,
    pub sweep: Option<i64>,
    /// The sweep is one after a restore of the server.
    pub after_restore: bool,
}

/// What a damaged database held, but for what was begun there and that no server knew.
pub(crate) const HELD: Table =
    Table { rows: "SELECT bucket, kind, subject FROM bucket WHERE status <> 'local'", order: &["bucket"] };

/// The bucket in a row of [`HELD`], and its number there.
pub(crate) fn held(row: &Row<'_>) -> Result<(i64, Bucket)> {
    Ok((row.get(0)?, about(row, 1)?))
}

/// What a bucket is about, of a row that has its kind at `column` and its subject behind it.
pub(crate) fn about(row: &Row<'_>, column: usize) -> Result<Bucket> {
    let kind: String = row.get(column)?;
    let kind = BucketKind::parse(&kind).ok_or(StoreError::Inconsistent("the kind of a bucket"))?;
    Ok(Bucket { kind, subject: row.get(column + 1)? })
}

/// The bucket, if it is known here.
pub(crate) fn find(db: &Connection, id: BucketId) -> Result<Option<Held>> {
    Ok(db
        .prepare_cached(
            "SELECT bucket, cursor, digest, live, status, sweep, after_restore FROM bucket WHERE id = ?1",
        )?
        .query_row([id.uuid()], |row| {
            Ok(Held {
                row: row.get(0)?,
                cursor: row.get(1)?,
                digest: BucketDigest::from_bytes(row.get::<_, [u8; 16]>(2)?),
                live: row.get(3)?,
                status: row.get(4)?,
                sweep: row.get(5)?,
                after_restore: row.get(6)?,
            })
        })
        .optional()?)
}

/// Takes in the manifest: new buckets begin at 0; a reset begins a sweep.
pub(crate) fn take_manifest(tx: &Transaction<'_>, incoming: &[IncomingBucket]) -> Result<()> {
    for bucket in incoming {
        // A bucket that was to be erased and is granted again starts from 0: a kept cursor would skip rows.
        let regranted = crate::rows::bucket_status(tx, bucket.id.uuid())?.as_deref() == Some("purging");
        tx.prepare_cached(
            "INSERT INTO bucket (id, kind, subject, head, digest, status) VALUES (?1, ?2, ?3, ?4, zeroblob(16), 'loading')
             ON CONFLICT (id) DO UPDATE SET head = excluded.head,
                status = CASE WHEN status IN ('purging', 'local') THEN 'loading' ELSE status END",
        )?
        .execute(params![
            bucket.id.uuid(),
            bucket.about.kind.as_str(),
            bucket.about.subject,
            bucket.head
        ])?;
        if bucket.reset || regranted {
            begin_sweep(tx, bucket.id.uuid())?;
        }
    }
    Ok(())
}

/// Everything of the bucket comes again from 0; what does not come is removed at the end, never before.
fn begin_sweep(tx: &Transaction<'_>, id: Uuid) -> Result<()> {
    tx.prepare_cached(
        "UPDATE bucket SET cursor = 0, status = CASE WHEN status = 'purging' THEN status ELSE 'loading' END,
            sweep = (SELECT coalesce(max(r.sweep), 0) + 1 FROM record r WHERE r.bucket = bucket.bucket)
         WHERE id = ?1 AND cursor > 0",
    )?
    .execute([id])?;
    Ok(())
}

/// All buckets come again from 0: the server's log was restored to an earlier state.
pub(crate) fn sweep_all(tx: &Transaction<'_>) -> Result<()> {
    let ids: Vec<Uuid> = tx
        .prepare_cached("SELECT id FROM bucket")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for id in ids {
        begin_sweep(tx, id)?;
    }
    tx.execute("UPDATE bucket SET after_restore = 1 WHERE sweep IS NOT NULL", [])?;
    Ok(())
}

/// Whether every bucket of a manifest has been received up to its head.
pub(crate) fn arrived(tx: &Transaction<'_>, incoming: &[IncomingBucket]) -> Result<bool> {
    for bucket in incoming {
        if find(tx, bucket.id)?.is_none_or(|held| held.cursor < bucket.head) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Ends sweeps and compares digests of the buckets that have arrived whole. Gives those that do not match.
pub(crate) fn settle(
    tx: &Transaction<'_>,
    incoming: &[IncomingBucket],
    now: DateTime<Utc>,
) -> Result<Vec<BucketId>> {
    let mut mismatched = Vec::new();
    let mut set_aside = 0;
    for bucket in incoming {
        let Some(mut held) = find(tx, bucket.id)? else { continue };
        if held.status == "purging" {
            continue;
        }
        if held.cursor < bucket.head {
            // Whatever it was before: an explicit status, never "some rows are there".
            tx.prepare_cached("UPDATE bucket SET status = 'loading' WHERE bucket = ?1")?
                .execute([held.row])?;
            continue;
        }
        if let Some(sweep) = held.sweep {
            set_aside += end_sweep(tx, &mut held, sweep, now)?;
        }
        let matches = held.digest == bucket.digest && held.live == bucket.live;
        let status = if matches { "ready" } else { "repair" };
        tx.prepare_cached("UPDATE bucket SET status = ?2 WHERE bucket = ?1")?
            .execute(params![held.row, status])?;
        if !matches {
            mismatched.push(bucket.id);
        }
    }
    say_set_aside(tx, set_aside, now)?;
    Ok(mismatched)
}

/// Says in the journal that records were set aside.
fn say_set_aside(tx: &Transaction<'_>, records: usize, now: DateTime<Utc>) -> Result<()> {
    if records == 0 {
        return Ok(());
    }
    let what = format!(
        "{records} records that stood here are not on the server, which was restored from a backup. They are kept aside \
         on this device and come back when the devices that wrote them have synced"
    );
    journal::add(tx, &journal::Entry::local(now, "restore.set_aside", what))
}

/// Ends the loading of buckets in which the server, restored to an earlier state, has nothing any more. Such a bucket is
/// asked for from 0 and is at 0 there, so that no manifest names it: without this its rows would stay for ever, and it
/// would never be whole. A manifest always comes whole, so that what is not in it has nothing new. Gives the number of
/// buckets.
pub(crate) fn settle_emptied(
    tx: &Transaction<'_>,
    incoming: &[IncomingBucket],
    now: DateTime<Utc>,
) -> Result<usize> {
    let begun: Vec<BucketId> = tx
        .prepare_cached("SELECT id FROM bucket WHERE cursor = 0 AND status = 'loading'")?
        .query_map([], |row| Ok(BucketId::new(row.get(0)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut emptied = 0;
    let mut set_aside = 0;
    for id in begun.into_iter().filter(|id| incoming.iter().all(|bucket| bucket.id != *id)) {
        let Some(mut held) = find(tx, id)? else { continue };
        if let Some(sweep) = held.sweep {
            set_aside += end_sweep(tx, &mut held, sweep, now)?;
        }
        let status = if held.live == 0 { "ready" } else { "repair" };
        tx.prepare_cached("UPDATE bucket SET status = ?2 WHERE bucket = ?1")?
            .execute(params![held.row, status])?;
        emptied += 1;
    }
    say_set_aside(tx, set_aside, now)?;
    Ok(emptied)
}

/// Removes what did not come again. After a restore the server's word on what it has is final too, or two devices
/// would never again hold the same; but its backup does not make undone what people wrote, so that is set aside. Gives
/// the number of records set aside.
fn end_sweep(tx: &Transaction<'_>, held: &mut Held, sweep: i64, now: DateTime<Utc>) -> Result<usize> {
    let missing: Vec<i64> = tx
        .prepare_cached("SELECT record FROM record WHERE bucket = ?1 AND sweep < ?2")?
        .query_map(params![held.row, sweep], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let arriving = outbox::is_arriving(tx)?;
    for record in &missing {
        if held.after_restore {
            aside::keep(tx, *record, now)?;
        }
        if arriving {
            outbox::keep_in_sight(tx, *record)?;
        }
    }
    let set_aside = if held.after_restore { missing.len() } else { 0 };
    remove_records(tx, held.row, Some(sweep))?;
    let (digest, live) = recount(tx, held.row)?;
    held.digest = digest;
    held.live = live;
    tx.prepare_cached(
        "UPDATE bucket SET sweep = NULL, after_restore = 0, digest = ?2, live = ?3 WHERE bucket = ?1",
    )?
    .execute(params![held.row, digest.to_bytes(), live])?;
    Ok(set_aside)
}

/// A live row as it counts in its bucket's digest.
pub(crate) fn entry<'a>(kind: &'a str, id: &'a Uuid, rev: i64, content: &'a Sha256) -> BucketEntry<'a> {
    BucketEntry { kind, id: id.as_bytes(), rev: rev.unsigned_abs(), content }
}

/// Digest and number of rows, counted from the rows themselves.
pub(crate) fn recount(tx: &Connection, row: i64) -> Result<(BucketDigest, i64)> {
    let mut digest = BucketDigest::default();
    let mut live = 0;
    let mut statement = tx.prepare_cached(
        "SELECT k.name, r.id, r.rev, r.sha FROM record r JOIN record_kind k ON k.code = r.kind WHERE r.bucket = ?1",
    )?;
    let mut rows = statement.query([row])?;
    while let Some(row) = rows.next()? {
        let (kind, id, rev, sha): (String, Uuid, i64, [u8; 32]) =
            (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        let sha = Sha256::from_bytes(sha);
        digest.add(&entry(&kind, &id, rev, &sha));
        live += 1;
    }
    Ok((digest, live))
}

/// Access to a bucket ended. From now on it is not shown; it is erased once nothing unsent touches it.
pub(crate) fn revoke(tx: &Transaction<'_>, id: BucketId) -> Result<()> {
    tx.prepare_cached("UPDATE bucket SET status = 'purging' WHERE id = ?1")?.execute([id.uuid()])?;
    Ok(())
}

/// Buckets to be erased that no unsent command touches or is about any more. A command that could not be decided, because
/// its chart was gone already, has touched nothing; its words are here all the same.
pub(crate) fn drained(tx: &Transaction<'_>) -> Result<Vec<(i64, BucketId)>> {
    let untouched: Vec<(i64, Uuid, String, Uuid)> = tx
        .prepare_cached(
            "SELECT b.bucket, b.id, b.kind, b.subject FROM bucket b WHERE b.status = 'purging'
             AND NOT EXISTS (SELECT 1 FROM outbox_touch t WHERE t.bucket = b.id)",
        )?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?
        .collect::<rusqlite::Result<_>>()?;
    if untouched.is_empty() {
        return Ok(Vec::new());
    }
    let pending = outbox::stored(tx)?;
    let awaited = |bucket: &(i64, Uuid, String, Uuid)| {
        let about = BucketKind::parse(&bucket.2).map(|kind| Bucket { kind, subject: bucket.3 });
        about.is_some_and(|about| pending.iter().any(|queued| concerns(about, &queued.envelope)))
    };
    Ok(untouched
        .into_iter()
        .filter(|bucket| !awaited(bucket))
        .map(|bucket| (bucket.0, BucketId::new(bucket.1)))
        .collect())
}

/// That this device held a bucket once and has words for it again: until they are sent it is one that waits to be erased.
pub(crate) fn await_words(tx: &Transaction<'_>, id: BucketId, about: Bucket) -> Result<()> {
    know_again(tx, id, about, "purging")
}

/// That this device held a bucket once and knows nothing of it any more: it is asked for from 0, and the server says
/// whether it is still granted.
pub(crate) fn ask_for(tx: &Transaction<'_>, id: BucketId, about: Bucket) -> Result<()> {
    know_again(tx, id, about, "loading")
}

fn know_again(tx: &Transaction<'_>, id: BucketId, about: Bucket, status: &str) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO bucket (id, kind, subject, digest, status) VALUES (?1, ?2, ?3, zeroblob(16), ?4)
         ON CONFLICT (id) DO NOTHING",
    )?
    .execute(params![id.uuid(), about.kind.as_str(), about.subject, status])?;
    Ok(())
}

/// Erases a bucket: records, overlay, search index, what archive and journal keep of the same part of the same
/// client's record, and the row itself. Free pages are overwritten (`secure_delete`). Gives the number of records
/// erased.
pub(crate) fn purge(tx: &Transaction<'_>, row: i64) -> Result<i64> {
    let (id, kind, subject): (Uuid, String, Uuid) = tx
        .prepare_cached("SELECT id, kind, subject FROM bucket WHERE bucket = ?1")?
        .query_row([row], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let erased = remove_records(tx, row, None)?;
    aside::purge(tx, id)?;
    tx.prepare_cached("DELETE FROM overlay WHERE bucket = ?1")?.execute([row])?;
    if let Some(kind) = BucketKind::parse(&kind) {
        forget_commands(tx, Bucket { kind, subject })?;
    }
    tx.prepare_cached("DELETE FROM bucket WHERE bucket = ?1")?.execute([row])?;
    Ok(erased)
}

/// Removes the commands about `bucket` that archive and journal keep: they hold the same words as its records. The
/// server has them all; what it could not accept lies in its quarantine.
fn forget_commands(tx: &Transaction<'_>, bucket: Bucket) -> Result<()> {
    if !matches!(bucket.kind, BucketKind::ClientAdmin | BucketKind::ClientClinical) {
        return Ok(());
    }
    if bucket.kind == BucketKind::ClientClinical {
        choices::forget_client(tx, bucket.subject)?;
    }
    let archived: Vec<(Uuid, String)> = tx
        .prepare_cached("SELECT command_id, envelope FROM archive")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (id, _) in archived.iter().filter(|(_, envelope)| concerns(bucket, envelope)) {
        tx.prepare_cached("DELETE FROM archive WHERE command_id = ?1")?.execute([id])?;
    }
    let told: Vec<(i64, String)> = tx
        .prepare_cached("SELECT entry, name FROM journal WHERE client = ?1")?
        .query_map([bucket.subject], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (entry, name) in told {
        if clinical(&name) == (bucket.kind == BucketKind::ClientClinical) {
            // What somebody still has to be told stays, without the words.
            tx.prepare_cached("UPDATE journal SET envelope = NULL WHERE entry = ?1 AND needs_review = 1")?
                .execute([entry])?;
            tx.prepare_cached("DELETE FROM journal WHERE entry = ?1 AND needs_review = 0")?
                .execute([entry])?;
        }
    }
    Ok(())
}

/// Whether a kept command is about this bucket. What cannot be read cannot be shown to be about another one.
fn concerns(bucket: Bucket, envelope: &str) -> bool {
    outbox::decode(envelope).map_or(true, |envelope| part_of(&envelope) == Some(bucket))
}

/// The part of a client's record that a command is about, if it is about one.
pub(crate) fn part_of(envelope: &CommandEnvelope) -> Option<Bucket> {
    let (_, client) = journal::about(envelope);
    client.map(|client| part_named(envelope.command.name(), client))
}

/// The part of a client's record that a command of this name writes into.
pub(crate) fn part_named(command: &str, client: ClientId) -> Bucket {
    if clinical(command) { Bucket::clinical(client) } else { Bucket::admin(client) }
}

/// Whether a command of this name writes into the clinical part of a client's record.
fn clinical(command: &str) -> bool {
    ["note.", "addendum.", "diagnosis.", "quarantine."].iter().any(|area| command.starts_with(area))
}

fn remove_records(tx: &Transaction<'_>, row: i64, keep_sweep: Option<i64>) -> Result<i64> {
    let mut erased = 0;
    let mut statement = tx.prepare_cached(
        "SELECT record, kind, body FROM record WHERE bucket = ?1 AND (?2 IS NULL OR sweep < ?2)",
    )?;
    let doomed: Vec<(i64, i64, Vec<u8>)> = statement
        .query_map(params![row, keep_sweep], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (record, kind, body) in doomed {
        search::remove(tx, record, &derived::of(crate::kinds::kind(kind), &body).1)?;
        tx.prepare_cached("DELETE FROM record WHERE record = ?1")?.execute([record])?;
        erased += 1;
    }
    Ok(erased)
}
