//! Notes edited by two people, and what every merge of them must hold to. Shared by the properties of the real merge and
//! by the wrong merges that show that these checks can fail.

use std::collections::BTreeMap;

use mentalspace_domain::merge::{Segment, segment};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use unicode_normalization::UnicodeNormalization;

/// Few enough that sentences recur within a note.
const SENTENCES: [&str; 24] = [
    "Denies SI.",
    "Denies HI.",
    "Denied.",
    "Mood low.",
    "Pt denies suicidal ideation.",
    "Sertraline 50 mg daily.",
    "PHQ-9 was 12.",
    "Sleep poor, approx. 4 hours.",
    "Seen with Dr. Rivera present.",
    "He said her partner pushed her.",
    "Bruise on arm.",
    "Said \"I can't go on. Not like this.\" twice.",
    "Safety plan reviewed!",
    "Any plan or intent?",
    "- sleep diary kept",
    "- CBT weekly",
    "1. Walk daily.",
    "2. Call mother.",
    "Trazodone 0.5 mg q.h.s. as before.",
    "Affect flat; speech slow",
    "気分が低い。",
    "Café visit with José went well.",
    "Risk low",
    "Tearful... then calmer.",
];
const GAPS: [&str; 6] = [" ", " ", "\n", "\n\n", "  ", "\r\n"];
const WORDS: [&str; 6] = ["never", "100", "endorses", "severe", "no", "twice"];

