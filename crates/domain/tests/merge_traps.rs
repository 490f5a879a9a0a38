//! The clinical traps: texts that other ways of merging turned into statements nobody made.

use mentalspace_domain::merge::{Hunk, Origin, Run, TextMerge, merge_text};

#[track_caller]
fn conflicts(base: &str, ours: &str, theirs: &str) -> Vec<Hunk> {
    match (merge_text(base, ours, theirs), merge_text(base, theirs, ours)) {
        (TextMerge::Conflict { hunks }, TextMerge::Conflict { .. }) => hunks,
        clean => panic!("must be put to the author, but: {clean:#?}"),
    }
}

#[track_caller]
fn combines(base: &str, ours: &str, theirs: &str, expected: &str) -> Vec<Run> {
    match (merge_text(base, ours, theirs), merge_text(base, theirs, ours)) {
        (TextMerge::Clean { text, runs }, TextMerge::Clean { text: swapped, .. }) => {
            assert_eq!(text, expected);
            assert_eq!(swapped, expected, "the order of the two sides must not matter");
            assert_eq!(runs.iter().map(|run| run.text.as_str()).collect::<String>(), expected);
            runs
        }
        other => panic!("must combine, but: {other:#?}"),
    }
}

fn run(from: Origin, text: &str, replaces: &str) -> Run {
    Run { from, text: text.to_owned(), replaces: replaces.to_owned() }
}

fn agreed(text: &str) -> Hunk {
    Hunk::Agreed { text: text.to_owned() }
}

fn choice(changed_by: Origin, base: &str, ours: &str, theirs: &str) -> Hunk {
    Hunk::Choice { changed_by, base: base.to_owned(), ours: ours.to_owned(), theirs: theirs.to_owned() }
}

// The table of the design, row by row.

#[test]
fn a_denial_widened_here_and_reversed_there_is_not_combined() {
    let hunks = conflicts(
        "Pt denies suicidal ideation.",
        "Pt denies suicidal ideation, plan or intent.",
        "Pt endorses suicidal ideation.",
    );
    assert_eq!(
        hunks,
        [choice(
            Origin::Both,
            "Pt denies suicidal ideation.",
            "Pt denies suicidal ideation, plan or intent.",
            "Pt endorses suicidal ideation.",
        )]
    );
}

#[test]
fn a_dose_and_its_frequency_are_not_combined() {
    conflicts("Sertraline 50 mg daily.", "Sertraline 100 mg daily.", "Sertraline 50 mg twice daily.");
}

#[test]
fn the_same_change_on_both_sides_is_made_once() {
    let runs = combines(
        "Mood low. Sertraline 50 mg daily. Sleep poor.",
        "Mood low. Sertraline 100 mg daily. Sleep poor.",
        "Mood low. Sertraline 100 mg daily. Sleep poor.",
        "Mood low. Sertraline 100 mg daily. Sleep poor.",
    );
    assert_eq!(runs[1], run(Origin::Both, "Sertraline 100 mg daily.", "Sertraline 50 mg daily."));
    combines("50 mg", "100 mg", "100 mg", "100 mg");
}

#[test]
fn two_scores_are_not_combined() {
    conflicts("PHQ-9 12", "PHQ-9 17", "PHQ-9 21");
    conflicts(
        "Mood low. PHQ-9 was 12. Sleep poor.",
        "Mood low. PHQ-9 was 17. Sleep poor.",
        "Mood low. PHQ-9 was 21. Sleep poor.",
    );
}

#[test]
fn a_deletion_against_an_edit_is_not_combined() {
    let hunks = conflicts(
        "Mood low. Her father rang, telling her to leave. Sleep poor.",
        "Mood low. Sleep poor.",
        "Mood low. Her father rang twice, telling her to leave. Sleep poor.",
    );
    assert_eq!(
        hunks,
        [
            agreed("Mood low. "),
            choice(
                Origin::Both,
                "Her father rang, telling her to leave. ",
                "",
                "Her father rang twice, telling her to leave. ",
            ),
            agreed("Sleep poor."),
        ]
    );
}

#[test]
fn a_moved_line_against_its_edit_is_not_combined() {
    conflicts(
        "CBT weekly.\nRisk moderate.\nSleep diary kept.\nMother involved.",
        "Risk moderate.\nSleep diary kept.\nCBT weekly.\nMother involved.",
        "CBT fortnightly.\nRisk moderate.\nSleep diary kept.\nMother involved.",
    );
    conflicts("CBT weekly\nRisk moderate", "Risk moderate\nCBT weekly", "CBT weekly\nRisk low");
}

