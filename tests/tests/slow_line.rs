//! A line so slow that it breaks off before an answer is through: each time it brings whole pages, and in the end
//! everything (T29). And one over which a single long note takes longer to leave than anybody waits in silence (T41).
#![cfg(test)]

use mentalspace_tests::charts::{begin_chart, clinic, long_text};
use mentalspace_tests::faults::line::{Line, Weather};
use serde_json::json;
use std::net::Ipv4Addr;

/// What a line of some 23 kbit/s brings until it breaks off after 20 s.
const UNTIL_IT_BREAKS: u64 = 57_000;
/// With some 2.3 kB each when compressed: four times as much as comes through at once, and fewer than the least that a
/// device asks for.
const NOTES: usize = 90;

#[test]
fn t29_a_line_that_always_breaks_off_brings_everything_in_the_end() {
    let clinic = clinic().unwrap();
    let mut laptop = clinic.enrol("rivera", "laptop").unwrap();
    laptop.sync().unwrap();
    let chart = begin_chart(&mut laptop).unwrap();
    for n in 0..NOTES {
        laptop
            .must(&json!({"command": "note_create", "client_id": chart.client, "format": "narrative",
                          "sections": {"narrative": long_text(&format!("note {n}"), 64)}}))
            .unwrap();
    }
    laptop.sync().unwrap();

    let line = Line::new(Ipv4Addr::LOCALHOST, clinic.port()).unwrap();
    let mut desk = line.enrol(&clinic, "rivera", "desk").unwrap();
    let mut breaks = 0;
    loop {
        let _ = line.turn(Weather::LostAnswer { after: UNTIL_IT_BREAKS });
        let answer = desk.ask(&json!({"command": "sync"})).unwrap();
        let broke = line.turn(Weather::Clear) > 0;
        if !broke {
            assert_eq!(answer["ok"]["complete"], true, "{answer}");
            break;
        }
        breaks += 1;
        assert!(breaks < 20, "it comes to an end: {answer}");
    }
    assert!(breaks >= 3, "the control: it broke off {breaks} times");
    let shown = desk.must(&json!({"command": "chart", "client_id": chart.client})).unwrap();
    assert_eq!(shown["notes"].as_array().unwrap().len(), NOTES);
    let status = desk.must(&json!({"command": "status"})).unwrap();
    assert_eq!(status["buckets_ready"], status["buckets"], "every part is whole: {status}");
}

/// Some 16 kbit/s.
const NARROW: Weather = Weather::NarrowOut { a_second: 2_000 };
/// Some 72 KB when compressed: it leaves in 36 s, while both ends wait 20 and 30 s for anything that says nothing.
const LONG: usize = 2_100;

/// The controls: without what both ends wait for a body of its size, the first sync ends with nothing sent.
#[test]
fn t41_one_long_note_leaves_over_a_line_of_16_kbit() {
    let clinic = clinic().unwrap();
    let line = Line::new(Ipv4Addr::LOCALHOST, clinic.port()).unwrap();
    let mut laptop = line.enrol(&clinic, "rivera", "laptop").unwrap();
    laptop.sync().unwrap();
    let chart = begin_chart(&mut laptop).unwrap();
    laptop.sync().unwrap();
    laptop
        .must(&json!({"command": "note_create", "client_id": chart.client, "format": "narrative",
                      "sections": {"narrative": long_text("a report that came as a letter", LONG)}}))
        .unwrap();
    let _ = line.turn(NARROW);
    let answer = laptop.ask(&json!({"command": "sync"})).unwrap();
    assert!(line.turn(Weather::Clear) > 0, "the line was narrow");
    assert_eq!(answer["ok"]["complete"], true, "{answer}");
    let status = laptop.must(&json!({"command": "status"})).unwrap();
    assert_eq!(status["outbox"], 0, "{status}");
}
