//! Who is granted which buckets on a given day. Pure; the server writes the result into its grant table.

use crate::bucket::Bucket;
use crate::caseload::{Assignment, AssignmentReason};
use crate::ids::{ClientId, PracticeId, UserId};
use crate::people::{Role, Supervision, User};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Why a bucket is granted. Where several reasons hold, the first in this order is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantReason {
    /// It is about the user herself.
    Own,
    /// The client is assigned to her.
    Caseload,
    /// She covers the client for a colleague, for dated days.
    Coverage,
    /// The client is assigned to somebody whom she supervises.
    Supervision,
    /// Her role alone grants it.
    Role,
}

impl GrantReason {
    /// The name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Caseload => "caseload",
            Self::Coverage => "coverage",
            Self::Supervision => "supervision",
            Self::Role => "role",
        }
    }
}

/// What the grants of one user are computed from.
#[derive(Clone, Copy, Debug)]
pub struct ScopeInput<'a> {
    /// Every client of the practice.
    pub clients: &'a [ClientId],
    /// Assignments; those of others than the user and her supervisees do not matter.
    pub assignments: &'a [Assignment],
    /// Supervision relations; those of other supervisors do not matter.
    pub supervisions: &'a [Supervision],
    /// Everybody who has a calendar.
    pub clinicians: &'a [UserId],
}

/// The buckets of `user` on the civil date `day` of the practice, each with its reason. Somebody who has left, or who
/// holds no role on that day, is granted nothing at all.
#[must_use]
pub fn scope(
    user: &User,
    day: NaiveDate,
    practice: PracticeId,
    input: &ScopeInput<'_>,
) -> BTreeMap<Bucket, GrantReason> {
    let mut scope = Scope::default();
    let roles: BTreeSet<Role> = if user.active { user.roles_on(day).collect() } else { BTreeSet::new() };
    if roles.is_empty() {
        return scope.grants;
    }
    scope.grant(Bucket::practice(practice), GrantReason::Role);
    scope.grant(Bucket::user(user.id), GrantReason::Own);
    for role in roles {
        match role {
            Role::Clinician => {
                scope.grant(Bucket::calendar(user.id), GrantReason::Own);
                scope.calendars(input);
                for assignment in on_case(user.id, day, input.assignments) {
                    let reason = match assignment.reason {
                        AssignmentReason::Treating => GrantReason::Caseload,
                        AssignmentReason::Covering => GrantReason::Coverage,
                    };
                    scope.charts(std::iter::once(assignment.client), reason);
                }
            }
            Role::Supervisor => {
                scope.calendars(input);
                for supervisee in supervisees(user.id, day, input.supervisions) {
                    scope.charts(caseload(supervisee, day, input.assignments), GrantReason::Supervision);
                }
            }
            Role::PracticeManager => {
                scope.calendars(input);
                scope.administration(input);
                scope.billing(input);
            }
            Role::FrontDesk => {
                scope.calendars(input);
                scope.administration(input);
            }
            Role::Biller => {
                scope.administration(input);
                scope.billing(input);
            }
            // Managing users and devices needs no client: 45 CFR 164.502(b), minimum necessary.
            Role::Administrator => {}
        }
    }
    scope.grants
}

/// The clients assigned to `clinician` on `day`, whether she treats them or covers them.
pub fn caseload(
    clinician: UserId,
    day: NaiveDate,
    assignments: &[Assignment],
) -> impl Iterator<Item = ClientId> {
    on_case(clinician, day, assignments).map(|assignment| assignment.client)
}

fn on_case(
    clinician: UserId,
    day: NaiveDate,
    assignments: &[Assignment],
) -> impl Iterator<Item = &Assignment> {
    assignments.iter().filter(move |assignment| assignment.clinician == clinician && assignment.covers(day))
}

/// Those whom `supervisor` supervises on `day`.
pub fn supervisees(
    supervisor: UserId,
    day: NaiveDate,
    supervisions: &[Supervision],
) -> impl Iterator<Item = UserId> {
    supervisions
        .iter()
        .filter(move |supervision| {
            supervision.supervisor == supervisor
                && supervision.from <= day
                && supervision.until.is_none_or(|until| day <= until)
        })
        .map(|supervision| supervision.supervisee)
}

#[derive(Default)]
struct Scope {
    grants: BTreeMap<Bucket, GrantReason>,
}

impl Scope {
    fn grant(&mut self, bucket: Bucket, reason: GrantReason) {
        self.grants.entry(bucket).and_modify(|standing| *standing = reason.min(*standing)).or_insert(reason);
    }

    fn charts(&mut self, clients: impl Iterator<Item = ClientId>, reason: GrantReason) {
        for client in clients {
            self.grant(Bucket::admin(client), reason);
            self.grant(Bucket::clinical(client), reason);
        }
    }

    fn calendars(&mut self, input: &ScopeInput<'_>) {
        for clinician in input.clinicians {
            self.grant(Bucket::calendar(*clinician), GrantReason::Role);
        }
    }

    fn administration(&mut self, input: &ScopeInput<'_>) {
        for client in input.clients {
            self.grant(Bucket::admin(*client), GrantReason::Role);
        }
    }

    fn billing(&mut self, input: &ScopeInput<'_>) {
        for client in input.clients {
            self.grant(Bucket::billing(*client), GrantReason::Role);
        }
    }
}
