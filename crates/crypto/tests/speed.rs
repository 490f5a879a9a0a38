//! What runs for every record and every sync has to be fast; these bounds are many times what was measured,
//! so that they catch a mistake in kind (a copy per byte, a table built per call) and not a busy machine.
//! The best of several rounds counts, because the others measure the neighbours.

use std::time::{Duration, Instant};

use mentalspace_crypto::digest::BucketEntry;
use mentalspace_crypto::{BucketDigest, DataKey, KeyId, Secret32, SystemRandomness, canonical, sha256};

fn best_of(rounds: usize, mut work: impl FnMut()) -> Duration {
    (0..rounds)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .min()
        .unwrap_or_default()
}

/// A whole caseload's digests are recounted in a scrub: 20,000 records in well under 30 ms.
#[test]
fn twenty_thousand_records_are_counted_at_once() {
    let content = sha256(b"{}");
    let ids: Vec<[u8; 16]> = (0_u128..20_000).map(u128::to_be_bytes).collect();
    let mut digest = BucketDigest::EMPTY;
    let took = best_of(10, || {
        for (rev, id) in (1..).zip(&ids) {
            digest.add(&BucketEntry { kind: "note", id, rev, content: &content });
        }
    });
    println!("20,000 additions: {took:?}");
    assert!(took < Duration::from_millis(30), "{took:?}");
}

/// A progress note of 2.5 KB passes through here on every pause in typing.
#[test]
fn a_note_is_written_hashed_and_sealed_in_no_time() {
    let section =
        "The client described a calmer week; the new routine before sleep seems to hold.\n".repeat(8);
    let note = serde_json::json!({
        "id": "018f2c3e-0000-7000-8000-000000000001",
        "kind": "note",
        "sections": {
            "subjective": section, "objective": section, "assessment": section, "plan": section,
        },
        "rev": 12,
        "minutes": 52.5,
    });
    let key = DataKey::new(KeyId::from_bytes([1; 16]), Secret32::from_bytes([2; 32]));
    let source = SystemRandomness::new();
    let took = best_of(10, || {
        for _ in 0..100 {
            let Ok(bytes) = canonical::to_vec(&note) else { panic!("a note is JSON") };
            let hash = sha256(&bytes);
            let Ok(sealed) = key.seal(hash.as_bytes(), &bytes, &source) else { panic!("sealing failed") };
            assert!(sealed.len() > 2_500);
        }
    });
    println!("100 notes: {took:?}");
    assert!(took < Duration::from_millis(100), "{took:?} for 100 notes");
}
