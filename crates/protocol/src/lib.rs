//! Messages between a device and the sync-server, versioned. They mirror the interface, not the domain: what the
//! domain decides is carried inside them as it stands.
//!
//! Transport: HTTPS. Requests are JSON bodies, compressed by zstd above 1 KiB (`content-encoding: zstd`). The answer
//! to a pull is a zstd stream of JSON lines ([`pull::PullLine`]). Every request carries [`PROTOCOL_HEADER`] and
//! [`SCHEMA_HEADER`]; every request of an enrolled device also carries a bearer token and a proof of possession
//! ([`proof`]). Every error has the one shape of [`error::ErrorBody`].
#![deny(missing_docs)]

pub mod enrolment;
pub mod error;
pub mod limits;
pub mod proof;
pub mod pull;
pub mod push;
pub mod session;
pub mod verify;

/// Header naming the protocol version.
pub const PROTOCOL_HEADER: &str = "x-mentalspace-protocol";
/// The protocol version of this release.
pub const PROTOCOL_VERSION: u32 = 1;
/// Header naming the sender's record schema.
pub const SCHEMA_HEADER: &str = "x-mentalspace-schema";
/// What the connection that asks for events is upgraded to: lines of server-sent events and nothing around them.
pub const EVENTS_UPGRADE: &str = "mentalspace-events";
/// The record schema of this release.
pub const SCHEMA_VERSION: u32 = 1;

/// Paths of the interface.
pub mod path {
    /// POST [`crate::enrolment::FirstAdministratorRequest`].
    pub const FIRST_ADMINISTRATOR: &str = "/v1/first-administrator";
    /// POST [`crate::enrolment::EnrolRequest`].
    pub const ENROL: &str = "/v1/enrol";
    /// POST [`crate::session::SignInRequest`]: a new token for an enrolled device, by password.
    pub const SIGN_IN: &str = "/v1/session";
    /// POST [`crate::session::ChangePasswordRequest`].
    pub const CHANGE_PASSWORD: &str = "/v1/password";
    /// POST [`crate::session::HelloRequest`].
    pub const HELLO: &str = "/v1/sync/hello";
    /// POST [`crate::push::PushRequest`].
    pub const PUSH: &str = "/v1/sync/push";
    /// POST [`crate::pull::PullRequest`].
    pub const PULL: &str = "/v1/sync/pull";
    /// POST [`crate::verify::VerifyRequest`].
    pub const VERIFY: &str = "/v1/sync/verify";
    /// POST [`crate::verify::PurgeAckRequest`].
    pub const PURGE_ACK: &str = "/v1/sync/purge-ack";
    /// GET: server-sent events without content.
    pub const EVENTS: &str = "/v1/sync/events";
    /// GET [`crate::session::DeviceListed`]: the caller's devices, or all of the practice for an administrator.
    pub const DEVICES: &str = "/v1/devices";
    /// POST [`crate::session::RevokeDeviceRequest`].
    pub const REVOKE_DEVICE: &str = "/v1/devices/revoke";
}
