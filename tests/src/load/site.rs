//! Where the load is put: PostgreSQL, certificates, and one or more real servers over one database.

use super::said;
use mentalspace_crypto::SystemRandomness;
use mentalspace_crypto::digest::Sha256;
use mentalspace_server::Server;
use mentalspace_server::cli::open_server;
use mentalspace_server::clock::SystemClock;
use mentalspace_server::config::Settings;
use mentalspace_sync::connection::ServerAddress;
use mentalspace_testkit::clinic::Clinic;
use mentalspace_testkit::demo::Stage;
use mentalspace_testkit::failure::{Doing as _, Failure, Outcome};
use mentalspace_testkit::postgres::PostgresSettings;
use mentalspace_testkit::process::OwnedProcess;
use serde_json::Value;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// Database connections of each server: twice those of one core's worth of work on the machine that is measured.
const CONNECTIONS: usize = 16;

/// A running server.
#[derive(Debug)]
pub(super) struct Serving {
    process: OwnedProcess,
    /// Where devices connect.
    pub(super) address: String,
    /// Where the operator's figures are.
    pub(super) operator: String,
}

impl Serving {
    pub(super) fn id(&self) -> u32 {
        self.process.id()
    }
}

/// Database, certificates and servers. Everything ends with it.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) servers: Vec<Serving>,
    program: PathBuf,
    clinic: Clinic,
}

impl Site {
    /// A migrated, empty database without a server.
    pub(super) fn found(stage: &Stage) -> Outcome<Self> {
        let home = stage.state_dir.join("clinic");
        if home.exists() {
            fs::remove_dir_all(&home).doing(format!("clear {}", home.display()))?;
        }
        let settings = PostgresSettings { programs: stage.pg_bin.clone(), home: None, durable: true };
        let clinic = Clinic::found(stage.programs.clone(), &settings, Some(home))?;
        Ok(Self { servers: Vec::new(), program: stage.programs.server.clone(), clinic })
    }

    /// The server's own code over the same database and keys, in this process: for setting practices up.
    pub(super) fn hand(&self) -> Outcome<Arc<Server>> {
        let settings = Settings::read(self.clinic.config()).map_err(said)?;
        let randomness = Arc::new(SystemRandomness::new());
        let (server, _) = open_server(&settings, Arc::new(SystemClock), randomness).map_err(said)?;
        Ok(Arc::new(server))
    }

    /// PostgreSQL as its superuser.
    pub(super) fn database(&self) -> String {
        self.clinic.postgres().connection_string("postgres")
    }

    /// The directory of PostgreSQL's socket, by which its processes are known.
    pub(super) fn socket_dir(&self) -> &Path {
        self.clinic.postgres().socket_dir()
    }

    /// Starts one more server.
    pub(super) fn serve(&mut self) -> Outcome<()> {
        let number = self.servers.len();
        let path = self.clinic.home().join(format!("server-{number}.toml"));
        let text = fs::read_to_string(self.clinic.config()).doing("read the settings")?;
        let lines = text.lines().map(|line| match line.split(" = ").next() {
            Some("listen") => "listen = \"127.0.0.1:0\"\noperator_listen = \"127.0.0.1:0\"".to_owned(),
            Some("max_connections") => format!("max_connections = {CONNECTIONS}"),
            _ => line.to_owned(),
        });
        fs::write(&path, lines.collect::<Vec<_>>().join("\n")).doing("write a server's settings")?;
        let log = self.clinic.home().join(format!("server-{number}.log"));
        let log = fs::File::create(log).doing("create a server's log")?;
        let mut process = OwnedProcess::spawn_gently(
            Command::new(&self.program)
                .arg("--config")
                .arg(&path)
                .arg("serve")
                .stdout(Stdio::piped())
                .stderr(log),
        )?;
        let output = process.take_stdout().ok_or_else(|| Failure::Said("a server has no output".into()))?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line).doing("read where a server listens")?;
        let address = |of: &str| {
            let said: Value = serde_json::from_str(&line).unwrap_or_default();
            said[of].as_str().map(str::to_owned).ok_or_else(|| {
                Failure::Said(format!("server {number} did not start: see server-{number}.log"))
            })
        };
        let (address, operator) = (address("listening")?, address("operator")?);
        self.servers.push(Serving { process, address, operator });
        Ok(())
    }

    /// Ends the servers as an operator does, so that what they still had in hand is written down.
    pub(super) fn stop(&mut self) -> Outcome<()> {
        for server in &mut self.servers {
            server.process.terminate(Duration::from_secs(25))?;
        }
        self.servers.clear();
        Ok(())
    }

    /// The settings of a server over this database.
    #[cfg(test)]
    pub(super) fn config(&self) -> &Path {
        self.clinic.config()
    }

    /// The hash by which devices know the certificate authority.
    pub(super) fn authority(&self) -> Outcome<Sha256> {
        self.clinic.authority().pin_hex().parse().map_err(said)
    }

    /// How a device finds a server.
    pub(super) fn address(&self, server: usize) -> Outcome<ServerAddress> {
        let serving = self.servers.get(server % self.servers.len().max(1));
        let serving = serving.ok_or_else(|| Failure::Said("no server is running".into()))?;
        Ok(ServerAddress { url: format!("https://{}", serving.address), ca: self.authority()? })
    }
}