#[test]
fn far_apart_edits_in_one_paragraph_combine() {
    let runs = combines(
        "Mood low. Sleep poor. Appetite normal. Risk low.",
        "Mood very low. Sleep poor. Appetite normal. Risk low.",
        "Mood low. Sleep poor. Appetite normal. Risk moderate.",
        "Mood very low. Sleep poor. Appetite normal. Risk moderate.",
    );
    assert_eq!(
        runs,
        [
            run(Origin::Ours, "Mood very low.", "Mood low."),
            run(Origin::Base, " Sleep poor. Appetite normal. ", ""),
            run(Origin::Theirs, "Risk moderate.", "Risk low."),
        ]
    );
}

#[test]
fn edits_of_neighbouring_sentences_are_not_combined() {
    conflicts(
        "He said her partner pushed her. Bruise on arm. Safety plan reviewed.",
        "He said her partner never pushed her. Bruise on arm. Safety plan reviewed.",
        "He said her partner pushed her. No bruise on arm. Safety plan reviewed.",
    );
}

#[test]
fn a_mark_between_two_edits_does_not_keep_them_apart() {
    conflicts(
        "Mood low.\n\n* * *\n\nRisk low.",
        "Mood high.\n\n* * *\n\nRisk low.",
        "Mood low.\n\n* * *\n\nRisk high.",
    );
    conflicts(
        "Impression: (?) PTSD, (?) ADHD, (?) BPD",
        "Impression: PTSD, (?) ADHD, (?) BPD",
        "Impression: (?) PTSD, (?) ADHD, no BPD",
    );
}

// Repetition, where an alignment can only be guessed.

#[test]
fn each_side_removing_another_copy_does_not_remove_both() {
    conflicts(
        "Denies SI. Mood low. Sleep poor. Affect flat. Denies SI.",
        "Mood low. Sleep poor. Affect flat. Denies SI.",
        "Denies SI. Mood low. Sleep poor. Affect flat.",
    );
}

#[test]
fn a_sentence_added_by_both_in_different_places_is_not_doubled() {
    conflicts(
        "Mood low. Sleep poor. Affect flat. Risk low.",
        "Mood low. Denies SI. Sleep poor. Affect flat. Risk low.",
        "Mood low. Sleep poor. Affect flat. Denies SI. Risk low.",
    );
}

#[test]
fn a_sentence_moved_by_both_to_different_places_is_not_doubled() {
    conflicts(
        "Denies SI. Mood low. Sleep poor. Affect flat. Risk low.",
        "Mood low. Sleep poor. Denies SI. Affect flat. Risk low.",
        "Mood low. Sleep poor. Affect flat. Risk low. Denies SI.",
    );
}

#[test]
fn a_sentence_moved_here_and_deleted_there_does_not_come_back_unasked() {
    conflicts(
        "Denies SI. Mood low. Sleep poor. Affect flat.",
        "Mood low. Sleep poor. Affect flat. Denies SI.",
        "Mood low. Sleep poor. Affect flat.",
    );
}

#[test]
fn a_deleted_copy_among_equals_is_not_guessed() {
    // Which "Denied." went is unknown, so nothing near any of them may be decided by a guess.
    conflicts(
        "Asked about SI. Denied. Denied. Asked about plans.",
        "Asked about SI. Denied. Asked about plans.",
        "Asked about SI. Denied. Asked about HI. Denied. Asked about plans.",
    );
    combines(
        "Asked about SI. Denied. Denied. Mood low. Sleep poor. Risk low.",
        "Asked about SI. Denied. Mood low. Sleep poor. Risk low.",
        "Asked about SI. Denied. Denied. Mood low. Sleep poor. Risk moderate.",
        "Asked about SI. Denied. Mood low. Sleep poor. Risk moderate.",
    );
}

// Insertions, deletions, emptiness.

#[test]
fn two_insertions_in_one_place_are_not_ordered_by_the_machine() {
    let hunks = conflicts(
        "Mood low. Sleep poor.",
        "Mood low. Denies SI. Sleep poor.",
        "Mood low. Endorses HI. Sleep poor.",
    );
    assert_eq!(
        hunks,
        [
            agreed("Mood low. "),
            choice(Origin::Both, "", "Denies SI. ", "Endorses HI. "),
            agreed("Sleep poor."),
        ]
    );
    conflicts("", "Mood low.", "Mood high.");
    conflicts("Mood low.", "Mood low. Denies SI.", "Mood low. Endorses HI.");
    combines("", "Mood low.", "Mood low.", "Mood low.");
}

