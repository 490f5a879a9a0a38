//! Addenda to signed notes.

use crate::api::input::{AddendumDismissInput, AddendumSignInput, AddendumWriteInput};
use crate::api::view::{AddendumView, ChangeView, DiffView, RunView, SectionView, SyncState};
use crate::api::{ApiError, Code};
use crate::charts::empty_section;
use crate::civil;
use crate::desktop::{Desktop, Open};
use crate::late;
use crate::notes::edits;
use crate::people::Names;
use crate::session::re_authenticate;
use crate::signing::{self, submission};
use crate::standing::find;
use crate::submit::{change, send, submit};
use mentalspace_domain::addendum::dismiss::DismissAddendum;
use mentalspace_domain::addendum::sign::SignAddendum;
use mentalspace_domain::addendum::write::WriteAddendum;
use mentalspace_domain::addendum::{Addendum, AddendumKind, AddendumState};
use mentalspace_domain::command::Command;
use mentalspace_domain::decision::Outcome;
use mentalspace_domain::ids::{AddendumId, ClientId, NoteId};
use mentalspace_domain::merge::{DiffKind, diff_text};
use mentalspace_domain::note::edit::Edit;
use mentalspace_domain::note::sections::section_label;
use mentalspace_domain::note::{Note, SectionKey};
use mentalspace_domain::signing::{Meaning, NoteVersion, addendum_content};
use mentalspace_store::{Submitted, Writing};
use std::collections::BTreeMap;

pub(crate) async fn typing(desktop: &Desktop, input: AddendumWriteInput) -> Result<ChangeView, ApiError> {
    let open = desktop.open()?;
    let view = take(desktop, &open, input.clone(), Writing::StillTyping)
        .or_else(|refused| late::addendum(desktop, &open, input, refused))?;
    Ok(ChangeView { sync: SyncState::Saved, ..view })
}

/// Writes in an addendum to a note that is here.
fn take(
    desktop: &Desktop,
    open: &Open,
    input: AddendumWriteInput,
    writing: Writing,
) -> Result<ChangeView, ApiError> {
    let note = find(open, &input.note_id)?;
    let command = write_command(desktop, open, (note.id, note.client), input)?;
    let submitted = send(desktop, open, Command::AddendumWrite(command.clone()), writing)?;
    Ok(written(&command, &submitted))
}

pub(crate) async fn write(desktop: &Desktop, input: AddendumWriteInput) -> Result<ChangeView, ApiError> {
    let open = desktop.open()?;
    let view = take(desktop, &open, input.clone(), Writing::Complete)
        .or_else(|refused| late::addendum(desktop, &open, input, refused))?;
    desktop.wake.notify_one();
    Ok(view)
}

/// What was written, under the addendum that it went into: where another device's words stood in the one that was
/// named, that is another one.
fn written(command: &WriteAddendum, submitted: &Submitted) -> ChangeView {
    let id = match submitted.outcome {
        Outcome::Converted { addendum } => addendum,
        _ => command.addendum_id,
    };
    change(id.uuid(), submitted)
}

pub(crate) fn write_command(
    desktop: &Desktop,
    open: &Open,
    (note_id, client_id): (NoteId, ClientId),
    input: AddendumWriteInput,
) -> Result<WriteAddendum, ApiError> {
    let addendum_id = match &input.addendum_id {
        Some(id) => id.parse().map_err(|_| ApiError::not_found("This addendum"))?,
        None => AddendumId::new(desktop.edge.id()?),
    };
    // One that the server refused is not here any more, and its editor may still be open: it begins again.
    let existing = open.store.get::<Addendum>(addendum_id.uuid())?;
    let kind = match input.kind.as_deref() {
        None | Some("addendum") => AddendumKind::Addendum,
        Some("correction") => AddendumKind::Correction,
        Some("late_entry") if existing.is_some() => AddendumKind::LateEntry,
        Some(_) => return Err(civil::invalid("kind", "addendum or correction")),
    };
    let empty = String::new();
    Ok(WriteAddendum {
        addendum_id,
        note_id,
        client_id,
        kind,
        sections: edits(input.sections, SectionKey::new, |key| {
            existing.as_ref().and_then(|addendum| addendum.sections.get(key)).unwrap_or(&empty)
        }),
        reason: input.reason,
    })
}

pub(crate) async fn sign(desktop: &Desktop, input: AddendumSignInput) -> Result<ChangeView, ApiError> {
    let open = desktop.open()?;
    let addendum = addendum(&open, &input.addendum_id)?;
    let note =
        open.store.get::<Note>(addendum.note.uuid())?.ok_or_else(|| ApiError::not_found("This note"))?;
    if !is_as_read(&addendum, input.sections.as_ref(), input.reason.as_deref()) {
        return Err(ApiError::new(
            Code::ContentChanged,
            "The addendum has changed since you read it here, perhaps by another device of yours. Nothing was signed, and every word is safe. Read it once more, then sign.",
        ));
    }
    re_authenticate(desktop, &open, &input.password).await?;
    let versions = open.store.children::<NoteVersion>(note.id.uuid())?;
    let last = versions
        .iter()
        .max_by_key(|version| version.version)
        .ok_or_else(|| ApiError::not_found("The signed version of this note"))?;
    let practice = open.store.identity()?.practice.id;
    let content = addendum_content(&addendum, &note, last, practice).map_err(|_| ApiError::internal())?;
    let command = Command::AddendumSign(SignAddendum {
        addendum_id: addendum.id,
        note_id: note.id,
        client_id: note.client,
        submission: submission(desktop, &open, content, Meaning::Addendum)?,
    });
    let view = submit(desktop, &open, addendum.id.uuid(), command)?;
    open.store.journal_settled(note.id.uuid())?;
    Ok(view)
}

