//! Pull: what changed since the cursors. Grants, heads, rows and the device's last processed number are read in one
//! snapshot; one audit row per bucket and range is written in the same transaction; it commits; then the answer is
//! made and sent. No transaction is open while a socket is written to.

mod lines;
mod statements;

use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::db::Tx;
use crate::http::failure::{Failure, Outcome};
use crate::server::Server;
use crate::sync::results;
use chrono::{DateTime, Utc};
use futures_util::future::try_join_all;
use mentalspace_crypto::{BucketDigest, DataKey};
use mentalspace_domain::bucket::{Bucket, BucketKind};
use mentalspace_domain::ids::{BucketId, PracticeId};
use mentalspace_protocol::error::{ErrorCode, Position};
use mentalspace_protocol::limits::{MAX_PULL_BYTES, MAX_PULL_ROWS, MIN_PULL_ROWS};
use mentalspace_protocol::pull::{ManifestBucket, Page, PullEnd, PullRequest};
pub(crate) use statements::STATEMENTS;
use statements::{
    DEVICE, DeviceRow, MANIFEST, ManifestRow, NOTE_SENT, REQUEST_PURGE, REVOKED, ROWS, StoredRow,
};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

/// Buckets whose rows are asked for at once.
const AT_ONCE: usize = 8;

/// A bucket with something new for the device.
struct Fresh {
    id: BucketId,
    manifest: ManifestBucket,
    /// The cursor that its first page continues.
    after: i64,
    key: Arc<DataKey>,
}

/// A bucket's rows for this answer.
struct Sheaf {
    bucket: Bucket,
    key: Arc<DataKey>,
    page: Page,
    rows: Vec<StoredRow>,
}

/// An answer, read and not yet written out.
struct Answer {
    practice: PracticeId,
    manifest: Vec<ManifestBucket>,
    revoked: Vec<BucketId>,
    sheaves: Vec<Sheaf>,
    end: PullEnd,
}

/// What changed since the cursors, as a zstd stream of JSON lines.
///
/// # Errors
/// `EpochChanged` with where the server stands, `DeviceRevoked`, `UpgradeRequired`, `Busy`.
pub async fn pull(server: &Server, caller: &Caller, request: &PullRequest) -> Outcome<Vec<u8>> {
    let at = server.now();
    let acting = caller.acting(at.with_timezone(&caller.zone).date_naive());
    let tx = server.db.begin_snapshot(&acting).await?;
    let ids = (caller.practice.uuid(), caller.device.uuid(), caller.user.uuid());
    let device =
        tx.maybe(&DEVICE, &[&ids.0, &ids.1, &ids.2, &at]).await?.ok_or_else(Failure::unauthenticated)?;
    if let Some(refusal) = refusal(caller, request, &device) {
        tx.rollback().await?;
        return Err(refusal);
    }
    let answer = read(server, &tx, caller, request, &device).await?;
    note_sent(&tx, caller, at, &answer).await?;
    audit::record(&tx, &acting, at, server.new_id()?, events(&answer)).await?;
    tx.commit().await?;
    // Unsealing and compressing megabytes would keep other requests waiting.
    tokio::task::spawn_blocking(move || lines::written(answer)).await.map_err(Failure::internal)?
}

fn refusal(caller: &Caller, request: &PullRequest, device: &DeviceRow) -> Option<Failure> {
    if device.status != "active" {
        return Some(Failure::new(
            ErrorCode::DeviceRevoked,
            "This device was revoked. What was written on it and not sent yet is still taken; then it erases itself.",
        ));
    }
    if request.log_epoch != device.log_epoch {
        let position = Position { log_epoch: device.log_epoch, processed_seq: device.last_seq };
        return Some(
            Failure::new(
                ErrorCode::EpochChanged,
                "The server was restored from a backup. Nothing is lost: this device sends what it keeps again.",
            )
            .at(position),
        );
    }
    (i64::from(caller.schema) < i64::from(device.min_schema)).then(|| {
        Failure::new(
            ErrorCode::UpgradeRequired,
            "This version is too old to receive changes. What you write is still sent; install the current release.",
        )
    })
}

