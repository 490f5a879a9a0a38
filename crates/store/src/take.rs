//! Taking rows as received: the record, its digest and its words in the search index stay in step.

use crate::apply::{IncomingPage, IncomingRow};
use crate::buckets::{self, entry};
use crate::error::{Result, StoreError};
use crate::journal;
use crate::{aside, derived, kinds, outbox, rows, search};
use chrono::{DateTime, Utc};
use mentalspace_crypto::digest::{BucketDigest, Sha256, sha256};
use mentalspace_domain::record::{RecordKey, RecordKind};
use rusqlite::{OptionalExtension as _, Transaction, params};
use uuid::Uuid;

/// A row with what can be made of it before the database is looked at.
pub(crate) struct Prepared<'a> {
    row: &'a IncomingRow,
    known: Option<RecordKind>,
    /// Absent for a tombstone.
    live: Option<Live<'a>>,
}

struct Live<'a> {
    body: &'a [u8],
    sha: Sha256,
    facets: rows::Facets,
    words: String,
}

/// Hashes and reads one row. Needs no database, so it can run ahead of the writer on another core.
pub(crate) fn prepare(row: &IncomingRow) -> Prepared<'_> {
    let known = RecordKind::parse(&row.kind);
    let live = row.body.as_deref().map(|body| {
        let (facets, words) = derived::of(known, body);
        Live { body, sha: sha256(body), facets, words }
    });
    Prepared { row, known, live }
}

/// Takes one page that continues the bucket's cursor. Gives the number of rows.
pub(crate) fn page<'a>(
    tx: &Transaction<'_>,
    page: &IncomingPage,
    rows: &mut dyn Iterator<Item = Prepared<'a>>,
    now: DateTime<Utc>,
) -> Result<usize> {
    let held =
        buckets::find(tx, page.bucket)?.ok_or(StoreError::Inconsistent("a page of an unknown bucket"))?;
    let rows = rows.take(page.rows.len());
    if held.status == "purging" {
        rows.for_each(drop);
        return Ok(0);
    }
    if held.cursor != page.from {
        return Err(StoreError::Inconsistent("a page that does not continue the cursor"));
    }
    let mut taking = Taking::begin(tx, &held, now)?;
    for row in rows {
        taking.take(&row)?;
    }
    tx.prepare_cached("UPDATE bucket SET cursor = ?2, digest = ?3, live = ?4 WHERE bucket = ?1")?
        .execute(params![held.row, page.to, taking.digest.to_bytes(), taking.live])?;
    Ok(page.rows.len())
}

/// Rows being taken into one bucket.
pub(crate) struct Taking<'t> {
    tx: &'t Transaction<'t>,
    held: &'t buckets::Held,
    now: DateTime<Utc>,
    digest: BucketDigest,
    live: i64,
    /// A bucket that has nothing yet holds no older state of a row: that look-up is spared in a first sync.
    fresh: bool,
    /// Whether this device has anything set aside after a restore.
    anything_aside: bool,
    /// See [`outbox::is_arriving`].
    arriving: bool,
}

const SIGNED_CHANGED: &str = "record.signed_changed";
const SIGNED_CHANGED_WORDS: &str = "The server sent other words, or none, for something that is signed. What was signed here is unchanged. Tell your administrator.";

fn is_receipt(kind: Option<RecordKind>) -> bool {
    kind == Some(RecordKind::Receipt)
}

struct Stored {
    row: i64,
    bucket: i64,
    rev: i64,
    sha: Sha256,
    /// Only where it differs from what came.
    body: Option<Vec<u8>>,
}

impl<'t> Taking<'t> {
    pub(crate) fn begin(
        tx: &'t Transaction<'_>,
        held: &'t buckets::Held,
        now: DateTime<Utc>,
    ) -> Result<Self> {
        let fresh = held.cursor == 0 && held.live == 0 && held.sweep.is_none();
        let (anything_aside, arriving) = (aside::anything(tx)?, outbox::is_arriving(tx)?);
        Ok(Self { tx, held, now, digest: held.digest, live: held.live, fresh, anything_aside, arriving })
    }

    /// Takes one row.
    pub(crate) fn take(&mut self, prepared: &Prepared<'_>) -> Result<()> {
        let row = prepared.row;
        let code = match prepared.known {
            Some(kind) => kinds::code(kind),
            None => kinds::code_of_name(self.tx, &row.kind)?,
        };
        if self.fresh
            && let Some(live) = &prepared.live
            && self.insert(code, row, live)?
        {
            return Ok(());
        }
        let sha = prepared.live.as_ref().map(|live| live.sha);
        let Some(old) = self.stored(row.id, code, sha)? else {
            if let Some(live) = &prepared.live {
                self.insert(code, row, live)?;
            }
            return Ok(());
        };
        if old.bucket != self.held.row {
            // One stray row must not stop a sync: without it the digest differs, which is looked into by itself.
            return self.refuse(
                prepared,
                "record.elsewhere",
                "A record arrived that belongs to another part of the chart. It was left out. Tell your administrator.",
            );
        }
        let arrived = prepared.live.as_ref().map(|live| live.body);
        let other_words = old
            .body
            .as_ref()
            .is_some_and(|body| arrived.is_none_or(|new| !rows::says_the_same(prepared.known, body, new)));
        // What is kept of a draft's history follows from the order in which edits arrived, which a restore may have
        // changed; what is signed follows from nothing but itself.
        let is_history = prepared.known == Some(RecordKind::NoteRevision) && prepared.live.is_some();
        let again = self.held.after_restore && (!other_words || is_history);
        if sha != Some(old.sha) && prepared.known.is_some_and(RecordKind::insert_only) && !again {
            self.tx
                .prepare_cached("UPDATE record SET sweep = ?2 WHERE record = ?1")?
                .execute(params![old.row, self.held.sweep.unwrap_or(0)])?;
            return self.refuse(prepared, SIGNED_CHANGED, SIGNED_CHANGED_WORDS);
        }
        if self.held.after_restore && (other_words || sha != Some(old.sha) && is_receipt(prepared.known)) {
            // An older state, or none, in place of what was written: the server's backup has not seen that.
            aside::keep(self.tx, old.row, self.now)?;
        }
        if self.arriving && other_words {
            outbox::keep_in_sight(self.tx, old.row)?;
        }
        self.digest.remove(&entry(&row.kind, &row.id, old.rev, &old.sha));
        self.live -= 1;
        match &prepared.live {
            Some(live) => self.replace(prepared, &old, live),
            None => self.remove(prepared.known, &old),
        }
    }

