//! The open store: one writer, a few readers.

use crate::apply::{IncomingRow, take_row};
use crate::error::{Result, StoreError};
use crate::identity::{self, DeviceIdentity};
use crate::meta::{self, MetaKey};
use crate::outbox::{self, Pending};
use crate::submit::OpenPatch;
use crate::{buckets, database, rows};
use chrono::{DateTime, NaiveDate, Utc};
use mentalspace_crypto::digest::{BucketDigest, Sha256};
use mentalspace_crypto::secret::Secret32;
use mentalspace_domain::bucket::{Bucket, BucketKind};
use mentalspace_domain::ids::{BucketId, CommandId, NoteId};
use mentalspace_domain::record::{Record, RecordKey, RecordType};
use mentalspace_domain::world::{Need, World};
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

const READERS: usize = 3;

/// The writing connection, and the patch that typing may still grow.
pub(crate) struct Writer {
    pub(crate) db: Connection,
    pub(crate) typing: Option<OpenPatch>,
}

/// The device's open store.
pub struct Store {
    writer: Mutex<Writer>,
    readers: Vec<Mutex<Connection>>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}

/// How far a bucket is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldBucket {
    /// The bucket.
    pub id: BucketId,
    /// What it is about.
    pub about: Option<Bucket>,
    /// Highest applied sequence number.
    pub cursor: i64,
    /// `local`, `loading`, `ready`, `repair` or `purging`.
    pub status: String,
}

/// A row as the server has it, for a repair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowIdentity {
    /// Kind, by its wire name.
    pub kind: String,
    /// Identifier.
    pub id: Uuid,
    /// Revision.
    pub rev: i64,
    /// SHA-256 of its canonical bytes.
    pub sha: Sha256,
}

/// The six words of the sync state (docs/design-language.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncWord {
    /// Typing goes on; every pause is durable here.
    SavedOnThisDevice,
    /// Complete, to be sent.
    WaitingToSync,
    /// Sent, not confirmed.
    Syncing,
    /// The server has all of it.
    Synced,
    /// The server refused a change of it.
    Failed,
}

impl Store {
    /// Creates the store of a device that has just been enrolled.
    ///
    /// # Errors
    /// The file exists already or cannot be written.
    pub fn create(path: &Path, key: &Secret32, identity: &DeviceIdentity) -> Result<Self> {
        if path.exists() {
            return Err(StoreError::Inconsistent("the file exists already"));
        }
        let db = database::open_writer(path, key, true)?;
        meta::set(&db, MetaKey::Identity, identity)?;
        Self::with(db, path, key)
    }

    /// Opens an existing store.
    ///
    /// # Errors
    /// Wrong key, damaged file, newer schema: the file is left untouched.
    pub fn open(path: &Path, key: &Secret32) -> Result<Self> {
        let db = database::open_writer(path, key, false)?;
        let store = Self::with(db, path, key)?;
        // A command that was still open when the program died is complete now.
        store.writer().close_open()?;
        Ok(store)
    }

    fn with(db: Connection, path: &Path, key: &Secret32) -> Result<Self> {
        let readers = (0..READERS)
            .map(|_| database::open_reader(path, key).map(Mutex::new))
            .collect::<Result<Vec<_>>>()?;
        Ok(Self { writer: Mutex::new(Writer { db, typing: None }), readers })
    }

