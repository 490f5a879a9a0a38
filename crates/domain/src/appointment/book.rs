//! `appointment.book`: books an appointment. Offline it is tentative until the server has seen the whole calendar.

use super::{Appointment, AppointmentStatus, BusyBlock, Modality, ServiceTime};
use crate::bucket::Bucket;
use crate::caseload::assign::{check_clinician, clinician_need};
use crate::client::update::{client_need, open_client};
use crate::context::Context;
use crate::decision::{Change, Decision, FieldError, Refusal, RefusalCode, Verdict};
use crate::ids::{AppointmentId, ClientId, UserId};
use crate::policy::{self, Action};
use crate::world::{Lookup, Need, World};
use chrono::{LocalResult, NaiveTime, TimeZone as _};
use serde::{Deserialize, Serialize};

/// Book an appointment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BookAppointment {
    /// The new appointment, made on the device.
    pub appointment_id: AppointmentId,
    /// The client.
    pub client_id: ClientId,
    /// The clinician.
    pub clinician: UserId,
    /// When; its end lies after its start.
    pub time: ServiceTime,
    /// What for, in the practice's words.
    #[serde(default)]
    pub service: String,
    /// How they meet.
    #[serde(default)]
    pub modality: Modality,
    /// Where, or free words about it.
    #[serde(default)]
    pub place: String,
    /// The link of a video visit, https only; empty where there is none.
    #[serde(default)]
    pub video_link: String,
    /// Book beside another appointment on purpose.
    #[serde(default)]
    pub overlap_allowed: bool,
}

/// The client, the appointment, to see that it is new, the clinician and her busy blocks of that day.
pub fn needs(input: &BookAppointment, ctx: &Context) -> Vec<Need> {
    vec![
        client_need(input.client_id),
        Need::record::<Appointment>(Bucket::admin(input.client_id), input.appointment_id.uuid()),
        clinician_need(input.clinician, ctx),
        day_need(input.clinician, &input.time),
    ]
}

/// Decides. Provisional where this end does not hold the clinician's calendar.
///
/// # Errors
/// `NotAllowed`, `NotFound`, `Invalid` with field errors, `SlotTaken`, `WrongState`.
pub fn decide(input: &BookAppointment, world: &World, ctx: &Context) -> Verdict {
    let admin = Bucket::admin(input.client_id);
    policy::authorise(ctx, admin, Action::Schedule)?;
    let errors: Vec<FieldError> =
        time_error(&input.time).into_iter().chain(link_error(&input.video_link)).collect();
    if !errors.is_empty() {
        return Err(Refusal::new(
            RefusalCode::Invalid,
            "The appointment was not booked. What you entered is still in the form. Correct the marked fields.",
        )
        .with_fields(errors));
    }
    let appointment = Appointment {
        id: input.appointment_id,
        client: input.client_id,
        clinician: input.clinician,
        time: input.time,
        service: input.service.clone(),
        modality: input.modality,
        place: input.place.clone(),
        video_link: input.video_link.clone(),
        status: AppointmentStatus::Booked,
        cancel_reason: String::new(),
        overlap_allowed: input.overlap_allowed,
    };
    let client = open_client(input.client_id, world)?;
    let id_unseen = match world.get::<Appointment>(input.appointment_id.uuid()) {
        Lookup::Present(standing) if *standing == appointment => {
            return Ok(Decision::noop("This appointment is booked already."));
        }
        Lookup::Present(_) => {
            return Err(Refusal::new(
                RefusalCode::WrongState,
                "This appointment exists already and has moved on. Nothing was changed. Open it in the schedule.",
            ));
        }
        Lookup::Absent => false,
        Lookup::NotHeld => true,
    };
    let clinician_unseen = check_clinician(input.clinician, world, ctx)?;
    let calendar_unseen = check_free(&appointment, world)?;
    let unseen = client == Lookup::NotHeld || id_unseen || clinician_unseen || calendar_unseen;
    Ok(Decision::applied(placed(appointment)).provisional_if(unseen))
}

