//! States, signatures, late entries and diverging edits.

use super::super::{
    DemoDivergenceKind, DemoNote, DemoNoteKind, DemoNoteState, DemoPractice, DemoRisk, DemoStatus, DemoVisit,
    UserIndex,
};
use super::practice;

#[test]
fn notes_stand_where_a_real_practice_would_have_them() {
    let practice = practice();
    notes_belong_to_visits(&practice);
    signatures_are_in_order(&practice);
    some_drafts_are_overdue(&practice);
    divergences_are_what_they_claim(&practice);
    late_entries_follow_signatures(&practice);
    safety_is_followed_up(&practice);
}

fn notes_belong_to_visits(practice: &DemoPractice) {
    let mut seen = vec![false; practice.appointments.len()];
    for note in &practice.notes {
        let place = note.appointment.unwrap().0;
        let visit = &practice.appointments[place];
        assert!(!std::mem::replace(&mut seen[place], true), "two notes for one visit");
        assert_eq!((note.client, note.author), (visit.client, visit.clinician));
        assert_eq!((note.service_date, note.start, note.end), (visit.date, visit.start, visit.end));
        let kept = visit.status == DemoStatus::Completed;
        match note.kind {
            DemoNoteKind::Cancellation => assert!(!kept),
            DemoNoteKind::Contact => assert!(kept && visit.visit == DemoVisit::PhoneContact),
            DemoNoteKind::Intake => assert!(kept && visit.visit == DemoVisit::Intake),
            _ => assert!(kept && matches!(visit.visit, DemoVisit::Session | DemoVisit::JointSession)),
        }
    }
    for (visit, seen) in practice.appointments.iter().zip(&seen) {
        let old = (practice.as_of - visit.date).num_days() > 2;
        assert!(*seen || !old, "a visit of {} has no note", visit.date);
    }
}

fn signatures_are_in_order(practice: &DemoPractice) {
    let now = practice.as_of.and_hms_opt(8, 0, 0).unwrap();
    let mut cosigned = 0;
    for note in &practice.notes {
        let end = note.service_date.and_time(note.end);
        let supervised = practice.users[note.author.0].supervisor;
        match note.state {
            DemoNoteState::Draft => {}
            DemoNoteState::Signed { at } => {
                assert!(at > end && at < now && supervised.is_none());
            }
            DemoNoteState::AwaitingCosign { at } => assert!(at > end && at < now && supervised.is_some()),
            DemoNoteState::Cosigned { at, by, cosigned_at } => {
                assert!(at > end && cosigned_at > at && cosigned_at < now);
                assert_eq!(Some(by), supervised);
                assert_ne!(by, note.author);
                cosigned += 1;
            }
        }
        assert_ne!(note.author, UserIndex(2), "the supervisor signs as supervisor only");
        let unfinished = note.sections.iter().any(|section| section.text.is_empty());
        assert!(
            !unfinished || note.state == DemoNoteState::Draft,
            "a signed note with an empty section: {note:?}"
        );
    }
    assert!(cosigned > 300);
}

fn overdue(practice: &DemoPractice) -> Vec<&DemoNote> {
    practice
        .notes
        .iter()
        .filter(|note| {
            note.state == DemoNoteState::Draft && (practice.as_of - note.service_date).num_days() > 4
        })
        .collect()
}

fn some_drafts_are_overdue(practice: &DemoPractice) {
    let overdue = overdue(practice);
    assert!((10..=25).contains(&overdue.len()), "{} overdue drafts", overdue.len());
    let mut authors: Vec<UserIndex> = overdue.iter().map(|note| note.author).collect();
    authors.sort_unstable();
    authors.dedup();
    assert_eq!(authors.len(), 4, "spread over all clinicians");
}

fn divergences_are_what_they_claim(practice: &DemoPractice) {
    let mut conflicts = 0;
    let mut combined = 0;
    for note in &practice.notes {
        let Some(divergence) = &note.divergence else { continue };
        assert_eq!(note.state, DemoNoteState::Draft, "only drafts are edited");
        let section = note.sections.iter().find(|section| section.key == divergence.section).unwrap();
        assert_eq!(section.text, divergence.base);
        let (base, first, second) = (&divergence.base, &divergence.first.text, &divergence.second.text);
        assert!(first != base && second != base && first != second);
        let prefix =
            |text: &str| base.bytes().zip(text.bytes()).take_while(|(one, other)| one == other).count();
        let apart = prefix(first).abs_diff(prefix(second));
        match divergence.kind {
            DemoDivergenceKind::Conflict => conflicts += 1,
            DemoDivergenceKind::Combined => {
                assert!(apart > 80, "edits {apart} bytes apart would touch");
                combined += 1;
            }
        }
        assert!(divergence.second.written_at > divergence.first.written_at);
    }
    assert_eq!((conflicts, combined), (4, 2));
}

fn late_entries_follow_signatures(practice: &DemoPractice) {
    let mut count = 0;
    for note in practice.notes.iter().filter(|note| !note.addenda.is_empty()) {
        let (DemoNoteState::Signed { at }
        | DemoNoteState::AwaitingCosign { at }
        | DemoNoteState::Cosigned { at, .. }) = note.state
        else {
            panic!("an addendum to a draft")
        };
        for addendum in &note.addenda {
            assert!(addendum.written_at > at && !addendum.text.is_empty());
            count += 1;
        }
    }
    assert!((5..=12).contains(&count), "{count} late entries");
}

/// After thoughts of death were reported, the next session and every absence shortly after speak of it.
fn safety_is_followed_up(practice: &DemoPractice) {
    let mut reported = 0;
    for (place, note) in practice.notes.iter().enumerate().filter(|(_, note)| note.risk == DemoRisk::Moderate)
    {
        reported += 1;
        let next = practice.notes[place + 1..].iter().find(|later| {
            later.client == note.client && later.sections.iter().any(|section| section.key == "risk")
        });
        let Some(next) = next.filter(|next| next.risk == DemoRisk::Low) else { continue };
        let risk = &next.sections.iter().find(|section| section.key == "risk").unwrap().text;
        let words = ["passive", "earlier", "since", "last passive", "disclosure", "ideation"];
        assert!(words.iter().any(|word| risk.to_lowercase().contains(word)) || risk.is_empty(), "{risk}");
    }
    assert!((5..60).contains(&reported), "{reported} sessions with passive thoughts of death");
}
