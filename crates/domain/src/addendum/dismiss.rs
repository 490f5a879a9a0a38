//! `addendum.dismiss`: the author sets an unsigned addendum aside, with a reason. Its text is kept.

use super::{Addendum, AddendumState};
use crate::bucket::Bucket;
use crate::context::Context;
use crate::decision::{Change, Decision, FieldError, Refusal, RefusalCode, Verdict};
use crate::ids::{AddendumId, ClientId, NoteId};
use crate::note::SectionKey;
use crate::policy::{Action, authorise};
use crate::world::{Lookup, Need, World};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Input of `addendum.dismiss`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DismissAddendum {
    /// The addendum.
    pub addendum_id: AddendumId,
    /// Its note.
    pub note_id: NoteId,
    /// Its client.
    pub client_id: ClientId,
    /// Why.
    pub reason: String,
    /// Its text by section as it was read; where nothing is said of that, all of it counts as read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<BTreeMap<SectionKey, String>>,
}

/// The addendum.
#[must_use]
pub fn needs(input: &DismissAddendum, _ctx: &Context) -> Vec<Need> {
    vec![Need::record::<Addendum>(Bucket::clinical(input.client_id), input.addendum_id.uuid())]
}

/// Sets the addendum aside.
///
/// # Errors
/// Not the author; no reason; signed already; it says more than was read.
pub fn decide(input: &DismissAddendum, world: &World, ctx: &Context) -> Verdict {
    let bucket = Bucket::clinical(input.client_id);
    authorise(ctx, bucket, Action::WriteNote)?;
    let Lookup::Present(addendum) = world.get::<Addendum>(input.addendum_id.uuid()) else {
        return Err(Refusal::new(
            RefusalCode::NotFound,
            "This addendum is not in the chart on this side. Nothing was changed. Sync, then open the chart again.",
        ));
    };
    if addendum.author != ctx.actor.user {
        return Err(Refusal::new(
            RefusalCode::NotAuthor,
            "Only its author may set an addendum aside. Nothing was changed.",
        ));
    }
    if input.reason.trim().is_empty() {
        return Err(Refusal::new(
            RefusalCode::Invalid,
            "Say why the addendum is set aside. Nothing was changed.",
        )
        .with_fields(vec![FieldError { field: "reason".into(), message: "Give a reason.".into() }]));
    }
    match addendum.state {
        AddendumState::Draft => {}
        AddendumState::Dismissed { .. } => return Ok(Decision::noop("the addendum is set aside already")),
        AddendumState::Signed { .. } => {
            return Err(Refusal::new(
                RefusalCode::AlreadySigned,
                "This addendum is signed and stays in the record. Write another to correct it.",
            ));
        }
    }
    // A late entry goes on growing while another device has words for it.
    let was_read = |seen: &BTreeMap<SectionKey, String>| {
        addendum.sections.iter().all(|(key, text)| seen.get(key).map_or("", String::as_str) == text)
    };
    if input.seen.as_ref().is_some_and(|seen| !was_read(seen)) {
        return Err(Refusal::new(
            RefusalCode::ContentChanged,
            "More was added to this addendum after it was read, so it was not set aside. Every word is kept. Read it \
             once more, then sign it or set it aside.",
        ));
    }
    let mut dismissed = addendum.clone();
    dismissed.state = AddendumState::Dismissed { reason: input.reason.clone(), at: ctx.now };
    Ok(Decision::applied(vec![Change::put(bucket, dismissed)]))
}
