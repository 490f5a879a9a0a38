//! A laptop: a profile, a keyring and a home of its own, a network that can be cut, and a window to open.

use crate::network::{Network, code_through};
use crate::window::Window;
use mentalspace_testkit::clinic::{Clinic, Device, PASSWORD};
use mentalspace_testkit::failure::{Failure, Outcome};
use mentalspace_testkit::process::{built_program, environment};
use mentalspace_testkit::secret_service::SecretService;
use mentalspace_testkit::x_display::XDisplay;
use serde_json::json;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A laptop with nothing on it yet, or with a profile.
#[derive(Debug)]
pub struct Laptop {
    /// Its name, as it stands in the practice's list of devices.
    pub name: String,
    /// Its way to the server.
    pub network: Network,
    // Outlives the display: a window talks to its bus until it ends.
    display: Display,
    bus: SecretService,
    home: PathBuf,
}

#[derive(Debug)]
enum Display {
    /// The one that is there, such as that of `cargo xtask test --show`.
    Given(String),
    Own(XDisplay),
}

impl Laptop {
    /// A laptop out of the box, in the clinic's network.
    ///
    /// # Errors
    /// Its bus, keyring, display or network could not be set up.
    pub fn new(clinic: &Clinic, name: &str) -> Outcome<Self> {
        let home = clinic.home().join("devices").join(name);
        std::fs::create_dir_all(&home)?;
        let display = match environment("DISPLAY") {
            Some(given) => Display::Given(given),
            None => Display::Own(XDisplay::start(1366, 768)?),
        };
        Ok(Self {
            name: name.to_owned(),
            network: Network::to(clinic.port())?,
            display,
            bus: SecretService::unlocked()?,
            home,
        })
    }

    /// A laptop that `login` has enrolled, with its secret in its keyring, and synced.
    ///
    /// # Errors
    /// The clinic refused, or the laptop could not be set up.
    pub fn enrolled(clinic: &Clinic, login: &str, name: &str) -> Outcome<Self> {
        let laptop = Self::new(clinic, name)?;
        let code = laptop.code(clinic, login)?;
        let mut device = laptop.locked_device(clinic)?;
        device
            .must(&json!({ "command": "enrol", "code": code, "password": PASSWORD, "device_name": name }))?;
        device.sync()?;
        leave(device)?;
        Ok(laptop)
    }

    /// An enrolment code that leads through this laptop's network.
    ///
    /// # Errors
    /// The clinic refused.
    pub fn code(&self, clinic: &Clinic, login: &str) -> Outcome<String> {
        code_through(clinic, login, self.network.address())
    }

    /// Does something with the profile without a window, as `mentalspace-device`, unlocked.
    ///
    /// # Errors
    /// The profile does not open, or `work` failed.
    pub fn without_window<T>(
        &self,
        clinic: &Clinic,
        work: impl FnOnce(&mut Device) -> Outcome<T>,
    ) -> Outcome<T> {
        let mut device = self.locked_device(clinic)?;
        device.unlock()?;
        let done = work(&mut device)?;
        leave(device)?;
        Ok(done)
    }

    fn locked_device(&self, clinic: &Clinic) -> Outcome<Device> {
        let surroundings = self.bus.surroundings();
        let surroundings: Vec<(&str, &str)> =
            surroundings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        clinic.device_with(&self.name, &surroundings)
    }

    /// Opens the window.
    ///
    /// # Errors
    /// It did not open.
    pub fn window(&self) -> Outcome<Window> {
        Window::open(self, &self.desktop()?)
    }

    /// Opens the window under a clock of its own.
    ///
    /// # Errors
    /// It did not open, or libfaketime is not installed.
    pub fn window_under(&self, clock: &WrongClock) -> Outcome<Window> {
        self.window_through(&format!("exec {} \"$desktop\" \"$@\"", clock.in_shell()?))
    }

