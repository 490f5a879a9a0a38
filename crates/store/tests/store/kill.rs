//! `kill -9` at any moment: what was acknowledged is there.
//!
//! The child writes notes as fast as it can and prints each acknowledgement; the parent keeps the ledger of what it
//! has read, outside of the child and its store, kills the child, opens the store and compares.

use crate::clinic::{clinical, identity, key, laptop, later, note, note_id, now, patch};
use crate::server::Server;
use mentalspace_crypto::randomness::{Randomness as _, SeededRandomness};
use mentalspace_domain::note::Note;
use mentalspace_store::{Store, Writing};
use mentalspace_testkit::process::{OwnedProcess, environment};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

const STORE: &str = "MENTALSPACE_TEST_KILLED_STORE";
const NOTES: u128 = 8;

/// Not a test of its own: what the test below runs and kills.
#[test]
fn child_that_writes_until_it_is_killed() {
    let Some(path) = environment(STORE) else { return };
    let durable = environment("MENTALSPACE_TEST_FORGETS").is_none();
    let store = Store::open(Path::new(&path), &key()).unwrap();
    let mut texts: Vec<String> = (1..=NOTES)
        .map(|i| store.get::<Note>(note_id(i).uuid()).unwrap().unwrap().section(&"plan".into()).to_owned())
        .collect();
    let mut out = std::io::stdout().lock();
    let begun = u128::from(store.outbox_len().unwrap()) * 1_000;
    for i in 0_u128.. {
        let number = 1 + i % NOTES;
        let text = &mut texts[usize::try_from(number - 1).unwrap()];
        let before = text.clone();
        text.push_str(&format!("s{}. ", begun + i));
        let writing = if i % 5 == 0 { Writing::Complete } else { Writing::StillTyping };
        if durable {
            let at = later(i64::try_from(i).unwrap());
            store.submit(patch(begun + i, number, 1, "plan", &before, text), writing, at).unwrap();
        }
        // Acknowledged: from here on it must survive anything.
        writeln!(out, "{number} {text}").unwrap();
        out.flush().unwrap();
    }
}

/// Runs the child until about `acknowledgements` of them were read, kills it, and gives the ledger: of each note the
/// last text that was acknowledged.
fn run_and_kill(path: &Path, acknowledgements: usize, forgets: bool) -> Vec<String> {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "kill::child_that_writes_until_it_is_killed", "--nocapture"]);
    command.env(STORE, path).stdout(Stdio::piped()).stderr(Stdio::null());
    if forgets {
        command.env("MENTALSPACE_TEST_FORGETS", "1");
    }
    let mut child = OwnedProcess::spawn(&mut command).unwrap();
    let mut ledger = vec![String::new(); usize::try_from(NOTES).unwrap()];
    let lines = BufReader::new(child.take_stdout().unwrap()).lines();
    let mut read = 0;
    for line in lines.map_while(Result::ok) {
        let Some((number, text)) = line.split_once(' ') else { continue };
        let Ok(number) = number.parse::<usize>() else { continue };
        text.clone_into(&mut ledger[number - 1]);
        read += 1;
        if read == acknowledgements {
            // What it prints until it is dead is read as well: it was acknowledged.
            child.kill_9().unwrap();
        }
    }
    assert!(read >= acknowledgements, "the child ended by itself after {read}");
    ledger
}

fn prepared() -> (tempfile::TempDir, std::path::PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.db");
    let store = Store::create(&path, &key(), &identity(laptop())).unwrap();
    let mut server = Server::new();
    for i in 1..=NOTES {
        server.put(clinical(1), note(i, 1, &[]));
    }
    server.pull(laptop(), &store);
    (dir, path)
}

/// Notes whose acknowledged text is not what the store holds, or the beginning of it.
fn missing(path: &Path, ledger: &[String]) -> usize {
    let store = Store::open(path, &key()).unwrap();
    let held = |i: usize| {
        let note: Note = store.get(note_id(i as u128 + 1).uuid()).unwrap().unwrap();
        note.section(&"plan".into()).to_owned()
    };
    ledger.iter().enumerate().filter(|(i, text)| !held(*i).starts_with(text.trim_end())).count()
}

#[test]
fn everything_acknowledged_is_there_after_a_kill() {
    let (_dir, path) = prepared();
    let randomness = SeededRandomness::new(21);
    for round in 0..12 {
        let mut random = [0; 1];
        randomness.fill(&mut random).unwrap();
        let ledger = run_and_kill(&path, 3 + usize::from(random[0] % 60), false);
        assert_eq!(missing(&path, &ledger), 0, "round {round}");
        // Whatever was open is complete, numbers have no gap, and the file is whole to its last page.
        let store = Store::open(&path, &key()).unwrap();
        let numbers: Vec<i64> = store.pending().unwrap().iter().map(|pending| pending.seq).collect();
        assert_eq!(numbers, (1..=numbers.len() as i64).collect::<Vec<_>>());
        drop(store);
        let raw = crate::clinic::raw(&path);
        assert!(!raw.prepare("PRAGMA cipher_integrity_check").unwrap().exists([]).unwrap());
        let tree: String = raw.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(tree, "ok");
    }
}

#[test]
fn a_store_that_acknowledges_without_writing_is_caught() {
    // The control: the same child, printing acknowledgements of what it never submitted.
    let (_dir, path) = prepared();
    let ledger = run_and_kill(&path, 20, true);
    assert!(missing(&path, &ledger) > 0);
}

#[test]
fn a_kill_between_the_pages_of_a_pull_leaves_whole_pages() {
    // Every answer is one transaction: an opening after a kill is the same as one between two answers.
    let (_dir, path) = prepared();
    let store = Store::open(&path, &key()).unwrap();
    let mut server = Server::new();
    for i in 1..=NOTES {
        server.put(clinical(1), note(i, 1, &[]));
    }
    for i in 100..130 {
        server.put(clinical(1), note(i, 1, &[("plan", "More.")]));
    }
    let answer = server.answer(laptop(), &store, 10);
    store.apply(&answer, now()).unwrap();
    // The copy is what a kill leaves: file and log as they are at this moment.
    let left = tempfile::tempdir().unwrap();
    crate::files::copy(path.parent().unwrap(), left.path());
    let store = Store::open(&left.path().join("store.db"), &key()).unwrap();
    let cursor = answer.pages[0].to;
    assert!(store.held().unwrap().iter().any(|held| held.cursor == cursor && held.status == "loading"));
    server.pull(laptop(), &store);
    assert_eq!(store.all::<Note>().unwrap().len(), 38);
    assert!(store.held().unwrap().iter().all(|held| held.status == "ready"));
}
