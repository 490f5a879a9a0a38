//! `diagnosis.add`: puts a diagnosis on the chart.

use super::Diagnosis;
use crate::bucket::Bucket;
use crate::context::Context;
use crate::decision::{Change, Decision, FieldError, Refusal, RefusalCode, Verdict};
use crate::ids::{ClientId, DiagnosisId};
use crate::policy::{self, Action};
use crate::world::{Lookup, Need, World};
use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

/// Put a diagnosis on the chart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddDiagnosis {
    /// The new entry, made on the device.
    pub diagnosis_id: DiagnosisId,
    /// The client.
    pub client_id: ClientId,
    /// ICD-10-CM code with its dot, e.g. `F41.1`.
    pub code: String,
    /// The classification's own description.
    pub description: String,
    /// 1 for primary.
    #[serde(default)]
    pub rank: u8,
    /// From which civil date it stands; today or earlier.
    pub noted_on: NaiveDate,
}

/// The client's diagnoses.
pub fn needs(input: &AddDiagnosis, _ctx: &Context) -> Vec<Need> {
    vec![Need::children::<Diagnosis>(Bucket::clinical(input.client_id), input.client_id.uuid())]
}

/// Decides. Provisional where this end does not hold the chart.
///
/// # Errors
/// `NotAllowed`, `Invalid` with field errors, `WrongState` when the entry exists as another diagnosis.
pub fn decide(input: &AddDiagnosis, world: &World, ctx: &Context) -> Verdict {
    let clinical = Bucket::clinical(input.client_id);
    policy::authorise(ctx, clinical, Action::Diagnose)?;
    let code = input.code.trim().to_ascii_uppercase();
    let errors = input_errors(&code, input.noted_on, ctx.today());
    if !errors.is_empty() {
        return Err(Refusal::new(
            RefusalCode::Invalid,
            "The diagnosis was not added; the chart is as it was. Correct the marked fields.",
        )
        .with_fields(errors));
    }
    let chart = world.children::<Diagnosis>(input.client_id.uuid());
    let unseen = chart == Lookup::NotHeld;
    for other in chart.present().unwrap_or_default() {
        if other.code == code && other.ended_on.is_none() {
            return Ok(Decision::noop("This diagnosis is on the chart already."));
        }
        if other.id == input.diagnosis_id {
            return Err(Refusal::new(
                RefusalCode::WrongState,
                "This entry of the chart exists already and has moved on. Nothing was changed. Add a new entry.",
            ));
        }
    }
    let diagnosis = Diagnosis {
        id: input.diagnosis_id,
        client: input.client_id,
        code,
        description: input.description.clone(),
        rank: input.rank,
        recorded_by: ctx.actor.user,
        noted_on: input.noted_on,
        ended_on: None,
    };
    Ok(Decision::applied(vec![Change::put(clinical, diagnosis)]).provisional_if(unseen))
}

/// Whether the text has the shape of an ICD-10-CM code: a letter, a digit, a letter or digit, then nothing or a dot
/// and one to four letters or digits. Whether the code exists is the code list's to say, which is dated.
#[must_use]
pub fn has_code_shape(code: &str) -> bool {
    let (category, rest) = match code.split_once('.') {
        Some((category, rest)) => (category, Some(rest)),
        None => (code, None),
    };
    let upper = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let category_fits = match category.as_bytes() {
        [letter, digit, third] => letter.is_ascii_uppercase() && digit.is_ascii_digit() && upper(third),
        _ => false,
    };
    category_fits
        && rest.is_none_or(|rest| (1..=4).contains(&rest.len()) && rest.as_bytes().iter().all(upper))
}

fn input_errors(code: &str, noted_on: NaiveDate, today: NaiveDate) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if !has_code_shape(code) {
        errors.push(FieldError {
            field: "code".to_owned(),
            message: "This is not the form of an ICD-10-CM code. Write it with its dot, for example F41.1."
                .to_owned(),
        });
    }
    errors.extend(future_error("noted_on", noted_on, today));
    errors
}

/// What is wrong with a date of the chart that lies in the future. One day of grace for a device east of the
/// practice.
pub(super) fn future_error(field: &str, date: NaiveDate, today: NaiveDate) -> Option<FieldError> {
    (date > today + Days::new(1)).then(|| FieldError {
        field: field.to_owned(),
        message: "This date lies in the future. Enter today or an earlier day.".to_owned(),
    })
}
