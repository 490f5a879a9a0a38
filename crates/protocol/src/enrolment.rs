//! How a practice gets its first administrator, and a user her device.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use mentalspace_domain::ids::{DeviceId, KeyId, PracticeId, UserId};
use mentalspace_domain::people::{Practice, User};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What an enrolment code says. Its text form is `MS1.` followed by base64url of the canonical JSON of this.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolmentCode {
    /// The server's address, `https://host:port`.
    pub server: String,
    /// SHA-256 of the certificate authority's DER certificate, lower-case hex. The chain must end in it.
    pub ca_sha256: String,
    /// One-time secret, 128 bits or more, base64url.
    pub secret: String,
    /// The login it was made for.
    pub login: String,
}

/// Redeems the one-time token of a new practice.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FirstAdministratorRequest {
    /// The token that `practice create` printed; works once, for 24 hours.
    pub token: String,
    /// Login to create.
    pub login: String,
    /// Name to print.
    pub display_name: String,
    /// Password to set.
    pub password: String,
}

/// The first administrator exists now.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FirstAdministratorAnswer {
    /// The practice.
    pub practice: PracticeId,
    /// The user made.
    pub user: UserId,
}

/// Enrols a device. Identifiers and keys are made on the device.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrolRequest {
    /// The secret of the enrolment code.
    pub secret: String,
    /// The user's login.
    pub login: String,
    /// Her password: the one she has, or the one she sets where she has none yet.
    pub password: String,
    /// The device's identifier.
    pub device: DeviceId,
    /// What she calls it, e.g. "Office PC".
    pub device_name: String,
    /// Operating system and version.
    pub os: String,
    /// Ed25519 public key that proves possession of the token, lower-case hexadecimal.
    pub device_key: String,
    /// Identifier of the signing key.
    pub signing_key_id: KeyId,
    /// Ed25519 public key that signs notes, lower-case hexadecimal.
    pub signing_key: String,
}

/// The device is enrolled.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EnrolAnswer {
    /// The practice.
    pub practice: Practice,
    /// The user.
    pub user: User,
    /// Opaque bearer token, bound to the device key.
    pub token: String,
    /// The server's clock.
    pub server_time: DateTime<Utc>,
    /// The lease.
    pub lease: SignedLease,
    /// The log epoch in force.
    pub log_epoch: Uuid,
    /// The practice's recovery public key (X25519), lower-case hexadecimal.
    pub recovery_key: String,
    /// The server's sealing key certificate: receipts, leases and certificates verify with it.
    pub server_key: mentalspace_domain::people::SigningKeyCertificate,
}

/// How long a device may open without contact. Signed by the server; the device trusts nothing else for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// The device.
    pub device: DeviceId,
    /// The user.
    pub user: UserId,
    /// The server's clock when it was made.
    pub issued_at: DateTime<Utc>,
    /// The end.
    pub not_after: DateTime<Utc>,
}

/// A lease with the server's Ed25519 signature over its canonical JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedLease {
    /// The lease.
    pub lease: Lease,
    /// The signature, lower-case hexadecimal.
    pub signature: String,
}

/// What every enrolment code begins with.
const CODE_PREFIX: &str = "MS1.";

impl EnrolmentCode {
    /// The text that a person copies.
    #[must_use]
    pub fn to_text(&self) -> String {
        let json = serde_json::to_vec(self).unwrap_or_default();
        format!("{CODE_PREFIX}{}", URL_SAFE_NO_PAD.encode(json))
    }

    /// Reads the text that a person copied; none when it is not a whole code.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text.strip_prefix(CODE_PREFIX)?).ok()?;
        serde_json::from_slice(&bytes).ok()
    }
}
