//! Every statement is valid against the migrated database and gives what its row mapping reads.

use crate::house::{connect, database};
use mentalspace_server::statement::{Column, Described, every_statement, reads};
use std::fs;
use std::path::Path;
use tokio_postgres::Client;

async fn check(client: &Client, statement: &Described) -> Result<(), String> {
    let prepared =
        client.prepare(statement.sql).await.map_err(|error| format!("{}: {error:?}", statement.name))?;
    statement.check(prepared.columns())
}

#[tokio::test]
async fn every_statement_prepares_as_the_application_and_gives_what_is_read() {
    let database = database();
    let client = connect(&database.connection_string_as("mentalspace_app")).await;
    let mut wrong = Vec::new();
    for statement in every_statement() {
        wrong.extend(check(&client, &statement).await.err());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_wrong_statement_is_seen() {
    let database = database();
    let client = connect(&database.connection_string_as("mentalspace_app")).await;
    const COLUMNS: &[Column] = &[Column { name: "last_seq", reads: reads::<i64>() }];
    for (sql, complaint) in [
        ("SELECT last_seq FROM device", None),
        ("SELECT last_seqq FROM device", Some("last_seqq")),
        ("SELECT unsent AS last_seq FROM device", Some("int4")),
        ("SELECT last_seq AS seq FROM device", Some("seq")),
        ("SELECT last_seq, unsent FROM device", Some("2 columns")),
    ] {
        let outcome = check(&client, &Described { name: "control", sql, columns: COLUMNS }).await;
        match complaint {
            None => assert_eq!(outcome, Ok(())),
            Some(word) => assert!(outcome.unwrap_err().contains(word), "{sql}"),
        }
    }
}

/// SQL that stands in no list would be checked by nobody.
#[test]
fn every_list_of_statements_is_registered() {
    let mut declared = 0;
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut open = vec![source];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let mut inside = false;
            for line in text.lines() {
                inside |= line.starts_with("statements! {");
                inside &= line != "}";
                let name = line.trim_start().split(':').next().unwrap_or_default();
                let upper = |c: char| c.is_ascii_uppercase() || c == '_';
                if inside
                    && line.starts_with("    ")
                    && !name.is_empty()
                    && name.chars().all(upper)
                    && line.contains(" = ")
                {
                    declared += 1;
                }
            }
        }
    }
    assert!(declared > 50, "the search for declarations finds them: {declared}");
    assert_eq!(every_statement().len(), declared, "a module's list is missing in statement::every_statement");
}
