//! `note.resolve`: the author settles a conflict between two devices.

use super::edit::{self, NoteEdits};
use super::patch::{late_entry, own_note};
use super::{BranchState, FieldKey, Note, NoteBranch, Parked, SectionKey};
use crate::addendum::Addendum;
use crate::bounds;
use crate::bucket::Bucket;
use crate::context::Context;
use crate::decision::{Change, Decision, Outcome, Refusal, RefusalCode, Verdict};
use crate::ids::{BranchId, ClientId, NoteId};
use crate::policy::{Action, authorise};
use crate::world::{Lookup, Need, World};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Input of `note.resolve`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResolveConflict {
    /// The note.
    pub note_id: NoteId,
    /// Its client.
    pub client_id: ClientId,
    /// The branch being settled.
    pub branch_id: BranchId,
    /// What the author decided: `from` is the text that stood in the note when she chose, `to` her choice. A part
    /// of the branch that is not named here is settled in favour of what stands in the note.
    pub edits: NoteEdits,
    /// What the branch said when she chose.
    #[serde(default, skip_serializing_if = "Seen::is_empty")]
    pub seen: Seen,
}

/// The texts and values of a branch as they were read. A part that is not named counts as read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// By section.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sections: BTreeMap<SectionKey, String>,
    /// By field.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<FieldKey, String>,
}

impl Seen {
    /// All that a branch says.
    #[must_use]
    pub fn of(branch: &NoteBranch) -> Self {
        Self { sections: said(&branch.sections), fields: said(&branch.fields) }
    }

    fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}

fn said<K: Ord + Clone>(parts: &BTreeMap<K, Parked>) -> BTreeMap<K, String> {
    parts.iter().map(|(key, parked)| (key.clone(), parked.to.clone())).collect()
}

/// What of these parts came after they were read.
fn unread<K: Ord + Clone>(parts: &BTreeMap<K, Parked>, seen: &BTreeMap<K, String>) -> BTreeMap<K, Parked> {
    let grown = |(key, parked): (&K, &Parked)| {
        let from = seen.get(key).filter(|seen| **seen != parked.to)?.clone();
        Some((key.clone(), Parked { from, to: parked.to.clone() }))
    };
    parts.iter().filter_map(grown).collect()
}

/// The note, its branches and addenda.
#[must_use]
pub fn needs(input: &ResolveConflict, _ctx: &Context) -> Vec<Need> {
    let bucket = Bucket::clinical(input.client_id);
    vec![
        Need::record::<Note>(bucket, input.note_id.uuid()),
        Need::children::<NoteBranch>(bucket, input.note_id.uuid()),
        Need::children::<Addendum>(bucket, input.note_id.uuid()),
    ]
}

/// Puts the author's choice into the note and closes the branch. Both texts stay in the history for ever.
///
/// # Errors
/// Not the author; no such branch.
pub fn decide(input: &ResolveConflict, world: &World, ctx: &Context) -> Verdict {
    let bucket = Bucket::clinical(input.client_id);
    authorise(ctx, bucket, Action::WriteNote)?;
    let before = own_note(world, input.note_id, input.client_id, ctx)?;
    let branches = world.children::<NoteBranch>(input.note_id.uuid());
    let Lookup::Present(branches) = branches else {
        return Err(unknown_branch());
    };
    let branch =
        branches.into_iter().find(|branch| branch.id == input.branch_id).ok_or_else(unknown_branch)?;
    if !before.is_draft() {
        return Ok(late_entry(before, &input.edits.canonical(), world, ctx));
    }
    bounds::check_note_here(before, &input.edits, ctx)?;
    if branch.state == BranchState::Resolved {
        return Ok(resolved_elsewhere(before, input, ctx));
    }
    let mut note = before.clone();
    let brought = edit::bring(&mut note, &input.edits, ctx);
    let unread = NoteBranch {
        sections: unread(&branch.sections, &input.seen.sections),
        fields: unread(&branch.fields, &input.seen.fields),
        ..branch.clone()
    };
    if !unread.sections.is_empty() || !unread.fields.is_empty() {
        return Ok(asks_on(before, note, branch, unread, &brought, ctx));
    }
    if !brought.parked_sections.is_empty() || !brought.parked_fields.is_empty() {
        return Ok(still_waiting(before, note, branch, input, &brought, ctx));
    }
    note.branches.retain(|id| *id != branch.id);
    let mut closed = branch.clone();
    closed.state = BranchState::Resolved;
    let mut changes =
        vec![Change::put(bucket, kept_branch_texts(branch, before, ctx)), Change::put(bucket, closed)];
    changes.extend(moved_on(before, note, &brought, ctx));
    let outcome = if brought.merged.is_empty() {
        Outcome::Applied
    } else {
        Outcome::Merged { sections: brought.merged }
    };
    Ok(Decision { changes, outcome, provisional: false })
}

