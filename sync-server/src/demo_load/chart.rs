//! One client: who she is, what she is treated for, when she came, and her notes.

use super::scribe::{Hand, Scribe};
use super::staff::{Member, Staff};
use super::{Loaded, Register, notes};
use crate::Server;
use crate::demo::{
    ClientIndex, DemoAppointment, DemoClient, DemoModality, DemoPractice, DemoStatus, DemoVisit,
};
use crate::http::failure::{Failure, Outcome};
use chrono::{DateTime, Days, NaiveTime, TimeDelta, Utc};
use mentalspace_domain::appointment::book::BookAppointment;
use mentalspace_domain::appointment::cancel::CancelAppointment;
use mentalspace_domain::appointment::progress::ProgressAppointment;
use mentalspace_domain::appointment::{Appointment, AppointmentStatus, BusyBlock, Modality, ServiceTime};
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::client::create::CreateClient;
use mentalspace_domain::client::update::{EntryEdits, FactChange, UpdateClient};
use mentalspace_domain::client::{ClientField, Contact, Insurance};
use mentalspace_domain::command::Command;
use mentalspace_domain::diagnosis::Diagnosis;
use mentalspace_domain::diagnosis::add::AddDiagnosis;
use mentalspace_domain::ids::{AppointmentId, AssignmentId, ClientId, EntryId, PracticeId};
use mentalspace_domain::world::Need;
use std::collections::BTreeMap;

/// Days before a visit on which it was booked.
const BOOKED_BEFORE: u64 = 10;

/// A chart being written.
pub(super) struct Chart<'a> {
    pub(super) demo: &'a DemoPractice,
    pub(super) register: &'a Register,
    pub(super) member: &'a Member,
    pub(super) client: &'a DemoClient,
    pub(super) index: ClientIndex,
    pub(super) id: ClientId,
    pub(super) practice: PracticeId,
}

/// Loads one client.
pub(super) async fn load(
    server: &Server,
    practice: PracticeId,
    demo: &DemoPractice,
    register: &Register,
    staff: &Staff,
    index: ClientIndex,
    loaded: &mut Loaded,
) -> Outcome<()> {
    let missing = || Failure::internal("the demonstration names a client that it does not have");
    let client = demo.clients.get(index.0).ok_or_else(missing)?;
    let id = *register.clients.get(index.0).ok_or_else(missing)?;
    let member = staff.member(client.clinician)?;
    let chart = Chart { demo, register, member, client, index, id, practice };
    let hand = Hand { practice, zone: register.zone, user: &member.user, device: member.device };
    let mut scribe = Scribe::begin(server, hand).await?;
    chart.begin(server, &mut scribe).await?;
    chart.lay_out(&mut scribe).await?;
    chart.diagnose(&mut scribe).await?;
    chart.schedule(&mut scribe, loaded).await?;
    for (n, note) in demo.notes.iter().enumerate().filter(|(_, note)| note.client == index) {
        notes::write(&chart, &mut scribe, n, note, loaded).await?;
    }
    chart.close(&mut scribe).await?;
    scribe.finish().await
}

