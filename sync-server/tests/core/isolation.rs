//! Row-level security, asked behind the server's back: as the application's role, past every check in Rust.

use crate::house::{House, Person, connect, new_client, patch};
use chrono::TimeDelta;
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::caseload::unassign::UnassignCaseload;
use mentalspace_domain::command::Command;
use mentalspace_domain::decision::{Outcome, RefusalCode};
use mentalspace_domain::ids::{AssignmentId, BucketId, ClientId};
use mentalspace_domain::people::{DatedRole, Role, User};
use mentalspace_protocol::error::ErrorCode;
use mentalspace_protocol::verify::VerifyRequest;
use mentalspace_server::caller::Acting;
use mentalspace_server::db::Database;
use mentalspace_server::http::failure::Failure;
use mentalspace_server::statement::{Column, FromRow, Statement, reads};
use mentalspace_server::{machinery, sync};
use std::time::Duration;
use tokio_postgres::{Client, Row};
use uuid::Uuid;

/// Tables of practices, read from the catalog so that none is forgotten.
async fn tables(client: &Client) -> Vec<String> {
    let sql = "SELECT c.relname::text FROM pg_class c WHERE relkind IN ('r', 'p') AND NOT relispartition \
               AND relnamespace = 'public'::regnamespace AND relname NOT IN ('migration', 'attempt', 'poke')";
    client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

async fn rows(client: &Client, table: &str) -> i64 {
    client.query_one(&format!("SELECT count(*) FROM {table}"), &[]).await.unwrap().get(0)
}

async fn act_as(client: &Client, practice: Uuid, user: Option<Uuid>) {
    let user = user.map(|user| user.to_string()).unwrap_or_default();
    let set = format!(
        "SELECT set_config('app.practice_id', '{practice}', false), set_config('app.user_id', '{user}', false)"
    );
    client.query(&set, &[]).await.unwrap();
}

/// The sweep: of `tables` those that show a row for which `about` holds.
async fn showing(app: &Client, tables: &[String], about: &str) -> Vec<String> {
    let mut showing = Vec::new();
    for table in tables {
        let sql = format!("SELECT count(*) FROM {table} WHERE {about}");
        let seen: i64 = app.query_one(&sql, &[]).await.unwrap().get(0);
        if seen > 0 {
            showing.push(table.clone());
        }
    }
    showing
}

/// Tables of buckets, which show what is granted and nothing else.
fn of_buckets() -> Vec<String> {
    ["record", "bucket", "bucket_grant"].map(str::to_owned).to_vec()
}

/// A practice with something in every table that work fills.
async fn busy_house() -> (House, Person, ClientId) {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let client = house.client_of(&mut rivera).await;
    let note = house.note_of(&mut rivera, client).await;
    house.one(&mut rivera, patch(client, note, "", "Canary-words of a session.")).await;
    let booking = crate::house::book(&house, client, rivera.caller.user, 9);
    house.one(&mut rivera, booking).await;
    // Words in a chart that is not hers go to quarantine.
    let stranger = ClientId::new(house.id());
    let outcome = house.one(&mut rivera, patch(stranger, note, "", "Canary-words astray.")).await;
    assert_eq!(outcome, Outcome::Quarantined { code: RefusalCode::NotAllowed });
    let mut copy = crate::house::Copy::default();
    house.pull_all(&rivera, &mut copy).await;
    mentalspace_server::log::sequence(&house.server, house.practice, mentalspace_server::log::Heads::Now)
        .await
        .unwrap();
    (house, rivera, client)
}

#[tokio::test]
async fn without_a_context_every_table_is_empty() {
    let (house, rivera, _) = busy_house().await;
    let superuser = connect(&house.database.connection_string()).await;
    let app = connect(&house.database.connection_string_as("mentalspace_app")).await;
    let mut full = Vec::new();
    for table in tables(&superuser).await {
        if rows(&superuser, &table).await > 0 {
            full.push(table.clone());
        }
        assert_eq!(rows(&app, &table).await, 0, "{table} shows rows to nobody in particular");
    }
    assert!(full.len() >= 19, "the control: the tables do hold rows: {full:?}");
    // In the name of the practice and its clinician, they show.
    act_as(&app, house.practice.uuid(), Some(rivera.caller.user.uuid())).await;
    for table in ["record", "bucket", "bucket_grant", "quarantine", "appointment", "note", "audit_event"] {
        assert!(rows(&app, table).await > 0, "{table}");
    }
}

#[tokio::test]
async fn another_practice_sees_no_row_of_any_table() {
    let (house, _, client) = busy_house().await;
    let elsewhere = house.neighbour().await;
    let stranger = house.person_of(elsewhere, "stranger", &[Role::Clinician, Role::PracticeManager]).await;
    let superuser = connect(&house.database.connection_string()).await;
    let app = connect(&house.database.connection_string_as("mentalspace_app")).await;
    act_as(&app, elsewhere.uuid(), Some(stranger.caller.user.uuid())).await;
    let foreign = showing(&app, &tables(&superuser).await, &format!("practice_id <> '{elsewhere}'")).await;
    assert!(foreign.is_empty(), "another practice's rows show in {foreign:?}");
    // Nor by any message, with the very identifiers in hand.
    let bucket = Bucket::clinical(client).id(house.practice);
    let verify = sync::verify(&house.server, &stranger.caller, &VerifyRequest { bucket }).await;
    assert_eq!(crate::house::code(verify), ErrorCode::NotFound);
    let mut copy = crate::house::Copy::default();
    copy.cursors.insert(bucket.uuid(), 0);
    house.pull(&stranger, &mut copy, 5_000).await.unwrap();
    assert!(copy.live("note").is_empty() && copy.live("client").is_empty());
    assert_eq!(copy.revoked, [bucket.uuid()]);
}

#[tokio::test]
async fn a_bucket_that_is_not_granted_shows_nothing() {
    let (house, _, client) = busy_house().await;
    let mut chen = house.person("chen", &[Role::Clinician]).await;
    let app = connect(&house.database.connection_string_as("mentalspace_app")).await;
    act_as(&app, house.practice.uuid(), Some(chen.caller.user.uuid())).await;
    let bucket = Bucket::clinical(client).id(house.practice);
    let seen = showing(&app, &of_buckets(), &format!("bucket_id = '{}'", bucket.uuid())).await;
    assert!(seen.is_empty(), "a bucket that is not granted shows in {seen:?}");
    assert_eq!(rows(&app, "quarantine").await, 0, "another's words in quarantine");
    let written = app
        .execute(
            "INSERT INTO record (practice_id, bucket_id, kind, id, seq, rev, deleted, body_len, content_sha, sealed_body) \
             VALUES ($1, $2, 'note', $1, 1000, 1, false, 0, 'x', 'x')",
            &[&house.practice.uuid(), &bucket.uuid()],
        )
        .await;
    assert_eq!(written.unwrap_err().code(), Some(&tokio_postgres::error::SqlState::INSUFFICIENT_PRIVILEGE));
    // Through the front door: nothing by pull, nothing by verify, and a made-up bucket is refused in the same words.
    let mut copy = crate::house::Copy::default();
    house.pull_all(&chen, &mut copy).await;
    assert!(copy.live("client").is_empty() && copy.live("note").is_empty());
    let there = sync::verify(&house.server, &chen.caller, &VerifyRequest { bucket }).await.unwrap_err();
    let made_up = VerifyRequest { bucket: BucketId::new(house.id()) };
    let nowhere = sync::verify(&house.server, &chen.caller, &made_up).await.unwrap_err();
    assert_eq!(there.code(), ErrorCode::NotFound);
    assert_eq!(there.message(), nowhere.message());
    // A client under the identifier of one that is another's is neither made nor shown to exist.
    let own = chen.caller.user;
    let outcome = house.one(&mut chen, new_client(&house, client, Some(own))).await;
    assert!(matches!(outcome, Outcome::Rejected { code: RefusalCode::NotAllowed, .. }), "{outcome:?}");
    assert_eq!(house.count("SELECT count(*) FROM assignment").await, 1);
}

/// The control of both sweeps: each policy of the application, opened one at a time, is found out.
#[tokio::test]
async fn a_policy_that_is_opened_fails_the_sweep() {
    let (house, _, client) = busy_house().await;
    let chen = house.person("chen", &[Role::Clinician]).await;
    let elsewhere = house.neighbour().await;
    let stranger = house.person_of(elsewhere, "stranger", &[Role::Clinician]).await;
    let superuser = connect(&house.database.connection_string()).await;
    let app = connect(&house.database.connection_string_as("mentalspace_app")).await;
    let tables = tables(&superuser).await;

    // Without the grant in it, `granted` shows every chart of the practice to every colleague.
    act_as(&app, house.practice.uuid(), Some(chen.caller.user.uuid())).await;
    let chart = format!("bucket_id = '{}'", Bucket::clinical(client).id(house.practice).uuid());
    for table in ["record", "bucket"] {
        let open = format!("ALTER POLICY granted ON {table} USING (practice_id = app_practice())");
        superuser.batch_execute(&open).await.unwrap();
        let seen = showing(&app, &of_buckets(), &chart).await;
        assert!(seen.contains(&table.to_owned()), "the sweep over grants is blind to {table}: {seen:?}");
    }

    act_as(&app, elsewhere.uuid(), Some(stranger.caller.user.uuid())).await;
    let sql = "SELECT tablename::text, policyname::text, qual FROM pg_policies \
               WHERE schemaname = 'public' AND 'mentalspace_app' = ANY (roles) AND qual IS NOT NULL";
    let about = format!("practice_id = '{}'", house.practice);
    let mut opened = 0;
    for policy in superuser.query(sql, &[]).await.unwrap() {
        let (table, name, rule): (String, String, String) = (policy.get(0), policy.get(1), policy.get(2));
        if !tables.contains(&table)
            || showing(&superuser, std::slice::from_ref(&table), &about).await.is_empty()
        {
            continue;
        }
        let set = |rule: &str| format!("ALTER POLICY {name} ON {table} USING ({rule})");
        superuser.batch_execute(&set("true")).await.unwrap();
        assert_eq!(
            showing(&app, &tables, &about).await,
            std::slice::from_ref(&table),
            "{name} on {table} is open"
        );
        superuser.batch_execute(&set(&rule)).await.unwrap();
        opened += 1;
    }
    assert!(opened >= 19, "the control of the control: {opened} policies were opened");
    assert!(showing(&app, &tables, &about).await.is_empty(), "all closed again");
}

#[tokio::test]
async fn an_assignment_that_ends_takes_its_grants_and_keeps_what_was_written_last() {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let mut okafor = house.person("okafor", &[Role::Supervisor]).await;
    house.supervise(&okafor, &rivera).await;
    let client = house.client_of(&mut rivera).await;
    let note = house.note_of(&mut rivera, client).await;
    let mut copy = crate::house::Copy::default();
    house.pull_all(&okafor, &mut copy).await;
    assert_eq!(copy.live("note").len(), 1, "a supervisor reads her supervisee's charts");

    let assignment: Uuid = connect(&house.database.connection_string())
        .await
        .query_one("SELECT assignment_id FROM assignment", &[])
        .await
        .unwrap()
        .get(0);
    let unassign = Command::CaseloadUnassign(UnassignCaseload {
        client_id: client,
        assignment_id: AssignmentId::new(assignment),
        ended_on: crate::house::monday().date_naive(),
    });
    // She ends what her own right to the chart rests on: the last change is still written.
    assert_eq!(house.one(&mut okafor, unassign).await, Outcome::Applied);
    assert_eq!(house.count("SELECT count(*) FROM assignment WHERE ended_on IS NOT NULL").await, 1);
    for person in [&rivera, &okafor] {
        let mut copy = crate::house::Copy::default();
        house.pull_all(person, &mut copy).await;
        assert!(copy.live("note").is_empty() && copy.live("client").is_empty());
    }
    house.pull_all(&okafor, &mut copy).await;
    assert!(copy.revoked.contains(&Bucket::clinical(client).id(house.practice).uuid()));
    let late = house.one(&mut rivera, patch(client, note, "", "Words after the end.")).await;
    assert_eq!(late, Outcome::Quarantined { code: RefusalCode::NotAllowed });
    assert_eq!(house.count("SELECT count(*) FROM quarantine").await, 1, "her words are kept for review");
}

/// Whose records a connection shows.
struct Seen(Uuid);

impl FromRow for Seen {
    const COLUMNS: &'static [Column] = &[Column { name: "practice_id", reads: reads::<Uuid>() }];

    fn read(row: &Row) -> Result<Self, tokio_postgres::Error> {
        row.try_get(0).map(Self)
    }
}

const WHOSE: Statement<Seen> = Statement::new("whose", "SELECT DISTINCT practice_id FROM record");

/// Four connections, two practices, requests that are cut off at any point: nobody ever meets the other's rows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_never_carries_the_context_of_another() {
    let (house, rivera, _) = busy_house().await;
    let elsewhere = house.neighbour().await;
    let db = Database::open(&house.database.connection_string_as("mentalspace_app"), 4).unwrap();
    let here = rivera.caller.acting(crate::house::monday().date_naive());
    let there = Acting::console(elsewhere, house.id());
    let mut asking = tokio::task::JoinSet::new();
    for n in 0_u64..1_500 {
        let (db, acting) = (db.clone(), if n % 2 == 0 { here.clone() } else { there.clone() });
        asking.spawn(async move {
            let ask = async {
                let tx = db.begin(&acting).await?;
                let seen = tx.rows(&WHOSE, &[]).await?;
                if n % 3 == 0 {
                    tx.commit().await?
                } else {
                    tx.rollback().await?
                }
                Ok::<_, Failure>(seen)
            };
            // A third of them is cut off after a while that differs from one to the next.
            let patience =
                if n % 3 == 1 { Duration::from_micros(n * 7 % 3_000) } else { Duration::from_secs(60) };
            match tokio::time::timeout(patience, ask).await {
                Ok(seen) => seen.unwrap().into_iter().map(|seen| seen.0 == acting.practice.uuid()).collect(),
                Err(_) => Vec::new(),
            }
        });
    }
    let mut answered = 0;
    while let Some(seen) = asking.join_next().await {
        let seen: Vec<bool> = seen.unwrap();
        assert!(seen.iter().all(|own| *own), "another practice's rows");
        answered += seen.len();
    }
    assert!(answered >= 900, "the control: most of them did see their own rows: {answered}");
    // A connection that is given back after its transaction has no context left.
    assert!(db.ask(&WHOSE, &[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_role_that_ends_takes_its_grants_when_the_day_begins() {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let client = house.client_of(&mut rivera).await;
    let last_day = crate::house::monday().date_naive();
    let leaving = User {
        id: rivera.caller.user,
        login: "rivera".to_owned(),
        display_name: "Rivera Example".to_owned(),
        credential: String::new(),
        roles: rivera
            .caller
            .roles
            .iter()
            .map(|dated| DatedRole { until: Some(last_day), ..*dated })
            .collect(),
        active: true,
    };
    house.put(house.practice, vec![leaving], Vec::new()).await;
    let granted = format!(
        "SELECT count(*) FROM bucket_grant WHERE revoked_at IS NULL AND user_id = '{}'",
        rivera.caller.user
    );
    machinery::new_day(&house.server).await.unwrap();
    assert!(house.count(&granted).await > 0, "her last day is still hers");
    house.clock.advance(TimeDelta::days(1));
    machinery::new_day(&house.server).await.unwrap();
    assert_eq!(house.count(&granted).await, 0);
    let revoked = Bucket::clinical(client).id(house.practice).uuid();
    let kept = format!("SELECT grant_rev FROM bucket_grant WHERE bucket_id = '{revoked}'");
    assert_eq!(house.count(&kept).await, 2, "a revoked grant keeps its row, one revision on");
    let rounds = "SELECT count(*) FROM audit_event WHERE action = 'grants_of_the_day'";
    let before = house.count(rounds).await;
    machinery::new_day(&house.server).await.unwrap();
    assert_eq!(house.count(rounds).await, before, "once a day");
}
