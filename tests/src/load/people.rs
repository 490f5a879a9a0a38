//! Practices of fifty people with two devices each, made in the database by the server's own code and by SQL: neither
//! passwords nor one-time codes, for stretching ten thousand passwords would measure nothing but that. Who writes has a
//! certified signing key, as after an enrolment; the others listen and read, for which a device and a session are
//! enough.

use super::said;
use chrono::{DateTime, Days, Utc};
use chrono_tz::Tz;
use mentalspace_crypto::digest::sha256;
use mentalspace_crypto::recipient::RecipientKey;
use mentalspace_crypto::signing::SigningKey;
use mentalspace_crypto::{Secret32, SystemRandomness};
use mentalspace_domain::client::ClientField;
use mentalspace_domain::client::create::CreateClient;
use mentalspace_domain::command::{Command, CommandEnvelope};
use mentalspace_domain::decision::Outcome as Became;
use mentalspace_domain::diagnosis::add::AddDiagnosis;
use mentalspace_domain::ids::{
    AssignmentId, ClientId, CommandId, DeviceId, DiagnosisId, KeyId, PracticeId, UserId,
};
use mentalspace_domain::people::{DatedRole, Role, User};
use mentalspace_protocol::SCHEMA_VERSION;
use mentalspace_protocol::enrolment::EnrolRequest;
use mentalspace_protocol::pull::HeldSummary;
use mentalspace_protocol::push::{PushRequest, PushedCommand};
use mentalspace_server::auth::enrol;
use mentalspace_server::caller::{Acting, Caller};
use mentalspace_server::practice::{self, NewPractice};
use mentalspace_server::{Server, sync};
use mentalspace_testkit::failure::Outcome;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

/// People in a practice.
pub(super) const PEOPLE: usize = 50;
/// Devices of each.
pub(super) const DEVICES: usize = 2;
/// Of ten people so many write, on the first of their devices: three devices of ten.
const WRITERS_OF_TEN: usize = 6;
const ZONE: Tz = Tz::America__New_York;
/// What is the same in every run.
const DESCRIPTION: &str = "Generalized anxiety disorder";

impl Enrolled {
    /// The same device once more, as it was on its first day.
    pub(super) fn again(&self) -> Self {
        Self {
            practice: self.practice,
            epoch: self.epoch,
            user: self.user.clone(),
            device: self.device,
            token: self.token.clone(),
            key: self.key.clone(),
            held: self.held,
            next: self.next,
            pen: None,
        }
    }
}

/// What a practice of the load has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// Clients of each person.
    pub(super) clients: usize,
    /// Whether three devices of ten write.
    pub(super) writes: bool,
}

/// A device that may speak.
#[derive(Debug)]
pub(super) struct Enrolled {
    pub(super) practice: PracticeId,
    pub(super) epoch: Uuid,
    pub(super) user: User,
    pub(super) device: DeviceId,
    pub(super) token: String,
    pub(super) key: SigningKey,
    /// What a device of this user has that has everything.
    pub(super) held: HeldSummary,
    /// The number of its next command.
    pub(super) next: i64,
    /// With what it writes, if it does.
    pub(super) pen: Option<Pen>,
}

/// What a writer needs.
#[derive(Debug)]
pub(super) struct Pen {
    pub(super) key_id: KeyId,
    pub(super) key: SigningKey,
    pub(super) charts: Vec<Chart>,
}

/// A client of the writer's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chart {
    pub(super) client: ClientId,
    pub(super) diagnosis: DiagnosisId,
}

/// Makes `practices` practices and gives their devices, those of one person behind each other.
pub(super) async fn set_up(
    server: &Arc<Server>,
    database: &str,
    practices: usize,
    shape: Shape,
) -> Outcome<Vec<Enrolled>> {
    let mut devices = Vec::new();
    // Two at a time: one waits for the disk while the other calculates.
    for first in (0..practices).step_by(2) {
        let made = |n: usize| {
            let (server, database) = (Arc::clone(server), database.to_owned());
            tokio::spawn(async move { one(&server, &database, n, shape).await })
        };
        let both: Vec<_> = (first..practices.min(first + 2)).map(made).collect();
        for practice in both {
            devices.extend(practice.await.map_err(said)??);
        }
    }
    Ok(devices)
}

/// A connection as PostgreSQL's superuser.
pub(super) async fn connect(database: &str) -> Outcome<Client> {
    let (client, connection) = tokio_postgres::connect(database, NoTls).await.map_err(said)?;
    tokio::spawn(connection);
    Ok(client)
}

