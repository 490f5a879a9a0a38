//! What must be there before a note is signed, and what is worth a second look. A draft is never held up by any of it.
//!
//! The rules are data ([`RULES`]): what they apply to, what they look at, how much they weigh, the words for the
//! clinician, and the regulation behind them. No federal or state text was found for most of them; those are the
//! practice's policy and their citation is empty.

mod rules;

pub use rules::RULES;

use super::{Note, NoteFormat, NoteType, SectionKey, sections};
use crate::diagnosis::Diagnosis;
use chrono::{Days, Duration, NaiveDate, NaiveDateTime, NaiveTime};
use chrono_tz::Tz;
use serde::Serialize;
use std::borrow::Cow;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The note cannot be signed with it.
    Block,
    /// Worth a second look; signing does not wait for it.
    Advice,
}

/// What a rule looks at and a finding points to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "key")]
pub enum Target {
    /// A section, by its key.
    Section(Cow<'static, str>),
    /// A field, by its key.
    Field(Cow<'static, str>),
    /// The diagnoses named in the note.
    Diagnoses,
    /// The note as a whole.
    Note,
}

impl Target {
    /// The key of the section or field; `diagnoses` or `note` for the others.
    #[must_use]
    pub fn key(&self) -> &str {
        match self {
            Self::Section(key) | Self::Field(key) => key,
            Self::Diagnoses => "diagnoses",
            Self::Note => "note",
        }
    }

    fn text<'n>(&self, note: &'n Note) -> &'n str {
        match self {
            Self::Section(key) => note.section(&SectionKey::from(key.as_ref())).trim(),
            Self::Field(key) => note.field_named(key).trim(),
            Self::Diagnoses | Self::Note => "",
        }
    }
}

/// What a rule asks for.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// Something is written.
    Filled,
    /// At least so many characters are written, blanks around them not counted.
    AtLeast(usize),
    /// The value is one of these.
    OneOf(&'static [&'static str]),
    /// Something is written here or in one of these.
    FilledOrIn(&'static [Target]),
    /// The value is one of `values`, or something is written in `otherwise`.
    OneOfOrIn {
        /// The values that suffice.
        values: &'static [&'static str],
        /// What suffices instead.
        otherwise: &'static Target,
    },
    /// Nothing is written here.
    Empty,
    /// The field holds a date, time or zone of its kind.
    WellFormed,
    /// The field is empty or holds a date, time or zone of its kind.
    WellFormedOrEmpty,
    /// The check holds where the level of risk is moderate or more.
    AtRisk(&'static Self),
    /// The date of service is not after today.
    NotInFuture,
    /// The end lies after the start, where both are filled.
    EndAfterStart,
    /// The reason is filled where the note is signed after it was due.
    GivenIfLate,
    /// A diagnosis is named, or the field says why none is.
    DiagnosisOrIn(&'static Target),
    /// Every diagnosis named is on the chart.
    DiagnosesOnChart,
    /// Every diagnosis named stood on the day of service.
    DiagnosesStoodThen,
    /// No text of another device waits to be settled.
    NoOpenConflict,
    /// No machine-combined text waits to be confirmed; one finding for each section.
    NothingUnconfirmed,
    /// Nothing was taken over from an earlier note; one finding for each section.
    NothingPulledForward,
}

impl Check {
    /// The field that satisfies the check in place of what it looks at.
    fn or_field(self) -> Option<&'static str> {
        let field = |target: &'static Target| match target {
            Target::Field(key) => Some(key.as_ref()),
            _ => None,
        };
        match self {
            Self::FilledOrIn(others) => others.iter().find_map(field),
            Self::OneOfOrIn { otherwise, .. } | Self::DiagnosisOrIn(otherwise) => field(otherwise),
            Self::AtRisk(inner) => inner.or_field(),
            _ => None,
        }
    }
}

/// A rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name, stable for ever.
    pub id: &'static str,
    /// The types of note that it applies to.
    pub types: &'static [NoteType],
    /// The formats that it applies to; all where empty.
    pub formats: &'static [NoteFormat],
    /// What it looks at.
    pub target: Target,
    /// What it asks for.
    pub check: Check,
    /// How much it weighs.
    pub level: Level,
    /// What the clinician is told to do.
    pub message: &'static str,
    /// The regulation behind it; empty for practice policy.
    pub citation: &'static str,
}

impl Rule {
    /// Whether the rule applies to notes of this type and format.
    #[must_use]
    pub fn applies(&self, note_type: NoteType, format: Option<NoteFormat>) -> bool {
        self.types.contains(&note_type)
            && (self.formats.is_empty() || self.formats.contains(&format.unwrap_or(NoteFormat::Soap)))
    }
}

/// Something that is missing or worth a second look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule.
    pub rule: &'static str,
    /// How much it weighs.
    pub level: Level,
    /// Where to go.
    pub target: Target,
    /// What to do.
    pub message: &'static str,
    /// The field that would do instead, where the rule takes one.
    pub or_field: Option<&'static str>,
}

