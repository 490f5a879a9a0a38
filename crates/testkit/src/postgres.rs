//! A private PostgreSQL: its own data directory, a Unix socket that only its owner reaches, no TCP port, no
//! service of the system touched, and stopped whatever becomes of the program that started it.

use std::fs::{self, File, TryLockError};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::failure::{Doing, Failure, Outcome, run};
use crate::postgres_programs;
use crate::process::{Guard, environment};

/// What a private PostgreSQL is started with.
#[derive(Debug, Clone)]
pub struct PostgresSettings {
    /// Directory of `initdb`, `pg_ctl` and `postgres`, version 15 or later.
    pub programs: PathBuf,
    /// Where the data stays between runs; `None` for a temporary directory that is erased at the end.
    pub home: Option<PathBuf>,
    /// Whether a commit waits for the disk. Tests of clinical durability and every benchmark keep this on; the
    /// tests whose database is thrown away save most of their time by turning it off.
    pub durable: bool,
}

impl PostgresSettings {
    /// A throw-away PostgreSQL for tests, with the programs found on this machine.
    pub fn throw_away() -> Outcome<Self> {
        Ok(Self { programs: find_programs()?, home: None, durable: false })
    }
}

/// Finds PostgreSQL's programs: `MENTALSPACE_PG_BIN` if set, else the path, else the distribution's directories.
pub fn find_programs() -> Outcome<PathBuf> {
    let named = environment("MENTALSPACE_PG_BIN").map(PathBuf::from);
    let search_path = environment("PATH").unwrap_or_default();
    postgres_programs::find(named.as_deref(), &search_path).ok_or_else(|| {
        Failure::Said(
            "no PostgreSQL 15 or later was found: run `cargo xtask test`, which installs it, or name its bin \
             directory in MENTALSPACE_PG_BIN"
                .into(),
        )
    })
}

/// A running private PostgreSQL. Dropping it stops the server and, for a temporary one, erases its files.
#[derive(Debug)]
pub struct Postgres {
    socket_dir: PathBuf,
    log: PathBuf,
    control: Control,
    // Fields drop in this order: stop the server, then let go of the directories and of the lock.
    guard: Option<Guard>,
    _socket_home: TempDir,
    _temporary: Option<TempDir>,
    _lock: File,
}

/// The superuser that `initdb` makes; trusted only on the private socket.
const SUPERUSER: &str = "postgres";

/// Part of the socket's name only: nothing listens on a TCP port.
const PORT: u16 = 5432;

impl Postgres {
    /// Starts PostgreSQL and returns when it takes connections. A home that an earlier run left is opened again,
    /// also after a power cut; a home that another running program holds is refused.
    pub fn start(settings: &PostgresSettings) -> Outcome<Self> {
        let account = Account::for_postgres()?;
        // Short, because the path of a Unix socket may hold 107 bytes.
        let socket_home = temporary_directory("ms-sock-")?;
        account.give(socket_home.path())?;
        let (home, temporary) = match &settings.home {
            Some(wanted) => (account.reachable_home(wanted)?, None),
            None => {
                let dir = temporary_directory("ms-pg-")?;
                (dir.path().to_path_buf(), Some(dir))
            }
        };
        fs::create_dir_all(&home).doing(format!("create {}", home.display()))?;
        account.give(&home)?;
        let lock = hold(&home)?;
        let data = home.join("data");
        let log = home.join("postgres.log");
        let pg_ctl = settings.programs.join("pg_ctl");
        // Before the first file: a test that is ended while it makes its server leaves nothing either.
        let erase = [socket_home.path(), temporary.as_ref().map_or(socket_home.path(), TempDir::path)];
        let guard = guard_of(&account, &pg_ctl, &data, erase)?;
        if !data.join("PG_VERSION").exists() {
            run(account.command(&settings.programs.join("initdb")).arg("-D").arg(&data).args([
                "--no-sync",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--username",
                SUPERUSER,
            ]))?;
        }
        let socket_dir = socket_home.path().to_path_buf();
        // -l and -o go through a shell inside pg_ctl: only names without a blank or a quote may reach it.
        let options = server_options(&socket_dir, settings.durable)?;
        let control = Control { account, pg_ctl, data, log: log.clone(), options };
        let started = control.start();
        if let Err(failure) = started {
            let tail = fs::read_to_string(&log).unwrap_or_default();
            let tail: Vec<&str> = tail.lines().rev().take(5).collect();
            return Err(Failure::Said(format!("{failure}; its log ends (last first): {}", tail.join(" | "))));
        }
        Ok(Self {
            socket_dir,
            log,
            control,
            guard: Some(guard),
            _socket_home: socket_home,
            _temporary: temporary,
            _lock: lock,
        })
    }

