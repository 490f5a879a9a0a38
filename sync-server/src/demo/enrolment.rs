//! Who comes to the practice, to whom, since when, and how often.

use chrono::{Days, NaiveDate};

use super::bank::Bank;
use super::calendar::{self, Book, Enrolment, PAST_DAYS};
use super::course::{self, Point};
use super::model::{
    AppointmentIndex, ClientIndex, DemoAppointment, DemoClient, DemoModality, DemoStatus, DemoVisit,
    UserIndex,
};
use super::people::{self, CLINICIANS, FIRST_CLINICIAN};
use super::persona::{Names, Persona};
use super::problems::{PROBLEMS, Problem};
use super::random::Dice;

const REMARK: &str = "Demonstration record. This person is invented.";

/// All clients, in the order of their numbers, and the schedule.
#[derive(Debug)]
pub(super) struct Enrolled {
    pub(super) personas: Vec<Persona>,
    pub(super) clients: Vec<DemoClient>,
    pub(super) appointments: Vec<DemoAppointment>,
    pub(super) courses: Vec<Vec<Point>>,
    /// Visits before the pace is halved, by client.
    pub(super) weekly: Vec<usize>,
}

struct Place {
    problem: &'static Problem,
    minor: bool,
    clinician: usize,
}

pub(super) fn enrol(bank: &Bank, seed: u64, as_of: NaiveDate) -> Enrolled {
    let mut dice = Dice::stream(seed, "enrolment", 0);
    let places = places(&mut dice);
    let mut names = Names::new(bank, &mut dice);
    let mut surnames: Vec<&'static str> =
        bank.pool("people", "surname").iter().map(|line| line.text).collect();
    dice.shuffle(&mut surnames);
    let tenures = tenures(places.len(), &mut dice);

    let mut books: Vec<Book> = (0..CLINICIANS)
        .map(|clinician| {
            Book::open(people::habits(clinician).0, as_of, &mut Dice::stream(seed, "book", clinician))
        })
        .collect();
    let mut personas = Vec::new();
    let mut clients = Vec::new();
    let mut visits_of = Vec::new();
    let mut courses = Vec::new();
    for (number, (place, tenure)) in places.iter().zip(&tenures).enumerate() {
        let mut own = Dice::stream(seed, "client", number);
        let voice = people::habits(place.clinician).1;
        let persona = Persona::imagine(bank, place.problem, place.minor, as_of, &mut names, voice, &mut own);
        let family_name = surnames[number % surnames.len()];
        let enrolment = Enrolment {
            client: ClientIndex(number),
            clinician: UserIndex(FIRST_CLINICIAN + place.clinician),
            minor: place.minor,
            couple: place.problem.file == "couple",
            first: tenure.first(as_of),
            weekly: tenure.weekly,
            ends_after: tenure.ends_after,
        };
        let book = &mut books[place.clinician];
        let mut visits = calendar::book(&enrolment, book, as_of, &mut own);
        let closed = enrolment.ends_after.is_some()
            && visits.iter().all(|visit| visit.status != DemoStatus::Scheduled);
        let sessions: Vec<NaiveDate> = visits
            .iter()
            .filter(|visit| visit.status == DemoStatus::Completed)
            .map(|visit| visit.date)
            .collect();
        let course = course::draw(
            &sessions,
            closed,
            &place.problem.instrument,
            place.problem.passive,
            &mut Dice::stream(seed, "course", number),
        );
        add_calls(&enrolment, &sessions, &course, book, &mut visits, as_of, &mut own);
        let identity = people::identity(bank, &persona, family_name, number, &mut own);
        let first_visit = visits.first().map_or(as_of, |visit| visit.date);
        let last = visits
            .iter()
            .filter(|visit| visit.visit != DemoVisit::PhoneContact)
            .map(|visit| visit.date)
            .max();
        clients.push(DemoClient {
            clinician: enrolment.clinician,
            given_name: persona.given,
            family_name,
            preferred_name: persona.preferred,
            pronouns: persona.pronouns,
            gender: persona.gender,
            birth_date: persona.birth_date,
            phone: identity.phone,
            email: identity.email,
            address: identity.address,
            contacts: identity.contacts,
            insurance: identity.insurance,
            problem: place.problem.kind,
            diagnoses: persona.diagnoses.clone(),
            goals: persona.goals.clone(),
            first_visit,
            closed_on: last.filter(|_| closed),
            demonstration_remark: REMARK,
        });
        personas.push(persona);
        visits_of.push(visits);
        courses.push(course);
    }
    let mut appointments = Vec::new();
    for visits in visits_of {
        let offset = appointments.len();
        appointments.extend(visits.into_iter().map(|mut visit| {
            visit.moved_to = visit.moved_to.map(|target| AppointmentIndex(target.0 + offset));
            visit
        }));
    }
    calendar::put_in_order(&mut appointments);
    let weekly = tenures.iter().map(|tenure| tenure.weekly).collect();
    Enrolled { personas, clients, appointments, courses, weekly }
}

