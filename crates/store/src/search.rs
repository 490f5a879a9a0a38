//! Full-text search over notes and addenda. The index covers the server's records; what is pending is few and is
//! looked through directly.

use crate::error::Result;
use crate::rows::searchable;
use crate::{Store, kinds};
use mentalspace_domain::record::{Record, RecordKey, RecordKind};
use rusqlite::{Connection, params};
use std::collections::HashSet;

/// A hit.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The note or addendum.
    pub record: Record,
    /// A passage around the first match, about 160 characters.
    pub snippet: String,
}

/// Puts a record into the index.
pub(crate) fn add(db: &Connection, row: i64, record: &Record) -> Result<()> {
    let text = searchable(record);
    if !text.is_empty() {
        db.prepare_cached("INSERT INTO search (rowid, body) VALUES (?1, ?2)")?.execute(params![row, text])?;
    }
    Ok(())
}

/// Takes a record's words out of the index, physically (`secure-delete`).
pub(crate) fn remove(db: &Connection, row: i64, kind: Option<RecordKind>, body: &[u8]) -> Result<()> {
    let Some(kind @ (RecordKind::Note | RecordKind::Addendum)) = kind else { return Ok(()) };
    let text = searchable(&Record::from_bytes(kind, body)?);
    if !text.is_empty() {
        db.prepare_cached("INSERT INTO search (search, rowid, body) VALUES ('delete', ?1, ?2)")?
            .execute(params![row, text])?;
    }
    Ok(())
}

impl Store {
    /// Notes and addenda that hold every word of `query` (the last one as a beginning), best first.
    ///
    /// # Errors
    /// The store fails.
    pub fn search(&self, query: &str, limit: u32) -> Result<Vec<Hit>> {
        let words = words(query);
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let db = self.reader();
        let mut hits = Vec::new();
        let mut overlaid = HashSet::new();
        let mut pending = db.prepare_cached("SELECT kind, id, body FROM overlay WHERE kind IN (?1, ?2)")?;
        let mut rows =
            pending.query(params![kinds::code(RecordKind::Note), kinds::code(RecordKind::Addendum)])?;
        while let Some(row) = rows.next()? {
            let Some(kind) = kinds::kind(row.get(0)?) else { continue };
            overlaid.insert(RecordKey { kind, id: row.get(1)? });
            let Some(body) = row.get::<_, Option<Vec<u8>>>(2)? else { continue };
            let record = Record::from_bytes(kind, &body)?;
            let text = searchable(&record);
            if holds_all(&text, &words) {
                hits.push(Hit { snippet: snippet(&text, &words), record });
            }
        }
        let mut indexed = db.prepare_cached(
            "SELECT r.kind, r.id, r.body FROM (SELECT rowid, rank FROM search WHERE search MATCH ?1 ORDER BY rank LIMIT ?2) s
             JOIN record r ON r.record = s.rowid JOIN bucket b USING (bucket)
             WHERE b.status <> 'purging' ORDER BY s.rank",
        )?;
        let mut rows = indexed.query(params![
            match_expression(&words),
            limit + u32::try_from(overlaid.len()).unwrap_or(u32::MAX - limit)
        ])?;
        while let Some(row) = rows.next()? {
            let Some(kind) = kinds::kind(row.get(0)?) else { continue };
            if overlaid.contains(&RecordKey { kind, id: row.get(1)? }) {
                continue;
            }
            let record = Record::from_bytes(kind, &row.get::<_, Vec<u8>>(2)?)?;
            let snippet = snippet(&searchable(&record), &words);
            hits.push(Hit { record, snippet });
        }
        hits.truncate(limit as usize);
        Ok(hits)
    }
}

fn words(query: &str) -> Vec<String> {
    query
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .take(12)
        .collect()
}

/// Every word quoted, so that no word is taken for an operator; the last is a beginning.
fn match_expression(words: &[String]) -> String {
    let last = words.len().saturating_sub(1);
    words
        .iter()
        .enumerate()
        .map(|(i, word)| if i == last { format!("\"{word}\"*") } else { format!("\"{word}\"") })
        .collect::<Vec<_>>()
        .join(" ")
}

fn holds_all(text: &str, sought: &[String]) -> bool {
    let present = words_of(text);
    let last = sought.len().saturating_sub(1);
    sought.iter().enumerate().all(|(i, word)| {
        present
            .iter()
            .any(|candidate| if i == last { candidate.starts_with(word) } else { candidate == word })
    })
}

fn words_of(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// A passage around the first word found, cut at character boundaries.
fn snippet(text: &str, words: &[String]) -> String {
    let folded: String = text.to_lowercase();
    let at = words.iter().filter_map(|word| folded.find(word.as_str())).min().unwrap_or(0);
    let before = folded[..at].chars().count();
    let start = before.saturating_sub(60);
    let passage: String = text.chars().skip(start).take(160).collect();
    let lead = if start > 0 { "…" } else { "" };
    let tail = if text.chars().count() > start + 160 { "…" } else { "" };
    format!("{lead}{}{tail}", passage.replace('\n', " "))
}