    /// A connection string for the superuser and `database`, as libpq and tokio-postgres read it.
    #[must_use]
    pub fn connection_string(&self, database: &str) -> String {
        self.connection_string_as(SUPERUSER, database)
    }

    /// A connection string for any role; the private socket asks for no password.
    #[must_use]
    pub fn connection_string_as(&self, role: &str, database: &str) -> String {
        format!("host={} port={PORT} user={role} dbname={database}", self.socket_dir.display())
    }

    /// The directory of the Unix socket.
    #[must_use]
    pub fn socket_dir(&self) -> &Path {
        &self.socket_dir
    }

    /// The server's log.
    #[must_use]
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Stops the server as a crash would (`pg_ctl stop -m immediate`): nothing is written that was not written before.
    ///
    /// # Errors
    /// It does not stop.
    pub fn stop_at_once(&self) -> Outcome<()> {
        run(self.control.command().args(["-s", "-w", "-t", "60", "-m", "immediate", "stop"])).map(drop)
    }

    /// Starts the server again, which recovers what was committed.
    ///
    /// # Errors
    /// It does not start.
    pub fn start_again(&self) -> Outcome<()> {
        self.control.start().map(drop)
    }

    /// Stops the server; open connections are cut, committed work is on disk.
    pub fn stop(mut self) {
        drop(self.guard.take());
    }
}

/// How the server is started and stopped.
#[derive(Debug)]
struct Control {
    account: Account,
    pg_ctl: PathBuf,
    data: PathBuf,
    log: PathBuf,
    options: String,
}

impl Control {
    fn command(&self) -> Command {
        let mut command = self.account.command(&self.pg_ctl);
        command.arg("-D").arg(&self.data);
        command
    }

    fn start(&self) -> Outcome<String> {
        let how = ["-s", "-w", "-t", "120", "-o", &self.options, "start"];
        run(self.command().arg("-l").arg(&self.log).args(how))
    }
}

/// Stops the server in order, or at once when it does not follow within 20 s, and erases the temporary directories.
/// They are erased here as well as by [`TempDir`], because a process that is killed, or that keeps its server in a
/// static, never drops anything.
fn guard_of(account: &Account, pg_ctl: &Path, data: &Path, erase: [&Path; 2]) -> Outcome<Guard> {
    let mut words: Vec<String> = erase.iter().map(|dir| dir.display().to_string()).collect();
    words.extend(account.prefix());
    words.extend([pg_ctl.display().to_string(), "-D".into(), data.display().to_string()]);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    Guard::set(
        "socket=$1; home=$2; shift 2\n\"$@\" -w -t 20 -m fast stop || \"$@\" -w -m immediate stop\n\
         rm -rf -- \"$socket\" \"$home\"",
        &words,
    )
}

fn server_options(socket_dir: &Path, durable: bool) -> Outcome<String> {
    let socket_dir = socket_dir.display().to_string();
    if !socket_dir.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte)) {
        return Err(Failure::Said(format!("set TMPDIR to a path without blanks or quotes: {socket_dir}")));
    }
    let mut options = vec![
        format!("-k {socket_dir} -p {PORT}"),
        "-c listen_addresses=".to_owned(),
        "-c unix_socket_permissions=0700".to_owned(),
        "-c max_connections=200".to_owned(),
        "-c shared_buffers=64MB".to_owned(),
        "-c timezone=UTC".to_owned(),
    ];
    if !durable {
        options.push(
            "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off".to_owned(),
        );
    }
    Ok(options.join(" "))
}

