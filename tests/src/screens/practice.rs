//! The demonstration practice on the day of the pictures.

use super::tour::frame;
use crate::laptop::{Laptop, WrongClock};
use crate::window::Window;
use mentalspace_testkit::clinic::{Clinic, PASSWORD, Programs};
use mentalspace_testkit::failure::{Failure, Outcome};
use mentalspace_testkit::postgres::PostgresSettings;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};
use tempfile::TempDir;

/// A Wednesday, so that there is a day of work before and after. Fixed, so that pictures of two commits differ only in
/// what was changed between them.
const DAY: &str = "2026-11-25";
/// The day before.
pub(super) const YESTERDAY: &str = "2026-11-24";
/// The middle of that morning in the practice's zone, in seconds since 1970.
const MORNING: u64 = 1_795_619_040;
const ZONE: &str = "America/New_York";

/// The therapist whose day it is.
pub(super) const THERAPIST: &str = "rivera";

pub(super) struct Practice {
    pub(super) clinic: Clinic,
    /// The clock of everything in the practice.
    clock: WrongClock,
    // Holds the programs that start the server and the devices under that clock.
    _start: TempDir,
}

impl Practice {
    pub(super) fn open() -> Outcome<Self> {
        println!("   opening the demonstration practice, about a minute");
        let (start, clock) = (tempfile::tempdir()?, WrongClock::set_to(&offset_to_morning()?, ZONE));
        let built = Programs::built()?;
        let programs = Programs {
            server: under_clock(&built.server, &clock, &start.path().join("server"))?,
            device: under_clock(&built.device, &clock, &start.path().join("device"))?,
        };
        let mut clinic = Clinic::found(programs, &PostgresSettings::throw_away()?, None)?;
        let recovery = clinic.recovery_key_file().display().to_string();
        clinic.operator(&[
            "demo-data",
            "--as-of",
            DAY,
            "--password",
            PASSWORD,
            "--recovery-key-out",
            &recovery,
        ])?;
        clinic.start_server()?;
        Ok(Self { clinic, clock, _start: start })
    }

    /// Opens the window of a laptop on the day of the pictures, in their size.
    pub(super) fn window(&self, laptop: &Laptop) -> Outcome<Window> {
        let window = laptop.window_under(&self.clock)?;
        frame(&window)?;
        Ok(window)
    }
}

/// By how much that morning differs from the machine's clock, as libfaketime takes it.
#[expect(clippy::disallowed_methods, reason = "an edge: the pictures set the clock of everything they start")]
fn offset_to_morning() -> Outcome<String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_err(|_| Failure::Said("the machine's clock stands before 1970".into()))?.as_secs();
    let sign = if now > MORNING { '-' } else { '+' };
    Ok(format!("{sign}{}", now.abs_diff(MORNING)))
}

/// Writes `start`, which starts `program` under `clock`.
fn under_clock(program: &Path, clock: &WrongClock, start: &Path) -> Outcome<PathBuf> {
    let script = format!("#!/bin/sh\nexec {} '{}' \"$@\"\n", clock.in_shell()?, program.display());
    std::fs::write(start, script)?;
    std::fs::set_permissions(start, std::fs::Permissions::from_mode(0o755))?;
    Ok(start.to_owned())
}
