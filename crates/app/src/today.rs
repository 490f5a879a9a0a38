//! The day: what is next, what is overdue, what waits for a decision.

use crate::api::ApiError;
use crate::api::input::Nothing;
use crate::api::view::{ConflictRow, NoteRow, TodayView};
use crate::civil;
use crate::desktop::{Desktop, Open};
use crate::people::Names;
use crate::standing::{is_ready, row, title, today as day_of};
use crate::{appointments, conflicts, quarantine, status};
use mentalspace_domain::addendum::Addendum;
use mentalspace_domain::note::Note;
use mentalspace_domain::note::sections::{field_label, section_label};
use std::collections::HashMap;

/// Notes to sign on Today: those that are due first. Nobody works through more of them from a list in a day; every one
/// is in its chart, and all are counted.
const UNSIGNED_SHOWN: u32 = 50;

pub(crate) async fn today(desktop: &Desktop, _: Nothing) -> Result<TodayView, ApiError> {
    let open = desktop.open()?;
    let names = Names::load(&open)?;
    let zone = names.identity.practice.zone;
    let day = day_of(desktop, &names);
    let mut charts = HashMap::new();
    let mut unsigned: Vec<NoteRow> = Vec::new();
    for note in &open.store.drafts_due_first(names.me(), UNSIGNED_SHOWN)? {
        let ready = is_ready(desktop, &open, &names, note, &mut charts)?;
        unsigned.push(row(desktop, &open, &names, note, ready)?);
    }
    unsigned.sort_by_key(|row| row.due_hours.unwrap_or(i64::MAX));
    Ok(TodayView {
        date: day.to_string(),
        clock: civil::clock(desktop.edge.now().with_timezone(&zone).time()),
        agenda: appointments::day_views(desktop, &open, &names, day, day, Some(names.me()))?,
        conflicts: waiting(&open, &names)?,
        quarantine: quarantine::waiting(&open)?,
        unsigned,
        unsigned_count: open.store.draft_counts(names.me())?.iter().map(|count| count.drafts).sum(),
        status: status::view(desktop, &open, false)?,
    })
}

/// What waits for the user's decision: texts to choose between, combined text to confirm, late entries.
fn waiting(open: &Open, names: &Names) -> Result<Vec<ConflictRow>, ApiError> {
    let mut rows = Vec::new();
    for note in &open.store.awaiting_review::<Note>()? {
        if note.author != names.me() {
            continue;
        }
        let conflict = |kind: &str, sections: Vec<String>| ConflictRow {
            note_id: note.id.to_string(),
            client_id: note.client.to_string(),
            client_name: names.client(note.client),
            title: title(note),
            service_date: note.service_date().map(|day| day.to_string()),
            kind: kind.to_owned(),
            sections,
        };
        if !note.branches.is_empty() {
            let mut sections = Vec::new();
            for branch in conflicts::open_branches(open, note)? {
                sections.extend(branch.sections.keys().map(|key| section_label(key).to_owned()));
                sections.extend(branch.fields.keys().map(|key| field_label(key).to_owned()));
            }
            rows.push(conflict("conflict", sections));
        }
        if !note.combined.is_empty() {
            rows.push(conflict(
                "combined",
                note.combined.keys().map(|key| section_label(key).to_owned()).collect(),
            ));
        }
    }
    for addendum in open.store.awaiting_review::<Addendum>()? {
        if addendum.author != names.me() {
            continue;
        }
        if let Some(note) = open.store.get::<Note>(addendum.note.uuid())? {
            rows.push(ConflictRow {
                note_id: note.id.to_string(),
                client_id: note.client.to_string(),
                client_name: names.client(note.client),
                title: title(&note),
                service_date: note.service_date().map(|day| day.to_string()),
                kind: "late_entry".to_owned(),
                sections: addendum.sections.keys().map(|key| section_label(key).to_owned()).collect(),
            });
        }
    }
    Ok(rows)
}
