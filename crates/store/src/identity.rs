//! Whose device this is, and the surroundings of its decisions.

use crate::error::{Result, StoreError};
use crate::meta::{self, MetaKey};
use crate::profile::LeaseRecord;
use crate::rows;
use chrono::{DateTime, Utc};
use mentalspace_domain::context::{Actor, Context, Side};
use mentalspace_domain::ids::{BucketId, CommandId, DeviceId, PracticeId, UserId};
use mentalspace_domain::people::{Practice, Role, User, in_force};
use mentalspace_domain::record::{Record, RecordKey};
use mentalspace_domain::world::Need;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Practice, user and device of this store, as enrolment stated them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceIdentity {
    /// The device.
    pub device: DeviceId,
    /// The practice as it was at enrolment.
    pub practice: Practice,
    /// The user as she was at enrolment.
    pub user: User,
}

impl DeviceIdentity {
    /// The practice's identifier.
    #[must_use]
    pub const fn practice_id(&self) -> PracticeId {
        self.practice.id
    }

    /// The user's identifier.
    #[must_use]
    pub const fn user_id(&self) -> UserId {
        self.user.id
    }
}

/// The identity, with practice and user as they stand now where they have come down since.
pub(crate) fn current(db: &Connection) -> Result<DeviceIdentity> {
    let mut identity: DeviceIdentity =
        meta::get(db, MetaKey::Identity)?.ok_or(StoreError::Inconsistent("the device has no identity"))?;
    if let Some(Record::User(user)) = rows::effective(db, RecordKey::of::<User>(identity.user.id.uuid()))? {
        identity.user = *user;
    }
    if let Some(Record::Practice(practice)) =
        rows::effective(db, RecordKey::of::<Practice>(identity.practice.id.uuid()))?
    {
        identity.practice = *practice;
    }
    Ok(identity)
}

/// The buckets held: what the device may decide in. Of those begun here only a new client's count: the server grants
/// them with her assignment. That a booking touched a colleague's calendar gives no right in it.
pub(crate) fn grants(db: &Connection) -> Result<BTreeSet<BucketId>> {
    let mut statement = db.prepare_cached("SELECT id, status FROM bucket WHERE status <> 'purging'")?;
    let mut rows = statement.query([])?;
    let mut grants = BTreeSet::new();
    while let Some(row) = rows.next()? {
        let (id, status): (Uuid, String) = (row.get(0)?, row.get(1)?);
        if status != "local" || rows::whole(db, id)? {
            grants.insert(BucketId::new(id));
        }
    }
    Ok(grants)
}

/// Those of the buckets held that a command names: `needs` names every bucket that its sender must hold.
pub(crate) fn grants_among(
    db: &Connection,
    practice: PracticeId,
    needs: &[Need],
) -> Result<BTreeSet<BucketId>> {
    let mut grants = BTreeSet::new();
    for id in needs.iter().map(|need| need.bucket().id(practice)) {
        let status = rows::bucket_status(db, id.uuid())?;
        let held = match status.as_deref() {
            None | Some("purging") => false,
            Some("local") => rows::whole(db, id.uuid())?,
            Some(_) => true,
        };
        if held {
            grants.insert(id);
        }
    }
    Ok(grants)
}

/// By what this device judges what is dated: the time that the server has last vouched for, and the one that the clock
/// shows. A wrong clock takes nothing away; what it gives too early has no effect on the server.
pub(crate) fn instants(db: &Connection, now: DateTime<Utc>) -> Result<Vec<DateTime<Utc>>> {
    Ok(instants_of(lease(db)?.as_ref(), now))
}

fn instants_of(lease: Option<&LeaseRecord>, now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    lease.map(|lease| lease.high_water).into_iter().chain([now]).collect()
}

fn lease(db: &Connection) -> Result<Option<LeaseRecord>> {
    meta::get(db, MetaKey::Lease)
}

/// The user's roles in force.
pub(crate) fn roles(db: &Connection, identity: &DeviceIdentity, now: DateTime<Utc>) -> Result<Vec<Role>> {
    Ok(in_force(&identity.user.roles, identity.practice.zone, &instants(db, now)?))
}

/// The surroundings of a decision on this device.
pub(crate) fn context(
    db: &Connection,
    identity: &DeviceIdentity,
    grants: BTreeSet<BucketId>,
    command: CommandId,
    asserted_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Context> {
    let lease = lease(db)?;
    Ok(Context {
        practice: identity.practice.id,
        actor: Actor {
            user: identity.user.id,
            display_name: identity.user.display_name.clone(),
            credential: identity.user.credential.clone(),
            roles: in_force(&identity.user.roles, identity.practice.zone, &instants_of(lease.as_ref(), now)),
            grants,
        },
        device: identity.device,
        command,
        asserted_at,
        // A clock that has been left behind would call today's dates future ones.
        now: lease.map_or(now, |lease| lease.or_later(now)),
        zone: identity.practice.zone,
        side: Side::Device,
    })
}
