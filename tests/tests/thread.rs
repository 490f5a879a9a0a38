//! The thread: a device, the server, a second device. A client and a note written with the network off arrive on the
//! other device, word for word; nothing of them can be read on either disk or in the database.
#![cfg(test)]

use mentalspace_testkit::clinic::Clinic;
use serde_json::{Value, json};

fn words(device: &mut mentalspace_testkit::clinic::Device, note: &str, section: &str) -> String {
    let note = device.must(&json!({"command": "note_show", "note_id": note})).unwrap();
    note["sections"]
        .as_array()
        .unwrap()
        .iter()
        .find(|view| view["key"] == section)
        .map_or_else(String::new, |view| view["text"].as_str().unwrap().to_owned())
}

fn id(answer: &Value) -> String {
    answer["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_note_written_offline_arrives_on_the_other_device_word_for_word() {
    let mut clinic = Clinic::open().unwrap();
    clinic.user("rivera", "Rosalind Rivera", &["clinician"]).unwrap();
    let mut laptop = clinic.enrol("rivera", "laptop").unwrap();
    laptop.sync().unwrap();

    // The network is off: the server is dead.
    clinic.kill_server().unwrap();
    let client = id(&laptop
        .must(&json!({"command": "client_create", "facts": {"given_name": "Wren", "family_name": "Alder"}}))
        .unwrap());
    let note = id(&laptop
        .must(&json!({"command": "note_create", "client_id": client, "format": "soap", "fields": {"service_date": "2026-03-08"}}))
        .unwrap());
    let text = "Slept poorly — “three hours, maybe”. Denies suicidal ideation.";
    laptop
        .must(&json!({"command": "note_patch", "note_id": note, "sections": {"subjective": text}}))
        .unwrap();
    assert_eq!(laptop.refused(&json!({"command": "sync"})).unwrap(), "unreachable");
    assert_eq!(words(&mut laptop, &note, "subjective"), text, "work goes on without a network");
    let status = laptop.must(&json!({"command": "status"})).unwrap();
    assert_eq!(status["outbox"], 3, "three commands wait: {status}");

    // A kill and a cold start without a network lose nothing.
    laptop.kill_9().unwrap();
    let mut laptop = clinic.device("laptop").unwrap();
    laptop.unlock().unwrap();
    assert_eq!(words(&mut laptop, &note, "subjective"), text);

    clinic.start_server().unwrap();
    let report = laptop.sync().unwrap();
    assert_eq!(
        (report["complete"].clone(), report["status"]["outbox"].clone()),
        (json!(true), json!(0)),
        "{report}"
    );
    assert_eq!(
        laptop.must(&json!({"command": "status", "all_notes": true})).unwrap()["notes"][&note],
        "synced"
    );

    let mut desk = clinic.enrol("rivera", "desk").unwrap();
    desk.sync().unwrap();
    assert_eq!(words(&mut desk, &note, "subjective"), text, "the other device has the very same words");
    let shown = desk.must(&json!({"command": "note_show", "note_id": note})).unwrap();
    assert_eq!(
        shown["row"]["service_date"], "2026-03-08",
        "a date of service is a civil date and never moves"
    );
    let hits = desk.must(&json!({"command": "search", "query": "ideation"})).unwrap();
    assert_eq!(hits[0]["note_id"], json!(note));
}
