-- A narrow row stays with its chart.
--
-- `record` is keyed by bucket, so a record under another chart's identifier is another record. The narrow tables are
-- keyed by the identifier alone, and a decision sees only the chart that it is about: a command that uses the
-- identifier of an assignment, an appointment or a note of another chart, by mistake or on purpose, would take that
-- row over, and with an assignment the grants that rest on it. refuse_change() answers in class 23, so that the one
-- command is refused, kept where it carries words, and nothing behind it waits.

CREATE TRIGGER assignment_keeps_its_chart BEFORE UPDATE ON assignment FOR EACH ROW
    WHEN (NEW.client_id <> OLD.client_id) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER appointment_keeps_its_chart BEFORE UPDATE ON appointment FOR EACH ROW
    WHEN (NEW.client_id <> OLD.client_id) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER note_keeps_its_chart BEFORE UPDATE ON note FOR EACH ROW
    WHEN (NEW.client_id <> OLD.client_id) EXECUTE FUNCTION refuse_change();
