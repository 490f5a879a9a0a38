//! When devices were last here. A hello writes nothing; what it says of a device is remembered and written down for
//! all of them together, every few seconds. A server that dies loses some seconds of last contacts, and nothing else.

use crate::caller::Acting;
use crate::http::failure::Outcome;
use crate::server::Server;
use crate::statement::statements;
use chrono::{DateTime, Utc};
use mentalspace_domain::ids::{DeviceId, PracticeId};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

statements! {
    /// Devices that a push holds right now are left out: the push itself notes that they were here.
    NOTE: () = "
        UPDATE device d
        SET last_contact = greatest(d.last_contact, n.at), unsent = n.unsent, schema_version = n.schema,
            lease_until = CASE WHEN d.status = 'active' THEN greatest(d.lease_until, n.lease_until) END
        FROM unnest($2::uuid[], $3::timestamptz[], $4::int4[], $5::int4[], $6::timestamptz[])
            AS n (device_id, at, unsent, schema, lease_until)
        WHERE d.practice_id = $1 AND d.device_id = n.device_id AND d.device_id IN (
            SELECT device_id FROM device
            WHERE practice_id = $1 AND device_id = ANY ($2)
            ORDER BY device_id FOR NO KEY UPDATE SKIP LOCKED)";
}

/// What a device said of itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Contact {
    pub(super) at: DateTime<Utc>,
    pub(super) unsent: u32,
    pub(super) schema: u32,
    pub(super) lease_until: Option<DateTime<Utc>>,
}

/// Contacts not written down yet.
#[derive(Debug, Default)]
pub struct Contacts {
    fresh: Mutex<HashMap<(PracticeId, DeviceId), Contact>>,
}

impl Contacts {
    pub(super) fn note(&self, practice: PracticeId, device: DeviceId, contact: Contact) {
        self.held().insert((practice, device), contact);
    }

    fn take(&self) -> Taken<'_> {
        let fresh = std::mem::take(&mut *self.held());
        let mut left: BTreeMap<PracticeId, Vec<(DeviceId, Contact)>> = BTreeMap::new();
        for ((practice, device), contact) in fresh {
            left.entry(practice).or_default().push((device, contact));
        }
        Taken { contacts: self, left }
    }

    fn held(&self) -> MutexGuard<'_, HashMap<(PracticeId, DeviceId), Contact>> {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Contacts on their way into the database. What is not written down when this goes is fresh again, unless the device was
/// here since.
struct Taken<'a> {
    contacts: &'a Contacts,
    left: BTreeMap<PracticeId, Vec<(DeviceId, Contact)>>,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let mut fresh = self.contacts.held();
        for (practice, contacts) in std::mem::take(&mut self.left) {
            for (device, contact) in contacts {
                fresh.entry((practice, device)).or_insert(contact);
            }
        }
    }
}

/// Writes the fresh contacts down.
///
/// # Errors
/// As the database says of the last practice whose contacts could not be written down: they are tried again the next time.
pub async fn write_down(server: &Server) -> Outcome<()> {
    let mut taken = server.contacts.take();
    let mut outcome = Ok(());
    for practice in taken.left.keys().copied().collect::<Vec<_>>() {
        match note(server, practice, &taken.left[&practice]).await {
            Ok(()) => drop(taken.left.remove(&practice)),
            Err(failure) => outcome = Err(failure),
        }
    }
    outcome
}

async fn note(server: &Server, practice: PracticeId, contacts: &[(DeviceId, Contact)]) -> Outcome<()> {
    let tx = server.db.begin(&Acting::machinery(practice, server.new_id()?)).await?;
    let devices: Vec<Uuid> = contacts.iter().map(|(device, _)| device.uuid()).collect();
    let at: Vec<DateTime<Utc>> = contacts.iter().map(|(_, contact)| contact.at).collect();
    let number = |value: u32| i32::try_from(value).unwrap_or(i32::MAX);
    let unsent: Vec<i32> = contacts.iter().map(|(_, contact)| number(contact.unsent)).collect();
    let schema: Vec<i32> = contacts.iter().map(|(_, contact)| number(contact.schema)).collect();
    let leases: Vec<Option<DateTime<Utc>>> =
        contacts.iter().map(|(_, contact)| contact.lease_until).collect();
    let parameters: [&(dyn ToSql + Sync); 6] = [&practice.uuid(), &devices, &at, &unsent, &schema, &leases];
    tx.run(&NOTE, &parameters).await?;
    tx.commit().await
}
