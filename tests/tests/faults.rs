//! Real processes under faults: the short numbers, the long proofs, and the controls that show that a loss would be noticed.
//! See `docs/decisions/0048-faults.md`.
#![cfg(test)]

use mentalspace_testkit::proof::ProofSlice;
use mentalspace_tests::faults::desk::Desk;
use mentalspace_tests::faults::tally::{Tally, Wrong};
use mentalspace_tests::faults::{Kind, cut, kill};

fn short(kind: Kind) {
    let mut tally = Tally::default();
    let ran = kind.run(0, kind.usual(), &mut tally);
    println!("{}", tally.in_json(0.0));
    ran.unwrap();
    tally.judge(&kind.least(kind.usual())).unwrap();
}

fn proof(kind: Kind) {
    let mut slice = ProofSlice::from_surroundings(kind.usual()).unwrap();
    let seeds: Vec<u64> = slice.seeds().collect();
    let (first, count) = (seeds[0], seeds.len() as u64);
    let mut tally = Tally::default();
    let ran = kind.run(first, count, &mut tally);
    println!("{}", tally.in_json(0.0));
    ran.unwrap();
    tally.judge(&kind.least(count)).unwrap();
    for (what, times) in tally.reached() {
        slice.add(what, *times);
    }
    for (name, wrong) in [("lost", Wrong::Lost), ("doubled", Wrong::Doubled), ("corrupt", Wrong::Corrupt)] {
        slice.add(name, tally.count(wrong));
    }
    slice.finish().unwrap();
}

macro_rules! kinds {
    ($($kind:ident: $short:ident, $proof:ident;)+) => {$(
        #[test]
        fn $short() {
            short(Kind::$kind);
        }

        #[test]
        #[ignore = "long: run by `cargo xtask prove`"]
        fn $proof() {
            proof(Kind::$kind);
        }
    )+};
}

kinds! {
    Kill: faults_kill_loses_nothing_acknowledged, proof_faults_kill;
    Power: faults_power_cuts_lose_nothing_acknowledged, proof_faults_power;
    Disk: faults_disk_refuses_visibly_and_recovers, proof_faults_disk;
    Flips: faults_flips_are_never_served, proof_faults_flips;
    Net: faults_net_heals_without_a_restart, proof_faults_net;
    Server: faults_server_does_everything_once, proof_faults_server;
    Clock: faults_clock_changes_no_word_and_no_lease, proof_faults_clock;
}

#[test]
fn faults_power_without_sync_loses_words_as_the_control() {
    let lost = cut::lost_without_sync(&mut Desk::open().unwrap(), 3).unwrap();
    assert!(
        lost >= 10,
        "synchronous=NORMAL must lose what was typed in each of 3 cuts, and lost {lost} sentences"
    );
}

#[test]
fn faults_ledger_notices_files_that_go_back_as_the_control() {
    let lost = kill::lost_by_going_back(&mut Desk::open().unwrap()).unwrap();
    assert_eq!(lost, 2, "a sentence and a client");
}
