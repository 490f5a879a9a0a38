//! The promise: two devices, one therapist. Nothing is lost, nothing invented, signed words never change.
#![cfg(test)]

use mentalspace_testkit::certificates::{LocalAuthority, Validity};
use mentalspace_testkit::clinic::{Clinic, Device, PASSWORD};
use serde_json::{Value, json};

struct Pair {
    clinic: Clinic,
    laptop: Device,
    desk: Device,
    client: String,
}

fn id(answer: &Value) -> String {
    answer["id"].as_str().unwrap().to_owned()
}

fn pair() -> Pair {
    let clinic = Clinic::open().unwrap();
    clinic.user("rivera", "Rosalind Rivera", &["clinician"]).unwrap();
    let mut laptop = clinic.enrol("rivera", "laptop").unwrap();
    let mut desk = clinic.enrol("rivera", "desk").unwrap();
    laptop.sync().unwrap();
    let client = id(&laptop
        .must(&json!({"command": "client_create", "facts": {"given_name": "Wren", "family_name": "Alder"}}))
        .unwrap());
    laptop.sync().unwrap();
    desk.sync().unwrap();
    Pair { clinic, laptop, desk, client }
}

const START: &str = "Client arrived on time. Mood low. Slept four hours. Ate little. Denies suicidal ideation. Plans to call her sister.";

/// A draft with `START` in its narrative, on both devices.
fn shared_note(pair: &mut Pair) -> String {
    let note = id(&pair
        .laptop
        .must(&json!({
            "command": "note_create", "client_id": pair.client, "format": "narrative",
            "fields": {"service_date": "2026-11-20", "start_time": "09:00", "end_time": "09:50"},
            "sections": {"narrative": START},
        }))
        .unwrap());
    pair.laptop.sync().unwrap();
    pair.desk.sync().unwrap();
    note
}

fn write(device: &mut Device, note: &str, from: &str, to: &str) {
    let text = section(device, note, "narrative").replace(from, to);
    device.must(&json!({"command": "note_patch", "note_id": note, "sections": {"narrative": text}})).unwrap();
}

fn show(device: &mut Device, note: &str) -> Value {
    device.must(&json!({"command": "note_show", "note_id": note})).unwrap()
}

fn section(device: &mut Device, note: &str, key: &str) -> String {
    show(device, note)["sections"]
        .as_array()
        .unwrap()
        .iter()
        .find(|view| view["key"] == key)
        .map_or_else(String::new, |view| view["text"].as_str().unwrap().to_owned())
}

fn everything_kept(device: &mut Device, note: &str, words: &[&str]) {
    let shown = show(device, note).to_string();
    let history = device.must(&json!({"command": "note_history", "note_id": note})).unwrap().to_string();
    for word in words {
        assert!(
            shown.contains(word) || history.contains(word),
            "{word:?} is nowhere on this device: {history}"
        );
    }
}

fn sync_both_orders(pair: &mut Pair, laptop_first: bool) {
    let (first, second) =
        if laptop_first { (&mut pair.laptop, &mut pair.desk) } else { (&mut pair.desk, &mut pair.laptop) };
    first.sync().unwrap();
    second.sync().unwrap();
    first.sync().unwrap();
    second.sync().unwrap();
}

#[test]
fn far_apart_edits_combine_and_signing_waits_for_the_author() {
    for laptop_first in [true, false] {
        let mut pair = pair();
        let note = shared_note(&mut pair);
        write(&mut pair.laptop, &note, "Mood low.", "Mood low and tearful.");
        write(&mut pair.desk, &note, "Plans to call her sister.", "Plans to call her sister on Sunday.");
        sync_both_orders(&mut pair, laptop_first);
        let (mine, theirs) =
            (section(&mut pair.laptop, &note, "narrative"), section(&mut pair.desk, &note, "narrative"));
        assert_eq!(mine, theirs, "both devices say the same");
        assert!(mine.contains("tearful") && mine.contains("on Sunday"), "both edits stand: {mine}");
        let shown = show(&mut pair.laptop, &note);
        let waiting =
            shown["sections"].as_array().unwrap().iter().filter(|view| view["combined"].is_object()).count();
        assert_eq!(waiting, 1, "combined text waits to be confirmed: {shown}");
        let refused = json!({"command": "note_sign", "note_id": note, "password": PASSWORD});
        assert_eq!(pair.laptop.refused(&refused).unwrap(), "unconfirmed");
        pair.laptop.must(&json!({"command": "note_confirm", "note_id": note})).unwrap();
        assert_eq!(
            pair.laptop.refused(&refused).unwrap(),
            "incomplete",
            "nothing but completeness is in the way now"
        );
        everything_kept(&mut pair.laptop, &note, &["Mood low.", "Plans to call her sister."]);
    }
}

