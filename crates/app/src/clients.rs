//! Clients: the caseload list, their records, who treats them.

use crate::api::ApiError;
use crate::api::input::{
    CaseloadAssignInput, CaseloadUnassignInput, ClientCreateInput, ClientMergeInput, ClientUpdateInput,
    ClientsInput, ContactInput, Edited, InsuranceInput, Nothing,
};
use crate::api::view::{ChangeView, ClientRow, SyncState, UserRow};
use crate::appointments::user_id;
use crate::charts::client_id;
use crate::civil;
use crate::desktop::{Desktop, Open};
use crate::people::Names;
use crate::standing::{due, today};
use crate::submit::submit;
use chrono::NaiveDate;
use mentalspace_domain::appointment::{Appointment, AppointmentStatus};
use mentalspace_domain::caseload::assign::AssignCaseload;
use mentalspace_domain::caseload::unassign::UnassignCaseload;
use mentalspace_domain::caseload::{Assignment, AssignmentReason};
use mentalspace_domain::client::create::CreateClient;
use mentalspace_domain::client::merge::MergeClients;
use mentalspace_domain::client::update::{EntryChange, EntryEdits, FactChange, UpdateClient};
use mentalspace_domain::client::{Client, ClientField, ClientStatus, Contact, Insurance};
use mentalspace_domain::command::Command;
use mentalspace_domain::ids::{AssignmentId, ClientId, EntryId, UserId};
use mentalspace_domain::people::Role;
use mentalspace_store::DraftCount;
use std::collections::{BTreeMap, HashMap};

/// What the list shows beside the records themselves, read once.
pub(crate) struct CaseloadFacts {
    clinicians: HashMap<ClientId, Vec<UserId>>,
    appointments: HashMap<ClientId, Vec<Appointment>>,
    /// The user's own.
    drafts: HashMap<ClientId, Vec<DraftCount>>,
    unsettled: HashMap<ClientId, SyncState>,
}

impl CaseloadFacts {
    pub(crate) fn load(open: &Open, today: NaiveDate) -> Result<Self, ApiError> {
        let mut clinicians: HashMap<ClientId, Vec<UserId>> = HashMap::new();
        for assignment in open.store.all::<Assignment>()? {
            if assignment.covers(today) {
                clinicians.entry(assignment.client).or_default().push(assignment.clinician);
            }
        }
        let mut appointments: HashMap<ClientId, Vec<Appointment>> = HashMap::new();
        for appointment in open.store.all::<Appointment>()? {
            appointments.entry(appointment.client).or_default().push(appointment);
        }
        let mut drafts: HashMap<ClientId, Vec<DraftCount>> = HashMap::new();
        for count in open.store.draft_counts(open.store.identity()?.user.id)? {
            drafts.entry(count.client).or_default().push(count);
        }
        let mut unsettled: HashMap<ClientId, SyncState> = HashMap::new();
        for found in open.store.unsettled()? {
            if let Some(client) = open.store.client_of(found.record)? {
                let word = crate::standing::word(found.word);
                unsettled.entry(client).and_modify(|worst| *worst = (*worst).max(word)).or_insert(word);
            }
        }
        Ok(Self { clinicians, appointments, drafts, unsettled })
    }
}

pub(crate) async fn clients(desktop: &Desktop, input: ClientsInput) -> Result<Vec<ClientRow>, ApiError> {
    let open = desktop.open()?;
    let names = Names::load(&open)?;
    let facts = CaseloadFacts::load(&open, today(desktop, &names))?;
    let sought = fold(&input.query);
    let mut rows: Vec<ClientRow> = open
        .store
        .all::<Client>()?
        .iter()
        .filter(|client| input.include_inactive || client.status == ClientStatus::Active)
        .map(|client| client_row(desktop, &open, &names, client, &facts))
        .filter(|row| sought.split_whitespace().all(|word| row.find.contains(word)))
        .collect();
    rows.sort_by_key(|row| row.sort_name.to_lowercase());
    Ok(rows)
}

