//! The database's migrations: append-only, embedded, applied by the owner, checked by whoever serves.

use crate::db::Database;
use crate::http::failure::{Failure, Outcome};
use crate::statement::{row, statements};
use chrono::{Months, NaiveDate};
use mentalspace_crypto::sha256;
use std::collections::BTreeMap;
use std::fmt;
use tokio_postgres::{Client, NoTls};

/// Run before every migration: roles, extension, schema. Changes nothing where all is in place.
const ROLES: &str = include_str!("../../migrations/server/roles.sql");

/// Months of audit partitions made from the one before the current one on: a clock that is set back must not stop
/// the server, and half a year without the server's own daily look must not either.
const MONTHS: u32 = 15;

/// One step, in order. A released one is never edited; its checksum is kept beside it.
struct Migration {
    version: i32,
    name: &'static str,
    sql: &'static str,
}

macro_rules! migrations {
    ($($version:literal $file:literal;)+) => {
        const MIGRATIONS: &[Migration] = &[$(
            Migration {
                version: $version,
                name: $file,
                sql: include_str!(concat!("../../migrations/server/", $file, ".sql")),
            },
        )+];
    };
}

migrations! {
    1 "0001_core";
    2 "0002_identity";
    3 "0003_work";
    4 "0004_audit";
    5 "0005_across";
    6 "0006_charts";
    7 "0007_heads";
    8 "0008_policies";
    9 "0009_quarantine";
    10 "0010_coverage";
    11 "0011_epochs";
    12 "0012_pokes";
    13 "0013_not_truncated";
    14 "0014_author";
    15 "0015_plans";
    16 "0016_clocks";
    17 "0017_bodies";
}

/// Where migrations note themselves.
const KEEP_BOOK: &str = "
    CREATE TABLE IF NOT EXISTS migration (
        version integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now());
    GRANT SELECT ON migration TO mentalspace_app";

row! {
    pub(crate) struct AppliedRow {
        version: i32,
        checksum: String,
    }
}

statements! {
    APPLIED: AppliedRow = "SELECT version, checksum FROM migration ORDER BY version";
}

/// Why the database cannot be brought to this release, or not be served from.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// PostgreSQL cannot be reached, or refused a step. Nothing of that step was kept.
    #[error("{doing}: {}", in_words(.source))]
    Refused {
        /// What was tried.
        doing: String,
        /// What PostgreSQL said.
        #[source]
        source: tokio_postgres::Error,
    },
    /// The database is of a later release.
    #[error(
        "the database is at migration {found}, and this release knows {known}: install the current release; nothing was changed"
    )]
    FromTheFuture {
        /// The last migration applied.
        found: i32,
        /// The last one that this release knows.
        known: i32,
    },
    /// An applied migration is not the one that this release has under that number.
    #[error("migration {0} was applied with another text than this release has; nothing was changed")]
    Altered(i32),
}

fn in_words(error: &tokio_postgres::Error) -> String {
    error
        .as_db_error()
        .map_or_else(|| error.to_string(), |said| format!("{}: {}", said.code().code(), said.message()))
}

/// Where a database stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// The last migration applied; 0 for an empty database.
    pub applied: i32,
    /// The last one that this release knows.
    pub known: i32,
    /// Applied migrations whose text is not this release's.
    pub altered: Vec<i32>,
}

impl State {
    /// Whether this release can serve from it.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.applied == self.known && self.altered.is_empty()
    }

    fn of(applied: &BTreeMap<i32, String>) -> Self {
        let altered = MIGRATIONS.iter().filter(|migration| {
            applied.get(&migration.version).is_some_and(|checksum| *checksum != migration.checksum())
        });
        Self {
            applied: applied.keys().next_back().copied().unwrap_or_default(),
            known: known(),
            altered: altered.map(|migration| migration.version).collect(),
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { applied, known, altered } = self;
        match applied.cmp(known) {
            _ if !altered.is_empty() => {
                write!(f, "altered: migrations {altered:?} have another text than this release")
            }
            std::cmp::Ordering::Less => write!(f, "behind: at {applied} of {known}"),
            std::cmp::Ordering::Equal => write!(f, "current: at {applied}"),
            std::cmp::Ordering::Greater => write!(f, "ahead: at {applied}, and this release knows {known}"),
        }
    }
}

impl Migration {
    fn checksum(&self) -> String {
        sha256(self.sql.as_bytes()).to_hex()
    }
}

/// How many migrations this release knows.
#[must_use]
pub fn known() -> i32 {
    MIGRATIONS.last().map_or(0, |migration| migration.version)
}

/// A text that changes whenever a migration does, for templates of test databases.
#[must_use]
pub fn fingerprint() -> String {
    let all: Vec<&[u8]> =
        MIGRATIONS.iter().map(|migration| migration.sql.as_bytes()).chain([ROLES.as_bytes()]).collect();
    sha256(&all.concat()).to_hex().chars().take(16).collect()
}

/// Says where a database stands; changes nothing.
///
/// # Errors
/// PostgreSQL cannot be reached.
pub async fn status(owner_url: &str) -> Result<State, MigrationError> {
    let client = connect(owner_url).await?;
    Ok(State::of(&applied(&client).await?))
}

