//! The tables: every section and field of this release.

use super::{Choice, FieldClass, FieldKind, FieldSpec, SectionSpec};

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
// it was not. Signing accepts all but a plain "no" ([`crate::note::completeness`]).
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

pub(super) static INTAKE: &[SectionSpec] = &[
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

pub(super) static SOAP: &[SectionSpec] = &[
    section("subjective", "Subjective", "What the client reports."),
    section("objective", "Objective", "What you observed and measured."),
    section("assessment", "Assessment", "How you understand it today; progress towards goals."),
];
pub(super) static DAP: &[SectionSpec] = &[
    section("data", "Data", "What was said, done and observed."),
    section("assessment", "Assessment", "How you understand it today; progress towards goals."),
];
pub(super) static BIRP: &[SectionSpec] = &[
    section("behavior", "Behavior", "How the client presented, in word and conduct."),
    section("intervention", "Intervention", "What you did."),
    section("response", "Response", "How the client took it up."),
];
pub(super) static GIRP: &[SectionSpec] = &[
    section("goal", "Goal", "The goal that this session served."),
    section("intervention", "Intervention", "What you did."),
    section("response", "Response", "How the client took it up."),
];
pub(super) static NARRATIVE: &[SectionSpec] =
    &[section("narrative", "Narrative", "The session, told in your own order.")];

pub(super) static PLAN: SectionSpec = section("plan", "Plan", "What comes next, for you and for the client.");
pub(super) static GOALS_ADDRESSED: SectionSpec =
    section("goals_addressed", "Goals addressed", "Which goals of the treatment plan this session served.");
pub(super) static INTERVENTIONS: SectionSpec = section("interventions", "Interventions", "What you did.");
pub(super) static CLIENT_RESPONSE: SectionSpec =
    section("client_response", "Client's response", "How the client took it up.");
pub(super) static PROGRESS_TAIL: &[SectionSpec] = &[
    section("homework", "Homework", "What was done, what was agreed."),
    section("mental_status_brief", "Brief mental status", "Appearance, mood, affect, thought."),
    section("risk", "Risk", "What was asked and what was found; what was done about it."),
    section("next_session", "Next session", "When, and what for."),
];

pub(super) static CONTACT: &[SectionSpec] = &[
    section("purpose", "Purpose", "Why you were in contact."),
    section("information_received", "Information received", "What you were told."),
    section("information_disclosed", "Information disclosed", "What you told, no more than was needed."),
    section("recommendations", "Recommendations", "What you advised or were advised."),
    section("follow_up", "Follow-up", "What happens next, who does it, by when."),
];

pub(super) static MISSED: &[SectionSpec] = &[
    section("reason", "Reason", "Why the appointment did not take place, as far as known."),
    section("outreach", "Outreach", "How you tried to reach the client, and what came of it."),
    section("risk_consideration", "Risk considered", "Whether the absence is a worry, and why."),
    section("follow_up", "Follow-up", "What happens next."),
];

/// Text that a change of format could not place; shown only when it holds something.
pub static CARRIED_OVER: SectionSpec =
    section("carried_over", "Carried over", "Text from another format that has no place in this one.");

pub(super) static CHANGED_VALUES: SectionSpec =
    section("changed_values", "Changed details", "Details that were changed after the note had been signed.");
pub(super) static ADDENDUM: SectionSpec =
    section("addendum", "Addendum", "What is to be added, and since when you know it.");

pub(super) static COMMON: &[FieldSpec] = &[
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

pub(super) static RISK_FOLLOW_UP: &[FieldSpec] = &[
    clinical("risk_intervention", "What was done about the risk", FieldKind::Text),
    choice("safety_plan_reviewed", "Safety plan reviewed", SAFETY_PLAN),
];

pub(super) static PROGRESS_FIELDS: &[FieldSpec] = &[
    clinical("service_code", "Service code", FieldKind::Text),
    choice("attendance", "Attendance", ATTENDANCE),
    clinical("diagnosis_deferred_reason", "Why the diagnosis is deferred", FieldKind::Text),
    clinical("no_goal_reason", "Why no goal was addressed", FieldKind::Text),
];

pub(super) static INTAKE_FIELDS: &[FieldSpec] = &[
    yes_no("consent_recorded", "Consent to treatment recorded"),
    clinical("diagnosis_deferred_reason", "Why the diagnosis is deferred", FieldKind::Text),
];

pub(super) static CONTACT_FIELDS: &[FieldSpec] = &[
    choice("contact_method", "How", CONTACT_METHODS),
    clinical("person", "With whom", FieldKind::Text),
    clinical("organisation", "Organization", FieldKind::Text),
    clinical("relationship", "Relationship to the client", FieldKind::Text),
    yes_no("release_on_file", "Release of information on file"),
    clinical("legal_basis", "Legal basis without a release", FieldKind::Text),
];

pub(super) static MISSED_FIELDS: &[FieldSpec] = &[
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
