//! `cargo xtask`: everything that is done with this repository, in one program that a fresh machine can build.

mod arguments;
mod commands;
mod interrupt;
mod node;
mod packages;
mod place;
mod postgres;
#[path = "../../crates/testkit/src/postgres_programs.rs"]
mod postgres_programs;
mod programs;
mod step;
mod ui;

use std::process::ExitCode;

use arguments::Arguments;
use step::Stop;

const USAGE: &str = "\
cargo xtask COMMAND

  demo      show the product with a demonstration practice
              --yes            ask nothing before installing packages
              --headless       run a scripted therapist's day instead of opening a window
              --second-device  open a second laptop of the same therapist
  test      run all tests, those in real windows too
              NAME …           only tests whose name contains one of these
              --show           open the windows on this display
  ci        what has to pass before a change is taken
  bench     measure the speed of release builds; --json ends with one line of JSON
  load      many devices at once against real servers, in release builds; the figures at the end
              --devices N --minutes M --servers S   (300, 1, 2)
              --idle K         as many more that only listen
              --storm          ask more than the servers can do, and see them recover
              --growth         instead: what one clinician's syncs cost before and after the practice grew tenfold
              --strict         a figure that is not reached is a failure; --json ends with one line of JSON
  prove     the long proofs, in resumable parts; NAME … for some of them, --short for a small number of cases
  simulate  seeds of the simulation: real store, real server, a network and disks that chance breaks
              --seeds N --from S   which; --threads T, --control NAME to see it fail
              --small STRIDE       every so many scripts of the small scope, each with every mishap
  faults    kill, power, disk, flips, net, server, clock or all: real processes under faults; ends with one line of JSON
              --count N        so many cases of each kind (--seeds N is the same)
              --from S         beginning with the seed S
  package   build, sign and verify the Debian packages
              --key FILE       minisign secret key (default: MENTALSPACE_PACKAGE_KEY, else one made for you)
              --check          as root: install both, look at them, remove them
  screens   take the screenshots in docs/screenshots
  types     write the TypeScript that is generated from Rust

--yes works with every command, and so does CI=true.";

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let command = words.next().unwrap_or_default();
    let outcome = interrupt::watch().and_then(|()| run(&command, Arguments::read(words)));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) if interrupt::came() => {
            eprintln!("\nStopped. Everything that was started has been ended.");
            ExitCode::from(130)
        }
        Err(stop) => {
            stop.tell();
            ExitCode::FAILURE
        }
    }
}

fn run(command: &str, arguments: Arguments) -> Result<(), Stop> {
    match command {
        "demo" => commands::demo::run(arguments),
        "test" => commands::test::run(arguments),
        "ci" => commands::ci::run(arguments),
        "bench" => commands::bench::run(arguments),
        "load" => commands::load::run(arguments),
        "faults" => commands::faults::run(arguments),
        "prove" => commands::prove::run(arguments),
        "package" => commands::package::run(arguments),
        "screens" => commands::screens::run(arguments),
        "simulate" => commands::simulate::run(arguments),
        "types" => commands::types::run(arguments),
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            Ok(())
        }
        "" => Err(Stop::new("no command was given", USAGE)),
        unknown => Err(Stop::new(format!("there is no command {unknown}"), USAGE)),
    }
}
