//! Putting clinicians on cases and taking them off.

use crate::practice::{
    Kept, applied, as_manager, as_rivera, assignment, client, client_id, context, day, lund, marked, marsh,
    noop, osei, practice, practice_id, refused, rivera, today, user, uuid,
};
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::caseload::assign::AssignCaseload;
use mentalspace_domain::caseload::unassign::UnassignCaseload;
use mentalspace_domain::caseload::{Assignment, AssignmentReason};
use mentalspace_domain::client::ClientStatus;
use mentalspace_domain::command::Command;
use mentalspace_domain::decision::RefusalCode;
use mentalspace_domain::ids::{AssignmentId, UserId};
use mentalspace_domain::people::Role;

fn assign(clinician: UserId, from: &str) -> Command {
    Command::CaseloadAssign(AssignCaseload {
        client_id: client_id(),
        assignment_id: AssignmentId::new(uuid(51)),
        clinician,
        reason: AssignmentReason::Covering,
        from: day(from),
        until: None,
    })
}

fn unassign(ended_on: &str) -> Command {
    Command::CaseloadUnassign(UnassignCaseload {
        client_id: client_id(),
        assignment_id: AssignmentId::new(uuid(51)),
        ended_on: day(ended_on),
    })
}

fn admin() -> Bucket {
    Bucket::admin(client_id())
}

#[test]
fn a_manager_puts_a_clinician_on_a_case_and_takes_her_off() {
    let mut kept = practice();
    assert!(!applied(kept.run(&assign(osei(), "2026-03-10"), &as_manager())).provisional);
    let begun: Assignment = kept.get(uuid(51)).unwrap();
    assert_eq!((begun.clinician, begun.reason, begun.ended_on), (osei(), AssignmentReason::Covering, None));
    noop(kept.run(&assign(osei(), "2026-03-10"), &as_manager()));

    applied(kept.run(&unassign("2026-03-10"), &as_manager()));
    assert_eq!(kept.get::<Assignment>(uuid(51)).unwrap().ended_on, Some(today()));
    noop(kept.run(&unassign("2026-03-09"), &as_manager()));
    refused(kept.run(&assign(osei(), "2026-03-10"), &as_manager()), RefusalCode::WrongState);
}

#[test]
fn an_assignment_that_begins_later_does_not_stand_in_for_one_that_begins_now() {
    let mut later = assignment(52, osei());
    later.from = day("2026-04-01");
    let kept = practice().with(admin(), later);
    noop(kept.decide(&assign(osei(), "2026-04-02"), &as_manager()));
    applied(kept.decide(&assign(osei(), "2026-03-10"), &as_manager()));
}

#[test]
fn assigning_is_for_managers_and_supervisors() {
    let as_role = |role| context(marsh(), role, &[admin()]);
    for role in [Role::PracticeManager, Role::Supervisor] {
        applied(practice().decide(&assign(osei(), "2026-03-10"), &as_role(role)));
    }
    for role in [Role::Clinician, Role::FrontDesk, Role::Biller, Role::Administrator] {
        refused(practice().decide(&assign(osei(), "2026-03-10"), &as_role(role)), RefusalCode::NotAllowed);
        let kept = practice().with(admin(), assignment(51, rivera()));
        refused(kept.decide(&unassign("2026-03-10"), &as_role(role)), RefusalCode::NotAllowed);
    }
    let elsewhere = context(marsh(), Role::PracticeManager, &[]);
    refused(practice().decide(&assign(osei(), "2026-03-10"), &elsewhere), RefusalCode::NotAllowed);
    // Her own case included: a caseload is not the clinician's to leave.
    let kept = practice().with(admin(), assignment(51, rivera()));
    refused(kept.decide(&unassign("2026-03-10"), &as_rivera()), RefusalCode::NotAllowed);
}