    /// Writes a row that is not here yet. Gives false where one with its identity is.
    fn insert(&mut self, code: i64, row: &IncomingRow, live: &Live<'_>) -> Result<bool> {
        let written = self
            .tx
            .prepare_cached(
                "INSERT INTO record
                    (kind, id, bucket, parent, seq, rev, sha, day, open, sweep, body, author, ends, review)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
                 ON CONFLICT (id, kind) DO NOTHING",
            )?
            .execute(params![
                code,
                row.id,
                self.held.row,
                row.parent,
                row.seq,
                row.rev,
                live.sha.as_bytes(),
                live.facets.day,
                live.facets.open.then_some(1),
                self.held.sweep.unwrap_or(0),
                live.body,
                live.facets.author,
                live.facets.ends,
                live.facets.review.then_some(1)
            ])?;
        if written == 0 {
            return Ok(false);
        }
        search::add(self.tx, self.tx.last_insert_rowid(), &live.words)?;
        self.count(row, live);
        self.welcome(row, live)?;
        Ok(true)
    }

    /// A row that was set aside after a restore may be back.
    fn welcome(&self, row: &IncomingRow, live: &Live<'_>) -> Result<()> {
        let Some(kind) = self.anything_aside.then(|| RecordKind::parse(&row.kind)).flatten() else {
            return Ok(());
        };
        if aside::came_back(self.tx, kind, row.id, live.body)? {
            let key = RecordKey { kind, id: row.id };
            return journal::warn(self.tx, self.now, SIGNED_CHANGED, SIGNED_CHANGED_WORDS, Some(key));
        }
        Ok(())
    }

    fn replace(&mut self, prepared: &Prepared<'_>, old: &Stored, live: &Live<'_>) -> Result<()> {
        let row = prepared.row;
        self.count(row, live);
        self.welcome(row, live)?;
        let sweep = self.held.sweep.unwrap_or(0);
        let Some(body) = &old.body else {
            // The same words again: after a reset most rows are, and neither body nor index is touched.
            self.tx
                .prepare_cached("UPDATE record SET seq = ?2, rev = ?3, sweep = ?4 WHERE record = ?1")?
                .execute(params![old.row, row.seq, row.rev, sweep])?;
            return Ok(());
        };
        let (_, words) = derived::of(prepared.known, body);
        if words != live.words {
            search::remove(self.tx, old.row, &words)?;
            search::add(self.tx, old.row, &live.words)?;
        }
        self.tx
            .prepare_cached(
                "UPDATE record SET parent = ?2, seq = ?3, rev = ?4, sha = ?5, day = ?6, open = ?7, sweep = ?8,
                    body = ?9, author = ?10, ends = ?11, review = ?12 WHERE record = ?1",
            )?
            .execute(params![
                old.row,
                row.parent,
                row.seq,
                row.rev,
                live.sha.as_bytes(),
                live.facets.day,
                live.facets.open.then_some(1),
                sweep,
                live.body,
                live.facets.author,
                live.facets.ends,
                live.facets.review.then_some(1)
            ])?;
        Ok(())
    }

    fn remove(&self, known: Option<RecordKind>, old: &Stored) -> Result<()> {
        if let Some(body) = &old.body {
            search::remove(self.tx, old.row, &derived::of(known, body).1)?;
        }
        self.tx.prepare_cached("DELETE FROM record WHERE record = ?1")?.execute([old.row])?;
        Ok(())
    }

    fn count(&mut self, row: &IncomingRow, live: &Live<'_>) {
        self.digest.add(&entry(&row.kind, &row.id, row.rev, &live.sha));
        self.live += 1;
    }

    fn refuse(&self, prepared: &Prepared<'_>, name: &str, detail: &str) -> Result<()> {
        let key = prepared.known.map(|kind| RecordKey { kind, id: prepared.row.id });
        journal::warn(self.tx, self.now, name, detail, key)
    }

    fn stored(&self, id: Uuid, code: i64, arrived: Option<Sha256>) -> Result<Option<Stored>> {
        Ok(self
            .tx
            .prepare_cached("SELECT record, bucket, rev, sha, body FROM record WHERE id = ?1 AND kind = ?2")?
            .query_row(params![id, code], |row| {
                let sha = Sha256::from_bytes(row.get::<_, [u8; 32]>(3)?);
                Ok(Stored {
                    row: row.get(0)?,
                    bucket: row.get(1)?,
                    rev: row.get(2)?,
                    sha,
                    body: (arrived != Some(sha)).then(|| row.get(4)).transpose()?,
                })
            })
            .optional()?)
    }
}
