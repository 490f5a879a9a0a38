//! PostgreSQL's own programs and the owner's connection, for what is done with the whole database.

use super::CommandError;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::str::FromStr as _;
use std::time::Duration;
use tokio_postgres::config::Host;
use tokio_postgres::{Client, Config, NoTls};

/// A program of PostgreSQL with the way to the database in its surroundings: nothing of it stands in the list of
/// processes, which everybody on the machine may read.
pub(super) fn program(name: &str, programs: Option<&Path>, url: &str) -> Result<Command, CommandError> {
    let config = Config::from_str(url).map_err(|_| refused("the connection string cannot be read."))?;
    let path = programs.map_or_else(|| PathBuf::from(name), |dir| dir.join(name));
    let mut command = Command::new(path);
    for (variable, value) in [
        ("PGHOST", config.get_hosts().first().map(host)),
        ("PGPORT", config.get_ports().first().map(ToString::to_string)),
        ("PGUSER", config.get_user().map(str::to_owned)),
        ("PGDATABASE", config.get_dbname().map(str::to_owned)),
        ("PGPASSWORD", config.get_password().map(|word| String::from_utf8_lossy(word).into_owned())),
        ("PGCONNECT_TIMEOUT", Some("10".to_owned())),
    ] {
        match value {
            Some(value) => command.env(variable, value),
            None => command.env_remove(variable),
        };
    }
    command.arg("--no-password").stdin(Stdio::null()).stderr(Stdio::inherit());
    Ok(command)
}

fn host(host: &Host) -> String {
    match host {
        Host::Tcp(name) => name.clone(),
        Host::Unix(dir) => dir.display().to_string(),
    }
}

/// The database's name.
pub(super) fn database(url: &str) -> Result<String, CommandError> {
    let config = Config::from_str(url).map_err(|_| refused("the connection string cannot be read."))?;
    config.get_dbname().map(str::to_owned).ok_or_else(|| refused("the connection string names no database."))
}

/// Starts a program, with words for where it is not there.
pub(super) fn started(command: &mut Command) -> Result<Child, CommandError> {
    let name = command.get_program().to_string_lossy().into_owned();
    command.spawn().map_err(|why| CommandError::System {
        doing: format!(
            "{name} could not be started; nothing was changed. Install PostgreSQL's client programs of the server's \
             version or a later one, or name their directory with --programs"
        ),
        why,
    })
}

/// Waits for a program's end, which has to be a good one.
pub(super) fn ended(name: &str, child: &mut Child) -> Result<(), CommandError> {
    let system = |why| CommandError::System { doing: format!("{name} could not be waited for"), why };
    let status = child.wait().map_err(system)?;
    if status.success() {
        return Ok(());
    }
    Err(refused(&format!("{name} ended with {status}; what it said stands above.")))
}

/// Connects as the role that may see and write everything.
pub(super) async fn connect(url: &str) -> Result<Client, CommandError> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.map_err(|why| said(&why))?;
    tokio::spawn(connection);
    Ok(client)
}

/// What PostgreSQL said, for the operator.
pub(super) fn said(why: &tokio_postgres::Error) -> CommandError {
    let text = why.as_db_error().map_or_else(|| why.to_string(), |said| said.message().to_owned());
    refused(&format!("PostgreSQL: {text}. Nothing was changed by this step."))
}

/// How often, and how long between, it is looked whether a server that was just stopped has let go.
const LOOKS: u32 = 40;
const BETWEEN_LOOKS: Duration = Duration::from_millis(250);

/// Refuses where anybody else works in the database. PostgreSQL takes a moment to notice that a program has ended.
pub(super) async fn require_alone(client: &Client) -> Result<(), CommandError> {
    let mut others: i64 = 0;
    for _ in 0..LOOKS {
        others = client
            .query_one(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                 AND pid <> pg_backend_pid() AND backend_type = 'client backend'",
                &[],
            )
            .await
            .map_err(|why| said(&why))?
            .get(0);
        if others == 0 {
            return Ok(());
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
    Err(refused(&format!(
        "the database is in use ({others} connections). Nothing was changed, and what is in it is safe. Stop \
         mentalspace-server and whatever else is connected, then run this again."
    )))
}

pub(super) fn refused(what: &str) -> CommandError {
    CommandError::Refused(what.to_owned())
}