    /// Opens the window with its profile on a disk of its own that can be filled up. The disk goes when the window does.
    ///
    /// # Errors
    /// It did not open; where [`SmallDisk::can_be_had`] is false, it cannot.
    pub fn window_on_a_small_disk(&self) -> Outcome<(Window, SmallDisk)> {
        let (profile, disk) = (self.profile(), self.home.join("disk"));
        std::fs::create_dir_all(&disk)?;
        let (profile, disk) = (profile.display(), disk.display());
        let window = self.window_through(&format!(
            "exec unshare --mount sh -ec '
                mount -t tmpfs -o size={SMALL} none '\\''{disk}'\\''
                cp -a '\\''{profile}'\\''/. '\\''{disk}'\\''
                mount --bind '\\''{disk}'\\'' '\\''{profile}'\\''
                exec \"$desktop\" \"$@\"' sh \"$@\""
        ))?;
        let seen_by_it = format!("/proc/{}/root{profile}/filler", window.process());
        Ok((window, SmallDisk { filler: PathBuf::from(seen_by_it) }))
    }

    /// Opens the window by a line of shell that starts `$desktop`. Only the desktop and its children live under what the
    /// line sets up: the driver keeps real time and the real disk.
    fn window_through(&self, line: &str) -> Outcome<Window> {
        let start = self.home.join("start");
        let desktop = self.desktop()?;
        std::fs::write(&start, format!("#!/bin/sh\nexport desktop='{}'\n{line}\n", desktop.display()))?;
        std::fs::set_permissions(&start, std::fs::Permissions::from_mode(0o755))?;
        Window::open(self, &start)
    }

    /// The program of the window.
    ///
    /// # Errors
    /// It is not built.
    pub fn desktop(&self) -> Outcome<PathBuf> {
        built_program("mentalspace-desktop")
    }

    /// The profile's directory.
    #[must_use]
    pub fn profile(&self) -> PathBuf {
        self.home.join("profile")
    }

    /// The directory for secrets in files, which stays empty where there is a keyring.
    #[must_use]
    pub fn secrets(&self) -> PathBuf {
        self.home.join("secrets")
    }

    /// The display's name, such as `:7`.
    #[must_use]
    pub fn display(&self) -> &str {
        match &self.display {
            Display::Given(name) => name,
            Display::Own(display) => display.name(),
        }
    }

    /// The bus, with the keyring on it.
    #[must_use]
    pub const fn bus(&self) -> &SecretService {
        &self.bus
    }

    /// What a program's environment needs to run on this laptop.
    #[must_use]
    pub fn surroundings(&self) -> Vec<(String, String)> {
        let mut all = self.bus.surroundings();
        for (name, value) in [
            ("DISPLAY", self.display()),
            ("GDK_BACKEND", "x11"),
            // No accessibility bus is started in a test, and GTK need not wait for one.
            ("NO_AT_BRIDGE", "1"),
            ("DBUS_SYSTEM_BUS_ADDRESS", self.bus.address()),
            ("HOME", &self.bus.home().display().to_string()),
        ] {
            all.push((name.to_owned(), value.to_owned()));
        }
        all
    }
}

/// What a small disk holds: a profile with a few notes, and the log of some minutes of typing.
const SMALL: &str = "24m";

/// A disk that can be filled up and cleared.
#[derive(Debug)]
pub struct SmallDisk {
    filler: PathBuf,
}

impl SmallDisk {
    /// Whether this machine lets a test have one: only root may mount, and in some containers not even root.
    #[must_use]
    pub fn can_be_had() -> bool {
        let tried =
            Command::new("unshare").args(["--mount", "mount", "-t", "tmpfs", "none", "/mnt"]).output();
        tried.is_ok_and(|tried| tried.status.success())
    }

    /// Fills it to the last byte.
    ///
    /// # Errors
    /// Something else than the lack of room stopped it.
    pub fn fill(&self) -> Outcome<()> {
        let mut file = std::fs::File::create(&self.filler)?;
        loop {
            match file.write(&[0; 4096]) {
                Ok(_) => {}
                Err(full) if full.kind() == std::io::ErrorKind::StorageFull => return Ok(()),
                Err(other) => return Err(other.into()),
            }
        }
    }

    /// Makes room again.
    ///
    /// # Errors
    /// It cannot.
    pub fn clear(&self) -> Outcome<()> {
        Ok(std::fs::remove_file(&self.filler)?)
    }
}

