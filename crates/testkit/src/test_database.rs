//! A database per test, cloned from a template that is migrated once.

use std::error::Error;
use std::future::Future;
use std::str::FromStr as _;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use tokio_postgres::config::Host;
use tokio_postgres::{Client, Config, NoTls};

use crate::failure::{Doing, Failure, Outcome};
use crate::postgres::{Postgres, PostgresSettings};
use crate::process::environment;

/// What a template's preparation may fail with.
pub type PrepareError = Box<dyn Error + Send + Sync>;

/// One test's own database. Dropped with the test, connections and all.
#[derive(Debug)]
pub struct TestDatabase {
    server: Config,
    name: String,
}

impl TestDatabase {
    /// A clone of the template `template`. Where it does not exist yet, it is made first: `prepare` gets the
    /// superuser's connection string of an empty database and migrates it. Any number of test processes may ask
    /// at once; one of them prepares, the others wait.
    ///
    /// `fingerprint` changes when the prepared content changes (the migrations' text, the fixtures' version), so
    /// that a PostgreSQL that outlives the run never serves an old template.
    ///
    /// The server is the one that `MENTALSPACE_TEST_PG` names, else a private one that this process starts and
    /// that ends with it.
    pub fn cloned_from<Prepare, Work>(template: &str, fingerprint: &str, prepare: Prepare) -> Outcome<Self>
    where
        Prepare: FnOnce(String) -> Work + Send + 'static,
        Work: Future<Output = Result<(), PrepareError>> + Send + 'static,
    {
        let server = test_server()?;
        let template = identifier(&format!("template_{template}_{fingerprint}"))?;
        let source = template.clone();
        let maintenance = server.clone();
        on_own_runtime(async move { ensure_template(&maintenance, &source, prepare).await })?;
        Self::create(server, Some(template))
    }

    /// A database with nothing in it, for the tests of the migrations themselves.
    pub fn empty() -> Outcome<Self> {
        Self::create(test_server()?, None)
    }

    fn create(server: Config, template: Option<String>) -> Outcome<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{number}", std::process::id());
        let maintenance = server.clone();
        let source = template.unwrap_or_else(|| "template0".to_owned());
        let created = name.clone();
        on_own_runtime(async move {
            let client = connect(&maintenance, "postgres").await?;
            // The rest of a killed run whose process number has come round again.
            execute(&client, &format!("DROP DATABASE IF EXISTS {created} WITH (FORCE)")).await?;
            execute(&client, &format!("CREATE DATABASE {created} TEMPLATE {source}")).await
        })?;
        Ok(Self { server, name })
    }

    /// The database's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The superuser's connection string.
    #[must_use]
    pub fn connection_string(&self) -> String {
        connection_string(&self.server, None, &self.name)
    }

    /// A connection string for another role, who needs no password on the private socket.
    #[must_use]
    pub fn connection_string_as(&self, role: &str) -> String {
        connection_string(&self.server, Some(role), &self.name)
    }

    /// Runs statements as the superuser, for arranging what the product itself would refuse.
    pub fn execute(&self, statements: &str) -> Outcome<()> {
        let (server, name, statements) = (self.server.clone(), self.name.clone(), statements.to_owned());
        on_own_runtime(async move { execute(&connect(&server, &name).await?, &statements).await })
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        // A test that fails for its own reason must report that one; a database left over is dropped with the
        // server or by the next process of the same number.
        let _ = on_own_runtime(async move {
            let client = connect(&server, "postgres").await?;
            execute(&client, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await
        });
    }
}

/// The PostgreSQL of this run, as the superuser.
fn test_server() -> Outcome<Config> {
    static OWN: OnceLock<Result<Postgres, String>> = OnceLock::new();
    let address = match environment("MENTALSPACE_TEST_PG") {
        Some(address) => address,
        None => OWN
            .get_or_init(|| {
                let settings = PostgresSettings::throw_away().map_err(|failure| failure.to_string())?;
                Postgres::start(&settings).map_err(|failure| failure.to_string())
            })
            .as_ref()
            .map(|server| server.connection_string("postgres"))
            .map_err(|said| Failure::Said(said.clone()))?,
    };
    Config::from_str(&address).doing("read the connection string in MENTALSPACE_TEST_PG")
}

