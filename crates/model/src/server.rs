//! The server: buckets in the order of a gapless counter, grants, one durable outcome a command, one log.

use crate::bug::Bug;
use crate::chart::{self, Body, Bucket, Command, CommandId, Intent, Key, Outcome, Refusal, Side};
use crate::messages::{
    Code, CommandResult, Cursor, End, Greeting, Held, Hello, Manifest, Page, PullAnswer, PullRequest,
    PushRequest, Refused, Row, TreeHead,
};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Somebody of the practice.
pub type User = usize;
/// A device, by its place in the world.
pub type DeviceNo = usize;

/// How a row counts in its bucket's digest.
#[must_use]
pub fn entry(key: Key, row: &Row) -> u64 {
    let mut hasher = DefaultHasher::new();
    (key, row.rev, &row.body, row.salt).hash(&mut hasher);
    hasher.finish()
}

/// One bucket on the server: each record once, at its newest state.
#[derive(Clone, Debug, Default)]
pub struct Shelf {
    /// Gapless.
    pub head: i64,
    /// Rows, tombstones among them.
    pub rows: BTreeMap<Key, Row>,
    /// Sum over the live rows.
    pub digest: u64,
    /// Tombstones up to here may be gone.
    pub pruned_below: i64,
    /// How many rows were ever written: what the head must be.
    pub written: i64,
}

impl Shelf {
    fn put(&mut self, key: Key, body: Option<Body>, salt: u32, takes_number: bool) {
        self.written += 1;
        if takes_number {
            self.head += 1;
        }
        let old = self.rows.get(&key);
        if let Some(row) = old.filter(|row| row.body.is_some()) {
            self.digest = self.digest.wrapping_sub(entry(key, row));
        }
        let rev = old.map_or(1, |row| row.rev + 1);
        let row = Row { seq: self.head, rev, body, salt };
        if row.body.is_some() {
            self.digest = self.digest.wrapping_add(entry(key, &row));
        }
        self.rows.insert(key, row);
    }

    fn live(&self) -> usize {
        self.rows.values().filter(|row| row.body.is_some()).count()
    }
}

/// A grant. One that was taken keeps its row.
#[derive(Clone, Copy, Debug)]
pub struct Grant {
    /// Grows with every change.
    pub rev: i64,
    /// Whether it is in force.
    pub live: bool,
}

/// What the server knows of a device.
#[derive(Clone, Debug, Default)]
pub struct Registered {
    /// Whose it is.
    pub user: User,
    /// The last processed number.
    pub last_seq: i64,
    /// Which command came under which number.
    pub by_seq: BTreeMap<i64, CommandId>,
    /// It may only hand over what it has.
    pub revoked: bool,
}

/// The server.
#[derive(Clone, Debug)]
pub struct Server {
    /// The log epoch in force.
    pub epoch: u32,
    /// By bucket.
    pub shelves: BTreeMap<Bucket, Shelf>,
    /// By user and bucket.
    pub grants: BTreeMap<(User, Bucket), Grant>,
    /// By device.
    pub devices: Vec<Registered>,
    /// What became of each command.
    pub outcomes: BTreeMap<CommandId, Outcome>,
    /// Commands that had an effect, how often, and what they built on.
    pub effects: BTreeMap<CommandId, u32>,
    /// What decided commands built on.
    pub built_on: BTreeMap<CommandId, CommandId>,
    /// Commands kept for the practice, with their words.
    pub quarantine: BTreeMap<CommandId, Command>,
    /// Hashes of what was signed, in order.
    pub log: Vec<u64>,
    /// The shelves as they were before the last batch, for [`Bug::ProcessedAheadOfRows`].
    before: Option<BTreeMap<Bucket, Shelf>>,
}

