//! Who asks: the user and the device behind a request, as the edge has established them.

use chrono::NaiveDate;
use chrono_tz::Tz;
use mentalspace_domain::ids::{DeviceId, PracticeId, UserId, derive_uuid};
use mentalspace_domain::people::{DatedRole, Role};
use std::net::IpAddr;
use uuid::Uuid;

/// Somebody with a valid token, a valid proof and a device that may speak. Only the edge makes one.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The tenant.
    pub practice: PracticeId,
    /// The user.
    pub user: UserId,
    /// Her device.
    pub device: DeviceId,
    /// Her dated roles.
    pub roles: Vec<DatedRole>,
    /// The name printed on what she signs.
    pub display_name: String,
    /// Her credential as printed; may be empty.
    pub credential: String,
    /// The practice's zone.
    pub zone: Tz,
    /// The sender's record schema.
    pub schema: u32,
    /// Finds the request in the log and in the audit trail.
    pub request_id: Uuid,
    /// The session whose token was shown.
    pub session: Option<Uuid>,
    /// Where the request came from.
    pub address: Option<IpAddr>,
}

/// In whose name something is done: what every transaction says first and every audit row names.
#[derive(Clone, Debug)]
pub struct Acting {
    /// The tenant.
    pub practice: PracticeId,
    /// The user; the practice's own machinery where there is none.
    pub user: Option<UserId>,
    /// The device.
    pub device: Option<DeviceId>,
    /// The roles held, by wire name, joined by commas.
    pub roles: String,
    /// Finds the request in the log.
    pub request_id: Uuid,
    /// The session.
    pub session: Option<Uuid>,
    /// Where from.
    pub address: Option<IpAddr>,
}

impl Caller {
    /// The roles held on `day`.
    pub fn roles_on(&self, day: NaiveDate) -> impl Iterator<Item = Role> + '_ {
        self.roles.iter().filter(move |dated| dated.covers(day)).map(|dated| dated.role)
    }

    /// In whose name the request is done.
    #[must_use]
    pub fn acting(&self, day: NaiveDate) -> Acting {
        let roles: Vec<&str> = self.roles_on(day).map(Role::as_str).collect();
        Acting {
            practice: self.practice,
            user: Some(self.user),
            device: Some(self.device),
            roles: roles.join(","),
            request_id: self.request_id,
            session: self.session,
            address: self.address,
        }
    }
}

impl Acting {
    /// The practice's own hand, for what an operator does at the console: a user that nobody can sign in as, who
    /// holds the practice's bucket and no other.
    #[must_use]
    pub fn console(practice: PracticeId, request_id: Uuid) -> Self {
        Self {
            user: Some(console_user(practice)),
            roles: "console".to_owned(),
            ..Self::machinery(practice, request_id)
        }
    }

    /// The clerk, who lays work from the quarantine into charts: a user that nobody can sign in as, who holds a bucket
    /// while it writes in it and no longer.
    #[must_use]
    pub fn clerk(practice: PracticeId, request_id: Uuid) -> Self {
        Self {
            user: Some(clerk_user(practice)),
            roles: "clerk".to_owned(),
            ..Self::machinery(practice, request_id)
        }
    }

    /// The machinery between requests: it has the practice's narrow tables and no record at all.
    #[must_use]
    pub const fn machinery(practice: PracticeId, request_id: Uuid) -> Self {
        Self {
            practice,
            user: None,
            device: None,
            roles: String::new(),
            request_id,
            session: None,
            address: None,
        }
    }

    /// Somebody on the way in: known by password or code, not yet by a device's token.
    #[must_use]
    pub fn entering(practice: PracticeId, user: UserId, request_id: Uuid, address: Option<IpAddr>) -> Self {
        Self { user: Some(user), address, ..Self::machinery(practice, request_id) }
    }
}

/// The user in whose name the console acts.
#[must_use]
pub fn console_user(practice: PracticeId) -> UserId {
    UserId::new(derive_uuid("mentalspace console user v1", &[practice.uuid().as_bytes()]))
}

/// The user in whose name the clerk acts.
#[must_use]
pub fn clerk_user(practice: PracticeId) -> UserId {
    UserId::new(derive_uuid("mentalspace clerk user v1", &[practice.uuid().as_bytes()]))
}
