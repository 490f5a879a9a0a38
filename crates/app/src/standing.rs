//! Where notes stand: derived every time, stored nowhere.

use crate::api::ApiError;
use crate::api::view::{FindingView, NoteRow, Standing, SyncState};
use crate::civil;
use crate::desktop::{Desktop, Open};
use crate::people::Names;
use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, TimeZone as _, Utc};
use mentalspace_domain::addendum::{Addendum, AddendumState};
use mentalspace_domain::diagnosis::Diagnosis;
use mentalspace_domain::ids::NoteId;
use mentalspace_domain::note::completeness::{Finding, Level, Target, completeness};
use mentalspace_domain::note::{Note, NoteFormat, NoteState, NoteType};
use mentalspace_domain::signing::Receipt;
use mentalspace_store::SyncWord;
use std::collections::HashMap;

/// The word of a note: what its text says first, then what is pending.
pub(crate) fn sync_of(open: &Open, note: &Note) -> Result<SyncState, ApiError> {
    let word = word(open.store.sync_word(note.id)?);
    if word != SyncState::Failed && needs_review(open, note)? {
        return Ok(SyncState::Review);
    }
    Ok(word)
}

/// Whether a note waits for its author: texts to choose between, combined text to confirm, a late entry to sign or
/// set aside. Seen on the records, so that settling it on another device settles it here.
pub(crate) fn needs_review(open: &Open, note: &Note) -> Result<bool, ApiError> {
    if note.is_draft() {
        return Ok(note.needs_review());
    }
    Ok(open.store.children::<Addendum>(note.id.uuid())?.iter().any(Addendum::needs_review))
}

pub(crate) const fn word(word: SyncWord) -> SyncState {
    match word {
        SyncWord::SavedOnThisDevice => SyncState::Saved,
        SyncWord::WaitingToSync => SyncState::Waiting,
        SyncWord::Syncing => SyncState::Syncing,
        SyncWord::Synced => SyncState::Synced,
        SyncWord::Failed => SyncState::Failed,
    }
}

/// What is missing or advised before signing, as of today.
pub(crate) fn findings(desktop: &Desktop, names: &Names, note: &Note, chart: &[&Diagnosis]) -> Vec<Finding> {
    let practice = &names.identity.practice;
    let clock = desktop.edge.now();
    let day = |instant: DateTime<Utc>| instant.with_timezone(&practice.zone).date_naive();
    completeness(note, chart, day(names.or_later(clock)), day(clock), practice.note_due_hours)
}

pub(crate) fn finding_view(finding: &Finding) -> FindingView {
    FindingView {
        rule: finding.rule.to_owned(),
        level: match finding.level {
            Level::Block => "block",
            Level::Advice => "advice",
        }
        .to_owned(),
        target: match finding.target {
            Target::Section(_) => "section",
            Target::Field(_) => "field",
            _ => "note",
        }
        .to_owned(),
        key: finding.target.key().to_owned(),
        message: finding.message.to_owned(),
        or_field: finding.or_field.map(str::to_owned),
    }
}

pub(crate) fn standing(
    open: &Open,
    note: &Note,
    is_ready: impl FnOnce() -> bool,
) -> Result<Standing, ApiError> {
    Ok(match &note.state {
        NoteState::Voided { .. } => Standing::Voided,
        NoteState::Signed { version, .. } => {
            let received = open
                .store
                .children::<mentalspace_domain::signing::Signature>(note.id.uuid())?
                .iter()
                .filter(|signature| signature.statement.version == *version)
                .map(|signature| open.store.get::<Receipt>(signature.id.uuid()))
                .collect::<Result<Vec<_>, _>>()?
                .into_iter()
                .any(|receipt| receipt.is_some());
            if received { Standing::Signed } else { Standing::AwaitingReceipt }
        }
        NoteState::Draft if note.needs_review() => Standing::Conflict,
        NoteState::Draft if is_ready() => Standing::Ready,
        NoteState::Draft => Standing::Draft,
    })
}

/// When a draft is due: the practice's hours after the end of the service, on its wall clock.
pub(crate) fn due(ends: NaiveDateTime, due_hours: u16, zone: chrono_tz::Tz) -> Option<DateTime<Utc>> {
    // In the hour that a spring night skips, the next minute that exists.
    let local = zone
        .from_local_datetime(&ends)
        .earliest()
        .or_else(|| zone.from_local_datetime(&(ends + TimeDelta::hours(1))).earliest())?;
    Some(local.with_timezone(&Utc) + TimeDelta::hours(i64::from(due_hours)))
}

