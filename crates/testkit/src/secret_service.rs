//! A private session bus with a real keyring on it, so that tests never touch the developer's own keyring, and can
//! take the keyring away or lock it as a desktop would.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::failure::{Doing, Failure, Outcome, run};
use crate::process::{Guard, OwnedProcess};

/// A session bus of its own, with or without a Secret Service (gnome-keyring) on it.
#[derive(Debug)]
pub struct SecretService {
    // Fields drop in this order: the keyring leaves the bus before the bus ends and the files go.
    keyring: Option<OwnedProcess>,
    _bus: OwnedProcess,
    address: String,
    home: TempDir,
    // Erases the home also when this process is killed.
    _erase: Guard,
}

/// The name that every Secret Service takes on the bus.
const SERVICE: &str = "org.freedesktop.secrets";

/// The bus configuration: no service is started on demand, or the system's keyring would answer where a test has
/// taken ours away.
const BUS_CONFIGURATION: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=SOCKET</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

impl SecretService {
    /// A bus with an empty, unlocked keyring.
    pub fn unlocked() -> Outcome<Self> {
        let mut service = Self::bus_only()?;
        service.start_keyring()?;
        Ok(service)
    }

    /// A bus on which nobody offers a keyring: a desktop without one.
    pub fn bus_only() -> Outcome<Self> {
        let home =
            tempfile::Builder::new().prefix("ms-bus-").tempdir().doing("create a temporary directory")?;
        for part in ["run", "data", "config", "cache"] {
            fs::create_dir(home.path().join(part)).doing("create the keyring's directories")?;
        }
        let erase = Guard::set("rm -rf -- \"$1\"", &[&home.path().display().to_string()])?;
        let configuration = home.path().join("bus.conf");
        let socket = home.path().join("bus").display().to_string();
        fs::write(&configuration, BUS_CONFIGURATION.replace("SOCKET", &socket))
            .doing("write the bus configuration")?;
        let mut bus = OwnedProcess::spawn(
            Command::new("dbus-daemon")
                .arg(format!("--config-file={}", configuration.display()))
                .args(["--nofork", "--nopidfile", "--print-address=1"])
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::null()),
        )?;
        let mut address = String::new();
        if let Some(output) = bus.take_stdout() {
            BufReader::new(output).read_line(&mut address).doing("read the bus's address")?;
        }
        let address = address.trim().to_owned();
        if address.is_empty() {
            return Err(Failure::Said("dbus-daemon ended before it had an address".into()));
        }
        Ok(Self { keyring: None, _bus: bus, address, home, _erase: erase })
    }

    /// Puts the keyring on the bus, unlocked, with what it held before, and returns when it answers.
    pub fn start_keyring(&mut self) -> Outcome<()> {
        let mut keyring = OwnedProcess::spawn(
            Command::new("gnome-keyring-daemon")
                .args(["--foreground", "--unlock", "--components=secrets"])
                .envs(self.surroundings())
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .stderr(Stdio::null()),
        )?;
        if let Some(mut password) = keyring.take_stdin() {
            password.write_all(b"login password of the test").doing("unlock the keyring")?;
        }
        // Returns at the moment the name is taken, which is after the keyring has been unlocked.
        run(Command::new("gdbus")
            .args(["wait", "--session", "--timeout", "60", SERVICE])
            .envs(self.surroundings()))?;
        self.keyring = Some(keyring);
        Ok(())
    }

    /// Ends the keyring; the bus stays. The secrets stay in its file for [`Self::start_keyring`].
    pub fn stop_keyring(&mut self) {
        drop(self.keyring.take());
    }

    /// Locks the login collection, as a desktop does that asks for a password after sleep.
    pub fn lock(&self) -> Outcome<()> {
        run(Command::new("gdbus")
            .args(["call", "--session", "--dest", SERVICE, "--object-path", "/org/freedesktop/secrets"])
            .args(["--method", "org.freedesktop.Secret.Service.Lock"])
            .arg("['/org/freedesktop/secrets/collection/login']")
            .envs(self.surroundings()))
        .map(|_| ())
    }

    /// The bus's address, the value for `DBUS_SESSION_BUS_ADDRESS`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// What a program's environment needs to live on this bus and to keep its files out of the developer's home.
    #[must_use]
    pub fn surroundings(&self) -> Vec<(String, String)> {
        let part = |name: &str| self.home.path().join(name).display().to_string();
        vec![
            ("DBUS_SESSION_BUS_ADDRESS".to_owned(), self.address.clone()),
            ("XDG_RUNTIME_DIR".to_owned(), part("run")),
            ("XDG_DATA_HOME".to_owned(), part("data")),
            ("XDG_CONFIG_HOME".to_owned(), part("config")),
            ("XDG_CACHE_HOME".to_owned(), part("cache")),
        ]
    }

    /// The private directory that holds the keyring's file, for a scan that looks for what must not be there.
    #[must_use]
    pub fn home(&self) -> PathBuf {
        self.home.path().to_path_buf()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a caller of the Secret Service is told about the login collection.
    fn locked(service: &SecretService) -> Outcome<String> {
        run(Command::new("gdbus")
            .args(["call", "--session", "--timeout", "10", "--dest", SERVICE])
            .args(["--object-path", "/org/freedesktop/secrets/collection/login"])
            .args(["--method", "org.freedesktop.DBus.Properties.Get"])
            .args(["org.freedesktop.Secret.Collection", "Locked"])
            .envs(service.surroundings()))
    }

    #[test]
    fn unlocked_locked_and_missing_are_three_different_answers() {
        let mut service = SecretService::unlocked().unwrap();
        assert_eq!(locked(&service).unwrap().trim(), "(<false>,)");
        service.lock().unwrap();
        assert_eq!(locked(&service).unwrap().trim(), "(<true>,)");
        service.stop_keyring();
        let missing = locked(&service).unwrap_err().to_string();
        assert!(missing.contains("ServiceUnknown") || missing.contains("not provided"), "{missing}");
        service.start_keyring().unwrap();
        assert_eq!(locked(&service).unwrap().trim(), "(<false>,)", "a new log-in unlocks it again");
    }
}
