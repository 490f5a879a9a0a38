//! What is begun in passing: a note from the palette, a record that a lock interrupts.
#![cfg(test)]

use mentalspace_tests::charts::{CLIENT, THERAPIST, begin_chart, clinic};
use mentalspace_tests::laptop::Laptop;
use serde_json::json;

#[test]
fn window_opens_the_note_that_the_palette_begins_and_keeps_a_form_over_a_lock() {
    let clinic = clinic().unwrap();
    let laptop = Laptop::enrolled(&clinic, THERAPIST, "laptop").unwrap();
    let chart = laptop.without_window(&clinic, begin_chart).unwrap();
    let window = laptop.window().unwrap();
    window.unlock().unwrap();
    window.sees("Online").unwrap();
    window.press("ctrl+k").unwrap();
    window.put_caret("[role=dialog] input").unwrap();
    window.type_text(CLIENT.split(' ').next().unwrap()).unwrap();
    window.click(&format!("Write a note for {CLIENT}")).unwrap();
    window
        .until(
            "the note is open",
            "return document.querySelector('[data-density=writing] textarea') !== null",
        )
        .unwrap();
    let notes = window.call("chart", json!({ "client_id": chart.client })).unwrap()["notes"].clone();
    assert_eq!(notes.as_array().map(Vec::len), Some(1), "one note was begun: {notes}");

    window.press("ctrl+2").unwrap();
    window.click("New client").unwrap();
    window.put_caret("[role=dialog] input").unwrap();
    window.type_text("Quillfeather").unwrap();
    window.call("lock", json!({})).unwrap();
    window.sees("This device is locked").unwrap();
    window.unlock().unwrap();
    window
        .until(
            "what was entered stands where it was left",
            "return document.querySelector('[role=dialog] input')?.value === 'Quillfeather'",
        )
        .unwrap();
}
