//! Finding words: in what the server has and in what was typed a moment ago, by the same rules.

use crate::clinic::{Desk, clinical, laptop, note, note_id, patch};
use crate::pull::index_integrity;
use crate::server::Server;
use mentalspace_domain::record::Record;

fn desk(texts: &[&str]) -> (Server, Desk) {
    let mut server = Server::new();
    for (i, text) in (1..).zip(texts) {
        server.put(clinical(1), note(i, 1, &[("subjective", text)]));
    }
    let desk = Desk::new();
    server.pull(laptop(), &desk.store);
    (server, desk)
}

fn found(desk: &Desk, query: &str) -> Vec<mentalspace_domain::ids::NoteId> {
    let hits = desk.store.search(query, 50).unwrap();
    hits.into_iter()
        .map(|hit| match hit.record {
            Record::Note(note) => note.id,
            other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn the_same_words_find_the_same_note_before_and_after_the_server_has_it() {
    let text = "Señora Muñoz spoke of her café in Zürich; PHQ-9 was 14. She said: \"I'm well\".";
    let queries = [
        ("cafe", true),
        ("CAFÉ", true),
        ("cafe\u{301}", true),
        ("munoz senora", true),
        ("zuri", true),
        ("zur cafe", false),
        ("phq 9", true),
        ("phq-9 14", true),
        ("\"I'm", true),
        ("well) OR (", false),
        ("spoke NOT cafe", false),
        ("caf", true),
        ("afé", false),
        ("", false),
        ("-", false),
    ];
    let (mut server, desk) = desk(&["Nothing of it.", ""]);
    desk.submit(patch(1, 2, 1, "subjective", "", text));
    for place in ["pending", "indexed"] {
        for (query, finds) in queries {
            let expected: &[_] = if finds { &[note_id(2)] } else { &[] };
            assert_eq!(found(&desk, query), expected, "{query:?}, {place}");
        }
        server.sync(laptop(), &desk.store);
        assert_eq!(desk.count("SELECT count(*) FROM overlay"), 0);
    }
}

#[test]
fn what_is_pending_replaces_what_the_server_has() {
    let (mut server, desk) = desk(&["The old word.", "The old word too."]);
    desk.submit(patch(1, 1, 1, "subjective", "The old word.", "The new word."));
    assert_eq!(found(&desk, "old"), [note_id(2)]);
    assert_eq!(found(&desk, "new"), [note_id(1)]);
    assert_eq!(found(&desk, "word"), [note_id(1), note_id(2)], "each note once");
    server.sync(laptop(), &desk.store);
    assert_eq!((found(&desk, "old"), found(&desk, "new")), (vec![note_id(2)], vec![note_id(1)]));
    assert_eq!(index_integrity(&desk), Ok(()));
}

#[test]
fn the_limit_counts_notes_that_are_shown() {
    let texts = ["alpha"; 30];
    let (_, desk) = desk(&texts);
    for number in 1..=25 {
        desk.submit(patch(number, number, 1, "subjective", "alpha", "beta"));
    }
    assert_eq!(desk.store.search("alpha", 5).unwrap().len(), 5, "overlaid hits do not use the limit up");
    assert_eq!(desk.store.search("beta", 7).unwrap().len(), 7);
    assert_eq!(desk.store.search("alpha", 50).unwrap().len(), 5);
}

#[test]
fn the_passage_shown_is_around_the_word() {
    let long = format!("{} İstanbul {}", "früh ".repeat(100), "spät ".repeat(100));
    let (_, desk) = desk(&[&long]);
    let hit = &desk.store.search("spat", 1).unwrap()[0];
    assert!(hit.snippet.contains("İstanbul spät"), "{}", hit.snippet);
    assert!(hit.snippet.starts_with('…') && hit.snippet.ends_with('…'));
    assert!(hit.snippet.chars().count() <= 162);
}
