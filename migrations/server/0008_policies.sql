-- Who asks is looked up once in a statement. As a bare call in a policy it was read from the settings and parsed anew for
-- every row; as a subquery the planner makes one InitPlan of it. A policy that is added later is written so at once.
DO $$
DECLARE
    policy record;
    rule text;
BEGIN
    FOR policy IN
        SELECT tablename, policyname, qual, with_check FROM pg_catalog.pg_policies
        WHERE schemaname = 'public' AND concat(qual, with_check) ~ '\mapp_(practice|user_id)\(\)'
    LOOP
        rule := '';
        IF policy.qual IS NOT NULL THEN
            rule := format(' USING (%s)', regexp_replace(policy.qual, '(\mapp_\w+\(\))', '(SELECT \1)', 'g'));
        END IF;
        IF policy.with_check IS NOT NULL THEN
            rule := rule || format(' WITH CHECK (%s)', regexp_replace(policy.with_check, '(\mapp_\w+\(\))', '(SELECT \1)', 'g'));
        END IF;
        EXECUTE format('ALTER POLICY %I ON %I', policy.policyname, policy.tablename) || rule;
    END LOOP;
END
$$;
