//! The server's settings, from one TOML file. Everything is checked before anything starts, and a refusal names the
//! setting and never its value.

mod secret_file;

pub use secret_file::read_key_encryption_key;

use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use tokio_postgres::config::Host;

/// Where the settings are looked for unless `--config` names another file.
pub const DEFAULT_PATH: &str = "/etc/mentalspace/server.toml";

/// Why the server does not start. Names the setting; never shows a value that could be a secret.
#[derive(Debug, thiserror::Error)]
#[error("setting `{setting}`: {problem} Nothing was started.")]
pub struct ConfigError {
    /// The key in the settings file.
    pub setting: &'static str,
    /// What is wrong and what to do, one sentence.
    pub problem: String,
}

impl ConfigError {
    pub(crate) fn new(setting: &'static str, problem: impl Into<String>) -> Self {
        Self { setting, problem: problem.into() }
    }
}

/// The settings file as it is written. An unknown key is an error: a misspelt setting must not fall back silently.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where devices connect, e.g. `0.0.0.0:8443`; port 0 takes a free one.
    pub listen: SocketAddr,
    /// What enrolment codes tell devices to connect to, e.g. `https://records.practice.example:8443`.
    pub public_address: String,
    /// Where the operator's probes and metrics answer, in plain HTTP: a loopback address only.
    #[serde(default)]
    pub operator_listen: Option<SocketAddr>,
    /// `error`, `warn`, `info` or `debug`.
    #[serde(default)]
    pub log: LogLevel,
    /// File of the key-encryption key: 64 hexadecimal digits, mode 0600.
    pub key_encryption_key: PathBuf,
    /// PostgreSQL.
    pub database: DatabaseSettings,
    /// Certificates.
    pub tls: TlsSettings,
}

/// PostgreSQL, by two roles: the one that serves owns nothing.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseSettings {
    /// Connection string of the application role.
    pub url: String,
    /// Connection string of the owner, for `migrate` only; may be left out where the server runs.
    #[serde(default)]
    pub owner_url: Option<String>,
    /// Connection string of a role that reads everything, for `backup`: a superuser, or one with `BYPASSRLS` in
    /// `pg_read_all_data`. Where it is left out, the owner's is used.
    #[serde(default)]
    pub backup_url: Option<String>,
    /// Most connections held at once.
    #[serde(default = "default_connections")]
    pub max_connections: usize,
}

const fn default_connections() -> usize {
    16
}

/// Certificates, PEM.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsSettings {
    /// The server's certificate followed by the chain up to and including the authority's: pinned devices verify by it.
    pub certificate: PathBuf,
    /// The private key, mode 0600.
    pub key: PathBuf,
    /// The authority's certificate alone; its SHA-256 goes into enrolment codes.
    pub authority: PathBuf,
}

/// How much is logged. There is no level that prints bodies, parameters or tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// Failures only.
    Error,
    /// And what an operator should look at.
    Warn,
    /// And one line per request.
    #[default]
    Info,
    /// And what the server does between requests.
    Debug,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Connection strings may hold passwords.
        f.debug_struct("Settings").field("listen", &self.listen).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for DatabaseSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DatabaseSettings")
            .field("max_connections", &self.max_connections)
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// Reads and checks the file at `path`. Secret files are not opened yet.
    ///
    /// # Errors
    /// [`ConfigError`] naming the first setting that cannot be accepted.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|why| {
            ConfigError::new("--config", format!("{} cannot be read: {}.", path.display(), why.kind()))
        })?;
        let settings = Self::parse(&text)?;
        if settings.database.holds_a_password() {
            private("database.url", path)?;
        }
        Ok(settings)
    }

    /// Reads and checks the text of a settings file.
    ///
    /// # Errors
    /// [`ConfigError`] naming the first setting that cannot be accepted.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let settings: Self =
            toml::from_str(text).map_err(|why| ConfigError::new("--config", in_words(text, &why)))?;
        settings.check()?;
        Ok(settings)
    }

    fn check(&self) -> Result<(), ConfigError> {
        if !self.public_address.starts_with("https://") || self.public_address.len() < "https://a".len() {
            return Err(ConfigError::new(
                "public_address",
                "it must begin with https:// and name this server.",
            ));
        }
        if self.operator_listen.is_some_and(|address| !address.ip().is_loopback()) {
            let problem =
                "metrics answer without TLS, so only a loopback address such as 127.0.0.1:9464 is taken.";
            return Err(ConfigError::new("operator_listen", problem));
        }
        if !(1..=500).contains(&self.database.max_connections) {
            return Err(ConfigError::new("database.max_connections", "it must be between 1 and 500."));
        }
        check_connection("database.url", &self.database.url)?;
        let others = [
            ("database.owner_url", &self.database.owner_url),
            ("database.backup_url", &self.database.backup_url),
        ];
        others.into_iter().try_for_each(|(setting, url)| {
            url.as_deref().map_or(Ok(()), |url| check_connection(setting, url))
        })
    }
}

