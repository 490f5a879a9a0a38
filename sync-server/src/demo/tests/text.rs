//! The text itself: complete, varied, and free of the machinery that made it.

use std::collections::{BTreeMap, BTreeSet};

use super::super::bank::Bank;
use super::super::pen::{sentence_set, sentences};
use super::super::{DemoNote, DemoNoteKind, DemoNoteState, DemoPractice, build};
use super::{SEED, day, practice};

#[test]
fn notes_are_complete_and_no_two_are_alike() {
    let practice = practice();
    let bodies: Vec<String> = practice.notes.iter().map(DemoNote::body).collect();
    assert_eq!(bodies.iter().collect::<BTreeSet<_>>().len(), bodies.len(), "two notes with the same body");
    let sets: Vec<BTreeSet<u64>> = bodies.iter().map(|body| sentence_set(body)).collect();
    assert!(alike(&sets) <= 3, "{} pairs share more than 60 % of their sentences", alike(&sets));
    // Negative control: a copy with one sentence left out is found.
    let mut copied = sets.clone();
    let mut copy = sets[10].clone();
    copy.pop_first();
    copied.push(copy);
    assert!(alike(&copied) > alike(&sets));
    for note in &practice.notes {
        sections_are_those_of_the_format(note);
        text_is_clean(&practice, note);
    }
    lengths_are_typical(&practice);
}

/// Pairs of notes that share more than 60 % of the sentences of the shorter one.
fn alike(sets: &[BTreeSet<u64>]) -> usize {
    let mut holders: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    let mut pairs = 0;
    for (note, set) in sets.iter().enumerate() {
        let mut shared = vec![0_usize; note];
        for sentence in set {
            let others = holders.entry(*sentence).or_default();
            for other in others.iter() {
                shared[*other] += 1;
            }
            others.push(note);
        }
        let close = |other: &usize| shared[*other] * 10 > sets[*other].len().min(set.len()) * 6;
        pairs += (0..note).filter(close).count();
    }
    pairs
}

fn sections_are_those_of_the_format(note: &DemoNote) {
    let keys: Vec<&str> = note.sections.iter().map(|section| section.key).collect();
    let own: &[&str] = match note.kind {
        DemoNoteKind::Intake => &[
            "referral_source",
            "presenting_problem",
            "psychiatric_history",
            "medical_history",
            "substance_use",
            "family_history",
            "social_history",
            "trauma_history",
            "strengths",
            "mental_status",
            "risk",
            "formulation",
            "diagnosis_rationale",
            "recommendation",
        ],
        DemoNoteKind::ProgressSoap => &["subjective", "objective", "assessment", "plan"],
        DemoNoteKind::ProgressDap => &["data", "assessment", "plan"],
        DemoNoteKind::ProgressBirp => &["behavior", "intervention", "response", "plan"],
        DemoNoteKind::ProgressGirp => &["goal", "intervention", "response", "plan"],
        DemoNoteKind::ProgressNarrative => &["narrative"],
        DemoNoteKind::Contact => {
            &["purpose", "information_received", "information_disclosed", "recommendations", "follow_up"]
        }
        DemoNoteKind::Cancellation => &["reason", "outreach", "risk_consideration", "follow_up"],
    };
    assert_eq!(&keys[..own.len()], own);
    let progress = [
        "goals_addressed",
        "interventions",
        "client_response",
        "homework",
        "mental_status_brief",
        "risk",
        "next_session",
    ];
    let allowed = |key: &&str| progress.contains(key) && note.kind != DemoNoteKind::Intake;
    assert!(keys[own.len()..].iter().all(allowed), "{keys:?}");
    if note.state != DemoNoteState::Draft {
        for section in &note.sections {
            let ending = section.key == "homework" && section.text.is_empty();
            assert!(!section.text.is_empty() || ending, "{} of {:?} is empty", section.key, note.kind);
        }
    }
}

fn text_is_clean(practice: &DemoPractice, note: &DemoNote) {
    let client = &practice.clients[note.client.0];
    let additions = note.addenda.iter().map(|addendum| addendum.text.as_str());
    let fields = note.fields.iter().map(|field| field.value.as_str());
    for text in note.sections.iter().map(|section| section.text.as_str()).chain(additions).chain(fields) {
        for wrong in ["{", "}", "[", "|", "<", "  ", " .", "..", " ,", "?.", ";.", " a a ", "the the "] {
            let bracketed = wrong == "[" && text.contains("[episodic paroxysmal anxiety]");
            assert!(!text.contains(wrong) || bracketed, "{wrong:?} in {text:?}");
        }
        assert!(!text.contains(client.family_name) || note.kind == DemoNoteKind::Contact);
    }
    for section in &note.sections {
        for sentence in sentences(&section.text) {
            let first = sentence.chars().next().unwrap();
            let after_hour = section.text.contains(".m. ");
            assert!(!first.is_lowercase() || after_hour, "{sentence:?} in {:?}", section.text);
        }
        let last = section.text.chars().last();
        assert!(last.is_none_or(|last| matches!(last, '.' | '"' | ')' | '?')), "{:?}", section.text);
    }
}

fn lengths_are_typical(practice: &DemoPractice) {
    let progress: Vec<usize> = practice
        .notes
        .iter()
        .filter(|note| note.sections.iter().any(|section| section.key == "goals_addressed"))
        .filter(|note| note.state != DemoNoteState::Draft)
        .map(|note| note.body().chars().count())
        .collect();
    let typical = progress.iter().filter(|length| (900..=2_500).contains(*length)).count();
    assert!(
        typical * 100 >= progress.len() * 95,
        "{typical} of {} progress notes of typical length",
        progress.len()
    );
}

/// A misspelt slot or flag would keep a line out of every note without anybody noticing.
#[test]
fn every_line_of_the_text_is_used_and_well_formed() {
    let bank = Bank::read();
    let mut lines = 0;
    let mut texts = BTreeMap::new();
    for (file, heading, pool) in bank.all() {
        for line in pool {
            lines += 1;
            for (open, close) in [('{', '}'), ('[', ']')] {
                let count = |letter| line.text.matches(letter).count();
                assert_eq!(count(open), count(close), "unbalanced in {file}: {}", line.text);
            }
            let parts = line.text.split(" || ").count();
            assert!(heading != "hw" || parts == 4, "{file}: {}", line.text);
            texts.insert(line.number, (file, heading, line.text));
        }
    }
    assert!(lines > 2_000, "only {lines} lines");
    let mut unused: BTreeSet<usize> = texts.keys().copied().collect();
    for (seed, date) in [(SEED, day(2025, 6, 11)), (SEED + 1, day(2026, 3, 3))] {
        let (_, memory) = build(seed, date);
        unused.retain(|line| memory.uses[*line] == 0);
    }
    // Identity, variants and the texts of the aftermath are drawn without being counted.
    let counted = |file: &str, heading: &str| {
        file != "people"
            && !["variant", "goal", "skills", "addendum"].contains(&heading)
            && !heading.starts_with("conflict")
            && !heading.starts_with("combined")
    };
    let dead: Vec<_> =
        unused.iter().map(|line| texts[line]).filter(|(file, heading, _)| counted(file, heading)).collect();
    assert!(dead.len() * 60 <= lines, "{} lines are never used: {dead:#?}", dead.len());
}
