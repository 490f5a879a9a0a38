//! `client.update`: changes facts, contacts and insurance of a client.
//!
//! Facts are admin scalars: the last arrival stands and the value that it replaced is kept. Contacts and policies
//! are sets: an edit is combined field by field with what stands, and a removal removes only what it has seen.

use super::{Client, ClientField, ClientStatus, Contact, Insurance, ReplacedFact, create};
use crate::bucket::Bucket;
use crate::context::Context;
use crate::decision::{Change, Decision, FieldError, Refusal, RefusalCode, Verdict};
use crate::ids::{ClientId, EntryId};
use crate::policy::{self, Action};
use crate::world::{Lookup, Need, World};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many replaced values a record keeps.
pub const REPLACED_KEPT: usize = 50;

/// A fact as the device saw it, and as it shall be. Empty text is an empty fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactChange {
    /// What the device saw.
    pub from: String,
    /// What it shall be.
    pub to: String,
}

/// An entry as the device saw it, and as it shall be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryChange<T> {
    /// What the device saw; absent for a new entry.
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub from: Option<T>,
    /// What it shall be; its identifier is that of `from`.
    pub to: T,
}

/// Edits of a set of entries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryEdits<T> {
    /// Entries added or changed.
    #[serde(default = "Vec::new")]
    pub put: Vec<EntryChange<T>>,
    /// Entries to remove, each as the device saw it: one that has changed since stays.
    #[serde(default = "Vec::new")]
    pub remove: Vec<T>,
}

impl<T> Default for EntryEdits<T> {
    fn default() -> Self {
        Self { put: Vec::new(), remove: Vec::new() }
    }
}

/// Change a client's administrative record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpdateClient {
    /// The client.
    pub client_id: ClientId,
    /// Facts changed.
    #[serde(default)]
    pub facts: BTreeMap<ClientField, FactChange>,
    /// Contacts and guardians changed.
    #[serde(default)]
    pub contacts: EntryEdits<Contact>,
    /// Insurance policies changed.
    #[serde(default)]
    pub insurance: EntryEdits<Insurance>,
}

/// The client.
pub fn needs(input: &UpdateClient, _ctx: &Context) -> Vec<Need> {
    vec![client_need(input.client_id)]
}

/// Decides.
///
/// # Errors
/// `NotAllowed`, `NotFound`, `WrongState` for a merged record, `Invalid` with field errors.
pub fn decide(input: &UpdateClient, world: &World, ctx: &Context) -> Verdict {
    policy::authorise(ctx, Bucket::admin(input.client_id), Action::EditClient)?;
    let standing = required_client(input.client_id, world)?;
    let today = ctx.today();
    let mut errors: Vec<FieldError> = input
        .facts
        .iter()
        .filter_map(|(field, change)| create::fact_error(*field, &change.to, today))
        .collect();
    errors.extend(identity_errors(&input.contacts.put, "contacts"));
    errors.extend(identity_errors(&input.insurance.put, "insurance"));
    if !errors.is_empty() {
        return Err(Refusal::new(
            RefusalCode::Invalid,
            "The change was not saved: something entered is not possible. The record is as it was. Correct the marked \
             fields and save again.",
        )
        .with_fields(errors));
    }

    let mut client = standing.clone();
    for (field, change) in &input.facts {
        set_fact(&mut client, *field, change, ctx);
    }
    edit_entries(&mut client.contacts, &input.contacts, ctx);
    edit_entries(&mut client.insurance, &input.insurance, ctx);
    if client == *standing {
        return Ok(Decision::noop(
            "The record already says this, or the entry to remove has changed and was kept.",
        ));
    }
    Ok(Decision::applied(vec![Change::put(Bucket::admin(client.id), client)]))
}

/// The need for a client's own record.
pub(crate) const fn client_need(client: ClientId) -> Need {
    Need::record::<Client>(Bucket::admin(client), client.uuid())
}

/// The client, where it is here, exists and stands for itself. A merged record takes no more changes: what is
/// meant for that person belongs into the record that it was folded into.
///
/// # Errors
/// `NotFound`, `WrongState`.
pub(crate) fn open_client(client: ClientId, world: &World) -> Result<Lookup<&Client>, Refusal> {
    match world.get::<Client>(client.uuid()) {
        Lookup::Present(record) if record.status == ClientStatus::Merged => Err(Refusal::new(
            RefusalCode::WrongState,
            "This record was folded into another record of the same person. Nothing was changed. Make the change in \
             the record that is kept.",
        )),
        Lookup::Absent => Err(not_found()),
        found => Ok(found),
    }
}

/// The client, where the decision cannot do without it.
///
/// # Errors
/// `NotFound`, `WrongState`.
pub(crate) fn required_client(client: ClientId, world: &World) -> Result<&Client, Refusal> {
    open_client(client, world)?.present().ok_or_else(not_found)
}

fn not_found() -> Refusal {
    Refusal::new(
        RefusalCode::NotFound,
        "This client's record is not here. Nothing was changed. Sync this device and try again.",
    )
}

