//! The commands of `mentalspace-server`: serving, migrating, and what an operator does at the console.

mod backup;
mod demo_data;
mod device;
mod migrate;
mod postgres;
mod practice;
mod restore;
mod serve;
mod today;
mod user;

use crate::caller::Acting;
use crate::clock::{Clock, SystemClock};
use crate::config::{self, ConfigError, Settings, read_key_encryption_key};
use crate::db::{Database, DatabaseError};
use crate::http::failure::Failure;
use crate::relay::Relay;
use crate::{Server, logging};
use clap::{Parser, Subcommand};
use mentalspace_crypto::keywrap::KeyEncryptionKey;
use mentalspace_crypto::{Randomness, Secret32, SystemRandomness};
use mentalspace_domain::ids::PracticeId;
use serde::Serialize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

pub use serve::{Running, Surroundings, start};

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "mentalspace-server", version, about = "The MentalSpace sync-server")]
pub struct Arguments {
    /// The settings file.
    #[arg(long, global = true, default_value = config::DEFAULT_PATH)]
    config: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve devices until SIGTERM or SIGINT; SIGHUP reads the certificate anew.
    Serve,
    /// Bring the database to this release, or say where it stands.
    Migrate(migrate::Migrate),
    /// Make a practice.
    #[command(subcommand)]
    Practice(practice::Practice),
    /// Make users, give them codes, or end their access.
    #[command(subcommand)]
    User(user::User),
    /// List or revoke devices.
    #[command(subcommand)]
    Device(device::Device),
    /// Say what day it is, where a clock ran ahead and a later day was begun by it: roles and covered cases then count by
    /// this day. The clocks of all servers must be right before.
    Today(today::Today),
    /// Write the whole database into one sealed file.
    Backup(backup::Backup),
    /// Restore a backup into an empty database, or take over one that PostgreSQL has recovered; always begins a new
    /// epoch.
    Restore(restore::Restore),
    /// Name this moment, so that PostgreSQL can recover the database to it.
    RestorePoint(backup::RestorePoint),
    /// Fill an empty database with the demonstration practice.
    DemoData(demo_data::DemoData),
}

/// Why a command did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// A setting cannot be accepted.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The database cannot be reached as it should be.
    #[error("the database cannot be used: {0}")]
    Database(#[from] DatabaseError),
    /// The server refused or failed.
    #[error("{}", in_words(.0))]
    Server(Failure),
    /// The operator asked for something that cannot be done, in words.
    #[error("{0}")]
    Refused(String),
    /// The operating system refused something.
    #[error("{doing}: {why}")]
    System {
        /// What was tried.
        doing: String,
        /// Why not.
        why: std::io::Error,
    },
}

impl From<Failure> for CommandError {
    fn from(failure: Failure) -> Self {
        Self::Server(failure)
    }
}

/// At the console the operator is the one who needs the cause, and the words about what she typed.
fn in_words(failure: &Failure) -> String {
    let mut said = failure.causes().unwrap_or_else(|| failure.message().to_owned());
    for error in failure.field_errors() {
        said = format!("{said} {}: {}", error.field, error.message);
    }
    said
}

/// Runs the command line.
#[must_use]
pub fn run(arguments: Arguments) -> ExitCode {
    logging::keep_panics_discreet();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(why) => {
            return refused(&CommandError::System { doing: "no runtime could be started".to_owned(), why });
        }
    };
    match runtime.block_on(carry_out(arguments)) {
        Ok(code) => code,
        Err(error) => refused(&error),
    }
}

fn refused(error: &CommandError) -> ExitCode {
    eprintln!("mentalspace-server: {error}");
    ExitCode::FAILURE
}

async fn carry_out(arguments: Arguments) -> Result<ExitCode, CommandError> {
    let settings = Settings::read(&arguments.config)?;
    logging::start(settings.log);
    match arguments.command {
        Command::Serve => serve::until_told_to_stop(&settings).await?,
        Command::Migrate(command) => return command.run(&settings).await,
        Command::Practice(command) => command.run(&Console::open(&settings)?).await?,
        Command::User(command) => command.run(&Console::open(&settings)?, &settings).await?,
        Command::Device(command) => {
            let console = Console::open(&settings)?;
            command.run(&console).await?;
            // The device listens on a server, not here.
            Relay::new(&console.server)?.pass_on(&console.server).await?;
        }
        Command::Today(command) => command.run(&Console::open(&settings)?).await?,
        Command::Backup(command) => command.run(&settings).await?,
        Command::Restore(command) => command.run(&settings).await?,
        Command::RestorePoint(command) => command.run(&settings).await?,
        Command::DemoData(command) => command.run(&settings).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// What the operator's commands work with: the same server as devices talk to, without its listener.
struct Console {
    server: Server,
}

impl Console {
    fn open(settings: &Settings) -> Result<Self, CommandError> {
        let (server, _) = open_server(settings, Arc::new(SystemClock), Arc::new(SystemRandomness::new()))?;
        Ok(Self { server })
    }

    /// The practice that is meant: the one named, or the only one there is.
    async fn practice(&self, named: Option<PracticeId>) -> Result<PracticeId, CommandError> {
        if let Some(practice) = named {
            return Ok(practice);
        }
        match crate::practice::all(&self.server).await?.as_slice() {
            [] => Err(CommandError::Refused(
                "There is no practice yet. Make one with: practice create.".to_owned(),
            )),
            [only] => Ok(*only),
            _ => Err(CommandError::Refused(
                "There are several practices: name one with --practice.".to_owned(),
            )),
        }
    }
}

impl Console {
    /// In whose name the console acts.
    async fn acting(&self, named: Option<PracticeId>) -> Result<Acting, CommandError> {
        Ok(Acting::console(self.practice(named).await?, self.server.new_id()?))
    }
}

/// One JSON line on standard output.
fn say<T: Serialize>(what: &T) -> Result<(), CommandError> {
    let line = serde_json::to_string(what).map_err(|why| CommandError::Refused(why.to_string()))?;
    println!("{line}");
    Ok(())
}

/// Opens the server over the settings' database and keys. Also gives the key-encryption key's secret, from which the
/// edge derives its own keys.
///
/// # Errors
/// A setting or a secret cannot be accepted.
pub fn open_server(
    settings: &Settings,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
) -> Result<(Server, Secret32), CommandError> {
    let secret = read_key_encryption_key(&settings.key_encryption_key)?;
    let db = Database::open(&settings.database.url, settings.database.max_connections)?;
    Ok((Server::new(db, wrapping_key(&secret), clock, randomness), secret))
}

/// The key-encryption key as the key wrap wants it: its id is derived from it, so that a database says which key it
/// was sealed under without saying the key.
#[must_use]
pub fn wrapping_key(secret: &Secret32) -> KeyEncryptionKey {
    use mentalspace_crypto::derive::{Purpose, derive};
    let id = derive(secret, Purpose::new("key-encryption key id"), b"");
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&id.expose()[..16]);
    let wrapping = derive(secret, Purpose::BUCKET_KEY_WRAP, b"");
    KeyEncryptionKey::new(mentalspace_crypto::KeyId::from_bytes(bytes), wrapping)
}
