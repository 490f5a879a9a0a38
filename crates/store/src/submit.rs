//! Taking a command: decided, queued and laid over the records in one durable transaction.

use crate::error::{Result, StoreError, SubmitError};
use crate::identity::{self, DeviceIdentity};
use crate::{Store, Writer, buckets, outbox, rows};
use chrono::{DateTime, TimeDelta, Utc};
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::command::{Command, CommandEnvelope};
use mentalspace_domain::context::Context;
use mentalspace_domain::decision::{Change, Decision, Outcome};
use mentalspace_domain::ids::CommandId;
use mentalspace_domain::note::edit::Edit;
use mentalspace_domain::note::patch::PatchNote;
use mentalspace_domain::record::RecordKey;
use mentalspace_domain::world::World;
use rusqlite::params;
use std::collections::{BTreeMap, BTreeSet};

/// Whether a command stands for itself or goes on with the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    /// A command of its own.
    Complete,
    /// Typing goes on: a later patch of the same note, or a later writing of the same addendum, may grow this one,
    /// until a pause or until it is offered.
    StillTyping,
}

/// A command that was taken. It is durable when this is returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted {
    /// The command's identity: the earlier one's, where this went on with it.
    pub command: CommandId,
    /// Its place in the device's order; 0 where nothing had to be queued.
    pub seq: i64,
    /// What this device makes of it.
    pub outcome: Outcome,
    /// Whether that rests on something that is not held here.
    pub provisional: bool,
}

/// The patch that typing may still grow, with the state before it.
pub(crate) struct OpenPatch {
    seq: i64,
    envelope: CommandEnvelope,
    world: World,
    ctx: Context,
    identity: DeviceIdentity,
    /// What it has laid over the records so far.
    laid: BTreeSet<RecordKey>,
}

impl Store {
    /// Takes a command: decides it over what this device holds, queues it and lays its effect over the records, in
    /// one transaction with `synchronous=FULL`. When this returns, a power cut does not undo it.
    ///
    /// # Errors
    /// The domain refuses, or the store fails; nothing is changed then.
    pub fn submit(
        &self,
        envelope: CommandEnvelope,
        writing: Writing,
        now: DateTime<Utc>,
    ) -> std::result::Result<Submitted, SubmitError> {
        self.write(|writer| writer.submit(envelope, writing, now))
    }

    /// Takes words for a chart that this device holds no more: they are queued as they are, to be sent and kept by the
    /// practice, and are shown nowhere. Whoever had the chart open when access ended must be able to finish her save.
    ///
    /// # Errors
    /// The command carries no words, or the chart is held after all and refuses it; or the store fails. Nothing is changed
    /// then.
    pub fn submit_late(
        &self,
        envelope: CommandEnvelope,
        now: DateTime<Utc>,
    ) -> std::result::Result<Submitted, SubmitError> {
        self.write(|writer| writer.submit_late(envelope, now))
    }

    /// Ends typing: the next patch is a command of its own, and this one may be sent.
    ///
    /// # Errors
    /// The store fails.
    pub fn pause_typing(&self) -> Result<()> {
        self.write(|writer| {
            writer.close_open()?;
            writer.flush_copy();
            Ok(())
        })
    }
}

impl OpenPatch {
    /// The one command that says what this one said and then `next`, if `next` goes on where this one stands: the
    /// same note or addendum, each text taken up as it was left. Anything else is a command of its own, or one of
    /// two texts would vanish inside the other.
    fn continued_by(&self, next: &CommandEnvelope) -> Option<Command> {
        if !next.depends_on.iter().all(|id| self.envelope.depends_on.contains(id)) {
            return None;
        }
        match (&self.envelope.command, &next.command) {
            (Command::NotePatch(so_far), Command::NotePatch(next)) => {
                let goes_on = so_far.note_id == next.note_id
                    && so_far.client_id == next.client_id
                    && taken_up(&so_far.edits.sections, &next.edits.sections)
                    && taken_up(&so_far.edits.fields, &next.edits.fields);
                goes_on.then(|| {
                    let edits = so_far.edits.followed_by(&next.edits);
                    Command::NotePatch(PatchNote { edits, ..so_far.clone() })
                })
            }
            (Command::AddendumWrite(so_far), Command::AddendumWrite(next)) => {
                let goes_on = so_far.addendum_id == next.addendum_id
                    && so_far.note_id == next.note_id
                    && so_far.client_id == next.client_id
                    && taken_up(&so_far.sections, &next.sections);
                goes_on.then(|| Command::AddendumWrite(so_far.followed_by(next)))
            }
            _ => None,
        }
    }
}

fn taken_up<K: Ord>(so_far: &BTreeMap<K, Edit>, next: &BTreeMap<K, Edit>) -> bool {
    next.iter()
        .all(|(key, edit)| so_far.get(key).is_none_or(|left| left.to == edit.from || left.to == edit.to))
}

fn keys(decision: &Decision) -> BTreeSet<RecordKey> {
    decision.changes.iter().map(Change::key).collect()
}

fn submitted(envelope: &CommandEnvelope, seq: i64, decision: &Decision) -> Submitted {
    Submitted {
        command: envelope.id,
        seq,
        outcome: decision.outcome.clone(),
        provisional: decision.provisional,
    }
}

