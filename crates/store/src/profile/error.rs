//! Why a profile did not open. None of these alters, renames or recreates a database.

use crate::error::StoreError;
use std::time::Duration;

/// Why a profile did not open, in words for people.
#[derive(Debug, thiserror::Error)]
pub enum UnlockError {
    /// There is no profile here.
    #[error("This device is not enrolled yet. Ask your practice for an enrolment code.")]
    NoProfile,
    /// Another process has it open.
    #[error("MentalSpace is open already on this device. Nothing was changed. Use the window that is open.")]
    InUse,
    /// The password does not open it.
    #[error("That password does not open this device. Your notes are safe and unchanged. Try again{}; if you have forgotten it, your practice can recover this device with its recovery key.", wait_words(*.wait))]
    WrongPassword {
        /// How long the next try has to wait.
        wait: Duration,
    },
    /// A try came too soon after wrong ones.
    #[error("Wait {} seconds before the next try. Your notes are safe and unchanged.", .wait.as_secs().max(1))]
    TooSoon {
        /// How long still.
        wait: Duration,
    },
    /// Ten wrong passwords in a row.
    #[error(
        "The password was wrong ten times, so this device now opens only with the right password and while it reaches your practice's server. Your notes are safe and unchanged. Connect to the internet and try again; if you have forgotten the password, your practice can recover this device with its recovery key."
    )]
    TooManyAttempts,
    /// No keyring is running.
    #[error(
        "The system's keyring is not running, so this device's secret cannot be read. Your notes are safe and unchanged. Sign in to your desktop as usual and open MentalSpace again, or ask your administrator."
    )]
    KeyringUnavailable(#[source] Option<Box<dyn std::error::Error + Send + Sync>>),
    /// The keyring is locked.
    #[error(
        "The system's keyring is locked, so this device's secret cannot be read. Your notes are safe and unchanged. Unlock the keyring and try again."
    )]
    KeyringLocked(#[source] Option<Box<dyn std::error::Error + Send + Sync>>),
    /// The keyring works but does not hold this device's secret.
    #[error(
        "The system's keyring no longer holds this device's secret. Your notes are safe and unchanged. If you restored or moved this computer, bring the old keyring back; otherwise your practice can recover this device with its recovery key."
    )]
    DeviceSecretMissing,
    /// The recovery key is another practice's, or mistyped.
    #[error(
        "This recovery key does not open this device. Your notes are safe and unchanged. Check that it is your practice's key and that every group is typed as printed."
    )]
    WrongRecoveryKey,
    /// The database file is not this profile's.
    #[error(
        "The data file in this profile belongs to another device or was exchanged. It was not touched. Put the right file back, or ask your administrator before you do anything else."
    )]
    NotThisProfile,
    /// The database cannot be read, and what it needs to be built anew is there.
    #[error(
        "The encrypted file of this device is damaged, or another file lies in its place. It was not touched. What had reached the server is safe there, and what was not sent yet is kept in a second copy beside it. Choose Repair this device: the damaged file is kept, and a new one is built from the second copy and the server."
    )]
    Damaged,
    /// Neither the database nor the second copy of what is unsent can be read.
    #[error(
        "The encrypted file of this device cannot be read, and neither can the second copy of what was not sent yet. Nothing was touched. What had reached the server is safe there; what was written on this device since its last sync cannot be opened here. Keep this computer's files as they are, tell your administrator, and have the device enrolled anew."
    )]
    NothingToRebuildFrom,
    /// The header cannot be read or was edited.
    #[error(
        "The key file of this profile is damaged or was changed. Nothing was touched. Your notes are still in the data file. Ask your administrator to recover this device with the practice's recovery key."
    )]
    HeaderDamaged,
    /// There is data, but the file that leads to its key is gone.
    #[error(
        "This profile holds encrypted data, but its key file is missing. Nothing was touched, and nothing new is set up over it. Put the key file back from a backup, or ask your administrator before you do anything else."
    )]
    HeaderMissing,
    /// The lease is over.
    #[error(
        "This device has not been in contact with your practice for too long, so it is locked. Your notes are safe and unchanged. Connect to the internet and sign in."
    )]
    LeaseOver,
    /// The practice does not allow what was asked.
    #[error(
        "This computer has no keyring, and your practice does not allow keeping the device's secret in a file. Nothing was changed. Install a keyring (for example GNOME Keyring) or ask your administrator."
    )]
    FileNotAllowed,
    /// The password does not satisfy the policy.
    #[error("{0}")]
    PasswordRefused(#[from] mentalspace_crypto::password::PasswordRefusal),
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The profile's files cannot be read or written.
    #[error(
        "The files of this profile cannot be read or written. Nothing was changed. Check the disk, then try again."
    )]
    Files(#[from] std::io::Error),
    /// The machine gave no randomness, or the key derivation could not run.
    #[error(
        "This computer could not do the calculation that opens the device (it may be short of memory). Your notes are safe and unchanged. Close other programs and try again."
    )]
    Calculation,
}

fn wait_words(wait: Duration) -> String {
    match wait.as_secs() {
        0 => String::new(),
        1 => " in a second".to_owned(),
        seconds => format!(" in {seconds} seconds"),
    }
}
