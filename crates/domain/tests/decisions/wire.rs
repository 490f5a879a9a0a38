//! The commands of this area as they travel: a change of their shape is a readable diff.

use crate::practice::{client_id, day, other_client_id, rivera, span, uuid};
use mentalspace_domain::appointment::book::BookAppointment;
use mentalspace_domain::appointment::cancel::CancelAppointment;
use mentalspace_domain::appointment::progress::ProgressAppointment;
use mentalspace_domain::appointment::reschedule::RescheduleAppointment;
use mentalspace_domain::appointment::{AppointmentStatus, Modality};
use mentalspace_domain::caseload::AssignmentReason;
use mentalspace_domain::caseload::assign::AssignCaseload;
use mentalspace_domain::caseload::unassign::UnassignCaseload;
use mentalspace_domain::client::create::CreateClient;
use mentalspace_domain::client::merge::MergeClients;
use mentalspace_domain::client::update::{EntryChange, EntryEdits, FactChange, UpdateClient};
use mentalspace_domain::client::{ClientField, Contact, Insurance};
use mentalspace_domain::command::Command;
use mentalspace_domain::diagnosis::add::AddDiagnosis;
use mentalspace_domain::diagnosis::end::EndDiagnosis;
use mentalspace_domain::ids::{
    AddendumId, AppointmentId, AssignmentId, CommandId, DiagnosisId, EntryId, NoteId,
};
use mentalspace_domain::note::NoteFormat;
use mentalspace_domain::note::format::SwitchFormat;
use mentalspace_domain::quarantine::accept::AcceptWork;
use mentalspace_domain::quarantine::give_back::ReturnWork;
use std::collections::BTreeMap;

const EXPECTED: &str = include_str!("wire.jsonl");

fn commands() -> Vec<Command> {
    let contact = Contact {
        id: EntryId::new(uuid(71)),
        name: "M. Amari".to_owned(),
        relationship: "mother".to_owned(),
        phone: "555-0200".to_owned(),
        email: String::new(),
        emergency: true,
        guardian: false,
    };
    let insurance = Insurance {
        id: EntryId::new(uuid(81)),
        payer: "Example Health".to_owned(),
        member_id: "A1".to_owned(),
        group_number: String::new(),
        policy_holder: String::new(),
        rank: 1,
    };
    let (appointment_id, client_id, clinician) = (AppointmentId::new(uuid(101)), client_id(), rivera());
    let time = span("2026-03-12", "09:00", "09:50");
    vec![
        Command::ClientCreate(CreateClient {
            client_id,
            facts: BTreeMap::from([(ClientField::GivenName, "Jo".to_owned())]),
            contacts: vec![contact.clone()],
            insurance: vec![insurance.clone()],
            assign_to: Some(clinician),
            assignment_id: Some(AssignmentId::new(uuid(51))),
        }),
        Command::ClientUpdate(UpdateClient {
            client_id,
            facts: BTreeMap::from([(
                ClientField::BirthDate,
                FactChange { from: String::new(), to: "1987-04-09".to_owned() },
            )]),
            contacts: EntryEdits {
                put: vec![EntryChange { from: None, to: contact.clone() }],
                remove: vec![contact],
            },
            insurance: EntryEdits {
                put: vec![EntryChange { from: Some(insurance.clone()), to: insurance }],
                remove: Vec::new(),
            },
        }),
        Command::ClientMerge(MergeClients {
            from: other_client_id(),
            into: client_id,
            reason: "same person".to_owned(),
        }),
        Command::CaseloadAssign(AssignCaseload {
            client_id,
            assignment_id: AssignmentId::new(uuid(51)),
            clinician,
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
            appointment_id,
            client_id,
            clinician,
            time,
            service: "Individual therapy".to_owned(),
            modality: Modality::Video,
            place: String::new(),
            video_link: "https://meet.example.org/abc".to_owned(),
            overlap_allowed: false,
        }),
        Command::AppointmentReschedule(RescheduleAppointment {
            appointment_id,
            client_id,
            clinician,
            from: time,
            to: span("2026-03-13", "09:00", "09:50"),
            overlap_allowed: true,
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
            diagnosis_id: DiagnosisId::new(uuid(111)),
            client_id,
            code: "F41.1".to_owned(),
            description: "Generalized anxiety disorder".to_owned(),
            rank: 1,
            noted_on: day("2026-03-10"),
        }),
        Command::DiagnosisEnd(EndDiagnosis {
            diagnosis_id: DiagnosisId::new(uuid(111)),
            client_id,
            ended_on: day("2026-03-10"),
        }),
        Command::NoteFormat(SwitchFormat {
            note_id: NoteId::new(uuid(61)),
            client_id,
            from: Some(NoteFormat::Soap),
            to: NoteFormat::Dap,
        }),
        Command::QuarantineAccept(AcceptWork {
            client_id,
            note_id: NoteId::new(uuid(61)),
            works: vec![CommandId::new(uuid(171))],
            addenda: vec![AddendumId::new(uuid(161))],
            reason: "hers".to_owned(),
        }),
        Command::QuarantineReturn(ReturnWork {
            client_id,
            note_id: NoteId::new(uuid(61)),
            works: vec![CommandId::new(uuid(171))],
            reason: "another client's".to_owned(),
        }),
    ]
}

#[test]
fn the_commands_travel_in_the_agreed_shape() {
    let found: String =
        commands().iter().map(|command| serde_json::to_string(command).unwrap() + "\n").collect();
    assert_eq!(
        found, EXPECTED,
        "a command's shape has changed; outboxes in the field hold the old one. If both are still read, put this into \
         tests/decisions/wire.jsonl:\n{found}"
    );
}

#[test]
fn a_command_is_read_back_as_it_was_sent() {
    for command in commands() {
        let text = serde_json::to_string(&command).unwrap();
        assert_eq!(serde_json::from_str::<Command>(&text).unwrap(), command);
    }
}

#[test]
fn a_command_with_a_field_that_nobody_knows_is_refused() {
    for command in commands() {
        let mut value = serde_json::to_value(&command).unwrap();
        value.as_object_mut().unwrap().insert("as_user".to_owned(), "somebody".into());
        assert!(
            serde_json::from_value::<Command>(value).is_err(),
            "{} takes a field that it does not know: an intent would be dropped unseen",
            command.name()
        );
    }
}

#[test]
fn what_a_command_may_leave_out() {
    for (text, name) in [
        (format!(r#"{{"type":"client.create","client_id":"{}"}}"#, client_id()), "client.create"),
        (format!(r#"{{"type":"client.update","client_id":"{}"}}"#, client_id()), "client.update"),
    ] {
        assert_eq!(serde_json::from_str::<Command>(&text).unwrap().name(), name);
    }
}
