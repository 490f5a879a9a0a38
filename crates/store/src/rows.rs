//! Tables `record` and `overlay`: one row a record, and the reads that see the overlay over the records.

use crate::error::Result;
use crate::kinds;
use mentalspace_domain::addendum::AddendumState;
use mentalspace_domain::record::{Record, RecordKey, RecordKind};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use uuid::Uuid;

/// What is kept beside a body so that it can be found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facets {
    /// Civil date of service or appointment.
    pub day: Option<String>,
    /// A note or addendum still being written.
    pub open: bool,
    /// Who writes it, while it is written.
    pub author: Option<Uuid>,
    /// When the service of a draft note ended, so that what is due first sorts first.
    pub ends: Option<String>,
    /// A draft with a question in it that its author has to answer.
    pub review: bool,
}

/// How [`Facets::ends`] is written: as text it sorts as in time.
pub(crate) const ENDS: &str = "%Y-%m-%dT%H:%M:%S";

/// The facets of a record.
pub(crate) fn facets(record: &Record) -> Facets {
    match record {
        Record::Note(note) => {
            let open = note.is_draft();
            Facets {
                day: note.service_date().map(|day| day.to_string()),
                open,
                author: open.then(|| note.author.uuid()),
                ends: note.service_end().filter(|_| open).map(|end| end.format(ENDS).to_string()),
                review: note.needs_review(),
            }
        }
        Record::Addendum(addendum) => {
            let open = addendum.state == AddendumState::Draft;
            Facets {
                open,
                author: open.then(|| addendum.author.uuid()),
                review: addendum.needs_review(),
                ..Facets::default()
            }
        }
        Record::Appointment(appointment) => {
            Facets { day: Some(appointment.time.date.to_string()), ..Facets::default() }
        }
        _ => Facets::default(),
    }
}

/// The words of a record that the search index holds; empty for kinds that are not searched.
pub(crate) fn searchable(record: &Record) -> String {
    let join = |sections: &std::collections::BTreeMap<_, String>| {
        sections.values().map(String::as_str).collect::<Vec<_>>().join("\n")
    };
    match record {
        Record::Note(note) => join(&note.sections),
        Record::Addendum(addendum) => join(&addendum.sections),
        _ => String::new(),
    }
}

