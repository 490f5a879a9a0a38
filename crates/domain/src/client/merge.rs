//! `client.merge`: folds one client's record into another of the same person.
//!
//! The folded record stays, marked; its notes and appointments stay in its own buckets, so nothing that was signed
//! moves and no digest breaks.

use super::update::{Entry, client_need, keep_replaced, required_client};
use super::{Client, ClientStatus};
use crate::bucket::Bucket;
use crate::context::Context;
use crate::decision::{Change, Decision, FieldError, Refusal, RefusalCode, Verdict};
use crate::ids::{ClientId, EntryId};
use crate::policy::{self, Action};
use crate::world::{Lookup, Need, World};
use serde::{Deserialize, Serialize};

/// Fold one client's record into another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MergeClients {
    /// The record that gives way.
    pub from: ClientId,
    /// The record that is kept.
    pub into: ClientId,
    /// Why they are the same person. It may say anything about her, so it stays in her sealed record.
    pub reason: String,
}

/// Both clients.
pub fn needs(input: &MergeClients, _ctx: &Context) -> Vec<Need> {
    vec![client_need(input.from), client_need(input.into)]
}

/// Decides. Nothing of the folded record is dropped: empty facts are filled from it, facts that differ are kept as
/// replaced values, contacts and policies are united.
///
/// # Errors
/// `NotAllowed`, `NotFound`, `Invalid`, `WrongState` when either record has been folded elsewhere.
pub fn decide(input: &MergeClients, world: &World, ctx: &Context) -> Verdict {
    policy::authorise(ctx, Bucket::admin(input.from), Action::EditClient)?;
    policy::authorise(ctx, Bucket::admin(input.into), Action::EditClient)?;
    check_input(input)?;
    if let Lookup::Present(from) = world.get::<Client>(input.from.uuid())
        && from.merged_into == Some(input.into)
    {
        return Ok(Decision::noop("These records have been folded together already."));
    }
    let from = required_client(input.from, world)?;
    let into = required_client(input.into, world)?;

    let kept = Change::put(Bucket::admin(into.id), folded(from, into, ctx));
    let mut given = from.clone();
    given.status = ClientStatus::Merged;
    given.merged_into = Some(into.id);
    given.merge_reason.clone_from(&input.reason);
    Ok(Decision::applied(vec![kept, Change::put(Bucket::admin(given.id), given)]))
}

fn check_input(input: &MergeClients) -> Result<(), Refusal> {
    let (field, message) = if input.from == input.into {
        ("into", "A record cannot be folded into itself. Choose the other record.")
    } else if input.reason.trim().is_empty() {
        ("reason", "Say in a few words how you know that this is the same person.")
    } else {
        return Ok(());
    };
    Err(Refusal::new(RefusalCode::Invalid, "The records were not folded together; both are as they were.")
        .with_fields(vec![FieldError { field: field.to_owned(), message: message.to_owned() }]))
}

fn folded(from: &Client, into: &Client, ctx: &Context) -> Client {
    let mut kept = into.clone();
    for (field, value) in &from.facts {
        if kept.fact(*field).is_empty() {
            kept.facts.insert(*field, value.clone());
        } else if kept.fact(*field) != value {
            keep_replaced(&mut kept, *field, value.clone(), true, ctx);
        }
    }
    unite(&mut kept.contacts, &from.contacts, ctx);
    unite(&mut kept.insurance, &from.insurance, ctx);
    kept
}

fn unite<T: Entry>(kept: &mut Vec<T>, given: &[T], ctx: &Context) {
    for entry in given {
        if kept.iter().any(|other| other.under(entry.id()) == *entry) {
            continue;
        }
        let taken = kept.iter().any(|other| other.id() == entry.id());
        let id =
            if taken { EntryId::derived(ctx.command, &format!("merged {}", entry.id())) } else { entry.id() };
        kept.push(entry.under(id));
    }
}
