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

    let ask_why = || {
        window.click("More about this note").unwrap();
        window.click("Entered in error…").unwrap();
        window.put_caret("[role=dialog] textarea").unwrap();
    };
    let says = |reason: &str| {
        let script = "return document.querySelector('[role=dialog] textarea')?.value === arguments[0]";
        window.until_with("the reason stands there", script, json!([reason])).unwrap();
    };
    ask_why();
    window.type_text("Begun for somebody else.").unwrap();
    window.call("lock", json!({})).unwrap();
    window.sees("This device is locked").unwrap();
    window.unlock().unwrap();
    ask_why();
    says("Begun for somebody else.");
    window.click("Go back").unwrap();
    // The control: what was given up is gone.
    ask_why();
    says("");
    window.click("Go back").unwrap();

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
