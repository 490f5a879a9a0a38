-- TRUNCATE fires no row trigger and leaves no tombstone: devices would keep what the server has forgotten, and a command
-- that comes again would have a second effect. So it is refused for whatever devices hold or are answered from, for the
-- owner too, as it is already for records, grants, the trail and the quarantine.
DO $$
DECLARE
    one text;
BEGIN
    FOREACH one IN ARRAY ARRAY[
        'practice', 'app_user', 'user_role', 'supervision', 'device', 'bucket', 'device_bucket', 'seal_key',
        'client_index', 'assignment', 'appointment', 'note', 'command_result'
    ] LOOP
        EXECUTE format('CREATE TRIGGER is_not_truncated BEFORE TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', one);
    END LOOP;
END
$$;