impl Server {
    /// A practice with these devices' users and these grants.
    #[must_use]
    pub fn new(users: &[User], granted: &[(User, Bucket)]) -> Self {
        let devices = users.iter().map(|user| Registered { user: *user, ..Registered::default() }).collect();
        let grant = |pair: &(User, Bucket)| (*pair, Grant { rev: 1, live: true });
        Self {
            epoch: 1,
            shelves: granted.iter().map(|(_, bucket)| (*bucket, Shelf::default())).collect(),
            grants: granted.iter().map(grant).collect(),
            devices,
            outcomes: BTreeMap::new(),
            effects: BTreeMap::new(),
            built_on: BTreeMap::new(),
            quarantine: BTreeMap::new(),
            log: Vec::new(),
            before: None,
        }
    }

    /// Whether a user holds a bucket.
    #[must_use]
    pub fn granted(&self, user: User, bucket: Bucket) -> bool {
        self.grants.get(&(user, bucket)).is_some_and(|grant| grant.live)
    }

    /// The buckets that a user holds.
    pub fn granted_to(&self, user: User) -> impl Iterator<Item = Bucket> {
        self.grants
            .iter()
            .filter(move |((holder, _), grant)| *holder == user && grant.live)
            .map(|((_, bucket), _)| *bucket)
    }

    /// Gives or takes a grant.
    pub fn regrant(&mut self, user: User, bucket: Bucket, live: bool, bug: Bug) {
        self.shelves.entry(bucket).or_default();
        let grant = self.grants.entry((user, bucket)).or_insert(Grant { rev: 0, live: false });
        if grant.live != live {
            grant.live = live;
            grant.rev = if live && bug == Bug::GrantRevisionReused { 1 } else { grant.rev + 1 };
        }
    }

    /// Somebody at the server's own console writes a row.
    pub fn write(&mut self, bucket: Bucket, key: Key, body: Option<Body>, salt: u32) {
        let shelf = self.shelves.entry(bucket).or_default();
        if body.is_some() || shelf.rows.get(&key).is_some_and(|row| row.body.is_some()) {
            shelf.put(key, body, salt, true);
        }
    }

    /// Drops tombstones up to `upto`.
    pub fn prune(&mut self, bucket: Bucket, upto: i64) -> usize {
        let Some(shelf) = self.shelves.get_mut(&bucket) else { return 0 };
        let before = shelf.rows.len();
        shelf.rows.retain(|_, row| row.body.is_some() || row.seq > upto);
        let pruned = before - shelf.rows.len();
        if pruned > 0 {
            shelf.pruned_below = shelf.pruned_below.max(upto);
        }
        pruned
    }

    /// Processes a batch: all of it or nothing.
    ///
    /// # Errors
    /// Epoch, gap or fork, with where the server stands.
    pub fn push(
        &mut self,
        device: DeviceNo,
        request: &PushRequest,
        fresh: &mut u32,
        bug: Bug,
    ) -> Result<(), Refused> {
        let known = &self.devices[device];
        let refused = |code| Refused { code, epoch: self.epoch, processed: known.last_seq };
        if request.epoch != self.epoch && bug != Bug::EpochIgnored {
            return Err(refused(Code::EpochChanged));
        }
        let Some((first, _)) = request.commands.first() else { return Ok(()) };
        if *first > known.last_seq + 1 {
            return Err(refused(Code::SequenceGap));
        }
        let another = |(seq, command): &&(i64, Command)| {
            *seq <= known.last_seq && known.by_seq.get(seq) != Some(&command.id)
        };
        if request.commands.iter().find(another).is_some() {
            return Err(refused(Code::DeviceFork));
        }
        if bug == Bug::ProcessedAheadOfRows {
            self.before = Some(self.shelves.clone());
        }
        for (seq, command) in &request.commands {
            let last = self.devices[device].last_seq;
            if *seq <= last && bug != Bug::NoIdempotency {
                continue;
            }
            if !self.outcomes.contains_key(&command.id) || bug == Bug::NoIdempotency {
                let before = (bug == Bug::PoisonBlocks).then(|| self.clone());
                let outcome = self.judge(self.devices[device].user, command, fresh, bug);
                if let (Some(before), Outcome::Rejected(_)) = (before, outcome) {
                    *self = before;
                    return Ok(());
                }
                self.outcomes.insert(command.id, outcome);
                if let Some(earlier) = command.depends_on {
                    self.built_on.insert(command.id, earlier);
                }
            }
            let known = &mut self.devices[device];
            known.last_seq = last.max(*seq);
            known.by_seq.insert(*seq, command.id);
        }
        Ok(())
    }

