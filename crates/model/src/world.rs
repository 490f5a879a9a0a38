//! Server, devices, network and ledger together, and everything that can happen to them.

use crate::bug::Bug;
use crate::chart::{Body, Bucket, Command, Intent, Key, Word};
use crate::deeds::{Deed, intent, signature_below};
use crate::device::Store;
use crate::engine::{Device, Stage};
use crate::invariants::{self, Broken, Invariant, Seen, words_on};
use crate::ledger::Ledger;
use crate::network::{Fault, Straggler};
use crate::server::{DeviceNo, Server, User};
use std::collections::{BTreeMap, BTreeSet};

/// Requests after which a cycle that does not end is taken for a loop.
const ENDLESS: usize = 400;
/// Days after which a backup is no longer restored: devices keep confirmed commands a little longer.
const BACKUP_DAYS: u32 = 29;

/// How often what happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<&'static str, u64>);

impl Counts {
    /// Adds `number` to `what`.
    pub fn add(&mut self, what: &'static str, number: u64) {
        *self.0.entry(what).or_default() += number;
    }

    /// Adds the counts of another run.
    pub fn take(&mut self, other: &Self) {
        other.each().for_each(|(what, number)| self.add(what, number));
    }

    /// How often `what` happened.
    #[must_use]
    pub fn of(&self, what: &str) -> u64 {
        self.0.get(what).copied().unwrap_or_default()
    }

    /// All of them.
    pub fn each(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.0.iter().map(|(what, number)| (*what, *number))
    }
}

/// A copy of a device's disk.
#[derive(Clone, Debug)]
struct Image {
    store: Store,
    kept: BTreeSet<Word>,
}

/// Everything.
#[derive(Clone, Debug)]
pub struct World {
    /// The server.
    pub server: Server,
    /// The devices.
    pub devices: Vec<Device>,
    /// Copies of requests on their way.
    pub stragglers: Vec<Straggler>,
    /// Who wrote what.
    pub ledger: Ledger,
    /// How often what happened.
    pub counts: Counts,
    pub(crate) bug: Bug,
    pub(crate) day: u32,
    /// The last salt; never set back.
    pub(crate) fresh: u32,
    pub(crate) seen: Seen,
    next_command: u32,
    epochs: u32,
    backups: Vec<(u32, Server)>,
    images: BTreeMap<DeviceNo, Image>,
}

impl World {
    /// A practice whose devices belong to these users, with these grants.
    #[must_use]
    pub fn new(users: &[User], granted: &[(User, Bucket)], bug: Bug) -> Self {
        Self {
            server: Server::new(users, granted),
            devices: users.iter().map(|user| Device::new(*user, bug)).collect(),
            stragglers: Vec::new(),
            ledger: Ledger::default(),
            counts: Counts::default(),
            bug,
            day: 0,
            fresh: 0,
            seen: Seen::default(),
            next_command: 0,
            epochs: 1,
            backups: Vec::new(),
            images: BTreeMap::new(),
        }
    }

    /// A person does something. What the device refuses, or what there is nothing for, does not happen.
    ///
    /// # Errors
    /// An invariant is broken.
    pub fn act(&mut self, number: DeviceNo, deed: Deed) -> Result<(), Broken> {
        if !self.devices[number].lives() {
            return Ok(());
        }
        self.next_command += 1;
        let id = self.next_command;
        let store = &mut self.devices[number].store;
        let Some((bucket, intent)) = intent(store, deed, id) else { return Ok(()) };
        let depends_on = match intent {
            Intent::SignAddendum { addendum } => signature_below(store, bucket, addendum),
            _ => None,
        };
        let command = Command { id, bucket, intent, depends_on };
        let before = store.outbox.len();
        if store.submit(command.clone()).is_ok() && store.outbox.len() > before {
            self.ledger.wrote(number, &command);
            self.counts.add("commands", 1);
            self.counts.add("commands that build on another", u64::from(command.depends_on.is_some()));
        }
        invariants::device(self, number)
    }

    /// Somebody signs a note, remembers something, writes it behind the signature and signs that too.
    ///
    /// # Errors
    /// An invariant is broken.
    pub fn evening(&mut self, number: DeviceNo, bucket: u8, note: u8) -> Result<(), Broken> {
        self.act(number, Deed::Write { bucket, note })?;
        self.act(number, Deed::Sign { bucket, note })?;
        self.act(number, Deed::Write { bucket, note })?;
        self.act(number, Deed::SignAddendum { bucket })
    }

    /// A whole cycle in which nothing goes wrong.
    ///
    /// # Errors
    /// An invariant is broken.
    pub fn cycle(&mut self, number: DeviceNo, rows: usize) -> Result<(), Broken> {
        for _ in 0..ENDLESS {
            self.step(number, Fault::None, rows)?;
            if matches!(self.devices[number].stage, Stage::Resting | Stage::Gone) {
                return Ok(());
            }
        }
        Err(Broken::new(Invariant::I15, format!("device {number} does not come to rest")))
    }

    /// The next request of a device that is not a hello.
    ///
    /// # Errors
    /// An invariant is broken.
    pub fn exchange(&mut self, number: DeviceNo, fault: Fault, rows: usize) -> Result<(), Broken> {
        if self.devices[number].stage == Stage::Resting {
            self.step(number, Fault::None, rows)?;
        }
        if self.devices[number].stage == Stage::Resting {
            return Ok(());
        }
        self.step(number, fault, rows)
    }

