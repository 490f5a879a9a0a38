//! What a note is made of: its sections and fields, by type and format. Tables of data; no rule lives here.
//!
//! Keys are stable for ever: they stand in signed content. Labels and hints are our own words and may change.

use super::{FieldKey, NoteFormat, NoteType, SectionKey};
use serde::Serialize;

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

const fn section(key: &'static str, label: &'static str, hint: &'static str) -> SectionSpec {
    SectionSpec { key, label, hint, class: FieldClass::Narrative }
}

const fn clinical(key: &'static str, label: &'static str, kind: FieldKind) -> FieldSpec {
    FieldSpec { key, label, class: FieldClass::ClinicalScalar, kind, values: None }
}

const fn admin(key: &'static str, label: &'static str, kind: FieldKind) -> FieldSpec {
    FieldSpec { key, label, class: FieldClass::AdminScalar, kind, values: None }
}

const fn choice(key: &'static str, label: &'static str, values: &'static [Choice]) -> FieldSpec {
    FieldSpec { key, label, class: FieldClass::ClinicalScalar, kind: FieldKind::Choice, values: Some(values) }
}

const fn yes_no(key: &'static str, label: &'static str) -> FieldSpec {
    FieldSpec { key, label, class: FieldClass::ClinicalScalar, kind: FieldKind::YesNo, values: Some(YES_NO) }
}

const fn value(value: &'static str, label: &'static str) -> Choice {
    Choice { value, label }
}

const YES_NO: &[Choice] = &[value("yes", "Yes"), value("no", "No")];

/// Levels of risk, least first.
pub const RISK_LEVELS: &[Choice] = &[
    value("none", "None found"),
    value("low", "Low"),
    value("moderate", "Moderate"),
    value("high", "High"),
    value("imminent", "Imminent"),
];

const MODALITIES: &[Choice] =
    &[value("in_person", "In person"), value("video", "By video"), value("phone", "By telephone")];

const ATTENDANCE: &[Choice] =
    &[value("present", "Present"), value("late", "Came late"), value("left_early", "Left early")];

// A truthful answer must always exist, or the form would press a clinician into saying that a plan was reviewed when
// it was not. Signing accepts all but a plain "no" ([`super::completeness`]).
const SAFETY_PLAN: &[Choice] = &[
    value("yes", "Yes"),
    value("declined", "Offered, client declined"),
    value("not_possible", "Not possible, explained under what was done"),
    value("no", "No"),
];

const CONTACT_METHODS: &[Choice] = &[
    value("phone", "Telephone"),
    value("video", "Video"),
    value("in_person", "In person"),
    value("email", "E-mail"),
    value("letter", "Letter or fax"),
    value("portal", "Secure message"),
];

const CANCELLED_BY: &[Choice] = &[
    value("client", "Client"),
    value("guardian", "Guardian"),
    value("practice", "Practice"),
    value("no_show", "Nobody: client did not come"),
];

const FEES: &[Choice] = &[value("none", "No fee"), value("charged", "Charged"), value("waived", "Waived")];

static INTAKE: &[SectionSpec] = &[
    section("referral_source", "Referral", "Who sent the client, and what they asked for."),
    section(
        "presenting_problem",
        "Presenting problem",
        "In the client's words; when it began, what sets it off, how severe.",
    ),
    section(
        "psychiatric_history",
        "Psychiatric history",
        "Earlier treatment, hospital stays, attempts, medications and what they did.",
    ),
    section("medical_history", "Medical history", "Illnesses, medications, allergies, primary care."),
    section("substance_use", "Substance use", "What, how much, how often, last use, treatment."),
    section("family_history", "Family history", "Family, and what runs in it."),
    section(
        "social_history",
        "Social history",
        "Relationships, home, school, work, law, service, faith and culture.",
    ),
    section("trauma_history", "Trauma history", "What the client chose to say, and how it is today."),
    section("strengths", "Strengths and protective factors", "What holds, who helps, reasons for living."),
    section(
        "mental_status",
        "Mental status",
        "Appearance, behaviour, speech, mood and affect, thought, perception, orientation, memory, insight, judgment.",
    ),
    section(
        "risk",
        "Risk",
        "Suicidal and homicidal thoughts, self-harm: how often, how strong, plan, means, intent, history.",
    ),
    section("formulation", "Clinical formulation", "How you understand it, and why treatment is needed."),
    section(
        "diagnosis_rationale",
        "Grounds for the diagnosis",
        "What supports it, what else was considered.",
    ),
    section("recommendation", "Recommendation", "Kind of treatment, how often, with whom, referrals."),
];

