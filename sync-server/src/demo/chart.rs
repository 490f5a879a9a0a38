//! One client's chart: the notes of all visits, in order, each knowing what came before.

use chrono::NaiveDate;

use super::bank::Bank;
use super::between::{self, Correspondent, Party};
use super::course::{Point, Stage};
use super::fill::Facts;
use super::model::{
    AppointmentIndex, DemoAppointment, DemoMeasure, DemoNote, DemoNoteKind, DemoNoteState, DemoRisk,
    DemoStatus, DemoVisit,
};
use super::pen::{ChartMemory, Pen, PracticeMemory};
use super::persona::Persona;
use super::progress::{self, Sitting};
use super::random::Dice;
use super::visitfacts::{self, Story};
use super::{intake, words};

/// Attempts at a note that resembles no other.
const ATTEMPTS: usize = 12;

/// What the chart of one client is written from.
#[derive(Debug)]
pub(super) struct Chart<'a> {
    pub(super) bank: &'a Bank,
    pub(super) persona: &'a Persona,
    /// The client's visits in order, with their positions in the schedule.
    pub(super) visits: Vec<(AppointmentIndex, &'a DemoAppointment)>,
    /// All visits, to look up where one was moved to.
    pub(super) schedule: &'a [DemoAppointment],
    /// One point for each completed session.
    pub(super) course: &'a [Point],
    pub(super) first_visit: NaiveDate,
    pub(super) closed: bool,
    /// Visits before the pace was halved.
    pub(super) weekly: usize,
    pub(super) thorough: bool,
    pub(super) formats: &'static [DemoNoteKind],
    pub(super) correspondents: Vec<(Party, Correspondent)>,
}

/// Everything of one note that is decided before signing.
struct Written {
    note: DemoNote,
    story: Story,
    used: super::pen::Used,
}