    fn judge(&mut self, user: User, command: &Command, fresh: &mut u32, bug: Bug) -> Outcome {
        let refusal = match self.decided(user, command, bug) {
            Ok(decision) => {
                let shelf = self.shelves.entry(command.bucket).or_default();
                for (place, (key, body)) in decision.changes.into_iter().enumerate() {
                    if let (true, Some(body)) = (key.insert_only(), &body) {
                        let mut hasher = DefaultHasher::new();
                        (key, body).hash(&mut hasher);
                        self.log.push(hasher.finish());
                    }
                    *fresh += 1;
                    let takes_number = bug != Bug::OneNumberForTwoRows || place == 0;
                    shelf.put(key, body, *fresh, takes_number);
                }
                if decision.outcome != Outcome::Noop {
                    *self.effects.entry(command.id).or_default() += 1;
                }
                if command.intent == Intent::Open {
                    self.regrant(user, command.bucket, true, bug);
                }
                return decision.outcome;
            }
            Err(refusal) => refusal,
        };
        let keeps = !command.words().is_empty();
        if keeps && !(bug == Bug::QuarantineDropped && refusal == Refusal::NotAllowed) {
            self.quarantine.insert(command.id, command.clone());
        }
        if keeps && refusal == Refusal::NotAllowed {
            Outcome::Quarantined
        } else {
            Outcome::Rejected(refusal)
        }
    }

    fn decided(&self, user: User, command: &Command, bug: Bug) -> Result<chart::Decision, Refusal> {
        let stands = |id| self.outcomes.get(&id).is_some_and(|outcome| outcome.stands());
        if bug != Bug::DependencyIgnored && command.depends_on.is_some_and(|id| !stands(id)) {
            return Err(Refusal::DependencyRefused);
        }
        if command.intent != Intent::Open && !self.granted(user, command.bucket) {
            return Err(Refusal::NotAllowed);
        }
        let shelf = self.shelves.get(&command.bucket);
        let look = |key: Key| shelf.and_then(|shelf| shelf.rows.get(&key)).and_then(|row| row.body.clone());
        chart::decide(command, Side::Server, bug, &look)
    }

    /// Greets a device.
    #[must_use]
    pub fn hello(&self, device: DeviceNo, hello: &Hello, bug: Bug) -> Greeting {
        let known = &self.devices[device];
        let sum = |part: &dyn Fn(Bucket) -> i64| self.granted_to(known.user).map(part).sum::<i64>();
        let held = Held {
            buckets: sum(&|_| 1),
            heads: sum(&|bucket| self.shelves.get(&bucket).map_or(0, |shelf| shelf.head)),
            grants: self.grant_sum(known.user),
        };
        let same = if bug == Bug::SumWithoutGrants {
            (held.buckets, held.heads) == (hello.held.buckets, hello.held.heads)
        } else {
            held == hello.held
        };
        Greeting {
            epoch: self.epoch,
            processed: known.last_seq,
            revoked: known.revoked,
            unchanged: !known.revoked && same && hello.epoch == self.epoch,
            tree: self.tree(self.log.len()),
            continues: hello.tree.filter(|size| *size <= self.log.len()).map(|size| self.tree(size).root),
        }
    }

    fn tree(&self, size: usize) -> TreeHead {
        let mut hasher = DefaultHasher::new();
        self.log[..size].hash(&mut hasher);
        TreeHead { epoch: self.epoch, size, root: hasher.finish() }
    }

    fn grant_sum(&self, user: User) -> i64 {
        self.grants.iter().filter(|((holder, _), _)| *holder == user).map(|(_, grant)| grant.rev).sum()
    }

