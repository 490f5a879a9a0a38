//! `note.patch`: change the draft of a note.

use super::edit::{self, NoteEdits};
use super::{Note, NoteBranch, NoteState, sections};
use crate::addendum::{Addendum, AddendumKind, AddendumState};
use crate::bounds;
use crate::bucket::Bucket;
use crate::context::Context;
use crate::decision::{Change, Decision, Outcome, Refusal, RefusalCode, Verdict};
use crate::diagnosis::Diagnosis;
use crate::ids::{AddendumId, ClientId, DiagnosisId, NoteId};
use crate::policy::{Action, authorise};
use crate::world::{Lookup, Need, World};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Input of `note.patch`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PatchNote {
    /// The note.
    pub note_id: NoteId,
    /// Its client.
    pub client_id: ClientId,
    /// What changed, each with what its author saw before.
    pub edits: NoteEdits,
}

/// The note, its open branches, its addenda (an edit may arrive after the note was signed), and the diagnoses that
/// change.
#[must_use]
pub fn needs(input: &PatchNote, _ctx: &Context) -> Vec<Need> {
    let bucket = Bucket::clinical(input.client_id);
    let mut needs = vec![
        Need::record::<Note>(bucket, input.note_id.uuid()),
        Need::children::<NoteBranch>(bucket, input.note_id.uuid()),
        Need::children::<Addendum>(bucket, input.note_id.uuid()),
    ];
    let named = input.edits.add_diagnoses.iter().chain(&input.edits.remove_diagnoses);
    needs.extend(named.map(|id| Need::record::<Diagnosis>(bucket, id.uuid())));
    needs
}

/// Brings the edits onto the draft: applied, merged (to be confirmed), parked beside it, or, where the note has been
/// signed meanwhile, converted into an unsigned late-entry addendum.
///
/// # Errors
/// No right to write in this chart; not the author; no such note.
pub fn decide(input: &PatchNote, world: &World, ctx: &Context) -> Verdict {
    let bucket = Bucket::clinical(input.client_id);
    authorise(ctx, bucket, Action::WriteNote)?;
    let note = own_note(world, input.note_id, input.client_id, ctx)?;
    let edits = input.edits.canonical();
    match &note.state {
        NoteState::Draft => bring_onto_draft(note, edits, world, ctx),
        NoteState::Signed { .. } => Ok(late_entry(note, &edits, world, ctx)),
        // Words for a note that was voided meanwhile are kept beside it, like any other late words.
        NoteState::Voided { .. } => Ok(late_entry(note, &edits, world, ctx)),
    }
}

/// The note, if it exists and the actor is its author.
///
/// # Errors
/// [`RefusalCode::NotFound`] or [`RefusalCode::NotAuthor`].
pub fn own_note<'w>(
    world: &'w World,
    id: NoteId,
    client: ClientId,
    ctx: &Context,
) -> Result<&'w Note, Refusal> {
    let note = match world.get::<Note>(id.uuid()) {
        // A note under another client's name is no note of this chart: what was authorised is this chart.
        Lookup::Present(note) if note.client == client => note,
        _ => {
            return Err(Refusal::new(
                RefusalCode::NotFound,
                "This note is not in the chart on this side. What you wrote is kept. Sync, then open the chart again.",
            ));
        }
    };
    if note.author != ctx.actor.user {
        return Err(Refusal::new(
            RefusalCode::NotAuthor,
            "Only the author of a note may change it. Nothing was changed. Write a note of your own, or ask the author.",
        ));
    }
    Ok(note)
}

