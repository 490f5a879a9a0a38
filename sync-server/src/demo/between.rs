//! Notes on what happens between sessions: contacts, cancellations, missed visits.

use chrono::{NaiveTime, TimeDelta};

use super::model::{DemoAppointment, DemoField, DemoSection, DemoStatus};
use super::pen::Pen;
use super::visitfacts::Story;
use super::words;

/// With whom a contact is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Party {
    Prescriber,
    School,
    Guardian,
    Client,
    /// The client, after thoughts of death were reported.
    SafetyCheck,
    Family,
}

impl Party {
    /// Headings in `contact.txt`, in the order of the sections.
    fn headings(self) -> [&'static str; 5] {
        match self {
            Self::Prescriber => [
                "prescriber purpose",
                "prescriber information_received",
                "prescriber information_disclosed",
                "prescriber recommendations",
                "prescriber follow_up",
            ],
            Self::School => [
                "school purpose",
                "school information_received",
                "school information_disclosed",
                "school recommendations",
                "school follow_up",
            ],
            Self::Guardian => [
                "guardian purpose",
                "guardian information_received",
                "guardian information_disclosed",
                "guardian recommendations",
                "guardian follow_up",
            ],
            Self::Client => [
                "client purpose",
                "client information_received",
                "client information_disclosed",
                "client recommendations",
                "client follow_up",
            ],
            Self::SafetyCheck => [
                "client checkin",
                "client checkin_received",
                "client information_disclosed",
                "client recommendations",
                "client follow_up",
            ],
            Self::Family => [
                "family purpose",
                "family information_received",
                "family information_disclosed",
                "family recommendations",
                "family follow_up",
            ],
        }
    }
}

/// Who the contact is with, for the structured fields.
#[derive(Debug, Clone)]
pub(super) struct Correspondent {
    pub(super) person: String,
    pub(super) organisation: String,
    pub(super) relationship: String,
}

/// A note of either kind.
#[derive(Debug)]
pub(super) struct Short {
    pub(super) sections: Vec<DemoSection>,
    pub(super) fields: Vec<DemoField>,
}

const CONTACT_SECTIONS: [&str; 5] =
    ["purpose", "information_received", "information_disclosed", "recommendations", "follow_up"];

pub(super) fn contact(pen: &mut Pen<'_>, party: Party, with: &Correspondent) -> Short {
    let mut sections = Vec::new();
    for (key, heading) in CONTACT_SECTIONS.into_iter().zip(party.headings()) {
        let count = match key {
            "information_received" => 2,
            "purpose" | "information_disclosed" => 1,
            _ => 1 + usize::from(pen.dice.chance(40)),
        };
        let sentences = pen.say_routine(("contact", heading), count);
        sections.push(DemoSection { key, text: sentences.join(" ") });
    }
    let release = match party {
        Party::Prescriber | Party::School | Party::Family => "yes",
        Party::Guardian => "yes, guardian",
        Party::Client | Party::SafetyCheck => "not needed, client",
    };
    let fields = vec![
        DemoField { key: "person", value: with.person.clone() },
        DemoField { key: "organisation", value: with.organisation.clone() },
        DemoField { key: "relationship", value: with.relationship.clone() },
        DemoField { key: "contact_method", value: "telephone".to_owned() },
        DemoField { key: "release_on_file", value: release.to_owned() },
    ];
    Short { sections, fields }
}

pub(super) fn cancellation(
    pen: &mut Pen<'_>,
    visit: &DemoAppointment,
    moved_to: Option<&DemoAppointment>,
    story: &Story,
) -> Short {
    let late = visit.status == DemoStatus::CanceledLate;
    if late {
        pen.facts.flag("late");
    }
    let (reason, outreach, fee) = match visit.status {
        DemoStatus::Missed => ("reason noshow", "outreach noshow", "fee"),
        DemoStatus::CanceledByPractice => ("reason practice", "outreach practice", "fee practice"),
        DemoStatus::CanceledLate => ("reason client", "outreach client", "fee"),
        _ => ("reason client", "outreach client", "fee timely"),
    };
    let (notice, called, replied) = times(pen, visit);
    pen.facts.set("calltime", words::time(called));
    pen.facts.set("replytime", words::time(replied));
    if let Some(target) = moved_to {
        pen.facts.set(
            "rebook",
            format!("{} at {}", words::weekday_and_day(target.date), words::time(target.start)),
        );
    }
    let watch = story.passive.is_some_and(|(_, since)| since <= 5);
    let mut risk = pen.say_routine(("missed", if watch { "risk watch" } else { "risk low" }), 1);
    if !watch {
        risk.extend(pen.maybe(25, &[("missed", "risk low")]));
    }
    let follow = if moved_to.is_some() {
        "follow rebook"
    } else if pen.facts.get("nextdate").is_some() {
        "follow keep"
    } else {
        "follow none"
    };
    let sections = vec![
        DemoSection { key: "reason", text: pen.say_routine(("missed", reason), 1).join(" ") },
        DemoSection { key: "outreach", text: pen.say_routine(("missed", outreach), 1).join(" ") },
        DemoSection { key: "risk_consideration", text: risk.join(" ") },
        DemoSection { key: "follow_up", text: pen.say_routine(("missed", follow), 1).join(" ") },
    ];
    let by = match visit.status {
        DemoStatus::Missed => "did not attend",
        DemoStatus::CanceledByPractice => "practice",
        _ if pen.facts.has_flag("minor") => "guardian",
        _ => "client",
    };
    let fee = pen.say_routine(("missed", fee), 1).pop().unwrap_or_else(|| "none".to_owned());
    let fields = vec![
        DemoField { key: "cancelled_by", value: by.to_owned() },
        DemoField { key: "notice_received", value: notice },
        DemoField { key: "fee", value: super::bank::lower_first(&fee) },
        DemoField {
            key: "rescheduled_to",
            value: moved_to.map_or_else(
                || "not rescheduled".to_owned(),
                |target| format!("{} {}", target.date, target.start.format("%H:%M")),
            ),
        },
    ];
    Short { sections, fields }
}

/// When notice came, when the call was made and when it was answered.
fn times(pen: &mut Pen<'_>, visit: &DemoAppointment) -> (String, NaiveTime, NaiveTime) {
    let minutes = |hour: u32, dice: &mut super::random::Dice| {
        NaiveTime::from_hms_opt(hour, dice.between(0, 11) as u32 * 5, 0).unwrap_or_default()
    };
    match visit.status {
        DemoStatus::Missed => {
            let called = visit.start + TimeDelta::minutes(i64::from(pen.dice.between(16, 28)));
            let replied = called + TimeDelta::minutes(i64::from(pen.dice.between(25, 110)));
            ("none".to_owned(), called, replied)
        }
        DemoStatus::CanceledLate => {
            let called = visit.start - TimeDelta::minutes(i64::from(pen.dice.between(5, 30)) * 5);
            let replied = called + TimeDelta::minutes(i64::from(pen.dice.between(10, 50)));
            (format!("{} {}", visit.date, called.format("%H:%M")), called, replied)
        }
        _ => {
            let called = minutes(pen.dice.between(8, 16) as u32, &mut pen.dice);
            let replied = called + TimeDelta::minutes(i64::from(pen.dice.between(10, 75)));
            let notice = visit.date.pred_opt().unwrap_or(visit.date);
            (format!("{notice} {}", called.format("%H:%M")), called, replied)
        }
    }
}
