//! The server restarts between any two pages of a first sync: the device goes on where it was, and has everything in the
//! end (T19).
#![cfg(test)]

use mentalspace_testkit::clinic::{Clinic, Device};
use serde_json::{Value, json};

const NOTES: usize = 260;
/// The least that a device asks for at a time.
const ROWS: u32 = 100;

fn id(answer: &Value) -> String {
    answer["id"].as_str().unwrap().to_owned()
}

/// Every note with its words.
fn words(device: &mut Device, client: &str) -> Vec<(String, Value)> {
    let chart = device.must(&json!({"command": "chart", "client_id": client})).unwrap();
    let mut notes = Vec::new();
    for row in chart["notes"].as_array().unwrap() {
        let shown = device.must(&json!({"command": "note_show", "note_id": row["note_id"]})).unwrap();
        notes.push((row["note_id"].as_str().unwrap().to_owned(), shown["sections"].clone()));
    }
    notes.sort_by(|one, other| one.0.cmp(&other.0));
    notes
}

#[test]
fn t19_a_server_that_restarts_between_any_two_pages_costs_no_row() {
    let mut clinic = Clinic::open().unwrap();
    clinic.user("rivera", "Rosalind Rivera", &["clinician"]).unwrap();
    let mut laptop = clinic.enrol("rivera", "laptop").unwrap();
    laptop.sync().unwrap();
    let made = laptop
        .must(&json!({"command": "client_create", "facts": {"given_name": "Wren", "family_name": "Alder"}}))
        .unwrap();
    let client = id(&made);
    for n in 0..NOTES {
        let narrative = format!("Session {n}. Slept poorly.");
        laptop
            .must(&json!({"command": "note_create", "client_id": client, "format": "narrative",
                          "sections": {"narrative": narrative}}))
            .unwrap();
    }
    laptop.sync().unwrap();

    let mut desk = clinic.enrol("rivera", "desk").unwrap();
    let mut restarts = 0;
    loop {
        let page = desk.must(&json!({"command": "sync", "pages": 1, "rows": ROWS})).unwrap();
        if page["complete"] == true {
            break;
        }
        assert!(restarts < 20, "it comes to an end: {page}");
        clinic.kill_server().unwrap();
        assert_eq!(desk.refused(&json!({"command": "sync"})).unwrap(), "unreachable");
        clinic.start_server().unwrap();
        restarts += 1;
    }
    assert!(restarts >= 2, "the control: {restarts} restarts between pages");
    let (here, there) = (words(&mut laptop, &client), words(&mut desk, &client));
    assert_eq!(here.len(), NOTES);
    assert!(here == there, "every note with every word");
    let status = desk.must(&json!({"command": "status"})).unwrap();
    assert_eq!(status["buckets_ready"], status["buckets"], "every part is whole: {status}");
}
