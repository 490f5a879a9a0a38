//! One example of every command, and a chart in which each of them takes effect when its sender may do what it asks.

use crate::completeness::{chart, whole};
use crate::practice::{
    Kept, applied, appointment, as_rivera, assignment, client, client_id, day, instant, osei,
    other_client_id, practice, practice_id, rivera, span, uuid,
};
use mentalspace_crypto::canonical;
use mentalspace_crypto::digest::sha256;
use mentalspace_crypto::signing::SigningKey;
use mentalspace_crypto::{Secret32, Sha256};
use mentalspace_domain::addendum::dismiss::DismissAddendum;
use mentalspace_domain::addendum::sign::SignAddendum;
use mentalspace_domain::addendum::write::WriteAddendum;
use mentalspace_domain::addendum::{Addendum, AddendumKind, AddendumState};
use mentalspace_domain::appointment::book::BookAppointment;
use mentalspace_domain::appointment::cancel::CancelAppointment;
use mentalspace_domain::appointment::progress::ProgressAppointment;
use mentalspace_domain::appointment::reschedule::RescheduleAppointment;
use mentalspace_domain::appointment::{AppointmentStatus, Modality};
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::caseload::AssignmentReason;
use mentalspace_domain::caseload::assign::AssignCaseload;
use mentalspace_domain::caseload::unassign::UnassignCaseload;
use mentalspace_domain::client::ClientField;
use mentalspace_domain::client::create::CreateClient;
use mentalspace_domain::client::merge::MergeClients;
use mentalspace_domain::client::update::{EntryEdits, FactChange, UpdateClient};
use mentalspace_domain::command::Command;
use mentalspace_domain::diagnosis::add::AddDiagnosis;
use mentalspace_domain::diagnosis::end::EndDiagnosis;
use mentalspace_domain::ids::{
    AddendumId, AppointmentId, AssignmentId, BranchId, ClientId, CommandId, DeviceId, DiagnosisId, KeyId,
    NoteId, SignatureId, VersionId,
};
use mentalspace_domain::note::confirm::ConfirmCombined;
use mentalspace_domain::note::create::CreateNote;
use mentalspace_domain::note::edit::{Edit, NoteEdits};
use mentalspace_domain::note::format::SwitchFormat;
use mentalspace_domain::note::patch::PatchNote;
use mentalspace_domain::note::resolve::{ResolveConflict, Seen};
use mentalspace_domain::note::sign::SignNote;
use mentalspace_domain::note::void::VoidNote;
use mentalspace_domain::note::{
    BranchState, Combined, Note, NoteBranch, NoteFormat, NoteState, NoteType, Parked, SectionKey,
};
use mentalspace_domain::people::SigningKeyCertificate;
use mentalspace_domain::quarantine::QuarantinedWork;
use mentalspace_domain::quarantine::accept::AcceptWork;
use mentalspace_domain::quarantine::give_back::ReturnWork;
use mentalspace_domain::signing::{
    self, Meaning, NoteVersion, STATEMENT_FORM, SignatureStatement, SignedSubmission,
};
use std::collections::BTreeMap;

const DRAFT: u128 = 61;
const COMBINED: u128 = 63;
const CONTESTED: u128 = 64;
const SIGNED: u128 = 65;

fn note_id(n: u128) -> NoteId {
    NoteId::new(uuid(n))
}

fn device() -> DeviceId {
    as_rivera().device
}

fn key() -> SigningKey {
    SigningKey::from_seed(Secret32::from_bytes([7; 32])).unwrap()
}

fn certificate() -> SigningKeyCertificate {
    SigningKeyCertificate {
        id: KeyId::new(uuid(131)),
        user: Some(rivera()),
        device: Some(device()),
        public_key: key().public_key().to_string(),
        enrolled_at: instant("2026-01-05T12:00:00Z"),
        revoked_at: None,
        seal: String::new(),
    }
}

