-- The functions that read or write across users. Each says why it must, sees one practice, and is executable by the
-- server alone. Everything else the server does under row-level security as the user who asks.

-- Opens buckets that do not exist yet: a bucket cannot be granted before it is there, and cannot be seen before it is
-- granted.
CREATE FUNCTION open_buckets(ids uuid[], kinds text[], subjects uuid[], keys bytea[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO bucket (practice_id, bucket_id, kind, subject, digest, data_key)
    SELECT app_practice(), i, k, s, decode('00000000000000000000000000000000', 'hex'), w
    FROM unnest(ids, kinds, subjects, keys) AS t (i, k, s, w)
    ORDER BY i
    ON CONFLICT DO NOTHING
$$;

-- What there is to know of buckets before a decision: whether they exist, whether the user of the context holds them,
-- whether she may still write what she has just decided (see the policy on record), and their wrapped keys. A command
-- on a bucket that is not granted is refused alike whether or not it exists.
CREATE FUNCTION bucket_states(ids uuid[])
    RETURNS TABLE (bucket_id uuid, data_key bytea, granted boolean, writable boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT b.bucket_id, b.data_key, g.user_id IS NOT NULL AND g.revoked_at IS NULL,
           g.user_id IS NOT NULL AND (g.revoked_at IS NULL OR g.changed_in = pg_current_xact_id_if_assigned())
    FROM bucket b
    LEFT JOIN bucket_grant g
        ON g.practice_id = b.practice_id AND g.user_id = app_user_id() AND g.bucket_id = b.bucket_id
    WHERE b.practice_id = app_practice() AND b.bucket_id = ANY (ids)
$$;

-- Busy blocks of one clinician's days, for a booker to whom her calendar is not granted: a double booking must be
-- seen by whoever books. Blocks carry no identity. Other kinds of bucket are never answered.
CREATE FUNCTION busy_days(calendars uuid[], days uuid[])
    RETURNS TABLE (bucket_id uuid, id uuid, rev bigint, content_sha bytea, sealed_body bytea)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT r.bucket_id, r.id, r.rev, r.content_sha, r.sealed_body
    FROM unnest(calendars, days) AS n (bucket, day)
    JOIN bucket b ON b.practice_id = app_practice() AND b.bucket_id = n.bucket AND b.kind = 'calendar'
    JOIN record r ON r.practice_id = b.practice_id AND r.bucket_id = b.bucket_id AND r.kind = 'busy_block'
                 AND r.parent_id = n.day AND NOT r.deleted
$$;

-- The live grants of certain users, or on certain buckets, to compare with what the rules say they should be.
CREATE FUNCTION grants_of_users(users uuid[]) RETURNS TABLE (user_id uuid, bucket_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT g.user_id, g.bucket_id FROM bucket_grant g
    WHERE g.practice_id = app_practice() AND g.user_id = ANY (users) AND g.revoked_at IS NULL
$$;
CREATE FUNCTION grants_on_buckets(buckets uuid[]) RETURNS TABLE (user_id uuid, bucket_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT g.user_id, g.bucket_id FROM bucket_grant g
    WHERE g.practice_id = app_practice() AND g.bucket_id = ANY (buckets) AND g.revoked_at IS NULL
$$;

-- Grants and revokes. The one way in which grants change; every change raises the grant's revision.
CREATE FUNCTION give_grants(users uuid[], buckets uuid[], reasons text[], at timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO bucket_grant AS g (practice_id, user_id, bucket_id, reason, granted_at, changed_in)
    SELECT app_practice(), u, b, r, at, pg_current_xact_id()
    FROM unnest(users, buckets, reasons) AS t (u, b, r)
    ORDER BY u, b
    ON CONFLICT (practice_id, user_id, bucket_id) DO UPDATE
    SET reason = EXCLUDED.reason, grant_rev = g.grant_rev + 1, granted_at = EXCLUDED.granted_at, revoked_at = NULL,
        changed_in = EXCLUDED.changed_in
    WHERE g.revoked_at IS NOT NULL
$$;
CREATE FUNCTION take_grants(users uuid[], buckets uuid[], at timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    UPDATE bucket_grant g
    SET grant_rev = g.grant_rev + 1, revoked_at = take_grants.at, changed_in = pg_current_xact_id()
    FROM unnest(users, buckets) AS t (u, b)
    WHERE g.practice_id = app_practice() AND g.user_id = t.u AND g.bucket_id = t.b AND g.revoked_at IS NULL
$$;

-- Whom to tell that buckets have moved.
CREATE FUNCTION holders_of_buckets(buckets uuid[]) RETURNS TABLE (user_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT DISTINCT g.user_id FROM bucket_grant g
    WHERE g.practice_id = app_practice() AND g.bucket_id = ANY (buckets) AND g.revoked_at IS NULL
$$;

-- The whole of an empty sync in one read: where the device stands, and three sums that change whenever anything that
-- its user may see changes. A function, so that it needs neither a transaction nor a context: one round trip. It
-- answers only for the user whose device it is. Planning it anew each time would cost as much as running it; and the
-- planner's hash join, which reads every bucket of the practice, costs twice what following two indexes in step costs
-- (600 buckets of 3,000: 0.45 against 0.24 ms of processor time).
CREATE FUNCTION greet(of_practice uuid, of_user uuid, of_device uuid)
    RETURNS TABLE (status text, last_seq bigint, log_epoch uuid, min_schema integer, lease_days smallint,
                   buckets bigint, heads bigint, grants bigint, key_id uuid, wrapped_private bytea,
                   tree_size bigint, tree_root bytea, tree_at timestamptz, tree_signature bytea)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_hashjoin = off SET random_page_cost = 1.1 AS $$
#variable_conflict use_column
DECLARE
    before text := current_setting('app.practice_id', true);
BEGIN
    PERFORM set_config('app.practice_id', of_practice::text, true);
    RETURN QUERY
    SELECT CASE WHEN u.active THEN d.status ELSE 'draining' END, d.last_seq, p.log_epoch, p.min_schema, p.lease_days, s.buckets, s.heads, s.grants,
           k.key_id, k.wrapped_private, h.size, h.root, h.at, h.signature
    FROM practice p
    JOIN device d ON d.practice_id = p.practice_id AND d.device_id = of_device AND d.user_id = of_user
    JOIN app_user u ON u.practice_id = d.practice_id AND u.user_id = d.user_id
    JOIN seal_key k ON k.practice_id = p.practice_id AND k.retired_at IS NULL
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE g.revoked_at IS NULL) AS buckets,
               coalesce(sum(b.head) FILTER (WHERE g.revoked_at IS NULL), 0)::bigint AS heads,
               coalesce(sum(g.grant_rev), 0)::bigint AS grants
        FROM bucket_grant g JOIN bucket b ON b.practice_id = g.practice_id AND b.bucket_id = g.bucket_id
        WHERE g.practice_id = of_practice AND g.user_id = of_user) s
    LEFT JOIN LATERAL (
        SELECT l.size, l.root, l.at, l.signature FROM log_head l
        WHERE l.practice_id = of_practice AND l.log_epoch = p.log_epoch ORDER BY l.size DESC LIMIT 1) h ON true
    WHERE p.practice_id = of_practice;
    PERFORM set_config('app.practice_id', coalesce(before, ''), true);
END
$$;

-- Which practices have audit rows without a place in their tree.
CREATE FUNCTION practices_to_sequence() RETURNS TABLE (practice_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT DISTINCT practice_id FROM audit_batch
$$;

CREATE FUNCTION batches_to_sequence() RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT count(*) FROM audit_batch
$$;

-- Every practice, for what is done once a day.
CREATE FUNCTION practices_kept() RETURNS TABLE (practice_id uuid, zone text, dawned_on date)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT practice_id, zone, dawned_on FROM practice
$$;

DO $$
DECLARE
    one text;
BEGIN
    FOREACH one IN ARRAY ARRAY[
        'open_buckets(uuid[], text[], uuid[], bytea[])', 'bucket_states(uuid[])', 'busy_days(uuid[], uuid[])',
        'grants_of_users(uuid[])', 'grants_on_buckets(uuid[])',
        'give_grants(uuid[], uuid[], text[], timestamptz)', 'take_grants(uuid[], uuid[], timestamptz)',
        'holders_of_buckets(uuid[])', 'greet(uuid, uuid, uuid)', 'practices_to_sequence()',
        'batches_to_sequence()', 'practices_kept()'
    ] LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', one);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO mentalspace_app', one);
        EXECUTE format('ALTER FUNCTION %s OWNER TO mentalspace_definer', one);
    END LOOP;
END
$$;
