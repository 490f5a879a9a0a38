//! Why a fixture could not be set up, in words that tell a developer what to do.

use std::io;
use std::path::Path;
use std::process::{Command, Output};

/// A fixture that could not be started, driven or stopped.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The operating system refused something.
    #[error("could not {doing}")]
    System {
        /// What was attempted, as the end of "could not …".
        doing: String,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// A program ran and reported failure.
    #[error("{program} failed ({status}): {said}")]
    Program {
        /// The program's name.
        program: String,
        /// Its exit status in words.
        status: String,
        /// The end of what it printed.
        said: String,
    },
    /// PostgreSQL refused a statement.
    #[error("PostgreSQL refused to {doing}")]
    Sql {
        /// What was attempted.
        doing: String,
        /// PostgreSQL's reason.
        #[source]
        source: tokio_postgres::Error,
    },
    /// A certificate could not be made.
    #[error("could not make a certificate")]
    Certificate(#[from] rcgen::Error),
    /// Anything else, already said in full.
    #[error("{0}")]
    Said(String),
}

impl Failure {
    /// What happened with every cause under it, for a person who reads only this.
    #[must_use]
    pub fn in_full(&self) -> String {
        let mut said = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(why) = cause {
            said = format!("{said}: {why}");
            cause = why.source();
        }
        said
    }
}

/// The result of setting up a fixture.
pub type Outcome<T> = Result<T, Failure>;

/// Names what was being done when the system refused it.
pub trait Doing<T> {
    /// Turns a system error into a [`Failure`]; `doing` completes "could not …".
    ///
    /// # Errors
    /// What the system refused.
    fn doing(self, doing: impl Into<String>) -> Outcome<T>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, doing: impl Into<String>) -> Outcome<T> {
        self.map_err(|source| Failure::System { doing: doing.into(), source })
    }
}

impl<T> Doing<T> for Result<T, tokio_postgres::Error> {
    fn doing(self, doing: impl Into<String>) -> Outcome<T> {
        self.map_err(|source| Failure::Sql { doing: doing.into(), source })
    }
}

/// Runs a program to its end and gives what it printed on standard output; a non-zero end is a failure that
/// carries the last lines of both streams.
///
/// # Errors
/// It did not start, or ended badly.
pub fn run(command: &mut Command) -> Outcome<String> {
    let program = Path::new(command.get_program())
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let Output { status, stdout, stderr } =
        command.output().doing(format!("start {program}: is its package installed?"))?;
    let printed = String::from_utf8_lossy(&stdout).into_owned();
    if status.success() {
        return Ok(printed);
    }
    let whole = format!("{printed}\n{}", String::from_utf8_lossy(&stderr));
    let lines: Vec<&str> = whole.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let said = lines.get(lines.len().saturating_sub(8)..).unwrap_or_default().join(" | ");
    Err(Failure::Program { program, status: status.to_string(), said })
}

impl From<io::Error> for Failure {
    fn from(source: io::Error) -> Self {
        Self::System { doing: "use a file or program of the test".to_owned(), source }
    }
}
