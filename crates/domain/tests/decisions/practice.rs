//! A small practice to decide in. It answers a command's needs from what it keeps and from nothing else, so that a
//! need that a command forgets to name shows as "not held".

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use mentalspace_domain::appointment::{Appointment, AppointmentStatus, BusyBlock, Modality, ServiceTime};
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::caseload::{Assignment, AssignmentReason};
use mentalspace_domain::client::{Client, ClientField, ClientStatus};
use mentalspace_domain::command::Command;
use mentalspace_domain::context::{Actor, Context, Side};
use mentalspace_domain::decision::{Change, Decision, Outcome, Refusal, RefusalCode, Verdict};
use mentalspace_domain::ids::{
    AppointmentId, AssignmentId, ClientId, CommandId, DeviceId, NoteId, PracticeId, UserId,
};
use mentalspace_domain::note::{Note, NoteFormat, NoteState, NoteType, SectionKey};
use mentalspace_domain::people::{DatedRole, Role, User};
use mentalspace_domain::record::{Record, RecordKey, RecordType};
use mentalspace_domain::world::{Lookup, Need, World};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

pub(crate) const ZONE: Tz = chrono_tz::America::New_York;

pub(crate) fn uuid(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

pub(crate) fn practice_id() -> PracticeId {
    PracticeId::new(uuid(1))
}

/// Clinician of the practice.
pub(crate) fn rivera() -> UserId {
    UserId::new(uuid(11))
}

/// Another clinician.
pub(crate) fn osei() -> UserId {
    UserId::new(uuid(12))
}

/// Front desk.
pub(crate) fn lund() -> UserId {
    UserId::new(uuid(13))
}

/// Practice manager.
pub(crate) fn marsh() -> UserId {
    UserId::new(uuid(14))
}

pub(crate) fn client_id() -> ClientId {
    ClientId::new(uuid(21))
}

pub(crate) fn other_client_id() -> ClientId {
    ClientId::new(uuid(22))
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap_or_else(|_| panic!("{text} is no date"))
}

pub(crate) fn clock(text: &str) -> NaiveTime {
    text.parse().unwrap_or_else(|_| panic!("{text} is no time"))
}

pub(crate) fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap_or_else(|_| panic!("{text} is no instant"))
}

/// Today in every test, in the practice's zone.
pub(crate) fn today() -> NaiveDate {
    day("2026-03-10")
}

pub(crate) fn context(user: UserId, role: Role, buckets: &[Bucket]) -> Context {
    Context {
        practice: practice_id(),
        actor: Actor {
            user,
            display_name: "A. Person".to_owned(),
            credential: String::new(),
            roles: vec![role],
            grants: buckets.iter().map(|bucket| bucket.id(practice_id())).collect(),
        },
        device: DeviceId::new(uuid(31)),
        command: CommandId::new(uuid(41)),
        asserted_at: instant("2026-03-10T15:00:00Z"),
        now: instant("2026-03-10T16:00:00Z"),
        zone: ZONE,
        side: Side::Server,
    }
}

/// A clinician with the client on her caseload.
pub(crate) fn as_rivera() -> Context {
    let client = client_id();
    context(rivera(), Role::Clinician, &[Bucket::admin(client), Bucket::clinical(client)])
}

pub(crate) fn as_front_desk() -> Context {
    context(lund(), Role::FrontDesk, &[Bucket::admin(client_id()), Bucket::admin(other_client_id())])
}

pub(crate) fn as_manager() -> Context {
    context(marsh(), Role::PracticeManager, &[Bucket::admin(client_id()), Bucket::admin(other_client_id())])
}

/// What is kept, and what this end does not hold.
#[derive(Clone, Default)]
pub(crate) struct Kept {
    records: BTreeMap<RecordKey, (Bucket, Record)>,
    dark: BTreeSet<Bucket>,
    partial: BTreeSet<Bucket>,
}

impl Kept {
    pub(crate) fn with(mut self, bucket: Bucket, record: impl Into<Record>) -> Self {
        let record = record.into();
        self.records.insert(record.key(), (bucket, record));
        self
    }

    pub(crate) fn not_holding(mut self, bucket: Bucket) -> Self {
        self.dark.insert(bucket);
        self
    }

    /// The bucket is being fetched: what is not here may exist.
    pub(crate) fn holding_part_of(mut self, bucket: Bucket) -> Self {
        self.partial.insert(bucket);
        self
    }

    fn world(&self, needs: &[Need]) -> World {
        let mut world = World::default();
        for need in needs {
            let dark = self.dark.contains(&need.bucket());
            let here = |place: &Bucket| *place == need.bucket();
            match need {
                Need::Record { key, .. } => {
                    let found = match self.records.get(key) {
                        _ if dark => Lookup::NotHeld,
                        Some((place, record)) if here(place) => Lookup::Present(record.clone()),
                        _ if self.partial.contains(&need.bucket()) => Lookup::NotHeld,
                        _ => Lookup::Absent,
                    };
                    world.answer_record(*key, found);
                }
                Need::Children { kind, parent, .. } => {
                    let children = self
                        .records
                        .values()
                        .filter(|(place, record)| {
                            here(place) && record.kind() == *kind && record.parent() == Some(*parent)
                        })
                        .map(|(_, record)| record.clone())
                        .collect();
                    let found = if dark { Lookup::NotHeld } else { Lookup::Present(children) };
                    world.answer_children(*kind, *parent, found);
                }
            }
        }
        world
    }

    /// Decides without keeping anything.
    pub(crate) fn decide(&self, command: &Command, ctx: &Context) -> Verdict {
        command.decide(&self.world(&command.needs(ctx)), ctx)
    }

