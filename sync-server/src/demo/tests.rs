//! Two generations are compared, a third is taken apart. Each test builds its own practice, since
//! the test runner gives every test a process of its own.

mod honesty;
mod schedule;
mod text;

use chrono::NaiveDate;

use super::random::{Dice, fingerprint};
use super::{DemoPractice, generate};

const SEED: u64 = 7;

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn practice() -> DemoPractice {
    generate(SEED, day(2025, 6, 11))
}

fn hash(practice: &DemoPractice) -> u64 {
    fingerprint(&format!("{practice:?}"))
}

#[test]
fn the_same_seed_and_day_give_the_same_practice() {
    let first = practice();
    assert_eq!(hash(&first), hash(&practice()), "a demonstration must be repeatable to the letter");
    let other = generate(SEED + 1, day(2026, 1, 2));
    assert_ne!(other.clients, first.clients, "a seed that changes nothing would not be in use");
    sizes_hold(&other);
}

/// Reference values of the published algorithm, so that the stream can never drift unnoticed.
#[test]
fn the_generator_is_splitmix64() {
    let mut dice = Dice::new(1_234_567);
    let drawn: Vec<u64> = (0..3).map(|_| dice.next()).collect();
    assert_eq!(drawn, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
}

/// The streams of two clients must not be one stream shifted by a few places.
#[test]
fn streams_share_no_numbers() {
    let drawn = |number| {
        let mut dice = Dice::stream(SEED, "client", number);
        (0..500).map(|_| dice.next()).collect::<std::collections::BTreeSet<u64>>()
    };
    for number in 1..40 {
        assert!(drawn(0).is_disjoint(&drawn(number)), "stream {number} repeats stream 0");
    }
}

fn sizes_hold(practice: &DemoPractice) {
    assert_eq!(practice.users.len(), 9);
    assert_eq!(practice.clients.len(), 120);
    let past = practice.appointments.iter().filter(|visit| visit.date < practice.as_of).count();
    assert!((2_700..=3_500).contains(&past), "about 3,000 past visits, not {past}");
    let notes = practice.notes.len();
    assert!((2_700..=3_400).contains(&notes), "about 3,000 notes, not {notes}");
}
