//! Who asks. Every request of a device is looked at anew, with one question to the database: is this token this
//! device's, is the device still let in, is its user, is the lease not over? Nothing of the answer is kept, so that a
//! revocation binds the very next request, on every server.

pub mod attempts;
pub mod certificates;
pub mod change_password;
pub mod codes;
pub mod devices;
pub mod enrol;
pub mod first_administrator;
pub mod hashing;
pub mod nonce;
pub mod passwords;
pub mod people;
pub mod proof;
pub mod replays;
pub mod session;
pub mod sign_in;

use crate::Server;
use crate::audit::{self, Event};
use crate::caller::{Acting, Caller};
use crate::db::Tx;
use crate::edge::Edge;
use crate::http::Arrived;
use crate::http::failure::{Failure, Outcome};
use crate::statement::{Described, row, statements};
use chrono::{DateTime, NaiveDate, Utc};
use http::header::AUTHORIZATION;
use mentalspace_crypto::{Sha256, sha256};
use mentalspace_domain::ids::{DeviceId, PracticeId, UserId};
use mentalspace_domain::people::{DatedRole, Role};
use mentalspace_protocol::error::ErrorCode;
use mentalspace_protocol::proof::DEVICE_HEADER;
use proof::Proof;
use uuid::Uuid;

row! {
    /// A device that showed a token, with its user.
    pub(crate) struct CallerRow {
        /// The practice.
        practice_id: Uuid,
        /// The user.
        user_id: Uuid,
        /// The session.
        session_id: Uuid,
        /// The key that proofs verify with.
        device_key: Vec<u8>,
        /// `active`, `draining` or `revoked`.
        status: String,
        /// The lease's end.
        lease_until: Option<DateTime<Utc>>,
        /// Whether the user is still of the practice.
        active: bool,
        /// The practice's zone.
        zone: String,
        /// Roles, by name.
        roles: Option<Vec<String>>,
        /// Their first days.
        from_days: Option<Vec<NaiveDate>>,
        /// Their last days.
        until_days: Option<Vec<Option<NaiveDate>>>,
        /// The practice bucket's key, wrapped.
        data_key: Vec<u8>,
        /// The revision of the user's record.
        rev: i64,
        /// The user's record, sealed.
        sealed_body: Option<Vec<u8>>,
    }
}

statements! {
    /// Who shows this token from this device?
    FIND_CALLER: CallerRow = "SELECT practice_id, user_id, session_id, device_key, status, lease_until, active, zone, \
                              roles, from_days, until_days, data_key, rev, sealed_body FROM find_caller($1, $2)";
}

/// The statements of everything below `auth`.
pub(crate) const ALL_STATEMENTS: &[&[Described]] = &[
    STATEMENTS,
    attempts::STATEMENTS,
    change_password::STATEMENTS,
    codes::STATEMENTS,
    devices::STATEMENTS,
    enrol::STATEMENTS,
    session::STATEMENTS,
    sign_in::STATEMENTS,
];

/// A device that has proven itself, and where it stands.
#[derive(Debug)]
pub struct Authenticated {
    caller: Caller,
    draining: bool,
}

impl Authenticated {
    /// The caller, if neither device nor user is revoked.
    ///
    /// # Errors
    /// `DeviceRevoked`: the device may hand over what was written on it, then erases itself.
    pub fn active(self) -> Outcome<Caller> {
        if self.draining { Err(revoked()) } else { Ok(self.caller) }
    }

    /// The caller, revoked or not.
    #[must_use]
    pub fn active_or_draining(self) -> Caller {
        self.caller
    }
}

fn revoked() -> Failure {
    let message = "This device was revoked. What was written on it is still taken over; then it is erased.";
    Failure::new(ErrorCode::DeviceRevoked, message)
}

/// The device that a request says it comes from.
///
/// # Errors
/// `Unauthenticated` without one.
pub(crate) fn device_named(arrived: &Arrived) -> Outcome<DeviceId> {
    arrived.header(DEVICE_HEADER).and_then(|text| text.parse().ok()).ok_or_else(Failure::unauthenticated)
}

/// Establishes who sent a request.
///
/// # Errors
/// `Unauthenticated`, in the same words whether token, device, proof or lease is at fault; `StaleNonce`;
/// `DeviceRevoked` for a device that has been erased already.
pub async fn authenticate(edge: &Edge, arrived: &Arrived) -> Outcome<Authenticated> {
    let now = edge.server.now();
    let device = device_named(arrived)?;
    let token = bearer(arrived).ok_or_else(Failure::unauthenticated)?;
    let proof = Proof::of(arrived, &edge.nonces, now)?;
    let hash = sha256(token.as_bytes());
    let found = edge.server.db.ask(&FIND_CALLER, &[&hash.as_bytes().as_slice(), &device.uuid()]).await?;
    let row = found.into_iter().next().ok_or_else(Failure::unauthenticated)?;
    if !proof.fits(arrived, Some(hash), &row.device_key)? {
        return Err(Failure::unauthenticated());
    }
    proof.is_first(device, &edge.replays, now)?;
    if row.status == "revoked" {
        return Err(revoked());
    }
    let draining = row.status == "draining" || !row.active;
    // A revoked device has no lease any more, and may yet hand over what was written on it.
    if !draining && row.lease_until.is_none_or(|end| end <= now) {
        return Err(Failure::unauthenticated());
    }
    Ok(Authenticated { caller: caller(edge, arrived, device, row)?, draining })
}

fn caller(edge: &Edge, arrived: &Arrived, device: DeviceId, row: CallerRow) -> Outcome<Caller> {
    let (practice, user) = (PracticeId::new(row.practice_id), UserId::new(row.user_id));
    let sealed = row.sealed_body.ok_or_else(|| Failure::internal("a user's record is deleted"))?;
    let record = people::open_user(&edge.server, practice, user, &row.data_key, row.rev, &sealed)?;
    let spans = row.from_days.unwrap_or_default().into_iter().zip(row.until_days.unwrap_or_default());
    let roles = row.roles.unwrap_or_default().into_iter().zip(spans);
    let roles =
        roles.filter_map(|(name, (from, until))| Some(DatedRole { role: Role::parse(&name)?, from, until }));
    Ok(Caller {
        practice,
        user,
        device,
        roles: roles.collect(),
        display_name: record.display_name,
        credential: record.credential,
        zone: row.zone.parse().map_err(Failure::internal)?,
        schema: arrived.schema,
        request_id: arrived.id,
        session: Some(row.session_id),
        address: Some(arrived.source),
    })
}

fn bearer(arrived: &Arrived) -> Option<&str> {
    let text = arrived.headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = text.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// The hash under which a token is kept.
pub(crate) fn token_hash(token: &str) -> Sha256 {
    sha256(token.as_bytes())
}

/// Writes what was done, or refused, into the audit trail of the transaction.
///
/// # Errors
/// The row could not be written; the transaction must then not be committed.
pub(crate) async fn leave_trace(server: &Server, tx: &Tx, acting: &Acting, event: Event) -> Outcome<()> {
    audit::record(tx, acting, server.now(), server.new_id()?, vec![event]).await
}