impl Writer {
    fn submit(
        &mut self,
        mut envelope: CommandEnvelope,
        writing: Writing,
        now: DateTime<Utc>,
    ) -> std::result::Result<Submitted, SubmitError> {
        if self.ended {
            return Err(SubmitError::Store(StoreError::Ended));
        }
        if let Some(open) = self.typing.take()
            && let Some(grown) = open.continued_by(&envelope)
        {
            return self.grow(open, grown, envelope.asserted_at, writing, now);
        }
        self.close_open()?;
        let tx = self.db.transaction()?;
        let identity = identity::current(&tx)?;
        let (world, ctx, decision) = outbox::decide(&tx, &identity, &envelope, now)?;
        if matches!(decision.outcome, Outcome::Noop { .. }) {
            return Ok(submitted(&envelope, 0, &decision));
        }
        envelope.depends_on.extend(outbox::builds_on(&tx, &envelope.command)?);
        let grows = matches!(envelope.command, Command::NotePatch(_) | Command::AddendumWrite(_));
        let open = writing == Writing::StillTyping && grows;
        let text = outbox::encode(&envelope, open)?;
        let seq = outbox::append(&tx, &identity, &envelope, &text, &decision, open)?;
        outbox::overlay(&tx, &identity, ctx.now, &decision)?;
        tx.commit()?;
        self.copy_command(seq, envelope.id.uuid(), &text, !open);
        let submitted = submitted(&envelope, seq, &decision);
        if open {
            let laid = keys(&decision);
            self.typing = Some(OpenPatch { seq, envelope, world, ctx, identity, laid });
        }
        Ok(submitted)
    }

    fn submit_late(
        &mut self,
        envelope: CommandEnvelope,
        now: DateTime<Utc>,
    ) -> std::result::Result<Submitted, SubmitError> {
        let Some((client, _)) = envelope.command.written_for() else {
            return self.submit(envelope, Writing::Complete, now);
        };
        if self.ended {
            return Err(SubmitError::Store(StoreError::Ended));
        }
        let about = Bucket::clinical(client);
        self.close_open()?;
        let tx = self.db.transaction()?;
        let identity = identity::current(&tx)?;
        let id = about.id(identity.practice.id);
        let status = rows::bucket_status(&tx, id.uuid()).map_err(StoreError::from)?;
        if !matches!(status.as_deref(), None | Some("purging")) {
            drop(tx);
            return self.submit(envelope, Writing::Complete, now);
        }
        buckets::await_words(&tx, id, about)?;
        let text = outbox::encode(&envelope, false)?;
        let seq = outbox::append(&tx, &identity, &envelope, &text, &Decision::applied(Vec::new()), false)?;
        tx.commit()?;
        self.copy_command(seq, envelope.id.uuid(), &text, true);
        Ok(Submitted { command: envelope.id, seq, outcome: Outcome::Applied, provisional: true })
    }

    /// Makes the open patch into `grown`: it then says what the first started from and what the last wrote.
    fn grow(
        &mut self,
        mut open: OpenPatch,
        grown: Command,
        asserted_at: DateTime<Utc>,
        writing: Writing,
        now: DateTime<Utc>,
    ) -> std::result::Result<Submitted, SubmitError> {
        open.envelope.command = grown;
        // A clock that stands still or was set back between two keys must not make the later state look like the earlier one: the
        // second copy tells them apart by it.
        open.envelope.asserted_at = asserted_at.max(open.envelope.asserted_at + TimeDelta::microseconds(1));
        open.ctx.asserted_at = open.envelope.asserted_at;
        let decision = match open.envelope.command.decide(&open.world, &open.ctx) {
            Ok(decision) => decision,
            Err(refusal) => {
                self.close_open()?;
                return Err(SubmitError::Refused(refusal));
            }
        };
        let text = outbox::encode(&open.envelope, writing == Writing::StillTyping)?;
        let laid = keys(&decision);
        let tx = self.db.transaction()?;
        tx.prepare_cached("UPDATE outbox SET envelope = ?2 WHERE seq = ?1 AND open = 1")?
            .execute(params![open.seq, text])?;
        if writing == Writing::Complete {
            tx.prepare_cached("UPDATE outbox SET open = 0 WHERE seq = ?1")?.execute([open.seq])?;
        }
        let taken_back: Vec<RecordKey> = open.laid.difference(&laid).copied().collect();
        if taken_back.is_empty() || outbox::is_arriving(&tx)? {
            for key in taken_back {
                outbox::put_back(&tx, key, open.world.record(key))?;
            }
            outbox::touch(&tx, &open.identity, open.seq, &decision)?;
            outbox::overlay(&tx, &open.identity, open.ctx.now, &decision)?;
        } else {
            // She has taken words back, and with them a change that lies over the records: it goes too.
            outbox::replay(&tx, now)?;
        }
        tx.commit()?;
        self.copy_command(open.seq, open.envelope.id.uuid(), &text, writing == Writing::Complete);
        let submitted = submitted(&open.envelope, open.seq, &decision);
        open.laid = laid;
        if writing == Writing::StillTyping {
            self.typing = Some(open);
        }
        Ok(submitted)
    }

    /// Closes whatever is still open: after a kill, or before something else is done.
    pub(crate) fn close_open(&mut self) -> Result<()> {
        self.typing = None;
        self.db.prepare_cached("UPDATE outbox SET open = 0 WHERE open = 1")?.execute([])?;
        Ok(())
    }
}
