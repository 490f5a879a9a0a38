//! Buckets: the unit of authorisation, order, checksum, key, resume and purge (docs/decisions/0003).

use crate::ids::{BucketId, ClientId, PracticeId, UserId, derive_uuid};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a bucket holds. A role is granted whole buckets, never fields of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BucketKind {
    /// The practice's reference data: its name, its workforce, supervision, public signing keys.
    Practice,
    /// One user's own settings.
    User,
    /// A clinician's busy blocks, without identity.
    Calendar,
    /// A client's identity, contacts, insurance, assignments and appointments.
    ClientAdmin,
    /// A client's notes, diagnoses and signatures.
    ClientClinical,
    /// A client's charges and payments.
    ClientBilling,
    /// One author's psychotherapy notes (45 CFR 164.501). Reserved.
    Psychotherapy,
    /// Records under 42 CFR Part 2. Reserved.
    Part2,
}

impl BucketKind {
    /// Every kind, in wire order.
    pub const ALL: [Self; 8] = [
        Self::Practice,
        Self::User,
        Self::Calendar,
        Self::ClientAdmin,
        Self::ClientClinical,
        Self::ClientBilling,
        Self::Psychotherapy,
        Self::Part2,
    ];

    /// The name on the wire and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Practice => "practice",
            Self::User => "user",
            Self::Calendar => "calendar",
            Self::ClientAdmin => "client_admin",
            Self::ClientClinical => "client_clinical",
            Self::ClientBilling => "client_billing",
            Self::Psychotherapy => "psychotherapy",
            Self::Part2 => "part2",
        }
    }

    /// Whether it is a part of one client's record.
    #[must_use]
    pub const fn is_of_client(self) -> bool {
        matches!(
            self,
            Self::ClientAdmin
                | Self::ClientClinical
                | Self::ClientBilling
                | Self::Psychotherapy
                | Self::Part2
        )
    }

    /// The kind with this wire name, if there is one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// A bucket by what it is about: its kind and its subject (practice, user or client).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Bucket {
    /// What it holds.
    pub kind: BucketKind,
    /// The practice, user or client that it is about.
    pub subject: Uuid,
}

impl Bucket {
    /// The practice's reference data.
    #[must_use]
    pub const fn practice(id: PracticeId) -> Self {
        Self { kind: BucketKind::Practice, subject: id.uuid() }
    }

    /// A user's own settings.
    #[must_use]
    pub const fn user(id: UserId) -> Self {
        Self { kind: BucketKind::User, subject: id.uuid() }
    }

    /// A clinician's busy blocks.
    #[must_use]
    pub const fn calendar(clinician: UserId) -> Self {
        Self { kind: BucketKind::Calendar, subject: clinician.uuid() }
    }

    /// The administrative part of a client's record.
    #[must_use]
    pub const fn admin(client: ClientId) -> Self {
        Self { kind: BucketKind::ClientAdmin, subject: client.uuid() }
    }

    /// The clinical part of a client's record.
    #[must_use]
    pub const fn clinical(client: ClientId) -> Self {
        Self { kind: BucketKind::ClientClinical, subject: client.uuid() }
    }

    /// The billing part of a client's record.
    #[must_use]
    pub const fn billing(client: ClientId) -> Self {
        Self { kind: BucketKind::ClientBilling, subject: client.uuid() }
    }

    /// The bucket's identifier: derived from (practice, kind, subject), so that a client can be created offline
    /// and both ends agree on where her record lives.
    #[must_use]
    pub fn id(self, practice: PracticeId) -> BucketId {
        BucketId::new(derive_uuid(
            "mentalspace bucket v1",
            &[practice.uuid().as_bytes(), self.kind.as_str().as_bytes(), self.subject.as_bytes()],
        ))
    }
}
