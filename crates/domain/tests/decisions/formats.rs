//! Switching the format of a progress note: no word is lost, none is made.

use crate::practice::{
    Kept, applied, as_rivera, client_id, context, instant, noop, note, osei, other_client_id, refused,
    rivera, uuid,
};
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::command::Command;
use mentalspace_domain::decision::RefusalCode;
use mentalspace_domain::ids::{BranchId, DeviceId, NoteId, RevisionId, VersionId};
use mentalspace_domain::note::format::{SwitchFormat, switched};
use mentalspace_domain::note::sections::{section_spec, sections};
use mentalspace_domain::note::{
    Combined, Note, NoteFormat, NoteRevision, NoteState, NoteType, RevisionKind, SectionKey,
};
use mentalspace_domain::people::Role;
use proptest::prelude::*;
use std::collections::BTreeMap;

const FORMATS: [NoteFormat; 5] =
    [NoteFormat::Soap, NoteFormat::Dap, NoteFormat::Birp, NoteFormat::Girp, NoteFormat::Narrative];

fn texts(pairs: &[(&str, &str)]) -> BTreeMap<SectionKey, String> {
    pairs.iter().map(|(key, text)| (SectionKey::from(*key), (*text).to_owned())).collect()
}

fn soap() -> Vec<(&'static str, &'static str)> {
    vec![
        ("subjective", "Says she slept badly."),
        ("objective", "Tearful at first, then settled."),
        ("assessment", "Grief, not depression."),
        ("plan", "Weekly sessions."),
        ("interventions", "Named the loss."),
        ("client_response", "Took it up."),
        ("homework", "One walk a day."),
        ("risk", "Denies thoughts of suicide."),
    ]
}

fn switch(from: NoteFormat, to: NoteFormat) -> Command {
    Command::NoteFormat(SwitchFormat {
        note_id: NoteId::new(uuid(61)),
        client_id: client_id(),
        from: Some(from),
        to,
    })
}

fn chart(note: Note) -> Kept {
    Kept::default().with(Bucket::clinical(client_id()), note)
}

#[test]
fn soap_becomes_dap_and_birp() {
    let dap = switched(&texts(&soap()), NoteFormat::Dap);
    let expected = texts(&[
        ("data", "Says she slept badly.\n\nTearful at first, then settled."),
        ("assessment", "Grief, not depression."),
        ("plan", "Weekly sessions."),
        ("interventions", "Named the loss."),
        ("client_response", "Took it up."),
        ("homework", "One walk a day."),
        ("risk", "Denies thoughts of suicide."),
    ]);
    assert_eq!(dap, expected);

    let birp = switched(&dap, NoteFormat::Birp);
    let expected = texts(&[
        ("behavior", "Says she slept badly.\n\nTearful at first, then settled."),
        ("intervention", "Named the loss."),
        ("response", "Took it up."),
        ("plan", "Weekly sessions."),
        ("homework", "One walk a day."),
        ("risk", "Denies thoughts of suicide."),
        ("carried_over", "Carried over from Assessment:\nGrief, not depression."),
    ]);
    assert_eq!(birp, expected);
}

#[test]
fn what_was_carried_over_comes_back() {
    let before = texts(&soap());
    assert_eq!(switched(&switched(&before, NoteFormat::Girp), NoteFormat::Soap), before);
    let dap = switched(&before, NoteFormat::Dap);
    assert_eq!(switched(&switched(&dap, NoteFormat::Birp), NoteFormat::Dap), dap);
}

#[test]
fn what_the_author_wrote_under_carried_over_stays_there() {
    let mut before = texts(&soap());
    before.insert(SectionKey::from("carried_over"), "To be sorted.\n\nSecond thoughts.\n".to_owned());
    let there = switched(&before, NoteFormat::Birp);
    assert_eq!(
        there[&SectionKey::from("carried_over")],
        "To be sorted.\n\nSecond thoughts.\n\n\nCarried over from Assessment:\nGrief, not depression."
    );
    let back = switched(&there, NoteFormat::Dap);
    assert_eq!(back[&SectionKey::from("carried_over")], before[&SectionKey::from("carried_over")]);
    assert_eq!(back[&SectionKey::from("assessment")], "Grief, not depression.");
}

