//! `appointment.cancel`: calls an appointment off. Its time is free again.

use super::progress::{required_appointment, said};
use super::{Appointment, AppointmentStatus, BusyBlock};
use crate::bucket::Bucket;
use crate::context::Context;
use crate::decision::{Change, Decision, Refusal, RefusalCode, Verdict};
use crate::ids::{AppointmentId, ClientId, UserId};
use crate::policy::{self, Action};
use crate::record::RecordKey;
use crate::world::{Need, World};
use serde::{Deserialize, Serialize};

/// Call an appointment off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CancelAppointment {
    /// The appointment.
    pub appointment_id: AppointmentId,
    /// Its client.
    pub client_id: ClientId,
    /// Its clinician, whose time becomes free.
    pub clinician: UserId,
    /// Why; may be empty.
    #[serde(default)]
    pub reason: String,
}

/// The appointment.
pub fn needs(input: &CancelAppointment, _ctx: &Context) -> Vec<Need> {
    vec![Need::record::<Appointment>(Bucket::admin(input.client_id), input.appointment_id.uuid())]
}

/// Decides. Only a booked appointment is called off: one that somebody has meanwhile checked in, completed or marked
/// as missed is not silently turned over.
///
/// # Errors
/// `NotAllowed`, `NotFound`, `WrongState`.
pub fn decide(input: &CancelAppointment, world: &World, ctx: &Context) -> Verdict {
    let admin = Bucket::admin(input.client_id);
    policy::authorise(ctx, admin, Action::Schedule)?;
    let standing = required_appointment(input.appointment_id, input.client_id, Some(input.clinician), world)?;
    match standing.status {
        AppointmentStatus::Cancelled => {
            return Ok(Decision::noop("This appointment has been cancelled already."));
        }
        AppointmentStatus::Booked => {}
        other => {
            return Err(Refusal::new(
                RefusalCode::WrongState,
                format!(
                    "This appointment {}, so it was not cancelled. If that is wrong, set it back to booked first.",
                    said(other)
                ),
            ));
        }
    }
    let mut cancelled = standing.clone();
    cancelled.status = AppointmentStatus::Cancelled;
    cancelled.cancel_reason.clone_from(&input.reason);
    let block = RecordKey::of::<BusyBlock>(BusyBlock::id_of(standing.id).uuid());
    Ok(Decision::applied(vec![
        Change::put(admin, cancelled),
        Change::Delete { bucket: Bucket::calendar(standing.clinician), key: block },
    ]))
}
