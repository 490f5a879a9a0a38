//! A caseload of a hundred thousand rows comes down: memory stays bounded, and whoever reads meanwhile does not wait for it
//! (T16, T17).
#![cfg(test)]

use mentalspace_app::api::call;
use mentalspace_app::{Desktop, DesktopConfig};
use mentalspace_protocol::limits::MAX_PULL_ROWS;
use mentalspace_testkit::clinic::PASSWORD;
use mentalspace_testkit::proof::ProofSlice;
use mentalspace_tests::charts::{THERAPIST, clinic};
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};

const CHARTS: usize = 100;
const NOTES: usize = 1_000;
/// The most memory, of which 128 MiB are what stretching the password takes.
const MOST_MIB: u64 = 384;
/// Pages that so many rows come in at least ([`MAX_PULL_ROWS`]): a list that waited for one of them would take this part of the
/// whole.
const PAGES: u32 = (CHARTS * NOTES) as u32 / MAX_PULL_ROWS;

/// The most memory that this process has had, MiB.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "long: run by `cargo xtask prove`"]
async fn proof_a_hundred_thousand_rows_come_down() {
    let mut slice = ProofSlice::from_surroundings(1).unwrap();
    let clinic = clinic().unwrap();
    let mut laptop = clinic.enrol(THERAPIST, "laptop").unwrap();
    laptop.sync().unwrap();
    for chart in 0..CHARTS {
        let facts = json!({"given_name": "Measured", "family_name": format!("Chart {chart}")});
        let client = laptop.must(&json!({"command": "client_create", "facts": facts})).unwrap();
        for note in 0..NOTES {
            let words = format!("Session {note}. Slept poorly, ate little, walked by the river twice.");
            let begin = json!({"command": "note_create", "client_id": client["id"], "format": "narrative",
                               "fields": {"service_date": "2026-11-20"}, "sections": {"narrative": words}});
            laptop.must(&begin).unwrap();
        }
        laptop.sync().unwrap();
    }

    let home = tempfile::tempdir().unwrap();
    let config = DesktopConfig::from_directories(home.path().join("profile"), home.path().join("secrets"));
    let desk = Arc::new(Desktop::new(config).unwrap());
    let enrolment = json!({"code": clinic.code(THERAPIST).unwrap(), "password": PASSWORD, "device_name": "desk",
                           "secret_place": "file"});
    call(&desk, "enrol", enrolment).await.unwrap();
    let begun = Instant::now();
    let syncing = tokio::spawn({
        let desk = Arc::clone(&desk);
        async move { call(&desk, "sync", json!({})).await }
    });
    let (mut reads, mut slowest) = (0_u64, Duration::ZERO);
    let mut again = tokio::time::interval(Duration::from_millis(50));
    while !syncing.is_finished() {
        again.tick().await;
        let asked = Instant::now();
        call(&desk, "clients", json!({})).await.unwrap();
        slowest = slowest.max(asked.elapsed());
        reads += 1;
    }
    let (report, whole) = (syncing.await.unwrap().unwrap(), begun.elapsed());
    let rows = report["rows"].as_u64().unwrap();
    let peak = peak_mib();
    println!("{rows} rows, {peak} MiB, {reads} reads, the slowest {slowest:?}");
    assert!(rows >= (CHARTS * NOTES) as u64 && report["complete"] == true, "{report}");
    assert!(peak <= MOST_MIB, "{peak} MiB");
    assert!(reads > 20 && slowest * PAGES < whole, "{reads} reads in {whole:?}, the slowest {slowest:?}");
    slice.add("rows", rows);
    slice.add("reads_meanwhile", reads);
    slice.add("peak_mib", peak);
    slice.add("slowest_read_ms", u64::try_from(slowest.as_millis()).unwrap());
    slice.add("sync_ms", u64::try_from(whole.as_millis()).unwrap());
    slice.finish().unwrap();
}
