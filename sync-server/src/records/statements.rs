//! The statements over buckets and records.

use crate::statement::{row, statements};
use uuid::Uuid;

row! {
    /// What is known of a bucket before a decision.
    pub(crate) struct BucketState {
        bucket_id: Uuid,
        data_key: Vec<u8>,
        granted: bool,
        writable: bool,
    }
}

row! {
    /// A record as it stands.
    pub(crate) struct StoredRecord {
        bucket_id: Uuid,
        kind: String,
        id: Uuid,
        rev: i64,
        content_sha: Option<Vec<u8>>,
        sealed_body: Option<Vec<u8>>,
    }
}

row! {
    /// How far a record has come, without its body.
    pub(crate) struct StoredRevision {
        bucket_id: Uuid,
        kind: String,
        id: Uuid,
        rev: i64,
        content_sha: Option<Vec<u8>>,
    }
}

row! {
    /// A bucket's counter.
    pub(crate) struct Head {
        bucket_id: Uuid,
        head: i64,
        digest: Vec<u8>,
        live: i64,
    }
}

statements! {
    BUCKET_STATES: BucketState = "
        SELECT bucket_id, data_key, granted, writable FROM bucket_states($1)";

    /// Locked in the order in which they are named, which is the same for everybody, so that two batches never wait for
    /// each other crosswise. `OFFSET 0` keeps every look-up one descent of the index, whatever the planner believes
    /// of tables that have just been filled.
    LOCK_RECORDS: StoredRecord = "
        SELECT r.* FROM unnest($2::uuid[], $3::text[], $4::uuid[]) AS n (bucket_id, kind, id)
        CROSS JOIN LATERAL (
            SELECT r.bucket_id, r.kind, r.id, r.rev, r.content_sha, r.sealed_body FROM record r
            WHERE r.practice_id = $1 AND r.bucket_id = n.bucket_id AND r.kind = n.kind AND r.id = n.id
            OFFSET 0 FOR NO KEY UPDATE) AS r";

    /// Not locked: whoever changes one also locks what it hangs from, and a revision that moved meanwhile is refused
    /// when it is written.
    CHILDREN: StoredRecord = "
        SELECT r.* FROM unnest($2::uuid[], $3::text[], $4::uuid[]) AS n (bucket_id, kind, parent_id)
        CROSS JOIN LATERAL (
            SELECT r.bucket_id, r.kind, r.id, r.rev, r.content_sha, r.sealed_body FROM record r
            WHERE r.practice_id = $1 AND r.bucket_id = n.bucket_id AND r.kind = n.kind
              AND r.parent_id = n.parent_id AND NOT r.deleted
            OFFSET 0) AS r";

    BUSY_DAYS: StoredRecord = "
        SELECT bucket_id, 'busy_block' AS kind, id, rev, content_sha, sealed_body FROM busy_days($1, $2)";

    LOCK_REVISIONS: StoredRevision = "
        SELECT r.* FROM unnest($2::uuid[], $3::text[], $4::uuid[]) AS n (bucket_id, kind, id)
        CROSS JOIN LATERAL (
            SELECT r.bucket_id, r.kind, r.id, r.rev, r.content_sha FROM record r
            WHERE r.practice_id = $1 AND r.bucket_id = n.bucket_id AND r.kind = n.kind AND r.id = n.id
            OFFSET 0 FOR NO KEY UPDATE) AS r";

    LOCK_HEADS: Head = "
        SELECT bucket_id, head, digest, live FROM bucket
        WHERE practice_id = $1 AND bucket_id = ANY ($2)
        ORDER BY bucket_id
        FOR NO KEY UPDATE";

    MOVE_HEADS: () = "
        UPDATE bucket b
        SET head = n.head, digest = n.digest, live = n.live,
            head_before = CASE WHEN b.moved_in = pg_current_xact_id() THEN b.head_before ELSE b.head END,
            moved_in = pg_current_xact_id()
        FROM unnest($2::uuid[], $3::int8[], $4::bytea[], $5::int8[]) AS n (bucket_id, head, digest, live)
        WHERE b.practice_id = $1 AND b.bucket_id = n.bucket_id AND b.bucket_id = ANY ($2)";

    /// A revision other than the next is refused by a trigger: somebody else was here meanwhile.
    WRITE_RECORDS: () = "
        INSERT INTO record AS r
            (practice_id, bucket_id, kind, id, parent_id, seq, rev, deleted, content_sha, body_len, sealed_body)
        SELECT $1, n.*
        FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::int8[], $7::int8[], $8::bool[], $9::bytea[],
                    $10::int4[], $11::bytea[])
            AS n (bucket_id, kind, id, parent_id, seq, rev, deleted, content_sha, body_len, sealed_body)
        ON CONFLICT (practice_id, bucket_id, kind, id) DO UPDATE
        SET parent_id = EXCLUDED.parent_id, seq = EXCLUDED.seq, rev = EXCLUDED.rev, deleted = EXCLUDED.deleted,
            content_sha = EXCLUDED.content_sha, body_len = EXCLUDED.body_len, sealed_body = EXCLUDED.sealed_body";
}
