//! How fast the store is, in figures to be read beside those of the bare floor (same machine, same minute).
//!
//! ```text
//! CARGO_PROFILE_DEV_OPT_LEVEL=3 cargo run -p mentalspace-store --example speed -- NOTES.jsonl [DIRECTORY]
//! ```
//!
//! `NOTES.jsonl` holds one synthetic note a line (`id`, `client_id`, `service_at`, `body`). Prints one JSON object:
//! seconds to apply all of them in answers of 5,000 rows, milliseconds (p50, p95) for a keystroke's save, for a
//! completed command and for a search, and the size of the file.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a measuring program has nobody to tell but its terminal"
)]

use chrono::{DateTime, TimeDelta, Utc};
use mentalspace_crypto::digest::{BucketDigest, BucketEntry, sha256};
use mentalspace_crypto::randomness::{Randomness as _, SeededRandomness};
use mentalspace_crypto::secret::Secret32;
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::command::{Command, CommandEnvelope};
use mentalspace_domain::ids::{ClientId, CommandId, DeviceId, NoteId, PracticeId, UserId};
use mentalspace_domain::note::edit::{Edit, NoteEdits};
use mentalspace_domain::note::patch::PatchNote;
use mentalspace_domain::note::{Note, NoteFormat, NoteState, NoteType, SectionKey};
use mentalspace_domain::people::{DatedRole, Practice, Role, User};
use mentalspace_domain::record::{Record, RecordKind};
use mentalspace_store::{
    DeviceIdentity, Incoming, IncomingBucket, IncomingEnd, IncomingPage, IncomingRow, Store, Writing,
};
use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::time::Instant;
use uuid::Uuid;

const ROWS_PER_ANSWER: usize = 5_000;
const ROWS_PER_PAGE: usize = 1_000;
const QUERIES: [&str; 8] = [
    "sertraline",
    "panic attack",
    "trauma sleep",
    "relapse",
    "consent telehealth",
    "suicidal ideation",
    "function",
    "phq",
];

fn now() -> DateTime<Utc> {
    "2026-03-10T15:00:00Z".parse().unwrap()
}

fn uuid(number: u128) -> Uuid {
    Uuid::from_u128(0x0195_0000_0000_7000_8000_0000_0000_0000 + number)
}

fn identity() -> DeviceIdentity {
    let from = "2020-01-01".parse().unwrap();
    DeviceIdentity {
        device: DeviceId::new(uuid(3)),
        practice: Practice {
            id: PracticeId::new(uuid(1)),
            name: "Northside Counseling".into(),
            zone: chrono_tz::America::New_York,
            idle_lock_minutes: 15,
            lease_days: 7,
            note_due_hours: 72,
            allow_keyring_file: true,
        },
        user: User {
            id: UserId::new(uuid(2)),
            login: "rivera".into(),
            display_name: "Ana Rivera".into(),
            credential: "LPC".into(),
            roles: vec![DatedRole { role: Role::Clinician, from, until: None }],
            active: true,
        },
    }
}

/// A note of four sections out of a line of the generated caseload.
fn note(line: &serde_json::Value) -> Note {
    let text = |key: &str| line[key].as_str().unwrap();
    let body = text("body");
    let words: Vec<&str> = body.split(' ').collect();
    let sections = ["subjective", "objective", "assessment", "plan"]
        .into_iter()
        .zip(words.chunks(words.len().div_ceil(4)))
        .map(|(key, part)| (SectionKey::from(key), part.join(" ")))
        .collect();
    let begun: DateTime<Utc> = text("service_at").parse().unwrap();
    Note {
        id: NoteId::new(text("id").parse().unwrap()),
        client: ClientId::new(text("client_id").parse().unwrap()),
        author: identity().user.id,
        note_type: NoteType::Progress,
        format: Some(NoteFormat::Soap),
        appointment: None,
        sections,
        fields: BTreeMap::from([("service_date".into(), text("service_at")[..10].to_owned())]),
        diagnoses: Vec::new(),
        pulled_forward: BTreeMap::new(),
        revision: 1,
        combined: BTreeMap::new(),
        branches: Vec::new(),
        state: NoteState::Draft,
        created_at: begun,
        edited_at: begun,
        edited_on: DeviceId::new(uuid(3)),
    }
}

fn answers(notes: &[Note]) -> Vec<Incoming> {
    let randomness = SeededRandomness::new(1);
    let mut charts: BTreeMap<ClientId, Vec<IncomingRow>> = BTreeMap::new();
    for note in notes {
        let rows = charts.entry(note.client).or_default();
        let mut salt = [0; 16];
        randomness.fill(&mut salt).unwrap();
        rows.push(IncomingRow {
            kind: RecordKind::Note.as_str().into(),
            id: note.id.uuid(),
            seq: i64::try_from(rows.len()).unwrap() + 1,
            rev: 1,
            parent: Some(note.client.uuid()),
            body: Some(Record::from(note.clone()).to_bytes(&salt).unwrap()),
        });
    }
    let mut answers: Vec<Incoming> = Vec::new();
    let mut room = 0;
    for (client, rows) in charts {
        let about = Bucket::clinical(client);
        let id = about.id(identity().practice.id);
        let mut digest = BucketDigest::EMPTY;
        for row in &rows {
            let content = sha256(row.body.as_ref().unwrap());
            digest.add(&BucketEntry { kind: &row.kind, id: row.id.as_bytes(), rev: 1, content: &content });
        }
        let live = i64::try_from(rows.len()).unwrap();
        if room < rows.len() {
            answers.push(Incoming::default());
            room = ROWS_PER_ANSWER;
        }
        room -= rows.len();
        let answer = answers.last_mut().unwrap();
        answer.buckets.push(IncomingBucket { id, about, head: live, digest, live, reset: false });
        let mut from = 0;
        for page in rows.chunks(ROWS_PER_PAGE) {
            let to = from + i64::try_from(page.len()).unwrap();
            answer.pages.push(IncomingPage { bucket: id, from, to, rows: page.to_vec() });
            from = to;
        }
        answer.end = Some(IncomingEnd { processed_seq: 0, results: Vec::new(), grants: 0 });
    }
    answers
}