async fn read(
    server: &Server,
    tx: &Tx,
    caller: &Caller,
    request: &PullRequest,
    device: &DeviceRow,
) -> Outcome<Answer> {
    let processed_seq = device.last_seq;
    let (practice, user) = (caller.practice.uuid(), caller.user.uuid());
    let cursors: BTreeMap<Uuid, i64> =
        request.cursors.iter().map(|cursor| (cursor.bucket.uuid(), cursor.seq)).collect();
    let named: Vec<Uuid> = cursors.keys().copied().collect();
    let seqs: Vec<i64> = cursors.values().copied().collect();
    let manifest_of: [&(dyn ToSql + Sync); 4] = [&practice, &user, &named, &seqs];
    let revoked_of: [&(dyn ToSql + Sync); 4] = [&practice, &user, &named, &device.reuniting];
    let (rows, revoked, results) = tokio::try_join!(
        tx.rows(&MANIFEST, &manifest_of),
        tx.rows(&REVOKED, &revoked_of),
        results::since(tx, caller.practice, caller.device, request.results_after, processed_seq),
    )?;
    let mut fresh =
        rows.into_iter().map(|row| fresh(server, caller.practice, row)).collect::<Outcome<Vec<_>>>()?;
    order(&mut fresh, &request.priority);
    let budget = request.rows.clamp(MIN_PULL_ROWS, MAX_PULL_ROWS);
    let (sheaves, more) = gather(tx, practice, &fresh, i64::from(budget)).await?;
    Ok(Answer {
        practice: caller.practice,
        manifest: fresh.into_iter().map(|fresh| fresh.manifest).collect(),
        revoked: revoked.into_iter().map(|row| BucketId::new(row.bucket_id)).collect(),
        sheaves,
        end: PullEnd { processed_seq, results, more, grants: device.grants },
    })
}

fn fresh(server: &Server, practice: PracticeId, row: ManifestRow) -> Outcome<Fresh> {
    let id = BucketId::new(row.bucket_id);
    let kind =
        BucketKind::parse(&row.kind).ok_or_else(|| Failure::internal("a bucket of an unknown kind"))?;
    let digest: [u8; 16] =
        row.digest.try_into().map_err(|_| Failure::internal("a bucket's digest is damaged"))?;
    // Below what tombstones are kept for, or above what there is: the device cannot be brought up to date row by row.
    let cursor = row.cursor.unwrap_or_default();
    let reset = (cursor > 0 && cursor < row.pruned_below) || cursor > row.head;
    Ok(Fresh {
        id,
        manifest: ManifestBucket {
            bucket: id,
            kind,
            subject: row.subject,
            head: row.head,
            digest: BucketDigest::from_bytes(digest).to_string(),
            live: row.live,
            reset,
        },
        after: if reset { 0 } else { cursor },
        key: server.sealing.bucket_key(practice, id, &row.data_key)?,
    })
}

/// Small and needed everywhere first, then what the device wants first, then the rest.
fn order(fresh: &mut [Fresh], priority: &[BucketId]) {
    let wanted: HashMap<BucketId, usize> =
        priority.iter().enumerate().map(|(n, bucket)| (*bucket, n)).collect();
    fresh.sort_by_key(|fresh| {
        let rank = match fresh.manifest.kind {
            BucketKind::Practice => 0,
            BucketKind::User => 1,
            BucketKind::Calendar => 2,
            _ => 3,
        };
        (rank, wanted.get(&fresh.id).copied().unwrap_or(usize::MAX), fresh.id)
    });
}

