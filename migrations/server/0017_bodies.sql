-- A note is some 2.5 KB: just above what PostgreSQL moves out of a row. Then each is two more rows and an index beside the
-- table, to be looked up for every record that a device fetches: a third of what PostgreSQL does for a first sync. From now
-- on a body of up to a page stays in its row as it is written; longer ones move out as before.
ALTER TABLE record SET (toast_tuple_target = 8160);
