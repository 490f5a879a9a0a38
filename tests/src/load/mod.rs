//! A clinic's day from many devices at once: real TLS and the real protocol over loopback, against real servers over one
//! PostgreSQL. `cargo xtask load` runs it.
//!
//! A device here is the product's own connection (proofs, nonces, streams of events, back-off) without a store: it
//! keeps how far it has come and the notes of its own writer. Each has an address of its own in 127.0.0.0/8. The two
//! devices of a person are on different servers where there is more than one, so that every edit crosses. What the
//! pauses are stands in [`day`], what is written in [`writing`], and how practices are made in [`people`].

#[cfg(test)]
mod busy;
mod day;
mod device;
mod dice;
mod figures;
mod growth;
mod ledger;
mod people;
mod processes;
mod site;
mod writing;

use day::{Commons, Phase, Worker};
use device::Device;
use figures::Storm;
use mentalspace_testkit::demo::{Narrator, Stage};
use mentalspace_testkit::failure::{Failure, Outcome};
use people::{DEVICES, Enrolled, PEOPLE, Shape};
use processes::{database_seconds, load_average, resident_kb, spent};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use site::Site;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use writing::Writer;

pub use figures::Figures;
pub use growth::grow;

/// What to run.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Devices that work.
    pub devices: usize,
    /// Devices that listen and say hello, and nothing else.
    pub idle: usize,
    /// Servers over the one database.
    pub servers: usize,
    /// Minutes of work that are measured.
    pub minutes: f64,
    /// Whether more than the servers can take is tried afterwards.
    pub storm: bool,
}

/// Clients of each person who works. What a request costs does not grow with it beyond what a device asks for anew.
const CLIENTS: usize = 8;
/// New connections in a second, while everybody comes: each costs both ends about a millisecond.
const ARRIVALS: usize = 250;
/// Before the memory of an idle device is measured, so many have come: code is loaded, pools are filled.
const FIRST_COMERS: usize = 50;
/// So long everybody only listens before memory is read: every device has heard a sign of life.
const SETTLING: Duration = Duration::from_secs(25);
/// Requests at once in a storm, of few devices as of many: several times what two servers have places for.
const IN_A_RUSH: usize = 1_500;
const STORM: Duration = Duration::from_secs(20);
/// So long after a storm everything must be as before.
const CALM: Duration = Duration::from_secs(30);
const NEXT: &str = "look at the servers' logs in the state directory, then run `cargo xtask load` again.";

fn said(why: impl std::fmt::Debug) -> Failure {
    Failure::Said(format!("{why:?}"))
}

/// Runs a load and gives its figures.
///
/// # Errors
/// Something could not be started, or a device met what no device may meet.
pub fn run(stage: &Stage, wanted: Wanted) -> Outcome<Figures> {
    let files = open_as_many_files_as_allowed()?;
    let mut narrator = Narrator::default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(said)?;
    let mut site =
        narrator.step("Starting a private PostgreSQL and migrating it", NEXT, |_| Site::found(stage))?;
    let practices = |devices: usize| devices.div_ceil(PEOPLE * DEVICES);
    let (workers, listeners) = narrator.step("Making the practices", NEXT, |_| {
        let hand = site.hand()?;
        let database = site.database();
        runtime.block_on(async {
            let shape = Shape { clients: CLIENTS, writes: true };
            let workers = people::set_up(&hand, &database, practices(wanted.devices), shape).await?;
            let shape = Shape { clients: 0, writes: false };
            let listeners = people::set_up(&hand, &database, practices(wanted.idle), shape).await?;
            people::connect(&database).await?.batch_execute("VACUUM ANALYZE").await.map_err(said)?;
            Ok((workers, listeners))
        })
    })?;
    narrator.step(&format!("Starting {} server(s)", wanted.servers), NEXT, |_| {
        (0..wanted.servers).try_for_each(|_| site.serve())
    })?;
    let outcome = runtime.block_on(play(&site, wanted, (workers, listeners), files));
    site.stop()?;
    outcome
}