/// What she has chosen and written between the two texts is there after the power went.
fn keeps_choices_through_a_kill(pair: &mut Pair, note: &str, branch: &Value) {
    let choices = json!({"0": {"take": "edited", "text": "Endorses passive ideation; denies plan."}});
    pair.desk
        .must(&json!({"command": "note_choices", "note_id": note, "branch_id": branch, "choices": choices}))
        .unwrap();
    let again = pair.clinic.device("desk").unwrap();
    std::mem::replace(&mut pair.desk, again).kill_9().unwrap();
    pair.desk.unlock().unwrap();
    assert_eq!(show(&mut pair.desk, note)["branches"][0]["choices"], choices);
    assert_eq!(show(&mut pair.laptop, note)["branches"][0]["choices"], json!({}), "nobody else is sent it");
}

#[test]
fn touching_edits_are_never_combined_and_the_author_settles_them() {
    for laptop_first in [true, false] {
        let mut pair = pair();
        let note = shared_note(&mut pair);
        write(
            &mut pair.laptop,
            &note,
            "Denies suicidal ideation.",
            "Denies suicidal ideation, plan or intent.",
        );
        write(&mut pair.desk, &note, "Denies suicidal ideation.", "Endorses passive suicidal ideation.");
        sync_both_orders(&mut pair, laptop_first);
        let text = section(&mut pair.desk, &note, "narrative");
        assert!(!text.contains("Endorses passive suicidal ideation, plan"), "nobody wrote that: {text}");
        assert_eq!(text, section(&mut pair.laptop, &note, "narrative"));
        let branches = show(&mut pair.desk, &note)["branches"].clone();
        assert_eq!(branches.as_array().unwrap().len(), 1, "one conflict: {branches}");
        everything_kept(
            &mut pair.desk,
            &note,
            &["Denies suicidal ideation, plan or intent.", "Endorses passive suicidal ideation."],
        );
        let sign = json!({"command": "note_sign", "note_id": note, "password": PASSWORD});
        assert_eq!(pair.laptop.refused(&sign).unwrap(), "open_conflict");
        keeps_choices_through_a_kill(&mut pair, &note, &branches[0]["branch_id"]);
        let chosen = text
            .replace("Denies suicidal ideation, plan or intent.", "Endorses passive suicidal ideation.")
            .replace(
                "Endorses passive suicidal ideation.",
                "Endorses passive suicidal ideation; denies plan or intent.",
            );
        pair.desk
            .must(&json!({"command": "note_resolve", "note_id": note, "sections": {"narrative": chosen}}))
            .unwrap();
        sync_both_orders(&mut pair, false);
        assert_eq!(section(&mut pair.laptop, &note, "narrative"), chosen);
        assert_eq!(show(&mut pair.laptop, &note)["branches"], json!([]));
        assert_eq!(pair.laptop.must(&json!({"command": "status"})).unwrap()["needs_review"], 0);
        everything_kept(&mut pair.laptop, &note, &["plan or intent."]);
    }
}

/// What a narrative progress note needs before it can be signed.
fn complete(pair: &mut Pair, note: &str) {
    let diagnosis = id(&pair
        .laptop
        .must(&json!({"command": "diagnosis_add", "client_id": pair.client, "code": "F41.1", "noted_on": "2026-11-01"}))
        .unwrap());
    pair.laptop
        .must(&json!({
            "command": "note_patch", "note_id": note, "add_diagnoses": [diagnosis],
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
        }))
        .unwrap();
    let left = show(&mut pair.laptop, note)["findings"].clone();
    let blocking: Vec<&Value> =
        left.as_array().unwrap().iter().filter(|finding| finding["level"] == "block").collect();
    assert!(blocking.is_empty(), "something still blocks: {blocking:?}");
}

