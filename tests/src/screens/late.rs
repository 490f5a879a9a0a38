//! Late work: a colleague covered one of the therapist's clients, and her note reaches the practice when she covers him no
//! more.

use super::practice::Practice;
use super::tour::Tour;
use super::words;
use super::work::Visit;
use crate::laptop::Laptop;
use crate::patience::until;
use crate::window::Window;
use mentalspace_testkit::failure::{Failure, Outcome};
use serde_json::{Value, json};

const MANAGER: &str = "quill";
const COLLEAGUE: &str = "larkin";
const COLLEAGUE_NAME: &str = "Ambrose Larkin-Dove";

/// Has the work handed in, so that it waits on the therapist's laptop.
pub(super) fn hand_in(practice: &Practice, laptop: &Laptop, visit: &Visit) -> Outcome<()> {
    let clinic = &practice.clinic;
    let manager = Laptop::enrolled(clinic, MANAGER, "Front room")?;
    manager.without_window(clinic, |device| {
        let users = device.must(&json!({"command": "users"}))?;
        let colleague = named(&users, "display_name")?;
        device.must(&json!({
            "command": "caseload_assign", "client_id": visit.client, "clinician_id": colleague["user_id"],
            "reason": "covering",
        }))?;
        device.sync().map(drop)
    })?;
    let away = Laptop::enrolled(clinic, COLLEAGUE, "Travelling laptop")?;
    away.without_window(clinic, |device| {
        device
            .must(&json!({
                "command": "note_create", "client_id": visit.client, "format": "narrative",
                "sections": words::late(),
            }))
            .map(drop)
    })?;
    manager.without_window(clinic, |device| {
        let chart = device.must(&json!({"command": "chart", "client_id": visit.client}))?;
        let covering = named(&chart["assignments"], "clinician_name")?;
        device.must(&json!({
            "command": "caseload_unassign", "client_id": visit.client,
            "assignment_id": covering["assignment_id"],
        }))?;
        device.sync().map(drop)
    })?;
    away.without_window(clinic, |device| device.sync().map(drop))?;
    laptop.without_window(clinic, |device| {
        until("late work on the therapist's laptop", || {
            device.sync()?;
            let waiting = &device.must(&json!({"command": "quarantine"}))?["waiting"];
            Ok(waiting.as_array().is_some_and(|rows| !rows.is_empty()).then_some(()))
        })
    })
}

fn named(rows: &Value, field: &str) -> Outcome<Value> {
    let mut rows = rows.as_array().into_iter().flatten();
    let found = rows.find(|row| row[field] == COLLEAGUE_NAME).cloned();
    found.ok_or_else(|| Failure::Said(format!("{COLLEAGUE_NAME} is not there")))
}

pub(super) fn walk(window: &Window, tour: &mut Tour<'_>) -> Outcome<()> {
    window.press("ctrl+1")?;
    window.click("Decide")?;
    window.sees("Waits for a decision")?;
    tour.page(window, "late-work")?;
    window.click_first("[role=listbox] [role=option]")?;
    window.sees("Accept it in the author’s name")?;
    tour.page(window, "late-work-note")?;
    tour.in_high_contrast(window, "late-work-note")
}
