//! The schedule: standing weekly or fortnightly hours, absences, cancellations, moved visits.

use std::collections::BTreeSet;

use chrono::{Datelike, Days, NaiveDate, NaiveTime, Weekday};

use super::model::{
    AppointmentIndex, ClientIndex, DemoAppointment, DemoModality, DemoStatus, DemoVisit, UserIndex,
};
use super::random::Dice;

/// Days looked back: about eighteen months.
pub(super) const PAST_DAYS: u64 = 548;
/// Days planned ahead: five weeks.
pub(super) const AHEAD_DAYS: u64 = 35;

/// When a clinician is in the office.
#[derive(Debug, Clone, Copy)]
pub(super) struct OfficeHours {
    pub(super) days: &'static [Weekday],
    /// Hours of the day at which a session may begin.
    pub(super) starts: &'static [u32],
    /// The hour kept free of sessions, in which calls are made.
    pub(super) break_hour: u32,
}

/// What the calendar needs to know about a client.
#[derive(Debug, Clone)]
pub(super) struct Enrolment {
    pub(super) client: ClientIndex,
    pub(super) clinician: UserIndex,
    pub(super) minor: bool,
    pub(super) couple: bool,
    pub(super) first: NaiveDate,
    /// Weekly visits before the pace is halved.
    pub(super) weekly: usize,
    /// Number of visits after which the episode ends by agreement; none while it goes on.
    pub(super) ends_after: Option<usize>,
}

/// One clinician's book.
#[derive(Debug)]
pub(super) struct Book {
    hours: OfficeHours,
    away: BTreeSet<NaiveDate>,
    taken: BTreeSet<(NaiveDate, u32)>,
    calls: BTreeSet<(NaiveDate, u32)>,
}

impl Book {
    pub(super) fn open(hours: OfficeHours, as_of: NaiveDate, dice: &mut Dice) -> Self {
        let mut away = BTreeSet::new();
        for part in 0..3 {
            let back = 60 + part * 160 + dice.below(110) as u64;
            let monday = as_of - Days::new(back + u64::from(as_of.weekday().num_days_from_monday()));
            let monday = monday - Days::new(u64::from(monday.weekday().num_days_from_monday()));
            away.extend((0..5).map(|day| monday + Days::new(day)));
        }
        Self { hours, away, taken: BTreeSet::new(), calls: BTreeSet::new() }
    }

    fn works(&self, date: NaiveDate) -> bool {
        self.hours.days.contains(&date.weekday()) && !self.away.contains(&date) && !closed(date)
    }

    fn free(&self, date: NaiveDate, hour: u32) -> bool {
        self.works(date) && self.hours.starts.contains(&hour) && !self.taken.contains(&(date, hour))
    }

    /// A free hour on one of the days after `date` and before `until`.
    fn another_hour(
        &self,
        date: NaiveDate,
        until: NaiveDate,
        minor: bool,
        dice: &mut Dice,
    ) -> Option<(NaiveDate, u32)> {
        let mut choices = Vec::new();
        let mut day = date + Days::new(1);
        while day < until {
            choices.extend(
                self.hours
                    .starts
                    .iter()
                    .filter(|hour| !minor || **hour >= 15)
                    .filter(|hour| self.free(day, **hour))
                    .map(|hour| (day, *hour)),
            );
            day = day + Days::new(1);
        }
        dice.pick(&choices).copied()
    }

    /// A moment in the break hour for a call of up to 20 minutes.
    pub(super) fn call_time(&mut self, date: NaiveDate, dice: &mut Dice) -> Option<NaiveTime> {
        let minute = *dice.pick(&[5, 30])?;
        let minute = if self.calls.contains(&(date, minute)) { 35 - minute } else { minute };
        if !self.works(date) || !self.calls.insert((date, minute)) {
            return None;
        }
        NaiveTime::from_hms_opt(self.hours.break_hour, minute, 0)
    }
}

/// Days on which the office is closed for everybody.
fn closed(date: NaiveDate) -> bool {
    let (month, day) = (date.month(), date.day());
    let fourth_thursday = month == 11 && date.weekday() == Weekday::Thu && (22..=28).contains(&day);
    let day_after = month == 11 && date.weekday() == Weekday::Fri && (23..=29).contains(&day);
    let monday = date.weekday() == Weekday::Mon;
    matches!((month, day), (1, 1) | (7, 4) | (12, 24..=26 | 31))
        || fourth_thursday
        || day_after
        || (monday && ((month == 5 && day > 24) || (month == 9 && day <= 7)))
}

/// Books all visits of one client. Returned visits are in order of date; `moved_to` counts within
/// the returned list.
pub(super) fn book(
    enrolment: &Enrolment,
    book: &mut Book,
    as_of: NaiveDate,
    dice: &mut Dice,
) -> Vec<DemoAppointment> {
    let dates = planned_dates(enrolment, as_of);
    let mut standing: Vec<(u64, u32)> = (0..5)
        .flat_map(|day| book.hours.starts.iter().map(move |hour| (day, *hour)))
        .filter(|(_, hour)| !enrolment.minor || *hour >= 15)
        .collect();
    dice.shuffle(&mut standing);
    // The hour in which the fewest planned dates are taken already: nearly always none of them.
    let chosen = standing
        .iter()
        .filter(|(day, _)| book.hours.days.contains(&(monday(enrolment.first) + Days::new(*day)).weekday()))
        .min_by_key(|(day, hour)| {
            dates.iter().filter(|date| book.taken.contains(&(**date + Days::new(*day), *hour))).count()
        });
    let Some(&(day, hour)) = chosen else { return Vec::new() };
    let modality = Habit::draw(dice);
    let mut visits: Vec<DemoAppointment> = Vec::new();
    for date in dates.iter().map(|week| *week + Days::new(day)) {
        let slot = if book.free(date, hour) {
            Some((date, hour))
        } else if closed(date) || book.works(date) {
            book.another_hour(monday(date) - Days::new(1), monday(date) + Days::new(5), enrolment.minor, dice)
        } else {
            None
        };
        let Some((date, hour)) = slot else { continue };
        if date > as_of + Days::new(AHEAD_DAYS) {
            continue;
        }
        book.taken.insert((date, hour));
        let first = visits.is_empty();
        visits.push(visit(enrolment, date, hour, modality.of_visit(first, dice), first, as_of, dice));
        if enrolment.ends_after.is_some_and(|count| visits.len() >= count && date < as_of) {
            break;
        }
    }
    disturb(enrolment, book, &mut visits, as_of, dice);
    visits
}

