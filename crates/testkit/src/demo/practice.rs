//! The demonstration practice on a server of its own.

use super::{Narrator, Stage};
use crate::clinic::{Clinic, Device, PASSWORD};
use crate::failure::{Doing as _, Failure, Outcome};
use crate::postgres::PostgresSettings;
use serde_json::{Value, json};
use std::fs::{self, File, TryLockError};

/// The therapist whose day it is.
pub(super) const THERAPIST: &str = "rivera";
/// A colleague, whose clients the therapist may not see.
pub(super) const COLLEAGUE: &str = "larkin";

/// The loaded practice. Everything ends with it.
#[derive(Debug)]
pub struct Practice {
    /// Server, database and devices.
    pub clinic: Clinic,
    /// What the loader said about it.
    pub loaded: Value,
    // Held so that no second demonstration begins afresh in the same directory.
    _held: File,
}

impl Practice {
    /// Starts PostgreSQL, migrates it, loads the practice and starts the server over it.
    pub fn open(stage: &Stage, narrator: &mut Narrator) -> Outcome<Self> {
        let held = hold(stage)?;
        let home = stage.state_dir.join("clinic");
        if home.exists() {
            fs::remove_dir_all(&home).doing(format!("clear {}", home.display()))?;
        }
        let settings = PostgresSettings { programs: stage.pg_bin.clone(), home: None, durable: true };
        let mut clinic = narrator.step(
            "Starting a private PostgreSQL, migrating it, making a local certificate authority",
            "run `cargo xtask demo` again; where PostgreSQL cannot start, its own words stand above.",
            |_| Clinic::found(stage.programs.clone(), &settings, Some(home)),
        )?;
        let loaded = narrator.step(
            "Loading the demonstration practice: 120 clients, 18 months of visits, about 3,000 notes (a minute or two)",
            "run `cargo xtask demo` again: it begins with an empty database each time.",
            |_| load(&clinic),
        )?;
        println!(
            "   {} clients, {} appointments, {} notes ({} signed, {} parked, {} combined)",
            loaded["clients"],
            loaded["appointments"],
            loaded["notes"],
            loaded["signed"],
            loaded["parked"],
            loaded["combined"]
        );
        narrator.step(
            "Starting the sync-server with TLS on loopback",
            "look at what the server said above, then run `cargo xtask demo` again.",
            |_| clinic.start_server(),
        )?;
        println!(
            "   https://127.0.0.1:{}, its log in {}",
            clinic.port(),
            clinic.home().join("server.log").display()
        );
        Ok(Self { clinic, loaded, _held: held })
    }

    /// Who can sign in, and with what.
    pub fn print_logins(&self) {
        let logins: Vec<&str> =
            self.loaded["users"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        println!("\nLogins: {}", logins.join(", "));
        println!("Password of every one of them: {PASSWORD}");
        println!("Everything is fictional and begins afresh with every start.\n");
    }
}

fn hold(stage: &Stage) -> Outcome<File> {
    fs::create_dir_all(&stage.state_dir).doing(format!("create {}", stage.state_dir.display()))?;
    let path = stage.state_dir.join("in-use");
    let file = File::create(&path).doing(format!("create {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Failure::Said(format!(
            "another demonstration is running in {}. Nothing was changed. End it with Ctrl-C first",
            stage.state_dir.display()
        ))),
        Err(TryLockError::Error(source)) => {
            Err(Failure::System { doing: format!("lock {}", path.display()), source })
        }
    }
}

fn load(clinic: &Clinic) -> Outcome<Value> {
    let recovery = clinic.recovery_key_file().display().to_string();
    let as_of = today().to_string();
    let said = clinic.operator(&[
        "demo-data",
        "--as-of",
        &as_of,
        "--password",
        PASSWORD,
        "--recovery-key-out",
        &recovery,
    ])?;
    // The loader's last line is its report; a log line may stand before it.
    said.lines()
        .rev()
        .find_map(|line| serde_json::from_str(line).ok())
        .ok_or_else(|| Failure::Said(format!("the loader did not say what it loaded: {said}")))
}

/// The day on which the practice is looked at: today where it is, five hours behind Greenwich (or four).
#[expect(clippy::disallowed_methods, reason = "a demonstration is an edge: it plays today")]
fn today() -> chrono::NaiveDate {
    (chrono::Utc::now() - chrono::TimeDelta::hours(5)).date_naive()
}

/// Books visits for today with the first of the therapist's clients where her day is empty: a weekend. Gives the day.
pub(super) fn fill_the_day(device: &mut Device) -> Outcome<String> {
    let today = device.must(&json!({"command": "today"}))?;
    let date = today["date"].as_str().unwrap_or_default().to_owned();
    if today["agenda"].as_array().is_some_and(|agenda| !agenda.is_empty()) {
        return Ok(date);
    }
    let clients = device.must(&json!({"command": "clients"}))?;
    for (client, hour) in clients.as_array().into_iter().flatten().zip([9, 10, 11, 14, 15]) {
        device.must(&json!({
            "command": "appointment_book", "client_id": client["client_id"], "date": date,
            "start": format!("{hour:02}:00"), "end": format!("{hour:02}:50"), "service": "Individual therapy",
            "overlap_allowed": true,
        }))?;
    }
    device.sync()?;
    Ok(date)
}
