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
    /// The time that the server has last vouched for: a clock behind it is wrong.
    pub vouched: Option<DateTime<Utc>>,
    users: HashMap<UserId, User>,
    clients: HashMap<ClientId, String>,
}

impl Names {
    pub(crate) fn load(open: &Open) -> Result<Self, ApiError> {
        let identity = open.store.identity()?;
        let users = open.store.all::<User>()?.into_iter().map(|user| (user.id, user)).collect();
        let clients =
            open.store.all::<Client>()?.iter().map(|client| (client.id, client.display_name())).collect();
        let lease: Option<LeaseRecord> = open.store.meta(MetaKey::Lease)?;
        Ok(Self { identity, vouched: lease.map(|lease| lease.high_water), users, clients })
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
