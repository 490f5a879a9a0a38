//! The one shape of every error.

use mentalspace_domain::decision::{Refusal, RefusalCode};
use mentalspace_store::profile::UnlockError;
use mentalspace_store::{StoreError, SubmitError};
use mentalspace_sync::failure::SyncFailure;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A code on which a caller branches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The request is not one of this interface.
    Malformed,
    /// The device is locked: unlock first.
    Locked,
    /// The device is not enrolled.
    NotEnrolled,
    /// The device is enrolled already.
    AlreadyEnrolled,
    /// The profile is open in another process.
    InUse,
    /// The password is wrong.
    WrongPassword,
    /// Wait before the next try.
    TooSoon,
    /// Only a sign-in online opens the device now.
    SignInNeeded,
    /// The server knows another password, or another login.
    SignInRefused,
    /// The keyring is not running.
    KeyringUnavailable,
    /// The keyring is locked.
    KeyringLocked,
    /// The keyring does not hold this device's secret.
    DeviceSecretMissing,
    /// The practice does not allow the device secret in a file.
    FileNotAllowed,
    /// The recovery key does not fit.
    WrongRecoveryKey,
    /// The database file is not this profile's, or nothing of the profile can be read.
    NotThisProfile,
    /// The database file is damaged, and can be built anew: `rebuild`.
    Damaged,
    /// Written by a newer release.
    NewerSchema,
    /// The disk is full.
    DiskFull,
    /// The store failed.
    Storage,
    /// The password does not satisfy the policy.
    PasswordRefused,
    /// No such thing here.
    NotFound,
    /// The actor has no right to this.
    NotAllowed,
    /// The input is not valid.
    Invalid,
    /// Only the author may do this.
    NotAuthor,
    /// The note is signed.
    AlreadySigned,
    /// The note was entered in error.
    Voided,
    /// Texts of two devices are not settled.
    OpenConflict,
    /// Combined text is not confirmed.
    Unconfirmed,
    /// Something is missing before signing.
    Incomplete,
    /// What was signed is not what stands in the note.
    ContentChanged,
    /// The signature does not verify.
    BadSignature,
    /// The clinician is booked at that time.
    SlotTaken,
    /// The thing has moved on.
    WrongState,
    /// What this depends on was refused.
    DependencyRefused,
    /// The server cannot be reached.
    Unreachable,
    /// The server did not prove itself.
    NotOurServer,
    /// The server refused.
    ServerRefused,
    /// The application failed.
    Internal,
}

/// An error: what happened, what is safe, what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ApiError {
    /// For callers.
    pub code: Code,
    /// For people.
    pub message: String,
    /// Where, if certain fields are at fault.
    pub field_errors: Vec<FieldProblem>,
    /// Whether the same call may succeed later.
    pub retryable: bool,
    /// How long the server asked this device to stay away. For the sync actor; nobody else is told.
    #[serde(skip)]
    #[ts(skip)]
    pub wait: Option<std::time::Duration>,
}

/// One field at fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FieldProblem {
    /// Its key.
    pub field: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl ApiError {
    /// An error without fields.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), field_errors: Vec::new(), retryable: false, wait: None }
    }

    /// The device is locked.
    #[must_use]
    pub fn locked() -> Self {
        Self::new(Code::Locked, "This device is locked. Your notes are safe. Unlock it with your password.")
    }

    /// No such thing on this device.
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::new(
            Code::NotFound,
            format!(
                "{what} is not on this device. Nothing was changed. Sync, or check that you still have access."
            ),
        )
    }

    /// The application failed in a way that it does not expect.
    #[must_use]
    pub fn internal() -> Self {
        Self::new(
            Code::Internal,
            "Something went wrong in the application. What was saved is safe. Try again; restart the application if it goes on.",
        )
    }
}

