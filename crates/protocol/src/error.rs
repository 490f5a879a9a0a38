//! The one shape of every error on the wire.

use mentalspace_domain::decision::FieldError;
use serde::{Deserialize, Serialize};

/// A code on which some caller branches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The request is not of the form that the interface takes.
    Malformed,
    /// The body is larger than [`crate::limits::MAX_BODY`].
    TooLarge,
    /// No, or no valid, token.
    Unauthenticated,
    /// Login or password is wrong; the same whether or not the login exists.
    WrongCredentials,
    /// The proof's nonce is not current: repeat with the one in the answer's nonce header.
    StaleNonce,
    /// The caller may not do this.
    NotAllowed,
    /// No such thing, or not the caller's to know.
    NotFound,
    /// Too many attempts; `retry-after` says when.
    Throttled,
    /// The account is locked for a while; `retry-after` says how long.
    LockedOut,
    /// The enrolment code or token is unknown, used or expired.
    CodeInvalid,
    /// The password does not satisfy the policy.
    PasswordRefused,
    /// The device has been revoked: it may only push what it has, then must erase itself.
    DeviceRevoked,
    /// The server's log was restored to an earlier state: start every cursor anew and offer again what is kept.
    EpochChanged,
    /// A number between the last processed and this push is missing.
    SequenceGap,
    /// The same number arrived with another command: the device was restored from an image.
    DeviceFork,
    /// The device's schema is too old to pull; it may still push.
    UpgradeRequired,
    /// Try again later. Nothing was recorded, unless the server's patience ended in the middle of a COMMIT.
    Busy,
    /// The server failed, and it is not known whether it was done: the same sent again tells. `incident` finds it in the
    /// server's log.
    Internal,
}

/// An error on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// For callers.
    pub code: ErrorCode,
    /// For people: what happened, what is safe, what to do. Never PHI, SQL or a stack.
    pub message: String,
    /// Where, if the request had fields at fault.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub field_errors: Vec<FieldError>,
    /// Whether the same request may succeed later.
    pub retryable: bool,
    /// Finds the failure in the server's log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident: Option<String>,
    /// With [`ErrorCode::EpochChanged`], [`ErrorCode::SequenceGap`] and [`ErrorCode::DeviceFork`]: where the server is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// Seconds after which another try makes sense, from the answer's header `retry-after`: not part of the body.
    #[serde(skip)]
    pub retry_after: Option<u32>,
}

/// Where the server's record of a device stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The log epoch in force.
    pub log_epoch: uuid::Uuid,
    /// The last processed number of the device.
    pub processed_seq: i64,
}