fn temporary_directory(prefix: &str) -> Outcome<TempDir> {
    tempfile::Builder::new().prefix(prefix).tempdir().doing("create a temporary directory")
}

/// Two programs must never run one data directory.
fn hold(home: &Path) -> Outcome<File> {
    let path = home.join("in-use");
    let lock = File::create(&path).doing(format!("create {}", path.display()))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(Failure::Said(format!(
            "another program is running the database in {}: end it first, nothing was changed",
            home.display()
        ))),
        Err(TryLockError::Error(source)) => {
            Err(Failure::System { doing: format!("lock {}", path.display()), source })
        }
    }
}

/// The user that PostgreSQL runs as: it refuses to run as root.
#[derive(Debug)]
struct Account {
    /// User, user id and group id to drop to; `None` when this process is not root.
    drop_to: Option<(String, u32, u32)>,
}

impl Account {
    fn for_postgres() -> Outcome<Self> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self { drop_to: None });
        }
        let users = fs::read_to_string("/etc/passwd").doing("read the list of users")?;
        // Without Debian's package there is no such user; `nobody` owns nothing on the machine and is always there.
        let found = ["postgres", "nobody"].iter().find_map(|name| user_in(&users, name));
        match found {
            Some(user) => Ok(Self { drop_to: Some(user) }),
            None => Err(Failure::Said("PostgreSQL refuses to run as root and there is no other user".into())),
        }
    }

    /// The words before a program's name that make it run as this account.
    fn prefix(&self) -> Vec<String> {
        match &self.drop_to {
            None => Vec::new(),
            Some((user, _, group)) => vec![
                "setpriv".to_owned(),
                format!("--reuid={user}"),
                format!("--regid={group}"),
                "--init-groups".to_owned(),
                "--reset-env".to_owned(),
            ],
        }
    }

    fn command(&self, program: &Path) -> Command {
        let mut words = self.prefix();
        words.push(program.display().to_string());
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).current_dir("/").stdin(Stdio::null()).env("LC_ALL", "C.UTF-8");
        command
    }

    fn give(&self, dir: &Path) -> Outcome<()> {
        let doing = || format!("hand {} to PostgreSQL's user", dir.display());
        fs::set_permissions(dir, fs::Permissions::from_mode(0o700)).doing(doing())?;
        match self.drop_to {
            Some((_, user, group)) => chown(dir, Some(user), Some(group)).doing(doing()),
            None => Ok(()),
        }
    }

    /// `wanted`, or, when PostgreSQL's user may not pass through a directory above it (root's home, as a rule), a
    /// directory of a name derived from it under `/var/tmp`, which outlives a restart of the machine.
    fn reachable_home(&self, wanted: &Path) -> Outcome<PathBuf> {
        let wanted = std::path::absolute(wanted).doing("make the state directory's path absolute")?;
        fs::create_dir_all(&wanted).doing(format!("create {}", wanted.display()))?;
        let Some(above) = wanted.parent().filter(|_| self.drop_to.is_some()) else {
            return Ok(wanted);
        };
        let mut may_pass = self.command(Path::new("test"));
        if may_pass.arg("-x").arg(above).status().doing("run setpriv")?.success() {
            return Ok(wanted);
        }
        Ok(PathBuf::from(format!(
            "/var/tmp/mentalspace-postgres-{:016x}",
            fnv1a(&wanted.display().to_string())
        )))
    }
}

/// User id and group id of `name` in the text of `/etc/passwd`.
fn user_in(users: &str, name: &str) -> Option<(String, u32, u32)> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next()? != name {
            return None;
        }
        Some((name.to_owned(), fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?))
    })
}

/// FNV-1a, 64 bits: a stable short name for a path, not a protection.
fn fnv1a(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
#[path = "postgres_tests.rs"]
mod tests;
