//! The window from the first start on: enrolled and unlocked with real keys, and what the page may not do.
#![cfg(test)]

use mentalspace_testkit::clinic::{Clinic, PASSWORD};
use mentalspace_tests::laptop::Laptop;
use serde_json::json;

#[test]
fn window_enrols_unlocks_and_locks_by_keys() {
    let clinic = Clinic::open().unwrap();
    clinic.user("rivera", "Rosalind Rivera", &["clinician"]).unwrap();
    let laptop = Laptop::new(&clinic, "laptop").unwrap();
    let window = laptop.window().unwrap();
    window.put_caret("textarea").unwrap();
    window.type_text(&laptop.code(&clinic, "rivera").unwrap()).unwrap();
    window.put_caret("input[type=password]").unwrap();
    window.type_text(PASSWORD).unwrap();
    window.put_caret("input[type=text]").unwrap();
    window.type_text("Laptop at home").unwrap();
    window.press("Return").unwrap();
    window.sees("Rosalind Rivera").unwrap();
    assert!(laptop.secrets().read_dir().is_err(), "with a keyring, no secret is in a file");

    window.press("ctrl+l").unwrap();
    window.sees("This device is locked").unwrap();
    assert!(!window.text().unwrap().contains("Rivera"), "a locked window names nobody");
    let refused = window.try_call("clients", json!({})).unwrap().unwrap_err();
    assert_eq!(refused["code"], "locked");
    window.unlock().unwrap();
    window.sees("Rosalind Rivera").unwrap();
    window.close().unwrap();

    let again = laptop.window().unwrap();
    again.sees("This device is locked").unwrap();
    again.unlock().unwrap();
    again.sees("Rosalind Rivera").unwrap();
}
