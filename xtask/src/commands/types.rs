//! `cargo xtask types`: the TypeScript that is generated from Rust.

use std::path::PathBuf;

use crate::arguments::Arguments;
use crate::place;
use crate::step::{OrStop as _, Stop, shown};

pub(crate) fn run(mut arguments: Arguments) -> Result<(), Stop> {
    arguments.finish()?;
    generate()
}

/// Where the generated files are, committed, so that the user interface builds without Rust.
fn directory() -> PathBuf {
    place::root().join("ui/src/backend/generated")
}

fn generate() -> Result<(), Stop> {
    let words =
        ["run", "--locked", "--quiet", "--package", "mentalspace-app", "--bin", "mentalspace-types", "--"];
    shown(
        "Generating the TypeScript",
        "Put right what the compiler says and run the same again.",
        place::cargo(&words).arg(directory()),
    )
}

/// Generates anew and refuses a difference: nobody edits these files by hand, and nobody forgets to generate them.
pub(crate) fn refuse_drift() -> Result<(), Stop> {
    let state = || place::fingerprint([directory().as_path()], &[]).or_stop("read the generated TypeScript");
    let before = state()?;
    generate()?;
    if state()? == before {
        return Ok(());
    }
    Err(Stop::new(
        "the TypeScript in ui/src/backend/generated was not what Rust generates",
        "It has been generated now: look at `git diff ui/src/backend/generated` and commit it.",
    ))
}
