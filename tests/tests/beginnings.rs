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

#[test]
fn a_client_is_found_by_every_name_and_by_chart_number_and_a_merged_record_is_not() {
    let clinic = clinic().unwrap();
    clinic.user("okafor", "Maya Okafor", &["practice_manager"]).unwrap();
    let mut device = clinic.enrol("okafor", "front").unwrap();
    device.sync().unwrap();
    let mut create = |facts: Value| {
        id(&device.must(&json!({"command": "client_create", "facts": facts})).unwrap()).unwrap()
    };
    let wren = create(json!({"given_name": "Margaret", "preferred_name": "Wren", "family_name": "Alder",
                             "chart_number": "JH-2041"}));
    let twice = create(json!({"given_name": "Margaret", "family_name": "Alder"}));
    device
        .must(&json!({"command": "client_merge", "from": twice, "into": wren, "reason": "Entered twice."}))
        .unwrap();
    for sought in ["margaret", "wren alder", "2041"] {
        let hits = device.must(&json!({"command": "search", "query": sought})).unwrap();
        let found: Vec<&Value> = hits.as_array().unwrap().iter().map(|hit| &hit["client_id"]).collect();
        assert_eq!(found, [&json!(wren)], "{sought}: {hits}");
    }
}

#[test]
fn an_import_says_of_every_row_what_became_of_it_and_on_which_line_it_stands() {
    let clinic = clinic().unwrap();
    let mut device = device(&clinic);
    let csv = "First name,Last name,Date of birth,Notes\r\n\
               \r\n\
               Ada,Example,04/23/1990,\"Two\r\nlines\"\r\n\
               \r\n\
               Ben,Example,04/23/90,\r\n\
               Ada,Example,1990-04-23,again\r\n\
               Cleo,Example,2090-01-01,\r\n\
               Dora,Example,1899-12-31,\r\n\
               Eli,Example,,\r\n";
    let preview = device.must(&json!({"command": "import_preview", "csv": csv})).unwrap();
    let rows: Vec<(u64, &str, bool)> = preview["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let problems = row["problems"].as_array().unwrap();
            (row["line"].as_u64().unwrap(), row["name"].as_str().unwrap(), problems.is_empty())
        })
        .collect();
    let wanted = [
        (3, "Ada Example", true),
        (6, "Ben Example", false),
        (7, "Ada Example", false),
        (8, "Cleo Example", false),
        (9, "Dora Example", false),
        (10, "Eli Example", true),
    ];
    assert_eq!(rows, wanted, "{preview}");
    let report = device.must(&json!({"command": "import_run", "csv": csv})).unwrap();
    assert_eq!(report["created"], 2, "{report}");
    let skipped: Vec<u64> =
        report["skipped"].as_array().unwrap().iter().map(|row| row["line"].as_u64().unwrap()).collect();
    assert_eq!(skipped, [6, 7, 8, 9], "{report}");
}

#[test]
fn an_import_whose_rows_are_refused_keeps_its_report() {
    let clinic = clinic().unwrap();
    clinic.user("lee", "Sam Lee", &["biller"]).unwrap();
    let mut device = clinic.enrol("lee", "billing").unwrap();
    device.sync().unwrap();
    let csv = "First name,Last name\nAda,Example\nBen,Example\n";
    let report = device.must(&json!({"command": "import_run", "csv": csv})).unwrap();
    assert_eq!(report["created"], 0, "{report}");
    let skipped = report["skipped"].as_array().unwrap();
    assert_eq!(skipped.len(), 2, "every row that was left out is named: {report}");
    assert!(skipped.iter().all(|row| !row["problems"].as_array().unwrap().is_empty()), "{report}");
}
