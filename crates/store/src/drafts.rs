//! Drafts: counted, put in order and found by an index, so that a caseload with thousands of them costs no more than one
//! with a few.

use crate::error::Result;
use crate::rows::ENDS;
use crate::store::typed;
use crate::{Store, kinds, rows};
use chrono::NaiveDateTime;
use mentalspace_domain::ids::{ClientId, UserId};
use mentalspace_domain::note::Note;
use mentalspace_domain::record::{RecordKey, RecordKind, RecordType};
use rusqlite::params;
use uuid::Uuid;

/// Drafts of one client whose service ended at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DraftCount {
    /// The client.
    pub client: ClientId,
    /// When the service ended, on the clock of its place; none where the note has no date yet.
    pub ends: Option<NaiveDateTime>,
    /// How many.
    pub drafts: u32,
}

/// One author's draft notes as they stand for the user, without their bodies.
const DRAFTS: &str = "
    SELECT r.id, r.parent, r.ends FROM record r JOIN bucket b USING (bucket)
    WHERE r.kind = ?1 AND r.author = ?2 AND r.open = 1 AND b.status <> 'purging'
      AND NOT EXISTS (SELECT 1 FROM overlay o WHERE o.id = r.id AND o.kind = r.kind)
    UNION ALL
    SELECT id, parent, ends FROM overlay WHERE kind = ?1 AND author = ?2 AND open = 1 AND body IS NOT NULL";

impl Store {
    /// The author's draft notes whose service ended first, at most `most` of them; those without a date come last.
    ///
    /// # Errors
    /// The store fails.
    pub fn drafts_due_first(&self, author: UserId, most: u32) -> Result<Vec<Note>> {
        self.read(|db| {
            let sql = format!("SELECT id FROM ({DRAFTS}) ORDER BY ends IS NULL, ends, id LIMIT ?3");
            let ids: Vec<Uuid> = db
                .prepare_cached(&sql)?
                .query_map(params![kinds::code(RecordKind::Note), author.uuid(), most], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            let mut notes = Vec::new();
            for id in ids {
                notes.extend(rows::effective(db, RecordKey::of::<Note>(id))?);
            }
            Ok(typed(&notes))
        })
    }

    /// How many draft notes the author has, by client and end of service.
    ///
    /// # Errors
    /// The store fails.
    pub fn draft_counts(&self, author: UserId) -> Result<Vec<DraftCount>> {
        self.read(|db| {
            let sql = format!("SELECT parent, ends, count(*) FROM ({DRAFTS}) GROUP BY parent, ends");
            let mut statement = db.prepare_cached(&sql)?;
            let counts =
                statement.query_map(params![kinds::code(RecordKind::Note), author.uuid()], |row| {
                    let ends: Option<String> = row.get(1)?;
                    Ok(DraftCount {
                        client: ClientId::new(row.get(0)?),
                        ends: ends.and_then(|ends| NaiveDateTime::parse_from_str(&ends, ENDS).ok()),
                        drafts: row.get(2)?,
                    })
                })?;
            Ok(counts.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Notes, or addenda, with a question in them that their author has to answer: texts to choose between, combined
    /// text to confirm, a late entry to sign or set aside.
    ///
    /// # Errors
    /// The store fails.
    pub fn awaiting_review<T: RecordType + Clone>(&self) -> Result<Vec<T>> {
        self.read(|db| Ok(typed(&rows::effective_review(db, T::KIND)?)))
    }
}
