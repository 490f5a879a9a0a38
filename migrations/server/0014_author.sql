-- Work that was left to its author goes into its chart when she can no longer see to it: her access to the chart has
-- ended, or the device that has the words. The chart stands beside the row, so that nothing is opened to find that out.
ALTER TABLE quarantine ADD COLUMN chart uuid;
GRANT UPDATE (chart) ON quarantine TO mentalspace_definer;
-- What was left to authors before has no chart beside it: the clerk looks at it once more.
UPDATE quarantine SET place = NULL, placed_at = NULL WHERE place = 'author' AND resolved_at IS NULL;

CREATE INDEX quarantine_with_author ON quarantine (practice_id, received_at) WHERE place = 'author';

-- The functions below are the definer's.
SET LOCAL ROLE mentalspace_definer;

-- Whether its author has had the words in hand ever since. A chart that was taken from her for a moment was erased on her
-- device with all that it kept of it.
CREATE FUNCTION quarantine_is_with_author(of_user uuid, of_device uuid, of_chart uuid, since timestamptz) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM device d
                   WHERE d.practice_id = app_practice() AND d.device_id = of_device AND d.status = 'active')
       AND EXISTS (SELECT FROM bucket_grant g
                   WHERE g.practice_id = app_practice() AND g.user_id = of_user AND g.bucket_id = of_chart
                     AND g.revoked_at IS NULL AND g.granted_at <= since)
$$;

CREATE OR REPLACE FUNCTION quarantine_waits() RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM quarantine WHERE practice_id = app_practice() AND place IS NULL)
        OR EXISTS (SELECT FROM quarantine
                   WHERE practice_id = app_practice() AND resolved_at IS NOT NULL AND told_at IS NULL)
        OR EXISTS (SELECT FROM quarantine
                   WHERE practice_id = app_practice() AND place = 'author'
                     AND NOT quarantine_is_with_author(user_id, device_id, chart, received_at))
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
               AND NOT quarantine_is_with_author(q.user_id, q.device_id, q.chart, q.received_at)))
    ORDER BY q.received_at, q.command_id
    LIMIT most
    FOR NO KEY UPDATE OF q SKIP LOCKED
$$;

-- As before, with the moment from which on she holds it.
DROP FUNCTION ever_granted(uuid[], uuid[]);
CREATE FUNCTION ever_granted(users uuid[], buckets uuid[])
    RETURNS TABLE (user_id uuid, bucket_id uuid, held_since timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT g.user_id, g.bucket_id, CASE WHEN g.revoked_at IS NULL THEN g.granted_at END
    FROM (SELECT DISTINCT u, b FROM unnest(users, buckets) AS t (u, b)) AS n
    JOIN bucket_grant g ON g.practice_id = app_practice() AND g.user_id = n.u AND g.bucket_id = n.b
$$;

DROP FUNCTION place_quarantine(uuid[], text[], timestamptz);
CREATE FUNCTION place_quarantine(ids uuid[], places text[], charts uuid[], at timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    UPDATE quarantine q SET place = n.place, chart = n.chart, placed_at = place_quarantine.at
    FROM unnest(ids, places, charts) AS n (id, place, chart)
    WHERE q.practice_id = app_practice() AND q.command_id = n.id AND (q.place IS NULL OR q.place = 'author')
$$;

REVOKE EXECUTE ON FUNCTION quarantine_is_with_author(uuid, uuid, uuid, timestamptz),
    ever_granted(uuid[], uuid[]), place_quarantine(uuid[], text[], uuid[], timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ever_granted(uuid[], uuid[]), place_quarantine(uuid[], text[], uuid[], timestamptz)
    TO mentalspace_app;

SET LOCAL ROLE mentalspace_owner;

-- The certificate of a key stays that of the device that it was made for: signatures are verified with it.
CREATE TRIGGER record_key_stays_its_devices BEFORE UPDATE ON record FOR EACH ROW
    WHEN (OLD.kind = 'signing_key' AND NEW.parent_id IS DISTINCT FROM OLD.parent_id)
    EXECUTE FUNCTION refuse_change();
