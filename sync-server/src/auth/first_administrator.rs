//! A new practice's first administrator: one token, printed once when the practice was made, good for a day.

use super::codes::{self, Purpose};
use super::{attempts, leave_trace, sign_in};
use crate::audit::Event;
use crate::caller::Acting;
use crate::edge::Edge;
use crate::http::failure::Outcome;
use crate::http::{Arrived, json};
use crate::practice;
use axum::response::Response;
use mentalspace_crypto::password::Password;
use mentalspace_domain::ids::{PracticeId, UserId};
use mentalspace_domain::people::{DatedRole, Role, User};
use mentalspace_protocol::enrolment::{FirstAdministratorAnswer, FirstAdministratorRequest};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Answers `POST /v1/first-administrator`.
///
/// # Errors
/// `CodeInvalid`, `PasswordRefused`, `Throttled`; `Malformed` for a login or name that cannot be used.
pub async fn redeem(edge: Arc<Edge>, arrived: Arrived) -> Outcome<Response> {
    let request: FirstAdministratorRequest = arrived.message()?;
    let (token, typed) = (Zeroizing::new(request.token), Zeroizing::new(request.password));
    let server = &edge.server;
    let attempt = attempts::begin(server, None, arrived.source).await?;
    let code = codes::find(server, &token, Purpose::FirstAdministrator).await?;
    attempt.was_good(server).await?;

    let (practice, now) = (PracticeId::new(code.practice_id), server.now());
    // The console's hand reaches the practice's reference data; nobody else is there yet to do it.
    let acting = Acting { address: Some(arrived.source), ..Acting::console(practice, arrived.id) };
    let tx = server.db.begin(&acting).await?;
    let about = practice::read(server, &tx, practice).await?;
    tx.rollback().await?;
    let login = practice::login(&request.login)?;
    let display_name = practice::display_name(&request.display_name)?;
    let words = [login.as_str(), display_name.as_str(), about.name.as_str()];
    let hash = edge.passwords.store(Password::new(&typed), &words).await?;

    let user = User {
        id: UserId::new(server.new_id()?),
        login,
        display_name,
        credential: String::new(),
        roles: vec![DatedRole {
            role: Role::Administrator,
            from: now.with_timezone(&about.zone).date_naive(),
            until: None,
        }],
        active: true,
    };
    let id = user.id;
    let tx = server.db.begin(&acting).await?;
    codes::redeem(&tx, practice, &token, now).await?;
    practice::put_users(server, &tx, &acting, vec![user], Vec::new()).await?;
    sign_in::keep_password(&tx, practice, id, &hash, now).await?;
    leave_trace(server, &tx, &acting, Event::new("first_administrator", "applied")).await?;
    tx.commit().await?;
    json(&FirstAdministratorAnswer { practice, user: id })
}
