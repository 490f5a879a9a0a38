//! Golden vectors of what is persisted and sent: records as bytes, commands and outcomes as JSON, written by the release
//! that a line came with. Each line must be read by today's code and written again to the letter. A line is never
//! edited: a shape that changes gets a new line beside it.
#![cfg(test)]

use mentalspace_domain::addendum::Addendum;
use mentalspace_domain::command::{Command, CommandEnvelope};
use mentalspace_domain::decision::Outcome;
use mentalspace_domain::diagnosis::Diagnosis;
use mentalspace_domain::note::Note;
use mentalspace_domain::record::{Record, RecordKind, RecordType};
use mentalspace_domain::signing::{NoteVersion, addendum_content, note_content};
use std::collections::BTreeSet;

const RECORDS: &str = include_str!("golden/records.txt");
const COMMANDS: &str = include_str!("golden/commands.jsonl");
const OUTCOMES: &str = include_str!("golden/outcomes.jsonl");
/// What is signed of the second note in the records, with times of service, and of the first addendum.
const SIGNED: &str = include_str!("golden/signed.jsonl");
/// Every outcome by its wire name; [`name`] does not compile once there is another.
const OUTCOME_NAMES: [&str; 7] =
    ["applied", "converted", "merged", "noop", "parked", "quarantined", "rejected"];

fn salt(bytes: &str) -> [u8; 16] {
    let value: serde_json::Value = serde_json::from_str(bytes).unwrap();
    let text = value["salt"].as_str().unwrap().to_owned();
    std::array::from_fn(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap())
}

/// Reads a line and writes it again.
fn again(kind: RecordKind, bytes: &str) -> String {
    let record = Record::from_bytes(kind, bytes.as_bytes()).unwrap_or_else(|why| panic!("{why:?}: {bytes}"));
    String::from_utf8(record.to_bytes(&salt(bytes)).unwrap()).unwrap()
}

const fn name(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Applied => "applied",
        Outcome::Merged { .. } => "merged",
        Outcome::Converted { .. } => "converted",
        Outcome::Parked { .. } => "parked",
        Outcome::Quarantined { .. } => "quarantined",
        Outcome::Noop { .. } => "noop",
        Outcome::Rejected { .. } => "rejected",
    }
}

#[test]
fn records_are_read_and_written_to_the_letter() {
    let mut met = BTreeSet::new();
    for line in RECORDS.lines() {
        let (kind, bytes) = line.split_once(' ').unwrap();
        let kind = RecordKind::parse(kind).unwrap_or_else(|| panic!("{kind} is no kind any more"));
        assert_eq!(again(kind, bytes), bytes, "a {kind} that lies in databases is not written as it was");
        met.insert(kind);
    }
    let all: BTreeSet<RecordKind> = RecordKind::ALL.iter().copied().collect();
    assert_eq!(met, all, "a kind of record without a line in tests/golden/records.txt");
}

#[test]
fn commands_are_read_and_written_to_the_letter() {
    let mut met = BTreeSet::new();
    for line in COMMANDS.lines() {
        let envelope: CommandEnvelope =
            serde_json::from_str(line).unwrap_or_else(|why| panic!("{why}: {line}"));
        assert_eq!(
            serde_json::to_string(&envelope).unwrap(),
            line,
            "outboxes in the field hold this command"
        );
        met.insert(envelope.command.name());
    }
    let all: BTreeSet<&str> = Command::NAMES.iter().copied().collect();
    assert_eq!(met, all, "a command without a line in tests/golden/commands.jsonl");
}

#[test]
fn outcomes_are_read_and_written_to_the_letter() {
    let mut met = BTreeSet::new();
    for line in OUTCOMES.lines() {
        let outcome: Outcome = serde_json::from_str(line).unwrap();
        assert_eq!(serde_json::to_string(&outcome).unwrap(), line);
        met.insert(name(&outcome));
    }
    assert_eq!(met, OUTCOME_NAMES.into(), "an outcome without a line in tests/golden/outcomes.jsonl");
}

/// The `n`th record of a kind, read from its line as `change` makes it.
fn record<T: RecordType + Clone>(n: usize, change: impl Fn(&str) -> String) -> T {
    let mut of_kind =
        RECORDS.lines().filter_map(|line| line.strip_prefix(T::KIND.as_str())?.strip_prefix(' '));
    let line = change(of_kind.nth(n).unwrap());
    T::of(&Record::from_bytes(T::KIND, line.as_bytes()).unwrap()).unwrap().clone()
}

/// Another program has to build the very bytes that ours would, or its signature is `content_changed`.
#[test]
fn what_is_signed_is_built_to_the_letter() {
    let times =
        r#""service_date":"2026-03-10","start_time":"09:00","end_time":"09:50","zone":"America/New_York""#;
    let note: Note = record(1, |line| line.replace(r#""service_date":"2026-03-10""#, times));
    let as_it_is = str::to_owned;
    let chart: Diagnosis = record(0, as_it_is);
    let practice = "0195f000-0000-7000-8000-000000000001".parse().unwrap();
    let of_note = note_content(&note, &[&chart], practice).unwrap();
    let (addendum, version): (Addendum, NoteVersion) = (record(0, as_it_is), record(0, as_it_is));
    let of_addendum = addendum_content(&addendum, &note, &version, practice).unwrap();
    assert_eq!(SIGNED.lines().collect::<Vec<_>>(), [of_note, of_addendum]);
}

/// The server checks a signature over the statement as it writes it anew: however another program wrote the time.
#[test]
fn instants_are_written_with_the_shortest_exact_fraction() {
    let line = RECORDS.lines().find_map(|line| line.strip_prefix("signature ")).unwrap();
    let written = |time: &str| line.replace("2026-03-10T15:00:00Z", time);
    for (sent, kept) in [
        ("2026-03-10T15:00:00.000Z", "2026-03-10T15:00:00Z"),
        ("2026-03-10T10:00:00-05:00", "2026-03-10T15:00:00Z"),
        ("2026-03-10T15:00:00.12Z", "2026-03-10T15:00:00.120Z"),
        ("2026-03-10T15:00:00.120000Z", "2026-03-10T15:00:00.120Z"),
        ("2026-03-10T15:00:00.120001Z", "2026-03-10T15:00:00.120001Z"),
        ("2026-03-10T15:00:00.120001002Z", "2026-03-10T15:00:00.120001002Z"),
    ] {
        assert_eq!(again(RecordKind::Signature, &written(sent)), written(kept), "{sent}");
    }
}

/// The control: a field renamed, a value spelt otherwise or another order is noticed.
#[test]
fn a_vector_that_is_not_written_so_is_noticed() {
    let line = RECORDS.lines().find(|line| line.starts_with("diagnosis ")).unwrap();
    let (_, bytes) = line.split_once(' ').unwrap();
    let renamed = bytes.replace("\"noted_on\"", "\"seen_on\"");
    assert!(Record::from_bytes(RecordKind::Diagnosis, renamed.as_bytes()).is_err());
    let spaced = bytes.replacen(':', ": ", 1);
    assert_ne!(again(RecordKind::Diagnosis, &spaced), spaced);
    let longer = bytes.replacen('{', "{\"a_field_of_tomorrow\":1,", 1);
    assert_ne!(again(RecordKind::Diagnosis, &longer), longer, "what is not known is not written again");
}
