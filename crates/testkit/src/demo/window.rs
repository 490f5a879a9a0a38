//! The demonstration in windows: one for the therapist's laptop, a second one for her office computer on request.

use super::practice::{Practice, THERAPIST, fill_the_day};
use super::{Narrator, Stage};
use crate::clinic::PASSWORD;
use crate::failure::{Failure, Outcome};
use crate::process::OwnedProcess;
use serde_json::json;
use std::process::Command;

/// Opens the practice and the therapist's window, and stays until every window is closed. Ctrl-C ends all of it.
pub fn windows(stage: &Stage, second_device: bool) -> Outcome<()> {
    let mut narrator = Narrator::default();
    let practice = Practice::open(stage, &mut narrator)?;
    practice.print_logins();
    let mut windows = vec![open(stage, &practice, "laptop", &mut narrator)?];
    if second_device {
        windows.push(open(stage, &practice, "office-pc", &mut narrator)?);
    }
    let code = practice.clinic.code(THERAPIST)?;
    println!("\nThe window is locked: unlock it with the password {PASSWORD}");
    println!("To enrol one more device of {THERAPIST}, on this machine, within a day:\n{code}");
    println!("\nClose the window or press Ctrl-C to end everything.");
    for mut window in windows {
        let status = window.wait()?;
        if !status.success() {
            return Err(Failure::Said(format!(
                "the window ended by itself ({status}); its own words stand above.\nWhat to do: run `cargo xtask \
                 demo` again; a scripted day without a window is `cargo xtask demo --headless`"
            )));
        }
    }
    Ok(())
}

/// Enrols a device of the therapist's, fills it, and opens its window at the lock.
fn open(stage: &Stage, practice: &Practice, name: &str, narrator: &mut Narrator) -> Outcome<OwnedProcess> {
    let next = "look at what the server said in its log, then run `cargo xtask demo` again.";
    let profile =
        narrator.step(&format!("Enrolling {THERAPIST}'s {name} and fetching her charts"), next, |_| {
            let mut device = practice.clinic.enrol(THERAPIST, name)?;
            device.sync()?;
            fill_the_day(&mut device)?;
            let profile = device.profile().to_path_buf();
            // The window opens the same profile: the program has to have left it.
            device.must(&json!({"command": "quit"}))?;
            device.program().process().wait()?;
            Ok(profile)
        })?;
    let next = "install the desktop's libraries: `cargo xtask demo` without --yes names them.";
    narrator.step(&format!("Opening the window of the {name}"), next, |_| {
        OwnedProcess::spawn(
            Command::new(&stage.desktop)
                .arg("--profile")
                .arg(&profile)
                .arg("--secrets")
                .arg(profile.with_file_name("secrets")),
        )
    })
}
