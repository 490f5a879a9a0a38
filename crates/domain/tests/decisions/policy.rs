//! The policy table, printed, so that a change of it is a readable diff.

use crate::practice::{ZONE, client_id, context, day, instant, lund, marsh, rivera};
use mentalspace_domain::bucket::{Bucket, BucketKind};
use mentalspace_domain::decision::RefusalCode;
use mentalspace_domain::people::{DatedRole, Role, in_force};
use mentalspace_domain::policy::{Action, allows, authorise, permits};
use std::fmt::Write as _;

const EXPECTED: &str = include_str!("policy.txt");

fn table(allows: impl Fn(Role, BucketKind, Action) -> bool) -> String {
    let mut text = String::new();
    for role in Role::ALL {
        let _ = writeln!(text, "{}", role.as_str());
        for kind in BucketKind::ALL {
            let allowed: Vec<String> = Action::ALL
                .into_iter()
                .filter(|action| allows(role, kind, *action))
                .map(|action| format!("{action:?}"))
                .collect();
            let allowed = if allowed.is_empty() { "-".to_owned() } else { allowed.join(" ") };
            let _ = writeln!(text, "  {:16} {allowed}", kind.as_str());
        }
    }
    text
}

#[test]
fn the_policy_is_the_one_that_was_agreed() {
    let found = table(allows);
    assert_eq!(
        found, EXPECTED,
        "who may do what has changed. If that is meant, put this table into tests/decisions/policy.txt:\n{found}"
    );
}

#[test]
fn one_right_more_or_less_shows_in_the_table() {
    for role in Role::ALL {
        for kind in BucketKind::ALL {
            for action in Action::ALL {
                let flipped = table(|r, k, a| allows(r, k, a) != ((r, k, a) == (role, kind, action)));
                assert_ne!(flipped, EXPECTED, "a change of {role:?}, {kind:?}, {action:?} went unseen");
            }
        }
    }
}

#[test]
fn nobody_but_a_clinician_writes_in_a_chart() {
    for role in Role::ALL {
        for action in [Action::WriteNote, Action::Sign, Action::Diagnose] {
            assert_eq!(allows(role, BucketKind::ClientClinical, action), role == Role::Clinician);
        }
    }
}

#[test]
fn an_administrator_reaches_no_client() {
    for kind in BucketKind::ALL.into_iter().filter(|kind| kind.as_str().starts_with("client_")) {
        for action in Action::ALL {
            assert!(!allows(Role::Administrator, kind, action), "{kind:?} {action:?}");
        }
    }
}

#[test]
fn a_right_needs_both_the_bucket_and_the_role() {
    let chart = Bucket::clinical(client_id());
    let holds = context(rivera(), Role::Clinician, &[chart]);
    assert!(authorise(&holds, chart, Action::WriteNote).is_ok());

    let without_bucket = context(rivera(), Role::Clinician, &[]);
    let without_role = context(marsh(), Role::PracticeManager, &[chart]);
    let refusals =
        [&without_bucket, &without_role].map(|ctx| authorise(ctx, chart, Action::WriteNote).unwrap_err());
    assert_eq!(refusals[0].code, RefusalCode::NotAllowed);
    assert_eq!(refusals[0], refusals[1], "the words must not tell whether the record exists");
}

#[test]
fn a_role_counts_only_on_its_days() {
    let mut ctx = context(lund(), Role::Clinician, &[]);
    let mut on = |from: &str, until: Option<&str>| {
        let dated = DatedRole { role: Role::Clinician, from: day(from), until: until.map(day) };
        ctx.actor.roles = in_force(&[dated], ctx.zone, &[ctx.now]);
        permits(&ctx, BucketKind::ClientClinical, Action::WriteNote)
    };
    assert!(on("2026-03-10", Some("2026-03-10")), "both days are inclusive");
    assert!(!on("2026-03-11", None), "it begins tomorrow");
    assert!(!on("2020-01-01", Some("2026-03-09")), "it ended yesterday");
}

#[test]
fn the_day_of_a_role_is_the_practices_day() {
    let dated =
        [DatedRole { role: Role::Clinician, from: day("2026-03-10"), until: Some(day("2026-03-10")) }];
    // 03:00 UTC on the 11th is still the evening of the 10th in New York.
    assert_eq!(in_force(&dated, ZONE, &[instant("2026-03-11T03:00:00Z")]), [Role::Clinician]);
    assert_eq!(in_force(&dated, ZONE, &[instant("2026-03-11T05:00:00Z")]), []);
}
