-- Functions that requests wait for keep their plans: one in SQL is planned anew at each call, which cost them three
-- quarters of their time and more (ended_sessions 0.68 ms of 0.71, bucket_states and holders_of_buckets 0.5 ms each, with
-- 1,500 devices in 15 practices). What they do is as before, where nothing else is said.

-- A stray that was placed before charts stood beside rows (0014) is looked at once more, as those with authors were then.
UPDATE quarantine SET place = NULL, placed_at = NULL WHERE place = 'stray' AND chart IS NULL;

SET LOCAL ROLE mentalspace_definer;

CREATE OR REPLACE FUNCTION ended_sessions(practices uuid[], devices uuid[], sessions uuid[], now_at timestamptz)
    RETURNS TABLE (session_id uuid)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT l.session_id FROM unnest(practices, devices, sessions) AS l (practice_id, device_id, session_id)
    WHERE NOT EXISTS (
        SELECT FROM session s
        JOIN device d ON d.practice_id = s.practice_id AND d.device_id = s.device_id
        JOIN app_user u ON u.practice_id = d.practice_id AND u.user_id = d.user_id
        WHERE s.practice_id = l.practice_id AND s.device_id = l.device_id AND s.session_id = l.session_id
          AND d.status = 'active' AND d.lease_until > now_at AND u.active);
END
$$;

CREATE OR REPLACE FUNCTION bucket_states(ids uuid[])
    RETURNS TABLE (bucket_id uuid, data_key bytea, granted boolean, writable boolean)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT b.bucket_id, b.data_key, g.user_id IS NOT NULL AND g.revoked_at IS NULL,
           g.user_id IS NOT NULL AND (g.revoked_at IS NULL OR g.changed_in = pg_current_xact_id_if_assigned())
    FROM bucket b
    LEFT JOIN bucket_grant g
        ON g.practice_id = b.practice_id AND g.user_id = app_user_id() AND g.bucket_id = b.bucket_id
    WHERE b.practice_id = app_practice() AND b.bucket_id = ANY (ids);
END
$$;

-- Everybody of a practice holds everybody's calendar. Of an appointment those hear at once whose it is and who book for
-- others; the rest see it when they next ask, within a minute or so: told to all, one booking made a hundred devices pull.
CREATE OR REPLACE FUNCTION holders_of_buckets(buckets uuid[]) RETURNS TABLE (user_id uuid)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT DISTINCT g.user_id
    FROM bucket_grant g
    JOIN bucket b ON b.practice_id = g.practice_id AND b.bucket_id = g.bucket_id
    WHERE g.practice_id = app_practice() AND g.bucket_id = ANY (buckets) AND g.revoked_at IS NULL
      AND (b.kind <> 'calendar' OR b.subject = g.user_id
           OR EXISTS (SELECT FROM user_role r
                      WHERE r.practice_id = g.practice_id AND r.user_id = g.user_id
                        AND r.role IN ('front_desk', 'practice_manager')));
END
$$;

CREATE OR REPLACE FUNCTION pass_pokes(by_server uuid, practices uuid[], users uuid[], devices uuid[], at timestamptz)
    RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO poke (practice_id, user_id, device_id, told_by, told_at)
    SELECT p.practice_id, p.user_id, p.device_id, by_server, at
    FROM unnest(practices, users, devices) AS p (practice_id, user_id, device_id);
END
$$;

CREATE OR REPLACE FUNCTION hear_pokes(by_server uuid, since text)
    RETURNS TABLE (seen text, practice_id uuid, user_id uuid, device_id uuid)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT pg_current_snapshot()::text, NULL::uuid, NULL::uuid, NULL::uuid
    UNION ALL
    SELECT NULL, p.practice_id, p.user_id, p.device_id FROM poke p
    WHERE p.told_in >= pg_snapshot_xmin(since::pg_snapshot)
      AND NOT pg_visible_in_snapshot(p.told_in, since::pg_snapshot) AND p.told_by <> by_server;
END
$$;

-- As before, with her roles added up by themselves: the rest is one row, and needs no grouping by eleven columns.
CREATE OR REPLACE FUNCTION find_caller(of_token bytea, from_device uuid)
    RETURNS TABLE (practice_id uuid, user_id uuid, session_id uuid, device_key bytea, status text,
                   lease_until timestamptz, active boolean, zone text,
                   roles text[], from_days date[], until_days date[],
                   data_key bytea, rev bigint, sealed_body bytea)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    of_practice uuid;
    of_user uuid;
    of_session uuid;
    before text := current_setting('app.practice_id', true);