    /// What changed since the cursors, read in one snapshot.
    ///
    /// # Errors
    /// Epoch, or a revoked device.
    pub fn pull(&self, device: DeviceNo, request: &PullRequest, bug: Bug) -> Result<PullAnswer, Refused> {
        let known = &self.devices[device];
        let refused = |code| Refused { code, epoch: self.epoch, processed: known.last_seq };
        if known.revoked {
            return Err(refused(Code::DeviceRevoked));
        }
        if request.epoch != self.epoch && bug != Bug::EpochIgnored {
            return Err(refused(Code::EpochChanged));
        }
        let shelves = self.before.as_ref().unwrap_or(&self.shelves);
        let named: BTreeMap<Bucket, Cursor> =
            request.cursors.iter().map(|cursor| (cursor.bucket, *cursor)).collect();
        let mut sendable: Vec<Bucket> = self.granted_to(known.user).collect();
        if bug == Bug::GrantUnchecked {
            sendable.extend(named.keys().filter(|bucket| !self.granted(known.user, **bucket)));
        }
        let mut answer = PullAnswer {
            revoked: named.keys().copied().filter(|bucket| !sendable.contains(bucket)).collect(),
            ..PullAnswer::default()
        };
        let mut more = false;
        let mut room = request.rows;
        for bucket in sendable {
            let Some(shelf) = shelves.get(&bucket) else { continue };
            let cursor = named.get(&bucket).copied();
            if cursor.is_some_and(|cursor| cursor.seq == shelf.head) {
                continue;
            }
            let reset = cursor.is_some_and(|cursor| resets(shelf, cursor, bug));
            let from = cursor.filter(|_| !reset).map_or(0, |cursor| cursor.seq);
            let (head, digest, live, floor) = (shelf.head, shelf.digest, shelf.live(), shelf.pruned_below);
            answer.manifest.push(Manifest { bucket, head, digest, live, floor, reset });
            if shelf.head == from {
                continue;
            }
            if room == 0 {
                more = true;
                continue;
            }
            let page = page(bucket, shelf, from, &mut room, bug);
            more |= page.to < shelf.head;
            if page.to > from {
                answer.pages.push(page);
            }
        }
        answer.end = Some(End {
            processed: known.last_seq,
            results: self.results(device, request.results_after),
            more,
            grants: self.grant_sum(known.user),
        });
        Ok(answer)
    }

    fn results(&self, device: DeviceNo, after: i64) -> Vec<CommandResult> {
        let known = &self.devices[device];
        let result = |(seq, id): (&i64, &CommandId)| {
            self.outcomes.get(id).map(|outcome| CommandResult { seq: *seq, id: *id, outcome: *outcome })
        };
        known.by_seq.range(after + 1..).filter_map(result).collect()
    }
}

/// Whether a device cannot be brought up to date from its cursor: tombstones that it needs may be gone. One that is on
/// its way from 0 needs none that were gone when it began.
fn resets(shelf: &Shelf, cursor: Cursor, bug: Bug) -> bool {
    let since = if bug == Bug::ResetRestartsLoading { 0 } else { cursor.floor };
    let below = cursor.seq > 0 && cursor.seq < shelf.pruned_below && since < shelf.pruned_below;
    below && bug != Bug::NoResetAfterPruning || cursor.seq > shelf.head
}

fn page(bucket: Bucket, shelf: &Shelf, from: i64, room: &mut usize, bug: Bug) -> Page {
    let mut rows: Vec<(Key, Row)> =
        shelf.rows.iter().filter(|(_, row)| row.seq > from).map(|(key, row)| (*key, row.clone())).collect();
    rows.sort_by_key(|(_, row)| row.seq);
    let all = rows.len();
    rows.truncate(*room);
    *room -= rows.len();
    let last = rows.last().map_or(from, |(_, row)| row.seq);
    // Where everything is in, the page ends at the head, also where what stood highest has been pruned.
    let whole = rows.len() == all && bug != Bug::PageEndsAtLastRow;
    let to = if whole || bug == Bug::CursorToHead { shelf.head } else { last };
    Page { bucket, from, to, rows }
}
