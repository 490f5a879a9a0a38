//! A signed note shows what was signed, whatever its own record says later.
#![cfg(test)]

use mentalspace_crypto::digest::BucketDigest;
use mentalspace_crypto::password::Password;
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::diagnosis::Diagnosis;
use mentalspace_domain::note::Note;
use mentalspace_domain::record::Record;
use mentalspace_store::profile::{Profile, SecretFiles};
use mentalspace_store::{Incoming, IncomingBucket, IncomingEnd, IncomingPage, IncomingRow, MetaKey, Store};
use mentalspace_testkit::clinic::{Clinic, Device, PASSWORD};
use mentalspace_tests::charts::{START, begin_chart, begin_complete_note, begin_note, clinic, complete_note};
use mentalspace_tests::notes::section_of;
use serde_json::{Value, json};

fn some_day() -> chrono::DateTime<chrono::Utc> {
    "2026-11-27T15:00:00Z".parse().unwrap()
}

/// Puts altered records where the note and its diagnosis were, as a server would that was tampered with.
fn alter(clinic: &Clinic, name: &str, note: &str, diagnosis: &str) {
    let home = clinic.home().join("devices").join(name);
    let secrets = SecretFiles::new(home.join("secrets"));
    let now = some_day();
    let (_profile, store) =
        Profile::unlock(&home.join("profile"), &secrets, &Password::new(PASSWORD), now).unwrap();
    let mut altered: Note = store.get(note.parse().unwrap()).unwrap().unwrap();
    altered.sections.insert("narrative".into(), "Words that nobody signed.".to_owned());
    altered.fields.insert("risk_level".into(), "high".to_owned());
    let mut named: Diagnosis = store.get(diagnosis.parse().unwrap()).unwrap().unwrap();
    named.description = "A description that nobody signed.".to_owned();
    let bucket = Bucket::clinical(altered.client);
    arrive(&store, bucket, &[altered.into(), named.into()]);
}

fn arrive(store: &Store, about: Bucket, records: &[Record]) {
    let id = about.id(store.identity().unwrap().practice.id);
    let from = store.held().unwrap().into_iter().find(|held| held.id == id).unwrap().cursor;
    let rows: Vec<IncomingRow> = records
        .iter()
        .zip(from + 1..)
        .map(|(record, seq)| IncomingRow {
            kind: record.key().kind.as_str().to_owned(),
            id: record.key().id,
            seq,
            rev: 1_000,
            parent: record.parent(),
            body: Some(record.to_bytes(&[7; 16]).unwrap()),
        })
        .collect();
    let head = from + i64::try_from(rows.len()).unwrap();
    let incoming = Incoming {
        buckets: vec![IncomingBucket { id, about, head, digest: BucketDigest::EMPTY, live: 0, reset: false }],
        revoked: Vec::new(),
        pages: vec![IncomingPage { bucket: id, from, to: head, rows }],
        end: Some(IncomingEnd {
            processed_seq: store.meta(MetaKey::ProcessedSeq).unwrap().unwrap_or(0),
            results: Vec::new(),
            grants: store.meta(MetaKey::Grants).unwrap().unwrap_or(0),
        }),
    };
    store.apply(&incoming, some_day()).unwrap();
}

fn quit(mut device: Device) {
    device.must(&json!({"command": "quit"})).unwrap();
    device.program().process().wait().unwrap();
}

fn show(device: &mut Device, note: &str) -> Value {
    device.must(&json!({"command": "note_show", "note_id": note})).unwrap()
}