/// A sentence and the white space after it.
pub(crate) type Line = (String, &'static str);

#[derive(Debug, Clone)]
enum Edit {
    Replace(usize, String),
    ChangeWord(usize, usize, &'static str),
    Delete(usize),
    Insert(usize, String),
    Move(usize, usize),
    Space(usize, &'static str),
}

#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) base: String,
    pub(crate) ours: String,
    pub(crate) theirs: String,
}

fn sentence() -> impl Strategy<Value = String> {
    prop::sample::select(&SENTENCES[..]).prop_map(str::to_owned)
}

fn lines(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Line>> {
    prop::collection::vec((sentence(), prop::sample::select(&GAPS[..])), count)
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let at = 0..12_usize;
    let edit = prop_oneof![
        (at.clone(), sentence()).prop_map(|(at, new)| Edit::Replace(at, new)),
        (at.clone(), 0..8_usize, prop::sample::select(&WORDS[..]))
            .prop_map(|(at, n, w)| Edit::ChangeWord(at, n, w)),
        at.clone().prop_map(Edit::Delete),
        (at.clone(), sentence()).prop_map(|(at, new)| Edit::Insert(at, new)),
        (at.clone(), at.clone()).prop_map(|(from, to)| Edit::Move(from, to)),
        (at, prop::sample::select(&GAPS[..])).prop_map(|(at, gap)| Edit::Space(at, gap)),
    ];
    prop::collection::vec(edit, 0..4)
}

fn edited(base: &[Line], edits: &[Edit]) -> Vec<Line> {
    let mut lines = base.to_vec();
    for edit in edits {
        let count = lines.len();
        match edit {
            Edit::Insert(at, new) => lines.insert(at % (count + 1), (new.clone(), " ")),
            _ if count == 0 => {}
            Edit::Replace(at, new) => lines[at % count].0.clone_from(new),
            Edit::ChangeWord(at, nth, word) => {
                let old = &mut lines[at % count].0;
                let mut words: Vec<&str> = old.split(' ').collect();
                let nth = nth % words.len();
                words[nth] = word;
                *old = words.join(" ");
            }
            Edit::Delete(at) => drop(lines.remove(at % count)),
            Edit::Move(from, to) => {
                let line = lines.remove(from % count);
                lines.insert(to % count, line);
            }
            Edit::Space(at, gap) => lines[at % count].1 = gap,
        }
    }
    lines
}

pub(crate) fn written(lines: &[Line]) -> String {
    lines
        .iter()
        .flat_map(|(sentence, gap)| [sentence.as_str(), gap])
        .collect::<String>()
        .trim_end()
        .to_owned()
}

/// Two people editing heavily and on purpose close to each other.
pub(crate) fn heavy() -> impl Strategy<Value = Case> {
    (lines(0..10), edits(), edits()).prop_map(|(base, ours, theirs)| Case {
        ours: written(&edited(&base, &ours)),
        theirs: written(&edited(&base, &theirs)),
        base: written(&base),
    })
}

/// What a merge made of a case, and of the same case with its sides exchanged: the combined text, or nothing where it
/// leaves the choice to the author.
pub(crate) struct Merged {
    pub(crate) one_way: Option<String>,
    pub(crate) other_way: Option<String>,
}

/// How often each sentence stands in a text, in the form in which notes are stored.
pub(crate) fn counted(text: &str) -> BTreeMap<String, usize> {
    let text: String = text.replace("\r\n", "\n").nfc().collect();
    let mut counts = BTreeMap::new();
    for piece in segment(&text) {
        if let Segment::Sentence(sentence) = piece {
            *counts.entry(sentence.to_owned()).or_default() += 1;
        }
    }
    counts
}

pub(crate) fn holds(condition: bool, broken: &str) -> Result<(), TestCaseError> {
    if condition { Ok(()) } else { Err(TestCaseError::fail(broken.to_owned())) }
}

pub(crate) fn nobody_else_writes(
    Case { base, ours, theirs }: &Case,
    merged: &Merged,
) -> Result<(), TestCaseError> {
    let Some(text) = &merged.one_way else { return Ok(()) };
    let sources = [base, ours, theirs].map(|text| counted(text));
    holds(
        counted(text).keys().all(|sentence| sources.iter().any(|source| source.contains_key(sentence))),
        "a sentence that nobody wrote",
    )
}

pub(crate) fn no_edit_is_lost(
    Case { base, ours, theirs }: &Case,
    merged: &Merged,
) -> Result<(), TestCaseError> {
    let Some(text) = &merged.one_way else { return Ok(()) };
    let [base, ours, theirs, result] = [base, ours, theirs, text].map(|text| counted(text));
    let count = |text: &BTreeMap<String, usize>, sentence: &String| text.get(sentence).copied().unwrap_or(0);
    for sentence in base.keys().chain(ours.keys()).chain(theirs.keys()) {
        let was = count(&base, sentence);
        let is = count(&result, sentence);
        for (one, other) in [(&ours, &theirs), (&theirs, &ours)] {
            let (here, there) = (count(one, sentence), count(other, sentence));
            holds(!(here > was && there == was) || is == here, "an added sentence is missing or doubled")?;
            holds(!(here == 0 && there == was) || is == 0, "a deleted sentence came back")?;
        }
        let kept_by_both = count(&ours, sentence) > 0 && count(&theirs, sentence) > 0;
        holds(!kept_by_both || is > 0, "a sentence that both sides kept is gone")?;
        let most = was.max(count(&ours, sentence)).max(count(&theirs, sentence));
        holds(is <= most, "a sentence stands more often than anybody wrote it")?;
    }
    Ok(())
}

pub(crate) fn sides_are_equal(_: &Case, merged: &Merged) -> Result<(), TestCaseError> {
    holds(merged.one_way == merged.other_way, "the order of the sides matters")
}

/// The seed is fixed, so that a run on an unchanged tree cannot fail by chance; `PROPTEST_RNG_SEED` takes another and
/// `PROPTEST_CASES` raises the number.
pub(crate) fn runner(cases: u32) -> TestRunner {
    let from_outside = Config::default();
    TestRunner::new(Config {
        cases: cases.max(if from_outside.cases == 256 { 0 } else { from_outside.cases }),
        rng_seed: match from_outside.rng_seed {
            RngSeed::Random => RngSeed::Fixed(0x5EED),
            fixed @ RngSeed::Fixed(_) => fixed,
        },
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..from_outside
    })
}
