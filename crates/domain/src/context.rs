//! What a decision knows of its surroundings: who acts, where, when. All of it is passed in.

use crate::bucket::Bucket;
use crate::ids::{BucketId, CommandId, DeviceId, PracticeId, UserId};
use crate::people::Role;
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use std::collections::BTreeSet;

/// Who acts: the user with her roles and the buckets granted to her.
#[derive(Clone, Debug)]
pub struct Actor {
    /// The user.
    pub user: UserId,
    /// The name printed on what she signs.
    pub display_name: String,
    /// Her credential as printed; may be empty.
    pub credential: String,
    /// Her roles in force: see [`crate::people::in_force`].
    pub roles: Vec<Role>,
    /// The buckets she holds: on the server those of the command that she is granted, on a device those it has.
    pub grants: BTreeSet<BucketId>,
}

/// Which end decides. The device's decision is shown at once; the server's is final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// On the clinician's device, over what it holds.
    Device,
    /// On the server, over the authoritative records.
    Server,
}

/// The surroundings of one decision.
#[derive(Clone, Debug)]
pub struct Context {
    /// The tenant.
    pub practice: PracticeId,
    /// Who acts.
    pub actor: Actor,
    /// On which device.
    pub device: DeviceId,
    /// The command being decided.
    pub command: CommandId,
    /// When the device says the intent was formed; evidence, never order.
    pub asserted_at: DateTime<Utc>,
    /// The deciding end's clock.
    pub now: DateTime<Utc>,
    /// The practice's zone.
    pub zone: Tz,
    /// Which end decides.
    pub side: Side,
}

impl Context {
    /// Today's civil date in the practice's zone, by the deciding end's clock.
    #[must_use]
    pub fn today(&self) -> NaiveDate {
        self.now.with_timezone(&self.zone).date_naive()
    }

    /// Whether the actor holds `bucket`.
    #[must_use]
    pub fn holds(&self, bucket: Bucket) -> bool {
        self.actor.grants.contains(&bucket.id(self.practice))
    }

    /// The actor's roles in force.
    pub fn roles(&self) -> impl Iterator<Item = Role> + '_ {
        self.actor.roles.iter().copied()
    }
}
