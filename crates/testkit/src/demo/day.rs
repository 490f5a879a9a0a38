//! The scripted day: two devices of one therapist, the network off and on again, and a proof after every step.

use super::narrator::Narrator;
use super::practice::{COLLEAGUE, Practice, THERAPIST, fill_the_day};
use super::{Stage, offline, settling, traces};
use crate::clinic::Device;
use crate::failure::{Failure, Outcome};
use serde_json::{Value, json};

const NEXT: &str = "run `cargo xtask demo --headless` again; if it stops at the same step, run `cargo xtask test`, which \
                    names the part that is broken.";

/// What the scripted day is played with.
pub(super) struct Day {
    pub(super) practice: Practice,
    pub(super) laptop: Device,
    pub(super) office: Device,
    /// The chart that the day is about.
    pub(super) client: String,
    /// Its name.
    pub(super) client_name: String,
    /// A diagnosis on it.
    pub(super) diagnosis: String,
    /// Today in the practice.
    pub(super) today: String,
}

/// Drafts that both devices hold before the network goes.
pub(super) struct Shared {
    /// Edited far apart on the two devices.
    pub(super) combining: String,
    /// Edited in the same sentence on the two devices.
    pub(super) parking: String,
    /// Signed on one device, edited on the other.
    pub(super) signing: String,
}

/// Plays the day. Fails at the first thing that does not hold.
pub fn scripted_day(stage: &Stage) -> Outcome<()> {
    let mut narrator = Narrator::default();
    let practice = Practice::open(stage, &mut narrator)?;
    practice.print_logins();
    let mut day = arrive(practice, &mut narrator)?;
    let shared =
        narrator.step("Three drafts on both devices", NEXT, |narrator| prepare(&mut day, narrator))?;
    narrator.step("The network goes: the server is killed", NEXT, |_| day.practice.clinic.kill_server())?;
    let written = narrator.step("A day's work without a network", NEXT, |narrator| {
        offline::work(&mut day, &shared, narrator)
    })?;
    narrator.step("The network is back: the same server starts again", NEXT, |_| {
        day.practice.clinic.start_server()
    })?;
    narrator.step("Both devices sync", NEXT, |narrator| {
        settling::come_back(&mut day, &shared, &written, narrator)
    })?;
    narrator.step("The author settles what met", NEXT, |narrator| {
        settling::settle(&mut day, &shared, narrator)
    })?;
    narrator.step("The late edit of the signed note", NEXT, |narrator| {
        settling::late_entry(&mut day, &shared, narrator)
    })?;
    narrator.step("What others may see", NEXT, |narrator| others(&mut day, &shared, narrator))?;
    narrator
        .step("Words sought where they must not be", NEXT, |narrator| traces::seek(&mut day, narrator))?;
    println!("\nThe day is over: {} things were proved, none failed.", narrator.count());
    Ok(())
}

fn arrive(practice: Practice, narrator: &mut Narrator) -> Outcome<Day> {
    let (mut laptop, rows, today) =
        narrator.step(&format!("{THERAPIST} enrols her laptop; first sync"), NEXT, |narrator| {
            let mut laptop = practice.clinic.enrol(THERAPIST, "laptop")?;
            let report = laptop.sync()?;
            let clients = list(&mut laptop, &json!({"command": "clients", "include_inactive": true}))?;
            let notes = laptop.must(&json!({"command": "status", "all_notes": true}))?["notes"]
                .as_object()
                .map_or(0, serde_json::Map::len);
            let what = format!(
                "{} of 120 clients are hers, with {notes} notes: {} rows",
                clients.len(),
                report["rows"]
            );
            let holds = report["complete"] == true && (1..120).contains(&clients.len()) && notes > 100;
            narrator.prove(holds, &what, &report)?;
            let today = fill_the_day(&mut laptop)?;
            Ok((laptop, clients.len(), today))
        })?;
    let office = narrator.step(&format!("{THERAPIST} enrols her office PC"), NEXT, |narrator| {
        let mut office = practice.clinic.enrol(THERAPIST, "office-pc")?;
        office.sync()?;
        let clients = list(&mut office, &json!({"command": "clients", "include_inactive": true}))?;
        narrator.prove(clients.len() == rows, "the office PC holds the same caseload", clients.len())?;
        Ok(office)
    })?;
    let (client, client_name, diagnosis) = choose(&mut laptop)?;
    Ok(Day { practice, laptop, office, client, client_name, diagnosis, today })
}

/// A client of hers with a diagnosis in force and notes to read.
fn choose(device: &mut Device) -> Outcome<(String, String, String)> {
    for client in list(device, &json!({"command": "clients"}))? {
        let chart = device.must(&json!({"command": "chart", "client_id": client["client_id"]}))?;
        let noted =
            chart["diagnoses"].as_array().and_then(|all| all.iter().find(|one| one["ended_on"].is_null()));
        let notes = chart["notes"].as_array().map_or(0, Vec::len);
        if let Some(diagnosis) = noted.filter(|_| notes > 3 && chart["may"]["write"] == true) {
            return Ok((text(&client["client_id"]), text(&client["name"]), text(&diagnosis["diagnosis_id"])));
        }
    }
    Err(Failure::Said("none of her clients has a diagnosis in force and notes".into()))
}

