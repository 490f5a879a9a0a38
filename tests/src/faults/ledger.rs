//! What the product has acknowledged, kept outside of it: a line for each answer, on the disk before anything else is
//! asked of the product.
//!
//! Every sentence carries a token that occurs nowhere else, so that what was lost, doubled or invented is found by
//! counting and not by reading.

use crate::faults::tally::{Tally, Wrong};
use mentalspace_crypto::digest::sha256;
use mentalspace_testkit::failure::Outcome;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;

/// The ledger.
#[derive(Debug)]
pub struct Ledger {
    file: File,
    pages: BTreeMap<String, Page>,
    next_token: u64,
}

/// What is known of one text.
#[derive(Debug, Clone, Default)]
struct Page {
    /// The text that was acknowledged last.
    acknowledged: String,
    /// Texts that were asked for since, without an acknowledgement: any of them may stand.
    possible: Vec<String>,
    /// Tokens of everything that was ever acknowledged for it.
    promised: BTreeSet<String>,
}

/// Every token begins so.
const MARK: &str = "tk";

/// The tokens in a text, with how often each stands there.
#[must_use]
pub fn tokens(text: &str) -> BTreeMap<&str, u64> {
    let mut found = BTreeMap::new();
    for word in text.split(|letter: char| !letter.is_ascii_alphanumeric()) {
        let is_token = word
            .strip_prefix(MARK)
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()));
        if is_token {
            *found.entry(word).or_default() += 1;
        }
    }
    found
}

