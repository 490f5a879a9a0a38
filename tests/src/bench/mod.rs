//! Measures what a therapist waits for and what a server spends, over 20,000 notes in 200 charts.

mod caseload;
mod figures;
mod paint;
mod spent;
mod unlock;

use caseload::Notes;
use figures::Figures;
use mentalspace_testkit::clinic::{Clinic, Device};
use mentalspace_testkit::demo::{Narrator, Stage};
use mentalspace_testkit::failure::{Doing as _, Failure, Outcome, run};
use mentalspace_testkit::postgres::PostgresSettings;
use serde_json::{Value, json};
use spent::Spent;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// The scripts that make the notes and measure bare SQLCipher.
#[derive(Debug)]
pub struct Floor {
    /// A Python with `sqlcipher3`.
    pub python: PathBuf,
    /// Directory of `gen_notes.py` and `floor.py`.
    pub tools: PathBuf,
}

const NEXT: &str = "run `cargo xtask bench` again, with nothing else at work on the machine.";
/// Rounds of whatever is measured by its median.
const ROUNDS: usize = 200;

/// Measures and prints the table, of `names` only where there are any; with `json` the last line is one JSON object, `null` where nothing was measured.
pub fn measure(stage: &Stage, floor: Option<&Floor>, json: bool, names: &[String]) -> Outcome<()> {
    let mut figures = Figures::default();
    let mut narrator = Narrator::default();
    let outcome = match floor {
        Some(floor) => measure_with(stage, floor, &mut figures, &mut narrator),
        None => {
            println!("Nothing is measured: the notes are made by the floor's scripts, which are not here.");
            Ok(())
        }
    };
    // What was measured before something failed stands all the same.
    figures.print(names);
    if json {
        println!("{}", figures.to_json());
    }
    outcome
}

fn measure_with(stage: &Stage, floor: &Floor, figures: &mut Figures, narrator: &mut Narrator) -> Outcome<()> {
    let home = stage.state_dir.join("clinic");
    if home.exists() {
        fs::remove_dir_all(&home).doing(format!("clear {}", home.display()))?;
    }
    fs::create_dir_all(&home).doing("create the state directory")?;
    let files = [("all", [200, 100], 42), ("push", [50, 20], 7), ("delta", [20, 5], 9)];
    let [all, push, delta] = files.map(|(name, shape, seed)| {
        narrator.step(&format!("Making the notes of the set {name}"), NEXT, |_| {
            generate(floor, &home.join(format!("{name}.jsonl")), shape, seed)
        })
    });
    let (all, push, delta) = (all?, push?, delta?);
    let settings = PostgresSettings { programs: stage.pg_bin.clone(), home: None, durable: true };
    let clinic = narrator.step("Opening a practice", NEXT, |_| {
        let clinic = Clinic::open_with(stage.programs.clone(), &settings, Some(home.clone()))?;
        clinic.user("rivera", "Rosalind Rivera", &["clinician"])?;
        Ok(clinic)
    })?;
    let mut laptop = clinic.enrol("rivera", "laptop")?;
    laptop.sync()?;
    let spent = Spent::by(&clinic)?;
    narrator.step("Writing 200 charts and 200 notes; syncing with nothing to say", NEXT, |_| {
        all.write(&mut laptop, 0..200)?;
        laptop.sync()?;
        figures.set("empty_sync_cpu_us_200", empty_syncs(&spent, &mut laptop)?);
        Ok(())
    })?;
    narrator.step("Writing the other 19,800 notes (some minutes)", NEXT, |_| {
        for begin in (200..20_000).step_by(100) {
            all.write(&mut laptop, begin..begin + 100)?;
            laptop.sync()?;
            if begin % 2000 == 0 {
                println!("   {begin} of 20,000 are written and sent");
            }
        }
        Ok(())
    })?;
    let floors = narrator.step("The floor: bare SQLCipher with the same notes", NEXT, |_| {
        let printed = run(Command::new(&floor.python).arg(floor.tools.join("floor.py")).arg(all.path()))?;
        serde_json::from_str::<Value>(printed.trim())
            .map_err(|why| Failure::Said(format!("the floor's answer is not JSON ({why}): {printed}")))
    })?;
    figures.floor(&floors);
    let mut office = narrator.step("First sync of a second device", NEXT, |_| {
        let mut office = clinic.enrol("rivera", "office")?;
        let before = spent.now()?;
        let took = timed(|| office.sync().map(|_| ()))?;
        let after = spent.now()?;
        let insert = floors["insert_fts_s"].as_f64().unwrap_or(f64::NAN);
        figures.set("first_sync_ratio", took.as_secs_f64() / insert);
        figures.set("first_sync_wire_mb", after.wire_mb - before.wire_mb);
        figures.set("first_sync_server_cpu_s", after.cpu_s - before.cpu_s);
        Ok(office)
    })?;
    narrator.step("Nothing to say over 20,000 notes; first chart of a third device", NEXT, |_| {
        figures.set("empty_sync_cpu_us_20000", empty_syncs(&spent, &mut office)?);
        figures.set("first_chart_s", first_chart(&clinic)?);
        Ok(())
    })?;
    narrator.step("Saving and searching", NEXT, |_| {
        let save = saving(&mut office)?;
        figures.set("save_ratio", save / floors["save_p50_ms"].as_f64().unwrap_or(f64::NAN));
        figures.set("search_p95_ms", searching(&mut office)?);
        Ok(())
    })?;
    narrator.step("Pushing 1,000 notes, fetching 100", NEXT, |_| {
        push.write(&mut laptop, 0..1000)?;
        figures.set("push_1000_s", timed(|| laptop.sync().map(|_| ()))?.as_secs_f64());
        office.sync()?;
        delta.write(&mut laptop, 0..100)?;
        laptop.sync()?;
        figures.set("delta_100_ms", timed(|| office.sync().map(|_| ()))?.as_secs_f64() * 1e3);
        leave(office)
    })?;
    narrator.step("Unlocking to Today", NEXT, |_| {
        figures.set("unlock_to_today_ms", unlock::to_today(&clinic, "office")?);
        Ok(())
    })?;
    narrator.step("Typing in the window", NEXT, |_| {
        figures.set("key_to_paint_p95_ms", paint::key_to_paint(&clinic, "third")?);
        Ok(())
    })
}

