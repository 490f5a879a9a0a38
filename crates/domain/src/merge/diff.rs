//! What changed between two versions, for people to read: the history of a note, the late entry beside the signed text.
//! For display only; nothing is merged from it.

use serde::{Deserialize, Serialize};
use similar::{Algorithm, DiffTag, capture_diff_slices};

use super::segment::sentences;

/// A stretch of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffRun {
    /// Whether the stretch stayed, went or came.
    pub kind: DiffKind,
    /// The stretch, never empty.
    pub text: String,
}

/// What became of a stretch of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiffKind {
    /// In both versions.
    Same,
    /// Only in the old version.
    Removed,
    /// Only in the new version.
    Added,
}

/// Compares two versions: first by sentences, then by whole words inside sentences that changed. Sentences that share
/// less than half of their words are shown as removed and added, not as a patchwork.
///
/// Nothing is lost: the `Same` and `Removed` runs together are `old`, the `Same` and `Added` runs are `new`, byte for
/// byte. Neighbouring runs differ in kind, and what was removed stands before what was added in its place.
#[must_use]
pub fn diff_text(old: &str, new: &str) -> Vec<DiffRun> {
    let mut page = Page::default();
    let (before, after) = (sentence_pieces(old), sentence_pieces(new));
    if too_long(&before, &after) {
        page.put(DiffTag::Replace, old, new);
        return page.finish();
    }
    for op in capture_diff_slices(Algorithm::Myers, &before, &after) {
        let (tag, gone, come) = op.as_tag_tuple();
        let (gone, come) = (before[gone].concat(), after[come].concat());
        if tag == DiffTag::Replace { page.reword(&gone, &come) } else { page.put(tag, &gone, &come) }
    }
    page.finish()
}

/// Would comparing piece by piece take noticeable time? Some 2,500 sentences on each side, then the screen shows the two
/// versions whole.
fn too_long(before: &[&str], after: &[&str]) -> bool {
    before.len().saturating_mul(after.len()) > 25_000_000
}

/// Each sentence and each gap, in order.
fn sentence_pieces(text: &str) -> Vec<&str> {
    let mut cuts: Vec<usize> = sentences(text).into_iter().flat_map(|at| [at.start, at.end]).collect();
    cuts.push(text.len());
    pieces(text, cuts)
}

/// Each word and each stretch of white space, in order.
fn word_pieces(text: &str) -> Vec<&str> {
    let mut cuts = Vec::new();
    let mut in_gap = None;
    for (at, c) in text.char_indices() {
        if in_gap.replace(c.is_whitespace()) != Some(c.is_whitespace()) {
            cuts.push(at);
        }
    }
    cuts.push(text.len());
    pieces(text, cuts)
}

fn pieces(text: &str, cuts: Vec<usize>) -> Vec<&str> {
    let starts = std::iter::once(0).chain(cuts.clone());
    starts.zip(cuts).map(|(from, to)| &text[from..to]).filter(|piece| !piece.is_empty()).collect()
}

/// Collects a comparison; holds back removed and added words so that each change reads as one.
#[derive(Default)]
struct Page {
    runs: Vec<DiffRun>,
    removed: String,
    added: String,
    /// White space that stayed, after a change: part of that change if another change follows, otherwise unchanged.
    pending: String,
}

impl Page {
    fn reword(&mut self, old: &str, new: &str) {
        let (before, after) = (word_pieces(old), word_pieces(new));
        if too_long(&before, &after) {
            return self.put(DiffTag::Replace, old, new);
        }
        let ops = capture_diff_slices(Algorithm::Myers, &before, &after);
        let words = |pieces: &[&str]| pieces.iter().filter(|piece| !piece.trim().is_empty()).count();
        let kept: usize =
            ops.iter().filter(|op| op.tag() == DiffTag::Equal).map(|op| words(&before[op.old_range()])).sum();
        if 4 * kept < words(&before) + words(&after) {
            return self.put(DiffTag::Replace, old, new);
        }
        for op in ops {
            let (tag, gone, come) = op.as_tag_tuple();
            self.put(tag, &before[gone].concat(), &after[come].concat());
        }
    }

    fn put(&mut self, tag: DiffTag, old: &str, new: &str) {
        if tag != DiffTag::Equal {
            let gap = std::mem::take(&mut self.pending);
            self.removed.push_str(&gap);
            self.removed.push_str(old);
            self.added.push_str(&gap);
            self.added.push_str(new);
        } else if old.trim().is_empty() && !(self.removed.is_empty() && self.added.is_empty()) {
            self.pending.push_str(old);
        } else {
            self.settle();
            self.add(DiffKind::Same, old);
        }
    }

    fn settle(&mut self) {
        let (removed, added) = (std::mem::take(&mut self.removed), std::mem::take(&mut self.added));
        self.add(DiffKind::Removed, &removed);
        self.add(DiffKind::Added, &added);
        let gap = std::mem::take(&mut self.pending);
        self.add(DiffKind::Same, &gap);
    }

    fn add(&mut self, kind: DiffKind, text: &str) {
        match self.runs.last_mut() {
            Some(last) if last.kind == kind => last.text.push_str(text),
            _ if text.is_empty() => {}
            _ => self.runs.push(DiffRun { kind, text: text.to_owned() }),
        }
    }

    fn finish(mut self) -> Vec<DiffRun> {
        self.settle();
        self.runs
    }
}
