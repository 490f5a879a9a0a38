//! Appointments, and the identity-free busy blocks that colleagues see.

pub mod book;
pub mod cancel;
pub mod progress;
pub mod reschedule;

use crate::ids::{AppointmentId, BusyBlockId, ClientId, UserId, derive_uuid};
use chrono::{NaiveDate, NaiveTime};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A span of one civil day in a zone. It is never converted to an instant on its way through the product; the
/// server derives instants beside it only to refuse double bookings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceTime {
    /// The civil date of service.
    pub date: NaiveDate,
    /// Wall-clock start.
    pub start: NaiveTime,
    /// Wall-clock end, later than `start` on the same day.
    pub end: NaiveTime,
    /// The zone whose wall clock is meant.
    pub zone: Tz,
}

impl ServiceTime {
    /// Whole minutes from start to end; negative when the end lies before the start.
    #[must_use]
    pub fn minutes(&self) -> i64 {
        (self.end - self.start).num_minutes()
    }

    /// Whether two spans of the same zone share time.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.date == other.date && self.start < other.end && other.start < self.end
    }
}

/// How client and clinician meet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Modality {
    /// In the same room.
    #[default]
    InPerson,
    /// By video; the link opens in the system's browser.
    Video,
    /// By telephone.
    Phone,
}

/// The life of an appointment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppointmentStatus {
    /// Agreed.
    #[default]
    Booked,
    /// The client is here.
    CheckedIn,
    /// It took place.
    Completed,
    /// Called off; its time is free again.
    Cancelled,
    /// The client did not come.
    NoShow,
}

impl AppointmentStatus {
    /// Whether it holds its time against other bookings.
    #[must_use]
    pub const fn blocks_time(self) -> bool {
        !matches!(self, Self::Cancelled)
    }
}

/// An appointment of one client with one clinician. Whether its note is written is derived, never stored here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appointment {
    /// Its identifier.
    pub id: AppointmentId,
    /// The client.
    pub client: ClientId,
    /// The clinician.
    pub clinician: UserId,
    /// When.
    pub time: ServiceTime,
    /// What for, in the practice's words, e.g. "Individual therapy".
    pub service: String,
    /// How they meet.
    #[serde(default)]
    pub modality: Modality,
    /// Where, or free words about it.
    #[serde(default)]
    pub place: String,
    /// The https link of a video visit; empty where there is none.
    #[serde(default)]
    pub video_link: String,
    /// Where it stands.
    #[serde(default)]
    pub status: AppointmentStatus,
    /// Why it was cancelled.
    #[serde(default)]
    pub cancel_reason: String,
    /// Deliberately beside another appointment of the same clinician.
    #[serde(default)]
    pub overlap_allowed: bool,
}

/// A clinician's busy time without identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BusyBlock {
    /// Derived from the appointment, so that both ends write the same one.
    pub id: BusyBlockId,
    /// Whose time.
    pub clinician: UserId,
    /// When.
    pub time: ServiceTime,
}

impl BusyBlock {
    /// The block of an appointment.
    #[must_use]
    pub fn id_of(appointment: AppointmentId) -> BusyBlockId {
        BusyBlockId::new(derive_uuid("mentalspace busy block v1", &[appointment.uuid().as_bytes()]))
    }

    /// The key under which all blocks of one clinician on one civil day are found.
    #[must_use]
    pub fn day_key(clinician: UserId, date: NaiveDate) -> Uuid {
        derive_uuid(
            "mentalspace calendar day v1",
            &[clinician.uuid().as_bytes(), date.to_string().as_bytes()],
        )
    }
}
