//! A practice grows tenfold, and one clinician's caseload stays: what her syncs cost must stay too.

use super::device::Device;
use super::ledger::Ledger;
use super::people::{self, Chart, Enrolled, PEOPLE, Shape};
use super::processes::{Spent, load_average, spent};
use super::site::Site;
use super::{NEXT, said};
use mentalspace_domain::command::Command;
use mentalspace_domain::ids::NoteId;
use mentalspace_domain::note::create::CreateNote;
use mentalspace_domain::note::edit::{Edit, NoteEdits};
use mentalspace_domain::note::{NoteFormat, NoteType, SectionKey};
use mentalspace_server::Server;
use mentalspace_testkit::demo::{Narrator, Stage};
use mentalspace_testkit::failure::{Failure, Outcome};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Clients of the clinician, and notes of each.
const CASELOAD: usize = 20;
const NOTES: usize = 5;
/// Clients of each of the others, before and after.
const BEFORE: usize = 20;
const AFTER: usize = 200;
/// Rounds: enough that hundredths of a second, in which the kernel counts, are few beside them.
const EMPTY: u32 = 2_000;
const DELTAS: u32 = 150;
const FIRSTS: u32 = 60;
const WORDS: &str =
    "Client reports a calmer week, slept about six hours, and used the breathing exercise twice. ";

/// What one kind of sync costs.
#[derive(Clone, Copy, Debug)]
struct Cost {
    /// Server and PostgreSQL, microseconds of a processor.
    cpu_us: f64,
    /// On the wall, milliseconds.
    ms: f64,
}

struct Clinician {
    enrolled: Enrolled,
    /// Her other device, by whose hand she writes.
    other: Enrolled,
    charts: Vec<Chart>,
    /// How many devices she has had: no two of them give their requests the same ids.
    made: usize,
}

/// Measures, lets the practice grow, measures again, and gives the figures.
///
/// # Errors
/// Something could not be started or was refused.
pub fn grow(stage: &Stage) -> Outcome<Value> {
    let mut narrator = Narrator::default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(said)?;
    let mut site =
        narrator.step("Starting a private PostgreSQL and migrating it", NEXT, |_| Site::found(stage))?;
    let hand = site.hand()?;
    let (mut clinician, mut others) = narrator
        .step("Making a practice of 1,000 clients", NEXT, |_| runtime.block_on(found(&hand, &site)))?;
    narrator.step("Starting the server", NEXT, |_| site.serve())?;
    let load = load_average();
    let [empty, small] = narrator.step("Empty and small syncs of one clinician", NEXT, |_| {
        runtime.block_on(measure(&site, &hand, &mut clinician))
    })?;
    let first =
        narrator.step("Her first syncs", NEXT, |_| runtime.block_on(measure_first(&site, &mut clinician)))?;
    narrator.step("Growing the practice to 10,000 clients (a minute or two)", NEXT, |_| {
        runtime.block_on(async {
            for other in &mut others {
                fill(&hand, other, AFTER - BEFORE, 1).await?;
            }
            vacuum(&site).await
        })
    })?;
    // Before anything more is written in her charts: small syncs bring notes, and the caseload must stay.
    let first_after = narrator
        .step("Her first syncs again", NEXT, |_| runtime.block_on(measure_first(&site, &mut clinician)))?;
    let [empty_after, small_after] = narrator.step("Her empty and small syncs again", NEXT, |_| {
        runtime.block_on(measure(&site, &hand, &mut clinician))
    })?;
    site.stop()?;
    let mut figures = json!({"load_average_before": load, "load_average_after": load_average()});
    for (kind, before, after) in
        [("empty", empty, empty_after), ("delta", small, small_after), ("first", first, first_after)]
    {
        let rounded = |value: f64| (value * 100.0).round() / 100.0;
        figures[format!("growth_{kind}_ratio")] = json!(rounded(after.cpu_us / before.cpu_us));
        figures[format!("growth_{kind}_time_ratio")] = json!(rounded(after.ms / before.ms));
        figures[format!("{kind}_cpu_us")] = json!([before.cpu_us.round(), after.cpu_us.round()]);
        figures[format!("{kind}_ms")] = json!([rounded(before.ms), rounded(after.ms)]);
    }
    Ok(figures)
}

async fn found(server: &Arc<Server>, site: &Site) -> Outcome<(Clinician, Vec<Enrolled>)> {
    let shape = Shape { clients: 0, writes: false };
    let mut devices = people::set_up(server, &site.database(), 1, shape).await?.into_iter();
    let (Some(enrolled), Some(mut other)) = (devices.next(), devices.next()) else {
        return Err(Failure::Said("a practice without people".into()));
    };
    let charts = fill(server, &mut other, CASELOAD, NOTES).await?;
    let mut others: Vec<Enrolled> = devices.step_by(2).collect();
    others.truncate(PEOPLE);
    for device in &mut others {
        fill(server, device, BEFORE, 1).await?;
    }
    vacuum(site).await?;
    Ok((Clinician { enrolled, other, charts, made: 0 }, others))
}

