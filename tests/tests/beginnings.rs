//! What a note begins with, who is found, and what an import takes.
#![cfg(test)]

use mentalspace_testkit::clinic::{Clinic, Device, PASSWORD};
use mentalspace_tests::charts::{begin_chart, begin_note, clinic, complete_note, id};
use serde_json::{Value, json};

fn device(clinic: &Clinic) -> Device {
    let mut device = clinic.enrol("rivera", "laptop").unwrap();
    device.sync().unwrap();
    device
}

fn show(device: &mut Device, note: &str) -> Value {
    device.must(&json!({"command": "note_show", "note_id": note})).unwrap()
}

fn codes(shown: &Value) -> Vec<&str> {
    shown["diagnoses"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect()
}

fn note_of(device: &mut Device, what: &Value) -> String {
    let mut command = json!({"command": "note_create"});
    command.as_object_mut().unwrap().extend(what.as_object().unwrap().clone());
    id(&device.must(&command).unwrap()).unwrap()
}

#[test]
fn a_note_from_an_appointment_begins_with_the_diagnoses_of_the_last_signed_one() {
    let clinic = clinic().unwrap();
    let mut device = device(&clinic);
    let chart = begin_chart(&mut device).unwrap();
    let diagnose = json!({"command": "diagnosis_add", "client_id": chart.client, "code": "F33.1", "noted_on": "2026-11-02"});
    device.must(&diagnose).unwrap();
    let booked = device
        .must(&json!({"command": "appointment_book", "client_id": chart.client, "date": "2026-11-24",
                      "start": "10:00", "end": "10:50"}))
        .unwrap();
    let from_appointment = json!({"appointment_id": booked["id"]});

    let first = note_of(&mut device, &from_appointment);
    assert_eq!(
        codes(&show(&mut device, &first)),
        ["F41.1", "F33.1"],
        "all that are active, as none was signed"
    );

    let signed = begin_note(&mut device, &chart).unwrap();
    complete_note(&mut device, &chart, &signed).unwrap();
    device.must(&json!({"command": "note_sign", "note_id": signed, "password": PASSWORD})).unwrap();
    let second = note_of(&mut device, &from_appointment);
    assert_eq!(codes(&show(&mut device, &second)), ["F41.1"], "what the last signed note named");
    let contact = note_of(&mut device, &json!({"appointment_id": booked["id"], "note_type": "contact"}));
    assert!(codes(&show(&mut device, &contact)).is_empty());
}

#[test]
fn the_note_to_go_on_from_is_the_last_of_a_session_and_never_one_entered_in_error() {
    let clinic = clinic().unwrap();
    let mut device = device(&clinic);
    let chart = begin_chart(&mut device).unwrap();
    let of = |day: &str, note_type: &str| json!({"client_id": chart.client, "note_type": note_type, "fields": {"service_date": day}});
    let session = note_of(&mut device, &of("2026-11-02", "progress"));
    let voided = note_of(&mut device, &of("2026-11-09", "progress"));
    device.must(&json!({"command": "note_void", "note_id": voided, "reason": "Wrong client."})).unwrap();
    note_of(&mut device, &of("2026-11-16", "contact"));
    let now = note_of(&mut device, &of("2026-11-23", "progress"));
    assert_eq!(show(&mut device, &now)["previous_note_id"], json!(session));
}
