//! Wrong clocks: by 400 days either way, over the hours that exist twice or not at all, on the leap day, set back in the
//! middle of a sentence. No word is lost or out of order, and the lease ends neither early nor late.

use crate::faults::desk::{Desk, Told};
use crate::faults::dice::Dice;
use crate::faults::script::{Scene, Step};
use crate::faults::tally::{Tally, Wrong};
use crate::laptop::WrongClock;
use mentalspace_testkit::failure::Outcome;
use serde_json::json;

/// The name of this kind.
pub const KIND: &str = "clock";

/// Clocks that are wrong when the laptop starts and stay so, each with the zone that the laptop is set to.
const WRONG: [(&str, &str); 16] = [
    ("-400d", "UTC"),
    ("+400d", "UTC"),
    ("-3650d", "UTC"),
    ("+3650d", "UTC"),
    ("-1d", "America/New_York"),
    ("+1d", "Pacific/Auckland"),
    // The hour that does not exist, and the hour that exists twice.
    ("@2026-03-08 01:59:58", "America/New_York"),
    ("@2026-03-08 03:00:00", "America/New_York"),
    ("@2026-11-01 00:59:58", "America/New_York"),
    ("@2026-11-01 01:59:58", "America/New_York"),
    ("@2027-03-28 01:59:58", "Europe/Berlin"),
    ("@2028-02-28 23:59:58", "America/New_York"),
    ("@2028-02-29 23:59:58", "America/New_York"),
    ("@2027-12-31 23:59:58", "Asia/Kolkata"),
    ("@2027-02-28 23:59:58", "UTC"),
    ("@2038-01-19 03:14:06", "UTC"),
];

/// Clocks that are set while she writes: first to this, then to that.
const SET: [(&str, &str); 6] =
    [("+0", "-1h"), ("+0", "-400d"), ("+400d", "-400d"), ("-400d", "+400d"), ("+2h", "+0"), ("-1800d", "+0")];

/// All cases: [`WRONG`], [`SET`], and two about the lease.
pub const CASES: u64 = (WRONG.len() + SET.len() + 2) as u64;

/// What `count` cases have to have met.
#[must_use]
pub fn least(count: u64) -> Vec<(&'static str, u64)> {
    vec![
        ("clock.acknowledged", count * 4),
        ("clock.wrong", count / 3),
        ("clock.set", count / 6),
        ("clock.lease_over", count / CASES),
        ("clock.lease_kept", count / CASES),
    ]
}

/// Runs the cases `seeds` at `desk`: the matrix, over and over.
///
/// # Errors
/// The laptop does not answer, or libfaketime is not there.
pub fn run(desk: &mut Desk, seeds: impl Iterator<Item = u64>, tally: &mut Tally) -> Outcome<()> {
    for seed in seeds {
        tally.case(KIND);
        // Spread, so that a few cases are of several sorts, one about the lease among them.
        let number = usize::try_from(seed * 11 % CASES).unwrap_or(0);
        let told = format!("{KIND} {seed}");
        if let Some((offset, zone)) = WRONG.get(number) {
            wrong(desk, offset, zone, seed, tally, &format!("{told} ({offset} in {zone})"))?;
        } else if let Some((first, then)) = SET.get(number - WRONG.len()) {
            set(desk, first, then, seed, tally, &format!("{told} ({first}, then {then})"))?;
        } else if number % 2 == 0 {
            lease_ends(desk, tally, &told)?;
        } else {
            lease_stays(desk, tally, &told)?;
        }
    }
    desk.compare_from_outside(tally)
}

