//! Combined text to confirm, conflicts to settle.

use crate::api::input::{NoteChoicesInput, NoteConfirmInput, NoteResolveInput};
use crate::api::view::{
    BranchView, ChangeView, CombinedView, ConflictSectionView, Empty, PassageView, RunView,
};
use crate::api::{ApiError, Code};
use crate::civil;
use crate::desktop::{Desktop, Open};
use crate::notes::edits;
use crate::people::Names;
use crate::standing::find;
use crate::submit::submit;
use mentalspace_domain::command::Command;
use mentalspace_domain::merge::{Hunk, Origin, TextMerge, merge_text};
use mentalspace_domain::note::confirm::ConfirmCombined;
use mentalspace_domain::note::edit::NoteEdits;
use mentalspace_domain::note::resolve::{ResolveConflict, Seen};
use mentalspace_domain::note::sections::{field_label, section_label};
use mentalspace_domain::note::{BranchState, Combined, FieldKey, Note, NoteBranch, SectionKey};

pub(crate) async fn confirm(desktop: &Desktop, input: NoteConfirmInput) -> Result<ChangeView, ApiError> {
    let open = desktop.open()?;
    open.store.pause_typing()?;
    let note = find(&open, &input.note_id)?;
    let sections = if input.sections.is_empty() {
        note.combined.keys().map(|key| (key.clone(), note.section(key).to_owned())).collect()
    } else {
        input.sections.into_iter().map(|(key, text)| (SectionKey::new(key), text)).collect()
    };
    let command =
        Command::NoteConfirm(ConfirmCombined { note_id: note.id, client_id: note.client, sections });
    let view = submit(desktop, &open, note.id.uuid(), command)?;
    open.store.journal_settled(note.id.uuid())?;
    Ok(view)
}

pub(crate) async fn resolve(desktop: &Desktop, input: NoteResolveInput) -> Result<ChangeView, ApiError> {
    let open = desktop.open()?;
    open.store.pause_typing()?;
    let note = find(&open, &input.note_id)?;
    let branches = open_branches(&open, &note)?;
    let branch = match &input.branch_id {
        Some(id) => branches.iter().find(|branch| branch.id.to_string() == *id),
        None if branches.len() == 1 => branches.first(),
        None => {
            return Err(ApiError::new(
                Code::Invalid,
                "This note has several conflicts. Nothing was changed. Say which one is settled (branch_id).",
            ));
        }
    }
    .ok_or_else(|| ApiError::not_found("This conflict"))?;
    let command = Command::NoteResolve(ResolveConflict {
        note_id: note.id,
        client_id: note.client,
        branch_id: branch.id,
        edits: NoteEdits {
            sections: edits(input.sections, SectionKey::new, |key| note.section(key)),
            fields: edits(input.fields, FieldKey::new, |key| note.field(key)),
            ..NoteEdits::default()
        },
        seen: Seen::of(branch),
    });
    let view = submit(desktop, &open, note.id.uuid(), command)?;
    open.store.journal_settled(note.id.uuid())?;
    open.store.forget_settled_choices()?;
    Ok(view)
}

/// Keeps what the author has chosen so far, so that a lock, a kill or a glance elsewhere loses none of it.
pub(crate) async fn keep_choices(desktop: &Desktop, input: NoteChoicesInput) -> Result<Empty, ApiError> {
    let open = desktop.open()?;
    let note = find(&open, &input.note_id)?;
    let branch = open_branches(&open, &note)?
        .into_iter()
        .find(|branch| branch.id.to_string() == input.branch_id)
        .ok_or_else(|| ApiError::not_found("This conflict"))?;
    open.store.keep_choices(branch.id, note.client, &input.choices)?;
    Ok(Empty {})
}

pub(crate) fn open_branches(open: &Open, note: &Note) -> Result<Vec<NoteBranch>, ApiError> {
    Ok(open
        .store
        .children::<NoteBranch>(note.id.uuid())?
        .into_iter()
        .filter(|branch| branch.state == BranchState::Open)
        .collect())
}

pub(crate) fn combined_view(names: &Names, combined: &Combined) -> CombinedView {
    let runs = match merge_text(&combined.base, &combined.ours, &combined.theirs) {
        TextMerge::Clean { runs, .. } => runs
            .into_iter()
            .map(|run| RunView { from: origin_word(run.from).to_owned(), text: run.text })
            .collect(),
        TextMerge::Conflict { .. } => Vec::new(),
    };
    CombinedView { from: head(names, combined.from_device, combined.asserted_at), runs }
}

const fn origin_word(origin: Origin) -> &'static str {
    match origin {
        Origin::Base => "base",
        Origin::Ours => "ours",
        Origin::Theirs => "theirs",
        Origin::Both => "both",
    }
}

fn head(
    names: &Names,
    device: mentalspace_domain::ids::DeviceId,
    at: chrono::DateTime<chrono::Utc>,
) -> String {
    format!("{}, {}", names.device(device), civil::on_clock(at, names.identity.practice.zone))
}

pub(crate) fn branch_view(
    open: &Open,
    names: &Names,
    note: &Note,
    branch: &NoteBranch,
) -> Result<BranchView, ApiError> {
    let mut sections: Vec<ConflictSectionView> = branch
        .sections
        .iter()
        .map(|(key, parked)| ConflictSectionView {
            key: key.to_string(),
            label: section_label(key).to_owned(),
            part: "section".to_owned(),
            passages: passages(&parked.from, note.section(key), &parked.to),
            current: note.section(key).to_owned(),
            incoming: parked.to.clone(),
        })
        .collect();
    sections.extend(branch.fields.iter().map(|(key, parked)| ConflictSectionView {
        key: key.to_string(),
        label: field_label(key).to_owned(),
        part: "field".to_owned(),
        passages: vec![PassageView {
            index: 0,
            kind: "differs".to_owned(),
            base: parked.from.clone(),
            mine: note.field(key).to_owned(),
            theirs: parked.to.clone(),
        }],
        current: note.field(key).to_owned(),
        incoming: parked.to.clone(),
    }));
    Ok(BranchView {
        branch_id: branch.id.to_string(),
        mine_head: head(names, note.edited_on, note.edited_at),
        theirs_head: head(names, branch.device, branch.asserted_at),
        sections,
        choices: open.store.choices(branch.id)?.unwrap_or_default(),
    })
}

fn passages(base: &str, mine: &str, theirs: &str) -> Vec<PassageView> {
    let whole = || {
        vec![PassageView {
            index: 0,
            kind: "differs".to_owned(),
            base: base.to_owned(),
            mine: mine.to_owned(),
            theirs: theirs.to_owned(),
        }]
    };
    match merge_text(base, mine, theirs) {
        TextMerge::Conflict { hunks } => hunks
            .into_iter()
            .zip(0..)
            .map(|(hunk, index)| match hunk {
                Hunk::Agreed { text } => PassageView {
                    index,
                    kind: "same".to_owned(),
                    base: text.clone(),
                    mine: text.clone(),
                    theirs: text,
                },
                Hunk::Choice { base, ours, theirs, .. } => {
                    PassageView { index, kind: "differs".to_owned(), base, mine: ours, theirs }
                }
            })
            .collect(),
        // The note has moved on since, and the two would combine now: the author still chooses between them whole.
        TextMerge::Clean { .. } => whole(),
    }
}
