//! What is shown while the demonstration runs: each step when it begins, what it proved, and how long it took.

use crate::failure::{Failure, Outcome};
use std::io::Write as _;
use std::time::{Duration, Instant};

/// A step that takes longer says how long.
const WORTH_SAYING: Duration = Duration::from_secs(1);

/// Prints steps and counts what was proved.
#[derive(Debug, Default)]
pub struct Narrator {
    proved: usize,
}

impl Narrator {
    /// Does one step. When it fails, its name and `next`, what to do about it, stand in the failure.
    pub fn step<T>(
        &mut self,
        name: &str,
        next: &str,
        work: impl FnOnce(&mut Self) -> Outcome<T>,
    ) -> Outcome<T> {
        println!("{name} …");
        let _ = std::io::stdout().flush();
        let began = Instant::now();
        let outcome = work(self);
        let took = began.elapsed();
        if outcome.is_ok() && took > WORTH_SAYING {
            println!("   done in {:.1} s", took.as_secs_f64());
        }
        outcome.map_err(|why| Failure::Said(format!("{name}: {}.\nWhat to do: {next}", why.in_full())))
    }

    /// Something was shown to be so; it stands on its own line.
    pub fn proved(&mut self, what: &str) {
        self.proved = self.proved.saturating_add(1);
        println!("   ✓ {what}");
    }

    /// Proves `what` if `holds`; else the demonstration fails, showing `seen`.
    pub fn prove(&mut self, holds: bool, what: &str, seen: impl std::fmt::Display) -> Outcome<()> {
        if holds {
            self.proved(what);
            return Ok(());
        }
        Err(Failure::Said(format!("this does not hold: {what}. Seen: {seen}")))
    }

    /// How much was proved so far.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.proved
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_hold_fails_with_what_was_seen_and_what_to_do() {
        let mut narrator = Narrator::default();
        let failed = narrator.step("Counting", "Count again.", |narrator| narrator.prove(false, "two", 3));
        let said = failed.unwrap_err().to_string();
        assert!(
            said.contains("Counting") && said.contains("Seen: 3") && said.contains("Count again."),
            "{said}"
        );
        narrator.prove(true, "two", 2).unwrap();
        assert_eq!(narrator.count(), 1);
    }
}
