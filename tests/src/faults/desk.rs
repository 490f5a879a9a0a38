//! A therapist's desk for faults to happen at: a practice, a laptop, and the ledger of what the laptop acknowledged.

use crate::charts::{Chart, THERAPIST, begin_chart, clinic};
use crate::faults::ledger::Ledger;
use crate::faults::tally::{Tally, Wrong};
use crate::notes::section_of;
use chrono::{DateTime, Utc};
use mentalspace_crypto::password::Password;
use mentalspace_store::profile::{Profile, SecretFiles};
use mentalspace_testkit::clinic::{Clinic, Device, PASSWORD};
use mentalspace_testkit::failure::{Failure, Outcome};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The section that is written in.
pub const SECTION: &str = "narrative";

/// How long an answer may take: a sync that meets a dead line gives up after 20 s of silence.
const PATIENCE: Duration = Duration::from_secs(90);
/// How long a program that was killed may take to be gone.
const DYING: Duration = Duration::from_secs(10);

/// What became of a line.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// It was done.
    Done(Value),
    /// It was refused, with this error.
    Refused(Value),
    /// The program ended before it answered.
    Died,
}

/// The laptop's program, and how it is asked.
#[derive(Debug)]
pub struct Laptop {
    name: String,
    device: Option<Device>,
}

impl Laptop {
    /// The laptop whose profile is `name`; its program does not run yet.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned(), device: None }
    }

    /// The laptop whose profile is `name`, with its program started by the words `through`, locked.
    ///
    /// # Errors
    /// It does not start.
    pub fn through(clinic: &Clinic, name: &str, through: &[&str]) -> Outcome<Self> {
        Ok(Self { name: name.to_owned(), device: Some(clinic.device_through(through, name, &[])?) })
    }

    /// Its directory: profile and secrets.
    #[must_use]
    pub fn home(&self, clinic: &Clinic) -> PathBuf {
        clinic.home().join("devices").join(&self.name)
    }

    /// Starts the program, locked.
    ///
    /// # Errors
    /// It does not start.
    pub fn start(&mut self, clinic: &Clinic, surroundings: &[(&str, &str)]) -> Outcome<()> {
        self.device = None;
        self.device = Some(clinic.device_with(&self.name, surroundings)?);
        Ok(())
    }

    /// Asks, and tells an end of the program from a refusal.
    ///
    /// # Errors
    /// It does not answer at all.
    pub fn ask(&mut self, command: &Value) -> Outcome<Told> {
        let Some(device) = self.device.as_mut() else { return Ok(Told::Died) };
        let program = device.program();
        let answer = program.send(command).and_then(|()| program.answer(PATIENCE));
        match answer {
            Ok(mut answer) => Ok(match answer.get_mut("ok") {
                Some(done) => Told::Done(done.take()),
                None => Told::Refused(answer["error"].take()),
            }),
            Err(silence) => {
                // What is killed closes its output a moment before it has ended.
                let give_up = Instant::now() + DYING;
                while program.process().is_running() {
                    if Instant::now() > give_up {
                        return Err(Failure::Said(format!("{}: {silence}", command["command"])));
                    }
                    std::thread::sleep(Duration::from_millis(2));
                }
                self.device = None;
                Ok(Told::Died)
            }
        }
    }

    /// Asks for what has to be done.
    ///
    /// # Errors
    /// It is not done.
    pub fn must(&mut self, command: &Value) -> Outcome<Value> {
        match self.ask(command)? {
            Told::Done(done) => Ok(done),
            other => Err(Failure::Said(format!("{}: {}: {other:?}", self.name, command["command"]))),
        }
    }

    /// Unlocks.
    ///
    /// # Errors
    /// It does not answer.
    pub fn unlock(&mut self) -> Outcome<Told> {
        self.ask(&json!({"command": "unlock", "password": PASSWORD}))
    }

    /// Sends a line without waiting for the answer.
    ///
    /// # Errors
    /// The program does not run.
    pub fn send(&mut self, command: &Value) -> Outcome<()> {
        match self.device.as_mut() {
            Some(device) => device.program().send(command),
            None => Err(Failure::Said("the program does not run".into())),
        }
    }

    /// Kills the program, if it runs.
    ///
    /// # Errors
    /// It cannot be waited for.
    pub fn kill(&mut self) -> Outcome<()> {
        self.device.take().map_or(Ok(()), Device::kill_9)
    }

    /// Ends the program in order.
    ///
    /// # Errors
    /// It does not end.
    pub fn quit(&mut self) -> Outcome<()> {
        if let Some(mut device) = self.device.take() {
            device.must(&json!({"command": "quit"}))?;
            device.program().process().wait()?;
        }
        Ok(())
    }
}

/// A desk.
#[derive(Debug)]
pub struct Desk {
    /// The laptop.
    pub laptop: Laptop,
    /// What it has acknowledged.
    pub ledger: Ledger,
    /// A chart with its diagnosis.
    pub chart: Chart,
    /// Notes whose signing was acknowledged.
    pub signed: BTreeSet<String>,
    /// The practice. Dropped last: everything runs in it.
    pub clinic: Clinic,
}

impl Desk {
    /// A practice with a therapist, her laptop and a chart, synced; the laptop's program does not run.
    ///
    /// # Errors
    /// It could not be set up.
    pub fn open() -> Outcome<Self> {
        Self::over(clinic()?)
    }

    /// The same in a practice that is open.
    ///
    /// # Errors
    /// It could not be set up.
    pub fn over(clinic: Clinic) -> Outcome<Self> {
        let mut device = clinic.enrol(THERAPIST, "laptop")?;
        device.sync()?;
        let chart = begin_chart(&mut device)?;
        device.sync()?;
        device.must(&json!({"command": "quit"}))?;
        device.program().process().wait()?;
        let ledger = Ledger::new(&clinic.home().join("ledger"))?;
        Ok(Self { laptop: Laptop::named("laptop"), ledger, chart, signed: BTreeSet::new(), clinic })
    }

