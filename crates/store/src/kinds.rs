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
        RecordKind::QuarantinedWork => 18,
        RecordKind::QuarantineDecision => 19,
        RecordKind::QuarantineNotice => 20,
    }
}

/// The kind of a code, if this release knows it.
pub(crate) fn kind(code_sought: i64) -> Option<RecordKind> {
    RecordKind::ALL.iter().copied().find(|kind| code(*kind) == code_sought)
}

/// Sees to it that every known kind stands in the database under its own code. Gives whether a kind was adopted: an
/// earlier release had met it, did not know it, and kept its records under a code of its own making.
pub(crate) fn settle(db: &Connection) -> rusqlite::Result<bool> {
    let mut adopted = false;
    for kind in RecordKind::ALL {
        let (code, name) = (code(*kind), kind.as_str());
        let found: Option<i64> = db
            .prepare_cached("SELECT code FROM record_kind WHERE name = ?1")?
            .query_row([name], |row| row.get(0))
            .optional()?;
        match found {
            Some(found) if found == code => {}
            None => {
                db.execute("INSERT INTO record_kind (code, name) VALUES (?1, ?2)", params![code, name])?;
            }
            Some(foreign) => {
                db.execute("UPDATE record_kind SET name = 'formerly ' || name WHERE code = ?1", [foreign])?;
                db.execute("INSERT INTO record_kind (code, name) VALUES (?1, ?2)", params![code, name])?;
                for (table, column) in [
                    ("record", "kind"),
                    ("overlay", "kind"),
                    ("outbox_touch", "kind"),
                    ("set_aside", "kind"),
                    ("journal", "record_kind"),
                ] {
                    db.execute(
                        &format!("UPDATE {table} SET {column} = ?1 WHERE {column} = ?2"),
                        params![code, foreign],
                    )?;
                }
                db.execute("DELETE FROM record_kind WHERE code = ?1", [foreign])?;
                adopted = true;
            }
        }
    }
    Ok(adopted)
}

/// The code of a wire name; a name from the future gets a code from 1000 on.
pub(crate) fn code_of_name(db: &Connection, name: &str) -> rusqlite::Result<i64> {
    if let Some(kind) = RecordKind::parse(name) {
        return Ok(code(kind));
    }
    let known = db
        .prepare_cached("SELECT code FROM record_kind WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?;
    if let Some(code) = known {
        return Ok(code);
    }
    db.query_row(
        "INSERT INTO record_kind (code, name) SELECT max(999, max(code)) + 1, ?1 FROM record_kind RETURNING code",
        [name],
        |row| row.get(0),
    )
}
