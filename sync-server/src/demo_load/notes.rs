//! One note: begun, written, perhaps edited on two devices at once, signed, added to.

use super::Loaded;
use super::chart::Chart;
use super::scribe::Scribe;
use crate::demo::{DemoDivergence, DemoModality, DemoNote, DemoNoteKind, DemoNoteState, DemoRisk};
use crate::http::failure::{Failure, Outcome};
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use mentalspace_crypto::{canonical, sha256};
use mentalspace_domain::addendum::sign::SignAddendum;
use mentalspace_domain::addendum::write::WriteAddendum;
use mentalspace_domain::addendum::{Addendum, AddendumKind};
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::command::Command;
use mentalspace_domain::decision::Outcome as Became;
use mentalspace_domain::diagnosis::Diagnosis;
use mentalspace_domain::ids::{AddendumId, NoteId, SignatureId, VersionId, derive_uuid};
use mentalspace_domain::note::create::CreateNote;
use mentalspace_domain::note::edit::{Edit, NoteEdits};
use mentalspace_domain::note::patch::PatchNote;
use mentalspace_domain::note::sign::{SignNote, ready_to_sign};
use mentalspace_domain::note::{FieldKey, Note, NoteBranch, NoteFormat, NoteType, SectionKey, sections};
use mentalspace_domain::people::{Practice, SigningKeyCertificate};
use mentalspace_domain::signing::{
    Meaning, NoteVersion, RefusedSignature, STATEMENT_FORM, Signature, SignatureStatement, SignedSubmission,
    addendum_content, note_content,
};
use mentalspace_domain::world::Need;

/// Identifiers of what belongs to a note, derived from it, so that they can be asked for before they are written.
fn derived(note: NoteId, what: &str, n: usize) -> uuid::Uuid {
    derive_uuid("mentalspace demonstration v1", &[note.uuid().as_bytes(), what.as_bytes(), &n.to_be_bytes()])
}

/// What the commands over this note will ask for.
pub(super) fn needs(chart: &Chart<'_>, n: usize, note: &DemoNote) -> Vec<Need> {
    let Some(id) = chart.register.notes.get(n).copied() else { return Vec::new() };
    let (clinical, practice) = (Bucket::clinical(chart.id), Bucket::practice(chart.practice));
    let mut needs = vec![
        Need::record::<Note>(clinical, id.uuid()),
        Need::children::<NoteBranch>(clinical, id.uuid()),
        Need::children::<Addendum>(clinical, id.uuid()),
        Need::children::<NoteVersion>(clinical, id.uuid()),
        Need::record::<SigningKeyCertificate>(practice, chart.member.key_id.uuid()),
        Need::record::<Practice>(practice, chart.practice.uuid()),
    ];
    for signed in 0..=note.addenda.len() {
        let signature = derived(id, "signature", signed);
        needs.push(Need::record::<NoteVersion>(clinical, derived(id, "version", signed)));
        needs.push(Need::record::<Signature>(clinical, signature));
        needs.push(Need::record::<RefusedSignature>(clinical, signature));
        needs.push(Need::record::<Addendum>(clinical, derived(id, "addendum", signed)));
    }
    needs
}

/// Writes one note.
pub(super) async fn write(
    chart: &Chart<'_>,
    scribe: &mut Scribe<'_>,
    n: usize,
    note: &DemoNote,
    loaded: &mut Loaded,
) -> Outcome<()> {
    let id = *chart.register.notes.get(n).ok_or_else(|| Failure::internal("a note without an identifier"))?;
    let written = chart.register.at(note.service_date, note.end) + TimeDelta::minutes(10);
    let (note_type, format) = kind(note.kind);
    let create = CreateNote {
        note_id: id,
        client_id: chart.id,
        note_type,
        format,
        appointment_id: note.appointment.and_then(|visit| chart.register.appointments.get(visit.0)).copied(),
        content: content(chart, note, note_type),
    };
    scribe.write(written, Command::NoteCreate(create)).await?;
    loaded.notes += 1;
    if let Some(two) = &note.divergence {
        diverge(chart, scribe, id, two, loaded).await?;
    }
    let Some(signed) = signed_at(note.state) else { return Ok(()) };
    sign(chart, scribe, id, signed).await?;
    loaded.signed += 1;
    for (n, addendum) in (1..).zip(&note.addenda) {
        add(chart, scribe, (id, n), chart.register.instant(addendum.written_at), &addendum.text).await?;
        loaded.addenda += 1;
    }
    Ok(())
}

