//! Leases: how long a device may open without contact, in the server's own hand.

use crate::db::Tx;
use crate::http::failure::Outcome;
use crate::sealing::SealKey;
use crate::server::Server;
use crate::statement::{row, statements};
use chrono::{DateTime, Days, Utc};
use mentalspace_domain::ids::{DeviceId, KeyId, PracticeId, UserId};
use mentalspace_protocol::enrolment::{Lease, SignedLease};
use std::sync::Arc;
use uuid::Uuid;

row! {
    pub(crate) struct SealKeyRow {
        key_id: Uuid,
        wrapped_private: Vec<u8>,
    }
}

row! {
    pub(crate) struct Term {
        lease_days: i16,
    }
}

statements! {
    SEAL_KEY: SealKeyRow = "
        SELECT key_id, wrapped_private FROM seal_key WHERE practice_id = $1 AND retired_at IS NULL";

    TERM: Term = "SELECT lease_days FROM practice WHERE practice_id = $1";

    END_AT_LAST: () = "
        UPDATE device SET lease_until = least(lease_until, $2), last_contact = least(last_contact, $3)
        WHERE practice_id = $1 AND (lease_until > $2 OR last_contact > $3)";

    NOTE_LEASE: () = "
        UPDATE device SET lease_until = $3, last_contact = $4 WHERE practice_id = $1 AND device_id = $2";
}

/// The practice's sealing key in use.
///
/// # Errors
/// There is none, or it does not open under this server's key-encryption key.
pub(crate) async fn seal_key(server: &Server, tx: &Tx, practice: PracticeId) -> Outcome<Arc<SealKey>> {
    let row = tx.one(&SEAL_KEY, &[&practice.uuid()]).await?;
    server.sealing.seal_key(practice, KeyId::new(row.key_id), &row.wrapped_private)
}

/// The end of a lease of so many days that begins at `from`.
#[must_use]
pub(crate) fn end(from: DateTime<Utc>, days: i16) -> DateTime<Utc> {
    let days = Days::new(u64::try_from(days).unwrap_or_default());
    from.checked_add_days(days).unwrap_or(from)
}

/// Signs a lease.
pub(crate) fn sign(
    key: &SealKey,
    user: UserId,
    device: DeviceId,
    issued_at: DateTime<Utc>,
    not_after: DateTime<Utc>,
) -> Outcome<SignedLease> {
    let lease = Lease { device, user, issued_at, not_after };
    let signature = key.sign_message(&lease)?;
    Ok(SignedLease { lease, signature })
}

/// Gives a device a new lease and notes its end.
///
/// # Errors
/// As the database says.
pub async fn renew(
    server: &Server,
    tx: &Tx,
    practice: PracticeId,
    user: UserId,
    device: DeviceId,
) -> Outcome<SignedLease> {
    let now = server.now();
    let term = tx.one(&TERM, &[&practice.uuid()]).await?;
    let not_after = end(now, term.lease_days);
    tx.run(&NOTE_LEASE, &[&practice.uuid(), &device.uuid(), &not_after, &now]).await?;
    sign(&*seal_key(server, tx, practice).await?, user, device, now, not_after)
}

/// Leases that a clock which ran ahead has given end as if they were given now, and no contact lies in the future. Until then
/// none of them would be moved: a hello never shortens one.
///
/// # Errors
/// As the database says.
pub(crate) async fn end_as_if_given(tx: &Tx, practice: PracticeId, now: DateTime<Utc>) -> Outcome<()> {
    let term = tx.one(&TERM, &[&practice.uuid()]).await?;
    tx.run(&END_AT_LAST, &[&practice.uuid(), &end(now, term.lease_days), &now]).await?;
    Ok(())
}
