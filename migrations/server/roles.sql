-- Roles, extension and schema. Run before every migration, as whoever migrates; changes nothing when all is in place.
--
-- mentalspace_owner    owns every table. Nobody is it while the server serves.
-- mentalspace_definer  owns the few functions that read across users. It has no login, no BYPASSRLS and owns no
--                      table; policies written for it alone let those functions see one practice, never two, except
--                      where a policy says why.
-- mentalspace_app      is the server. It owns nothing, so that row-level security binds it.
--
-- The owner does not inherit from the definer: otherwise the definer's policies would be the owner's too, and FORCE
-- ROW LEVEL SECURITY would mean nothing.
DO $$
DECLARE
    made text;
BEGIN
    -- Roles are the cluster's, and another database of it may be migrated at the same moment.
    FOREACH made IN ARRAY ARRAY[
        'mentalspace_owner NOLOGIN NOINHERIT', 'mentalspace_definer NOLOGIN NOINHERIT',
        'mentalspace_app LOGIN NOINHERIT NOCREATEDB NOCREATEROLE'
    ] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = split_part(made, ' ', 1)) THEN
            BEGIN
                EXECUTE 'CREATE ROLE ' || made;
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;
            END;
        END IF;
    END LOOP;
    IF NOT pg_catalog.pg_has_role('mentalspace_owner', 'mentalspace_definer', 'MEMBER') THEN
        BEGIN
            GRANT mentalspace_definer TO mentalspace_owner;
        EXCEPTION WHEN unique_violation THEN
            NULL;
        END;
    END IF;
    IF EXISTS (SELECT FROM pg_catalog.pg_roles
               WHERE rolname IN ('mentalspace_owner', 'mentalspace_definer', 'mentalspace_app')
                 AND (rolsuper OR rolbypassrls OR rolinherit)) THEN
        RAISE EXCEPTION 'a MentalSpace role is a superuser, bypasses row-level security or inherits: nothing was migrated';
    END IF;
    IF (SELECT pg_catalog.pg_get_userbyid(nspowner) FROM pg_catalog.pg_namespace WHERE nspname = 'public')
       <> 'mentalspace_owner' THEN
        ALTER SCHEMA public OWNER TO mentalspace_owner;
        REVOKE ALL ON SCHEMA public FROM PUBLIC;
        GRANT USAGE ON SCHEMA public TO mentalspace_app;
        GRANT USAGE, CREATE ON SCHEMA public TO mentalspace_definer;
    END IF;
END
$$;

CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public;

ALTER DEFAULT PRIVILEGES FOR ROLE mentalspace_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
