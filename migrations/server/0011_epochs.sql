-- Epochs of the log: what bridges one to the next, where the epoch in force was begun, and until when devices that give
-- back what a restored database has not seen wait for each other (docs/decisions/0038, 0039).

-- "Where": this database of this cluster on this timeline. A database that was restored by whatever means, or recovered
-- to an earlier moment, is another one, and its epoch is not in force there.
ALTER TABLE practice ADD COLUMN home text;
ALTER TABLE practice ADD COLUMN reunion_until timestamptz;

-- How many records a command made that were not there, and facts it overruled unseen: what had become of it is told by
-- that too, where it is offered again to a restored server.
ALTER TABLE command_result ADD COLUMN made integer NOT NULL DEFAULT 0;

CREATE TABLE log_bridge (
    practice_id uuid NOT NULL REFERENCES practice,
    to_epoch    uuid NOT NULL,
    from_epoch  uuid NOT NULL,
    from_size   bigint NOT NULL CHECK (from_size >= 0),
    from_root   bytea NOT NULL CHECK (octet_length(from_root) IN (0, 32)),
    at          timestamptz NOT NULL,
    key_id      uuid NOT NULL,
    signature   bytea NOT NULL CHECK (octet_length(signature) = 64),
    PRIMARY KEY (practice_id, to_epoch)
);
CREATE TRIGGER log_bridge_stays BEFORE UPDATE OR DELETE ON log_bridge FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER log_bridge_is_not_truncated BEFORE TRUNCATE ON log_bridge
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE log_bridge ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY of_practice ON log_bridge TO mentalspace_app USING (practice_id = app_practice());
GRANT SELECT, INSERT ON log_bridge TO mentalspace_app;

-- Which practices were begun elsewhere is asked before there is a practice to set. A practice from before this
-- migration has no home yet: the first server that serves it says so.
CREATE FUNCTION practice_homes() RETURNS TABLE (practice_id uuid, home text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT practice_id, home FROM practice
$$;
REVOKE EXECUTE ON FUNCTION practice_homes() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION practice_homes() TO mentalspace_app;
ALTER FUNCTION practice_homes() OWNER TO mentalspace_definer;