#[test]
fn a_record_altered_after_the_signature_is_never_shown_as_what_was_signed() {
    let clinic = clinic().unwrap();
    let mut device = clinic.enrol("rivera", "laptop").unwrap();
    device.sync().unwrap();
    let chart = begin_chart(&mut device).unwrap();
    let note = begin_note(&mut device, &chart).unwrap();
    complete_note(&mut device, &chart, &note).unwrap();
    device.must(&json!({"command": "note_sign", "note_id": note, "password": PASSWORD})).unwrap();
    device.sync().unwrap();
    let before = show(&mut device, &note);
    assert_eq!(before["signature"]["verification"], "verified", "{before}");
    quit(device);

    alter(&clinic, "laptop", &note, &chart.diagnosis);
    let mut device = clinic.device("laptop").unwrap();
    device.unlock().unwrap();
    let drafts = device.must(&json!({"command": "chart", "client_id": chart.client})).unwrap();
    assert!(
        drafts["diagnoses"].to_string().contains("nobody signed"),
        "the altered records have arrived: {drafts}"
    );
    let shown = show(&mut device, &note);
    assert_eq!(section_of(&shown, "narrative"), START, "the signed words, verified or not at all");
    assert_eq!(shown["signature"]["verification"], "verified", "and they still verify");
    for part in ["sections", "fields", "diagnoses", "text_hash"] {
        assert_eq!(shown[part], before[part], "{part}");
    }
}

#[test]
fn a_diagnosis_ticked_on_a_note_that_was_signed_elsewhere_is_kept_as_a_late_entry() {
    let mut clinic = clinic().unwrap();
    let mut laptop = clinic.enrol("rivera", "laptop").unwrap();
    laptop.sync().unwrap();
    let chart = begin_chart(&mut laptop).unwrap();
    let note = begin_note(&mut laptop, &chart).unwrap();
    complete_note(&mut laptop, &chart, &note).unwrap();
    let second = laptop
        .must(&json!({"command": "diagnosis_add", "client_id": chart.client, "code": "F33.1", "noted_on": "2026-11-01"}))
        .unwrap();
    laptop.sync().unwrap();
    let mut desk = clinic.enrol("rivera", "desk").unwrap();
    desk.sync().unwrap();

    clinic.kill_server().unwrap();
    laptop.must(&json!({"command": "note_sign", "note_id": note, "password": PASSWORD})).unwrap();
    desk.must(&json!({"command": "note_patch", "note_id": note, "add_diagnoses": [second["id"]],
                      "remove_diagnoses": [chart.diagnosis]}))
        .unwrap();
    clinic.start_server().unwrap();
    laptop.sync().unwrap();
    desk.sync().unwrap();

    let late = &show(&mut desk, &note)["addenda"][0];
    assert_eq!((&late["kind"], &late["state"]), (&json!("late_entry"), &json!("draft")), "{late}");
    let text = late["sections"][0]["text"].as_str().unwrap();
    assert!(text.contains("Diagnosis added: F33.1 Major depressive disorder"), "{text}");
    assert!(text.contains("Diagnosis removed: F41.1 Generalized anxiety disorder"), "{text}");
}

