//! The sequencer: gives audit rows their places in the tree, about a second after they were committed and in no
//! request's way, and signs the tree's head.

use super::statements::{
    BATCHES, BatchRow, EVENTS, LogState, PUT_HEAD, PUT_LEAVES, PUT_NODES, SEQUENCED, STATE, TAKE,
    TAKE_IN_TURN,
};
use super::{nodes, sign_head};
use crate::caller::Acting;
use crate::db::Tx;
use crate::http::failure::{Failure, Outcome};
use crate::leases;
use crate::server::Server;
use chrono::{DateTime, TimeDelta, Utc};
use mentalspace_crypto::merkle::{Frontier, NodeAddress, leaf_hash};
use mentalspace_domain::ids::PracticeId;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

/// Transactions sequenced at once.
const BATCH: i64 = 500;
/// The least time between two signed heads of a tree that grows.
const BETWEEN_HEADS: TimeDelta = TimeDelta::seconds(60);

/// When a head is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heads {
    /// At most one a minute. Nothing is done where another server is at it.
    EachMinute,
    /// Now, if the tree has grown: after whoever is at it.
    Now,
}

/// What one round of sequencing did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Grown {
    /// Leaves added.
    pub leaves: u64,
    /// Leaves in the tree.
    pub size: u64,
    /// Whether a head was signed over all of them.
    pub signed: bool,
    /// Whether there was more to do than one round takes.
    pub more: bool,
}

/// One round for one practice.
///
/// # Errors
/// As the database says; nothing of the round was then kept.
pub async fn sequence(server: &Server, practice: PracticeId, heads: Heads) -> Outcome<Grown> {
    let acting = Acting::machinery(practice, server.new_id()?);
    let tx = server.db.begin(&acting).await?;
    let take = if heads == Heads::Now { &TAKE_IN_TURN } else { &TAKE };
    if !tx.one(take, &[&practice.to_string()]).await?.taken {
        tx.rollback().await?;
        return Ok(Grown::default());
    }
    let state = tx.one(&STATE, &[&practice.uuid()]).await?;
    let batches = tx.rows(&BATCHES, &[&practice.uuid(), &BATCH]).await?;
    let mut frontier = frontier(&tx, &acting, &state).await?;
    let before = frontier.size();
    append(&tx, practice, state.log_epoch, &batches, &mut frontier).await?;
    let signed = sign(server, &tx, practice, &state, &frontier, heads).await?;
    tx.commit().await?;
    Ok(Grown {
        leaves: frontier.size() - before,
        size: frontier.size(),
        signed,
        more: i64::try_from(batches.len()).is_ok_and(|taken| taken == BATCH),
    })
}

/// Waits for the sequencer that is at the practice's tree, and keeps any other from it until `tx` ends.
///
/// # Errors
/// As the database says.
pub(crate) async fn after_sequencer(tx: &Tx, practice: PracticeId) -> Outcome<()> {
    tx.one(&TAKE_IN_TURN, &[&practice.to_string()]).await.map(drop)
}

/// The right edge of the tree as it is stored.
async fn frontier(tx: &Tx, acting: &Acting, state: &LogState) -> Outcome<Frontier> {
    let size = u64::try_from(state.size).map_err(Failure::internal)?;
    let mut start = 0;
    let mut peaks = Vec::new();
    for level in (0..u8::try_from(u64::BITS).unwrap_or(64)).rev().filter(|level| size >> level & 1 == 1) {
        peaks.push(NodeAddress { level, index: start >> level });
        start += 1 << level;
    }
    let stored = nodes(tx, acting, state.log_epoch, peaks.iter().copied()).await?;
    let hashes = peaks
        .iter()
        .map(|address| {
            stored.get(address).copied().ok_or_else(|| Failure::internal("the stored log has a hole"))
        })
        .collect::<Outcome<Vec<_>>>()?;
    Frontier::from_parts(size, hashes).map_err(Failure::internal)
}

/// New leaves and the nodes that they complete, as parameters.
#[derive(Default)]
struct Growth {
    places: Vec<i64>,
    leaves: Vec<Vec<u8>>,
    at: Vec<DateTime<Utc>>,
    batches: Vec<Uuid>,
    n: Vec<i32>,
    levels: Vec<i16>,
    node_places: Vec<i64>,
    hashes: Vec<Vec<u8>>,
}

async fn append(
    tx: &Tx,
    practice: PracticeId,
    epoch: Uuid,
    batches: &[BatchRow],
    frontier: &mut Frontier,
) -> Outcome<()> {
    if batches.is_empty() {
        return Ok(());
    }
    let at: Vec<DateTime<Utc>> = batches.iter().map(|row| row.at).collect();
    let ids: Vec<Uuid> = batches.iter().map(|row| row.batch).collect();
    let mut growth = Growth::default();
    for event in tx.rows(&EVENTS, &[&practice.uuid(), &at, &ids]).await? {
        let leaf = event.leaf(practice, epoch).map_err(Failure::internal)?;
        for (address, hash) in frontier.append(leaf_hash(&leaf)) {
            let place = i64::try_from(address.index).map_err(Failure::internal)?;
            if address.level == 0 {
                growth.places.push(place);
                growth.leaves.push(hash.as_bytes().to_vec());
            } else {
                growth.levels.push(i16::from(address.level));
                growth.node_places.push(place);
                growth.hashes.push(hash.as_bytes().to_vec());
            }
        }
        growth.at.push(event.at);
        growth.batches.push(event.batch);
        growth.n.push(event.n);
    }
    let practice = practice.uuid();
    let leaves: [&(dyn ToSql + Sync); 7] =
        [&practice, &epoch, &growth.places, &growth.leaves, &growth.at, &growth.batches, &growth.n];
    tx.run(&PUT_LEAVES, &leaves).await?;
    tx.run(&PUT_NODES, &[&practice, &epoch, &growth.levels, &growth.node_places, &growth.hashes]).await?;
    tx.run(&SEQUENCED, &[&practice, &at, &ids]).await?;
    Ok(())
}

async fn sign(
    server: &Server,
    tx: &Tx,
    practice: PracticeId,
    state: &LogState,
    frontier: &Frontier,
    heads: Heads,
) -> Outcome<bool> {
    let size = i64::try_from(frontier.size()).map_err(Failure::internal)?;
    if size == 0 || state.head_size == Some(size) {
        return Ok(size > 0);
    }
    let now = server.now();
    // A head of a clock that ran ahead is not waited for.
    let recent = state.head_at.is_some_and(|at| (now - at).abs() < BETWEEN_HEADS);
    if recent && heads == Heads::EachMinute {
        return Ok(false);
    }
    let key = leases::seal_key(server, tx, practice).await?;
    let root = frontier.root();
    let signature = sign_head(&key, state.log_epoch, frontier.size(), root, now)?;
    let parameters: [&(dyn ToSql + Sync); 7] = [
        &practice.uuid(),
        &state.log_epoch,
        &size,
        &root.as_bytes().as_slice(),
        &now,
        &key.id.uuid(),
        &signature.as_bytes().as_slice(),
    ];
    tx.run(&PUT_HEAD, &parameters).await?;
    Ok(true)
}
