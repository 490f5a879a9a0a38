//! Where sentences end. A missed end is tolerated, a false one is not: it would let two edits meet in one sentence.

use mentalspace_domain::merge::{Segment, segment};

fn sentences(text: &str) -> Vec<&str> {
    let pieces = segment(text);
    let whole: String = pieces
        .iter()
        .map(|piece| match piece {
            Segment::Sentence(t) | Segment::Gap(t) => *t,
        })
        .collect();
    assert_eq!(whole, text, "segmentation must lose nothing");
    pieces
        .into_iter()
        .filter_map(|piece| match piece {
            Segment::Sentence(t) => Some(t),
            Segment::Gap(_) => None,
        })
        .collect()
}

#[track_caller]
fn splits(text: &str, expected: &[&str]) {
    assert_eq!(sentences(text), expected, "in {text:?}");
}

#[track_caller]
fn holds_together(text: &str) {
    splits(text, &[text]);
}

#[test]
fn plain_prose_splits_after_each_sentence() {
    splits(
        "Mood low. Sleep poor! Any plan? None reported.",
        &["Mood low.", "Sleep poor!", "Any plan?", "None reported."],
    );
    splits("  Mood low.\n\nSleep poor.\n", &["Mood low.", "Sleep poor."]);
    splits("", &[]);
    splits(" \n\t ", &[]);
}

#[test]
fn abbreviations_initials_and_doses_do_not_split() {
    for text in [
        "Seen by Dr. Rivera today.",
        "Pt. Anna reports poor sleep.",
        "Takes trazodone 50 mg q.h.s. Per prescriber unchanged.",
        "Sertraline b.i.d. Started in May.",
        "Uses skills, e.g. Box breathing, daily.",
        "CBT vs. DBT discussed.",
        "Slept approx. 5 hours.",
        "Referred by J. R. Rivera.",
        "Dose raised from 0.5 mg to 1.5 mg.",
        "Hx. Of two admissions.",
        "Letter from Assoc. Clin. Prof. Lee.",
        "Worked with J. Rivera, Ph.D. Seen twice.",
        "Weight approx.\n50 kg.",
        "Said... Nothing more.",
        "Said… Nothing more.",
        "Impression: (?) PTSD, (?) ADHD, (!) SI",
        "Impression ? PTSD ? ADHD",
        "Was 12. and then 14.",
        "- 1. Sleep diary",
        "Item no. 5 endorsed.",
        "Temp. 37 degrees. 2 doses given.",
    ] {
        holds_together(text);
    }
}

#[test]
fn a_row_of_unknown_abbreviations_is_cut_at_most_once() {
    // Cut twice, two people could each change an end of this sentence around an untouched middle.
    splits(
        "Sent to Dahlem. Psy. Inst. Berlin for review.",
        &["Sent to Dahlem.", "Psy. Inst. Berlin for review."],
    );
}

#[test]
fn acronyms_and_scores_end_sentences() {
    splits("Meets criteria for PTSD. Sleep poor.", &["Meets criteria for PTSD.", "Sleep poor."]);
    splits("PHQ-9 was 12. Mood low.", &["PHQ-9 was 12.", "Mood low."]);
    splits("Dose is 0.5 mg. Tolerated well.", &["Dose is 0.5 mg. Tolerated well."]);
}

#[test]
fn nothing_splits_inside_a_quotation_or_bracket() {
    for text in [
        "She said \"I am fine. I sleep. I eat.\" and left.",
        "She said “I am fine. I sleep. I eat.” and left.",
        "He is 5'4\" and said \"My parents' house. It burned. I left.\" to her.",
        "Risk (none. Asked twice. Denied.) reviewed.",
        "Elle dit «Je dors. Je mange.» et part.",
        "「死にたい。もう無理。」と言った。",
        "They said 'No more. Ever.' twice.",
    ] {
        holds_together(text);
    }
    splits("Said \"I can't sleep.\" Affect flat.", &["Said \"I can't sleep.\"", "Affect flat."]);
    splits("He is 5'4\" tall. Mood low.", &["He is 5'4\" tall.", "Mood low."]);
    splits("It's the patient's view. Mood low.", &["It's the patient's view.", "Mood low."]);
    splits("Unclosed (bracket. Here\n\nNext part. End.", &["Unclosed (bracket. Here", "Next part.", "End."]);
}

#[test]
fn lists_split_by_item_and_keep_their_marks() {
    splits(
        "Plan:\n- Sleep diary\n- Call mother. Then rest.\n* Walk",
        &["Plan:", "- Sleep diary", "- Call mother.", "Then rest.", "* Walk"],
    );
    splits("1. Sleep diary.\n2. Walk daily.\n10) Call.", &["1. Sleep diary.", "2. Walk daily.", "10) Call."]);
    splits("a) sleep diary\nb) walk daily", &["a) sleep diary", "b) walk daily"]);
    splits("[ ] sleep diary\n[x] walk daily", &["[ ] sleep diary", "[x] walk daily"]);
    splits("• schlafen\n• gehen", &["• schlafen", "• gehen"]);
    holds_together("1. Sleep diary. 2. Walk daily. 3. Call.");
}

#[test]
fn short_lines_split_and_wrapped_prose_does_not() {
    splits("Sleep poor\nAppetite ok\nEnergy low", &["Sleep poor", "Appetite ok", "Energy low"]);
    splits("Sleep poor.\r\nAppetite ok.\r\n", &["Sleep poor.", "Appetite ok."]);
    holds_together("The client described a long and difficult week between\nWork and then home");
    splits(
        "Mood low. Slept badly since\nMonday. Calm.",
        &["Mood low.", "Slept badly since\nMonday.", "Calm."],
    );
    holds_together("Client denies any\nSI or HI");
    holds_together("Suicidal ideation:\nDenied");
    holds_together("client denies\nideation or plan");
    holds_together("Seen by Dr.\nRivera");
    splits("Mood low\n\nsleep poor", &["Mood low", "sleep poor"]);
    splits("Mood low\u{2029}sleep poor", &["Mood low", "sleep poor"]);
}

#[test]
fn other_scripts_split_at_their_own_stops() {
    splits("気分が低い。睡眠不足。", &["気分が低い。", "睡眠不足。"]);
    splits("هل تنام؟ لا أنام.", &["هل تنام؟", "لا أنام."]);
    splits("मन उदास है। नींद कम है।", &["मन उदास है।", "नींद कम है।"]);
    splits("Dijo que no. ¿Duerme bien? Sí.", &["Dijo que no.", "¿Duerme bien?", "Sí."]);
}

#[test]
fn a_page_of_punctuation_is_read_once() {
    // Each look back or ahead is bounded; quadratic, these would take minutes.
    for noise in [". ! \" ( ", "( ", "a\n", ". ", "a. ", "。", "Ab. ", "1. ", "A\n ", "' "] {
        let lead = ["", &" ".repeat(100_000), &"- ".repeat(50_000)]
            .map(|lead| lead.to_owned() + &noise.repeat(50_000));
        assert!(lead.iter().all(|text| !sentences(text).is_empty()));
    }
}