/// What rivera's device would say of `content`.
pub(crate) fn statement(content: &str, version: u128) -> SignatureStatement {
    let ctx = as_rivera();
    SignatureStatement {
        form: STATEMENT_FORM.to_owned(),
        version: VersionId::new(uuid(version)),
        content_hash: sha256(content.as_bytes()),
        signer: rivera(),
        printed_name: ctx.actor.display_name,
        credential: ctx.actor.credential,
        meaning: Meaning::Author,
        signed_at: ctx.asserted_at,
        zone: ctx.zone,
        device: device(),
        key: certificate().id,
    }
}

/// The statement, signed with rivera's key.
pub(crate) fn submission(content: String, statement: SignatureStatement) -> SignedSubmission {
    let signature = key().sign(&canonical::to_vec(&statement).unwrap()).unwrap().to_string();
    SignedSubmission { signature_id: SignatureId::new(uuid(141)), content, statement, signature }
}

fn draft(n: u128) -> Note {
    Note { id: note_id(n), ..whole(NoteType::Progress, Some(NoteFormat::Soap)) }
}

fn combined() -> Note {
    let mut note = draft(COMBINED);
    note.combined.insert(
        SectionKey::from("plan"),
        Combined {
            base: String::new(),
            ours: String::new(),
            theirs: String::new(),
            from_device: device(),
            asserted_at: instant("2026-03-10T14:00:00Z"),
        },
    );
    note
}

fn branch() -> NoteBranch {
    NoteBranch {
        id: BranchId::new(uuid(151)),
        note: note_id(CONTESTED),
        sections: BTreeMap::from([(
            SectionKey::from("plan"),
            Parked { from: "Weekly.".to_owned(), to: "Daily.".to_owned() },
        )]),
        fields: BTreeMap::new(),
        device: device(),
        asserted_at: instant("2026-03-10T14:00:00Z"),
        state: BranchState::Open,
    }
}

fn first_version() -> NoteVersion {
    NoteVersion {
        id: VersionId::new(uuid(121)),
        note: note_id(SIGNED),
        addendum: None,
        version: 1,
        content: String::new(),
        content_hash: Sha256::from_bytes([3; 32]),
    }
}

fn signed() -> Note {
    let signed_at = instant("2026-03-10T14:00:00Z");
    Note { state: NoteState::Signed { version: first_version().id, signed_at }, ..draft(SIGNED) }
}

/// An unsigned addendum to the signed note.
pub(crate) fn addendum() -> Addendum {
    Addendum {
        id: AddendumId::new(uuid(161)),
        note: note_id(SIGNED),
        client: client_id(),
        author: rivera(),
        kind: AddendumKind::Addendum,
        sections: BTreeMap::from([(SectionKey::from("addendum"), "She called back.".to_owned())]),
        reason: "New information".to_owned(),
        device: device(),
        asserted_at: instant("2026-03-10T14:30:00Z"),
        state: AddendumState::Draft,
    }
}

/// An edit of the draft that another clinician's device handed over too late; hers is the draft too.
pub(crate) fn late_work() -> QuarantinedWork {
    QuarantinedWork {
        command_id: CommandId::new(uuid(171)),
        client: client_id(),
        note: note_id(DRAFT),
        author: rivera(),
        device: DeviceId::new(uuid(33)),
        seq: 7,
        asserted_at: instant("2026-03-09T15:00:00Z"),
        received_at: instant("2026-03-10T15:30:00Z"),
        command: Command::NotePatch(PatchNote {
            note_id: note_id(DRAFT),
            client_id: client_id(),
            edits: plan("Every two weeks."),
        }),
    }
}

