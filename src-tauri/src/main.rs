//! The program: reads its command line and opens the window.

#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

use clap::Parser as _;
use mentalspace_desktop::Options;
use std::process::ExitCode;

fn main() -> ExitCode {
    match mentalspace_desktop::run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => {
            eprintln!("mentalspace-desktop: {stop}");
            ExitCode::FAILURE
        }
    }
}
