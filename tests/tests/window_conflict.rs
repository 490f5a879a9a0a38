//! Two windows of one therapist, both offline, in one note; then the network comes back, in either order.
#![cfg(test)]

use mentalspace_testkit::clinic::Clinic;
use mentalspace_tests::charts::{CLIENT, START, THERAPIST, begin_complete_note, clinic};
use mentalspace_tests::laptop::Laptop;
use mentalspace_tests::notes::section_of;
use mentalspace_tests::window::Window;
use serde_json::{Value, json};

struct Pair {
    clinic: Clinic,
    laptops: [Laptop; 2],
    note: String,
}

/// Two laptops of hers, with the same complete draft on both.
fn pair() -> Pair {
    let clinic = clinic().unwrap();
    let first = Laptop::enrolled(&clinic, THERAPIST, "laptop").unwrap();
    let note = first.without_window(&clinic, begin_complete_note).unwrap();
    let second = Laptop::enrolled(&clinic, THERAPIST, "office").unwrap();
    Pair { clinic, laptops: [first, second], note }
}

fn opened(laptop: &Laptop) -> Window {
    let window = laptop.window().unwrap();
    window.unlock().unwrap();
    window
}

/// Brings the network back to one after the other, and syncs until both have heard of everything.
fn come_back(pair: &Pair, windows: [&Window; 2], first: usize) {
    for at in [first, 1 - first] {
        pair.laptops[at].network.restore();
        windows[at].call("sync", json!({})).unwrap();
    }
    windows[first].call("sync", json!({})).unwrap();
}

fn history_holds(window: &Window, note: &str, words: &str) -> bool {
    let history = window.call("note_history", json!({ "note_id": note })).unwrap();
    history.to_string().contains(words)
}

/// Both wrote at the same place. Nothing is combined; the author chooses on the laptop that came back last.
fn touching_edits(first: usize) {
    let pair = pair();
    let windows = [opened(&pair.laptops[0]), opened(&pair.laptops[1])];
    let notes = [0, 1].map(|at| {
        pair.laptops[at].network.cut();
        windows[at].open_draft(CLIENT, &pair.note).unwrap()
    });
    notes[0].write("narrative", " She agreed to weekly visits.").unwrap();
    notes[1].write("narrative", " She declined weekly visits.").unwrap();
    come_back(&pair, [&windows[0], &windows[1]], first);
    for (window, note) in windows.iter().zip(&notes) {
        let shown = note.until("the conflict is known", |note| note["branches"] != json!([])).unwrap();
        let narrative = section_of(&shown, "narrative");
        assert!(
            !(narrative.contains("agreed") && narrative.contains("declined")),
            "no machine puts together what touches: {narrative}"
        );
        window.sees("Needs your review").unwrap();
    }
    let last = 1 - first;
    let window = &windows[last];
    window.put_caret("textarea[data-part='section:narrative']").unwrap();
    window.press("ctrl+Return").unwrap();
    window.sees("Before you can sign").unwrap();
    window.click("Go on writing").unwrap();

    window.click("Choose").unwrap();
    window.sees("waits for your choice").unwrap();
    window.sees("She agreed to weekly visits.").unwrap();
    window.sees("She declined weekly visits.").unwrap();
    let mine = ["agreed", "declined"][last];
    window.click_first(&format!("label[data-rac]:has(input[value={}])", side_with(window, mine))).unwrap();
    window.sees("Every passage is chosen.").unwrap();
    window.click("Keep this text").unwrap();
    window.until("the note is open again", "return document.querySelector('textarea') !== null").unwrap();
    for at in [last, first, last] {
        windows[at].call("sync", json!({})).unwrap();
    }
    let texts = notes.iter().map(|note| {
        let shown = note.until("the conflict is settled", |note| note["branches"] == json!([])).unwrap();
        section_of(&shown, "narrative")
    });
    let texts: Vec<String> = texts.collect();
    assert_eq!(texts[0], texts[1], "both laptops say the same");
    assert!(texts[0].starts_with(START) && texts[0].contains(mine), "{}", texts[0]);
    for words in ["She agreed to weekly visits.", "She declined weekly visits."] {
        assert!(
            windows.iter().all(|window| history_holds(window, &pair.note, words)),
            "{words} is kept for ever"
        );
    }
    drop(pair.clinic);
}