/// Brings a database to this release, as its owner or somebody who may act as the owner. Every step is a transaction
/// of its own; a second run changes nothing. Partitions of the audit trail are made from the month before `today` on.
/// Gives the names of the steps applied.
///
/// # Errors
/// See [`MigrationError`]. Steps applied before the one that failed stay applied.
pub async fn apply(owner_url: &str, today: NaiveDate) -> Result<Vec<&'static str>, MigrationError> {
    let client = connect(owner_url).await?;
    // One migrator at a time; the lock falls with the connection.
    let lock = "SELECT pg_advisory_lock(hashtextextended('mentalspace migrations', 0))";
    run(&client, "wait for another migration", lock).await?;
    let standing = applied(&client).await?;
    let state = State::of(&standing);
    if state.applied > state.known {
        return Err(MigrationError::FromTheFuture { found: state.applied, known: state.known });
    }
    if let Some(version) = state.altered.first() {
        return Err(MigrationError::Altered(*version));
    }
    run(&client, "make the roles", ROLES).await?;
    run(&client, "become the owner", "SET ROLE mentalspace_owner").await?;
    run(&client, "keep book of migrations", &format!("SET client_min_messages = warning; {KEEP_BOOK}"))
        .await?;
    let mut done = Vec::new();
    for migration in MIGRATIONS.iter().filter(|migration| !standing.contains_key(&migration.version)) {
        // Name and checksum are ours and hold nothing that needs quoting.
        let step = format!(
            "BEGIN; {}\n; INSERT INTO migration (version, name, checksum) VALUES ({}, '{}', '{}'); COMMIT",
            migration.sql.trim_end().trim_end_matches(';'),
            migration.version,
            migration.name,
            migration.checksum(),
        );
        run(&client, migration.name, &step).await?;
        done.push(migration.name);
    }
    partition(&client, today - Months::new(1), MONTHS).await?;
    Ok(done)
}

/// Makes partitions of the audit trail for `months` months from that of `first` on: for a practice whose history is
/// written after the fact.
///
/// # Errors
/// See [`MigrationError`].
pub async fn make_partitions(owner_url: &str, first: NaiveDate, months: u32) -> Result<(), MigrationError> {
    let client = connect(owner_url).await?;
    run(&client, "become the owner", "SET ROLE mentalspace_owner").await?;
    partition(&client, first, months).await
}

async fn partition(client: &Client, first: NaiveDate, months: u32) -> Result<(), MigrationError> {
    let made = format!("SELECT make_audit_partitions('{first}', {months})");
    run(client, "make the audit's partitions", &made).await
}

/// Whether this release can serve from the database, asked as the application role.
///
/// # Errors
/// The database does not answer.
pub async fn are_current(db: &Database) -> Outcome<bool> {
    let applied = db.ask(&APPLIED, &[]).await?;
    Ok(State::of(&applied.into_iter().map(|row| (row.version, row.checksum)).collect()).is_current())
}

/// Refuses to serve from a database of another release.
///
/// # Errors
/// It is of another release, or does not answer.
pub async fn require_current(db: &Database) -> Outcome<()> {
    if are_current(db).await? {
        return Ok(());
    }
    Err(Failure::internal(
        "the database is not at the migrations of this release: run `mentalspace-server migrate`",
    ))
}

/// Makes the roles, the extension and the schema's owner, as a dump of a migrated database expects them.
///
/// # Errors
/// See [`MigrationError`].
pub async fn make_roles(owner_url: &str) -> Result<(), MigrationError> {
    run(&connect(owner_url).await?, "make the roles", ROLES).await
}

async fn connect(owner_url: &str) -> Result<Client, MigrationError> {
    let connected = tokio_postgres::connect(owner_url, NoTls).await;
    let (client, connection) = connected
        .map_err(|source| MigrationError::Refused { doing: "connect as the owner".to_owned(), source })?;
    tokio::spawn(connection);
    Ok(client)
}

async fn run(client: &Client, doing: &str, sql: &str) -> Result<(), MigrationError> {
    let refused = |source| MigrationError::Refused { doing: doing.to_owned(), source };
    client.batch_execute(sql).await.map_err(refused)
}

async fn applied(client: &Client) -> Result<BTreeMap<i32, String>, MigrationError> {
    let refused = |source| MigrationError::Refused { doing: "read what was migrated".to_owned(), source };
    let book =
        client.query_one("SELECT to_regclass('public.migration') IS NOT NULL", &[]).await.map_err(refused)?;
    if !book.get::<_, bool>(0) {
        return Ok(BTreeMap::new());
    }
    let rows = client.query(APPLIED.sql, &[]).await.map_err(refused)?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_are_numbered_without_a_gap_and_named_after_their_files() {
        for (n, migration) in (1..).zip(MIGRATIONS) {
            assert_eq!(migration.version, n);
            assert!(migration.name.starts_with(&format!("{n:04}_")), "{}", migration.name);
        }
    }

    #[test]
    fn a_database_is_behind_current_ahead_or_altered() {
        let at = |last: i32| -> BTreeMap<i32, String> {
            (1..=last)
                .map(|version| {
                    let ours = MIGRATIONS.iter().find(|migration| migration.version == version);
                    (version, ours.map_or_else(String::new, Migration::checksum))
                })
                .collect()
        };
        assert_eq!(State::of(&at(0)).to_string(), format!("behind: at 0 of {}", known()));
        assert!(State::of(&at(known())).is_current());
        assert!(State::of(&at(known() + 1)).to_string().starts_with("ahead"));
        let mut altered = at(known());
        altered.insert(1, "another text".to_owned());
        assert_eq!(State::of(&altered).altered, [1]);
        assert!(!State::of(&altered).is_current());
    }
}
