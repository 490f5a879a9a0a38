//! What begins and ends by date: nobody has to ask for it.

use crate::house::{Copy, House, Person, connect, monday};
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use mentalspace_domain::caseload::AssignmentReason;
use mentalspace_domain::caseload::assign::AssignCaseload;
use mentalspace_domain::command::Command;
use mentalspace_domain::decision::Outcome;
use mentalspace_domain::ids::{AssignmentId, ClientId};
use mentalspace_domain::people::Role;
use mentalspace_server::caller::Acting;
use mentalspace_server::clock::SettableClock;
use mentalspace_server::machinery;
use std::sync::Arc;

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
    let treat = assign(osei.caller.user, AssignmentReason::Treating, None);
    let envelope = house.envelope(treat);
    let mut push = std::pin::pin!(house.push(&mut marsh, vec![envelope]));
    // In this database: other tests have theirs in the same PostgreSQL.
    let waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
                   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    house.until_it_waits(push.as_mut(), waiting).await;
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

/// A case of Rivera's, which two colleagues cover one after the other: Chen until today, Osei from tomorrow on.
struct Covered {
    house: House,
    marsh: Person,
    client: ClientId,
    chen: Person,
    osei: Person,
}

impl Covered {
    async fn open() -> Self {
        let house = House::open().await;
        let marsh = house.person("marsh", &[Role::PracticeManager]).await;
        let mut rivera = house.person("rivera", &[Role::Clinician]).await;
        let chen = house.person("chen", &[Role::Clinician]).await;
        let osei = house.person("osei", &[Role::Clinician]).await;
        let client = house.client_of(&mut rivera).await;
        let mut of = Self { house, marsh, client, chen, osei };
        let (chen, osei, today) = (of.chen.clone(), of.osei.clone(), monday().date_naive());
        of.cover(&chen, today, today).await;
        of.cover(&osei, today + Days::new(1), today + Days::new(30)).await;
        of
    }

    async fn cover(&mut self, who: &Person, from: NaiveDate, until: NaiveDate) {
        let cover = Command::CaseloadAssign(AssignCaseload {
            client_id: self.client,
            assignment_id: AssignmentId::new(self.house.id()),
            clinician: who.caller.user,
            reason: AssignmentReason::Covering,
            from,
            until: Some(until),
        });
        assert_eq!(self.house.one(&mut self.marsh, cover).await, Outcome::Applied);
    }

    /// Whether this colleague holds the chart.
    async fn holds(&self, who: &Person) -> bool {
        let user = who.caller.user;
        let live = format!(
            "SELECT count(*) FROM bucket_grant WHERE user_id = '{user}' AND revoked_at IS NULL AND reason = 'coverage'"
        );
        self.house.count(&live).await == 2
    }

    /// Whether Chen holds it, and Osei.
    async fn held(&self) -> (bool, bool) {
        (self.holds(&self.chen).await, self.holds(&self.osei).await)
    }

    /// What the server does about the day, by a clock that was set to `at`.
    async fn at(&self, at: DateTime<Utc>) {
        self.house.clock.set(at);
        machinery::new_day(&self.house.server).await.unwrap();
    }

    async fn ahead(&self) -> usize {
        machinery::ahead_of_the_clock(&self.house.server).await.unwrap()
    }
}

/// A clock that is set back gives nobody back what has ended, takes from nobody what has begun, and is told of.
#[tokio::test]
async fn a_day_that_has_begun_is_not_taken_back_by_a_clock_that_is() {
    let mut of = Covered::open().await;
    let tuesday = monday() + TimeDelta::days(1);
    of.at(monday()).await;
    assert_eq!(of.held().await, (true, false), "the control: it is a matter of the day");
    of.at(tuesday).await;
    for (back, told) in [(0, 0), (1, 0), (2, 1), (20, 1)] {
        of.at(tuesday - TimeDelta::days(back)).await;
        assert_eq!(of.held().await, (false, true), "{back} days back");
        assert_eq!(of.ahead().await, told, "{back} days back");
    }
    // Work goes on meanwhile, and what it changes goes by the day that has begun.
    let dara = of.house.person("dara", &[Role::Clinician]).await;
    of.cover(&dara, monday().date_naive(), tuesday.date_naive()).await;
    assert!(of.holds(&dara).await);
    assert_eq!(of.held().await, (false, true));
    of.at(tuesday + TimeDelta::days(1)).await;
    assert_eq!(of.ahead().await, 0);
    assert!(!of.holds(&dara).await, "the clock is right, and days go on");
}

/// Nor do two servers undo each other's day.
#[tokio::test]
async fn a_server_whose_clock_is_behind_changes_nothing_of_what_another_has_worked_out() {
    let of = Covered::open().await;
    let tuesday = monday() + TimeDelta::days(1);
    let behind = of.house.beside(&Arc::new(SettableClock::at(tuesday - TimeDelta::days(5))));
    let worked_out = "SELECT count(*) FROM audit_event WHERE action = 'grants_of_the_day'";
    of.at(tuesday).await;
    for _ in 0..3 {
        machinery::new_day(&behind).await.unwrap();
        machinery::new_day(&of.house.server).await.unwrap();
        assert_eq!(of.held().await, (false, true));
        assert_eq!(of.house.count(worked_out).await, 1);
    }
    assert_eq!(machinery::ahead_of_the_clock(&behind).await.unwrap(), 1);
    assert_eq!(of.ahead().await, 0);
    // The control: the one that is right begins the next day.
    of.at(tuesday + TimeDelta::days(1)).await;
    assert_eq!(of.house.count(worked_out).await, 2);
}

/// Where the clock ran ahead and was put right, somebody says what day it is: grants are those of that day, and no lease
/// runs for longer than one that is given now.
#[tokio::test]
async fn after_a_clock_that_ran_ahead_somebody_says_what_day_it_is() {
    let of = Covered::open().await;
    of.at(monday()).await;
    of.at(monday() + TimeDelta::days(60)).await;
    of.at(monday()).await;
    assert_eq!((of.held().await, of.ahead().await), ((false, false), 1), "the control: not by itself");
    let longer = format!(
        "SELECT count(*) FROM device WHERE lease_until > '{}'",
        (monday() + TimeDelta::days(7)).to_rfc3339()
    );
    assert!(of.house.count(&longer).await > 0, "the control");
    let acting = Acting::console(of.house.practice, of.house.id());
    machinery::begin_again(&of.house.server, &acting, monday().date_naive()).await.unwrap();
    assert_eq!((of.held().await, of.ahead().await), ((true, false), 0));
    assert_eq!(of.house.count(&longer).await, 0);
    let console = "SELECT count(*) FROM audit_event WHERE action = 'grants_of_the_day' AND roles = 'console'";
    assert_eq!(of.house.count(console).await, 1, "and it is on record who said so");
    of.at(monday() + TimeDelta::days(1)).await;
    assert_eq!(of.held().await, (false, true), "days go on from there");
}