impl Chart<'_> {
    /// When the client first called.
    fn called(&self) -> DateTime<Utc> {
        let day = self
            .client
            .first_visit
            .checked_sub_days(Days::new(BOOKED_BEFORE))
            .unwrap_or(self.client.first_visit);
        self.register.at(day.min(self.demo.as_of), NaiveTime::MIN) + TimeDelta::hours(6)
    }

    async fn begin(&self, server: &Server, scribe: &mut Scribe<'_>) -> Outcome<()> {
        let entry = || server.new_id().map(EntryId::new);
        let contacts = self.client.contacts.iter().map(|contact| {
            Ok(Contact {
                id: entry()?,
                name: contact.name.clone(),
                relationship: contact.relationship.clone(),
                phone: contact.phone.clone(),
                email: String::new(),
                emergency: contact.emergency,
                guardian: contact.guardian,
            })
        });
        let insurance = self.client.insurance.iter().map(|policy| {
            Ok(Insurance {
                id: entry()?,
                payer: format!("{} {}", policy.payer, policy.plan),
                member_id: policy.member_id.clone(),
                group_number: String::new(),
                policy_holder: match policy.relationship_to_holder {
                    "self" => String::new(),
                    holder => format!("{holder} of the holder"),
                },
                rank: 1,
            })
        });
        let create = CreateClient {
            client_id: self.id,
            facts: self.facts(),
            contacts: contacts.collect::<Outcome<_>>()?,
            insurance: insurance.collect::<Outcome<_>>()?,
            assign_to: Some(self.member.user.id),
            assignment_id: Some(AssignmentId::new(server.new_id()?)),
        };
        scribe.write(self.called(), Command::ClientCreate(create)).await?;
        scribe.grant(self.id, self.demo.as_of).await
    }

    fn facts(&self) -> BTreeMap<ClientField, String> {
        use ClientField as F;
        let client = self.client;
        let address = &client.address;
        let preferred = client.preferred_name.unwrap_or_default();
        [
            (F::GivenName, client.given_name.to_owned()),
            (F::FamilyName, client.family_name.to_owned()),
            (F::PreferredName, preferred.to_owned()),
            (F::Pronouns, client.pronouns.to_owned()),
            (F::Gender, client.gender.to_owned()),
            (F::BirthDate, client.birth_date.to_string()),
            (F::Phone, client.phone.clone()),
            (F::Email, client.email.clone()),
            (F::Address, format!("{}\n{}, {} {}", address.street, address.town, address.state, address.zip)),
            (F::ChartNumber, format!("D-{:04}", self.index.0 + 1)),
            (F::ReferralNote, client.demonstration_remark.to_owned()),
        ]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect()
    }

    /// Lays out in one go what the commands below will ask for one by one.
    async fn lay_out(&self, scribe: &mut Scribe<'_>) -> Outcome<()> {
        let (admin, clinical) = (Bucket::admin(self.id), Bucket::clinical(self.id));
        let mut needs = vec![Need::children::<Diagnosis>(clinical, self.id.uuid())];
        for (id, visit) in self.visits() {
            let day = BusyBlock::day_key(self.member.user.id, visit.date);
            needs.push(Need::record::<Appointment>(admin, id.uuid()));
            needs.push(Need::children::<BusyBlock>(Bucket::calendar(self.member.user.id), day));
        }
        for (n, note) in self.demo.notes.iter().enumerate().filter(|(_, note)| note.client == self.index) {
            needs.extend(notes::needs(self, n, note));
        }
        scribe.fetch(&needs).await
    }

    fn visits(&self) -> impl Iterator<Item = (AppointmentId, &DemoAppointment)> {
        let all = self.register.appointments.iter().copied().zip(&self.demo.appointments);
        all.filter(|(_, visit)| visit.client == self.index)
    }

    async fn diagnose(&self, scribe: &mut Scribe<'_>) -> Outcome<()> {
        let ids = self.register.diagnoses.get(self.index.0).into_iter().flatten();
        for (rank, (id, diagnosis)) in (1..).zip(ids.zip(&self.client.diagnoses)) {
            let add = AddDiagnosis {
                diagnosis_id: *id,
                client_id: self.id,
                code: diagnosis.code.to_owned(),
                description: diagnosis.description.to_owned(),
                rank,
                noted_on: self.client.first_visit,
            };
            let at = self.register.at(self.client.first_visit, NaiveTime::MIN) + TimeDelta::hours(18);
            scribe.write(at, Command::DiagnosisAdd(add)).await?;
        }
        Ok(())
    }

    async fn schedule(&self, scribe: &mut Scribe<'_>, loaded: &mut Loaded) -> Outcome<()> {
        for (id, visit) in self.visits() {
            let begins = self.register.at(visit.date, visit.start);
            let book = BookAppointment {
                appointment_id: id,
                client_id: self.id,
                clinician: self.member.user.id,
                time: ServiceTime {
                    date: visit.date,
                    start: visit.start,
                    end: visit.end,
                    zone: self.register.zone,
                },
                service: service(visit.visit).to_owned(),
                modality: modality(visit.modality),
                place: if visit.modality == DemoModality::Office { "Room 2" } else { "" }.to_owned(),
                video_link: match visit.modality {
                    DemoModality::Video => format!("https://visits.example.com/{id}"),
                    DemoModality::Office | DemoModality::Phone => String::new(),
                },
                overlap_allowed: false,
            };
            let booked = (begins - TimeDelta::days(BOOKED_BEFORE.cast_signed())).max(self.called());
            scribe.write(booked, Command::AppointmentBook(book)).await?;
            self.conclude(scribe, id, visit, begins).await?;
            loaded.appointments += 1;
        }
        Ok(())
    }

    /// What became of a visit.
    async fn conclude(
        &self,
        scribe: &mut Scribe<'_>,
        id: AppointmentId,
        visit: &DemoAppointment,
        begins: DateTime<Utc>,
    ) -> Outcome<()> {
        let progress = |to| {
            let from = AppointmentStatus::Booked;
            Command::AppointmentProgress(ProgressAppointment {
                appointment_id: id,
                client_id: self.id,
                from,
                to,
            })
        };
        let cancel = |reason: &str| {
            Command::AppointmentCancel(CancelAppointment {
                appointment_id: id,
                client_id: self.id,
                clinician: self.member.user.id,
                reason: reason.to_owned(),
            })
        };
        let moved = visit.moved_to.and_then(|to| self.demo.appointments.get(to.0));
        let because = |who: &str| match moved {
            Some(to) => {
                let (day, time) = (to.date.format("%B %-d"), to.start.format("%-I:%M %p"));
                format!("{who}; moved to {day} at {time}")
            }
            None => who.to_owned(),
        };
        let (at, command) = match visit.status {
            DemoStatus::Scheduled => return Ok(()),
            DemoStatus::Completed => {
                (self.register.at(visit.date, visit.end), progress(AppointmentStatus::Completed))
            }
            DemoStatus::Missed => (begins + TimeDelta::minutes(20), progress(AppointmentStatus::NoShow)),
            DemoStatus::CanceledByClient => {
                (begins - TimeDelta::days(2), cancel(&because("Client cancelled in time")))
            }
            DemoStatus::CanceledLate => {
                (begins - TimeDelta::hours(3), cancel(&because("Client cancelled late")))
            }
            DemoStatus::CanceledByPractice => {
                (begins - TimeDelta::days(1), cancel(&because("Practice cancelled")))
            }
        };
        scribe.write(at, command).await.map(drop)
    }

    async fn close(&self, scribe: &mut Scribe<'_>) -> Outcome<()> {
        let Some(day) = self.client.closed_on else { return Ok(()) };
        let status = FactChange { from: "active".to_owned(), to: "discharged".to_owned() };
        let update = UpdateClient {
            client_id: self.id,
            facts: [(ClientField::Status, status)].into(),
            contacts: EntryEdits::default(),
            insurance: EntryEdits::default(),
        };
        let at = self.register.at(day, NaiveTime::MIN) + TimeDelta::hours(17);
        scribe.write(at, Command::ClientUpdate(update)).await.map(drop)
    }
}

const fn service(visit: DemoVisit) -> &'static str {
    match visit {
        DemoVisit::Intake => "Intake",
        DemoVisit::Session => "Individual therapy",
        DemoVisit::JointSession => "Joint session",
        DemoVisit::PhoneContact => "Telephone contact",
    }
}

const fn modality(modality: DemoModality) -> Modality {
    match modality {
        DemoModality::Office => Modality::InPerson,
        DemoModality::Video => Modality::Video,
        DemoModality::Phone => Modality::Phone,
    }
}