#[test]
fn a_signed_note_never_changes_and_a_late_edit_becomes_an_addendum() {
    let mut pair = pair();
    let note = shared_note(&mut pair);
    complete(&mut pair, &note);
    pair.laptop.sync().unwrap();
    pair.desk.sync().unwrap();
    let before = show(&mut pair.laptop, &note)["text_hash"].clone();

    // Offline signing on the laptop; a late edit, not knowing of it, on the desk.
    pair.clinic.kill_server().unwrap();
    let wrong = json!({"command": "note_sign", "note_id": note, "password": "not the right one at all"});
    assert_eq!(pair.laptop.refused(&wrong).unwrap(), "wrong_password", "signing asks who signs");
    pair.laptop.must(&json!({"command": "note_sign", "note_id": note, "password": PASSWORD})).unwrap();
    let signed = show(&mut pair.laptop, &note);
    assert_eq!(signed["row"]["standing"], "awaiting_receipt", "never plain signed before the server has it");
    assert_eq!(signed["signature"]["verification"], "awaiting_receipt");
    write(&mut pair.desk, &note, "Ate little.", "Ate little, by her own account.");
    pair.clinic.start_server().unwrap();
    sync_both_orders(&mut pair, true);

    for device in [&mut pair.laptop, &mut pair.desk] {
        let shown = show(device, &note);
        assert_eq!(shown["text_hash"], before, "the signed words stand untouched");
        assert_eq!(shown["row"]["standing"], "signed");
        assert_eq!(shown["signature"]["verification"], "verified", "{shown}");
        let late = &shown["addenda"][0];
        assert_eq!(
            (late["kind"].clone(), late["state"].clone()),
            (json!("late_entry"), json!("draft")),
            "{shown}"
        );
        assert!(late.to_string().contains("by her own account"), "the late words are kept: {late}");
    }
    let journal = pair.desk.must(&json!({"command": "journal"})).unwrap();
    assert!(journal.to_string().contains("converted"), "the desk is told what became of its edit: {journal}");

    // The author signs the late entry; the chain grows, the note stays.
    let addendum = show(&mut pair.desk, &note)["addenda"][0]["addendum_id"].as_str().unwrap().to_owned();
    pair.desk
        .must(&json!({"command": "addendum_write", "note_id": note, "addendum_id": addendum, "kind": "late_entry",
                      "sections": {}, "reason": "Written on the office computer before I knew it was signed."}))
        .unwrap();
    pair.desk
        .must(&json!({"command": "addendum_sign", "addendum_id": addendum, "password": PASSWORD}))
        .unwrap();
    sync_both_orders(&mut pair, false);
    let shown = show(&mut pair.laptop, &note);
    assert_eq!(shown["addenda"][0]["state"], "signed");
    assert_eq!(shown["addenda"][0]["signature"]["verification"], "verified", "{shown}");
    assert_eq!(shown["text_hash"], before);
    let edit = json!({"command": "note_void", "note_id": note, "reason": ""});
    assert_eq!(pair.laptop.refused(&edit).unwrap(), "invalid");
}

/// Neither knows of the other: whoever comes first has signed the note, and what the other signed is kept.
#[test]
fn t46_a_note_signed_on_two_devices_at_once_is_signed_once_and_both_signatures_are_kept() {
    for laptop_first in [true, false] {
        let mut pair = pair();
        let note = shared_note(&mut pair);
        complete(&mut pair, &note);
        sync_both_orders(&mut pair, true);
        let before = show(&mut pair.laptop, &note)["text_hash"].clone();
        pair.clinic.kill_server().unwrap();
        let sign = json!({"command": "note_sign", "note_id": note, "password": PASSWORD});
        for device in [&mut pair.laptop, &mut pair.desk] {
            device.must(&sign).unwrap();
            assert_eq!(show(device, &note)["row"]["standing"], "awaiting_receipt", "the control");
        }
        pair.clinic.start_server().unwrap();
        sync_both_orders(&mut pair, laptop_first);
        let signatures = [&mut pair.laptop, &mut pair.desk].map(|device| {
            let shown = show(device, &note);
            assert_eq!(
                (&shown["text_hash"], &shown["row"]["standing"]),
                (&before, &json!("signed")),
                "{shown}"
            );
            assert_eq!(shown["signature"]["verification"], "verified", "{shown}");
            shown["signature"].clone()
        });
        assert_eq!(signatures[0], signatures[1], "one signature, the same on both");
        let second = if laptop_first { &mut pair.desk } else { &mut pair.laptop };
        let journal = second.must(&json!({"command": "journal"})).unwrap().to_string();
        assert!(journal.contains("This note is signed."), "whoever came second is told: {journal}");
        let kept = show(second, &note)["refused_signatures"].clone();
        assert_eq!(kept.as_array().unwrap().len(), 1, "and what she signed there is kept: {kept}");
    }
}

/// A note that the laptop has signed, on both devices.
fn signed_note(pair: &mut Pair) -> String {
    let note = shared_note(pair);
    complete(pair, &note);
    pair.laptop.must(&json!({"command": "note_sign", "note_id": note, "password": PASSWORD})).unwrap();
    sync_both_orders(pair, true);
    note
}

