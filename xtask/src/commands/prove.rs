//! `cargo xtask prove`: the proofs that need hours, slice by slice.
//!
//! A proof is an ignored test whose name begins with `proof_` and that uses the testkit's `ProofSlice`. Each slice
//! takes the seeds after those of the last one; its figures are kept per commit, so that an interrupted run goes on
//! where it was, and added up in `docs/proof/`, from where another machine goes on at the same commit.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::{load, test};
use crate::arguments::Arguments;
use crate::place::{self, ask};
use crate::programs::{self, DESKTOP_FEATURES, Profile};
use crate::step::{OrStop as _, Stop, last_words, quiet, say, seconds};

/// A proof by the name of its test.
struct Proof {
    name: &'static str,
    /// How many cases it is to reach at one commit.
    cases: u64,
    /// What proves it, beside the product itself.
    by: &'static [&'static str],
}

impl Proof {
    /// How cargo tests it. The simulation runs no program but PostgreSQL and takes most of a day, so it alone is optimised, with
    /// its assertions; what starts the workspace's programs starts those that the tests start.
    fn words(&self) -> Vec<&'static str> {
        let mut words = vec!["test", "--locked", "--quiet"];
        words.extend(if self.by == SIMULATION {
            &["--profile", "proof", "--package", "mentalspace-simulation", "--tests"][..]
        } else {
            &ALL_TESTS
        });
        words
    }
}

/// Of every package, as [`test::prepare`] has built them.
const ALL_TESTS: [&str; 6] = ["--workspace", "--lib", "--bins", "--tests", "--features", DESKTOP_FEATURES];

/// Of the cases of `server`, every fourth stops PostgreSQL; each case of a small scope is a part of it, and these are all
/// parts.
const PROOFS: [Proof; 13] = [
    Proof { name: "proof_a_hundred_thousand_rows_come_down", cases: 1, by: &["tests/tests/many_rows.rs"] },
    Proof { name: "proof_faults_clock", cases: 60, by: FAULTS },
    Proof { name: "proof_faults_disk", cases: 2_000, by: FAULTS },
    Proof { name: "proof_faults_flips", cases: 10_000, by: FAULTS },
    Proof { name: "proof_faults_kill", cases: 2_000, by: FAULTS },
    Proof { name: "proof_faults_net", cases: 200, by: FAULTS },
    Proof { name: "proof_faults_power", cases: 500, by: FAULTS },
    Proof { name: "proof_faults_server", cases: 668, by: FAULTS },
    Proof { name: "proof_protocol_model", cases: 1_000_000, by: MODEL },
    Proof { name: "proof_restores", cases: 10, by: &["tests/tests/restore*"] },
    Proof { name: "proof_simulation_loses_and_invents_nothing", cases: 100_000, by: SIMULATION },
    Proof { name: "proof_small_scope", cases: 32, by: MODEL },
    Proof { name: "proof_small_scope_has_no_schedule_that_loses_anything", cases: 1_644, by: SIMULATION },
];

const FAULTS: &[&str] = &["tests/src/faults", "tests/tests/faults.rs"];
const MODEL: &[&str] = &["crates/model/tests"];
const SIMULATION: &[&str] =
    &["tests/simulation/src", "tests/simulation/tests/seeds.rs", ".cargo/config.toml"];
const LOAD: &[&str] = &["tests/src/load", ":(exclude)tests/src/load/growth.rs"];
const GROWTH: &[&str] = &["tests/src/load"];

/// Given to ourselves when we run again inside the tests' surroundings.
const INSIDE: &str = "--inside";

pub(crate) fn run(mut arguments: Arguments) -> Result<(), Stop> {
    let inside = arguments.take(INSIDE);
    let short = arguments.take("--short");
    let hours = match arguments.take_value("--hours")? {
        None => 4.0,
        Some(text) => text.parse().or_stop("read the number of hours")?,
    };
    let names = arguments.take_names()?;
    if inside {
        return run_slices(&names, if short { None } else { Some(Duration::from_secs_f64(hours * 3600.0)) });
    }
    // The load has a length of its own and no slices; it judges times, so nothing runs beside it.
    let is_load = |name: &String| name == "load" || name == "growth";
    let wants_load = !short && (names.is_empty() || names.iter().any(is_load));
    if wants_load {
        load::prove(arguments.yes(), &commit(LOAD)?, &commit(GROWTH)?)?;
    }
    if !names.is_empty() && names.iter().all(is_load) {
        return Ok(());
    }
    let mut words = vec!["--hours".to_owned(), hours.to_string()];
    if short {
        words.push("--short".to_owned());
    }
    words.extend(names);
    in_surroundings(arguments.yes(), &words)
}

/// One small slice of one proof, as a step of `cargo xtask ci`: it shows that slices run and that their figures add up.
/// What the proofs go through has tests of its own, in the numbers that each change has to pass.
pub(crate) fn short(yes: bool) -> Result<(), Stop> {
    in_surroundings(yes, &["--short".to_owned(), "proof_faults_clock".to_owned()])
}

