//! The invariants I1 to I16 as assertions over the model.
//!
//! | | says | asserted |
//! | --- | --- | --- |
//! | I1 | per bucket, order of commit is order of number, without a gap | [`server`]: head = rows ever written, numbers unique |
//! | I2 | a command has at most one effect in an epoch | [`server`]: effects counted; no word twice in one text |
//! | I3 | every command one durable outcome; no words only in an outcome | [`server`]: every word has a home; [`confirmed`]: an outcome in the journal; [`at_rest`]: nothing lost |
//! | I4 | a pull holds the effects up to `processed_seq`, none above | [`confirmed`]: what leaves the outbox is in the rows; "none above" by the snapshot: `t11_…` (`sync-server/tests/core/contention.rs`) |
//! | I5 | ready means an equal digest | [`rows`], [`at_rest`] row by row |
//! | I6 | no row outside a grant is sent; none remains | [`sent`], [`scope`]; a purge is acknowledged only when nothing unsent is left: `World::took` |
//! | I7 | a cursor never exceeds the rows applied | [`rows`]: every server row up to the cursor is there |
//! | I8 | signed bytes never change | [`server`]; that signatures verify: `tests/tests/signed_words.rs` |
//! | I9 | signing needs zero open conflicts and equal content | [`server`] |
//! | I10 | seq, grant revisions and the log only grow in an epoch | [`server`] against [`Seen`]; also triggers (`migrations/server/0001`) |
//! | I11 | a change of epoch loses no outbox and no archive entry | [`at_rest`]: words that a restore set back are there again |
//! | I12 | a failing command blocks none behind it but its dependents | [`server`]: dependents of a refused one; [`at_rest`]: no outbox is stuck |
//! | I13 | reads see base and pending | [`screen`]: overlay = replay; a confirmed word is shown |
//! | I14 | tree heads are consistent | `World::hello` |
//! | I15 | no request goes out unchanged more than three times | `Device::ask` |
//! | I16 | every query is filtered by practice | not in the model, which has one: `sync-server/tests/core/isolation.rs` |

use crate::chart::{Body, Bucket, CommandId, Key, Note};
use crate::device::{Status, digest};
use crate::messages::PullAnswer;
use crate::server::{DeviceNo, Server, Shelf, User};
use crate::world::World;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// By the numbers of the design.
#[expect(missing_docs, reason = "the table above says what each number stands for")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Invariant {
    I1,
    I2,
    I3,
    I4,
    I5,
    I6,
    I7,
    I8,
    I9,
    I10,
    I11,
    I12,
    I13,
    I14,
    I15,
}

/// An invariant does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Which.
    pub invariant: Invariant,
    /// How it showed.
    pub what: String,
}

impl Broken {
    /// It does not hold, as `what` shows.
    pub const fn new(invariant: Invariant, what: String) -> Self {
        Self { invariant, what }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.invariant, self.what)
    }
}

/// Holds where `holds`.
pub(crate) fn hold(invariant: Invariant, holds: bool, what: impl FnOnce() -> String) -> Result<(), Broken> {
    if holds { Ok(()) } else { Err(Broken::new(invariant, what())) }
}

/// How far the server was seen to be, in one epoch.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    epoch: u32,
    heads: BTreeMap<Bucket, i64>,
    grants: BTreeMap<(User, Bucket), i64>,
    processed: Vec<i64>,
    log: usize,
}

/// The words that a server keeps, in a chart or in the quarantine.
#[must_use]
pub fn words_on(server: &Server) -> BTreeSet<CommandId> {
    let rows = server.shelves.values().flat_map(|shelf| shelf.rows.values());
    let charts = rows.filter_map(|row| row.body.as_ref()).flat_map(Body::words).copied();
    charts.chain(server.quarantine.values().flat_map(crate::chart::Command::words)).collect()
}

