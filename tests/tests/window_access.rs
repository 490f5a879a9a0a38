//! axe-core finds nothing on any screen, light or dark.
#![cfg(test)]

use mentalspace_tests::charts::{THERAPIST, clinic};
use mentalspace_tests::laptop::Laptop;
use mentalspace_tests::screens;
use serde_json::json;

#[test]
fn window_has_no_accessibility_finding_on_any_screen() {
    // Everything found is collected, so that one run tells all of it.
    let mut found = Vec::new();
    let looks = screens::visit(Vec::new(), &mut |window, name| {
        found.extend(window.axe_findings()?.into_iter().map(|line| format!("{name}: {line}")));
        Ok(())
    });
    let end = looks.map(drop).map_err(|failure| failure.in_full());
    assert_eq!((end, found), (Ok(()), Vec::<String>::new()));
}

#[test]
fn window_with_a_field_without_a_name_is_found_at_fault() {
    let clinic = clinic().unwrap();
    let laptop = Laptop::enrolled(&clinic, THERAPIST, "laptop").unwrap();
    let window = laptop.window().unwrap();
    window.sees("This device is locked").unwrap();
    assert_eq!(window.axe_findings().unwrap(), Vec::<String>::new());
    let unname = "document.querySelector('input').labels.forEach((label) => label.remove())";
    window.run(unname, json!([])).unwrap();
    let found = window.axe_findings().unwrap();
    assert!(found.iter().any(|line| line.starts_with("label")), "{found:?}");
}
