//! What becomes of notes after writing: signatures, overdue drafts, late entries, diverging edits.

use chrono::{Days, NaiveDate, NaiveDateTime, TimeDelta};

use super::bank::Bank;
use super::chart::moment;
use super::model::{
    DemoAddendum, DemoDivergence, DemoDivergenceKind, DemoEdit, DemoNote, DemoNoteKind, DemoNoteState,
};
use super::pen::sentences;
use super::people::{SUPERVISEE, SUPERVISOR};
use super::persona::Persona;
use super::random::Dice;

/// Drafts that should have been signed long ago.
const OVERDUE: usize = 15;
/// Drafts with two edits of one sentence.
const CONFLICTS: usize = 4;
/// Drafts with two edits far apart.
const COMBINED: usize = 2;
/// Signed notes with an addition.
const ADDENDA: usize = 8;

/// Hour at which the practice is looked at, on the as-of day.
const LOOKED_AT: u32 = 7;

pub(super) fn settle(
    notes: &mut [DemoNote],
    personas: &[Persona],
    bank: &Bank,
    as_of: NaiveDate,
    dice: &mut Dice,
) {
    let now = as_of.and_hms_opt(LOOKED_AT, 0, 0).unwrap_or_default();
    for note in notes.iter_mut() {
        note.state = signed(note, now, dice);
    }
    let overdue = leave_overdue(notes, as_of, dice);
    diverge(notes, &overdue, personas, bank, dice);
    blank_some(notes, &overdue, dice);
    add_late_entries(notes, personas, bank, as_of, dice);
}

/// When a note was signed, and co-signed where that is due.
fn signed(note: &DemoNote, now: NaiveDateTime, dice: &mut Dice) -> DemoNoteState {
    let end = note.service_date.and_time(note.end);
    let at = match dice.below(100) {
        0..58 => end + TimeDelta::minutes(i64::from(dice.between(4, 45))),
        58..80 => evening(note.service_date, dice),
        80..96 => morning(note.service_date + Days::new(1), dice),
        _ => morning(note.service_date + Days::new(dice.between(2, 6) as u64), dice),
    };
    let at = at.max(end + TimeDelta::minutes(3));
    if at >= now {
        return DemoNoteState::Draft;
    }
    if note.author != SUPERVISEE {
        return DemoNoteState::Signed { at };
    }
    let cosigned_at = evening(at.date() + Days::new(dice.between(1, 7) as u64), dice);
    if cosigned_at < now {
        DemoNoteState::Cosigned { at, by: SUPERVISOR, cosigned_at }
    } else {
        DemoNoteState::AwaitingCosign { at }
    }
}

fn evening(date: NaiveDate, dice: &mut Dice) -> NaiveDateTime {
    let minutes = dice.between(18 * 60, 20 * 60);
    date.and_hms_opt(0, 0, 0).unwrap_or_default() + TimeDelta::minutes(i64::from(minutes))
}

fn morning(date: NaiveDate, dice: &mut Dice) -> NaiveDateTime {
    let minutes = dice.between(7 * 60 + 10, 8 * 60 + 20);
    date.and_hms_opt(0, 0, 0).unwrap_or_default() + TimeDelta::minutes(i64::from(minutes))
}

fn is_progress(note: &DemoNote) -> bool {
    !matches!(note.kind, DemoNoteKind::Intake | DemoNoteKind::Contact | DemoNoteKind::Cancellation)
}

/// Takes back the signature of some notes of the last weeks, by turns among the authors.
fn leave_overdue(notes: &mut [DemoNote], as_of: NaiveDate, dice: &mut Dice) -> Vec<usize> {
    let mut authors: Vec<_> = notes.iter().map(|note| note.author).collect();
    authors.sort_unstable();
    authors.dedup();
    let mut waiting: Vec<Vec<usize>> = authors
        .iter()
        .map(|author| {
            let mut own: Vec<usize> = notes
                .iter()
                .enumerate()
                .filter(|(_, note)| note.author == *author && is_progress(note))
                .filter(|(_, note)| (5..=32).contains(&(as_of - note.service_date).num_days()))
                .map(|(index, _)| index)
                .collect();
            dice.shuffle(&mut own);
            own
        })
        .collect();
    let mut chosen = Vec::new();
    while chosen.len() < OVERDUE && waiting.iter().any(|own| !own.is_empty()) {
        for own in &mut waiting {
            if let Some(index) = own.pop().filter(|_| chosen.len() < OVERDUE) {
                if let Some(note) = notes.get_mut(index) {
                    note.state = DemoNoteState::Draft;
                }
                chosen.push(index);
            }
        }
    }
    chosen
}

/// Gives the first overdue drafts a second device's edit.
fn diverge(notes: &mut [DemoNote], overdue: &[usize], personas: &[Persona], bank: &Bank, dice: &mut Dice) {
    let mut conflicts = 0;
    let mut combined = 0;
    let mut said = Vec::new();
    for index in overdue {
        let Some(note) = notes.get_mut(*index) else { continue };
        let Some(persona) = personas.get(note.client.0) else { continue };
        if conflicts < CONFLICTS {
            if let Some(divergence) = conflict(note, persona, bank, &mut said, dice) {
                settle_base(note, &divergence);
                note.divergence = Some(divergence);
                conflicts += 1;
            }
        } else if combined < COMBINED
            && let Some(divergence) = combination(note, persona, bank, dice)
        {
            settle_base(note, &divergence);
            note.divergence = Some(divergence);
            combined += 1;
        }
    }
}