/// Whether two states of a record say the same: the salts beside the words differ whenever the server decides anew, and
/// so do the hours at which it received, refused or ruled on something.
pub(crate) fn says_the_same(kind: Option<RecordKind>, one: &[u8], other: &[u8]) -> bool {
    let Some(kind) = kind else { return one == other };
    match (Record::from_bytes(kind, one), Record::from_bytes(kind, other)) {
        (Ok(Record::Receipt(one)), Ok(Record::Receipt(other))) => {
            (one.signature, one.note, one.signature_hash)
                == (other.signature, other.note, other.signature_hash)
        }
        (Ok(Record::RefusedSignature(one)), Ok(Record::RefusedSignature(other))) => {
            one.signature == other.signature && one.content == other.content
        }
        (Ok(Record::QuarantinedWork(mut one)), Ok(Record::QuarantinedWork(other))) => {
            (one.received_at, one.seq) = (other.received_at, other.seq);
            one == other
        }
        (Ok(Record::QuarantineDecision(mut one)), Ok(Record::QuarantineDecision(other))) => {
            one.at = other.at;
            one == other
        }
        (Ok(Record::QuarantineNotice(mut one)), Ok(Record::QuarantineNotice(other))) => {
            one.at = other.at;
            one == other
        }
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

/// The database's number of a bucket.
pub(crate) fn bucket_row(db: &Connection, id: Uuid) -> rusqlite::Result<Option<i64>> {
    db.prepare_cached("SELECT bucket FROM bucket WHERE id = ?1")?.query_row([id], |row| row.get(0)).optional()
}

/// The status of a bucket, if it is known here.
pub(crate) fn bucket_status(db: &Connection, id: Uuid) -> rusqlite::Result<Option<String>> {
    db.prepare_cached("SELECT status FROM bucket WHERE id = ?1")?.query_row([id], |row| row.get(0)).optional()
}

/// Whether all that the server has of a bucket is here, or the bucket belongs to a client who was begun here.
pub(crate) fn whole(db: &Connection, id: Uuid) -> rusqlite::Result<bool> {
    db.prepare_cached(
        "SELECT 1 FROM bucket b WHERE b.id = ?1 AND (b.status IN ('ready', 'repair') OR b.status = 'local'
            AND b.kind LIKE 'client_%' AND EXISTS (SELECT 1 FROM overlay o WHERE o.id = b.subject AND o.kind = ?2)
            AND NOT EXISTS (SELECT 1 FROM record r WHERE r.id = b.subject AND r.kind = ?2))",
    )?
    .exists(params![id, kinds::code(RecordKind::Client)])
}

/// One record as it stands for the user: the overlay's if there is one, else the server's.
pub(crate) fn effective(db: &Connection, key: RecordKey) -> Result<Option<Record>> {
    let code = kinds::code(key.kind);
    let pending: Option<Option<Vec<u8>>> = db
        .prepare_cached("SELECT body FROM overlay WHERE id = ?1 AND kind = ?2")?
        .query_row(params![key.id, code], |row| row.get(0))
        .optional()?;
    if let Some(body) = pending {
        return body.map(|body| Record::from_bytes(key.kind, &body).map_err(Into::into)).transpose();
    }
    let body: Option<Vec<u8>> = db
        .prepare_cached(
            "SELECT r.body FROM record r JOIN bucket b USING (bucket)
             WHERE r.id = ?1 AND r.kind = ?2 AND b.status <> 'purging'",
        )?
        .query_row(params![key.id, code], |row| row.get(0))
        .optional()?;
    body.map(|body| Record::from_bytes(key.kind, &body).map_err(Into::into)).transpose()
}

/// All records of a kind under a parent, as they stand for the user.
pub(crate) fn effective_children(db: &Connection, kind: RecordKind, parent: Uuid) -> Result<Vec<Record>> {
    collect(
        db,
        kind,
        "SELECT r.body FROM record r JOIN bucket b USING (bucket)
         WHERE r.parent = ?1 AND r.kind = ?2 AND b.status <> 'purging'
           AND NOT EXISTS (SELECT 1 FROM overlay o WHERE o.id = r.id AND o.kind = r.kind)
         UNION ALL
         SELECT body FROM overlay WHERE parent = ?1 AND kind = ?2 AND body IS NOT NULL",
        params![parent, kinds::code(kind)],
    )
}

/// All records of a kind, as they stand for the user.
pub(crate) fn effective_all(db: &Connection, kind: RecordKind) -> Result<Vec<Record>> {
    collect(
        db,
        kind,
        "SELECT r.body FROM record r JOIN bucket b USING (bucket)
         WHERE r.kind = ?1 AND b.status <> 'purging'
           AND NOT EXISTS (SELECT 1 FROM overlay o WHERE o.id = r.id AND o.kind = r.kind)
         UNION ALL
         SELECT body FROM overlay WHERE kind = ?1 AND body IS NOT NULL",
        params![kinds::code(kind)],
    )
}

/// Notes or addenda with a question in them that their author has to answer.
pub(crate) fn effective_review(db: &Connection, kind: RecordKind) -> Result<Vec<Record>> {
    collect(
        db,
        kind,
        "SELECT r.body FROM record r JOIN bucket b USING (bucket)
         WHERE r.kind = ?1 AND r.review = 1 AND b.status <> 'purging'
           AND NOT EXISTS (SELECT 1 FROM overlay o WHERE o.id = r.id AND o.kind = r.kind)
         UNION ALL
         SELECT body FROM overlay WHERE kind = ?1 AND review = 1 AND body IS NOT NULL",
        params![kinds::code(kind)],
    )
}

/// Records of a kind with a civil day in `from..=to`.
pub(crate) fn effective_days(db: &Connection, kind: RecordKind, from: &str, to: &str) -> Result<Vec<Record>> {
    collect(
        db,
        kind,
        "SELECT r.body FROM record r JOIN bucket b USING (bucket)
         WHERE r.kind = ?1 AND r.day BETWEEN ?2 AND ?3 AND b.status <> 'purging'
           AND NOT EXISTS (SELECT 1 FROM overlay o WHERE o.id = r.id AND o.kind = r.kind)
         UNION ALL
         SELECT body FROM overlay WHERE kind = ?1 AND day BETWEEN ?2 AND ?3 AND body IS NOT NULL",
        params![kinds::code(kind), from, to],
    )
}

fn collect(
    db: &Connection,
    kind: RecordKind,
    sql: &str,
    params: &[&dyn rusqlite::ToSql],
) -> Result<Vec<Record>> {
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params, |row: &Row<'_>| row.get::<_, Vec<u8>>(0))?;
    let mut records = Vec::new();
    for body in rows {
        records.push(Record::from_bytes(kind, &body?)?);
    }
    Ok(records)
}

/// Writes one record of the overlay.
pub(crate) fn put_overlay(db: &Connection, bucket: i64, record: &Record, provisional: bool) -> Result<()> {
    let facets = facets(record);
    let key = record.key();
    let mut body = record.to_bytes(&[0; 16])?;
    body.extend(std::iter::repeat_n(b' ', room(body.len())));
    let row = params![
        kinds::code(key.kind),
        key.id,
        bucket,
        record.parent(),
        facets.day,
        facets.open.then_some(1),
        facets.author,
        facets.ends,
        facets.review.then_some(1),
        provisional,
        body
    ];
    // A pause of typing changes the body alone. To name a column that an index holds is to write that index too.
    let changed = db
        .prepare_cached(
            "UPDATE overlay SET body = ?11 WHERE id = ?2 AND kind = ?1 AND bucket = ?3 AND parent IS ?4 AND day IS ?5
                AND open IS ?6 AND author IS ?7 AND ends IS ?8 AND review IS ?9 AND provisional = ?10",
        )?
        .execute(row)?;
    if changed == 0 {
        db.prepare_cached(
            "INSERT INTO overlay (kind, id, bucket, parent, day, open, author, ends, review, provisional, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
             ON CONFLICT (id, kind) DO UPDATE SET bucket = excluded.bucket, parent = excluded.parent,
                day = excluded.day, open = excluded.open, author = excluded.author, ends = excluded.ends,
                review = excluded.review, provisional = excluded.provisional, body = excluded.body",
        )?
        .execute(row)?;
    }
    Ok(())
}

/// What JSON that is written again and again is filled up to a multiple of, bytes.
const STEP: usize = 512;

/// How many blanks fill up JSON of this length, which allows them at its end. A row that keeps its length is written over
/// in place, and of its pages only those that differ are encrypted and go to the disk.
pub(crate) const fn room(length: usize) -> usize {
    length.next_multiple_of(STEP) - length
}

/// Writes a pending deletion.
pub(crate) fn put_overlay_deletion(db: &Connection, bucket: i64, key: RecordKey) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO overlay (kind, id, bucket) VALUES (?1, ?2, ?3)
         ON CONFLICT (id, kind) DO UPDATE SET body = NULL, open = NULL, day = NULL, parent = NULL,
            author = NULL, ends = NULL, review = NULL",
    )?
    .execute(params![kinds::code(key.kind), key.id, bucket])?;
    Ok(())
}
