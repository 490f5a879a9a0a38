//! The journal, search, and what has not been sent.

use crate::api::ApiError;
use crate::api::input::{EntryInput, JournalInput, Nothing, SearchInput};
use crate::api::view::{Empty, JournalEntry, RunView, SearchHit, SetAsideView, UnsentCommand};
use crate::civil;
use crate::clients::{fold, found_by};
use crate::desktop::Desktop;
use crate::people::Names;
use crate::standing::title;
use mentalspace_domain::client::{Client, ClientStatus};
use mentalspace_domain::note::Note;
use mentalspace_domain::record::{Record, RecordKind};

pub(crate) async fn search(desktop: &Desktop, input: SearchInput) -> Result<Vec<SearchHit>, ApiError> {
    let open = desktop.open()?;
    let names = Names::load(&open)?;
    let limit = input.limit.unwrap_or(20).min(200);
    let sought = fold(&input.query);
    let mut hits: Vec<SearchHit> = Vec::new();
    if !sought.trim().is_empty() {
        for client in open.store.all::<Client>()? {
            let name = client.display_name();
            let found_by = found_by(&client);
            // A merged record is found in the one that it was merged into.
            if client.status != ClientStatus::Merged
                && sought.split_whitespace().all(|word| found_by.contains(word))
            {
                hits.push(SearchHit {
                    kind: "client".to_owned(),
                    client_id: client.id.to_string(),
                    client_name: name,
                    note_id: None,
                    title: String::new(),
                    service_date: None,
                    snippet: String::new(),
                });
            }
        }
        hits.truncate(limit as usize / 2);
    }
    for hit in open.store.search(&input.query, limit)? {
        let (kind, note) = match &hit.record {
            Record::Note(note) => ("note", Some((**note).clone())),
            Record::Addendum(addendum) => ("addendum", open.store.get::<Note>(addendum.note.uuid())?),
            _ => continue,
        };
        let Some(note) = note else { continue };
        hits.push(SearchHit {
            kind: kind.to_owned(),
            client_id: note.client.to_string(),
            client_name: names.client(note.client),
            note_id: Some(note.id.to_string()),
            title: title(&note),
            service_date: note.service_date().map(|day| day.to_string()),
            snippet: hit.snippet,
        });
    }
    hits.truncate(limit as usize);
    Ok(hits)
}

pub(crate) async fn journal(desktop: &Desktop, input: JournalInput) -> Result<Vec<JournalEntry>, ApiError> {
    let open = desktop.open()?;
    let zone = open.store.identity()?.practice.zone;
    Ok(open
        .store
        .journal(input.before, input.limit.unwrap_or(100).min(1_000))?
        .into_iter()
        .map(|entry| JournalEntry {
            entry: entry.entry,
            at: entry.at.to_rfc3339(),
            at_civil: civil::on_clock(entry.at, zone),
            name: entry.name,
            outcome: entry.outcome,
            detail: entry.detail,
            note_id: entry.record.filter(|key| key.kind == RecordKind::Note).map(|key| key.id.to_string()),
            client_id: entry.client.map(|client| client.to_string()),
            needs_review: entry.needs_review,
        })
        .collect())
}

pub(crate) async fn words(desktop: &Desktop, input: EntryInput) -> Result<Vec<RunView>, ApiError> {
    let open = desktop.open()?;
    let Some(envelope) = open.store.journal_command(input.entry)? else { return Ok(Vec::new()) };
    let texts = envelope.command.texts();
    Ok(texts
        .into_iter()
        .map(|(from, text)| RunView { from: from.to_owned(), text: text.to_owned() })
        .collect())
}

pub(crate) async fn review(desktop: &Desktop, input: EntryInput) -> Result<Empty, ApiError> {
    desktop.open()?.store.journal_reviewed(input.entry)?;
    Ok(Empty {})
}

pub(crate) async fn set_aside(desktop: &Desktop, _: Nothing) -> Result<Vec<SetAsideView>, ApiError> {
    let kept = desktop.open()?.store.set_aside()?;
    Ok(kept
        .into_iter()
        .map(|kept| SetAsideView {
            kind: kept.kind,
            record_id: kept.id.to_string(),
            subject: kept.subject.map(|subject| subject.to_string()),
            at: kept.at.to_rfc3339(),
            // What a newer release wrote and this one cannot read as JSON is given as text rather than not at all.
            record: serde_json::from_slice(&kept.body)
                .unwrap_or_else(|_| String::from_utf8_lossy(&kept.body).into_owned().into()),
        })
        .collect())
}

pub(crate) async fn export_unsent(desktop: &Desktop, _: Nothing) -> Result<Vec<UnsentCommand>, ApiError> {
    let open = desktop.open()?;
    open.store
        .pending()?
        .into_iter()
        .map(|pending| {
            Ok(UnsentCommand {
                seq: pending.seq,
                envelope: serde_json::to_value(&pending.envelope).map_err(|_| ApiError::internal())?,
            })
        })
        .collect()
}