/// When its author signed it. A co-signature is not part of this release's records.
const fn signed_at(state: DemoNoteState) -> Option<NaiveDateTime> {
    match state {
        DemoNoteState::Draft => None,
        DemoNoteState::Signed { at }
        | DemoNoteState::AwaitingCosign { at }
        | DemoNoteState::Cosigned { at, .. } => Some(at),
    }
}

const fn kind(kind: DemoNoteKind) -> (NoteType, Option<NoteFormat>) {
    match kind {
        DemoNoteKind::Intake => (NoteType::Intake, None),
        DemoNoteKind::ProgressSoap => (NoteType::Progress, Some(NoteFormat::Soap)),
        DemoNoteKind::ProgressDap => (NoteType::Progress, Some(NoteFormat::Dap)),
        DemoNoteKind::ProgressBirp => (NoteType::Progress, Some(NoteFormat::Birp)),
        DemoNoteKind::ProgressGirp => (NoteType::Progress, Some(NoteFormat::Girp)),
        DemoNoteKind::ProgressNarrative => (NoteType::Progress, Some(NoteFormat::Narrative)),
        DemoNoteKind::Contact => (NoteType::Contact, None),
        DemoNoteKind::Cancellation => (NoteType::Missed, None),
    }
}

fn content(chart: &Chart<'_>, note: &DemoNote, note_type: NoteType) -> NoteEdits {
    let sections = note.sections.iter().filter(|section| !section.text.is_empty());
    let ids = chart.register.diagnoses.get(chart.index.0);
    NoteEdits {
        sections: sections
            .map(|section| (SectionKey::from(section.key), Edit::new("", section.text.as_str())))
            .collect(),
        fields: fields(chart, note, note_type)
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(key, value)| (FieldKey::from(key), Edit::new("", value)))
            .collect(),
        add_diagnoses: note.diagnoses.iter().filter_map(|place| ids?.get(*place).copied()).collect(),
        ..NoteEdits::default()
    }
}

fn fields(chart: &Chart<'_>, note: &DemoNote, note_type: NoteType) -> Vec<(&'static str, String)> {
    let time = |time: chrono::NaiveTime| time.format("%H:%M").to_string();
    let mut fields = vec![
        ("service_date", note.service_date.to_string()),
        ("start_time", time(note.start)),
        ("end_time", time(note.end)),
        ("zone", chart.register.zone.name().to_owned()),
        ("participants", note.participants.to_owned()),
    ];
    let modality = match note.modality {
        DemoModality::Office => "in_person",
        DemoModality::Video => "video",
        DemoModality::Phone => "phone",
    };
    fields.push(("modality", modality.to_owned()));
    match note.risk {
        DemoRisk::NotAssessed => {}
        DemoRisk::Low => fields.push(("risk_level", "low".to_owned())),
        DemoRisk::Moderate => {
            let done = "Safety plan reviewed; means and contacts gone through; next visit kept close.";
            fields.push(("risk_level", "moderate".to_owned()));
            fields.push(("risk_intervention", done.to_owned()));
            fields.push(("safety_plan_reviewed", "yes".to_owned()));
        }
    }
    if note_type == NoteType::Progress {
        let minutes = (note.end - note.start).num_minutes();
        // CPT's own spans: 16 to 37, 38 to 52, 53 minutes and more.
        let code = if minutes >= 53 {
            "90837"
        } else if minutes >= 38 {
            "90834"
        } else {
            "90832"
        };
        fields.push(("service_code", code.to_owned()));
        fields.push(("attendance", "present".to_owned()));
    }
    if note_type == NoteType::Intake {
        fields.push(("consent_recorded", "yes".to_owned()));
    }
    let session = matches!(note_type, NoteType::Progress | NoteType::Intake);
    if session && note.diagnoses.is_empty() {
        fields.push(("diagnosis_deferred_reason", "Assessment continues.".to_owned()));
    }
    for field in &note.fields {
        fields.extend(offered(field.key, &field.value));
    }
    fields
}

