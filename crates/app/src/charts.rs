//! Reading: a chart, and a note in full.

use crate::addenda::addendum_view;
use crate::api::ApiError;
use crate::api::input::ClientInput;
use crate::api::view::{
    AssignmentView, ChartView, ChoiceView, ContactView, DiagnosisView, FieldView, InsuranceView, MayView,
    NoteView, ReplacedView, SectionView,
};
use crate::conflicts::{branch_view, combined_view, open_branches};
use crate::desktop::{Desktop, Open};
use crate::people::Names;
use crate::standing::{finding_view, findings, is_ready, row, title, today};
use crate::{appointments, civil, clients, notes, signing, status};
use mentalspace_crypto::digest::sha256_of_parts;
use mentalspace_domain::addendum::Addendum;
use mentalspace_domain::appointment::Appointment;
use mentalspace_domain::bucket::{Bucket, BucketKind};
use mentalspace_domain::caseload::{Assignment, AssignmentReason};
use mentalspace_domain::client::Client;
use mentalspace_domain::diagnosis::Diagnosis;
use mentalspace_domain::ids::ClientId;
use mentalspace_domain::note::completeness::{Level, RULES};
use mentalspace_domain::note::sections::{self, FieldKind, section_label, section_spec};
use mentalspace_domain::note::{FieldKey, Note, NoteState, SectionKey};
use mentalspace_domain::policy::{Action, permits};
use mentalspace_domain::signing::{Meaning, RefusedSignature, SignedContent};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

pub(crate) fn client_id(text: &str) -> Result<ClientId, ApiError> {
    text.parse().map_err(|_| ApiError::not_found("This client"))
}

pub(crate) async fn chart(desktop: &Desktop, input: ClientInput) -> Result<ChartView, ApiError> {
    let open = desktop.open()?;
    let id = client_id(&input.client_id)?;
    let client = open.store.get::<Client>(id.uuid())?.ok_or_else(|| ApiError::not_found("This client"))?;
    let names = Names::load(&open)?;
    let ctx = open
        .store
        .context(mentalspace_domain::ids::CommandId::new(desktop.edge.id()?), desktop.edge.now())?;
    let may = |bucket: Bucket, action| ctx.holds(bucket) && permits(&ctx, bucket.kind, action);

    let day = today(desktop, &names);
    let mut charts = HashMap::new();
    let mut all_notes = open.store.children::<Note>(id.uuid())?;
    all_notes.sort_by_key(|note| {
        Reverse((note.service_date(), note.field_named("start_time").to_owned(), note.created_at))
    });
    let mut note_rows = Vec::new();
    for note in &all_notes {
        let ready = is_ready(desktop, &open, &names, note, &mut charts)?;
        note_rows.push(row(desktop, &open, &names, note, ready)?);
    }
    let mut booked = open.store.children::<Appointment>(id.uuid())?;
    booked.sort_by_key(|appointment| Reverse((appointment.time.date, appointment.time.start)));
    let by_appointment = appointments::notes_by_appointment(&all_notes);
    let appointments = booked
        .iter()
        .map(|appointment| {
            appointments::view(desktop, &open, &names, appointment, &by_appointment, &mut charts)
        })
        .collect::<Result<_, _>>()?;
    let mut diagnoses = open.store.children::<Diagnosis>(id.uuid())?;
    diagnoses
        .sort_by_key(|diagnosis| (diagnosis.ended_on.is_some(), diagnosis.rank, Reverse(diagnosis.noted_on)));
    let mut assignments = open.store.children::<Assignment>(id.uuid())?;
    assignments.sort_by_key(|assignment| (assignment.ended_on.is_some(), Reverse(assignment.from)));
    let clinical = Bucket::clinical(id).id(names.identity.practice.id);
    let clinical = open.store.bucket_status(clinical)?.unwrap_or_else(|| "not_held".to_owned());
    let status = status::view(desktop, &open, false)?;
    Ok(ChartView {
        client: clients::client_row(
            desktop,
            &open,
            &names,
            &client,
            &clients::CaseloadFacts::load(&open, day)?,
        ),
        facts: client
            .facts
            .iter()
            .map(|(field, value)| (clients::field_word(*field), value.clone()))
            .collect(),
        contacts: client
            .contacts
            .iter()
            .map(|contact| ContactView {
                id: contact.id.to_string(),
                name: contact.name.clone(),
                relationship: contact.relationship.clone(),
                phone: contact.phone.clone(),
                email: contact.email.clone(),
                emergency: contact.emergency,
                guardian: contact.guardian,
            })
            .collect(),
        insurance: client
            .insurance
            .iter()
            .map(|policy| InsuranceView {
                id: policy.id.to_string(),
                payer: policy.payer.clone(),
                member_id: policy.member_id.clone(),
                group_number: policy.group_number.clone(),
                policy_holder: policy.policy_holder.clone(),
                rank: policy.rank,
            })
            .collect(),
        replaced: client
            .replaced
            .iter()
            .rev()
            .map(|replaced| ReplacedView {
                field: clients::field_word(replaced.field),
                value: replaced.value.clone(),
                by: names.user(replaced.by),
                at: replaced.at.to_rfc3339(),
                unseen: replaced.unseen,
            })
            .collect(),
        merged_into: client.merged_into.map(|id| id.to_string()),
        diagnoses: diagnoses.iter().map(diagnosis_view).collect(),
        appointments,
        notes: note_rows,
        assignments: assignments
            .iter()
            .map(|assignment| AssignmentView {
                assignment_id: assignment.id.to_string(),
                clinician_id: assignment.clinician.to_string(),
                clinician_name: names.user(assignment.clinician),
                reason: match assignment.reason {
                    AssignmentReason::Treating => "treating",
                    AssignmentReason::Covering => "covering",
                }
                .to_owned(),
                from: assignment.from.to_string(),
                until: assignment.until.map(|day| day.to_string()),
                is_over: assignment.ended_on.is_some() || assignment.until.is_some_and(|until| until < day),
                ended_on: assignment.ended_on.map(|day| day.to_string()),
            })
            .collect(),
        clinical,
        as_of: status.last_sync_civil,
        may: MayView {
            edit: may(Bucket::admin(id), Action::EditClient),
            schedule: may(Bucket::admin(id), Action::Schedule),
            assign: may(Bucket::admin(id), Action::Assign),
            write: may(Bucket::clinical(id), Action::WriteNote)
                && permits(&ctx, BucketKind::ClientClinical, Action::WriteNote),
            diagnose: may(Bucket::clinical(id), Action::Diagnose),
        },
    })
}

