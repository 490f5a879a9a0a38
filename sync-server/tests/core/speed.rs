//! How long the hot paths take. Run by hand, optimised:
//! `cargo nextest run -p mentalspace-server --test core --run-ignored only --no-capture --release speed`.

use crate::house::{Copy, House, monday, new_client, new_note, patch};
use mentalspace_domain::ids::{ClientId, NoteId};
use mentalspace_domain::people::Role;
use mentalspace_protocol::pull::HeldSummary;
use mentalspace_protocol::session::HelloRequest;
use mentalspace_server::sync;
use std::time::Instant;

const CLIENTS: usize = 300;

fn words(n: usize) -> String {
    let sentence =
        "Client reports a calmer week, slept about six hours, and used the breathing exercise twice. ";
    format!("{n}. {}", sentence.repeat(1 + n % 12))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, not a test"]
async fn speed_of_push_pull_and_hello() {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let own = rivera.caller.user;
    let clients: Vec<ClientId> = (0..CLIENTS).map(|_| ClientId::new(house.id())).collect();
    let began = Instant::now();
    for batch in clients.chunks(100) {
        let batch =
            batch.iter().map(|client| house.envelope(new_client(&house, *client, Some(own)))).collect();
        house.push(&mut rivera, batch).await.unwrap();
    }
    println!("{CLIENTS} clients created: {:?}", began.elapsed());

    let notes: Vec<(ClientId, NoteId)> =
        (0..1_000).map(|n| (clients[n % CLIENTS], NoteId::new(house.id()))).collect();
    for (name, command) in [("created", 0), ("given words", 1), ("edited", 2)] {
        let began = Instant::now();
        let mut slowest = std::time::Duration::ZERO;
        for (batch_n, batch) in notes.chunks(100).enumerate() {
            let commands = batch.iter().enumerate().map(|(n, (client, note))| {
                let n = batch_n * 100 + n;
                house.envelope(match command {
                    0 => new_note(*client, *note),
                    1 => patch(*client, *note, "", &words(n)),
                    _ => patch(*client, *note, &words(n), &format!("{} And she laughed.", words(n))),
                })
            });
            let batch: Vec<_> = commands.collect();
            let began = Instant::now();
            house.push(&mut rivera, batch).await.unwrap();
            slowest = slowest.max(began.elapsed());
        }
        println!("1,000 notes {name}: {:?}, slowest batch {slowest:?}", began.elapsed());
    }
    let began = Instant::now();
    for (n, (client, note)) in notes.iter().take(100).enumerate() {
        let from = format!("{} And she laughed.", words(n));
        house.one(&mut rivera, patch(*client, *note, &from, "Short.")).await;
    }
    println!("one patch per push: {:?} each", began.elapsed() / 100);

    house.database.execute("ANALYZE").unwrap();
    let mut copy = Copy::default();
    let began = Instant::now();
    let mut pages = 1;
    while house.pull(&rivera, &mut copy, 1_000).await.unwrap() {
        pages += 1;
    }
    println!("first pull: {} rows in {pages} pages: {:?}", copy.rows.len(), began.elapsed());
    let began = Instant::now();
    for _ in 0..100 {
        house.pull(&rivera, &mut copy, 1_000).await.unwrap();
    }
    println!("empty pull: {:?}", began.elapsed() / 100);
    let held = HeldSummary {
        buckets: i64::try_from(copy.cursors.len()).unwrap(),
        heads: copy.cursors.values().sum(),
        grants: copy.end.as_ref().unwrap().grants,
    };
    let request =
        HelloRequest { log_epoch: rivera.epoch, device_time: monday(), unsent: 0, tree_size: 0, held };
    let began = Instant::now();
    for _ in 0..1_000 {
        assert!(sync::hello(&house.server, &rivera.caller, &request).await.unwrap().unchanged);
    }
    println!("hello over {} buckets: {:?}", held.buckets, began.elapsed() / 1_000);
    let began = Instant::now();
    let grown =
        mentalspace_server::log::sequence(&house.server, house.practice, mentalspace_server::log::Heads::Now)
            .await
            .unwrap();
    println!("{} leaves sequenced: {:?}", grown.leaves, began.elapsed());
}
