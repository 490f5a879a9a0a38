-- A case that is covered for dated days: the grants that rest on it end with its last day, when the day begins, without
-- a command and without a request of whoever held it.
ALTER TABLE assignment ADD COLUMN until_day date;
