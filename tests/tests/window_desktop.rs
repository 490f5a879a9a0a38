//! What the operating system sees of the window: one per profile, reminders without a name, nothing left in a cache.
#![cfg(test)]

use mentalspace_testkit::process::OwnedProcess;
use mentalspace_tests::charts::{CLIENT, THERAPIST, begin_chart, clinic};
use mentalspace_tests::keys::Keyboard;
use mentalspace_tests::laptop::{Laptop, WrongClock};
use mentalspace_tests::patience::until;
use serde_json::json;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use zbus::zvariant::OwnedValue;

/// A desktop's notifications: remembers what it was asked to show.
struct Notifications(Arc<Mutex<Vec<String>>>);

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Notifications {
    #[expect(
        clippy::too_many_arguments,
        clippy::needless_pass_by_value,
        reason = "the interface is freedesktop.org's"
    )]
    fn notify(
        &self,
        app: &str,
        _replaces: u32,
        icon: &str,
        summary: &str,
        body: &str,
        actions: Vec<String>,
        hints: HashMap<String, OwnedValue>,
        _timeout: i32,
    ) -> u32 {
        let said = format!("{app}|{icon}|{summary}|{body}|{actions:?}|{hints:?}");
        self.0.lock().unwrap().push(said);
        1
    }

    fn get_capabilities(&self) -> Vec<String> {
        vec!["body".to_owned()]
    }

    fn get_server_information(&self) -> (String, String, String, String) {
        ("test".to_owned(), "test".to_owned(), "1".to_owned(), "1.2".to_owned())
    }
}

#[test]
fn window_reminds_of_an_appointment_and_names_nobody() {
    let clinic = clinic().unwrap();
    let laptop = Laptop::enrolled(&clinic, THERAPIST, "laptop").unwrap();
    laptop
        .without_window(&clinic, |device| {
            let chart = begin_chart(device)?;
            device.must(&json!({
                "command": "appointment_book", "client_id": chart.client, "date": "2026-11-23",
                "start": "10:00", "end": "10:50", "service": "Individual therapy",
            }))
        })
        .unwrap();
    let shown = Arc::new(Mutex::new(Vec::new()));
    let _desktop = zbus::blocking::connection::Builder::address(laptop.bus().address())
        .and_then(|bus| bus.name("org.freedesktop.Notifications"))
        .and_then(|bus| bus.serve_at("/org/freedesktop/Notifications", Notifications(Arc::clone(&shown))))
        .and_then(zbus::blocking::connection::Builder::build)
        .unwrap();
    laptop.network.cut();
    let window =
        laptop.window_under(&WrongClock::set_to("@2026-11-23 09:51:30", "America/New_York")).unwrap();
    window.unlock().unwrap();
    let first = until("a reminder is shown", || Ok(shown.lock().unwrap().first().cloned())).unwrap();
    assert!(first.contains("You have an appointment in ") && first.contains(" minutes"), "{first}");
    let names = CLIENT.split(' ').chain(["Individual", "therapy", "Rivera"]);
    for name in names {
        assert!(!first.contains(name), "a reminder is read by whoever passes: {first}");
    }
    window.close().unwrap();
    assert_eq!(shown.lock().unwrap().len(), 1, "once is enough");
}

/// The desktop as a person starts it: nothing drives it.
fn start(laptop: &Laptop) -> OwnedProcess {
    OwnedProcess::spawn(
        Command::new(laptop.desktop().unwrap())
            .arg("--profile")
            .arg(laptop.profile())
            .arg("--secrets")
            .arg(laptop.secrets())
            .envs(laptop.surroundings())
            .env_remove("WAYLAND_DISPLAY")
            .stdin(Stdio::null()),
    )
    .unwrap()
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    entries
        .flat_map(|entry| if entry.path().is_dir() { files(&entry.path()) } else { vec![entry.path()] })
        .collect()
}

/// Files of the kinds that web views keep. The graphics driver keeps compiled shaders, which hold no words.
fn traces(place: &Path) -> Vec<PathBuf> {
    let kinds = ["webkit", "localstorage", "indexeddb", "cookies", "cache", "history", "hsts"];
    let is_trace = |path: &PathBuf| {
        let name = path.strip_prefix(place).unwrap_or(path).display().to_string().to_lowercase();
        !name.contains("mesa_shader_cache") && kinds.iter().any(|kind| name.contains(kind))
    };
    files(place).into_iter().filter(is_trace).collect()
}

#[test]
fn window_is_one_per_profile_and_leaves_no_traces_of_the_web_view() {
    let clinic = clinic().unwrap();
    let laptop = Laptop::enrolled(&clinic, THERAPIST, "laptop").unwrap();
    let mut first = start(&laptop);
    let keyboard =
        until("the window is there", || Ok(Keyboard::before(laptop.display(), first.id()).ok())).unwrap();
    let second = start(&laptop).wait().unwrap();
    assert!(second.success() && first.is_running(), "the second start hands over to the first and ends well");
    let another = Laptop::enrolled(&clinic, THERAPIST, "another").unwrap();
    let mut other = start(&another);
    until("another profile has a window of its own", || {
        Ok(Keyboard::before(another.display(), other.id()).ok().filter(|_| other.is_running()))
    })
    .unwrap();

    keyboard.press(&["ctrl+q"]).unwrap();
    until("the first has closed", || Ok((!first.is_running()).then_some(()))).unwrap();
    assert!(first.wait().unwrap().success());
    assert!(laptop.profile().join("window.json").is_file(), "size and place are remembered");
    let state = std::fs::read_to_string(laptop.profile().join("window.json")).unwrap();
    assert!(state.contains("width") && !state.contains(THERAPIST), "and nothing else: {state}");
    let home = laptop.bus().home();
    let left = [traces(&laptop.profile()), traces(&home)].concat();
    assert_eq!(left, Vec::<PathBuf>::new(), "the web view keeps nothing");
}
