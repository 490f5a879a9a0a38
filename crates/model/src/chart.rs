//! What the model's commands mean: a chart with notes, branches, signed versions, addenda and bookings, decided by the
//! same pure function on both ends. A command writes one word, its own number, so that every word can be followed.

use super::bug::Bug;
use std::collections::BTreeSet;

/// A command's identity, made once. Also the word that it writes.
pub type CommandId = u32;
/// What a clinician wrote.
pub type Word = CommandId;
/// One part of one client's record.
pub type Bucket = u32;

/// A record's identity in its bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// A note.
    Note(u8),
    /// Words that wait for a choice.
    Branch(CommandId),
    /// What was signed.
    Version(CommandId),
    /// A signature that could not be accepted.
    Refused(CommandId),
    /// Words that came after the signature.
    Addendum(CommandId),
    /// Something without words that can be cancelled.
    Booking(u8),
}

impl Key {
    /// Whether such a record never changes once written.
    #[must_use]
    pub const fn insert_only(self) -> bool {
        matches!(self, Self::Version(_) | Self::Refused(_))
    }
}

/// A note.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Note {
    /// Its text.
    pub words: Vec<Word>,
    /// Open conflicts.
    pub branches: BTreeSet<CommandId>,
    /// Combined from two devices and not confirmed.
    pub combined: bool,
    /// The signature that closed it.
    pub signed: Option<CommandId>,
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Body {
    /// A note.
    Note(Note),
    /// A branch; closed once its author has chosen.
    Branch {
        /// The words that wait.
        word: Word,
        /// Whether they still do.
        open: bool,
    },
    /// Signed words.
    Signed(Vec<Word>),
    /// Words after the signature.
    Addendum {
        /// The words.
        word: Word,
        /// The note.
        note: u8,
        /// Its signature.
        signed: Option<CommandId>,
    },
    /// A booking.
    Booking(u32),
}

impl Body {
    /// The words in it.
    #[must_use]
    pub fn words(&self) -> &[Word] {
        match self {
            Self::Note(note) => &note.words,
            Self::Signed(words) => words,
            Self::Branch { word, .. } | Self::Addendum { word, .. } => std::slice::from_ref(word),
            Self::Booking(_) => &[],
        }
    }
}

/// What somebody wants.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Intent {
    /// Begin a client's chart.
    Open,
    /// Write behind what stands in a note.
    Write {
        /// The note.
        note: u8,
        /// What its author saw.
        from: Vec<Word>,
    },
    /// Take the words of a branch into the note.
    Settle {
        /// The note.
        note: u8,
        /// The branch.
        branch: CommandId,
    },
    /// Confirm what was combined.
    Confirm {
        /// The note.
        note: u8,
        /// What was read.
        words: Vec<Word>,
    },
    /// Sign a note.
    Sign {
        /// The note.
        note: u8,
        /// What is signed.
        words: Vec<Word>,
    },
    /// Sign an addendum.
    SignAddendum {
        /// The addendum.
        addendum: CommandId,
    },
    /// Book.
    Book(u8),
    /// Cancel.
    Cancel(u8),
}

/// A command.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Command {
    /// Its identity.
    pub id: CommandId,
    /// The chart.
    pub bucket: Bucket,
    /// What is wanted.
    pub intent: Intent,
    /// What must have been accepted before.
    pub depends_on: Option<CommandId>,
}

impl Command {
    /// The words that it carries, which are kept whatever becomes of it.
    #[must_use]
    pub fn words(&self) -> Vec<Word> {
        match &self.intent {
            Intent::Write { .. } => vec![self.id],
            Intent::Sign { words, .. } => words.clone(),
            _ => Vec::new(),
        }
    }
}

/// Why a command is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Refusal {
    /// Not the sender's to do.
    NotAllowed,
    /// Not there.
    NotFound,
    /// Not signable, or signed already.
    NotSignable,
    /// Makes no sense any more.
    WrongState,
    /// What it builds on was refused.
    DependencyRefused,
}

/// What became of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// As meant.
    Applied,
    /// Combined.
    Merged,
    /// Became an addendum.
    Converted,
    /// Waits in a branch.
    Parked,
    /// Kept for the practice.
    Quarantined,
    /// Done already.
    Noop,
    /// Cannot be done.
    Rejected(Refusal),
}

impl Outcome {
    /// Whether the command was accepted.
    #[must_use]
    pub const fn stands(self) -> bool {
        !matches!(self, Self::Quarantined | Self::Rejected(_))
    }

    /// Its name among the counts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Merged => "merged",
            Self::Converted => "converted",
            Self::Parked => "parked",
            Self::Quarantined => "quarantined",
            Self::Noop => "noop",
            Self::Rejected(_) => "rejected",
        }
    }
}

/// Which end decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// A device, over what it holds.
    Device,
    /// The server.
    Server,
}

/// What changes, and what to say of it. A change without a body is a deletion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// In order.
    pub changes: Vec<(Key, Option<Body>)>,
    /// The outcome.
    pub outcome: Outcome,
}

impl Decision {
    fn applied(changes: Vec<(Key, Option<Body>)>) -> Self {
        Self { changes, outcome: Outcome::Applied }
    }

    const fn noop() -> Self {
        Self { changes: Vec::new(), outcome: Outcome::Noop }
    }
}

