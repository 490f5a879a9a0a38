//! What a note is made of: its sections and fields, by type and format. Tables of data; no rule lives here.
//!
//! Keys are stable for ever: they stand in signed content. Labels and hints are our own words and may change.

mod tables;

pub use tables::{CARRIED_OVER, RISK_LEVELS};

use super::{FieldKey, NoteFormat, NoteType, SectionKey};
use serde::Serialize;
use tables::{
    ADDENDUM, BIRP, CHANGED_VALUES, CLIENT_RESPONSE, COMMON, CONTACT, CONTACT_FIELDS, DAP, GIRP,
    GOALS_ADDRESSED, INTAKE, INTAKE_FIELDS, INTERVENTIONS, MISSED, MISSED_FIELDS, NARRATIVE, PLAN,
    PROGRESS_FIELDS, PROGRESS_TAIL, RISK_FOLLOW_UP, SOAP,
};

/// How edits of two devices are brought together (docs/sync-protocol.md, field classes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldClass {
    /// Free text: combined sentence by sentence where edits lie apart, confirmed before signing, else parked.
    Narrative,
    /// A value with clinical weight: two different values are for a human.
    ClinicalScalar,
    /// A value without: kept apart in the same way, but nobody is hurt by the wrong one.
    AdminScalar,
}

/// A free-text section.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SectionSpec {
    /// Its key.
    pub key: &'static str,
    /// Its heading.
    pub label: &'static str,
    /// What belongs there; shown in the empty section.
    pub hint: &'static str,
    /// How edits are brought together.
    pub class: FieldClass,
}

impl SectionSpec {
    /// The key, typed.
    #[must_use]
    pub fn section_key(&self) -> SectionKey {
        SectionKey::from(self.key)
    }
}

/// What a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// One line of text.
    Text,
    /// A civil date, `YYYY-MM-DD`.
    Date,
    /// A wall-clock time, `HH:MM`.
    Time,
    /// An IANA zone, e.g. `America/New_York`.
    Zone,
    /// One of [`FieldSpec::values`].
    Choice,
    /// `yes` or `no`.
    YesNo,
}

/// A value that a field offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// The value as it is kept.
    pub value: &'static str,
    /// The words for it.
    pub label: &'static str,
}

/// A scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct FieldSpec {
    /// Its key.
    pub key: &'static str,
    /// Its label.
    pub label: &'static str,
    /// How edits are brought together.
    pub class: FieldClass,
    /// What it takes.
    pub kind: FieldKind,
    /// The values offered, for [`FieldKind::Choice`] and [`FieldKind::YesNo`].
    pub values: Option<&'static [Choice]>,
}

impl FieldSpec {
    /// The key, typed.
    #[must_use]
    pub fn field_key(&self) -> FieldKey {
        FieldKey::from(self.key)
    }
}

/// The sections of a note, in the order of writing. A progress note without a format, which only a later release
/// could have written, reads as SOAP. [`CARRIED_OVER`] is not among them: it is shown when it holds something.
#[must_use]
pub fn sections(note_type: NoteType, format: Option<NoteFormat>) -> Vec<&'static SectionSpec> {
    match note_type {
        NoteType::Intake => INTAKE.iter().collect(),
        NoteType::Contact => CONTACT.iter().collect(),
        NoteType::Missed => MISSED.iter().collect(),
        NoteType::Progress => progress_sections(format.unwrap_or(NoteFormat::Soap)),
    }
}

fn progress_sections(format: NoteFormat) -> Vec<&'static SectionSpec> {
    let (own, names_interventions, plans) = match format {
        NoteFormat::Soap => (SOAP, true, true),
        NoteFormat::Dap => (DAP, true, true),
        NoteFormat::Birp => (BIRP, false, true),
        NoteFormat::Girp => (GIRP, false, true),
        NoteFormat::Narrative => (NARRATIVE, true, false),
    };
    let mut sections: Vec<&'static SectionSpec> = vec![&GOALS_ADDRESSED];
    sections.extend(own);
    if plans {
        sections.push(&PLAN);
    }
    if names_interventions {
        sections.extend([&INTERVENTIONS, &CLIENT_RESPONSE]);
    }
    sections.extend(PROGRESS_TAIL);
    sections
}

/// The fields of a note, in the order of the form.
#[must_use]
pub fn fields(note_type: NoteType) -> Vec<&'static FieldSpec> {
    let (own, risk): (&[FieldSpec], &[FieldSpec]) = match note_type {
        NoteType::Intake => (INTAKE_FIELDS, RISK_FOLLOW_UP),
        NoteType::Progress => (PROGRESS_FIELDS, RISK_FOLLOW_UP),
        NoteType::Contact => (CONTACT_FIELDS, &[]),
        NoteType::Missed => (MISSED_FIELDS, &[]),
    };
    COMMON.iter().chain(risk).chain(own).collect()
}

/// The section of this key in any note, if this release knows it.
#[must_use]
pub fn section_spec(key: &str) -> Option<&'static SectionSpec> {
    let single = [
        &PLAN,
        &GOALS_ADDRESSED,
        &INTERVENTIONS,
        &CLIENT_RESPONSE,
        &CARRIED_OVER,
        &CHANGED_VALUES,
        &ADDENDUM,
    ];
    [INTAKE, SOAP, DAP, BIRP, GIRP, NARRATIVE, PROGRESS_TAIL, CONTACT, MISSED]
        .into_iter()
        .flatten()
        .chain(single)
        .find(|spec| spec.key == key)
}

/// The field of this key in any note, if this release knows it.
#[must_use]
pub fn field_spec(key: &str) -> Option<&'static FieldSpec> {
    [COMMON, RISK_FOLLOW_UP, PROGRESS_FIELDS, INTAKE_FIELDS, CONTACT_FIELDS, MISSED_FIELDS]
        .into_iter()
        .flatten()
        .find(|spec| spec.key == key)
}

/// A section's heading; its key, where a later release made it.
#[must_use]
pub fn section_label(key: &SectionKey) -> &str {
    section_spec(key.as_str()).map_or(key.as_str(), |spec| spec.label)
}

/// A field's label; its key, where a later release made it.
#[must_use]
pub fn field_label(key: &FieldKey) -> &str {
    field_spec(key.as_str()).map_or(key.as_str(), |spec| spec.label)
}

/// The section of a late entry that lists details changed after the note had been signed.
#[must_use]
pub fn changed_values() -> SectionKey {
    CHANGED_VALUES.section_key()
}

/// The section of a free addendum.
#[must_use]
pub fn addendum() -> SectionKey {
    ADDENDUM.section_key()
}