    /// Access is given or taken.
    ///
    /// # Errors
    /// An invariant is broken.
    pub fn regrant(&mut self, user: User, bucket: Bucket, live: bool) -> Result<(), Broken> {
        self.server.regrant(user, bucket, live, self.bug);
        invariants::server(self)
    }

    /// Somebody else writes a booking, or cancels it.
    ///
    /// # Errors
    /// An invariant is broken.
    pub fn elsewhere(&mut self, bucket: Bucket, place: u8, cancels: bool) -> Result<(), Broken> {
        self.fresh += 1;
        let body = (!cancels).then_some(Body::Booking(self.fresh));
        self.server.write(bucket, Key::Booking(place), body, self.fresh);
        invariants::server(self)
    }

    /// Tombstones go, up to so many numbers below the head.
    pub fn prune(&mut self, bucket: Bucket, below: u8) {
        let head = self.server.shelves.get(&bucket).map_or(0, |shelf| shelf.head);
        let pruned = self.server.prune(bucket, head - i64::from(below));
        self.counts.add("tombstones pruned", pruned as u64);
    }

    /// Somebody else books, cancels and books again, and the tombstone of it goes.
    ///
    /// # Errors
    /// An invariant is broken.
    pub fn housekeeping(&mut self, bucket: Bucket) -> Result<(), Broken> {
        self.elsewhere(bucket, 0, false)?;
        self.elsewhere(bucket, 0, true)?;
        self.elsewhere(bucket, 1, false)?;
        self.prune(bucket, 0);
        Ok(())
    }

    /// A copy of a push arrives late; nobody waits for its answer.
    ///
    /// # Errors
    /// An invariant is broken.
    pub fn straggle(&mut self) -> Result<(), Broken> {
        if self.stragglers.is_empty() {
            return Ok(());
        }
        let Straggler { device, request } = self.stragglers.remove(0);
        self.counts.add("stragglers", 1);
        self.deliver(device, &request).map(drop)
    }

    /// Days go by.
    pub fn days(&mut self, days: u8) {
        self.day += u32::from(days);
    }

    /// The server is backed up.
    pub fn back_up(&mut self) {
        self.backups.push((self.day, self.server.clone()));
    }

    /// The server is restored from one of its backups that is not too old.
    ///
    /// # Errors
    /// An invariant is broken.
    pub fn restore(&mut self, which: u8) -> Result<(), Broken> {
        let today = self.day;
        self.backups.retain(|(day, _)| day + BACKUP_DAYS >= today);
        if self.backups.is_empty() {
            return Ok(());
        }
        let (_, backup) = &self.backups[usize::from(which) % self.backups.len()];
        let before = words_on(&self.server);
        self.epochs += 1;
        self.server = backup.clone();
        if self.bug != Bug::EpochNotRotated {
            self.server.epoch = self.epochs;
        }
        let after = words_on(&self.server);
        self.ledger.restored(&before, &after);
        self.counts.add("restores", 1);
        self.counts.add("words set back by restores", before.difference(&after).count() as u64);
        invariants::server(self)
    }

    /// Somebody alters the log behind the server's back, with [`Bug::LogRewritten`].
    fn rewrite_log(&mut self) {
        if self.bug == Bug::LogRewritten
            && let Some(leaf) = self.server.log.first_mut()
        {
            *leaf ^= 1;
        }
    }

    /// A device's disk is copied.
    pub fn image(&mut self, number: DeviceNo) {
        let image = Image { store: self.devices[number].store.clone(), kept: self.ledger.kept_by(number) };
        self.images.insert(number, image);
        self.rewrite_log();
    }

    /// A device's disk breaks, and the copy is put back.
    pub fn put_back(&mut self, number: DeviceNo) {
        if let Some(Image { store, kept }) = self.images.get(&number).cloned()
            && self.devices[number].lives()
        {
            self.devices[number].store = store;
            self.devices[number].restart();
            self.ledger.put_back(number, kept, &words_on(&self.server));
            self.counts.add("images put back", 1);
        }
    }

    /// A device writes and syncs; its disk breaks, and an image from before is put back; it writes again under the same
    /// number, before its next cycle or in the middle of it.
    ///
    /// # Errors
    /// An invariant is broken.
    pub fn disk_breaks(&mut self, number: DeviceNo, bucket: u8, while_pulling: bool) -> Result<(), Broken> {
        let write = Deed::Write { bucket, note: 0 };
        self.image(number);
        self.act(number, write)?;
        self.cycle(number, 50)?;
        self.put_back(number);
        if while_pulling {
            self.step(number, Fault::None, 50)?;
        }
        self.act(number, write)?;
        self.cycle(number, 50)
    }

    /// A device is to hand over what it has and go.
    pub fn revoke_device(&mut self, number: DeviceNo) {
        self.server.devices[number].revoked = true;
    }

    /// Everybody syncs until nothing is left to do; then what must hold at rest.
    ///
    /// # Errors
    /// An invariant is broken.
    pub fn come_to_rest(&mut self) -> Result<(), Broken> {
        while !self.stragglers.is_empty() {
            self.straggle()?;
        }
        for _ in 0..8 {
            for number in 0..self.devices.len() {
                self.cycle(number, 50)?;
            }
        }
        invariants::server(self)?;
        for number in (0..self.devices.len()).filter(|number| self.devices[*number].lives()) {
            invariants::device(self, number)?;
        }
        invariants::at_rest(self)
    }
}
