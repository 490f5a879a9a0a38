//! Why a conversation with the server did not succeed, in words that the status can show.

use mentalspace_protocol::error::{ErrorBody, ErrorCode};
use std::time::Duration;

/// A failed conversation. Nothing on the device is lost by any of them.
#[derive(Debug, thiserror::Error)]
pub enum SyncFailure {
    /// No connection could be made, or it broke.
    #[error(
        "The server cannot be reached. Your work is safe on this device and syncs by itself when the connection is back."
    )]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The server's certificate is not the practice's.
    #[error(
        "The server did not prove that it belongs to your practice, so nothing was sent. Your work is safe on this device. Check the network you are on, and tell your administrator if it goes on."
    )]
    NotOurServer(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The answer was cut or is not of the protocol.
    #[error(
        "The server's answer was incomplete. What had arrived is kept, and the rest is fetched at the next try."
    )]
    Incomplete,
    /// The way broke while something was handed over, after it had carried a part.
    #[error(
        "Not everything that you wrote could be sent yet, because the connection broke off. It is safe on this device and is sent by itself."
    )]
    Unsent,
    /// The server refused, in its own words.
    #[error("{}", .0.message)]
    Refused(Box<ErrorBody>),
    /// The device's own store failed.
    #[error("{0}")]
    Store(#[from] mentalspace_store::StoreError),
    /// The connection could not be prepared.
    #[error(
        "This device's connection could not be prepared. Your work is safe on this device. Restart the application; tell your administrator if it goes on."
    )]
    Local(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl SyncFailure {
    /// The server's code, if it was the server that refused.
    #[must_use]
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Refused(body) => Some(body.code),
            _ => None,
        }
    }

    /// How long the server asked this device to stay away, if it did.
    #[must_use]
    pub fn asked_to_wait(&self) -> Option<Duration> {
        match self {
            Self::Refused(body) => body.retry_after.map(|seconds| Duration::from_secs(u64::from(seconds))),
            _ => None,
        }
    }

    /// Whether another try may succeed without anybody doing anything.
    #[must_use]
    pub fn retryable(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::Incomplete | Self::Unsent => true,
            Self::Refused(body) => body.retryable,
            Self::NotOurServer(_) | Self::Store(_) | Self::Local(_) => false,
        }
    }
}