pub(crate) fn diagnosis_view(diagnosis: &Diagnosis) -> DiagnosisView {
    DiagnosisView {
        diagnosis_id: diagnosis.id.to_string(),
        code: diagnosis.code.clone(),
        description: diagnosis.description.clone(),
        rank: diagnosis.rank,
        noted_on: diagnosis.noted_on.to_string(),
        ended_on: diagnosis.ended_on.map(|day| day.to_string()),
    }
}

/// The diagnoses that a note names: as they stand on the chart, or, once it is signed, as they stood then.
pub(crate) fn note_diagnoses(
    note: &Note,
    signed: Option<&SignedContent>,
    chart: &[Diagnosis],
) -> Vec<DiagnosisView> {
    let on_chart = |id| chart.iter().find(|diagnosis| diagnosis.id == id);
    let Some(content) = signed else {
        return note.diagnoses.iter().filter_map(|id| on_chart(*id)).map(diagnosis_view).collect();
    };
    content
        .diagnoses
        .iter()
        .map(|signed| DiagnosisView {
            diagnosis_id: signed.id.to_string(),
            code: signed.code.clone(),
            description: signed.description.clone(),
            rank: on_chart(signed.id).map_or(0, |diagnosis| diagnosis.rank),
            noted_on: on_chart(signed.id).map(|diagnosis| diagnosis.noted_on.to_string()).unwrap_or_default(),
            ended_on: on_chart(signed.id).and_then(|diagnosis| diagnosis.ended_on).map(|day| day.to_string()),
        })
        .collect()
}

/// A note in full.
pub(crate) fn note_view(
    desktop: &Desktop,
    open: &Open,
    names: &Names,
    note: &Note,
) -> Result<NoteView, ApiError> {
    let signed = signing::note_as_signed(open, note)?;
    let (note, content) = signed.as_ref().map_or((note, None), |(note, content)| (note, Some(content)));
    let chart = open.store.children::<Diagnosis>(note.client.uuid())?;
    let on_chart: Vec<&Diagnosis> = chart.iter().collect();
    let found = if note.is_draft() { findings(desktop, names, note, &on_chart) } else { Vec::new() };
    let ready = found.iter().all(|finding| finding.level != Level::Block);
    let is_mine = note.author == names.me();
    let mut addenda = open.store.children::<Addendum>(note.id.uuid())?;
    addenda.sort_by_key(|addendum| addendum.asserted_at);
    let appointment = note
        .appointment
        .map(|id| open.store.get::<Appointment>(id.uuid()))
        .transpose()?
        .flatten()
        .map(|appointment| {
            let by_appointment = appointments::notes_by_appointment(std::slice::from_ref(note));
            appointments::view(desktop, open, names, &appointment, &by_appointment, &mut HashMap::new())
        })
        .transpose()?;
    Ok(NoteView {
        row: row(desktop, open, names, note, ready)?,
        revision: note.revision,
        sections: section_views(open, names, note)?,
        fields: field_views(note),
        diagnoses: note_diagnoses(note, content, &chart),
        chart_diagnoses: chart
            .iter()
            .filter(|diagnosis| diagnosis.ended_on.is_none())
            .map(diagnosis_view)
            .collect(),
        findings: found.iter().map(finding_view).collect(),
        rules: u32::try_from(RULES.iter().filter(|rule| rule.applies(note.note_type, note.format)).count())
            .unwrap_or(u32::MAX),
        branches: open_branches(open, note)?
            .iter()
            .map(|branch| branch_view(open, names, note, branch))
            .collect::<Result<_, _>>()?,
        signature: signing::note_signature(open, names, note)?,
        addenda: addenda
            .iter()
            .map(|addendum| addendum_view(open, names, note, addendum))
            .collect::<Result<_, _>>()?,
        addendum_statement: signing::statement(Meaning::Addendum).to_owned(),
        refused_signatures: open
            .store
            .children::<RefusedSignature>(note.id.uuid())?
            .iter()
            .map(|refused| refused_words(refused, note, names.identity.practice.zone))
            .collect(),
        void_reason: match &note.state {
            NoteState::Voided { reason, .. } => Some(reason.clone()),
            _ => None,
        },
        appointment,
        previous_note_id: notes::previous(open, names, note)?.map(|id| id.to_string()),
        is_editable: is_mine && note.is_draft(),
        text_hash: text_hash(note),
    })
}

