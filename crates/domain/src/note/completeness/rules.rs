//! The table of rules. Minimum lengths are those of the practice's web system; they catch an empty note, not a poor one.

use super::{Check, Level, Rule, Target};
use crate::note::NoteFormat::{Birp, Dap, Girp, Narrative, Soap};
use crate::note::NoteType::{self, Contact, Intake, Missed, Progress};
use crate::note::{NoteFormat, sections::CARRIED_OVER};
use std::borrow::Cow;

const EVERY: &[NoteType] = &[Intake, Progress, Contact, Missed];
const SESSIONS: &[NoteType] = &[Intake, Progress];
const OUT_OF_SESSION: &[NoteType] = &[Contact, Missed];

const fn section(key: &'static str) -> Target {
    Target::Section(Cow::Borrowed(key))
}

const fn field(key: &'static str) -> Target {
    Target::Field(Cow::Borrowed(key))
}

const fn block(
    id: &'static str,
    types: &'static [NoteType],
    target: Target,
    check: Check,
    message: &'static str,
) -> Rule {
    Rule { id, types, formats: &[], target, check, level: Level::Block, message, citation: "" }
}

const fn advice(
    id: &'static str,
    types: &'static [NoteType],
    target: Target,
    check: Check,
    message: &'static str,
) -> Rule {
    Rule { id, types, formats: &[], target, check, level: Level::Advice, message, citation: "" }
}

const fn progress(
    id: &'static str,
    formats: &'static [NoteFormat],
    target: Target,
    check: Check,
    message: &'static str,
) -> Rule {
    Rule { id, types: &[Progress], formats, target, check, level: Level::Block, message, citation: "" }
}

static DEFERRED: Target = field("diagnosis_deferred_reason");
static LEGAL_BASIS: Target = field("legal_basis");
static GOAL_ELSEWHERE: &[Target] = &[section("goal"), field("no_goal_reason")];
static GOAL_ADDRESSED_ELSEWHERE: &[Target] = &[section("goals_addressed"), field("no_goal_reason")];
const RISK_ANSWERS: &[&str] = &["none", "low", "moderate", "high", "imminent"];
const PLAN_ANSWERS: &[&str] = &["yes", "declined", "not_possible"];

