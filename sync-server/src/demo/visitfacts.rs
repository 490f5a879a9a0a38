//! The facts of one visit, added to those of the client before a note is written.

use chrono::{Datelike, Days, NaiveDate};

use super::course::{Level, Point, Stage};
use super::fill::Facts;
use super::model::{DemoAppointment, DemoModality, DemoStatus, DemoVisit};
use super::persona::Persona;
use super::random::Dice;
use super::words;

/// What earlier notes of the chart have established.
#[derive(Debug, Default, Clone)]
pub(super) struct Story {
    /// Day of the last session that took place.
    pub(super) previous: Option<NaiveDate>,
    /// Total and day of the last questionnaire.
    pub(super) measure: Option<(i32, NaiveDate)>,
    /// Day on which passive thoughts of death were reported, and sessions since.
    pub(super) passive: Option<(NaiveDate, usize)>,
    /// Homework in force: the four texts of its line, and the task as it was worded.
    pub(super) homework: Option<(&'static str, String)>,
    /// Story under way: its line, the beat that comes next, the note from which on it may come.
    pub(super) thread: Option<(&'static str, usize, usize)>,
    /// Sessions that took place.
    pub(super) sessions: usize,
}

/// Facts known for any note of the chart; `next` is the visit after it.
pub(super) fn common(
    persona: &Persona,
    story: &Story,
    first_visit: NaiveDate,
    visit: &DemoAppointment,
    next: Option<&DemoAppointment>,
    dice: &mut Dice,
) -> Facts {
    let date = visit.date;
    let mut facts = persona.facts.clone();
    facts.flag(match visit.modality {
        DemoModality::Office => "office",
        DemoModality::Video => "video",
        DemoModality::Phone => "phone",
    });
    let back = dice.between(1, 6) as u64;
    facts.set("day", words::weekday(date - Days::new(back)));
    facts.set("month", words::month(first_visit));
    if (date - first_visit).num_days() >= 35 {
        let month = words::month(first_visit);
        let far = (date - first_visit).num_days() > 320;
        facts.set(
            "start_month",
            if far { format!("{month} {}", first_visit.year()) } else { month.to_owned() },
        );
    }
    if let Some(previous) = story.previous {
        facts.set("prev", words::day(previous));
    }
    if let Some((passive, _)) = story.passive {
        facts.set("passive_date", words::day(passive));
    }
    if let Some(skill) = dice.pick(&persona.skills) {
        facts.set("skill", *skill);
    }
    if let Some(next) = next {
        facts.set("nextdate", words::day(next.date));
        facts.set("nexttime", words::time(next.start));
    }
    if persona.minor && matches!(date.month(), 6 | 7) {
        facts.flag("summer");
    }
    // A season is spoken of only on the days on which it is ahead: before the holidays, after the
    // change of the clocks.
    let spoken = match date.month() {
        11 | 12 => date.day() <= 21,
        3 => (10..=27).contains(&date.day()),
        _ => true,
    };
    if spoken {
        facts.flag(format!("m:{}", date.month()));
    }
    facts
}

/// Facts of a session that took place.
pub(super) fn session(
    facts: &mut Facts,
    visit: &DemoAppointment,
    before: Option<&DemoAppointment>,
    story: &Story,
    point: &Point,
    dice: &mut Dice,
) {
    if visit.visit == DemoVisit::JointSession {
        facts.flag("conjoint");
    }
    facts.flag(match point.stage {
        Stage::Early => "s:early",
        Stage::Mid | Stage::Plateau => "s:mid",
        Stage::Late | Stage::Ending => "s:late",
        Stage::Setback => "s:setback",
    });
    facts.flag(match point.level() {
        Level::Heavy => "l:heavy",
        Level::Mid => "l:mid",
        Level::Well => "l:well",
    });
    let sleep: &[&str] = match point.level() {
        // A hard week in the middle of treatment; the lines there speak of some improvement.
        Level::Heavy if matches!(point.stage, Stage::Mid | Stage::Plateau) => {
            &["five and a half", "nearly six"]
        }
        Level::Heavy => &["four", "four to five", "five", "five broken"],
        Level::Mid => &["five and a half", "six", "six", "five to six", "six and a half"],
        Level::Well => &["seven", "seven", "seven and a half", "seven to eight"],
    };
    facts.set("sleep", *dice.pick(sleep).unwrap_or(&"six"));
    let peak = (point.severity / 14 + dice.between(2, 4)).clamp(4, 9);
    let (peak_text, low_text) = (peak.to_string(), (peak - dice.between(2, 4)).max(1).to_string());
    facts.set("suds", peak_text);
    facts.set("suds2", low_text);
    if let Some(previous) = story.previous {
        let weeks = (visit.date - previous).num_days() / 7;
        if weeks >= 4 {
            facts.set("gap", super::fill::number_word(weeks as i32));
        }
    }
    if let Some(before) = before
        && matches!(
            before.status,
            DemoStatus::Missed | DemoStatus::CanceledLate | DemoStatus::CanceledByClient
        )
        && before.moved_to.is_none()
    {
        facts.set("missed", words::day(before.date));
    }
    if let Some(items) = &point.measure {
        let total: i32 = items.iter().map(|item| i32::from(*item)).sum();
        facts.set("score", total.to_string());
        if let Some((old, day)) = story.measure {
            facts.set("oldscore", old.to_string());
            facts.set("olddate", words::day(day));
        }
    }
}