/// What a person has to know of a signature that was refused, and do, where it is still to be done.
fn refused_words(refused: &RefusedSignature, note: &Note, zone: chrono_tz::Tz) -> String {
    let why = match refused.code.as_str() {
        "content_changed" => "the note had changed on another device",
        "already_signed" => "the note had been signed already",
        "open_conflict" => "texts of two devices were not settled yet",
        "unconfirmed" => "combined text was not confirmed yet",
        "incomplete" => "something that a signature requires was missing",
        "voided" => "the note had been entered in error",
        "bad_signature" => "the signature did not verify",
        _ => "the practice's rules did not allow it",
    };
    let next = if note.is_draft() { " Read the note as it stands now and sign it again." } else { "" };
    let signed = civil::on_clock(refused.signature.statement.signed_at, zone);
    format!("The signature of {signed} was not accepted: {why}. What was signed is kept.{next}")
}

fn section_views(open: &Open, names: &Names, note: &Note) -> Result<Vec<SectionView>, ApiError> {
    let listed: Vec<SectionKey> = sections::sections(note.note_type, note.format)
        .into_iter()
        .map(sections::SectionSpec::section_key)
        .collect();
    // Words in a section that this format does not list, or that a later release made, are shown all the same.
    let further = note.sections.keys().filter(|key| !listed.contains(key)).cloned();
    listed
        .iter()
        .cloned()
        .chain(further)
        .map(|key| {
            let pulled_from = note
                .pulled_forward
                .get(&key)
                .map(|from| open.store.get::<Note>(from.uuid()))
                .transpose()?
                .flatten()
                .filter(|from| from.section(&key) == note.section(&key))
                .map(|from| format!("{}, {}", title(&from), from.field_named("service_date")));
            Ok(SectionView {
                text: note.section(&key).to_owned(),
                combined: note.combined.get(&key).map(|combined| combined_view(names, combined)),
                pulled_from,
                ..empty_section(&key)
            })
        })
        .collect()
}

pub(crate) fn empty_section(key: &SectionKey) -> SectionView {
    SectionView {
        key: key.to_string(),
        label: section_label(key).to_owned(),
        hint: section_spec(key.as_str()).map_or("", |spec| spec.hint).to_owned(),
        text: String::new(),
        pulled_from: None,
        combined: None,
    }
}

fn field_views(note: &Note) -> Vec<FieldView> {
    sections::fields(note.note_type)
        .into_iter()
        .map(|spec| FieldView {
            key: spec.key.to_owned(),
            label: spec.label.to_owned(),
            kind: match spec.kind {
                FieldKind::Text => "text",
                FieldKind::Date => "date",
                FieldKind::Time => "time",
                FieldKind::Zone => "zone",
                FieldKind::Choice => "choice",
                FieldKind::YesNo => "yes_no",
            }
            .to_owned(),
            value: note.field(&FieldKey::from(spec.key)).to_owned(),
            choices: spec
                .values
                .unwrap_or_default()
                .iter()
                .map(|choice| ChoiceView { value: choice.value.to_owned(), label: choice.label.to_owned() })
                .collect(),
        })
        .collect()
}

fn text_hash(note: &Note) -> String {
    let all: BTreeMap<String, &String> = note
        .sections
        .iter()
        .map(|(key, text)| (format!("s {key}"), text))
        .chain(note.fields.iter().map(|(key, value)| (format!("f {key}"), value)))
        .collect();
    let parts: Vec<u8> =
        all.iter().flat_map(|(key, text)| [key.as_bytes(), b"\0", text.as_bytes(), b"\0"].concat()).collect();
    sha256_of_parts(&[&parts]).to_hex()
}
