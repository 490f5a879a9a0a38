//! `cargo xtask ci`: what has to pass before a change is taken, step by step, with the time of each.

use std::os::unix::process::CommandExt as _;
use std::time::{Duration, Instant};

use super::{demo, load, prove, simulate, test, types};
use crate::arguments::Arguments;
use crate::place;
use crate::step::{Stop, say, seconds, shown};
use crate::{packages, ui};

/// The whole is meant to end within this time on 2 cores from nothing.
const LIMIT: Duration = Duration::from_secs(45 * 60);

/// With these, whatever cargo compiles of this workspace goes through clippy on the way and is refused for a warning. A
/// `cargo clippy` of its own would compile every library a second time, for its types alone: 5 of 45 minutes.
const LINTED: [(&str, &str); 2] = [("RUSTC_WORKSPACE_WRAPPER", "clippy-driver"), ("RUSTFLAGS", "-Dwarnings")];

pub(crate) fn run(mut arguments: Arguments) -> Result<(), Stop> {
    let yes = arguments.yes();
    arguments.finish()?;
    if LINTED.iter().any(|(name, value)| place::environment(name).as_deref() != Some(value)) {
        let mut again = place::cargo(if yes { &["xtask", "ci", "--yes"] } else { &["xtask", "ci"] });
        // In this process's place, so that Ctrl-C and the terminal are its own.
        let why = again.envs(LINTED).exec();
        return Err(Stop::new(format!("cargo could not be started again ({why})"), "Run the same again."));
    }
    let mut steps = Steps::default();
    let done = all(&mut steps, yes);
    steps.print();
    done?;
    say("Everything passed.");
    if steps.total() > LIMIT {
        // Said and not refused: a busy machine must not turn a good change away.
        say(format_args!(
            "It took longer than the {} it is meant to take: see above for what has grown.",
            seconds(LIMIT)
        ));
    }
    Ok(())
}

fn all(steps: &mut Steps, yes: bool) -> Result<(), Stop> {
    steps.run("format", || {
        let next = "Run `cargo fmt --all`.";
        shown("Checking the format", next, &mut place::cargo(&["fmt", "--all", "--check"]))
    })?;
    steps.run("packages", || packages::ensure(&[packages::BUILD, packages::DESKTOP, packages::TEST], yes))?;
    steps.run("user interface", || ui::build(yes))?;
    steps.run("user interface's lint, types and unused code", || {
        let node = ui::libraries(yes)?;
        ui::script(&node, "Checking the user interface's style", "lint")?;
        ui::script(&node, "Checking the user interface's types", "typecheck")?;
        ui::script(&node, "Looking for unused code in the user interface", "knip")
    })?;
    steps.run("everything built, under clippy", || test::prepare(yes).map(drop))?;
    // The generator, the demonstration and the proofs below find it done as well.
    steps.run("tests (cargo xtask test)", || test::run(Arguments::agreeing(yes)))?;
    steps.run("generated TypeScript", types::refuse_drift)?;
    steps.run("demonstration", || demo::headless_with_built_programs(yes))?;
    steps.run("a slice of a proof", || prove::short(yes))?;
    steps.run("simulation (500 seeds)", || simulate::short(yes))?;
    steps.run("300 devices for a minute", || load::short(yes))
}

/// The steps so far, each with its time and whether it passed.
#[derive(Default)]
struct Steps {
    done: Vec<(&'static str, Duration, bool)>,
}

impl Steps {
    fn run(&mut self, name: &'static str, work: impl FnOnce() -> Result<(), Stop>) -> Result<(), Stop> {
        let begun = Instant::now();
        let outcome = work();
        self.done.push((name, begun.elapsed(), outcome.is_ok()));
        outcome
    }

    fn total(&self) -> Duration {
        self.done.iter().map(|(_, time, _)| *time).sum()
    }

    fn print(&self) {
        say("\nTime per step");
        for (name, time, passed) in &self.done {
            say(format_args!("  {} {name:<45} {:>14}", if *passed { '✓' } else { '✗' }, seconds(*time)));
        }
        say(format_args!("    {:<45} {:>14}", "together", seconds(self.total())));
    }
}
