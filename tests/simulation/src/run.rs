//! Seeds, one after the other, on as many threads as are wanted.

use crate::disk;
use crate::house::House;
use crate::small::{self, Bench, Explored, Step};
use crate::story::{Story, Telling};
use mentalspace_testkit::failure::{Failure, Outcome};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

/// What came of one seed.
#[derive(Clone, Debug)]
pub struct Told {
    /// The seed.
    pub seed: u64,
    /// Hash over everything that happened.
    pub trace: String,
    /// Happenings.
    pub operations: u64,
    /// Checks made.
    pub checked: u64,
    /// What does not hold.
    pub failures: Vec<String>,
    /// How often what was reached.
    pub reached: BTreeMap<String, u64>,
    /// The happenings in words.
    pub spoken: Vec<String>,
}

/// What came of many.
#[derive(Debug, Default)]
pub struct Sums {
    /// Seeds told.
    pub seeds: u64,
    /// Happenings.
    pub operations: u64,
    /// Checks made.
    pub checked: u64,
    /// Failures, each with its seed.
    pub failures: Vec<(u64, String)>,
    /// How often what was reached.
    pub reached: BTreeMap<String, u64>,
    /// Statements before which somebody died.
    pub places: BTreeSet<String>,
    /// Seeds told twice whose traces were compared.
    pub compared: u64,
}

/// How often a thousand seeds must reach what, at least: safe and useless does not pass. Smaller runs scale.
const AT_LEAST: &[(&str, u64)] = &[
    ("outcome_applied", 20_000),
    ("outcome_merged", 500),
    ("outcome_parked", 1_000),
    ("outcome_converted", 100),
    ("outcome_quarantined", 20),
    ("outcome_noop", 50),
    ("outcome_rejected", 100),
    ("conflict_settled", 300),
    ("signed", 1_000),
    ("addendum_signed", 50),
    ("purge_acknowledged", 100),
    ("server_restored", 200),
    ("laptop_rewound", 100),
    ("laptop_erased", 50),
    ("crash_in_sync", 3_000),
    ("crash_in_note_patch", 1_000),
    ("crash_in_note_typing", 300),
    ("crash_in_note_sign", 100),
    ("network_request_lost", 1_000),
    ("network_answer_lost", 1_000),
    ("network_doubled", 1_000),
    ("network_late_arrived", 300),
    ("network_replayed", 500),
    ("network_answer_cut", 800),
];

impl Sums {
    /// Adds a seed.
    pub fn add(&mut self, told: &Told) {
        self.seeds += 1;
        self.operations += told.operations;
        self.checked += told.checked;
        self.failures.extend(told.failures.iter().map(|failure| (told.seed, failure.clone())));
        for (what, times) in &told.reached {
            *self.reached.entry(what.clone()).or_insert(0) += times;
        }
    }

    /// What was reached too seldom for so many seeds. Below a hundred seeds chance alone may miss something.
    #[must_use]
    pub fn too_seldom(&self) -> Vec<String> {
        if self.seeds < 100 {
            return Vec::new();
        }
        AT_LEAST
            .iter()
            .map(|(what, of_thousand)| (*what, (of_thousand * self.seeds).div_ceil(1_000)))
            .filter(|(what, least)| self.reached.get(*what).copied().unwrap_or_default() < *least)
            .map(|(what, least)| {
                let found = self.reached.get(what).copied().unwrap_or_default();
                format!("{what} was reached {found} times, at least {least} are wanted")
            })
            .collect()
    }

    /// Everything as one JSON object.
    #[must_use]
    pub fn as_json(&self, seconds: f64) -> Value {
        json!({
            "seeds": self.seeds,
            "operations": self.operations,
            "invariants_checked": self.checked,
            "failures": self.failures.len(),
            "traces_compared": self.compared,
            "crash_places": self.places.len(),
            "seconds": (seconds * 10.0).round() / 10.0,
            "reached": self.reached,
        })
    }
}

/// Tells one seed's story.
///
/// # Errors
/// The surroundings fail.
pub async fn tell(house: &House, seed: u64, telling: Telling, home: &Path) -> Outcome<Told> {
    let home = home.join(format!("seed-{seed}"));
    let mut story = Story::begin(house, seed, telling, &home).await?;
    story.tell().await?;
    story.end().await?;
    let told = story.told(seed);
    house.forget(story.practice()).await?;
    drop(story);
    std::fs::remove_dir_all(&home)?;
    Ok(told)
}

/// What a run of many is told.
#[derive(Debug)]
pub struct Run {
    /// The first seed.
    pub from: u64,
    /// How many.
    pub seeds: u64,
    /// Threads.
    pub threads: usize,
    /// Every so many seeds one is told twice, and the traces compared.
    pub compare_every: u64,
    /// How each is told.
    pub telling: Telling,
    /// Whether everything that happens is said, in words: for whoever looks into a seed that failed.
    pub speak: bool,
}

/// Runs many seeds; `said` hears of each failure and of the progress.
///
/// # Errors
/// The surroundings fail.
pub fn run(run: &Run, said: &(dyn Fn(&str) + Sync)) -> Outcome<Sums> {
    disk::watch()?;
    let next = AtomicU64::new(run.from);
    let sums = Mutex::new(Sums::default());
    let begun = Instant::now();
    std::thread::scope(|scope| {
        let workers: Vec<_> =
            (0..run.threads).map(|_| scope.spawn(|| work(run, &next, &sums, said, begun))).collect();
        workers.into_iter().try_for_each(|worker| {
            worker.join().unwrap_or_else(|_| Err(Failure::Said("a thread of the simulation panicked".into())))
        })
    })?;
    sums.into_inner().map_err(|_| Failure::Said("a thread of the simulation panicked".into()))
}