const fn refusal_code(code: RefusalCode) -> Code {
    match code {
        RefusalCode::NotAllowed => Code::NotAllowed,
        RefusalCode::NotFound => Code::NotFound,
        RefusalCode::Invalid => Code::Invalid,
        RefusalCode::NotAuthor => Code::NotAuthor,
        RefusalCode::AlreadySigned => Code::AlreadySigned,
        RefusalCode::Voided => Code::Voided,
        RefusalCode::OpenConflict => Code::OpenConflict,
        RefusalCode::Unconfirmed => Code::Unconfirmed,
        RefusalCode::Incomplete => Code::Incomplete,
        RefusalCode::ContentChanged => Code::ContentChanged,
        RefusalCode::BadSignature => Code::BadSignature,
        RefusalCode::SlotTaken => Code::SlotTaken,
        RefusalCode::WrongState => Code::WrongState,
        RefusalCode::DependencyRefused => Code::DependencyRefused,
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        Self {
            code: refusal_code(refusal.code),
            message: refusal.message,
            field_errors: refusal
                .field_errors
                .into_iter()
                .map(|error| FieldProblem { field: error.field, message: error.message })
                .collect(),
            retryable: false,
            wait: None,
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let code = match error {
            StoreError::DiskFull(_) => Code::DiskFull,
            StoreError::NewerSchema { .. } => Code::NewerSchema,
            StoreError::Damaged(_) => Code::Damaged,
            _ => Code::Storage,
        };
        Self { retryable: code == Code::DiskFull, ..Self::new(code, error.to_string()) }
    }
}

impl From<SubmitError> for ApiError {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Refused(refusal) => refusal.into(),
            SubmitError::Store(error) => error.into(),
        }
    }
}

impl From<UnlockError> for ApiError {
    fn from(error: UnlockError) -> Self {
        let code = match &error {
            UnlockError::NoProfile => Code::NotEnrolled,
            UnlockError::InUse => Code::InUse,
            UnlockError::WrongPassword { .. } => Code::WrongPassword,
            UnlockError::TooSoon { .. } => Code::TooSoon,
            UnlockError::TooManyAttempts | UnlockError::LeaseOver => Code::SignInNeeded,
            UnlockError::KeyringUnavailable(_) => Code::KeyringUnavailable,
            UnlockError::KeyringLocked(_) => Code::KeyringLocked,
            UnlockError::DeviceSecretMissing => Code::DeviceSecretMissing,
            UnlockError::WrongRecoveryKey => Code::WrongRecoveryKey,
            UnlockError::NotThisProfile | UnlockError::NothingToRebuildFrom | UnlockError::HeaderDamaged => {
                Code::NotThisProfile
            }
            UnlockError::Damaged | UnlockError::Store(StoreError::Damaged(_)) => Code::Damaged,
            UnlockError::FileNotAllowed => Code::FileNotAllowed,
            UnlockError::PasswordRefused(_) => Code::PasswordRefused,
            UnlockError::Store(StoreError::NewerSchema { .. }) => Code::NewerSchema,
            UnlockError::Store(StoreError::DiskFull(_)) => Code::DiskFull,
            _ => Code::Storage,
        };
        Self {
            retryable: matches!(code, Code::TooSoon | Code::KeyringLocked),
            ..Self::new(code, error.to_string())
        }
    }
}

impl From<SyncFailure> for ApiError {
    fn from(failure: SyncFailure) -> Self {
        let code = match &failure {
            SyncFailure::Unreachable(_) | SyncFailure::Incomplete | SyncFailure::Unsent => Code::Unreachable,
            SyncFailure::NotOurServer(_) => Code::NotOurServer,
            SyncFailure::Refused(_) => Code::ServerRefused,
            SyncFailure::Store(StoreError::Damaged(_)) => Code::Damaged,
            SyncFailure::Store(_) => Code::Storage,
            SyncFailure::Local(_) => Code::Internal,
        };
        let (retryable, wait) = (failure.retryable(), failure.asked_to_wait());
        Self { retryable, wait, ..Self::new(code, failure.to_string()) }
    }
}
