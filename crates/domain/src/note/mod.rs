//! Clinical notes from draft to signed.

pub mod completeness;
pub mod confirm;
pub mod create;
pub mod edit;
pub mod format;
pub mod patch;
pub mod resolve;
pub mod sections;
pub mod sign;
pub mod void;

use crate::appointment::ServiceTime;
use crate::ids::{
    AppointmentId, BranchId, ClientId, CommandId, DeviceId, DiagnosisId, NoteId, RevisionId, UserId,
    VersionId,
};
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The key of this name. Names that this release does not know are kept and shown read-only.
            pub fn new(name: impl Into<String>) -> Self {
                Self(name.into())
            }

            /// The name.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(name: &str) -> Self {
                Self(name.to_owned())
            }
        }
    )+};
}

keys! {
    /// A free-text section of a note, such as `subjective`; the table is in [`sections`].
    SectionKey,
    /// A scalar of a note, such as `service_date` or `risk_level`; the table is in [`sections`].
    FieldKey,
}

/// The types of note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteType {
    /// Intake, the biopsychosocial assessment.
    Intake,
    /// Progress note of a session.
    Progress,
    /// Contact, collateral or consultation.
    Contact,
    /// Cancelled or missed appointment.
    Missed,
}

/// The format of a progress note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteFormat {
    /// Subjective, objective, assessment, plan.
    Soap,
    /// Data, assessment, plan.
    Dap,
    /// Behaviour, intervention, response, plan.
    Birp,
    /// Goal, intervention, response, plan.
    Girp,
    /// One narrative.
    Narrative,
}

/// Where a note stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum NoteState {
    /// Unsigned; only its author writes.
    Draft,
    /// Signed as this version; never changes again.
    Signed {
        /// The signed version.
        version: VersionId,
        /// When the signer's device says she signed.
        signed_at: DateTime<Utc>,
    },
    /// Entered in error: hidden from the chart behind a banner, kept for ever.
    Voided {
        /// Why.
        reason: String,
        /// Who.
        by: UserId,
        /// When, by the deciding end's clock.
        at: DateTime<Utc>,
        /// The signed version, where it had been signed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<VersionId>,
    },
}

/// A section whose text was combined by machine from two devices' edits and waits to be confirmed by the author.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Combined {
    /// The text that both edits started from.
    pub base: String,
    /// The text that stood here.
    pub ours: String,
    /// The text that came in.
    pub theirs: String,
    /// The device whose edit came in.
    pub from_device: DeviceId,
    /// When that device says it was written.
    pub asserted_at: DateTime<Utc>,
}

/// A note, with its draft text while it is a draft and its signed text afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Its identifier.
    pub id: NoteId,
    /// The client.
    pub client: ClientId,
    /// Its one author.
    pub author: UserId,
    /// Its type.
    pub note_type: NoteType,
    /// Its format; progress notes only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<NoteFormat>,
    /// The appointment it documents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appointment: Option<AppointmentId>,
    /// Free text by section; an absent key is an empty section.
    pub sections: BTreeMap<SectionKey, String>,
    /// Scalars; an absent key is an empty field. Dates of service stand here as civil dates.
    pub fields: BTreeMap<FieldKey, String>,
    /// Diagnoses treated, by their entries on the chart.
    #[serde(default)]
    pub diagnoses: Vec<DiagnosisId>,
    /// Sections taken over from an earlier note, with where from.
    #[serde(default)]
    pub pulled_forward: BTreeMap<SectionKey, NoteId>,
    /// Draft revision, from 1, one higher with each accepted change.
    pub revision: u32,
    /// Sections combined by machine that the author has not confirmed yet. Signing waits for them.
    #[serde(default)]
    pub combined: BTreeMap<SectionKey, Combined>,
    /// Open branches: texts that could not be combined. Signing waits for them.
    #[serde(default)]
    pub branches: Vec<BranchId>,
    /// Where it stands.
    pub state: NoteState,
    /// When it was begun, by the device that began it.
    pub created_at: DateTime<Utc>,
    /// When its text last changed, by the device that changed it.
    pub edited_at: DateTime<Utc>,
    /// The device that changed it last.
    pub edited_on: DeviceId,
}

