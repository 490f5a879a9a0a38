//! Records: everything that is kept, with one identity, one bucket and canonical bytes.

use crate::addendum::Addendum;
use crate::appointment::{Appointment, BusyBlock};
use crate::bucket::Bucket;
use crate::caseload::Assignment;
use crate::client::Client;
use crate::diagnosis::Diagnosis;
use crate::ids::PracticeId;
use crate::note::{Note, NoteBranch, NoteRevision};
use crate::people::{Practice, SigningKeyCertificate, Supervision, User};
use crate::quarantine::{QuarantineDecision, QuarantineNotice, QuarantinedWork};
use crate::signing::{NoteVersion, Receipt, RefusedSignature, Signature};
use mentalspace_crypto::canonical;
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

/// Why bytes could not be read as a record, or a record not be written as bytes.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The bytes are not a record of the kind they claim to be.
    #[error("the stored bytes are not a valid {kind} record")]
    Malformed {
        /// The kind claimed.
        kind: RecordKind,
        /// Where reading stopped.
        #[source]
        source: serde_json::Error,
    },
    /// The record cannot be written canonically.
    #[error("the {kind} record cannot be written as canonical JSON")]
    Unwritable {
        /// The record's kind.
        kind: RecordKind,
        /// Why.
        #[source]
        source: canonical::CanonicalError,
    },
}

macro_rules! records {
    ($($(#[$doc:meta])* $name:ident = $wire:literal, id: $id:expr, parent: $parent:expr;)+) => {
        /// The kinds of record. The name is the kind's identity on the wire, in digests and in associated data.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum RecordKind {$(
            $(#[$doc])*
            #[serde(rename = $wire)]
            $name,
        )+}

        impl RecordKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The name on the wire and in the database.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {$(Self::$name => $wire,)+}
            }

            /// The kind with this wire name, if this release knows it.
            #[must_use]
            pub fn parse(name: &str) -> Option<Self> {
                match name {
                    $($wire => Some(Self::$name),)+
                    _ => None,
                }
            }
        }

        /// A record of any kind.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Record {$(
            $(#[$doc])*
            $name(Box<$name>),
        )+}

        impl Record {
            /// Its kind.
            #[must_use]
            pub const fn kind(&self) -> RecordKind {
                match self {$(Self::$name(_) => RecordKind::$name,)+}
            }

            /// Its key.
            #[must_use]
            pub fn key(&self) -> RecordKey {
                match self {$(Self::$name(record) => RecordKey { kind: RecordKind::$name, id: ($id)(record) },)+}
            }

            /// What it belongs under, where it is looked up by that: the note of a branch, the client of an
            /// appointment, the day of a busy block. Kept in clear beside the sealed body, so it never identifies
            /// more than an identifier can.
            #[must_use]
            pub fn parent(&self) -> Option<Uuid> {
                match self {$(Self::$name(record) => ($parent)(record),)+}
            }

            /// Reads canonical bytes. Fields that this release does not know are ignored.
            ///
            /// # Errors
            /// The bytes are not a record of this kind.
            pub fn from_bytes(kind: RecordKind, bytes: &[u8]) -> Result<Self, RecordError> {
                match kind {$(
                    RecordKind::$name => serde_json::from_slice(bytes).map(|record| Self::$name(Box::new(record))),
                )+}
                .map_err(|source| RecordError::Malformed { kind, source })
            }

            /// Writes the record as RFC 8785 canonical JSON with a random salt beside its fields, so that the hash
            /// of a short record guesses nothing.
            ///
            /// # Errors
            /// The record holds a value that canonical JSON cannot carry.
            pub fn to_bytes(&self, salt: &[u8; 16]) -> Result<Vec<u8>, RecordError> {
                let kind = self.kind();
                match self {$(Self::$name(record) => canonical::to_vec(&Salted { salt: salt_text(salt), record }),)+}
                .map_err(|source| RecordError::Unwritable { kind, source })
            }
        }

        $(
            impl From<$name> for Record {
                fn from(record: $name) -> Self {
                    Self::$name(Box::new(record))
                }
            }

            impl RecordType for $name {
                const KIND: RecordKind = RecordKind::$name;

                fn of(record: &Record) -> Option<&Self> {
                    match record {
                        Record::$name(record) => Some(record),
                        _ => None,
                    }
                }
            }
        )+
    };
}

/// A record's own type, so that it can be asked for by type.
pub trait RecordType: Sized {
    /// The kind of this type.
    const KIND: RecordKind;

    /// The record as this type, if it is one.
    fn of(record: &Record) -> Option<&Self>;
}

