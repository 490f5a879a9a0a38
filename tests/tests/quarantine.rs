//! Late work, from the device of somebody who has lost the case to the chart of those who have it: the real programs, a
//! real PostgreSQL. It is decided by whoever holds the chart, seen by nobody else, and comes once, whatever is killed.
#![cfg(test)]

use mentalspace_testkit::clinic::{Clinic, Device};
use mentalspace_testkit::failure::Outcome;
use mentalspace_tests::patience::until;
use serde_json::{Value, json};

const BEFORE: &str = "Client arrived on time. Mood low.";
const LATE: &str = "Client arrived on time. Mood low. Zqlatecanary was said at the door.";
const FRESH: &str = "Zqfreshcanary, a session that nobody else has seen.";

struct Handover {
    clinic: Clinic,
    rivera: Device,
    chen: Device,
    okafor: Device,
    marsh: Device,
    client: String,
    note: String,
}

fn id(answer: &Value) -> String {
    answer["id"].as_str().unwrap().to_owned()
}

/// A supervisee; the test kit's people have no supervisor.
fn supervised(clinic: &Clinic, login: &str, name: &str, supervisor: &str) {
    let made = [
        "user",
        "create",
        "--login",
        login,
        "--name",
        name,
        "--role",
        "clinician",
        "--supervisor",
        supervisor,
    ];
    clinic.operator(&made).unwrap();
}

/// Rivera's client and note, on her device; the case is about to go to Chen, whom Okafor supervises.
fn handover() -> Handover {
    let clinic = Clinic::open().unwrap();
    clinic.user("okafor", "Maya Okafor", &["supervisor"]).unwrap();
    clinic.user("marsh", "Ada Marsh", &["practice_manager"]).unwrap();
    clinic.user("rivera", "Rosalind Rivera", &["clinician"]).unwrap();
    supervised(&clinic, "chen", "Lin Chen", "okafor");
    let mut devices = ["rivera", "chen", "okafor", "marsh"].map(|login| clinic.enrol(login, login).unwrap());
    let rivera = &mut devices[0];
    rivera.sync().unwrap();
    let client = id(&rivera
        .must(&json!({"command": "client_create", "facts": {"given_name": "Wren", "family_name": "Alder"}}))
        .unwrap());
    let note = begin(rivera, &client, BEFORE);
    rivera.sync().unwrap();
    let [rivera, chen, okafor, marsh] = devices;
    Handover { clinic, rivera, chen, okafor, marsh, client, note }
}

fn begin(device: &mut Device, client: &str, words: &str) -> String {
    id(&device
        .must(&json!({
            "command": "note_create", "client_id": client, "format": "narrative",
            "fields": {"service_date": "2026-11-20", "start_time": "09:00", "end_time": "09:50"},
            "sections": {"narrative": words},
        }))
        .unwrap())
}

fn list(device: &mut Device) -> Value {
    device.must(&json!({"command": "quarantine"})).unwrap()
}

fn all_of(device: &mut Device) -> Outcome<String> {
    let mut seen = String::new();
    for command in ["clients", "today", "journal", "quarantine", "search"] {
        let mut ask = json!({ "command": command });
        if command == "search" {
            ask["query"] = "zqlatecanary zqfreshcanary".into();
        }
        seen.push_str(&device.must(&ask)?.to_string());
    }
    Ok(seen)
}

/// Syncs until `look` finds what the server does in its own time.
fn synced<T>(device: &mut Device, what: &str, mut look: impl FnMut(&mut Device) -> Option<T>) -> T {
    until(what, || {
        device.sync()?;
        Ok(look(device))
    })
    .unwrap()
}

