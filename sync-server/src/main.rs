//! The program `mentalspace-server`; everything it does is in the library.

use clap::Parser as _;
use mentalspace_server::cli::{Arguments, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    run(Arguments::parse())
}
