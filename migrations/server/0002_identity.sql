-- How somebody proves who she is: passwords, tokens, one-time codes, and the count of failed attempts.
--
-- All of it is asked before there is a context, so it goes through the named functions at the end; they take hashes
-- and give back one row or none.

CREATE TABLE credential (
    practice_id   uuid NOT NULL,
    user_id       uuid NOT NULL,
    password_hash text NOT NULL CHECK (password_hash LIKE '$argon2id$%'),   -- PHC string
    changed_at    timestamptz NOT NULL,
    PRIMARY KEY (practice_id, user_id),
    FOREIGN KEY (practice_id, user_id) REFERENCES app_user
);

-- One token per device, as its hash. It lives as long as the device's lease (device.lease_until), which every contact
-- renews: there is no second date that could disagree.
CREATE TABLE session (
    practice_id uuid NOT NULL,
    device_id   uuid NOT NULL,
    user_id     uuid NOT NULL,
    session_id  uuid NOT NULL,                    -- names the session in the audit trail
    token_hash  bytea NOT NULL CHECK (octet_length(token_hash) = 32),
    begun_at    timestamptz NOT NULL,
    PRIMARY KEY (practice_id, device_id),
    FOREIGN KEY (practice_id, device_id) REFERENCES device,
    FOREIGN KEY (practice_id, user_id) REFERENCES app_user
);
CREATE UNIQUE INDEX session_by_token ON session (token_hash);
CREATE INDEX session_by_user ON session (practice_id, user_id);

CREATE TABLE one_time_code (
    practice_id uuid NOT NULL REFERENCES practice,
    code_hash   bytea NOT NULL CHECK (octet_length(code_hash) = 32),
    purpose     text NOT NULL CHECK (purpose IN ('first_administrator', 'enrolment', 'password_reset')),
    user_id     uuid,
    made_at     timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL CHECK (expires_at > made_at),
    used_at     timestamptz,
    PRIMARY KEY (practice_id, code_hash),
    FOREIGN KEY (practice_id, user_id) REFERENCES app_user,
    CHECK ((user_id IS NULL) = (purpose = 'first_administrator'))
);
CREATE UNIQUE INDEX one_time_code_by_hash ON one_time_code (code_hash);
-- A code that was used stays used, and none changes its purpose, its user or its end.
CREATE TRIGGER one_time_code_is_used_once BEFORE UPDATE ON one_time_code FOR EACH ROW
    WHEN (OLD.used_at IS NOT NULL OR NEW.code_hash <> OLD.code_hash OR NEW.purpose <> OLD.purpose
          OR NEW.user_id IS DISTINCT FROM OLD.user_id OR NEW.expires_at <> OLD.expires_at)
    EXECUTE FUNCTION refuse_change();

-- Failed attempts, by the hash of an account's name or of a source address. In the database, so that several servers
-- count together. No row says whose it is, and none belongs to a practice: an account that does not exist is counted
-- like one that does.
CREATE TABLE attempt (
    subject       bytea PRIMARY KEY CHECK (octet_length(subject) = 32),
    failures      integer NOT NULL,
    last_at       timestamptz NOT NULL,
    blocked_until timestamptz
) WITH (fillfactor = 70);
CREATE INDEX attempt_by_time ON attempt (last_at);

ALTER TABLE credential    ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE session       ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE one_time_code ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE attempt       ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY of_practice ON credential    TO mentalspace_app USING (practice_id = app_practice());
CREATE POLICY of_practice ON session       TO mentalspace_app USING (practice_id = app_practice());
CREATE POLICY of_practice ON one_time_code TO mentalspace_app USING (practice_id = app_practice());
CREATE POLICY before_context ON credential    TO mentalspace_definer USING (true);
CREATE POLICY before_context ON session       TO mentalspace_definer USING (true);
CREATE POLICY before_context ON one_time_code TO mentalspace_definer USING (true);
CREATE POLICY before_context ON attempt       TO mentalspace_definer USING (true);

GRANT SELECT, INSERT, UPDATE ON credential, one_time_code TO mentalspace_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON session TO mentalspace_app;
GRANT SELECT ON credential, session, one_time_code TO mentalspace_definer;
GRANT SELECT, INSERT, UPDATE, DELETE ON attempt TO mentalspace_definer;

