//! Who treats whom: dated assignments of clinicians to clients.

pub mod assign;
pub mod unassign;

use crate::ids::{AssignmentId, ClientId, UserId};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Why a clinician has the client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssignmentReason {
    /// Treating clinician.
    #[default]
    Treating,
    /// Covering for a colleague.
    Covering,
}

/// A clinician treats a client from one civil date to another. Its grants live and die with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// Its identifier.
    pub id: AssignmentId,
    /// The client.
    pub client: ClientId,
    /// The clinician.
    pub clinician: UserId,
    /// Why.
    #[serde(default)]
    pub reason: AssignmentReason,
    /// First day, in the practice's zone.
    pub from: NaiveDate,
    /// Last day, in the practice's zone; open when absent. Whoever covers an absence has a last day from the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
    /// Set once ended; an ended assignment grants nothing from that moment on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_on: Option<NaiveDate>,
}

impl Assignment {
    /// Whether the clinician is on the case on `day`. An ended assignment gives nothing, from the moment on which it was
    /// ended and whatever its last day says.
    #[must_use]
    pub fn covers(&self, day: NaiveDate) -> bool {
        self.ended_on.is_none() && self.from <= day && self.until.is_none_or(|until| day <= until)
    }
}
