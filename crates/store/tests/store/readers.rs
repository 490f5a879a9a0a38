//! Reads see one state, and never wait for the writer.

use crate::clinic::{Desk, client_id, clinical, laptop, note, note_id, patch};
use crate::server::Server;
use mentalspace_domain::note::Note;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// The plans of both notes of the chart, in one read.
fn plans(notes: &[Note]) -> Vec<&str> {
    notes.iter().map(|note| note.section(&"plan".into())).collect()
}

#[test]
fn nobody_sees_half_a_pull() {
    let mut server = Server::new();
    let both = |server: &mut Server, text: &str| {
        for number in 1..=6 {
            server.put(clinical(1), note(number, 1, &[("plan", text)]));
        }
    };
    both(&mut server, "round 0");
    let desk = Desk::new();
    server.pull(laptop(), &desk.store);
    let done = AtomicBool::new(false);
    let changes = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut last = String::new();
                while !done.load(Ordering::Relaxed) {
                    let notes: Vec<Note> = desk.store.children(client_id(1).uuid()).unwrap();
                    let seen = plans(&notes);
                    assert_eq!(seen.len(), 6);
                    assert!(seen.iter().all(|plan| *plan == seen[0]), "half of a pull was seen: {seen:?}");
                    if last != seen[0] {
                        last = seen[0].to_owned();
                        changes.fetch_add(1, Ordering::Relaxed);
                    }
                    // Overlay and records of one search are of one state too.
                    let hits = desk.store.search("round", 20).unwrap();
                    assert_eq!(hits.len(), 6);
                    assert!(hits.iter().all(|hit| hit.snippet == hits[0].snippet), "{hits:?}");
                }
            });
        }
        for round in 1..=40 {
            both(&mut server, &format!("round {round}"));
            server.pull(laptop(), &desk.store);
        }
        done.store(true, Ordering::Relaxed);
    });
    assert!(changes.load(Ordering::Relaxed) > 4, "the readers must have seen several rounds");
}

#[test]
fn her_own_words_never_flicker_while_they_become_the_servers() {
    let mut server = Server::new();
    server.put(clinical(1), note(1, 1, &[("plan", "")]));
    let desk = Desk::new();
    server.pull(laptop(), &desk.store);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut longest = 0;
            while !done.load(Ordering::Relaxed) {
                let text = desk.section(1, "plan").unwrap();
                assert!(text.len() >= longest, "what had been shown was shown no more: {text:?}");
                longest = text.len();
            }
        });
        let mut text = String::new();
        for round in 0..25 {
            let before = text.clone();
            text.push_str(&format!("Sentence {round}. "));
            desk.submit(patch(round, 1, 1, "plan", &before, &text));
            server.sync(laptop(), &desk.store);
        }
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(desk.store.outbox_len().unwrap(), 0);
}

#[test]
fn a_read_does_not_wait_for_a_write_that_does_not_end() {
    let mut server = Server::new();
    server.put(clinical(1), note(1, 1, &[("plan", "Here.")]));
    let desk = Desk::new();
    server.pull(laptop(), &desk.store);
    let mut raw = desk.raw();
    let endless = raw.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
    endless.execute("UPDATE record SET seq = seq + 1", []).unwrap();
    assert_eq!(desk.section(1, "plan").unwrap(), "Here.");
    assert_eq!(desk.store.search("here", 5).unwrap().len(), 1);
    let held: Vec<Note> = desk.store.children(client_id(1).uuid()).unwrap();
    assert_eq!(held[0].id, note_id(1));
    endless.rollback().unwrap();
}
