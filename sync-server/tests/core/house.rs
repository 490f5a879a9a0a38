//! A practice in a database of its own, with people and devices, and the commands that they send.

use chrono::{DateTime, Days, TimeDelta, Utc};
use mentalspace_crypto::keywrap::KeyEncryptionKey;
use mentalspace_crypto::randomness::SeededRandomness;
use mentalspace_crypto::recipient::RecipientKey;
use mentalspace_crypto::{KeyId as WrapId, Randomness, Secret32, SystemRandomness};
use mentalspace_domain::appointment::book::BookAppointment;
use mentalspace_domain::appointment::{Modality, ServiceTime};
use mentalspace_domain::client::ClientField;
use mentalspace_domain::client::create::CreateClient;
use mentalspace_domain::command::{Command, CommandEnvelope};
use mentalspace_domain::decision::Outcome;
use mentalspace_domain::ids::{
    AppointmentId, AssignmentId, ClientId, CommandId, DeviceId, NoteId, PracticeId, SupervisionId, UserId,
};
use mentalspace_domain::note::create::CreateNote;
use mentalspace_domain::note::edit::{Edit, NoteEdits};
use mentalspace_domain::note::patch::PatchNote;
use mentalspace_domain::note::{FieldKey, NoteFormat, NoteType, SectionKey};
use mentalspace_domain::people::{DatedRole, Role, Supervision, User};
use mentalspace_protocol::pull::{Cursor, PullEnd, PullLine, PullRequest};
use mentalspace_protocol::push::{PushAnswer, PushRequest, PushedCommand};
use mentalspace_server::caller::{Acting, Caller};
use mentalspace_server::clock::SettableClock;
use mentalspace_server::db::Database;
use mentalspace_server::http::failure::{Failure, Outcome as Answer};
use mentalspace_server::practice::{self, NewPractice};
use mentalspace_server::{Server, migrations, sync};
use mentalspace_testkit::test_database::TestDatabase;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

/// A Monday in March, in the middle of the working day.
pub(crate) fn monday() -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_463_600, 0).unwrap()
}

/// A migrated database with nothing in it.
pub(crate) fn database() -> TestDatabase {
    TestDatabase::cloned_from("core", &migrations::fingerprint(), |superuser| async move {
        migrations::apply(&superuser, monday().date_naive()).await?;
        Ok(())
    })
    .unwrap()
}