/// Each device holds a connection open, and for some seconds after it has asked something a second one. Gives how many
/// files may be open.
fn open_as_many_files_as_allowed() -> Outcome<u64> {
    // The system's own limit is only for root to raise.
    let enough = Rlimit { current: Some(65_536), maximum: Some(65_536) };
    if setrlimit(Resource::Nofile, enough).is_err() {
        let allowed = getrlimit(Resource::Nofile).maximum;
        setrlimit(Resource::Nofile, Rlimit { current: allowed, maximum: allowed }).map_err(said)?;
    }
    Ok(getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX))
}

/// Devices at work, with who they are.
struct Crowd {
    tasks: Vec<JoinHandle<Outcome<Worker>>>,
    phase: watch::Sender<Phase>,
    commons: Arc<Commons>,
}

impl Crowd {
    /// A crowd of so many.
    fn of(devices: usize) -> Self {
        let commons = Commons { rush: IN_A_RUSH / devices.max(1), ..Commons::default() };
        Self { tasks: Vec::new(), phase: watch::Sender::new(Phase::Arriving), commons: Arc::new(commons) }
    }

    /// Lets devices come, so many in a second. Returns when the last is on its way.
    fn add(&mut self, site: &Site, devices: impl Iterator<Item = Enrolled>, is_fresh: bool) -> Outcome<()> {
        let first = self.tasks.len();
        for (n, mut enrolled) in (first..).zip(devices) {
            let pen = enrolled.pen.take();
            let (user, next) = (enrolled.user.clone(), enrolled.next);
            let number = if is_fresh { n } else { n + 100_000 };
            let device = Device::new(enrolled, number, site.address(n)?, is_fresh)?;
            let writer = pen.map(|pen| Writer::new(pen, user, next));
            let delay = Duration::from_secs_f64((n - first) as f64 / ARRIVALS as f64);
            let worker = Worker { device, writer };
            let work = worker.work(Arc::clone(&self.commons), self.phase.subscribe(), delay);
            self.tasks.push(tokio::spawn(work));
        }
        Ok(())
    }

    /// Waits until everybody listens.
    async fn all_here(&self) -> Outcome<()> {
        self.all(&self.commons.here).await
    }

    /// Waits until `count` is everybody.
    async fn all(&self, count: &AtomicUsize) -> Outcome<()> {
        let mut waited = 0;
        while count.load(Ordering::Relaxed) < self.tasks.len() {
            if self.tasks.iter().any(JoinHandle::is_finished) {
                return Err(Failure::Said("a device gave up".into()));
            }
            if waited > 1_200 {
                return Err(Failure::Said("not everybody was ready within twenty minutes".into()));
            }
            waited += 1;
            sleep(Duration::from_secs(1)).await;
        }
        Ok(())
    }

    /// What somebody handed over last, her other device fetches: only when everybody has handed over.
    async fn end(self) -> Outcome<Vec<Worker>> {
        self.phase.send_replace(Phase::Ending);
        // Why somebody gave up is told below.
        let _ = self.all(&self.commons.handed_over).await;
        self.phase.send_replace(Phase::Over);
        let mut workers = Vec::with_capacity(self.tasks.len());
        for task in self.tasks {
            workers.push(task.await.map_err(said)??);
        }
        Ok(workers)
    }
}

