//! The program: reads its command line and opens the window.

#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

use clap::Parser as _;
use mentalspace_desktop::{Options, Stop};
use std::process::ExitCode;

fn main() -> ExitCode {
    let options = Options::parse();
    match mentalspace_desktop::run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        #[cfg(unix)]
        Err(Stop::StillEnding) if options.waited < PATIENCE => start_anew(options.waited + 1),
        Err(stop) => end(&stop),
    }
}

/// How often a start waits for an earlier window that is on its way out, a second each time: a program that crashed may
/// take that long to be cleared away, and who starts it again wants her notes and no riddle.
#[cfg(unix)]
const PATIENCE: u32 = 10;

/// From the beginning, in this process: a window system is set up once in a program's life.
#[cfg(unix)]
fn start_anew(waited: u32) -> ExitCode {
    use std::os::unix::process::CommandExt as _;
    std::thread::sleep(std::time::Duration::from_secs(1));
    let own = match std::env::current_exe() {
        Ok(own) => own,
        Err(why) => return end(&Stop::Directory(why)),
    };
    let mut again = std::process::Command::new(own);
    again.args(std::env::args_os().skip(1)).arg("--waited").arg(waited.to_string());
    end(&Stop::Directory(again.exec()))
}

fn end(stop: &Stop) -> ExitCode {
    eprintln!("mentalspace-desktop: {stop}");
    ExitCode::FAILURE
}
