//! How long the hot paths take. Run by hand, optimised:
//! `cargo nextest run -p mentalspace-server --test core --run-ignored only --no-capture --release speed`.

use crate::house::{Copy, House, monday, new_client, new_note, patch};
use mentalspace_domain::ids::{ClientId, NoteId};
use mentalspace_domain::people::Role;
use mentalspace_protocol::pull::HeldSummary;
use mentalspace_protocol::session::HelloRequest;
use mentalspace_server::sync;
use std::time::{Duration, Instant};

const CLIENTS: usize = 300;

/// Processor time of this process and of the database's sessions so far: on a busy machine the clock on the wall says
/// little. Linux only, in ticks of 10 ms.
struct Meter<'a> {
    database: &'a str,
    wall: Instant,
    ticks: u64,
}

impl<'a> Meter<'a> {
    fn start(database: &'a str) -> Self {
        Self { database, wall: Instant::now(), ticks: ticks(database) }
    }

    fn say(&self, what: &str, times: u32) {
        let processor = Duration::from_millis(10 * (ticks(self.database) - self.ticks)) / times;
        println!("{what}: {processor:?} of processor time, {:?} on the wall", self.wall.elapsed() / times);
    }
}

fn ticks(database: &str) -> u64 {
    let own = std::process::id().to_string();
    let mut sum = 0;
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let of = |name: &str| std::fs::read_to_string(entry.path().join(name)).unwrap_or_default();
        if entry.file_name().to_string_lossy() == own || of("cmdline").contains(database) {
            let stat = of("stat");
            // Behind the name in brackets, utime and stime are the twelfth and thirteenth field (proc(5)).
            let behind = stat.rsplit(") ").next().unwrap_or_default().split_whitespace();
            sum += behind.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum::<u64>();
        }
    }
    sum
}

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
    let name = house.database.name().to_owned();
    let clients: Vec<ClientId> = (0..CLIENTS).map(|_| ClientId::new(house.id())).collect();
    let meter = Meter::start(&name);
    for batch in clients.chunks(100) {
        let batch =
            batch.iter().map(|client| house.envelope(new_client(&house, *client, Some(own)))).collect();
        house.push(&mut rivera, batch).await.unwrap();
    }
    meter.say("300 clients created", 1);

    let notes: Vec<(ClientId, NoteId)> =
        (0..1_000).map(|n| (clients[n % CLIENTS], NoteId::new(house.id()))).collect();
    for (name_of, command) in [("created", 0), ("given words", 1), ("edited", 2)] {
        let meter = Meter::start(&name);
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
            house.push(&mut rivera, batch).await.unwrap();
        }
        meter.say(&format!("1,000 notes {name_of}"), 1);
    }
    let meter = Meter::start(&name);
    for (n, (client, note)) in notes.iter().take(200).enumerate() {
        let from = format!("{} And she laughed.", words(n));
        house.one(&mut rivera, patch(*client, *note, &from, "Short.")).await;
    }
    meter.say("one patch per push", 200);

    let mut copy = Copy::default();
    let meter = Meter::start(&name);
    while house.pull(&rivera, &mut copy, 1_000).await.unwrap() {}
    meter.say(&format!("first pull of {} rows, reading them included", copy.rows.len()), 1);
    let meter = Meter::start(&name);
    for _ in 0..100 {
        house.pull(&rivera, &mut copy, 1_000).await.unwrap();
    }
    meter.say("empty pull", 100);
    let held = HeldSummary {
        buckets: i64::try_from(copy.cursors.len()).unwrap(),
        heads: copy.cursors.values().sum(),
        grants: copy.end.as_ref().unwrap().grants,
    };
    let request = HelloRequest {
        log_epoch: rivera.epoch,
        device_time: monday(),
        unsent: 0,
        tree_size: 0,
        tree_epoch: None,
        held,
    };
    let meter = Meter::start(&name);
    for _ in 0..2_000 {
        assert!(sync::hello(&house.server, &rivera.caller, &request).await.unwrap().unchanged);
    }
    meter.say(&format!("hello over {} buckets", held.buckets), 2_000);
    let meter = Meter::start(&name);
    let grown =
        mentalspace_server::log::sequence(&house.server, house.practice, mentalspace_server::log::Heads::Now)
            .await
            .unwrap();
    meter.say(&format!("{} leaves sequenced", grown.leaves), 1);
}
