//! What must be there before a note is signed.

use crate::practice::{client_id, day, instant, note, rivera, today, uuid};
use chrono::Days;
use mentalspace_domain::diagnosis::Diagnosis;
use mentalspace_domain::ids::{BranchId, DeviceId, DiagnosisId, NoteId};
use mentalspace_domain::note::completeness::{Finding, Level, RULES, Target, complete, completeness};
use mentalspace_domain::note::sections::{field_spec, fields, section_spec, sections};
use mentalspace_domain::note::{Combined, FieldKey, Note, NoteFormat, NoteType, SectionKey};
use std::collections::BTreeSet;

const TYPES: [NoteType; 4] = [NoteType::Intake, NoteType::Progress, NoteType::Contact, NoteType::Missed];
const FORMATS: [NoteFormat; 5] =
    [NoteFormat::Soap, NoteFormat::Dap, NoteFormat::Birp, NoteFormat::Girp, NoteFormat::Narrative];
const LONG: &str = "One sentence after another, each of them about what took place in this room today, so that nobody \
                    who reads it later has to guess what was meant by it.";

pub(crate) fn chart() -> Diagnosis {
    Diagnosis {
        id: DiagnosisId::new(uuid(111)),
        client: client_id(),
        code: "F41.1".to_owned(),
        description: "Generalized anxiety disorder".to_owned(),
        rank: 1,
        recorded_by: rivera(),
        noted_on: day("2026-01-05"),
        ended_on: None,
    }
}

fn set(note: &mut Note, field: &str, value: &str) {
    note.fields.insert(FieldKey::from(field), value.to_owned());
}

fn write(note: &mut Note, section: &str, text: &str) {
    note.sections.insert(SectionKey::from(section), text.to_owned());
}

/// A note in which every section and field that its type shows is filled in.
pub(crate) fn whole(note_type: NoteType, format: Option<NoteFormat>) -> Note {
    let mut note = note(note_type, format, &[]);
    for spec in sections(note_type, format) {
        write(&mut note, spec.key, LONG);
    }
    for (field, value) in [
        ("service_date", "2026-03-09"),
        ("start_time", "09:00"),
        ("end_time", "09:50"),
        ("zone", "America/New_York"),
        ("modality", "in_person"),
        ("risk_level", "low"),
    ] {
        set(&mut note, field, value);
    }
    let own: &[(&str, &str)] = match note_type {
        NoteType::Intake => &[("consent_recorded", "yes")],
        NoteType::Progress => &[("service_code", "90834")],
        NoteType::Contact => {
            &[("person", "Dr. Hale"), ("release_on_file", "yes"), ("contact_method", "phone")]
        }
        NoteType::Missed => &[("cancelled_by", "client")],
    };
    for (field, value) in own {
        set(&mut note, field, value);
    }
    if matches!(note_type, NoteType::Intake | NoteType::Progress) {
        note.diagnoses = vec![chart().id];
    }
    note
}

fn kinds() -> Vec<(NoteType, Option<NoteFormat>)> {
    let progress = FORMATS.into_iter().map(|format| (NoteType::Progress, Some(format)));
    [NoteType::Intake, NoteType::Contact, NoteType::Missed]
        .into_iter()
        .map(|kind| (kind, None))
        .chain(progress)
        .collect()
}

fn findings(note: &Note) -> Vec<Finding> {
    completeness(note, &[&chart()], today(), today(), 72)
}

fn blocks(note: &Note) -> Vec<&'static str> {
    findings(note)
        .into_iter()
        .filter(|finding| finding.level == Level::Block)
        .map(|finding| finding.rule)
        .collect()
}

fn advice(note: &Note) -> Vec<&'static str> {
    findings(note)
        .into_iter()
        .filter(|finding| finding.level == Level::Advice)
        .map(|finding| finding.rule)
        .collect()
}

#[test]
fn a_whole_note_may_be_signed() {
    for (note_type, format) in kinds() {
        let findings = findings(&whole(note_type, format));
        assert_eq!(findings, [], "{note_type:?} {format:?}");
        assert!(complete(&findings));
    }
}

