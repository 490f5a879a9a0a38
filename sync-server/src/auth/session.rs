//! Tokens: 256 random bits, kept as their hash, one per device, bound to the device's key by the proof.

use super::token_hash;
use crate::Server;
use crate::db::Tx;
use crate::http::failure::{Failure, Outcome};
use crate::statement::statements;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mentalspace_crypto::Secret32;
use mentalspace_domain::ids::{DeviceId, PracticeId, UserId};
use tokio_postgres::types::ToSql;

statements! {
    /// Puts a new token in place of the device's old one.
    BEGIN_SESSION: () = "INSERT INTO session (practice_id, device_id, user_id, session_id, token_hash, begun_at) \
                         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (practice_id, device_id) DO UPDATE \
                         SET session_id = excluded.session_id, token_hash = excluded.token_hash, \
                             begun_at = excluded.begun_at";
    /// Ends a user's sessions on other devices.
    END_OTHERS: () = "DELETE FROM session WHERE practice_id = $1 AND user_id = $2 AND device_id <> $3";
}

/// Begins a session and gives its token, the only copy. The device's earlier token is worth nothing from then on.
///
/// # Errors
/// Without randomness, or when the database failed.
pub async fn begin(
    server: &Server,
    tx: &Tx,
    practice: PracticeId,
    user: UserId,
    device: DeviceId,
) -> Outcome<String> {
    let secret = Secret32::random(&*server.randomness).map_err(Failure::internal)?;
    let token = URL_SAFE_NO_PAD.encode(secret.expose());
    let hash = token_hash(&token);
    let values: [&(dyn ToSql + Sync); 6] = [
        &practice.uuid(),
        &device.uuid(),
        &user.uuid(),
        &server.new_id()?,
        &hash.as_bytes().as_slice(),
        &server.now(),
    ];
    tx.run(&BEGIN_SESSION, &values).await?;
    Ok(token)
}

/// Ends the user's sessions on every device but this one.
///
/// # Errors
/// The database failed.
pub async fn end_others(tx: &Tx, practice: PracticeId, user: UserId, device: DeviceId) -> Outcome<()> {
    tx.run(&END_OTHERS, &[&practice.uuid(), &user.uuid(), &device.uuid()]).await?;
    Ok(())
}