static SOAP: &[SectionSpec] = &[
    section("subjective", "Subjective", "What the client reports."),
    section("objective", "Objective", "What you observed and measured."),
    section("assessment", "Assessment", "How you understand it today; progress towards goals."),
];
static DAP: &[SectionSpec] = &[
    section("data", "Data", "What was said, done and observed."),
    section("assessment", "Assessment", "How you understand it today; progress towards goals."),
];
static BIRP: &[SectionSpec] = &[
    section("behavior", "Behavior", "How the client presented, in word and conduct."),
    section("intervention", "Intervention", "What you did."),
    section("response", "Response", "How the client took it up."),
];
static GIRP: &[SectionSpec] = &[
    section("goal", "Goal", "The goal that this session served."),
    section("intervention", "Intervention", "What you did."),
    section("response", "Response", "How the client took it up."),
];
static NARRATIVE: &[SectionSpec] =
    &[section("narrative", "Narrative", "The session, told in your own order.")];

static PLAN: SectionSpec = section("plan", "Plan", "What comes next, for you and for the client.");
static GOALS_ADDRESSED: SectionSpec =
    section("goals_addressed", "Goals addressed", "Which goals of the treatment plan this session served.");
static INTERVENTIONS: SectionSpec = section("interventions", "Interventions", "What you did.");
static CLIENT_RESPONSE: SectionSpec =
    section("client_response", "Client's response", "How the client took it up.");
static PROGRESS_TAIL: &[SectionSpec] = &[
    section("homework", "Homework", "What was done, what was agreed."),
    section("mental_status_brief", "Brief mental status", "Appearance, mood, affect, thought."),
    section("risk", "Risk", "What was asked and what was found; what was done about it."),
    section("next_session", "Next session", "When, and what for."),
];

static CONTACT: &[SectionSpec] = &[
    section("purpose", "Purpose", "Why you were in contact."),
    section("information_received", "Information received", "What you were told."),
    section("information_disclosed", "Information disclosed", "What you told, no more than was needed."),
    section("recommendations", "Recommendations", "What you advised or were advised."),
    section("follow_up", "Follow-up", "What happens next, who does it, by when."),
];

static MISSED: &[SectionSpec] = &[
    section("reason", "Reason", "Why the appointment did not take place, as far as known."),
    section("outreach", "Outreach", "How you tried to reach the client, and what came of it."),
    section("risk_consideration", "Risk considered", "Whether the absence is a worry, and why."),
    section("follow_up", "Follow-up", "What happens next."),
];

/// Text that a change of format could not place; shown only when it holds something.
pub static CARRIED_OVER: SectionSpec =
    section("carried_over", "Carried over", "Text from another format that has no place in this one.");

static CHANGED_VALUES: SectionSpec =
    section("changed_values", "Changed details", "Details that were changed after the note had been signed.");
static ADDENDUM: SectionSpec =
    section("addendum", "Addendum", "What is to be added, and since when you know it.");

static COMMON: &[FieldSpec] = &[
    clinical("service_date", "Date of service", FieldKind::Date),
    clinical("start_time", "Start", FieldKind::Time),
    clinical("end_time", "End", FieldKind::Time),
    clinical("zone", "Time zone", FieldKind::Zone),
    choice("modality", "Met", MODALITIES),
    admin("place", "Place", FieldKind::Text),
    clinical("participants", "Who took part", FieldKind::Text),
    choice("risk_level", "Level of risk", RISK_LEVELS),
    admin("late_reason", "Why this note is late", FieldKind::Text),
];

static RISK_FOLLOW_UP: &[FieldSpec] = &[
    clinical("risk_intervention", "What was done about the risk", FieldKind::Text),
    choice("safety_plan_reviewed", "Safety plan reviewed", SAFETY_PLAN),
];

static PROGRESS_FIELDS: &[FieldSpec] = &[
    clinical("service_code", "Service code", FieldKind::Text),
    choice("attendance", "Attendance", ATTENDANCE),
    clinical("diagnosis_deferred_reason", "Why the diagnosis is deferred", FieldKind::Text),
    clinical("no_goal_reason", "Why no goal was addressed", FieldKind::Text),
];

static INTAKE_FIELDS: &[FieldSpec] = &[
    yes_no("consent_recorded", "Consent to treatment recorded"),
    clinical("diagnosis_deferred_reason", "Why the diagnosis is deferred", FieldKind::Text),
];

static CONTACT_FIELDS: &[FieldSpec] = &[
    choice("contact_method", "How", CONTACT_METHODS),
    clinical("person", "With whom", FieldKind::Text),
    clinical("organisation", "Organization", FieldKind::Text),
    clinical("relationship", "Relationship to the client", FieldKind::Text),
    yes_no("release_on_file", "Release of information on file"),
    clinical("legal_basis", "Legal basis without a release", FieldKind::Text),
];

static MISSED_FIELDS: &[FieldSpec] = &[
    choice("cancelled_by", "Cancelled by", CANCELLED_BY),
    admin("notice_received", "Notice received", FieldKind::Text),
    FieldSpec {
        key: "fee",
        label: "Fee",
        class: FieldClass::AdminScalar,
        kind: FieldKind::Choice,
        values: Some(FEES),
    },
    admin("rescheduled_to", "Rescheduled to", FieldKind::Text),
];

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