/// The note moved on while she chose. What fits still goes into the note; for the rest her choice takes the branch's
/// place and waits beside it.
fn still_waiting(
    before: &Note,
    note: Note,
    branch: &NoteBranch,
    input: &ResolveConflict,
    brought: &edit::Brought,
    ctx: &Context,
) -> Decision {
    let bucket = Bucket::clinical(before.client);
    let mut waiting = branch.clone();
    waiting.sections.retain(|key, _| !input.edits.sections.contains_key(key));
    waiting.fields.retain(|key, _| !input.edits.fields.contains_key(key));
    waiting.sections.extend(brought.parked_sections.clone());
    waiting.fields.extend(brought.parked_fields.clone());
    waiting.device = ctx.device;
    waiting.asserted_at = ctx.asserted_at;
    let outcome = edit::parked(&waiting);
    let kept = kept_branch_texts(branch, before, ctx);
    let mut changes = vec![Change::put(bucket, kept), Change::put(bucket, waiting)];
    if brought.changed {
        changes.extend(moved_on(before, note, brought, ctx));
    }
    Decision { changes, outcome, provisional: false }
}

/// The branch has grown since she chose: its device went on writing before it heard of her choice. That goes into the
/// note, or waits beside it where the note moved on too; what she has not read stays a question.
fn asks_on(
    before: &Note,
    mut note: Note,
    branch: &NoteBranch,
    unread: NoteBranch,
    brought: &edit::Brought,
    ctx: &Context,
) -> Decision {
    let bucket = Bucket::clinical(before.client);
    let outcome = edit::parked(&unread);
    let kept = kept_branch_texts(branch, before, ctx);
    let mut changes = vec![Change::put(bucket, kept), Change::put(bucket, unread)];
    let beside = edit::branch(&note, brought, ctx);
    if brought.changed || beside.is_some() {
        note.branches.extend(beside.iter().map(|branch| branch.id));
        changes.extend(beside.map(|branch| Change::put(bucket, branch)));
        changes.extend(moved_on(before, note, brought, ctx));
    }
    Decision { changes, outcome, provisional: false }
}

/// Settled twice: the second choice is brought on as an edit of what stands there now.
fn resolved_elsewhere(before: &Note, input: &ResolveConflict, ctx: &Context) -> Decision {
    let bucket = Bucket::clinical(before.client);
    let mut note = before.clone();
    let brought = edit::bring(&mut note, &input.edits, ctx);
    let branch = edit::branch(&note, &brought, ctx);
    if !brought.changed && branch.is_none() {
        return Decision::noop("this conflict was settled already, with the same words");
    }
    let mut changes = Vec::new();
    let mut outcome = if brought.merged.is_empty() {
        Outcome::Applied
    } else {
        Outcome::Merged { sections: brought.merged.clone() }
    };
    if let Some(branch) = branch {
        note.branches.push(branch.id);
        outcome = edit::parked(&branch);
        changes.push(Change::put(bucket, branch));
    }
    changes.extend(moved_on(before, note, &brought, ctx));
    Decision { changes, outcome, provisional: false }
}

/// The note one revision further, with the texts that were replaced or came in.
fn moved_on(before: &Note, mut note: Note, brought: &edit::Brought, ctx: &Context) -> Vec<Change> {
    let bucket = Bucket::clinical(note.client);
    note.revision += 1;
    note.edited_at = ctx.asserted_at;
    note.edited_on = ctx.device;
    let kept = edit::revisions(before, &note, brought, ctx);
    kept.into_iter().map(|kept| Change::put(bucket, kept)).chain([Change::put(bucket, note)]).collect()
}

fn kept_branch_texts(branch: &NoteBranch, note: &Note, ctx: &Context) -> super::NoteRevision {
    super::NoteRevision {
        id: crate::ids::RevisionId::derived(ctx.command, "branch"),
        note: note.id,
        number: note.revision,
        kind: super::RevisionKind::Incoming,
        sections: said(&branch.sections),
        fields: said(&branch.fields),
        device: branch.device,
        written_at: branch.asserted_at,
        command: ctx.command,
    }
}

fn unknown_branch() -> Refusal {
    Refusal::new(
        RefusalCode::NotFound,
        "This conflict is not in the chart on this side. Nothing was changed. Sync, then open the note again.",
    )
}