/// The values that a form offers, in place of the generator's words for them.
fn offered(key: &'static str, value: &str) -> Vec<(&'static str, String)> {
    let one = |value: &str| vec![(key, value.to_owned())];
    match (key, value) {
        ("contact_method", "telephone") => one("phone"),
        ("release_on_file", said) if said.starts_with("yes") => one("yes"),
        ("release_on_file", _) => {
            vec![(key, "no".to_owned()), ("legal_basis", "Spoken with the client directly.".to_owned())]
        }
        ("cancelled_by", "did not attend") => one("no_show"),
        ("fee", said) => {
            let known = ["none", "charged", "waived"];
            one(known.into_iter().find(|fee| said.starts_with(fee)).unwrap_or("none"))
        }
        (_, other) => one(other),
    }
}

/// Two devices edit one section, each without having seen the other.
async fn diverge(
    chart: &Chart<'_>,
    scribe: &mut Scribe<'_>,
    id: NoteId,
    two: &DemoDivergence,
    loaded: &mut Loaded,
) -> Outcome<()> {
    for edit in [&two.first, &two.second] {
        let device = chart.member.others.get(edit.device).copied().unwrap_or(chart.member.device);
        let sections =
            [(SectionKey::from(two.section), Edit::new(two.base.as_str(), edit.text.as_str()))].into();
        let edits = NoteEdits { sections, ..NoteEdits::default() };
        let patch = PatchNote { note_id: id, client_id: chart.id, edits };
        let at = chart.register.instant(edit.written_at);
        match scribe.write_on(device, at, Command::NotePatch(patch)).await? {
            Became::Merged { .. } => loaded.combined += 1,
            Became::Parked { .. } => loaded.parked += 1,
            _ => {}
        }
    }
    Ok(())
}

async fn sign(chart: &Chart<'_>, scribe: &mut Scribe<'_>, id: NoteId, signed: NaiveDateTime) -> Outcome<()> {
    let at = chart.register.instant(signed);
    give_late_reason(chart, scribe, id, at).await?;
    let clinical = Bucket::clinical(chart.id);
    let needs =
        [Need::record::<Note>(clinical, id.uuid()), Need::children::<Diagnosis>(clinical, chart.id.uuid())];
    let world = scribe.world(&needs).await?;
    let note = world.get::<Note>(id.uuid()).present().ok_or_else(|| Failure::internal("a note vanished"))?;
    let diagnoses = world.children::<Diagnosis>(chart.id.uuid()).present().unwrap_or_default();
    let content = note_content(note, &diagnoses, chart.practice).map_err(Failure::internal)?;
    let submission = submission(chart, (id, 0), content, at)?;
    let sign = SignNote { note_id: id, client_id: chart.id, submission };
    scribe.write(at, Command::NoteSign(sign)).await.map(drop)
}

