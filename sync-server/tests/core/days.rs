//! What begins and ends by date: nobody has to ask for it.

use crate::house::{Copy, House, connect, monday};
use chrono::{Days, TimeDelta};
use mentalspace_domain::caseload::AssignmentReason;
use mentalspace_domain::caseload::assign::AssignCaseload;
use mentalspace_domain::command::Command;
use mentalspace_domain::decision::Outcome;
use mentalspace_domain::ids::AssignmentId;
use mentalspace_domain::people::Role;
use mentalspace_server::machinery;

/// What is wrong with one practice keeps no other from its new day, and whoever loses something is told at once.
#[tokio::test]
async fn a_practice_that_cannot_begin_its_day_keeps_no_other_from_its_own() {
    let house = House::open().await;
    let person = house.person("rivera", &[Role::Clinician]).await;
    let elsewhere = house.neighbour().await;
    let far = house.person_of(elsewhere, "far", &[Role::Clinician]).await;
    let superuser = connect(&house.database.connection_string()).await;
    let last_day = format!("UPDATE user_role SET until_day = '{}'", monday().date_naive());
    superuser.batch_execute(&last_day).await.unwrap();
    for (broken, whole) in [(house.practice, &far), (elsewhere, &person)] {
        let zone = |zone: &str| format!("UPDATE practice SET zone = '{zone}' WHERE practice_id = '{broken}'");
        superuser.batch_execute(&zone("Nowhere/At_all")).await.unwrap();
        let caller = &whole.caller;
        let ear = house.server.pokes.listen(caller.practice, caller.user, caller.device, house.id());
        house.clock.advance(TimeDelta::days(1));
        assert!(machinery::new_day(&house.server).await.is_err(), "and it is said that something is wrong");
        let live = format!(
            "SELECT count(*) FROM bucket_grant WHERE user_id = '{}' AND revoked_at IS NULL",
            whole.caller.user
        );
        assert_eq!(house.count(&live).await, 0, "her role ended yesterday");
        let patience = std::time::Duration::from_secs(30);
        assert!(tokio::time::timeout(patience, ear.heard()).await.unwrap(), "her devices hear of it");
        superuser.batch_execute(&zone("America/New_York")).await.unwrap();
    }
}

/// A change that came in before midnight and had to wait gives back nothing that ended with the day.
#[tokio::test]
async fn what_came_in_before_midnight_and_waited_counts_by_the_day_on_which_it_is_done() {
    let house = House::open().await;
    let mut marsh = house.person("marsh", &[Role::PracticeManager]).await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let (chen, osei) =
        (house.person("chen", &[Role::Clinician]).await, house.person("osei", &[Role::Clinician]).await);
    let client = house.client_of(&mut rivera).await;
    let today = monday().date_naive();
    let assign = |clinician, reason, until| {
        Command::CaseloadAssign(AssignCaseload {
            client_id: client,
            assignment_id: AssignmentId::new(house.id()),
            clinician,
            reason,
            from: today,
            until,
        })
    };
    let cover = assign(chen.caller.user, AssignmentReason::Covering, Some(today));
    assert_eq!(house.one(&mut marsh, cover).await, Outcome::Applied);
    let holds = |person: &crate::house::Person| {
        let user = person.caller.user;
        format!(
            "SELECT count(*) FROM bucket_grant WHERE user_id = '{user}' AND revoked_at IS NULL AND reason IN ('coverage', 'caseload')"
        )
    };
    assert_eq!(house.count(&holds(&chen)).await, 2, "the control: it is still the day that she covers");
    let holding = connect(&house.database.connection_string()).await;
    let lock = format!(
        "BEGIN; SELECT pg_advisory_xact_lock(hashtextextended('grants {}', 0))",
        house.practice.uuid()
    );
    holding.batch_execute(&lock).await.unwrap();
    let watch = connect(&house.database.connection_string()).await;
    let treat = assign(osei.caller.user, AssignmentReason::Treating, None);
    let envelope = house.envelope(treat);
    let mut push = std::pin::pin!(house.push(&mut marsh, vec![envelope]));
    let waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
    tokio::select! {
        answer = &mut push => panic!("the push did not wait: {answer:?}"),
        () = async {
            while watch.query_one(waiting, &[]).await.unwrap().get::<_, i64>(0) == 0 {}
        } => {}
    }
    house.clock.advance(TimeDelta::days(1));
    holding.batch_execute("COMMIT").await.unwrap();
    assert_eq!(push.await.unwrap().results[0].outcome, Outcome::Applied);
    assert_eq!((house.count(&holds(&chen)).await, house.count(&holds(&osei)).await), (0, 2));
}

/// A case that is covered ends with its last day by itself: no command, and no request of whoever held it.
#[tokio::test]
async fn a_covered_case_is_taken_back_when_its_last_day_is_over() {
    let house = House::open().await;
    let mut marsh = house.person("marsh", &[Role::PracticeManager]).await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let chen = house.person("chen", &[Role::Clinician]).await;
    let client = house.client_of(&mut rivera).await;
    let today = monday().date_naive();
    let cover = Command::CaseloadAssign(AssignCaseload {
        client_id: client,
        assignment_id: AssignmentId::new(house.id()),
        clinician: chen.caller.user,
        reason: AssignmentReason::Covering,
        from: today + Days::new(1),
        until: Some(today + Days::new(2)),
    });
    assert_eq!(house.one(&mut marsh, cover).await, Outcome::Applied);
    let live = format!(
        "SELECT count(*) FROM bucket_grant WHERE user_id = '{}' AND revoked_at IS NULL AND reason = 'coverage'",
        chen.caller.user
    );
    for (day, holds) in [(0, 0), (1, 2), (2, 2), (3, 0), (4, 0)] {
        machinery::new_day(&house.server).await.unwrap();
        assert_eq!(house.count(&live).await, holds, "on day {day}");
        let mut copy = Copy::default();
        house.pull_all(&chen, &mut copy).await;
        assert_eq!(copy.live("client").len(), usize::from(holds > 0), "on day {day}");
        house.clock.advance(TimeDelta::days(1));
    }
    let mut copy = Copy::default();
    house.pull_all(&rivera, &mut copy).await;
    assert_eq!(copy.live("client").len(), 1, "the control: who treats her has her still");
}