/// A chart with something for every command.
pub(crate) fn full_chart() -> Kept {
    let clinical = Bucket::clinical(client_id());
    let contested = Note { branches: vec![branch().id], ..draft(CONTESTED) };
    practice()
        .with(Bucket::practice(practice_id()), certificate())
        .with(Bucket::admin(other_client_id()), client(other_client_id()))
        .with(Bucket::admin(client_id()), assignment(51, rivera()))
        .with_appointment(&appointment(101, span("2026-03-12", "09:00", "09:50"), AppointmentStatus::Booked))
        .with(clinical, chart())
        .with(clinical, draft(DRAFT))
        .with(clinical, combined())
        .with(clinical, contested)
        .with(clinical, branch())
        .with(clinical, signed())
        .with(clinical, first_version())
        .with(clinical, addendum())
        .with(clinical, late_work())
}

/// The signature of the draft.
pub(crate) fn sign_note() -> SignNote {
    let content = signing::note_content(&draft(DRAFT), &[&chart()], practice_id()).unwrap();
    let statement = statement(&content, 122);
    let submission = submission(content, statement);
    SignNote { note_id: note_id(DRAFT), client_id: client_id(), submission }
}

/// The signature of the addendum.
pub(crate) fn sign_addendum() -> SignAddendum {
    let content = signing::addendum_content(&addendum(), &signed(), &first_version(), practice_id()).unwrap();
    let statement = statement(&content, 123);
    SignAddendum {
        addendum_id: addendum().id,
        note_id: note_id(SIGNED),
        client_id: client_id(),
        submission: submission(content, statement),
    }
}

fn edit(key: &str, from: &str, to: &str) -> BTreeMap<SectionKey, Edit> {
    BTreeMap::from([(SectionKey::from(key), Edit::new(from, to))])
}

fn plan(to: &str) -> NoteEdits {
    let from = draft(DRAFT).section(&SectionKey::from("plan")).to_owned();
    NoteEdits { sections: edit("plan", &from, to), ..NoteEdits::default() }
}

/// One of every command, all of them rivera's.
pub(crate) fn every_command() -> Vec<Command> {
    [administrative(), of_notes(), of_quarantine()].concat()
}

fn administrative() -> Vec<Command> {
    let (client_id, clinician) = (client_id(), rivera());
    let appointment_id = AppointmentId::new(uuid(101));
    let time = span("2026-03-12", "09:00", "09:50");
    vec![
        Command::ClientCreate(CreateClient {
            client_id: ClientId::new(uuid(900)),
            facts: BTreeMap::from([(ClientField::GivenName, "Jo".to_owned())]),
            contacts: Vec::new(),
            insurance: Vec::new(),
            assign_to: Some(clinician),
            assignment_id: Some(AssignmentId::new(uuid(53))),
        }),
        Command::ClientUpdate(UpdateClient {
            client_id,
            facts: BTreeMap::from([(
                ClientField::BirthDate,
                FactChange { from: String::new(), to: "1987-04-09".to_owned() },
            )]),
            contacts: EntryEdits { put: Vec::new(), remove: Vec::new() },
            insurance: EntryEdits { put: Vec::new(), remove: Vec::new() },
        }),
        Command::ClientMerge(MergeClients {
            from: other_client_id(),
            into: client_id,
            reason: "same person".to_owned(),
        }),
        Command::CaseloadAssign(AssignCaseload {
            client_id,
            assignment_id: AssignmentId::new(uuid(52)),
            clinician: osei(),
            reason: AssignmentReason::Covering,
            from: day("2026-03-10"),
            until: Some(day("2026-03-20")),
        }),
        Command::CaseloadUnassign(UnassignCaseload {
            client_id,
            assignment_id: AssignmentId::new(uuid(51)),
            ended_on: day("2026-03-10"),
        }),
        Command::AppointmentBook(BookAppointment {
            appointment_id: AppointmentId::new(uuid(102)),
            client_id,
            clinician,
            time: span("2026-03-12", "11:00", "11:50"),
            service: "Individual therapy".to_owned(),
            modality: Modality::InPerson,
            place: String::new(),
            video_link: String::new(),
            overlap_allowed: false,
        }),
        Command::AppointmentReschedule(RescheduleAppointment {
            appointment_id,
            client_id,
            clinician,
            from: time,
            to: span("2026-03-13", "09:00", "09:50"),
            overlap_allowed: false,
        }),
        Command::AppointmentCancel(CancelAppointment {
            appointment_id,
            client_id,
            clinician,
            reason: "travelling".to_owned(),
        }),
        Command::AppointmentProgress(ProgressAppointment {
            appointment_id,
            client_id,
            from: AppointmentStatus::Booked,
            to: AppointmentStatus::CheckedIn,
        }),
        Command::DiagnosisAdd(AddDiagnosis {
            diagnosis_id: DiagnosisId::new(uuid(112)),
            client_id,
            code: "F43.21".to_owned(),
            description: "Adjustment disorder with depressed mood".to_owned(),
            rank: 2,
            noted_on: day("2026-03-10"),
        }),
        Command::DiagnosisEnd(EndDiagnosis {
            diagnosis_id: chart().id,
            client_id,
            ended_on: day("2026-03-10"),
        }),
    ]
}

