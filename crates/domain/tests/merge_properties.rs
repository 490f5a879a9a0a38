//! Properties of the merge over generated notes: nothing invented, nothing lost, no side preferred, and useful.

mod merge_cases;

use mentalspace_domain::merge::{
    DiffKind, Hunk, Pick, Segment, TextMerge, assemble, diff_text, merge_text, segment,
};
use merge_cases::{
    Case, Line, Merged, counted, heavy, holds, no_edit_is_lost, nobody_else_writes, runner, sides_are_equal,
    written,
};
use proptest::prelude::*;
use proptest::test_runner::TestError;
use unicode_normalization::UnicodeNormalization;

fn combined(merge: &TextMerge) -> Option<&str> {
    match merge {
        TextMerge::Clean { text, .. } => Some(text),
        TextMerge::Conflict { .. } => None,
    }
}

/// Texts made of what segmentation finds hardest, with no respect for sense.
fn hostile() -> impl Strategy<Value = Case> {
    const SCRAPS: [&str; 22] = [
        "A", "b", "Dr.", ".", "..", "?", "。", " ", " ", "\n", "\r\n", "\n\n", "\"", "'", "(", ")", "- ",
        "1. ", "e\u{301}", "É", "Ok.", "\u{a0}",
    ];
    let scraps = prop::collection::vec(prop::sample::select(&SCRAPS[..]), 0..14);
    let change = || prop::collection::vec((0..16_usize, 0..3_usize, prop::sample::select(&SCRAPS[..])), 0..3);
    (scraps, change(), change()).prop_map(|(base, ours, theirs)| {
        let apply = |changes: &[(usize, usize, &'static str)]| {
            let mut text = base.clone();
            for &(at, cut, scrap) in changes {
                let at = at % (text.len() + 1);
                let end = (at + cut).min(text.len());
                text.splice(at..end, [scrap]);
            }
            text.concat()
        };
        Case { base: base.concat(), ours: apply(&ours), theirs: apply(&theirs) }
    })
}

fn identities(Case { base, ours, theirs }: &Case) -> Result<(), TestCaseError> {
    for text in [base, ours, theirs] {
        let expected = Some(text.as_str());
        holds(combined(&merge_text(base, text, base)) == expected, "m(b, a, b) = a")?;
        holds(combined(&merge_text(base, base, text)) == expected, "m(b, b, c) = c")?;
        holds(combined(&merge_text(base, text, text)) == expected, "m(b, a, a) = a")?;
    }
    Ok(())
}

/// What only this merge promises: runs, hunks and choices that cover the texts.
fn pieces_cover_the_texts(
    Case { ours, theirs, .. }: &Case,
    merges: [TextMerge; 2],
) -> Result<(), TestCaseError> {
    match merges.into() {
        (TextMerge::Clean { text, runs }, TextMerge::Clean { .. }) => {
            prop_assert_eq!(runs.into_iter().map(|run| run.text).collect::<String>(), text);
        }
        (TextMerge::Conflict { hunks }, TextMerge::Conflict { hunks: swapped }) => {
            let turned: Vec<Hunk> = swapped.into_iter().map(turned).collect();
            prop_assert_eq!(&hunks, &turned);
            let choices: Vec<usize> =
                (0..hunks.len()).filter(|&at| matches!(hunks[at], Hunk::Choice { .. })).collect();
            prop_assert!(!choices.is_empty(), "a conflict without a choice");
            for (pick, text) in [(Pick::Ours, ours), (Pick::Theirs, theirs)] {
                let picks = choices.iter().map(|&at| (at, pick.clone())).collect();
                let result =
                    assemble(&hunks, &picks).map_err(|missing| TestCaseError::fail(missing.to_string()))?;
                prop_assert_eq!(ink(&result), ink(text));
            }
            for pick in [Pick::BothOursFirst, Pick::BothTheirsFirst] {
                let picks = choices.iter().map(|&at| (at, pick.clone())).collect();
                let result =
                    assemble(&hunks, &picks).map_err(|missing| TestCaseError::fail(missing.to_string()))?;
                for hunk in &hunks {
                    if let Hunk::Choice { ours, theirs, .. } = hunk {
                        prop_assert!(result.contains(ours) && result.contains(theirs));
                    }
                }
            }
        }
        _ => prop_assert!(false, "clean one way, a conflict the other"),
    }
    Ok(())
}

/// The text without its white space.
fn ink(text: &str) -> String {
    text.split_whitespace().collect::<String>().nfc().collect()
}

fn turned(hunk: Hunk) -> Hunk {
    use mentalspace_domain::merge::Origin::{Ours, Theirs};
    match hunk {
        Hunk::Choice { changed_by, base, ours, theirs } => Hunk::Choice {
            changed_by: match changed_by {
                Ours => Theirs,
                Theirs => Ours,
                unsided => unsided,
            },
            base,
            ours: theirs,
            theirs: ours,
        },
        agreed @ Hunk::Agreed { .. } => agreed,
    }
}

fn comparison_is_lossless(Case { ours, theirs, .. }: &Case) -> Result<(), TestCaseError> {
    let runs = diff_text(ours, theirs);
    let side = |left_out| -> String {
        runs.iter().filter(|run| run.kind != left_out).map(|run| run.text.as_str()).collect()
    };
    prop_assert_eq!(&side(DiffKind::Added), ours);
    prop_assert_eq!(&side(DiffKind::Removed), theirs);
    prop_assert!(runs.iter().all(|run| !run.text.is_empty()));
    prop_assert!(runs.windows(2).all(|pair| pair[0].kind != pair[1].kind));
    Ok(())
}

/// Runs all checks and asks that both outcomes were really reached.
fn prove(cases: u32, notes: &impl Strategy<Value = Case>) -> Result<(), TestError<Case>> {
    let reached = [std::cell::Cell::new(0_u32), std::cell::Cell::new(0)];
    let check = |case: Case| {
        let Case { base, ours, theirs } = &case;
        let merges = [merge_text(base, ours, theirs), merge_text(base, theirs, ours)];
        let [one_way, other_way] = [0, 1].map(|way| combined(&merges[way]).map(str::to_owned));
        reached[usize::from(one_way.is_some())].update(|n| n + 1);
        let merged = Merged { one_way, other_way };
        nobody_else_writes(&case, &merged)?;
        no_edit_is_lost(&case, &merged)?;
        sides_are_equal(&case, &merged)?;
        pieces_cover_the_texts(&case, merges)
    };
    runner(cases).run(notes, check)?;
    let [asked, combined] = reached.map(std::cell::Cell::into_inner);
    println!("{combined} combined, {asked} put to the author");
    assert!(asked > cases / 20 && combined > cases / 20, "the checks saw too little of one outcome");
    Ok(())
}

#[test]
fn heavy_edits_never_invent_lose_or_order_anything() {
    prove(25_000, &heavy()).unwrap();
}

#[test]
fn hostile_texts_never_invent_lose_or_order_anything() {
    prove(25_000, &hostile()).unwrap();
}

#[test]
fn merging_with_an_unchanged_side_changes_nothing() {
    runner(2_000).run(&prop_oneof![heavy(), hostile()], |case| identities(&case)).unwrap();
}

#[test]
fn segments_and_comparisons_lose_nothing() {
    let check = |case: Case| {
        let pieces = segment(&case.ours);
        let whole: String = pieces
            .iter()
            .map(|piece| match piece {
                Segment::Sentence(t) | Segment::Gap(t) => *t,
            })
            .collect();
        prop_assert_eq!(&whole, &case.ours);
        for piece in pieces {
            match piece {
                Segment::Sentence(text) => prop_assert!(!text.is_empty() && text.trim() == text),
                Segment::Gap(text) => prop_assert!(!text.is_empty() && text.trim().is_empty()),
            }
        }
        comparison_is_lossless(&case)
    };
    runner(5_000).run(&prop_oneof![heavy(), hostile(), any_unicode()], check).unwrap();
}

fn any_unicode() -> impl Strategy<Value = Case> {
    ("\\PC{0,30}", "\\PC{0,30}", "\\PC{0,30}").prop_map(|(base, ours, theirs)| Case { base, ours, theirs })
}

/// Edits of two people, between which at least one sentence is untouched, and the text that has both.
#[derive(Debug, Clone)]
struct FarApart {
    case: Case,
    both: String,
}

/// A section as clinicians write it: prose in one or several paragraphs, one sentence a line, or a list.
fn section() -> impl Strategy<Value = Vec<Line>> {
    let who = prop::sample::select(&["Pt.", "Client", "Her mother", "Dr. Rivera", "J. Lee, Ph.D.,"][..]);
    let does = prop::sample::select(
        &[
            "reports",
            "again denies",
            "asked about",
            "was seen for",
            "describes \"a bad week\" and",
            "rated (0 to 10)",
        ][..],
    );
    let what = prop::sample::select(
        &[
            "poor sleep, approx. 4 hours.",
            "sertraline 0.5 mg b.i.d. with food.",
            "suicidal ideation, plan or intent.",
            "PTSD.",
            "panic at work vs. at home!",
            "a PHQ-9 of 12.",
            "\"feeling nothing. Nothing at all.\"",
            "conflict with her partner; bruise on arm.",
            "homework from 5/12 (breathing, 10 min. daily).",
            "whether therapy helps?",
        ][..],
    );
    let sentences = prop::collection::vec((who, does, what), 5..14);
    (sentences, 0..4_u8).prop_map(|(sentences, layout)| {
        let line = |(n, (who, does, what)): (usize, (&str, &str, &str))| match layout {
            0 => (format!("{who} {does} {what}"), " "),
            1 => (format!("{who} {does} {what}"), if n % 3 == 2 { "\n\n" } else { " " }),
            2 => (format!("{who} {does} {what}"), "\n"),
            _ => (format!("- {does} {what}"), "\n"),
        };
        sentences.into_iter().enumerate().map(line).collect()
    })
}

fn far_apart() -> impl Strategy<Value = FarApart> {
    let plan = prop::collection::vec((0..4_u8, 0..4_u8, 0..1_000_u32), 14);
    (section(), plan).prop_map(|(base, plan)| {
        let (mut ours, mut theirs, mut both) = (Vec::new(), Vec::new(), Vec::new());
        // Who edited last, and how many sentences ago.
        let mut last = (0, 2);
        for (line, (who, how, n)) in base.iter().zip(plan) {
            let side = usize::from(who % 2);
            let edits = who < 2 && (last.0 == side || last.1 >= 1);
            last = if edits { (side, 0) } else { (last.0, last.1 + 1) };
            let mark = if line.0.starts_with("- ") { "- " } else { "" };
            let new = (format!("{mark}Remark {n} was added by side {side}."), line.1);
            let changed = match how {
                0 => vec![],
                1 => vec![line.clone(), new],
                2 => vec![new, line.clone()],
                _ => vec![(format!("{mark}Side {side} reworded this as {n}."), line.1)],
            };
            let unchanged = vec![line.clone()];
            ours.extend(if edits && side == 0 { changed.clone() } else { unchanged.clone() });
            theirs.extend(if edits && side == 1 { changed.clone() } else { unchanged.clone() });
            both.extend(if edits { changed } else { unchanged });
        }
        let case = Case { base: written(&base), ours: written(&ours), theirs: written(&theirs) };
        FarApart { case, both: written(&both) }
    })
}

#[test]
fn far_apart_edits_combine_into_what_both_meant() {
    let tried = std::cell::Cell::new(0_u32);
    let clean = std::cell::Cell::new(0_u32);
    runner(8_000)
        .run(&far_apart(), |FarApart { case, both }| {
            if [&case.ours, &case.theirs].contains(&&case.base) {
                return Ok(());
            }
            tried.set(tried.get() + 1);
            if let Some(text) = combined(&merge_text(&case.base, &case.ours, &case.theirs)) {
                clean.set(clean.get() + 1);
                // Where a sentence is repeated, two people who each remove another copy of a row leave the same text and
                // cannot be told from two who remove the same copy; the merge then keeps what both have.
                let repeated = counted(&case.base).values().any(|&count| count > 1);
                prop_assert!(text == both || repeated, "{text:?} is not {both:?}");
            }
            Ok(())
        })
        .unwrap();
    let share = f64::from(clean.get()) / f64::from(tried.get());
    println!("{} of {} far-apart edits combined ({:.1} %)", clean.get(), tried.get(), share * 100.0);
    assert!(tried.get() > 5_000, "too few pairs of edits to speak of a share");
    assert!(share >= 0.95, "a merge that always asks is safe and useless: {share}");
}
