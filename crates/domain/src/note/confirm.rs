//! `note.confirm`: the author confirms text that was combined from two devices.

use super::patch::own_note;
use super::{Note, SectionKey};
use crate::bucket::Bucket;
use crate::context::Context;
use crate::decision::{Change, Decision, Refusal, RefusalCode, Verdict};
use crate::ids::{ClientId, NoteId};
use crate::policy::{Action, authorise};
use crate::world::{Need, World};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Input of `note.confirm`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfirmCombined {
    /// The note.
    pub note_id: NoteId,
    /// Its client.
    pub client_id: ClientId,
    /// The sections confirmed, each with the very text that the author read.
    pub sections: BTreeMap<SectionKey, String>,
}

/// The note.
#[must_use]
pub fn needs(input: &ConfirmCombined, _ctx: &Context) -> Vec<Need> {
    vec![Need::record::<Note>(Bucket::clinical(input.client_id), input.note_id.uuid())]
}

/// Takes the mark off the sections whose text is still the one that was read.
///
/// # Errors
/// Not the author; the text changed since it was read.
pub fn decide(input: &ConfirmCombined, world: &World, ctx: &Context) -> Verdict {
    let bucket = Bucket::clinical(input.client_id);
    authorise(ctx, bucket, Action::WriteNote)?;
    let note = own_note(world, input.note_id, input.client_id, ctx)?;
    if !note.is_draft() {
        return Ok(Decision::noop("the note is no longer a draft"));
    }
    let mut confirmed = note.clone();
    for (key, read) in &input.sections {
        if !note.combined.contains_key(key) {
            continue;
        }
        if note.section(key) != read {
            return Err(Refusal::new(
                RefusalCode::Unconfirmed,
                "The combined text has changed since you read it. Nothing was confirmed and nothing is lost. Read it once more and confirm it.",
            ));
        }
        confirmed.combined.remove(key);
    }
    if confirmed.combined.len() == note.combined.len() {
        return Ok(Decision::noop("nothing there waits to be confirmed"));
    }
    confirmed.revision += 1;
    Ok(Decision::applied(vec![Change::put(bucket, confirmed)]))
}
