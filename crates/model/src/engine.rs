//! The device's engine, one request at a time: hello, push until empty, pull until nothing more. The next batch is
//! offered before the last is answered.

use crate::applying::Applied;
use crate::bug::Bug;
use crate::chart::Command;
use crate::device::Store;
use crate::invariants::{self, Broken, Invariant};
use crate::messages::{Code, Hello, PullAnswer, PullRequest, PushRequest, Refused};
use crate::network::{Fault, Straggler, cut};
use crate::server::{DeviceNo, User};
use crate::world::World;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Most commands in one push of the model.
pub const BATCH: usize = 2;
/// How often one request may go out unchanged although nothing went wrong.
const REPEATS: u32 = 3;

/// Where a cycle stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Between two cycles.
    Resting,
    /// This batch is next.
    Pushing {
        /// The batch.
        batch: Vec<(i64, Command)>,
        /// A refusal was mended already.
        mended: bool,
        /// The one before it broke, after something had got through.
        cut: bool,
    },
    /// A pull is next.
    Pulling,
    /// Erased.
    Gone,
}

/// A device.
#[derive(Clone, Debug)]
pub struct Device {
    /// Whose.
    pub user: User,
    /// What is durable.
    pub store: Store,
    /// What is not.
    pub stage: Stage,
    revoked: bool,
    unchanged: bool,
    pushed: bool,
    /// The last request that went out, and how often.
    asked: (u64, u32),
}

impl Device {
    /// A device that was just enrolled.
    #[must_use]
    pub fn new(user: User, bug: Bug) -> Self {
        let store = Store::new(bug);
        Self {
            user,
            store,
            stage: Stage::Resting,
            revoked: false,
            unchanged: false,
            pushed: false,
            asked: (0, 0),
        }
    }

    /// Whether the device still exists.
    #[must_use]
    pub fn lives(&self) -> bool {
        self.stage != Stage::Gone
    }

    /// The program ends and starts again.
    pub fn restart(&mut self) {
        if self.lives() {
            self.stage = Stage::Resting;
            self.asked = (0, 0);
        }
    }

    fn ask(&mut self, request: &impl Hash, fault: Fault) -> Result<(), Broken> {
        let mut hasher = DefaultHasher::new();
        request.hash(&mut hasher);
        let hash = hasher.finish();
        let times = if self.asked.0 == hash && fault == Fault::None { self.asked.1 + 1 } else { 1 };
        self.asked = (hash, times);
        let what = format!("the same request went out {times} times");
        invariants::hold(Invariant::I15, times <= REPEATS, || what)
    }
}

impl World {
    /// One request of a device, with what happens to it.
    ///
    /// # Errors
    /// An invariant is broken.
    pub fn step(&mut self, number: DeviceNo, fault: Fault, rows: usize) -> Result<(), Broken> {
        if fault != Fault::None {
            self.counts.add(fault.name(), 1);
        }
        match self.devices[number].stage.clone() {
            Stage::Gone => Ok(()),
            Stage::Resting => self.hello(number, fault),
            Stage::Pushing { batch, mended, cut } => self.push(number, batch, mended, cut, fault),
            Stage::Pulling => self.pull(number, fault, rows),
        }
    }

    fn hello(&mut self, number: DeviceNo, fault: Fault) -> Result<(), Broken> {
        let device = &mut self.devices[number];
        let tree = device.store.tree.filter(|head| head.epoch == device.store.epoch);
        let hello = Hello {
            epoch: device.store.epoch,
            held: device.store.held_summary(),
            tree: tree.map(|head| head.size),
        };
        if !matches!(fault, Fault::None | Fault::Double | Fault::Late) {
            return Ok(());
        }
        let greeting = self.server.hello(number, &hello, self.bug);
        if let Some(kept) = tree.filter(|kept| kept.epoch == greeting.tree.epoch) {
            invariants::hold(Invariant::I14, greeting.continues == Some(kept.root), || {
                format!(
                    "device {number}: the log of {} does not continue the one of {}",
                    greeting.tree.size, kept.size
                )
            })?;
        }
        device.store.tree = Some(greeting.tree);
        if greeting.epoch != device.store.epoch && self.bug != Bug::EpochNotTakenIn {
            device.store.new_epoch(greeting.epoch, greeting.processed);
            self.counts.add("epochs taken in", 1);
        }
        device.revoked = greeting.revoked;
        device.unchanged = greeting.unchanged;
        device.pushed = false;
        let batch = device.store.offer(0, BATCH);
        self.after_offer(number, batch, false)
    }

