//! Why the store could not do something, in words for people.

use mentalspace_domain::decision::Refusal;
use mentalspace_domain::record::RecordError;

/// A failure of the store. What was saved before it stays saved.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk has no room.
    #[error(
        "The disk is full, so this was not saved. What was saved before is safe. Make room on the disk; your text stays on the screen and is saved as soon as there is room."
    )]
    DiskFull(#[source] rusqlite::Error),
    /// The database is damaged.
    #[error(
        "The encrypted file on this device is damaged. It is left as it is. Work that had reached the server is safe there, and what was not sent yet is kept in a second copy. Lock this device and choose Repair this device."
    )]
    Damaged(#[source] rusqlite::Error),
    /// The database was written by a newer release.
    #[error(
        "This device's data was written by a newer version of the application (data version {found}; this version knows {known}). Nothing was changed. Install the newer version."
    )]
    NewerSchema {
        /// Version found in the file.
        found: i64,
        /// Newest version this release knows.
        known: i64,
    },
    /// SQLite refused for another reason.
    #[error(
        "The encrypted file on this device could not be read or written. What was saved before is safe. Close other programs that use it and try again."
    )]
    Database(#[source] rusqlite::Error),
    /// A stored record cannot be read.
    #[error("A stored record could not be read. It is left as it is, and is fetched again at the next sync.")]
    Record(#[from] RecordError),
    /// A stored command cannot be read or written.
    #[error("A stored change could not be read. It is left as it is. Tell your administrator.")]
    Command(#[source] serde_json::Error),
    /// A file beside the database cannot be read or written.
    #[error(
        "A file beside the encrypted data could not be read or written. What was saved before is safe. Check the disk, then try again."
    )]
    Files(#[from] std::io::Error),
    /// Everything was handed over, and the device is about to be erased.
    #[error(
        "Your practice has ended this device's access, so this was not saved here. What you had written before was sent. Copy what stands on the screen if you still need it, and tell your administrator."
    )]
    Ended,
    /// The store's own rules were broken by what arrived.
    #[error(
        "What arrived does not fit what this device holds ({0}). Nothing was changed. It is fetched again at the next sync."
    )]
    Inconsistent(&'static str),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::DiskFull(error),
            Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => {
                Self::Damaged(error)
            }
            _ => Self::Database(error),
        }
    }
}

/// Why a command was not taken.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// The domain refuses; nothing was changed.
    #[error("{}", .0.message)]
    Refused(Refusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for SubmitError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// A failure that may come from a damaged file or a failing disk.
pub(crate) trait Diagnosed: Sized {
    /// The store's own part of it, if it has one.
    fn of_store(self) -> std::result::Result<StoreError, Self>;
}

impl Diagnosed for StoreError {
    fn of_store(self) -> std::result::Result<StoreError, Self> {
        Ok(self)
    }
}

impl Diagnosed for SubmitError {
    fn of_store(self) -> std::result::Result<StoreError, Self> {
        match self {
            Self::Store(error) => Ok(error),
            Self::Refused(refusal) => Err(Self::Refused(refusal)),
        }
    }
}

/// Result over [`StoreError`].
pub type Result<T> = std::result::Result<T, StoreError>;