/// The 120 places, dealt to the clinicians by what each of them is known for.
fn places(dice: &mut Dice) -> Vec<Place> {
    let mut wanted: Vec<(&'static Problem, bool)> = PROBLEMS
        .iter()
        .flat_map(|problem| (0..problem.clients).map(move |number| (problem, number < problem.minors)))
        .collect();
    dice.shuffle(&mut wanted);
    wanted.sort_by_key(|(problem, _)| people::known_for(problem.file).is_none());
    let share = wanted.len() / CLINICIANS;
    let mut load = [0; CLINICIANS];
    let mut places: Vec<Place> = wanted
        .into_iter()
        .map(|(problem, minor)| {
            let known = people::known_for(problem.file).filter(|clinician| load[*clinician] < share);
            let clinician = known.unwrap_or_else(|| {
                (0..CLINICIANS).min_by_key(|clinician| load[*clinician]).unwrap_or_default()
            });
            load[clinician] += 1;
            Place { problem, minor, clinician }
        })
        .collect();
    dice.shuffle(&mut places);
    places
}

/// How long a client has been coming and how often.
struct Tenure {
    /// Days before the as-of day; negative for a first visit still ahead.
    since: i64,
    weekly: usize,
    ends_after: Option<usize>,
}

impl Tenure {
    fn first(&self, as_of: NaiveDate) -> NaiveDate {
        if self.since >= 0 {
            as_of - Days::new(self.since.unsigned_abs())
        } else {
            as_of + Days::new(self.since.unsigned_abs())
        }
    }
}

/// Nearly half of the clients have come for most of the eighteen months, some have left since, a
/// few are new, and three have booked a first visit.
fn tenures(count: usize, dice: &mut Dice) -> Vec<Tenure> {
    let mut tenures: Vec<Tenure> = (0..count)
        .map(|number| {
            let since = match number * 120 / count.max(1) {
                0..56 => dice.between(290, PAST_DAYS as i32 - 8),
                56..110 => dice.between(45, 300),
                110..117 => dice.between(5, 45),
                _ => -dice.between(1, 18),
            };
            let leaves = match since {
                250.. => 58,
                150..250 => 25,
                _ => 0,
            };
            let ends_after = dice.chance(leaves).then(|| dice.between(18, 38) as usize);
            Tenure { since: i64::from(since), weekly: dice.between(11, 27) as usize, ends_after }
        })
        .collect();
    dice.shuffle(&mut tenures);
    tenures
}

/// Telephone contacts between sessions: a few in every chart, and one after each session in which
/// thoughts of death were reported.
fn add_calls(
    enrolment: &Enrolment,
    sessions: &[NaiveDate],
    course: &[Point],
    book: &mut Book,
    visits: &mut Vec<DemoAppointment>,
    as_of: NaiveDate,
    dice: &mut Dice,
) {
    let mut days: Vec<NaiveDate> = sessions
        .iter()
        .zip(course)
        .filter(|(_, point)| point.passive)
        .map(|(date, _)| *date + Days::new(dice.between(1, 3) as u64))
        .collect();
    let share = if enrolment.minor { 13 } else { 26 };
    let calls = (sessions.len() + dice.below(share)) / share;
    for _ in 0..calls {
        if let Some(date) = dice.pick(sessions) {
            days.push(*date + Days::new(dice.between(1, 5) as u64));
        }
    }
    for date in days {
        // A weekend or a day off moves the call to the next working day, if there is one soon.
        let found = (0..4)
            .map(|later| date + Days::new(later))
            .filter(|day| *day < as_of)
            .find_map(|day| book.call_time(day, dice).map(|start| (day, start)));
        let Some((date, start)) = found else { continue };
        visits.push(DemoAppointment {
            client: enrolment.client,
            clinician: enrolment.clinician,
            date,
            start,
            end: start + chrono::TimeDelta::minutes(i64::from(dice.between(8, 20))),
            modality: DemoModality::Phone,
            visit: DemoVisit::PhoneContact,
            status: DemoStatus::Completed,
            moved_to: None,
        });
    }
}