    /// Goes on with a batch, or where there is none, with what comes after pushing.
    fn after_offer(
        &mut self,
        number: DeviceNo,
        batch: Vec<(i64, Command)>,
        mended: bool,
    ) -> Result<(), Broken> {
        let device = &mut self.devices[number];
        if !batch.is_empty() {
            device.stage = Stage::Pushing { batch, mended, cut: false };
            return Ok(());
        }
        device.stage = Stage::Resting;
        if device.revoked {
            return self.leave(number);
        }
        if !(device.unchanged && !device.pushed && device.store.settled()) {
            device.stage = Stage::Pulling;
        }
        Ok(())
    }

    /// A revoked device erases itself, if everything that it took has been offered.
    fn leave(&mut self, number: DeviceNo) -> Result<(), Broken> {
        let device = &mut self.devices[number];
        if device.store.outbox.values().all(|pending| pending.offered) {
            let unsent: Vec<Command> =
                device.store.outbox.values().map(|pending| pending.command.clone()).collect();
            device.stage = Stage::Gone;
            self.counts.add("devices erased", 1);
            for command in unsent {
                invariants::hold(Invariant::I3, self.server.outcomes.contains_key(&command.id), || {
                    format!("device {number} erased itself with command {} unsent", command.id)
                })?;
            }
            self.ledger.gone(number);
        }
        Ok(())
    }

    fn push(
        &mut self,
        number: DeviceNo,
        batch: Vec<(i64, Command)>,
        mended: bool,
        cut: bool,
        fault: Fault,
    ) -> Result<(), Broken> {
        let device = &mut self.devices[number];
        let before = batch.first().map_or(0, |(seq, _)| *seq - 1);
        let last = batch.last().map_or(0, |(seq, _)| *seq);
        let request = PushRequest { epoch: device.store.epoch, commands: batch };
        device.ask(&request, fault)?;
        // While the server works on this one, the next is made ready.
        let next = device.store.offer(last, BATCH);
        self.counts.add("batches offered ahead", u64::from(!next.is_empty()));
        if fault == Fault::DropRequest {
            self.broke(number, before, mended, cut);
            return Ok(());
        }
        let answer = self.deliver(number, &request)?;
        match fault {
            Fault::Double => drop(self.deliver(number, &request)?),
            Fault::Late => self.stragglers.push(Straggler { device: number, request }),
            _ => {}
        }
        if matches!(fault, Fault::DropAnswer | Fault::Cut(_)) {
            self.broke(number, before, mended, cut);
            return Ok(());
        }
        let device = &mut self.devices[number];
        if fault == Fault::Crash {
            device.stage = Stage::Resting;
            return Ok(());
        }
        match answer {
            Ok(()) => {
                device.pushed = true;
                if self.bug == Bug::AcknowledgedByPush {
                    let day = self.day;
                    (1..=last).for_each(|seq| device.store.acknowledge(seq, day));
                    invariants::device(self, number)?;
                }
                self.after_offer(number, next, mended)
            }
            Err(refused) => self.mend(number, refused, mended),
        }
    }

    /// A batch behind `before` did not get through, or its answer did not. Where the way had just carried something, less is
    /// tried at once; where that breaks too, what the server has is fetched all the same.
    fn broke(&mut self, number: DeviceNo, before: i64, mended: bool, cut: bool) {
        let device = &mut self.devices[number];
        device.stage = if !device.pushed || cut && device.revoked {
            Stage::Resting
        } else if cut {
            self.counts.add("pulls after a push that broke", 1);
            Stage::Pulling
        } else {
            self.counts.add("smaller batches after one that broke", 1);
            Stage::Pushing { batch: device.store.offer(before, BATCH / 2), mended, cut: true }
        };
    }

