//! Taking the server's word on commands: what it has processed leaves the outbox for the archive.

use crate::apply::{Became, IncomingEnd, IncomingResult};
use crate::error::Result;
use crate::journal;
use crate::meta::{self, MetaKey};
use crate::outbox;
use crate::salvage::Table;
use crate::{aside, buckets};
use chrono::{DateTime, TimeDelta, Utc};
use mentalspace_domain::bucket::Bucket;
use rusqlite::{Connection, Row, Transaction, params};
use std::collections::HashMap;
use uuid::Uuid;

/// How long confirmed commands are kept, so that a server restored from a backup gets them again.
const ARCHIVE: TimeDelta = TimeDelta::days(30);

/// What confirming came to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Confirmed {
    /// Commands that left the outbox.
    pub commands: usize,
    /// Whether commands had to be given new numbers.
    pub renumbered: bool,
}

/// A confirmed command in a database that is damaged, as it stands there.
pub(crate) struct Archived {
    seq: i64,
    id: Uuid,
    envelope: String,
    acknowledged_at: String,
    outcome: Option<String>,
    /// The part of a client's record that it is about, if it is about one.
    pub part: Option<Bucket>,
}

impl Archived {
    pub(crate) const ALL: Table = Table {
        rows: "SELECT command_id, seq, envelope, acknowledged_at, outcome FROM archive",
        order: &["command_id"],
    };

    /// The command in a row, and its identity. One that does not read makes the row one that does not.
    pub(crate) fn of(row: &Row<'_>) -> Result<(Uuid, Self)> {
        let envelope: String = row.get(2)?;
        let archived = Self {
            id: row.get(0)?,
            seq: row.get(1)?,
            part: buckets::part_of(&outbox::decode(&envelope)?),
            envelope,
            acknowledged_at: row.get(3)?,
            outcome: row.get(4)?,
        };
        Ok((archived.id, archived))
    }

    /// Keeps it in this archive.
    pub(crate) fn write(&self, db: &Connection) -> Result<()> {
        db.prepare_cached(
            "INSERT OR IGNORE INTO archive (seq, command_id, envelope, acknowledged_at, outcome)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![self.seq, self.id, self.envelope, self.acknowledged_at, self.outcome])?;
        Ok(())
    }
}

/// Moves confirmed commands to the archive and writes what became of them into the journal.
///
/// The server counts this device's commands by number. A device that was restored from an image has numbers that
/// another life of it has used: what bears such a number here was never seen by the server. So only a command that
/// was offered, and whose number the server does not name for another, is taken as confirmed; the rest get new
/// numbers and are offered again.
pub(crate) fn confirm(tx: &Transaction<'_>, end: &IncomingEnd, now: DateTime<Utc>) -> Result<Confirmed> {
    let before: i64 = meta::get(tx, MetaKey::ProcessedSeq)?.unwrap_or(0);
    let named: HashMap<i64, &IncomingResult> =
        end.results.iter().map(|result| (result.seq, result)).collect();
    for result in end.results.iter().filter(|result| result.seq > before) {
        journal::take_result(tx, result)?;
    }
    let reached: Vec<(i64, Uuid, bool)> = tx
        .prepare_cached("SELECT seq, command_id, offered FROM outbox WHERE seq <= ?1")?
        .query_map([end.processed_seq], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    // A clock that is a year ahead must not empty the archive (simulation, seed 316).
    let signed = meta::signed_time(tx)?;
    let dated = meta::later_of_both(signed, now).to_rfc3339();
    let mut confirmed = Confirmed::default();
    for (seq, id, offered) in reached {
        let result = named.get(&seq);
        if !offered || result.is_some_and(|named| named.id.uuid() != id) {
            confirmed.renumbered = true;
            continue;
        }
        let became = result.map(|result| Became { outcome: result.outcome.clone(), made: result.made });
        let became = became.and_then(|became| serde_json::to_string(&became).ok());
        tx.prepare_cached(
            "INSERT OR REPLACE INTO archive (seq, command_id, envelope, acknowledged_at, outcome)
             SELECT seq, command_id, envelope, ?2, ?3 FROM outbox WHERE seq = ?1",
        )?
        .execute(params![seq, dated, became])?;
        confirmed.commands += tx.prepare_cached("DELETE FROM outbox WHERE seq = ?1")?.execute([seq])?;
    }
    if end.processed_seq > before {
        meta::set(tx, MetaKey::ProcessedSeq, &end.processed_seq)?;
    }
    if confirmed.renumbered {
        let pending = outbox::stored(tx)?;
        outbox::renumber(tx, &pending, end.processed_seq.max(before))?;
    }
    meta::set(tx, MetaKey::Grants, &end.grants)?;
    if let Some(signed) = signed {
        let past = (signed.min(now) - ARCHIVE).to_rfc3339();
        tx.prepare_cached("DELETE FROM archive WHERE acknowledged_at < ?1")?.execute([&past])?;
        aside::forget(tx, &past)?;
    }
    Ok(confirmed)
}