#[test]
fn an_insertion_beside_a_changed_or_deleted_sentence_is_not_combined() {
    conflicts("Mood low. Sleep poor.", "Mood low. Denies SI. Sleep poor.", "Mood low. Sleep good.");
    conflicts(
        "Mood low. Sleep poor. Risk low.",
        "Mood low. Denies SI. Sleep poor. Risk low.",
        "Mood low. Risk low.",
    );
    conflicts("Mood low. Sleep poor.", "", "Mood low. Sleep poor. Denies SI.");
}

#[test]
fn overlapping_deletions_are_not_combined() {
    conflicts("Mood low. Sleep poor. Affect flat. Risk low.", "Mood low. Risk low.", "Mood low. Sleep poor.");
}

#[test]
fn appending_combines_with_an_edit_before_the_last_sentence() {
    let runs = combines(
        "Mood low. Sleep poor.",
        "Mood very low. Sleep poor.",
        "Mood low. Sleep poor. Denies SI.",
        "Mood very low. Sleep poor. Denies SI.",
    );
    assert_eq!(runs[2], run(Origin::Theirs, " Denies SI.", ""));
}

#[test]
fn a_removal_stays_visible_in_the_combined_text() {
    let runs = combines(
        "Mood low. Sleep poor. Affect flat. Risk low.",
        "Mood low. Sleep poor. Affect flat. Risk moderate.",
        "Sleep poor. Affect flat. Risk low.",
        "Sleep poor. Affect flat. Risk moderate.",
    );
    assert_eq!(runs[0], run(Origin::Theirs, "", "Mood low. "));
}

// Layout and encoding.

#[test]
fn layout_never_stands_against_words_and_never_glues() {
    combines(
        "Mood low. Sleep poor.",
        "Mood low. Sleep poor.\n",
        "Mood low. Sleep poor. Denies SI.",
        "Mood low. Sleep poor. Denies SI.",
    );
    combines(
        "Mood low. Sleep poor.",
        "Mood low.\n\nSleep poor.",
        "Mood low.\nSleep poor.",
        "Mood low.\n\nSleep poor.",
    );
    combines(
        "Mood low.\nSleep poor.",
        "Mood low.\nSleep poor.\n",
        "Mood very low.\nSleep poor.",
        "Mood very low.\nSleep poor.\n",
    );
    combines(
        "気分が低い。睡眠不足。食欲あり。",
        "気分が高い。睡眠不足。食欲あり。",
        "気分が低い。睡眠不足。食欲なし。",
        "気分が高い。睡眠不足。食欲なし。",
    );
}

#[test]
fn line_ends_and_unicode_forms_are_not_edits() {
    combines(
        "Mood low.\nSleep poor.\nRisk low.",
        "Mood low.\r\nSleep poor.\r\nRisk moderate.",
        "Mood very low.\nSleep poor.\nRisk low.",
        "Mood very low.\nSleep poor.\nRisk moderate.",
    );
    combines(
        "Saw Jose\u{301}. Mood low. Risk low.",
        "Saw José. Mood low. Risk moderate.",
        "Saw Jose\u{301} today. Mood low. Risk low.",
        "Saw José today. Mood low. Risk moderate.",
    );
}

#[test]
fn lists_merge_by_item() {
    combines(
        "Plan:\n- sleep diary\n- CBT weekly\n- call GP",
        "Plan:\n- sleep diary nightly\n- CBT weekly\n- call GP",
        "Plan:\n- sleep diary\n- CBT weekly\n- call GP\n- walk daily",
        "Plan:\n- sleep diary nightly\n- CBT weekly\n- call GP\n- walk daily",
    );
    conflicts(
        "- sleep diary\n- CBT weekly",
        "- sleep diary\n- CBT weekly\n- walk",
        "- sleep diary\n- CBT weekly\n- yoga",
    );
}

#[test]
fn a_conflict_shows_every_difference_and_combines_nothing() {
    let hunks = conflicts(
        "Mood low. Sleep poor. Appetite normal. Affect flat. Risk low.",
        "Mood very low. Sleep poor. Appetite normal. Affect flat. Risk moderate.",
        "Mood low. Sleep poor. Appetite normal. Affect flat. Risk high.",
    );
    assert_eq!(
        hunks,
        [
            choice(Origin::Ours, "Mood low. ", "Mood very low. ", "Mood low. "),
            agreed("Sleep poor. Appetite normal. Affect flat. "),
            choice(Origin::Both, "Risk low.", "Risk moderate.", "Risk high."),
        ]
    );
}

#[test]
fn a_section_too_long_to_align_is_put_to_the_author_whole() {
    let base: String = (0..2_100).map(|n| format!("Session went as in week {n}, no change. ")).collect();
    let ours = base.replacen("Session", "The session", 1);
    let theirs = format!("{base}Risk low.");
    assert_eq!(conflicts(&base, &ours, &theirs).len(), 1);
}