impl Handover {
    fn hand_over(&mut self) {
        self.marsh.sync().unwrap();
        let users = self.marsh.must(&json!({"command": "users"})).unwrap();
        let chen = users.as_array().unwrap().iter().find(|user| user["display_name"] == "Lin Chen").unwrap();
        let chart = self.marsh.must(&json!({"command": "chart", "client_id": self.client})).unwrap();
        // Chen covers for her, for as long as any run of this test.
        let assign = json!({
            "command": "caseload_assign", "client_id": self.client, "clinician_id": chen["user_id"],
            "reason": "covering", "until": "2199-12-31",
        });
        self.marsh.must(&assign).unwrap();
        let unassign = json!({
            "command": "caseload_unassign", "client_id": self.client,
            "assignment_id": chart["assignments"][0]["assignment_id"],
        });
        self.marsh.must(&unassign).unwrap();
        self.marsh.sync().unwrap();
    }

    fn piles(&mut self, of: usize) -> Vec<Value> {
        synced(&mut self.okafor, "late work at the supervisor's", |device| {
            let waiting = list(device)["waiting"].as_array().unwrap().clone();
            (waiting.len() == of).then_some(waiting)
        })
    }
}

fn rule(device: &mut Device, call: &str, row: &Value, reason: &str) -> Value {
    let (note, author) = (&row["note_id"], &row["author_id"]);
    let shown =
        device.must(&json!({"command": "quarantine_show", "note_id": note, "author_id": author})).unwrap();
    let works: Vec<&Value> =
        shown["pieces"].as_array().unwrap().iter().map(|piece| &piece["work_id"]).collect();
    device
        .must(
            &json!({"command": call, "note_id": note, "author_id": author, "works": works, "reason": reason}),
        )
        .unwrap();
    shown
}

fn narrative(device: &mut Device, note: &str) -> Option<String> {
    let shown = device.ask(&json!({"command": "note_show", "note_id": note})).ok()?;
    let sections = shown["ok"]["sections"].as_array()?;
    Some(sections.iter().find(|section| section["key"] == "narrative")?["text"].as_str()?.to_owned())
}

#[test]
fn late_work_is_accepted_or_returned_by_those_who_hold_the_chart() {
    let mut case = handover();
    case.clinic.user("desk", "Front Desk", &["front_desk"]).unwrap();
    let mut desk = case.clinic.enrol("desk", "desk").unwrap();
    // Written out of reach of the server, in a note that it knows and in one that it does not.
    let note = case.note.clone();
    case.rivera
        .must(&json!({"command": "note_patch", "note_id": note, "sections": {"narrative": LATE}}))
        .unwrap();
    let fresh = begin(&mut case.rivera, &case.client, FRESH);
    case.hand_over();
    case.rivera.sync().unwrap();
    assert_eq!(
        case.rivera.must(&json!({"command": "clients"})).unwrap(),
        json!([]),
        "her device holds the chart no more"
    );

    let waiting = case.piles(2);
    assert!(
        waiting
            .iter()
            .all(|row| row["author_name"] == "Rosalind Rivera" && row["client_name"] == "Wren Alder")
    );
    let today = case.okafor.must(&json!({"command": "today"})).unwrap();
    assert_eq!(today["quarantine"], 2);
    let row = |id: &str| waiting.iter().find(|row| row["note_id"] == *id).unwrap();
    let shown =
        rule(&mut case.okafor, "quarantine_accept", row(&note), "Written before the case changed hands");
    assert_eq!(shown["note_state"], "draft");
    assert!(shown["texts"].to_string().contains("Zqlatecanary"), "the control: she reads every word");
    let shown = rule(&mut case.okafor, "quarantine_return", row(&fresh), "Belongs to another client");
    assert_eq!(
        (&shown["note_state"], shown["texts"].to_string().contains("Zqfreshcanary")),
        (&json!("none"), true)
    );
    case.okafor.sync().unwrap();

    // Accepted, it stands in the chart as its author's draft; returned, it stands nowhere but in the list.
    case.chen.sync().unwrap();
    assert_eq!(narrative(&mut case.chen, &note).as_deref(), Some(LATE));
    let shown = case.chen.must(&json!({"command": "note_show", "note_id": note})).unwrap();
    let row = &shown["row"];
    assert_eq!((&row["standing"], &row["is_mine"]), (&json!("draft"), &json!(false)), "{row}");
    assert_eq!(narrative(&mut case.chen, &fresh), None);
    let decided = list(&mut case.chen);
    assert_eq!(
        (decided["waiting"].as_array().unwrap().len(), decided["decided"].as_array().unwrap().len()),
        (0, 2)
    );
    assert!(decided["decided"].to_string().contains("Maya Okafor"), "who");
    assert!(decided["decided"].to_string().contains("Belongs to another client"), "and why");

    let chart = case.chen.must(&json!({"command": "chart", "client_id": case.client})).unwrap();
    let on_case = |over: bool| {
        let all = chart["assignments"].as_array().unwrap();
        all.iter().find(|one| one["is_over"] == over).cloned().unwrap()
    };
    assert_eq!(
        (&on_case(false)["reason"], &on_case(false)["until"]),
        (&json!("covering"), &json!("2199-12-31"))
    );
    assert_eq!(on_case(true)["clinician_name"], "Rosalind Rivera");

    // Its author is told what was decided, and neither whom it was about nor why.
    let own = synced(&mut case.rivera, "that the author is told", |device| {
        let own = list(device)["own"].as_array().unwrap().clone();
        (own.len() >= 2).then_some(own)
    });
    let words: Vec<&str> = own.iter().map(|notice| notice["ruling"].as_str().unwrap()).collect();
    assert!(words.contains(&"accepted") && words.contains(&"returned"), "{words:?}");
    for (device, name) in [(&mut case.rivera, "rivera"), (&mut case.marsh, "marsh"), (&mut desk, "desk")] {
        device.sync().unwrap();
        let seen = all_of(device).unwrap();
        assert!(!seen.contains("canary"), "{name}: {seen}");
        assert!(!seen.contains("another client"), "{name}: {seen}");
    }
}

