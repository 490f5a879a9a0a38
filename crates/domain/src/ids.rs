//! Typed identifiers. A raw `Uuid` stops at the row mapping and at the wire; everything else names what it points at.

use mentalspace_crypto::digest::sha256;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps an identifier made at an edge (UUIDv7) or derived from a command.
            #[must_use]
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }

            /// The bare identifier, for a row or a message.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }

            /// An identifier that both ends derive alike from the command that creates the thing, so that a
            /// decision needs no randomness. `label` keeps several things of one command apart.
            #[must_use]
            pub fn derived(command: CommandId, label: &str) -> Self {
                Self(derive_uuid("mentalspace derived id v1", &[command.uuid().as_bytes(), label.as_bytes()]))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )+};
}

ids! {
    /// A practice: the tenant that owns clients, users and keys.
    PracticeId,
    /// A member of the practice's workforce.
    UserId,
    /// One enrolled installation of the desktop, for one user.
    DeviceId,
    /// One intent, made once on one device; its identity makes a replay harmless.
    CommandId,
    /// A client of the practice.
    ClientId,
    /// A caseload assignment: one clinician treats one client for a while.
    AssignmentId,
    /// A supervision relation between two users.
    SupervisionId,
    /// An appointment.
    AppointmentId,
    /// A busy block on a clinician's calendar, without identity.
    BusyBlockId,
    /// A clinical note, from draft to signed.
    NoteId,
    /// A kept earlier or parallel text of a draft.
    RevisionId,
    /// A text that could not be combined and waits for its author.
    BranchId,
    /// A signed version of a note or addendum.
    VersionId,
    /// A signature over a version.
    SignatureId,
    /// An addendum to a signed note.
    AddendumId,
    /// A diagnosis on the chart.
    DiagnosisId,
    /// A signing key of one user on one device, or the server's sealing key.
    KeyId,
    /// A bucket: the unit of authorisation, order, checksum, key and purge.
    BucketId,
    /// A contact, guardian or insurance policy within a client's record.
    EntryId,
}

/// Derives a version-8 UUID (RFC 9562, 5.8) from a domain label and length-delimited parts with SHA-256.
#[must_use]
pub fn derive_uuid(domain: &str, parts: &[&[u8]]) -> Uuid {
    let mut bytes =
        Vec::with_capacity(domain.len() + 8 + parts.iter().map(|part| part.len() + 8).sum::<usize>());
    for part in std::iter::once(domain.as_bytes()).chain(parts.iter().copied()) {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    let hash = sha256(&bytes);
    let mut id = [0_u8; 16];
    id.copy_from_slice(&hash.as_bytes()[..16]);
    Uuid::new_v8(id)
}