/// What must hold on the server at every moment.
pub(crate) fn server(world: &mut World) -> Result<(), Broken> {
    let World { server, ledger, seen, .. } = world;
    for (bucket, shelf) in &server.shelves {
        let numbers: BTreeSet<i64> = shelf.rows.values().map(|row| row.seq).collect();
        let gapless = shelf.head == shelf.written
            && numbers.len() == shelf.rows.len()
            && numbers.last().is_none_or(|last| *last <= shelf.head);
        hold(Invariant::I1, gapless, || {
            format!("bucket {bucket} has head {} after {} rows", shelf.head, shelf.written)
        })?;
        for (key, row) in &shelf.rows {
            let Some(body) = &row.body else { continue };
            let words = body.words();
            let unique: BTreeSet<_> = words.iter().collect();
            hold(Invariant::I2, unique.len() == words.len(), || {
                format!("bucket {bucket}, {key:?}: a word stands twice in {words:?}")
            })?;
            if let (Key::Version(id), Body::Signed(words)) = (key, body) {
                let first = ledger.signed.entry(*id).or_insert_with(|| words.clone());
                hold(Invariant::I8, first == words, || {
                    format!("version {id} was {first:?} and is {words:?}")
                })?;
            }
        }
        for row in shelf.rows.values() {
            if let Some(Body::Note(note)) = &row.body {
                signed_whole(shelf, note)?;
            }
        }
    }
    let twice = server.effects.iter().find(|(_, times)| **times > 1);
    hold(Invariant::I2, twice.is_none(), || format!("a command had effect more than once: {twice:?}"))?;
    let kept = words_on(server);
    let homeless =
        ledger.words.keys().find(|word| server.outcomes.contains_key(word) && !kept.contains(word));
    hold(Invariant::I3, homeless.is_none(), || {
        format!(
            "the words of {homeless:?} are only in its outcome, {:?}",
            homeless.map(|id| server.outcomes[id])
        )
    })?;
    for registered in &server.devices {
        let without = registered.by_seq.values().find(|id| !server.outcomes.contains_key(id));
        hold(Invariant::I3, without.is_none(), || format!("command {without:?} has no outcome"))?;
    }
    for (id, earlier) in &server.built_on {
        let stands = |id| server.outcomes.get(id).is_some_and(|outcome| outcome.stands());
        hold(Invariant::I12, !stands(id) || stands(earlier), || {
            format!("command {id} was accepted, and {earlier}, which it builds on, was not")
        })?;
    }
    grown(server, seen)
}

fn signed_whole(shelf: &Shelf, note: &Note) -> Result<(), Broken> {
    let Some(signature) = note.signed else { return Ok(()) };
    let version = shelf.rows.get(&Key::Version(signature)).and_then(|row| row.body.as_ref());
    let equal = version == Some(&Body::Signed(note.words.clone()));
    hold(Invariant::I9, note.branches.is_empty() && !note.combined && equal, || {
        format!("signature {signature} stands over {note:?}, which is not what it signed: {version:?}")
    })
}

fn grown(server: &Server, seen: &mut Seen) -> Result<(), Broken> {
    let heads = server.shelves.iter().map(|(bucket, shelf)| (*bucket, shelf.head)).collect();
    let grants = server.grants.iter().map(|(pair, grant)| (*pair, grant.rev)).collect();
    let processed = server.devices.iter().map(|device| device.last_seq).collect();
    let now = Seen { epoch: server.epoch, heads, grants, processed, log: server.log.len() };
    if seen.epoch == now.epoch {
        let shrunk = seen.log > now.log
            || seen.heads.iter().any(|(bucket, head)| now.heads.get(bucket).is_none_or(|new| new < head))
            || seen.grants.iter().any(|(pair, rev)| now.grants.get(pair).is_none_or(|new| new < rev))
            || seen.processed.iter().zip(&now.processed).any(|(old, new)| new < old);
        hold(Invariant::I10, !shrunk, || {
            format!("in epoch {}: {seen:?} was followed by {now:?}", now.epoch)
        })?;
    }
    *seen = now;
    Ok(())
}

/// What must hold of an answer that goes out to a device.
pub(crate) fn sent(world: &World, number: DeviceNo, answer: &PullAnswer) -> Result<(), Broken> {
    let user = world.devices[number].user;
    let foreign = answer.pages.iter().find(|page| !world.server.granted(user, page.bucket));
    hold(Invariant::I6, foreign.is_none(), || format!("rows of bucket {foreign:?} went to user {user}"))
}

/// What must hold on a device at every moment.
pub(crate) fn device(world: &World, number: DeviceNo) -> Result<(), Broken> {
    rows(world, number)?;
    screen(world, number)
}

/// What must hold of the rows on a device.
pub(crate) fn rows(world: &World, number: DeviceNo) -> Result<(), Broken> {
    let store = &world.devices[number].store;
    let same_history = store.epoch == world.server.epoch;
    for (bucket, held) in &store.buckets {
        if matches!(held.status, Status::Local | Status::Purging) {
            continue;
        }
        let shelf = world.server.shelves.get(bucket).filter(|_| same_history);
        let sent = shelf.into_iter().flat_map(|shelf| &shelf.rows).filter(|(_, row)| row.seq <= held.cursor);
        for (key, row) in sent {
            let found = held.rows.get(key).and_then(|stored| stored.row.body.as_ref());
            hold(Invariant::I7, found == row.body.as_ref(), || {
                format!(
                    "device {number}, bucket {bucket}, cursor {}: {key:?} is {found:?}, not {row:?}",
                    held.cursor
                )
            })?;
        }
        let counted = digest(held) == held.digest && held.status != Status::Repair;
        hold(Invariant::I5, counted, || {
            format!("device {number}, bucket {bucket}: {:?} with digest {}", held.status, held.digest)
        })?;
        let upto = shelf.filter(|shelf| held.status == Status::Ready && held.cursor == shelf.head);
        hold(Invariant::I5, upto.is_none_or(|shelf| shelf.digest == held.digest), || {
            format!("device {number}, bucket {bucket} is ready at {} with another digest", held.cursor)
        })?;
    }
    Ok(())
}

