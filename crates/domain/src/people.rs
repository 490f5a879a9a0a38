//! The practice and its workforce: records of the practice's reference bucket.

use crate::ids::{DeviceId, KeyId, PracticeId, SupervisionId, UserId};
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// A practice: the tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Practice {
    /// Its identifier.
    pub id: PracticeId,
    /// The name on its door.
    pub name: String,
    /// The zone of its clock on the wall; a date of service is a civil date in a zone.
    pub zone: Tz,
    /// Minutes without input before the desktop locks, 2 to 15.
    pub idle_lock_minutes: u8,
    /// Days a device may go without contact before it locks, 3 to 30.
    pub lease_days: u8,
    /// Hours after the end of a session by which its note is due; practice policy, no regulation found.
    pub note_due_hours: u16,
    /// Whether a device without an OS keyring may keep its device secret in a file beside the database.
    pub allow_keyring_file: bool,
}

/// What a member of the workforce may be. Several may hold at once, each for a span of days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Treats clients and writes their notes.
    Clinician,
    /// Supervises clinicians and reads their clients' charts.
    Supervisor,
    /// Runs the practice: clients' administrative records, schedules, assignments; no notes.
    PracticeManager,
    /// Books appointments and keeps demographics.
    FrontDesk,
    /// Bills: insurance and charges; no notes.
    Biller,
    /// Manages users and devices; no client data at all.
    Administrator,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 6] = [
        Self::Clinician,
        Self::Supervisor,
        Self::PracticeManager,
        Self::FrontDesk,
        Self::Biller,
        Self::Administrator,
    ];

    /// The name on the wire and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clinician => "clinician",
            Self::Supervisor => "supervisor",
            Self::PracticeManager => "practice_manager",
            Self::FrontDesk => "front_desk",
            Self::Biller => "biller",
            Self::Administrator => "administrator",
        }
    }

    /// The role with this wire name, if there is one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }
}

/// A role held from one civil date to another, both inclusive, in the practice's zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatedRole {
    /// The role.
    pub role: Role,
    /// First day.
    pub from: NaiveDate,
    /// Last day; open when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
}

impl DatedRole {
    /// Whether the role is held on `day`.
    #[must_use]
    pub fn covers(&self, day: NaiveDate) -> bool {
        self.from <= day && self.until.is_none_or(|until| day <= until)
    }
}

/// Of `roles` those in force at any of `instants`, by the civil day that it is in `zone` then.
#[must_use]
pub fn in_force(roles: &[DatedRole], zone: Tz, instants: &[DateTime<Utc>]) -> Vec<Role> {
    let covered = |dated: &&DatedRole| {
        instants.iter().any(|instant| dated.covers(instant.with_timezone(&zone).date_naive()))
    };
    roles.iter().filter(covered).map(|dated| dated.role).collect()
}

/// A member of the workforce, as colleagues see her.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Never reused.
    pub id: UserId,
    /// The name she signs in with, lower case.
    pub login: String,
    /// The name printed on what she signs.
    pub display_name: String,
    /// Her licence or degree as printed, e.g. "LPC"; may be empty.
    pub credential: String,
    /// Dated roles.
    pub roles: Vec<DatedRole>,
    /// False once she has left.
    pub active: bool,
}

impl User {
    /// The roles held on `day`.
    pub fn roles_on(&self, day: NaiveDate) -> impl Iterator<Item = Role> + '_ {
        self.roles.iter().filter(move |dated| dated.covers(day)).map(|dated| dated.role)
    }
}

/// One user supervises another from one civil date to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supervision {
    /// Its identifier.
    pub id: SupervisionId,
    /// Who supervises.
    pub supervisor: UserId,
    /// Who is supervised.
    pub supervisee: UserId,
    /// First day.
    pub from: NaiveDate,
    /// Last day; open when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
}

/// The certificate of a signing key: who may be believed to have signed with it. Sealed by the server when the
/// device is enrolled; exports carry it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningKeyCertificate {
    /// The key's identifier.
    pub id: KeyId,
    /// Whose it is; absent for the server's own sealing key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// The device that holds it; absent for the server's own sealing key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// Ed25519 public key (RFC 8032), lower-case hexadecimal.
    pub public_key: String,
    /// When it was enrolled.
    pub enrolled_at: DateTime<Utc>,
    /// When it was revoked; what it signed before stays valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<DateTime<Utc>>,
    /// The server's Ed25519 seal over the canonical certificate without this field; empty on the server's own.
    pub seal: String,
}
