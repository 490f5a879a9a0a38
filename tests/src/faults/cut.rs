//! Power cuts: the program dies, and of what it had not synced the disk keeps some, in no order, torn.

use crate::faults::desk::{Desk, Told};
use crate::faults::dice::Dice;
use crate::faults::disk::{Class, FaultDisk, Plan};
use crate::faults::kill::{aim, session};
use crate::faults::power::{Cut, Disk};
use crate::faults::script::{Scene, Step};
use crate::faults::tally::{Tally, Wrong};
use mentalspace_testkit::failure::{Failure, Outcome};

/// The name of this kind.
pub const KIND: &str = "power";

/// The switch of the builds for tests that turns a durable commit into one that is not.
pub const SWITCH: (&str, &str) = ("MENTALSPACE_FAULT_SYNCHRONOUS", "NORMAL");

/// What `count` cuts have to have met.
#[must_use]
pub fn least(count: u64) -> Vec<(&'static str, u64)> {
    vec![
        ("power.acknowledged", count),
        ("power.unsynced_changes", count),
        ("power.nothing", count / 10),
        ("power.everything", count / 20),
        ("power.some", count / 4),
        ("database.checked", count),
    ]
}

/// Runs the cases `seeds` at `desk`, and compares everything from outside at the end.
///
/// # Errors
/// The laptop does not answer or does not open again.
pub fn run(desk: &mut Desk, seeds: impl Iterator<Item = u64>, tally: &mut Tally) -> Outcome<()> {
    for seed in seeds {
        tally.case(KIND);
        case(desk, seed, tally)?;
    }
    desk.compare_from_outside(tally)
}

fn case(desk: &mut Desk, seed: u64, tally: &mut Tally) -> Outcome<()> {
    let name = format!("{KIND} {seed}");
    let mut dice = Dice::of(KIND, seed);
    let (class, plan, at) = aim(seed);
    let while_unlocking = dice.happens(15);
    let (disk, files) = recorded_disk(desk)?;
    let before = Disk::of(&desk.home())?;
    desk.start(&disk.surroundings())?;
    let mut places = Vec::new();
    if while_unlocking {
        disk.arm(plan, 1 + at % 6, &[class])?;
        if desk.laptop.unlock()? == Told::Died {
            tally.reach("power.unlocking");
        }
    } else if let Told::Done(_) = desk.laptop.unlock()? {
        let mut scene = Scene::begin(desk)?;
        disk.arm(plan, at, &[class])?;
        for step in session(class, &mut dice) {
            match scene.play(desk, step)? {
                Told::Died => break,
                Told::Done(_) => tally.reach("power.acknowledged"),
                Told::Refused(_) => {}
            }
        }
        places = scene.places;
    } else {
        tally.wrong(Wrong::Corrupt, format!("{name}: it does not unlock"));
    }
    desk.laptop.kill()?;
    let cut = match seed % 10 {
        0 | 4 | 7 => Cut::Nothing,
        3 => Cut::Everything,
        _ => Cut::Some,
    };
    tally.reach(match cut {
        Cut::Nothing => "power.nothing",
        Cut::Everything => "power.everything",
        Cut::Some => "power.some",
    });
    tally.add("power.unsynced_changes", cut_power(before, &files, cut, &mut dice)?);
    desk.check_database(tally, &name)?;
    desk.reopen(&[])?;
    desk.compare(&places, tally, &name)?;
    desk.laptop.kill()
}

/// A disk under the laptop whose every change is recorded, in the directory that is given too.
fn recorded_disk(desk: &Desk) -> Outcome<(FaultDisk, std::path::PathBuf)> {
    let files = desk.clinic.home().join("disk");
    Ok((FaultDisk::new(&desk.home(), &files, true)?, files))
}

/// Cuts the power of a laptop whose program has been killed. Gives how many changes were not synced.
fn cut_power(mut before: Disk, files: &std::path::Path, cut: Cut, dice: &mut Dice) -> Outcome<u64> {
    let unsynced = before.replay(&FaultDisk::log(files))?;
    before.cut(cut, dice)?;
    Ok(unsynced)
}

/// The control: with commits that are not synced (`synchronous=NORMAL`), power cuts lose acknowledged words, and the ledger
/// says so. Gives how many tokens were lost in `cuts` cuts.
///
/// # Errors
/// The laptop does not answer or does not open again.
pub fn lost_without_sync(desk: &mut Desk, cuts: u64) -> Outcome<u64> {
    let mut tally = Tally::default();
    for seed in 0..cuts {
        let mut dice = Dice::of("power control", seed);
        let (disk, files) = recorded_disk(desk)?;
        let before = Disk::of(&desk.home())?;
        let mut surroundings = disk.surroundings();
        surroundings.push(SWITCH);
        desk.reopen(&surroundings)?;
        let mut scene = Scene::begin(desk)?;
        disk.arm(Plan::Count, 0, &[Class::Sync])?;
        for _ in 0..5 {
            // Complete commands are synced in the second copy too, and come back from there. Typing is not.
            if !matches!(scene.play(desk, Step::Type)?, Told::Done(_)) {
                return Err(Failure::Said("a sentence was not taken".into()));
            }
        }
        desk.laptop.kill()?;
        cut_power(before, &files, Cut::Nothing, &mut dice)?;
        desk.reopen(&[])?;
        desk.compare(&scene.places, &mut tally, "the control")?;
        desk.laptop.kill()?;
    }
    Ok(tally.count(Wrong::Lost))
}
