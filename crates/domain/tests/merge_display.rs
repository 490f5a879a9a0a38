//! The conflict screen's choices and the comparison shown in a note's history.

use std::collections::BTreeMap;

use mentalspace_domain::merge::{
    AssembleError, DiffKind, DiffRun, Hunk, Pick, TextMerge, assemble, diff_text, merge_text,
};

fn hunks(base: &str, ours: &str, theirs: &str) -> Vec<Hunk> {
    match merge_text(base, ours, theirs) {
        TextMerge::Conflict { hunks } => hunks,
        clean => panic!("{clean:?}"),
    }
}

/// The same pick for every choice.
fn all(hunks: &[Hunk], pick: &Pick) -> String {
    let choices = hunks.iter().enumerate().filter(|(_, hunk)| matches!(hunk, Hunk::Choice { .. }));
    let picks = choices.map(|(at, _)| (at, pick.clone())).collect();
    assemble(hunks, &picks).unwrap_or_else(|missing| panic!("{missing}"))
}

#[test]
fn each_choice_gives_the_text_it_promises() {
    let hunks = hunks(
        "Mood low. Sleep poor. Risk low.",
        "Mood low. Sleep good. Risk low.",
        "Mood low. Sleep fair. Risk low.",
    );
    assert_eq!(all(&hunks, &Pick::Ours), "Mood low. Sleep good. Risk low.");
    assert_eq!(all(&hunks, &Pick::Theirs), "Mood low. Sleep fair. Risk low.");
    assert_eq!(all(&hunks, &Pick::BothOursFirst), "Mood low. Sleep good. Sleep fair. Risk low.");
    assert_eq!(all(&hunks, &Pick::BothTheirsFirst), "Mood low. Sleep fair. Sleep good. Risk low.");
    assert_eq!(all(&hunks, &Pick::Edited("Sleep mixed.".into())), "Mood low. Sleep mixed. Risk low.");
    assert_eq!(all(&hunks, &Pick::Edited(String::new())), "Mood low. Risk low.");
}

#[test]
fn both_and_edited_never_glue_sentences_together() {
    let last = hunks("Mood low. Risk low.", "Mood low. Risk moderate.", "Mood low. Risk high.");
    assert_eq!(all(&last, &Pick::BothOursFirst), "Mood low. Risk moderate. Risk high.");
    let only = hunks("", "Mood low.", "Mood high.");
    assert_eq!(all(&only, &Pick::BothTheirsFirst), "Mood high. Mood low.");
    let list = hunks("- walk", "- walk\n- yoga", "- walk\n- diary");
    assert_eq!(all(&list, &Pick::BothOursFirst), "- walk\n- yoga\n- diary");
    assert_eq!(all(&list, &Pick::Edited("- rest".into())), "- walk\n- rest");
    let last_item = hunks("- walk\n- yoga", "- walk\n- diary", "- walk\n- rest");
    assert_eq!(all(&last_item, &Pick::BothOursFirst), "- walk\n- diary\n- rest");
    let deleted = hunks("Mood low. Sleep poor.", "Mood low.", "Mood low. Sleep good.");
    assert_eq!(all(&deleted, &Pick::BothOursFirst), "Mood low. Sleep good.");
}

#[test]
fn a_missing_or_stray_choice_is_refused() {
    let hunks = hunks("Mood low. Risk low.", "Mood low. Risk moderate.", "Mood low. Risk high.");
    let choice = hunks.iter().position(|hunk| matches!(hunk, Hunk::Choice { .. })).unwrap();
    assert_eq!(assemble(&hunks, &BTreeMap::new()), Err(AssembleError::Missing(choice)));
    for stray in [0, hunks.len(), 99] {
        let picks = BTreeMap::from([(choice, Pick::Ours), (stray, Pick::Ours)]);
        assert_eq!(assemble(&hunks, &picks), Err(AssembleError::NothingToChoose(stray)));
    }
    assert!(AssembleError::Missing(0).to_string().contains("Both versions are kept"));
}

#[test]
fn hunks_and_picks_survive_the_way_to_the_screen() {
    let hunks = hunks("Mood low. Risk low.", "Mood low. Risk moderate.", "Mood low. Risk high.");
    let json = serde_json::to_string(&hunks).unwrap();
    assert_eq!(
        json,
        r#"[{"kind":"agreed","text":"Mood low. "},{"kind":"choice","changed_by":"both","base":"Risk low.","ours":"Risk moderate.","theirs":"Risk high."}]"#
    );
    assert_eq!(serde_json::from_str::<Vec<Hunk>>(&json).unwrap(), hunks);
    let picks: BTreeMap<usize, Pick> = serde_json::from_str(r#"{"1":{"edited":"Risk unclear."}}"#).unwrap();
    assert_eq!(assemble(&hunks, &picks).unwrap(), "Mood low. Risk unclear.");
}

fn shown(old: &str, new: &str) -> String {
    let mark = |DiffRun { kind, text }| match kind {
        DiffKind::Same => text,
        DiffKind::Removed => format!("[-{text}-]"),
        DiffKind::Added => format!("{{+{text}+}}"),
    };
    diff_text(old, new).into_iter().map(mark).collect()
}

#[test]
fn a_comparison_marks_words_inside_a_changed_sentence() {
    assert_eq!(
        shown(
            "Mood low. Takes sertraline 50 mg daily. Sleep poor.",
            "Mood low. Takes sertraline 100 mg daily. Sleep poor."
        ),
        "Mood low. Takes sertraline [-50-]{+100+} mg daily. Sleep poor."
    );
    assert_eq!(
        shown(
            "Reports two panic attacks at work this week.",
            "Reports three severe panic attacks at work this week."
        ),
        "Reports [-two-]{+three severe+} panic attacks at work this week."
    );
}

#[test]
fn a_comparison_marks_whole_sentences_that_came_or_went() {
    assert_eq!(
        shown("Mood low. Sleep poor.", "Mood low. Denies SI. Sleep poor."),
        "Mood low. {+Denies SI. +}Sleep poor."
    );
    assert_eq!(shown("Mood low. Sleep poor.", "Mood low."), "Mood low.[- Sleep poor.-]");
    assert_eq!(
        shown("Client cancelled by phone.", "Session held on video with her mother present."),
        "[-Client cancelled by phone.-]{+Session held on video with her mother present.+}"
    );
    assert_eq!(shown("", "Mood low."), "{+Mood low.+}");
    assert_eq!(shown("Mood low.", "Mood low."), "Mood low.");
    assert_eq!(shown("", ""), "");
}

#[test]
fn versions_too_long_to_compare_are_shown_whole() {
    let old: String = (0..6_000).map(|n| format!("Session {n} went well. ")).collect();
    let runs = diff_text(&old, "Risk low. Mood low. Sleep poor. Affect flat.".repeat(700).as_str());
    assert_eq!(runs.iter().map(|run| run.kind).collect::<Vec<_>>(), [DiffKind::Removed, DiffKind::Added]);
}
