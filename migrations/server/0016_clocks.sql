-- As before, but what is dated further ahead than an attempt can lock anybody out was dated by a clock that ran ahead: it
-- counts for nothing, or accounts would stay locked until that time has come.
SET LOCAL ROLE mentalspace_definer;

CREATE OR REPLACE FUNCTION begin_attempt(by_account bytea, by_source bytea, now_at timestamptz,
                                         OUT verdict text, OUT wait_seconds integer)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    quiet CONSTANT interval := interval '15 minutes';
    a attempt; s attempt;
BEGIN
    -- Always the account before the source: two requests never wait for each other crosswise.
    IF by_account IS NOT NULL THEN
        DELETE FROM attempt WHERE subject = by_account AND last_at > now_at + quiet;
        INSERT INTO attempt AS old VALUES (by_account, 0, now_at) ON CONFLICT (subject) DO UPDATE
            SET failures = CASE WHEN old.last_at <= now_at - quiet THEN 0 ELSE old.failures END RETURNING * INTO a;
    END IF;
    DELETE FROM attempt WHERE subject = by_source AND last_at > now_at + quiet;
    INSERT INTO attempt AS old VALUES (by_source, 0, now_at) ON CONFLICT (subject) DO UPDATE
        SET failures = CASE WHEN old.last_at <= now_at - quiet THEN 0 ELSE old.failures END RETURNING * INTO s;
    verdict := CASE WHEN s.blocked_until > now_at THEN 'throttled'
                    WHEN a.blocked_until > now_at THEN 'locked_out' ELSE 'go' END;
    wait_seconds := CASE verdict WHEN 'throttled' THEN ceil(extract(epoch FROM s.blocked_until - now_at))
                                 WHEN 'locked_out' THEN ceil(extract(epoch FROM a.blocked_until - now_at)) ELSE 0 END;
    IF verdict <> 'go' THEN
        RETURN;
    END IF;
    UPDATE attempt SET failures = failures + 1, last_at = now_at,
        blocked_until = CASE WHEN failures + 1 >= 10 THEN now_at + quiet END WHERE subject = by_account;
    UPDATE attempt SET failures = failures + 1, last_at = now_at,
        blocked_until = CASE WHEN failures + 1 > 50
            THEN now_at + least(quiet, make_interval(secs => 2 ^ least(failures - 50, 10))) END
        WHERE subject = by_source;
END
$$;

SET LOCAL ROLE mentalspace_owner;