/// What must hold of what a device shows.
pub(crate) fn screen(world: &World, number: DeviceNo) -> Result<(), Broken> {
    let store = &world.devices[number].store;
    let same_history = store.epoch == world.server.epoch;
    let mut anew = store.clone();
    anew.replay();
    hold(Invariant::I13, anew.overlay == store.overlay, || {
        format!(
            "device {number} shows {:?} over its records, pending would make {:?}",
            store.overlay, anew.overlay
        )
    })?;
    let vanished = store.archive.values().map(|kept| &kept.command).find(|command| {
        let ready = store.buckets.get(&command.bucket).filter(|held| held.status == Status::Ready);
        let stands = world.server.outcomes.get(&command.id).is_some_and(|outcome| outcome.stands());
        same_history
            && stands
            && command.words().contains(&command.id)
            && ready.is_some_and(|held| {
                !held.rows.values().any(|stored| says(stored.row.body.as_ref(), command.id))
            })
    });
    hold(Invariant::I13, vanished.is_none(), || {
        format!("device {number} has handed over {vanished:?} and shows it nowhere")
    })
}

fn says(body: Option<&Body>, word: CommandId) -> bool {
    body.is_some_and(|body| body.words().contains(&word))
}

/// What must hold of commands that a pull has taken out of a device's outbox.
pub(crate) fn confirmed(world: &World, number: DeviceNo, ids: &[CommandId]) -> Result<(), Broken> {
    let store = &world.devices[number].store;
    for id in ids {
        let outcome = store.journal.get(id);
        hold(Invariant::I3, outcome.is_some(), || {
            format!("device {number} was told nothing of command {id}, and has it no more")
        })?;
        let Some(written) = world.ledger.words.get(id).filter(|_| outcome.is_some_and(|o| o.stands())) else {
            continue;
        };
        let held = store.buckets.get(&written.bucket).filter(|held| held.status != Status::Purging);
        let there =
            held.is_none_or(|held| held.rows.values().any(|stored| says(stored.row.body.as_ref(), *id)));
        hold(Invariant::I4, there, || {
            format!("device {number} took command {id} as done, and the rows do not have it")
        })?;
    }
    Ok(())
}

/// What a device may hold once it has applied a whole answer.
pub(crate) fn scope(world: &World, number: DeviceNo) -> Result<(), Broken> {
    let device = &world.devices[number];
    for (bucket, held) in &device.store.buckets {
        let right = match held.status {
            Status::Local => true,
            Status::Purging => device.store.has_unsent_about(*bucket),
            _ => world.server.granted(device.user, *bucket),
        };
        hold(Invariant::I6, right, || {
            format!("device {number} holds bucket {bucket} as {:?} without a right to it", held.status)
        })?;
    }
    Ok(())
}

/// What must hold when everybody has synced and nothing goes wrong any more.
pub(crate) fn at_rest(world: &World) -> Result<(), Broken> {
    for (number, device) in world.devices.iter().enumerate().filter(|(_, device)| device.lives()) {
        let store = &device.store;
        hold(Invariant::I12, store.outbox.is_empty(), || {
            format!("device {number} does not get rid of {:?}", store.outbox)
        })?;
        let held: BTreeSet<Bucket> = store.buckets.keys().copied().collect();
        let granted: BTreeSet<Bucket> = world.server.granted_to(device.user).collect();
        hold(Invariant::I6, held == granted, || {
            format!("device {number} holds {held:?} and is granted {granted:?}")
        })?;
        for (bucket, held) in &store.buckets {
            let here: BTreeMap<Key, Option<&Body>> =
                held.rows.iter().map(|(key, stored)| (*key, stored.row.body.as_ref())).collect();
            let there: BTreeMap<Key, Option<&Body>> = world.server.shelves[bucket]
                .rows
                .iter()
                .filter(|(_, row)| row.body.is_some())
                .map(|(key, row)| (*key, row.body.as_ref()))
                .collect();
            hold(Invariant::I5, here == there && held.status == Status::Ready, || {
                format!("device {number}, bucket {bucket}: {here:?} here, {there:?} there, {:?}", held.status)
            })?;
        }
    }
    let kept = words_on(&world.server);
    let lost = world.ledger.due().find(|word| !kept.contains(word));
    if let Some(word) = lost {
        let set_back = world.ledger.set_back.contains(&word);
        let invariant = if set_back { Invariant::I11 } else { Invariant::I3 };
        return Err(Broken::new(
            invariant,
            format!("the words of {word} are lost: {:?}", world.ledger.words[&word]),
        ));
    }
    Ok(())
}
