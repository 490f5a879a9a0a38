//! What an author has chosen so far between two texts, and written from both: hers alone, on this device, and only until
//! the conflict is settled. It is no record, so nobody is sent it; it goes with the client's clinical bucket.

use crate::error::{Result, StoreError};
use crate::meta::{self, MetaKey};
use crate::{Store, rows};
use mentalspace_domain::ids::{BranchId, ClientId};
use mentalspace_domain::note::{BranchState, NoteBranch};
use mentalspace_domain::record::{RecordKey, RecordType as _};
use rusqlite::Connection;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

#[derive(Serialize, Deserialize)]
pub(crate) struct Kept {
    client: ClientId,
    choices: serde_json::Value,
}

impl Store {
    /// What was chosen so far in a branch.
    ///
    /// # Errors
    /// The store fails.
    pub fn choices<T: DeserializeOwned>(&self, branch: BranchId) -> Result<Option<T>> {
        let kept = self.read(all)?.remove(&branch.uuid());
        kept.map(|kept| serde_json::from_value(kept.choices).map_err(StoreError::Command)).transpose()
    }

    /// Keeps what was chosen so far in a branch of a note of this client.
    ///
    /// # Errors
    /// The store fails.
    pub fn keep_choices<T: Serialize + ?Sized>(
        &self,
        branch: BranchId,
        client: ClientId,
        choices: &T,
    ) -> Result<()> {
        let choices = serde_json::to_value(choices).map_err(StoreError::Command)?;
        self.write(|writer| {
            let mut kept = all(&writer.db)?;
            kept.insert(branch.uuid(), Kept { client, choices });
            meta::set(&writer.db, MetaKey::Choices, &kept)
        })
    }

    /// Forgets what was chosen in branches that are settled, here or elsewhere.
    ///
    /// # Errors
    /// The store fails.
    pub fn forget_settled_choices(&self) -> Result<()> {
        self.write(|writer| {
            let mut settled = Vec::new();
            for branch in all(&writer.db)?.into_keys() {
                if is_settled(&writer.db, branch)? {
                    settled.push(branch);
                }
            }
            forget(&writer.db, |branch, _| settled.contains(branch))
        })
    }
}

/// The clients in whose notes something was chosen.
pub(crate) fn clients(db: &Connection) -> Result<Vec<ClientId>> {
    Ok(all(db)?.into_values().map(|kept| kept.client).collect())
}

/// Forgets what was chosen in this client's notes.
pub(crate) fn forget_client(db: &Connection, client: Uuid) -> Result<()> {
    forget(db, |_, kept| kept.client.uuid() == client)
}

fn forget(db: &Connection, is_over: impl Fn(&Uuid, &Kept) -> bool) -> Result<()> {
    let mut kept = all(db)?;
    let before = kept.len();
    kept.retain(|branch, kept| !is_over(branch, kept));
    if kept.len() == before { Ok(()) } else { meta::set(db, MetaKey::Choices, &kept) }
}

fn all(db: &Connection) -> Result<BTreeMap<Uuid, Kept>> {
    Ok(meta::get(db, MetaKey::Choices)?.unwrap_or_default())
}

/// A branch that is not here may still come down: the store may have been built anew a moment ago.
fn is_settled(db: &Connection, branch: Uuid) -> Result<bool> {
    let record = rows::effective(db, RecordKey::of::<NoteBranch>(branch))?;
    Ok(record.as_ref().and_then(NoteBranch::of).is_some_and(|branch| branch.state != BranchState::Open))
}
