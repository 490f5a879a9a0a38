//! `migrate` and `migrate status`.

use super::CommandError;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Settings;
use crate::migrations;
use clap::{Args, Subcommand};
use std::process::ExitCode;

/// The exit code of `migrate status` where the database is not of this release: neither success nor a failure to ask.
const NOT_CURRENT: u8 = 3;

#[derive(Debug, Args)]
pub(super) struct Migrate {
    #[command(subcommand)]
    what: Option<Status>,
}

#[derive(Debug, Subcommand)]
enum Status {
    /// Say where the database stands, and change nothing. Exit code 3 where it is not of this release.
    Status,
}

impl Migrate {
    pub(super) async fn run(self, settings: &Settings) -> Result<ExitCode, CommandError> {
        let owner = settings.database.owner()?;
        if self.what.is_some() {
            let state = migrations::status(owner).await.map_err(refused)?;
            println!("{state}");
            return Ok(if state.is_current() { ExitCode::SUCCESS } else { ExitCode::from(NOT_CURRENT) });
        }
        for applied in migrations::apply(owner, SystemClock.now().date_naive()).await.map_err(refused)? {
            println!("applied {applied}");
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn refused(error: impl std::fmt::Display) -> CommandError {
    CommandError::Refused(error.to_string())
}
