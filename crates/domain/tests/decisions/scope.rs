//! Who is granted what, for any practice that can be drawn.

use crate::practice::{client_id, day, practice_id, today, uuid};
use chrono::{Days, NaiveDate};
use mentalspace_domain::bucket::{Bucket, BucketKind};
use mentalspace_domain::caseload::{Assignment, AssignmentReason};
use mentalspace_domain::ids::{AssignmentId, ClientId, SupervisionId, UserId};
use mentalspace_domain::people::{DatedRole, Role, Supervision, User};
use mentalspace_domain::policy::{Action, allows};
use mentalspace_domain::scope::{GrantReason, ScopeInput, scope};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const USERS: u128 = 4;
const CLIENTS: u128 = 4;

fn user_id(n: u128) -> UserId {
    UserId::new(uuid(1000 + n))
}

fn client(n: u128) -> ClientId {
    ClientId::new(uuid(2000 + n))
}

#[derive(Clone, Debug)]
struct Drawn {
    user: User,
    assignments: Vec<Assignment>,
    supervisions: Vec<Supervision>,
}

impl Drawn {
    fn scope_on(&self, day: NaiveDate) -> BTreeMap<Bucket, GrantReason> {
        let clients: Vec<ClientId> = (0..CLIENTS).map(client).collect();
        let clinicians: Vec<UserId> = (0..USERS).map(user_id).collect();
        let input = ScopeInput {
            clients: &clients,
            assignments: &self.assignments,
            supervisions: &self.supervisions,
            clinicians: &clinicians,
        };
        scope(&self.user, day, practice_id(), &input)
    }

    fn has_role(&self, role: Role) -> bool {
        self.user.active && self.user.roles_on(today()).any(|held| held == role)
    }

    fn only(mut self, role: Role) -> Self {
        self.user.active = true;
        self.user.roles = vec![DatedRole { role, from: day("2020-01-01"), until: None }];
        self
    }

    /// Those whose caseload she sees, said in other words than the code's.
    fn responsible_for(&self) -> BTreeSet<UserId> {
        let mut people = BTreeSet::new();
        if self.has_role(Role::Clinician) {
            people.insert(self.user.id);
        }
        if self.has_role(Role::Supervisor) {
            for relation in &self.supervisions {
                let ended = relation.until.is_some_and(|until| until < today());
                if relation.supervisor == self.user.id && relation.from <= today() && !ended {
                    people.insert(relation.supervisee);
                }
            }
        }
        people
    }
}

fn date() -> impl Strategy<Value = NaiveDate> {
    (0_u64..6).prop_map(|days| today() - Days::new(3) + Days::new(days))
}