fn generate(floor: &Floor, path: &Path, [charts, per_chart]: [usize; 2], seed: u32) -> Outcome<Notes> {
    let words = [charts.to_string(), per_chart.to_string(), "2500".to_owned()];
    let script = floor.tools.join("gen_notes.py");
    run(Command::new(&floor.python).arg(script).args(words).arg(path).arg(seed.to_string()))?;
    Notes::read(path)
}

fn timed(work: impl FnOnce() -> Outcome<()>) -> Outcome<Duration> {
    let began = Instant::now();
    work()?;
    Ok(began.elapsed())
}

/// Syncs with nothing to say. Many, for the kernel tells each process's time in hundredths of a second.
const EMPTY_SYNCS: u16 = 2000;

/// Microseconds of server and PostgreSQL for one sync with nothing to say, once what was written before has had its
/// place in the log and its vacuum.
fn empty_syncs(spent: &Spent, device: &mut Device) -> Outcome<f64> {
    device.sync()?;
    spent.until_quiet()?;
    device.sync()?;
    let before = spent.now()?;
    for _ in 0..EMPTY_SYNCS {
        device.sync()?;
    }
    let after = spent.now()?;
    Ok((after.cpu_s - before.cpu_s) * 1e6 / f64::from(EMPTY_SYNCS))
}

/// Seconds from the first sync's beginning until a chart with its notes can be read.
fn first_chart(clinic: &Clinic) -> Outcome<f64> {
    let mut device = clinic.enrol("rivera", "third")?;
    let began = Instant::now();
    loop {
        let report = device.must(&json!({"command": "sync", "pages": 1}))?;
        let clients = device.must(&json!({"command": "clients"}))?;
        for client in clients.as_array().into_iter().flatten().take(20) {
            let chart = device.must(&json!({"command": "chart", "client_id": client["client_id"]}))?;
            if chart["clinical"] == "ready"
                && chart["notes"].as_array().is_some_and(|notes| !notes.is_empty())
            {
                return Ok(began.elapsed().as_secs_f64());
            }
        }
        if report["complete"] == true {
            return Err(Failure::Said("the sync is complete and no chart can be read".into()));
        }
    }
}

/// The median of saving a pause of typing, in milliseconds: what the window does half a second after a key, each time
/// with the words that were there and those that are there now.
fn saving(device: &mut Device) -> Outcome<f64> {
    let clients = device.must(&json!({"command": "clients"}))?;
    let chart = device.must(&json!({"command": "chart", "client_id": clients[0]["client_id"]}))?;
    let note = chart["notes"][0]["note_id"].clone();
    let shown = device.must(&json!({"command": "note_show", "note_id": note}))?;
    let mut text = shown["sections"][0]["text"].as_str().unwrap_or_default().to_owned();
    let key = shown["sections"][0]["key"].as_str().unwrap_or("narrative").to_owned();
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        let from = text.clone();
        text.push_str(&format!(" And {round}."));
        let typed = json!({"command": "note_typing", "note_id": note, "sections": {&key: {"from": from, "to": text}}});
        times.push(timed(|| device.must(&typed).map(|_| ()))?.as_secs_f64() * 1e3);
    }
    device.must(&json!({"command": "note_patch", "note_id": note}))?;
    Ok(at_share(&mut times, 50))
}

/// The same words that the floor seeks.
const QUERIES: [&str; 8] = [
    "sertraline",
    "panic attack",
    "trauma sleep",
    "relapse",
    "consent telehealth",
    "suicidal ideation",
    "function",
    "phq",
];

fn searching(device: &mut Device) -> Outcome<f64> {
    let mut times = Vec::new();
    for query in QUERIES.iter().cycle().take(QUERIES.len() * 10) {
        let search = json!({"command": "search", "query": query, "limit": 20});
        times.push(timed(|| device.must(&search).map(|_| ()))?.as_secs_f64() * 1e3);
    }
    Ok(at_share(&mut times, 95))
}

/// Ends a device program, so that its profile can be opened again.
fn leave(mut device: Device) -> Outcome<()> {
    device.must(&json!({"command": "quit"}))?;
    device.program().process().wait().map(drop)
}

/// The time under which `percent` of all lie.
fn at_share(times: &mut [f64], percent: usize) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() * percent / 100).copied().unwrap_or(f64::NAN)
}
