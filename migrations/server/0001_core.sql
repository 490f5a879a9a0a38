-- The practice, its people and devices, buckets, grants and records.
--
-- Every statement of the server runs inside a transaction that has said who asks: app.practice_id, app.user_id,
-- app.device_id, set with SET LOCAL. Unset means NULL, and NULL equals nothing: no context, no rows.

CREATE FUNCTION app_practice() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN NULLIF(pg_catalog.current_setting('app.practice_id', true), '')::uuid;
CREATE FUNCTION app_user_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN NULLIF(pg_catalog.current_setting('app.user_id', true), '')::uuid;
CREATE FUNCTION app_device() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN NULLIF(pg_catalog.current_setting('app.device_id', true), '')::uuid;
GRANT EXECUTE ON FUNCTION app_practice(), app_user_id(), app_device() TO mentalspace_app, mentalspace_definer;

-- What is written once stays. Used by triggers, which bind the owner as well.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are not changed by % (%)', TG_TABLE_NAME, TG_OP, TG_NAME
        USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TABLE practice (
    practice_id   uuid PRIMARY KEY,
    log_epoch     uuid NOT NULL,                  -- changes with every restore from backup
    zone          text NOT NULL,                  -- IANA name
    lease_days    smallint NOT NULL CHECK (lease_days BETWEEN 3 AND 30),
    min_schema    integer NOT NULL DEFAULT 1,     -- oldest record schema that may pull
    recovery_key  bytea NOT NULL CHECK (octet_length(recovery_key) = 32),  -- X25519, public
    dawned_on     date,                           -- civil day up to which dated roles are reflected in grants
    created_at    timestamptz NOT NULL
);

CREATE TABLE app_user (
    practice_id uuid NOT NULL REFERENCES practice,
    user_id     uuid NOT NULL,
    login       text NOT NULL CHECK (login = lower(login) AND login <> ''),
    active      boolean NOT NULL,
    PRIMARY KEY (practice_id, user_id),
    UNIQUE (practice_id, login)
);

CREATE TABLE user_role (
    practice_id uuid NOT NULL,
    user_id     uuid NOT NULL,
    role        text NOT NULL,
    from_day    date NOT NULL,
    until_day   date,
    PRIMARY KEY (practice_id, user_id, role, from_day),
    FOREIGN KEY (practice_id, user_id) REFERENCES app_user
);

CREATE TABLE supervision (
    practice_id    uuid NOT NULL,
    supervision_id uuid NOT NULL,
    supervisor     uuid NOT NULL,
    supervisee     uuid NOT NULL,
    from_day       date NOT NULL,
    until_day      date,
    PRIMARY KEY (practice_id, supervision_id),
    FOREIGN KEY (practice_id, supervisor) REFERENCES app_user,
    FOREIGN KEY (practice_id, supervisee) REFERENCES app_user
);
CREATE INDEX supervision_by_supervisee ON supervision (practice_id, supervisee);

CREATE TABLE device (
    practice_id    uuid NOT NULL,
    device_id      uuid NOT NULL,
    user_id        uuid NOT NULL,
    name           text NOT NULL,
    os             text NOT NULL,
    device_key     bytea NOT NULL CHECK (octet_length(device_key) = 32),   -- Ed25519, proves possession of tokens
    status         text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'draining', 'revoked')),
    last_seq       bigint NOT NULL DEFAULT 0,     -- last processed command
    lease_until    timestamptz,
    last_contact   timestamptz,
    unsent         integer NOT NULL DEFAULT 0,    -- as the device said at last contact
    schema_version integer NOT NULL DEFAULT 1,
    created_at     timestamptz NOT NULL,
    revoked_at     timestamptz,
    PRIMARY KEY (practice_id, device_id),
    FOREIGN KEY (practice_id, user_id) REFERENCES app_user
) WITH (fillfactor = 50);
CREATE INDEX device_by_id ON device (device_id);
CREATE INDEX device_by_user ON device (practice_id, user_id);

-- The unit of authorisation, order, checksum, key, resume and purge. fillfactor keeps the counter's updates on its
-- page; nothing that an update changes is indexed.
CREATE TABLE bucket (
    practice_id  uuid NOT NULL REFERENCES practice,
    bucket_id    uuid NOT NULL,
    kind         text NOT NULL,
    subject      uuid NOT NULL,
    head         bigint NOT NULL DEFAULT 0,       -- gapless
    digest       bytea NOT NULL CHECK (octet_length(digest) = 16),
    live         bigint NOT NULL DEFAULT 0 CHECK (live >= 0),
    pruned_below bigint NOT NULL DEFAULT 0,
    data_key     bytea NOT NULL,                  -- wrapped by the key-encryption key
    moved_in     xid8,                            -- the transaction that moved the head last
    head_before  bigint NOT NULL DEFAULT 0,       -- and where the head stood before it
    PRIMARY KEY (practice_id, bucket_id),
    UNIQUE (practice_id, kind, subject)
) WITH (fillfactor = 70);