fn settle_base(note: &mut DemoNote, divergence: &DemoDivergence) {
    if let Some(section) = note.sections.iter_mut().find(|section| section.key == divergence.section) {
        section.text.clone_from(&divergence.base);
    }
}

/// Two edits of the last sentence of a section.
fn conflict(
    note: &DemoNote,
    persona: &Persona,
    bank: &Bank,
    said: &mut Vec<usize>,
    dice: &mut Dice,
) -> Option<DemoDivergence> {
    let mut headings = [
        ("conflict plan", "plan"),
        ("conflict risk", "risk"),
        ("conflict homework", "homework"),
        ("conflict assessment", "assessment"),
        ("conflict response", "client_response"),
    ];
    dice.shuffle(&mut headings);
    let (line, section) = headings.iter().find_map(|(heading, key)| {
        let section = note.sections.iter().find(|section| section.key == *key && !section.text.is_empty())?;
        let line = bank.pool("common", heading).iter().find(|line| !said.contains(&line.number))?;
        Some((line, section))
    })?;
    said.push(line.number);
    let mut texts = line.text.split(" || ");
    let mut version = || {
        let last = persona.facts.sentence(texts.next()?, dice)?;
        Some(format!("{} {last}", section.text))
    };
    let (base, first, second) = (version()?, version()?, version()?);
    Some(devices(DemoDivergenceKind::Conflict, note, section.key, base, first, second, dice))
}

/// One edit after the first sentence of a section and one at its end.
fn combination(note: &DemoNote, persona: &Persona, bank: &Bank, dice: &mut Dice) -> Option<DemoDivergence> {
    let keys = ["subjective", "data", "behavior", "goal", "narrative"];
    let section = note.sections.iter().find(|section| keys.contains(&section.key))?;
    let parts = sentences(&section.text);
    // With fewer sentences the two edits would touch.
    if parts.len() < 4 {
        return None;
    }
    let early = persona.facts.sentence(dice.pick(bank.pool("common", "combined first"))?.text, dice)?;
    let late = persona.facts.sentence(dice.pick(bank.pool("common", "combined second"))?.text, dice)?;
    let opening = parts.first()?;
    let after = section.text.find(opening)? + opening.len();
    let (head, tail) = section.text.split_at(after);
    let first = format!("{head} {early}{tail}");
    let second = format!("{} {late}", section.text);
    let base = section.text.clone();
    Some(devices(DemoDivergenceKind::Combined, note, section.key, base, first, second, dice))
}

fn devices(
    kind: DemoDivergenceKind,
    note: &DemoNote,
    section: &'static str,
    base: String,
    first: String,
    second: String,
    dice: &mut Dice,
) -> DemoDivergence {
    let first_at = evening(note.service_date, dice).max(note.service_date.and_time(note.end));
    let second_at = first_at + TimeDelta::minutes(i64::from(dice.between(35, 160)));
    DemoDivergence {
        kind,
        section,
        base,
        first: DemoEdit { device: "Office laptop", written_at: first_at, text: first },
        second: DemoEdit { device: "Home laptop", written_at: second_at, text: second },
    }
}

/// Half of the overdue drafts were broken off before the last sections.
fn blank_some(notes: &mut [DemoNote], overdue: &[usize], dice: &mut Dice) {
    for index in overdue {
        let Some(note) = notes.get_mut(*index) else { continue };
        if note.divergence.is_some() || dice.chance(45) {
            continue;
        }
        let kept = dice.between(2, 6) as usize;
        for section in note.sections.iter_mut().skip(kept) {
            section.text.clear();
        }
    }
}

fn add_late_entries(
    notes: &mut [DemoNote],
    personas: &[Persona],
    bank: &Bank,
    as_of: NaiveDate,
    dice: &mut Dice,
) {
    let pool = bank.pool("common", "addendum");
    let signed: Vec<usize> = notes
        .iter()
        .enumerate()
        .filter(|(_, note)| is_progress(note) && !matches!(note.state, DemoNoteState::Draft))
        .filter(|(_, note)| (20..=400).contains(&(as_of - note.service_date).num_days()))
        .map(|(index, _)| index)
        .collect();
    let mut added = 0;
    for _ in 0..200 {
        if added == ADDENDA {
            break;
        }
        let Some(note) = dice.pick(&signed).copied().and_then(|index| notes.get_mut(index)) else { continue };
        let (Some(line), Some(persona)) = (pool.get(added % pool.len()), personas.get(note.client.0)) else {
            continue;
        };
        let (DemoNoteState::Signed { at }
        | DemoNoteState::AwaitingCosign { at }
        | DemoNoteState::Cosigned { at, .. }) = note.state
        else {
            continue;
        };
        let written_at = evening(at.date() + Days::new(dice.between(1, 6) as u64), dice);
        let mut facts = persona.facts.clone();
        facts.set("written", moment(written_at));
        facts.set("service", super::words::day(note.service_date));
        if !note.addenda.is_empty() || !facts.allow(line) {
            continue;
        }
        if let Some(text) = facts.sentence(line.text, dice) {
            note.addenda.push(DemoAddendum { written_at, text });
            added += 1;
        }
    }
}