#[test]
fn an_empty_note_lacks_what_its_type_asks_for() {
    let lacks = |note_type, format| {
        let note = note(note_type, format, &[]);
        assert!(!complete(&findings(&note)));
        blocks(&note)
    };
    let session = ["service_date", "start_time", "end_time", "zone"];
    let with = |rest: &[&'static str]| [&session, rest].concat();
    let tail = ["risk", "risk_level", "diagnosis"];
    let soap = [
        "goals_addressed",
        "subjective",
        "objective",
        "assessment",
        "interventions",
        "client_response",
        "plan",
    ];
    assert_eq!(lacks(NoteType::Progress, Some(NoteFormat::Soap)), with(&[&soap[..], &tail].concat()));
    let birp = ["goals_addressed", "behavior", "intervention", "response", "plan"];
    assert_eq!(lacks(NoteType::Progress, Some(NoteFormat::Birp)), with(&[&birp[..], &tail].concat()));
    let girp = ["goal", "intervention", "response", "plan"];
    assert_eq!(lacks(NoteType::Progress, Some(NoteFormat::Girp)), with(&[&girp[..], &tail].concat()));
    let dap = ["goals_addressed", "data", "assessment", "interventions", "client_response", "plan"];
    assert_eq!(lacks(NoteType::Progress, Some(NoteFormat::Dap)), with(&[&dap[..], &tail].concat()));
    let narrative = ["goals_addressed", "narrative", "interventions", "client_response"];
    assert_eq!(
        lacks(NoteType::Progress, Some(NoteFormat::Narrative)),
        with(&[&narrative[..], &tail].concat())
    );
    let intake = ["presenting_problem", "mental_status", "formulation", "recommendation", "consent_recorded"];
    assert_eq!(lacks(NoteType::Intake, None), with(&[&intake[..], &tail].concat()));
    assert_eq!(lacks(NoteType::Contact, None), ["service_date", "person", "purpose", "release_or_basis"]);
    assert_eq!(lacks(NoteType::Missed, None), ["service_date", "reason"]);
}

/// Removing any one thing from a whole note must be seen by the rules that are about it, and by no others.
#[test]
fn each_rule_about_a_text_sees_its_own_text() {
    for (note_type, format) in kinds() {
        for rule in RULES.iter().filter(|rule| rule.applies(note_type, format)) {
            let mut note = whole(note_type, format);
            match &rule.target {
                Target::Section(key) => drop(note.sections.remove(&SectionKey::from(key.as_ref()))),
                Target::Field(key) => drop(note.fields.remove(&FieldKey::from(key.as_ref()))),
                Target::Diagnoses | Target::Note => continue,
            }
            let strays: Vec<Finding> =
                findings(&note).into_iter().filter(|finding| finding.target != rule.target).collect();
            assert_eq!(strays, [], "{note_type:?} {format:?} without {}", rule.target.key());
        }
    }
}

#[test]
fn lengths_count_characters_and_not_the_blanks_around_them() {
    let with = |text: &str| {
        let mut note = whole(NoteType::Progress, Some(NoteFormat::Soap));
        write(&mut note, "subjective", text);
        blocks(&note)
    };
    assert_eq!(with(&"a".repeat(20)), [""; 0]);
    assert_eq!(with(&"é".repeat(20)), [""; 0]);
    assert_eq!(with(&"a".repeat(19)), ["subjective"]);
    assert_eq!(with(&"é".repeat(19)), ["subjective"], "bytes are not characters");
    assert_eq!(with(&format!("  {}\n\n\n", "a".repeat(19))), ["subjective"]);
}

#[test]
fn the_day_of_service() {
    let on = |date: &str| {
        let mut note = whole(NoteType::Progress, Some(NoteFormat::Soap));
        set(&mut note, "service_date", date);
        blocks(&note)
    };
    assert_eq!(on("2026-03-10"), [""; 0]);
    assert_eq!(on("2026-03-11"), ["service_date_not_in_future"]);
    assert_eq!(on("2026-02-30"), ["service_date"]);
    // 72 hours after 09:50 on the 7th is the 10th; a note of the 6th is a day late.
    assert_eq!(on("2026-03-07"), [""; 0]);
    assert_eq!(on("2026-03-06"), ["late_reason"]);
}

#[test]
fn a_late_note_needs_a_reason_and_the_practice_says_what_is_late() {
    let mut note = whole(NoteType::Progress, Some(NoteFormat::Soap));
    set(&mut note, "service_date", "2026-03-01");
    assert_eq!(blocks(&note), ["late_reason"]);
    let rules: Vec<_> = completeness(&note, &[&chart()], today(), today(), 24 * 9);
    assert!(complete(&rules), "this practice gives nine days");
    set(&mut note, "late_reason", "I was ill.");
    assert_eq!(blocks(&note), [""; 0]);
    // Without an end the whole day counts.
    let mut missed = whole(NoteType::Missed, None);
    missed.fields.remove(&FieldKey::from("end_time"));
    set(&mut missed, "service_date", "2026-03-06");
    assert_eq!(blocks(&missed), [""; 0]);
    set(&mut missed, "service_date", "2026-03-05");
    assert_eq!(blocks(&missed), ["late_reason"]);
}

#[test]
fn times_and_zone_are_real() {
    let with = |field: &str, value: &str| {
        let mut note = whole(NoteType::Progress, Some(NoteFormat::Soap));
        set(&mut note, field, value);
        blocks(&note)
    };
    assert_eq!(with("end_time", "09:00"), ["end_after_start"]);
    assert_eq!(with("end_time", "08:00"), ["end_after_start"]);
    assert_eq!(with("end_time", "half past nine"), ["end_time"]);
    assert_eq!(with("start_time", "25:00"), ["start_time"]);
    assert_eq!(with("zone", "Atlantis"), ["zone"]);
    let mut contact = whole(NoteType::Contact, None);
    contact.fields.remove(&FieldKey::from("start_time"));
    assert_eq!(blocks(&contact), [""; 0], "a call needs no minutes");
    set(&mut contact, "start_time", "noonish");
    assert_eq!(blocks(&contact), ["start_time_form"], "but a time that is given is a time");
}

#[test]
fn from_moderate_risk_on_more_is_asked() {
    for (level, asked) in
        [("none", false), ("low", false), ("moderate", true), ("high", true), ("imminent", true)]
    {
        for note_type in [NoteType::Intake, NoteType::Progress] {
            let mut note = whole(note_type, None);
            set(&mut note, "risk_level", level);
            let expected: &[&str] = if asked { &["risk_intervention", "safety_plan_reviewed"] } else { &[] };
            assert_eq!(blocks(&note), expected, "{note_type:?} {level}");
        }
        let mut missed = whole(NoteType::Missed, None);
        missed.sections.remove(&SectionKey::from("outreach"));
        set(&mut missed, "risk_level", level);
        assert_eq!(blocks(&missed) == ["outreach_at_risk"], asked);
        let mut contact = whole(NoteType::Contact, None);
        contact.sections.remove(&SectionKey::from("follow_up"));
        set(&mut contact, "risk_level", level);
        assert_eq!(blocks(&contact) == ["contact_follow_up_at_risk"], asked);
    }
    let mut note = whole(NoteType::Progress, Some(NoteFormat::Soap));
    set(&mut note, "risk_level", "moderate");
    set(&mut note, "risk_intervention", "Called the sister, agreed on tomorrow.");
    for (answer, enough) in
        [("yes", true), ("declined", true), ("not_possible", true), ("no", false), ("", false)]
    {
        set(&mut note, "safety_plan_reviewed", answer);
        assert_eq!(blocks(&note).is_empty(), enough, "{answer:?}");
    }
    set(&mut note, "risk_level", "unclear");
    assert_eq!(blocks(&note), ["risk_level"], "a level that nobody offered is no answer");
}

#[test]
fn a_diagnosis_or_the_reason_for_none() {
    let mut note = whole(NoteType::Progress, Some(NoteFormat::Dap));
    note.diagnoses.clear();
    assert_eq!(blocks(&note), ["diagnosis"]);
    set(&mut note, "diagnosis_deferred_reason", "Second session; still open.");
    assert_eq!(blocks(&note), [""; 0]);
    note.diagnoses = vec![DiagnosisId::new(uuid(999))];
    assert_eq!(
        blocks(&note),
        ["diagnosis_on_chart"],
        "what is not on the chart would vanish from the signed note"
    );
    note.diagnoses = vec![chart().id];
    let ended = Diagnosis { ended_on: Some(day("2026-03-01")), ..chart() };
    let found = completeness(&note, &[&ended], today(), today(), 72);
    assert_eq!(found.iter().map(|finding| finding.rule).collect::<Vec<_>>(), ["diagnosis_ended"]);
    assert!(complete(&found));
}

#[test]
fn a_reason_stands_in_for_a_goal_and_a_basis_for_a_release() {
    for (format, section) in [(NoteFormat::Soap, "goals_addressed"), (NoteFormat::Girp, "goal")] {
        let mut note = whole(NoteType::Progress, Some(format));
        note.sections.remove(&SectionKey::from("goals_addressed"));
        note.sections.remove(&SectionKey::from("goal"));
        assert_eq!(blocks(&note), [section]);
        set(&mut note, "no_goal_reason", "No treatment plan yet.");
        assert_eq!(blocks(&note), [""; 0]);
    }
    let mut contact = whole(NoteType::Contact, None);
    set(&mut contact, "release_on_file", "no");
    assert_eq!(blocks(&contact), ["release_or_basis"]);
    set(&mut contact, "legal_basis", "Emergency, 45 CFR 164.512(j).");
    assert_eq!(blocks(&contact), [""; 0]);
    let mut intake = whole(NoteType::Intake, None);
    set(&mut intake, "consent_recorded", "no");
    assert_eq!(blocks(&intake), ["consent_recorded"]);
}

/// Signed on a laptop whose clock is nine months behind: neither a future date nor a late note.
#[test]
fn a_clock_that_is_behind_makes_no_date_a_future_one() {
    let note = whole(NoteType::Progress, Some(NoteFormat::Soap));
    let behind = today() - Days::new(270);
    let blocks = |today, signed_on| {
        let found = completeness(&note, &[&chart()], today, signed_on, 72);
        let blocking = found.iter().filter(|finding| finding.level == Level::Block);
        blocking.map(|finding| finding.rule).collect::<Vec<_>>()
    };
    assert_eq!(blocks(today(), behind), [""; 0]);
    assert_eq!(
        blocks(behind, behind),
        ["service_date_not_in_future"],
        "the control: by that clock alone it is one"
    );
}

#[test]
fn unsettled_texts_stand_in_the_way() {
    let mut note = whole(NoteType::Progress, Some(NoteFormat::Soap));
    note.branches = vec![BranchId::new(uuid(62))];
    assert_eq!(blocks(&note), ["open_conflict"]);
    note.branches.clear();
    for section in ["plan", "objective"] {
        note.combined.insert(
            SectionKey::from(section),
            Combined {
                base: String::new(),
                ours: String::new(),
                theirs: String::new(),
                from_device: DeviceId::new(uuid(33)),
                asserted_at: instant("2026-03-10T14:30:00Z"),
            },
        );
    }
    let found = findings(&note);
    let places: Vec<&str> = found.iter().map(|finding| finding.target.key()).collect();
    assert_eq!(places, ["objective", "plan"], "each combined section is named, so that a press leads there");
    assert!(found.iter().all(|finding| finding.rule == "unconfirmed" && finding.level == Level::Block));
}

#[test]
fn advice_holds_nothing_up() {
    let mut note = whole(NoteType::Progress, Some(NoteFormat::Soap));
    note.fields.remove(&FieldKey::from("modality"));
    note.fields.remove(&FieldKey::from("service_code"));
    note.pulled_forward.insert(SectionKey::from("plan"), NoteId::new(uuid(60)));
    write(&mut note, "carried_over", "Something from before.");
    assert_eq!(advice(&note), ["modality", "service_code", "pulled_forward", "carried_over"]);
    assert!(complete(&findings(&note)));
}

#[test]
fn the_rules_are_sound_data() {
    let ids: BTreeSet<&str> = RULES.iter().map(|rule| rule.id).collect();
    assert_eq!(ids.len(), RULES.len(), "a rule's name is its identity");
    for rule in RULES {
        assert!(
            rule.message.ends_with('.') && !rule.message.contains("must"),
            "{}: {}",
            rule.id,
            rule.message
        );
        for note_type in rule.types {
            let formats: Vec<Option<NoteFormat>> = match note_type {
                NoteType::Progress if rule.formats.is_empty() => FORMATS.map(Some).to_vec(),
                NoteType::Progress => rule.formats.iter().copied().map(Some).collect(),
                _ => vec![None],
            };
            for format in formats {
                let shown = match &rule.target {
                    Target::Section(key) => {
                        key == "carried_over"
                            || sections(*note_type, format).iter().any(|spec| spec.key == key)
                    }
                    Target::Field(key) => fields(*note_type).iter().any(|spec| spec.key == key),
                    Target::Diagnoses | Target::Note => true,
                };
                assert!(shown, "{} points to something that {note_type:?} {format:?} does not show", rule.id);
            }
        }
    }
}

#[test]
fn the_tables_are_sound_data() {
    for note_type in TYPES {
        for format in FORMATS {
            let keys: Vec<&str> = sections(note_type, Some(format)).iter().map(|spec| spec.key).collect();
            assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len(), "a section is shown once");
            for key in keys {
                assert!(section_spec(key).is_some_and(|spec| spec.key == key));
                assert!(field_spec(key).is_none(), "{key} is both a section and a field");
            }
        }
        let keys: Vec<&str> = fields(note_type).iter().map(|spec| spec.key).collect();
        assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len(), "a field is shown once");
        assert!(keys.iter().all(|key| field_spec(key).is_some()));
    }
}

#[test]
fn a_finding_names_the_field_that_would_do_instead() {
    let found = findings(&note(NoteType::Progress, Some(NoteFormat::Soap), &[]));
    let or_field = |rule: &str| found.iter().find(|finding| finding.rule == rule).unwrap().or_field;
    assert_eq!(or_field("goals_addressed"), Some("no_goal_reason"));
    assert_eq!(or_field("diagnosis"), Some("diagnosis_deferred_reason"));
    assert_eq!(or_field("risk_level"), None);
    let contact = findings(&note(NoteType::Contact, None, &[]));
    assert!(contact.iter().any(|finding| finding.or_field == Some("legal_basis")));
}
