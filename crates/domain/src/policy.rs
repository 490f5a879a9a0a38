//! Who may do what: role × bucket kind × action. A grant says *which* buckets; this table says *what* in them.

use crate::bucket::{Bucket, BucketKind};
use crate::context::Context;
use crate::decision::{Refusal, RefusalCode};
use crate::people::Role;
use serde::{Deserialize, Serialize};

/// What may be done in a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// See its records.
    Read,
    /// Begin a client's record.
    CreateClient,
    /// Change demographics, contacts and insurance, or fold two records together.
    EditClient,
    /// Book, move, cancel and check in appointments.
    Schedule,
    /// Put a clinician on a client's case, or take her off.
    Assign,
    /// Write notes and addenda, settle their conflicts.
    WriteNote,
    /// Sign what she wrote.
    Sign,
    /// Add and end diagnoses.
    Diagnose,
    /// Accept or return work that arrived after its author's access had ended.
    ReviewQuarantine,
    /// Manage users, roles, supervision and devices.
    Administer,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 10] = [
        Self::Read,
        Self::CreateClient,
        Self::EditClient,
        Self::Schedule,
        Self::Assign,
        Self::WriteNote,
        Self::Sign,
        Self::Diagnose,
        Self::ReviewQuarantine,
        Self::Administer,
    ];
}

/// The policy table. Everything not named is denied; no role bypasses it (45 CFR 164.308(a)(4), 164.502(b)).
#[must_use]
pub const fn allows(role: Role, kind: BucketKind, action: Action) -> bool {
    use Action as A;
    use BucketKind as B;
    use Role as R;
    match (kind, action) {
        (B::Practice | B::User, A::Read) => true,
        (B::Practice, A::Administer) => matches!(role, R::Administrator),
        (B::Calendar, A::Read) => {
            matches!(role, R::Clinician | R::Supervisor | R::PracticeManager | R::FrontDesk)
        }
        (B::Calendar, A::Schedule) => matches!(role, R::Clinician | R::PracticeManager | R::FrontDesk),
        (B::ClientAdmin, A::Read) => !matches!(role, R::Administrator),
        (B::ClientAdmin, A::CreateClient | A::EditClient | A::Schedule) => {
            matches!(role, R::Clinician | R::PracticeManager | R::FrontDesk)
        }
        (B::ClientAdmin, A::Assign) => matches!(role, R::PracticeManager | R::Supervisor),
        (B::ClientClinical, A::Read | A::ReviewQuarantine) => matches!(role, R::Clinician | R::Supervisor),
        (B::ClientClinical, A::WriteNote | A::Sign | A::Diagnose) => matches!(role, R::Clinician),
        (B::ClientBilling, A::Read) => matches!(role, R::Biller | R::PracticeManager),
        _ => false,
    }
}

/// Authorises the actor of `ctx` for `action` in `bucket`: she must hold the bucket and a role that allows it today.
///
/// # Errors
/// [`RefusalCode::NotAllowed`], in the same words whether or not the bucket exists.
pub fn authorise(ctx: &Context, bucket: Bucket, action: Action) -> Result<(), Refusal> {
    if ctx.holds(bucket) && permits(ctx, bucket.kind, action) {
        return Ok(());
    }
    Err(Refusal::new(
        RefusalCode::NotAllowed,
        "You do not have access to this record. Nothing was changed. Ask your practice manager if you need it.",
    ))
}

/// Whether some role of the actor allows `action` in buckets of `kind`, whichever they are.
#[must_use]
pub fn permits(ctx: &Context, kind: BucketKind, action: Action) -> bool {
    ctx.roles().any(|role| allows(role, kind, action))
}