fn of_quarantine() -> Vec<Command> {
    let (client_id, note_id) = (client_id(), late_work().note);
    let works = vec![late_work().command_id];
    let reason = "Hers, of the day before she left".to_owned();
    vec![
        Command::QuarantineAccept(AcceptWork {
            client_id,
            note_id,
            works: works.clone(),
            addenda: Vec::new(),
            reason: reason.clone(),
        }),
        Command::QuarantineReturn(ReturnWork { client_id, note_id, works, reason }),
    ]
}

fn of_notes() -> Vec<Command> {
    let client_id = client_id();
    vec![
        Command::NoteCreate(CreateNote {
            note_id: note_id(62),
            client_id,
            note_type: NoteType::Progress,
            format: Some(NoteFormat::Soap),
            appointment_id: None,
            content: NoteEdits::default(),
        }),
        Command::NotePatch(PatchNote { note_id: note_id(DRAFT), client_id, edits: plan("Every two weeks.") }),
        Command::NoteFormat(SwitchFormat {
            note_id: note_id(DRAFT),
            client_id,
            from: Some(NoteFormat::Soap),
            to: NoteFormat::Dap,
        }),
        Command::NoteConfirm(ConfirmCombined {
            note_id: note_id(COMBINED),
            client_id,
            sections: BTreeMap::from([(
                SectionKey::from("plan"),
                combined().section(&SectionKey::from("plan")).to_owned(),
            )]),
        }),
        Command::NoteResolve(ResolveConflict {
            note_id: note_id(CONTESTED),
            client_id,
            branch_id: branch().id,
            edits: plan("Daily."),
            seen: Seen::of(&branch()),
        }),
        Command::NoteSign(sign_note()),
        Command::NoteVoid(VoidNote {
            note_id: note_id(DRAFT),
            client_id,
            revision: draft(DRAFT).revision,
            reason: "wrong chart".to_owned(),
        }),
        Command::AddendumWrite(WriteAddendum {
            addendum_id: AddendumId::new(uuid(162)),
            note_id: note_id(SIGNED),
            client_id,
            kind: AddendumKind::Addendum,
            sections: edit("addendum", "", "She called again."),
            reason: "New information".to_owned(),
        }),
        Command::AddendumSign(sign_addendum()),
        Command::AddendumDismiss(DismissAddendum {
            addendum_id: addendum().id,
            note_id: note_id(SIGNED),
            client_id,
            reason: "said already".to_owned(),
            seen: Some(addendum().sections),
        }),
    ]
}

#[test]
fn every_command_takes_effect_on_the_chart_when_everything_is_allowed() {
    let mut all = as_rivera();
    all.actor.roles = mentalspace_domain::people::Role::ALL.to_vec();
    all.actor.grants.insert(Bucket::admin(other_client_id()).id(practice_id()));
    for command in every_command() {
        assert!(!applied(full_chart().decide(&command, &all)).provisional, "{}", command.name());
    }
}
