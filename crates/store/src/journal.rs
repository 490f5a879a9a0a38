//! Table `journal`: what became of commands, and what the engine did. What needs a person stays until she has seen
//! to it.

use crate::Store;
use crate::apply::IncomingResult;
use crate::error::{Result, StoreError};
use crate::salvage::Table;
use crate::{buckets, kinds, outbox};
use chrono::{DateTime, Utc};
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::command::{Command, CommandEnvelope};
use mentalspace_domain::decision::Outcome;
use mentalspace_domain::ids::{ClientId, CommandId};
use mentalspace_domain::record::{RecordKey, RecordKind};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};
use uuid::Uuid;

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number; 0 before it is written.
    pub entry: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// The command, if it is about one.
    pub command: Option<CommandId>,
    /// The command's or event's name.
    pub name: String,
    /// The outcome's word: `applied`, `merged`, `converted`, `parked`, `quarantined`, `noop`, `rejected`, or `local`.
    pub outcome: String,
    /// What a person may read; never clinical content.
    pub detail: String,
    /// The record it is about.
    pub record: Option<RecordKey>,
    /// The client it is about.
    pub client: Option<ClientId>,
    /// Whether a person has to see to it.
    pub needs_review: bool,
}

impl Entry {
    /// An entry about something that happened on this device.
    pub(crate) fn local(at: DateTime<Utc>, name: &str, detail: String) -> Self {
        Self {
            entry: 0,
            at,
            command: None,
            name: name.to_owned(),
            outcome: "local".to_owned(),
            detail,
            record: None,
            client: None,
            needs_review: false,
        }
    }
}

pub(crate) fn add(db: &Connection, entry: &Entry) -> Result<()> {
    insert(db, entry, None)
}

/// Writes down, once until somebody has seen to it, that something arrived which is not right.
pub(crate) fn warn(
    db: &Connection,
    at: DateTime<Utc>,
    name: &str,
    detail: &str,
    record: Option<RecordKey>,
) -> Result<()> {
    let said = db
        .prepare_cached(
            "SELECT 1 FROM journal WHERE needs_review = 1 AND name = ?1 AND record_id IS ?2 AND record_kind IS ?3",
        )?
        .exists(params![name, record.map(|key| key.id), record.map(|key| kinds::code(key.kind))])?;
    if said {
        return Ok(());
    }
    let entry = Entry { record, needs_review: true, ..Entry::local(at, name, detail.to_owned()) };
    add(db, &entry)
}

fn insert(db: &Connection, entry: &Entry, envelope: Option<&str>) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO journal (at, command_id, name, outcome, detail, record_kind, record_id, client, envelope, needs_review)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        entry.at.to_rfc3339(),
        entry.command.map(CommandId::uuid),
        entry.name,
        entry.outcome,
        entry.detail,
        entry.record.map(|key| kinds::code(key.kind)),
        entry.record.map(|key| key.id),
        entry.client.map(ClientId::uuid),
        envelope,
        entry.needs_review
    ])?;
    Ok(())
}

/// Writes what became of a command. Words that found no home on the server stay here with the refusal.
pub(crate) fn take_result(tx: &Transaction<'_>, result: &IncomingResult) -> Result<()> {
    let queued: Option<(String, Option<String>)> = tx
        .prepare_cached(
            "SELECT envelope, before FROM outbox WHERE command_id = ?1
             UNION ALL SELECT envelope, NULL FROM archive WHERE command_id = ?1 LIMIT 1",
        )?
        .query_row([result.id.uuid()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (envelope, before) = queued.map_or((None, None), |(envelope, before)| (Some(envelope), before));
    if outbox::became(before.as_deref()).is_some_and(|before| before.outcome == result.outcome) {
        // It was offered again to a restored server and came out as before: that has been told.
        return Ok(());
    }
    let parsed = envelope.as_deref().map(outbox::decode).transpose()?;
    let (record, client) = parsed.as_ref().map_or((None, None), about);
    let kept = matches!(result.outcome, Outcome::Quarantined { .. } | Outcome::Rejected { .. });
    let entry = Entry {
        entry: 0,
        at: result.decided_at,
        command: Some(result.id),
        name: parsed.as_ref().map_or("unknown", |envelope| envelope.command.name()).to_owned(),
        outcome: outcome_word(&result.outcome).to_owned(),
        detail: detail(&result.outcome),
        record,
        client,
        needs_review: !matches!(result.outcome, Outcome::Applied | Outcome::Noop { .. }),
    };
    insert(tx, &entry, envelope.as_deref().filter(|_| kept))?;
    let repeated = parsed.filter(|_| !kept).filter(|envelope| envelope.command.texts().is_empty());
    if let (Some(envelope), Some(record)) = (repeated, record) {
        // It was refused before and has come about now. Where words were refused, only a person can say so.
        tx.prepare_cached(
            "UPDATE journal SET needs_review = 0 WHERE record_id = ?1 AND name = ?2 AND outcome = 'rejected'",
        )?
        .execute(params![record.id, envelope.command.name()])?;
    }
    Ok(())
}

/// The outcome's word on the wire and in the journal.
#[must_use]
pub const fn outcome_word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Applied => "applied",
        Outcome::Merged { .. } => "merged",
        Outcome::Converted { .. } => "converted",
        Outcome::Parked { .. } => "parked",
        Outcome::Quarantined { .. } => "quarantined",
        Outcome::Noop { .. } => "noop",
        Outcome::Rejected { .. } => "rejected",
    }
}

