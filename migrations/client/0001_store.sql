-- The device's store, one SQLCipher file per practice and user. Identifiers are 16-byte blobs, times RFC 3339 text in
-- UTC, civil dates YYYY-MM-DD. What is derived (overlay, search) can be rebuilt from record and outbox alone.

CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Kinds of record by their wire names; a kind that this release does not know gets a code of its own and is kept raw.
CREATE TABLE record_kind (
    code INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- Buckets held. status: local (made here, not confirmed), loading, ready, repair, purging.
CREATE TABLE bucket (
    bucket INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    subject BLOB NOT NULL,
    cursor INTEGER NOT NULL DEFAULT 0,
    head INTEGER NOT NULL DEFAULT 0,
    digest BLOB NOT NULL,
    live INTEGER NOT NULL DEFAULT 0,
    status TEXT NOT NULL,
    -- Set while a reset refetches everything: rows with an older sweep are removed at its end.
    sweep INTEGER,
    repaired_on TEXT
) STRICT;

-- The server's bytes as received.
CREATE TABLE record (
    record INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL REFERENCES record_kind,
    id BLOB NOT NULL,
    bucket INTEGER NOT NULL REFERENCES bucket,
    parent BLOB,
    seq INTEGER NOT NULL,
    rev INTEGER NOT NULL,
    sha BLOB NOT NULL,
    -- Civil date of service or appointment, where the record has one.
    day TEXT,
    -- 1 while a note or addendum is a draft.
    open INTEGER,
    sweep INTEGER NOT NULL DEFAULT 0,
    body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX record_identity ON record (id, kind);
CREATE INDEX record_by_parent ON record (parent, kind, day) WHERE parent IS NOT NULL;
CREATE INDEX record_by_bucket ON record (bucket);
CREATE INDEX record_by_day ON record (kind, day) WHERE day IS NOT NULL AND kind = 8;
CREATE INDEX record_open ON record (kind) WHERE open = 1;

-- Records as they will stand once the server has decided what is pending. A null body is a pending deletion.
CREATE TABLE overlay (
    kind INTEGER NOT NULL REFERENCES record_kind,
    id BLOB NOT NULL,
    bucket INTEGER NOT NULL REFERENCES bucket,
    parent BLOB,
    day TEXT,
    open INTEGER,
    provisional INTEGER NOT NULL DEFAULT 0,
    body BLOB,
    PRIMARY KEY (id, kind)
) STRICT;
CREATE INDEX overlay_by_parent ON overlay (parent, kind);

-- Commands that the server has not confirmed, in the device's order.
CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY,
    command_id BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL,
    envelope TEXT NOT NULL,
    -- 1 while typing goes on and the command may still grow; never once it was offered.
    open INTEGER NOT NULL DEFAULT 0,
    offered INTEGER NOT NULL DEFAULT 0,
    CHECK (open = 0 OR offered = 0)
) STRICT;

-- What each pending command touches: guards the purge, feeds the sync words.
CREATE TABLE outbox_touch (
    seq INTEGER NOT NULL REFERENCES outbox ON DELETE CASCADE,
    bucket BLOB NOT NULL,
    kind INTEGER NOT NULL,
    id BLOB NOT NULL,
    PRIMARY KEY (seq, kind, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_touch_by_record ON outbox_touch (id, kind);

-- Confirmed commands, kept 30 days so that a server restored from a backup gets them again.
CREATE TABLE archive (
    seq INTEGER NOT NULL,
    command_id BLOB PRIMARY KEY,
    envelope TEXT NOT NULL,
    acknowledged_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX archive_by_time ON archive (acknowledged_at);

-- What became of commands, and what the engine did. Conflicts and refusals are never removed by themselves.
CREATE TABLE journal (
    entry INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    command_id BLOB,
    name TEXT NOT NULL,
    outcome TEXT NOT NULL,
    detail TEXT NOT NULL,
    record_kind INTEGER,
    record_id BLOB,
    client BLOB,
    -- The command itself where its words found no other home.
    envelope TEXT,
    needs_review INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX journal_by_record ON journal (record_id) WHERE needs_review = 1;

CREATE VIRTUAL TABLE search USING fts5 (
    body, content = '', tokenize = "unicode61 remove_diacritics 2"
);
INSERT INTO search (search, rank) VALUES ('secure-delete', 1);

-- Signed material is insert-only here too. The codes are those of record_kind, fixed for all time.
CREATE TRIGGER record_insert_only BEFORE UPDATE OF body, sha, rev ON record
WHEN old.kind IN (10, 12, 13, 14, 15) AND old.body IS NOT new.body
BEGIN
    SELECT RAISE (ABORT, 'signed material never changes');
END;

-- Nor does it go, except with its whole bucket, or at the end of a reset that did not bring it again.
CREATE TRIGGER record_never_deleted BEFORE DELETE ON record
WHEN old.kind IN (10, 12, 13, 14, 15)
    AND EXISTS (SELECT 1 FROM bucket WHERE bucket = old.bucket AND status <> 'purging' AND sweep IS NULL)
BEGIN
    SELECT RAISE (ABORT, 'signed material is never removed');
END;
