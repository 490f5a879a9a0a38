//! `cargo xtask faults`: real processes, killed, cut off from power, disk, line and clock; nothing acknowledged may be lost.

use crate::arguments::Arguments;
use crate::place;
use crate::programs::{self, Profile};
use crate::step::{Stop, last_words, shown};
use crate::{packages, postgres};

pub(crate) fn run(mut arguments: Arguments) -> Result<(), Stop> {
    let seeds = arguments.take_value("--seeds")?;
    let count = arguments.take_value("--count")?.or(seeds);
    let first = arguments.take_value("--from")?;
    let kinds = arguments.take_names()?;
    let yes = arguments.yes();
    packages::ensure(&[packages::BUILD, packages::TEST], yes)?;
    let pg_bin = postgres::ensure(yes)?;
    // In one command, so that the device is the one that tests have, with their switches and their floor for passwords.
    let built = ["mentalspace-server", "mentalspace-app", "mentalspace-tests", "mentalspace-simulation"];
    programs::build("Building the programs (a few minutes the first time)", &built, Profile::Development)?;
    shown(
        "Building the disk that fails",
        "Put right what the compiler says and run the same again.",
        &mut place::cargo(&["build", "--locked", "--package", "mentalspace-faultdisk"]),
    )?;
    let mut faults = std::process::Command::new(programs::directory(Profile::Development).join("faults"));
    for (option, value) in [("--count", count), ("--from", first)] {
        if let Some(value) = value {
            faults.arg(option).arg(value);
        }
    }
    faults.args(kinds).current_dir(place::root()).env("MENTALSPACE_PG_BIN", pg_bin);
    last_words("Making trouble", &mut faults)
}
