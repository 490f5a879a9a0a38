//! Three-way merge of a note's free text, sentence by sentence.
//!
//! Two devices wrote into the same section from the same base. The merge may put their words side by side, but never
//! inside one another: a machine that joins two half-sentences writes clinical statements that nobody made ("Pt endorses
//! suicidal ideation, plan or intent." out of a denial and a question). Therefore:
//!
//! * The unit is the sentence. Sentences that certainly stand in all three versions are the fixed points; what lies
//!   between two fixed points is a passage, and a passage is taken whole from one version.
//! * Edits that touch, or that have no unchanged sentence between them, fall into one passage, and a passage that both
//!   sides changed in different ways is put to the author.
//! * White space is layout. It never stands against words and never causes a question.
//! * The result is counted before it is given out (`disputed`): no sentence that nobody wrote, none twice because both
//!   sides added or moved it, none gone because each side removed a different copy.
//!
//! Whatever the rules cannot settle becomes a [`TextMerge::Conflict`]. A clean result is still a proposal: the note
//! cannot be signed before its author has confirmed the highlighted runs.

mod align;
mod assemble;
mod diff;
mod segment;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};

pub use assemble::{AssembleError, Pick, assemble};
pub use diff::{DiffKind, DiffRun, diff_text};
pub use segment::{Segment, segment};

/// What came out of a three-way merge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum TextMerge {
    /// All edits were far enough apart. The author confirms the runs that are not [`Origin::Base`] before signing.
    Clean {
        /// The combined text.
        text: String,
        /// The combined text again, cut by where it came from; the texts of the runs put together are `text`.
        runs: Vec<Run>,
    },
    /// Nothing was combined: the author chooses, passage by passage.
    Conflict {
        /// The whole text in order; at least one is a [`Hunk::Choice`]. [`assemble`] turns it and the choices into text.
        hunks: Vec<Hunk>,
    },
}

/// Who changed a passage, compared with the common base.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Nobody: the text of the base.
    Base,
    /// Only our side.
    Ours,
    /// Only their side.
    Theirs,
    /// Both sides; in a clean result both wrote the same words.
    Both,
}

/// A stretch of a combined text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Where it came from.
    pub from: Origin,
    /// The words as they stand in the result; empty where something was only removed.
    pub text: String,
    /// What the base had here; empty where something was only added, and for [`Origin::Base`].
    pub replaces: String,
}

/// A stretch of two texts that could not be combined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Hunk {
    /// Both sides have the same words here.
    Agreed {
        /// The words.
        text: String,
    },
    /// The sides differ here. Taking `ours` everywhere gives our text word for word; the same holds for `theirs`.
    Choice {
        /// Whose words are no longer those of the base; [`Origin::Base`] if only the layout differs. Where it is one
        /// side, a screen may offer to take all such passages at once; it is never done without the author.
        changed_by: Origin,
        /// The words of the common base.
        base: String,
        /// The words of our side.
        ours: String,
        /// The words of their side.
        theirs: String,
    },
}

/// Combines two versions of a text that both come from `base`.
///
/// `merge_text(b, a, b)`, `merge_text(b, b, a)` and `merge_text(b, a, a)` give `a`, byte for byte. Where both sides
/// changed something, all three texts are first brought to NFC with LF line ends, as notes are stored. Exchanging `ours`
/// and `theirs` exchanges nothing but these names in the outcome.
#[must_use]
pub fn merge_text(base: &str, ours: &str, theirs: &str) -> TextMerge {
    if base == ours || base == theirs || ours == theirs {
        return merge_canonical([base, ours, theirs]);
    }
    let texts = [base, ours, theirs].map(canonical);
    merge_canonical([&texts[0], &texts[1], &texts[2]])
}

fn merge_canonical(texts: [&str; 3]) -> TextMerge {
    let passages = passages(texts);
    let settled: Option<Vec<_>> = passages.iter().map(Passage::settle).collect();
    if let Some(settled) = settled {
        let text: String = settled.iter().map(|(_, words)| *words).collect();
        if !disputed(texts, &text) {
            return TextMerge::Clean { runs: runs(&passages, &settled), text };
        }
    }
    TextMerge::Conflict { hunks: hunks(&passages, texts) }
}

