//! What a therapist writes: a note of eight pauses of typing, signed at the end, then the next; an appointment now and
//! then.

use super::device::{Device, MARK};
use super::ledger::Ledger;
use super::people::{Chart, Pen};
use super::said;
use chrono::{DateTime, Days, NaiveTime, Utc};
use mentalspace_crypto::canonical;
use mentalspace_crypto::digest::sha256;
use mentalspace_domain::appointment::book::BookAppointment;
use mentalspace_domain::appointment::{Modality, ServiceTime};
use mentalspace_domain::command::{Command, CommandEnvelope};
use mentalspace_domain::diagnosis::Diagnosis;
use mentalspace_domain::ids::{AppointmentId, CommandId, NoteId, PracticeId, SignatureId, VersionId};
use mentalspace_domain::note::create::CreateNote;
use mentalspace_domain::note::edit::{Edit, NoteEdits};
use mentalspace_domain::note::patch::PatchNote;
use mentalspace_domain::note::sign::SignNote;
use mentalspace_domain::note::{FieldKey, Note, NoteFormat, NoteType, SectionKey};
use mentalspace_domain::people::User;
use mentalspace_domain::signing::{self, Meaning, STATEMENT_FORM, SignatureStatement, SignedSubmission};
use mentalspace_protocol::push::PushedCommand;
use mentalspace_server::clock::{Clock as _, SystemClock};
use mentalspace_testkit::failure::Outcome;
use std::collections::HashMap;
use uuid::Uuid;

/// Pauses of typing until a note is signed.
const PAUSES: u32 = 8;
/// Notes between two bookings.
const BETWEEN_BOOKINGS: u32 = 2;
const ZONE: chrono_tz::Tz = chrono_tz::Tz::America__New_York;
const SENTENCE: &str =
    "Client reports a calmer week, slept about six hours, and used the breathing exercise twice. ";
/// What a note needs beside its narrative before it may be signed, by section and by field.
const SECTIONS: [(&str, &str); 6] = [
    ("interventions", "Behavioral activation and sleep scheduling were reviewed in session."),
    ("client_response", "She named two small steps and rated them as likely."),
    ("goals_addressed", "Sleep and daily activity."),
    ("risk", "Denies suicidal and homicidal ideation, plan and intent."),
    ("next_session", "In one week."),
    ("mental_status_brief", "Alert, oriented, mood low."),
];
const FIELDS: [(&str, &str); 7] = [
    ("start_time", "09:00"),
    ("end_time", "09:50"),
    ("zone", "America/New_York"),
    ("modality", "in_person"),
    ("risk_level", "low"),
    ("attendance", "attended"),
    ("late_reason", "Written after the deadline for this measurement."),
];

/// A note that is being written.
#[derive(Debug)]
struct Draft {
    note: NoteId,
    chart: Chart,
    narrative: String,
    pauses: u32,
}

/// Somebody who writes.
#[derive(Debug)]
pub(super) struct Writer {
    pen: Pen,
    user: User,
    next: i64,
    draft: Option<Draft>,
    notes: u32,
    /// The number of the newest words of each note.
    pub(super) written: HashMap<NoteId, u32>,
    /// Signatures handed over.
    pub(super) signed: u64,
}

impl Writer {
    pub(super) fn new(pen: Pen, user: User, next: i64) -> Self {
        Self { pen, user, next, draft: None, notes: 0, written: HashMap::new(), signed: 0 }
    }

    /// The number that the next command would have.
    pub(super) const fn next(&self) -> i64 {
        self.next
    }

    /// One pause of typing: what it makes goes behind what waits on the device.
    pub(super) fn pause(&mut self, device: &mut Device, ledger: &Ledger) -> Outcome<()> {
        let now = SystemClock.now();
        let commands = match self.draft.take() {
            Some(draft) if draft.pauses >= PAUSES && has_everything(device, &draft) => {
                self.signed += 1;
                vec![self.sign(device, &draft, now)?]
            }
            Some(draft) => vec![self.type_on(device, draft, ledger)],
            None => self.begin(device, now, ledger),
        };
        for command in commands {
            let id = CommandId::new(random(device));
            let envelope = CommandEnvelope { id, asserted_at: now, depends_on: Vec::new(), command };
            device.pending.push(PushedCommand { seq: self.next, envelope, before: None });
            self.next += 1;
        }
        Ok(())
    }

