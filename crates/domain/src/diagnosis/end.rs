//! `diagnosis.end`: ends a diagnosis on the chart. It stays there with its last day.

use super::Diagnosis;
use super::add::future_error;
use crate::bucket::Bucket;
use crate::context::Context;
use crate::decision::{Change, Decision, FieldError, Refusal, RefusalCode, Verdict};
use crate::ids::{ClientId, DiagnosisId};
use crate::policy::{self, Action};
use crate::world::{Lookup, Need, World};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// End a diagnosis on the chart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndDiagnosis {
    /// The entry on the chart.
    pub diagnosis_id: DiagnosisId,
    /// The client.
    pub client_id: ClientId,
    /// Until which civil date it stood; today or earlier, not before it began.
    pub ended_on: NaiveDate,
}

/// The diagnosis.
pub fn needs(input: &EndDiagnosis, _ctx: &Context) -> Vec<Need> {
    vec![Need::record::<Diagnosis>(Bucket::clinical(input.client_id), input.diagnosis_id.uuid())]
}

/// Decides. An end that stands is not overwritten by a second one.
///
/// # Errors
/// `NotAllowed`, `NotFound`, `Invalid` with a field error.
pub fn decide(input: &EndDiagnosis, world: &World, ctx: &Context) -> Verdict {
    let clinical = Bucket::clinical(input.client_id);
    policy::authorise(ctx, clinical, Action::Diagnose)?;
    let standing = match world.get::<Diagnosis>(input.diagnosis_id.uuid()) {
        Lookup::Present(diagnosis) if diagnosis.client == input.client_id => diagnosis,
        _ => {
            return Err(Refusal::new(
                RefusalCode::NotFound,
                "This diagnosis is not on the chart here. Nothing was changed. Sync this device and try again.",
            ));
        }
    };
    if standing.ended_on.is_some() {
        return Ok(Decision::noop("This diagnosis has been ended already."));
    }
    let before_start = (input.ended_on < standing.noted_on).then(|| FieldError {
        field: "ended_on".to_owned(),
        message: "The last day lies before the first. Enter the day until which the diagnosis stood."
            .to_owned(),
    });
    if let Some(error) = before_start.or_else(|| future_error("ended_on", input.ended_on, ctx.today())) {
        return Err(Refusal::new(RefusalCode::Invalid, "The diagnosis was not ended and is as it was.")
            .with_fields(vec![error]));
    }
    let mut ended = standing.clone();
    ended.ended_on = Some(input.ended_on);
    Ok(Decision::applied(vec![Change::put(clinical, ended)]))
}