/// A note that is signed after it was due says why.
async fn give_late_reason(
    chart: &Chart<'_>,
    scribe: &mut Scribe<'_>,
    id: NoteId,
    at: DateTime<Utc>,
) -> Outcome<()> {
    let (clinical, practice) = (Bucket::clinical(chart.id), Bucket::practice(chart.practice));
    let needs = [
        Need::record::<Note>(clinical, id.uuid()),
        Need::children::<Diagnosis>(clinical, chart.id.uuid()),
        Need::record::<Practice>(practice, chart.practice.uuid()),
    ];
    let world = scribe.world(&needs).await?;
    let note = world.get::<Note>(id.uuid()).present().ok_or_else(|| Failure::internal("a note vanished"))?;
    let diagnoses = world.children::<Diagnosis>(chart.id.uuid()).present().unwrap_or_default();
    let ctx = scribe.context(chart.member.device, at)?;
    let Err(refusal) = ready_to_sign(note, &diagnoses, &world, &ctx) else { return Ok(()) };
    if !refusal.field_errors.iter().all(|error| error.field == "late_reason") {
        // Left to the signing itself to refuse, with the whole list.
        return Ok(());
    }
    let reason = Edit::new("", "Finished after the practice's term; written from session notes of the day.");
    let edits =
        NoteEdits { fields: [(FieldKey::from("late_reason"), reason)].into(), ..NoteEdits::default() };
    let patch = PatchNote { note_id: id, client_id: chart.id, edits };
    scribe.write(at - TimeDelta::minutes(1), Command::NotePatch(patch)).await.map(drop)
}

async fn add(
    chart: &Chart<'_>,
    scribe: &mut Scribe<'_>,
    (id, n): (NoteId, usize),
    at: DateTime<Utc>,
    text: &str,
) -> Outcome<()> {
    let addendum = AddendumId::new(derived(id, "addendum", n));
    let write = WriteAddendum {
        addendum_id: addendum,
        note_id: id,
        client_id: chart.id,
        kind: AddendumKind::Addendum,
        sections: [(sections::addendum(), Edit::new("", text))].into(),
        reason: "Something was learned after the note had been signed.".to_owned(),
    };
    scribe.write(at, Command::AddendumWrite(write)).await?;
    let clinical = Bucket::clinical(chart.id);
    let needs = [
        Need::record::<Note>(clinical, id.uuid()),
        Need::record::<Addendum>(clinical, addendum.uuid()),
        Need::children::<NoteVersion>(clinical, id.uuid()),
    ];
    let world = scribe.world(&needs).await?;
    let versions = world.children::<NoteVersion>(id.uuid()).present().unwrap_or_default();
    let last = versions.into_iter().max_by_key(|version| version.version);
    let found =
        (world.get::<Addendum>(addendum.uuid()).present(), world.get::<Note>(id.uuid()).present(), last);
    let (Some(written), Some(note), Some(last)) = found else {
        return Err(Failure::internal("an addendum without its note"));
    };
    let content = addendum_content(written, note, last, chart.practice).map_err(Failure::internal)?;
    let at = at + TimeDelta::minutes(1);
    let submission = submission(chart, (id, n), content, at)?;
    let sign = SignAddendum { addendum_id: addendum, note_id: id, client_id: chart.id, submission };
    scribe.write(at, Command::AddendumSign(sign)).await.map(drop)
}

/// What the author's device sends when she signs.
fn submission(
    chart: &Chart<'_>,
    (note, n): (NoteId, usize),
    content: String,
    at: DateTime<Utc>,
) -> Outcome<SignedSubmission> {
    let member = chart.member;
    let statement = SignatureStatement {
        form: STATEMENT_FORM.to_owned(),
        version: VersionId::new(derived(note, "version", n)),
        content_hash: sha256(content.as_bytes()),
        signer: member.user.id,
        printed_name: member.user.display_name.clone(),
        credential: member.user.credential.clone(),
        meaning: Meaning::Author,
        signed_at: at,
        zone: chart.register.zone,
        device: member.device,
        key: member.key_id,
    };
    let bytes = canonical::to_vec(&statement).map_err(Failure::internal)?;
    let signature = member.key.sign(&bytes).map_err(Failure::internal)?.to_hex();
    Ok(SignedSubmission {
        signature_id: SignatureId::new(derived(note, "signature", n)),
        content,
        statement,
        signature,
    })
}
