//! Closing the window: no word is lost behind somebody's back.
#![cfg(test)]

use mentalspace_testkit::clinic::Clinic;
use mentalspace_tests::laptop::Laptop;
use serde_json::json;

/// Refuses every save of a note as the application does where the disk is full, until the page is told otherwise.
const FULL_DISK: &str = r#"
    const real = window.fetch;
    window.diskIsFull = true;
    const refusal = { code: 'disk_full', message: 'The disk is full.', field_errors: [], retryable: true };
    const headers = { 'Tauri-Response': 'error', 'content-type': 'application/json' };
    window.fetch = (address, given) =>
        window.diskIsFull && /"note_(typing|patch)"/.test(String(given?.body))
            ? Promise.resolve(new Response(JSON.stringify(refusal), { headers }))
            : real(address, given);
    return true;"#;

#[test]
fn the_window_stays_open_over_words_that_could_not_be_saved() {
    let clinic = Clinic::open().unwrap();
    clinic.user("rivera", "Rosalind Rivera", &["clinician"]).unwrap();
    let laptop = Laptop::enrolled(&clinic, "rivera", "laptop").unwrap();
    let note = laptop
        .without_window(&clinic, |device| {
            let facts = json!({ "given_name": "Wren", "family_name": "Alder" });
            let client = device.must(&json!({ "command": "client_create", "facts": facts }))?;
            device
                .must(&json!({ "command": "note_create", "client_id": client["id"], "format": "narrative" }))
        })
        .unwrap();
    let note = note["id"].as_str().unwrap();
    let window = laptop.window().unwrap();
    window.unlock().unwrap();
    let draft = window.open_draft("Wren Alder", note).unwrap();
    window.run(FULL_DISK, json!([])).unwrap();
    window.write_in("narrative").unwrap();
    window.type_text("Only in the window.").unwrap();
    window.sees("Your last words are not saved yet").unwrap();

    window.press("ctrl+q").unwrap();
    window.sees("Close and lose the last words").unwrap();
    window.click("Keep open").unwrap();
    assert_eq!(draft.text("narrative").unwrap(), "Only in the window.", "it asked, and nothing was lost");

    window.run("window.diskIsFull = false; return true", json!([])).unwrap();
    draft.save("narrative").unwrap();
    window.close().unwrap();
    let kept = laptop
        .without_window(&clinic, |device| device.must(&json!({ "command": "note_show", "note_id": note })));
    assert!(kept.unwrap().to_string().contains("Only in the window."));
}
