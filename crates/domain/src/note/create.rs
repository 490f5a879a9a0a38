//! `note.create`: begin a note, from an appointment or alone.

use super::edit::{NoteEdits, bring};
use super::{Note, NoteFormat, NoteState, NoteType};
use crate::bounds;
use crate::bucket::Bucket;
use crate::context::Context;
use crate::decision::{Change, Decision, FieldError, Refusal, RefusalCode, Verdict};
use crate::ids::{AppointmentId, ClientId, NoteId};
use crate::policy::{Action, authorise};
use crate::world::{Lookup, Need, World};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Input of `note.create`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateNote {
    /// The new note's identifier.
    pub note_id: NoteId,
    /// The client.
    pub client_id: ClientId,
    /// Its type.
    pub note_type: NoteType,
    /// Its format; progress notes only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<NoteFormat>,
    /// The appointment it documents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appointment_id: Option<AppointmentId>,
    /// What it begins with: date and times of the appointment, sections pulled forward.
    #[serde(default, skip_serializing_if = "NoteEdits::is_empty")]
    pub content: NoteEdits,
}

/// The note itself.
#[must_use]
pub fn needs(input: &CreateNote, _ctx: &Context) -> Vec<Need> {
    vec![Need::record::<Note>(Bucket::clinical(input.client_id), input.note_id.uuid())]
}

/// Begins the note. The writer is its author for good.
///
/// # Errors
/// No right to write in this chart; a format on a note that has none.
pub fn decide(input: &CreateNote, world: &World, ctx: &Context) -> Verdict {
    let bucket = Bucket::clinical(input.client_id);
    authorise(ctx, bucket, Action::WriteNote)?;
    if (input.note_type == NoteType::Progress) != input.format.is_some() {
        return Err(Refusal::new(
            RefusalCode::Invalid,
            "A progress note has a format (SOAP, DAP, BIRP, GIRP or narrative), and only a progress note has one. Nothing was changed. Choose a format.",
        )
        .with_fields(vec![FieldError { field: "format".into(), message: "Choose a format.".into() }]));
    }
    let existing = world.get::<Note>(input.note_id.uuid());
    if let Lookup::Present(note) = existing {
        return if note.author == ctx.actor.user && note.client == input.client_id {
            Ok(Decision::noop("the note exists already"))
        } else {
            Err(Refusal::new(
                RefusalCode::NotFound,
                "This note cannot be begun under this identifier. Nothing was changed. Begin a new note.",
            ))
        };
    }
    let mut note = Note {
        id: input.note_id,
        client: input.client_id,
        author: ctx.actor.user,
        note_type: input.note_type,
        format: input.format,
        appointment: input.appointment_id,
        sections: BTreeMap::new(),
        fields: BTreeMap::new(),
        diagnoses: Vec::new(),
        pulled_forward: BTreeMap::new(),
        revision: 1,
        combined: BTreeMap::new(),
        branches: Vec::new(),
        state: NoteState::Draft,
        created_at: ctx.asserted_at,
        edited_at: ctx.asserted_at,
        edited_on: ctx.device,
    };
    // A new note is empty: whatever an edit claims to start from, its words are taken as they are.
    let mut content = input.content.clone();
    content.sections.values_mut().for_each(|edit| edit.from.clear());
    content.fields.values_mut().for_each(|edit| edit.from.clear());
    bounds::check_note(&note, &content)?;
    bring(&mut note, &content, ctx);
    let not_held = existing == Lookup::NotHeld;
    Ok(Decision::applied(vec![Change::put(bucket, note)]).provisional_if(not_held))
}
