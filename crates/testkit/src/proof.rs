//! One slice of a proof that runs for hours: which seeds it takes, and the figures that it reports.
//!
//! A proof is an ignored test whose name begins with `proof_`. `cargo xtask prove` runs it slice by slice, keeps the
//! figures of finished slices, so that an interrupted proof goes on where it was, and adds them up in `docs/proof/`.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use crate::failure::{Doing, Failure, Outcome};
use crate::process::environment;

/// The cases that this run of a proof has to go through, and how often it met what.
#[derive(Debug)]
pub struct ProofSlice {
    first_seed: u64,
    cases: u64,
    figures: BTreeMap<String, u64>,
    report: Option<PathBuf>,
}

impl ProofSlice {
    /// Reads `MENTALSPACE_PROOF_SEED`, `MENTALSPACE_PROOF_CASES` and `MENTALSPACE_PROOF_FIGURES`; without them, seed
    /// 0 and `usual_cases` cases.
    pub fn from_surroundings(usual_cases: u64) -> Outcome<Self> {
        let number = |name: &str, usual: u64| match environment(name) {
            Some(text) => {
                text.parse().map_err(|_| Failure::Said(format!("{name} must be a whole number, not {text}")))
            }
            None => Ok(usual),
        };
        Ok(Self {
            first_seed: number("MENTALSPACE_PROOF_SEED", 0)?,
            cases: number("MENTALSPACE_PROOF_CASES", usual_cases)?,
            figures: BTreeMap::new(),
            report: environment("MENTALSPACE_PROOF_FIGURES").map(PathBuf::from),
        })
    }

    /// The seeds to go through.
    pub fn seeds(&self) -> impl Iterator<Item = u64> + use<> {
        self.first_seed..self.first_seed.saturating_add(self.cases)
    }

    /// Counts one more of `what`: an outcome, a crash point, a conflict.
    pub fn count(&mut self, what: &str) {
        self.add(what, 1);
    }

    /// Adds `number` to `what`. Figures of slices are added up, so they must be counts.
    pub fn add(&mut self, what: &str, number: u64) {
        let figure = self.figures.entry(what.to_owned()).or_default();
        *figure = figure.saturating_add(number);
    }

    /// How often `what` was met so far: safe but useless does not pass, so a proof asserts minimums.
    #[must_use]
    pub fn met(&self, what: &str) -> u64 {
        self.figures.get(what).copied().unwrap_or_default()
    }

    /// Writes the figures for `cargo xtask prove`. Call it after the last assertion: figures of a failed slice are
    /// worth nothing.
    pub fn finish(mut self) -> Outcome<()> {
        self.add("cases", self.cases);
        let Some(report) = self.report else {
            return Ok(());
        };
        let text = serde_json::to_string(&self.figures).map_err(|why| Failure::Said(why.to_string()))?;
        fs::write(&report, text).doing(format!("write {}", report.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_add_up_and_seeds_follow_each_other() {
        let mut slice = ProofSlice { first_seed: 40, cases: 3, figures: BTreeMap::new(), report: None };
        for seed in slice.seeds() {
            slice.count(if seed % 2 == 0 { "merged" } else { "parked" });
        }
        assert_eq!((slice.met("merged"), slice.met("parked"), slice.met("rejected")), (2, 1, 0));
        slice.finish().unwrap();
    }
}