/// The text as notes store it: NFC, lines ended by LF.
pub(crate) fn canonical(text: &str) -> String {
    // What people type is that already, and one look at it costs a fraction of putting it together anew.
    if !text.contains('\r') && is_nfc_quick(text.chars()) == IsNormalized::Yes {
        return text.to_owned();
    }
    text.replace("\r\n", "\n").replace('\r', "\n").nfc().collect()
}

/// What the three versions have between two fixed points, or the fixed point itself.
struct Passage<'a> {
    base: &'a str,
    ours: &'a str,
    theirs: &'a str,
}

impl<'a> Passage<'a> {
    /// The words to take and whose they are; nothing if both sides have a say.
    fn settle(&self) -> Option<(Origin, &'a str)> {
        let Self { base, ours, theirs } = *self;
        match self.changed_by() {
            Origin::Both if same_words(ours, theirs) => Some((Origin::Both, roomier(ours, theirs))),
            Origin::Both => None,
            Origin::Base if ours == base || theirs == base => {
                Some((Origin::Base, if ours == base { theirs } else { ours }))
            }
            Origin::Base => Some((Origin::Base, roomier(ours, theirs))),
            Origin::Ours => Some((Origin::Ours, ours)),
            Origin::Theirs => Some((Origin::Theirs, theirs)),
        }
    }

    /// Who changed words, white space aside.
    fn changed_by(&self) -> Origin {
        match (same_words(self.base, self.ours), same_words(self.base, self.theirs)) {
            (true, true) => Origin::Base,
            (false, true) => Origin::Ours,
            (true, false) => Origin::Theirs,
            (false, false) => Origin::Both,
        }
    }

    /// How many bytes of white space all three versions open with.
    fn shared_lead(&self) -> usize {
        let mut others = [self.ours.chars(), self.theirs.chars()];
        self.base
            .chars()
            .take_while(|&c| c.is_whitespace() && others.iter_mut().all(|text| text.next() == Some(c)))
            .map(char::len_utf8)
            .sum()
    }
}

fn same_words(one: &str, other: &str) -> bool {
    one == other || one.split_whitespace().eq(other.split_whitespace())
}

/// Of two layouts of the same words, the one with more lines, then with more space: nothing runs together, and the
/// answer does not depend on whose is whose.
fn roomier<'a>(one: &'a str, other: &'a str) -> &'a str {
    std::cmp::max_by_key(one, other, |text| (text.matches('\n').count(), text.len(), *text))
}

/// Cuts the three versions at the sentences that certainly stand in all of them. Fixed points and the passages between
/// them alternate, so that two passages always have an unchanged sentence between them.
fn passages(texts: [&str; 3]) -> Vec<Passage<'_>> {
    let places = texts.map(segment::sentences);
    let [base, ours, theirs] =
        [0, 1, 2].map(|v| places[v].iter().map(|at| &texts[v][at.clone()]).collect::<Vec<_>>());
    let in_ours = align::certain_matches(&base, &ours);
    let in_theirs = align::certain_matches(&base, &theirs);
    let mut passages = Vec::new();
    let mut done = [0; 3];
    let mut cut = |to: [usize; 3]| {
        let [base, ours, theirs] = [0, 1, 2].map(|v| &texts[v][done[v]..to[v]]);
        passages.push(Passage { base, ours, theirs });
        done = to;
    };
    for (i, fixed) in in_ours.into_iter().zip(in_theirs).enumerate() {
        // A rule of asterisks or a lone bullet is no sentence and keeps no two edits apart.
        if let (Some(j), Some(k)) = fixed
            && base[i].contains(char::is_alphanumeric)
        {
            let at = [&places[0][i], &places[1][j], &places[2][k]];
            cut(at.map(|range| range.start));
            cut(at.map(|range| range.end));
        }
    }
    cut(texts.map(str::len));
    passages
}

