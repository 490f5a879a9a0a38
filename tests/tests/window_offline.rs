//! A day without a network, from a cold start: unlock, write, sign. The network only brings the receipt.
#![cfg(test)]

use mentalspace_tests::charts::{CLIENT, THERAPIST, begin_complete_note, clinic};
use mentalspace_tests::laptop::Laptop;
use mentalspace_tests::notes::section_of;
use serde_json::json;
use std::time::{Duration, Instant};

#[test]
fn window_starts_cold_without_a_network_and_writes_and_signs() {
    let clinic = clinic().unwrap();
    let laptop = Laptop::enrolled(&clinic, THERAPIST, "laptop").unwrap();
    let note = laptop.without_window(&clinic, begin_complete_note).unwrap();
    laptop.network.cut();
    let started = Instant::now();
    let window = laptop.window().unwrap();
    window.sees("This device is locked").unwrap();
    window.unlock().unwrap();
    window.sees(CLIENT).unwrap();
    let until_today = started.elapsed();
    println!("from the start to Today, key derivation and typing of the password included: {until_today:?}");
    assert!(until_today < Duration::from_secs(60), "{until_today:?}");
    window.sees("Working offline").unwrap();

    let open = window.open_draft(CLIENT, &note).unwrap();
    open.write("narrative", " She called her sister on Sunday.").unwrap();
    open.sign().unwrap();
    window.sees("awaiting receipt").unwrap();
    let shown = open.shown().unwrap();
    assert_eq!(shown["row"]["standing"], "awaiting_receipt", "never plain signed before the server has it");
    assert!(section_of(&shown, "narrative").ends_with("She called her sister on Sunday."));
    let signed = shown["text_hash"].clone();
    let online = window.try_call("sync", json!({})).unwrap();
    assert_eq!(online.unwrap_err()["code"], "unreachable", "the network was really cut");

    laptop.network.restore();
    window.call("sync", json!({})).unwrap();
    let shown = open.until("the receipt is there", |note| note["row"]["standing"] == "signed").unwrap();
    assert_eq!(shown["text_hash"], signed, "the signed words are those that were signed");
    assert_eq!(shown["signature"]["verification"], "verified");
    window
        .until("the screen shows it", "return !document.body.innerText.includes('awaiting receipt')")
        .unwrap();
}
