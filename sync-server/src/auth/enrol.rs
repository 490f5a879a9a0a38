//! Enrolling a device by a one-time code and the user's password: what the device made (its identifier, its keys) is
//! kept, what it needs (practice, user, token, lease, the keys to check signatures with) is given.

use super::certificates::{self, public_key};
use super::codes::{self, FoundCode, Purpose};
use super::passwords::Checked;
use super::people::{self, Member};
use super::{attempts, leave_trace, session, sign_in};
use crate::Server;
use crate::audit::Event;
use crate::caller::Acting;
use crate::db::Tx;
use crate::edge::Edge;
use crate::http::failure::{Failure, Outcome};
use crate::http::{Arrived, json};
use crate::leases;
use crate::statement::{row, statements};
use axum::response::Response;
use chrono::{DateTime, Utc};
use mentalspace_crypto::password::Password;
use mentalspace_crypto::recipient::RecipientPublicKey;
use mentalspace_crypto::signing::PublicKey;
use mentalspace_domain::decision::FieldError;
use mentalspace_domain::ids::{PracticeId, UserId};
use mentalspace_domain::people::SigningKeyCertificate;
use mentalspace_protocol::enrolment::{EnrolAnswer, EnrolRequest, SignedLease};
use mentalspace_protocol::error::ErrorCode;
use std::sync::Arc;
use tokio_postgres::types::ToSql;
use uuid::Uuid;
use zeroize::Zeroizing;

/// Devices that a user may have at once.
pub const MOST_DEVICES: i64 = 3;
/// Longest name of a device and of its system, characters.
const LONGEST_NAME: usize = 80;

row! {
    /// A count.
    pub(crate) struct Count {
        /// How many.
        count: i64,
    }
}

row! {
    /// What a new device must know of its practice beside the records.
    pub(crate) struct PracticeRow {
        /// The log epoch in force.
        log_epoch: Uuid,
        /// X25519.
        recovery_key: Vec<u8>,
    }
}

statements! {
    /// Holds the user until the transaction ends, so that two codes at once do not make a fourth device.
    HOLD_USER: () = "SELECT FROM app_user WHERE practice_id = $1 AND user_id = $2 AND active FOR NO KEY UPDATE";
    /// A user's devices in use.
    ACTIVE_DEVICES: Count = "SELECT count(*) AS count FROM device \
                             WHERE practice_id = $1 AND user_id = $2 AND status = 'active'";
    /// Keeps a new device.
    KEEP_DEVICE: () = "INSERT INTO device (practice_id, device_id, user_id, name, os, device_key, schema_version, \
                                           last_contact, created_at) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) ON CONFLICT DO NOTHING";
    /// The practice's epoch and recovery key.
    PRACTICE: PracticeRow = "SELECT log_epoch, recovery_key FROM practice WHERE practice_id = $1";
}

/// The device as it describes itself, checked.
pub struct NewDevice {
    request: EnrolRequest,
    device_key: PublicKey,
    signing_key: PublicKey,
}

impl std::fmt::Debug for NewDevice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The request holds a password and a code.
        f.debug_struct("NewDevice").field("device", &self.request.device).finish_non_exhaustive()
    }
}

/// Answers `POST /v1/enrol`.
///
/// # Errors
/// `CodeInvalid`, `WrongCredentials`, `PasswordRefused`, `LockedOut`, `Throttled`; `NotAllowed` for one device too many, or without a role today.
pub async fn enrol(edge: Arc<Edge>, arrived: Arrived) -> Outcome<Response> {
    let mut request: EnrolRequest = arrived.message()?;
    let password = Password::new(&Zeroizing::new(std::mem::take(&mut request.password)));
    let device = checked(request)?;
    let server = &edge.server;
    let login = device.request.login.to_lowercase();

    let attempt = attempts::begin(server, None, arrived.source).await?;
    let code = codes::find(server, &device.request.secret, Purpose::Enrolment).await?;
    // The code was no guess. Guesses of the password are counted by the account.
    attempt.was_good(server).await?;
    let user = code.user_id.filter(|_| code.login.as_deref() == Some(&login)).ok_or_else(codes::invalid)?;
    let (practice, user) = (PracticeId::new(code.practice_id), UserId::new(user));
    let acting = Acting {
        device: Some(device.request.device),
        ..Acting::entering(practice, user, arrived.id, Some(arrived.source))
    };
    let tx = server.db.begin(&acting).await?;
    let member = people::member(server, &tx, practice, user).await?;
    tx.rollback().await?;
    let hash = prove(&edge, &acting, &member, &code, password).await?;

    let now = server.now();
    let tx = server.db.begin(&acting).await?;
    hold_place(&tx, practice, user).await?;
    codes::redeem(&tx, practice, &device.request.secret, now).await?;
    if let Some(hash) = hash {
        sign_in::keep_password(&tx, practice, user, &hash, now).await?;
    }
    let Entered { token, lease, server_key } =
        enter(server, &tx, practice, user, &device, arrived.schema).await?;
    let standing = tx.one(&PRACTICE, &[&practice.uuid()]).await?;
    let recovery_key =
        RecipientPublicKey::try_from(standing.recovery_key.as_slice()).map_err(Failure::internal)?;
    leave_trace(server, &tx, &acting, Event::new("device_enrol", "applied")).await?;
    tx.commit().await?;
    json(&EnrolAnswer {
        practice: member.practice,
        user: member.user,
        token,
        server_time: now,
        lease,
        log_epoch: standing.log_epoch,
        recovery_key: recovery_key.to_hex(),
        server_key,
    })
}

