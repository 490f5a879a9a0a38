-- Work in quarantine is laid into the chart that it was written for, where those who hold the chart see it and decide.
-- This table stays the server's own inbox: sealed under the practice's key, one row a command, with what became of it.

-- Where a row went: into the chart; nowhere, because its sender never held the chart that it names, or because one
-- record cannot hold it; or to its author, who holds the chart still and has the words on her device.
ALTER TABLE quarantine ADD COLUMN place text CHECK (place IN ('chart', 'stray', 'author'));
ALTER TABLE quarantine ADD COLUMN placed_at timestamptz;
-- When its author was told what was decided.
ALTER TABLE quarantine ADD COLUMN told_at timestamptz;

CREATE INDEX quarantine_unplaced ON quarantine (practice_id, received_at) WHERE place IS NULL;
CREATE INDEX quarantine_untold ON quarantine (practice_id, resolved_at) WHERE resolved_at IS NOT NULL AND told_at IS NULL;

-- What is decided stays decided.
CREATE TRIGGER quarantine_keeps_its_ruling BEFORE UPDATE ON quarantine FOR EACH ROW
    WHEN (OLD.resolved_at IS NOT NULL
          AND (NEW.resolved_at, NEW.resolved_by, NEW.resolution)
              IS DISTINCT FROM (OLD.resolved_at, OLD.resolved_by, OLD.resolution))
    EXECUTE FUNCTION refuse_change();

-- Work, rulings and notices are written once.
DROP TRIGGER record_signed_stays ON record;
CREATE TRIGGER record_signed_stays BEFORE UPDATE OR DELETE ON record FOR EACH ROW
    WHEN (OLD.kind IN ('note_version', 'signature', 'receipt', 'refused_signature', 'note_revision',
                       'quarantined_work', 'quarantine_decision', 'quarantine_notice'))
    EXECUTE FUNCTION refuse_change();

CREATE POLICY across_users ON quarantine TO mentalspace_definer USING (practice_id = (SELECT app_practice()));
CREATE POLICY across_users ON command_result TO mentalspace_definer USING (practice_id = (SELECT app_practice()));
GRANT SELECT ON quarantine, command_result TO mentalspace_definer;
GRANT UPDATE (place, placed_at, told_at, resolved_at, resolved_by, resolution) ON quarantine TO mentalspace_definer;

-- Whether the clerk has anything to do.
CREATE FUNCTION quarantine_waits() RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM quarantine WHERE practice_id = app_practice() AND place IS NULL)
        OR EXISTS (SELECT FROM quarantine
                   WHERE practice_id = app_practice() AND resolved_at IS NOT NULL AND told_at IS NULL)
$$;

-- Rows that have no place yet, for the clerk, who lays them into charts. Sealed: this shows no word. What another server
-- is at is left to it.
CREATE FUNCTION quarantine_to_place(most integer)
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
    WHERE q.practice_id = app_practice() AND q.place IS NULL
    ORDER BY q.received_at, q.command_id
    LIMIT most
    FOR NO KEY UPDATE OF q SKIP LOCKED
$$;

CREATE FUNCTION place_quarantine(ids uuid[], places text[], at timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    UPDATE quarantine q SET place = n.place, placed_at = place_quarantine.at
    FROM unnest(ids, places) AS n (id, place)
    WHERE q.practice_id = app_practice() AND q.command_id = n.id AND q.place IS NULL
$$;

-- Whether a user has ever held a bucket, and whether she holds it now. Words that name a chart which their author never
-- held are not shown to those who do: they may be about somebody else.
CREATE FUNCTION ever_granted(users uuid[], buckets uuid[]) RETURNS TABLE (user_id uuid, bucket_id uuid, holds boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT g.user_id, g.bucket_id, g.revoked_at IS NULL
    FROM (SELECT DISTINCT u, b FROM unnest(users, buckets) AS t (u, b)) AS n
    JOIN bucket_grant g ON g.practice_id = app_practice() AND g.user_id = n.u AND g.bucket_id = n.b
$$;

-- A ruling, noted beside the row: in the transaction that writes its record, by whoever holds the chart.
CREATE FUNCTION resolve_quarantine(ids uuid[], resolutions text[], by uuid, at timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    UPDATE quarantine q
    SET resolution = n.resolution, resolved_by = resolve_quarantine.by, resolved_at = resolve_quarantine.at
    FROM unnest(ids, resolutions) AS n (id, resolution)
    WHERE q.practice_id = app_practice() AND q.command_id = n.id AND q.resolved_at IS NULL
$$;

-- Rulings of which the author has not been told.
CREATE FUNCTION quarantine_to_tell(most integer)
    RETURNS TABLE (command_id uuid, user_id uuid, resolution text, resolved_by uuid, resolved_at timestamptz,
                   asserted_at timestamptz)
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT q.command_id, q.user_id, q.resolution, q.resolved_by, q.resolved_at,
           coalesce((SELECT r.asserted_at FROM command_result r
                     WHERE r.practice_id = q.practice_id AND r.command_id = q.command_id AND NOT r.repeated), q.received_at)
    FROM quarantine q
    WHERE q.practice_id = app_practice() AND q.resolved_at IS NOT NULL AND q.told_at IS NULL
    ORDER BY q.resolved_at, q.command_id
    LIMIT most
    FOR NO KEY UPDATE OF q SKIP LOCKED
$$;

CREATE FUNCTION quarantine_told(ids uuid[], at timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    UPDATE quarantine q SET told_at = quarantine_told.at
    WHERE q.practice_id = app_practice() AND q.command_id = ANY (ids) AND q.told_at IS NULL
$$;

DO $$
DECLARE
    one text;
BEGIN
    FOREACH one IN ARRAY ARRAY[
        'quarantine_waits()', 'quarantine_to_place(integer)', 'place_quarantine(uuid[], text[], timestamptz)',
        'ever_granted(uuid[], uuid[])', 'resolve_quarantine(uuid[], text[], uuid, timestamptz)',
        'quarantine_to_tell(integer)', 'quarantine_told(uuid[], timestamptz)'
    ] LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', one);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO mentalspace_app', one);
        EXECUTE format('ALTER FUNCTION %s OWNER TO mentalspace_definer', one);
    END LOOP;
END
$$;
