//! A second start of the program leaves the first alone.
#![cfg(test)]

use mentalspace_testkit::clinic::Clinic;
use mentalspace_testkit::process::built_program;
use mentalspace_tests::laptop::Laptop;
use std::process::Command;

#[test]
fn a_second_start_shows_the_first_window_and_empties_nothing() {
    let clinic = Clinic::open().unwrap();
    clinic.user("rivera", "Rosalind Rivera", &["clinician"]).unwrap();
    let laptop = Laptop::enrolled(&clinic, "rivera", "laptop").unwrap();
    let window = laptop.window().unwrap();
    let used = laptop.profile().join("webview").join("used");
    std::fs::write(&used, "by the first window").unwrap();
    let second = Command::new(built_program("mentalspace-desktop").unwrap())
        .arg("--profile")
        .arg(laptop.profile())
        .arg("--secrets")
        .arg(laptop.secrets())
        .envs(laptop.surroundings())
        .env_remove("WAYLAND_DISPLAY")
        .output()
        .unwrap();
    assert!(second.status.success(), "it ends by itself: {}", String::from_utf8_lossy(&second.stderr));
    assert!(used.is_file(), "the first window's directory is as it was");
    window.unlock().unwrap();
    window.close().unwrap();
    assert!(!used.exists(), "the end of the first window empties it");
}