impl Chart<'_> {
    /// Writes the chart. Visits of the last two days may still be without a note.
    pub(super) fn write(
        &self,
        practice: &mut PracticeMemory,
        as_of: NaiveDate,
        dice: &mut Dice,
    ) -> (Vec<DemoNote>, Vec<DemoMeasure>) {
        let mut memory = ChartMemory::new(self.bank.size);
        let mut story = Story::default();
        let mut notes = Vec::new();
        let mut measures = Vec::new();
        let home = dice.pick(self.formats).copied().unwrap_or(DemoNoteKind::ProgressSoap);
        for position in 0..self.visits.len() {
            let (_, visit) = self.visits[position];
            if visit.status == DemoStatus::Scheduled {
                break;
            }
            let unwritten = (as_of - visit.date).num_days() <= 2 && dice.chance(35);
            let point = self.course.get(story.sessions).filter(|_| completed_session(visit));
            if let Some(measure) = point.and_then(|point| measure(visit, point, self.persona)) {
                measures.push(measure);
            }
            if unwritten {
                if let Some(point) = point {
                    advance(&mut story, visit, point);
                }
                continue;
            }
            let format =
                if dice.chance(93) { home } else { dice.pick(self.formats).copied().unwrap_or(home) };
            let mut best = None;
            let base = dice.next();
            for attempt in 0..ATTEMPTS {
                let own = Dice::stream(base, "attempt", attempt);
                let written = self.note(position, format, practice, &memory, &story, own);
                let alike = practice.resembles(&written.note.body());
                best = Some(written);
                if !alike {
                    break;
                }
            }
            let Some(Written { note, story: after, used }) = best else { continue };
            used.enter(practice, &mut memory);
            practice.remember(&note.body());
            memory.note += 1;
            story = after;
            if let Some(point) = point {
                advance(&mut story, visit, point);
            }
            notes.push(note);
        }
        (notes, measures)
    }

    fn note(
        &self,
        position: usize,
        format: DemoNoteKind,
        practice: &PracticeMemory,
        memory: &ChartMemory,
        story: &Story,
        mut dice: Dice,
    ) -> Written {
        let (index, visit) = self.visits[position];
        let next = self.visits[position + 1..]
            .iter()
            .map(|(_, visit)| *visit)
            .find(|later| later.visit != DemoVisit::PhoneContact && later.date > visit.date);
        let mut facts = visitfacts::common(self.persona, story, self.first_visit, visit, next, &mut dice);
        let mut note = DemoNote {
            client: visit.client,
            author: visit.clinician,
            appointment: Some(index),
            kind: format,
            service_date: visit.date,
            start: visit.start,
            end: visit.end,
            modality: visit.modality,
            participants: participants(visit, self.persona),
            diagnoses: (0..self.persona.diagnoses.len()).collect(),
            goals: Vec::new(),
            risk: DemoRisk::NotAssessed,
            sections: Vec::new(),
            fields: Vec::new(),
            state: DemoNoteState::Draft,
            addenda: Vec::new(),
            divergence: None,
        };
        let mut after = story.clone();
        let pen = if completed_session(visit) {
            self.session_facts(&mut facts, position, story, &mut dice);
            let mut pen = Pen::new(self.bank, practice, memory, facts, dice);
            match self.course.get(story.sessions) {
                Some(point) if visit.visit != DemoVisit::Intake => {
                    let sitting = self.sitting(point, format, next.is_some(), position, memory);
                    let progress = progress::write(&mut pen, sitting, story);
                    note.sections = progress.sections;
                    note.goals = progress.goals;
                    note.risk = progress.risk;
                    after = progress.story;
                }
                _ => {
                    note.kind = DemoNoteKind::Intake;
                    note.sections =
                        intake::write(&mut pen, self.persona.problem.file, &self.persona.diagnoses);
                    note.risk = DemoRisk::Low;
                }
            }
            pen
        } else {
            note.diagnoses.clear();
            let mut pen = Pen::new(self.bank, practice, memory, facts, dice);
            let short = if visit.visit == DemoVisit::PhoneContact {
                note.kind = DemoNoteKind::Contact;
                let (party, with) = self.party(story, pen.facts.has_flag("summer"), &mut pen.dice);
                if party == Party::Family {
                    pen.facts.set("kin", with.relationship.clone());
                }
                between::contact(&mut pen, party, &with)
            } else {
                note.kind = DemoNoteKind::Cancellation;
                let moved = visit.moved_to.and_then(|target| self.schedule.get(target.0));
                between::cancellation(&mut pen, visit, moved, story)
            };
            note.sections = short.sections;
            note.fields = short.fields;
            pen
        };
        Written { note, story: after, used: pen.lift() }
    }

    fn session_facts(&self, facts: &mut Facts, position: usize, story: &Story, dice: &mut Dice) {
        let (_, visit) = self.visits[position];
        let before = self.visits[..position]
            .iter()
            .rev()
            .map(|(_, visit)| *visit)
            .find(|earlier| earlier.visit != DemoVisit::PhoneContact);
        if let Some(point) = self.course.get(story.sessions) {
            visitfacts::session(facts, visit, before, story, point, dice);
        }
    }

    fn sitting<'b>(
        &'b self,
        point: &'b Point,
        kind: DemoNoteKind,
        booked: bool,
        position: usize,
        memory: &ChartMemory,
    ) -> Sitting<'b> {
        let ended = self.closed && point.stage == Stage::Ending;
        Sitting {
            file: self.persona.problem.file,
            point,
            kind,
            booked: booked && !ended,
            weekly: position < self.weekly,
            minor: self.persona.minor,
            thorough: self.thorough,
            goals: &self.persona.goals,
            number: memory.note,
        }
    }

    fn party(&self, story: &Story, summer: bool, dice: &mut Dice) -> (Party, Correspondent) {
        let recent = story.passive.is_some_and(|(_, since)| since == 0);
        let wanted = recent.then_some(Party::SafetyCheck);
        let found = self
            .correspondents
            .iter()
            .find(|(party, _)| Some(*party) == wanted)
            .or_else(|| {
                let open: Vec<&(Party, Correspondent)> = self
                    .correspondents
                    .iter()
                    .filter(|(party, _)| *party != Party::SafetyCheck && !(summer && *party == Party::School))
                    .collect();
                dice.pick(&open).copied()
            })
            .cloned();
        found.unwrap_or_else(|| {
            let person = self.persona.preferred.unwrap_or(self.persona.given).to_owned();
            (
                Party::Client,
                Correspondent { person, organisation: String::new(), relationship: "client".to_owned() },
            )
        })
    }
}

fn completed_session(visit: &DemoAppointment) -> bool {
    visit.status == DemoStatus::Completed && visit.visit != DemoVisit::PhoneContact
}

fn participants(visit: &DemoAppointment, persona: &Persona) -> &'static str {
    match visit.visit {
        DemoVisit::JointSession => "client and partner",
        DemoVisit::Intake if persona.minor => "client and guardian",
        DemoVisit::PhoneContact => "see contact",
        _ if matches!(visit.status, DemoStatus::Completed) => "client",
        _ => "none",
    }
}

fn measure(visit: &DemoAppointment, point: &Point, persona: &Persona) -> Option<DemoMeasure> {
    let items = point.measure.clone()?;
    Some(DemoMeasure {
        client: visit.client,
        instrument: persona.problem.instrument.name,
        date: visit.date,
        total: items.iter().sum(),
        items,
    })
}

fn advance(story: &mut Story, visit: &DemoAppointment, point: &Point) {
    story.sessions += 1;
    story.previous = Some(visit.date);
    if let Some(items) = &point.measure {
        story.measure = Some((items.iter().map(|item| i32::from(*item)).sum(), visit.date));
    }
    if point.passive {
        story.passive = Some((visit.date, 0));
    } else if let Some((day, since)) = story.passive {
        story.passive = Some((day, since + 1));
    }
}

/// `March 4 at 2:00 p.m.`, for texts written after the fact.
pub(super) fn moment(at: chrono::NaiveDateTime) -> String {
    format!("{} at {}", words::day(at.date()), words::time(at.time()))
}