/// Reads rows of these buckets, in order, within the budget. True where more waits.
async fn gather(tx: &Tx, practice: Uuid, fresh: &[Fresh], budget: i64) -> Outcome<(Vec<Sheaf>, bool)> {
    let mut sheaves = Vec::new();
    let mut rows_left = budget;
    let mut bytes_left = i64::try_from(MAX_PULL_BYTES).unwrap_or(i64::MAX);
    let mut waiting: VecDeque<&Fresh> =
        fresh.iter().filter(|fresh| fresh.manifest.head > fresh.after).collect();
    while !waiting.is_empty() && rows_left > 0 && bytes_left > 0 {
        // As many buckets as may fit: those that are read for the first time have at least their live rows.
        let mut expected = 0;
        let mut group = Vec::new();
        while group.len() < AT_ONCE && expected < rows_left {
            let Some(next) = waiting.pop_front() else { break };
            expected += if next.after == 0 { next.manifest.live } else { 1 };
            group.push(next);
        }
        let mut read = Vec::with_capacity(group.len());
        for fresh in &group {
            read.push(rows_of(tx, practice, fresh, rows_left, bytes_left));
        }
        for (fresh, rows) in group.iter().zip(try_join_all(read).await?) {
            let found = rows.len();
            let kept = within(rows, &mut rows_left, &mut bytes_left);
            // Nothing more stands above the cursor, whatever the head says: a device that were told to come again for
            // it would come for ever. It sees by the digest if something is missing.
            let complete = kept.len() == found && rows_left > 0 && bytes_left > 0;
            let to = match kept.last() {
                _ if complete => fresh.manifest.head,
                Some(last) => last.seq,
                None => return Ok((sheaves, true)),
            };
            let complete = complete || to == fresh.manifest.head;
            let page = Page {
                bucket: fresh.id,
                from: fresh.after,
                to,
                rows: u32::try_from(kept.len()).unwrap_or(u32::MAX),
            };
            sheaves.push(Sheaf {
                bucket: fresh.manifest.about(),
                key: Arc::clone(&fresh.key),
                page,
                rows: kept,
            });
            if !complete {
                return Ok((sheaves, true));
            }
        }
    }
    Ok((sheaves, !waiting.is_empty()))
}

async fn rows_of(tx: &Tx, practice: Uuid, fresh: &Fresh, rows: i64, bytes: i64) -> Outcome<Vec<StoredRow>> {
    tx.rows(&ROWS, &[&practice, &fresh.id.uuid(), &fresh.after, &rows, &bytes]).await
}

/// Those rows, from the first on, that the budget still covers. The first row of an answer is always covered.
fn within(rows: Vec<StoredRow>, rows_left: &mut i64, bytes_left: &mut i64) -> Vec<StoredRow> {
    let mut kept = Vec::with_capacity(rows.len());
    for row in rows {
        if *rows_left <= 0 || *bytes_left <= 0 {
            break;
        }
        *rows_left -= 1;
        *bytes_left -= i64::from(row.body_len);
        kept.push(row);
    }
    kept
}

fn events(answer: &Answer) -> Vec<Event> {
    answer
        .sheaves
        .iter()
        .map(|sheaf| Event {
            range: Some((sheaf.page.from, sheaf.page.to)),
            rows: Some(i64::from(sheaf.page.rows)),
            ..Event::new("pull", "sent").within(sheaf.bucket)
        })
        .collect()
}

/// Notes what is sent where, and what the device is told to erase.
async fn note_sent(tx: &Tx, caller: &Caller, at: DateTime<Utc>, answer: &Answer) -> Outcome<()> {
    let ids = (caller.practice.uuid(), caller.device.uuid());
    if !answer.sheaves.is_empty() {
        let buckets: Vec<Uuid> = answer.sheaves.iter().map(|sheaf| sheaf.page.bucket.uuid()).collect();
        let sent_to: Vec<i64> = answer.sheaves.iter().map(|sheaf| sheaf.page.to).collect();
        tx.run(&NOTE_SENT, &[&ids.0, &ids.1, &at, &buckets, &sent_to]).await?;
    }
    if !answer.revoked.is_empty() {
        let buckets: Vec<Uuid> = answer.revoked.iter().map(|bucket| bucket.uuid()).collect();
        tx.run(&REQUEST_PURGE, &[&ids.0, &ids.1, &at, &buckets]).await?;
    }
    Ok(())
}