    pub(crate) fn writer(&self) -> MutexGuard<'_, Writer> {
        // A panic while writing has rolled its transaction back; the connection is whole.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn reader(&self) -> MutexGuard<'_, Connection> {
        self.readers
            .iter()
            .find_map(|reader| reader.try_lock().ok())
            .unwrap_or_else(|| self.readers[0].lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Practice, user and device as they stand now.
    ///
    /// # Errors
    /// The store fails.
    pub fn identity(&self) -> Result<DeviceIdentity> {
        identity::current(&self.reader())
    }

    /// A fact that the device keeps about itself.
    ///
    /// # Errors
    /// The store fails.
    pub fn meta<T: DeserializeOwned>(&self, key: MetaKey) -> Result<Option<T>> {
        meta::get(&self.reader(), key)
    }

    /// Keeps a fact about the device.
    ///
    /// # Errors
    /// The store fails.
    pub fn set_meta<T: Serialize + ?Sized>(&self, key: MetaKey, value: &T) -> Result<()> {
        meta::set(&self.writer().db, key, value)
    }

    /// The answers to a command's needs.
    ///
    /// # Errors
    /// The store fails.
    pub fn world(&self, needs: &[Need]) -> Result<World> {
        let db = self.reader();
        let practice = identity::current(&db)?.practice.id;
        crate::world::load(&db, practice, needs)
    }

    /// The surroundings of a decision on this device.
    ///
    /// # Errors
    /// The store fails.
    pub fn context(
        &self,
        command: CommandId,
        now: DateTime<Utc>,
    ) -> Result<mentalspace_domain::context::Context> {
        let db = self.reader();
        Ok(identity::context(&identity::current(&db)?, identity::grants(&db)?, command, now, now))
    }

    /// One record as it stands for the user.
    ///
    /// # Errors
    /// The store fails.
    pub fn get<T: RecordType + Clone>(&self, id: Uuid) -> Result<Option<T>> {
        Ok(rows::effective(&self.reader(), RecordKey::of::<T>(id))?.as_ref().and_then(T::of).cloned())
    }

    /// All records of a type under a parent, as they stand for the user.
    ///
    /// # Errors
    /// The store fails.
    pub fn children<T: RecordType + Clone>(&self, parent: Uuid) -> Result<Vec<T>> {
        Ok(typed(&rows::effective_children(&self.reader(), T::KIND, parent)?))
    }

    /// All records of a type, as they stand for the user.
    ///
    /// # Errors
    /// The store fails.
    pub fn all<T: RecordType + Clone>(&self) -> Result<Vec<T>> {
        Ok(typed(&rows::effective_all(&self.reader(), T::KIND)?))
    }

    /// Notes or addenda still being written.
    ///
    /// # Errors
    /// The store fails.
    pub fn open_drafts<T: RecordType + Clone>(&self) -> Result<Vec<T>> {
        Ok(typed(&rows::effective_open(&self.reader(), T::KIND)?))
    }

    /// Appointments (or notes) of the civil days `from..=to`.
    ///
    /// # Errors
    /// The store fails.
    pub fn on_days<T: RecordType + Clone>(&self, from: NaiveDate, to: NaiveDate) -> Result<Vec<T>> {
        Ok(typed(&rows::effective_days(&self.reader(), T::KIND, &from.to_string(), &to.to_string())?))
    }

    /// Every bucket known here.
    ///
    /// # Errors
    /// The store fails.
    pub fn held(&self) -> Result<Vec<HeldBucket>> {
        let db = self.reader();
        let mut statement = db.prepare_cached("SELECT id, kind, subject, cursor, status FROM bucket")?;
        let rows = statement.query_map([], |row| {
            let kind: String = row.get(1)?;
            let subject: Uuid = row.get(2)?;
            Ok(HeldBucket {
                id: BucketId::new(row.get(0)?),
                about: BucketKind::parse(&kind).map(|kind| Bucket { kind, subject }),
                cursor: row.get(3)?,
                status: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// (number of buckets, sum of cursors, sum of grant revisions) as the server counts them.
    ///
    /// # Errors
    /// The store fails.
    pub fn held_summary(&self) -> Result<(i64, i64, i64)> {
        let db = self.reader();
        let (buckets, heads) = db.query_row(
            "SELECT count(*), coalesce(sum(cursor), 0) FROM bucket WHERE status NOT IN ('purging', 'local')",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        Ok((buckets, heads, meta::get(&db, MetaKey::Grants)?.unwrap_or(0)))
    }

    /// Pending commands in order.
    ///
    /// # Errors
    /// The store fails.
    pub fn pending(&self) -> Result<Vec<Pending>> {
        outbox::all(&self.reader())
    }

    /// Number of pending commands.
    ///
    /// # Errors
    /// The store fails.
    pub fn outbox_len(&self) -> Result<u32> {
        Ok(self.reader().query_row("SELECT count(*) FROM outbox", [], |row| row.get(0))?)
    }

    /// The next commands above `after` to offer, at most `most` of them and about `bytes` of JSON. They are marked as
    /// offered, durably, before this returns: from then on they never change.
    ///
    /// # Errors
    /// The store fails.
    pub fn offer(&self, after: i64, most: u32, bytes: usize) -> Result<Vec<Pending>> {
        let mut writer = self.writer();
        let tx = writer.db.transaction()?;
        let mut batch: Vec<Pending> = Vec::new();
        {
            let mut statement = tx.prepare_cached(
                "SELECT seq, envelope, offered, open FROM outbox WHERE seq > ?1 ORDER BY seq LIMIT ?2",
            )?;
            let mut rows = statement.query(params![after, most])?;
            let mut size = 0;
            while let Some(row) = rows.next()? {
                let text: String = row.get(1)?;
                size += text.len();
                let open: bool = row.get(3)?;
                if open || (size > bytes && !batch.is_empty()) {
                    break;
                }
                batch.push(Pending {
                    seq: row.get(0)?,
                    envelope: outbox::decode(&text)?,
                    offered: row.get(2)?,
                });
            }
        }
        if batch.iter().any(|pending| !pending.offered) {
            let last = batch.last().map_or(0, |pending| pending.seq);
            tx.prepare_cached("UPDATE outbox SET offered = 1 WHERE seq > ?1 AND seq <= ?2 AND offered = 0")?
                .execute(params![after, last])?;
            tx.commit()?;
        }
        Ok(batch)
    }

    /// The server's log was restored to an earlier state. Every bucket is fetched anew, and what the server had
    /// confirmed after `processed_seq` is offered again, before what is pending, under the same command identities.
    ///
    /// # Errors
    /// The store fails.
    pub fn new_epoch(&self, epoch: Uuid, processed_seq: i64, now: DateTime<Utc>) -> Result<()> {
        let mut writer = self.writer();
        writer.close_open()?;
        let tx = writer.db.transaction()?;
        meta::set(&tx, MetaKey::LogEpoch, &epoch)?;
        let mut again: Vec<(Uuid, String)> = tx
            .prepare("SELECT command_id, envelope FROM archive WHERE seq > ?1 ORDER BY seq")?
            .query_map([processed_seq], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        tx.execute("DELETE FROM archive WHERE seq > ?1", [processed_seq])?;
        again.extend(
            tx.prepare("SELECT command_id, envelope FROM outbox ORDER BY seq")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<rusqlite::Result<Vec<_>>>()?,
        );
        renumber(&tx, &again, processed_seq)?;
        buckets::sweep_all(&tx)?;
        outbox::replay(&tx, now)?;
        tx.commit()?;
        Ok(())
    }

    /// Gives every pending command a new number after `processed_seq`: this device was restored from an image and
    /// its numbers have been used by another life of it.
    ///
    /// # Errors
    /// The store fails.
    pub fn renumber_after(&self, processed_seq: i64, now: DateTime<Utc>) -> Result<()> {
        let mut writer = self.writer();
        writer.close_open()?;
        let tx = writer.db.transaction()?;
        let pending: Vec<(Uuid, String)> = tx
            .prepare("SELECT command_id, envelope FROM outbox ORDER BY seq")?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        renumber(&tx, &pending, processed_seq)?;
        outbox::replay(&tx, now)?;
        tx.commit()?;
        Ok(())
    }

    /// Identities and hashes of the rows of a bucket, to compare with the server's.
    ///
    /// # Errors
    /// The store fails.
    pub fn row_identities(&self, bucket: BucketId) -> Result<Vec<RowIdentity>> {
        let db = self.reader();
        let mut statement = db.prepare_cached(
            "SELECT k.name, r.id, r.rev, r.sha FROM record r JOIN record_kind k ON k.code = r.kind
             JOIN bucket b USING (bucket) WHERE b.id = ?1",
        )?;
        let rows = statement.query_map([bucket.uuid()], |row| {
            Ok(RowIdentity {
                kind: row.get(0)?,
                id: row.get(1)?,
                rev: row.get(2)?,
                sha: Sha256::from_bytes(row.get::<_, [u8; 32]>(3)?),
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Repairs a bucket: the rows that differ are replaced, those that should not be here removed, and digest and
    /// count taken anew from the rows themselves. Gives whether the digest is now the `expected` one.
    ///
    /// # Errors
    /// The store fails.
    pub fn repair(
        &self,
        bucket: BucketId,
        put: &[IncomingRow],
        remove: &[(String, Uuid)],
        expected: BucketDigest,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let mut writer = self.writer();
        writer.close_open()?;
        let tx = writer.db.transaction()?;
        let held =
            buckets::find(&tx, bucket)?.ok_or(StoreError::Inconsistent("repair of an unknown bucket"))?;
        let (mut digest, mut live) = (held.digest, held.live);
        let gone = remove.iter().map(|(kind, id)| IncomingRow {
            kind: kind.clone(),
            id: *id,
            seq: 0,
            rev: 0,
            parent: None,
            body: None,
        });
        for row in put.iter().cloned().chain(gone) {
            take_row(&tx, &held, &row, false, &mut digest, &mut live)?;
        }
        let (digest, live) = buckets::recount(&tx, held.row)?;
        tx.execute(
            "UPDATE bucket SET digest = ?2, live = ?3, repaired_on = ?4, status = ?5 WHERE bucket = ?1",
            params![
                held.row,
                digest.to_bytes(),
                live,
                now.date_naive().to_string(),
                if digest == expected { "ready" } else { "repair" }
            ],
        )?;
        outbox::replay(&tx, now)?;
        tx.commit()?;
        Ok(digest == expected)
    }

    /// Whether a bucket was repaired on this day (UTC) already: then something is wrong that repairing does not mend.
    ///
    /// # Errors
    /// The store fails.
    pub fn repaired_on(&self, bucket: BucketId, day: NaiveDate) -> Result<bool> {
        let db = self.reader();
        Ok(db.query_row(
            "SELECT count(*) FROM bucket WHERE id = ?1 AND repaired_on = ?2",
            params![bucket.uuid(), day.to_string()],
            |row| row.get::<_, i64>(0),
        )? > 0)
    }

    /// The sync word of any record, and whether what is pending of it rests on something not held here.
    ///
    /// # Errors
    /// The store fails.
    pub fn record_word(&self, record: Uuid) -> Result<(SyncWord, bool)> {
        let word = self.sync_word(NoteId::new(record))?;
        let db = self.reader();
        let provisional: i64 = db
            .prepare_cached("SELECT coalesce(max(provisional), 0) FROM overlay WHERE id = ?1")?
            .query_row([record], |row| row.get(0))?;
        Ok((word, provisional == 1))
    }

    /// Records that are not synced, with their word: what is pending, and what waits for a person.
    ///
    /// # Errors
    /// The store fails.
    pub fn unsettled(&self) -> Result<Vec<(Uuid, SyncWord)>> {
        let ids: Vec<Uuid> = {
            let db = self.reader();
            let mut statement = db.prepare_cached(
                "SELECT DISTINCT id FROM outbox_touch
                 UNION SELECT record_id FROM journal WHERE needs_review = 1 AND record_id IS NOT NULL",
            )?;
            let rows = statement.query_map([], |row| row.get(0))?;
            rows.collect::<rusqlite::Result<_>>()?
        };
        ids.into_iter().map(|id| Ok((id, self.sync_word(NoteId::new(id))?))).collect()
    }

    /// The client that a record is about, by the bucket that it lives in.
    ///
    /// # Errors
    /// The store fails.
    pub fn client_of(&self, record: Uuid) -> Result<Option<mentalspace_domain::ids::ClientId>> {
        let db = self.reader();
        let subject: Option<Uuid> = db
            .prepare_cached(
                "SELECT b.subject FROM bucket b WHERE b.kind LIKE 'client%' AND b.bucket IN (
                     SELECT bucket FROM overlay WHERE id = ?1 UNION SELECT bucket FROM record WHERE id = ?1) LIMIT 1",
            )?
            .query_row([record], |row| row.get(0))
            .optional()?;
        Ok(subject.map(mentalspace_domain::ids::ClientId::new))
    }

    /// The sync word of a note, from what is pending and what the journal says of it. Open branches and unconfirmed
    /// text are seen on the note itself.
    ///
    /// # Errors
    /// The store fails.
    pub fn sync_word(&self, note: NoteId) -> Result<SyncWord> {
        let db = self.reader();
        let (pending, open, unoffered): (i64, i64, i64) = db.query_row(
            "SELECT count(*), coalesce(sum(o.open), 0), coalesce(sum(1 - o.offered), 0)
             FROM outbox o WHERE o.seq IN (SELECT seq FROM outbox_touch WHERE id = ?1)",
            [note.uuid()],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )?;
        // A conflict is seen on the records themselves, so that settling it elsewhere settles it here; a refusal is
        // known only to the journal.
        let refused: i64 = db
            .prepare_cached(
                "SELECT count(*) FROM journal WHERE record_id = ?1 AND needs_review = 1
                 AND outcome IN ('rejected', 'quarantined')",
            )?
            .query_row([note.uuid()], |row| row.get(0))?;
        Ok(match (pending, open, unoffered) {
            _ if refused > 0 => SyncWord::Failed,
            (0, _, _) => SyncWord::Synced,
            (_, 1.., _) => SyncWord::SavedOnThisDevice,
            (_, _, 1..) => SyncWord::WaitingToSync,
            _ => SyncWord::Syncing,
        })
    }
}

fn renumber(tx: &Connection, envelopes: &[(Uuid, String)], after: i64) -> Result<()> {
    tx.execute("DELETE FROM outbox", [])?;
    meta::set(tx, MetaKey::ProcessedSeq, &after)?;
    for (seq, (id, envelope)) in (after + 1..).zip(envelopes) {
        let name = outbox::decode(envelope)?.command.name();
        tx.prepare_cached(
            "INSERT OR IGNORE INTO outbox (seq, command_id, name, envelope) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![seq, id, name, envelope])?;
    }
    Ok(())
}

fn typed<T: RecordType + Clone>(records: &[Record]) -> Vec<T> {
    records.iter().filter_map(T::of).cloned().collect()
}
