//! Codes of record kinds in the database: small, and fixed for all time.

use mentalspace_domain::record::RecordKind;
use rusqlite::{Connection, OptionalExtension as _, params};

/// The fixed code of a kind that this release knows. Never renumber: databases in the field hold these.
#[must_use]
pub(crate) const fn code(kind: RecordKind) -> i64 {
    match kind {
        RecordKind::Practice => 1,
        RecordKind::User => 2,
        RecordKind::Supervision => 3,
        RecordKind::SigningKeyCertificate => 4,
        RecordKind::BusyBlock => 5,
        RecordKind::Client => 6,
        RecordKind::Assignment => 7,
        RecordKind::Appointment => 8,
        RecordKind::Note => 9,
        RecordKind::NoteRevision => 10,
        RecordKind::NoteBranch => 11,
        RecordKind::NoteVersion => 12,
        RecordKind::Signature => 13,
        RecordKind::Receipt => 14,
        RecordKind::RefusedSignature => 15,
        RecordKind::Addendum => 16,
        RecordKind::Diagnosis => 17,
    }
}

/// The kind of a code, if this release knows it.
pub(crate) fn kind(code_sought: i64) -> Option<RecordKind> {
    RecordKind::ALL.iter().copied().find(|kind| code(*kind) == code_sought)
}

/// Writes the known kinds into a new database.
pub(crate) fn seed(db: &Connection) -> rusqlite::Result<()> {
    let mut insert = db.prepare("INSERT OR IGNORE INTO record_kind (code, name) VALUES (?1, ?2)")?;
    for kind in RecordKind::ALL {
        insert.execute(params![code(*kind), kind.as_str()])?;
    }
    Ok(())
}

/// The code of a wire name; a name from the future gets a code from 1000 on.
pub(crate) fn code_of_name(db: &Connection, name: &str) -> rusqlite::Result<i64> {
    if let Some(kind) = RecordKind::parse(name) {
        return Ok(code(kind));
    }
    let known =
        db.query_row("SELECT code FROM record_kind WHERE name = ?1", [name], |row| row.get(0)).optional()?;
    if let Some(code) = known {
        return Ok(code);
    }
    db.query_row(
        "INSERT INTO record_kind (code, name) SELECT max(999, max(code)) + 1, ?1 FROM record_kind RETURNING code",
        [name],
        |row| row.get(0),
    )
}