/// Every rule, in the order in which a note is written.
pub static RULES: &[Rule] = &[
    block(
        "open_conflict",
        EVERY,
        Target::Note,
        Check::NoOpenConflict,
        "Two devices' texts are not settled. Both are kept. Open the conflict and choose.",
    ),
    block(
        "unconfirmed",
        EVERY,
        Target::Note,
        Check::NothingUnconfirmed,
        "This text was combined from two devices. Read it and confirm it.",
    ),
    // When
    block("service_date", EVERY, field("service_date"), Check::WellFormed, "Enter the date of service."),
    block(
        "service_date_not_in_future",
        EVERY,
        field("service_date"),
        Check::NotInFuture,
        "The date of service lies in the future. Correct it, or sign on that day.",
    ),
    block("start_time", SESSIONS, field("start_time"), Check::WellFormed, "Enter when the session began."),
    block("end_time", SESSIONS, field("end_time"), Check::WellFormed, "Enter when the session ended."),
    block("zone", SESSIONS, field("zone"), Check::WellFormed, "Choose the time zone of the session."),
    block(
        "start_time_form",
        OUT_OF_SESSION,
        field("start_time"),
        Check::WellFormedOrEmpty,
        "This is not a time. Enter hours and minutes, or leave it empty.",
    ),
    block(
        "end_time_form",
        OUT_OF_SESSION,
        field("end_time"),
        Check::WellFormedOrEmpty,
        "This is not a time. Enter hours and minutes, or leave it empty.",
    ),
    block(
        "end_after_start",
        EVERY,
        field("end_time"),
        Check::EndAfterStart,
        "The end lies before the start. Correct one of the two.",
    ),
    block(
        "late_reason",
        EVERY,
        field("late_reason"),
        Check::GivenIfLate,
        "This note is signed later than the practice asks. Say why in a few words; it is shown as a late entry.",
    ),
    advice("modality", SESSIONS, field("modality"), Check::Filled, "Choose how you met."),
    advice(
        "service_code",
        &[Progress],
        field("service_code"),
        Check::Filled,
        "Choose the service code; without it the session cannot be billed.",
    ),
    // Progress
    progress(
        "goals_addressed",
        &[Soap, Dap, Birp, Narrative],
        section("goals_addressed"),
        Check::FilledOrIn(GOAL_ELSEWHERE),
        "Name a goal that this session served, or say why there was none.",
    ),
    progress(
        "goal",
        &[Girp],
        section("goal"),
        Check::FilledOrIn(GOAL_ADDRESSED_ELSEWHERE),
        "Name the goal that this session served, or say why there was none.",
    ),
    progress(
        "subjective",
        &[Soap],
        section("subjective"),
        Check::AtLeast(20),
        "Write what the client reported, at least a sentence (20 characters).",
    ),
    progress(
        "objective",
        &[Soap],
        section("objective"),
        Check::AtLeast(20),
        "Write what you observed, at least a sentence (20 characters).",
    ),
    progress(
        "data",
        &[Dap],
        section("data"),
        Check::AtLeast(40),
        "Write what was reported and observed, at least a sentence or two (40 characters).",
    ),
    progress(
        "behavior",
        &[Birp],
        section("behavior"),
        Check::AtLeast(20),
        "Write how the client presented, at least a sentence (20 characters).",
    ),
    progress(
        "assessment",
        &[Soap, Dap],
        section("assessment"),
        Check::AtLeast(30),
        "Write how you understand it today, at least a sentence (30 characters).",
    ),
    progress(
        "narrative",
        &[Narrative],
        section("narrative"),
        Check::AtLeast(90),
        "Tell what was reported, what you observed and made of it, and what comes next (90 characters).",
    ),
    progress(
        "interventions",
        &[Soap, Dap, Narrative],
        section("interventions"),
        Check::Filled,
        "Write what you did in this session.",
    ),
    progress(
        "client_response",
        &[Soap, Dap, Narrative],
        section("client_response"),
        Check::Filled,
        "Write how the client took it up.",
    ),
    progress(
        "intervention",
        &[Birp, Girp],
        section("intervention"),
        Check::Filled,
        "Write what you did in this session.",
    ),
    progress(
        "response",
        &[Birp, Girp],
        section("response"),
        Check::Filled,
        "Write how the client took it up.",
    ),
    progress(
        "plan",
        &[Soap, Dap, Birp, Girp],
        section("plan"),
        Check::AtLeast(20),
        "Write what comes next, at least a sentence (20 characters).",
    ),
    // Intake
    block(
        "presenting_problem",
        &[Intake],
        section("presenting_problem"),
        Check::AtLeast(50),
        "Write why the client came, at least a sentence or two (50 characters).",
    ),
    block("mental_status", &[Intake], section("mental_status"), Check::Filled, "Write the mental status."),
    block(
        "formulation",
        &[Intake],
        section("formulation"),
        Check::AtLeast(100),
        "Write how you understand it and why treatment is needed (100 characters).",
    ),
    block(
        "recommendation",
        &[Intake],
        section("recommendation"),
        Check::AtLeast(50),
        "Write what you recommend, how often and with whom (50 characters).",
    ),
    block(
        "consent_recorded",
        &[Intake],
        field("consent_recorded"),
        Check::OneOf(&["yes"]),
        "Record the client's consent to treatment, then mark it here.",
    ),
    advice(
        "diagnosis_rationale",
        &[Intake],
        section("diagnosis_rationale"),
        Check::Filled,
        "A line on what supports the diagnosis helps whoever reads this next.",
    ),
    // Risk
    block(
        "risk",
        SESSIONS,
        section("risk"),
        Check::Filled,
        "Write what was asked about risk and what was found.",
    ),
    block(
        "risk_level",
        SESSIONS,
        field("risk_level"),
        Check::OneOf(RISK_ANSWERS),
        "Choose the level of risk.",
    ),
    block(
        "risk_intervention",
        SESSIONS,
        field("risk_intervention"),
        Check::AtRisk(&Check::Filled),
        "The risk is moderate or more. Write what was done about it.",
    ),
    block(
        "safety_plan_reviewed",
        SESSIONS,
        field("safety_plan_reviewed"),
        Check::AtRisk(&Check::OneOf(PLAN_ANSWERS)),
        "The risk is moderate or more. Review the safety plan with the client, or record why that was not possible.",
    ),
    // Diagnosis
    block(
        "diagnosis",
        SESSIONS,
        Target::Diagnoses,
        Check::DiagnosisOrIn(&DEFERRED),
        "Name a diagnosis from the chart, or say why it is deferred.",
    ),
    block(
        "diagnosis_on_chart",
        EVERY,
        Target::Diagnoses,
        Check::DiagnosesOnChart,
        "A diagnosis named here is not on the chart. Sync, then take it out or choose it again.",
    ),
    advice(
        "diagnosis_ended",
        EVERY,
        Target::Diagnoses,
        Check::DiagnosesStoodThen,
        "A diagnosis named here had ended before the day of service. Check that it belongs here.",
    ),
    // Contact
    block("person", &[Contact], field("person"), Check::Filled, "Enter with whom you were in contact."),
    block("purpose", &[Contact], section("purpose"), Check::Filled, "Write why you were in contact."),
    Rule {
        id: "release_or_basis",
        types: &[Contact],
        formats: &[],
        target: field("release_on_file"),
        check: Check::OneOfOrIn { values: &["yes"], otherwise: &LEGAL_BASIS },
        level: Level::Block,
        message: "Mark the release of information, or name the legal basis for this contact without one.",
        citation: "45 CFR 164.508(a)(1)",
    },
    block(
        "contact_follow_up_at_risk",
        &[Contact],
        section("follow_up"),
        Check::AtRisk(&Check::Filled),
        "The risk is moderate or more. Write what happens next and who does it.",
    ),
    advice(
        "contact_method",
        &[Contact],
        field("contact_method"),
        Check::Filled,
        "Choose how you were in contact.",
    ),
    // Missed
    block(
        "reason",
        &[Missed],
        section("reason"),
        Check::Filled,
        "Write why the appointment did not take place, or that it is not known.",
    ),
    block(
        "outreach_at_risk",
        &[Missed],
        section("outreach"),
        Check::AtRisk(&Check::Filled),
        "The risk is moderate or more. Write how you tried to reach the client.",
    ),
    advice("cancelled_by", &[Missed], field("cancelled_by"), Check::Filled, "Choose who cancelled."),
    // Worth a second look
    advice(
        "pulled_forward",
        EVERY,
        Target::Note,
        Check::NothingPulledForward,
        "This text was taken over from an earlier note. Check that it is true of this session.",
    ),
    advice(
        "carried_over",
        &[Progress],
        Target::Section(Cow::Borrowed(CARRIED_OVER.key)),
        Check::Empty,
        "Some text came from another format and has no place here. Move it where it belongs.",
    ),
];
