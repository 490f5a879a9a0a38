//! The server killed under load, and PostgreSQL stopped at once and started again.

use crate::charts::{THERAPIST, THERAPIST_NAME};
use crate::faults::dice::Dice;
use crate::faults::fleet::Fleet;
use crate::faults::tally::Tally;
use mentalspace_testkit::clinic::{Clinic, Programs};
use mentalspace_testkit::failure::Outcome;
use mentalspace_testkit::postgres::{PostgresSettings, find_programs};
use std::time::Duration;

/// The name of this kind.
pub const KIND: &str = "server";

/// Kills between two looks at everything.
const ROUND: u64 = 5;
/// One in so many is PostgreSQL's turn, the others the server's.
const POSTGRES_EACH: u64 = 4;
/// Laptops at work.
const LAPTOPS: usize = 3;

/// What `count` cases have to have met.
#[must_use]
pub fn least(count: u64) -> Vec<(&'static str, u64)> {
    vec![
        ("server.killed", count * 3 / 5),
        ("server.postgres_stopped", count / 5),
        ("server.acknowledged", count * 2),
        ("server.synced", count / 2),
        ("server.healed", count / ROUND),
        ("server.requests_failed", count / 4),
    ]
}

/// A practice whose PostgreSQL keeps what it has committed, as that of a real one does.
fn durable_clinic() -> Outcome<Clinic> {
    let settings = PostgresSettings { programs: find_programs()?, home: None, durable: true };
    let clinic = Clinic::open_with(Programs::built()?, &settings, None)?;
    clinic.user(THERAPIST, THERAPIST_NAME, &["clinician"])?;
    Ok(clinic)
}

/// Runs the cases `seeds`.
///
/// # Errors
/// A laptop does not answer, or the server or PostgreSQL does not start again.
pub fn run(seeds: impl Iterator<Item = u64>, tally: &mut Tally) -> Outcome<()> {
    let mut clinic = durable_clinic()?;
    let mut fleet = Fleet::of(&clinic, LAPTOPS)?;
    let seeds: Vec<u64> = seeds.collect();
    for round in seeds.chunks(usize::try_from(ROUND).unwrap_or(1)) {
        fleet.work_during(|| round.iter().try_for_each(|seed| case(&mut clinic, *seed, tally)))?;
        fleet.heal(KIND, &format!("{KIND} {round:?}"), tally)?;
    }
    let failed = ["server.sync_unreachable", "server.sync_server_refused"].map(|what| tally.met(what));
    tally.add("server.requests_failed", failed.iter().sum());
    Ok(())
}

fn case(clinic: &mut Clinic, seed: u64, tally: &mut Tally) -> Outcome<()> {
    tally.case(KIND);
    let mut dice = Dice::of(KIND, seed);
    let mut wait = |most: u64| std::thread::sleep(Duration::from_micros(dice.roll(most * 1_000)));
    wait(1_000);
    if seed % POSTGRES_EACH == POSTGRES_EACH - 1 {
        clinic.postgres().stop_at_once()?;
        wait(100);
        clinic.postgres().start_again()?;
        tally.reach("server.postgres_stopped");
    } else {
        clinic.kill_server()?;
        wait(100);
        clinic.start_server()?;
        tally.reach("server.killed");
    }
    Ok(())
}