#[test]
fn a_section_of_a_later_release_is_left_alone() {
    let before = texts(&[("measures", "PHQ-9 12"), ("subjective", "Slept badly.")]);
    for format in FORMATS {
        assert_eq!(switched(&before, format)[&SectionKey::from("measures")], "PHQ-9 12");
    }
}

/// Sentences that can be told apart, in any section of any format.
fn written() -> impl Strategy<Value = BTreeMap<SectionKey, String>> {
    let keys: Vec<&'static str> = FORMATS
        .into_iter()
        .flat_map(|format| sections(NoteType::Progress, Some(format)))
        .map(|spec| spec.key)
        .chain(["carried_over", "of_a_later_release"])
        .collect();
    let text = prop::collection::vec(("[a-z]{1,6}( [a-z]{1,6}){0,3}\\.", "(\n|\n\n| )"), 1..4);
    prop::collection::btree_map(prop::sample::select(keys), text, 0..8).prop_map(|sections| {
        sections
            .into_iter()
            .map(|(key, parts)| {
                let text: String = parts
                    .into_iter()
                    .enumerate()
                    .map(|(n, (sentence, space))| format!("{key} {n} {sentence}{space}"))
                    .collect();
                (SectionKey::from(key), text)
            })
            .collect()
    })
}

fn sentences(texts: &BTreeMap<SectionKey, String>) -> Vec<String> {
    let mut all: Vec<String> = texts
        .values()
        .flat_map(|text| {
            text.lines().filter(|line| !line.starts_with("Carried over from ")).collect::<Vec<_>>()
        })
        .flat_map(|line| line.split_inclusive('.').map(|sentence| sentence.trim().to_owned()))
        .filter(|sentence| !sentence.is_empty())
        .collect();
    all.sort();
    all
}

