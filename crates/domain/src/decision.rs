//! What a decision says: the changes it makes and what became of the intent, or why it refuses.

use crate::bucket::Bucket;
use crate::ids::{AddendumId, BranchId};
use crate::note::{FieldKey, SectionKey};
use crate::record::{Record, RecordKey};
use serde::{Deserialize, Serialize};

/// One change to what is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Write this record into this bucket, new or in place of what stood there.
    Put {
        /// Where.
        bucket: Bucket,
        /// What.
        record: Record,
    },
    /// Leave a tombstone where this record stood.
    Delete {
        /// Where.
        bucket: Bucket,
        /// Which.
        key: RecordKey,
    },
}

impl Change {
    /// Writes `record` into `bucket`.
    pub fn put(bucket: Bucket, record: impl Into<Record>) -> Self {
        Self::Put { bucket, record: record.into() }
    }

    /// The bucket changed.
    #[must_use]
    pub const fn bucket(&self) -> Bucket {
        match self {
            Self::Put { bucket, .. } | Self::Delete { bucket, .. } => *bucket,
        }
    }

    /// The record changed.
    #[must_use]
    pub fn key(&self) -> RecordKey {
        match self {
            Self::Put { record, .. } => record.key(),
            Self::Delete { key, .. } => *key,
        }
    }
}

/// What became of a command. The server's word is final and durable before it is said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Outcome {
    /// It took effect as meant.
    Applied,
    /// It was combined with another device's edit; the author confirms before signing.
    Merged {
        /// The sections combined.
        sections: Vec<SectionKey>,
    },
    /// It arrived after the note had been signed, and became an unsigned late-entry addendum.
    Converted {
        /// The addendum that holds the words.
        addendum: AddendumId,
    },
    /// It touches another device's edit; its words wait in a branch for the author.
    Parked {
        /// The branch that holds the words.
        branch: BranchId,
        /// The sections in question.
        sections: Vec<SectionKey>,
        /// The scalars in question.
        fields: Vec<FieldKey>,
    },
    /// The sender may not do this; what was sent is kept for the practice to look at.
    Quarantined {
        /// The refusal's code.
        code: RefusalCode,
    },
    /// Nothing to do: it had been done already.
    Noop {
        /// Why, for the journal.
        because: String,
    },
    /// It cannot be done; the command is kept with its refusal.
    Rejected {
        /// The refusal's code.
        code: RefusalCode,
        /// What a person may read.
        message: String,
    },
}

/// A decision: what changes and what to say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// In order; a later change of the same record stands.
    pub changes: Vec<Change>,
    /// What became of the intent.
    pub outcome: Outcome,
    /// True when it rests on something that this end does not hold: shown as not yet certain.
    pub provisional: bool,
}

impl Decision {
    /// The intent takes effect as meant.
    #[must_use]
    pub const fn applied(changes: Vec<Change>) -> Self {
        Self { changes, outcome: Outcome::Applied, provisional: false }
    }

    /// Nothing changes.
    pub fn noop(because: impl Into<String>) -> Self {
        Self { changes: Vec::new(), outcome: Outcome::Noop { because: because.into() }, provisional: false }
    }

    /// The same decision, marked as resting on something not held.
    #[must_use]
    pub const fn provisional_if(mut self, not_held: bool) -> Self {
        self.provisional = self.provisional || not_held;
        self
    }
}

/// Why a command is refused. A code exists only where a caller branches on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    /// The actor has no right to this.
    NotAllowed,
    /// The thing does not exist, or its existence is not the actor's to know.
    NotFound,
    /// The input is not valid; `field_errors` says where.
    Invalid,
    /// Only the author may do this.
    NotAuthor,
    /// The note is signed; its words are final.
    AlreadySigned,
    /// It was entered in error and takes no more changes.
    Voided,
    /// Texts of two devices are not settled yet.
    OpenConflict,
    /// Combined text is not confirmed yet.
    Unconfirmed,
    /// Something required before signing is missing; `field_errors` says what.
    Incomplete,
    /// What was signed is not what stands in the note.
    ContentChanged,
    /// The signature does not verify.
    BadSignature,
    /// The clinician is already booked at that time.
    SlotTaken,
    /// The thing has moved on to a state in which this makes no sense.
    WrongState,
    /// What this command depends on was refused.
    DependencyRefused,
}

/// One field or section that stands in the way, with the words for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The field's or section's key.
    pub field: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// A refusal: nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// For callers.
    pub code: RefusalCode,
    /// For people: what happened, what is safe, what to do. Never holds clinical content.
    pub message: String,
    /// Where, if it is about certain fields.
    pub field_errors: Vec<FieldError>,
}

impl Refusal {
    /// A refusal with words for people.
    pub fn new(code: RefusalCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), field_errors: Vec::new() }
    }

    /// A refusal over certain fields.
    #[must_use]
    pub fn with_fields(mut self, field_errors: Vec<FieldError>) -> Self {
        self.field_errors = field_errors;
        self
    }
}

/// The answer to a command.
pub type Verdict = Result<Decision, Refusal>;
