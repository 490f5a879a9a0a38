//! Signing in, changing the password, saying hello, and managing devices.

use crate::enrolment::SignedLease;
use chrono::{DateTime, Utc};
use mentalspace_domain::ids::{DeviceId, KeyId, PracticeId, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A new token for an enrolled device.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignInRequest {
    /// Login.
    pub login: String,
    /// Password.
    pub password: String,
    /// A password-reset code, where the practice issued one: `password` is then set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reset_code: Option<String>,
}

/// Signed in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignInAnswer {
    /// Opaque bearer token, bound to the device key.
    pub token: String,
    /// The server's clock.
    pub server_time: DateTime<Utc>,
    /// A fresh lease.
    pub lease: SignedLease,
}

/// Changes the password; every other session of the user ends.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangePasswordRequest {
    /// The password in force.
    pub current: String,
    /// The new one.
    pub new: String,
}

/// What a device asks first.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HelloRequest {
    /// The epoch it knows.
    pub log_epoch: Uuid,
    /// Its clock.
    pub device_time: DateTime<Utc>,
    /// How many commands no pull has confirmed yet, pushed or not.
    pub unsent: u32,
    /// The size of the last tree head it keeps; 0 for none.
    pub tree_size: u64,
    /// The epoch of that tree head, where it is another than `log_epoch`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tree_epoch: Option<Uuid>,
    /// Over what it holds: see [`crate::pull::HeldSummary`].
    pub held: crate::pull::HeldSummary,
}

/// What the device must do before anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Directive {
    /// Push what is unsent, then erase everything.
    Revoked,
    /// A newer release is needed before the next pull.
    Upgrade,
}

/// A signed tree head of the practice's log (RFC 6962, 3.5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeHead {
    /// The log epoch: part of the tree's identity.
    pub log_epoch: Uuid,
    /// Number of leaves.
    pub size: u64,
    /// Root hash, hex.
    pub root: String,
    /// When it was signed.
    pub at: DateTime<Utc>,
    /// The server's Ed25519 over the canonical JSON of this without this field, lower-case hexadecimal.
    pub signature: String,
}

/// Says that the practice's log was cut off and goes on in a new epoch: the server was restored from a backup. Whoever
/// has seen the old tree learns by it what of that tree is left, and that the new one is the practice's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EpochBridge {
    /// Names this form of statement; [`EpochBridge::FORM`].
    pub form: String,
    /// The practice.
    pub practice: PracticeId,
    /// The epoch that ended.
    pub from_epoch: Uuid,
    /// Leaves of its tree that the last witnessed head covers; 0 where no head had been signed.
    pub from_size: u64,
    /// Root hash of that head, hex; empty where there is none.
    pub from_root: String,
    /// The epoch that began.
    pub to_epoch: Uuid,
    /// When, by the server's clock.
    pub at: DateTime<Utc>,
    /// The server's sealing key.
    pub key: KeyId,
    /// The server's Ed25519 over the canonical JSON of this without this field, lower-case hexadecimal.
    pub signature: String,
}

impl EpochBridge {
    /// What [`EpochBridge::form`] says.
    pub const FORM: &str = "mentalspace.epoch-bridge.v1";
}

/// The answer to a hello.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HelloAnswer {
    /// The server's clock.
    pub server_time: DateTime<Utc>,
    /// A fresh lease; absent for a revoked device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<SignedLease>,
    /// The epoch in force.
    pub log_epoch: Uuid,
    /// The last processed number of this device.
    pub processed_seq: i64,
    /// What to do first, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directive: Option<Directive>,
    /// True when nothing the device may see has changed since the summary it sent: no pull is needed.
    pub unchanged: bool,
    /// The newest tree head, where it is newer than the device's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tree_head: Option<TreeHead>,
    /// Consistency proof from the device's tree head to this one (RFC 6962, 2.1.2), hex; where a bridge leads on from
    /// the epoch of the device's, to the head that the bridge names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consistency: Vec<String>,
    /// The bridges between epochs, oldest first, where the device's tree head is of an earlier epoch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bridges: Vec<EpochBridge>,
    /// True where the device keeps a later head of this very epoch than the server has: the server was set back and
    /// its epoch not changed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub behind: bool,
}

/// A device as listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceListed {
    /// The device.
    pub device: DeviceId,
    /// Whose it is.
    pub user: UserId,
    /// What its user calls it.
    pub name: String,
    /// `active`, `draining` or `revoked`.
    pub status: String,
    /// Last contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_contact: Option<DateTime<Utc>>,
    /// Commands it said it had not sent, at last contact.
    pub unsent: u32,
}

/// Revokes a device: it may push what it has, then erases itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevokeDeviceRequest {
    /// The device.
    pub device: DeviceId,
    /// Why, for the audit trail.
    pub reason: String,
}
