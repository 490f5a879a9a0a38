//! `cargo xtask bench`: release builds, measured beside the floor of the same machine in the same minute.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{stage, test};
use crate::arguments::Arguments;
use crate::place::{self, find_program};
use crate::programs::{self, Profile};
use crate::step::{OrStop as _, Stop, last_words, quiet, say};
use crate::{packages, postgres, ui};

/// The outside reader and floor of the encrypted store, pinned.
const SQLCIPHER_WHEEL: &str = "sqlcipher3-wheels==0.5.7";

pub(crate) fn run(mut arguments: Arguments) -> Result<(), Stop> {
    let json = arguments.take("--json");
    let names = arguments.take_names()?;
    let yes = arguments.yes();
    // With the packages of the tests: one figure is measured in a real window.
    packages::ensure(&[packages::BUILD, packages::DESKTOP, packages::TEST], yes)?;
    let pg_bin = postgres::ensure(yes)?;
    ui::build(yes)?;
    let built = [
        "mentalspace-server",
        "mentalspace-app",
        "mentalspace-testkit",
        "mentalspace-tests",
        "mentalspace-desktop",
    ];
    programs::build("Building for release (about 15 minutes the first time)", &built, Profile::Release)?;
    let mut bench = stage::command("bench", Profile::Release, &pg_bin, "bench")?;
    if json {
        bench.arg("--json");
    }
    match floor()? {
        Some((python, tools)) => {
            bench.arg("--python").arg(python).arg("--floor-tools").arg(tools);
        }
        None => say("No floor is measured beside the figures: the reason stands above."),
    }
    bench.args(names);
    last_words("Measuring", &mut test::in_surroundings(Profile::Release, &pg_bin, false, &bench))
}

/// A Python that has SQLCipher, and the directory of the floor's scripts; nothing, with the reason printed, where one
/// of them cannot be had.
fn floor() -> Result<Option<(PathBuf, PathBuf)>, Stop> {
    let tools = place::root().parent().unwrap_or(Path::new("/")).join("shared/tools");
    if !tools.join("floor.py").is_file() {
        say("The floor's script ../shared/tools/floor.py is not here.");
        return Ok(None);
    }
    let Some(python) = find_program("python3") else {
        say("There is no python3 to measure the floor with.");
        return Ok(None);
    };
    let home = place::working_directory("python").or_stop("create a directory for Python")?;
    let own = home.join("bin/python");
    let knows_sqlcipher = || place::ask(&own, &["-c", "import sqlcipher3"]).is_some();
    if !knows_sqlcipher() {
        let next = "Install python3-venv, or go on without the floor by removing ../shared/tools.";
        quiet("Making a Python of our own", next, Command::new(python).args(["-m", "venv"]).arg(&home))?;
        let words = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", SQLCIPHER_WHEEL];
        quiet("Fetching SQLCipher for Python", next, Command::new(&own).args(words))?;
    }
    Ok(Some((own, tools)))
}