fn in_surroundings(yes: bool, words: &[String]) -> Result<(), Stop> {
    let pg_bin = test::prepare(yes)?;
    // By its place and not by what runs now: building the workspace has put a new one there.
    let own = programs::directory(Profile::Development).join("xtask");
    let mut again = std::process::Command::new(own);
    again.args(["prove", INSIDE]).args(words);
    last_words("Running the proofs", &mut test::in_surroundings(Profile::Development, &pg_bin, false, &again))
}

/// What is known of the proof of this path.
fn known(path: &str) -> Result<&'static Proof, Stop> {
    let name = path.rsplit("::").next().unwrap_or(path);
    PROOFS.iter().find(|proof| proof.name == name).ok_or_else(|| {
        Stop::new(format!("nobody says how many cases {name} is to reach"), "Add it to PROOFS in prove.rs.")
    })
}

/// Without a time, one slice each; else slices in turn until each has its cases or the time is up.
fn run_slices(names: &[String], time: Option<Duration>) -> Result<(), Stop> {
    let proofs: Vec<String> = list()?
        .into_iter()
        .filter(|proof| names.is_empty() || names.iter().any(|n| proof.contains(n)))
        .collect();
    if proofs.is_empty() {
        return Err(Stop::new(
            "no proof was found",
            "A proof is an ignored test whose name begins with proof_; look at the names you gave.",
        ));
    }
    let proofs: Vec<Run> =
        proofs.into_iter().map(|path| Run::of(path, time.is_none())).collect::<Result<_, _>>()?;
    let begun = Instant::now();
    let mut is_over = false;
    while !is_over {
        is_over = true;
        for run in &proofs {
            let mut sums = Sums::read(&run.home, &run.path, &run.commit)?;
            if sums.cases() >= run.proof.cases || time.is_some_and(|time| begun.elapsed() >= time) {
                continue;
            }
            sums.add_slice(&run.home, &run.proof.words())?;
            if time.is_some() {
                sums.publish(&run.commit)?;
                is_over = false;
            }
        }
    }
    for run in &proofs {
        say(Sums::read(&run.home, &run.path, &run.commit)?.in_words());
    }
    Ok(())
}

/// A proof that runs: the commit that its figures belong to, and where they are kept meanwhile.
struct Run {
    path: String,
    proof: &'static Proof,
    commit: String,
    home: PathBuf,
}

impl Run {
    fn of(path: String, short: bool) -> Result<Self, Stop> {
        let proof = known(&path)?;
        let commit = if short { "short".to_owned() } else { commit(proof.by)? };
        let home =
            place::working_directory("proofs").or_stop("create a directory for the figures")?.join(&commit);
        fs::create_dir_all(&home).or_stop("create a directory for the figures")?;
        if short {
            // The figures of the last short run are forgotten.
            let _ = fs::remove_file(Sums::file(&home, &path));
        }
        Ok(Self { proof, commit, home, path })
    }
}