impl Note {
    /// A section's text; empty when nothing was written.
    #[must_use]
    pub fn section(&self, key: &SectionKey) -> &str {
        self.sections.get(key).map_or("", String::as_str)
    }

    /// A scalar; empty when it is not filled.
    #[must_use]
    pub fn field(&self, key: &FieldKey) -> &str {
        self.fields.get(key).map_or("", String::as_str)
    }

    /// A scalar by its name.
    #[must_use]
    pub fn field_named(&self, name: &str) -> &str {
        self.field(&FieldKey::from(name))
    }

    /// The civil date of service, where it is filled with a real date.
    #[must_use]
    pub fn service_date(&self) -> Option<NaiveDate> {
        self.field_named("service_date").parse().ok()
    }

    /// Date, start, end and zone of the service, where all four are filled.
    #[must_use]
    pub fn service_time(&self) -> Option<ServiceTime> {
        Some(ServiceTime {
            date: self.service_date()?,
            start: self.field_named("start_time").parse().ok()?,
            end: self.field_named("end_time").parse().ok()?,
            zone: self.field_named("zone").parse().ok()?,
        })
    }

    /// When the service ended, on the clock of its place: the last minute of its day where no time is filled in.
    #[must_use]
    pub fn service_end(&self) -> Option<NaiveDateTime> {
        let day = self.service_date()?;
        self.service_time().map_or_else(|| day.and_hms_opt(23, 59, 0), |time| Some(day.and_time(time.end)))
    }

    /// Whether it is still a draft.
    #[must_use]
    pub const fn is_draft(&self) -> bool {
        matches!(self.state, NoteState::Draft)
    }

    /// Whether its author has texts to choose between or combined text to confirm.
    #[must_use]
    pub fn needs_review(&self) -> bool {
        self.is_draft() && !(self.branches.is_empty() && self.combined.is_empty())
    }
}

/// What a kept text was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevisionKind {
    /// It stood in the note until this change replaced it.
    Replaced,
    /// It came in from a device and was combined with, or parked beside, what stood there.
    Incoming,
}

/// A kept text of a draft: what a change replaced, or what a combined change had said. Insert-only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteRevision {
    /// Derived from the command that caused it.
    pub id: RevisionId,
    /// The note.
    pub note: NoteId,
    /// The draft revision that it belonged to (replaced) or led to (incoming).
    pub number: u32,
    /// What it was.
    pub kind: RevisionKind,
    /// The texts of the sections concerned.
    pub sections: BTreeMap<SectionKey, String>,
    /// The values of the scalars concerned.
    #[serde(default)]
    pub fields: BTreeMap<FieldKey, String>,
    /// The device that had written it.
    pub device: DeviceId,
    /// When that device says it was written.
    pub written_at: DateTime<Utc>,
    /// The change that caused it to be kept.
    pub command: CommandId,
}

/// One part of a parked edit: what it started from and what it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parked {
    /// What the device had started from.
    pub from: String,
    /// What it wrote.
    pub to: String,
}

/// Where a branch stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BranchState {
    /// Waits for the author.
    Open,
    /// Settled by the author; its text is kept.
    Resolved,
}

/// An edit that touches another device's edit: it is kept whole beside the note until the author settles it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteBranch {
    /// Derived from the first command that was parked.
    pub id: BranchId,
    /// The note.
    pub note: NoteId,
    /// The sections in question.
    pub sections: BTreeMap<SectionKey, Parked>,
    /// The scalars in question.
    #[serde(default)]
    pub fields: BTreeMap<FieldKey, Parked>,
    /// The device that wrote it.
    pub device: DeviceId,
    /// When that device says it was written.
    pub asserted_at: DateTime<Utc>,
    /// Where it stands.
    pub state: BranchState,
}
