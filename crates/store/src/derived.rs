//! What is derived from the records alone: the columns by which they are found, and the search index. It can be
//! built anew without a network, and is, when a release derives it otherwise than the one before.

use crate::error::Result;
use crate::meta::{self, MetaKey};
use crate::{kinds, rows, search};
use mentalspace_domain::record::{Record, RecordKind};
use rusqlite::{Connection, Transaction, params};
use uuid::Uuid;

/// Raised by one whenever [`rows::facets`] or [`rows::searchable`] say something else of the same record. The search
/// index takes words out by naming them again, so an index that was made by another rule must never be edited.
const RULE: i64 = 2;

/// Brings kinds and derived data up to what this release makes of the records.
pub(crate) fn settle(db: &mut Connection) -> Result<()> {
    let tx = db.transaction()?;
    let adopted = kinds::settle(&tx)?;
    let rule: Option<i64> = meta::get(&tx, MetaKey::DerivedBy)?;
    if adopted || rule.is_some_and(|rule| rule != RULE) {
        rebuild(&tx)?;
        rebuild_overlay(&tx)?;
    }
    if rule != Some(RULE) {
        meta::set(&tx, MetaKey::DerivedBy, &RULE)?;
    }
    tx.commit()?;
    Ok(())
}

fn rebuild(tx: &Transaction<'_>) -> Result<()> {
    tx.execute("INSERT INTO search (search) VALUES ('delete-all')", [])?;
    let mut after = i64::MIN;
    loop {
        let next: Vec<(i64, i64, Vec<u8>)> = tx
            .prepare_cached(
                "SELECT record, kind, body FROM record WHERE record > ?1 ORDER BY record LIMIT 500",
            )?
            .query_map([after], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let Some(last) = next.last() else { return Ok(()) };
        after = last.0;
        for (number, code, body) in next {
            let (facets, words) = of(kinds::kind(code), &body);
            tx.prepare_cached(
                "UPDATE record SET day = ?2, open = ?3, author = ?4, ends = ?5, review = ?6 WHERE record = ?1",
            )?
            .execute(params![
                number,
                facets.day,
                facets.open.then_some(1),
                facets.author,
                facets.ends,
                facets.review.then_some(1)
            ])?;
            search::add(tx, number, &words)?;
        }
    }
}

/// The overlay has no words in the search index, only facets.
fn rebuild_overlay(tx: &Transaction<'_>) -> Result<()> {
    let laid: Vec<(i64, Uuid, Vec<u8>)> = tx
        .prepare_cached("SELECT kind, id, body FROM overlay WHERE body IS NOT NULL")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (code, id, body) in laid {
        let (facets, _) = of(kinds::kind(code), &body);
        tx.prepare_cached(
            "UPDATE overlay SET day = ?3, open = ?4, author = ?5, ends = ?6, review = ?7
             WHERE id = ?1 AND kind = ?2",
        )?
        .execute(params![
            id,
            code,
            facets.day,
            facets.open.then_some(1),
            facets.author,
            facets.ends,
            facets.review.then_some(1)
        ])?;
    }
    Ok(())
}

/// What is derived from one body. A kind that this release does not know, or a body that it cannot read, has nothing:
/// it is kept as it came.
pub(crate) fn of(kind: Option<RecordKind>, body: &[u8]) -> (rows::Facets, String) {
    match kind.map(|kind| Record::from_bytes(kind, body)) {
        Some(Ok(record)) => (rows::facets(&record), rows::searchable(&record)),
        Some(Err(_)) | None => (rows::Facets::default(), String::new()),
    }
}