/// So many more clients of this person's, with so many notes each.
async fn fill(server: &Server, device: &mut Enrolled, clients: usize, notes: usize) -> Outcome<Vec<Chart>> {
    let charts = people::begin_charts(server, device, clients).await?;
    let mut commands = Vec::new();
    for chart in &charts {
        for n in 0..notes {
            commands.push(note(server, *chart, &format!("{n}. {}", WORDS.repeat(10)))?);
        }
    }
    people::send(server, device, commands).await?;
    Ok(charts)
}

fn note(server: &Server, chart: Chart, words: &str) -> Outcome<Command> {
    let sections = [(SectionKey::new("narrative"), Edit::new("", words))].into();
    Ok(Command::NoteCreate(CreateNote {
        note_id: NoteId::new(people::id(server)?),
        client_id: chart.client,
        note_type: NoteType::Progress,
        format: Some(NoteFormat::Narrative),
        appointment_id: None,
        content: NoteEdits { sections, ..NoteEdits::default() },
    }))
}

async fn vacuum(site: &Site) -> Outcome<()> {
    people::connect(&site.database()).await?.batch_execute("VACUUM ANALYZE").await.map_err(said)
}

/// What an empty and a small sync cost.
async fn measure(site: &Site, hand: &Arc<Server>, clinician: &mut Clinician) -> Outcome<[Cost; 2]> {
    let ledger = Ledger::default();
    let mut device = clinician.device(site)?;
    device.cycle(&ledger).await.map_err(said)?;
    quiet(site).await?;
    let rounds = Rounds::begin(site)?;
    for _ in 0..EMPTY {
        device.cycle(&ledger).await.map_err(said)?;
    }
    let empty = rounds.end(site, EMPTY)?;
    // Each round is one small sync; what writing costs happens before the clock runs.
    let mut deltas = Vec::new();
    for n in 0..DELTAS as usize {
        let chart = clinician.charts[n % clinician.charts.len()];
        let words = format!("{n}. {WORDS}");
        let command = note(hand, chart, &words)?;
        people::send(hand, &mut clinician.other, vec![command]).await?;
        let began = Instant::now();
        let before = spent(site)?;
        device.cycle(&ledger).await.map_err(said)?;
        deltas.push((began.elapsed(), before, spent(site)?));
    }
    Ok([empty, mean(&deltas)])
}

/// What a first sync costs.
async fn measure_first(site: &Site, clinician: &mut Clinician) -> Outcome<Cost> {
    let ledger = Ledger::default();
    quiet(site).await?;
    let rounds = Rounds::begin(site)?;
    for _ in 0..FIRSTS {
        let mut fresh = clinician.device(site)?;
        fresh.cycle(&ledger).await.map_err(said)?;
    }
    rounds.end(site, FIRSTS)
}

impl Clinician {
    /// Her device, with nothing on it.
    fn device(&mut self, site: &Site) -> Outcome<Device> {
        self.made += 1;
        Device::new(self.enrolled.again(), self.made, site.address(0)?, true)
    }
}

struct Rounds {
    began: Instant,
    before: Spent,
}

impl Rounds {
    fn begin(site: &Site) -> Outcome<Self> {
        Ok(Self { before: spent(site)?, began: Instant::now() })
    }

    fn end(self, site: &Site, rounds: u32) -> Outcome<Cost> {
        let took = self.began.elapsed();
        Ok(Cost {
            cpu_us: between(self.before, spent(site)?) * 1e6 / f64::from(rounds),
            ms: took.as_secs_f64() * 1e3 / f64::from(rounds),
        })
    }
}

fn between(before: Spent, after: Spent) -> f64 {
    after.servers + after.postgres - before.servers - before.postgres
}

fn mean(rounds: &[(Duration, Spent, Spent)]) -> Cost {
    let count = f64::from(u32::try_from(rounds.len()).unwrap_or(u32::MAX)).max(1.0);
    let cpu: f64 = rounds.iter().map(|(_, before, after)| between(*before, *after)).sum();
    let ms: f64 = rounds.iter().map(|(took, ..)| took.as_secs_f64() * 1e3).sum();
    Cost { cpu_us: cpu * 1e6 / count, ms: ms / count }
}

/// Waits until what was written has its place in the log and its vacuum: two seconds that cost next to nothing.
async fn quiet(site: &Site) -> Outcome<()> {
    for _ in 0..180 {
        let before = spent(site)?;
        sleep(Duration::from_secs(2)).await;
        if between(before, spent(site)?) <= 0.03 {
            return Ok(());
        }
    }
    Err(Failure::Said("the server does not come to rest".into()))
}
