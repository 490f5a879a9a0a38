//! `quarantine.return`: the work does not come into the chart. Its words stay where they are, for ever; its author is
//! told.

use super::{Ruling, decided_already, decision, pile, work_needs};
use crate::bucket::Bucket;
use crate::context::Context;
use crate::decision::{Change, Decision, Verdict};
use crate::ids::{ClientId, CommandId, NoteId};
use crate::policy::{Action, authorise};
use crate::world::{Need, World};
use serde::{Deserialize, Serialize};

/// Input of `quarantine.return`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReturnWork {
    /// The client.
    pub client_id: ClientId,
    /// The note that the work was written for.
    pub note_id: NoteId,
    /// The pieces of work, by their commands.
    pub works: Vec<CommandId>,
    /// Why.
    pub reason: String,
}

/// The work and what was decided about it.
#[must_use]
pub fn needs(input: &ReturnWork, _ctx: &Context) -> Vec<Need> {
    work_needs(input.client_id, &input.works)
}

/// Decides that the work does not come into the chart.
///
/// # Errors
/// No right to review in this chart; not here; no reason; accepted already.
pub fn decide(input: &ReturnWork, world: &World, ctx: &Context) -> Verdict {
    let bucket = Bucket::clinical(input.client_id);
    authorise(ctx, bucket, Action::ReviewQuarantine)?;
    let pile = pile(input.client_id, input.note_id, &input.works, &input.reason, world)?;
    if pile.decided.iter().any(|decision| decision.ruling != Ruling::Returned) {
        return Err(decided_already());
    }
    if pile.waiting.is_empty() {
        return Ok(Decision::noop("this work was returned already"));
    }
    let returned = pile.waiting.iter().map(|work| decision(work, Ruling::Returned, &input.reason, ctx));
    Ok(Decision::applied(returned.map(|decision| Change::put(bucket, decision)).collect()))
}