#[test]
fn nothing_is_signed_that_was_not_read() {
    let clinic = clinic().unwrap();
    let mut laptop = clinic.enrol("rivera", "laptop").unwrap();
    laptop.sync().unwrap();
    let note = begin_complete_note(&mut laptop).unwrap();
    let mut desk = clinic.enrol("rivera", "desk").unwrap();
    desk.sync().unwrap();
    desk.must(
        &json!({"command": "note_patch", "note_id": note, "sections": {"homework": "Keeps a sleep log."}}),
    )
    .unwrap();
    desk.sync().unwrap();

    let preview = json!({"command": "note_preview", "note_id": note});
    let read = laptop.must(&preview).unwrap();
    assert_eq!(read["diagnoses"][0]["code"], "F41.1", "the diagnoses are part of what is signed: {read}");
    laptop.sync().unwrap();
    let sign = |hash: &Value| json!({"command": "note_sign", "note_id": note, "password": PASSWORD, "content_hash": hash});
    assert_eq!(laptop.refused(&sign(&read["content_hash"])).unwrap(), "content_changed");
    assert_eq!(show(&mut laptop, &note)["signature"], Value::Null, "nothing was signed");
    let read = laptop.must(&preview).unwrap();
    assert!(read["sections"].to_string().contains("Keeps a sleep log."), "{read}");
    laptop.must(&sign(&read["content_hash"])).unwrap();

    let added = json!({"command": "addendum_write", "note_id": note, "reason": "Learnt later.",
                       "sections": {"addendum": "Her sister called."}});
    let addendum = laptop.must(&added).unwrap()["id"].clone();
    laptop.sync().unwrap();
    desk.sync().unwrap();
    desk.must(&json!({"command": "addendum_write", "note_id": note, "addendum_id": addendum, "reason": "Learnt later.",
                      "sections": {"addendum": "Her sister called. She will call again."}}))
        .unwrap();
    desk.sync().unwrap();
    laptop.sync().unwrap();
    let sign = |words: &str, reason: &str| {
        json!({"command": "addendum_sign", "addendum_id": addendum, "password": PASSWORD,
               "sections": {"addendum": words}, "reason": reason})
    };
    for (words, reason) in [
        ("Her sister called.", "Learnt later."),
        ("", "Learnt later."),
        ("Her sister called. She will call again.", "Learnt at once."),
    ] {
        assert_eq!(laptop.refused(&sign(words, reason)).unwrap(), "content_changed", "{words:?} {reason:?}");
    }
    laptop.must(&sign("Her sister called. She will call again.", "Learnt later.")).unwrap();
    laptop.sync().unwrap();
    let shown = show(&mut laptop, &note);
    let meaning = |signature: &Value| signature["meaning"].as_str().unwrap().to_owned();
    assert!(meaning(&shown["signature"]).starts_with("I wrote this note."), "{shown}");
    let of_addendum = &shown["addenda"][0]["signature"];
    assert!(meaning(of_addendum).starts_with("I wrote this addendum"), "{shown}");
    assert_eq!(
        of_addendum["meaning"], shown["addendum_statement"],
        "what stood above the password is what was signed"
    );
    assert_eq!(of_addendum["verification"], "verified", "{shown}");
}

#[test]
fn what_is_signed_on_a_signature_shares_its_fate_and_the_words_are_kept() {
    let mut clinic = clinic().unwrap();
    let mut laptop = clinic.enrol("rivera", "laptop").unwrap();
    laptop.sync().unwrap();
    let note = begin_complete_note(&mut laptop).unwrap();
    let mut desk = clinic.enrol("rivera", "desk").unwrap();
    desk.sync().unwrap();

    // Signed and added to without a network, while the other device changes the words underneath.
    clinic.kill_server().unwrap();
    laptop.must(&json!({"command": "note_sign", "note_id": note, "password": PASSWORD})).unwrap();
    let added = json!({"command": "addendum_write", "note_id": note, "reason": "Learnt later.",
                       "sections": {"addendum": "Her sister called."}});
    let addendum = laptop.must(&added).unwrap()["id"].clone();
    laptop.must(&json!({"command": "addendum_sign", "addendum_id": addendum, "password": PASSWORD})).unwrap();
    clinic.start_server().unwrap();
    desk.must(
        &json!({"command": "note_patch", "note_id": note, "sections": {"homework": "Keeps a sleep log."}}),
    )
    .unwrap();
    desk.sync().unwrap();
    laptop.sync().unwrap();

    assert_eq!(show(&mut laptop, &note)["signature"], Value::Null, "what was signed is not what stands now");
    let journal = laptop.must(&json!({"command": "journal"})).unwrap();
    let of = |name: &str| {
        let entries = journal.as_array().unwrap();
        entries.iter().find(|entry| entry["name"] == name).unwrap_or_else(|| panic!("no {name}: {journal}"))
    };
    let signed = of("addendum.sign")["detail"].as_str().unwrap();
    assert!(signed.contains("An earlier step"), "{signed}");
    let words = json!({"command": "journal_words", "entry": of("addendum.write")["entry"]});
    assert!(laptop.must(&words).unwrap().to_string().contains("Her sister called."));
}
