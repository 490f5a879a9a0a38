//! The model of the sync protocol, run over seeds: right, it holds every invariant; with any of its mistakes switched on,
//! the invariant that the mistake breaks finds it.
#![cfg(test)]

use std::collections::BTreeMap;

use mentalspace_model::bug::Bug;
use mentalspace_model::invariants::Broken;
use mentalspace_model::machine::{RightModel, Transition, course, run, shortened, two_restores};
use mentalspace_model::world::Counts;
use mentalspace_testkit::proof::ProofSlice;
use proptest_state_machine::prop_state_machine;

/// Courses that each run of the tests goes through.
const SEEDS: u64 = 3_000;
/// Within so many courses every mistake must be found.
const FOUND_WITHIN: u64 = 3_000;

/// What must have happened in [`SEEDS`] courses: a model in which little happens is safe and useless.
const REACHED: [(&str, u64); 31] = [
    ("transitions", 150_000),
    ("commands", 25_000),
    ("commands confirmed", 25_000),
    ("commands that build on another", 2_000),
    ("batches offered ahead", 5_000),
    ("applied", 15_000),
    ("merged", 500),
    ("converted", 3_000),
    ("parked", 700),
    ("quarantined", 1_000),
    ("rejected", 1_000),
    ("noop", 20),
    ("requests dropped", 2_000),
    ("answers dropped", 4_000),
    ("requests doubled", 2_000),
    ("requests left on the way", 5_000),
    ("stragglers", 500),
    ("answers cut", 4_000),
    ("kills while an answer is taken in", 2_000),
    ("pages left for later", 5_000),
    ("resets", 100),
    ("sweeps ended", 3_000),
    ("tombstones pruned", 1_000),
    ("buckets erased", 2_000),
    ("devices erased", 700),
    ("restores", 1_500),
    ("words set back by restores", 2_000),
    ("epochs taken in", 3_000),
    ("images put back", 1_500),
    ("forks noticed by a push", 200),
    ("forks noticed by a pull", 200),
];

fn went_wrong(seed: u64, transitions: Vec<Transition>, broken: Broken) -> ! {
    let (shortest, broken) = shortened(Bug::None, transitions, broken);
    panic!("seed {seed}: {broken}\nafter {shortest:#?}")
}

fn go_through(seeds: impl Iterator<Item = u64>) -> Counts {
    let mut counts = Counts::default();
    for seed in seeds {
        let transitions = course(seed).unwrap();
        match run(Bug::None, &transitions) {
            Ok(more) => counts.take(&more),
            Err(broken) => went_wrong(seed, transitions, broken),
        }
    }
    counts
}

#[test]
fn the_protocol_holds_its_invariants() {
    let counts = go_through(0..SEEDS);
    for (what, number) in counts.each() {
        println!("{what}: {number}");
    }
    for (what, least) in REACHED {
        assert!(counts.of(what) >= least, "{what}: {} of at least {least}", counts.of(what));
    }
}

#[test]
fn a_seed_gives_the_same_course_again() {
    let (first, again) = (course(7).unwrap(), course(7).unwrap());
    assert_eq!(first, again);
    assert_eq!(run(Bug::None, &first), run(Bug::None, &again));
    assert_ne!(first, course(8).unwrap());
}

#[test]
fn a_later_backup_restored_after_an_earlier_one_loses_nothing() {
    run(Bug::None, &two_restores()).unwrap();
}

#[test]
fn every_mistake_is_found_by_the_invariant_that_it_breaks() {
    assert!(Bug::ALL.len() >= 15);
    let by_hand = std::iter::once(two_restores());
    let courses: Vec<Vec<Transition>> =
        (0..FOUND_WITHIN).map(|seed| course(seed).unwrap()).chain(by_hand).collect();
    for bug in Bug::ALL {
        let mut others = BTreeMap::new();
        let found = courses.iter().enumerate().find_map(|(place, course)| {
            let broken = run(*bug, course).err()?;
            if Some(broken.invariant) == bug.caught_by() {
                return Some((place, broken));
            }
            *others.entry(broken.invariant).or_insert(0) += 1;
            None
        });
        let Some((place, broken)) = found else { panic!("{bug:?} was not found; others found {others:?}") };
        println!("{bug:?}: {broken:.100} (course {place}, before it {others:?})");
    }
}

prop_state_machine! {
    #![proptest_config(proptest::test_runner::Config { cases: 64, failure_persistence: None, ..Default::default() })]

    /// The same over seeds of chance, with proptest's own way of shortening.
    #[test]
    fn the_protocol_holds_by_chance(sequential 20..120 => RightModel);
}

#[test]
#[ignore = "long: run by `cargo xtask prove`"]
fn proof_protocol_model() {
    let mut slice = ProofSlice::from_surroundings(5_000).unwrap();
    let counts = go_through(slice.seeds().map(|seed| SEEDS + seed));
    for (what, number) in counts.each() {
        slice.add(what, number);
    }
    slice.finish().unwrap();
}
