//! What the devices met: how long each request took, what was refused, and when an edit had arrived at the other device
//! of its author.

use mentalspace_domain::ids::{DeviceId, NoteId};
use mentalspace_protocol::error::ErrorCode;
use mentalspace_sync::failure::SyncFailure;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The requests that are measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Asked {
    Hello,
    Push,
    Pull,
}

impl Asked {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Hello => "hello",
            Self::Push => "push",
            Self::Pull => "pull",
        }
    }
}

/// How requests ended that did not end well.
#[derive(Clone, Debug, Default)]
pub(super) struct Troubles {
    /// 503 with `retry-after`: asked for.
    pub(super) busy: u64,
    /// 503 without.
    pub(super) busy_without_a_time: u64,
    /// Other failures of a server.
    pub(super) failed: u64,
    /// Connections refused, broken or silent, and answers that were cut.
    pub(super) unreachable: u64,
    /// Refusals that no device of ours should meet.
    pub(super) refused: u64,
    /// What the first of the last three said.
    pub(super) first: Option<String>,
}

impl Troubles {
    fn add(&mut self, asked: &str, failure: &SyncFailure) {
        match failure {
            SyncFailure::Refused(body) if body.code == ErrorCode::Busy => {
                match body.retry_after {
                    Some(_) => self.busy += 1,
                    None => self.busy_without_a_time += 1,
                }
                return;
            }
            SyncFailure::Refused(body) if body.code == ErrorCode::Internal => self.failed += 1,
            SyncFailure::Unreachable(_) | SyncFailure::Incomplete => self.unreachable += 1,
            _ => self.refused += 1,
        }
        let _ = self.first.get_or_insert_with(|| format!("{asked}: {failure} ({failure:?})"));
    }
}

/// An edit on its way.
#[derive(Clone, Copy, Debug)]
struct Edit {
    number: u32,
    by: DeviceId,
    /// When it was written.
    written: Instant,
    /// When it was handed to the server.
    sent: Option<Instant>,
}

/// How long edits took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lag {
    /// Since the beginning of the measurement.
    pub(super) at: Duration,
    /// From the pause of typing to the words being on the other device.
    pub(super) whole: Duration,
    /// From handing them to the server to the other device being told that there is something.
    pub(super) told: Option<Duration>,
}

#[derive(Debug, Default)]
struct Inside {
    since: Option<Instant>,
    took: BTreeMap<Asked, Vec<f32>>,
    troubles: Troubles,
    edits: HashMap<NoteId, Vec<Edit>>,
    lags: Vec<Lag>,
    outcomes: BTreeMap<&'static str, u64>,
    first_refused_command: Option<String>,
}

/// The book of one run.
#[derive(Debug, Default)]
pub(super) struct Ledger(Mutex<Inside>);

/// What stands in the book at the end.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) took: BTreeMap<Asked, Vec<f32>>,
    pub(super) troubles: Troubles,
    pub(super) lags: Vec<Lag>,
    pub(super) outcomes: BTreeMap<&'static str, u64>,
    pub(super) first_refused_command: Option<String>,
}

impl Ledger {
    fn held(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on it counts. What was met while everybody arrived is forgotten, edits on their way included.
    pub(super) fn open(&self) {
        *self.held() = Inside { since: Some(Instant::now()), ..Inside::default() };
    }

    /// Closes the book and gives what stands in it.
    pub(super) fn close(&self) -> Account {
        let inside = std::mem::take(&mut *self.held());
        Account {
            took: inside.took,
            troubles: inside.troubles,
            lags: inside.lags,
            outcomes: inside.outcomes,
            first_refused_command: inside.first_refused_command,
        }
    }

    pub(super) fn answered(&self, asked: Asked, took: Duration) {
        self.held().took.entry(asked).or_default().push(took.as_secs_f32() * 1e3);
    }

    pub(super) fn failed(&self, asked: &str, failure: &SyncFailure) {
        self.held().troubles.add(asked, failure);
    }

    pub(super) fn decided(&self, name: &'static str, command: &str, words: &str) {
        let mut inside = self.held();
        *inside.outcomes.entry(name).or_default() += 1;
        if !matches!(name, "applied" | "noop") {
            let _ = inside.first_refused_command.get_or_insert_with(|| format!("{command}: {words}"));
        }
    }

    pub(super) fn wrote(&self, note: NoteId, number: u32, by: DeviceId) {
        let edit = Edit { number, by, written: Instant::now(), sent: None };
        self.held().edits.entry(note).or_default().push(edit);
    }

    pub(super) fn sends(&self, note: NoteId) {
        let now = Instant::now();
        for edit in self.held().edits.entry(note).or_default() {
            edit.sent.get_or_insert(now);
        }
    }

    /// Everything up to `number` has arrived on the device `on`, which was told at `told`, if a poke told it. What comes
    /// back to the device that wrote it is no arrival.
    pub(super) fn arrived(&self, note: NoteId, number: u32, on: DeviceId, told: Option<Instant>) {
        let mut inside = self.held();
        let Some(since) = inside.since else { return };
        let mut came = Vec::new();
        if let Some(edits) = inside.edits.get_mut(&note) {
            edits.retain(|edit| {
                let has_come = edit.number <= number && edit.by != on;
                if has_come {
                    came.push(*edit);
                }
                !has_come
            });
        }
        let lags = came.into_iter().map(|edit| Lag {
            at: since.elapsed(),
            whole: edit.written.elapsed(),
            told: told.zip(edit.sent).and_then(|(told, sent)| told.checked_duration_since(sent)),
        });
        inside.lags.extend(lags);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn an_edit_has_arrived_once_it_is_on_the_other_device() {
        let (ledger, note) = (Ledger::default(), NoteId::new(Uuid::from_u128(1)));
        let [here, there] = [2, 3].map(|n| DeviceId::new(Uuid::from_u128(n)));
        ledger.open();
        ledger.wrote(note, 1, here);
        ledger.sends(note);
        ledger.wrote(note, 2, here);
        ledger.arrived(note, 2, here, None);
        ledger.arrived(note, 1, there, Some(Instant::now()));
        ledger.arrived(note, 1, there, None);
        let lags = ledger.close().lags;
        assert_eq!(lags.len(), 1, "not its own, and not twice");
        assert!(lags[0].told.is_some_and(|told| told <= lags[0].whole));
    }
}
