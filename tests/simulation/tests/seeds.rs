//! The simulation itself: it is the same twice, and it notices what it is there to notice.
#![cfg(test)]

use mentalspace_simulation::run::{Run, Scope, Sums, die_everywhere, explore, run};
use mentalspace_simulation::small;
use mentalspace_simulation::story::{Control, Telling};
use mentalspace_testkit::proof::ProofSlice;

fn told(seeds: u64, from: u64, control: Control) -> Sums {
    let telling = Telling { control, ..Telling::default() };
    run(&Run { from, seeds, threads: 1, compare_every: 2, telling, speak: false }, &|said| println!("{said}"))
        .unwrap()
}

#[test]
fn a_seed_is_the_same_story_twice_and_nothing_in_it_is_lost() {
    let sums = told(2, 7, Control::None);
    assert_eq!(sums.failures, Vec::new());
    assert_eq!(sums.compared, 1, "a seed was told twice, and its traces were alike");
    assert!(sums.checked > 500, "only {} checks were made", sums.checked);
}

/// Whether some failure among the seeds begins with one of these.
fn notices(sums: &Sums, what: &[&str]) -> bool {
    sums.failures.iter().any(|(_, failure)| what.iter().any(|begins| failure.starts_with(begins)))
}

#[test]
fn a_record_that_vanishes_from_the_server_is_noticed() {
    assert!(notices(&told(1, 3, Control::RecordForgotten), &["I3 LOST", "I5", "I7"]));
}

#[test]
fn a_signed_version_that_says_something_else_is_noticed() {
    assert!(notices(&told(4, 20, Control::SignedChanged), &["I8: the signed version"]));
}

#[test]
fn a_sentence_that_nobody_wrote_is_noticed() {
    assert!(notices(&told(1, 3, Control::SentenceInvented), &["INVENTED"]));
}

#[test]
fn access_that_ends_without_the_laptop_hearing_of_it_is_noticed() {
    assert!(notices(&told(4, 20, Control::RevocationsHidden), &["I6"]));
}

/// A server that never comes to an end is asked the same three times at most in one sync, and left alone until the next;
/// the story goes on, and ends well when the server does again.
#[test]
fn t18_the_same_request_is_sent_three_times_at_most() {
    let sums = told(1, 3, Control::MoreForEver);
    assert_eq!(sums.failures, Vec::new());
    assert!(sums.reached["sync_failed"] > sums.reached.get("sync_done").copied().unwrap_or_default());
}

/// A server that knows none of a device's commands, as one of an older release would, keeps it from fetching nothing; and
/// when it knows them, nothing is missing.
#[test]
fn t09_a_push_that_is_not_understood_stops_no_pull() {
    let sums = told(1, 3, Control::PushesRefused);
    assert_eq!(sums.failures, Vec::new());
    assert!(sums.reached["network_pull_after_refused_push"] > 20, "{:?}", sums.reached);
}

/// A sync in which both have written: the laptop that has to push, fetch and combine dies before each of its statements.
#[test]
fn t26_a_death_before_any_statement_of_a_sync_loses_nothing() {
    use small::Step::{Begins, Syncs, Writes};
    let script = [Writes(0), Begins(1), Syncs(0), Syncs(1), Syncs(0)];
    let (explored, before) = die_everywhere(&script, 1).unwrap();
    assert_eq!(explored.failures, Vec::<String>::new());
    assert_eq!(explored.schedules, explored.deaths() + 1, "the last schedule is the whole sync");
    // The control: rows, cursors and what is unsent were all about to be written at some death.
    for statement in ["INSERT INTO record", "UPDATE bucket SET cursor", "DELETE FROM outbox", "COMMIT"] {
        assert!(before.iter().any(|begins| begins.starts_with(statement)), "{statement}: {before:?}");
    }
}

#[test]
fn a_restore_that_keeps_the_epoch_is_noticed() {
    assert!(notices(&told(6, 40, Control::EpochKept), &["I3 LOST", "I5", "I7", "I8", "I12", "laptop"]));
}

#[test]
#[ignore = "long: run by `cargo xtask prove`"]
fn proof_simulation_loses_and_invents_nothing() {
    let mut slice = ProofSlice::from_surroundings(500).unwrap();
    let seeds: Vec<u64> = slice.seeds().collect();
    let run_of = Run {
        from: seeds[0],
        seeds: seeds.len() as u64,
        threads: std::thread::available_parallelism().map_or(2, std::num::NonZero::get),
        compare_every: 50,
        telling: Telling::default(),
        speak: false,
    };
    let sums = run(&run_of, &|said| println!("{said}")).unwrap();
    assert_eq!(sums.failures, Vec::new());
    assert_eq!(sums.too_seldom(), Vec::<String>::new());
    slice.add("operations", sums.operations);
    slice.add("invariants_checked", sums.checked);
    sums.reached.iter().for_each(|(what, times)| slice.add(what, *times));
    slice.finish().unwrap();
}

#[test]
#[ignore = "long: run by `cargo xtask prove`"]
fn proof_small_scope_has_no_schedule_that_loses_anything() {
    let mut slice = ProofSlice::from_surroundings(100).unwrap();
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let seeds: Vec<u64> = slice.seeds().collect();
    // Each case is one script with all its mishaps; past the last one it begins again.
    let first = usize::try_from(seeds[0]).unwrap() % small::scripts().len();
    let scope = Scope { first, stride: 1, most: seeds.len() };
    let explored = explore(scope, threads, &|said| println!("{said}")).unwrap();
    assert_eq!(explored.failures, Vec::<String>::new());
    slice.add("schedules", explored.schedules);
    slice.add("scripts", explored.scripts);
    slice.add("invariants_checked", explored.checked);
    slice.finish().unwrap();
}