-- Who sends this token from this device? One row or none; whether that is enough is for the caller to judge, with the
-- clock in hand. The practice is found first and is then the context in which the rest is read, for as long as this
-- function runs. (SET in the function's head would need a superuser.)
CREATE FUNCTION find_caller(of_token bytea, from_device uuid)
    RETURNS TABLE (practice_id uuid, user_id uuid, session_id uuid, device_key bytea, status text,
                   lease_until timestamptz, active boolean, zone text,
                   roles text[], from_days date[], until_days date[],
                   data_key bytea, rev bigint, sealed_body bytea)      -- her own record, for the name she signs with
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    found_session session;
    before text := current_setting('app.practice_id', true);
BEGIN
    SELECT * INTO found_session FROM session s WHERE s.token_hash = of_token AND s.device_id = from_device;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    PERFORM set_config('app.practice_id', found_session.practice_id::text, true);
    RETURN QUERY
        SELECT d.practice_id, d.user_id, found_session.session_id, d.device_key, d.status, d.lease_until, u.active, p.zone,
               array_agg(r.role ORDER BY r.role, r.from_day) FILTER (WHERE r.role IS NOT NULL),
               array_agg(r.from_day ORDER BY r.role, r.from_day) FILTER (WHERE r.role IS NOT NULL),
               array_agg(r.until_day ORDER BY r.role, r.from_day) FILTER (WHERE r.role IS NOT NULL),
               b.data_key, o.rev, o.sealed_body
        FROM device d
        JOIN practice p ON p.practice_id = d.practice_id
        JOIN app_user u ON u.practice_id = d.practice_id AND u.user_id = d.user_id
        JOIN bucket b ON b.practice_id = d.practice_id AND b.kind = 'practice' AND b.subject = d.practice_id
        JOIN record o ON o.practice_id = d.practice_id AND o.bucket_id = b.bucket_id AND o.kind = 'user' AND o.id = d.user_id
        LEFT JOIN user_role r ON r.practice_id = d.practice_id AND r.user_id = d.user_id
        WHERE d.practice_id = found_session.practice_id AND d.device_id = from_device
          AND d.user_id = found_session.user_id
        GROUP BY d.practice_id, d.device_id, u.practice_id, u.user_id, p.practice_id, b.practice_id, b.bucket_id,
                 o.practice_id, o.bucket_id, o.kind, o.id;
    PERFORM set_config('app.practice_id', coalesce(before, ''), true);
END
$$;

-- Whose device is this, and what must she prove?
CREATE FUNCTION find_device(named uuid)
    RETURNS TABLE (practice_id uuid, user_id uuid, login text, active boolean, device_key bytea, status text,
                   password_hash text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT d.practice_id, d.user_id, u.login, u.active, d.device_key, d.status, c.password_hash
    FROM device d
    JOIN app_user u ON u.practice_id = d.practice_id AND u.user_id = d.user_id
    LEFT JOIN credential c ON c.practice_id = d.practice_id AND c.user_id = d.user_id
    WHERE d.device_id = named;
END;

-- What is this code good for?
CREATE FUNCTION find_code(of_code bytea)
    RETURNS TABLE (practice_id uuid, purpose text, user_id uuid, login text, active boolean, expires_at timestamptz,
                   used boolean, password_hash text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT o.practice_id, o.purpose, o.user_id, u.login, u.active, o.expires_at, o.used_at IS NOT NULL, c.password_hash
    FROM one_time_code o
    LEFT JOIN app_user u ON u.practice_id = o.practice_id AND u.user_id = o.user_id
    LEFT JOIN credential c ON c.practice_id = o.practice_id AND c.user_id = o.user_id
    WHERE o.code_hash = of_code;
END;

-- Counts an attempt before it is looked at, so that a thousand at once are still only ten: 'go', or 'throttled' (the
-- source) or 'locked_out' (the account) with the seconds to wait. Fifteen minutes without an attempt clear the count.
-- An account locks for 15 minutes at its tenth failure. A source may fail 50 times; from there on each failure doubles
-- its pause, from one second to 15 minutes.
CREATE FUNCTION begin_attempt(by_account bytea, by_source bytea, now_at timestamptz,
                              OUT verdict text, OUT wait_seconds integer)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    quiet CONSTANT interval := interval '15 minutes';
    a attempt; s attempt;
BEGIN
    -- Always the account before the source: two requests never wait for each other crosswise.
    IF by_account IS NOT NULL THEN
        INSERT INTO attempt AS old VALUES (by_account, 0, now_at) ON CONFLICT (subject) DO UPDATE
            SET failures = CASE WHEN old.last_at <= now_at - quiet THEN 0 ELSE old.failures END RETURNING * INTO a;
    END IF;
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

-- The attempt was a good one: the account starts anew, the source gets this one back.
CREATE FUNCTION attempt_was_good(by_account bytea, by_source bytea) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    DELETE FROM attempt WHERE subject = by_account;
    UPDATE attempt SET failures = greatest(failures - 1, 0),
        blocked_until = CASE WHEN failures - 1 > 50 THEN blocked_until END WHERE subject = by_source;
END
$$;

-- The attempt came to nothing: neither good nor bad was seen, so both get this one back and no more.
CREATE FUNCTION attempt_was_none(by_account bytea, by_source bytea) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE attempt SET failures = greatest(failures - 1, 0),
        blocked_until = CASE WHEN failures - 1 >= 10 THEN blocked_until END WHERE subject = by_account;
    UPDATE attempt SET failures = greatest(failures - 1, 0),
        blocked_until = CASE WHEN failures - 1 > 50 THEN blocked_until END WHERE subject = by_source;
END
$$;

-- Counts that say nothing any more.
CREATE FUNCTION forget_attempts(before_time timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    DELETE FROM attempt WHERE last_at < before_time AND (blocked_until IS NULL OR blocked_until < before_time);
END;

GRANT EXECUTE ON FUNCTION find_caller(bytea, uuid), find_device(uuid), find_code(bytea),
    begin_attempt(bytea, bytea, timestamptz), attempt_was_good(bytea, bytea),
    attempt_was_none(bytea, bytea), forget_attempts(timestamptz)
    TO mentalspace_app;
ALTER FUNCTION find_caller(bytea, uuid) OWNER TO mentalspace_definer;
ALTER FUNCTION find_device(uuid) OWNER TO mentalspace_definer;
ALTER FUNCTION find_code(bytea) OWNER TO mentalspace_definer;
ALTER FUNCTION begin_attempt(bytea, bytea, timestamptz) OWNER TO mentalspace_definer;
ALTER FUNCTION attempt_was_good(bytea, bytea) OWNER TO mentalspace_definer;
ALTER FUNCTION attempt_was_none(bytea, bytea) OWNER TO mentalspace_definer;
ALTER FUNCTION forget_attempts(timestamptz) OWNER TO mentalspace_definer;