fn owned(surroundings: &[(String, String)]) -> Vec<(&str, &str)> {
    surroundings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

fn wrong(desk: &mut Desk, offset: &str, zone: &str, seed: u64, tally: &mut Tally, told: &str) -> Outcome<()> {
    let clock = WrongClock::set_to(offset, zone).surroundings()?;
    begin(desk, &owned(&clock), tally, told)?;
    let mut scene = Scene::begin(desk)?;
    write(desk, &mut scene, seed, tally, told)?;
    desk.compare(&scene.places, tally, told)?;
    tally.reach("clock.wrong");
    afterwards(desk, &scene, tally, told)
}

fn set(desk: &mut Desk, first: &str, then: &str, seed: u64, tally: &mut Tally, told: &str) -> Outcome<()> {
    let clock = WrongClock::on_the_wall(&desk.clinic.home().join("clock"))?;
    clock.put_forward(first)?;
    begin(desk, &owned(&clock.surroundings()?), tally, told)?;
    let mut scene = Scene::begin(desk)?;
    write(desk, &mut scene, seed, tally, told)?;
    clock.put_forward(then)?;
    write(desk, &mut scene, seed + 1, tally, told)?;
    desk.compare(&scene.places, tally, told)?;
    tally.reach("clock.set");
    afterwards(desk, &scene, tally, told)
}

/// Opens the laptop under its clock: whatever the hour, the lease is not over.
fn begin(desk: &mut Desk, surroundings: &[(&str, &str)], tally: &mut Tally, told: &str) -> Outcome<()> {
    desk.laptop.kill()?;
    desk.start(surroundings)?;
    if !matches!(desk.laptop.unlock()?, Told::Done(_)) {
        tally.wrong(Wrong::Corrupt, format!("{told}: a wrong clock locks her out"));
    }
    Ok(())
}

/// Writes, and sends it half of the time: the words wait as well as they travel.
fn write(desk: &mut Desk, scene: &mut Scene, seed: u64, tally: &mut Tally, told: &str) -> Outcome<()> {
    let mut dice = Dice::of(KIND, seed);
    let mut steps = vec![Step::Type, Step::Type, Step::Write, Step::Type, Step::NewClient];
    if dice.happens(60) {
        steps.insert(3, Step::Sync);
    }
    if dice.happens(20) {
        steps.push(Step::Sign);
    }
    for step in steps {
        match scene.play(desk, step)? {
            Told::Done(_) => tally.reach("clock.acknowledged"),
            other => tally.wrong(Wrong::Corrupt, format!("{told}: {step:?} under a wrong clock: {other:?}")),
        }
    }
    Ok(())
}

/// The clock is right again: everything is there, goes to the server, and she goes on.
fn afterwards(desk: &mut Desk, scene: &Scene, tally: &mut Tally, told: &str) -> Outcome<()> {
    desk.laptop.kill()?;
    desk.reopen(&[])?;
    desk.compare(&scene.places, tally, told)?;
    let report = desk.laptop.must(&json!({"command": "sync"}))?;
    if report["complete"] != json!(true) || report["status"]["outbox"] != json!(0) {
        tally.wrong(Wrong::Corrupt, format!("{told}: it does not sync under a right clock: {report}"));
    }
    desk.compare(&scene.places, tally, told).map(drop)
}

/// Time that goes by while the laptop is open counts, whatever the clock on the wall says then: not late.
fn lease_ends(desk: &mut Desk, tally: &mut Tally, told: &str) -> Outcome<()> {
    let clock = WrongClock::in_hand(&desk.clinic.home().join("clock"))?;
    begin(desk, &owned(&clock.surroundings()?), tally, told)?;
    let mut scene = Scene::begin(desk)?;
    write(desk, &mut scene, 1, tally, told)?;
    // The steady clock goes along: so much time has really passed.
    clock.put_forward("+400d")?;
    desk.laptop.must(&json!({"command": "lock"}))?;
    desk.laptop.kill()?;
    // Set back, and without the server: it must not open.
    desk.clinic.kill_server()?;
    desk.start(&[])?;
    match desk.laptop.unlock()? {
        Told::Refused(error) if error["code"] == "sign_in_needed" => tally.reach("clock.lease_over"),
        other => tally.wrong(Wrong::Corrupt, format!("{told}: a lease that is over opens: {other:?}")),
    }
    desk.clinic.start_server()?;
    if !matches!(desk.laptop.unlock()?, Told::Done(_)) {
        tally.wrong(Wrong::Corrupt, format!("{told}: the server's word does not open it"));
    }
    desk.compare(&scene.places, tally, told)?;
    afterwards(desk, &scene, tally, told)
}

/// Without the server, a clock that is 400 days ahead does not end a lease: not early.
fn lease_stays(desk: &mut Desk, tally: &mut Tally, told: &str) -> Outcome<()> {
    desk.clinic.kill_server()?;
    let clock = WrongClock::set_to("+400d", "UTC").surroundings()?;
    begin(desk, &owned(&clock), tally, told)?;
    let mut scene = Scene::begin(desk)?;
    if matches!(scene.play(desk, Step::Write)?, Told::Done(_)) {
        tally.reach("clock.lease_kept");
        tally.add("clock.acknowledged", 4);
    }
    desk.clinic.start_server()?;
    afterwards(desk, &scene, tally, told)
}
