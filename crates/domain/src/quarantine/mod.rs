//! Work that arrived after its author's access to the chart had ended. The server lays it into the chart's clinical
//! bucket as it came; whoever may review there accepts it, as its author's own unsigned work, or returns it.

pub mod accept;
mod chart;
pub mod give_back;

use crate::bucket::Bucket;
use crate::command::Command;
use crate::context::Context;
use crate::decision::{FieldError, Refusal, RefusalCode};
use crate::ids::{AddendumId, BranchId, ClientId, CommandId, DeviceId, NoteId, UserId};
use crate::world::{Lookup, Need, World};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Pieces of work that one decision may be about.
pub const MAX_PIECES: usize = 200;

/// One command that its sender could no longer send, with every word in it. Insert-only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuarantinedWork {
    /// The command's own identity.
    pub command_id: CommandId,
    /// The client whose chart it was written for.
    pub client: ClientId,
    /// The note that it was written for.
    pub note: NoteId,
    /// Who wrote it.
    pub author: UserId,
    /// On which device.
    pub device: DeviceId,
    /// Its place in that device's order.
    pub seq: i64,
    /// When the device says it was written. Evidence, never order.
    pub asserted_at: DateTime<Utc>,
    /// When it reached the server.
    pub received_at: DateTime<Utc>,
    /// What it would have done.
    pub command: Command,
}

/// What became of a piece of work. Insert-only: what is decided stays decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuarantineDecision {
    /// The piece of work.
    pub work: CommandId,
    /// The note that it was written for.
    pub note: NoteId,
    /// What was decided.
    pub ruling: Ruling,
    /// Who decided.
    pub by: UserId,
    /// On which device.
    pub device: DeviceId,
    /// When, by the deciding end's clock.
    pub at: DateTime<Utc>,
    /// Why, in her words.
    pub reason: String,
}

/// What a reviewer says of a piece of work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Ruling {
    /// It was laid into the chart in its author's name.
    Accepted {
        /// As what.
        laid: Laid,
    },
    /// It was not; its words are kept where they are.
    Returned,
}

impl Ruling {
    /// Its word in the database and on the wire.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "accepted",
            Self::Returned => "returned",
        }
    }
}

/// As what accepted work came into the chart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "as")]
pub enum Laid {
    /// As its author's draft.
    Draft,
    /// Combined with what stood in her draft; she confirms before she signs.
    Combined,
    /// Beside her draft, in a branch that waits for her choice.
    Branch {
        /// The branch.
        branch: BranchId,
    },
    /// As an unsigned addendum of hers.
    Addendum {
        /// The addendum.
        addendum: AddendumId,
    },
    /// A signature: kept as one that was not accepted. Only she can sign, and only while she holds the chart.
    KeptSignature,
    /// The chart said it already.
    Nothing,
}

/// Tells an author what became of her work, in her own bucket: no name, no word of it and no reason. Insert-only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuarantineNotice {
    /// The piece of work, by the identity that her device gave it.
    pub work: CommandId,
    /// Whether it was accepted.
    pub accepted: bool,
    /// Who decided.
    pub by: UserId,
    /// When.
    pub at: DateTime<Utc>,
    /// When her device says that it was written.
    pub asserted_at: DateTime<Utc>,
}

/// What both decisions look at of the work itself.
fn work_needs(client: ClientId, works: &[CommandId]) -> Vec<Need> {
    let bucket = Bucket::clinical(client);
    works
        .iter()
        .flat_map(|id| {
            [
                Need::record::<QuarantinedWork>(bucket, id.uuid()),
                Need::record::<QuarantineDecision>(bucket, id.uuid()),
            ]
        })
        .collect()
}

/// Work that waits, in the order in which it was written, and the ruling on what does not wait any more.
struct Pile<'w> {
    waiting: Vec<&'w QuarantinedWork>,
    decided: Vec<&'w QuarantineDecision>,
}

/// Finds the work that a decision names.
///
/// # Errors
/// Nothing named, too much of it, some of it not in this chart or of another note; no reason.
fn pile<'w>(
    client: ClientId,
    note: NoteId,
    works: &[CommandId],
    reason: &str,
    world: &'w World,
) -> Result<Pile<'w>, Refusal> {
    if works.is_empty() || works.len() > MAX_PIECES {
        return Err(Refusal::new(
            RefusalCode::Invalid,
            "A decision is about at least one piece of work and at most 200. Nothing was changed. Decide in parts.",
        ));
    }
    if reason.trim().is_empty() {
        return Err(Refusal::new(
            RefusalCode::Invalid,
            "Say why. Nothing was changed, and the words are kept as they came.",
        )
        .with_fields(vec![FieldError { field: "reason".into(), message: "Give a reason.".into() }]));
    }
    let mut pile = Pile { waiting: Vec::new(), decided: Vec::new() };
    for id in works.iter().collect::<BTreeSet<_>>() {
        let Lookup::Present(work) = world.get::<QuarantinedWork>(id.uuid()) else {
            return Err(not_here());
        };
        if work.client != client || work.note != note {
            return Err(not_here());
        }
        match world.get::<QuarantineDecision>(id.uuid()) {
            Lookup::Present(decision) => pile.decided.push(decision),
            Lookup::Absent | Lookup::NotHeld => pile.waiting.push(work),
        }
    }
    pile.waiting.sort_by_key(|work| (work.received_at, work.device, work.seq));
    Ok(pile)
}

fn not_here() -> Refusal {
    Refusal::new(
        RefusalCode::NotFound,
        "This work is not in the chart on this side. Nothing was changed. Sync, then open the list again.",
    )
}

/// Somebody else has decided meanwhile.
fn decided_already() -> Refusal {
    Refusal::new(
        RefusalCode::WrongState,
        "Somebody has decided about this work meanwhile, and a decision stays. Nothing was changed. Sync, and see what \
         was decided.",
    )
}

fn decision(work: &QuarantinedWork, ruling: Ruling, reason: &str, ctx: &Context) -> QuarantineDecision {
    QuarantineDecision {
        work: work.command_id,
        note: work.note,
        ruling,
        by: ctx.actor.user,
        device: ctx.device,
        at: ctx.now,
        reason: reason.trim().to_owned(),
    }
}