/// A connection without a context, as a role.
pub(crate) async fn connect(address: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(address, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

pub(crate) struct House {
    pub(crate) database: TestDatabase,
    pub(crate) server: Arc<Server>,
    pub(crate) clock: Arc<SettableClock>,
    randomness: Arc<dyn Randomness>,
    pub(crate) practice: PracticeId,
}

/// A user with one device.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) caller: Caller,
    pub(crate) epoch: Uuid,
    next: i64,
}

/// What a device has of a bucket, and what it was told.
#[derive(Default)]
pub(crate) struct Copy {
    pub(crate) cursors: BTreeMap<Uuid, i64>,
    pub(crate) rows: BTreeMap<(Uuid, String, Uuid), (i64, Option<String>)>,
    pub(crate) end: Option<PullEnd>,
    pub(crate) revoked: Vec<Uuid>,
    pub(crate) digests: BTreeMap<Uuid, (i64, String, i64)>,
}

impl House {
    pub(crate) async fn open() -> Self {
        Self::open_with(Arc::new(SystemRandomness::new())).await
    }

    /// Whose identifiers, and so their order, are the same for the same seed.
    pub(crate) async fn seeded(seed: u64) -> Self {
        Self::open_with(Arc::new(SeededRandomness::new(seed))).await
    }

    pub(crate) async fn open_with(randomness: Arc<dyn Randomness>) -> Self {
        let database = database();
        let clock = Arc::new(SettableClock::at(monday()));
        let db = Database::open(&database.connection_string_as("mentalspace_app"), 60).unwrap();
        let server = Arc::new(server(db, &clock, &randomness));
        let practice = make_practice(&server).await;
        Self { database, server, clock, randomness, practice }
    }

    /// Another server process over the same database.
    pub(crate) fn restart(&mut self) {
        self.restart_with(60);
    }

    /// The same with so many connections to the database at most.
    pub(crate) fn restart_with(&mut self, connections: usize) {
        let address = self.database.connection_string_as("mentalspace_app");
        let db = Database::open(&address, connections).unwrap();
        self.server = Arc::new(server(db, &self.clock, &self.randomness));
    }

    /// Another server beside this one, with a clock of its own.
    pub(crate) fn beside(&self, clock: &Arc<SettableClock>) -> Server {
        let db = Database::open(&self.database.connection_string_as("mentalspace_app"), 10).unwrap();
        server(db, clock, &self.randomness)
    }

    /// A second practice in the same database.
    pub(crate) async fn neighbour(&self) -> PracticeId {
        make_practice(&self.server).await
    }

    pub(crate) async fn person(&self, login: &str, roles: &[Role]) -> Person {
        self.person_of(self.practice, login, roles).await
    }

    pub(crate) async fn person_of(&self, practice: PracticeId, login: &str, roles: &[Role]) -> Person {
        let user = UserId::new(self.server.new_id().unwrap());
        let from = monday().date_naive() - Days::new(30);
        let roles: Vec<DatedRole> = roles.iter().map(|&role| DatedRole { role, from, until: None }).collect();
        let record = User {
            id: user,
            login: login.to_owned(),
            display_name: format!("{login} Example"),
            credential: "LPC".to_owned(),
            roles: roles.clone(),
            active: true,
        };
        self.put(practice, vec![record], Vec::new()).await;
        self.device(practice, user, roles).await
    }

    pub(crate) async fn put(&self, practice: PracticeId, users: Vec<User>, supervisions: Vec<Supervision>) {
        let acting = Acting::console(practice, self.server.new_id().unwrap());
        let tx = self.server.db.begin(&acting).await.unwrap();
        practice::put_users(&self.server, &tx, &acting, users, supervisions).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn supervise(&self, supervisor: &Person, supervisee: &Person) {
        let supervision = Supervision {
            id: SupervisionId::new(self.server.new_id().unwrap()),
            supervisor: supervisor.caller.user,
            supervisee: supervisee.caller.user,
            from: monday().date_naive(),
            until: None,
        };
        self.put(self.practice, Vec::new(), vec![supervision]).await;
    }

    /// Another device of the same user.
    pub(crate) async fn device(&self, practice: PracticeId, user: UserId, roles: Vec<DatedRole>) -> Person {
        let device = DeviceId::new(self.server.new_id().unwrap());
        self.database
            .execute(&format!(
                "INSERT INTO device (practice_id, device_id, user_id, name, os, device_key, created_at, lease_until) \
                 VALUES ('{practice}', '{device}', '{user}', 'Office PC', 'Linux', decode(repeat('00', 32), 'hex'), \
                 now(), 'infinity')"
            ))
            .unwrap();
        let superuser = connect(&self.database.connection_string()).await;
        let epoch = superuser
            .query_one("SELECT log_epoch FROM practice WHERE practice_id = $1", &[&practice.uuid()])
            .await
            .unwrap()
            .get(0);
        let caller = Caller {
            practice,
            user,
            device,
            roles,
            display_name: "Somebody Example".to_owned(),
            credential: "LPC".to_owned(),
            zone: chrono_tz::Tz::America__New_York,
            schema: 1,
            request_id: self.server.new_id().unwrap(),
            session: None,
            address: None,
        };
        Person { caller, epoch, next: 1 }
    }

    pub(crate) async fn count(&self, sql: &str) -> i64 {
        connect(&self.database.connection_string()).await.query_one(sql, &[]).await.unwrap().get(0)
    }

    /// Goes on with `work` until it waits, as `waiting` counts it in this database. Gives the count.
    pub(crate) async fn until_it_waits<W>(&self, work: Pin<&mut W>, waiting: &str) -> i64
    where
        W: Future<Output: std::fmt::Debug>,
    {
        let watch = connect(&self.database.connection_string()).await;
        let counted = async {
            loop {
                let count: i64 = watch.query_one(waiting, &[]).await.unwrap().get(0);
                if count > 0 {
                    break count;
                }
            }
        };
        tokio::select! {
            done = work => panic!("it did not wait: {done:?}"),
            count = counted => count,
        }
    }

    pub(crate) fn id(&self) -> Uuid {
        self.server.new_id().unwrap()
    }

    pub(crate) fn envelope(&self, command: Command) -> CommandEnvelope {
        let asserted_at = monday();
        CommandEnvelope { id: CommandId::new(self.id()), asserted_at, depends_on: Vec::new(), command }
    }

    /// A client of this clinician's own.
    pub(crate) async fn client_of(&self, clinician: &mut Person) -> ClientId {
        let client = ClientId::new(self.id());
        let outcome = self.one(clinician, new_client(self, client, Some(clinician.caller.user))).await;
        assert_eq!(outcome, Outcome::Applied);
        client
    }

    /// A note of this clinician's own.
    pub(crate) async fn note_of(&self, clinician: &mut Person, client: ClientId) -> NoteId {
        let note = NoteId::new(self.id());
        assert_eq!(self.one(clinician, new_note(client, note)).await, Outcome::Applied);
        note
    }

    /// Sends one command and says what became of it.
    pub(crate) async fn one(&self, person: &mut Person, command: Command) -> Outcome {
        let envelope = self.envelope(command);
        let answer = self.push(person, vec![envelope]).await.unwrap();
        answer.results.into_iter().next().unwrap().outcome
    }

    /// Sends commands in the device's order.
    pub(crate) async fn push(
        &self,
        person: &mut Person,
        envelopes: Vec<CommandEnvelope>,
    ) -> Answer<PushAnswer> {
        let request = person.numbered(envelopes);
        let answer = sync::push(&self.server, &person.caller, &request).await;
        if let Ok(answer) = &answer {
            person.next = answer.processed_seq + 1;
        }
        answer
    }

    pub(crate) async fn pull(&self, person: &Person, copy: &mut Copy, rows: u32) -> Answer<bool> {
        let request = PullRequest {
            log_epoch: person.epoch,
            cursors: copy.cursors.iter().map(|(bucket, seq)| cursor(*bucket, *seq)).collect(),
            priority: Vec::new(),
            rows,
            results_after: copy.end.as_ref().map_or(0, |end| end.processed_seq),
        };
        let stream = sync::pull(&self.server, &person.caller, &request).await?;
        Ok(copy.apply(&stream))
    }

    /// Pulls until nothing more waits.
    pub(crate) async fn pull_all(&self, person: &Person, copy: &mut Copy) {
        while self.pull(person, copy, 1_000).await.unwrap() {}
    }
}

impl Person {
    pub(crate) fn numbered(&self, envelopes: Vec<CommandEnvelope>) -> PushRequest {
        let commands = (self.next..)
            .zip(envelopes)
            .map(|(seq, envelope)| PushedCommand { seq, envelope, before: None })
            .collect();
        PushRequest { log_epoch: self.epoch, device_time: monday() + TimeDelta::seconds(3), commands }
    }

    /// Makes the device count from `next` on.
    pub(crate) const fn count_from(&mut self, next: i64) {
        self.next = next;
    }
}

impl Copy {
    /// Applies a stream as a device would, and says whether more waits.
    pub(crate) fn apply(&mut self, stream: &[u8]) -> bool {
        let text = String::from_utf8(zstd::decode_all(stream).unwrap()).unwrap();
        let mut bucket = Uuid::nil();
        for line in text.lines() {
            match serde_json::from_str::<PullLine>(line).unwrap() {
                PullLine::Manifest { buckets, revoked } => {
                    for fresh in buckets {
                        self.cursors.entry(fresh.bucket.uuid()).or_insert(0);
                        self.digests.insert(fresh.bucket.uuid(), (fresh.head, fresh.digest, fresh.live));
                    }
                    self.revoked = revoked.iter().map(|bucket| bucket.uuid()).collect();
                }
                PullLine::Page(page) => {
                    bucket = page.bucket.uuid();
                    assert_eq!(self.cursors.get(&bucket), Some(&page.from), "a page continues the cursor");
                    self.cursors.insert(bucket, page.to);
                }
                PullLine::Row(row) => {
                    let body = row.body.map(|body| body.get().to_owned());
                    self.rows.insert((bucket, row.kind, row.id), (row.rev, body));
                }
                PullLine::End(end) => self.end = Some(end),
            }
        }
        self.end.as_ref().expect("a stream has its end").more
    }

    pub(crate) fn live(&self, kind: &str) -> Vec<serde_json::Value> {
        let of_kind = self.rows.iter().filter(|((_, each, _), _)| each == kind);
        of_kind.filter_map(|(_, (_, body))| Some(serde_json::from_str(body.as_ref()?).unwrap())).collect()
    }
}

pub(crate) fn cursor(bucket: Uuid, seq: i64) -> Cursor {
    Cursor { bucket: mentalspace_domain::ids::BucketId::new(bucket), seq }
}

fn server(db: Database, clock: &Arc<SettableClock>, randomness: &Arc<dyn Randomness>) -> Server {
    let key = KeyEncryptionKey::new(WrapId::from_bytes([7; 16]), Secret32::from_bytes([9; 32]));
    Server::new(db, key, Arc::<SettableClock>::clone(clock), Arc::clone(randomness))
}

async fn make_practice(server: &Server) -> PracticeId {
    let recovery_key = RecipientKey::generate(&SystemRandomness::new()).unwrap().public_key();
    let new = NewPractice {
        name: "Marsh Lane Counselling".to_owned(),
        zone: chrono_tz::Tz::America__New_York,
        recovery_key,
        allow_keyring_file: false,
    };
    practice::create(server, new, server.new_id().unwrap()).await.unwrap()
}

pub(crate) fn new_client(house: &House, client_id: ClientId, assign_to: Option<UserId>) -> Command {
    Command::ClientCreate(CreateClient {
        client_id,
        facts: BTreeMap::from([(ClientField::GivenName, "Canary-Gwendolyn".to_owned())]),
        contacts: Vec::new(),
        insurance: Vec::new(),
        assign_to,
        assignment_id: assign_to.map(|_| AssignmentId::new(house.id())),
    })
}

pub(crate) fn new_note(client_id: ClientId, note_id: NoteId) -> Command {
    Command::NoteCreate(CreateNote {
        note_id,
        client_id,
        note_type: NoteType::Progress,
        format: Some(NoteFormat::Soap),
        appointment_id: None,
        content: NoteEdits::default(),
    })
}

/// Changes the note's first section.
pub(crate) fn patch(client_id: ClientId, note_id: NoteId, from: &str, to: &str) -> Command {
    let sections = BTreeMap::from([(SectionKey::new("subjective"), Edit::new(from, to))]);
    Command::NotePatch(PatchNote {
        note_id,
        client_id,
        edits: NoteEdits { sections, ..NoteEdits::default() },
    })
}

/// An edit of which so much would wait in a branch, as it was and as it is, that one record may not hold it.
pub(crate) fn too_large(client_id: ClientId, note_id: NoteId) -> Command {
    let gone = "Far too many words. ".repeat(9_000);
    let fields = (0..6).map(|n| (FieldKey::new(format!("field_{n}")), Edit::new(gone.as_str(), "Other.")));
    let edits = NoteEdits { fields: fields.collect(), ..NoteEdits::default() };
    Command::NotePatch(PatchNote { note_id, client_id, edits })
}

/// Books an hour of a day at the full hour.
pub(crate) fn book(house: &House, client_id: ClientId, clinician: UserId, hour: u32) -> Command {
    let at = |hour: u32| chrono::NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
    Command::AppointmentBook(BookAppointment {
        appointment_id: AppointmentId::new(house.id()),
        client_id,
        clinician,
        time: ServiceTime {
            date: monday().date_naive() + Days::new(7),
            start: at(hour),
            end: at(hour + 1),
            zone: chrono_tz::Tz::America__New_York,
        },
        service: "Individual therapy".to_owned(),
        modality: Modality::InPerson,
        place: String::new(),
        video_link: String::new(),
        overlap_allowed: false,
    })
}

/// The code of a failure that had to come.
pub(crate) fn code<T>(answer: Answer<T>) -> mentalspace_protocol::error::ErrorCode {
    match answer {
        Ok(_) => panic!("this had to be refused"),
        Err(failure) => {
            let failure: Failure = failure;
            failure.code()
        }
    }
}