fn monday(date: NaiveDate) -> NaiveDate {
    date - Days::new(u64::from(date.weekday().num_days_from_monday()))
}

/// Mondays of the weeks in which a visit is due.
fn planned_dates(enrolment: &Enrolment, as_of: NaiveDate) -> Vec<NaiveDate> {
    let mut week = monday(enrolment.first);
    let mut weeks = Vec::new();
    while week <= as_of + Days::new(AHEAD_DAYS) {
        weeks.push(week);
        week = week + Days::new(if weeks.len() < enrolment.weekly { 7 } else { 14 });
    }
    weeks
}

fn visit(
    enrolment: &Enrolment,
    date: NaiveDate,
    hour: u32,
    modality: DemoModality,
    first: bool,
    as_of: NaiveDate,
    dice: &mut Dice,
) -> DemoAppointment {
    let kind = if first {
        DemoVisit::Intake
    } else if enrolment.couple && dice.chance(45) {
        DemoVisit::JointSession
    } else {
        DemoVisit::Session
    };
    let minutes = match kind {
        DemoVisit::Intake => 60,
        DemoVisit::JointSession => 55,
        _ if enrolment.minor => 45,
        _ => 50,
    };
    let start = NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default();
    DemoAppointment {
        client: enrolment.client,
        clinician: enrolment.clinician,
        date,
        start,
        end: start + chrono::TimeDelta::minutes(minutes),
        modality,
        visit: kind,
        status: if date < as_of { DemoStatus::Completed } else { DemoStatus::Scheduled },
        moved_to: None,
    }
}

/// Cancellations, missed visits and the visits that take their place.
fn disturb(
    enrolment: &Enrolment,
    book: &mut Book,
    visits: &mut Vec<DemoAppointment>,
    as_of: NaiveDate,
    dice: &mut Dice,
) {
    let regular = visits.len();
    for index in 1..regular {
        let last_of_closed = enrolment.ends_after.is_some() && index + 1 == regular;
        if visits[index].status != DemoStatus::Completed || last_of_closed {
            continue;
        }
        let status = match dice.below(1000) {
            0..66 => DemoStatus::CanceledByClient,
            66..82 => DemoStatus::CanceledLate,
            82..92 => DemoStatus::CanceledByPractice,
            92..126 => DemoStatus::Missed,
            _ => continue,
        };
        visits[index].status = status;
        let next = visits.get(index + 1).filter(|_| index + 1 < regular).map_or(as_of, |after| after.date);
        // Not in the two days before the next visit, where it would serve nobody.
        let until = (next - Days::new(2)).min(visits[index].date + Days::new(7));
        if status == DemoStatus::Missed || !dice.chance(45) {
            continue;
        }
        if let Some((date, hour)) = book.another_hour(visits[index].date, until, enrolment.minor, dice) {
            book.taken.insert((date, hour));
            let mut moved = visits[index].clone();
            let length = moved.end - moved.start;
            moved.date = date;
            moved.start = NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default();
            moved.end = moved.start + length;
            moved.status = if date < as_of { DemoStatus::Completed } else { DemoStatus::Scheduled };
            visits[index].moved_to = Some(AppointmentIndex(visits.len()));
            visits.push(moved);
        }
    }
    put_in_order(visits);
}

/// Sorts by date, start and clinician and keeps `moved_to` pointing at the same visits.
pub(super) fn put_in_order(visits: &mut Vec<DemoAppointment>) {
    let mut order: Vec<usize> = (0..visits.len()).collect();
    order.sort_by_key(|index| {
        let visit = &visits[*index];
        (visit.date, visit.start, visit.clinician, *index)
    });
    let mut place = vec![0; visits.len()];
    for (new, old) in order.iter().enumerate() {
        place[*old] = new;
    }
    let sorted = order
        .iter()
        .map(|old| {
            let mut visit = visits[*old].clone();
            visit.moved_to = visit.moved_to.map(|target| AppointmentIndex(place[target.0]));
            visit
        })
        .collect();
    *visits = sorted;
}

/// A client's usual way of being seen.
#[derive(Debug, Clone, Copy)]
enum Habit {
    Office,
    Video,
    Alternating,
}

impl Habit {
    fn draw(dice: &mut Dice) -> Self {
        match dice.below(100) {
            0..52 => Self::Office,
            52..80 => Self::Video,
            _ => Self::Alternating,
        }
    }

    fn of_visit(self, first: bool, dice: &mut Dice) -> DemoModality {
        let video = match self {
            Self::Office => 6,
            Self::Video => 93,
            Self::Alternating => 50,
        };
        if dice.chance(2) && !first {
            DemoModality::Phone
        } else if dice.chance(video) {
            DemoModality::Video
        } else {
            DemoModality::Office
        }
    }
}