/// Which of the two texts on the conflict screen holds `word`.
fn side_with(window: &Window, word: &str) -> String {
    let body = "
        const radios = [...document.querySelectorAll('input[type=radio]')];
        return radios.find((radio) => radio.closest('label').textContent.includes(arguments[0]))?.value ?? null";
    let side = window.until_with("a side holds the words", body, json!([word])).unwrap();
    side.as_str().unwrap().to_owned()
}

#[test]
fn window_conflict_where_the_laptop_returns_first() {
    touching_edits(0);
}

#[test]
fn window_conflict_where_the_office_returns_first() {
    touching_edits(1);
}

#[test]
fn window_conflict_of_far_apart_edits_combines_and_is_confirmed() {
    let pair = pair();
    let windows = [opened(&pair.laptops[0]), opened(&pair.laptops[1])];
    let notes = [0, 1].map(|at| {
        pair.laptops[at].network.cut();
        windows[at].open_draft(CLIENT, &pair.note).unwrap()
    });
    notes[0].write_before("narrative", "Seen by video. ").unwrap();
    notes[1].write("narrative", " Next visit on Monday.").unwrap();
    come_back(&pair, [&windows[0], &windows[1]], 0);
    let expected = format!("Seen by video. {START} Next visit on Monday.");
    let waits =
        |note: &Value| note["sections"].as_array().unwrap().iter().any(|part| part["combined"].is_object());
    for note in &notes {
        let shown = note.until("the combined text is there", waits).unwrap();
        assert_eq!(section_of(&shown, "narrative"), expected);
    }
    let window = &windows[0];
    window.sees("Combined from two devices.").unwrap();
    assert_eq!(notes[0].text("narrative").unwrap(), expected, "the screen shows what the application has");
    window.put_caret("textarea[data-part='section:narrative']").unwrap();
    window.press("ctrl+Return").unwrap();
    window.sees("Before you can sign").unwrap();
    window.click("Go on writing").unwrap();
    window.click("Confirm").unwrap();
    notes[0].until("it is confirmed", |note| !waits(note)).unwrap();
    notes[0].sign().unwrap();
    window.call("sync", json!({})).unwrap();
    notes[0].until("the receipt is there", |note| note["row"]["standing"] == "signed").unwrap();
}

#[test]
fn window_late_edit_of_a_note_signed_elsewhere_becomes_an_addendum() {
    let pair = pair();
    let windows = [opened(&pair.laptops[0]), opened(&pair.laptops[1])];
    let notes = [0, 1].map(|at| windows[at].open_draft(CLIENT, &pair.note).unwrap());
    pair.laptops[1].network.cut();
    notes[0].sign().unwrap();
    windows[0].call("sync", json!({})).unwrap();
    let signed = notes[0].until("it is signed", |note| note["row"]["standing"] == "signed").unwrap();
    notes[1].write("narrative", " She mentioned a new job.").unwrap();
    pair.laptops[1].network.restore();
    for at in [1, 0] {
        windows[at].call("sync", json!({})).unwrap();
    }
    for note in &notes {
        let shown = note.until("the late entry is there", |note| note["addenda"] != json!([])).unwrap();
        assert_eq!(shown["text_hash"], signed["text_hash"], "the signed words stand untouched");
        assert_eq!(shown["addenda"][0]["kind"], "late_entry");
        assert!(
            shown["addenda"][0].to_string().contains("She mentioned a new job."),
            "the late words are all there"
        );
    }
    let window = &windows[1];
    window.sees("Late entry").unwrap();
    window.sees("She mentioned a new job.").unwrap();
    window.sees("The signed text was not touched.").unwrap();
    let hash = |window: &Window| {
        window.call("note_show", json!({ "note_id": pair.note })).unwrap()["text_hash"].clone()
    };
    assert_eq!(hash(&windows[0]), hash(window), "both laptops hold the same signed text");
}
