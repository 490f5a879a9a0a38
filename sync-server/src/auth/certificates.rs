//! The certificates of signing keys: the server's word for whose key it is. They lie in the practice's reference
//! bucket, so that every device can check every signature.

use crate::Server;
use crate::db::Tx;
use crate::http::failure::{Failure, Outcome};
use crate::records::Desk;
use crate::sealing::SealKey;
use chrono::{DateTime, Utc};
use mentalspace_crypto::signing::{PublicKey, VerifyingKey};
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::decision::Change;
use mentalspace_domain::ids::{DeviceId, KeyId, PracticeId};
use mentalspace_domain::people::SigningKeyCertificate;
use mentalspace_domain::world::Need;
use serde::Serialize;

/// A public key as messages carry it, in lower-case hexadecimal, and none under which anybody could sign.
///
/// # Errors
/// `Malformed`, naming the field.
pub fn public_key(field: &str, text: &str) -> Outcome<PublicKey> {
    let key = text.parse::<PublicKey>().ok().filter(|key| VerifyingKey::new(*key).is_ok());
    key.ok_or_else(|| Failure::malformed(format_args!("{field} is not a usable Ed25519 public key")))
}

/// What is sealed: the certificate without its seal.
#[derive(Serialize)]
struct Unsealed<'a> {
    id: KeyId,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<mentalspace_domain::ids::UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<DeviceId>,
    public_key: &'a str,
    enrolled_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<DateTime<Utc>>,
}

/// Seals a certificate anew over what it says now.
///
/// # Errors
/// It has no canonical form, which does not occur.
pub fn seal(certificate: &mut SigningKeyCertificate, key: &SealKey) -> Outcome<()> {
    certificate.seal = key.sign_message(&Unsealed {
        id: certificate.id,
        user: certificate.user,
        device: certificate.device,
        public_key: &certificate.public_key,
        enrolled_at: certificate.enrolled_at,
        revoked_at: certificate.revoked_at,
    })?;
    Ok(())
}

/// Writes a sealed certificate where every device of the practice finds it.
///
/// # Errors
/// The database failed.
pub(crate) async fn keep(
    server: &Server,
    tx: &Tx,
    practice: PracticeId,
    certificates: Vec<SigningKeyCertificate>,
) -> Outcome<()> {
    let mut desk = Desk::new(server, practice);
    let bucket = Bucket::practice(practice);
    let changes: Vec<Change> =
        certificates.into_iter().map(|certificate| Change::put(bucket, certificate)).collect();
    desk.change(&changes).map_err(Failure::internal)?;
    desk.prepare(tx).await?.file(tx, practice.uuid()).await?;
    Ok(())
}

/// The certificate of the server's own sealing key.
///
/// # Errors
/// There is none, which does not occur in a practice that was made.
pub(crate) async fn of_server(
    server: &Server,
    tx: &Tx,
    practice: PracticeId,
    key: KeyId,
) -> Outcome<SigningKeyCertificate> {
    let found = standing(server, tx, practice, key).await?;
    found.ok_or_else(|| Failure::internal("a sealing key without a certificate"))
}

/// The certificate of this key, if there is one.
///
/// # Errors
/// The database failed.
pub(crate) async fn standing(
    server: &Server,
    tx: &Tx,
    practice: PracticeId,
    key: KeyId,
) -> Outcome<Option<SigningKeyCertificate>> {
    let needs = [Need::record::<SigningKeyCertificate>(Bucket::practice(practice), key.uuid())];
    let mut desk = Desk::new(server, practice);
    desk.fetch(tx, &needs).await?;
    Ok(desk.world(&needs).get::<SigningKeyCertificate>(key.uuid()).present().cloned())
}

/// Dates the end of a device's signing keys: what they signed before stays valid, what comes later does not.
///
/// # Errors
/// The database failed.
pub(crate) async fn revoke_of(
    server: &Server,
    tx: &Tx,
    practice: PracticeId,
    device: DeviceId,
) -> Outcome<()> {
    let needs = [Need::children::<SigningKeyCertificate>(Bucket::practice(practice), device.uuid())];
    let mut desk = Desk::new(server, practice);
    desk.fetch(tx, &needs).await?;
    let found =
        desk.world(&needs).children::<SigningKeyCertificate>(device.uuid()).present().map(|found| {
            found.into_iter().filter(|one| one.revoked_at.is_none()).cloned().collect::<Vec<_>>()
        });
    let key = crate::leases::seal_key(server, tx, practice).await?;
    let mut ended = found.unwrap_or_default();
    for certificate in &mut ended {
        certificate.revoked_at = Some(server.now());
        seal(certificate, &key)?;
    }
    keep(server, tx, practice, ended).await
}