/// A note in a list.
pub(crate) fn row(
    desktop: &Desktop,
    open: &Open,
    names: &Names,
    note: &Note,
    ready: bool,
) -> Result<NoteRow, ApiError> {
    let practice = &names.identity.practice;
    let ends = if note.is_draft() { note.service_end() } else { None };
    let due = ends.and_then(|ends| due(ends, practice.note_due_hours, practice.zone));
    let open_addenda = if note.is_draft() {
        0
    } else {
        open.store
            .children::<Addendum>(note.id.uuid())?
            .iter()
            .filter(|addendum| addendum.state == AddendumState::Draft && addendum.author == names.me())
            .count()
    };
    Ok(NoteRow {
        note_id: note.id.to_string(),
        client_id: note.client.to_string(),
        client_name: names.client(note.client),
        note_type: type_word(note.note_type).to_owned(),
        format: note.format.map(|format| format_word(format).to_owned()),
        title: title(note),
        author: names.user(note.author),
        is_mine: note.author == names.me(),
        service_date: note.service_date().map(|day| day.to_string()),
        start: some_text(note.field_named("start_time")),
        end: some_text(note.field_named("end_time")),
        standing: standing(open, note, || ready)?,
        due: due.map(|due| due.with_timezone(&practice.zone).date_naive().to_string()),
        due_hours: due.map(|due| (due - desktop.edge.now()).num_hours()),
        gist: gist(note),
        open_addenda: u32::try_from(open_addenda).unwrap_or(u32::MAX),
        sync: sync_of(open, note)?,
    })
}

/// The chart's diagnoses of each client, read once for a list.
pub(crate) fn is_ready(
    desktop: &Desktop,
    open: &Open,
    names: &Names,
    note: &Note,
    charts: &mut HashMap<mentalspace_domain::ids::ClientId, Vec<Diagnosis>>,
) -> Result<bool, ApiError> {
    if !note.is_draft() {
        return Ok(false);
    }
    if let std::collections::hash_map::Entry::Vacant(entry) = charts.entry(note.client) {
        entry.insert(open.store.children::<Diagnosis>(note.client.uuid())?);
    }
    let chart: Vec<&Diagnosis> =
        charts.get(&note.client).map(|chart| chart.iter().collect()).unwrap_or_default();
    Ok(findings(desktop, names, note, &chart).iter().all(|finding| finding.level != Level::Block))
}

pub(crate) fn title(note: &Note) -> String {
    type_title(note.note_type, note.format)
}

/// What a note of this type and format is called.
pub(crate) fn type_title(note_type: NoteType, format: Option<NoteFormat>) -> String {
    match (note_type, format) {
        (NoteType::Intake, _) => "Intake assessment".to_owned(),
        (NoteType::Contact, _) => "Contact note".to_owned(),
        (NoteType::Missed, _) => "Missed appointment".to_owned(),
        (NoteType::Progress, None) => "Progress note".to_owned(),
        (NoteType::Progress, Some(NoteFormat::Narrative)) => "Progress note (narrative)".to_owned(),
        (NoteType::Progress, Some(format)) => {
            format!("Progress note ({})", format_word(format).to_uppercase())
        }
    }
}

fn gist(note: &Note) -> String {
    let first = mentalspace_domain::note::sections::sections(note.note_type, note.format)
        .into_iter()
        .map(|spec| note.section(&spec.section_key()))
        .find(|text| !text.trim().is_empty())
        .unwrap_or_default();
    first.split_whitespace().take(28).collect::<Vec<_>>().join(" ")
}

pub(crate) const fn type_word(note_type: NoteType) -> &'static str {
    match note_type {
        NoteType::Intake => "intake",
        NoteType::Progress => "progress",
        NoteType::Contact => "contact",
        NoteType::Missed => "missed",
    }
}

pub(crate) fn note_type(word: &str) -> Result<NoteType, ApiError> {
    match word {
        "intake" => Ok(NoteType::Intake),
        "progress" => Ok(NoteType::Progress),
        "contact" => Ok(NoteType::Contact),
        "missed" => Ok(NoteType::Missed),
        _ => Err(civil::invalid("note_type", "intake, progress, contact or missed")),
    }
}

pub(crate) const fn format_word(format: NoteFormat) -> &'static str {
    match format {
        NoteFormat::Soap => "soap",
        NoteFormat::Dap => "dap",
        NoteFormat::Birp => "birp",
        NoteFormat::Girp => "girp",
        NoteFormat::Narrative => "narrative",
    }
}

pub(crate) fn note_format(word: &str) -> Result<NoteFormat, ApiError> {
    match word {
        "soap" => Ok(NoteFormat::Soap),
        "dap" => Ok(NoteFormat::Dap),
        "birp" => Ok(NoteFormat::Birp),
        "girp" => Ok(NoteFormat::Girp),
        "narrative" => Ok(NoteFormat::Narrative),
        _ => Err(civil::invalid("format", "soap, dap, birp, girp or narrative")),
    }
}

fn some_text(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// The note's identifier from its text.
pub(crate) fn note_id(text: &str) -> Result<NoteId, ApiError> {
    text.parse().map_err(|_| ApiError::not_found("This note"))
}

/// The note, if it is on this device.
pub(crate) fn find(open: &Open, id: &str) -> Result<Note, ApiError> {
    open.store.get::<Note>(note_id(id)?.uuid())?.ok_or_else(|| ApiError::not_found("This note"))
}

/// A note that is about to be written in.
pub(crate) fn find_to_change(open: &Open, id: &str) -> Result<Note, ApiError> {
    open.store.get_to_change::<Note>(note_id(id)?.uuid())?.ok_or_else(|| ApiError::not_found("This note"))
}

/// The practice's today.
pub(crate) fn today(desktop: &Desktop, names: &Names) -> NaiveDate {
    desktop.edge.now().with_timezone(&names.identity.practice.zone).date_naive()
}