#[test]
fn whatever_is_killed_work_comes_once_and_none_is_lost() {
    let mut case = handover();
    let note = case.note.clone();
    case.rivera
        .must(&json!({"command": "note_patch", "note_id": note, "sections": {"narrative": LATE}}))
        .unwrap();
    case.hand_over();
    // Pushed, and killed before the answer could empty the outbox: she sends it once more.
    case.rivera.must(&json!({"command": "sync", "pages": 0})).unwrap();
    std::mem::replace(&mut case.rivera, case.clinic.device("rivera-gone").unwrap()).kill_9().unwrap();
    // The server too, perhaps before the clerk has laid anything anywhere.
    case.clinic.kill_server().unwrap();
    case.clinic.start_server().unwrap();
    let mut rivera = case.clinic.device("rivera").unwrap();
    rivera.unlock().unwrap();
    rivera.sync().unwrap();
    let waiting = case.piles(1);
    assert_eq!(waiting[0]["pieces"], 1);

    // Two decide at once, one of them offline and last; the first stands, and the second is told.
    case.chen.sync().unwrap();
    rule(&mut case.chen, "quarantine_return", &waiting[0], "Not needed");
    rule(&mut case.okafor, "quarantine_accept", &waiting[0], "Hers");
    assert_eq!(
        narrative(&mut case.okafor, &note).as_deref(),
        Some(LATE),
        "shown at once where it was decided"
    );
    case.okafor.must(&json!({"command": "sync", "pages": 0})).unwrap();
    case.clinic.kill_server().unwrap();
    case.clinic.start_server().unwrap();
    case.okafor.sync().unwrap();
    case.chen.sync().unwrap();
    case.chen.sync().unwrap();
    for device in [&mut case.okafor, &mut case.chen] {
        assert_eq!(narrative(device, &note).as_deref(), Some(LATE), "once");
        let decided = list(device)["decided"].as_array().unwrap().clone();
        assert_eq!(decided.len(), 1);
        assert_eq!(
            (&decided[0]["ruling"], &decided[0]["decided_by"]),
            (&json!("accepted"), &json!("Maya Okafor"))
        );
    }
    let journal = case.chen.must(&json!({"command": "journal"})).unwrap().to_string();
    assert!(journal.contains("rejected"), "who came second is told: {journal}");
}

