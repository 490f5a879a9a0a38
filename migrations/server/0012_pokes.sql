-- Pokes between servers. A server tells its own listeners at once and writes down, some times a second and outside every
-- request, whom the others should tell; each server reads what has become visible since it read last. No NOTIFY: that
-- takes a lock which every COMMIT of the whole database waits for.
--
-- Nothing rests on a row of this table: whoever misses a poke finds out by the next hello. So it is not logged, costs no
-- write-ahead log and no flush, and is empty after a crash. Rows live for about a minute.
CREATE UNLOGGED TABLE poke (
    practice_id uuid NOT NULL,
    user_id     uuid NOT NULL,                    -- whose devices should look
    device_id   uuid,                             -- the one that made the change and knows; none where several did
    told_by     uuid NOT NULL,                    -- the server, which has told its own listeners already
    told_in     xid8 NOT NULL DEFAULT pg_current_xact_id(),
    told_at     timestamptz NOT NULL,
    PRIMARY KEY (practice_id, user_id, told_by, told_in)
);
CREATE INDEX poke_by_transaction ON poke (told_in);

ALTER TABLE poke ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
-- A server listens for every practice at once, so this is asked before there is a practice to set.
CREATE POLICY before_context ON poke TO mentalspace_definer USING (true);
GRANT SELECT, INSERT, DELETE ON poke TO mentalspace_definer;

CREATE FUNCTION pass_pokes(by_server uuid, practices uuid[], users uuid[], devices uuid[], at timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO poke (practice_id, user_id, device_id, told_by, told_at)
    SELECT p.practice_id, p.user_id, p.device_id, by_server, at
    FROM unnest(practices, users, devices) AS p (practice_id, user_id, device_id)
$$;

-- What has become visible since a snapshot, each row once: a transaction that committed late is in no earlier answer and
-- in exactly one later, whatever number it has. The first row holds the snapshot to ask with next time.
CREATE FUNCTION hear_pokes(by_server uuid, since text)
    RETURNS TABLE (seen text, practice_id uuid, user_id uuid, device_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
    SELECT pg_current_snapshot()::text, NULL, NULL, NULL
    UNION ALL
    SELECT NULL, p.practice_id, p.user_id, p.device_id FROM poke p
    WHERE p.told_in >= pg_snapshot_xmin(since::pg_snapshot)
      AND NOT pg_visible_in_snapshot(p.told_in, since::pg_snapshot) AND p.told_by <> by_server
$$;

CREATE FUNCTION forget_pokes(before_time timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    DELETE FROM poke WHERE told_at < before_time
$$;

-- Which of these sessions may not go on: asked for one before it is told something, and for all that listen on a server
-- together every few seconds. The devices are of many practices, so the definer asks.
CREATE FUNCTION ended_sessions(practices uuid[], devices uuid[], sessions uuid[], now_at timestamptz)
    RETURNS TABLE (session_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    SELECT l.session_id FROM unnest(practices, devices, sessions) AS l (practice_id, device_id, session_id)
    WHERE NOT EXISTS (
        SELECT FROM session s
        JOIN device d ON d.practice_id = s.practice_id AND d.device_id = s.device_id
        JOIN app_user u ON u.practice_id = d.practice_id AND u.user_id = d.user_id
        WHERE s.practice_id = l.practice_id AND s.device_id = l.device_id AND s.session_id = l.session_id
          AND d.status = 'active' AND d.lease_until > now_at AND u.active)
$$;

DO $$
DECLARE
    one text;
BEGIN
    FOREACH one IN ARRAY ARRAY[
        'pass_pokes(uuid, uuid[], uuid[], uuid[], timestamptz)', 'hear_pokes(uuid, text)',
        'forget_pokes(timestamptz)', 'ended_sessions(uuid[], uuid[], uuid[], timestamptz)'
    ] LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', one);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO mentalspace_app', one);
        EXECUTE format('ALTER FUNCTION %s OWNER TO mentalspace_definer', one);
    END LOOP;
END
$$;