    fn mend(&mut self, number: DeviceNo, refused: Refused, mended: bool) -> Result<(), Broken> {
        let device = &mut self.devices[number];
        if mended {
            device.stage = Stage::Resting;
            return Ok(());
        }
        match refused.code {
            Code::EpochChanged if self.bug == Bug::EpochNotTakenIn => {}
            Code::EpochChanged => {
                device.store.new_epoch(refused.epoch, refused.processed);
                self.counts.add("epochs taken in", 1);
            }
            Code::SequenceGap | Code::DeviceFork => {
                device.store.renumber_after(refused.processed);
                self.counts.add("forks noticed by a push", 1);
            }
            Code::DeviceRevoked => {}
        }
        let batch = device.store.offer(0, BATCH);
        self.after_offer(number, batch, true)
    }

    /// A push arrives at the server.
    pub(crate) fn deliver(
        &mut self,
        number: DeviceNo,
        request: &PushRequest,
    ) -> Result<Result<(), Refused>, Broken> {
        let before: Vec<_> = self.server.outcomes.keys().copied().collect();
        let answer = self.server.push(number, request, &mut self.fresh, self.bug);
        for (id, outcome) in &self.server.outcomes {
            if before.binary_search(id).is_err() {
                self.counts.add(outcome.name(), 1);
            }
        }
        invariants::server(self)?;
        Ok(answer)
    }

    fn pull(&mut self, number: DeviceNo, fault: Fault, rows: usize) -> Result<(), Broken> {
        let device = &mut self.devices[number];
        let request = PullRequest {
            epoch: device.store.epoch,
            cursors: device.store.cursors(),
            rows,
            results_after: device.store.processed,
        };
        device.ask(&(&request, device.store.outbox.len()), fault)?;
        if matches!(fault, Fault::DropRequest | Fault::DropAnswer) {
            device.stage = Stage::Resting;
            return Ok(());
        }
        let mut answer = match self.server.pull(number, &request, self.bug) {
            Ok(answer) => answer,
            Err(refused) => return self.refused_pull(number, refused),
        };
        invariants::sent(self, number, &answer)?;
        let device = &mut self.devices[number];
        if fault == Fault::Crash {
            device.store.killed_while_applying(&answer);
            device.stage = Stage::Resting;
            return invariants::device(self, number);
        }
        if let Fault::Cut(pages) = fault {
            answer = cut(answer, pages);
        }
        let more = answer.end.as_ref().map(|end| end.more);
        let applied =
            device.store.apply(&answer, self.day).map_err(|what| Broken::new(Invariant::I7, what))?;
        device.stage = if more == Some(true) { Stage::Pulling } else { Stage::Resting };
        self.took(number, &answer, &applied)
    }

    fn refused_pull(&mut self, number: DeviceNo, refused: Refused) -> Result<(), Broken> {
        let device = &mut self.devices[number];
        device.stage = Stage::Resting;
        if refused.code == Code::EpochChanged && self.bug != Bug::EpochNotTakenIn {
            device.store.new_epoch(refused.epoch, refused.processed);
            self.counts.add("epochs taken in", 1);
            // What is offered again goes first.
            let batch = device.store.offer(0, BATCH);
            return self.after_offer(number, batch, false);
        }
        Ok(())
    }

    /// After an answer was applied: acknowledgements, counts, and what must hold.
    fn took(&mut self, number: DeviceNo, answer: &PullAnswer, applied: &Applied) -> Result<(), Broken> {
        self.counts.add("pages left for later", u64::from(answer.end.as_ref().is_some_and(|end| end.more)));
        self.counts.add("resets", answer.manifest.iter().filter(|manifest| manifest.reset).count() as u64);
        self.counts.add("sweeps ended", applied.swept as u64);
        self.counts.add("buckets erased", applied.purged.len() as u64);
        self.counts.add("commands confirmed", applied.confirmed.len() as u64);
        self.counts.add("forks noticed by a pull", u64::from(applied.renumbered));
        invariants::rows(self, number)?;
        for bucket in &applied.purged {
            let unsent = self.devices[number].store.has_unsent_about(*bucket);
            invariants::hold(Invariant::I6, !unsent, || {
                format!(
                    "device {number} acknowledged that bucket {bucket} is erased, and holds unsent words of it"
                )
            })?;
            self.ledger.purged(number, *bucket);
        }
        invariants::confirmed(self, number, &applied.confirmed)?;
        invariants::screen(self, number)?;
        if answer.end.is_some() { invariants::scope(self, number) } else { Ok(()) }
    }
}