/// One save of an addendum, with what its writer saw before; gives the addendum that the words went into.
fn save(device: &mut Device, note: &str, addendum: &str, from: &str, to: &str) -> String {
    id(&device
        .must(&json!({"command": "addendum_write", "note_id": note, "addendum_id": addendum, "reason": "Learnt later.",
                      "sections": {"addendum": {"from": from, "to": to}}}))
        .unwrap())
}

#[test]
fn one_addendum_written_on_two_devices_becomes_two_and_no_more() {
    let mut pair = pair();
    let note = signed_note(&mut pair);
    let addendum = id(&pair
        .laptop
        .must(&json!({"command": "addendum_write", "note_id": note, "reason": "Learnt later.",
                      "sections": {"addendum": "Her sister called."}}))
        .unwrap());
    sync_both_orders(&mut pair, true);

    save(&mut pair.laptop, &note, &addendum, "Her sister called.", "Her sister called on Monday.");
    let typed = [
        "Her sister called.",
        "Her sister called. She",
        "Her sister called. She asked",
        "Her sister called. She asked for a letter.",
    ];
    for saved in typed.windows(2) {
        save(&mut pair.desk, &note, &addendum, saved[0], saved[1]);
    }
    sync_both_orders(&mut pair, true);
    // The desk goes on where its own words were left: its window still names the addendum that it had opened.
    let apart =
        save(&mut pair.desk, &note, &addendum, typed[3], "Her sister called. She asked for a letter and");
    assert_ne!(apart, addendum, "the answer names the addendum that the words are in");
    let last = "Her sister called. She asked for a letter and a date.";
    assert_eq!(
        save(&mut pair.desk, &note, &apart, "Her sister called. She asked for a letter and", last),
        apart
    );
    sync_both_orders(&mut pair, false);

    for device in [&mut pair.laptop, &mut pair.desk] {
        let shown = show(device, &note);
        let texts: std::collections::BTreeMap<&str, &str> = shown["addenda"]
            .as_array()
            .unwrap()
            .iter()
            .map(|view| {
                (view["addendum_id"].as_str().unwrap(), view["sections"][0]["text"].as_str().unwrap())
            })
            .collect();
        let wanted = [(addendum.as_str(), "Her sister called on Monday."), (apart.as_str(), last)];
        assert_eq!(texts, wanted.into(), "one for each device, with all its words: {shown}");
    }
}

#[test]
fn a_revoked_caseload_is_purged_and_unsent_words_are_quarantined_not_lost() {
    let mut pair = pair();
    pair.clinic.user("okafor", "Maya Okafor", &["practice_manager"]).unwrap();
    let note = shared_note(&mut pair);
    let mut manager = pair.clinic.enrol("okafor", "front").unwrap();
    manager.sync().unwrap();
    let chart = manager.must(&json!({"command": "chart", "client_id": pair.client})).unwrap();
    assert_eq!(chart["notes"], json!([]), "a manager sees no notes");
    let assignment = chart["assignments"][0]["assignment_id"].clone();

    // Unsent words on the desk when access ends.
    write(&mut pair.desk, &note, "Ate little.", "Ate little. Unsent words.");
    manager
        .must(&json!({"command": "caseload_unassign", "client_id": pair.client, "assignment_id": assignment}))
        .unwrap();
    manager.sync().unwrap();
    pair.laptop.sync().unwrap();
    assert_eq!(pair.laptop.must(&json!({"command": "clients"})).unwrap(), json!([]), "the chart is gone");
    assert_eq!(pair.laptop.refused(&json!({"command": "note_show", "note_id": note})).unwrap(), "not_found");
    pair.desk.sync().unwrap();
    let journal = pair.desk.must(&json!({"command": "journal"})).unwrap().to_string();
    assert!(journal.contains("quarantined"), "the words went to the practice: {journal}");
    assert_eq!(pair.desk.must(&json!({"command": "clients"})).unwrap(), json!([]));
    assert_eq!(pair.desk.must(&json!({"command": "search", "query": "unsent"})).unwrap(), json!([]));
}

