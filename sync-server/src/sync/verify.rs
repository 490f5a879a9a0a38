//! Verify: a bucket's live rows by identity and hash, for a device whose own sum does not agree.

use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::http::failure::{Failure, Outcome};
use crate::server::Server;
use crate::statement::{row, statements};
use mentalspace_crypto::{BucketDigest, Sha256};
use mentalspace_domain::bucket::{Bucket, BucketKind};
use mentalspace_protocol::error::ErrorCode;
use mentalspace_protocol::verify::{VerifiedRow, VerifyAnswer, VerifyRequest};
use uuid::Uuid;

row! {
    pub(crate) struct BucketRow {
        kind: String,
        subject: Uuid,
        head: i64,
        digest: Vec<u8>,
    }
}

row! {
    pub(crate) struct LiveRow {
        kind: String,
        id: Uuid,
        rev: i64,
        content_sha: Option<Vec<u8>>,
    }
}

statements! {
    BUCKET: BucketRow = "
        SELECT kind, subject, head, digest FROM bucket WHERE practice_id = $1 AND bucket_id = $2";

    LIVE_ROWS: LiveRow = "
        SELECT kind, id, rev, content_sha FROM record
        WHERE practice_id = $1 AND bucket_id = $2 AND NOT deleted
        ORDER BY seq";
}

/// The bucket as the server has it, in one snapshot.
///
/// # Errors
/// `NotFound` for a bucket that does not exist or is not granted, in the same words.
pub async fn verify(server: &Server, caller: &Caller, request: &VerifyRequest) -> Outcome<VerifyAnswer> {
    let at = server.now();
    let acting = caller.acting(at.with_timezone(&caller.zone).date_naive());
    let tx = server.db.begin_snapshot(&acting).await?;
    let ids = (caller.practice.uuid(), request.bucket.uuid());
    let Some(found) = tx.maybe(&BUCKET, &[&ids.0, &ids.1]).await? else {
        tx.rollback().await?;
        return Err(Failure::new(ErrorCode::NotFound, "There is no such part of a record for you to see."));
    };
    let live = tx.rows(&LIVE_ROWS, &[&ids.0, &ids.1]).await?;
    let rows = live
        .into_iter()
        .map(|row| {
            let sha = row.content_sha.ok_or_else(|| Failure::internal("a live record without a hash"))?;
            let sha256 = Sha256::try_from(sha.as_slice()).map_err(Failure::internal)?;
            Ok(VerifiedRow { kind: row.kind, id: row.id, rev: row.rev, sha256 })
        })
        .collect::<Outcome<Vec<_>>>()?;
    let kind =
        BucketKind::parse(&found.kind).ok_or_else(|| Failure::internal("a bucket of an unknown kind"))?;
    let event = Event {
        range: Some((0, found.head)),
        rows: i64::try_from(rows.len()).ok(),
        ..Event::new("verify", "sent").within(Bucket { kind, subject: found.subject })
    };
    audit::record(&tx, &acting, at, server.new_id()?, vec![event]).await?;
    tx.commit().await?;
    let digest: [u8; 16] =
        found.digest.try_into().map_err(|_| Failure::internal("a bucket's digest is damaged"))?;
    Ok(VerifyAnswer { head: found.head, digest: BucketDigest::from_bytes(digest).to_string(), rows })
}
