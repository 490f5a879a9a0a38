//! Where everything is that a demonstration or a measurement plays with.

use crate::clinic::Programs;
use crate::failure::{Failure, Outcome};
use std::path::PathBuf;

/// The programs of the product and of PostgreSQL, and a directory for what is made.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Directory of PostgreSQL's programs.
    pub pg_bin: PathBuf,
    /// Directory for everything that is written. Every start begins afresh in it.
    pub state_dir: PathBuf,
    /// The server and the device.
    pub programs: Programs,
    /// `mentalspace-desktop`; not there where no window is wanted.
    pub desktop: PathBuf,
}

impl Stage {
    /// How many words [`Self::from_words`] takes.
    pub const WORDS: usize = 10;

    /// Reads `--pg-bin DIR --state-dir DIR --server P --device P --desktop P`, in any order, and nothing else.
    pub fn from_words(words: &[String]) -> Outcome<Self> {
        let usage = || {
            Failure::Said(
                "these words are needed: --pg-bin DIR --state-dir DIR --server PROGRAM --device PROGRAM --desktop \
                 PROGRAM. `cargo xtask demo` gives them"
                    .into(),
            )
        };
        let path = |option: &str| {
            let at = words.iter().position(|word| word == option).ok_or_else(usage)?;
            words.get(at.saturating_add(1)).map(PathBuf::from).ok_or_else(usage)
        };
        let known = ["--pg-bin", "--state-dir", "--server", "--device", "--desktop"];
        if words.len() != Self::WORDS || !words.iter().step_by(2).all(|word| known.contains(&word.as_str())) {
            return Err(usage());
        }
        Ok(Self {
            pg_bin: path("--pg-bin")?,
            state_dir: path("--state-dir")?,
            programs: Programs { server: path("--server")?, device: path("--device")? },
            desktop: path("--desktop")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_needed_and_no_other_is_taken() {
        let line = "--pg-bin b --state-dir s --server x --device y --desktop z";
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        assert_eq!(Stage::from_words(&words).unwrap().programs.device, PathBuf::from("y"));
        assert!(Stage::from_words(&words[..8]).is_err());
        let more = [words, vec!["--port".to_owned(), "80".to_owned()]].concat();
        assert!(Stage::from_words(&more).is_err());
    }
}
