//! The part of the scripted day that is spent without a network.

use super::day::{Day, Shared, complete, list, rewrite, section, show, text};
use super::narrator::Narrator;
use super::traces::canaries;
use crate::clinic::PASSWORD;
use crate::failure::{Failure, Outcome};
use serde_json::{Value, json};

/// What was written offline on the laptop.
pub(super) struct Written {
    /// The note made from a visit of today.
    pub(super) note: String,
    /// Its narrative.
    pub(super) narrative: String,
}

pub(super) fn work(day: &mut Day, shared: &Shared, narrator: &mut Narrator) -> Outcome<Written> {
    let code = day.laptop.refused(&json!({"command": "sync"}))?;
    narrator.prove(
        code == "unreachable",
        "sync says that the server cannot be reached; nothing stops for it",
        &code,
    )?;
    day.laptop.must(&json!({"command": "today"}))?;
    // Of the day that was filled: since then it may have become another.
    let agenda = json!({"command": "agenda", "from": day.today, "to": day.today});
    let agenda = day.laptop.must(&agenda)?;
    let visits = agenda.as_array().map_or(0, Vec::len);
    narrator.prove(
        visits > 0,
        &format!("Today opens and the agenda shows {visits} visits without a network"),
        &agenda,
    )?;
    let chart = day.laptop.must(&json!({"command": "chart", "client_id": day.client}))?;
    let notes = chart["notes"].as_array().map_or(0, Vec::len);
    narrator.prove(
        notes > 3 && chart["clinical"] == "ready",
        &format!("the chart of {} opens with {notes} notes", day.client_name),
        &chart["clinical"],
    )?;
    let written = write_and_kill(day, &agenda, narrator)?;
    sign(day, shared, narrator)?;
    meanwhile(day, shared, narrator)?;
    Ok(written)
}

fn write_and_kill(day: &mut Day, agenda: &Value, narrator: &mut Narrator) -> Outcome<Written> {
    let visit = agenda
        .as_array()
        .into_iter()
        .flatten()
        .find(|visit| {
            visit["note_id"].is_null() && visit["status"] != "cancelled" && visit["client_id"] != ""
        })
        .ok_or_else(|| Failure::Said("every visit of today has its note already".into()))?;
    let request =
        json!({"command": "note_create", "appointment_id": visit["appointment_id"], "format": "narrative"});
    let note = text(&day.laptop.must(&request)?["id"]);
    let narrative = format!("Arrived early and spoke of the harvest fair. {}", canaries().join(". "));
    let patch = json!({"command": "note_patch", "note_id": note, "sections": complete(&narrative)});
    day.laptop.must(&patch)?;
    day.laptop.program().kill_9()?;
    day.laptop = day.practice.clinic.device("laptop")?;
    let locked = day.laptop.refused(&json!({"command": "note_show", "note_id": note}))?;
    narrator.prove(locked == "locked", "after kill -9 the device opens locked", &locked)?;
    day.laptop.unlock()?;
    let kept = section(&mut day.laptop, &note, "narrative")?;
    narrator.prove(
        kept == narrative,
        "a note made from a visit has every word after kill -9 and a cold start",
        &kept,
    )?;
    Ok(Written { note, narrative })
}

fn sign(day: &mut Day, shared: &Shared, narrator: &mut Narrator) -> Outcome<()> {
    let sign =
        |password: &str| json!({"command": "note_sign", "note_id": shared.signing, "password": password});
    let code = day.laptop.refused(&sign("not the right one at all"))?;
    narrator.prove(code == "wrong_password", "signing asks who signs: a wrong password is refused", &code)?;
    day.laptop.must(&sign(PASSWORD))?;
    let signed = show(&mut day.laptop, &shared.signing)?;
    narrator.prove(
        signed["row"]["standing"] == "awaiting_receipt",
        "a note signed offline says that it awaits its receipt",
        &signed["row"]["standing"],
    )
}

/// The other device, which knows nothing of the laptop's work.
fn meanwhile(day: &mut Day, shared: &Shared, narrator: &mut Narrator) -> Outcome<()> {
    rewrite(&mut day.laptop, &shared.combining, "Mood low.", "Mood low and tearful.")?;
    rewrite(&mut day.office, &shared.combining, "call her sister.", "call her sister on Sunday.")?;
    rewrite(
        &mut day.laptop,
        &shared.parking,
        "Denies suicidal ideation.",
        "Denies suicidal ideation, plan or intent.",
    )?;
    rewrite(
        &mut day.office,
        &shared.parking,
        "Denies suicidal ideation.",
        "Endorses passive suicidal ideation.",
    )?;
    rewrite(&mut day.office, &shared.signing, "Ate little.", "Ate little, by her own account.")?;
    let unsent = list(&mut day.office, &json!({"command": "export_unsent"}))?;
    narrator.prove(
        unsent.len() == 3,
        "the office PC edits the same drafts offline; its three edits wait on its disk",
        unsent.len(),
    )
}