async fn play(
    site: &Site,
    wanted: Wanted,
    (workers, listeners): (Vec<Enrolled>, Vec<Enrolled>),
    files: u64,
) -> Outcome<Figures> {
    let mut figures = Figures::of(wanted);
    figures.load_before = load_average();
    let mut idle = Crowd::of(wanted.idle);
    if wanted.idle > 0 {
        println!("   {} idle devices come", wanted.idle);
        let mut listeners = listeners.into_iter().take(wanted.idle);
        idle.add(site, listeners.by_ref().take(FIRST_COMERS), false)?;
        idle.all_here().await?;
        sleep(SETTLING).await;
        let before = resident_kb(site)?;
        idle.add(site, listeners, false)?;
        idle.all_here().await?;
        sleep(SETTLING).await;
        let others = wanted.idle.saturating_sub(FIRST_COMERS).max(1);
        figures.kb_per_idle_device = (resident_kb(site)? - before) / others as f64;
    }
    if (wanted.idle * 6 / 5 + wanted.devices * 3) as u64 > files {
        println!("   The idle devices leave: {files} files are too few for all at once");
        std::mem::replace(&mut idle, Crowd::of(0)).end().await?;
        figures.idle_left = true;
    }
    println!("   {} devices come to work", wanted.devices);
    let mut crowd = Crowd::of(wanted.devices);
    crowd.add(site, workers.into_iter().take(wanted.devices), true)?;
    crowd.all_here().await?;
    println!("   {} minutes of work", wanted.minutes);
    crowd.phase.send_replace(Phase::Working);
    // Until typing has its rhythm.
    sleep(Duration::from_secs(20)).await;
    work(site, &crowd, &idle, Duration::from_secs_f64(wanted.minutes * 60.0), &mut figures).await?;
    if wanted.storm {
        println!("   {} s of more than the servers can take", STORM.as_secs());
        figures.storm = Some(storm(&crowd).await);
    }
    figures.load_after = load_average();
    let workers = crowd.end().await?;
    idle.end().await?;
    settle(site, &workers, &mut figures).await?;
    Ok(figures)
}

/// The part that is measured.
async fn work(
    site: &Site,
    crowd: &Crowd,
    idle: &Crowd,
    span: Duration,
    figures: &mut Figures,
) -> Outcome<()> {
    let (before, database) = (spent(site)?, database_seconds(site)?);
    crowd.commons.ledger.open();
    idle.commons.ledger.open();
    sleep(span).await;
    let account = crowd.commons.ledger.close();
    let of_idle = idle.commons.ledger.close();
    let after = spent(site)?;
    figures.db_p95_ms = database_seconds(site)?.since(&database).at_share_ms(0.95);
    figures.take(account, of_idle, span, (after.servers - before.servers, after.postgres - before.postgres));
    Ok(())
}

/// Everybody asks without a pause; then they work again, and nothing may be left of it.
async fn storm(crowd: &Crowd) -> Storm {
    crowd.commons.ledger.open();
    crowd.phase.send_replace(Phase::Storming);
    sleep(STORM).await;
    crowd.phase.send_replace(Phase::Working);
    let during = crowd.commons.ledger.close();
    // Whoever was told to come again has come by now.
    sleep(CALM).await;
    crowd.commons.ledger.open();
    sleep(CALM).await;
    Storm::of(during, crowd.commons.ledger.close())
}

/// Whether every word that was written is on the other device of its author, and every command was taken once.
async fn settle(site: &Site, workers: &[Worker], figures: &mut Figures) -> Outcome<()> {
    let mut others: HashMap<_, Vec<&Device>> = HashMap::new();
    for worker in workers {
        others.entry(worker.device.user).or_default().push(&worker.device);
    }
    let client = people::connect(&site.database()).await?;
    for worker in workers {
        let Some(writer) = &worker.writer else { continue };
        figures.signed += writer.signed;
        figures.notes += writer.written.len() as u64;
        for (note, number) in &writer.written {
            for device in others.get(&worker.device.user).into_iter().flatten() {
                let there = device.notes.get(note).map(|(newest, _)| newest);
                if there != Some(number) {
                    let (by, on) = (worker.device.id, device.id);
                    figures.lose(format!(
                        "note {note}, written up to {number} by device {by}, is at {there:?} on {on}"
                    ));
                }
            }
        }
        let sql = "SELECT d.last_seq, count(r.*) FROM device d LEFT JOIN command_result r USING (practice_id, device_id)
                   WHERE device_id = $1 GROUP BY d.last_seq";
        let row = client.query_one(sql, &[&worker.device.id.uuid()]).await.map_err(said)?;
        let (taken, results): (i64, i64) = (row.get(0), row.get(1));
        if taken + 1 != writer.next() {
            figures.lose(format!(
                "of {} commands of device {} {taken} were taken",
                writer.next() - 1,
                worker.device.id
            ));
        }
        figures.doubled += u64::from(results != taken);
    }
    Ok(())
}