-- Which user may see which bucket. A revoked grant keeps its row: the sum of grant_rev over all of a user's rows
-- changes with every grant and every revocation, which is how a device notices either in one number.
CREATE TABLE bucket_grant (
    practice_id uuid NOT NULL,
    user_id     uuid NOT NULL,
    bucket_id   uuid NOT NULL,
    reason      text NOT NULL,
    grant_rev   bigint NOT NULL DEFAULT 1,
    granted_at  timestamptz NOT NULL,
    revoked_at  timestamptz,
    changed_in  xid8 NOT NULL,
    PRIMARY KEY (practice_id, user_id, bucket_id),
    FOREIGN KEY (practice_id, bucket_id) REFERENCES bucket
);
CREATE INDEX bucket_grant_by_bucket ON bucket_grant (practice_id, bucket_id);

-- Everything that is kept, once, at its newest state; a deleted record leaves its tombstone. The body is sealed under
-- its bucket's data key; the hash beside it is over the canonical bytes, which carry a random salt.
CREATE TABLE record (
    practice_id uuid NOT NULL,
    bucket_id   uuid NOT NULL,
    kind        text NOT NULL,
    id          uuid NOT NULL,
    parent_id   uuid,
    seq         bigint NOT NULL CHECK (seq > 0),
    rev         bigint NOT NULL CHECK (rev > 0),
    deleted     boolean NOT NULL,
    content_sha bytea,
    body_len    integer NOT NULL,
    sealed_body bytea,
    PRIMARY KEY (practice_id, bucket_id, kind, id),
    UNIQUE (practice_id, bucket_id, seq),
    CHECK (deleted = (sealed_body IS NULL) AND deleted = (content_sha IS NULL))
) WITH (fillfactor = 90);
-- Ciphertext does not compress; trying costs time on every write.
ALTER TABLE record ALTER COLUMN sealed_body SET STORAGE EXTERNAL;
CREATE INDEX record_by_parent ON record (practice_id, bucket_id, kind, parent_id) WHERE NOT deleted;

-- What was sent to which device, and what the device says it has erased: the evidence of where a chart has been.
CREATE TABLE device_bucket (
    practice_id     uuid NOT NULL,
    device_id       uuid NOT NULL,
    bucket_id       uuid NOT NULL,
    first_sent      timestamptz NOT NULL,
    last_sent       timestamptz NOT NULL,
    sent_to         bigint NOT NULL,
    purge_requested timestamptz,
    purge_acked     timestamptz,
    purged_rows     bigint,
    PRIMARY KEY (practice_id, device_id, bucket_id),
    FOREIGN KEY (practice_id, device_id) REFERENCES device
) WITH (fillfactor = 80);

-- The server's Ed25519 sealing keys: receipts, leases, certificates and tree heads verify with them.
CREATE TABLE seal_key (
    practice_id     uuid NOT NULL REFERENCES practice,
    key_id          uuid NOT NULL,
    public_key      bytea NOT NULL CHECK (octet_length(public_key) = 32),
    wrapped_private bytea NOT NULL,
    created_at      timestamptz NOT NULL,
    retired_at      timestamptz,
    PRIMARY KEY (practice_id, key_id)
);
CREATE UNIQUE INDEX seal_key_in_use ON seal_key (practice_id) WHERE retired_at IS NULL;

-- What never changes ------------------------------------------------------------------------------------------------

CREATE TRIGGER record_signed_stays BEFORE UPDATE OR DELETE ON record FOR EACH ROW
    WHEN (OLD.kind IN ('note_version', 'signature', 'receipt', 'refused_signature', 'note_revision'))
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER record_only_grows BEFORE UPDATE ON record FOR EACH ROW
    WHEN (NEW.seq <= OLD.seq OR NEW.rev <> OLD.rev + 1
          OR NEW.practice_id <> OLD.practice_id OR NEW.bucket_id <> OLD.bucket_id
          OR NEW.kind <> OLD.kind OR NEW.id <> OLD.id)
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER record_leaves_a_tombstone BEFORE DELETE ON record FOR EACH ROW
    WHEN (NOT OLD.deleted) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER record_is_not_truncated BEFORE TRUNCATE ON record FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bucket_only_grows BEFORE UPDATE ON bucket FOR EACH ROW
    WHEN (NEW.head < OLD.head OR NEW.practice_id <> OLD.practice_id OR NEW.bucket_id <> OLD.bucket_id
          OR NEW.kind <> OLD.kind OR NEW.subject <> OLD.subject)
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER grant_only_grows BEFORE UPDATE ON bucket_grant FOR EACH ROW
    WHEN (NEW.grant_rev <= OLD.grant_rev) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER grant_keeps_its_row BEFORE DELETE ON bucket_grant FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER grant_is_not_truncated BEFORE TRUNCATE ON bucket_grant FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A record that changes without its bucket's head moving would never reach a device. Checked at COMMIT, because the
