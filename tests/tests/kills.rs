//! kill -9 at any moment: whatever was answered as saved is there when the device opens again. The ledger of answers is
//! kept here, outside the product.
#![cfg(test)]

use mentalspace_testkit::clinic::{Clinic, Device};
use mentalspace_testkit::proof::ProofSlice;
use serde_json::{Value, json};
use std::time::Duration;

fn id(answer: &Value) -> String {
    answer["id"].as_str().unwrap().to_owned()
}

/// A stream of numbers from a seed (`SplitMix64`), to choose moments with.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % below
    }
}

/// Writes until a random answer, sends one more without waiting, and kills. Gives what was acknowledged last and what
/// may also stand there (the one in flight).
fn write_and_die(device: Device, note: &str, dice: &mut Dice, round: u64) -> (String, String) {
    let mut device = device;
    let mut text = format!("Round {round}.");
    let writes = 1 + dice.roll(12);
    let command = |text: &str| {
        let call = if text.len().is_multiple_of(3) { "note_patch" } else { "note_typing" };
        json!({"command": call, "note_id": note, "sections": {"narrative": text}})
    };
    let mut acknowledged = String::new();
    for number in 0..writes {
        text.push_str(&format!(" Sentence {number} of round {round}."));
        device.must(&command(&text)).unwrap();
        acknowledged.clone_from(&text);
    }
    text.push_str(" In flight.");
    device.program().send(&command(&text)).unwrap();
    if dice.roll(2) == 0 {
        // Somewhere within the last write, not always before it.
        let _ = device.program().answer(Duration::from_micros(dice.roll(4_000)));
    }
    device.kill_9().unwrap();
    (acknowledged, text)
}

fn rounds(seeds: impl Iterator<Item = u64>, mut each: impl FnMut(bool)) {
    let clinic = Clinic::open().unwrap();
    clinic.user("rivera", "Rosalind Rivera", &["clinician"]).unwrap();
    let mut device = clinic.enrol("rivera", "laptop").unwrap();
    device.sync().unwrap();
    let client = id(&device
        .must(&json!({"command": "client_create", "facts": {"given_name": "Wren", "family_name": "Alder"}}))
        .unwrap());
    let note = id(&device
        .must(&json!({"command": "note_create", "client_id": client, "format": "narrative"}))
        .unwrap());
    for seed in seeds {
        let (acknowledged, in_flight) = write_and_die(device, &note, &mut Dice(seed), seed);
        device = clinic.device("laptop").unwrap();
        device.unlock().unwrap();
        let shown = device.must(&json!({"command": "note_show", "note_id": note})).unwrap();
        let stands = shown["sections"]
            .as_array()
            .unwrap()
            .iter()
            .find(|view| view["key"] == "narrative")
            .map_or_else(String::new, |view| view["text"].as_str().unwrap().to_owned());
        assert!(
            stands == acknowledged || stands == in_flight,
            "seed {seed}: acknowledged {acknowledged:?}, found {stands:?}"
        );
        each(stands == in_flight);
    }
    // What survived the kills also reaches the server, once.
    device.sync().unwrap();
    assert_eq!(device.must(&json!({"command": "status"})).unwrap()["outbox"], 0);
}

#[test]
fn nothing_acknowledged_is_missing_after_kills() {
    let mut count = 0;
    rounds(0..6, |_| count += 1);
    assert_eq!(count, 6);
}

#[test]
#[ignore = "long: run by `cargo xtask prove`"]
fn proof_kills_lose_nothing_acknowledged() {
    let mut slice = ProofSlice::from_surroundings(10).unwrap();
    let seeds = slice.seeds();
    let mut landed = 0;
    let mut kills = 0;
    rounds(seeds, |in_flight| {
        kills += 1;
        landed += u64::from(in_flight);
    });
    slice.add("kills", kills);
    slice.add("in_flight_landed", landed);
    slice.finish().unwrap();
}

#[test]
fn the_ledger_would_notice_a_lost_write() {
    // The comparison itself must be able to fail: an older text than the acknowledged one is not accepted.
    let (acknowledged, in_flight, older) =
        ("Round 1. Sentence 0.", "Round 1. Sentence 0. In flight.", "Round 1.");
    assert!(!(older == acknowledged || older == in_flight));
}