fn prepare(day: &mut Day, narrator: &mut Narrator) -> Outcome<Shared> {
    let shared = Shared { combining: draft(day)?, parking: draft(day)?, signing: draft(day)? };
    day.laptop.sync()?;
    day.office.sync()?;
    let (mut here, mut there) = (Vec::new(), Vec::new());
    for note in [&shared.combining, &shared.parking, &shared.signing] {
        here.push(show(&mut day.laptop, note)?["text_hash"].clone());
        there.push(show(&mut day.office, note)?["text_hash"].clone());
    }
    let seen = format!("{there:?}");
    narrator.prove(here == there, "the laptop's three drafts are on the office PC, word for word", seen)?;
    Ok(shared)
}

/// What the three drafts begin with.
pub(super) const START: &str = "Client arrived on time. Mood low. Slept four hours. Ate little. Denies suicidal ideation. \
                                Plans to call her sister.";

/// A draft for today with everything in it that a signature needs.
fn draft(day: &mut Day) -> Outcome<String> {
    let mut request = json!({
        "command": "note_create", "client_id": day.client, "format": "narrative",
        "fields": {"service_date": day.today, "start_time": "09:00", "end_time": "09:50", "zone": "America/New_York",
                   "modality": "in_person", "risk_level": "low", "attendance": "attended"},
        "sections": complete(START),
    });
    let note = text(&day.laptop.must(&request)?["id"]);
    request = json!({"command": "note_patch", "note_id": note, "add_diagnoses": [day.diagnosis]});
    day.laptop.must(&request)?;
    let shown = show(&mut day.laptop, &note)?;
    let left: Vec<String> = shown["findings"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|finding| finding["level"] == "block")
        .map(|finding| text(&finding["rule"]))
        .collect();
    if left.is_empty() {
        Ok(note)
    } else {
        Err(Failure::Said(format!("a draft still lacks {}", left.join(", "))))
    }
}

/// Every section that a narrative progress note needs.
pub(super) fn complete(narrative: &str) -> Value {
    json!({
        "narrative": narrative,
        "interventions": "Behavioral activation and sleep scheduling were reviewed in session.",
        "client_response": "She named two small steps and rated them as likely.",
        "goals_addressed": "Sleep and daily activity.",
        "risk": "Denies suicidal and homicidal ideation, plan and intent.",
        "next_session": "In one week.",
        "mental_status_brief": "Alert, oriented, mood low.",
    })
}

fn others(day: &mut Day, shared: &Shared, narrator: &mut Narrator) -> Outcome<()> {
    let mut colleague = day.practice.clinic.enrol(COLLEAGUE, "colleague")?;
    colleague.sync()?;
    let hers = list(&mut day.laptop, &json!({"command": "clients", "include_inactive": true}))?;
    let theirs = list(&mut colleague, &json!({"command": "clients", "include_inactive": true}))?;
    let foreign = theirs
        .iter()
        .find(|client| hers.iter().all(|own| own["client_id"] != client["client_id"]))
        .ok_or_else(|| Failure::Said("the colleague has no client of his own".into()))?;
    let chart = json!({"command": "chart", "client_id": foreign["client_id"]});
    colleague.must(&chart)?;
    let code = day.laptop.refused(&chart)?;
    narrator.prove(
        code == "not_found",
        "a colleague's chart opens for him and is not there for her",
        &code,
    )?;
    let found = day.laptop.must(&json!({"command": "search", "query": foreign["name"]}))?;
    let leaked = found.as_array().into_iter().flatten().any(|hit| hit["client_id"] == foreign["client_id"]);
    narrator.prove(!leaked, "her search does not find his client", &found)?;
    let code = colleague.refused(&json!({"command": "note_show", "note_id": shared.signing}))?;
    narrator.prove(code == "not_found", "her signed note is not on his device", &code)
}

/// A note in full.
pub(super) fn show(device: &mut Device, note: &str) -> Outcome<Value> {
    device.must(&json!({"command": "note_show", "note_id": note}))
}

/// The words of one section.
pub(super) fn section(device: &mut Device, note: &str, key: &str) -> Outcome<String> {
    let shown = show(device, note)?;
    let sections = shown["sections"].as_array().into_iter().flatten();
    Ok(sections.filter(|view| view["key"] == key).map(|view| text(&view["text"])).collect())
}

/// Replaces some words of the narrative, as its author would.
pub(super) fn rewrite(device: &mut Device, note: &str, from: &str, to: &str) -> Outcome<()> {
    let narrative = section(device, note, "narrative")?;
    if !narrative.contains(from) {
        return Err(Failure::Said(format!("the draft does not say {from:?}")));
    }
    let sections = json!({"narrative": narrative.replace(from, to)});
    device.must(&json!({"command": "note_patch", "note_id": note, "sections": sections})).map(|_| ())
}

/// The rows of an answer that is a list.
pub(super) fn list(device: &mut Device, command: &Value) -> Outcome<Vec<Value>> {
    match device.must(command)? {
        Value::Array(rows) => Ok(rows),
        other => Err(Failure::Said(format!("{} did not answer with a list: {other}", command["command"]))),
    }
}

/// A string of an answer; empty where there is none.
pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