fn detail(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Applied => "Received by the server.".to_owned(),
        Outcome::Merged { .. } => {
            "Combined with what another device had written. Read the combined text and confirm it before you sign.".to_owned()
        }
        Outcome::Converted { .. } => {
            "The note had been signed before this arrived. What you wrote is kept as an unsigned late-entry addendum.".to_owned()
        }
        Outcome::Parked { .. } => {
            "Another device had changed the same words. Both texts are kept. Open the note and choose.".to_owned()
        }
        Outcome::Quarantined { .. } => {
            "You no longer had access when this arrived. The practice keeps what you wrote and will look at it.".to_owned()
        }
        Outcome::Noop { because } => format!("Nothing to do: {because}."),
        Outcome::Rejected { message, .. } => message.clone(),
    }
}

/// What a command is about.
pub(crate) fn about(envelope: &CommandEnvelope) -> (Option<RecordKey>, Option<ClientId>) {
    let key = |kind, id: Uuid| Some(RecordKey { kind, id });
    match &envelope.command {
        Command::ClientCreate(c) => (key(RecordKind::Client, c.client_id.uuid()), Some(c.client_id)),
        Command::ClientUpdate(c) => (key(RecordKind::Client, c.client_id.uuid()), Some(c.client_id)),
        Command::ClientMerge(c) => (key(RecordKind::Client, c.from.uuid()), Some(c.from)),
        Command::CaseloadAssign(c) => {
            (key(RecordKind::Assignment, c.assignment_id.uuid()), Some(c.client_id))
        }
        Command::CaseloadUnassign(c) => {
            (key(RecordKind::Assignment, c.assignment_id.uuid()), Some(c.client_id))
        }
        Command::AppointmentBook(c) => {
            (key(RecordKind::Appointment, c.appointment_id.uuid()), Some(c.client_id))
        }
        Command::AppointmentReschedule(c) => {
            (key(RecordKind::Appointment, c.appointment_id.uuid()), Some(c.client_id))
        }
        Command::AppointmentCancel(c) => {
            (key(RecordKind::Appointment, c.appointment_id.uuid()), Some(c.client_id))
        }
        Command::AppointmentProgress(c) => {
            (key(RecordKind::Appointment, c.appointment_id.uuid()), Some(c.client_id))
        }
        Command::NoteCreate(c) => (key(RecordKind::Note, c.note_id.uuid()), Some(c.client_id)),
        Command::NotePatch(c) => (key(RecordKind::Note, c.note_id.uuid()), Some(c.client_id)),
        Command::NoteFormat(c) => (key(RecordKind::Note, c.note_id.uuid()), Some(c.client_id)),
        Command::NoteConfirm(c) => (key(RecordKind::Note, c.note_id.uuid()), Some(c.client_id)),
        Command::NoteResolve(c) => (key(RecordKind::Note, c.note_id.uuid()), Some(c.client_id)),
        Command::NoteSign(c) => (key(RecordKind::Note, c.note_id.uuid()), Some(c.client_id)),
        Command::NoteVoid(c) => (key(RecordKind::Note, c.note_id.uuid()), Some(c.client_id)),
        Command::AddendumWrite(c) => (key(RecordKind::Note, c.note_id.uuid()), Some(c.client_id)),
        Command::AddendumSign(c) => (key(RecordKind::Note, c.note_id.uuid()), Some(c.client_id)),
        Command::AddendumDismiss(c) => (key(RecordKind::Note, c.note_id.uuid()), Some(c.client_id)),
        Command::QuarantineAccept(c) => (key(RecordKind::Note, c.note_id.uuid()), Some(c.client_id)),
        Command::QuarantineReturn(c) => (key(RecordKind::Note, c.note_id.uuid()), Some(c.client_id)),
        Command::DiagnosisAdd(c) => (key(RecordKind::Diagnosis, c.diagnosis_id.uuid()), Some(c.client_id)),
        Command::DiagnosisEnd(c) => (key(RecordKind::Diagnosis, c.diagnosis_id.uuid()), Some(c.client_id)),
    }
}

