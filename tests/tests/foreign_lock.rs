//! Another program holds a lock on the laptop's database, as a backup may: nothing is written meanwhile, nothing is lost, and
//! everything goes on when it lets go (T35).
#![cfg(test)]

use mentalspace_testkit::clinic::Clinic;
use mentalspace_testkit::process::{OwnedProcess, environment};
use serde_json::{Value, json};
use std::fs::OpenOptions;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Command, Stdio};

const FILE: &str = "MENTALSPACE_TEST_FILE_TO_LOCK";

/// Not a test: the other program.
#[test]
#[ignore = "run as a child by t35_a_lock_of_another_program_loses_no_word"]
fn program_that_locks_a_file() {
    let file = OpenOptions::new().read(true).write(true).open(environment(FILE).unwrap()).unwrap();
    rustix::fs::fcntl_lock(&file, rustix::fs::FlockOperation::LockShared).unwrap();
    println!("\nlocked");
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

/// Starts the other program; it has its lock.
fn lock(file: &Path) -> OwnedProcess {
    let mut other = OwnedProcess::spawn(
        Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture", "program_that_locks_a_file"])
            .env(FILE, file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped()),
    )
    .unwrap();
    let mut lines = BufReader::new(other.take_stdout().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line == "locked"));
    other
}

#[test]
fn t35_a_lock_of_another_program_loses_no_word() {
    const FIRST: &str = "She arrived on time.";
    const SECOND: &str = "Mood low, and said so.";
    let clinic = Clinic::open().unwrap();
    clinic.user("rivera", "Rosalind Rivera", &["clinician"]).unwrap();
    let mut laptop = clinic.enrol("rivera", "laptop").unwrap();
    laptop.sync().unwrap();
    let facts = json!({"given_name": "Wren", "family_name": "Alder"});
    let client = laptop.must(&json!({"command": "client_create", "facts": facts})).unwrap();
    let note = laptop
        .must(&json!({"command": "note_create", "client_id": client["id"], "format": "narrative",
                      "sections": {"narrative": FIRST}}))
        .unwrap();
    let show = json!({"command": "note_show", "note_id": note["id"]});
    let says = |shown: &Value| {
        let sections = shown["sections"].as_array().unwrap();
        sections.iter().find(|section| section["key"] == "narrative").unwrap()["text"].clone()
    };
    let both = format!("{FIRST} {SECOND}");
    let typing = json!({"command": "note_typing", "note_id": note["id"],
                        "sections": {"narrative": {"from": FIRST, "to": both}}});
    let sync = json!({"command": "sync"});

    let mut other = lock(&laptop.profile().join("store.db-shm"));
    for command in [&typing, &sync] {
        assert_eq!(laptop.refused(command).unwrap(), "storage", "the control: {command} meets the lock");
    }
    assert_eq!(says(&laptop.must(&show).unwrap()), FIRST, "what was there is shown all the while");
    other.kill_9().unwrap();

    laptop.must(&typing).unwrap();
    laptop.must(&json!({"command": "note_patch", "note_id": note["id"]})).unwrap();
    laptop.sync().unwrap();
    assert_eq!(laptop.must(&json!({"command": "status"})).unwrap()["outbox"], 0);
    let mut desk = clinic.enrol("rivera", "desk").unwrap();
    desk.sync().unwrap();
    for device in [&mut laptop, &mut desk] {
        assert_eq!(says(&device.must(&show).unwrap()), both);
    }
}