-- heads are moved last.
CREATE FUNCTION record_counted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM FROM bucket b
      WHERE b.practice_id = NEW.practice_id AND b.bucket_id = NEW.bucket_id
        AND b.moved_in = pg_current_xact_id() AND NEW.seq > b.head_before AND NEW.seq <= b.head;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a % record changed and the head of its bucket did not move', NEW.kind
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER record_counted AFTER INSERT OR UPDATE ON record
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION record_counted();
ALTER FUNCTION record_counted() OWNER TO mentalspace_definer;

-- Row-level security ------------------------------------------------------------------------------------------------

ALTER TABLE practice      ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE app_user      ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE user_role     ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE supervision   ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE device        ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE bucket        ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE bucket_grant  ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE record        ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE device_bucket ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE seal_key      ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- Narrow tables: the practice.
CREATE POLICY of_practice ON practice      TO mentalspace_app USING (practice_id = app_practice());
CREATE POLICY of_practice ON app_user      TO mentalspace_app USING (practice_id = app_practice());
CREATE POLICY of_practice ON user_role     TO mentalspace_app USING (practice_id = app_practice());
CREATE POLICY of_practice ON supervision   TO mentalspace_app USING (practice_id = app_practice());
CREATE POLICY of_practice ON device        TO mentalspace_app USING (practice_id = app_practice());
CREATE POLICY of_practice ON device_bucket TO mentalspace_app USING (practice_id = app_practice());
CREATE POLICY of_practice ON seal_key      TO mentalspace_app USING (practice_id = app_practice());

-- Grants: one's own. They are changed by change_grants() alone.
CREATE POLICY own ON bucket_grant TO mentalspace_app
    USING (practice_id = app_practice() AND user_id = app_user_id());

-- Records and buckets: the practice and a grant. A grant that this very transaction revoked still covers what the
-- transaction itself writes: whoever ends an assignment writes that into a bucket which it takes from her.
CREATE POLICY granted ON record TO mentalspace_app USING (
    practice_id = app_practice() AND EXISTS (
        SELECT FROM bucket_grant g
        WHERE g.practice_id = record.practice_id AND g.user_id = app_user_id() AND g.bucket_id = record.bucket_id
          AND (g.revoked_at IS NULL OR g.changed_in = pg_current_xact_id_if_assigned())));
CREATE POLICY granted ON bucket TO mentalspace_app USING (
    practice_id = app_practice() AND EXISTS (
        SELECT FROM bucket_grant g
        WHERE g.practice_id = bucket.practice_id AND g.user_id = app_user_id() AND g.bucket_id = bucket.bucket_id
          AND (g.revoked_at IS NULL OR g.changed_in = pg_current_xact_id_if_assigned())));

-- The named functions see one practice. Finding out which practice a device or a login belongs to is what comes
-- before there is a context, so these three tables, which hold no clinical content, are open to them as a whole.
CREATE POLICY across_users ON bucket        TO mentalspace_definer USING (practice_id = app_practice());
CREATE POLICY across_users ON bucket_grant  TO mentalspace_definer USING (practice_id = app_practice());
CREATE POLICY across_users ON record        TO mentalspace_definer USING (practice_id = app_practice());
CREATE POLICY across_users ON seal_key      TO mentalspace_definer USING (practice_id = app_practice());
CREATE POLICY across_users ON user_role     TO mentalspace_definer USING (practice_id = app_practice());
CREATE POLICY before_context ON practice    TO mentalspace_definer USING (true);
CREATE POLICY before_context ON app_user    TO mentalspace_definer USING (true);
CREATE POLICY before_context ON device      TO mentalspace_definer USING (true);

GRANT SELECT, INSERT, UPDATE ON practice, app_user, device, device_bucket, record, supervision TO mentalspace_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON user_role TO mentalspace_app;
GRANT SELECT, INSERT, UPDATE ON seal_key TO mentalspace_app;
GRANT SELECT, UPDATE ON bucket TO mentalspace_app;
GRANT SELECT ON bucket_grant TO mentalspace_app;
GRANT SELECT ON practice, app_user, user_role, device, record, seal_key TO mentalspace_definer;
GRANT SELECT, INSERT ON bucket TO mentalspace_definer;
GRANT SELECT, INSERT, UPDATE ON bucket_grant TO mentalspace_definer;
