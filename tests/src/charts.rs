//! Clients and notes to work with, made without a window.

use mentalspace_crypto::digest::sha256;
use mentalspace_testkit::clinic::{Clinic, Device};
use mentalspace_testkit::failure::{Failure, Outcome};
use serde_json::{Value, json};

/// Login of the therapist of these tests.
pub const THERAPIST: &str = "rivera";
/// Her name on the screen.
pub const THERAPIST_NAME: &str = "Rosalind Rivera";
/// Her client's name on the screen.
pub const CLIENT: &str = "Wren Alder";
/// What stands in the narrative to begin with.
pub const START: &str = "Client arrived on time. Mood low. Slept four hours. Ate little. Denies suicidal ideation. Plans to call her sister.";

/// A clinic with one therapist in it.
///
/// # Errors
/// It could not be opened.
pub fn clinic() -> Outcome<Clinic> {
    let clinic = Clinic::open()?;
    clinic.user(THERAPIST, THERAPIST_NAME, &["clinician"])?;
    Ok(clinic)
}

/// A client of the therapist's, with the diagnosis that her notes need.
#[derive(Debug, Clone)]
pub struct Chart {
    /// The client.
    pub client: String,
    /// The diagnosis.
    pub diagnosis: String,
}

/// Begins a chart.
///
/// # Errors
/// The device refused.
pub fn begin_chart(device: &mut Device) -> Outcome<Chart> {
    let (given, family) = CLIENT.split_once(' ').unwrap_or_default();
    let made = device
        .must(&json!({"command": "client_create", "facts": {"given_name": given, "family_name": family}}))?;
    let client = id(&made)?;
    device.sync()?;
    let named =
        json!({"command": "diagnosis_add", "client_id": client, "code": "F41.1", "noted_on": "2026-11-01"});
    Ok(Chart { diagnosis: id(&device.must(&named)?)?, client })
}

/// Begins a note with [`START`] in its narrative.
///
/// # Errors
/// The device refused.
pub fn begin_note(device: &mut Device, chart: &Chart) -> Outcome<String> {
    id(&device.must(&json!({
        "command": "note_create", "client_id": chart.client, "format": "narrative",
        "fields": {"service_date": "2026-11-20", "start_time": "09:00", "end_time": "09:50"},
        "sections": {"narrative": START},
    }))?)
}

/// So many sentences that hardly compress, so that an answer with them takes many pieces.
#[must_use]
pub fn long_text(seed: &str, sentences: usize) -> String {
    (0..sentences).map(|n| format!("{}. ", sha256(format!("{seed} {n}").as_bytes()).to_hex())).collect()
}

/// The change that gives a note whatever else it needs before it can be signed.
#[must_use]
pub fn completion(chart: &Chart, note: &str) -> Value {
    json!({
        "command": "note_patch", "note_id": note, "add_diagnoses": [chart.diagnosis],
        "sections": {
            "interventions": "Behavioral activation and sleep scheduling were reviewed in session.",
            "client_response": "She named two small steps and rated them as likely.",
            "goals_addressed": "Sleep and daily activity.",
            "risk": "Denies suicidal and homicidal ideation, plan and intent.",
            "next_session": "In one week.",
            "mental_status_brief": "Alert, oriented, mood low.",
        },
        "fields": {"modality": "in_person", "risk_level": "low", "attendance": "attended",
                   "late_reason": "Written after the deadline for this test."},
    })
}

/// Writes whatever else the note needs before it can be signed.
///
/// # Errors
/// The device refused, or something is missing still.
pub fn complete_note(device: &mut Device, chart: &Chart, note: &str) -> Outcome<()> {
    device.must(&completion(chart, note))?;
    let shown = device.must(&json!({"command": "note_show", "note_id": note}))?;
    let missing: Vec<&Value> = shown["findings"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|finding| finding["level"] == "block")
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(Failure::Said(format!("the note is not complete: {missing:?}")))
    }
}

/// Begins a chart with a note that has everything it needs to be signed, and sends both.
///
/// # Errors
/// The device refused.
pub fn begin_complete_note(device: &mut Device) -> Outcome<String> {
    let chart = begin_chart(device)?;
    let note = begin_note(device, &chart)?;
    complete_note(device, &chart, &note)?;
    device.sync()?;
    Ok(note)
}

/// The identifier in an answer.
///
/// # Errors
/// There is none.
pub fn id(answer: &Value) -> Outcome<String> {
    answer["id"]
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| Failure::Said(format!("no identifier in {answer}")))
}
