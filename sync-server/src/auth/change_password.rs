//! Changing one's password. The device keeps both wraps of its data key until this has answered.

use super::passwords::Checked;
use super::{attempts, leave_trace, people, session, sign_in};
use crate::audit::Event;
use crate::caller::Caller;
use crate::edge::Edge;
use crate::http::Arrived;
use crate::http::failure::Outcome;
use crate::statement::{row, statements};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use mentalspace_crypto::password::Password;
use mentalspace_protocol::session::ChangePasswordRequest;
use std::sync::Arc;
use zeroize::Zeroizing;

row! {
    /// What is stored for a user.
    pub(crate) struct Stored {
        /// Her login.
        login: String,
        /// Her password's hash.
        password_hash: String,
    }
}

statements! {
    /// A user's login and password hash.
    STORED: Stored = "SELECT u.login, c.password_hash FROM credential c JOIN app_user u USING (practice_id, user_id) \
                      WHERE c.practice_id = $1 AND c.user_id = $2";
}

/// Answers `POST /v1/password`.
///
/// # Errors
/// `WrongCredentials` for the current password, `LockedOut`, `Throttled`, `PasswordRefused` for the new one.
pub async fn change(edge: Arc<Edge>, caller: Caller, arrived: Arrived) -> Outcome<Response> {
    let request: ChangePasswordRequest = arrived.message()?;
    let (current, new) = (Zeroizing::new(request.current), Zeroizing::new(request.new));
    let (server, practice, user) = (&edge.server, caller.practice, caller.user);
    let now = server.now();
    let acting = caller.acting(now.with_timezone(&caller.zone).date_naive());

    let tx = server.db.begin(&acting).await?;
    let stored = tx.one(&STORED, &[&practice.uuid(), &user.uuid()]).await?;
    let member = people::member(server, &tx, practice, user).await?;
    tx.rollback().await?;

    let attempt = attempts::begin(server, Some((practice, &stored.login)), arrived.source).await?;
    match edge.passwords.check(Password::new(&current), Some(&stored.password_hash)).await {
        Ok(Checked::Right { .. }) => attempt.was_good(server).await?,
        Ok(Checked::Wrong) => {
            let tx = server.db.begin(&acting).await?;
            let event = Event::new("password_change", "refused").because("wrong_credentials");
            leave_trace(server, &tx, &acting, event).await?;
            tx.commit().await?;
            return Err(sign_in::wrong_credentials());
        }
        Err(failure) => {
            attempt.was_none(server).await?;
            return Err(failure);
        }
    }
    let hash = edge.passwords.store(Password::new(&new), &member.words()).await?;

    let tx = server.db.begin(&acting).await?;
    sign_in::keep_password(&tx, practice, user, &hash, now).await?;
    session::end_others(&tx, practice, user, caller.device).await?;
    leave_trace(server, &tx, &acting, Event::new("password_change", "applied")).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
