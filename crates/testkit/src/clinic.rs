//! A whole practice for a test: PostgreSQL, certificates, the real server as a process, people, and devices of theirs.

use crate::certificates::{LocalAuthority, Validity};
use crate::failure::{Failure, Outcome};
use crate::postgres::{Postgres, PostgresSettings};
use crate::process::{LineProgram, OwnedProcess, built_program};
use serde_json::{Value, json};
use std::ffi::OsString;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;
use tokio::net::TcpSocket;

/// The password of everybody in a test clinic.
pub const PASSWORD: &str = "quiet ferns walk home at dusk";

/// Where the programs of the product are.
#[derive(Clone, Debug)]
pub struct Programs {
    /// `mentalspace-server`.
    pub server: PathBuf,
    /// `mentalspace-device`.
    pub device: PathBuf,
}

impl Programs {
    /// Those that were built beside the test.
    pub fn built() -> Outcome<Self> {
        Ok(Self {
            server: built_program("mentalspace-server")?,
            device: built_program("mentalspace-device")?,
        })
    }
}

/// A port of this machine that only a program of ours listens at, for as long as this is kept. A socket that is bound to it
/// and never listens keeps the system from giving it to anybody else, also while a killed server has not come back. Programs
/// may listen beside that socket, for they allow an address to be used again (`SO_REUSEADDR`), as it does; where none does,
/// whoever connects is refused.
#[derive(Debug)]
pub struct HeldPort {
    number: u16,
    _socket: TcpSocket,
}

impl HeldPort {
    /// Takes a free one.
    pub fn take() -> Outcome<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        Ok(Self { number: socket.local_addr()?.port(), _socket: socket })
    }

    /// Its number.
    #[must_use]
    pub const fn number(&self) -> u16 {
        self.number
    }
}

/// A practice with its server. Everything ends with it.
#[derive(Debug)]
pub struct Clinic {
    server: Option<OwnedProcess>,
    programs: Programs,
    config: PathBuf,
    port: HeldPort,
    recovery_key: PathBuf,
    database: String,
    postgres: Postgres,
    authority: LocalAuthority,
    home: Home,
}

#[derive(Debug)]
enum Home {
    Temporary(TempDir),
    Kept(PathBuf),
}

impl Home {
    fn path(&self) -> &Path {
        match self {
            Self::Temporary(dir) => dir.path(),
            Self::Kept(dir) => dir,
        }
    }
}

impl Clinic {
    /// Opens a throw-away clinic in the zone of New York.
    pub fn open() -> Outcome<Self> {
        Self::open_with(Programs::built()?, &PostgresSettings::throw_away()?, None)
    }

    /// Opens a clinic over given programs, with its files in `home` where that is named.
    pub fn open_with(
        programs: Programs,
        settings: &PostgresSettings,
        home: Option<PathBuf>,
    ) -> Outcome<Self> {
        let mut clinic = Self::found(programs, settings, home)?;
        clinic.start_server()?;
        let recovery = clinic.recovery_key.display().to_string();
        if !clinic.recovery_key.exists() {
            clinic.operator(&[
                "practice",
                "create",
                "--name",
                "Juniper Hollow (test)",
                "--zone",
                "America/New_York",
                "--recovery-key-out",
                &recovery,
                "--allow-keyring-file",
            ])?;
        }
        Ok(clinic)
    }

