//! Diagnoses on the chart, and the classification they come from.

use crate::api::ApiError;
use crate::api::input::{DiagnosisAddInput, DiagnosisEndInput, SearchInput};
use crate::api::view::{ChangeView, CodeRow};
use crate::charts::client_id;
use crate::civil;
use crate::desktop::Desktop;
use crate::submit::submit;
use mentalspace_domain::command::Command;
use mentalspace_domain::diagnosis::Diagnosis;
use mentalspace_domain::diagnosis::add::AddDiagnosis;
use mentalspace_domain::diagnosis::end::EndDiagnosis;
use mentalspace_domain::ids::DiagnosisId;

/// Billable codes of mental and behavioural health (chapter F, and the Z and R codes beside it) of ICD-10-CM, release
/// April 2026: a United States Government publication. Code, a tab, description. See docs/decisions/0012.
const CODES: &str = include_str!("../data/icd10cm_behavioral.tsv");

pub(crate) async fn add(desktop: &Desktop, input: DiagnosisAddInput) -> Result<ChangeView, ApiError> {
    let open = desktop.open()?;
    let identity = open.store.identity()?;
    let today = desktop.edge.now().with_timezone(&identity.practice.zone).date_naive();
    let diagnosis_id = DiagnosisId::new(desktop.edge.id()?);
    let description = if input.description.is_empty() {
        let code = input.code.trim().to_uppercase();
        all().find(|(known, _)| *known == code).map_or("", |(_, text)| text).to_owned()
    } else {
        input.description
    };
    let command = Command::DiagnosisAdd(AddDiagnosis {
        diagnosis_id,
        client_id: client_id(&input.client_id)?,
        code: input.code,
        description,
        rank: input.rank,
        noted_on: input.noted_on.as_deref().map_or(Ok(today), civil::date)?,
    });
    submit(desktop, &open, diagnosis_id.uuid(), command)
}

pub(crate) async fn end(desktop: &Desktop, input: DiagnosisEndInput) -> Result<ChangeView, ApiError> {
    let open = desktop.open()?;
    let identity = open.store.identity()?;
    let today = desktop.edge.now().with_timezone(&identity.practice.zone).date_naive();
    let id: DiagnosisId = input.diagnosis_id.parse().map_err(|_| ApiError::not_found("This diagnosis"))?;
    let diagnosis =
        open.store.get::<Diagnosis>(id.uuid())?.ok_or_else(|| ApiError::not_found("This diagnosis"))?;
    let command = Command::DiagnosisEnd(EndDiagnosis {
        diagnosis_id: id,
        client_id: diagnosis.client,
        ended_on: input.ended_on.as_deref().map_or(Ok(today), civil::date)?,
    });
    submit(desktop, &open, id.uuid(), command)
}

pub(crate) async fn codes(_: &Desktop, input: SearchInput) -> Result<Vec<CodeRow>, ApiError> {
    let sought = input.query.to_lowercase();
    let words: Vec<&str> = sought.split_whitespace().collect();
    let limit = input.limit.unwrap_or(20).min(200) as usize;
    let mut rows: Vec<(bool, CodeRow)> = all()
        .filter(|(code, text)| {
            let (code, text) = (code.to_lowercase(), text.to_lowercase());
            words.iter().all(|word| code.starts_with(word) || text.contains(word))
        })
        .map(|(code, text)| {
            let by_code = words.iter().any(|word| code.to_lowercase().starts_with(word));
            (!by_code, CodeRow { code: code.to_owned(), description: text.to_owned() })
        })
        .collect();
    rows.sort_by(|a, b| {
        (a.0, a.1.description.len(), &a.1.code).cmp(&(b.0, b.1.description.len(), &b.1.code))
    });
    rows.truncate(limit);
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    CODES.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t'))
}