    fn begin(&mut self, device: &mut Device, now: DateTime<Utc>, ledger: &Ledger) -> Vec<Command> {
        let charts = &self.pen.charts;
        let Some(chart) = charts.get(self.notes as usize % charts.len().max(1)).copied() else {
            return Vec::new();
        };
        let note = NoteId::new(random(device));
        self.notes += 1;
        let narrative = format!("{SENTENCE}{MARK}1");
        let mut sections: std::collections::BTreeMap<_, _> =
            SECTIONS.iter().map(|(key, text)| (SectionKey::new(*key), Edit::new("", *text))).collect();
        sections.insert(SectionKey::new("narrative"), Edit::new("", narrative.as_str()));
        let mut fields: std::collections::BTreeMap<_, _> =
            FIELDS.iter().map(|(key, value)| (FieldKey::new(*key), Edit::new("", *value))).collect();
        let yesterday = now.with_timezone(&ZONE).date_naive() - Days::new(1);
        fields.insert(FieldKey::new("service_date"), Edit::new("", yesterday.to_string()));
        let content =
            NoteEdits { sections, fields, add_diagnoses: vec![chart.diagnosis], ..NoteEdits::default() };
        ledger.wrote(note, 1, device.id);
        self.written.insert(note, 1);
        self.draft = Some(Draft { note, chart, narrative, pauses: 1 });
        let mut commands = vec![Command::NoteCreate(CreateNote {
            note_id: note,
            client_id: chart.client,
            note_type: NoteType::Progress,
            format: Some(NoteFormat::Narrative),
            appointment_id: None,
            content,
        })];
        if self.notes.is_multiple_of(BETWEEN_BOOKINGS) {
            commands.push(self.book(device, chart, now));
        }
        commands
    }

    fn type_on(&mut self, device: &Device, mut draft: Draft, ledger: &Ledger) -> Command {
        let from = draft.narrative.clone();
        draft.pauses += 1;
        draft.narrative = format!("{from} {SENTENCE}{MARK}{}", draft.pauses);
        ledger.wrote(draft.note, draft.pauses, device.id);
        self.written.insert(draft.note, draft.pauses);
        let edit = Edit::new(from, draft.narrative.as_str());
        let sections = [(SectionKey::new("narrative"), edit)].into();
        let (note_id, client_id) = (draft.note, draft.chart.client);
        self.draft = Some(draft);
        Command::NotePatch(PatchNote {
            note_id,
            client_id,
            edits: NoteEdits { sections, ..NoteEdits::default() },
        })
    }

    /// At a time of its own: nobody of the load books what another has.
    fn book(&self, device: &mut Device, chart: Chart, now: DateTime<Utc>) -> Command {
        let time = |minute: u32| NaiveTime::from_hms_opt(8 + self.notes % 10, minute, 0).unwrap_or_default();
        Command::AppointmentBook(BookAppointment {
            appointment_id: AppointmentId::new(random(device)),
            client_id: chart.client,
            clinician: self.user.id,
            time: ServiceTime {
                date: now.with_timezone(&ZONE).date_naive() + Days::new(1 + u64::from(self.notes / 10)),
                start: time(0),
                end: time(50),
                zone: ZONE,
            },
            service: "Individual therapy".to_owned(),
            modality: Modality::InPerson,
            place: String::new(),
            video_link: String::new(),
            overlap_allowed: false,
        })
    }

    fn sign(&self, device: &mut Device, draft: &Draft, now: DateTime<Utc>) -> Outcome<Command> {
        let (note, chart) = on_device(device, draft).ok_or_else(|| said("a note to sign is not here"))?;
        let practice: PracticeId = device.practice;
        let content = signing::note_content(&note, &[&chart], practice).map_err(said)?;
        let statement = SignatureStatement {
            form: STATEMENT_FORM.to_owned(),
            version: VersionId::new(random(device)),
            content_hash: sha256(content.as_bytes()),
            signer: self.user.id,
            printed_name: self.user.display_name.clone(),
            credential: self.user.credential.clone(),
            meaning: Meaning::Author,
            signed_at: now,
            zone: ZONE,
            device: device.id,
            key: self.pen.key_id,
        };
        let bytes = canonical::to_vec(&statement).map_err(said)?;
        let signature = self.pen.key.sign(&bytes).map_err(said)?.to_string();
        let submission = SignedSubmission {
            signature_id: SignatureId::new(random(device)),
            content,
            statement,
            signature,
        };
        Ok(Command::NoteSign(SignNote { note_id: note.id, client_id: note.client, submission }))
    }
}

/// An identifier from the device's own chance: the same in every run, and of no other device or run of a practice.
fn random(device: &mut Device) -> Uuid {
    let (high, low) = (u128::from(device.dice.next()), u128::from(device.dice.next()));
    let salt = device.id.uuid().as_u128();
    uuid::Builder::from_random_bytes(((high << 64 | low) ^ salt).to_be_bytes()).into_uuid()
}

fn on_device(device: &Device, draft: &Draft) -> Option<(Note, Diagnosis)> {
    let (_, words) = device.notes.get(&draft.note)?;
    let diagnosis = device.diagnoses.get(&draft.chart.diagnosis.uuid())?;
    Some((serde_json::from_str(words).ok()?, serde_json::from_str(diagnosis).ok()?))
}

/// Whether the newest words have come back from the server: what is signed is what stands there.
fn has_everything(device: &Device, draft: &Draft) -> bool {
    device.pending.is_empty()
        && device.notes.get(&draft.note).is_some_and(|(number, _)| *number == draft.pauses)
        && on_device(device, draft).is_some()
}
