//! Handing a command to the store, and saying what became of it.

use crate::api::ApiError;
use crate::api::view::{ChangeView, SyncState};
use crate::desktop::{Desktop, Open};
use mentalspace_domain::command::{Command, CommandEnvelope};
use mentalspace_domain::ids::CommandId;
use mentalspace_store::{Submitted, Writing, outcome_word};
use uuid::Uuid;

/// Submits a command that stands for itself.
pub(crate) fn submit(
    desktop: &Desktop,
    open: &Open,
    id: Uuid,
    command: Command,
) -> Result<ChangeView, ApiError> {
    let submitted = send(desktop, open, command, Writing::Complete)?;
    desktop.wake.notify_one();
    Ok(change(id, &submitted))
}

/// Submits a command; `writing` says whether typing goes on.
pub(crate) fn send(
    desktop: &Desktop,
    open: &Open,
    command: Command,
    writing: Writing,
) -> Result<Submitted, ApiError> {
    let now = desktop.edge.now();
    let envelope = CommandEnvelope {
        id: CommandId::new(desktop.edge.id()?),
        asserted_at: now,
        depends_on: Vec::new(),
        command,
    };
    Ok(open.store.submit(envelope, writing, now)?)
}

pub(crate) fn change(id: Uuid, submitted: &Submitted) -> ChangeView {
    ChangeView {
        id: id.to_string(),
        outcome: outcome_word(&submitted.outcome).to_owned(),
        provisional: submitted.provisional,
        sync: if submitted.seq == 0 { SyncState::Synced } else { SyncState::Waiting },
    }
}