/// Keeps a value that gave way, the last [`REPLACED_KEPT`] of them.
pub(super) fn keep_replaced(
    client: &mut Client,
    field: ClientField,
    value: String,
    unseen: bool,
    ctx: &Context,
) {
    client.replaced.push(ReplacedFact { field, value, by: ctx.actor.user, at: ctx.now, unseen });
    let surplus = client.replaced.len().saturating_sub(REPLACED_KEPT);
    client.replaced.drain(..surplus);
}

fn set_fact(client: &mut Client, field: ClientField, change: &FactChange, ctx: &Context) {
    let current = if field == ClientField::Status {
        status_name(client.status).to_owned()
    } else {
        client.fact(field).to_owned()
    };
    if current == change.to {
        return;
    }
    if field == ClientField::Status {
        client.status = create::status(&change.to).unwrap_or(client.status);
    } else if change.to.is_empty() {
        client.facts.remove(&field);
    } else {
        client.facts.insert(field, change.to.clone());
    }
    // Filling a fact that everybody saw empty replaces nothing; overruling somebody who emptied it does.
    let unseen = current != change.from;
    if unseen || !current.is_empty() {
        keep_replaced(client, field, current, unseen, ctx);
    }
}

const fn status_name(status: ClientStatus) -> &'static str {
    match status {
        ClientStatus::Active => "active",
        ClientStatus::Inactive => "inactive",
        ClientStatus::Discharged => "discharged",
        ClientStatus::Merged => "merged",
    }
}

/// An element of a set of the client's record.
pub(super) trait Entry: Clone + PartialEq {
    /// Its identifier.
    fn id(&self) -> EntryId;
    /// The same entry under another identifier.
    fn under(&self, id: EntryId) -> Self;
    /// Takes from `to` what it changed against `from`, from `self` the rest; true where both had changed the same
    /// field to different values.
    fn combined(&self, from: &Self, to: &Self) -> (Self, bool);
}

impl Entry for Contact {
    fn id(&self) -> EntryId {
        self.id
    }

    fn under(&self, id: EntryId) -> Self {
        Self { id, ..self.clone() }
    }

    fn combined(&self, from: &Self, to: &Self) -> (Self, bool) {
        let mut clash = false;
        let combined = Self {
            id: self.id,
            name: newer(&self.name, &from.name, &to.name, &mut clash),
            relationship: newer(&self.relationship, &from.relationship, &to.relationship, &mut clash),
            phone: newer(&self.phone, &from.phone, &to.phone, &mut clash),
            email: newer(&self.email, &from.email, &to.email, &mut clash),
            emergency: newer(&self.emergency, &from.emergency, &to.emergency, &mut clash),
            guardian: newer(&self.guardian, &from.guardian, &to.guardian, &mut clash),
        };
        (combined, clash)
    }
}

impl Entry for Insurance {
    fn id(&self) -> EntryId {
        self.id
    }

    fn under(&self, id: EntryId) -> Self {
        Self { id, ..self.clone() }
    }

    fn combined(&self, from: &Self, to: &Self) -> (Self, bool) {
        let mut clash = false;
        let combined = Self {
            id: self.id,
            payer: newer(&self.payer, &from.payer, &to.payer, &mut clash),
            member_id: newer(&self.member_id, &from.member_id, &to.member_id, &mut clash),
            group_number: newer(&self.group_number, &from.group_number, &to.group_number, &mut clash),
            policy_holder: newer(&self.policy_holder, &from.policy_holder, &to.policy_holder, &mut clash),
            rank: newer(&self.rank, &from.rank, &to.rank, &mut clash),
        };
        (combined, clash)
    }
}

fn newer<V: Clone + PartialEq>(current: &V, from: &V, to: &V, clash: &mut bool) -> V {
    if to == from {
        return current.clone();
    }
    *clash |= current != from && current != to;
    to.clone()
}

fn identity_errors<T: Entry>(changes: &[EntryChange<T>], field: &str) -> Option<FieldError> {
    let mixed =
        changes.iter().any(|change| change.from.as_ref().is_some_and(|from| from.id() != change.to.id()));
    mixed.then(|| FieldError {
        field: field.to_owned(),
        message:
            "The entry shown is not the one that would change. Open the record again and repeat the change."
                .to_owned(),
    })
}

/// Removals first: an edit of an entry beats its removal, whoever comes first.
fn edit_entries<T: Entry>(entries: &mut Vec<T>, edits: &EntryEdits<T>, ctx: &Context) {
    entries.retain(|entry| !edits.remove.contains(entry));
    for change in &edits.put {
        let Some(place) = entries.iter().position(|entry| entry.id() == change.to.id()) else {
            entries.push(change.to.clone());
            continue;
        };
        let current = entries[place].clone();
        if current == change.to {
            continue;
        }
        let (combined, clash) = match &change.from {
            Some(from) => current.combined(from, &change.to),
            None => (change.to.clone(), true),
        };
        if clash {
            // Two people corrected the same line differently. Neither number is thrown away: the one that gives way
            // stays as an entry of its own until somebody removes it.
            entries.push(current.under(EntryId::derived(ctx.command, &format!("kept {}", current.id()))));
        }
        entries[place] = combined;
    }
}
