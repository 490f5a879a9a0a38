-- Audit: one structure. A row is inserted, without a place, in the transaction that it describes: no audit row, no
-- action. A sequencer gives the rows their places in an RFC 6962 tree within about a second, outside every request.

CREATE TABLE audit_event (
    practice_id  uuid NOT NULL,
    at           timestamptz NOT NULL,            -- the server's clock; one instant per transaction
    batch        uuid NOT NULL,                   -- one per transaction
    n            integer NOT NULL,                -- order inside it
    request_id   uuid NOT NULL,
    user_id      uuid,                            -- absent where the practice's own machinery acts
    roles        text NOT NULL,
    device_id    uuid,
    session_id   uuid,
    address      text,
    action       text NOT NULL,
    outcome      text NOT NULL,
    client_id    uuid,
    bucket_id    uuid,
    category     text,                            -- the kind of bucket
    record_kind  text,
    record_id    uuid,
    content_sha  bytea,                           -- of signed material: its hash gets a place in the tree
    seq_from     bigint,
    seq_to       bigint,
    rows         bigint,
    reason       text,
    asserted_at  timestamptz,                     -- the device's clock
    PRIMARY KEY (practice_id, at, batch, n)
) PARTITION BY RANGE (at);
CREATE INDEX audit_event_by_client ON audit_event (practice_id, client_id, at) WHERE client_id IS NOT NULL;
CREATE INDEX audit_event_by_user ON audit_event (practice_id, user_id, at);

-- Transactions whose audit rows have no place in the tree yet. Rows live for about a second.
CREATE TABLE audit_batch (
    practice_id uuid NOT NULL,
    at          timestamptz NOT NULL,
    batch       uuid NOT NULL,
    PRIMARY KEY (practice_id, at, batch)
);

CREATE TABLE log_leaf (
    practice_id uuid NOT NULL,
    log_epoch   uuid NOT NULL,
    idx         bigint NOT NULL CHECK (idx >= 0),
    leaf_hash   bytea NOT NULL CHECK (octet_length(leaf_hash) = 32),
    at          timestamptz NOT NULL,
    batch       uuid NOT NULL,
    n           integer NOT NULL,
    PRIMARY KEY (practice_id, log_epoch, idx)
);
CREATE UNIQUE INDEX log_leaf_by_event ON log_leaf (practice_id, log_epoch, at, batch, n);

-- Hashes of the tree's complete subtrees of 2^level leaves, so that a proof reads a handful of rows and never the log.
CREATE TABLE log_node (
    practice_id uuid NOT NULL,
    log_epoch   uuid NOT NULL,
    level       smallint NOT NULL CHECK (level > 0),
    idx         bigint NOT NULL CHECK (idx >= 0),
    hash        bytea NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (practice_id, log_epoch, level, idx)
);

CREATE TABLE log_head (
    practice_id uuid NOT NULL,
    log_epoch   uuid NOT NULL,
    size        bigint NOT NULL CHECK (size >= 0),
    root        bytea NOT NULL CHECK (octet_length(root) = 32),
    at          timestamptz NOT NULL,
    key_id      uuid NOT NULL,
    signature   bytea NOT NULL CHECK (octet_length(signature) = 64),
    PRIMARY KEY (practice_id, log_epoch, size)
);

CREATE TRIGGER audit_event_stays BEFORE UPDATE OR DELETE ON audit_event
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_event_is_not_truncated BEFORE TRUNCATE ON audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER log_leaf_stays BEFORE UPDATE OR DELETE ON log_leaf FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER log_leaf_is_not_truncated BEFORE TRUNCATE ON log_leaf
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER log_node_stays BEFORE UPDATE OR DELETE ON log_node FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER log_node_is_not_truncated BEFORE TRUNCATE ON log_node
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER log_head_stays BEFORE UPDATE OR DELETE ON log_head FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER log_head_is_not_truncated BEFORE TRUNCATE ON log_head
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE audit_event ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_batch ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE log_leaf    ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE log_node    ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE log_head    ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- Nobody writes an audit row in another's name.
CREATE POLICY of_practice ON audit_event FOR SELECT TO mentalspace_app USING (practice_id = app_practice());
CREATE POLICY own_name ON audit_event FOR INSERT TO mentalspace_app
    WITH CHECK (practice_id = app_practice() AND user_id IS NOT DISTINCT FROM app_user_id());
CREATE POLICY of_practice ON audit_batch TO mentalspace_app USING (practice_id = app_practice());
CREATE POLICY of_practice ON log_leaf TO mentalspace_app USING (practice_id = app_practice());
CREATE POLICY of_practice ON log_node TO mentalspace_app USING (practice_id = app_practice());
CREATE POLICY of_practice ON log_head TO mentalspace_app USING (practice_id = app_practice());

-- Which practices wait for the sequencer is asked before there is a practice to set.
CREATE POLICY before_context ON audit_batch TO mentalspace_definer USING (true);
CREATE POLICY across_users ON log_head TO mentalspace_definer USING (practice_id = app_practice());

GRANT SELECT, INSERT ON audit_event, log_leaf, log_node, log_head TO mentalspace_app;
GRANT SELECT, INSERT, DELETE ON audit_batch TO mentalspace_app;
GRANT SELECT ON audit_batch, log_head TO mentalspace_definer;

-- Makes the monthly partitions from the month of `first` on. A partition is built apart and then attached, which
-- blocks no reader and no writer; nothing is made while a request waits for it.
CREATE FUNCTION make_audit_partitions(first date, months integer) RETURNS integer LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    month date := date_trunc('month', first)::date;
    made integer := 0;
    name text;
BEGIN
    FOR i IN 1..months LOOP
        name := format('audit_event_%s', to_char(month, 'YYYY_MM'));
        IF to_regclass('public.' || name) IS NULL THEN
            EXECUTE format('CREATE TABLE public.%I (LIKE public.audit_event INCLUDING DEFAULTS)', name);
            EXECUTE format('ALTER TABLE public.%I ADD CONSTRAINT of_month CHECK (at >= %L AND at < %L)',
                           name, month::timestamp AT TIME ZONE 'UTC',
                           (month + interval '1 month')::timestamp AT TIME ZONE 'UTC');
            EXECUTE format('ALTER TABLE public.audit_event ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
                           name, month::timestamp AT TIME ZONE 'UTC',
                           (month + interval '1 month')::timestamp AT TIME ZONE 'UTC');
            EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
            EXECUTE format('CREATE TRIGGER is_not_truncated BEFORE TRUNCATE ON public.%I '
                           'FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change()', name);
            made := made + 1;
        END IF;
        month := (month + interval '1 month')::date;
    END LOOP;
    RETURN made;
END
$$;
REVOKE EXECUTE ON FUNCTION make_audit_partitions(date, integer) FROM PUBLIC;

-- The server asks for the next months once a day, in the owner's hand and with nothing of its own to say: a practice
-- that is never migrated again must not one day find that it can write no audit row, and so do nothing at all.
CREATE FUNCTION extend_audit() RETURNS integer LANGUAGE sql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT make_audit_partitions((now() AT TIME ZONE 'UTC')::date, 13)
$$;
REVOKE EXECUTE ON FUNCTION extend_audit() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION extend_audit() TO mentalspace_app;
