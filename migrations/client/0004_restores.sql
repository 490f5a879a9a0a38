-- A server restored to an earlier state is healed from the devices (docs/decisions/0038).

-- What had become of a confirmed command, as JSON. Offered again, it says so: taken out of order it would become
-- something else, and the server then lets it wait for what went before it.
ALTER TABLE archive ADD COLUMN outcome TEXT;
ALTER TABLE outbox ADD COLUMN before TEXT;

-- 1 while the sweep is one after a restore: what it finds in other words, or not at all, is set aside and not dropped.
ALTER TABLE bucket ADD COLUMN after_restore INTEGER NOT NULL DEFAULT 0;

-- Records that stood here and that the restored server does not have, or has in other words. This copy may be the last
-- one in the world. They go with their bucket; what is not signed goes after 30 days.
CREATE TABLE set_aside (
    kind INTEGER NOT NULL REFERENCES record_kind,
    id BLOB NOT NULL,
    sha BLOB NOT NULL,
    bucket BLOB NOT NULL,
    rev INTEGER NOT NULL,
    body BLOB NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (id, kind, sha)
) STRICT, WITHOUT ROWID;
CREATE INDEX set_aside_by_bucket ON set_aside (bucket);

-- Signed material that comes again after a restore has another salt beside the same words. Whether the words are the
-- same is seen to before (take.rs); outside of a sweep nothing of it changes.
DROP TRIGGER record_insert_only;
CREATE TRIGGER record_insert_only BEFORE UPDATE OF body, sha, rev ON record
WHEN old.kind IN (10, 12, 13, 14, 15) AND old.body IS NOT new.body
    AND NOT EXISTS (SELECT 1 FROM bucket WHERE bucket = old.bucket AND sweep IS NOT NULL AND after_restore = 1)
BEGIN
    SELECT RAISE (ABORT, 'signed material never changes');
END;

-- Civil day (UTC) on which the rows of the bucket were last counted and hashed anew: the running digest says what was
-- written, not what is there.
ALTER TABLE bucket ADD COLUMN checked_on TEXT;