fn bring_onto_draft(before: &Note, mut edits: NoteEdits, world: &World, ctx: &Context) -> Verdict {
    let bucket = Bucket::clinical(before.client);
    bounds::check_note_here(before, &edits, ctx)?;
    let branches = world.children::<NoteBranch>(before.id.uuid()).present().unwrap_or_default();
    let grown = edit::continue_branches(&mut edits, &branches, ctx);
    let mut note = before.clone();
    let brought = edit::bring(&mut note, &edits, ctx);
    let branch = edit::branch(&note, &brought, ctx);

    if !brought.changed && branch.is_none() && grown.is_empty() {
        return Ok(Decision::noop("the note says this already"));
    }
    let mut changes: Vec<Change> = grown.iter().cloned().map(|branch| Change::put(bucket, branch)).collect();
    if let Some(branch) = &branch {
        note.branches.push(branch.id);
        changes.push(Change::put(bucket, branch.clone()));
    }
    if brought.changed {
        note.edited_at = ctx.asserted_at;
        note.edited_on = ctx.device;
    }
    if brought.changed || branch.is_some() {
        note.revision += 1;
        changes.extend(
            edit::revisions(before, &note, &brought, ctx).into_iter().map(|kept| Change::put(bucket, kept)),
        );
        changes.push(Change::put(bucket, note));
    }
    let outcome = if let Some(parked) = branch.as_ref().or_else(|| grown.first()) {
        edit::parked(parked)
    } else if brought.merged.is_empty() {
        Outcome::Applied
    } else {
        Outcome::Merged { sections: brought.merged }
    };
    Ok(Decision { changes, outcome, provisional: false })
}

fn diagnosis_named(id: DiagnosisId, world: &World) -> String {
    match world.get::<Diagnosis>(id.uuid()) {
        Lookup::Present(diagnosis) => format!("{} {}", diagnosis.code, diagnosis.description),
        Lookup::Absent | Lookup::NotHeld => "one that is not on this side".to_owned(),
    }
}

/// An edit of a note that has been signed: its full text, and what it changed of values and diagnoses,
/// becomes an unsigned late-entry addendum of the author's.
/// The signed version is not touched.
pub fn late_entry(note: &Note, edits: &NoteEdits, world: &World, ctx: &Context) -> Decision {
    let bucket = Bucket::clinical(note.client);
    let addenda = world.children::<Addendum>(note.id.uuid()).present().unwrap_or_default();
    let open = addenda.into_iter().find(|addendum| {
        addendum.kind == AddendumKind::LateEntry
            && addendum.state == AddendumState::Draft
            && addendum.device == ctx.device
            && addendum.author == ctx.actor.user
    });
    let mut words = BTreeMap::new();
    for (key, edit) in &edits.sections {
        if edit.to != note.section(key) {
            words.insert(key.clone(), edit.to.clone());
        }
    }
    let mut values: Vec<String> = edits
        .fields
        .iter()
        .filter(|(key, edit)| edit.to != note.field(key))
        .map(|(key, edit)| format!("{}: {}", sections::field_label(key), edit.to))
        .collect();
    let added = edits.add_diagnoses.iter().filter(|id| !note.diagnoses.contains(id));
    values.extend(added.map(|id| format!("Diagnosis added: {}", diagnosis_named(*id, world))));
    let removed = edits.remove_diagnoses.iter().filter(|id| note.diagnoses.contains(id));
    values.extend(removed.map(|id| format!("Diagnosis removed: {}", diagnosis_named(*id, world))));
    if !values.is_empty() {
        words.insert(sections::changed_values(), values.join("\n"));
    }
    if words.is_empty() {
        return Decision::noop("the signed note says this already");
    }
    let mut addendum = open.cloned().unwrap_or_else(|| Addendum {
        id: AddendumId::derived(ctx.command, "late entry"),
        note: note.id,
        client: note.client,
        author: note.author,
        kind: AddendumKind::LateEntry,
        sections: BTreeMap::new(),
        reason: String::new(),
        device: ctx.device,
        asserted_at: ctx.asserted_at,
        state: AddendumState::Draft,
    });
    addendum.asserted_at = ctx.asserted_at;
    for (key, text) in words {
        // Later words of the same line of work follow on; words with another beginning are put below, never over.
        let continues =
            edits.sections.get(&key).is_some_and(|edit| addendum.sections.get(&key) == Some(&edit.from));
        match addendum.sections.get_mut(&key) {
            Some(existing) if !continues && *existing != text => {
                existing.push_str("\n\n");
                existing.push_str(&text);
            }
            _ => {
                addendum.sections.insert(key, text);
            }
        }
    }
    let id = addendum.id;
    Decision {
        changes: vec![Change::put(bucket, addendum)],
        outcome: Outcome::Converted { addendum: id },
        provisional: false,
    }
}