/// The need for a clinician's busy blocks on the day of `time`.
pub(super) fn day_need(clinician: UserId, time: &ServiceTime) -> Need {
    Need::children::<BusyBlock>(Bucket::calendar(clinician), BusyBlock::day_key(clinician, time.date))
}

/// The appointment and its busy block, written together. A block keeps its identity when the appointment moves.
pub(super) fn placed(appointment: Appointment) -> Vec<Change> {
    let block = BusyBlock {
        id: BusyBlock::id_of(appointment.id),
        clinician: appointment.clinician,
        time: appointment.time,
    };
    vec![
        Change::put(Bucket::admin(appointment.client), appointment),
        Change::put(Bucket::calendar(block.clinician), block),
    ]
}

/// Refuses an appointment that would share its clinician's time with another, unless that is meant. True when this
/// end does not hold the calendar: then only the server can tell.
pub(super) fn check_free(appointment: &Appointment, world: &World) -> Result<bool, Refusal> {
    let day = BusyBlock::day_key(appointment.clinician, appointment.time.date);
    let Lookup::Present(blocks) = world.children::<BusyBlock>(day) else {
        return Ok(true);
    };
    let own = BusyBlock::id_of(appointment.id);
    let taken = blocks.iter().any(|block| block.id != own && share_time(&block.time, &appointment.time));
    if taken && !appointment.overlap_allowed {
        return Err(Refusal::new(
            RefusalCode::SlotTaken,
            "The clinician is already booked at this time. The schedule is as it was. Choose another time, or book \
             beside the other appointment on purpose.",
        )
        .with_fields(vec![FieldError {
            field: "time".to_owned(),
            message: "Choose another time, or allow the overlap.".to_owned(),
        }]));
    }
    Ok(false)
}

/// Whether two spans share time, by the wall clock in one zone and by instants across zones.
fn share_time(a: &ServiceTime, b: &ServiceTime) -> bool {
    if a.zone == b.zone {
        return a.overlaps(b);
    }
    match (instants(a), instants(b)) {
        (Some((a_start, a_end)), Some((b_start, b_end))) => a_start < b_end && b_start < a_end,
        // A wall-clock time that summer time skips has no instant; the server's constraint decides.
        _ => false,
    }
}

fn instants(time: &ServiceTime) -> Option<(i64, i64)> {
    let at = |clock: NaiveTime| match time.zone.from_local_datetime(&time.date.and_time(clock)) {
        LocalResult::Single(instant) | LocalResult::Ambiguous(instant, _) => Some(instant.timestamp()),
        LocalResult::None => None,
    };
    Some((at(time.start)?, at(time.end)?))
}

/// What is wrong with a span, if anything is.
pub(super) fn time_error(time: &ServiceTime) -> Option<FieldError> {
    (time.end <= time.start).then(|| FieldError {
        field: "time".to_owned(),
        message: "The end lies before the start. Enter an end later on the same day.".to_owned(),
    })
}

/// What is wrong with a video link, if anything is. The shell opens it in the system's browser, so it must be a
/// plain https address: no other scheme, no credentials before the host, nothing that cannot be seen.
fn link_error(link: &str) -> Option<FieldError> {
    if link.is_empty() {
        return None;
    }
    let host = link
        .get(..8)
        .filter(|scheme| scheme.eq_ignore_ascii_case("https://"))
        .and_then(|_| link.get(8..))
        .and_then(|rest| rest.split(['/', '?', '#']).next())
        .unwrap_or_default();
    let plain = link.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '`'));
    if plain && !host.is_empty() && !host.contains('@') {
        return None;
    }
    Some(FieldError {
        field: "video_link".to_owned(),
        message: "Enter the whole link of the video visit; it begins with https://.".to_owned(),
    })
}