/// Somebody has left: her account is closed, and her device hands over what was written on it before it erases itself.
#[test]
fn what_the_device_of_somebody_who_left_hands_over_waits_for_her_supervisor() {
    let mut case = handover();
    case.chen.sync().unwrap();
    let client = id(&case
        .chen
        .must(&json!({"command": "client_create", "facts": {"given_name": "Moss", "family_name": "Lark"}}))
        .unwrap());
    let note = begin(&mut case.chen, &client, BEFORE);
    case.chen.sync().unwrap();
    case.chen
        .must(&json!({"command": "note_patch", "note_id": note, "sections": {"narrative": LATE}}))
        .unwrap();
    case.clinic.operator(&["user", "disable", "--login", "chen"]).unwrap();
    let last = case.chen.sync().unwrap();
    assert_eq!(last["revoked"], true, "{last}");
    assert_eq!(
        case.chen.must(&json!({"command": "profile"})).unwrap()["is_enrolled"],
        false,
        "and nothing is left there"
    );
    let waiting = case.piles(1);
    assert_eq!(
        (&waiting[0]["author_name"], &waiting[0]["client_name"]),
        (&json!("Lin Chen"), &json!("Moss Lark"))
    );
    rule(&mut case.okafor, "quarantine_accept", &waiting[0], "Her last session");
    case.okafor.sync().unwrap();
    assert_eq!(narrative(&mut case.okafor, &note).as_deref(), Some(LATE));
    case.marsh.sync().unwrap();
    case.rivera.sync().unwrap();
    for device in [&mut case.marsh, &mut case.rivera] {
        assert!(!all_of(device).unwrap().contains("Zqlatecanary"), "a control: nobody else sees it");
    }
}

/// T24 (an unsent note in a chart that is gone reaches the practice): the editor stands open while the case is taken, and
/// its last save is made when the chart has been erased here.
#[test]
fn t24_an_editor_that_stands_open_finishes_its_save_when_the_chart_is_gone() {
    let mut case = handover();
    let note = case.note.clone();
    let save = |from: &str, to: &str| json!({"command": "note_patch", "note_id": note, "sections": {"narrative": {"from": from, "to": to}}});
    // Whoever never opened the note here is told that it is not there.
    case.rivera.must(&json!({"command": "lock"})).unwrap();
    case.rivera.unlock().unwrap();
    case.hand_over();
    case.rivera.sync().unwrap();
    assert_eq!(case.rivera.refused(&save(BEFORE, LATE)).unwrap(), "not_found");

    // The same with the note open: given back, opened, and taken once more.
    let mut case = handover();
    let note = case.note.clone();
    let save = |from: &str, to: &str| json!({"command": "note_patch", "note_id": note, "sections": {"narrative": {"from": from, "to": to}}});
    case.rivera.must(&json!({"command": "note_show", "note_id": note})).unwrap();
    case.hand_over();
    case.rivera.sync().unwrap();
    assert_eq!(case.rivera.refused(&json!({"command": "note_show", "note_id": note})).unwrap(), "not_found");
    let saved = case.rivera.must(&save(BEFORE, LATE)).unwrap();
    assert_eq!((&saved["sync"], &saved["provisional"]), (&json!("waiting"), &json!(true)), "{saved}");
    // Not even a kill costs the words.
    std::mem::replace(&mut case.rivera, case.clinic.device("rivera-gone").unwrap()).kill_9().unwrap();
    let mut rivera = case.clinic.device("rivera").unwrap();
    rivera.unlock().unwrap();
    rivera.sync().unwrap();
    let waiting = case.piles(1);
    let shown = rule(&mut case.okafor, "quarantine_accept", &waiting[0], "The end of her session");
    assert!(shown["texts"].to_string().contains("Zqlatecanary"));
    case.okafor.sync().unwrap();
    case.chen.sync().unwrap();
    assert_eq!(narrative(&mut case.chen, &note).as_deref(), Some(LATE));
    let seen = all_of(&mut rivera).unwrap();
    assert!(!seen.contains("Zqlatecanary"), "and here they are no more: {seen}");
}
