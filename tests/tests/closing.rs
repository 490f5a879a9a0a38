//! A disk without room, and closing the window over words that are nowhere else: none is lost behind somebody's back.
#![cfg(test)]

use mentalspace_testkit::clinic::Clinic;
use mentalspace_tests::laptop::{Laptop, SmallDisk};
use mentalspace_tests::notes::section_of;
use serde_json::json;

#[test]
fn window_on_a_full_disk_says_so_and_stays_open_until_the_words_are_saved() {
    if !SmallDisk::can_be_had() {
        println!("skipped: this machine lets nobody mount a disk that could be filled up");
        return;
    }
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
    let (window, disk) = laptop.window_on_a_small_disk().unwrap();
    window.unlock().unwrap();
    let draft = window.open_draft("Wren Alder", note).unwrap();
    draft.write("narrative", "Saved before.").unwrap();
    disk.fill().unwrap();
    window.write_in("narrative").unwrap();
    window.type_text(" Only in the window.").unwrap();
    window.sees("Your last words are not saved yet").unwrap();
    window.sees("The disk is full").unwrap();
    assert_eq!(
        section_of(&draft.shown().unwrap(), "narrative"),
        "Saved before.",
        "the control: there is no room"
    );

    window.press("ctrl+q").unwrap();
    window.sees("Close and lose the last words").unwrap();
    window.click("Keep open").unwrap();
    assert_eq!(
        draft.text("narrative").unwrap(),
        "Saved before. Only in the window.",
        "it asked, and nothing was lost"
    );

    disk.clear().unwrap();
    draft.save("narrative").unwrap();
    assert_eq!(section_of(&draft.shown().unwrap(), "narrative"), "Saved before. Only in the window.");
    window.close().unwrap();
}