impl Ledger {
    /// A ledger in the file `path`.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn new(path: &Path) -> Outcome<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self { file, pages: BTreeMap::new(), next_token: 0 })
    }

    /// A token that was never used.
    pub fn token(&mut self) -> String {
        self.next_token += 1;
        format!("{MARK}{}", self.next_token)
    }

    /// Notes that `text` is about to be asked for as the text of `place`.
    pub fn attempt(&mut self, place: &str, text: &str) {
        let page = self.pages.entry(place.to_owned()).or_default();
        page.possible.push(text.to_owned());
    }

    /// Writes down that `text` was acknowledged as the text of `place`; it is on the disk when this returns.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn acknowledge(&mut self, place: &str, text: &str) -> Outcome<()> {
        let line = json!({"place": place, "sha256": sha256(text.as_bytes()).to_hex(), "text": text});
        writeln!(self.file, "{line}")?;
        self.file.sync_data()?;
        let page = self.pages.entry(place.to_owned()).or_default();
        page.promised.extend(tokens(text).into_keys().map(str::to_owned));
        text.clone_into(&mut page.acknowledged);
        page.possible.clear();
        Ok(())
    }

    /// The text that stands in `place` is known to be this: what was in doubt is no more.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn settle(&mut self, place: &str, stands: &str) -> Outcome<()> {
        match self.pages.get(place) {
            Some(page) if page.acknowledged == stands && page.possible.is_empty() => Ok(()),
            _ => self.acknowledge(place, stands),
        }
    }

    /// The places that are known.
    #[must_use]
    pub fn places(&self) -> Vec<String> {
        self.pages.keys().cloned().collect()
    }

    /// Compares a text that holds whatever is kept of `places` with what was acknowledged for them: nothing is missing.
    pub fn compare_kept(&self, places: &[String], kept: &str, tally: &mut Tally, case: &str) {
        let kept = tokens(kept);
        for page in places.iter().filter_map(|place| self.pages.get(place)) {
            for token in tokens(&page.acknowledged).into_keys().filter(|token| !kept.contains_key(token)) {
                tally.wrong(Wrong::Lost, format!("{case}: {token} is not among what is unsent"));
            }
        }
    }

    /// Compares what stands in `place` with what was acknowledged, where nobody else writes there: it is that text or
    /// one that was asked for after it. Gives whether it is one of the latter.
    pub fn compare(&self, place: &str, stands: &str, tally: &mut Tally, case: &str) -> bool {
        let page = self.pages.get(place).cloned().unwrap_or_default();
        if stands == page.acknowledged {
            return false;
        }
        if page.possible.iter().any(|text| text == stands) {
            return true;
        }
        let before = [Wrong::Lost, Wrong::Doubled, Wrong::Corrupt].map(|wrong| tally.count(wrong));
        let expected = &page.acknowledged;
        for (token, times) in tokens(expected) {
            match tokens(stands).get(token).copied().unwrap_or(0) {
                0 => tally.wrong(Wrong::Lost, format!("{case}: {token} of {place}; stands: {stands:?}")),
                found if found > times => {
                    tally.wrong(Wrong::Doubled, format!("{case}: {token} of {place}; stands: {stands:?}"));
                }
                _ => {}
            }
        }
        let after = [Wrong::Lost, Wrong::Doubled, Wrong::Corrupt].map(|wrong| tally.count(wrong));
        if before == after {
            tally.wrong(
                Wrong::Corrupt,
                format!("{case}: nobody wrote this in {place}: {stands:?}; acknowledged: {expected:?}"),
            );
        }
        false
    }

    /// Compares where several devices write in one place: every token that was ever acknowledged is in one of the texts
    /// that are kept (`everywhere`), none stands twice in the text that is shown, and none is there that nobody wrote.
    pub fn compare_shared(&self, place: &str, shown: &str, everywhere: &str, tally: &mut Tally, case: &str) {
        let page = self.pages.get(place).cloned().unwrap_or_default();
        let kept = tokens(everywhere);
        for token in &page.promised {
            if !kept.contains_key(token.as_str()) {
                tally.wrong(Wrong::Lost, format!("{case}: {token} of {place} is nowhere; shown: {shown:?}"));
            }
        }
        let attempted: BTreeSet<&str> =
            page.possible.iter().flat_map(|text| tokens(text).into_keys()).collect();
        for (token, times) in tokens(shown) {
            if times > 1 {
                tally.wrong(
                    Wrong::Doubled,
                    format!("{case}: {token} of {place} stands {times} times: {shown:?}"),
                );
            }
            if !page.promised.contains(token) && !attempted.contains(token) {
                tally.wrong(Wrong::Corrupt, format!("{case}: nobody wrote {token} in {place}: {shown:?}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger() -> (tempfile::TempDir, Ledger) {
        let home = tempfile::tempdir().unwrap();
        let ledger = Ledger::new(&home.path().join("ledger")).unwrap();
        (home, ledger)
    }

    fn judged(stands: &str) -> [u64; 3] {
        let (_home, mut ledger) = ledger();
        ledger.acknowledge("note", "Said tk1. Said tk2.").unwrap();
        ledger.attempt("note", "Said tk1. Said tk2. Said tk3.");
        let mut tally = Tally::default();
        ledger.compare("note", stands, &mut tally, "a control");
        [Wrong::Lost, Wrong::Doubled, Wrong::Corrupt].map(|wrong| tally.count(wrong))
    }

    #[test]
    fn each_way_of_going_wrong_is_told_from_the_others() {
        assert_eq!(judged("Said tk1. Said tk2."), [0, 0, 0]);
        assert_eq!(
            judged("Said tk1. Said tk2. Said tk3."),
            [0, 0, 0],
            "it was asked for and may have landed"
        );
        assert_eq!(judged("Said tk1."), [1, 0, 0]);
        assert_eq!(judged(""), [2, 0, 0]);
        assert_eq!(judged("Said tk1. Said tk2. Said tk2."), [0, 1, 0]);
        assert_eq!(judged("Said tk1. Said nothing. Said tk2."), [0, 0, 1]);
    }

    #[test]
    fn between_devices_a_word_may_wait_beside_the_note_but_not_be_gone() {
        let (_home, mut ledger) = ledger();
        ledger.acknowledge("note", "Said tk1.").unwrap();
        ledger.acknowledge("note", "Said tk2.").unwrap();
        let judged = |shown: &str, everywhere: &str| {
            let mut tally = Tally::default();
            ledger.compare_shared("note", shown, everywhere, &mut tally, "a control");
            [Wrong::Lost, Wrong::Doubled, Wrong::Corrupt].map(|wrong| tally.count(wrong))
        };
        assert_eq!(judged("Said tk1.", "Said tk1. Said tk2."), [0, 0, 0]);
        assert_eq!(judged("Said tk1.", "Said tk1."), [1, 0, 0]);
        assert_eq!(judged("Said tk1. Said tk1.", "tk1 tk2"), [0, 1, 0]);
        assert_eq!(judged("Said tk9.", "tk1 tk2"), [0, 0, 1]);
    }
}
