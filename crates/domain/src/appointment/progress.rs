//! `appointment.progress`: the client is here, the appointment took place, or she did not come.

use super::{Appointment, AppointmentStatus};
use crate::bucket::Bucket;
use crate::context::Context;
use crate::decision::{Change, Decision, FieldError, Refusal, RefusalCode, Verdict};
use crate::ids::{AppointmentId, ClientId, UserId};
use crate::policy::{self, Action};
use crate::world::{Lookup, Need, World};
use serde::{Deserialize, Serialize};

/// Move an appointment along its life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgressAppointment {
    /// The appointment.
    pub appointment_id: AppointmentId,
    /// Its client.
    pub client_id: ClientId,
    /// Where the device saw it stand.
    pub from: AppointmentStatus,
    /// Where it shall stand: checked in, completed, missed, or booked again to take a slip back. An appointment is
    /// cancelled by `appointment.cancel`.
    pub to: AppointmentStatus,
}

/// The appointment.
pub fn needs(input: &ProgressAppointment, _ctx: &Context) -> Vec<Need> {
    vec![Need::record::<Appointment>(Bucket::admin(input.client_id), input.appointment_id.uuid())]
}

/// Decides. What another device has meanwhile said is not overruled by somebody who had not seen it.
///
/// # Errors
/// `NotAllowed`, `NotFound`, `Invalid` for a step that does not exist, `WrongState`.
pub fn decide(input: &ProgressAppointment, world: &World, ctx: &Context) -> Verdict {
    let admin = Bucket::admin(input.client_id);
    policy::authorise(ctx, admin, Action::Schedule)?;
    let standing = required_appointment(input.appointment_id, input.client_id, None, world)?;
    if standing.status == input.to {
        return Ok(Decision::noop("The appointment stands so already."));
    }
    if standing.status != input.from {
        return Err(Refusal::new(
            RefusalCode::WrongState,
            format!(
                "Meanwhile this appointment {}, so your change was not made. Look at it, and change it again if it is \
                 wrong.",
                said(standing.status)
            ),
        ));
    }
    if !may_follow(input.from, input.to) {
        return Err(Refusal::new(
            RefusalCode::Invalid,
            format!(
                "This appointment {}; that step does not follow. Nothing was changed.",
                said(standing.status)
            ),
        )
        .with_fields(vec![FieldError {
            field: "to".to_owned(),
            message: "Choose a step that the appointment offers, or book a new appointment.".to_owned(),
        }]));
    }
    let mut moved = standing.clone();
    moved.status = input.to;
    Ok(Decision::applied(vec![Change::put(admin, moved)]))
}

/// Whether `to` may follow `from`. Every step here can be taken back by somebody who sees where the appointment
/// stands; a cancelled one has given its time away and is booked anew.
#[must_use]
pub const fn may_follow(from: AppointmentStatus, to: AppointmentStatus) -> bool {
    use AppointmentStatus as S;
    matches!(
        (from, to),
        (S::Booked, S::CheckedIn | S::Completed | S::NoShow)
            | (S::CheckedIn, S::Booked | S::Completed | S::NoShow)
            | (S::NoShow, S::Booked | S::CheckedIn)
            | (S::Completed, S::Booked)
    )
}

/// What a person says of an appointment that stands so; it follows "this appointment".
pub(super) const fn said(status: AppointmentStatus) -> &'static str {
    match status {
        AppointmentStatus::Booked => "was set to booked",
        AppointmentStatus::CheckedIn => "was checked in",
        AppointmentStatus::Completed => "was marked as completed",
        AppointmentStatus::Cancelled => "was cancelled",
        AppointmentStatus::NoShow => "was marked as missed",
    }
}

/// The appointment of this client, and of this clinician where one is named.
///
/// # Errors
/// `NotFound` when it is not here: without it nothing can be decided.
pub(super) fn required_appointment(
    id: AppointmentId,
    client: ClientId,
    clinician: Option<UserId>,
    world: &World,
) -> Result<&Appointment, Refusal> {
    match world.get::<Appointment>(id.uuid()) {
        Lookup::Present(found)
            if found.client == client && clinician.is_none_or(|clinician| clinician == found.clinician) =>
        {
            Ok(found)
        }
        _ => Err(Refusal::new(
            RefusalCode::NotFound,
            "This appointment is not here. Nothing was changed. Sync this device and look at the schedule again.",
        )),
    }
}