/// What a device gets that is let in.
#[derive(Debug)]
pub struct Entered {
    /// The only copy of its token.
    pub token: String,
    /// Its first lease.
    pub lease: SignedLease,
    /// The certificate of the server's sealing key.
    pub server_key: SigningKeyCertificate,
}

/// Lets a device in whose user has proven who she is: keeps it, certifies its signing key, begins its session.
///
/// # Errors
/// `Malformed` where the identifier is taken; the database failed.
pub async fn enter(
    server: &Server,
    tx: &Tx,
    practice: PracticeId,
    user: UserId,
    device: &NewDevice,
    schema: u32,
) -> Outcome<Entered> {
    let now = server.now();
    keep(tx, practice, user, device, schema, now).await?;
    // Everybody in the practice can read whose key has which identifier. A new device never takes another's place.
    if certificates::standing(server, tx, practice, device.request.signing_key_id).await?.is_some() {
        return Err(Failure::malformed("the identifier of the signing key is taken"));
    }
    let key = leases::seal_key(server, tx, practice).await?;
    let id = device.request.device;
    let mut certificate = SigningKeyCertificate {
        id: device.request.signing_key_id,
        user: Some(user),
        device: Some(id),
        public_key: device.signing_key.to_hex(),
        enrolled_at: now,
        revoked_at: None,
        seal: String::new(),
    };
    certificates::seal(&mut certificate, &key)?;
    let server_key = certificates::of_server(server, tx, practice, key.id).await?;
    certificates::keep(server, tx, practice, vec![certificate]).await?;
    let token = session::begin(server, tx, practice, user, id).await?;
    let lease = leases::renew(server, tx, practice, user, id).await?;
    Ok(Entered { token, lease, server_key })
}

/// Checks what a device says of itself.
///
/// # Errors
/// `Malformed`, naming what is at fault.
pub fn checked(request: EnrolRequest) -> Outcome<NewDevice> {
    for (field, text) in [("device_name", &request.device_name), ("os", &request.os)] {
        if text.trim().is_empty() || text.chars().count() > LONGEST_NAME || text.chars().any(char::is_control)
        {
            let message = format!("Give 1 to {LONGEST_NAME} characters.");
            let field = FieldError { field: field.to_owned(), message };
            return Err(Failure::malformed("a name is empty or too long").with_fields(vec![field]));
        }
    }
    let device_key = public_key("device_key", &request.device_key)?;
    let signing_key = public_key("signing_key", &request.signing_key)?;
    // One key for both would let whoever gets a token proof signed have a note signed.
    if device_key == signing_key {
        return Err(Failure::malformed("device_key and signing_key must be two keys"));
    }
    Ok(NewDevice { request, device_key, signing_key })
}

/// Checks the password that she has, or judges the one that she sets; gives the hash to be kept, if there is a new one.
async fn prove(
    edge: &Edge,
    acting: &Acting,
    member: &Member,
    code: &FoundCode,
    password: Password,
) -> Outcome<Option<String>> {
    let Some(stored) = &code.password_hash else {
        return edge.passwords.store(password, &member.words()).await.map(Some);
    };
    let source = acting.address.unwrap_or(std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED));
    let attempt = attempts::begin(&edge.server, Some((acting.practice, &member.user.login)), source).await?;
    match edge.passwords.check(password, Some(stored)).await {
        Ok(Checked::Right { stronger }) => {
            attempt.was_good(&edge.server).await?;
            Ok(stronger)
        }
        Ok(Checked::Wrong) => {
            let acting = Acting { device: None, ..acting.clone() };
            let tx = edge.server.db.begin(&acting).await?;
            let event = Event::new("device_enrol", "refused").because("wrong_credentials");
            leave_trace(&edge.server, &tx, &acting, event).await?;
            tx.commit().await?;
            Err(sign_in::wrong_credentials())
        }
        Err(failure) => {
            attempt.was_none(&edge.server).await?;
            Err(failure)
        }
    }
}

async fn hold_place(tx: &Tx, practice: PracticeId, user: UserId) -> Outcome<()> {
    let (practice, user) = (practice.uuid(), user.uuid());
    if tx.rows(&HOLD_USER, &[&practice, &user]).await?.is_empty() {
        return Err(codes::invalid());
    }
    let devices = tx.one(&ACTIVE_DEVICES, &[&practice, &user]).await?;
    if devices.count < MOST_DEVICES {
        return Ok(());
    }
    let message = format!(
        "You already have {MOST_DEVICES} devices. Nothing was changed; have one of them revoked, then use this code again."
    );
    Err(Failure::new(ErrorCode::NotAllowed, message))
}

async fn keep(
    tx: &Tx,
    practice: PracticeId,
    user: UserId,
    device: &NewDevice,
    schema: u32,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let schema = i32::try_from(schema).unwrap_or(i32::MAX);
    let values: [&(dyn ToSql + Sync); 8] = [
        &practice.uuid(),
        &device.request.device.uuid(),
        &user.uuid(),
        &device.request.device_name.trim(),
        &device.request.os.trim(),
        &device.device_key.as_bytes().as_slice(),
        &schema,
        &now,
    ];
    match tx.run(&KEEP_DEVICE, &values).await? {
        1 => Ok(()),
        _ => Err(Failure::malformed("this device identifier is taken; make a new one")),
    }
}
