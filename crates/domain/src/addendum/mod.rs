//! Addenda to a signed note. The signed version is never touched.

pub mod dismiss;
pub mod sign;
pub mod write;

use crate::ids::{AddendumId, ClientId, DeviceId, NoteId, UserId, VersionId};
use crate::note::SectionKey;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Why an addendum exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddendumKind {
    /// New information.
    Addendum,
    /// Corrects something named.
    Correction,
    /// Written before, arrived after the note had been signed elsewhere.
    LateEntry,
}

/// Where an addendum stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum AddendumState {
    /// Unsigned; its author may still write.
    Draft,
    /// Signed as this version.
    Signed {
        /// The signed version.
        version: VersionId,
    },
    /// Set aside by its author with a reason; the text is kept.
    Dismissed {
        /// Why.
        reason: String,
        /// When, by the deciding end's clock.
        at: DateTime<Utc>,
    },
}

impl Addendum {
    /// Whether it came about by itself and waits for its author to sign it or set it aside.
    #[must_use]
    pub fn needs_review(&self) -> bool {
        self.kind == AddendumKind::LateEntry && self.state == AddendumState::Draft
    }
}

/// An addendum to a signed note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addendum {
    /// Its identifier.
    pub id: AddendumId,
    /// The signed note.
    pub note: NoteId,
    /// The client.
    pub client: ClientId,
    /// Who writes it.
    pub author: UserId,
    /// Why it exists.
    pub kind: AddendumKind,
    /// Its words. A free addendum has the one section `addendum`; a late entry the sections it was written in.
    pub sections: BTreeMap<SectionKey, String>,
    /// Why it is made, in the author's words.
    #[serde(default)]
    pub reason: String,
    /// The device that wrote it.
    pub device: DeviceId,
    /// When the device says it was written.
    pub asserted_at: DateTime<Utc>,
    /// Where it stands.
    pub state: AddendumState,
}
