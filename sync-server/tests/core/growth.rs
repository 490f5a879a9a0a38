//! What one clinician's syncs read does not grow with her practice: counted in pages that PostgreSQL touches, which is
//! the same on a busy machine as on an idle one.

use crate::house::{Copy, House, Person, connect, monday, new_client, new_note};
use mentalspace_domain::ids::{ClientId, NoteId};
use mentalspace_domain::people::Role;
use mentalspace_server::statement::every_statement;
use std::collections::BTreeMap;
use tokio_postgres::Client;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

/// A tree over several times as many rows is at most a level higher: what descends it for each of her charts touches a part
/// more, and nothing touches as much more as there is.
const fn a_level_more(pages: i64) -> i64 {
    pages * 3 / 2 + 8
}

async fn fill(house: &House, person: &mut Person, clients: usize) {
    let own = person.caller.user;
    for _ in 0..clients / 20 {
        let clients: Vec<ClientId> = (0..20).map(|_| ClientId::new(house.id())).collect();
        let batch = clients.iter().flat_map(|client| {
            let note = new_note(*client, NoteId::new(house.id()));
            [house.envelope(new_client(house, *client, Some(own))), house.envelope(note)]
        });
        let batch = batch.collect();
        house.push(person, batch).await.unwrap();
    }
}

/// The pages that the server's own statement `name` touches, run as the server runs it in this person's name; by the
/// indexes also while the tables are still so small that PostgreSQL would read them whole.
async fn pages(app: &Client, person: &Person, name: &str, parameters: &[&(dyn ToSql + Sync)]) -> i64 {
    let found = every_statement().into_iter().find(|statement| statement.name.ends_with(name));
    let sql = found.unwrap_or_else(|| panic!("there is no statement {name}")).sql;
    let (practice, user, device) = (person.caller.practice, person.caller.user, person.caller.device);
    app.batch_execute(&format!(
        "BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL app.practice_id = '{practice}'; \
         SET LOCAL app.user_id = '{user}'; SET LOCAL app.device_id = '{device}'; SET LOCAL jit = off; \
         SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL random_page_cost = 1.1; \
         SET LOCAL enable_seqscan = off"
    ))
    .await
    .unwrap();
    let mut touched = 0;
    // Twice: the first time a connection also reads the catalog.
    for _ in 0..2 {
        let explain = format!("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}");
        let plan: serde_json::Value = app.query_one(&explain, parameters).await.unwrap().get(0);
        let of = |what: &str| plan[0]["Plan"][what].as_i64().unwrap();
        touched = of("Shared Hit Blocks") + of("Shared Read Blocks");
    }
    app.batch_execute("ROLLBACK").await.unwrap();
    touched
}

/// The pages that each kind of sync touches, by statement.
async fn syncs(house: &House, rivera: &Person, copy: &Copy) -> BTreeMap<&'static str, i64> {
    house.database.execute("VACUUM ANALYZE").unwrap();
    let app = connect(&house.database.connection_string_as("mentalspace_app")).await;
    let (practice, user) = (rivera.caller.practice.uuid(), rivera.caller.user.uuid());
    let device = rivera.caller.device.uuid();
    let named: Vec<Uuid> = copy.cursors.keys().copied().collect();
    let whole: Vec<i64> = copy.cursors.values().copied().collect();
    // Behind by one row in one chart: a small sync.
    let mut behind = whole.clone();
    let chart = named.iter().position(|bucket| copy.cursors[bucket] > 1).unwrap();
    behind[chart] -= 1;
    let none: (Vec<Uuid>, Vec<i64>) = (Vec::new(), Vec::new());
    let mut touched = BTreeMap::new();
    let greet: [&(dyn ToSql + Sync); 3] = [&practice, &user, &device];
    touched.insert("hello", pages(&app, rivera, "hello::GREET", &greet).await);
    touched.insert(
        "device",
        pages(&app, rivera, "pull::statements::DEVICE", &[&practice, &device, &user, &monday()]).await,
    );
    for (kind, seqs) in [("manifest of a small sync", &behind), ("manifest of nothing new", &whole)] {
        let of: [&(dyn ToSql + Sync); 4] = [&practice, &user, &named, seqs];
        touched.insert(kind, pages(&app, rivera, "pull::statements::MANIFEST", &of).await);
    }
    let of: [&(dyn ToSql + Sync); 4] = [&practice, &user, &none.0, &none.1];
    touched.insert("manifest of a first sync", pages(&app, rivera, "pull::statements::MANIFEST", &of).await);
    let of: [&(dyn ToSql + Sync); 4] = [&practice, &user, &named, &false];
    touched.insert("revoked", pages(&app, rivera, "pull::statements::REVOKED", &of).await);
    let (all, much) = (5_000_i64, 16_000_000_i64);
    for (kind, after) in [("rows of a small sync", behind[chart]), ("rows of a first sync", 0)] {
        let of: [&(dyn ToSql + Sync); 5] = [&practice, &named[chart], &after, &all, &much];
        touched.insert(kind, pages(&app, rivera, "pull::statements::ROWS", &of).await);
    }
    touched
}

#[tokio::test]
async fn one_clinicians_syncs_touch_no_more_pages_when_her_practice_has_grown() {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let mut chen = house.person("chen", &[Role::Clinician]).await;
    fill(&house, &mut rivera, 20).await;
    fill(&house, &mut chen, 100).await;
    let mut copy = Copy::default();
    house.pull_all(&rivera, &mut copy).await;
    let before = syncs(&house, &rivera, &copy).await;
    let everything_before = everything(&house).await;
    fill(&house, &mut chen, 400).await;
    let mut after_it = Copy::default();
    house.pull_all(&rivera, &mut after_it).await;
    assert_eq!(copy.cursors, after_it.cursors, "nothing of hers has changed");
    let after = syncs(&house, &rivera, &copy).await;
    for (kind, touched) in &after {
        assert!(*touched > 0, "the control: {kind} touches something");
        assert!(
            *touched <= a_level_more(before[kind]),
            "{kind} touched {} pages and touches {touched} now",
            before[kind]
        );
    }
    // The control: a statement over the whole practice is seen to grow.
    let everything_now = everything(&house).await;
    assert!(
        everything_now > a_level_more(everything_before),
        "{everything_before} pages, now {everything_now}"
    );
}

/// The pages of all records.
async fn everything(house: &House) -> i64 {
    let superuser = connect(&house.database.connection_string()).await;
    let all = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT sum(body_len) FROM record";
    let plan: serde_json::Value = superuser.query_one(all, &[]).await.unwrap().get(0);
    let of = |what: &str| plan[0]["Plan"][what].as_i64().unwrap();
    of("Shared Hit Blocks") + of("Shared Read Blocks")
}
