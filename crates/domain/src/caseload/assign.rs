//! `caseload.assign`: puts a clinician on a client's case.

use super::{Assignment, AssignmentReason};
use crate::bucket::Bucket;
use crate::client::update::{client_need, open_client};
use crate::context::Context;
use crate::decision::{Change, Decision, FieldError, Refusal, RefusalCode, Verdict};
use crate::ids::{AssignmentId, ClientId, UserId};
use crate::people::{Role, User};
use crate::policy::{self, Action};
use crate::world::{Lookup, Need, World};
use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

/// Put a clinician on a client's case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssignCaseload {
    /// The client.
    pub client_id: ClientId,
    /// The new assignment, made on the device.
    pub assignment_id: AssignmentId,
    /// The clinician.
    pub clinician: UserId,
    /// Treating, or covering for a colleague.
    #[serde(default)]
    pub reason: AssignmentReason,
    /// First day, in the practice's zone.
    pub from: NaiveDate,
    /// Last day, in the practice's zone: access ends with it by itself. Open when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
}

/// The client, the client's assignments, the clinician.
pub fn needs(input: &AssignCaseload, ctx: &Context) -> Vec<Need> {
    vec![
        client_need(input.client_id),
        Need::children::<Assignment>(Bucket::admin(input.client_id), input.client_id.uuid()),
        clinician_need(input.clinician, ctx),
    ]
}

/// Decides. Provisional where this end does not see the client's other assignments or the clinician.
///
/// # Errors
/// `NotAllowed`, `NotFound`, `WrongState` for a merged record, `Invalid` when the user treats nobody.
pub fn decide(input: &AssignCaseload, world: &World, ctx: &Context) -> Verdict {
    let admin = Bucket::admin(input.client_id);
    policy::authorise(ctx, admin, Action::Assign)?;
    let client = open_client(input.client_id, world)?;
    check_days(input, ctx)?;
    let clinician_unseen = check_clinician(input.clinician, world, ctx)?;
    let others = world.children::<Assignment>(input.client_id.uuid());
    let unseen = clinician_unseen || client == Lookup::NotHeld || others == Lookup::NotHeld;

    for other in others.present().unwrap_or_default() {
        let stands = other.clinician == input.clinician
            && other.covers(input.from)
            && other.until.is_none_or(|last| input.until.is_some_and(|wanted| wanted <= last));
        if stands {
            return Ok(Decision::noop("This clinician is on the case already."));
        }
        if other.id == input.assignment_id {
            return Err(Refusal::new(
                RefusalCode::WrongState,
                "This assignment exists already and has moved on. Nothing was changed. Make a new assignment.",
            ));
        }
    }
    let assignment = Assignment {
        id: input.assignment_id,
        client: input.client_id,
        clinician: input.clinician,
        reason: input.reason,
        from: input.from,
        until: input.until,
        ended_on: None,
    };
    Ok(Decision::applied(vec![Change::put(admin, assignment)]).provisional_if(unseen))
}

/// A last day lies neither before the first nor in the past. One day of grace for a device west of the practice.
fn check_days(input: &AssignCaseload, ctx: &Context) -> Result<(), Refusal> {
    let Some(until) = input.until else { return Ok(()) };
    let message = if until < input.from {
        "The last day lies before the first. Enter the last day on which the clinician needs the chart."
    } else if until + Days::new(1) < ctx.today() {
        "The last day has passed. Enter today or a later day."
    } else {
        return Ok(());
    };
    Err(Refusal::new(RefusalCode::Invalid, "The clinician was not put on the case. Nothing was changed.")
        .with_fields(vec![FieldError { field: "until".to_owned(), message: message.to_owned() }]))
}

/// The need for a clinician's own entry in the practice's workforce.
pub(crate) fn clinician_need(clinician: UserId, ctx: &Context) -> Need {
    Need::record::<User>(Bucket::practice(ctx.practice), clinician.uuid())
}

/// Whether the user may be given clients: she exists, has not left, and is a clinician today. True when this end
/// cannot see that.
///
/// # Errors
/// `NotFound`, `Invalid`.
pub(crate) fn check_clinician(clinician: UserId, world: &World, ctx: &Context) -> Result<bool, Refusal> {
    match world.get::<User>(clinician.uuid()) {
        Lookup::NotHeld => Ok(true),
        Lookup::Present(user) if user.active && user.roles_on(ctx.today()).any(|role| role == Role::Clinician) => {
            Ok(false)
        }
        Lookup::Present(_) => Err(Refusal::new(
            RefusalCode::Invalid,
            "This person does not work as a clinician here today. Nothing was changed. Choose another clinician.",
        )
        .with_fields(vec![FieldError {
            field: "clinician".to_owned(),
            message: "Choose somebody who works as a clinician today.".to_owned(),
        }])),
        Lookup::Absent => Err(Refusal::new(
            RefusalCode::NotFound,
            "This clinician is not in the practice's list. Nothing was changed. Sync this device and choose again.",
        )),
    }
}
