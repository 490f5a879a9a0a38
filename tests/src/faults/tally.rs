//! What a run of faults came to: one JSON object.

use mentalspace_testkit::failure::{Failure, Outcome};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What went wrong, by the promise that it breaks. All of them must stay 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wrong {
    /// Acknowledged words are nowhere.
    Lost,
    /// Something was done twice.
    Doubled,
    /// A value is there that nobody wrote, a database or a signature that does not verify, a device that does not recover.
    Corrupt,
}

/// Counts of a run.
#[derive(Debug, Default)]
pub struct Tally {
    cases: BTreeMap<String, u64>,
    reached: BTreeMap<String, u64>,
    wrong: BTreeMap<Wrong, u64>,
    skipped: Vec<String>,
    findings: Vec<String>,
}

/// Findings that are told in full; the others are only counted.
const TOLD: usize = 20;

impl Tally {
    /// Counts a case of `kind`.
    pub fn case(&mut self, kind: &str) {
        *self.cases.entry(kind.to_owned()).or_default() += 1;
    }

    /// Counts that a fault took effect, or that something was met.
    pub fn reach(&mut self, what: &str) {
        self.add(what, 1);
    }

    /// The same `number` times.
    pub fn add(&mut self, what: &str, number: u64) {
        *self.reached.entry(what.to_owned()).or_default() += number;
    }

    /// How often `what` was met.
    #[must_use]
    pub fn met(&self, what: &str) -> u64 {
        self.reached.get(what).copied().unwrap_or(0)
    }

    /// Everything that was met, with how often.
    #[must_use]
    pub const fn reached(&self) -> &BTreeMap<String, u64> {
        &self.reached
    }

    /// Counts something that must not be.
    pub fn wrong(&mut self, what: Wrong, finding: String) {
        *self.wrong.entry(what).or_default() += 1;
        if self.findings.len() < TOLD {
            eprintln!("{what:?}: {finding}");
            self.findings.push(finding);
        }
    }

    /// How much went wrong.
    #[must_use]
    pub fn count(&self, what: Wrong) -> u64 {
        self.wrong.get(&what).copied().unwrap_or(0)
    }

    /// Says why something could not be tried on this machine.
    pub fn skip(&mut self, why: String) {
        eprintln!("Skipped: {why}");
        self.skipped.push(why);
    }

    /// The object that closes the output.
    #[must_use]
    pub fn in_json(&self, seconds: f64) -> Value {
        json!({
            "cases": self.cases,
            "lost": self.count(Wrong::Lost),
            "doubled": self.count(Wrong::Doubled),
            "corrupt": self.count(Wrong::Corrupt),
            "reached": self.reached,
            "skipped": self.skipped,
            "seconds": (seconds * 10.0).round() / 10.0,
        })
    }

    /// Refuses a run in which anything went wrong, or in which something was met less often than `least` says: faults that
    /// never happened prove nothing.
    ///
    /// # Errors
    /// Both.
    pub fn judge(&self, least: &[(&str, u64)]) -> Outcome<()> {
        if !self.wrong.is_empty() {
            return Err(Failure::Said(format!("{:?}: {}", self.wrong, self.findings.join("\n"))));
        }
        let few: Vec<String> = least
            .iter()
            .filter(|(what, least)| self.met(what) < *least)
            .map(|(what, least)| format!("{what} {} of {least}", self.met(what)))
            .collect();
        if few.is_empty() {
            return Ok(());
        }
        Err(Failure::Said(format!("met too seldom to prove anything: {}", few.join(", "))))
    }
}
