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

/// Puts a record's words into the index.
pub(crate) fn add(db: &Connection, row: i64, words: &str) -> Result<()> {
    if !words.is_empty() {
        db.prepare_cached("INSERT INTO search (rowid, body) VALUES (?1, ?2)")?
            .execute(params![row, words])?;
    }
    Ok(())
}

/// Takes a record's words out of the index, physically (`secure-delete`). They must be named exactly as they were put
/// in.
pub(crate) fn remove(db: &Connection, row: i64, words: &str) -> Result<()> {
    if !words.is_empty() {
        db.prepare_cached("INSERT INTO search (search, rowid, body) VALUES ('delete', ?1, ?2)")?
            .execute(params![row, words])?;
    }
    Ok(())
}

impl Store {
    /// Notes and addenda that hold every word of `query` (the last one as a beginning), best first; what is pending
    /// here stands before what the server has. Case and accents do not matter.
    ///
    /// # Errors
    /// The store fails.
    pub fn search(&self, query: &str, limit: u32) -> Result<Vec<Hit>> {
        let words: Vec<String> = words_of(query).take(12).collect();
        if words.is_empty() {
            return Ok(Vec::new());
        }
        self.read(|db| {
            let (mut hits, overlaid) = pending(db, &words, limit)?;
            if hits.len() < limit as usize {
                indexed(db, &words, limit, &overlaid, &mut hits)?;
            }
            Ok(hits)
        })
    }
}

/// Hits in the overlay, and all the records that it replaces.
fn pending(db: &Connection, words: &[String], limit: u32) -> Result<(Vec<Hit>, HashSet<RecordKey>)> {
    let mut hits = Vec::new();
    let mut overlaid = HashSet::new();
    let mut statement = db.prepare_cached("SELECT kind, id, body FROM overlay WHERE kind IN (?1, ?2)")?;
    let mut rows =
        statement.query(params![kinds::code(RecordKind::Note), kinds::code(RecordKind::Addendum)])?;
    while let Some(row) = rows.next()? {
        let Some(kind) = kinds::kind(row.get(0)?) else { continue };
        overlaid.insert(RecordKey { kind, id: row.get(1)? });
        if hits.len() >= limit as usize {
            continue;
        }
        let Some(body) = row.get_ref(2)?.as_blob_or_null().map_err(rusqlite::Error::from)? else { continue };
        let record = Record::from_bytes(kind, body)?;
        let text = searchable(&record);
        if holds_all(&text, words) {
            hits.push(Hit { snippet: snippet(&text, words), record });
        }
    }
    Ok((hits, overlaid))
}

/// Hits in the index that the overlay does not replace, up to `limit` in all.
fn indexed(
    db: &Connection,
    words: &[String],
    limit: u32,
    overlaid: &HashSet<RecordKey>,
    hits: &mut Vec<Hit>,
) -> Result<()> {
    // Hits that turn out to be overlaid, or on their way out, are passed over: so the index is asked in order of rank
    // for as many as it takes, and only as many bodies are read.
    let mut ranked = db.prepare_cached("SELECT rowid FROM search WHERE search MATCH ?1 ORDER BY rank")?;
    let mut body = db.prepare_cached(
        "SELECT r.kind, r.id, r.body FROM record r JOIN bucket b USING (bucket)
         WHERE r.record = ?1 AND b.status <> 'purging'",
    )?;
    let mut rows = ranked.query([match_expression(words)])?;
    while hits.len() < limit as usize
        && let Some(row) = rows.next()?
    {
        let mut found = body.query([row.get::<_, i64>(0)?])?;
        let Some(row) = found.next()? else { continue };
        let Some(kind) = kinds::kind(row.get(0)?) else { continue };
        if overlaid.contains(&RecordKey { kind, id: row.get(1)? }) {
            continue;
        }
        let record = Record::from_bytes(kind, row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?)?;
        let snippet = snippet(&searchable(&record), words);
        hits.push(Hit { record, snippet });
    }
    Ok(())
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

/// Words as the index has them: split at what is neither letter nor digit, in small letters and without accents
/// (`unicode61 remove_diacritics 2`).
fn words_of(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric() && !is_accent(c)).filter_map(|word| {
        let folded = fold(word);
        (!folded.is_empty()).then_some(folded)
    })
}

fn fold(word: &str) -> String {
    use unicode_normalization::UnicodeNormalization as _;
    if word.is_ascii() {
        return word.to_ascii_lowercase();
    }
    word.nfd().filter(|c| !is_accent(*c)).flat_map(char::to_lowercase).collect()
}

/// Combining marks that follow the letter they stand on.
const fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

fn holds_all(text: &str, sought: &[String]) -> bool {
    let last = sought.len().saturating_sub(1);
    let mut missing: Vec<bool> = vec![true; sought.len()];
    for present in words_of(text) {
        for (i, word) in sought.iter().enumerate() {
            if missing[i] && (present == *word || (i == last && present.starts_with(word.as_str()))) {
                missing[i] = false;
            }
        }
    }
    !missing.contains(&true)
}

/// A passage around the first word found, cut at character boundaries.
fn snippet(text: &str, sought: &[String]) -> String {
    let last = sought.len().saturating_sub(1);
    let hit = |word: &str| {
        let folded = fold(word);
        sought
            .iter()
            .enumerate()
            .any(|(i, word)| folded == *word || (i == last && folded.starts_with(word.as_str())))
    };
    let first = text
        .split(|c: char| !c.is_alphanumeric() && !is_accent(c))
        .find(|word| !word.is_empty() && hit(word))
        // `split` gives slices of `text`, so the difference of their places is the offset.
        .map_or(0, |word| word.as_ptr().addr() - text.as_ptr().addr());
    let start = text[..first].chars().count().saturating_sub(60);
    let mut characters = text.chars().skip(start);
    let passage: String = characters.by_ref().take(160).collect();
    let lead = if start > 0 { "…" } else { "" };
    let tail = if characters.next().is_some() { "…" } else { "" };
    format!("{lead}{}{tail}", passage.replace('\n', " "))
}