/// Looks at a note as it would be signed on the civil date `signed_on` of the practice, when it is `today`: the signer's
/// clock may be behind, and makes no date a future one. `chart` holds the client's diagnoses; `due_hours` is how many hours
/// after the end of a session its note is due in this practice. Lateness is told by whole days, so that a wall clock a few
/// minutes fast asks nobody for a reason.
#[must_use]
pub fn completeness(
    note: &Note,
    chart: &[&Diagnosis],
    today: NaiveDate,
    signed_on: NaiveDate,
    due_hours: u16,
) -> Vec<Finding> {
    let look = Look { note, chart, today, signed_on, due_hours };
    RULES
        .iter()
        .filter(|rule| rule.applies(note.note_type, note.format))
        .flat_map(|rule| {
            look.missed(rule.check, &rule.target).into_iter().map(|target| Finding {
                rule: rule.id,
                level: rule.level,
                target,
                message: rule.message,
                or_field: rule.check.or_field(),
            })
        })
        .collect()
}

/// Whether nothing stands in the way of signing. Advice does not.
#[must_use]
pub fn complete(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.level != Level::Block)
}

struct Look<'a> {
    note: &'a Note,
    chart: &'a [&'a Diagnosis],
    today: NaiveDate,
    signed_on: NaiveDate,
    due_hours: u16,
}

impl Look<'_> {
    /// Where the check fails.
    fn missed(&self, check: Check, target: &Target) -> Vec<Target> {
        let sections = |keys: Vec<&SectionKey>| {
            keys.into_iter().map(|key| Target::Section(Cow::Owned(key.to_string()))).collect()
        };
        match check {
            Check::NothingUnconfirmed => sections(self.note.combined.keys().collect()),
            Check::NothingPulledForward => sections(self.note.pulled_forward.keys().collect()),
            one if self.holds(one, target) => Vec::new(),
            _ => vec![target.clone()],
        }
    }

    fn holds(&self, check: Check, target: &Target) -> bool {
        let text = target.text(self.note);
        let filled = |other: &Target| !other.text(self.note).is_empty();
        match check {
            Check::Filled => !text.is_empty(),
            Check::Empty => text.is_empty(),
            Check::AtLeast(characters) => text.chars().count() >= characters,
            Check::OneOf(values) => values.contains(&text),
            Check::FilledOrIn(others) => !text.is_empty() || others.iter().any(filled),
            Check::OneOfOrIn { values, otherwise } => values.contains(&text) || filled(otherwise),
            Check::WellFormed => !text.is_empty() && well_formed(target.key(), text),
            Check::WellFormedOrEmpty => text.is_empty() || well_formed(target.key(), text),
            Check::AtRisk(inner) => !self.at_risk() || self.holds(*inner, target),
            Check::NotInFuture => self.note.service_date().is_none_or(|date| date <= self.today),
            Check::EndAfterStart => self.times().is_none_or(|(start, end)| start < end),
            Check::GivenIfLate => !text.is_empty() || !self.late(),
            Check::DiagnosisOrIn(otherwise) => !self.note.diagnoses.is_empty() || filled(otherwise),
            Check::DiagnosesOnChart => self.named().all(|entry| entry.is_some()),
            Check::DiagnosesStoodThen => self.named().flatten().all(|entry| self.stood_then(entry)),
            Check::NoOpenConflict => self.note.branches.is_empty(),
            Check::NothingUnconfirmed => self.note.combined.is_empty(),
            Check::NothingPulledForward => self.note.pulled_forward.is_empty(),
        }
    }

    fn at_risk(&self) -> bool {
        matches!(self.note.field_named("risk_level").trim(), "moderate" | "high" | "imminent")
    }

    fn times(&self) -> Option<(NaiveTime, NaiveTime)> {
        let time = |name| self.note.field_named(name).trim().parse().ok();
        Some((time("start_time")?, time("end_time")?))
    }

    /// A note without an end of session counts from the end of its day.
    fn late(&self) -> bool {
        let Some(date) = self.note.service_date() else { return false };
        let end: NaiveDateTime = match self.times() {
            Some((_, end)) => date.and_time(end),
            None => date.checked_add_days(Days::new(1)).unwrap_or(date).and_time(NaiveTime::MIN),
        };
        end.checked_add_signed(Duration::hours(i64::from(self.due_hours)))
            .is_some_and(|due| self.signed_on > due.date())
    }

    fn named(&self) -> impl Iterator<Item = Option<&Diagnosis>> {
        self.note.diagnoses.iter().map(|id| self.chart.iter().find(|entry| entry.id == *id).copied())
    }

    fn stood_then(&self, entry: &Diagnosis) -> bool {
        self.note.service_date().is_none_or(|date| entry.ended_on.is_none_or(|ended| date <= ended))
    }
}

/// Whether a value is of its field's kind. Choices are not looked at here: one that a later release made is no fault.
fn well_formed(field: &str, value: &str) -> bool {
    use sections::FieldKind as Kind;
    match sections::field_spec(field).map(|spec| spec.kind) {
        Some(Kind::Date) => value.parse::<NaiveDate>().is_ok(),
        Some(Kind::Time) => value.parse::<NaiveTime>().is_ok(),
        Some(Kind::Zone) => value.parse::<Tz>().is_ok(),
        Some(Kind::Text | Kind::Choice | Kind::YesNo) | None => true,
    }
}
