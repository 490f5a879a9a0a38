//! `note.void`: mark a note as entered in error. It is hidden behind a banner and kept for ever.

use super::patch::own_note;
use super::{Note, NoteState};
use crate::bucket::Bucket;
use crate::context::Context;
use crate::decision::{Change, Decision, FieldError, Refusal, RefusalCode, Verdict};
use crate::ids::{ClientId, NoteId};
use crate::policy::{Action, authorise};
use crate::world::{Need, World};
use serde::{Deserialize, Serialize};

/// Input of `note.void`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoidNote {
    /// The note.
    pub note_id: NoteId,
    /// Its client.
    pub client_id: ClientId,
    /// The draft revision that the author looked at; a note that moved on is not voided unseen.
    pub revision: u32,
    /// Why.
    pub reason: String,
}

/// The note.
#[must_use]
pub fn needs(input: &VoidNote, _ctx: &Context) -> Vec<Need> {
    vec![Need::record::<Note>(Bucket::clinical(input.client_id), input.note_id.uuid())]
}

/// Marks the note. Its text, its versions and signatures stay.
///
/// # Errors
/// Not the author; no reason; the note has changed since the author looked (edit beats void).
pub fn decide(input: &VoidNote, world: &World, ctx: &Context) -> Verdict {
    let bucket = Bucket::clinical(input.client_id);
    authorise(ctx, bucket, Action::WriteNote)?;
    let note = own_note(world, input.note_id, input.client_id, ctx)?;
    if input.reason.trim().is_empty() {
        return Err(Refusal::new(
            RefusalCode::Invalid,
            "Say why the note was entered in error. Nothing was changed.",
        )
        .with_fields(vec![FieldError { field: "reason".into(), message: "Give a reason.".into() }]));
    }
    let version = match &note.state {
        NoteState::Voided { .. } => {
            return Ok(Decision::noop("the note is marked as entered in error already"));
        }
        NoteState::Signed { version, .. } => Some(*version),
        NoteState::Draft => None,
    };
    if note.revision != input.revision {
        return Err(Refusal::new(
            RefusalCode::WrongState,
            "The note has changed since you opened it, so it was not marked as entered in error. Nothing is lost. Open it again and decide.",
        ));
    }
    let mut voided = note.clone();
    voided.state =
        NoteState::Voided { reason: input.reason.clone(), by: ctx.actor.user, at: ctx.now, version };
    Ok(Decision::applied(vec![Change::put(bucket, voided)]))
}