    /// Decides and keeps what was decided.
    pub(crate) fn run(&mut self, command: &Command, ctx: &Context) -> Verdict {
        let decision = self.decide(command, ctx)?;
        for change in &decision.changes {
            match change {
                Change::Put { bucket, record } => {
                    self.records.insert(record.key(), (*bucket, record.clone()));
                }
                Change::Delete { key, .. } => {
                    self.records.remove(key);
                }
            }
        }
        Ok(decision)
    }

    pub(crate) fn get<T: RecordType + Clone>(&self, id: Uuid) -> Option<T> {
        self.records.get(&RecordKey::of::<T>(id)).and_then(|(_, record)| T::of(record)).cloned()
    }

    pub(crate) fn all<T: RecordType + Clone>(&self) -> Vec<T> {
        self.records.values().filter_map(|(_, record)| T::of(record)).cloned().collect()
    }

    pub(crate) fn client(&self, id: ClientId) -> Client {
        self.get(id.uuid()).unwrap_or_else(|| panic!("the client is gone"))
    }
}

/// The decision, which must not be a refusal.
pub(crate) fn applied(verdict: Verdict) -> Decision {
    match verdict {
        Ok(decision) if decision.outcome == Outcome::Applied => decision,
        other => panic!("this should have been applied, but was {other:?}"),
    }
}

/// Nothing may have been done.
pub(crate) fn noop(verdict: Verdict) {
    match verdict {
        Ok(Decision { changes, outcome: Outcome::Noop { .. }, .. }) if changes.is_empty() => {}
        other => panic!("nothing should have been done, but was {other:?}"),
    }
}

/// The refusal, which must have this code.
pub(crate) fn refused(verdict: Verdict, code: RefusalCode) -> Refusal {
    match verdict {
        Err(refusal) if refusal.code == code => {
            assert!(
                refusal.message.ends_with('.') && refusal.message.len() > 30,
                "a refusal says what happened, what is safe and what to do: {}",
                refusal.message
            );
            refusal
        }
        other => panic!("this should have been refused as {code:?}, but was {other:?}"),
    }
}

pub(crate) fn marked(refusal: &Refusal) -> Vec<&str> {
    refusal.field_errors.iter().map(|error| error.field.as_str()).collect()
}

pub(crate) fn user(id: UserId, role: Role) -> User {
    User {
        id,
        login: "person".to_owned(),
        display_name: "A. Person".to_owned(),
        credential: "LPC".to_owned(),
        roles: vec![DatedRole { role, from: day("2020-01-01"), until: None }],
        active: true,
    }
}

pub(crate) fn client(id: ClientId) -> Client {
    Client {
        id,
        facts: BTreeMap::from([
            (ClientField::GivenName, "Jo".to_owned()),
            (ClientField::Phone, "555-0100".to_owned()),
        ]),
        contacts: Vec::new(),
        insurance: Vec::new(),
        status: ClientStatus::Active,
        merged_into: None,
        merge_reason: String::new(),
        replaced: Vec::new(),
        created_at: instant("2025-01-01T12:00:00Z"),
    }
}

/// The client, two clinicians and the front desk.
pub(crate) fn practice() -> Kept {
    let workforce = Bucket::practice(practice_id());
    Kept::default()
        .with(workforce, user(rivera(), Role::Clinician))
        .with(workforce, user(osei(), Role::Clinician))
        .with(workforce, user(lund(), Role::FrontDesk))
        .with(Bucket::admin(client_id()), client(client_id()))
}

pub(crate) fn assignment(id: u128, clinician: UserId) -> Assignment {
    Assignment {
        id: AssignmentId::new(uuid(id)),
        client: client_id(),
        clinician,
        reason: AssignmentReason::Treating,
        from: day("2026-01-05"),
        until: None,
        ended_on: None,
    }
}

pub(crate) fn span(date: &str, start: &str, end: &str) -> ServiceTime {
    ServiceTime { date: day(date), start: clock(start), end: clock(end), zone: ZONE }
}

pub(crate) fn appointment(id: u128, time: ServiceTime, status: AppointmentStatus) -> Appointment {
    Appointment {
        id: AppointmentId::new(uuid(id)),
        client: client_id(),
        clinician: rivera(),
        time,
        service: "Individual therapy".to_owned(),
        modality: Modality::InPerson,
        place: String::new(),
        video_link: String::new(),
        status,
        cancel_reason: String::new(),
        overlap_allowed: false,
    }
}

impl Kept {
    /// With an appointment and the block that it holds in its clinician's calendar.
    pub(crate) fn with_appointment(self, appointment: &Appointment) -> Self {
        let block = BusyBlock {
            id: BusyBlock::id_of(appointment.id),
            clinician: appointment.clinician,
            time: appointment.time,
        };
        let kept = self.with(Bucket::admin(appointment.client), appointment.clone());
        if appointment.status.blocks_time() {
            kept.with(Bucket::calendar(block.clinician), block)
        } else {
            kept
        }
    }
}

pub(crate) fn note(note_type: NoteType, format: Option<NoteFormat>, sections: &[(&str, &str)]) -> Note {
    Note {
        id: NoteId::new(uuid(61)),
        client: client_id(),
        author: rivera(),
        note_type,
        format,
        appointment: None,
        sections: sections.iter().map(|(key, text)| (SectionKey::from(*key), (*text).to_owned())).collect(),
        fields: BTreeMap::new(),
        diagnoses: Vec::new(),
        pulled_forward: BTreeMap::new(),
        revision: 3,
        combined: BTreeMap::new(),
        branches: Vec::new(),
        state: NoteState::Draft,
        created_at: instant("2026-03-10T14:00:00Z"),
        edited_at: instant("2026-03-10T14:30:00Z"),
        edited_on: DeviceId::new(uuid(32)),
    }
}