fn role() -> impl Strategy<Value = DatedRole> {
    (prop::sample::select(Role::ALL.to_vec()), date(), prop::option::of(date()))
        .prop_map(|(role, from, until)| DatedRole { role, from, until })
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let assignment = (
        (0..CLIENTS, 0..USERS, prop::bool::ANY),
        date(),
        prop::option::weighted(0.3, date()),
        prop::option::weighted(0.3, date()),
    );
    let supervision = (0..USERS, 0..USERS, date(), prop::option::of(date()));
    (
        prop::collection::vec(role(), 0..3),
        prop::bool::weighted(0.9),
        prop::collection::vec(assignment, 0..6),
        prop::collection::vec(supervision, 0..4),
    )
        .prop_map(|(roles, active, assignments, supervisions)| Drawn {
            user: User {
                id: user_id(0),
                login: "person".to_owned(),
                display_name: "A. Person".to_owned(),
                credential: String::new(),
                roles,
                active,
            },
            assignments: assignments
                .into_iter()
                .zip(0_u128..)
                .map(|(((client_n, clinician, covers), from, until, ended_on), n)| Assignment {
                    id: AssignmentId::new(uuid(3000 + n)),
                    client: client(client_n),
                    clinician: user_id(clinician),
                    reason: if covers { AssignmentReason::Covering } else { AssignmentReason::Treating },
                    from,
                    until,
                    ended_on,
                })
                .collect(),
            supervisions: supervisions
                .into_iter()
                .zip(0_u128..)
                .map(|((supervisor, supervisee, from, until), n)| Supervision {
                    id: SupervisionId::new(uuid(4000 + n)),
                    supervisor: user_id(supervisor),
                    supervisee: user_id(supervisee),
                    from,
                    until,
                })
                .collect(),
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Scope and policy are two tables; neither may promise what the other denies.
    #[test]
    fn nothing_is_granted_that_no_role_may_read(drawn in drawn()) {
        for bucket in drawn.scope_on(today()).keys() {
            prop_assert!(
                Role::ALL.into_iter().any(|role| drawn.has_role(role) && allows(role, bucket.kind, Action::Read)),
                "{bucket:?} was granted to {:?}", drawn.user.roles
            );
        }
    }

    #[test]
    fn an_administrator_gets_no_client(drawn in drawn()) {
        let kinds: BTreeSet<BucketKind> =
            drawn.only(Role::Administrator).scope_on(today()).keys().map(|bucket| bucket.kind).collect();
        prop_assert_eq!(kinds, BTreeSet::from([BucketKind::Practice, BucketKind::User]));
    }

    /// Charts are granted for open assignments that have begun, of herself or of those whom she supervises today.
    #[test]
    fn a_chart_is_granted_exactly_for_a_current_assignment(drawn in drawn()) {
        let people = drawn.responsible_for();
        let expected: BTreeSet<Bucket> = drawn
            .assignments
            .iter()
            .filter(|one| {
                let over = one.until.is_some_and(|until| until < today());
                people.contains(&one.clinician) && one.from <= today() && one.ended_on.is_none() && !over
            })
            .map(|one| Bucket::clinical(one.client))
            .collect();
        let found: BTreeSet<Bucket> = drawn
            .scope_on(today())
            .into_keys()
            .filter(|bucket| bucket.kind == BucketKind::ClientClinical)
            .collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn with_the_chart_comes_the_administrative_part(drawn in drawn()) {
        let granted = drawn.scope_on(today());
        for bucket in granted.keys().filter(|bucket| bucket.kind == BucketKind::ClientClinical) {
            let admin = Bucket { kind: BucketKind::ClientAdmin, subject: bucket.subject };
            prop_assert!(granted.contains_key(&admin));
        }
    }

    #[test]
    fn billing_is_for_billers_and_managers(drawn in drawn()) {
        let bills = drawn.has_role(Role::Biller) || drawn.has_role(Role::PracticeManager);
        let found = drawn.scope_on(today()).into_keys().filter(|b| b.kind == BucketKind::ClientBilling).count();
        prop_assert_eq!(found, if bills { 4 } else { 0 });
    }

    #[test]
    fn who_has_left_or_holds_no_role_gets_nothing(mut drawn in drawn()) {
        let mut without_role = drawn.clone();
        drawn.user.active = false;
        prop_assert!(drawn.scope_on(today()).is_empty());
        without_role.user.roles.clear();
        prop_assert!(without_role.scope_on(today()).is_empty());
    }

    /// The order in which facts were written down must not matter.
    #[test]
    fn the_order_of_facts_does_not_matter(drawn in drawn()) {
        let mut turned = drawn.clone();
        turned.assignments.reverse();
        turned.supervisions.reverse();
        turned.user.roles.reverse();
        prop_assert_eq!(turned.scope_on(today()), drawn.scope_on(today()));
    }
}

fn one_case(ended_on: Option<NaiveDate>) -> Drawn {
    Drawn {
        user: User {
            id: user_id(0),
            login: "person".to_owned(),
            display_name: "A. Person".to_owned(),
            credential: String::new(),
            roles: vec![DatedRole { role: Role::Clinician, from: day("2020-01-01"), until: None }],
            active: true,
        },
        assignments: vec![Assignment {
            id: AssignmentId::new(uuid(1)),
            client: client_id(),
            clinician: user_id(0),
            reason: AssignmentReason::Treating,
            from: day("2026-03-01"),
            until: None,
            ended_on,
        }],
        supervisions: Vec::new(),
    }
}

#[test]
fn an_assignment_ends_at_once_whatever_its_last_day_says() {
    let chart = Bucket::clinical(client_id());
    assert_eq!(one_case(None).scope_on(today()).get(&chart), Some(&GrantReason::Caseload));
    assert_eq!(one_case(None).scope_on(day("2026-02-28")).get(&chart), None, "it has not begun");
    for last_day in ["2026-03-01", "2026-03-10", "2026-03-11"] {
        assert_eq!(one_case(Some(day(last_day))).scope_on(today()).get(&chart), None);
    }
}

#[test]
fn a_case_that_is_covered_is_granted_from_its_first_day_to_its_last() {
    let mut drawn = one_case(None);
    drawn.assignments[0].reason = AssignmentReason::Covering;
    drawn.assignments[0].until = Some(day("2026-03-12"));
    let chart = Bucket::clinical(client_id());
    for (on, covered) in
        [("2026-02-28", false), ("2026-03-01", true), ("2026-03-12", true), ("2026-03-13", false)]
    {
        let reason = drawn.scope_on(day(on)).get(&chart).copied();
        assert_eq!(reason, covered.then_some(GrantReason::Coverage), "{on}");
    }
    // Who treats the client and covers a colleague's part of it besides does the first of both.
    drawn.assignments.push(Assignment {
        reason: AssignmentReason::Treating,
        until: None,
        ..drawn.assignments[0].clone()
    });
    assert_eq!(drawn.scope_on(today()).get(&chart), Some(&GrantReason::Caseload));
}

#[test]
fn supervision_covers_its_own_days_and_both_of_its_ends() {
    let mut drawn = one_case(None);
    drawn.assignments[0].clinician = user_id(1);
    drawn.user.roles[0].role = Role::Supervisor;
    drawn.supervisions = vec![Supervision {
        id: SupervisionId::new(uuid(2)),
        supervisor: user_id(0),
        supervisee: user_id(1),
        from: day("2026-03-05"),
        until: Some(day("2026-03-12")),
    }];
    let chart = Bucket::clinical(client_id());
    for (on, covered) in
        [("2026-03-04", false), ("2026-03-05", true), ("2026-03-12", true), ("2026-03-13", false)]
    {
        let reason = drawn.scope_on(day(on)).get(&chart).copied();
        assert_eq!(reason, covered.then_some(GrantReason::Supervision), "{on}");
    }
}

#[test]
fn the_nearest_reason_is_named() {
    let mut drawn = one_case(None);
    drawn.user.roles.push(DatedRole { role: Role::PracticeManager, from: day("2020-01-01"), until: None });
    drawn.assignments[0].client = client(1);
    let granted = drawn.scope_on(today());
    assert_eq!(granted[&Bucket::admin(client(1))], GrantReason::Caseload);
    assert_eq!(granted[&Bucket::admin(client(2))], GrantReason::Role);
    assert_eq!(granted[&Bucket::calendar(user_id(0))], GrantReason::Own);
    assert_eq!(granted[&Bucket::calendar(user_id(1))], GrantReason::Role);
}
