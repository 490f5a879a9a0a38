//! A fictional practice for demonstrations: staff, clients, eighteen months of visits and about
//! 3,000 notes.
//!
//! [`generate`] is a pure function of a seed and a date: no clock, no file, no randomness from
//! outside, so that a demonstration can be built again to the letter. The sentences are in
//! `sync-server/demo/*.txt`; their README describes the format. Nobody in here exists.

mod aftermath;
mod bank;
mod between;
mod calendar;
mod chart;
mod course;
mod enrolment;
mod fill;
mod intake;
mod layout;
mod model;
mod pen;
mod people;
mod persona;
mod problems;
mod progress;
mod random;
mod visitfacts;
mod words;

#[cfg(test)]
mod tests;

use chrono::NaiveDate;

pub use model::{
    AppointmentIndex, ClientIndex, DemoAddendum, DemoAddress, DemoAppointment, DemoClient, DemoContact,
    DemoDiagnosis, DemoDivergence, DemoDivergenceKind, DemoEdit, DemoField, DemoInsurance, DemoMeasure,
    DemoModality, DemoNote, DemoNoteKind, DemoNoteState, DemoPractice, DemoProblem, DemoRisk, DemoRole,
    DemoSection, DemoStatus, DemoUser, DemoVisit, UserIndex,
};

use bank::Bank;
use chart::Chart;
use enrolment::Enrolled;
use pen::PracticeMemory;
use random::Dice;

/// Builds the practice as it stands on the morning of `as_of`, before the first visit.
///
/// The same `seed` and `as_of` give the same practice on every machine. `as_of` should lie between
/// the years 1900 and 9000; the past reaches back 548 days and the schedule 35 days ahead.
#[must_use]
pub fn generate(seed: u64, as_of: NaiveDate) -> DemoPractice {
    build(seed, as_of).0
}

/// The practice, and how often each line of the text was used.
fn build(seed: u64, as_of: NaiveDate) -> (DemoPractice, PracticeMemory) {
    let bank = Bank::read();
    let Enrolled { personas, clients, appointments, courses, weekly } = enrolment::enrol(&bank, seed, as_of);
    let mut practice_memory = PracticeMemory::new(bank.size);
    let mut notes = Vec::new();
    let mut measures = Vec::new();
    for (number, client) in clients.iter().enumerate() {
        let index = ClientIndex(number);
        let visits = appointments
            .iter()
            .enumerate()
            .filter(|(_, visit)| visit.client == index)
            .map(|(place, visit)| (AppointmentIndex(place), visit))
            .collect();
        let clinician = client.clinician.0 - people::FIRST_CLINICIAN;
        let chart = Chart {
            bank: &bank,
            persona: &personas[number],
            visits,
            schedule: &appointments,
            course: &courses[number],
            first_visit: client.first_visit,
            closed: client.closed_on.is_some(),
            weekly: weekly[number],
            thorough: clinician == 3,
            formats: people::formats(clinician),
            correspondents: people::correspondents(&bank, &personas[number], client, seed, number),
        };
        let mut dice = Dice::stream(seed, "notes", number);
        let (own_notes, own_measures) = chart.write(&mut practice_memory, as_of, &mut dice);
        notes.extend(own_notes);
        measures.extend(own_measures);
    }
    notes.sort_by_key(|note| (note.service_date, note.start, note.author, note.client));
    measures.sort_by_key(|measure| (measure.date, measure.client));
    let mut dice = Dice::stream(seed, "aftermath", 0);
    aftermath::settle(&mut notes, &personas, &bank, as_of, &mut dice);
    let practice = DemoPractice {
        name: "Juniper Hollow Counseling (demonstration)",
        zone: "America/New_York",
        as_of,
        users: people::staff(),
        clients,
        appointments,
        notes,
        measures,
    };
    (practice, practice_memory)
}