/// Decides a command over the records that `look` finds.
///
/// # Errors
/// The refusal; nothing is to be changed then.
pub fn decide(
    command: &Command,
    side: Side,
    bug: Bug,
    look: &dyn Fn(Key) -> Option<Body>,
) -> Result<Decision, Refusal> {
    let note_at = |number| match look(Key::Note(number)) {
        Some(Body::Note(note)) => Some(note),
        _ => None,
    };
    match &command.intent {
        Intent::Open => Ok(Decision::applied(vec![(Key::Booking(0), Some(Body::Booking(command.id)))])),
        Intent::Write { note, from } => match note_at(*note) {
            None if !from.is_empty() => Err(Refusal::NotFound),
            standing => Ok(write(command.id, *note, from, standing.unwrap_or_default(), bug, look)),
        },
        Intent::Settle { note, branch } => {
            let (Some(mut found), Some(Body::Branch { word, open })) =
                (note_at(*note), look(Key::Branch(*branch)))
            else {
                return Err(Refusal::NotFound);
            };
            if !open || found.signed.is_some() {
                return Ok(Decision::noop());
            }
            found.branches.remove(branch);
            if !found.words.contains(&word) {
                found.words.push(word);
            }
            let closed = Body::Branch { word, open: false };
            Ok(Decision::applied(vec![
                (Key::Branch(*branch), Some(closed)),
                (Key::Note(*note), Some(Body::Note(found))),
            ]))
        }
        Intent::Confirm { note, words } => {
            let mut found = note_at(*note).ok_or(Refusal::NotFound)?;
            if found.words != *words {
                return Err(Refusal::WrongState);
            }
            if !found.combined {
                return Ok(Decision::noop());
            }
            found.combined = false;
            Ok(Decision::applied(vec![(Key::Note(*note), Some(Body::Note(found)))]))
        }
        Intent::Sign { note, words } => sign(command.id, *note, words, note_at(*note), side, bug),
        Intent::SignAddendum { addendum } => {
            let Some(Body::Addendum { word, note, signed }) = look(Key::Addendum(*addendum)) else {
                return Err(Refusal::NotFound);
            };
            if signed.is_some() {
                return Ok(Decision::noop());
            }
            let signed = Body::Addendum { word, note, signed: Some(command.id) };
            Ok(Decision::applied(vec![(Key::Addendum(*addendum), Some(signed))]))
        }
        Intent::Book(place) => {
            Ok(Decision::applied(vec![(Key::Booking(*place), Some(Body::Booking(command.id)))]))
        }
        Intent::Cancel(place) => match look(Key::Booking(*place)) {
            None => Ok(Decision::noop()),
            Some(_) => Ok(Decision::applied(vec![(Key::Booking(*place), None)])),
        },
    }
}

fn write(
    id: CommandId,
    number: u8,
    from: &[Word],
    mut note: Note,
    bug: Bug,
    look: &dyn Fn(Key) -> Option<Body>,
) -> Decision {
    let key = Key::Note(number);
    if note.words.contains(&id) {
        return Decision::noop();
    }
    if let Some(signature) = note.signed {
        if bug == Bug::SignedOverwritten
            && let Some(Body::Signed(mut words)) = look(Key::Version(signature))
        {
            words.push(id);
            return Decision::applied(vec![(Key::Version(signature), Some(Body::Signed(words)))]);
        }
        let addendum = Body::Addendum { word: id, note: number, signed: None };
        return Decision { changes: vec![(Key::Addendum(id), Some(addendum))], outcome: Outcome::Converted };
    }
    if note.words == from {
        note.words.push(id);
        return Decision::applied(vec![(key, Some(Body::Note(note)))]);
    }
    // Others have written behind what its author saw: far enough apart to be combined, or not.
    if note.words.starts_with(from) && !id.is_multiple_of(3) {
        note.words.push(id);
        note.combined = true;
        return Decision { changes: vec![(key, Some(Body::Note(note)))], outcome: Outcome::Merged };
    }
    if bug == Bug::ConflictDropped {
        return Decision { changes: Vec::new(), outcome: Outcome::Parked };
    }
    note.branches.insert(id);
    Decision {
        changes: vec![
            (Key::Branch(id), Some(Body::Branch { word: id, open: true })),
            (key, Some(Body::Note(note))),
        ],
        outcome: Outcome::Parked,
    }
}

fn sign(
    id: CommandId,
    number: u8,
    words: &[Word],
    note: Option<Note>,
    side: Side,
    bug: Bug,
) -> Result<Decision, Refusal> {
    let mut note = note.ok_or(Refusal::NotFound)?;
    let settled = (note.branches.is_empty() || bug == Bug::SignedOverConflict) && !note.combined;
    if note.signed.is_some() || !settled || note.words != words {
        return match side {
            Side::Device => Err(Refusal::NotSignable),
            Side::Server => Ok(Decision {
                changes: vec![(Key::Refused(id), Some(Body::Signed(words.to_vec())))],
                outcome: Outcome::Rejected(Refusal::NotSignable),
            }),
        };
    }
    note.signed = Some(id);
    Ok(Decision::applied(vec![
        (Key::Version(id), Some(Body::Signed(words.to_vec()))),
        (Key::Note(number), Some(Body::Note(note))),
    ]))
}
