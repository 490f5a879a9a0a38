//! `restore`: a backup into an empty database, or a database that PostgreSQL itself has recovered. Whichever it is, a
//! new epoch begins in every practice of it: there is no way to restore without.

use super::backup::{unusable, whole};
use super::postgres::{connect, database, ended, program, refused, require_alone, said, started};
use super::{CommandError, Console, say};
use crate::backup::Reader;
use crate::caller::Acting;
use crate::config::{Settings, read_key_encryption_key};
use crate::{Server, epoch, migrations, practice};
use chrono::TimeDelta;
use clap::{ArgGroup, Args};
use mentalspace_crypto::Secret32;
use mentalspace_protocol::session::EpochBridge;
use serde_json::json;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio_postgres::Client;

/// Hours for which devices that come back wait for each other, unless the operator says otherwise: a night and a day.
const REUNION_HOURS: u16 = 24;

/// Where the words of a restored practice are, as far as anybody can know.
const NEXT: &str = "Start the server. Devices fetch everything anew and give back what they wrote since; what was done \
                    at the console since (users, codes, revoked devices, disabled users) has to be done again.";

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).args(["from", "recovered"]))]
pub(super) struct Restore {
    /// A file that `backup` has written, into an empty database.
    #[arg(long)]
    from: Option<PathBuf>,
    /// The database has been restored or recovered already, by PostgreSQL's own tools or with the whole machine.
    #[arg(long)]
    recovered: bool,
    /// The directory of `pg_restore`; else it is looked for on the path.
    #[arg(long)]
    programs: Option<PathBuf>,
    /// Hours for which what one device gives back waits for what it was built on, on another device.
    #[arg(long, default_value_t = REUNION_HOURS, value_parser = clap::value_parser!(u16).range(0..=720))]
    reunion_hours: u16,
}

impl Restore {
    pub(super) async fn run(self, settings: &Settings) -> Result<(), CommandError> {
        let secret = read_key_encryption_key(&settings.key_encryption_key)?;
        let owner_url = settings.database.owner()?;
        let owner = connect(owner_url).await?;
        require_alone(&owner).await?;
        if let Some(file) = &self.from {
            self.fill(file, &secret, &owner, owner_url).await?;
        }
        // Statements of another release would fail in the middle.
        let today = crate::clock::Clock::now(&crate::clock::SystemClock).date_naive();
        migrations::apply(owner_url, today).await.map_err(|why| refused(&why.to_string()))?;
        forget_transactions(&owner).await?;
        let console = Console::open(settings)?;
        let bridges = self.begin_epochs(&console.server).await?;
        let begun: Vec<_> = bridges
            .iter()
            .map(|bridge| {
                json!({
                    "practice": bridge.practice, "log_epoch": bridge.to_epoch, "continues": bridge.from_epoch,
                    "tree_size": bridge.from_size,
                })
            })
            .collect();
        say(&json!({ "restored": begun, "reunion_hours": self.reunion_hours, "next": NEXT }))
    }

    /// Puts the backup into the database, all of it or nothing.
    async fn fill(
        &self,
        file: &Path,
        secret: &Secret32,
        owner: &Client,
        owner_url: &str,
    ) -> Result<(), CommandError> {
        require_empty(owner).await?;
        // Read to its end first: what is damaged is found out before anything is written.
        let about = tokio::task::block_in_place(|| whole(file, secret)).map_err(|error| unusable(&error))?;
        if about.migrations > migrations::known() {
            return Err(refused(
                "the backup was taken by a newer release. Nothing was changed. Install that release, then restore.",
            ));
        }
        migrations::make_roles(owner_url).await.map_err(|why| refused(&why.to_string()))?;
        let mut restore = program("pg_restore", self.programs.as_deref(), owner_url)?;
        restore
            .arg(format!("--dbname={}", database(owner_url)?))
            .args(["--single-transaction", "--exit-on-error"])
            .stdin(Stdio::piped());
        let mut child = started(&mut restore)?;
        let input = child.stdin.take().ok_or_else(|| refused("pg_restore has no input."))?;
        let given = tokio::task::block_in_place(|| {
            Reader::open(BufReader::new(File::open(file)?), secret).and_then(|reader| reader.give(input))
        });
        if given.is_err() {
            let _ = child.kill();
        }
        ended("pg_restore", &mut child)?;
        given.map_err(|error| unusable(&error))
    }

    /// A new epoch for every practice, once it is certain that what is sealed in it opens under this server's key.
    async fn begin_epochs(&self, server: &Server) -> Result<Vec<EpochBridge>, CommandError> {
        let practices = practice::all(server).await?;
        for practice in &practices {
            let acting = Acting::console(*practice, server.new_id()?);
            let tx = server.db.begin(&acting).await?;
            let opens = practice::read(server, &tx, *practice).await;
            tx.rollback().await?;
            if opens.is_err() {
                return Err(refused(&format!(
                    "what is sealed in practice {practice} does not open under this server's key-encryption key. No \
                     epoch was begun, and the server will not start over this database. Put the right key in place \
                     and run `mentalspace-server restore --recovered`."
                )));
            }
        }
        let mut bridges = Vec::new();
        for practice in practices {
            let acting = Acting::console(practice, server.new_id()?);
            bridges.push(epoch::begin(server, &acting, TimeDelta::hours(self.reunion_hours.into())).await?);
        }
        Ok(bridges)
    }
}

/// Refuses a database that holds anything of its own.
async fn require_empty(owner: &Client) -> Result<(), CommandError> {
    let tables: i64 = owner
        .query_one(
            "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' \
             AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') \
             AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')",
            &[],
        )
        .await
        .map_err(|why| said(&why))?
        .get(0);
    if tables == 0 {
        return Ok(());
    }
    Err(refused(&format!(
        "the database is not empty ({tables} tables). Nothing was changed, and what is in it is safe. Make a new one \
         (createdb), name it in the settings, and keep the old one until the practice has looked at the restored one."
    )))
}

/// Numbers of transactions of the cluster that the rows come from mean nothing in this one, and some day a transaction
/// of this cluster would bear one of them and be taken for the one that revoked a grant.
async fn forget_transactions(owner: &Client) -> Result<(), CommandError> {
    owner
        .batch_execute(
            "BEGIN; SET LOCAL session_replication_role = replica; \
             UPDATE bucket_grant SET changed_in = '0' WHERE changed_in <> '0'; \
             UPDATE bucket SET moved_in = NULL WHERE moved_in IS NOT NULL; COMMIT",
        )
        .await
        .map_err(|why| said(&why))
}
