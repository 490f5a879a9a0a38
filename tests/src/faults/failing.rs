//! A failing disk: every i-th operation of a day fails, once or from then on, with EIO, ENOSPC or half a write.

use crate::faults::desk::{Desk, Told};
use crate::faults::disk::{Class, EIO, ENOSPC, FaultDisk, Plan};
use crate::faults::script::{Scene, Step};
use crate::faults::tally::{Tally, Wrong};
use mentalspace_testkit::failure::Outcome;

/// The name of this kind.
pub const KIND: &str = "disk";

/// A day in short: each of its operations on the disk is made to fail.
const DAY: [Step; 12] = [
    Step::Type,
    Step::Type,
    Step::Write,
    Step::Sync,
    Step::NewClient,
    Step::Type,
    Step::Relock,
    Step::Write,
    Step::Type,
    Step::NewNote,
    Step::Type,
    Step::Sync,
];

/// Cases between two restarts of the program: in between it has to recover by itself.
const RESTART_AFTER: u64 = 12;

/// What fails, and which operations it is looked for among.
const FAULTS: [(&str, Plan, &[Class]); 6] = [
    ("disk.eio_once", Plan::Fail { errno: EIO, for_good: false }, &Class::ALL),
    ("disk.eio_for_good", Plan::Fail { errno: EIO, for_good: true }, &Class::ALL),
    ("disk.enospc_once", Plan::Fail { errno: ENOSPC, for_good: false }, &GROWING),
    ("disk.enospc_for_good", Plan::Fail { errno: ENOSPC, for_good: true }, &GROWING),
    ("disk.short_once", Plan::Short { for_good: false }, &[Class::Write]),
    ("disk.short_for_good", Plan::Short { for_good: true }, &[Class::Write]),
];

/// What needs room.
const GROWING: [Class; 5] = [Class::Write, Class::Sync, Class::Truncate, Class::Rename, Class::Open];

/// What `count` cases have to have met.
#[must_use]
pub fn least(count: u64) -> Vec<(&'static str, u64)> {
    let mut least: Vec<(&str, u64)> = FAULTS.iter().map(|(name, _, _)| (*name, count / 12)).collect();
    least.extend([
        ("disk.acknowledged", count),
        ("disk.refused", count / 4),
        ("disk.recovered", count),
        ("disk.restarted", count / RESTART_AFTER / 2),
        ("database.checked", count / RESTART_AFTER / 2),
    ]);
    least
}

/// Runs the cases `seeds` at `desk`, and compares everything from outside at the end.
///
/// # Errors
/// The laptop does not answer, or does not recover when the disk does.
pub fn run(desk: &mut Desk, seeds: impl Iterator<Item = u64>, tally: &mut Tally) -> Outcome<()> {
    let disk = FaultDisk::new(&desk.home(), &desk.clinic.home().join("disk"), false)?;
    desk.reopen(&disk.surroundings())?;
    let mut lengths = [0; FAULTS.len()];
    for ((_, _, classes), length) in FAULTS.iter().zip(&mut lengths) {
        *length = day_length(desk, &disk, classes)?;
    }
    tally.add("disk.operations_of_a_day", lengths[0]);
    let mut places = Vec::new();
    for seed in seeds {
        tally.case(KIND);
        let fault = usize::try_from(seed % 6).unwrap_or(0);
        // Spread, so that few cases see all of the day, and as many as it is long see all of it.
        let at = 1 + (seed / 6 * stride(lengths[fault])) % lengths[fault];
        case(desk, &disk, seed, fault, at, &mut places, tally)?;
        if seed % RESTART_AFTER == RESTART_AFTER - 1 {
            desk.laptop.kill()?;
            desk.check_database(tally, &format!("{KIND} {seed}"))?;
            desk.reopen(&disk.surroundings())?;
            desk.compare(&places, tally, &format!("{KIND} {seed}, after a restart"))?;
            places.clear();
            tally.reach("disk.restarted");
        }
    }
    desk.compare_from_outside(tally)
}

/// A number near the golden part of `length` that has no divisor in common with it.
fn stride(length: u64) -> u64 {
    const fn divisor(a: u64, b: u64) -> u64 {
        if b == 0 { a } else { divisor(b, a % b) }
    }
    (length * 618 / 1000 + 1..).find(|candidate| divisor(*candidate, length) == 1).unwrap_or(1)
}

/// How many operations of `classes` a day has when nothing fails.
fn day_length(desk: &mut Desk, disk: &FaultDisk, classes: &[Class]) -> Outcome<u64> {
    let mut scene = Scene::begin(desk)?;
    disk.arm(Plan::Count, 0, classes)?;
    for step in DAY {
        scene.play(desk, step)?;
    }
    Ok(disk.seen()?.max(1))
}

fn case(
    desk: &mut Desk,
    disk: &FaultDisk,
    seed: u64,
    fault: usize,
    at: u64,
    places: &mut Vec<String>,
    tally: &mut Tally,
) -> Outcome<()> {
    let (name, plan, classes) = FAULTS[fault];
    let told = format!("{KIND} {seed} ({name} at {at})");
    let mut scene = Scene::begin(desk)?;
    disk.arm(plan, at, classes)?;
    for step in DAY {
        match scene.play(desk, step)? {
            Told::Done(_) => tally.reach("disk.acknowledged"),
            Told::Refused(_) => {}
            Told::Died => {
                tally.wrong(Wrong::Corrupt, format!("{told}: the program ended at {step:?}"));
                desk.reopen(&disk.surroundings())?;
            }
        }
    }
    if disk.took()? > 0 {
        tally.reach(name);
    }
    for error in &scene.refusals {
        tally.reach("disk.refused");
        tally.reach(&format!("disk.refused_{}", error["code"].as_str().unwrap_or_default()));
    }
    disk.disarm()?;
    // The disk is well again: the same program goes on, unlocked or locked.
    if scene.refusals.iter().any(|error| error["code"] == "locked") {
        unlocked_again(desk, tally, &told)?;
    }
    match scene.play(desk, Step::Write)? {
        Told::Done(_) => tally.reach("disk.recovered"),
        other => tally.wrong(Wrong::Corrupt, format!("{told}: it does not recover: {other:?}")),
    }
    desk.compare(&scene.places, tally, &told)?;
    places.extend(scene.places);
    Ok(())
}

/// Unlocks where the disk failed while the laptop was locked.
fn unlocked_again(desk: &mut Desk, tally: &mut Tally, told: &str) -> Outcome<()> {
    match desk.laptop.unlock()? {
        Told::Done(_) => {}
        // It is open already: it was locked only for a while.
        Told::Refused(error) if error["code"] == "in_use" => {}
        other => tally.wrong(Wrong::Corrupt, format!("{told}: it does not unlock: {other:?}")),
    }
    Ok(())
}