/// (p50, p95) in milliseconds.
fn percentiles(mut times: Vec<f64>) -> (f64, f64) {
    times.sort_by(f64::total_cmp);
    let round = |value: f64| (value * 1e3).round() / 1e3;
    (round(times[times.len() / 2]), round(times[times.len() * 95 / 100]))
}

fn millis(mut what: impl FnMut(usize), times: usize) -> (f64, f64) {
    percentiles(
        (0..times)
            .map(|i| {
                let start = Instant::now();
                what(i);
                start.elapsed().as_secs_f64() * 1e3
            })
            .collect(),
    )
}

fn patch(number: u128, note: &Note, from: &str, to: &str, at: DateTime<Utc>) -> CommandEnvelope {
    let edits = NoteEdits {
        sections: BTreeMap::from([(SectionKey::from("plan"), Edit::new(from, to))]),
        ..NoteEdits::default()
    };
    CommandEnvelope {
        id: CommandId::new(uuid(1_000 + number)),
        asserted_at: at,
        depends_on: Vec::new(),
        command: Command::NotePatch(PatchNote { note_id: note.id, client_id: note.client, edits }),
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let lines = std::fs::read_to_string(arguments.next().expect("NOTES.jsonl")).unwrap();
    let work = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let directory = tempfile::tempdir_in(work).unwrap();
    let path = directory.path().join("store.db");
    let notes: Vec<Note> = lines.lines().map(|line| note(&serde_json::from_str(line).unwrap())).collect();
    let answers = answers(&notes);
    let key = Secret32::from_bytes([7; 32]);

    let store = Store::create(&path, &key, &identity()).unwrap();
    let start = Instant::now();
    let mut slowest: f64 = 0.0;
    for answer in &answers {
        let begun = Instant::now();
        let applied = store.apply(answer, now()).unwrap();
        assert!(applied.mismatched.is_empty(), "what was measured must be right");
        slowest = slowest.max(begun.elapsed().as_secs_f64());
    }
    let apply_s = start.elapsed().as_secs_f64();

    let search = millis(
        |i| {
            store.search(QUERIES[i % QUERIES.len()], 20).unwrap();
        },
        80,
    );

    // One note's plan grows by a few letters at each save, as autosave sees it.
    let mut typed = notes[17].section(&"plan".into()).to_owned();
    let typing = millis(
        |i| {
            let before = typed.clone();
            typed.push_str(" more");
            let number = 100_000 + u128::try_from(i).unwrap();
            let at = now() + TimeDelta::milliseconds(i64::try_from(i).unwrap() * 500);
            let save = patch(number, &notes[17], &before, &typed, at);
            store.submit(save, Writing::StillTyping, at).unwrap();
        },
        300,
    );
    store.pause_typing().unwrap();

    let mut queue: VecDeque<&Note> = notes.iter().skip(20).step_by(37).collect();
    let complete = millis(
        |i| {
            let note = queue.pop_front().unwrap();
            let from = note.section(&"plan".into());
            let to = format!("{from} draft {i}");
            let number = 10 + u128::try_from(i).unwrap();
            store.submit(patch(number, note, from, &to, now()), Writing::Complete, now()).unwrap();
        },
        300,
    );
    let search_pending = millis(
        |i| {
            store.search(QUERIES[i % QUERIES.len()], 20).unwrap();
        },
        80,
    );
    // A pull that confirms nothing replays what is pending over the new base.
    let start = Instant::now();
    store.new_epoch(uuid(9), 0, now()).unwrap();
    let replay_s = start.elapsed().as_secs_f64();
    drop(store);

    let open = millis(
        |_| {
            drop(Store::open(&path, &key).unwrap());
        },
        20,
    );
    let size = std::fs::metadata(&path).unwrap().len();
    println!(
        "{}",
        serde_json::json!({
            "rows": notes.len(), "answers": answers.len(),
            "apply_s": (apply_s * 1e3).round() / 1e3, "apply_slowest_answer_s": (slowest * 1e3).round() / 1e3,
            "typing_p50_ms": typing.0, "typing_p95_ms": typing.1,
            "complete_p50_ms": complete.0, "complete_p95_ms": complete.1,
            "search_p50_ms": search.0, "search_p95_ms": search.1,
            "search_with_300_pending_p50_ms": search_pending.0, "search_with_300_pending_p95_ms": search_pending.1,
            "replay_301_pending_s": (replay_s * 1e3).round() / 1e3,
            "open_p50_ms": open.0, "open_p95_ms": open.1, "file_mb": size / 1_000_000,
        })
    );
}
