//! `appointment.reschedule`: moves an appointment to another time.

use super::book::{check_free, day_need, placed, time_error};
use super::progress::required_appointment;
use super::{Appointment, AppointmentStatus, ServiceTime};
use crate::bucket::Bucket;
use crate::context::Context;
use crate::decision::{Decision, Refusal, RefusalCode, Verdict};
use crate::ids::{AppointmentId, ClientId, UserId};
use crate::policy::{self, Action};
use crate::world::{Need, World};
use serde::{Deserialize, Serialize};

/// Move an appointment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RescheduleAppointment {
    /// The appointment.
    pub appointment_id: AppointmentId,
    /// Its client.
    pub client_id: ClientId,
    /// Its clinician, whose calendar is looked at.
    pub clinician: UserId,
    /// When the device saw it take place.
    pub from: ServiceTime,
    /// When it shall take place; its end lies after its start.
    pub to: ServiceTime,
    /// Move it beside another appointment on purpose.
    #[serde(default)]
    pub overlap_allowed: bool,
}

/// The appointment, and its clinician's busy blocks of the new day.
pub fn needs(input: &RescheduleAppointment, _ctx: &Context) -> Vec<Need> {
    vec![
        Need::record::<Appointment>(Bucket::admin(input.client_id), input.appointment_id.uuid()),
        day_need(input.clinician, &input.to),
    ]
}

/// Decides. Provisional where this end does not hold the clinician's calendar.
///
/// # Errors
/// `NotAllowed`, `NotFound`, `Invalid`, `SlotTaken`, `WrongState` when it was moved or is no longer booked.
pub fn decide(input: &RescheduleAppointment, world: &World, ctx: &Context) -> Verdict {
    policy::authorise(ctx, Bucket::admin(input.client_id), Action::Schedule)?;
    if let Some(error) = time_error(&input.to) {
        return Err(Refusal::new(
            RefusalCode::Invalid,
            "The appointment was not moved; it stands where it was.",
        )
        .with_fields(vec![error]));
    }
    let standing = required_appointment(input.appointment_id, input.client_id, Some(input.clinician), world)?;
    if standing.status != AppointmentStatus::Booked {
        return Err(Refusal::new(
            RefusalCode::WrongState,
            format!(
                "This appointment {}, so it was not moved. Book a new one.",
                super::progress::said(standing.status)
            ),
        ));
    }
    if standing.time == input.to {
        return Ok(Decision::noop("This appointment is at that time already."));
    }
    if standing.time != input.from {
        return Err(Refusal::new(
            RefusalCode::WrongState,
            "Somebody else moved this appointment meanwhile, so it stands where they put it. Look at its new time and \
             move it again if you still want to.",
        ));
    }
    let mut moved = standing.clone();
    moved.time = input.to;
    moved.overlap_allowed = input.overlap_allowed;
    let calendar_unseen = check_free(&moved, world)?;
    Ok(Decision::applied(placed(moved)).provisional_if(calendar_unseen))
}