    /// The laptop's directory.
    #[must_use]
    pub fn home(&self) -> PathBuf {
        self.laptop.home(&self.clinic)
    }

    /// Starts the laptop's program.
    ///
    /// # Errors
    /// It does not start.
    pub fn start(&mut self, surroundings: &[(&str, &str)]) -> Outcome<()> {
        self.laptop.start(&self.clinic, surroundings)
    }

    /// Starts it and unlocks it, as after a restart of the machine: it has to work.
    ///
    /// # Errors
    /// It does not.
    pub fn reopen(&mut self, surroundings: &[(&str, &str)]) -> Outcome<()> {
        self.start(surroundings)?;
        match self.laptop.unlock()? {
            Told::Done(_) => Ok(()),
            other => Err(Failure::Said(format!("it does not open again: {other:?}"))),
        }
    }

    /// Compares what stands in `places` with the ledger, and settles what was in doubt. Gives how many texts stand that were
    /// never acknowledged.
    ///
    /// # Errors
    /// The laptop does not answer.
    pub fn compare(&mut self, places: &[String], tally: &mut Tally, case: &str) -> Outcome<u64> {
        let mut landed = 0;
        for place in places {
            let stands = standing(&mut self.laptop, place, &self.signed, tally, case)?;
            landed += u64::from(self.ledger.compare(place, &stands, tally, case));
            self.ledger.settle(place, &stands)?;
        }
        Ok(landed)
    }

    /// Enrols another laptop of hers, lets it fetch everything, and compares all that the practice has with the ledger.
    ///
    /// # Errors
    /// It could not be set up.
    pub fn compare_from_outside(&mut self, tally: &mut Tally) -> Outcome<()> {
        self.laptop.kill()?;
        self.reopen(&[])?;
        self.laptop.must(&json!({"command": "sync"}))?;
        let unsent = self.laptop.must(&json!({"command": "status"}))?["outbox"].clone();
        if unsent != json!(0) {
            tally.wrong(Wrong::Corrupt, format!("the outbox does not empty: {unsent} left"));
        }
        let mut device = self.clinic.enrol(THERAPIST, "outside")?;
        device.sync()?;
        let mut outside = Laptop { name: "outside".to_owned(), device: Some(device) };
        for place in self.ledger.places() {
            let stands = standing(&mut outside, &place, &self.signed, tally, "from outside")?;
            self.ledger.compare(&place, &stands, tally, "from outside");
        }
        outside.kill()
    }

    /// Whether every page of the laptop's database proves to be as it was written, and the database is consistent. Looks at a
    /// copy: a damaged one would be set aside.
    ///
    /// # Errors
    /// The copy cannot be made.
    pub fn check_database(&self, tally: &mut Tally, case: &str) -> Outcome<()> {
        let copy = self.clinic.home().join("examined");
        let _ = fs::remove_dir_all(&copy);
        copy_directory(&self.home(), &copy)?;
        match rebuilt(&copy) {
            Ok(None) => tally.reach("database.checked"),
            Ok(Some(_)) => tally.wrong(Wrong::Corrupt, format!("{case}: the database is damaged")),
            Err(why) => tally.wrong(Wrong::Corrupt, format!("{case}: the database does not open: {why}")),
        }
        Ok(())
    }
}

/// Checks the database in the laptop's directory `home`, all of it, and rebuilds it if it is damaged. Gives where the damaged
/// one is kept.
///
/// # Errors
/// It does not open even so.
pub fn rebuilt(home: &Path) -> Outcome<Option<PathBuf>> {
    let secrets = SecretFiles::new(home.join("secrets"));
    let now: DateTime<Utc> = DateTime::from_timestamp(1_795_000_000, 0).unwrap_or_default();
    let (_profile, _store, rebuilt) =
        Profile::rebuild(&home.join("profile"), &secrets, &Password::new(PASSWORD), now)
            .map_err(|why| Failure::Said(format!("{why:?}")))?;
    Ok(rebuilt.kept_in)
}

/// The text that stands in a place of the ledger.
///
/// # Errors
/// The laptop does not answer.
pub fn standing(
    laptop: &mut Laptop,
    place: &str,
    signed: &BTreeSet<String>,
    tally: &mut Tally,
    case: &str,
) -> Outcome<String> {
    if let Some(name) = place.strip_prefix("client ") {
        let found = laptop.must(&json!({"command": "clients", "query": name}))?;
        // The query finds parts of names too.
        let whole = format!("Ash {name}");
        let found = found.as_array().into_iter().flatten().filter(|row| row["name"] == json!(whole));
        return Ok(found.map(|_| name).collect::<Vec<_>>().join(" "));
    }
    let shown = match laptop.ask(&json!({"command": "note_show", "note_id": place}))? {
        Told::Done(shown) => shown,
        // The words are not there: the ledger says so by their tokens.
        Told::Refused(error) if error["code"] == "not_found" => return Ok(String::new()),
        other => return Err(Failure::Said(format!("{case}: note_show: {other:?}"))),
    };
    if signed.contains(place) {
        match shown["signature"]["verification"].as_str() {
            Some("verified" | "awaiting_receipt") => tally.reach("signature.verified"),
            other => tally.wrong(Wrong::Corrupt, format!("{case}: the signature of {place} is {other:?}")),
        }
    }
    Ok(section_of(&shown, SECTION))
}

/// Copies a directory with all that is in it.
///
/// # Errors
/// A file cannot be read or written.
pub fn copy_directory(from: &Path, to: &Path) -> Outcome<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_directory(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
