//! The author's choices, turned into one text.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::segment::starts_list_item;
use super::{Hunk, canonical};

/// What the author decided for one [`Hunk::Choice`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pick {
    /// The words of our side.
    Ours,
    /// The words of their side.
    Theirs,
    /// Both, ours first.
    BothOursFirst,
    /// Both, theirs first.
    BothTheirsFirst,
    /// Words that the author wrote for this passage; may be empty.
    Edited(String),
}

/// Why choices make no text. Positions count the hunks from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssembleError {
    /// The passage at this position has no choice yet.
    Missing(usize),
    /// There is a choice for this position, but nothing to choose.
    NothingToChoose(usize),
}

impl fmt::Display for AssembleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(_) => write!(
                f,
                "A passage that differs between the two versions has not been decided yet. Both versions are kept; choose \
                 one of them, both, or write the passage anew."
            ),
            Self::NothingToChoose(_) => write!(
                f,
                "The choices belong to another state of this note. Both versions are kept; open the comparison again."
            ),
        }
    }
}

impl std::error::Error for AssembleError {}

/// Puts a conflict and the author's choices together. `picks` maps the position of each [`Hunk::Choice`] among `hunks`,
/// counted from 0, to the decision.
///
/// Only white space is ever added, and only where two pieces would otherwise run into each other: between the two halves
/// of *both*, and around words that the author edited.
///
/// # Errors
/// [`AssembleError::Missing`] for the first passage without a decision, [`AssembleError::NothingToChoose`] for a decision
/// about agreed text or beyond the end: then the picks were made for other hunks.
pub fn assemble(hunks: &[Hunk], picks: &BTreeMap<usize, Pick>) -> Result<String, AssembleError> {
    if let Some(&stray) = picks.keys().find(|&&at| !matches!(hunks.get(at), Some(Hunk::Choice { .. }))) {
        return Err(AssembleError::NothingToChoose(stray));
    }
    let mut text = String::new();
    let mut edited_before = false;
    for (at, hunk) in hunks.iter().enumerate() {
        let (piece, edited) = match hunk {
            Hunk::Agreed { text } => (text.clone(), false),
            Hunk::Choice { base, ours, theirs, .. } => {
                match picks.get(&at).ok_or(AssembleError::Missing(at))? {
                    Pick::Ours => (ours.clone(), false),
                    Pick::Theirs => (theirs.clone(), false),
                    Pick::BothOursFirst => (spaced(ours, theirs), false),
                    Pick::BothTheirsFirst => (spaced(theirs, ours), false),
                    Pick::Edited(words) => (framed(&canonical(words), [ours, theirs, base]), true),
                }
            }
        };
        text = if edited || edited_before { spaced(&text, &piece) } else { text + &piece };
        edited_before = edited;
    }
    Ok(text)
}

/// The author's words with the white space that the passage had around it, where the author gave none.
fn framed(words: &str, passage: [&str; 3]) -> String {
    let frame = passage.into_iter().find(|text| !text.trim().is_empty()).unwrap_or_default();
    let (lead, tail) = (frame.len() - frame.trim_start().len(), frame.trim_end().len());
    match words {
        "" => String::new(),
        _ => {
            let lead = if words.starts_with(char::is_whitespace) { "" } else { &frame[..lead] };
            let tail = if words.ends_with(char::is_whitespace) { "" } else { &frame[tail..] };
            format!("{lead}{words}{tail}")
        }
    }
}

/// One text after the other, with white space between them if both are there and neither brings any: a line break before
/// lines and list items, otherwise a space.
fn spaced(first: &str, second: &str) -> String {
    let apart = first.is_empty()
        || second.is_empty()
        || first.ends_with(char::is_whitespace)
        || second.starts_with(char::is_whitespace);
    let space = match () {
        () if apart => "",
        () if second.contains('\n') || starts_list_item(second) => "\n",
        () => " ",
    };
    format!("{first}{space}{second}")
}
