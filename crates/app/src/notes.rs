//! Writing notes.

use crate::api::ApiError;
use crate::api::input::{
    Edited, NoteCreateInput, NoteFormatInput, NoteInput, NotePatchInput, NoteRestoreInput, NoteVoidInput,
};
use crate::api::view::{ChangeView, HistoryView, NoteView, RevisionView, SyncState};
use crate::civil;
use crate::desktop::{Desktop, Open};
use crate::people::Names;
use crate::standing::{find, find_to_change, note_format, note_type};
use crate::submit::{change, send, submit};
use crate::{appointments, charts, late, settings};
use mentalspace_domain::appointment::Appointment;
use mentalspace_domain::command::Command;
use mentalspace_domain::diagnosis::Diagnosis;
use mentalspace_domain::ids::{AppointmentId, ClientId, DiagnosisId, NoteId};
use mentalspace_domain::note::create::CreateNote;
use mentalspace_domain::note::edit::{Edit, NoteEdits};
use mentalspace_domain::note::format::SwitchFormat;
use mentalspace_domain::note::patch::PatchNote;
use mentalspace_domain::note::void::VoidNote;
use mentalspace_domain::note::{FieldKey, Note, NoteRevision, NoteState, NoteType, RevisionKind, SectionKey};
use mentalspace_store::Writing;
use std::collections::BTreeMap;

pub(crate) async fn create(desktop: &Desktop, input: NoteCreateInput) -> Result<ChangeView, ApiError> {
    let open = desktop.open()?;
    let appointment = input
        .appointment_id
        .as_deref()
        .map(|id| {
            let id: AppointmentId = id.parse().map_err(|_| ApiError::not_found("This appointment"))?;
            open.store.get::<Appointment>(id.uuid())?.ok_or_else(|| ApiError::not_found("This appointment"))
        })
        .transpose()?;
    let client_id: ClientId = match (&input.client_id, &appointment) {
        (Some(id), _) => id.parse().map_err(|_| ApiError::not_found("This client"))?,
        (None, Some(appointment)) => appointment.client,
        (None, None) => return Err(civil::invalid("client_id", "the client, or an appointment")),
    };
    let note_type = input.note_type.as_deref().map_or(Ok(NoteType::Progress), note_type)?;
    let format = match (note_type, input.format.as_deref()) {
        (NoteType::Progress, Some(word)) => Some(note_format(word)?),
        (NoteType::Progress, None) => Some(note_format(&settings::load(&open)?.default_format)?),
        (_, _) => None,
    };
    let mut content = NoteEdits::default();
    for (key, value) in appointment.as_ref().map(prefill).unwrap_or_default() {
        content.fields.insert(FieldKey::from(key), Edit::new("", value));
    }
    if appointment.is_some() && is_of_session(note_type) {
        content.add_diagnoses = expected_diagnoses(&open, client_id)?;
    }
    if appointment.is_none() {
        let zone = open.store.identity()?.practice.zone;
        content.fields.insert(FieldKey::from("zone"), Edit::new("", zone.name()));
    }
    for (key, value) in input.fields {
        content.fields.insert(FieldKey::new(key), Edit::new("", value));
    }
    for (key, text) in input.sections {
        content.sections.insert(SectionKey::new(key), Edit::new("", text));
    }
    let note_id = NoteId::new(desktop.edge.id()?);
    let command = Command::NoteCreate(CreateNote {
        note_id,
        client_id,
        note_type,
        format,
        appointment_id: appointment.map(|appointment| appointment.id),
        content,
    });
    submit(desktop, &open, note_id.uuid(), command)
}

/// What a note takes over from its appointment: the civil date and times as they stand there, letter for letter.
fn prefill(appointment: &Appointment) -> Vec<(&'static str, String)> {
    let time = &appointment.time;
    let mut fields = vec![
        ("service_date", time.date.to_string()),
        ("start_time", civil::clock(time.start)),
        ("end_time", civil::clock(time.end)),
        ("zone", time.zone.name().to_owned()),
        ("modality", appointments::modality_word(appointment.modality).to_owned()),
    ];
    if !appointment.place.is_empty() {
        fields.push(("place", appointment.place.clone()));
    }
    fields
}

pub(crate) async fn show(desktop: &Desktop, input: NoteInput) -> Result<NoteView, ApiError> {
    let open = desktop.open()?;
    let note = find(&open, &input.note_id)?;
    late::opened(&open, &note);
    let names = Names::load(&open)?;
    charts::note_view(desktop, &open, &names, &note)
}