pub(crate) fn client_row(
    desktop: &Desktop,
    _open: &Open,
    names: &Names,
    client: &Client,
    facts: &CaseloadFacts,
) -> ClientRow {
    let day = today(desktop, names);
    let none = Vec::new();
    let appointments = facts.appointments.get(&client.id).unwrap_or(&none);
    let last =
        appointments.iter().filter(|a| a.status == AppointmentStatus::Completed).map(|a| a.time.date).max();
    let next = appointments
        .iter()
        .filter(|a| a.status == AppointmentStatus::Booked && a.time.date >= day)
        .map(|a| (a.time.date, a.time.start))
        .min();
    let practice = &names.identity.practice;
    let now = desktop.edge.now();
    let is_overdue = |ends| due(ends, practice.note_due_hours, practice.zone).is_some_and(|due| due < now);
    let (mut drafts, mut overdue) = (0, 0);
    for count in facts.drafts.get(&client.id).into_iter().flatten() {
        drafts += count.drafts;
        overdue += if count.ends.is_some_and(is_overdue) { count.drafts } else { 0 };
    }
    let birth = client.birth_date();
    let name = client.display_name();
    ClientRow {
        client_id: client.id.to_string(),
        sort_name: format!(
            "{}, {}",
            client.fact(ClientField::FamilyName),
            name.trim_end_matches(client.fact(ClientField::FamilyName)).trim()
        ),
        find: found_by(client),
        name,
        pronouns: client.fact(ClientField::Pronouns).to_owned(),
        birth_date: birth.map(|day| day.to_string()),
        age: birth.and_then(|birth| civil::age(birth, day)),
        chart_number: client.fact(ClientField::ChartNumber).to_owned(),
        status: status_word(client.status).to_owned(),
        clinicians: facts
            .clinicians
            .get(&client.id)
            .map(|ids| ids.iter().map(|id| names.user(*id)).collect())
            .unwrap_or_default(),
        last_seen: last.map(|day| day.to_string()),
        next: next.map(|(day, start)| format!("{day} {}", civil::clock(start))),
        drafts,
        overdue,
        sync: facts.unsettled.get(&client.id).copied().unwrap_or(SyncState::Synced),
    }
}

/// Everything that a client is found by, folded.
pub(crate) fn found_by(client: &Client) -> String {
    fold(&format!(
        "{} {} {} {}",
        client.fact(ClientField::GivenName),
        client.fact(ClientField::PreferredName),
        client.fact(ClientField::FamilyName),
        client.fact(ClientField::ChartNumber)
    ))
}

/// Text for finding: lower case, without the marks on letters.
pub(crate) fn fold(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization as _;
    text.nfd()
        .filter(|c| !unicode_normalization::char::is_combining_mark(*c))
        .collect::<String>()
        .to_lowercase()
}

pub(crate) async fn create(desktop: &Desktop, input: ClientCreateInput) -> Result<ChangeView, ApiError> {
    let open = desktop.open()?;
    let identity = open.store.identity()?;
    let assign_to = match &input.assign_to {
        Some(id) => Some(user_id(id)?),
        None => open.store.roles(desktop.edge.now())?.contains(&Role::Clinician).then_some(identity.user.id),
    };
    let client_id = ClientId::new(desktop.edge.id()?);
    let mut facts = BTreeMap::new();
    for (name, value) in input.facts {
        facts.insert(field(&name)?, value);
    }
    let command = Command::ClientCreate(CreateClient {
        client_id,
        facts,
        contacts: input.contacts.into_iter().map(|c| contact(desktop, c)).collect::<Result<_, _>>()?,
        insurance: input.insurance.into_iter().map(|p| policy(desktop, p)).collect::<Result<_, _>>()?,
        assign_to,
        assignment_id: assign_to.map(|_| desktop.edge.id().map(AssignmentId::new)).transpose()?,
    });
    submit(desktop, &open, client_id.uuid(), command)
}

pub(crate) async fn update(desktop: &Desktop, input: ClientUpdateInput) -> Result<ChangeView, ApiError> {
    let open = desktop.open()?;
    let id = client_id(&input.client_id)?;
    let client = open.store.get::<Client>(id.uuid())?.ok_or_else(|| ApiError::not_found("This client"))?;
    let mut facts = BTreeMap::new();
    for (name, edited) in input.facts {
        let field = field(&name)?;
        let current =
            if field == ClientField::Status { status_word(client.status) } else { client.fact(field) };
        let change = match edited {
            Edited::To(to) => FactChange { from: current.to_owned(), to },
            Edited::Seen { from, to } => FactChange { from, to },
        };
        facts.insert(field, change);
    }
    let mut contacts = EntryEdits::default();
    for put in input.put_contacts {
        let to = contact(desktop, put)?;
        contacts.put.push(EntryChange { from: client.contacts.iter().find(|c| c.id == to.id).cloned(), to });
    }
    contacts.remove = client
        .contacts
        .iter()
        .filter(|c| input.remove_contacts.contains(&c.id.to_string()))
        .cloned()
        .collect();
    let mut insurance = EntryEdits::default();
    for put in input.put_insurance {
        let to = policy(desktop, put)?;
        insurance
            .put
            .push(EntryChange { from: client.insurance.iter().find(|p| p.id == to.id).cloned(), to });
    }
    insurance.remove = client
        .insurance
        .iter()
        .filter(|p| input.remove_insurance.contains(&p.id.to_string()))
        .cloned()
        .collect();
    let command = Command::ClientUpdate(UpdateClient { client_id: id, facts, contacts, insurance });
    submit(desktop, &open, id.uuid(), command)
}

