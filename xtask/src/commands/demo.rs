//! `cargo xtask demo`: from a fresh machine to the therapist's window.

use std::os::unix::process::CommandExt as _;

use super::stage;
use crate::arguments::Arguments;
use crate::place::environment;
use crate::programs::{self, Profile};
use crate::step::{Stop, last_words};
use crate::{packages, postgres, ui};

pub(crate) fn run(mut arguments: Arguments) -> Result<(), Stop> {
    let headless = arguments.take("--headless");
    let second_device = arguments.take("--second-device");
    arguments.finish()?;
    if !headless && environment("DISPLAY").is_none() && environment("WAYLAND_DISPLAY").is_none() {
        return Err(Stop::new(
            "there is no display to open a window on",
            "Run this on a desktop, or watch a scripted day with `cargo xtask demo --headless`.",
        ));
    }
    let yes = arguments.yes();
    let mut needed = vec![packages::BUILD];
    let mut built = vec!["mentalspace-server", "mentalspace-app", "mentalspace-testkit"];
    if !headless {
        needed.push(packages::DESKTOP);
        built.push("mentalspace-desktop");
    }
    packages::ensure(&needed, yes)?;
    let pg_bin = postgres::ensure(yes)?;
    if !headless {
        ui::build(yes)?;
    }
    programs::build("Building the programs (a few minutes the first time)", &built, Profile::Development)?;
    let mut demo = stage::command("demo", Profile::Development, &pg_bin, "demo")?;
    if headless {
        demo.arg("--headless");
    }
    if second_device {
        demo.arg("--second-device");
    }
    // The demonstration takes this process's place, so that Ctrl-C and the terminal are its own.
    let why = demo.exec();
    Err(Stop::new(format!("the demonstration could not be started ({why})"), "Run the same again."))
}

/// The scripted day with programs that are built already, as a step of `cargo xtask ci`.
pub(crate) fn headless_with_built_programs(yes: bool) -> Result<(), Stop> {
    let pg_bin = postgres::ensure(yes)?;
    let mut demo = stage::command("demo", Profile::Development, &pg_bin, "demo-ci")?;
    last_words("A scripted therapist's day", demo.arg("--headless"))
}
