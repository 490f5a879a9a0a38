//! One-time codes: for a new practice's first administrator, for enrolling a device, for a forgotten password. Kept as
//! hashes; used once; none lives longer than a day.

use crate::Server;
use crate::db::Tx;
use crate::http::failure::{Failure, Outcome};
use crate::statement::{row, statements};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use mentalspace_crypto::{Secret16, sha256};
use mentalspace_domain::ids::{PracticeId, UserId};
use mentalspace_protocol::error::ErrorCode;
use uuid::Uuid;
use zeroize::Zeroizing;

/// What a code is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Making a new practice's first administrator.
    FirstAdministrator,
    /// Enrolling one device of a user.
    Enrolment,
    /// Setting a forgotten password, on an enrolled device.
    PasswordReset,
}

impl Purpose {
    /// The name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FirstAdministrator => "first_administrator",
            Self::Enrolment => "enrolment",
            Self::PasswordReset => "password_reset",
        }
    }

    /// How long a code of this kind lives. A reset code opens an account whose device is already enrolled, so it lives
    /// no longer than the telephone call in which it is read out.
    #[must_use]
    pub const fn lifetime(self) -> TimeDelta {
        match self {
            Self::FirstAdministrator | Self::Enrolment => TimeDelta::hours(24),
            Self::PasswordReset => TimeDelta::minutes(30),
        }
    }
}

row! {
    /// A code as found by its hash.
    pub(crate) struct FoundCode {
        /// The practice.
        practice_id: Uuid,
        /// What it is good for.
        purpose: String,
        /// For whom.
        user_id: Option<Uuid>,
        /// Her login.
        login: Option<String>,
        /// Whether she may still sign in.
        active: Option<bool>,
        /// Its end.
        expires_at: DateTime<Utc>,
        /// Whether it was used.
        used: bool,
        /// Her password's hash, where she has one.
        password_hash: Option<String>,
    }
}

statements! {
    /// Finds a code by its hash.
    FIND_CODE: FoundCode = "SELECT practice_id, purpose, user_id, login, active, expires_at, used, password_hash \
                            FROM find_code($1)";
    /// Ends the unused codes of the same user and purpose: only the newest is good.
    END_EARLIER: () = "UPDATE one_time_code SET used_at = $4 \
                       WHERE practice_id = $1 AND user_id IS NOT DISTINCT FROM $2 AND purpose = $3 AND used_at IS NULL";
    /// Keeps a new code.
    KEEP_CODE: () = "INSERT INTO one_time_code (practice_id, code_hash, purpose, user_id, made_at, expires_at) \
                     VALUES ($1, $2, $3, $4, $5, $6)";
    /// Uses a code, unless somebody else was faster.
    USE_CODE: () = "UPDATE one_time_code SET used_at = $3 \
                    WHERE practice_id = $1 AND code_hash = $2 AND used_at IS NULL AND expires_at > $3";
}

/// Makes a code and ends the earlier ones of the same user and purpose. What is given is the only copy.
///
/// # Errors
/// Without randomness, or when the database failed.
pub async fn make(
    server: &Server,
    tx: &Tx,
    practice: PracticeId,
    user: Option<UserId>,
    purpose: Purpose,
) -> Outcome<Zeroizing<String>> {
    let secret = Secret16::random(&*server.randomness).map_err(Failure::internal)?;
    let text = Zeroizing::new(URL_SAFE_NO_PAD.encode(secret.expose()));
    let (now, user) = (server.now(), user.map(UserId::uuid));
    tx.run(&END_EARLIER, &[&practice.uuid(), &user, &purpose.as_str(), &now]).await?;
    let hash = sha256(text.as_bytes());
    let ends = now + purpose.lifetime();
    let values: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
        [&practice.uuid(), &hash.as_bytes().as_slice(), &purpose.as_str(), &user, &now, &ends];
    tx.run(&KEEP_CODE, &values).await?;
    Ok(text)
}

/// Finds a code that may still be used for `purpose`.
///
/// # Errors
/// `CodeInvalid`, in the same words whether it is unknown, used, expired or for something else.
pub(crate) async fn find(server: &Server, secret: &str, purpose: Purpose) -> Outcome<FoundCode> {
    let hash = sha256(secret.as_bytes());
    let found = server.db.ask(&FIND_CODE, &[&hash.as_bytes().as_slice()]).await?.into_iter().next();
    found
        .filter(|code| code.purpose == purpose.as_str() && !code.used && code.expires_at > server.now())
        .filter(|code| code.active != Some(false))
        .ok_or_else(invalid)
}

/// Uses a code in the transaction that does what it is good for.
///
/// # Errors
/// `CodeInvalid` when somebody else was faster.
pub(crate) async fn redeem(tx: &Tx, practice: PracticeId, secret: &str, now: DateTime<Utc>) -> Outcome<()> {
    let hash = sha256(secret.as_bytes());
    match tx.run(&USE_CODE, &[&practice.uuid(), &hash.as_bytes().as_slice(), &now]).await? {
        1 => Ok(()),
        _ => Err(invalid()),
    }
}

/// The refusal of a code.
pub(crate) fn invalid() -> Failure {
    let message = "This code is unknown, already used or expired. Nothing was changed; ask your administrator for a new one.";
    Failure::new(ErrorCode::CodeInvalid, message)
}
