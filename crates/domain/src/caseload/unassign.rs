//! `caseload.unassign`: takes a clinician off a client's case. Her grants end with it, at once.

use super::Assignment;
use crate::bucket::Bucket;
use crate::context::Context;
use crate::decision::{Change, Decision, FieldError, Refusal, RefusalCode, Verdict};
use crate::ids::{AssignmentId, ClientId};
use crate::policy::{self, Action};
use crate::world::{Lookup, Need, World};
use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

/// Take a clinician off a client's case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnassignCaseload {
    /// The client.
    pub client_id: ClientId,
    /// The assignment that ends.
    pub assignment_id: AssignmentId,
    /// Its last day, in the practice's zone; today or earlier.
    pub ended_on: NaiveDate,
}

/// The assignment.
pub fn needs(input: &UnassignCaseload, _ctx: &Context) -> Vec<Need> {
    vec![Need::record::<Assignment>(Bucket::admin(input.client_id), input.assignment_id.uuid())]
}

/// Decides.
///
/// # Errors
/// `NotAllowed`, `NotFound`, `Invalid` for an impossible last day.
pub fn decide(input: &UnassignCaseload, world: &World, ctx: &Context) -> Verdict {
    let admin = Bucket::admin(input.client_id);
    policy::authorise(ctx, admin, Action::Assign)?;
    let standing = match world.get::<Assignment>(input.assignment_id.uuid()) {
        Lookup::Present(assignment) if assignment.client == input.client_id => assignment,
        _ => {
            return Err(Refusal::new(
                RefusalCode::NotFound,
                "This assignment is not here. Nothing was changed. Sync this device and try again.",
            ));
        }
    };
    if standing.ended_on.is_some() {
        return Ok(Decision::noop("This assignment has ended already."));
    }
    let today = ctx.today();
    // An ended assignment grants nothing from that moment on, so a last day to come would promise access that is
    // gone. One day of grace for a device east of the practice.
    let error = if input.ended_on > today + Days::new(1) {
        Some("The last day cannot lie in the future: access ends at once. Enter today or an earlier day.")
    } else if input.ended_on < standing.from && standing.from <= today {
        Some("The last day lies before the first. Enter the day on which the clinician left the case.")
    } else {
        None
    };
    if let Some(message) = error {
        return Err(Refusal::new(RefusalCode::Invalid, "The assignment was not ended and is as it was.")
            .with_fields(vec![FieldError { field: "ended_on".to_owned(), message: message.to_owned() }]));
    }
    let mut ended = standing.clone();
    ended.ended_on = Some(input.ended_on);
    Ok(Decision::applied(vec![Change::put(admin, ended)]))
}
