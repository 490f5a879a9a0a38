//! The statements of a pull.

use crate::statement::{row, statements};
use uuid::Uuid;

row! {
    pub(crate) struct DeviceRow {
        status: String,
        last_seq: i64,
        log_epoch: Uuid,
        min_schema: i32,
        reuniting: bool,
        grants: i64,
    }
}

row! {
    pub(crate) struct ManifestRow {
        bucket_id: Uuid,
        kind: String,
        subject: Uuid,
        head: i64,
        digest: Vec<u8>,
        live: i64,
        pruned_below: i64,
        data_key: Vec<u8>,
        cursor: Option<i64>,
    }
}

row! {
    pub(crate) struct RevokedRow {
        bucket_id: Uuid,
    }
}

row! {
    pub(crate) struct StoredRow {
        kind: String,
        id: Uuid,
        parent_id: Option<Uuid>,
        seq: i64,
        rev: i64,
        body_len: i32,
        sealed_body: Option<Vec<u8>>,
    }
}

statements! {
    DEVICE: DeviceRow = "
        SELECT CASE WHEN u.active THEN d.status ELSE 'draining' END AS status, d.last_seq, p.log_epoch, p.min_schema,
               coalesce(p.reunion_until > $4, false) AS reuniting,
               (SELECT coalesce(sum(g.grant_rev), 0)::int8 FROM bucket_grant g
                WHERE g.practice_id = $1 AND g.user_id = $3) AS grants
        FROM device d
        JOIN practice p ON p.practice_id = d.practice_id
        JOIN app_user u ON u.practice_id = d.practice_id AND u.user_id = d.user_id
        WHERE d.practice_id = $1 AND d.device_id = $2 AND d.user_id = $3";

    /// What is granted and has something that the device does not have, or does not agree with where it thinks it is. The
    /// head beside the grant is the bucket's (`0007_heads.sql`), so that of many buckets only those are read that moved;
    /// `MATERIALIZED`, or the planner looks at all of them first.
    MANIFEST: ManifestRow = "
        WITH moved AS MATERIALIZED (
            SELECT g.bucket_id, c.seq FROM bucket_grant g
            LEFT JOIN unnest($3::uuid[], $4::int8[]) AS c (bucket_id, seq) ON c.bucket_id = g.bucket_id
            WHERE g.practice_id = $1 AND g.user_id = $2 AND g.revoked_at IS NULL
              AND (c.seq IS NULL OR c.seq <> g.head))
        SELECT b.bucket_id, b.kind, b.subject, b.head, b.digest, b.live, b.pruned_below, b.data_key, m.seq AS cursor
        FROM moved m JOIN bucket b ON b.practice_id = $1 AND b.bucket_id = m.bucket_id";

    /// `NOT IN`, which is answered from one hash of the grants however little the planner knows of them. While devices
    /// come back to a restored server ($4), a chart of which it has never known a grant was granted after its backup:
    /// whoever gave it has not come back yet, and nothing is erased for that.
    REVOKED: RevokedRow = "
        SELECT c.bucket_id FROM unnest($3::uuid[]) AS c (bucket_id)
        WHERE c.bucket_id NOT IN (
            SELECT g.bucket_id FROM bucket_grant g
            WHERE g.practice_id = $1 AND g.user_id = $2 AND g.revoked_at IS NULL)
          AND (NOT $4 OR EXISTS (
            SELECT FROM bucket_grant g
            WHERE g.practice_id = $1 AND g.user_id = $2 AND g.bucket_id = c.bucket_id))";

    /// In the order of the index, so that reading stops with the budget. Bodies that do not fit into their rows are
    /// fetched only where they come out.
    ROWS: StoredRow = "
        SELECT kind, id, parent_id, seq, rev, body_len, sealed_body
        FROM (
            SELECT kind, id, parent_id, seq, rev, body_len, sealed_body,
                   sum(body_len) OVER (ORDER BY seq ROWS UNBOUNDED PRECEDING) AS running
            FROM record WHERE practice_id = $1 AND bucket_id = $2 AND seq > $3) AS r
        WHERE running - body_len < $5
        ORDER BY seq LIMIT $4";

    NOTE_SENT: () = "
        INSERT INTO device_bucket (practice_id, device_id, bucket_id, first_sent, last_sent, sent_to)
        SELECT $1, $2, n.bucket_id, $3, $3, n.sent_to
        FROM unnest($4::uuid[], $5::int8[]) AS n (bucket_id, sent_to)
        ORDER BY n.bucket_id
        ON CONFLICT (practice_id, device_id, bucket_id) DO UPDATE
        SET last_sent = EXCLUDED.last_sent, sent_to = EXCLUDED.sent_to, purge_requested = NULL, purge_acked = NULL";

    REQUEST_PURGE: () = "
        UPDATE device_bucket SET purge_requested = $3
        WHERE practice_id = $1 AND device_id = $2 AND bucket_id = ANY ($4) AND purge_requested IS NULL";
}
