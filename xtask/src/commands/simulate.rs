//! `cargo xtask simulate`: seeds of the simulation over one PostgreSQL, on as many threads as there are cores.

use crate::arguments::Arguments;
use crate::place::{self, ask};
use crate::programs::{self, Profile};
use crate::step::{Stop, last_words};
use crate::{packages, postgres};

/// Seeds in every `cargo xtask ci`.
const SHORT: &str = "500";
/// Of the scripts of the small scope, every so many is told in every `cargo xtask ci`, with each of its mishaps: a few
/// more than 2,000 schedules.
const STRIDE: &str = "40";

pub(crate) fn run(mut arguments: Arguments) -> Result<(), Stop> {
    let mut words = Vec::new();
    for option in ["--seeds", "--from", "--threads", "--happenings", "--control", "--small"] {
        if let Some(value) = arguments.take_value(option)? {
            words.extend([option.to_owned(), value]);
        }
    }
    let yes = arguments.yes();
    arguments.finish()?;
    packages::ensure(&[packages::BUILD], yes)?;
    let pg_bin = postgres::ensure(yes)?;
    programs::build(
        "Building the simulation (a few minutes the first time)",
        &["mentalspace-simulation"],
        Profile::Development,
    )?;
    simulate(&pg_bin, &words)
}

/// The small number of seeds, with what is built already.
pub(crate) fn short(yes: bool) -> Result<(), Stop> {
    let pg_bin = postgres::ensure(yes)?;
    simulate(&pg_bin, &["--seeds".to_owned(), SHORT.to_owned()])?;
    simulate(&pg_bin, &["--small".to_owned(), STRIDE.to_owned()])
}

fn simulate(pg_bin: &std::path::Path, words: &[String]) -> Result<(), Stop> {
    let mut simulation =
        std::process::Command::new(programs::directory(Profile::Development).join("simulate"));
    let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let commit =
        ask("git", &["rev-parse", "--short", "HEAD"]).unwrap_or_else(|| "an unknown commit".to_owned());
    simulation
        .args(["--threads", &cores.to_string(), "--commit", &commit])
        .args(words)
        .env("MENTALSPACE_PG_BIN", pg_bin)
        .current_dir(place::root());
    last_words("Simulating", &mut simulation)
}
