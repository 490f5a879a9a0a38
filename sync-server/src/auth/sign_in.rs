//! Signing in: a new token for an enrolled device, by password.
//!
//! The device proves itself first, so that nobody without an enrolled device can try passwords at all, or lock an
//! account from afar. What is said afterwards is the same, and takes the same work, whether or not the login exists.

use super::passwords::Checked;
use super::proof::Proof;
use super::{attempts, codes, device_named, leave_trace, people, session, token_hash};
use crate::audit::Event;
use crate::caller::Acting;
use crate::edge::Edge;
use crate::http::failure::{Failure, Outcome};
use crate::http::{Arrived, json};
use crate::leases;
use crate::statement::{row, statements};
use axum::response::Response;
use chrono::{DateTime, Utc};
use mentalspace_crypto::password::Password;
use mentalspace_domain::ids::{DeviceId, PracticeId, UserId};
use mentalspace_protocol::error::ErrorCode;
use mentalspace_protocol::session::{SignInAnswer, SignInRequest};
use std::sync::Arc;
use uuid::Uuid;
use zeroize::Zeroizing;

row! {
    /// A device by its identifier, with what its user must prove.
    pub(crate) struct FoundDevice {
        /// The practice.
        practice_id: Uuid,
        /// The user.
        user_id: Uuid,
        /// Her login.
        login: String,
        /// Whether she may still sign in.
        active: bool,
        /// The key that proofs verify with.
        device_key: Vec<u8>,
        /// `active`, `draining` or `revoked`.
        status: String,
        /// Her password's hash.
        password_hash: Option<String>,
    }
}

row! {
    /// What has become of a device.
    pub(crate) struct HeldDevice {
        status: String,
    }
}

row! {
    /// What has become of a credential.
    pub(crate) struct HeldPassword {
        password_hash: String,
    }
}

statements! {
    /// Finds a device and its user.
    FIND_DEVICE: FoundDevice = "SELECT practice_id, user_id, login, active, device_key, status, password_hash \
                                FROM find_device($1)";
    /// The device and the credential as they are now, held until the end of the transaction.
    HOLD_DEVICE: HeldDevice = "SELECT status FROM device WHERE practice_id = $1 AND device_id = $2 FOR NO KEY UPDATE";
    HOLD_PASSWORD: HeldPassword = "SELECT password_hash FROM credential WHERE practice_id = $1 AND user_id = $2 \
                                   FOR NO KEY UPDATE";
    /// Keeps a password's hash.
    KEEP_PASSWORD: () = "INSERT INTO credential (practice_id, user_id, password_hash, changed_at) \
                         VALUES ($1, $2, $3, $4) ON CONFLICT (practice_id, user_id) \
                         DO UPDATE SET password_hash = excluded.password_hash, changed_at = excluded.changed_at";
}

/// A device whose user is about to prove herself.
struct Entering {
    found: FoundDevice,
    device: DeviceId,
    acting: Acting,
    now: DateTime<Utc>,
}

impl Entering {
    const fn practice(&self) -> PracticeId {
        PracticeId::new(self.found.practice_id)
    }

    const fn user(&self) -> UserId {
        UserId::new(self.found.user_id)
    }
}

/// Answers `POST /v1/session`.
///
/// # Errors
/// `Unauthenticated` for a device that does not prove itself; `WrongCredentials`, `LockedOut`, `Throttled`,
/// `CodeInvalid`, `PasswordRefused`; `DeviceRevoked` to the right password on a device that was erased.
pub async fn sign_in(edge: Arc<Edge>, arrived: Arrived) -> Outcome<Response> {
    let request: SignInRequest = arrived.message()?;
    let entering = device(&edge, &arrived).await?;
    let typed = Zeroizing::new(request.password);
    let password = Password::new(&typed);
    let login = request.login.to_lowercase();
    // At her own device another's login is only ever wrong: it is counted there, and locks nobody out elsewhere.
    let is_her_login = login == entering.found.login;
    let account = if is_her_login { login } else { format!("{login} typed by {}", entering.found.user_id) };
    let attempt =
        attempts::begin(&edge.server, Some((entering.practice(), &account)), arrived.source).await?;
    // On a device that has lost its access, somebody who was disabled hands over what she wrote, and is told to erase it.
    let is_hers = is_her_login && (entering.found.active || entering.found.status != "active");
    let outcome = match &request.reset_code {
        Some(code) => set_password(&edge, &entering, password, is_hers, code).await,
        None => check_password(&edge, &entering, password, is_hers).await,
    };
    let keep = match outcome {
        Ok(keep) => keep,
        Err(failure) => {
            if matches!(failure.code(), ErrorCode::WrongCredentials | ErrorCode::CodeInvalid) {
                refused(&edge, &entering, failure.code()).await?;
            } else {
                attempt.was_none(&edge.server).await?;
            }
            return Err(failure);
        }
    };
    attempt.was_good(&edge.server).await?;
    json(&let_in(&edge, &entering, keep.as_deref(), request.reset_code.as_deref()).await?)
}