/// The paths of all proofs in the workspace's tests.
fn list() -> Result<Vec<String>, Stop> {
    let mut command = place::cargo(&["test", "--locked", "--quiet"]);
    command.args(ALL_TESTS).args(["--", "--ignored", "--list", "--format", "terse"]);
    let output = command.output().or_stop("list the proofs")?;
    if !output.status.success() {
        return Err(Stop::new(
            format!("the proofs could not be listed: {}", String::from_utf8_lossy(&output.stderr)),
            "Run `cargo xtask test` first.",
        ));
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut proofs: Vec<String> = text
        .lines()
        .filter_map(|line| line.strip_suffix(": test"))
        .filter(|path| path.rsplit("::").next().is_some_and(|name| name.starts_with("proof_")))
        .map(str::to_owned)
        .collect();
    proofs.sort();
    proofs.dedup();
    Ok(proofs)
}

/// The commit that figures belong to: the last one that changed the product below its window, or what proves it. Screens,
/// words and what proves something else do not begin them anew. Work on these that is not committed has no figures.
fn commit(by: &[&str]) -> Result<String, Stop> {
    const PRODUCT: [&str; 8] = [
        "--",
        "Cargo.toml",
        "Cargo.lock",
        "rust-toolchain.toml",
        "migrations",
        "crates/*/src/*",
        "crates/*/data/*",
        "sync-server/src",
    ];
    let next = "Figures belong to a commit: commit first, or use --short.";
    let changed = ask("git", &[&["status", "--porcelain"], &PRODUCT[..], by].concat());
    match (changed, ask("git", &[&["log", "-1", "--format=%H"], &PRODUCT[..], by].concat())) {
        (Some(changed), Some(commit)) if changed.is_empty() => Ok(commit),
        (Some(_), Some(_)) => Err(Stop::new("what is proven differs from its commit", next)),
        _ => Err(Stop::new("git does not tell the commit", next)),
    }
}

/// Where the figures stand for everybody to read.
fn published() -> PathBuf {
    place::root().join("docs/proof")
}

/// What the slices of one proof found so far.
struct Sums {
    proof: String,
    slices: u64,
    seconds: f64,
    figures: BTreeMap<String, u64>,
}

impl Sums {
    fn file(home: &Path, proof: &str) -> PathBuf {
        home.join(format!("{}.json", proof.replace("::", ".")))
    }

    /// Those of this run's directory; where it has none, as on another machine or in a fresh clone, the published ones
    /// of the same commit.
    fn read(home: &Path, proof: &str, commit: &str) -> Result<Self, Stop> {
        let own = Self::file(home, proof);
        let published = Self::file(&published(), proof);
        for (path, has_to_match) in [(own, false), (published, true)] {
            if !path.exists() {
                continue;
            }
            let text = fs::read_to_string(&path).or_stop("read the figures so far")?;
            let known: Value = serde_json::from_str(&text).or_stop("read the figures so far")?;
            if !has_to_match || known["commit"] == commit {
                return Ok(Self::of(proof, &known));
            }
        }
        Ok(Self::of(proof, &Value::Null))
    }

    fn of(proof: &str, known: &Value) -> Self {
        let mut sums = Self {
            proof: proof.to_owned(),
            slices: known["slices"].as_u64().unwrap_or(0),
            seconds: known["seconds"].as_f64().unwrap_or(0.0),
            figures: BTreeMap::new(),
        };
        sums.add(&known["figures"]);
        sums
    }

    fn add(&mut self, figures: &Value) {
        for (name, number) in figures.as_object().into_iter().flatten() {
            let (sum, number) = (self.figures.entry(name.clone()).or_default(), number.as_u64().unwrap_or(0));
            // A time is the longest that was seen; everything else is counted.
            *sum = if name.ends_with("_ms") { number.max(*sum) } else { *sum + number };
        }
    }

    fn cases(&self) -> u64 {
        self.figures.get("cases").copied().unwrap_or(0)
    }

    /// Runs the next slice as cargo tests it with `words`, and keeps its figures.
    fn add_slice(&mut self, home: &Path, words: &[&str]) -> Result<(), Stop> {
        let first_seed = self.cases();
        // Of its own, so that other proofs can run beside it.
        let report = Self::file(home, &self.proof).with_extension("slice");
        let _ = fs::remove_file(&report);
        let mut command = place::cargo(words);
        command.args(["--", "--ignored", "--exact", "--nocapture", &self.proof]);
        command
            .env("MENTALSPACE_PROOF_SEED", first_seed.to_string())
            .env("MENTALSPACE_PROOF_FIGURES", &report);
        let next = format!(
            "Repeat it with MENTALSPACE_PROOF_SEED={first_seed} cargo {} -- --ignored --exact {}",
            words.join(" "),
            self.proof
        );
        let begun = Instant::now();
        quiet(&format!("{} from seed {first_seed}", self.proof), &next, &mut command)?;
        let text = fs::read_to_string(&report).map_err(|_| {
            Stop::new(
                format!("{} passed without figures", self.proof),
                "A proof ends with ProofSlice::finish.",
            )
        })?;
        let figures: Value = serde_json::from_str(&text).or_stop("read the figures of the slice")?;
        if figures["cases"].as_u64().unwrap_or(0) == 0 {
            return Err(Stop::new(
                format!("{} went through no case", self.proof),
                "A proof of nothing proves nothing.",
            ));
        }
        self.add(&figures);
        self.slices += 1;
        self.seconds += begun.elapsed().as_secs_f64();
        self.write(&Self::file(home, &self.proof), Map::new())
    }

    fn publish(&self, commit: &str) -> Result<(), Stop> {
        let dir = published();
        fs::create_dir_all(&dir).or_stop("create docs/proof")?;
        let mut head = Map::new();
        head.insert("commit".to_owned(), json!(commit));
        self.write(&Self::file(&dir, &self.proof), head)
    }

    fn write(&self, path: &Path, mut head: Map<String, Value>) -> Result<(), Stop> {
        head.insert("proof".to_owned(), json!(self.proof));
        head.insert("slices".to_owned(), json!(self.slices));
        head.insert("seconds".to_owned(), json!((self.seconds * 10.0).round() / 10.0));
        head.insert("figures".to_owned(), json!(self.figures));
        let text = serde_json::to_string_pretty(&Value::Object(head)).or_stop("write the figures")?;
        // Whole or not at all: an interrupted run reads this file again.
        let draft = path.with_extension("draft");
        fs::write(&draft, format!("{text}\n")).or_stop("write the figures")?;
        fs::rename(&draft, path).or_stop("write the figures")
    }

    fn in_words(&self) -> String {
        let figures: Vec<String> =
            self.figures.iter().map(|(name, number)| format!("{name} {number}")).collect();
        format!(
            "{}: {} in {}",
            self.proof,
            figures.join(", "),
            seconds(Duration::from_secs_f64(self.seconds))
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_slices_add_up() {
        let mut sums = Sums::of("p", &Value::Null);
        sums.add(&json!({"cases": 100, "merged": 7, "slowest_ms": 30}));
        sums.add(&json!({"cases": 50, "parked": 2, "slowest_ms": 20}));
        assert_eq!(
            sums.figures,
            BTreeMap::from([
                ("cases".into(), 150),
                ("merged".into(), 7),
                ("parked".into(), 2),
                ("slowest_ms".into(), 30)
            ])
        );
    }
}