/// A walk through formats with a given switch, for the property and for its negative control.
fn keeps_every_sentence(
    before: &BTreeMap<SectionKey, String>,
    walk: &[NoteFormat],
    switched: impl Fn(&BTreeMap<SectionKey, String>, NoteFormat) -> BTreeMap<SectionKey, String>,
) -> bool {
    let mut now = before.clone();
    walk.iter().all(|format| {
        now = switched(&now, *format);
        sentences(&now) == sentences(before)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_walk_through_the_formats_loses_or_makes_a_sentence(
        before in written(),
        walk in prop::collection::vec(prop::sample::select(FORMATS.to_vec()), 1..6),
    ) {
        prop_assert!(keeps_every_sentence(&before, &walk, switched));
    }

    #[test]
    fn text_stands_only_where_the_format_shows_it(before in written(), to in prop::sample::select(FORMATS.to_vec())) {
        let shown: Vec<&str> = sections(NoteType::Progress, Some(to)).into_iter().map(|spec| spec.key).collect();
        for key in switched(&before, to).keys() {
            let known = section_spec(key.as_str()).is_some();
            prop_assert!(!known || key.as_str() == "carried_over" || shown.contains(&key.as_str()), "{key}");
        }
    }

    #[test]
    fn switching_to_the_same_format_again_changes_nothing(before in written(), to in prop::sample::select(FORMATS.to_vec())) {
        let once = switched(&before, to);
        prop_assert_eq!(switched(&once, to), once);
    }
}

#[test]
fn a_switch_that_overwrote_would_be_caught() {
    let overwriting = |texts: &BTreeMap<SectionKey, String>, to| {
        let mut out = switched(texts, to);
        if let Some(data) = out.get_mut(&SectionKey::from("data")) {
            "Only the last one.".clone_into(data);
        }
        out
    };
    assert!(!keeps_every_sentence(&texts(&soap()), &[NoteFormat::Dap], overwriting));
    assert!(keeps_every_sentence(&texts(&soap()), &[NoteFormat::Dap], switched));
}

#[test]
fn a_switch_keeps_the_replaced_texts_and_counts_a_revision() {
    let mut kept = chart(note(NoteType::Progress, Some(NoteFormat::Soap), &soap()));
    let ctx = as_rivera();
    applied(kept.run(&switch(NoteFormat::Soap, NoteFormat::Dap), &ctx));
    let now: Note = kept.get(uuid(61)).unwrap();
    assert_eq!((now.format, now.revision), (Some(NoteFormat::Dap), 4));
    assert_eq!((now.edited_at, now.edited_on), (ctx.asserted_at, ctx.device));
    let old: NoteRevision = kept.get(RevisionId::derived(ctx.command, "replaced").uuid()).unwrap();
    assert_eq!((old.kind, old.number, old.device), (RevisionKind::Replaced, 3, DeviceId::new(uuid(32))));
    assert_eq!(old.written_at, instant("2026-03-10T14:30:00Z"));
    assert_eq!(old.sections, texts(&soap()[..2]), "only what gave way is kept, and all of it");
    noop(kept.run(&switch(NoteFormat::Soap, NoteFormat::Dap), &ctx));
}

#[test]
fn marks_of_pulled_forward_text_follow_the_text() {
    let mut before = note(NoteType::Progress, Some(NoteFormat::Soap), &soap());
    let earlier = NoteId::new(uuid(60));
    before.pulled_forward = ["objective", "assessment", "homework"]
        .map(|key| (SectionKey::from(key), earlier))
        .into_iter()
        .collect();
    let mut kept = chart(before);
    applied(kept.run(&switch(NoteFormat::Soap, NoteFormat::Birp), &as_rivera()));
    let now: Note = kept.get(uuid(61)).unwrap();
    let marked: Vec<&str> = now.pulled_forward.keys().map(SectionKey::as_str).collect();
    assert_eq!(marked, ["behavior", "carried_over", "homework"]);
}

#[test]
fn who_switches_what_when() {
    let command = switch(NoteFormat::Soap, NoteFormat::Dap);
    let draft = || note(NoteType::Progress, Some(NoteFormat::Soap), &soap());
    let decide = |change: &dyn Fn(&mut Note)| {
        let mut note = draft();
        change(&mut note);
        chart(note).decide(&command, &as_rivera())
    };
    applied(decide(&|_| {}));
    refused(decide(&|note| note.author = osei()), RefusalCode::NotAuthor);
    refused(decide(&|note| note.client = other_client_id()), RefusalCode::NotFound);
    refused(decide(&|note| note.note_type = NoteType::Intake), RefusalCode::Invalid);
    refused(decide(&|note| note.branches = vec![BranchId::new(uuid(62))]), RefusalCode::OpenConflict);
    refused(decide(&|note| note.format = Some(NoteFormat::Birp)), RefusalCode::WrongState);
    refused(
        decide(&|note| {
            note.combined.insert(
                SectionKey::from("plan"),
                Combined {
                    base: String::new(),
                    ours: String::new(),
                    theirs: String::new(),
                    from_device: DeviceId::new(uuid(33)),
                    asserted_at: instant("2026-03-10T14:30:00Z"),
                },
            );
        }),
        RefusalCode::Unconfirmed,
    );
    let version = VersionId::new(uuid(63));
    let signed_at = instant("2026-03-10T14:40:00Z");
    refused(
        decide(&|note| note.state = NoteState::Signed { version, signed_at }),
        RefusalCode::AlreadySigned,
    );
    refused(
        decide(&|note| {
            note.state =
                NoteState::Voided { reason: String::new(), by: rivera(), at: signed_at, version: None };
        }),
        RefusalCode::Voided,
    );
}

#[test]
fn a_note_that_is_not_here_is_not_switched() {
    let command = switch(NoteFormat::Soap, NoteFormat::Dap);
    let here = chart(note(NoteType::Progress, Some(NoteFormat::Soap), &soap()));
    refused(Kept::default().decide(&command, &as_rivera()), RefusalCode::NotFound);
    refused(
        here.clone().not_holding(Bucket::clinical(client_id())).decide(&command, &as_rivera()),
        RefusalCode::NotFound,
    );
    refused(here.decide(&command, &context(rivera(), Role::Clinician, &[])), RefusalCode::NotAllowed);
    for role in Role::ALL.into_iter().filter(|role| *role != Role::Clinician) {
        let ctx = context(rivera(), role, &[Bucket::clinical(client_id())]);
        refused(here.decide(&command, &ctx), RefusalCode::NotAllowed);
    }
}
