//! kill -9: at random moments, and before, in the middle of and after every i-th write, sync, rename, removal and
//! truncation.

use crate::faults::desk::{Desk, Told, copy_directory};
use crate::faults::dice::Dice;
use crate::faults::disk::{Class, FaultDisk, Plan};
use crate::faults::script::{Scene, Step, steps};
use crate::faults::tally::{Tally, Wrong};
use mentalspace_testkit::failure::Outcome;
use std::time::Duration;

/// The name of this kind.
pub const KIND: &str = "kill";

/// What `count` kills have to have met.
#[must_use]
pub fn least(count: u64) -> Vec<(&'static str, u64)> {
    vec![
        ("kill.write", count / 12),
        ("kill.sync", count / 12),
        ("kill.rename", count / 30),
        ("kill.unlink", count / 60),
        ("kill.truncate", count / 60),
        ("kill.random", count / 30),
        ("kill.unlocking", count / 30),
        ("kill.acknowledged", count),
        ("database.checked", count / 4),
    ]
}

/// How many operations of a class a session has, about: the i-th are looked for up to this. No multiple of [`STRIDE`].
const fn span(class: Class) -> u64 {
    match class {
        Class::Write | Class::Read => 250,
        Class::Sync => 60,
        Class::Rename => 8,
        Class::Unlink => 6,
        Class::Truncate => 9,
        Class::Open => 30,
    }
}

/// What she does while a kill at an operation of `class` is awaited: what comes seldom in a day is brought about.
#[must_use]
pub fn session(class: Class, dice: &mut Dice) -> Vec<Step> {
    let (often, rounds) = match class {
        Class::Rename => ([Step::Type, Step::Write, Step::Sync], 8),
        Class::Unlink | Class::Truncate => ([Step::Type, Step::Sync, Step::Relock], 4),
        _ => return steps(dice, 16 + dice.clone().roll(16)),
    };
    often.repeat(rounds)
}

/// From one case to the next of the same class, so that few cases are spread and many come to every i.
const STRIDE: u64 = 37;

/// What is killed at.
#[must_use]
pub fn aim(seed: u64) -> (Class, Plan, u64) {
    let class = Class::CHANGES[usize::try_from(seed % 5).unwrap_or(0)];
    let round = seed / 5;
    let plan =
        [Plan::KillBefore, Plan::KillHalfway, Plan::KillAfter][usize::try_from(round % 3).unwrap_or(0)];
    (class, plan, 1 + (round * STRIDE) % span(class))
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
    let disk = FaultDisk::new(&desk.home(), &desk.clinic.home().join("disk"), false)?;
    let (is_random, while_unlocking) = (dice.happens(15), dice.happens(15));
    desk.laptop.kill()?;
    desk.start(&disk.surroundings())?;
    let mut places = Vec::new();
    if while_unlocking && !is_random {
        // Fewer operations than in a session.
        disk.arm(plan, 1 + at % 6, &[class])?;
        if desk.laptop.unlock()? == Told::Died {
            tally.reach("kill.unlocking");
        }
    } else if let Told::Done(_) = desk.laptop.unlock()? {
        let mut scene = Scene::begin(desk)?;
        let steps = if is_random {
            let how_many = 2 + dice.roll(20);
            steps(&mut dice, how_many)
        } else {
            disk.arm(plan, at, &[class])?;
            session(class, &mut dice)
        };
        let died = play(desk, &mut scene, steps, tally)?;
        if died {
            tally.reach(&format!("kill.{}", class.name()));
        } else {
            // Somewhere within the last write, not always before it.
            let line = scene.next_sentence(desk, "note_typing");
            desk.laptop.send(&line)?;
            std::thread::sleep(Duration::from_micros(dice.roll(6_000)));
            tally.reach("kill.random");
        }
        tally.add("kill.refused", scene.refusals.len() as u64);
        places = scene.places;
    } else {
        tally.wrong(Wrong::Corrupt, format!("{name}: it does not unlock"));
    }
    desk.laptop.kill()?;
    if seed.is_multiple_of(3) {
        desk.check_database(tally, &name)?;
    }
    desk.reopen(&[])?;
    let landed = desk.compare(&places, tally, &name)?;
    tally.add("kill.in_flight_landed", landed);
    Ok(())
}

/// Plays until the program is killed; gives whether it was.
fn play(desk: &mut Desk, scene: &mut Scene, steps: Vec<Step>, tally: &mut Tally) -> Outcome<bool> {
    for step in steps {
        match scene.play(desk, step)? {
            Told::Died => return Ok(true),
            Told::Done(_) => tally.reach("kill.acknowledged"),
            Told::Refused(_) => {}
        }
    }
    Ok(false)
}

/// The control: a laptop whose files go back to an earlier state, second copy and all, has lost acknowledged words, and the
/// ledger says so. Gives how many tokens are told as lost.
///
/// # Errors
/// The laptop does not answer or does not open again.
pub fn lost_by_going_back(desk: &mut Desk) -> Outcome<u64> {
    desk.reopen(&[])?;
    let mut scene = Scene::begin(desk)?;
    scene.play(desk, Step::Write)?;
    desk.laptop.kill()?;
    let earlier = desk.clinic.home().join("earlier");
    copy_directory(&desk.home(), &earlier)?;
    desk.reopen(&[])?;
    scene.play(desk, Step::Write)?;
    scene.play(desk, Step::NewClient)?;
    desk.laptop.kill()?;
    std::fs::remove_dir_all(desk.home())?;
    std::fs::rename(earlier, desk.home())?;
    desk.reopen(&[])?;
    let mut tally = Tally::default();
    desk.compare(&scene.places, &mut tally, "the control")?;
    Ok(tally.count(Wrong::Lost))
}