async fn one(server: &Server, database: &str, number: usize, shape: Shape) -> Outcome<Vec<Enrolled>> {
    let client = connect(database).await?;
    let recovery_key = RecipientKey::generate(&SystemRandomness::new()).map_err(said)?.public_key();
    let new = NewPractice {
        name: format!("Load practice {number}"),
        zone: ZONE,
        recovery_key,
        allow_keyring_file: false,
    };
    let practice = practice::create(server, new, id(server)?).await.map_err(said)?;
    let users = (0..PEOPLE).map(|n| user(server, n)).collect::<Outcome<Vec<_>>>()?;
    let acting = Acting::console(practice, id(server)?);
    let tx = server.db.begin(&acting).await.map_err(said)?;
    practice::put_users(server, &tx, &acting, users.clone(), Vec::new()).await.map_err(said)?;
    tx.commit().await.map_err(said)?;
    let sql = "SELECT log_epoch FROM practice WHERE practice_id = $1";
    let epoch: Uuid = client.query_one(sql, &[&practice.uuid()]).await.map_err(said)?.get(0);
    let mut devices = Vec::new();
    for (n, user) in users.into_iter().enumerate() {
        for device in 0..DEVICES {
            let writes = shape.writes && device == 0 && n % 10 < WRITERS_OF_TEN;
            let mut enrolled = blank(server, practice, epoch, user.clone())?;
            if writes {
                enter(server, &mut enrolled).await?;
            }
            devices.push(enrolled);
        }
    }
    let plain: Vec<&Enrolled> = devices.iter().filter(|device| device.pen.is_none()).collect();
    insert(server, &client, practice, &plain).await?;
    for device in devices.iter_mut().step_by(DEVICES) {
        begin_charts(server, device, shape.clients).await?;
    }
    let held = held(&client, practice).await?;
    for device in &mut devices {
        device.held = held.get(&device.user.id.uuid()).copied().unwrap_or_default();
    }
    Ok(devices)
}

pub(super) fn id(server: &Server) -> Outcome<Uuid> {
    server.new_id().map_err(said)
}

fn user(server: &Server, number: usize) -> Outcome<User> {
    let from = server.now().date_naive() - Days::new(30);
    Ok(User {
        id: UserId::new(id(server)?),
        login: format!("person{number}"),
        display_name: format!("Person {number} Example"),
        credential: "LPC".to_owned(),
        roles: vec![DatedRole { role: Role::Clinician, from, until: None }],
        active: true,
    })
}

fn blank(server: &Server, practice: PracticeId, epoch: Uuid, user: User) -> Outcome<Enrolled> {
    let secret = Secret32::random(&*server.randomness).map_err(said)?;
    Ok(Enrolled {
        practice,
        epoch,
        user,
        device: DeviceId::new(id(server)?),
        token: sha256(secret.expose()).to_hex(),
        key: SigningKey::generate(&*server.randomness).map_err(said)?,
        held: HeldSummary::default(),
        next: 1,
        pen: None,
    })
}

/// Lets a device in as an enrolment does once code and password were good.
async fn enter(server: &Server, enrolled: &mut Enrolled) -> Outcome<()> {
    let key = SigningKey::generate(&*server.randomness).map_err(said)?;
    let key_id = KeyId::new(id(server)?);
    let request = EnrolRequest {
        secret: String::new(),
        login: enrolled.user.login.clone(),
        password: String::new(),
        device: enrolled.device,
        device_name: "Load".to_owned(),
        os: "Linux".to_owned(),
        device_key: enrolled.key.public_key().to_hex(),
        signing_key_id: key_id,
        signing_key: key.public_key().to_hex(),
    };
    let device = enrol::checked(request).map_err(said)?;
    let (practice, user) = (enrolled.practice, enrolled.user.id);
    let acting =
        Acting { device: Some(enrolled.device), ..Acting::entering(practice, user, id(server)?, None) };
    let tx = server.db.begin(&acting).await.map_err(said)?;
    let entered = enrol::enter(server, &tx, practice, user, &device, SCHEMA_VERSION).await.map_err(said)?;
    tx.commit().await.map_err(said)?;
    enrolled.token = entered.token;
    enrolled.pen = Some(Pen { key_id, key, charts: Vec::new() });
    Ok(())
}

