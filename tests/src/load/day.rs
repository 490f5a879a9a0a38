//! What a device does all day, with the pauses of `mentalspace-app`'s sync actor: a hello about every minute, a stream of
//! events held open, a cycle soon after a poke or an edit.

use super::device::{Device, Line};
use super::ledger::Ledger;
use super::writing::Writer;
use mentalspace_sync::failure::SyncFailure;
use mentalspace_testkit::failure::{Failure, Outcome};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

/// Without anything else the server is asked this often, give or take a quarter.
const POLL: Duration = Duration::from_secs(60);
/// Edits and pokes that follow each other closely go together, give or take a half.
const GATHER: Duration = Duration::from_millis(800);
/// Between two pauses of typing of somebody who writes, give or take a half.
const TYPING: Duration = Duration::from_secs(20);
/// Between two streams.
const REOPEN: Duration = Duration::from_secs(5);

/// What the whole load does at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Everybody comes.
    Arriving,
    /// Everybody works.
    Working,
    /// Everybody works without a pause: more than the servers can take.
    Storming,
    /// Nobody begins anything; what waits is handed over.
    Ending,
    /// Everybody has handed over, and fetches what the others did.
    Over,
}

/// What all devices of a run share.
#[derive(Debug, Default)]
pub(super) struct Commons {
    pub(super) ledger: Ledger,
    /// Devices that have had their first answer and hold their stream open.
    pub(super) here: AtomicUsize,
    /// Devices that have handed over what they had at the end.
    pub(super) handed_over: AtomicUsize,
    /// Hellos that each device sends at once in a storm, beside its work.
    pub(super) rush: usize,
}

/// A device at work.
#[derive(Debug)]
pub(super) struct Worker {
    pub(super) device: Device,
    pub(super) writer: Option<Writer>,
}

impl Worker {
    /// Comes, works, and comes to an end when the phase says so; gives itself back for the books.
    pub(super) async fn work(
        mut self,
        commons: Arc<Commons>,
        mut phase: watch::Receiver<Phase>,
        delay: Duration,
    ) -> Outcome<Self> {
        sleep(delay).await;
        self.cycle_until_it_succeeds(&commons).await?;
        let listening = tokio::spawn(listen(Arc::clone(&self.device.line), Arc::clone(&commons)));
        let mut next_hello = Instant::now() + self.device.dice.about(POLL, 0.25);
        let mut next_pause = Instant::now() + TYPING.mul_f64(self.device.dice.share());
        loop {
            let now = *phase.borrow_and_update();
            let types = self.writer.is_some() && matches!(now, Phase::Working | Phase::Storming);
            if matches!(now, Phase::Ending | Phase::Over) {
                break;
            }
            let line = Arc::clone(&self.device.line);
            tokio::select! {
                changed = phase.changed() => {
                    if changed.is_err() {
                        break;
                    }
                    if *phase.borrow() == Phase::Storming {
                        (next_pause, next_hello) = (Instant::now(), Instant::now());
                    }
                    continue;
                }
                () = line.poked.notified(), if now != Phase::Storming => {}
                () = sleep_until(next_pause), if types => {
                    let typing = if now == Phase::Storming { Duration::ZERO } else { TYPING };
                    next_pause = Instant::now() + self.device.dice.about(typing, 0.5);
                    if let Some(writer) = &mut self.writer {
                        writer.pause(&mut self.device, &commons.ledger)?;
                    }
                }
                () = sleep_until(next_hello) => {}
            }
            if now == Phase::Storming {
                self.device.rush(&commons, commons.rush).await;
            } else {
                sleep(self.device.dice.about(GATHER, 0.5)).await;
            }
            let next = match self.device.cycle(&commons.ledger).await {
                Ok(()) if now == Phase::Storming => Duration::ZERO,
                Ok(()) => self.device.dice.about(POLL, 0.25),
                Err(failure) => {
                    let wait = self.device.wait_after(&failure);
                    // As the product does: what the server asked for is kept, whatever is typed meanwhile.
                    if failure.asked_to_wait().is_some() {
                        sleep(wait).await;
                    }
                    wait
                }
            };
            next_hello = Instant::now() + next;
        }
        listening.abort();
        self.cycle_once_more(&commons).await?;
        commons.handed_over.fetch_add(1, Ordering::Relaxed);
        let _ = phase.wait_for(|phase| *phase == Phase::Over).await;
        self.cycle_once_more(&commons).await?;
        Ok(self)
    }

    /// Spread, for everybody ends in the same moment.
    async fn cycle_once_more(&mut self, commons: &Commons) -> Outcome<()> {
        sleep(Duration::from_secs(5).mul_f64(self.device.dice.share())).await;
        self.cycle_until_it_succeeds(commons).await
    }

    /// Takes up what is new, however long it takes.
    pub(super) async fn cycle_until_it_succeeds(&mut self, commons: &Commons) -> Outcome<()> {
        for _ in 0..40 {
            match self.device.cycle(&commons.ledger).await {
                Ok(()) => return Ok(()),
                Err(failure @ SyncFailure::Refused(_)) if !failure.retryable() => {
                    return Err(Failure::Said(format!("a device was refused: {failure:?}")));
                }
                Err(failure) => sleep(self.device.wait_after(&failure)).await,
            }
        }
        Err(Failure::Said("a device did not get through in forty tries".into()))
    }
}

/// Holds a stream of events open, for as long as it is not aborted.
async fn listen(line: Arc<Line>, commons: Arc<Commons>) {
    loop {
        commons.here.fetch_add(1, Ordering::Relaxed);
        let ended = line.listen().await;
        commons.here.fetch_sub(1, Ordering::Relaxed);
        if let Err(failure) = &ended {
            commons.ledger.failed("events", failure);
        }
        let asked = ended.err().and_then(|failure| failure.asked_to_wait());
        sleep(asked.unwrap_or_default().max(REOPEN)).await;
    }
}