/// Does the count of any sentence speak against this result? Each sentence must occur as often as one side left it where
/// the other did not touch its number, or as often as both agree. That finds sentences nobody wrote, a sentence doubled
/// because both sides added or moved it, one restored against a deletion, and one lost because each side removed
/// another of its copies.
fn disputed(texts: [&str; 3], result: &str) -> bool {
    let mut counts: BTreeMap<&str, [u32; 4]> = BTreeMap::new();
    for (version, text) in [texts[0], texts[1], texts[2], result].into_iter().enumerate() {
        for at in segment::sentences(text) {
            counts.entry(&text[at]).or_default()[version] += 1;
        }
    }
    counts.values().any(|&[base, ours, theirs, result]| {
        let expected = match () {
            () if ours == base => theirs,
            () if theirs == base || ours == theirs => ours,
            () => return true,
        };
        result != expected
    })
}

fn runs(passages: &[Passage<'_>], settled: &[(Origin, &str)]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut unchanged = String::new();
    for (passage, &(from, words)) in passages.iter().zip(settled) {
        if from == Origin::Base {
            unchanged.push_str(words);
            continue;
        }
        // The white space around a change is not part of what the author must confirm.
        let lead = passage.shared_lead();
        let (words, replaced) = (&words[lead..], &passage.base[lead..]);
        let gap = |text: &str| text.len() - text.trim_end().len();
        let tail = &words[words.len() - gap(words)..];
        let tail = if replaced.ends_with(tail) && gap(replaced) == tail.len() { tail } else { "" };
        unchanged.push_str(&passage.base[..lead]);
        runs.extend(take_run(&mut unchanged));
        let text = words[..words.len() - tail.len()].to_owned();
        runs.push(Run { from, text, replaces: replaced[..replaced.len() - tail.len()].to_owned() });
        unchanged.push_str(tail);
    }
    runs.extend(take_run(&mut unchanged));
    runs
}

fn take_run(unchanged: &mut String) -> Option<Run> {
    let text = std::mem::take(unchanged);
    (!text.is_empty()).then(|| Run { from: Origin::Base, text, replaces: String::new() })
}

fn hunks(passages: &[Passage<'_>], texts: [&str; 3]) -> Vec<Hunk> {
    let mut hunks = Vec::new();
    let mut agreed = String::new();
    let flush = |agreed: &mut String, hunks: &mut Vec<Hunk>| {
        let text = std::mem::take(agreed);
        if !text.is_empty() {
            hunks.push(Hunk::Agreed { text });
        }
    };
    let choice = |passage: &Passage<'_>, lead: usize| Hunk::Choice {
        changed_by: passage.changed_by(),
        base: passage.base[lead..].to_owned(),
        ours: passage.ours[lead..].to_owned(),
        theirs: passage.theirs[lead..].to_owned(),
    };
    for passage in passages {
        if same_words(passage.ours, passage.theirs) {
            agreed.push_str(roomier(passage.ours, passage.theirs));
        } else {
            let lead = passage.shared_lead();
            agreed.push_str(&passage.base[..lead]);
            flush(&mut agreed, &mut hunks);
            hunks.push(choice(passage, lead));
        }
    }
    flush(&mut agreed, &mut hunks);
    if hunks.iter().all(|hunk| matches!(hunk, Hunk::Agreed { .. })) {
        // The same words, but laid out so differently that their sentences no longer agree.
        let [base, ours, theirs] = texts;
        hunks = vec![choice(&Passage { base, ours, theirs }, 0)];
    }
    hunks
}

#[cfg(test)]
mod tests {
    use super::canonical;
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization as _;

    proptest! {
        /// Letters with their marks apart, out of order or in one, jamo and what they make, and every kind of line end.
        #[test]
        fn a_text_is_brought_to_its_one_spelling_however_it_is_spelt(
            text in "[a-c \\.\\r\\n\u{e9}\u{301}\u{323}\u{1100}\u{1161}\u{11a8}\u{ac00}\u{212b}\u{1f600}\u{340}]{0,12}",
        ) {
            let anew: String = text.replace("\r\n", "\n").replace('\r', "\n").nfc().collect();
            prop_assert_eq!(canonical(&text), anew);
        }
    }
}
