use std::sync::Arc;

use super::*;

async fn rows(address: String, table: &str) -> i64 {
    let (client, connection) = tokio_postgres::connect(&address, NoTls).await.unwrap();
    tokio::spawn(connection);
    client.query_one(&format!("SELECT count(*) FROM {table}"), &[]).await.unwrap().get(0)
}

fn clone_of_one_row(prepared: &Arc<AtomicU32>) -> TestDatabase {
    let prepared = Arc::clone(prepared);
    TestDatabase::cloned_from("one_row", &format!("p{}", std::process::id()), move |address| async move {
        prepared.fetch_add(1, Ordering::SeqCst);
        let (client, connection) = tokio_postgres::connect(&address, NoTls).await?;
        tokio::spawn(connection);
        client.batch_execute("CREATE TABLE visit (n int); INSERT INTO visit VALUES (1)").await?;
        Ok(())
    })
    .unwrap()
}

#[tokio::test]
async fn clones_of_one_template_are_prepared_once_and_do_not_see_each_other() {
    let prepared = Arc::new(AtomicU32::new(0));
    let ours = clone_of_one_row(&prepared);
    let theirs = clone_of_one_row(&prepared);
    assert_eq!(prepared.load(Ordering::SeqCst), 1, "the template is migrated once, however many tests ask");
    ours.execute("INSERT INTO visit VALUES (2)").unwrap();
    assert_eq!(rows(ours.connection_string(), "visit").await, 2);
    assert_eq!(rows(theirs.connection_string(), "visit").await, 1, "a test must not see another test's rows");
}

#[tokio::test]
async fn a_dropped_database_is_gone_with_its_open_connections() {
    let database = TestDatabase::empty().unwrap();
    let address = database.connection_string();
    let (_client, connection) = tokio_postgres::connect(&address, NoTls).await.unwrap();
    tokio::spawn(connection);
    drop(database);
    assert!(tokio_postgres::connect(&address, NoTls).await.is_err(), "nothing of a test stays on the server");
}

#[test]
fn a_failed_preparation_leaves_no_template_that_a_later_test_would_trust() {
    let fingerprint = format!("f{}", std::process::id());
    let failed = TestDatabase::cloned_from("broken", &fingerprint, |_| async { Err("migration 7".into()) });
    assert!(failed.unwrap_err().to_string().contains("migration 7"));
    let again = TestDatabase::cloned_from("broken", &fingerprint, |_| async { Ok(()) });
    assert!(again.is_ok(), "the next test prepares it anew");
}

#[test]
fn names_that_would_need_quoting_are_refused() {
    assert!(identifier("template_server_0a1b").is_ok());
    assert!(identifier("template_x\"; DROP DATABASE y").is_err());
    assert!(identifier(&"a".repeat(64)).is_err());
}
