//! The window locks by itself, and nothing that was typed a moment before is lost by it.
#![cfg(test)]

use mentalspace_testkit::clinic::Clinic;
use mentalspace_tests::charts::{CLIENT, START, THERAPIST, begin_chart, begin_note, clinic};
use mentalspace_tests::laptop::{Laptop, WrongClock};
use mentalspace_tests::window::Window;
use serde_json::json;
use std::process::Command;

fn laptop_with_a_draft(clinic: &Clinic) -> (Laptop, String) {
    let laptop = Laptop::enrolled(clinic, THERAPIST, "laptop").unwrap();
    let note = laptop
        .without_window(clinic, |device| {
            let chart = begin_chart(device)?;
            begin_note(device, &chart)
        })
        .unwrap();
    (laptop, note)
}

/// What the desktop says on its bus.
fn emit(laptop: &Laptop, path: &str, signal: &str, value: &str) {
    // By the variable and not by `--address`, with which gdbus says no Hello and is turned away.
    let emitted = Command::new("gdbus")
        .env("DBUS_SESSION_BUS_ADDRESS", laptop.bus().address())
        .args(["emit", "--session", "--object-path", path, "--signal", signal, value])
        .status();
    assert!(emitted.unwrap().success());
}

fn write_and_be_locked(window: &Window, note: &str, words: &str, lock: impl FnOnce()) {
    let open = window.open_draft(CLIENT, note).unwrap();
    let before = open.text("narrative").unwrap();
    window.write_in("narrative").unwrap();
    window.type_text(words).unwrap();
    // At once: nothing has been asked to be saved.
    lock();
    window.sees("This device is locked").unwrap();
    assert!(!window.text().unwrap().contains(CLIENT), "a locked window names nobody");
    assert_eq!(window.try_call("today", json!({})).unwrap().unwrap_err()["code"], "locked");
    window.unlock().unwrap();
    let expected = format!("{before}{words}");
    assert_eq!(open.text("narrative").unwrap(), expected, "every word is where it was");
    let caret = "const at = document.activeElement; return [at.dataset.part, at.selectionStart]";
    let place = json!(["section:narrative", expected.encode_utf16().count()]);
    window.until_with("the caret is where it was", &format!("const seen = (() => {{ {caret} }})(); return JSON.stringify(seen) === JSON.stringify(arguments[0])"), json!([place])).unwrap();
}

#[test]
fn window_locks_with_the_desktop_and_before_sleep_and_keeps_every_word() {
    let clinic = clinic().unwrap();
    let (laptop, note) = laptop_with_a_draft(&clinic);
    let window = laptop.window().unwrap();
    window.unlock().unwrap();
    write_and_be_locked(&window, &note, " The screen was locked.", || {
        emit(&laptop, "/org/gnome/ScreenSaver", "org.gnome.ScreenSaver.ActiveChanged", "true");
    });
    write_and_be_locked(&window, &note, " The lid was closed.", || {
        emit(&laptop, "/org/freedesktop/login1", "org.freedesktop.login1.Manager.PrepareForSleep", "true");
    });
    write_and_be_locked(&window, &note, " By the menu's key.", || window.press("ctrl+l").unwrap());
    let kept = laptop_text(&window, &note);
    assert_eq!(kept, format!("{START} The screen was locked. The lid was closed. By the menu's key."));
}

fn laptop_text(window: &Window, note: &str) -> String {
    mentalspace_tests::notes::section_of(
        &window.call("note_show", json!({ "note_id": note })).unwrap(),
        "narrative",
    )
}

#[test]
fn window_locks_when_nobody_has_been_there() {
    let clinic = clinic().unwrap();
    let (laptop, note) = laptop_with_a_draft(&clinic);
    let clock = WrongClock::in_hand(&clinic.home().join("clock")).unwrap();
    let window = laptop.window_under(&clock).unwrap();
    window.unlock().unwrap();
    let minutes = window.call("profile", json!({})).unwrap()["idle_lock_minutes"].as_u64().unwrap();
    let open = window.open_draft(CLIENT, &note).unwrap();
    clock.put_forward(&format!("+{}m", minutes - 1)).unwrap();
    open.write("narrative", " Still here.").unwrap();
    clock.put_forward(&format!("+{}m", 2 * minutes)).unwrap();
    window.sees("This device is locked").unwrap();
    assert_eq!(window.try_call("today", json!({})).unwrap().unwrap_err()["code"], "locked");
}

#[test]
fn window_closed_in_the_middle_of_a_sentence_keeps_it() {
    let clinic = clinic().unwrap();
    let (laptop, note) = laptop_with_a_draft(&clinic);
    let window = laptop.window().unwrap();
    window.unlock().unwrap();
    window.open_draft(CLIENT, &note).unwrap();
    window.write_in("narrative").unwrap();
    window.type_text(" And then she").unwrap();
    window.close().unwrap();
    let window = laptop.window().unwrap();
    window.unlock().unwrap();
    assert_eq!(laptop_text(&window, &note), format!("{START} And then she"));
}

#[test]
fn window_keeps_a_list_over_a_lock_until_it_is_brought_in() {
    let clinic = clinic().unwrap();
    let (laptop, _) = laptop_with_a_draft(&clinic);
    let window = laptop.window().unwrap();
    window.unlock().unwrap();
    let lock = |shows: &str| {
        window.press("ctrl+l").unwrap();
        window.sees("This device is locked").unwrap();
        assert!(!window.text().unwrap().contains("Thimblewick"), "a locked window names nobody");
        window.unlock().unwrap();
        window.sees(shows).unwrap();
    };
    window.press("ctrl+2").unwrap();
    window.click("Import").unwrap();
    window.sees("Or paste the rows here").unwrap();
    window.put_caret("textarea").unwrap();
    let list =
        "First name,Last name,Date of birth\nAurelia,Thimblewick,1991-04-17\nOdette,Rainwater,02/31/1979\n";
    window.run("document.execCommand('insertText', false, arguments[0])", json!([list])).unwrap();
    lock("Or paste the rows here");
    window.click("Look at it first").unwrap();
    window.sees("Look before it is kept").unwrap();
    lock("Look before it is kept");
    window.click("Bring in 1 client").unwrap();
    window.sees("1 record begun").unwrap();
    // The row that has to be corrected is in no other place.
    lock("1 record begun");
    window.sees("Odette Rainwater").unwrap();
    window.press("ctrl+2").unwrap();
    window.sees("Aurelia Thimblewick").unwrap();
}
