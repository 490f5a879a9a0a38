//! What the catalog says: row-level security everywhere, a role that owns nothing, and material that stays.

use crate::house::{House, connect, database};
use mentalspace_domain::decision::Outcome;
use mentalspace_domain::people::Role;
use mentalspace_domain::record::RecordKind;
use mentalspace_server::migrations;
use mentalspace_testkit::test_database::TestDatabase;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

/// Tables without practice data: the book of migrations, and counts of failed attempts by hash.
const WITHOUT_PRACTICE: [&str; 2] = ["migration", "attempt"];

async fn names(client: &Client, sql: &str) -> Vec<String> {
    client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn every_table_of_a_practice_forces_row_level_security() {
    let database = database();
    let client = connect(&database.connection_string()).await;
    let tables = names(
        &client,
        "SELECT relname::text FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace",
    )
    .await;
    assert!(tables.len() > 25, "the catalog was read: {tables:?}");
    let open = names(
        &client,
        "SELECT relname::text FROM pg_class c WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace \
         AND NOT (relrowsecurity AND relforcerowsecurity)",
    )
    .await;
    let unexpected: Vec<_> = open.iter().filter(|name| **name != "migration").collect();
    assert!(unexpected.is_empty(), "without forced row-level security: {unexpected:?}");
    let without_practice = names(
        &client,
        "SELECT relname::text FROM pg_class c WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace \
         AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'practice_id')",
    )
    .await;
    assert!(
        without_practice.iter().all(|name| WITHOUT_PRACTICE.contains(&name.as_str())),
        "{without_practice:?}"
    );
    let views = names(&client, "SELECT viewname::text FROM pg_views WHERE schemaname = 'public'").await;
    assert!(views.is_empty(), "a view would run in its owner's rights: {views:?}");
}

#[tokio::test]
async fn practice_leads_every_key_and_index() {
    let database = database();
    let client = connect(&database.connection_string()).await;
    let others = names(
        &client,
        "SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid \
         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0] \
         WHERE c.relnamespace = 'public'::regnamespace AND a.attname <> 'practice_id' AND i.indisunique \
         AND c.relname NOT IN ('migration', 'attempt')",
    )
    .await;
    // What is looked up before there is a practice is looked up by a hash of a secret.
    let before_practice = ["session_by_token", "one_time_code_by_hash"];
    assert!(others.iter().all(|name| before_practice.contains(&name.as_str())), "{others:?}");
}

#[tokio::test]
async fn the_application_owns_nothing_and_bypasses_nothing() {
    let database = database();
    let client = connect(&database.connection_string()).await;
    let owned = names(
        &client,
        "SELECT relname::text FROM pg_class WHERE pg_get_userbyid(relowner) IN ('mentalspace_app', 'mentalspace_definer')",
    )
    .await;
    assert!(owned.is_empty(), "{owned:?}");
    let strong = names(
        &client,
        "SELECT rolname::text FROM pg_roles WHERE rolname LIKE 'mentalspace%' \
         AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolinherit)",
    )
    .await;
    assert!(strong.is_empty(), "{strong:?}");
    let loose = names(
        &client,
        "SELECT p.oid::regprocedure::text FROM pg_proc p WHERE pronamespace = 'public'::regnamespace AND prosecdef \
         AND (NOT EXISTS (SELECT FROM unnest(proconfig) s WHERE s LIKE 'search_path=pg_catalog%') \
              OR has_function_privilege('public', p.oid, 'EXECUTE'))",
    )
    .await;
    assert!(loose.is_empty(), "definer functions with a loose search path or for everybody: {loose:?}");
    let mutable = names(
        &client,
        "SELECT table_name || ' ' || privilege_type FROM information_schema.role_table_grants \
         WHERE grantee = 'mentalspace_app' AND (privilege_type IN ('TRUNCATE', 'REFERENCES', 'TRIGGER') \
         OR (privilege_type IN ('UPDATE', 'DELETE') AND table_name ~ '^(audit_event|log_leaf|log_node|log_head|quarantine|command_result)') \
         OR (privilege_type = 'DELETE' AND table_name IN ('record', 'bucket', 'bucket_grant', 'note')))",
    )
    .await;
    assert!(mutable.is_empty(), "{mutable:?}");
}

/// Runs a statement as the owner of the tables, inside the practice, past every privilege there is.
async fn as_owner(house: &House, sql: &str) -> Result<u64, Option<SqlState>> {
    let client = connect(&house.database.connection_string()).await;
    // A policy of the owner's own lets it see the rows: what refuses below is the trigger and nothing else.
    let statement = format!("SELECT set_config('app.practice_id', '{}', false)", house.practice);
    client.query(&statement, &[]).await.unwrap();
    client.execute(sql, &[]).await.map_err(|error| error.code().cloned())
}

#[tokio::test]
async fn signed_material_and_the_trail_do_not_change_for_anybody() {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let client = house.client_of(&mut rivera).await;
    let note = house.note_of(&mut rivera, client).await;
    assert_eq!(house.one(&mut rivera, crate::house::patch(client, note, "", "One.")).await, Outcome::Applied);
    assert_eq!(
        house.one(&mut rivera, crate::house::patch(client, note, "One.", "Two.")).await,
        Outcome::Applied
    );
    mentalspace_server::log::sequence(&house.server, house.practice, mentalspace_server::log::Heads::Now)
        .await
        .unwrap();
    assert!(house.count("SELECT count(*) FROM record WHERE kind = 'note_revision'").await > 0);
    for sql in [
        "UPDATE record SET seq = seq + 1000, rev = rev + 1 WHERE kind = 'note_revision'",
        "DELETE FROM record WHERE kind = 'note_revision'",
        "DELETE FROM record WHERE kind = 'note'",
        "TRUNCATE record",
        "UPDATE record SET rev = rev WHERE kind = 'note'",
        "UPDATE audit_event SET outcome = 'applied'",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
        "TRUNCATE audit_event_2026_03",
        "UPDATE audit_event_2026_03 SET reason = 'x'",
        "UPDATE log_leaf SET idx = idx + 1000",
        "DELETE FROM log_leaf",
        "TRUNCATE log_leaf",
        "DELETE FROM log_node",
        "UPDATE log_head SET size = size + 1",
        "DELETE FROM log_head",
        "DELETE FROM note",
        "DELETE FROM bucket_grant",
        "UPDATE bucket_grant SET grant_rev = 0",
        "UPDATE bucket SET head = 0",
    ] {
        let refused = as_owner(&house, sql).await.expect_err(sql);
        assert_eq!(refused, Some(SqlState::RESTRICT_VIOLATION), "{sql}");
    }
    // The control: with the trigger away, the very same statement goes through, so it was the trigger that refused.
    house.database.execute("ALTER TABLE log_leaf DISABLE TRIGGER log_leaf_stays").unwrap();
    assert!(as_owner(&house, "UPDATE log_leaf SET idx = idx + 1000").await.unwrap() > 0);
}

#[tokio::test]
async fn the_trigger_knows_the_kinds_that_the_domain_writes_once() {
    let database = database();
    let client = connect(&database.connection_string()).await;
    let definition: String = client
        .query_one("SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = 'record_signed_stays'", &[])
        .await
        .unwrap()
        .get(0);
    for kind in RecordKind::ALL {
        let named = definition.contains(&format!("'{}'::text", kind.as_str()));
        assert_eq!(named, kind.insert_only(), "{kind}: {definition}");
    }
}

#[tokio::test]
async fn t45_a_record_that_changes_without_its_head_fails_the_commit() {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let client = house.client_of(&mut rivera).await;
    house.note_of(&mut rivera, client).await;
    let superuser = connect(&house.database.connection_string()).await;
    let change = "UPDATE record SET rev = rev + 1, seq = (SELECT max(seq) + 1 FROM record r WHERE r.bucket_id = record.bucket_id) \
                  WHERE kind = 'note'";
    let set = format!("SELECT set_config('app.practice_id', '{}', false)", house.practice);
    superuser.query(&set, &[]).await.unwrap();
    let refused = superuser.batch_execute(&format!("BEGIN; {change}; COMMIT")).await.unwrap_err();
    assert_eq!(refused.code(), Some(&SqlState::INTEGRITY_CONSTRAINT_VIOLATION));
    superuser.batch_execute("ROLLBACK").await.unwrap();
    // The control: the same change with the head moved goes through.
    let move_head = "UPDATE bucket SET head_before = head, head = head + 1, moved_in = pg_current_xact_id() \
                     WHERE bucket_id IN (SELECT bucket_id FROM record WHERE kind = 'note')";
    superuser.batch_execute(&format!("BEGIN; {change}; {move_head}; COMMIT")).await.unwrap();
}

#[tokio::test]
async fn migrating_twice_changes_nothing_and_a_later_database_is_refused() {
    let database = TestDatabase::empty().unwrap();
    let address = database.connection_string();
    assert_eq!(migrations::status(&address).await.unwrap().applied, 0);
    let today = crate::house::monday().date_naive();
    let applied = migrations::apply(&address, today).await.unwrap();
    assert_eq!(applied.first(), Some(&"0001_core"));
    assert!(migrations::status(&address).await.unwrap().is_current());
    let client = connect(&address).await;
    let everything = "SELECT string_agg(format('%s %s %s', c.oid, c.relname, c.relacl), '; ' ORDER BY c.oid) FROM pg_class c \
                      WHERE relnamespace = 'public'::regnamespace";
    let before: String = client.query_one(everything, &[]).await.unwrap().get(0);
    assert!(migrations::apply(&address, today).await.unwrap().is_empty(), "a second run applies nothing");
    let after: String = client.query_one(everything, &[]).await.unwrap().get(0);
    assert_eq!(before, after);

    database.execute("UPDATE migration SET checksum = 'edited' WHERE version = 1").unwrap();
    let altered = migrations::apply(&address, today).await.unwrap_err();
    assert!(altered.to_string().contains("another text"), "{altered}");
    database.execute("INSERT INTO migration (version, name, checksum) VALUES (9999, 'future', '')").unwrap();
    let future = migrations::apply(&address, today).await.unwrap_err();
    assert!(future.to_string().contains("9999"), "{future}");
}
