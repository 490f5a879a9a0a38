//! Charts and notes.

use super::album::Album;
use super::words;
use super::work::{Visit, Work, complete};
use crate::laptop::Laptop;
use crate::window::Window;
use mentalspace_testkit::clinic::PASSWORD;
use mentalspace_testkit::failure::{Failure, Outcome};
use serde_json::{Value, json};

/// The chart's tabs, and what their pictures are called.
const TABS: [(&str, &str); 6] = [
    ("Overview", "chart"),
    ("Notes", "chart-notes"),
    ("Appointments", "chart-appointments"),
    ("Diagnoses", "chart-diagnoses"),
    ("Details", "chart-details"),
    ("Care team", "chart-team"),
];

pub(super) fn walk(window: &Window, laptop: &Laptop, work: &Work, album: &mut Album) -> Outcome<()> {
    window.press("ctrl+1")?;
    window.click_first(&format!("[aria-label='Needs your review'] [data-key='conflict:{}']", work.torn))?;
    window.sees("Choose what the note should say")?;
    album.page(window, "conflict")?;
    window.press("ctrl+1")?;
    window.click_first("[aria-label='Needs your review'] [data-key^='combined:']")?;
    window.sees("Combined from two devices")?;
    let show =
        "document.querySelector('section[aria-label$=\", combined\"]').scrollIntoView({ block: 'center' })";
    window.run(show, json!([]))?;
    album.page(window, "combined")?;
    chart(window, work, album)?;
    note(window, &work.now, album)?;
    laptop.network.cut();
    signed(window, &work.signed, album)?;
    window.press("ctrl+1")?;
    window.sees("Working offline")?;
    album.page(window, "today-offline")
}

fn chart(window: &Window, work: &Work, album: &mut Album) -> Outcome<()> {
    window.press("ctrl+2")?;
    window.click_among("[role=row] *", &work.now.name)?;
    window.until("the chart is there", "return document.querySelector('[role=tab]') !== null")?;
    for (tab, name) in TABS {
        window.click_among("[role=tab]", tab)?;
        album.page(window, name)?;
    }
    Ok(())
}

fn note(window: &Window, visit: &Visit, album: &mut Album) -> Outcome<()> {
    open_visit(window, visit)?;
    let today = window.call("today", json!({}))?;
    let mut agenda = today["agenda"].as_array().into_iter().flatten();
    let note = agenda.find(|entry| entry["appointment_id"] == visit.appointment);
    let note = note.and_then(|entry| entry["note_id"].as_str());
    let note = note.ok_or_else(|| Failure::Said("opening the visit began no note".into()))?;
    write(window, json!({ "note_id": note, "sections": words::under_way() }))?;
    open_visit(window, visit)?;
    window.sees("Last note")?;
    album.page(window, "note")?;
    album.in_high_contrast(window, "note")?;
    window.click_among("[role=tab]", "Still missing")?;
    album.page(window, "completeness")?;
    window.press("ctrl+Return")?;
    window.sees("Before you can sign")?;
    album.page(window, "not-yet-signed")?;
    window.click("Go on writing")?;

    let chart = window.call("chart", json!({ "client_id": visit.client }))?;
    for patch in [complete(note, &chart), json!({ "note_id": note, "sections": words::rest() })] {
        write(window, patch)?;
    }
    open_visit(window, visit)?;
    window.put_caret("textarea[data-part^='section:']")?;
    window.press("ctrl+Return")?;
    window.sees("Sign this note")?;
    album.page(window, "sign")?;
    window.press("Escape")
}

fn signed(window: &Window, visit: &Visit, album: &mut Album) -> Outcome<()> {
    let note = visit.note.as_deref().ok_or_else(|| Failure::Said("the signed visit has no note".into()))?;
    let written = window.call(
        "addendum_write",
        json!({
            "note_id": note, "reason": "Heard after the session.",
            "sections": {"addendum": {"from": "", "to": words::ADDENDUM}},
        }),
    )?;
    window.call("addendum_sign", json!({ "addendum_id": written["id"], "password": PASSWORD }))?;
    window.press("ctrl+3")?;
    window.click_among("button[data-kind=appointment]", &visit.name)?;
    window.click("Open the note")?;
    window.sees("Addendum")?;
    album.page(window, "signed")
}

/// Writes into a note behind the back of the screen, which has to stand elsewhere: a note that is open keeps its words.
fn write(window: &Window, patch: Value) -> Outcome<()> {
    window.press("ctrl+1")?;
    window.until("the note is closed", "return document.querySelector('textarea') === null")?;
    window.call("note_patch", patch).map(drop)
}

/// Opens the note of a visit of today's, or begins it.
fn open_visit(window: &Window, visit: &Visit) -> Outcome<()> {
    window.press("ctrl+1")?;
    window.click_first(&format!("[aria-label='Appointments today'] [data-key='{}']", visit.appointment))?;
    window.until("the note is open", "return document.querySelector('textarea[data-part]') !== null")
}