/// Whether what was read, as far as that is said, is what stands in the addendum.
fn is_as_read(
    addendum: &Addendum,
    sections: Option<&BTreeMap<String, String>>,
    reason: Option<&str>,
) -> bool {
    let is = |read: &str, stands: &str| Edit::new("", read).canonical().to == stands;
    let stands = |key: &str| addendum.sections.get(&SectionKey::from(key)).map_or("", String::as_str);
    let sections = sections.is_none_or(|read| {
        let was_read = |key: &SectionKey, text: &str| text.is_empty() || read.contains_key(key.as_str());
        addendum.sections.iter().all(|(key, text)| was_read(key, text))
            && read.iter().all(|(key, text)| is(text, stands(key)))
    });
    sections && reason.is_none_or(|reason| is(reason, &addendum.reason))
}

pub(crate) async fn dismiss(desktop: &Desktop, input: AddendumDismissInput) -> Result<ChangeView, ApiError> {
    let open = desktop.open()?;
    let addendum = addendum(&open, &input.addendum_id)?;
    if !is_as_read(&addendum, input.sections.as_ref(), None) {
        return Err(ApiError::new(
            Code::ContentChanged,
            "More was added to this addendum since you read it here, perhaps by another device of yours, so it was not set aside. Every word is safe. Read it once more, then set it aside.",
        ));
    }
    let command = Command::AddendumDismiss(DismissAddendum {
        addendum_id: addendum.id,
        note_id: addendum.note,
        client_id: addendum.client,
        reason: input.reason,
        seen: Some(addendum.sections.clone()),
    });
    let view = submit(desktop, &open, addendum.id.uuid(), command)?;
    open.store.journal_settled(addendum.note.uuid())?;
    Ok(view)
}

fn addendum(open: &Open, id: &str) -> Result<Addendum, ApiError> {
    let id: AddendumId = id.parse().map_err(|_| ApiError::not_found("This addendum"))?;
    open.store.get::<Addendum>(id.uuid())?.ok_or_else(|| ApiError::not_found("This addendum"))
}

/// An addendum as shown: one that is signed with the words that were signed.
pub(crate) fn addendum_view(
    open: &Open,
    names: &Names,
    note: &Note,
    addendum: &Addendum,
) -> Result<AddendumView, ApiError> {
    let signed = signing::addendum_as_signed(open, addendum)?;
    let addendum = signed.as_ref().unwrap_or(addendum);
    let sections: Vec<SectionView> = addendum
        .sections
        .iter()
        .map(|(key, text)| SectionView { text: text.clone(), ..empty_section(key) })
        .collect();
    let diffs = if addendum.kind == AddendumKind::LateEntry {
        addendum
            .sections
            .iter()
            .filter(|(key, _)| note.sections.contains_key(*key))
            .map(|(key, text)| diff_view(key, note.section(key), text))
            .collect()
    } else {
        Vec::new()
    };
    let signature = match addendum.state {
        AddendumState::Signed { version } => {
            signing::version_signature(open, names, (addendum.note, Some(addendum.id)), version)?
        }
        _ => None,
    };
    Ok(AddendumView {
        addendum_id: addendum.id.to_string(),
        kind: match addendum.kind {
            AddendumKind::Addendum => "addendum",
            AddendumKind::Correction => "correction",
            AddendumKind::LateEntry => "late_entry",
        }
        .to_owned(),
        state: match addendum.state {
            AddendumState::Draft => "draft",
            AddendumState::Signed { .. } => "signed",
            AddendumState::Dismissed { .. } => "dismissed",
        }
        .to_owned(),
        author: names.user(addendum.author),
        is_mine: addendum.author == names.me(),
        reason: addendum.reason.clone(),
        sections,
        diffs,
        device: names.device(addendum.device).to_owned(),
        written_civil: civil::on_clock(addendum.asserted_at, names.identity.practice.zone),
        dismissed_because: match &addendum.state {
            AddendumState::Dismissed { reason, .. } => reason.clone(),
            _ => String::new(),
        },
        signature,
    })
}

fn diff_view(key: &SectionKey, old: &str, new: &str) -> DiffView {
    DiffView {
        key: key.to_string(),
        label: section_label(key).to_owned(),
        runs: diff_text(old, new)
            .into_iter()
            .map(|run| RunView {
                from: match run.kind {
                    DiffKind::Same => "same",
                    DiffKind::Removed => "removed",
                    DiffKind::Added => "added",
                }
                .to_owned(),
                text: run.text,
            })
            .collect(),
    }
}