#[test]
fn a_forgotten_password_costs_nothing_that_was_not_sent() {
    let mut pair = pair();
    let note = shared_note(&mut pair);
    pair.clinic.kill_server().unwrap();
    write(&mut pair.laptop, &note, "Ate little.", "Ate little. Not sent yet.");
    pair.laptop.kill_9().unwrap();
    let mut laptop = pair.clinic.device("laptop").unwrap();
    let recovery_key = pair.clinic.recovery_key().unwrap();
    let wrong = json!({"command": "unlock", "password": "something else entirely, sorry"});
    assert_eq!(laptop.refused(&wrong).unwrap(), "wrong_password");
    laptop
        .must(&json!({"command": "recover", "recovery_key": recovery_key, "new_password": "nine grey herons over water"}))
        .unwrap();
    assert!(section(&mut laptop, &note, "narrative").contains("Not sent yet."));
    pair.clinic.start_server().unwrap();
    laptop.sync().unwrap();
    pair.desk.sync().unwrap();
    assert!(section(&mut pair.desk, &note, "narrative").contains("Not sent yet."));
}

/// Who needs large type or high contrast needs it at the lock too; what lies in the open there is checked.
#[test]
fn the_lock_looks_as_it_was_set() {
    let mut pair = pair();
    let mut settings = pair.laptop.must(&json!({"command": "settings"})).unwrap();
    let wanted = json!({"theme": "dark", "contrast": "more", "motion": "reduced", "zoom": 150});
    settings.as_object_mut().unwrap().extend(wanted.as_object().unwrap().clone());
    settings["command"] = "settings_save".into();
    pair.laptop.must(&settings).unwrap();
    let file = pair.laptop.profile().join("appearance.json");
    let again = pair.clinic.device("laptop").unwrap();
    std::mem::replace(&mut pair.laptop, again).kill_9().unwrap();
    let looks =
        |device: &mut Device| device.must(&json!({"command": "profile"})).unwrap()["appearance"].clone();
    assert_eq!(looks(&mut pair.laptop), wanted, "before anything is unlocked");
    let standard = json!({"theme": "system", "contrast": "system", "motion": "system", "zoom": 100});
    for damaged in ["", "{", r#"{"theme":"dark","contrast":"more","motion":"full","zoom":9000}"#] {
        std::fs::write(&file, damaged).unwrap();
        assert_eq!(looks(&mut pair.laptop), standard, "{damaged:?}");
    }
}

#[test]
fn after_ten_wrong_passwords_the_right_one_opens_the_device_while_the_server_answers() {
    let Pair { mut clinic, mut laptop, .. } = pair();
    laptop.must(&json!({"command": "lock"})).unwrap();
    let count = |failures: u32| {
        let ten = json!({"failures": failures, "last": "2020-01-01T00:00:00Z"}).to_string();
        std::fs::write(clinic.home().join("devices/laptop/profile/attempts.json"), ten).unwrap();
    };
    let unlock = |password: &str| json!({"command": "unlock", "password": password});
    count(10);
    assert_eq!(
        laptop.refused(&unlock("something else entirely, sorry")).unwrap(),
        "sign_in_needed",
        "in the same word as where the server is away: nobody finds the password out without the server"
    );
    assert_eq!(laptop.refused(&unlock(PASSWORD)).unwrap(), "too_soon", "and every try has its wait");
    count(12);
    clinic.kill_server().unwrap();
    assert_eq!(laptop.refused(&unlock(PASSWORD)).unwrap(), "sign_in_needed");
    assert_eq!(laptop.refused(&json!({"command": "clients"})).unwrap(), "locked", "nothing was opened");
    assert_eq!(laptop.refused(&unlock(PASSWORD)).unwrap(), "sign_in_needed", "and the count stands");
    clinic.start_server().unwrap();
    laptop.unlock().unwrap();
    laptop.must(&json!({"command": "lock"})).unwrap();
    clinic.kill_server().unwrap();
    laptop.unlock().unwrap();
}

#[test]
fn a_server_that_does_not_prove_itself_is_an_alarm_and_not_a_missing_network() {
    let Pair { mut clinic, mut laptop, .. } = pair();
    clinic.kill_server().unwrap();
    assert_eq!(laptop.refused(&json!({"command": "sync"})).unwrap(), "unreachable");
    let status = json!({"command": "status"});
    assert_eq!(laptop.must(&status).unwrap()["alarm"], false, "a network that is away is no alarm");
    let other = LocalAuthority::new(Validity::for_tests().unwrap()).unwrap();
    other.write(&other.for_loopback().unwrap(), clinic.home()).unwrap();
    clinic.start_server().unwrap();
    assert_eq!(laptop.refused(&json!({"command": "sync"})).unwrap(), "not_our_server");
    let shown = laptop.must(&status).unwrap();
    assert_eq!(shown["alarm"], true, "{shown}");
    assert!(shown["message"].is_string(), "{shown}");
}
