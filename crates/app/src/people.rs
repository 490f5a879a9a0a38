//! Names of people, read once for a view.

use crate::api::ApiError;
use crate::desktop::Open;
use chrono::{DateTime, Utc};
use mentalspace_domain::client::Client;
use mentalspace_domain::ids::{ClientId, DeviceId, UserId};
use mentalspace_domain::people::User;
use mentalspace_store::profile::LeaseRecord;
use mentalspace_store::{DeviceIdentity, MetaKey};
use std::collections::HashMap;

/// Names by identifier.
pub(crate) struct Names {
    pub identity: DeviceIdentity,
    lease: Option<LeaseRecord>,
    users: HashMap<UserId, User>,
    clients: HashMap<ClientId, String>,
}

impl Names {
    pub(crate) fn load(open: &Open) -> Result<Self, ApiError> {
        let identity = open.store.identity()?;
        let users = open.store.all::<User>()?.into_iter().map(|user| (user.id, user)).collect();
        let clients =
            open.store.all::<Client>()?.iter().map(|client| (client.id, client.display_name())).collect();
        Ok(Self { identity, lease: open.store.meta(MetaKey::Lease)?, users, clients })
    }

    /// What dates are judged by: the later of what `clock` shows and the time that the server has vouched for.
    pub(crate) fn or_later(&self, clock: DateTime<Utc>) -> DateTime<Utc> {
        self.lease.as_ref().map_or(clock, |lease| lease.or_later(clock))
    }

    pub(crate) fn user(&self, id: UserId) -> String {
        if id == self.identity.user.id {
            return self.identity.user.display_name.clone();
        }
        self.users.get(&id).map_or_else(|| "A colleague".to_owned(), |user| user.display_name.clone())
    }

    pub(crate) fn users(&self) -> impl Iterator<Item = &User> {
        self.users.values()
    }

    pub(crate) fn client(&self, id: ClientId) -> String {
        self.clients.get(&id).cloned().unwrap_or_default()
    }

    /// "This device", or that it is another.
    pub(crate) fn device(&self, id: DeviceId) -> &'static str {
        if id == self.identity.device { "This device" } else { "Another device" }
    }

    pub(crate) fn me(&self) -> UserId {
        self.identity.user.id
    }
}
