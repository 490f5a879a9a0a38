//! The sync state of a record in one word.

use crate::error::Result;
use crate::{Store, kinds, rows};
use mentalspace_domain::ids::{ClientId, NoteId};
use mentalspace_domain::note::Note;
use mentalspace_domain::record::{RecordKey, RecordKind};
use rusqlite::{Connection, OptionalExtension as _};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The words of the sync state (docs/design-language.md). The sixth, *Needs your review*, is seen on the records
/// themselves, so that settling it on another device settles it here.
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

/// A record that is not settled between this device and the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsettled {
    /// The record.
    pub record: Uuid,
    /// Its word.
    pub word: SyncWord,
    /// Whether it is a note.
    pub is_note: bool,
}

impl Store {
    /// The sync word of any record, and whether what is pending of it rests on something not held here.
    ///
    /// # Errors
    /// The store fails.
    pub fn record_word(&self, record: Uuid) -> Result<(SyncWord, bool)> {
        self.read(|db| {
            let provisional = db
                .prepare_cached("SELECT 1 FROM overlay WHERE id = ?1 AND provisional = 1")?
                .exists([record])?;
            Ok((word(db, record)?, provisional))
        })
    }

    /// Records that are not synced, with their word: what is pending, and what waits for a person. Asked at every
    /// change of the sync's state, so it is two statements however much waits.
    ///
    /// # Errors
    /// The store fails.
    pub fn unsettled(&self) -> Result<Vec<Unsettled>> {
        let note = kinds::code(RecordKind::Note);
        self.read(|db| {
            let mut found: BTreeMap<Uuid, Unsettled> = BTreeMap::new();
            let mut pending = db.prepare_cached(
                "SELECT t.id, max(o.open), max(o.offered = 0), max(t.kind = ?1)
                 FROM outbox_touch t JOIN outbox o USING (seq) GROUP BY t.id",
            )?;
            let mut rows = pending.query([note])?;
            while let Some(row) = rows.next()? {
                let word = pending_word(row.get(1)?, row.get(2)?);
                let record = row.get(0)?;
                found.insert(record, Unsettled { record, word, is_note: row.get(3)? });
            }
            let mut told = db.prepare_cached(
                "SELECT record_id, max(outcome IN ('rejected', 'quarantined')), max(record_kind IS ?1)
                 FROM journal WHERE needs_review = 1 AND record_id IS NOT NULL GROUP BY record_id",
            )?;
            let mut rows = told.query([note])?;
            while let Some(row) = rows.next()? {
                let record = row.get(0)?;
                let entry = found.entry(record).or_insert(Unsettled {
                    record,
                    word: SyncWord::Synced,
                    is_note: row.get::<_, bool>(2)?
                        && rows::effective(db, RecordKey::of::<Note>(record))?.is_some(),
                });
                if row.get(1)? {
                    entry.word = SyncWord::Failed;
                }
            }
            Ok(found.into_values().collect())
        })
    }

    /// The client that a record is about, by the bucket that it lives in.
    ///
    /// # Errors
    /// The store fails.
    pub fn client_of(&self, record: Uuid) -> Result<Option<ClientId>> {
        self.read(|db| {
            let subject: Option<Uuid> = db
                .prepare_cached(
                    "SELECT b.subject FROM bucket b WHERE b.kind LIKE 'client%' AND b.bucket IN (
                         SELECT bucket FROM overlay WHERE id = ?1 UNION SELECT bucket FROM record WHERE id = ?1)
                     LIMIT 1",
                )?
                .query_row([record], |row| row.get(0))
                .optional()?;
            Ok(subject.map(ClientId::new))
        })
    }

    /// The sync word of a note, from what is pending and what the journal says of it.
    ///
    /// # Errors
    /// The store fails.
    pub fn sync_word(&self, note: NoteId) -> Result<SyncWord> {
        self.read(|db| word(db, note.uuid()))
    }
}

fn word(db: &Connection, record: Uuid) -> Result<SyncWord> {
    let refused = db
        .prepare_cached(
            "SELECT 1 FROM journal WHERE record_id = ?1 AND needs_review = 1
             AND outcome IN ('rejected', 'quarantined')",
        )?
        .exists([record])?;
    if refused {
        return Ok(SyncWord::Failed);
    }
    let (pending, open, unoffered): (i64, i64, i64) = db
        .prepare_cached(
            "SELECT count(*), coalesce(sum(o.open), 0), coalesce(sum(1 - o.offered), 0)
             FROM outbox o WHERE o.seq IN (SELECT seq FROM outbox_touch WHERE id = ?1)",
        )?
        .query_row([record], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(if pending == 0 { SyncWord::Synced } else { pending_word(open > 0, unoffered > 0) })
}

const fn pending_word(open: bool, unoffered: bool) -> SyncWord {
    match (open, unoffered) {
        (true, _) => SyncWord::SavedOnThisDevice,
        (false, true) => SyncWord::WaitingToSync,
        (false, false) => SyncWord::Syncing,
    }
}