pub(crate) async fn typing(desktop: &Desktop, input: NotePatchInput) -> Result<ChangeView, ApiError> {
    let open = desktop.open()?;
    write(&open, input.clone(), |note, command| {
        let submitted = send(desktop, &open, command, Writing::StillTyping)?;
        let mut view = change(note.id.uuid(), &submitted);
        view.sync = SyncState::Saved;
        Ok(view)
    })
    .or_else(|refused| late::patch(desktop, &open, input, refused))
}

/// Writes in a note that is here.
fn write(
    open: &Open,
    input: NotePatchInput,
    take: impl FnOnce(&Note, Command) -> Result<ChangeView, ApiError>,
) -> Result<ChangeView, ApiError> {
    let note = find_to_change(open, &input.note_id)?;
    let command = patch_command((note.id, note.client), Some(&note), input)?;
    take(&note, command)
}

pub(crate) async fn patch(desktop: &Desktop, input: NotePatchInput) -> Result<ChangeView, ApiError> {
    let open = desktop.open()?;
    write(&open, input.clone(), |note, command| {
        let Command::NotePatch(patch) = &command else { return Err(ApiError::internal()) };
        if patch.edits.is_empty() {
            // A pause after the last key: what was typed is complete now.
            open.store.pause_typing()?;
            desktop.wake.notify_one();
            return Ok(ChangeView {
                id: note.id.to_string(),
                outcome: "applied".to_owned(),
                provisional: false,
                sync: crate::standing::sync_of(&open, note)?,
            });
        }
        submit(desktop, &open, note.id.uuid(), command)
    })
    .or_else(|refused| late::patch(desktop, &open, input, refused))
}

/// The edit of a note: what its writer had seen is said by her, or is what stands in the note that is here.
pub(crate) fn patch_command(
    (note_id, client_id): (NoteId, ClientId),
    note: Option<&Note>,
    input: NotePatchInput,
) -> Result<Command, ApiError> {
    let ids = |ids: Vec<String>| {
        ids.iter()
            .map(|id| id.parse().map_err(|_| ApiError::not_found("This diagnosis")))
            .collect::<Result<Vec<_>, _>>()
    };
    let mut pulled_forward = BTreeMap::new();
    for (key, from) in input.pulled_forward {
        pulled_forward.insert(SectionKey::new(key), crate::standing::note_id(&from)?);
    }
    Ok(Command::NotePatch(PatchNote {
        note_id,
        client_id,
        edits: NoteEdits {
            sections: edits(input.sections, SectionKey::new, |key| note.map_or("", |note| note.section(key))),
            fields: edits(input.fields, FieldKey::new, |key| note.map_or("", |note| note.field(key))),
            add_diagnoses: ids(input.add_diagnoses)?,
            remove_diagnoses: ids(input.remove_diagnoses)?,
            pulled_forward,
        },
    }))
}

/// Edits as the domain takes them. Where the writer did not say what she had seen, it is what stands there.
pub(crate) fn edits<'n, K: Ord>(
    edited: BTreeMap<String, Edited>,
    key: impl Fn(String) -> K,
    current: impl Fn(&K) -> &'n str,
) -> BTreeMap<K, Edit> {
    edited
        .into_iter()
        .map(|(name, edited)| {
            let key = key(name);
            let edit = match edited {
                Edited::To(to) => Edit::new(current(&key), to),
                Edited::Seen { from, to } => Edit { from, to },
            };
            (key, edit)
        })
        .filter(|(_, edit)| edit.from != edit.to)
        .collect()
}

pub(crate) async fn history(desktop: &Desktop, input: NoteInput) -> Result<HistoryView, ApiError> {
    let open = desktop.open()?;
    let note = find(&open, &input.note_id)?;
    let names = Names::load(&open)?;
    let zone = names.identity.practice.zone;
    let mut kept: Vec<NoteRevision> = open.store.children::<NoteRevision>(note.id.uuid())?;
    kept.sort_by_key(|revision| (std::cmp::Reverse(revision.number), std::cmp::Reverse(revision.written_at)));
    let mut revisions = vec![RevisionView {
        revision_id: "current".to_owned(),
        number: note.revision,
        kind: "current".to_owned(),
        device: names.device(note.edited_on).to_owned(),
        written_civil: civil::on_clock(note.edited_at, zone),
        sections: texts(&note.sections),
        fields: texts(&note.fields),
    }];
    revisions.extend(kept.iter().map(|revision| {
        RevisionView {
            revision_id: revision.id.to_string(),
            number: revision.number,
            kind: match revision.kind {
                RevisionKind::Replaced => "replaced",
                RevisionKind::Incoming => "incoming",
            }
            .to_owned(),
            device: names.device(revision.device).to_owned(),
            written_civil: civil::on_clock(revision.written_at, zone),
            sections: texts(&revision.sections),
            fields: texts(&revision.fields),
        }
    }));
    Ok(HistoryView { revisions })
}

