//! Filling a line with the facts of a client and a visit.

use std::collections::{BTreeMap, BTreeSet};

use super::bank::{Line, lower_first, upper_first};
use super::random::Dice;

/// What is known when a sentence is written: lasting facts, facts of this visit, flags of both.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    values: BTreeMap<&'static str, String>,
    flags: BTreeSet<String>,
}

impl Facts {
    pub(super) fn set(&mut self, key: &'static str, value: impl Into<String>) {
        self.values.insert(key, value.into());
    }

    pub(super) fn remove(&mut self, key: &str) {
        self.values.remove(key);
        self.flags.remove(key);
    }

    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    pub(super) fn flag(&mut self, flag: impl Into<String>) {
        self.flags.insert(flag.into());
    }

    pub(super) fn has_flag(&self, flag: &str) -> bool {
        self.flags.contains(flag)
    }

    /// Whether everything that the line needs is known and its flags agree.
    pub(super) fn allow(&self, line: &Line) -> bool {
        line.flags.iter().all(|(flag, wanted)| self.flags.contains(*flag) == *wanted)
            && line.slots.iter().all(|slot| self.values.contains_key(slot.as_str()))
    }

    /// Fills `text`, or none when a fact is missing. The first letter is left as it is.
    pub(super) fn fill(&self, text: &str, dice: &mut Dice) -> Option<String> {
        let mut out = String::with_capacity(text.len() + 32);
        self.expand(text, dice, &mut out, 0)?;
        Some(out)
    }

    /// As [`Self::fill`], with the first letter made a capital.
    pub(super) fn sentence(&self, text: &str, dice: &mut Dice) -> Option<String> {
        // "p.m." at the end of a sentence brings its own full stop.
        self.fill(text, dice).map(|filled| upper_first(&filled).replace(".m..", ".m."))
    }

    fn expand(&self, text: &str, dice: &mut Dice, out: &mut String, depth: u8) -> Option<()> {
        // Facts may contain slots ("{their} best friend"); none needs more than three levels.
        if depth > 4 {
            return None;
        }
        let mut rest = text;
        while let Some(at) = rest.find(['{', '[']) {
            out.push_str(&rest[..at]);
            if rest[at..].starts_with('{') {
                let (name, after) = rest[at + 1..].split_once('}')?;
                self.slot(name, dice, out, depth)?;
                rest = after;
            } else {
                let (choices, after) = alternatives(&rest[at..])?;
                let choice = dice.pick(&choices).copied()?;
                self.expand(choice, dice, out, depth)?;
                rest = after;
            }
        }
        out.push_str(rest);
        Some(())
    }

    fn slot(&self, name: &str, dice: &mut Dice, out: &mut String, depth: u8) -> Option<()> {
        if let Some((kind, range)) = name.split_once(':') {
            let (low, high) = range.split_once('-')?;
            let number = dice.between(low.parse().ok()?, high.parse().ok()?);
            out.push_str(&if kind == "n" { number_word(number) } else { number.to_string() });
            return Some(());
        }
        if let Some(value) = self.values.get(name) {
            return self.expand(value, dice, out, depth + 1);
        }
        if let Some(owner) = name.strip_suffix("'s") {
            self.slot(owner, dice, out, depth)?;
            out.push_str("'s");
            return Some(());
        }
        let lowered = lower_first(name);
        let value = self.values.get(lowered.as_str())?;
        let mut inner = String::new();
        self.expand(value, dice, &mut inner, depth + 1)?;
        out.push_str(&upper_first(&inner));
        Some(())
    }
}

/// Splits `[a|b]rest` into its alternatives and the rest; brackets may be nested.
fn alternatives(text: &str) -> Option<(Vec<&str>, &str)> {
    let mut depth = 0;
    let mut from = 1;
    let mut choices = Vec::new();
    for (at, letter) in text.char_indices() {
        match letter {
            '[' => depth += 1,
            '|' if depth == 1 => {
                choices.push(&text[from..at]);
                from = at + 1;
            }
            ']' => {
                depth -= 1;
                if depth == 0 {
                    choices.push(&text[from..at]);
                    return Some((choices, &text[at + 1..]));
                }
            }
            _ => {}
        }
    }
    None
}

/// English words up to fourteen, digits beyond.
pub(super) fn number_word(number: i32) -> String {
    const WORDS: [&str; 15] = [
        "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
        "twelve", "thirteen", "fourteen",
    ];
    usize::try_from(number)
        .ok()
        .and_then(|index| WORDS.get(index))
        .map_or_else(|| number.to_string(), |word| (*word).to_owned())
}
