//! Mending a bucket row by row, when its digest is not the server's.

use crate::apply::IncomingRow;
use crate::error::{Result, StoreError};
use crate::meta::{self, MetaKey};
use crate::take::{self, Taking};
use crate::{Store, buckets, outbox};
use chrono::{DateTime, NaiveDate, Utc};
use mentalspace_crypto::digest::{BucketDigest, Sha256, sha256};
use mentalspace_domain::ids::BucketId;
use rusqlite::{Transaction, params};
use uuid::Uuid;

/// A row as the server has it, for a repair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowIdentity {
    /// Kind, by its wire name.
    pub kind: String,
    /// Identifier.
    pub id: Uuid,
    /// Revision.
    pub rev: i64,
    /// SHA-256 of its canonical bytes.
    pub sha: Sha256,
}

impl Store {
    /// Identities and hashes of the rows of a bucket, to compare with the server's.
    ///
    /// # Errors
    /// The store fails.
    pub fn row_identities(&self, bucket: BucketId) -> Result<Vec<RowIdentity>> {
        self.read(|db| {
            let mut statement = db.prepare_cached(
                "SELECT k.name, r.id, r.rev, r.sha FROM record r JOIN record_kind k ON k.code = r.kind
                 JOIN bucket b USING (bucket) WHERE b.id = ?1",
            )?;
            let rows = statement.query_map([bucket.uuid()], |row| {
                Ok(RowIdentity {
                    kind: row.get(0)?,
                    id: row.get(1)?,
                    rev: row.get(2)?,
                    sha: Sha256::from_bytes(row.get::<_, [u8; 32]>(3)?),
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Repairs a bucket: the rows that differ are replaced, those that should not be here removed, and digest and
    /// count taken anew from the rows themselves. Gives whether the digest is now the `expected` one.
    ///
    /// # Errors
    /// The store fails.
    pub fn repair(
        &self,
        bucket: BucketId,
        put: &[IncomingRow],
        remove: &[(String, Uuid)],
        expected: BucketDigest,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        self.write(|writer| {
            writer.close_open()?;
            let tx = writer.db.transaction()?;
            let held =
                buckets::find(&tx, bucket)?.ok_or(StoreError::Inconsistent("repair of an unknown bucket"))?;
            let gone = remove.iter().map(|(kind, id)| IncomingRow {
                kind: kind.clone(),
                id: *id,
                seq: 0,
                rev: 0,
                parent: None,
                body: None,
            });
            let mut taking = Taking::begin(&tx, &held, now)?;
            for row in put.iter().cloned().chain(gone) {
                taking.take(&take::prepare(&row))?;
            }
            let (digest, live) = buckets::recount(&tx, held.row)?;
            tx.execute(
                "UPDATE bucket SET digest = ?2, live = ?3, repaired_on = ?4, status = ?5 WHERE bucket = ?1",
                params![
                    held.row,
                    digest.to_bytes(),
                    live,
                    now.date_naive().to_string(),
                    if digest == expected { "ready" } else { "repair" }
                ],
            )?;
            outbox::replay(&tx, now)?;
            tx.commit()?;
            Ok(digest == expected)
        })
    }

    /// Counts and hashes anew the rows of at most `most` buckets that have not been looked at on this day (UTC). One
    /// whose rows are not what its running digest says, or not what their own hashes say, is marked for repair. Gives
    /// how many were marked. The checksums of pages find a bad disk; this finds what went wrong above it.
    ///
    /// # Errors
    /// The store fails.
    pub fn check_some(&self, day: NaiveDate, most: u32) -> Result<usize> {
        let today = day.to_string();
        if self.meta::<String>(MetaKey::CheckedOn)?.as_ref() == Some(&today) {
            return Ok(0);
        }
        self.write(|writer| {
            let tx = writer.db.transaction()?;
            let due: Vec<(i64, [u8; 16], i64)> = tx
                .prepare_cached(
                    "SELECT bucket, digest, live FROM bucket
                     WHERE status = 'ready' AND checked_on IS NOT ?1 ORDER BY checked_on LIMIT ?2",
                )?
                .query_map(params![today, most], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                .collect::<rusqlite::Result<_>>()?;
            let mut marked = 0;
            for (row, digest, live) in &due {
                let rehashed = rehash(&tx, *row)?;
                let (counted, rows) = buckets::recount(&tx, *row)?;
                let right = !rehashed && counted.to_bytes() == *digest && rows == *live;
                tx.prepare_cached("UPDATE bucket SET checked_on = ?2, status = ?3 WHERE bucket = ?1")?
                    .execute(params![row, today, if right { "ready" } else { "repair" }])?;
                marked += usize::from(!right);
            }
            if due.is_empty() {
                meta::set(&tx, MetaKey::CheckedOn, &today)?;
            }
            tx.commit()?;
            Ok(marked)
        })
    }

    /// Whether a bucket was repaired on this day (UTC) already: then something is wrong that repairing does not mend.
    ///
    /// # Errors
    /// The store fails.
    pub fn repaired_on(&self, bucket: BucketId, day: NaiveDate) -> Result<bool> {
        self.read(|db| {
            Ok(db
                .prepare_cached("SELECT 1 FROM bucket WHERE id = ?1 AND repaired_on = ?2")?
                .exists(params![bucket.uuid(), day.to_string()])?)
        })
    }
}

/// Hashes the bodies of a bucket anew and writes down what they are, so that the comparison with the server sees it.
/// Gives whether any was not what its hash said.
fn rehash(tx: &Transaction<'_>, bucket: i64) -> Result<bool> {
    let mut wrong: Vec<(i64, Sha256)> = Vec::new();
    {
        let mut statement = tx.prepare_cached("SELECT record, sha, body FROM record WHERE bucket = ?1")?;
        let mut rows = statement.query([bucket])?;
        while let Some(row) = rows.next()? {
            let sha = sha256(row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?);
            if row.get::<_, [u8; 32]>(1)? != *sha.as_bytes() {
                wrong.push((row.get(0)?, sha));
            }
        }
    }
    for (record, sha) in &wrong {
        tx.prepare_cached("UPDATE record SET sha = ?2 WHERE record = ?1")?
            .execute(params![record, sha.as_bytes()])?;
    }
    Ok(!wrong.is_empty())
}
