//! Finishing a save: what was being written when the chart went away. It is sent all the same, and kept by the practice
//! for those who hold the chart now.

use crate::addenda::write_command;
use crate::api::input::{AddendumWriteInput, NotePatchInput};
use crate::api::view::ChangeView;
use crate::api::{ApiError, Code};
use crate::desktop::{Desktop, Open, held};
use crate::notes::patch_command;
use crate::standing::note_id;
use crate::submit::change;
use mentalspace_domain::command::{Command, CommandEnvelope};
use mentalspace_domain::ids::{ClientId, CommandId, NoteId};
use mentalspace_domain::note::Note;

/// Remembers whose chart an opened note is in, until the device is locked.
pub(crate) fn opened(open: &Open, note: &Note) {
    held(&open.opened).insert(note.id, note.client);
}

/// Takes an edit of a note that was refused because its chart is gone.
///
/// # Errors
/// What it was refused with, where the note was not open here or its chart is still held.
pub(crate) fn patch(
    desktop: &Desktop,
    open: &Open,
    input: NotePatchInput,
    refused: ApiError,
) -> Result<ChangeView, ApiError> {
    let Some((note, client)) = gone(open, &input.note_id, &refused)? else { return Err(refused) };
    let command = patch_command((note, client), None, input)?;
    hand_in(desktop, open, note, command)
}

/// The same of an addendum.
///
/// # Errors
/// As [`patch`].
pub(crate) fn addendum(
    desktop: &Desktop,
    open: &Open,
    input: AddendumWriteInput,
    refused: ApiError,
) -> Result<ChangeView, ApiError> {
    let Some(place) = gone(open, &input.note_id, &refused)? else { return Err(refused) };
    let command = write_command(desktop, open, place, input)?;
    let id = command.addendum_id;
    let mut view = hand_in(desktop, open, place.0, Command::AddendumWrite(command))?;
    view.id = id.to_string();
    Ok(view)
}

/// The note that was open, if the refusal may be due to its chart's having gone.
fn gone(open: &Open, note: &str, refused: &ApiError) -> Result<Option<(NoteId, ClientId)>, ApiError> {
    if !matches!(refused.code, Code::NotFound | Code::NotAllowed) {
        return Ok(None);
    }
    let note = note_id(note)?;
    Ok(held(&open.opened).get(&note).map(|client| (note, *client)))
}

fn hand_in(desktop: &Desktop, open: &Open, note: NoteId, command: Command) -> Result<ChangeView, ApiError> {
    let now = desktop.edge.now();
    let id = CommandId::new(desktop.edge.id()?);
    let envelope = CommandEnvelope { id, asserted_at: now, depends_on: Vec::new(), command };
    let submitted = open.store.submit_late(envelope, now)?;
    desktop.wake.notify_one();
    Ok(change(note.uuid(), &submitted))
}
