//! The statements over the log.

use crate::statement::{row, statements};
use chrono::{DateTime, Utc};
use uuid::Uuid;

row! {
    pub(crate) struct PracticeRow {
        practice_id: Uuid,
    }
}

row! {
    pub(crate) struct WaitingRow {
        waiting: i64,
    }
}

row! {
    pub(crate) struct NodeRow {
        level: i16,
        idx: i64,
        hash: Vec<u8>,
    }
}

row! {
    pub(crate) struct Taken {
        taken: bool,
    }
}

row! {
    pub(crate) struct LogState {
        log_epoch: Uuid,
        size: i64,
        head_size: Option<i64>,
        head_at: Option<DateTime<Utc>>,
    }
}

row! {
    pub(crate) struct BatchRow {
        at: DateTime<Utc>,
        batch: Uuid,
    }
}

statements! {
    WAITING: PracticeRow = "SELECT practice_id FROM practices_to_sequence()";

    UNSEQUENCED: WaitingRow = "SELECT batches_to_sequence() AS waiting";

    /// One sequencer at a time per practice, on however many servers.
    TAKE: Taken = "SELECT pg_try_advisory_xact_lock(hashtextextended('log ' || $1::text, 0)) AS taken";

    /// The same, after the one that is at it: a round over a long trail may take longer than any other lock is waited for.
    TAKE_IN_TURN: Taken = "
        WITH patience AS MATERIALIZED (SELECT set_config('lock_timeout', '0', true))
        SELECT pg_advisory_xact_lock(hashtextextended('log ' || $1::text, 0)) IS NOT NULL AS taken FROM patience";

    STATE: LogState = "
        SELECT p.log_epoch,
               coalesce((SELECT l.idx + 1 FROM log_leaf l
                         WHERE l.practice_id = p.practice_id AND l.log_epoch = p.log_epoch
                         ORDER BY l.idx DESC LIMIT 1), 0) AS size,
               h.size AS head_size, h.at AS head_at
        FROM practice p
        LEFT JOIN LATERAL (
            SELECT size, at FROM log_head
            WHERE practice_id = p.practice_id AND log_epoch = p.log_epoch
            ORDER BY size DESC LIMIT 1) h ON true
        WHERE p.practice_id = $1";

    NODES: NodeRow = "
        SELECT o.level, o.idx, o.hash
        FROM unnest($3::int2[], $4::int8[]) AS n (level, idx)
        JOIN log_node o ON o.practice_id = $1 AND o.log_epoch = $2 AND o.level = n.level AND o.idx = n.idx
        UNION ALL
        SELECT n.level, l.idx, l.leaf_hash AS hash
        FROM unnest($3::int2[], $4::int8[]) AS n (level, idx)
        JOIN log_leaf l ON l.practice_id = $1 AND l.log_epoch = $2 AND n.level = 0 AND l.idx = n.idx";

    BATCHES: BatchRow = "
        SELECT at, batch FROM audit_batch WHERE practice_id = $1 ORDER BY at, batch LIMIT $2";

    EVENTS: crate::audit::Recorded = "
        SELECT e.* FROM unnest($2::timestamptz[], $3::uuid[]) AS b (at, batch)
        CROSS JOIN LATERAL (
            SELECT e.at, e.batch, e.n, e.request_id, e.user_id, e.roles, e.device_id, e.session_id, e.address,
                   e.action, e.outcome, e.client_id, e.bucket_id, e.category, e.record_kind, e.record_id,
                   e.content_sha, e.seq_from, e.seq_to, e.rows, e.reason, e.asserted_at
            FROM audit_event e
            WHERE e.practice_id = $1 AND e.at = b.at AND e.batch = b.batch OFFSET 0) AS e
        ORDER BY e.at, e.batch, e.n";

    PUT_LEAVES: () = "
        INSERT INTO log_leaf (practice_id, log_epoch, idx, leaf_hash, at, batch, n)
        SELECT $1, $2, l.* FROM unnest($3::int8[], $4::bytea[], $5::timestamptz[], $6::uuid[], $7::int4[]) AS l";

    PUT_NODES: () = "
        INSERT INTO log_node (practice_id, log_epoch, level, idx, hash)
        SELECT $1, $2, o.* FROM unnest($3::int2[], $4::int8[], $5::bytea[]) AS o";

    SEQUENCED: () = "
        DELETE FROM audit_batch b USING unnest($2::timestamptz[], $3::uuid[]) AS n (at, batch)
        WHERE b.practice_id = $1 AND b.at = n.at AND b.batch = n.batch";

    PUT_HEAD: () = "
        INSERT INTO log_head (practice_id, log_epoch, size, root, at, key_id, signature)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
}
