//! Two devices, up to six operations, one fault at every place: a fixed part of the schedules in every run of the tests,
//! all of them in the proof.
#![cfg(test)]

use mentalspace_model::bug::Bug;
use mentalspace_model::small_scope::{Schedule, run, schedules};
use mentalspace_model::world::Counts;
use mentalspace_testkit::proof::ProofSlice;

/// Schedules that every run of the tests goes through, spread evenly over all.
const EVERY_RUN: usize = 2_000;
/// Into so many parts the proof divides them: as many slices go through all.
const PARTS: usize = 32;
/// All schedules, at least.
const ALL: usize = 1_500_000;

fn go_through(schedules: impl Iterator<Item = Schedule>) -> (usize, Counts) {
    let (mut number, mut counts) = (0, Counts::default());
    for schedule in schedules {
        match run(Bug::None, &schedule) {
            Ok(more) => counts.take(&more),
            Err(broken) => panic!("{broken}\nafter {schedule:#?}"),
        }
        number += 1;
    }
    (number, counts)
}

fn spread() -> impl Iterator<Item = Schedule> {
    let all = schedules().count();
    assert!(all >= ALL, "{all} schedules");
    println!("{all} schedules, every {}th is gone through", all / EVERY_RUN);
    schedules().step_by(all / EVERY_RUN)
}

#[test]
fn two_devices_come_to_the_same_whatever_goes_wrong_once() {
    let (number, counts) = go_through(spread());
    assert!(number >= EVERY_RUN, "{number} schedules");
    println!("{number} schedules");
    for (what, number) in counts.each() {
        println!("{what}: {number}");
    }
    for what in
        ["restores", "images put back", "buckets erased", "quarantined", "parked", "merged", "stragglers"]
    {
        assert!(counts.of(what) > 0, "{what} never happened");
    }
}

#[test]
fn the_order_of_schedules_is_always_the_same() {
    let some = || schedules().step_by(9_973).take(40).collect::<Vec<_>>();
    assert_eq!(some(), some());
}

#[test]
fn a_mistake_is_found_in_small_scope_too() {
    let some: Vec<Schedule> = spread().collect();
    for bug in [Bug::NoArchive, Bug::NoIdempotency, Bug::AcknowledgedByPush, Bug::CursorToHead, Bug::NoPurge]
    {
        assert!(some.iter().any(|schedule| run(bug, schedule).is_err()), "{bug:?} was not found");
    }
}

#[test]
#[ignore = "long: run by `cargo xtask prove`"]
fn proof_small_scope() {
    let mut slice = ProofSlice::from_surroundings(1).unwrap();
    for seed in slice.seeds() {
        let part = usize::try_from(seed % PARTS as u64).unwrap();
        let (number, counts) = go_through(schedules().skip(part).step_by(PARTS));
        slice.add("schedules", number as u64);
        for (what, number) in counts.each() {
            slice.add(what, number);
        }
    }
    assert!(slice.met("schedules") >= (ALL / PARTS) as u64);
    slice.finish().unwrap();
}
