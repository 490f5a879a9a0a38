//! Counting attempts before they are looked at. The counts live in the database, so that several servers count
//! together, and by hashes, so that an account that does not exist is counted like one that does.

use crate::Server;
use crate::http::admission::network;
use crate::http::failure::{Failure, Outcome};
use crate::statement::{row, statements};
use mentalspace_crypto::Sha256;
use mentalspace_crypto::digest::sha256;
use mentalspace_crypto::frame::framed;
use mentalspace_domain::ids::PracticeId;
use mentalspace_protocol::error::ErrorCode;
use std::net::IpAddr;

row! {
    /// Whether an attempt may go ahead.
    pub(crate) struct Verdict {
        /// `go`, `throttled` or `locked_out`.
        verdict: String,
        /// Seconds to wait, if not.
        wait_seconds: i32,
    }
}

statements! {
    /// Counts an attempt, unless account or source have to wait.
    BEGIN_ATTEMPT: Verdict = "SELECT verdict, wait_seconds FROM begin_attempt($1, $2, $3)";
    /// Takes the count of a good attempt back.
    ATTEMPT_WAS_GOOD: () = "SELECT FROM attempt_was_good($1, $2)";
    /// Takes the count of an attempt back that came to nothing.
    ATTEMPT_WAS_NONE: () = "SELECT FROM attempt_was_none($1, $2)";
    /// Forgets counts that say nothing any more.
    FORGET_ATTEMPTS: () = "SELECT FROM forget_attempts($1)";
}

/// An attempt that was let through and is counted as failed until it is called good.
#[derive(Debug)]
#[must_use = "an attempt that is not called good stays counted as a failure"]
pub struct Attempt {
    account: Option<Sha256>,
    source: Sha256,
}

/// Counts an attempt on the account `login` of a practice, where one is named, from `source`.
///
/// # Errors
/// `Throttled` for a source, `LockedOut` for an account, with the seconds to wait; the same for an account that does
/// not exist.
pub async fn begin(server: &Server, account: Option<(PracticeId, &str)>, source: IpAddr) -> Outcome<Attempt> {
    let attempt = Attempt {
        account: account.map(|(practice, login)| {
            sha256(&framed(&[b"account", practice.uuid().as_bytes(), login.as_bytes()]))
        }),
        source: sha256(&framed(&[b"source", &network(source)])),
    };
    let rows = server
        .db
        .ask(&BEGIN_ATTEMPT, &[&attempt.account_bytes(), &attempt.source_bytes(), &server.now()])
        .await?;
    let verdict = rows.into_iter().next().ok_or_else(|| Failure::internal("an attempt was not judged"))?;
    let wait = u32::try_from(verdict.wait_seconds).unwrap_or(1);
    match verdict.verdict.as_str() {
        "go" => Ok(attempt),
        "locked_out" => {
            let minutes = wait.div_ceil(60);
            let message = format!(
                "Too many wrong passwords, so signing in is locked for {minutes} more minutes. What you wrote is safe \
                 on this device. Wait, or ask your administrator for a reset code.",
            );
            Err(Failure::new(ErrorCode::LockedOut, message).after(wait))
        }
        _ => {
            let message = format!(
                "Too many attempts from this network. Nothing was changed; try again in {wait} seconds."
            );
            Err(Failure::new(ErrorCode::Throttled, message).after(wait))
        }
    }
}

impl Attempt {
    /// The attempt was a good one: the account starts anew, the source gets this one back.
    ///
    /// # Errors
    /// The database failed.
    pub async fn was_good(self, server: &Server) -> Outcome<()> {
        server.db.ask(&ATTEMPT_WAS_GOOD, &[&self.account_bytes(), &self.source_bytes()]).await?;
        Ok(())
    }

    /// The attempt came to nothing: a queue was full, a new password too short. It counts for nothing, and clears nothing
    /// either, or whoever can fill the queue could clear the count.
    ///
    /// # Errors
    /// The database failed.
    pub async fn was_none(self, server: &Server) -> Outcome<()> {
        server.db.ask(&ATTEMPT_WAS_NONE, &[&self.account_bytes(), &self.source_bytes()]).await?;
        Ok(())
    }

    fn account_bytes(&self) -> Option<&[u8]> {
        self.account.as_ref().map(|hash| hash.as_bytes().as_slice())
    }

    fn source_bytes(&self) -> &[u8] {
        self.source.as_bytes()
    }
}

/// Forgets what is older than a day.
///
/// # Errors
/// The database failed.
pub async fn tidy(server: &Server) -> Outcome<()> {
    let yesterday = server.now() - chrono::TimeDelta::days(1);
    server.db.ask(&FORGET_ATTEMPTS, &[&yesterday]).await?;
    Ok(())
}