impl DatabaseSettings {
    /// The owner's connection string.
    ///
    /// # Errors
    /// [`ConfigError`] when it is not set.
    pub fn owner(&self) -> Result<&str, ConfigError> {
        self.owner_url.as_deref().ok_or_else(|| {
            ConfigError::new(
                "database.owner_url",
                "it is missing; migrating needs the role that owns the tables.",
            )
        })
    }

    /// The connection string for a backup.
    ///
    /// # Errors
    /// [`ConfigError`] when neither it nor the owner's is set.
    pub fn backup(&self) -> Result<&str, ConfigError> {
        self.backup_url.as_deref().map_or_else(|| self.owner(), Ok)
    }

    fn holds_a_password(&self) -> bool {
        [Some(self.url.as_str()), self.owner_url.as_deref(), self.backup_url.as_deref()]
            .into_iter()
            .flatten()
            .filter_map(|url| tokio_postgres::Config::from_str(url).ok())
            .any(|config| config.get_password().is_some())
    }
}

/// Names line and key of a mistake without quoting the line, which may hold a password.
fn in_words(text: &str, why: &toml::de::Error) -> String {
    let line = why.span().map_or(0, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
    // The first line of the message names the key or the type; later lines quote the source.
    let said = why.message().lines().next().unwrap_or_default();
    match said.contains("unknown field") || said.contains("missing field") {
        true => format!("line {line}: {said}."),
        false => format!("line {line} is not written as the settings file wants it."),
    }
}

/// The connection stays on this machine, and a password in it is no default.
fn check_connection(setting: &'static str, url: &str) -> Result<(), ConfigError> {
    let config = tokio_postgres::Config::from_str(url)
        .map_err(|_| ConfigError::new(setting, "it is not a PostgreSQL connection string."))?;
    let local = config.get_hosts().iter().all(|host| match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        }
    });
    if config.get_hosts().is_empty() || !local {
        let problem = "records would cross a network unencrypted: name a Unix socket's directory or a loopback \
                       address as the host; reach another machine through a tunnel.";
        return Err(ConfigError::new(setting, problem));
    }
    if config.get_user().is_none() || config.get_dbname().is_none() {
        return Err(ConfigError::new(setting, "it must name a user and a dbname."));
    }
    match config.get_password() {
        Some(password) if secret_file::is_well_known(password) || password.len() < 16 => {
            Err(ConfigError::new(
                setting,
                "its password is short or well known: make one of 16 random characters or more.",
            ))
        }
        _ => Ok(()),
    }
}

/// Refuses a secret's file that others may read.
pub(crate) fn private(setting: &'static str, path: &Path) -> Result<(), ConfigError> {
    let about = std::fs::metadata(path).map_err(|why| {
        ConfigError::new(setting, format!("{} cannot be read: {}.", path.display(), why.kind()))
    })?;
    let mode = about.permissions().mode() & 0o7777;
    if !about.is_file() || mode & 0o177 != 0 {
        let name = path.display();
        return Err(ConfigError::new(
            setting,
            format!("{name} has mode {mode:04o} and must have 0600 (chmod 600)."),
        ));
    }
    Ok(())
}

#[cfg(test)]
#[path = "config/tests.rs"]
mod tests;