impl Store {
    /// The newest entries first, `limit` of them, older than entry number `before` (or all).
    ///
    /// # Errors
    /// The store fails.
    pub fn journal(&self, before: Option<i64>, limit: u32) -> Result<Vec<Entry>> {
        self.read(|db| newest(db, before, limit))
    }

    /// Marks as seen to that texts of a record were combined, wait for a choice or became a late entry. What was
    /// refused is seen to entry by entry.
    ///
    /// # Errors
    /// The store fails.
    pub fn journal_settled(&self, record: Uuid) -> Result<()> {
        self.write(|writer| {
            writer
                .db
                .prepare_cached(
                    "UPDATE journal SET needs_review = 0 WHERE record_id = ?1
                     AND outcome IN ('merged', 'parked', 'converted')",
                )?
                .execute([record])?;
            Ok(())
        })
    }

    /// Marks one entry as seen to.
    ///
    /// # Errors
    /// The store fails.
    pub fn journal_reviewed(&self, entry: i64) -> Result<()> {
        self.write(|writer| {
            writer
                .db
                .prepare_cached("UPDATE journal SET needs_review = 0 WHERE entry = ?1")?
                .execute([entry])?;
            Ok(())
        })
    }

    /// The command of an entry that was refused or quarantined, with its words, for as long as they are kept.
    ///
    /// # Errors
    /// The store fails.
    pub fn journal_command(&self, entry: i64) -> Result<Option<CommandEnvelope>> {
        self.read(|db| {
            let text: Option<Option<String>> = db
                .prepare_cached("SELECT envelope FROM journal WHERE entry = ?1")?
                .query_row([entry], |row| row.get(0))
                .optional()?;
            text.flatten().as_deref().map(outbox::decode).transpose()
        })
    }
}

/// An entry of a database that is damaged, as it stands there.
pub(crate) struct Told {
    entry: Entry,
    envelope: Option<String>,
}

impl Told {
    pub(crate) const ALL: Table = Table {
        rows: "SELECT entry, at, command_id, name, outcome, detail, record_kind, record_id, client, needs_review, envelope
               FROM journal",
        order: &["entry"],
    };

    /// The entry in a row, and its number. A command that does not read makes the row one that does not: a damaged page
    /// comes as zeros.
    pub(crate) fn of(row: &Row<'_>) -> Result<(i64, Self)> {
        let entry = read(row)?;
        let envelope: Option<String> = row.get(10)?;
        if let Some(envelope) = &envelope {
            outbox::decode(envelope)?;
        }
        Ok((entry.entry, Self { entry, envelope }))
    }

    /// What tells an entry from every other.
    pub(crate) fn identity(&self) -> (DateTime<Utc>, Option<CommandId>, &str, &str, Option<RecordKey>) {
        let Entry { at, command, name, outcome, record, .. } = &self.entry;
        (*at, *command, name, outcome, *record)
    }

    /// The client whom the server did not take, if it tells of that.
    pub(crate) fn client_never_taken(&self) -> Option<Uuid> {
        let Entry { name, outcome, client, .. } = &self.entry;
        let refused = name == "client.create" && (outcome == "rejected" || outcome == "quarantined");
        client.filter(|_| refused).map(ClientId::uuid)
    }

    /// Writes it under a number of this journal.
    pub(crate) fn write(&self, db: &Connection) -> Result<()> {
        insert(db, &self.entry, self.envelope.as_deref())
    }

    /// The part of a client's record that it is about, if it is about one.
    pub(crate) fn part(&self) -> Option<Bucket> {
        self.entry.client.map(|client| buckets::part_named(&self.entry.name, client))
    }
}

fn newest(db: &Connection, before: Option<i64>, limit: u32) -> Result<Vec<Entry>> {
    let mut statement = db.prepare_cached(
        "SELECT entry, at, command_id, name, outcome, detail, record_kind, record_id, client, needs_review
         FROM journal WHERE ?1 IS NULL OR entry < ?1 ORDER BY entry DESC LIMIT ?2",
    )?;
    let mut rows = statement.query(params![before, limit])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(read(row)?);
    }
    Ok(entries)
}

fn read(row: &Row<'_>) -> Result<Entry> {
    let at: String = row.get(1)?;
    let kind = row.get::<_, Option<i64>>(6)?.and_then(kinds::kind);
    let id = row.get::<_, Option<Uuid>>(7)?;
    Ok(Entry {
        entry: row.get(0)?,
        at: at.parse().map_err(|_| StoreError::Inconsistent("a journal time"))?,
        command: row.get::<_, Option<Uuid>>(2)?.map(CommandId::new),
        name: row.get(3)?,
        outcome: row.get(4)?,
        detail: row.get(5)?,
        record: kind.zip(id).map(|(kind, id)| RecordKey { kind, id }),
        client: row.get::<_, Option<Uuid>>(8)?.map(ClientId::new),
        needs_review: row.get(9)?,
    })
}