fn work(
    run: &Run,
    next: &AtomicU64,
    sums: &Mutex<Sums>,
    said: &(dyn Fn(&str) + Sync),
    begun: Instant,
) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let home = memory()?;
    runtime.block_on(async {
        let house = House::open().await?;
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= run.from + run.seeds {
                return Ok(());
            }
            let mut told = tell(&house, seed, run.telling, home.path()).await?;
            let twice = (seed - run.from).is_multiple_of(run.compare_every);
            if twice {
                let again = tell(&house, seed, run.telling, home.path()).await?;
                if again.trace != told.trace {
                    let differs =
                        told.spoken.iter().zip(&again.spoken).enumerate().find(|(_, (a, b))| a != b);
                    let where_to = differs.map_or_else(
                        || "in the bytes of something".to_owned(),
                        |(at, (one, other))| format!("at happening {at}:\n{}", parting(one, other)),
                    );
                    told.failures.push(format!("two runs of this seed were not the same, {where_to}"));
                }
            }
            if run.speak {
                told.spoken.iter().for_each(|happening| said(happening));
            }
            for failure in &told.failures {
                said(&format!("seed {seed}: {failure}"));
            }
            let Ok(mut sums) = sums.lock() else { return Ok(()) };
            sums.add(&told);
            sums.compared += u64::from(twice);
            sums.places.extend(disk::places());
            if sums.seeds.is_multiple_of(25) {
                let rate =
                    f64::from(u32::try_from(sums.seeds).unwrap_or(u32::MAX)) / begun.elapsed().as_secs_f64();
                said(&format!("{} of {} seeds, {rate:.1} a second", sums.seeds, run.seeds));
            }
        }
    })
}

/// Which scripts of the small scope.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    /// From this one on.
    pub first: usize,
    /// Every so many.
    pub stride: usize,
    /// At most so many.
    pub most: usize,
}

/// Tells scripts of the small scope, each with every mishap.
///
/// # Errors
/// The surroundings fail.
pub fn explore(scope: Scope, threads: usize, said: &(dyn Fn(&str) + Sync)) -> Outcome<Explored> {
    disk::watch()?;
    let scripts: Vec<_> = small::scripts()
        .into_iter()
        .skip(scope.first)
        .step_by(scope.stride.max(1))
        .take(scope.most)
        .collect();
    let next = AtomicUsize::new(0);
    let sums = Mutex::new(Explored::default());
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|thread| {
                let (scripts, next, sums) = (&scripts, &next, &sums);
                scope.spawn(move || {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                    let home = memory()?;
                    runtime.block_on(async {
                        let house = House::open().await?;
                        let seed = u64::try_from(thread).unwrap_or_default() + 900_000;
                        let mut bench = Bench::prepare(&house, seed, home.path()).await?;
                        while let Some(script) = scripts.get(next.fetch_add(1, Ordering::Relaxed)) {
                            let mut explored = Explored::default();
                            bench.explore(script, &mut explored).await?;
                            explored.failures.iter().for_each(|failure| said(failure));
                            let Ok(mut sums) = sums.lock() else { return Ok(()) };
                            sums.add(explored);
                            if sums.scripts.is_multiple_of(10) {
                                said(&format!(
                                    "{} of {} scripts, {} schedules",
                                    sums.scripts,
                                    scripts.len(),
                                    sums.schedules
                                ));
                            }
                        }
                        Ok(())
                    })
                })
            })
            .collect();
        workers.into_iter().try_for_each(|worker| {
            worker.join().unwrap_or_else(|_| Err(Failure::Said("a thread of the simulation panicked".into())))
        })
    })?;
    sums.into_inner().map_err(|_| Failure::Said("a thread of the simulation panicked".into()))
}

/// Tells one script with a death before each statement of its `nth` sync; gives what came of it, and before which
/// statements a laptop died.
///
/// # Errors
/// The surroundings fail.
pub fn die_everywhere(script: &[Step], nth: usize) -> Outcome<(Explored, BTreeSet<String>)> {
    disk::watch()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let home = memory()?;
    runtime.block_on(async {
        let house = House::open().await?;
        let mut bench = Bench::prepare(&house, 900_000, home.path()).await?;
        let mut explored = Explored::default();
        bench.die_everywhere(script, nth, &mut explored).await?;
        Ok((explored, disk::places()))
    })
}

/// Where two happenings part, with a little of what stands around it.
fn parting(one: &str, other: &str) -> String {
    let at = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let around = |text: &str| {
        let from = at.saturating_sub(200);
        String::from_utf8_lossy(&text.as_bytes()[from.min(text.len())..(at + 100).min(text.len())])
            .into_owned()
    };
    format!("  … {}\n  … {}", around(one), around(other))
}

/// A directory for the laptops' disks; in memory where the machine has that.
fn memory() -> Outcome<tempfile::TempDir> {
    let shared = Path::new("/dev/shm");
    let made = if shared.is_dir() { tempfile::tempdir_in(shared) } else { tempfile::tempdir() };
    Ok(made?)
}
