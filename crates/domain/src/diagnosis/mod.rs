//! Diagnoses on the chart: a list of starts and ends, never an overwrite.

pub mod add;
pub mod end;

use crate::ids::{ClientId, DiagnosisId, UserId};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// A diagnosis on a client's chart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// Its identifier.
    pub id: DiagnosisId,
    /// The client.
    pub client: ClientId,
    /// ICD-10-CM code with its dot, e.g. `F41.1`.
    pub code: String,
    /// The classification's own description (US Government text).
    pub description: String,
    /// 1 for primary.
    #[serde(default)]
    pub rank: u8,
    /// Who recorded it.
    pub recorded_by: UserId,
    /// From which civil date it stands.
    pub noted_on: NaiveDate,
    /// Until which civil date it stood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_on: Option<NaiveDate>,
}
