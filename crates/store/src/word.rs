//! The sync state of a record in one word.

use crate::Store;
use crate::error::Result;
use mentalspace_domain::ids::{ClientId, NoteId};
use rusqlite::{Connection, OptionalExtension as _};
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

    /// Records that are not synced, with their word: what is pending, and what waits for a person.
    ///
    /// # Errors
    /// The store fails.
    pub fn unsettled(&self) -> Result<Vec<(Uuid, SyncWord)>> {
        self.read(|db| {
            let ids: Vec<Uuid> = db
                .prepare_cached(
                    "SELECT DISTINCT id FROM outbox_touch
                     UNION SELECT record_id FROM journal WHERE needs_review = 1 AND record_id IS NOT NULL",
                )?
                .query_map([], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            ids.into_iter().map(|id| Ok((id, word(db, id)?))).collect()
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
    Ok(match (pending, open, unoffered) {
        (0, ..) => SyncWord::Synced,
        (_, 1.., _) => SyncWord::SavedOnThisDevice,
        (_, _, 1..) => SyncWord::WaitingToSync,
        _ => SyncWord::Syncing,
    })
}