async fn device(edge: &Edge, arrived: &Arrived) -> Outcome<Entering> {
    let now = edge.server.now();
    let device = device_named(arrived)?;
    let proof = Proof::of(arrived, &edge.nonces, now)?;
    // The token that the device had, if it sends one, counts in the proof and for nothing else here: it may be over.
    let token = super::bearer(arrived).map(token_hash);
    // Devices choose their identifiers, and two practices know nothing of each other: the key tells which is meant.
    let mut hers = None;
    for found in edge.server.db.ask(&FIND_DEVICE, &[&device.uuid()]).await? {
        if proof.fits(arrived, token, &found.device_key)? {
            hers = Some(found);
        }
    }
    let found = hers.ok_or_else(Failure::unauthenticated)?;
    proof.is_first(device, &edge.replays, now)?;
    let (practice, user) = (PracticeId::new(found.practice_id), UserId::new(found.user_id));
    let acting =
        Acting { device: Some(device), ..Acting::entering(practice, user, arrived.id, Some(arrived.source)) };
    Ok(Entering { found, device, acting, now })
}

/// The stored hash is to be replaced by what is given, if anything is.
async fn check_password(
    edge: &Edge,
    entering: &Entering,
    password: Password,
    is_hers: bool,
) -> Outcome<Option<String>> {
    let stored = entering.found.password_hash.as_deref().filter(|_| is_hers);
    match edge.passwords.check(password, stored).await? {
        Checked::Right { stronger } => Ok(stronger),
        Checked::Wrong => Err(wrong_credentials()),
    }
}

/// By a reset code: judges the new password and gives its hash.
async fn set_password(
    edge: &Edge,
    entering: &Entering,
    password: Password,
    is_hers: bool,
    code: &str,
) -> Outcome<Option<String>> {
    let found = codes::find(&edge.server, code, codes::Purpose::PasswordReset).await?;
    if !is_hers
        || !entering.found.active
        || found.user_id != Some(entering.found.user_id)
        || found.practice_id != entering.found.practice_id
    {
        return Err(codes::invalid());
    }
    let tx = edge.server.db.begin(&entering.acting).await?;
    let member = people::member(&edge.server, &tx, entering.practice(), entering.user()).await?;
    tx.rollback().await?;
    edge.passwords.store(password, &member.words()).await.map(Some)
}

/// Keeps what has changed, begins the session, and says so in the audit trail: together or not at all. What was found
/// before the password was stretched may be over by now: a device that was revoked meanwhile, or a password that was changed.
async fn let_in(
    edge: &Edge,
    entering: &Entering,
    new_hash: Option<&str>,
    reset_code: Option<&str>,
) -> Outcome<SignInAnswer> {
    let (server, practice, user) = (&edge.server, entering.practice(), entering.user());
    let tx = server.db.begin(&entering.acting).await?;
    let device = tx.one(&HOLD_DEVICE, &[&practice.uuid(), &entering.device.uuid()]).await?;
    let held = tx.maybe(&HOLD_PASSWORD, &[&practice.uuid(), &user.uuid()]).await?;
    let is_as_it_was = held.map(|held| held.password_hash) == entering.found.password_hash;
    if device.status == "revoked" || (reset_code.is_none() && !is_as_it_was) {
        tx.rollback().await?;
        // Asked again, it is judged by what the password is now.
        return Err(if device.status == "revoked" { super::revoked() } else { Failure::busy(1) });
    }
    if let Some(hash) = new_hash {
        keep_password(&tx, practice, user, hash, entering.now).await?;
    }
    if let Some(code) = reset_code {
        codes::redeem(&tx, practice, code, entering.now).await?;
        session::end_others(&tx, practice, user, entering.device).await?;
    }
    let token = session::begin(server, &tx, practice, user, entering.device).await?;
    // A draining device gets a token to hand over what was written on it, with a lease that is over already.
    let lease = if device.status == "active" {
        leases::renew(server, &tx, practice, user, entering.device).await?
    } else {
        let key = leases::seal_key(server, &tx, practice).await?;
        leases::sign(&key, user, entering.device, entering.now, entering.now)?
    };
    let action = if reset_code.is_some() { "password_reset" } else { "sign_in" };
    leave_trace(server, &tx, &entering.acting, Event::new(action, "applied")).await?;
    tx.commit().await?;
    Ok(SignInAnswer { token, server_time: entering.now, lease })
}

/// Keeps a password's hash in place of the old one.
///
/// # Errors
/// The database failed.
pub(crate) async fn keep_password(
    tx: &crate::db::Tx,
    practice: PracticeId,
    user: UserId,
    hash: &str,
    now: DateTime<Utc>,
) -> Outcome<()> {
    tx.run(&KEEP_PASSWORD, &[&practice.uuid(), &user.uuid(), &hash, &now]).await?;
    Ok(())
}

/// A failed attempt leaves its trace even though nothing else was done.
async fn refused(edge: &Edge, entering: &Entering, code: ErrorCode) -> Outcome<()> {
    let reason = if code == ErrorCode::CodeInvalid { "code_invalid" } else { "wrong_credentials" };
    let tx = edge.server.db.begin(&entering.acting).await?;
    leave_trace(&edge.server, &tx, &entering.acting, Event::new("sign_in", "refused").because(reason))
        .await?;
    tx.commit().await
}

/// The refusal that says nothing about which of the two was wrong.
pub(crate) fn wrong_credentials() -> Failure {
    let message = "Login or password is wrong. What you wrote is safe on this device; try again, or ask your \
                   administrator for a reset code.";
    Failure::new(ErrorCode::WrongCredentials, message)
}
