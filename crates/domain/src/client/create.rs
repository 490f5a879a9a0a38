//! `client.create`: begins a client's record.
//!
//! A first call is often all that is known, so nothing but impossible values is refused: no name is required.

use super::{Client, ClientField, ClientStatus, Contact, Insurance};
use crate::bucket::{Bucket, BucketKind};
use crate::caseload::{Assignment, AssignmentReason, assign};
use crate::context::Context;
use crate::decision::{Change, Decision, FieldError, Refusal, RefusalCode, Verdict};
use crate::ids::{AssignmentId, ClientId, UserId};
use crate::people::Role;
use crate::policy::{self, Action};
use crate::world::{Lookup, Need, World};
use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Begin a client's record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateClient {
    /// The new client, made on the device.
    pub client_id: ClientId,
    /// What is known of her. [`ClientField::Status`] is not set here: a new client is active.
    #[serde(default)]
    pub facts: BTreeMap<ClientField, String>,
    /// Contacts and guardians.
    #[serde(default)]
    pub contacts: Vec<Contact>,
    /// Insurance policies.
    #[serde(default)]
    pub insurance: Vec<Insurance>,
    /// The clinician to put on the case. A clinician who creates a client names herself; others may leave it open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assign_to: Option<UserId>,
    /// The new assignment, present exactly when `assign_to` is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignment_id: Option<AssignmentId>,
}

/// The client, to see that she is new, and the clinician, where it is another than the actor.
pub fn needs(input: &CreateClient, ctx: &Context) -> Vec<Need> {
    let admin = Bucket::admin(input.client_id);
    let mut needs = vec![Need::record::<Client>(admin, input.client_id.uuid())];
    if let Some(clinician) = input.assign_to
        && clinician != ctx.actor.user
    {
        needs.push(assign::clinician_need(clinician, ctx));
    }
    needs
}

/// Decides. The creator does not hold the bucket yet, so the role alone authorises, and the assignment or the
/// practice-wide role of the creator then grants it.
///
/// # Errors
/// `NotAllowed`, `Invalid` with field errors, `WrongState` when the client exists.
pub fn decide(input: &CreateClient, world: &World, ctx: &Context) -> Verdict {
    authorise(input, ctx)?;
    let errors = input_errors(input, ctx.today());
    if !errors.is_empty() {
        return Err(Refusal::new(
            RefusalCode::Invalid,
            "The client was not created: something entered is not possible. What you typed is still in the form. \
             Correct the marked fields and save again.",
        )
        .with_fields(errors));
    }
    let id_unseen = match world.get::<Client>(input.client_id.uuid()) {
        Lookup::Present(_) => {
            return Err(Refusal::new(
                RefusalCode::WrongState,
                "This client's record exists already. Nothing was changed. Open the record and edit it there.",
            ));
        }
        Lookup::Absent => false,
        Lookup::NotHeld => true,
    };
    let clinician_unseen = match input.assign_to {
        Some(clinician) if clinician != ctx.actor.user => assign::check_clinician(clinician, world, ctx)?,
        _ => false,
    };

    let admin = Bucket::admin(input.client_id);
    let mut changes = vec![Change::put(admin, new_client(input, ctx))];
    if let (Some(clinician), Some(id)) = (input.assign_to, input.assignment_id) {
        changes.push(Change::put(
            admin,
            Assignment {
                id,
                client: input.client_id,
                clinician,
                reason: AssignmentReason::Treating,
                from: first_day(ctx),
                until: None,
                ended_on: None,
            },
        ));
    }
    Ok(Decision::applied(changes).provisional_if(id_unseen || clinician_unseen))
}

fn authorise(input: &CreateClient, ctx: &Context) -> Result<(), Refusal> {
    let practice_wide = ctx.roles().any(|role| matches!(role, Role::PracticeManager | Role::FrontDesk));
    let may_assign = |clinician: UserId| {
        (clinician == ctx.actor.user && ctx.roles().any(|role| role == Role::Clinician))
            || policy::permits(ctx, BucketKind::ClientAdmin, Action::Assign)
    };
    let allowed = policy::permits(ctx, BucketKind::ClientAdmin, Action::CreateClient)
        && input.assign_to.map_or(practice_wide, may_assign);
    if allowed {
        return Ok(());
    }
    Err(Refusal::new(
        RefusalCode::NotAllowed,
        "You cannot create this client with this assignment. Nothing was changed. A clinician adds clients to her own \
         caseload; ask your practice manager to assign another clinician.",
    ))
}

fn input_errors(input: &CreateClient, today: NaiveDate) -> Vec<FieldError> {
    let mut errors: Vec<FieldError> =
        input.facts.iter().filter_map(|(field, value)| fact_error(*field, value, today)).collect();
    if input.facts.contains_key(&ClientField::Status) {
        errors.retain(|error| error.field != "status");
        errors.push(FieldError {
            field: "status".to_owned(),
            message: "A new client is active. Change the status once the record exists.".to_owned(),
        });
    }
    if input.assign_to.is_some() != input.assignment_id.is_some() {
        errors.push(FieldError {
            field: "assign_to".to_owned(),
            message: "The clinician or the assignment is missing. Choose the clinician again.".to_owned(),
        });
    }
    errors
}

/// What makes a fact impossible, if anything does. Unusual is not impossible: names, numbers and addresses are
/// taken as they come.
#[must_use]
pub fn fact_error(field: ClientField, value: &str, today: NaiveDate) -> Option<FieldError> {
    let (field, message) = match field {
        ClientField::BirthDate if !value.is_empty() => {
            let message = match value.parse::<NaiveDate>() {
                // One day of grace: a device east of the practice is already in tomorrow.
                Ok(date) if date > today + Days::new(1) => {
                    "This date of birth lies in the future. Check the year."
                }
                Ok(date) if date.to_string() == value => return None,
                _ => "This is not a date. Enter year, month and day, for example 1987-04-09.",
            };
            ("birth_date", message)
        }
        ClientField::Status if status(value).is_none() => {
            ("status", "A client is active, inactive or discharged. Choose one of them.")
        }
        _ => return None,
    };
    Some(FieldError { field: field.to_owned(), message: message.to_owned() })
}

/// The status that a person may set. `merged` comes only from a merge.
pub(super) fn status(value: &str) -> Option<ClientStatus> {
    match value {
        "active" => Some(ClientStatus::Active),
        "inactive" => Some(ClientStatus::Inactive),
        "discharged" => Some(ClientStatus::Discharged),
        _ => None,
    }
}

fn new_client(input: &CreateClient, ctx: &Context) -> Client {
    Client {
        id: input.client_id,
        facts: input.facts.iter().filter(|(_, v)| !v.is_empty()).map(|(f, v)| (*f, v.clone())).collect(),
        contacts: input.contacts.clone(),
        insurance: input.insurance.clone(),
        status: ClientStatus::Active,
        merged_into: None,
        merge_reason: String::new(),
        replaced: Vec::new(),
        created_at: ctx.now,
    }
}

/// The treatment begins when the clinician says it did, not when her laptop found a network, but a fast clock
/// cannot postpone it.
fn first_day(ctx: &Context) -> NaiveDate {
    ctx.asserted_at.with_timezone(&ctx.zone).date_naive().min(ctx.today())
}
