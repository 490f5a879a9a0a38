//! `cargo xtask test`: everything the tests need, then the tests.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::arguments::Arguments;
use crate::place::{self, ask, environment};
use crate::programs::{self, DESKTOP_FEATURES, Profile};
use crate::step::{OrStop as _, Stop, last_words, say, shown};
use crate::{interrupt, packages, postgres, ui};

pub(crate) fn run(mut arguments: Arguments) -> Result<(), Stop> {
    let own_display = arguments.take("--show");
    let filters = arguments.take_names()?;
    let yes = arguments.yes();
    let pg_bin = prepare(yes)?;
    if filters.is_empty() {
        ui::script(&ui::libraries(yes)?, "Testing the user interface alone", "test")?;
    }
    run_tests(&pg_bin, own_display, &filters, &[])
}

/// Installs and builds what the tests need; gives the directory of PostgreSQL's programs.
pub(crate) fn prepare(yes: bool) -> Result<PathBuf, Stop> {
    packages::ensure(&[packages::BUILD, packages::DESKTOP, packages::TEST], yes)?;
    let pg_bin = postgres::ensure(yes)?;
    ui::build(yes)?;
    // The programs too: tests start them as a therapist would. One command for both, or cargo would choose the
    // libraries' features twice and compile them twice.
    let words = ["build", "--locked", "--workspace", "--all-targets", "--features", DESKTOP_FEATURES];
    shown(
        "Building the programs and the tests (about 10 minutes the first time)",
        "Put right what the compiler says and run the same again.",
        &mut place::cargo(&words),
    )?;
    Ok(pg_bin)
}

/// Runs the test runner in its surroundings. Its summary closes the output.
pub(crate) fn run_tests(
    pg_bin: &Path,
    own_display: bool,
    filters: &[String],
    more_surroundings: &[(&str, &str)],
) -> Result<(), Stop> {
    let has_nextest = ask("cargo", &["nextest", "--version"]).is_some();
    let mut words = if has_nextest { vec!["nextest", "run"] } else { vec!["test", "--no-fail-fast"] };
    words.extend(["--locked", "--workspace", "--lib", "--bins", "--tests", "--features", DESKTOP_FEATURES]);
    if has_nextest && own_display {
        // On one display, real keys go to the window that has the focus.
        words.extend(["--test-threads", "1"]);
    }
    if !has_nextest {
        words.push("--");
    }
    words.extend(filters.iter().map(String::as_str));
    let mut command = in_surroundings(Profile::Development, pg_bin, own_display, &place::cargo(&words));
    command.envs(more_surroundings.iter().copied());
    if has_nextest { last_words("Running the tests", &mut command) } else { run_and_add_up(&mut command) }
}

/// `inner`, with one PostgreSQL and a keyring around it; windows open on displays of their own unless `own_display`.
pub(crate) fn in_surroundings(built: Profile, pg_bin: &Path, own_display: bool, inner: &Command) -> Command {
    let mut command = Command::new(programs::directory(built).join("surroundings"));
    if own_display && environment("DISPLAY").is_some() {
        command.arg("--own-display");
    }
    let words: Vec<OsString> = inner.get_args().map(OsString::from).collect();
    command.arg(inner.get_program()).args(words).current_dir(place::root()).env("MENTALSPACE_PG_BIN", pg_bin);
    for (name, value) in inner.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

/// `cargo test` closes each program's tests with a line of its own; this adds them up, so that the last line tells
/// the whole.
fn run_and_add_up(command: &mut Command) -> Result<(), Stop> {
    say("▸ Running the tests with cargo test (cargo-nextest would be faster)");
    let mut group = interrupt::start(command.stdin(Stdio::null()).stdout(Stdio::piped()))
        .or_stop("start the surroundings of the tests")?;
    let mut sums = Sums::default();
    for line in group
        .child
        .stdout
        .take()
        .into_iter()
        .flat_map(|out| BufReader::new(out).lines())
        .map_while(Result::ok)
    {
        println!("{line}");
        sums.add(&line);
    }
    let status = group.child.wait().or_stop("wait for the tests")?;
    println!("\nSummary: {} passed, {} failed, {} ignored", sums.passed, sums.failed, sums.ignored);
    if status.success() { Ok(()) } else { Err(Stop::told()) }
}

#[derive(Default)]
struct Sums {
    passed: u32,
    failed: u32,
    ignored: u32,
}

impl Sums {
    /// Reads `test result: ok. 12 passed; 0 failed; 1 ignored; …`.
    fn add(&mut self, line: &str) {
        let Some(result) = line.strip_prefix("test result: ") else {
            return;
        };
        let words: Vec<&str> = result.split([' ', ';']).filter(|word| !word.is_empty()).collect();
        for pair in words.windows(2) {
            let number = pair[0].parse().unwrap_or(0);
            match pair[1] {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_several_programs_add_up() {
        let mut sums = Sums::default();
        sums.add(
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.10s",
        );
        sums.add("test domain::merge::keeps_both ... ok");
        sums.add("test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out");
        assert_eq!((sums.passed, sums.failed, sums.ignored), (15, 2, 1));
    }
}