/// A clock that is not the machine's.
#[derive(Debug)]
pub struct WrongClock {
    setting: Vec<(String, String)>,
    zone: String,
    file: Option<PathBuf>,
}

impl WrongClock {
    /// One that goes wrong by `offset`, such as `-270d`, or stands at a moment in its zone and goes on from there, such as
    /// `@2026-11-23 09:51:00`, on a machine set to `zone`. Only the clock on the wall: the steady one goes right, as it does
    /// on a machine whose clock is wrong.
    #[must_use]
    pub fn set_to(offset: &str, zone: &str) -> Self {
        let setting = [("FAKETIME", offset), ("DONT_FAKE_MONOTONIC", "1")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec();
        Self { setting, zone: zone.to_owned(), file: None }
    }

    /// A right one that can be put forward while the window is open.
    ///
    /// # Errors
    /// Its file cannot be written.
    pub fn in_hand(file: &Path) -> Outcome<Self> {
        std::fs::write(file, "+0")?;
        let setting = vec![("FAKETIME_TIMESTAMP_FILE".to_owned(), file.display().to_string())];
        Ok(Self { setting, zone: "UTC".to_owned(), file: Some(file.to_owned()) })
    }

    /// The same, but only the clock on the wall can be put forward or back: the steady one goes right, as it does when
    /// somebody sets the clock.
    ///
    /// # Errors
    /// Its file cannot be written.
    pub fn on_the_wall(file: &Path) -> Outcome<Self> {
        let mut clock = Self::in_hand(file)?;
        clock.setting.push(("DONT_FAKE_MONOTONIC".to_owned(), "1".to_owned()));
        Ok(clock)
    }

    /// Puts it forward by `offset` against the right time, such as `+20m`.
    ///
    /// # Errors
    /// It is not in hand, or its file cannot be written.
    pub fn put_forward(&self, offset: &str) -> Outcome<()> {
        let file = self.file.as_ref().ok_or_else(|| Failure::Said("this clock is not in hand".into()))?;
        // Renamed into place: a reader must never see it empty.
        let next = file.with_extension("next");
        std::fs::write(&next, offset)?;
        Ok(std::fs::rename(next, file)?)
    }

    /// What a program's surroundings need to live under it.
    ///
    /// # Errors
    /// libfaketime is not installed.
    pub fn surroundings(&self) -> Outcome<Vec<(String, String)>> {
        // What does not change is read once, and asked for without a lock: under that of the other library a process that
        // forks while one of its threads looks at the clock can hang for ever (its issue 331). In hand, the file is read at
        // each look, which two threads must not do at once.
        let (library, reading) = match self.file {
            None => ("libfaketime.so.1", ("FAKETIME_CACHE_DURATION", "1000000000")),
            Some(_) => ("libfaketimeMT.so.1", ("FAKETIME_NO_CACHE", "1")),
        };
        let library = installed(library)?.display().to_string();
        let others = [("TZ", self.zone.as_str()), reading, ("LD_PRELOAD", &library)];
        let others = others.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Ok(self.setting.iter().cloned().chain(others).collect())
    }

    /// The words of a shell that start a program under it. Not by the wrapper `faketime`: that names a semaphore after its
    /// process and gives up where one that was killed had the same number.
    ///
    /// # Errors
    /// libfaketime is not installed.
    pub fn in_shell(&self) -> Outcome<String> {
        let all = self.surroundings()?;
        let words: Vec<String> = all.iter().map(|(name, value)| format!("{name}='{value}'")).collect();
        Ok(format!("env {}", words.join(" ")))
    }
}

/// Where a library of libfaketime is.
fn installed(library: &str) -> Outcome<PathBuf> {
    let places = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"];
    places
        .iter()
        .map(|place| Path::new(place).join("faketime").join(library))
        .find(|library| library.is_file())
        .ok_or_else(|| Failure::Said("libfaketime is not there: install the package `faketime`".into()))
}

/// Ends the device program, so that a window can open its profile.
fn leave(mut device: Device) -> Outcome<()> {
    device.must(&json!({ "command": "quit" }))?;
    device.program().process().wait().map(drop)
}
