//! Runs a command with everything the tests need around it: one PostgreSQL for the whole run, a session bus with a
//! keyring. `cargo xtask test` runs the test runner through it.
//!
//! `surroundings [--own-display] COMMAND [ARGUMENT…]`: the display that is there is hidden unless `--own-display` asks
//! for it, so that each window opens on a display of its own and not on the developer's screen.

use std::process::{Command, ExitCode, Stdio};
use std::thread;

use mentalspace_testkit::failure::{Failure, Outcome};
use mentalspace_testkit::postgres::{Postgres, PostgresSettings};
use mentalspace_testkit::process::OwnedProcess;
use mentalspace_testkit::secret_service::SecretService;

fn main() -> ExitCode {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let options = words.iter().take_while(|word| word.starts_with("--")).count();
    let command = words.split_off(options);
    match run(&words, &command) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            eprintln!("The surroundings of the tests could not be set up: {failure}");
            ExitCode::from(2)
        }
    }
}

fn run(options: &[String], command: &[String]) -> Outcome<u8> {
    let Some((program, arguments)) = command.split_first() else {
        return Err(Failure::Said("name the command to run".into()));
    };
    let database = thread::spawn(|| Postgres::start(&PostgresSettings::throw_away()?));
    let keyring = SecretService::unlocked()?;
    let database = database.join().map_err(|_| Failure::Said("starting PostgreSQL panicked".into()))??;

    let mut child = Command::new(program);
    child.args(arguments).stdin(Stdio::null()).envs(keyring.surroundings());
    child.env("MENTALSPACE_TEST_PG", database.connection_string("postgres"));
    if !options.iter().any(|given| given == "--own-display") {
        child.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    }
    let status = OwnedProcess::spawn_gently(&mut child)?.wait()?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}
