-- The head of a bucket stands beside each grant on it, so that an empty sync sums up one index and follows no other:
-- 600 grants cost a tenth of 600 grants and 600 buckets, and what it costs does not grow with the practice. The
-- database keeps the copy itself, in the transaction that moves the head; nobody else writes it.
ALTER TABLE bucket_grant ADD COLUMN head bigint NOT NULL DEFAULT 0;
-- Room for the moved head on the grant's own page: nothing that an update changes is indexed.
ALTER TABLE bucket_grant SET (fillfactor = 70);

DROP TRIGGER grant_only_grows ON bucket_grant;
CREATE TRIGGER grant_only_grows BEFORE UPDATE ON bucket_grant FOR EACH ROW
    WHEN (NEW.head < OLD.head
          OR NEW.grant_rev <= OLD.grant_rev
             AND (NEW.practice_id, NEW.user_id, NEW.bucket_id, NEW.reason, NEW.grant_rev, NEW.granted_at,
                  NEW.revoked_at, NEW.changed_in)
                 IS DISTINCT FROM
                 (OLD.practice_id, OLD.user_id, OLD.bucket_id, OLD.reason, OLD.grant_rev, OLD.granted_at,
                  OLD.revoked_at, OLD.changed_in))
    EXECUTE FUNCTION refuse_change();

ALTER TABLE bucket NO FORCE ROW LEVEL SECURITY;
ALTER TABLE bucket_grant NO FORCE ROW LEVEL SECURITY;
UPDATE bucket_grant g SET head = b.head
FROM bucket b WHERE b.practice_id = g.practice_id AND b.bucket_id = g.bucket_id;
ALTER TABLE bucket FORCE ROW LEVEL SECURITY;
ALTER TABLE bucket_grant FORCE ROW LEVEL SECURITY;

-- A revoked grant counts for nothing until it is given again, and takes the head up then.
CREATE FUNCTION heads_to_grants() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    UPDATE bucket_grant g SET head = m.head FROM moved m
    WHERE g.practice_id = m.practice_id AND g.bucket_id = m.bucket_id AND g.revoked_at IS NULL;
    RETURN NULL;
END
$$;
CREATE TRIGGER heads_to_grants AFTER UPDATE ON bucket REFERENCING NEW TABLE AS moved
    FOR EACH STATEMENT EXECUTE FUNCTION heads_to_grants();
ALTER FUNCTION heads_to_grants() OWNER TO mentalspace_definer;

-- To lock a row is to have the right to change something of it; this column a trigger keeps as it is.
GRANT UPDATE (practice_id) ON bucket TO mentalspace_definer;

-- The functions below are the definer's.
SET LOCAL ROLE mentalspace_definer;

-- The buckets are locked against a head that moves at the same time: whoever comes second then sees the first, the
-- grant its head or the head its grant.
CREATE OR REPLACE FUNCTION give_grants(users uuid[], buckets uuid[], reasons text[], at timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT FROM bucket b WHERE b.practice_id = app_practice() AND b.bucket_id = ANY (buckets)
    ORDER BY b.bucket_id FOR SHARE;
    INSERT INTO bucket_grant AS g (practice_id, user_id, bucket_id, reason, granted_at, changed_in, head)
    SELECT app_practice(), u, bucket, r, at, pg_current_xact_id(), b.head
    FROM unnest(users, buckets, reasons) AS t (u, bucket, r)
    JOIN bucket b ON b.practice_id = app_practice() AND b.bucket_id = t.bucket
    ORDER BY u, bucket
    ON CONFLICT (practice_id, user_id, bucket_id) DO UPDATE
    SET reason = EXCLUDED.reason, grant_rev = g.grant_rev + 1, granted_at = EXCLUDED.granted_at, revoked_at = NULL,
        changed_in = EXCLUDED.changed_in, head = EXCLUDED.head
    WHERE g.revoked_at IS NOT NULL
$$;

-- As before, with the sums from one table. A connection that was opened while a table was nearly empty would go on to
-- read all of it: its plan is kept.
CREATE OR REPLACE FUNCTION greet(of_practice uuid, of_user uuid, of_device uuid)
    RETURNS TABLE (status text, last_seq bigint, log_epoch uuid, min_schema integer, lease_days smallint,
                   buckets bigint, heads bigint, grants bigint, key_id uuid, wrapped_private bytea,
                   tree_size bigint, tree_root bytea, tree_at timestamptz, tree_signature bytea)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    SET plan_cache_mode = force_generic_plan SET random_page_cost = 1.1 SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    before text := current_setting('app.practice_id', true);
BEGIN
    PERFORM set_config('app.practice_id', of_practice::text, true);
    RETURN QUERY
    SELECT CASE WHEN u.active THEN d.status ELSE 'draining' END, d.last_seq, p.log_epoch, p.min_schema, p.lease_days,
           s.buckets, s.heads, s.grants, k.key_id, k.wrapped_private, h.size, h.root, h.at, h.signature
    FROM practice p
    JOIN device d ON d.practice_id = p.practice_id AND d.device_id = of_device AND d.user_id = of_user
    JOIN app_user u ON u.practice_id = d.practice_id AND u.user_id = d.user_id
    JOIN seal_key k ON k.practice_id = p.practice_id AND k.retired_at IS NULL
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE g.revoked_at IS NULL) AS buckets,
               coalesce(sum(g.head) FILTER (WHERE g.revoked_at IS NULL), 0)::bigint AS heads,
               coalesce(sum(g.grant_rev), 0)::bigint AS grants
        FROM bucket_grant g
        WHERE g.practice_id = of_practice AND g.user_id = of_user) s
    LEFT JOIN LATERAL (
        SELECT l.size, l.root, l.at, l.signature FROM log_head l
        WHERE l.practice_id = of_practice AND l.log_epoch = p.log_epoch ORDER BY l.size DESC LIMIT 1) h ON true
    WHERE p.practice_id = of_practice;
    PERFORM set_config('app.practice_id', coalesce(before, ''), true);
END
$$;
ALTER FUNCTION find_caller(bytea, uuid) SET enable_seqscan = off;
SET LOCAL ROLE mentalspace_owner;