pub(crate) async fn merge(desktop: &Desktop, input: ClientMergeInput) -> Result<ChangeView, ApiError> {
    let open = desktop.open()?;
    let (from, into) = (client_id(&input.from)?, client_id(&input.into)?);
    submit(
        desktop,
        &open,
        into.uuid(),
        Command::ClientMerge(MergeClients { from, into, reason: input.reason }),
    )
}

pub(crate) async fn assign(desktop: &Desktop, input: CaseloadAssignInput) -> Result<ChangeView, ApiError> {
    let open = desktop.open()?;
    let identity = open.store.identity()?;
    let today = desktop.edge.now().with_timezone(&identity.practice.zone).date_naive();
    let assignment_id = AssignmentId::new(desktop.edge.id()?);
    let command = Command::CaseloadAssign(AssignCaseload {
        client_id: client_id(&input.client_id)?,
        assignment_id,
        clinician: user_id(&input.clinician_id)?,
        reason: match input.reason.as_deref() {
            None | Some("treating") => AssignmentReason::Treating,
            Some("covering") => AssignmentReason::Covering,
            Some(_) => return Err(civil::invalid("reason", "treating or covering")),
        },
        from: input.from.as_deref().map(civil::date).transpose()?.unwrap_or(today),
        until: input.until.as_deref().map(civil::date).transpose()?,
    });
    submit(desktop, &open, assignment_id.uuid(), command)
}

pub(crate) async fn unassign(
    desktop: &Desktop,
    input: CaseloadUnassignInput,
) -> Result<ChangeView, ApiError> {
    let open = desktop.open()?;
    let identity = open.store.identity()?;
    let assignment_id: AssignmentId =
        input.assignment_id.parse().map_err(|_| ApiError::not_found("This assignment"))?;
    let command = Command::CaseloadUnassign(UnassignCaseload {
        client_id: client_id(&input.client_id)?,
        assignment_id,
        ended_on: desktop.edge.now().with_timezone(&identity.practice.zone).date_naive(),
    });
    submit(desktop, &open, assignment_id.uuid(), command)
}

pub(crate) async fn users(desktop: &Desktop, _: Nothing) -> Result<Vec<UserRow>, ApiError> {
    let open = desktop.open()?;
    let names = Names::load(&open)?;
    let day: NaiveDate = today(desktop, &names);
    let mut rows: Vec<UserRow> = names
        .users()
        .filter(|user| user.active)
        .map(|user| UserRow {
            user_id: user.id.to_string(),
            display_name: user.display_name.clone(),
            credential: user.credential.clone(),
            roles: user.roles_on(day).map(|role| role.as_str().to_owned()).collect(),
        })
        .collect();
    rows.sort_by(|a, b| a.display_name.cmp(&b.display_name));
    Ok(rows)
}

const FIELDS: &[(&str, ClientField)] = &[
    ("given_name", ClientField::GivenName),
    ("family_name", ClientField::FamilyName),
    ("preferred_name", ClientField::PreferredName),
    ("pronouns", ClientField::Pronouns),
    ("birth_date", ClientField::BirthDate),
    ("gender", ClientField::Gender),
    ("phone", ClientField::Phone),
    ("email", ClientField::Email),
    ("address", ClientField::Address),
    ("language", ClientField::Language),
    ("chart_number", ClientField::ChartNumber),
    ("referral_note", ClientField::ReferralNote),
    ("status", ClientField::Status),
];

pub(crate) fn field(name: &str) -> Result<ClientField, ApiError> {
    FIELDS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, field)| *field)
        .ok_or_else(|| civil::invalid(name, "one of the facts of a client's record"))
}

pub(crate) fn field_word(field: ClientField) -> String {
    FIELDS.iter().find(|(_, known)| *known == field).map_or("", |(name, _)| name).to_owned()
}

const fn status_word(status: ClientStatus) -> &'static str {
    match status {
        ClientStatus::Active => "active",
        ClientStatus::Inactive => "inactive",
        ClientStatus::Discharged => "discharged",
        ClientStatus::Merged => "merged",
    }
}

fn entry(desktop: &Desktop, id: Option<&str>) -> Result<EntryId, ApiError> {
    match id {
        Some(id) => id.parse().map_err(|_| ApiError::not_found("This entry")),
        None => Ok(EntryId::new(desktop.edge.id()?)),
    }
}

fn contact(desktop: &Desktop, input: ContactInput) -> Result<Contact, ApiError> {
    Ok(Contact {
        id: entry(desktop, input.id.as_deref())?,
        name: input.name,
        relationship: input.relationship,
        phone: input.phone,
        email: input.email,
        emergency: input.emergency,
        guardian: input.guardian,
    })
}

fn policy(desktop: &Desktop, input: InsuranceInput) -> Result<Insurance, ApiError> {
    Ok(Insurance {
        id: entry(desktop, input.id.as_deref())?,
        payer: input.payer,
        member_id: input.member_id,
        group_number: input.group_number,
        policy_holder: input.policy_holder,
        rank: input.rank,
    })
}
