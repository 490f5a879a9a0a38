//! What the therapist has done by the time of the pictures.

use super::practice::{Practice, THERAPIST, YESTERDAY};
use super::{late, words};
use crate::charts::id;
use crate::laptop::Laptop;
use mentalspace_testkit::clinic::{Clinic, Device, PASSWORD};
use mentalspace_testkit::failure::{Failure, Outcome};
use serde_json::{Value, json};

/// Where the pictures find what they show.
pub(super) struct Work {
    /// The visit that is going on.
    pub(super) now: Visit,
    /// The last visit of yesterday's that has been signed.
    pub(super) signed: Visit,
    /// A note with two texts.
    pub(super) torn: String,
}

#[derive(Clone)]
pub(super) struct Visit {
    pub(super) appointment: String,
    pub(super) client: String,
    pub(super) name: String,
    pub(super) note: Option<String>,
}

/// Enrols her two devices, and does the morning's work on one of them.
pub(super) fn prepare(practice: &Practice) -> Outcome<(Laptop, Work)> {
    let clinic = &practice.clinic;
    let office = Laptop::enrolled(clinic, THERAPIST, "Office PC")?;
    let laptop = Laptop::enrolled(clinic, THERAPIST, "Laptop at home")?;
    let (work, last) = laptop.without_window(clinic, |device| {
        let today = device.must(&json!({"command": "today"}))?;
        let visits = visits(&today["agenda"]);
        let [intake, session, now, ..] = visits.as_slice() else {
            return Err(Failure::Said(format!("the day has too few visits for its pictures: {today}")));
        };
        for (visit, to) in [(intake, "completed"), (session, "completed"), (now, "checked_in")] {
            device.must(
                &json!({"command": "appointment_progress", "appointment_id": visit.appointment, "to": to}),
            )?;
        }
        let torn = begin(device, intake, &json!({"note_type": "intake", "sections": words::intake()}))?;
        finish(device, session)?;
        part(clinic, device, &office, &torn)?;
        let yesterday = device.must(&json!({"command": "agenda", "from": YESTERDAY, "to": YESTERDAY}))?;
        let signed = visits_where(&yesterday, |visit| visit["standing"] == "signed");
        let signed =
            signed.first().ok_or_else(|| Failure::Said("nothing was signed yesterday".into()))?.clone();
        let last = visits.last().unwrap_or(now).clone();
        Ok((Work { now: now.clone(), signed, torn }, last))
    })?;
    late::hand_in(practice, &laptop, &last)?;
    Ok((laptop, work))
}

/// Both devices change the same passages of a note before they hear of each other.
fn part(clinic: &Clinic, device: &mut Device, office: &Laptop, note: &str) -> Outcome<()> {
    device.sync()?;
    let change = |sections: Value| json!({"command": "note_patch", "note_id": note, "sections": sections});
    office.without_window(clinic, |other| {
        other.sync()?;
        other.must(&change(words::intake_at_the_office()))?;
        other.sync()?;
        // The second time it tells the server that nothing waits any more.
        other.sync().map(drop)
    })?;
    device.must(&change(words::intake_at_home()))?;
    device.sync().map(drop)
}

fn begin(device: &mut Device, visit: &Visit, given: &Value) -> Outcome<String> {
    let mut create = json!({"command": "note_create", "appointment_id": visit.appointment});
    if let (Some(create), Some(given)) = (create.as_object_mut(), given.as_object()) {
        create.extend(given.clone());
    }
    id(&device.must(&create)?)
}

/// Writes and signs the note of a visit.
fn finish(device: &mut Device, visit: &Visit) -> Outcome<()> {
    let note = begin(device, visit, &json!({"format": "soap", "sections": words::finished()}))?;
    let chart = device.must(&json!({"command": "chart", "client_id": visit.client}))?;
    let mut complete = complete(&note, &chart);
    complete["command"] = json!("note_patch");
    device.must(&complete)?;
    device.must(&json!({"command": "note_sign", "note_id": note, "password": PASSWORD})).map(drop)
}

/// The facts and the diagnosis that a note needs before it can be signed, as `note_patch` takes them.
pub(super) fn complete(note: &str, chart: &Value) -> Value {
    let diagnoses = chart["diagnoses"].as_array().into_iter().flatten();
    let named: Vec<&Value> =
        diagnoses.filter(|one| one["ended_on"].is_null()).map(|one| &one["diagnosis_id"]).collect();
    json!({
        "note_id": note, "add_diagnoses": named,
        "fields": {"risk_level": "none", "attendance": "present", "service_code": "90834"},
    })
}

fn visits(agenda: &Value) -> Vec<Visit> {
    visits_where(agenda, |_| true)
}

fn visits_where(agenda: &Value, wanted: impl Fn(&Value) -> bool) -> Vec<Visit> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    agenda
        .as_array()
        .into_iter()
        .flatten()
        .filter(|visit| visit["client_id"] != "" && wanted(visit))
        .map(|visit| Visit {
            appointment: text(&visit["appointment_id"]),
            client: text(&visit["client_id"]),
            name: text(&visit["client_name"]),
            note: visit["note_id"].as_str().map(str::to_owned),
        })
        .collect()
}
