//! Taking a command: decided, queued and laid over the records in one durable transaction.

use crate::Store;
use crate::error::{Result, SubmitError};
use crate::identity;
use crate::outbox;
use chrono::{DateTime, Utc};
use mentalspace_domain::command::{Command, CommandEnvelope};
use mentalspace_domain::context::Context;
use mentalspace_domain::decision::Outcome;
use mentalspace_domain::ids::{CommandId, NoteId};
use mentalspace_domain::note::patch::PatchNote;
use mentalspace_domain::world::World;
use rusqlite::params;

/// Whether a command stands for itself or goes on with the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    /// A command of its own.
    Complete,
    /// Typing goes on: a later patch of the same note may grow this one, until a pause or until it is offered.
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
    note: NoteId,
    envelope: CommandEnvelope,
    world: World,
    ctx: Context,
    identity: identity::DeviceIdentity,
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
        let mut writer = self.writer();
        if let Command::NotePatch(patch) = &envelope.command
            && let Some(open) = writer.typing.take()
        {
            if open.note == patch.note_id {
                return writer.grow(open, patch, &envelope, writing);
            }
            writer.close(&open)?;
        }
        writer.close_open()?;
        let tx = writer.db.transaction()?;
        let identity = identity::current(&tx)?;
        let (world, ctx, decision) = outbox::decide(&tx, &identity, &envelope, now)?;
        if matches!(decision.outcome, Outcome::Noop { .. }) {
            return Ok(Submitted {
                command: envelope.id,
                seq: 0,
                outcome: decision.outcome,
                provisional: false,
            });
        }
        let open = writing == Writing::StillTyping;
        let seq = outbox::append(&tx, &identity, &envelope, &decision, open)?;
        outbox::overlay(&tx, &identity, &decision)?;
        tx.commit()?;
        let submitted = Submitted {
            command: envelope.id,
            seq,
            outcome: decision.outcome,
            provisional: decision.provisional,
        };
        if open && let Command::NotePatch(patch) = &envelope.command {
            let note = patch.note_id;
            writer.typing = Some(OpenPatch { seq, note, envelope, world, ctx, identity });
        }
        Ok(submitted)
    }

    /// Ends typing: the next patch is a command of its own, and this one may be sent.
    ///
    /// # Errors
    /// The store fails.
    pub fn pause_typing(&self) -> Result<()> {
        let mut writer = self.writer();
        writer.typing = None;
        writer.close_open()
    }
}

impl crate::Writer {
    /// Grows the open patch by `patch`: it then says what the first started from and what the last wrote.
    fn grow(
        &mut self,
        mut open: OpenPatch,
        patch: &PatchNote,
        newest: &CommandEnvelope,
        writing: Writing,
    ) -> std::result::Result<Submitted, SubmitError> {
        let Command::NotePatch(so_far) = &open.envelope.command else {
            return Err(SubmitError::Store(crate::error::StoreError::Inconsistent(
                "typing into something else",
            )));
        };
        let edits = so_far.edits.followed_by(&patch.edits);
        open.envelope.command = Command::NotePatch(PatchNote { edits, ..so_far.clone() });
        open.envelope.asserted_at = newest.asserted_at;
        open.ctx.asserted_at = newest.asserted_at;
        let decision = open.envelope.command.decide(&open.world, &open.ctx).map_err(SubmitError::Refused)?;
        let tx = self.db.transaction()?;
        tx.prepare_cached("UPDATE outbox SET envelope = ?2, open = ?3 WHERE seq = ?1 AND open = 1")?
            .execute(params![open.seq, outbox::encode(&open.envelope)?, writing == Writing::StillTyping])?;
        outbox::touch(&tx, &open.identity, open.seq, &decision)?;
        outbox::overlay(&tx, &open.identity, &decision)?;
        tx.commit()?;
        let submitted = Submitted {
            command: open.envelope.id,
            seq: open.seq,
            outcome: decision.outcome,
            provisional: decision.provisional,
        };
        if writing == Writing::StillTyping {
            self.typing = Some(open);
        }
        Ok(submitted)
    }

    fn close(&mut self, open: &OpenPatch) -> Result<()> {
        self.db.prepare_cached("UPDATE outbox SET open = 0 WHERE seq = ?1")?.execute([open.seq])?;
        Ok(())
    }

    /// Closes whatever is still open: after a kill, or before something else is done.
    pub(crate) fn close_open(&mut self) -> Result<()> {
        self.typing = None;
        self.db.prepare_cached("UPDATE outbox SET open = 0 WHERE open = 1")?.execute([])?;
        Ok(())
    }
}
