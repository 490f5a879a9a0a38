//! The speed of the whole product, beside the floor of this machine in the same minute. `cargo xtask bench` runs it.

use mentalspace_testkit::demo::Stage;
use mentalspace_testkit::failure::{Failure, Outcome};
use mentalspace_tests::bench::{self, Floor};
use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    match run(std::env::args().skip(1).collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\nThe measurement stopped: {}", failure.in_full());
            ExitCode::FAILURE
        }
    }
}

fn run(mut words: Vec<String>) -> Outcome<()> {
    let json = words.iter().position(|word| word == "--json").map(|at| words.remove(at)).is_some();
    let python = take(&mut words, "--python")?;
    let tools = take(&mut words, "--floor-tools")?;
    let floor = python.zip(tools).map(|(python, tools)| Floor { python, tools });
    // Names stand behind the options: they choose the lines of the table.
    let names = words.split_off(Stage::WORDS.min(words.len()));
    let stage = Stage::from_words(&words)?;
    bench::measure(&stage, floor.as_ref(), json, &names)
}

/// An option with its path.
fn take(words: &mut Vec<String>, option: &str) -> Outcome<Option<PathBuf>> {
    let Some(at) = words.iter().position(|word| word == option) else { return Ok(None) };
    words.remove(at);
    if at < words.len() {
        return Ok(Some(PathBuf::from(words.remove(at))));
    }
    Err(Failure::Said(format!("{option} wants a path")))
}