async fn ensure_template<Prepare, Work>(server: &Config, template: &str, prepare: Prepare) -> Outcome<()>
where
    Prepare: FnOnce(String) -> Work,
    Work: Future<Output = Result<(), PrepareError>>,
{
    let client = connect(server, "postgres").await?;
    if exists(&client, template).await? {
        return Ok(());
    }
    // One preparer at a time on this server; the lock falls with the connection, so a killed preparer blocks nobody.
    execute(&client, "SELECT pg_advisory_lock(hashtext('mentalspace test template'))").await?;
    if exists(&client, template).await? {
        return Ok(());
    }
    // Prepared under another name: a template that carries the final name is always whole.
    let building = format!("building_{}", std::process::id());
    execute(&client, &format!("DROP DATABASE IF EXISTS {building} WITH (FORCE)")).await?;
    execute(&client, &format!("CREATE DATABASE {building} TEMPLATE template0")).await?;
    prepare(connection_string(server, None, &building)).await.map_err(|why| {
        Failure::Said(format!("could not prepare the template database: {}", chain(why.as_ref())))
    })?;
    // Whatever the preparation left connected would keep the template from being copied.
    let cut =
        format!("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{building}'");
    execute(&client, &cut).await?;
    execute(&client, &format!("ALTER DATABASE {building} RENAME TO {template}")).await?;
    execute(&client, &format!("ALTER DATABASE {template} ALLOW_CONNECTIONS false")).await
}

async fn exists(client: &Client, database: &str) -> Outcome<bool> {
    let rows = client
        .query("SELECT 1 FROM pg_database WHERE datname = $1", &[&database])
        .await
        .doing("list the databases")?;
    Ok(!rows.is_empty())
}

async fn connect(server: &Config, database: &str) -> Outcome<Client> {
    let (client, connection) = server
        .clone()
        .dbname(database)
        .connect(NoTls)
        .await
        .doing(format!("open the database {database}"))?;
    tokio::spawn(connection);
    Ok(client)
}

async fn execute(client: &Client, statements: &str) -> Outcome<()> {
    client.batch_execute(statements).await.doing(format!("run: {statements}"))
}

/// Runs `work` on a thread of its own, so that it can be called from synchronous and asynchronous tests alike.
fn on_own_runtime<T: Send + 'static>(work: impl Future<Output = Outcome<T>> + Send + 'static) -> Outcome<T> {
    let thread = thread::spawn(move || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .doing("start a runtime for PostgreSQL")?
            .block_on(work)
    });
    thread.join().unwrap_or_else(|_| Err(Failure::Said("the preparation of the database panicked".into())))
}

fn connection_string(server: &Config, role: Option<&str>, database: &str) -> String {
    let host = server.get_hosts().first().map_or_else(String::new, |host| match host {
        Host::Tcp(name) => name.clone(),
        Host::Unix(dir) => dir.display().to_string(),
    });
    let port = server.get_ports().first().copied().unwrap_or(5432);
    let user = role.or(server.get_user()).unwrap_or("postgres");
    format!("host={host} port={port} user={user} dbname={database}")
}

/// A database name that needs no quoting, cut to PostgreSQL's 63 bytes.
fn identifier(wanted: &str) -> Outcome<String> {
    let plain = wanted.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if !plain || wanted.len() > 63 {
        return Err(Failure::Said(format!(
            "a template's name and fingerprint are lower-case letters, digits and _, together at most 53: {wanted}"
        )));
    }
    Ok(wanted.to_owned())
}

fn chain(error: &(dyn Error + 'static)) -> String {
    let mut said = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        said = format!("{said}: {cause}");
        next = cause.source();
    }
    said
}

#[cfg(test)]
#[path = "test_database_tests.rs"]
mod tests;
