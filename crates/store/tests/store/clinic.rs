//! A small practice for the tests: one clinician, her device, clients and notes.

use chrono::{DateTime, TimeDelta, Utc};
use mentalspace_crypto::secret::Secret32;
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::command::{Command, CommandEnvelope};
use mentalspace_domain::ids::{ClientId, CommandId, DeviceId, NoteId, PracticeId, UserId};
use mentalspace_domain::note::create::CreateNote;
use mentalspace_domain::note::edit::{Edit, NoteEdits};
use mentalspace_domain::note::patch::PatchNote;
use mentalspace_domain::note::{Note, NoteFormat, NoteState, NoteType, SectionKey};
use mentalspace_domain::people::{DatedRole, Practice, Role, User};
use mentalspace_store::profile::LeaseRecord;
use mentalspace_store::{DeviceIdentity, MetaKey, Store, Submitted, Writing};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use uuid::Uuid;

pub(crate) fn uuid(number: u128) -> Uuid {
    Uuid::from_u128(0x0195_0000_0000_7000_8000_0000_0000_0000 + number)
}

pub(crate) fn now() -> DateTime<Utc> {
    "2026-03-10T15:00:00Z".parse().unwrap()
}

pub(crate) fn later(seconds: i64) -> DateTime<Utc> {
    now() + TimeDelta::seconds(seconds)
}

/// The device has heard of the server so many seconds after the beginning of the test.
pub(crate) fn hears_the_server_at(desk: &Desk, seconds: i64) {
    let lease = LeaseRecord::new(later(seconds), later(seconds + 86_400), serde_json::Value::Null);
    desk.store.set_meta(MetaKey::Lease, &lease).unwrap();
}

pub(crate) fn practice_id() -> PracticeId {
    PracticeId::new(uuid(1))
}

pub(crate) fn rivera() -> UserId {
    UserId::new(uuid(2))
}

pub(crate) fn laptop() -> DeviceId {
    DeviceId::new(uuid(3))
}

pub(crate) fn office() -> DeviceId {
    DeviceId::new(uuid(4))
}

pub(crate) fn client_id(number: u128) -> ClientId {
    ClientId::new(uuid(1_000 + number))
}

pub(crate) fn note_id(number: u128) -> NoteId {
    NoteId::new(uuid(2_000 + number))
}

pub(crate) fn key() -> Secret32 {
    Secret32::from_bytes([0x5a; 32])
}

pub(crate) fn practice() -> Practice {
    Practice {
        id: practice_id(),
        name: "Northside Counseling".into(),
        zone: chrono_tz::America::New_York,
        idle_lock_minutes: 15,
        lease_days: 7,
        note_due_hours: 72,
        allow_keyring_file: true,
    }
}

pub(crate) fn user() -> User {
    User {
        id: rivera(),
        login: "rivera".into(),
        display_name: "Ana Rivera".into(),
        credential: "LPC".into(),
        roles: vec![DatedRole { role: Role::Clinician, from: "2020-01-01".parse().unwrap(), until: None }],
        active: true,
    }
}

pub(crate) fn identity(device: DeviceId) -> DeviceIdentity {
    DeviceIdentity { device, practice: practice(), user: user() }
}

/// A draft of the clinician's for client `client`, with these texts.
pub(crate) fn note(number: u128, client: u128, sections: &[(&str, &str)]) -> Note {
    Note {
        id: note_id(number),
        client: client_id(client),
        author: rivera(),
        note_type: NoteType::Progress,
        format: Some(NoteFormat::Soap),
        appointment: None,
        sections: sections.iter().map(|(key, text)| ((*key).into(), (*text).to_owned())).collect(),
        fields: BTreeMap::from([("service_date".into(), "2026-03-09".to_owned())]),
        diagnoses: Vec::new(),
        pulled_forward: BTreeMap::new(),
        revision: 1,
        combined: BTreeMap::new(),
        branches: Vec::new(),
        state: NoteState::Draft,
        created_at: now(),
        edited_at: now(),
        edited_on: office(),
    }
}

pub(crate) fn envelope(number: u128, command: Command) -> CommandEnvelope {
    CommandEnvelope {
        id: CommandId::new(uuid(900_000 + number)),
        asserted_at: later(i64::try_from(number).unwrap()),
        depends_on: Vec::new(),
        command,
    }
}

pub(crate) fn edits(section: &str, from: &str, to: &str) -> NoteEdits {
    NoteEdits {
        sections: BTreeMap::from([(SectionKey::from(section), Edit::new(from, to))]),
        ..NoteEdits::default()
    }
}

/// `note.patch` of one section of note `note` of client `client`.
pub(crate) fn patch(
    number: u128,
    note: u128,
    client: u128,
    section: &str,
    from: &str,
    to: &str,
) -> CommandEnvelope {
    envelope(
        number,
        Command::NotePatch(PatchNote {
            note_id: note_id(note),
            client_id: client_id(client),
            edits: edits(section, from, to),
        }),
    )
}

/// `note.create` of a SOAP note.
pub(crate) fn begin(number: u128, note: u128, client: u128) -> CommandEnvelope {
    envelope(
        number,
        Command::NoteCreate(CreateNote {
            note_id: note_id(note),
            client_id: client_id(client),
            note_type: NoteType::Progress,
            format: Some(NoteFormat::Soap),
            appointment_id: None,
            content: NoteEdits::default(),
        }),
    )
}

pub(crate) fn clinical(client: u128) -> Bucket {
    Bucket::clinical(client_id(client))
}

/// A store in a directory of its own, under a key that the test knows.
pub(crate) struct Desk {
    pub(crate) store: Store,
    pub(crate) path: PathBuf,
    pub(crate) dir: TempDir,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self::of(laptop())
    }

    pub(crate) fn of(device: DeviceId) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("store.db");
        let store = Store::create(&path, &key(), &identity(device)).unwrap();
        Self { store, path, dir }
    }

    /// Closes the store and opens it again, as after an end of the program.
    pub(crate) fn reopened(self) -> Self {
        let Self { store, path, dir } = self;
        drop(store);
        let store = Store::open(&path, &key()).unwrap();
        Self { store, path, dir }
    }

    pub(crate) fn submit(&self, envelope: CommandEnvelope) -> Submitted {
        let at = envelope.asserted_at;
        self.store.submit(envelope, Writing::Complete, at).unwrap()
    }

    pub(crate) fn type_on(&self, envelope: CommandEnvelope) -> Submitted {
        let at = envelope.asserted_at;
        self.store.submit(envelope, Writing::StillTyping, at).unwrap()
    }

    pub(crate) fn section(&self, note: u128, section: &str) -> Option<String> {
        let note: Note = self.store.get(note_id(note).uuid()).unwrap()?;
        Some(note.section(&section.into()).to_owned())
    }

    /// A second connection with the key, for looking at what the store keeps to itself.
    pub(crate) fn raw(&self) -> rusqlite::Connection {
        raw(&self.path)
    }

    pub(crate) fn count(&self, sql: &str) -> i64 {
        self.raw().query_row(sql, [], |row| row.get(0)).unwrap()
    }
}

/// Opens a database with the tests' key.
pub(crate) fn raw(path: &Path) -> rusqlite::Connection {
    let db = rusqlite::Connection::open(path).unwrap();
    db.execute_batch(&format!("PRAGMA key = \"x'{}'\"", "5a".repeat(32))).unwrap();
    db
}
