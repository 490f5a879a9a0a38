//! Negative controls: three merges that look right and are wrong. Each must be caught by the checks that the real merge
//! passes, or these checks prove nothing.

mod merge_cases;

use std::collections::BTreeMap;

use mentalspace_domain::merge::{Segment, segment};
use merge_cases::{Case, Merged, heavy, no_edit_is_lost, nobody_else_writes, runner, sides_are_equal};
use proptest::prelude::*;
use proptest::test_runner::TestError;
use similar::{Algorithm, DiffTag, capture_diff_slices};

type Merge = fn(&str, &str, &str) -> Option<String>;

/// The base positions of what both sides kept, as an ordinary diff sees it, with the positions in both sides.
fn kept(base: &[&str], ours: &[&str], theirs: &[&str]) -> Vec<[usize; 3]> {
    let matches = |other: &[&str]| -> BTreeMap<usize, usize> {
        let ops = capture_diff_slices(Algorithm::Myers, base, other);
        let equal = ops.iter().filter(|op| op.tag() == DiffTag::Equal);
        equal.flat_map(|op| op.old_range().zip(op.new_range())).collect()
    };
    let (in_ours, in_theirs) = (matches(ours), matches(theirs));
    in_ours.into_iter().filter_map(|(i, j)| in_theirs.get(&i).map(|&k| [i, j, k])).collect()
}

/// Textbook diff3 over any tokens.
fn diff3(cut: fn(&str) -> Vec<&str>, texts: [&str; 3]) -> Option<String> {
    let [base, ours, theirs] = texts.map(cut);
    let mut text = String::new();
    let mut done = [0; 3];
    let end = [base.len(), ours.len(), theirs.len()];
    for at in kept(&base, &ours, &theirs).into_iter().chain([end]) {
        let [b, o, t] =
            [&base[done[0]..at[0]], &ours[done[1]..at[1]], &theirs[done[2]..at[2]]].map(<[&str]>::concat);
        text += &if o == b {
            t
        } else if t == b || o == t {
            o
        } else {
            return None;
        };
        text += base.get(at[0]).unwrap_or(&"");
        done = at.map(|n| n + 1);
    }
    Some(text)
}

fn by_word(text: &str) -> Vec<&str> {
    text.split_inclusive(' ').collect()
}

/// Each sentence with the gap after it.
fn by_sentence(text: &str) -> Vec<&str> {
    let mut cuts = vec![];
    let mut at = 0;
    for piece in segment(text) {
        let (Segment::Sentence(piece) | Segment::Gap(piece)) = piece;
        if !piece.trim().is_empty() {
            cuts.push(at);
        }
        at += piece.len();
    }
    let ends = cuts.iter().copied().skip(1).chain([text.len()]);
    cuts.iter().zip(ends).map(|(&from, to)| &text[from..to]).collect()
}

fn word_level(base: &str, ours: &str, theirs: &str) -> Option<String> {
    diff3(by_word, [base, ours, theirs])
}

fn uncounted(base: &str, ours: &str, theirs: &str) -> Option<String> {
    diff3(by_sentence, [base, ours, theirs])
}

/// Applies both sets of changed sentences wherever they do not overlap, neighbours included.
fn without_adjacency(base: &str, ours: &str, theirs: &str) -> Option<String> {
    let base = by_sentence(base);
    let changes = |other: &str| -> Vec<(std::ops::Range<usize>, String)> {
        let other = by_sentence(other);
        let ops = capture_diff_slices(Algorithm::Myers, &base, &other);
        let changed = ops.iter().filter(|op| op.tag() != DiffTag::Equal);
        changed.map(|op| (op.old_range(), other[op.new_range()].concat())).collect()
    };
    let mut all = changes(ours);
    for change in changes(theirs) {
        if !all.contains(&change) {
            all.push(change);
        }
    }
    all.sort_by_key(|(range, _)| (range.start, range.end));
    let mut text = String::new();
    let mut done = 0;
    for (range, new) in all {
        if range.start < done {
            return None;
        }
        text += &base[done..range.start].concat();
        text += &new;
        done = range.end;
    }
    Some(text + &base[done..].concat())
}

/// The first way in which a merge breaks a check.
fn broken_by(check: fn(&Case, &Merged) -> Result<(), TestCaseError>, merge: Merge) -> String {
    match runner(4_000).run(&heavy(), |case| {
        let Case { base, ours, theirs } = &case;
        check(&case, &Merged { one_way: merge(base, ours, theirs), other_way: merge(base, theirs, ours) })
    }) {
        Err(TestError::Fail(reason, _)) => reason.message().to_owned(),
        other => panic!("the check does not see what this merge does wrong: {other:?}"),
    }
}

#[test]
fn the_checks_catch_a_merge_by_words() {
    let merged = word_level(
        "Pt denies suicidal ideation.",
        "Pt denies suicidal ideation, plan or intent.",
        "Pt endorses suicidal ideation.",
    );
    assert_eq!(merged.as_deref(), Some("Pt endorses suicidal ideation, plan or intent."), "the trap itself");
    assert_eq!(broken_by(nobody_else_writes, word_level), "a sentence that nobody wrote");
}

#[test]
fn the_checks_catch_a_merge_that_allows_neighbours() {
    assert_eq!(
        without_adjacency(
            "He pushed her. Bruise on arm.",
            "He never pushed her. Bruise on arm.",
            "He pushed her. No bruise on arm."
        ),
        Some("He never pushed her. No bruise on arm.".to_owned())
    );
    assert_eq!(broken_by(sides_are_equal, without_adjacency), "the order of the sides matters");
}

#[test]
fn the_checks_catch_a_merge_that_does_not_count() {
    let twice = "Denies SI. Mood low. Sleep poor. Affect flat. Denies SI.";
    let lost = uncounted(
        twice,
        "Mood low. Sleep poor. Affect flat. Denies SI.",
        "Denies SI. Mood low. Sleep poor. Affect flat. ",
    );
    assert_eq!(
        lost.as_deref(),
        Some("Mood low. Sleep poor. Affect flat. "),
        "both sides kept the denial, the merge did not"
    );
    assert!(!broken_by(no_edit_is_lost, uncounted).is_empty());
}
