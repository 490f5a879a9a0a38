-- Work in quarantine, rulings on it and notices of them are written once, like signed material.
DROP TRIGGER record_insert_only;
CREATE TRIGGER record_insert_only BEFORE UPDATE OF body, sha, rev ON record
WHEN old.kind IN (10, 12, 13, 14, 15, 18, 19, 20) AND old.body IS NOT new.body
BEGIN
    SELECT RAISE (ABORT, 'signed material never changes');
END;
DROP TRIGGER record_never_deleted;
CREATE TRIGGER record_never_deleted BEFORE DELETE ON record
WHEN old.kind IN (10, 12, 13, 14, 15, 18, 19, 20)
    AND EXISTS (SELECT 1 FROM bucket WHERE bucket = old.bucket AND status <> 'purging' AND sweep IS NULL)
BEGIN
    SELECT RAISE (ABORT, 'signed material is never removed');
END;