pub(crate) fn texts<K: ToString>(map: &BTreeMap<K, String>) -> BTreeMap<String, String> {
    map.iter().map(|(key, text)| (key.to_string(), text.clone())).collect()
}

pub(crate) async fn restore(desktop: &Desktop, input: NoteRestoreInput) -> Result<ChangeView, ApiError> {
    let open = desktop.open()?;
    let note = find(&open, &input.note_id)?;
    let kept = open
        .store
        .children::<NoteRevision>(note.id.uuid())?
        .into_iter()
        .find(|revision| revision.id.to_string() == input.revision_id)
        .ok_or_else(|| ApiError::not_found("This earlier text"))?;
    let sections = kept
        .sections
        .iter()
        .map(|(key, text)| (key.clone(), Edit::new(note.section(key), text.as_str())))
        .filter(|(_, edit)| edit.from != edit.to)
        .collect();
    let fields = kept
        .fields
        .iter()
        .map(|(key, value)| (key.clone(), Edit::new(note.field(key), value.as_str())))
        .filter(|(_, edit)| edit.from != edit.to)
        .collect();
    let edits = NoteEdits { sections, fields, ..NoteEdits::default() };
    let command = Command::NotePatch(PatchNote { note_id: note.id, client_id: note.client, edits });
    submit(desktop, &open, note.id.uuid(), command)
}

pub(crate) async fn format(desktop: &Desktop, input: NoteFormatInput) -> Result<ChangeView, ApiError> {
    let open = desktop.open()?;
    open.store.pause_typing()?;
    let note = find(&open, &input.note_id)?;
    let command = Command::NoteFormat(SwitchFormat {
        note_id: note.id,
        client_id: note.client,
        from: note.format,
        to: note_format(&input.to)?,
    });
    submit(desktop, &open, note.id.uuid(), command)
}

pub(crate) async fn void(desktop: &Desktop, input: NoteVoidInput) -> Result<ChangeView, ApiError> {
    let open = desktop.open()?;
    let note = find(&open, &input.note_id)?;
    let command = Command::NoteVoid(VoidNote {
        note_id: note.id,
        client_id: note.client,
        revision: note.revision,
        reason: input.reason,
    });
    submit(desktop, &open, note.id.uuid(), command)
}

/// The last note of the same client that the user wrote before this one: that of a session, or else of a contact. One
/// that was entered in error is nothing to go on from.
pub(crate) fn previous(open: &Open, names: &Names, note: &Note) -> Result<Option<NoteId>, ApiError> {
    let mut earlier: Vec<Note> = open
        .store
        .children::<Note>(note.client.uuid())?
        .into_iter()
        .filter(|other| {
            other.id != note.id
                && other.author == names.me()
                && other.note_type != NoteType::Missed
                && !matches!(other.state, NoteState::Voided { .. })
                && (other.service_date(), other.created_at)
                    < (note.service_date().or(Some(chrono::NaiveDate::MAX)), note.created_at)
        })
        .collect();
    earlier.sort_by_key(|other| (is_of_session(other.note_type), other.service_date(), other.created_at));
    Ok(earlier.last().map(|other| other.id))
}

const fn is_of_session(note_type: NoteType) -> bool {
    matches!(note_type, NoteType::Progress | NoteType::Intake)
}

/// The diagnoses that a note of a session begins with: of those active on the chart the ones that the last signed note
/// named, else all of them.
fn expected_diagnoses(open: &Open, client: ClientId) -> Result<Vec<DiagnosisId>, ApiError> {
    let mut active = open.store.children::<Diagnosis>(client.uuid())?;
    active.retain(|diagnosis| diagnosis.ended_on.is_none());
    active.sort_by_key(|diagnosis| (diagnosis.rank, diagnosis.noted_on));
    let last = open
        .store
        .children::<Note>(client.uuid())?
        .into_iter()
        .filter(|note| is_of_session(note.note_type) && matches!(note.state, NoteState::Signed { .. }))
        .max_by_key(|note| (note.service_date(), note.created_at));
    let named: Vec<DiagnosisId> = last
        .map(|note| note.diagnoses)
        .unwrap_or_default()
        .into_iter()
        .filter(|id| active.iter().any(|diagnosis| diagnosis.id == *id))
        .collect();
    if named.is_empty() { Ok(active.iter().map(|diagnosis| diagnosis.id).collect()) } else { Ok(named) }
}
