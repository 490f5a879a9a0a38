//! Mending buckets whose rows are not what the server has: row by row, once a day each, and then somebody is told.

use super::incoming::incoming_row;
use super::{Engine, Extent, Report};
use crate::failure::SyncFailure;
use mentalspace_crypto::digest::{Sha256, sha256};
use mentalspace_domain::ids::BucketId;
use mentalspace_protocol::pull::Cursor;
use mentalspace_protocol::verify::VerifyRequest;
use mentalspace_store::IncomingRow;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

impl Engine<'_> {
    /// Mends what does not match, once a day and bucket. What still does not match is for a person, at every sync
    /// until it does, and never stops a push.
    pub(super) async fn mend(&self, report: &mut Report) -> Result<(), SyncFailure> {
        let today = (self.clock)().date_naive();
        for held in self.store.held()?.into_iter().filter(|held| held.status == "repair") {
            let mended = !self.store.repaired_on(held.id, today)? && {
                report.repaired += 1;
                report.changed = true;
                self.repair(held.id).await?
            };
            if !mended {
                report.alarms.push(held.id);
            }
        }
        Ok(())
    }

    /// Mends a bucket row by row: what differs is put as the server has it, what should not be here goes.
    async fn repair(&self, bucket: BucketId) -> Result<bool, SyncFailure> {
        let theirs = self.session.verify(&VerifyRequest { bucket }).await?;
        let ours: HashMap<(String, Uuid), (i64, Sha256)> = self
            .store
            .row_identities(bucket)?
            .into_iter()
            .map(|row| ((row.kind, row.id), (row.rev, row.sha)))
            .collect();
        let stands = |kind: &str, id: Uuid, rev: i64, sha: Sha256| {
            ours.get(&(kind.to_owned(), id)) == Some(&(rev, sha))
        };
        let mut present: HashSet<(String, Uuid)> =
            theirs.rows.iter().map(|row| (row.kind.clone(), row.id)).collect();
        let mut expected = theirs.digest;
        let mut put = Vec::new();
        if theirs.rows.iter().any(|row| !stands(&row.kind, row.id, row.rev, row.sha256)) {
            // All rows of this one bucket come once, in states that may be newer than those that were compared.
            let whole = self.fetch_whole(bucket).await?;
            expected = whole.digest;
            present = whole.rows.iter().map(|row| (row.kind.clone(), row.id)).collect();
            put = whole.rows;
            put.retain(|row| {
                row.body.as_deref().is_none_or(|body| !stands(&row.kind, row.id, row.rev, sha256(body)))
            });
        }
        let remove: Vec<(String, Uuid)> =
            ours.keys().filter(|key| !present.contains(*key)).cloned().collect();
        let expected = expected.parse().unwrap_or_default();
        Ok(self.store.repair(bucket, &put, &remove, expected, (self.clock)())?)
    }

    /// Every row of one bucket, from 0, with the digest that they add up to: all of it or nothing, for whatever does not
    /// come is taken from this device.
    async fn fetch_whole(&self, bucket: BucketId) -> Result<Whole, SyncFailure> {
        let mut whole = Whole::default();
        let mut from = 0;
        loop {
            let mut request = self.pull_request(Extent::default())?;
            request.cursors.retain(|cursor| cursor.bucket != bucket);
            request.cursors.push(Cursor { bucket, seq: from });
            request.priority = vec![bucket];
            let pulled = self.session.pull(&request).await?;
            let end = pulled.end.ok_or(SyncFailure::Incomplete)?;
            let described = pulled.buckets.iter().find(|described| described.bucket == bucket);
            let described = described.ok_or(SyncFailure::Incomplete)?;
            let before = from;
            whole.digest.clone_from(&described.digest);
            let head = described.head;
            for (page, rows) in pulled.pages.into_iter().filter(|(page, _)| page.bucket == bucket) {
                from = page.to;
                for row in rows.into_iter().map(incoming_row) {
                    // A row that moved meanwhile comes again: its newest state counts.
                    whole.rows.retain(|known| (known.id, &known.kind) != (row.id, &row.kind));
                    whole.rows.push(row);
                }
            }
            if from >= head {
                return Ok(whole);
            }
            if !end.more || from == before {
                return Err(SyncFailure::Incomplete);
            }
        }
    }
}

/// A bucket as it was fetched from its beginning.
#[derive(Default)]
struct Whole {
    rows: Vec<IncomingRow>,
    digest: String,
}