/// Keeps devices and sessions of those who do not sign.
async fn insert(
    server: &Server,
    client: &Client,
    practice: PracticeId,
    devices: &[&Enrolled],
) -> Outcome<()> {
    let ids: Vec<Uuid> = devices.iter().map(|device| device.device.uuid()).collect();
    let users: Vec<Uuid> = devices.iter().map(|device| device.user.id.uuid()).collect();
    let keys: Vec<Vec<u8>> =
        devices.iter().map(|device| device.key.public_key().as_bytes().to_vec()).collect();
    let hashes: Vec<Vec<u8>> =
        devices.iter().map(|device| sha256(device.token.as_bytes()).as_bytes().to_vec()).collect();
    let now: DateTime<Utc> = server.now();
    client
        .execute(
            "INSERT INTO device (practice_id, device_id, user_id, name, os, device_key, created_at, lease_until)
             SELECT $1, d.id, d.who, 'Load', 'Linux', d.key, $5, $5::timestamptz + interval '7 days'
             FROM unnest($2::uuid[], $3::uuid[], $4::bytea[]) AS d (id, who, key)",
            &[&practice.uuid(), &ids, &users, &keys, &now],
        )
        .await
        .map_err(said)?;
    client
        .execute(
            "INSERT INTO session (practice_id, device_id, user_id, session_id, token_hash, begun_at)
             SELECT $1, d.id, d.who, gen_random_uuid(), d.hash, $5
             FROM unnest($2::uuid[], $3::uuid[], $4::bytea[]) AS d (id, who, hash)",
            &[&practice.uuid(), &ids, &users, &hashes, &now],
        )
        .await
        .map_err(said)?;
    Ok(())
}

/// Clients of this person's, each with a diagnosis, by the commands that a device would send.
pub(super) async fn begin_charts(
    server: &Server,
    device: &mut Enrolled,
    clients: usize,
) -> Outcome<Vec<Chart>> {
    let mut charts = Vec::new();
    let mut commands = Vec::new();
    for n in 0..clients {
        let client = ClientId::new(id(server)?);
        let diagnosis = DiagnosisId::new(id(server)?);
        charts.push(Chart { client, diagnosis });
        commands.push(Command::ClientCreate(CreateClient {
            client_id: client,
            facts: BTreeMap::from([
                (ClientField::GivenName, format!("Given{n}")),
                (ClientField::FamilyName, "Example".to_owned()),
            ]),
            contacts: Vec::new(),
            insurance: Vec::new(),
            assign_to: Some(device.user.id),
            assignment_id: Some(AssignmentId::new(id(server)?)),
        }));
        commands.push(Command::DiagnosisAdd(AddDiagnosis {
            diagnosis_id: diagnosis,
            client_id: client,
            code: "F41.1".to_owned(),
            description: DESCRIPTION.to_owned(),
            rank: 1,
            noted_on: server.now().date_naive() - Days::new(20),
        }));
    }
    send(server, device, commands).await?;
    if let Some(pen) = &mut device.pen {
        pen.charts.clone_from(&charts);
    }
    Ok(charts)
}

/// Hands commands to the server's own code; each has to be applied.
pub(super) async fn send(server: &Server, device: &mut Enrolled, commands: Vec<Command>) -> Outcome<()> {
    let caller = caller(server, device)?;
    for some in commands.chunks(100) {
        let asserted_at = server.now();
        let mut batch = Vec::new();
        for (seq, command) in (device.next..).zip(some) {
            let (id, command) = (CommandId::new(id(server)?), command.clone());
            let envelope = CommandEnvelope { id, asserted_at, depends_on: Vec::new(), command };
            batch.push(PushedCommand { seq, envelope, before: None });
        }
        let request = PushRequest { log_epoch: device.epoch, device_time: asserted_at, commands: batch };
        let answer = sync::push(server, &caller, &request).await.map_err(said)?;
        if let Some(refused) = answer.results.iter().find(|result| result.outcome != Became::Applied) {
            return Err(said(format!("a command of the setting-up was not applied: {:?}", refused.outcome)));
        }
        device.next = answer.processed_seq + 1;
    }
    Ok(())
}

/// The device as the server knows a caller.
fn caller(server: &Server, device: &Enrolled) -> Outcome<Caller> {
    Ok(Caller {
        practice: device.practice,
        user: device.user.id,
        device: device.device,
        roles: device.user.roles.clone(),
        display_name: device.user.display_name.clone(),
        credential: device.user.credential.clone(),
        zone: ZONE,
        schema: SCHEMA_VERSION,
        request_id: id(server)?,
        session: None,
        address: None,
    })
}

/// What a device of each user has that has everything.
async fn held(client: &Client, practice: PracticeId) -> Outcome<HashMap<Uuid, HeldSummary>> {
    let rows = client
        .query(
            "SELECT user_id, count(*) FILTER (WHERE revoked_at IS NULL),
                    coalesce(sum(head) FILTER (WHERE revoked_at IS NULL), 0)::int8, sum(grant_rev)::int8
             FROM bucket_grant WHERE practice_id = $1 GROUP BY user_id",
            &[&practice.uuid()],
        )
        .await
        .map_err(said)?;
    let of = |row: &tokio_postgres::Row| {
        (row.get(0), HeldSummary { buckets: row.get(1), heads: row.get(2), grants: row.get(3) })
    };
    Ok(rows.iter().map(of).collect())
}