BEGIN
    SELECT s.practice_id, s.user_id, s.session_id INTO of_practice, of_user, of_session
    FROM session s WHERE s.token_hash = of_token AND s.device_id = from_device;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    PERFORM set_config('app.practice_id', of_practice::text, true);
    RETURN QUERY
        SELECT of_practice, of_user, of_session, d.device_key, d.status, d.lease_until, u.active, p.zone,
               r.roles, r.from_days, r.until_days, b.data_key, o.rev, o.sealed_body
        FROM device d
        JOIN practice p ON p.practice_id = of_practice
        JOIN app_user u ON u.practice_id = of_practice AND u.user_id = of_user
        JOIN bucket b ON b.practice_id = of_practice AND b.kind = 'practice' AND b.subject = of_practice
        JOIN record o ON o.practice_id = of_practice AND o.bucket_id = b.bucket_id AND o.kind = 'user' AND o.id = of_user
        CROSS JOIN LATERAL (
            SELECT array_agg(h.role) AS roles, array_agg(h.from_day) AS from_days, array_agg(h.until_day) AS until_days
            FROM (SELECT held.role, held.from_day, held.until_day FROM user_role held
                  WHERE held.practice_id = of_practice AND held.user_id = of_user
                  ORDER BY held.role, held.from_day) h) r
        WHERE d.practice_id = of_practice AND d.device_id = from_device AND d.user_id = of_user;
    PERFORM set_config('app.practice_id', coalesce(before, ''), true);
END
$$;

-- Work that nobody could be given, because its author had never held the chart, is looked at again once she has: after a
-- restore the one who gives it to her may come back later than her words. What no record can hold has no chart beside it.
CREATE OR REPLACE FUNCTION quarantine_waits() RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM quarantine WHERE practice_id = app_practice() AND place IS NULL)
        OR EXISTS (SELECT FROM quarantine
                   WHERE practice_id = app_practice() AND resolved_at IS NOT NULL AND told_at IS NULL)
        OR EXISTS (SELECT FROM quarantine
                   WHERE practice_id = app_practice() AND place = 'author'
                     AND NOT quarantine_is_with_author(user_id, device_id, chart, received_at))
        OR EXISTS (SELECT FROM quarantine q
                   JOIN bucket_grant g ON g.practice_id = q.practice_id AND g.user_id = q.user_id AND g.bucket_id = q.chart
                   WHERE q.practice_id = app_practice() AND q.place = 'stray')
$$;

CREATE OR REPLACE FUNCTION quarantine_to_place(most integer)
    RETURNS TABLE (command_id uuid, user_id uuid, device_id uuid, device_seq bigint, device_active boolean, code text,
                   sealed_payload bytea, received_at timestamptz)
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT q.command_id, q.user_id, q.device_id,
           coalesce((SELECT r.device_seq FROM command_result r
                     WHERE r.practice_id = q.practice_id AND r.command_id = q.command_id AND NOT r.repeated), 0),
           coalesce((SELECT d.status = 'active' FROM device d
                     WHERE d.practice_id = q.practice_id AND d.device_id = q.device_id), false),
           q.code, q.sealed_payload, q.received_at
    FROM quarantine q
    WHERE q.practice_id = app_practice()
      AND (q.place IS NULL
           OR (q.place = 'author'
               AND NOT quarantine_is_with_author(q.user_id, q.device_id, q.chart, q.received_at))
           OR (q.place = 'stray'
               AND EXISTS (SELECT FROM bucket_grant g
                           WHERE g.practice_id = q.practice_id AND g.user_id = q.user_id AND g.bucket_id = q.chart)))
    ORDER BY q.received_at, q.command_id
    LIMIT most
    FOR NO KEY UPDATE OF q SKIP LOCKED
$$;

CREATE OR REPLACE FUNCTION place_quarantine(ids uuid[], places text[], charts uuid[], at timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    UPDATE quarantine q SET place = n.place, chart = n.chart, placed_at = place_quarantine.at
    FROM unnest(ids, places, charts) AS n (id, place, chart)
    WHERE q.practice_id = app_practice() AND q.command_id = n.id
      AND (q.place IS NULL OR q.place IN ('author', 'stray'))
$$;

SET LOCAL ROLE mentalspace_owner;

CREATE INDEX quarantine_stray ON quarantine (practice_id, received_at) WHERE place = 'stray';