    /// A migrated database with certificates and settings, but no practice in it and no server over it yet: for those
    /// who load one of their own before [`Self::start_server`].
    pub fn found(programs: Programs, settings: &PostgresSettings, home: Option<PathBuf>) -> Outcome<Self> {
        let home = match home {
            Some(dir) => {
                fs::create_dir_all(&dir)?;
                Home::Kept(dir)
            }
            None => Home::Temporary(tempfile::tempdir()?),
        };
        let postgres = Postgres::start(settings)?;
        let authority = LocalAuthority::new(Validity::for_tests()?)?;
        let dir = home.path().to_path_buf();
        // Under its own name, and under the one that it has for a device in another network namespace.
        let addresses = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into(), OTHER_NAMESPACE.into()];
        authority.write(&authority.issue(&["localhost"], &addresses, Validity::for_tests()?)?, &dir)?;
        let clinic = Self {
            server: None,
            programs,
            config: dir.join("server.toml"),
            port: HeldPort::take()?,
            recovery_key: dir.join("recovery-key.txt"),
            database: "postgres".to_owned(),
            postgres,
            authority,
            home,
        };
        clinic.write_key(&dir.join("kek"))?;
        clinic.write_config()?;
        clinic.operator(&["migrate"])?;
        Ok(clinic)
    }

    fn write_key(&self, path: &Path) -> Outcome<()> {
        if path.exists() {
            return Ok(());
        }
        let mut bytes = [0_u8; 32];
        ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut bytes)
            .map_err(|_| Failure::Said("the machine gave no randomness".into()))?;
        let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        std::io::Write::write_all(&mut file, text.as_bytes())?;
        Ok(())
    }

    fn write_config(&self) -> Outcome<()> {
        let dir = self.home.path().display();
        let app = self.postgres.connection_string_as("mentalspace_app", &self.database);
        let owner = self.postgres.connection_string(&self.database);
        let port = self.port();
        fs::write(
            &self.config,
            format!(
                "listen = \"127.0.0.1:{port}\"\npublic_address = \"https://127.0.0.1:{port}\"\nlog = \"info\"\nkey_encryption_key = \"{dir}/kek\"\n\n[database]\nurl = \"{app}\"\nowner_url = \"{owner}\"\nmax_connections = 8\n\n[tls]\ncertificate = \"{dir}/{CHAIN}\"\nkey = \"{dir}/{KEY}\"\nauthority = \"{dir}/{AUTHORITY}\"\n",
            ),
        )?;
        Ok(())
    }

    /// Starts the server, each time on the clinic's port.
    pub fn start_server(&mut self) -> Outcome<()> {
        let log =
            fs::OpenOptions::new().create(true).append(true).open(self.home.path().join("server.log"))?;
        let mut process = OwnedProcess::spawn(
            Command::new(&self.programs.server)
                .args(["--config".as_ref(), self.config.as_os_str(), "serve".as_ref()])
                .stdout(Stdio::piped())
                .stderr(log),
        )?;
        let stdout = process.take_stdout().ok_or_else(|| Failure::Said("the server has no output".into()))?;
        let mut lines = BufReader::new(stdout);
        let mut line = String::new();
        loop {
            line.clear();
            if lines.read_line(&mut line)? == 0 {
                let log = fs::read_to_string(self.home.path().join("server.log")).unwrap_or_default();
                return Err(Failure::Said(format!("the server did not start:\n{log}")));
            }
            let said: Option<Value> = serde_json::from_str(&line).ok();
            if said.is_some_and(|said| said["listening"].is_string()) {
                break;
            }
        }
        // What else it prints is of no interest, but its pipe must not fill up.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        self.server = Some(process);
        Ok(())
    }

    /// Kills the server like a power cut.
    pub fn kill_server(&mut self) -> Outcome<()> {
        if let Some(mut server) = self.server.take() {
            server.kill_9()?;
        }
        Ok(())
    }

    /// Runs a command of the operator's console, and gives what it printed.
    pub fn operator(&self, arguments: &[&str]) -> Outcome<String> {
        let output =
            Command::new(&self.programs.server).arg("--config").arg(&self.config).args(arguments).output()?;
        if !output.status.success() {
            return Err(Failure::Said(format!(
                "`mentalspace-server {}` failed: {}",
                arguments.join(" "),
                String::from_utf8_lossy(&output.stderr)
            )));
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// The same with a command that has to be refused; gives what was said.
    pub fn operator_refused(&self, arguments: &[&str]) -> Outcome<String> {
        let output =
            Command::new(&self.programs.server).arg("--config").arg(&self.config).args(arguments).output()?;
        if output.status.success() {
            return Err(Failure::Said(format!(
                "`mentalspace-server {}` was not refused",
                arguments.join(" ")
            )));
        }
        Ok(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }

    /// Makes an empty database in the same PostgreSQL and names it in the server's settings; the old one stays.
    pub fn move_to_new_database(&mut self, name: &str) -> Outcome<()> {
        self.sql(&format!("CREATE DATABASE {name} TEMPLATE template0"))?;
        name.clone_into(&mut self.database);
        self.write_config()
    }

    /// Runs statements as the superuser in the server's database, and gives what they print: one line a row, columns
    /// divided by `|`.
    pub fn sql(&self, statements: &str) -> Outcome<String> {
        let address = self.postgres.connection_string(&self.database);
        let output = Command::new(crate::postgres::find_programs()?.join("psql"))
            .args(["--no-psqlrc", "--tuples-only", "--no-align", "--quiet", "--set=ON_ERROR_STOP=1"])
            .args(["--dbname", &address, "--command", statements])
            .output()?;
        if !output.status.success() {
            return Err(Failure::Said(format!(
                "`{statements}` failed: {}",
                String::from_utf8_lossy(&output.stderr)
            )));
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Makes a user with roles (`clinician`, `practice_manager`, …).
    pub fn user(&self, login: &str, name: &str, roles: &[&str]) -> Outcome<String> {
        let mut arguments = vec!["user", "create", "--login", login, "--name", name, "--credential", "LPC"];
        for role in roles {
            arguments.extend(["--role", role]);
        }
        self.operator(&arguments)
    }

    /// A fresh enrolment code.
    pub fn code(&self, login: &str) -> Outcome<String> {
        self.operator(&["user", "enrolment-code", "--login", login])
    }

    /// Where the practice's recovery key is written.
    #[must_use]
    pub fn recovery_key_file(&self) -> &Path {
        &self.recovery_key
    }

    /// The practice's recovery key as printed.
    pub fn recovery_key(&self) -> Outcome<String> {
        let text = fs::read_to_string(&self.recovery_key)?;
        Ok(text.split("\n\n").nth(1).unwrap_or_default().trim().to_owned())
    }

    /// A directory of the clinic's for anything else.
    #[must_use]
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Where the server listens.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port.number()
    }

    /// The settings file of the server.
    #[must_use]
    pub fn config(&self) -> &Path {
        &self.config
    }

    /// The practice's PostgreSQL.
    #[must_use]
    pub const fn postgres(&self) -> &Postgres {
        &self.postgres
    }

    /// The certificate authority.
    #[must_use]
    pub const fn authority(&self) -> &LocalAuthority {
        &self.authority
    }

    /// Enrols a new device of `login`; its profile is `name`.
    pub fn enrol(&self, login: &str, name: &str) -> Outcome<Device> {
        self.enrol_by(&self.code(login)?, name)
    }

    /// The same with this enrolment code.
    pub fn enrol_by(&self, code: &str, name: &str) -> Outcome<Device> {
        let mut device = self.device(name)?;
        device.must(&json!({"command": "enrol", "code": code, "password": PASSWORD, "device_name": name, "secret_place": "file"}))?;
        Ok(device)
    }

    /// Starts the device program over the profile `name`, locked.
    pub fn device(&self, name: &str) -> Outcome<Device> {
        self.device_with(name, &[])
    }

    /// The same with further surroundings.
    pub fn device_with(&self, name: &str, surroundings: &[(&str, &str)]) -> Outcome<Device> {
        self.device_through(&[], name, surroundings)
    }

    /// The same, started by the words `through`, such as `ip netns exec NAME`.
    pub fn device_through(
        &self,
        through: &[&str],
        name: &str,
        surroundings: &[(&str, &str)],
    ) -> Outcome<Device> {
        let profile = self.home.path().join("devices").join(name).join("profile");
        let secrets = self.home.path().join("devices").join(name).join("secrets");
        let mut words: Vec<OsString> = through.iter().map(Into::into).collect();
        words.push(self.programs.device.clone().into());
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).arg("--profile").arg(&profile).arg("--secrets").arg(&secrets);
        // A test of hundreds of starts would else spend its time on stretching one password. Only builds for tests heed it.
        command.env("MENTALSPACE_FAULT_KDF", "FLOOR");
        command.envs(surroundings.iter().copied());
        Ok(Device { program: LineProgram::start_command(&mut command)?, profile })
    }
}

/// Where a clinic's server can be reached from another network namespace, if a test sets one up.
pub const OTHER_NAMESPACE: Ipv4Addr = Ipv4Addr::new(10, 217, 0, 1);

const CHAIN: &str = "server.pem";
const KEY: &str = "server.key";
const AUTHORITY: &str = "authority.pem";

/// A running `mentalspace-device`.
#[derive(Debug)]
pub struct Device {
    program: LineProgram,
    profile: PathBuf,
}

impl Device {
    /// Sends a command and gives its answer, an error or not.
    pub fn ask(&mut self, command: &Value) -> Outcome<Value> {
        self.program.ask(command)
    }

    /// Sends a command that has to succeed, and gives what it answered.
    pub fn must(&mut self, command: &Value) -> Outcome<Value> {
        let mut answer = self.program.ask(command)?;
        match answer.get_mut("ok") {
            Some(ok) => Ok(ok.take()),
            None => Err(Failure::Said(format!("{} was refused: {answer}", command["command"]))),
        }
    }

    /// Sends a command that has to be refused, and gives the code.
    pub fn refused(&mut self, command: &Value) -> Outcome<String> {
        let answer = self.program.ask(command)?;
        answer["error"]["code"].as_str().map(str::to_owned).ok_or_else(|| {
            Failure::Said(format!("{} should have been refused: {answer}", command["command"]))
        })
    }

    /// Unlocks with everybody's password.
    pub fn unlock(&mut self) -> Outcome<Value> {
        self.must(&json!({"command": "unlock", "password": PASSWORD}))
    }

    /// Syncs to the end.
    pub fn sync(&mut self) -> Outcome<Value> {
        self.must(&json!({"command": "sync"}))
    }

    /// Kills the program.
    pub fn kill_9(mut self) -> Outcome<()> {
        self.program.kill_9()
    }

    /// The profile's directory.
    #[must_use]
    pub fn profile(&self) -> &Path {
        &self.profile
    }

    /// The program itself, for tests that send without waiting.
    pub fn program(&mut self) -> &mut LineProgram {
        &mut self.program
    }
}