records! {
    /// A practice.
    Practice = "practice", id: |r: &Practice| r.id.uuid(), parent: |_| None;
    /// A member of the workforce.
    User = "user", id: |r: &User| r.id.uuid(), parent: |_| None;
    /// A supervision relation, found by its supervisee.
    Supervision = "supervision", id: |r: &Supervision| r.id.uuid(), parent: |r: &Supervision| Some(r.supervisee.uuid());
    /// The certificate of a signing key, found by its device.
    SigningKeyCertificate = "signing_key", id: |r: &SigningKeyCertificate| r.id.uuid(), parent: |r: &SigningKeyCertificate| r.device.map(crate::ids::DeviceId::uuid);
    /// A busy block, found by its clinician and day.
    BusyBlock = "busy_block", id: |r: &BusyBlock| r.id.uuid(), parent: |r: &BusyBlock| Some(BusyBlock::day_key(r.clinician, r.time.date));
    /// A client.
    Client = "client", id: |r: &Client| r.id.uuid(), parent: |_| None;
    /// A caseload assignment, found by its client.
    Assignment = "assignment", id: |r: &Assignment| r.id.uuid(), parent: |r: &Assignment| Some(r.client.uuid());
    /// An appointment, found by its client.
    Appointment = "appointment", id: |r: &Appointment| r.id.uuid(), parent: |r: &Appointment| Some(r.client.uuid());
    /// A note, found by its client.
    Note = "note", id: |r: &Note| r.id.uuid(), parent: |r: &Note| Some(r.client.uuid());
    /// A kept text of a draft, found by its note.
    NoteRevision = "note_revision", id: |r: &NoteRevision| r.id.uuid(), parent: |r: &NoteRevision| Some(r.note.uuid());
    /// A text that waits for its author, found by its note.
    NoteBranch = "note_branch", id: |r: &NoteBranch| r.id.uuid(), parent: |r: &NoteBranch| Some(r.note.uuid());
    /// A signed version, found by its note.
    NoteVersion = "note_version", id: |r: &NoteVersion| r.id.uuid(), parent: |r: &NoteVersion| Some(r.note.uuid());
    /// A signature, found by its note.
    Signature = "signature", id: |r: &Signature| r.id.uuid(), parent: |r: &Signature| Some(r.note.uuid());
    /// The server's receipt for a signature, found by its note.
    Receipt = "receipt", id: |r: &Receipt| r.signature.uuid(), parent: |r: &Receipt| Some(r.note.uuid());
    /// A signature that could not be accepted, found by its note.
    RefusedSignature = "refused_signature", id: |r: &RefusedSignature| r.signature.id.uuid(), parent: |r: &RefusedSignature| Some(r.signature.note.uuid());
    /// An addendum, found by its note.
    Addendum = "addendum", id: |r: &Addendum| r.id.uuid(), parent: |r: &Addendum| Some(r.note.uuid());
    /// A diagnosis on the chart, found by its client.
    Diagnosis = "diagnosis", id: |r: &Diagnosis| r.id.uuid(), parent: |r: &Diagnosis| Some(r.client.uuid());
    /// Work that arrived after its author's access had ended, found by its note.
    QuarantinedWork = "quarantined_work", id: |r: &QuarantinedWork| r.command_id.uuid(), parent: |r: &QuarantinedWork| Some(r.note.uuid());
    /// What was decided about such work, found by its note.
    QuarantineDecision = "quarantine_decision", id: |r: &QuarantineDecision| r.work.uuid(), parent: |r: &QuarantineDecision| Some(r.note.uuid());
    /// Tells the author of such work what became of it.
    QuarantineNotice = "quarantine_notice", id: |r: &QuarantineNotice| r.work.uuid(), parent: |_| None;
}

impl RecordKind {
    /// Records of this kind never change once written, on either end.
    #[must_use]
    pub const fn insert_only(self) -> bool {
        matches!(
            self,
            Self::NoteVersion
                | Self::Signature
                | Self::Receipt
                | Self::RefusedSignature
                | Self::NoteRevision
                | Self::QuarantinedWork
                | Self::QuarantineDecision
                | Self::QuarantineNotice
        )
    }
}

impl fmt::Display for RecordKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A record's identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RecordKey {
    /// Its kind.
    pub kind: RecordKind,
    /// Its identifier within the kind.
    pub id: Uuid,
}

impl RecordKey {
    /// The key of a record of type `T`.
    #[must_use]
    pub const fn of<T: RecordType>(id: Uuid) -> Self {
        Self { kind: T::KIND, id }
    }
}

/// The associated data under which a body is sealed on the server: moved to another row, it does not open.
#[must_use]
pub fn associated_data(practice: PracticeId, bucket: Bucket, key: RecordKey, rev: i64) -> Vec<u8> {
    let mut data = Vec::with_capacity(96);
    data.extend_from_slice(b"mentalspace record v1");
    data.extend_from_slice(practice.uuid().as_bytes());
    data.extend_from_slice(bucket.id(practice).uuid().as_bytes());
    data.extend_from_slice(key.kind.as_str().as_bytes());
    data.push(0);
    data.extend_from_slice(key.id.as_bytes());
    data.extend_from_slice(&rev.to_be_bytes());
    data
}

#[derive(Serialize)]
struct Salted<'a, T> {
    salt: String,
    #[serde(flatten)]
    record: &'a T,
}

fn salt_text(salt: &[u8; 16]) -> String {
    use std::fmt::Write as _;
    salt.iter().fold(String::with_capacity(32), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