#[test]
fn only_somebody_who_treats_today_is_assigned() {
    refused(practice().decide(&assign(lund(), "2026-03-10"), &as_manager()), RefusalCode::Invalid);
    refused(
        practice().decide(&assign(UserId::new(uuid(999)), "2026-03-10"), &as_manager()),
        RefusalCode::NotFound,
    );
    let mut left = user(osei(), Role::Clinician);
    left.active = false;
    let kept = practice().with(Bucket::practice(practice_id()), left);
    assert_eq!(
        marked(&refused(kept.decide(&assign(osei(), "2026-03-10"), &as_manager()), RefusalCode::Invalid)),
        ["clinician"]
    );
    let mut tomorrow = user(osei(), Role::Clinician);
    tomorrow.roles[0].from = day("2026-03-11");
    let kept = practice().with(Bucket::practice(practice_id()), tomorrow);
    refused(kept.decide(&assign(osei(), "2026-03-10"), &as_manager()), RefusalCode::Invalid);
}

#[test]
fn what_is_not_held_makes_an_assignment_provisional() {
    for bucket in [admin(), Bucket::practice(practice_id())] {
        let kept = practice().not_holding(bucket);
        assert!(applied(kept.decide(&assign(osei(), "2026-03-10"), &as_manager())).provisional);
    }
    refused(Kept::default().decide(&assign(osei(), "2026-03-10"), &as_manager()), RefusalCode::NotFound);
    let mut folded = client(client_id());
    folded.status = ClientStatus::Merged;
    refused(
        practice().with(admin(), folded).decide(&assign(osei(), "2026-03-10"), &as_manager()),
        RefusalCode::WrongState,
    );
}

#[test]
fn an_assignment_that_is_not_here_cannot_be_ended() {
    refused(practice().decide(&unassign("2026-03-10"), &as_manager()), RefusalCode::NotFound);
    let kept = practice().with(admin(), assignment(51, rivera()));
    refused(kept.not_holding(admin()).decide(&unassign("2026-03-10"), &as_manager()), RefusalCode::NotFound);
}

#[test]
fn the_last_day_lies_between_the_first_and_today() {
    let kept = practice().with(admin(), assignment(51, rivera()));
    for wrong in ["2026-01-04", "2026-03-12"] {
        assert_eq!(
            marked(&refused(kept.decide(&unassign(wrong), &as_manager()), RefusalCode::Invalid)),
            ["ended_on"]
        );
    }
    applied(kept.decide(&unassign("2026-01-05"), &as_manager()));
    let mut to_come = assignment(51, rivera());
    to_come.from = day("2026-04-01");
    // Called off before it began.
    applied(practice().with(admin(), to_come).decide(&unassign("2026-03-10"), &as_manager()));
}

fn cover(from: &str, until: &str) -> Command {
    match assign(osei(), from) {
        Command::CaseloadAssign(input) => {
            Command::CaseloadAssign(AssignCaseload { until: Some(day(until)), ..input })
        }
        other => other,
    }
}

#[test]
fn a_case_is_covered_from_its_first_day_to_its_last() {
    let mut kept = practice();
    applied(kept.run(&cover("2026-03-10", "2026-03-12"), &as_manager()));
    let covering: Assignment = kept.get(uuid(51)).unwrap();
    for (on, covers) in
        [("2026-03-09", false), ("2026-03-10", true), ("2026-03-12", true), ("2026-03-13", false)]
    {
        assert_eq!(covering.covers(day(on)), covers, "{on}");
    }
    let ended = Assignment { ended_on: Some(day("2026-03-11")), ..covering };
    assert!(!ended.covers(day("2026-03-10")), "ended, it gives nothing whatever its days say");
}

#[test]
fn days_that_cannot_be_are_refused() {
    for (from, until) in [("2026-03-10", "2026-03-09"), ("2026-03-01", "2026-03-08")] {
        let refusal = refused(practice().decide(&cover(from, until), &as_manager()), RefusalCode::Invalid);
        assert_eq!(marked(&refusal), ["until"]);
    }
    applied(practice().decide(&cover("2026-03-01", "2026-03-09"), &as_manager()));
}

#[test]
fn what_reaches_no_further_than_what_stands_changes_nothing() {
    let mut kept = practice();
    applied(kept.run(&cover("2026-03-10", "2026-03-12"), &as_manager()));
    noop(kept.decide(&cover("2026-03-11", "2026-03-12"), &as_manager()));
    let longer = match cover("2026-03-10", "2026-03-15") {
        Command::CaseloadAssign(input) => {
            Command::CaseloadAssign(AssignCaseload { assignment_id: AssignmentId::new(uuid(52)), ..input })
        }
        other => other,
    };
    applied(kept.decide(&longer, &as_manager()));
}
