-- The narrow tables of daily work: the few columns that the server itself must query, constrain or report on. They
-- are derived from records, in the same transaction and by the same decision; no name and no word stands in them.

CREATE TABLE client_index (
    practice_id uuid NOT NULL REFERENCES practice,
    client_id   uuid NOT NULL,
    status      text NOT NULL,
    merged_into uuid,
    PRIMARY KEY (practice_id, client_id),
    FOREIGN KEY (practice_id, merged_into) REFERENCES client_index
);

CREATE TABLE assignment (
    practice_id   uuid NOT NULL,
    assignment_id uuid NOT NULL,
    client_id     uuid NOT NULL,
    clinician     uuid NOT NULL,
    reason        text NOT NULL,
    from_day      date NOT NULL,
    ended_on      date,
    PRIMARY KEY (practice_id, assignment_id),
    FOREIGN KEY (practice_id, client_id) REFERENCES client_index,
    FOREIGN KEY (practice_id, clinician) REFERENCES app_user
);
CREATE INDEX assignment_by_client ON assignment (practice_id, client_id);
CREATE INDEX assignment_by_clinician ON assignment (practice_id, clinician);

-- Instants are derived from the civil date, the wall clock and the zone, for one purpose: no clinician is booked
-- twice. A deliberate overlap carries its flag and stands outside the constraint.
CREATE TABLE appointment (
    practice_id     uuid NOT NULL,
    appointment_id  uuid NOT NULL,
    client_id       uuid NOT NULL,
    clinician       uuid NOT NULL,
    starts_at       timestamptz NOT NULL,
    ends_at         timestamptz NOT NULL,
    status          text NOT NULL,
    overlap_allowed boolean NOT NULL,
    PRIMARY KEY (practice_id, appointment_id),
    FOREIGN KEY (practice_id, client_id) REFERENCES client_index,
    FOREIGN KEY (practice_id, clinician) REFERENCES app_user,
    CHECK (starts_at < ends_at),
    CONSTRAINT appointment_slot EXCLUDE USING gist (
        practice_id WITH =, clinician WITH =, tstzrange(starts_at, ends_at) WITH &&
    ) WHERE (status <> 'cancelled' AND NOT overlap_allowed)
);
CREATE INDEX appointment_by_client ON appointment (practice_id, client_id, starts_at);

CREATE TABLE note (
    practice_id    uuid NOT NULL,
    note_id        uuid NOT NULL,
    client_id      uuid NOT NULL,
    author         uuid NOT NULL,
    note_type      text NOT NULL,
    status         text NOT NULL CHECK (status IN ('draft', 'signed', 'voided')),
    appointment_id uuid,
    created_at     timestamptz NOT NULL,
    signed_at      timestamptz,
    PRIMARY KEY (practice_id, note_id),
    FOREIGN KEY (practice_id, client_id) REFERENCES client_index,
    FOREIGN KEY (practice_id, author) REFERENCES app_user
);
CREATE INDEX note_by_client ON note (practice_id, client_id);
CREATE INDEX note_unsigned ON note (practice_id, author, created_at) WHERE status = 'draft';

-- Signed is for ever: the narrow row may go on to voided, nowhere else, and is never removed.
CREATE TRIGGER note_signed_stays BEFORE UPDATE ON note FOR EACH ROW
    WHEN (OLD.status IN ('signed', 'voided') AND (NEW.status NOT IN (OLD.status, 'voided')
          OR NEW.client_id <> OLD.client_id OR NEW.author <> OLD.author
          OR NEW.signed_at IS DISTINCT FROM OLD.signed_at))
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER note_stays BEFORE DELETE ON note FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What became of every command. A command that comes again under another number (a device that was set up anew, a
-- server restored from backup) is answered from here and has no second effect; its later row says so.
CREATE TABLE command_result (
    practice_id   uuid NOT NULL,
    device_id     uuid NOT NULL,
    device_seq    bigint NOT NULL CHECK (device_seq > 0),
    command_id    uuid NOT NULL,
    name          text NOT NULL,
    outcome       jsonb NOT NULL,
    decided_at    timestamptz NOT NULL,
    asserted_at   timestamptz NOT NULL,
    clock_skew_ms bigint NOT NULL,               -- device minus server, when the batch came in
    repeated      boolean NOT NULL DEFAULT false,
    PRIMARY KEY (practice_id, device_id, device_seq),
    FOREIGN KEY (practice_id, device_id) REFERENCES device
);
CREATE UNIQUE INDEX command_result_once ON command_result (practice_id, command_id) WHERE NOT repeated;

-- Commands that could not take effect, sealed, with every word that was in them.
CREATE TABLE quarantine (
    practice_id    uuid NOT NULL REFERENCES practice,
    command_id     uuid NOT NULL,
    user_id        uuid NOT NULL,
    device_id      uuid NOT NULL,
    name           text NOT NULL,
    code           text NOT NULL,
    sealed_payload bytea NOT NULL,
    received_at    timestamptz NOT NULL,
    resolved_at    timestamptz,
    resolved_by    uuid,
    resolution     text,
    PRIMARY KEY (practice_id, command_id)
);
ALTER TABLE quarantine ALTER COLUMN sealed_payload SET STORAGE EXTERNAL;
CREATE INDEX quarantine_open ON quarantine (practice_id, received_at) WHERE resolved_at IS NULL;
CREATE TRIGGER quarantine_keeps_words BEFORE UPDATE ON quarantine FOR EACH ROW
    WHEN (NEW.sealed_payload <> OLD.sealed_payload OR NEW.user_id <> OLD.user_id OR NEW.command_id <> OLD.command_id)
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER quarantine_keeps_its_row BEFORE DELETE ON quarantine FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER quarantine_is_not_truncated BEFORE TRUNCATE ON quarantine
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE client_index   ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE assignment     ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE appointment    ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE note           ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE command_result ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE quarantine     ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY of_practice ON client_index   TO mentalspace_app USING (practice_id = app_practice());
CREATE POLICY of_practice ON assignment     TO mentalspace_app USING (practice_id = app_practice());
CREATE POLICY of_practice ON appointment    TO mentalspace_app USING (practice_id = app_practice());
CREATE POLICY of_practice ON note           TO mentalspace_app USING (practice_id = app_practice());
CREATE POLICY of_practice ON command_result TO mentalspace_app USING (practice_id = app_practice());
CREATE POLICY own ON quarantine TO mentalspace_app
    USING (practice_id = app_practice() AND user_id = app_user_id());

GRANT SELECT, INSERT, UPDATE ON client_index, assignment, appointment, note TO mentalspace_app;
GRANT SELECT, INSERT ON command_result, quarantine TO mentalspace_app;
