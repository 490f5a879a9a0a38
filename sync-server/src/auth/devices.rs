//! Devices: who has which, and ending one.

use super::{certificates, leave_trace};
use crate::Server;
use crate::audit::Event;
use crate::caller::{Acting, Caller};
use crate::db::Tx;
use crate::edge::Edge;
use crate::http::failure::{Failure, Outcome};
use crate::http::{Arrived, json};
use crate::statement::{row, statements};
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, Utc};
use http::StatusCode;
use mentalspace_domain::ids::{DeviceId, PracticeId, UserId};
use mentalspace_domain::people::Role;
use mentalspace_protocol::error::ErrorCode;
use mentalspace_protocol::session::{DeviceListed, RevokeDeviceRequest};
use std::sync::Arc;
use uuid::Uuid;

/// Longest reason that is kept for a revocation, characters.
const LONGEST_REASON: usize = 200;

row! {
    /// A device as listed.
    pub(crate) struct DeviceRow {
        /// The device.
        device_id: Uuid,
        /// Its user.
        user_id: Uuid,
        /// What she calls it.
        name: String,
        /// `active`, `draining` or `revoked`.
        status: String,
        /// Last contact.
        last_contact: Option<DateTime<Utc>>,
        /// Commands that it had not sent then.
        unsent: i32,
    }
}

statements! {
    /// The devices of a practice, or of one user.
    DEVICES: DeviceRow = "SELECT device_id, user_id, name, status, last_contact, unsent FROM device \
                          WHERE practice_id = $1 AND ($2::uuid IS NULL OR user_id = $2) ORDER BY created_at, device_id";
    /// One device, held until the transaction ends.
    DEVICE: DeviceRow = "SELECT device_id, user_id, name, status, last_contact, unsent FROM device \
                         WHERE practice_id = $1 AND device_id = $2 FOR NO KEY UPDATE";
    /// A user's devices, held until the transaction ends.
    HOLD: () = "SELECT FROM device WHERE practice_id = $1 AND user_id = $2 ORDER BY device_id FOR NO KEY UPDATE";
    /// Ends a device: it may still hand over what was written on it.
    DRAIN: () = "UPDATE device SET status = 'draining', revoked_at = $3, lease_until = NULL \
                 WHERE practice_id = $1 AND device_id = $2 AND status = 'active'";
}

/// The devices of a practice, or of one user.
///
/// # Errors
/// The database failed.
pub async fn of(tx: &Tx, practice: PracticeId, user: Option<UserId>) -> Outcome<Vec<DeviceListed>> {
    let rows = tx.rows(&DEVICES, &[&practice.uuid(), &user.map(UserId::uuid)]).await?;
    Ok(rows
        .into_iter()
        .map(|row| DeviceListed {
            device: DeviceId::new(row.device_id),
            user: UserId::new(row.user_id),
            name: row.name,
            status: row.status,
            last_contact: row.last_contact,
            unsent: u32::try_from(row.unsent).unwrap_or_default(),
        })
        .collect())
}

/// Holds a user's devices until `tx` ends. Whoever goes on to her grants does this first: a push holds its device before it
/// asks for them.
///
/// # Errors
/// The database failed.
pub(crate) async fn hold(tx: &Tx, practice: PracticeId, user: UserId) -> Outcome<()> {
    tx.rows(&HOLD, &[&practice.uuid(), &user.uuid()]).await.map(drop)
}

/// Answers `GET /v1/devices`.
///
/// # Errors
/// The database failed.
pub async fn list(edge: Arc<Edge>, caller: Caller, _arrived: Arrived) -> Outcome<Response> {
    let acting = acting(&edge.server, &caller);
    let tx = edge.server.db.begin(&acting).await?;
    let all = administers(&edge.server, &caller);
    let devices = of(&tx, caller.practice, (!all).then_some(caller.user)).await?;
    tx.rollback().await?;
    json(&devices)
}

/// Answers `POST /v1/devices/revoke`.
///
/// # Errors
/// `NotFound` for a device that does not exist or is another's, in the same words.
pub async fn revoke(edge: Arc<Edge>, caller: Caller, arrived: Arrived) -> Outcome<Response> {
    let request: RevokeDeviceRequest = arrived.message()?;
    if request.reason.chars().count() > LONGEST_REASON {
        return Err(Failure::malformed("the reason is too long"));
    }
    let acting = acting(&edge.server, &caller);
    let only_of = (!administers(&edge.server, &caller)).then_some(caller.user);
    end(&edge.server, &acting, request.device, only_of, &request.reason).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Revokes a device, of `only_of` where that is said: it hands over what was written on it, then erases itself. A
/// device that was revoked before stays as it is.
///
/// # Errors
/// `NotFound` for a device that does not exist or is another's.
pub async fn end(
    server: &Server,
    acting: &Acting,
    device: DeviceId,
    only_of: Option<UserId>,
    reason: &str,
) -> Outcome<()> {
    let practice = acting.practice;
    let tx = server.db.begin(acting).await?;
    let found = tx.maybe(&DEVICE, &[&practice.uuid(), &device.uuid()]).await?;
    let hers = |row: &DeviceRow| only_of.is_none_or(|user| row.user_id == user.uuid());
    let Some(found) = found.filter(hers) else {
        tx.rollback().await?;
        let message = "There is no such device, or it is not yours. Nothing was changed.";
        return Err(Failure::new(ErrorCode::NotFound, message));
    };
    if found.status != "active" {
        return tx.rollback().await;
    }
    drain(server, &tx, acting, device, reason).await?;
    tx.commit().await?;
    server.pokes.tell(practice, [UserId::new(found.user_id)], None);
    Ok(())
}

/// Takes a device's lease and certificates, and says so in the audit trail.
///
/// # Errors
/// The database failed.
pub(crate) async fn drain(
    server: &Server,
    tx: &Tx,
    acting: &Acting,
    device: DeviceId,
    reason: &str,
) -> Outcome<()> {
    tx.run(&DRAIN, &[&acting.practice.uuid(), &device.uuid(), &server.now()]).await?;
    certificates::revoke_of(server, tx, acting.practice, device).await?;
    // The trail names the device; the reason is the administrator's words about a machine, not about a client.
    let event = Event::new("device_revoke", "applied").because(format!("{device}: {reason}"));
    leave_trace(server, tx, acting, event).await
}

fn acting(server: &Server, caller: &Caller) -> Acting {
    caller.acting(server.now().with_timezone(&caller.zone).date_naive())
}

fn administers(server: &Server, caller: &Caller) -> bool {
    let today = server.now().with_timezone(&caller.zone).date_naive();
    caller.roles_on(today).any(|role| role == Role::Administrator)
}
