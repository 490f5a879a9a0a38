//! `cargo xtask types`: the TypeScript that is generated from Rust.

use std::path::PathBuf;
use std::process::Command;

use crate::arguments::Arguments;
use crate::place;
use crate::programs::{self, Profile};
use crate::step::{OrStop as _, Stop, shown};

pub(crate) fn run(mut arguments: Arguments) -> Result<(), Stop> {
    arguments.finish()?;
    let words =
        ["run", "--locked", "--quiet", "--package", "mentalspace-app", "--bin", "mentalspace-types", "--"];
    generate(&mut place::cargo(&words))
}

/// Where the generated files are, committed, so that the user interface builds without Rust.
fn directory() -> PathBuf {
    place::root().join("ui/src/backend/generated")
}

fn generate(generator: &mut Command) -> Result<(), Stop> {
    let next = "Put right what the compiler says and run the same again.";
    shown("Generating the TypeScript", next, generator.arg(directory()))
}

/// Generates anew, with what is built already, and refuses a difference: nobody edits these files by hand, and nobody
/// forgets to generate them.
pub(crate) fn refuse_drift() -> Result<(), Stop> {
    let state = || place::fingerprint([directory().as_path()], &[]).or_stop("read the generated TypeScript");
    let before = state()?;
    generate(&mut Command::new(programs::directory(Profile::Development).join("mentalspace-types")))?;
    if state()? == before {
        return Ok(());
    }
    Err(Stop::new(
        "the TypeScript in ui/src/backend/generated was not what Rust generates",
        "It has been generated now: look at `git diff ui/src/backend/generated` and commit it.",
    ))
}
