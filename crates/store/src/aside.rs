//! Table `set_aside`: what stood here and what a server that was restored to an earlier state does not have, or has in
//! other words. Whoever wrote it gives it back to the server; where that device is gone, this copy may be the last.

use crate::error::{Result, StoreError};
use crate::rows::says_the_same;
use crate::salvage::Table;
use crate::{Store, buckets, kinds, meta};
use chrono::{DateTime, Utc};
use mentalspace_crypto::digest::sha256;
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::record::RecordKind;
use rusqlite::{Connection, Row, params};
use uuid::Uuid;

/// What is kept however long, by its fixed codes ([`kinds::code`]): versions, signatures, receipts, refused signatures;
/// work in quarantine, the rulings on it, and the notices of them.
const SIGNED: &str = "(12, 13, 14, 15, 18, 19, 20)";

/// A record that is kept aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// Its kind, by its wire name.
    pub kind: String,
    /// Its identifier.
    pub id: Uuid,
    /// The practice, user or client that it is about.
    pub subject: Option<Uuid>,
    /// When it was set aside.
    pub at: DateTime<Utc>,
    /// Its canonical bytes.
    pub body: Vec<u8>,
}

/// Keeps a record of this bucket as it stands here.
pub(crate) fn keep(db: &Connection, record: i64, now: DateTime<Utc>) -> Result<()> {
    db.prepare_cached(
        "INSERT OR IGNORE INTO set_aside (kind, id, sha, bucket, rev, body, at)
         SELECT r.kind, r.id, r.sha, b.id, r.rev, r.body, ?2 FROM record r JOIN bucket b USING (bucket)
         WHERE r.record = ?1",
    )?
    .execute(params![record, meta::later_of_both(meta::signed_time(db)?, now).to_rfc3339()])?;
    Ok(())
}

/// A record that is kept aside in a database that is damaged, as it stands there.
pub(crate) struct Aside {
    kind: String,
    id: Uuid,
    sha: [u8; 32],
    bucket: Uuid,
    rev: i64,
    body: Vec<u8>,
    at: String,
    /// What its bucket is about.
    pub about: Bucket,
}

impl Aside {
    pub(crate) const ALL: Table = Table {
        rows: "SELECT k.name, s.id, s.sha, s.bucket, s.rev, s.body, s.at, b.kind, b.subject FROM set_aside s
               JOIN record_kind k ON k.code = s.kind JOIN bucket b ON b.id = s.bucket",
        order: &["s.id", "s.kind", "s.sha"],
    };

    /// The record in a row, and what it is known by. One that is not what its hash says is one that does not read.
    pub(crate) fn of(row: &Row<'_>) -> Result<((Uuid, [u8; 32]), Self)> {
        let aside = Self {
            kind: row.get(0)?,
            id: row.get(1)?,
            sha: row.get(2)?,
            bucket: row.get(3)?,
            rev: row.get(4)?,
            body: row.get(5)?,
            at: row.get(6)?,
            about: buckets::about(row, 7)?,
        };
        if *sha256(&aside.body).as_bytes() != aside.sha {
            return Err(StoreError::Inconsistent("a record that was set aside"));
        }
        Ok(((aside.id, aside.sha), aside))
    }

    /// Keeps it aside here.
    pub(crate) fn write(&self, db: &Connection) -> Result<()> {
        let kind = kinds::code_of_name(db, &self.kind)?;
        db.prepare_cached(
            "INSERT OR IGNORE INTO set_aside (kind, id, sha, bucket, rev, body, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![kind, self.id, self.sha, self.bucket, self.rev, self.body, self.at])?;
        Ok(())
    }
}

/// A record has come (again): what is kept aside of it in the same words has done its service. A receipt stays: the
/// first one says that the server had the signature earlier than the new one does. Gives whether something signed is
/// kept aside that says other things than what came.
pub(crate) fn came_back(db: &Connection, kind: RecordKind, id: Uuid, body: &[u8]) -> Result<bool> {
    let code = kinds::code(kind);
    let kept: Vec<(Vec<u8>, Vec<u8>)> = db
        .prepare_cached("SELECT sha, body FROM set_aside WHERE id = ?1 AND kind = ?2")?
        .query_map(params![id, code], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut differs = false;
    for (sha, aside) in kept {
        if !says_the_same(Some(kind), &aside, body) {
            differs |= kind.insert_only() && kind != RecordKind::NoteRevision;
        } else if kind != RecordKind::Receipt {
            db.prepare_cached("DELETE FROM set_aside WHERE id = ?1 AND kind = ?2 AND sha = ?3")?
                .execute(params![id, code, sha])?;
        }
    }
    Ok(differs)
}

/// Whether anything is kept aside. As a rule nothing is, and no row that arrives need be looked for.
pub(crate) fn anything(db: &Connection) -> Result<bool> {
    Ok(db.prepare_cached("SELECT 1 FROM set_aside")?.exists([])?)
}

/// Everything that is kept of a bucket goes with it.
pub(crate) fn purge(db: &Connection, bucket: Uuid) -> Result<()> {
    db.prepare_cached("DELETE FROM set_aside WHERE bucket = ?1")?.execute([bucket])?;
    Ok(())
}

/// What was set aside before `past` and is not signed goes, like the commands of the archive.
pub(crate) fn forget(db: &Connection, past: &str) -> Result<()> {
    db.prepare_cached(&format!("DELETE FROM set_aside WHERE at < ?1 AND kind NOT IN {SIGNED}"))?
        .execute([past])?;
    Ok(())
}

impl Store {
    /// How many signed versions this device has seen that the server, after a restore, does not have. They are kept
    /// here. Not counted while this device itself has something to give back.
    ///
    /// # Errors
    /// The store fails.
    pub fn missing_signed(&self) -> Result<u32> {
        self.read(|db| {
            let version = kinds::code(RecordKind::NoteVersion);
            Ok(db
                .prepare_cached(
                    "SELECT count(*) FROM set_aside s WHERE s.kind = ?1
                     AND NOT EXISTS (SELECT 1 FROM record r WHERE r.id = s.id AND r.kind = s.kind)
                     AND NOT EXISTS (SELECT 1 FROM outbox WHERE before IS NOT NULL)",
                )?
                .query_row([version], |row| row.get(0))?)
        })
    }

    /// What is kept aside, newest first: for whoever has to find out after a restore what no device gave back.
    ///
    /// # Errors
    /// The store fails.
    pub fn set_aside(&self) -> Result<Vec<SetAside>> {
        self.read(|db| {
            let mut statement = db.prepare_cached(
                "SELECT k.name, s.id, s.at, s.body, b.subject FROM set_aside s JOIN record_kind k ON k.code = s.kind
                 LEFT JOIN bucket b ON b.id = s.bucket ORDER BY s.at DESC, k.name, s.id",
            )?;
            let mut rows = statement.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let at: String = row.get(2)?;
                found.push(SetAside {
                    kind: row.get(0)?,
                    id: row.get(1)?,
                    at: at.parse().map_err(|_| StoreError::Inconsistent("a time of what was set aside"))?,
                    body: row.get(3)?,
                    subject: row.get(4)?,
                });
            }
            Ok(found)
        })
    }
}
