//! Charts and notes.

use super::tour::{NARROW, SCREEN, Tour, size};
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

pub(super) fn walk(window: &Window, laptop: &Laptop, work: &Work, tour: &mut Tour<'_>) -> Outcome<()> {
    window.press("ctrl+1")?;
    window.click_first(&format!("[aria-label='Needs your review'] [data-key='conflict:{}']", work.torn))?;
    window.sees("Choose what the note should say")?;
    tour.page(window, "conflict")?;
    window.press("ctrl+1")?;
    window.click_first("[aria-label='Needs your review'] [data-key^='combined:']")?;
    window.sees("Combined from two devices")?;
    let show =
        "document.querySelector('section[aria-label$=\", combined\"]').scrollIntoView({ block: 'center' })";
    window.run(show, json!([]))?;
    tour.page(window, "combined")?;
    chart(window, work, tour)?;
    note(window, &work.now, tour)?;
    laptop.network.cut();
    signed(window, &work.signed, tour)?;
    window.press("ctrl+1")?;
    window.sees("Working offline")?;
    tour.page(window, "today-offline")
}

fn chart(window: &Window, work: &Work, tour: &mut Tour<'_>) -> Outcome<()> {
    window.press("ctrl+2")?;
    window.click_among("[role=row] *", &work.now.name)?;
    window.until("the chart is there", "return document.querySelector('[role=tab]') !== null")?;
    for (tab, name) in TABS {
        window.click_among("[role=tab]", tab)?;
        tour.page(window, name)?;
    }
    Ok(())
}

fn note(window: &Window, visit: &Visit, tour: &mut Tour<'_>) -> Outcome<()> {
    open_visit(window, visit)?;
    let today = window.call("today", json!({}))?;
    let mut agenda = today["agenda"].as_array().into_iter().flatten();
    let note = agenda.find(|entry| entry["appointment_id"] == visit.appointment);
    let note = note.and_then(|entry| entry["note_id"].as_str());
    let note = note.ok_or_else(|| Failure::Said("opening the visit began no note".into()))?;
    write(window, json!({ "note_id": note, "sections": words::under_way() }))?;
    open_visit(window, visit)?;
    window.sees("Last note")?;
    tour.page(window, "note")?;
    tour.in_high_contrast(window, "note")?;
    narrow(window, tour)?;
    window.click_among("[role=tab]", "Still missing")?;
    tour.page(window, "completeness")?;
    window.press("ctrl+Return")?;
    window.sees("Before you can sign")?;
    tour.page(window, "not-yet-signed")?;
    window.click("Go on writing")?;

    let chart = window.call("chart", json!({ "client_id": visit.client }))?;
    for patch in [complete(note, &chart), json!({ "note_id": note, "sections": words::rest() })] {
        write(window, patch)?;
    }
    open_visit(window, visit)?;
    window.put_caret("textarea[data-part^='section:']")?;
    window.press("ctrl+Return")?;
    window.sees("Sign this note")?;
    tour.page(window, "sign")?;
    window.press("Escape")
}

/// In half a screen the page scrolls as one, and the words are still there to be written in.
fn narrow(window: &Window, tour: &mut Tour<'_>) -> Outcome<()> {
    size(window, NARROW)?;
    window.until(
        "the words are in sight",
        "const area = document.querySelector('textarea[data-part]');
         area.scrollIntoView({ block: 'center' });
         const { left, top, width, height } = area.getBoundingClientRect();
         return document.elementFromPoint(left + width / 2, top + height / 2) === area",
    )?;
    tour.page(window, "note-narrow")?;
    size(window, SCREEN)
}

fn signed(window: &Window, visit: &Visit, tour: &mut Tour<'_>) -> Outcome<()> {
    let note = visit.note.as_deref().ok_or_else(|| Failure::Said("the signed visit has no note".into()))?;
    let written = window.call(
        "addendum_write",
        json!({
            "note_id": note, "reason": "Heard after the session.",
            "sections": {"addendum": {"from": "", "to": words::ADDENDUM}},
        }),
    )?;
    open_signed(window, visit)?;
    window.click("Sign the addendum…")?;
    window.sees("Sign this addendum")?;
    tour.page(window, "sign-addendum")?;
    window.press("Escape")?;
    window.click("Set aside…")?;
    window.sees("Set these words aside?")?;
    tour.page(window, "set-aside")?;
    window.press("Escape")?;
    window.call("addendum_sign", json!({ "addendum_id": written["id"], "password": PASSWORD }))?;
    open_signed(window, visit)?;
    tour.page(window, "signed")
}

fn open_signed(window: &Window, visit: &Visit) -> Outcome<()> {
    window.press("ctrl+3")?;
    window.click_among("button[data-kind=appointment]", &visit.name)?;
    window.click("Open the note")?;
    window.sees("Addendum")
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
