//! The practice's log: an RFC 6962 tree over the audit trail. Its identity includes the log epoch; a restore from
//! backup begins a new one.

mod sequencer;
mod statements;

use crate::caller::Acting;
use crate::db::Tx;
use crate::http::failure::{Failure, Outcome};
use crate::sealing::SealKey;
use crate::server::Server;
use chrono::{DateTime, Utc};
use mentalspace_crypto::Sha256;
use mentalspace_crypto::merkle::{ConsistencyProof, InclusionProof, NodeAddress};
use mentalspace_crypto::signing::Signature;
use mentalspace_protocol::session::TreeHead;
pub(crate) use sequencer::after_sequencer;
pub use sequencer::{Grown, Heads, sequence};
use serde::Serialize;
pub(crate) use statements::STATEMENTS;
use statements::{NODES, UNSEQUENCED, WAITING};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// A tree head's signed part: [`TreeHead`] without the signature.
#[derive(Serialize)]
struct Signed<'a> {
    log_epoch: Uuid,
    size: u64,
    root: &'a str,
    at: DateTime<Utc>,
}

/// Signs a tree head.
fn sign_head(
    key: &SealKey,
    log_epoch: Uuid,
    size: u64,
    root: Sha256,
    at: DateTime<Utc>,
) -> Outcome<Signature> {
    let signed = Signed { log_epoch, size, root: &root.to_hex(), at };
    let bytes = mentalspace_crypto::canonical::to_vec(&signed).map_err(Failure::internal)?;
    key.sign(&bytes)
}

/// A stored tree head as messages carry it.
pub(crate) fn tree_head(
    log_epoch: Uuid,
    size: i64,
    root: &[u8],
    at: DateTime<Utc>,
    signature: &[u8],
) -> Outcome<TreeHead> {
    Ok(TreeHead {
        log_epoch,
        size: u64::try_from(size).map_err(Failure::internal)?,
        root: Sha256::try_from(root).map_err(Failure::internal)?.to_hex(),
        at,
        signature: Signature::try_from(signature).map_err(Failure::internal)?.to_hex(),
    })
}

/// The hashes that show that the tree of `new` leaves begins with the one of `old` leaves (RFC 6962, 2.1.2). None where
/// the stored log has a hole: whoever asks then has no proof, which is for her to make something of.
///
/// # Errors
/// As the database says.
pub async fn consistency(
    server: &Server,
    acting: &Acting,
    log_epoch: Uuid,
    old: u64,
    new: u64,
) -> Outcome<Option<Vec<Sha256>>> {
    let plan = ConsistencyProof::plan(old, new).map_err(Failure::internal)?;
    let tx = server.db.begin(acting).await?;
    let nodes = nodes(&tx, acting, log_epoch, plan.needed()).await?;
    tx.rollback().await?;
    let proof = plan.assemble(|address| nodes.get(&address).copied());
    Ok(proof
        .inspect_err(|why| tracing::error!(%why, old, new, "the stored log has a hole"))
        .ok()
        .map(|proof| proof.path))
}

/// The proof that leaf `index` is in the tree of `size` leaves (RFC 6962, 2.1.1).
///
/// # Errors
/// There is no such leaf; or as the database says.
pub async fn inclusion(
    server: &Server,
    acting: &Acting,
    log_epoch: Uuid,
    index: u64,
    size: u64,
) -> Outcome<InclusionProof> {
    let plan = InclusionProof::plan(index, size).map_err(Failure::internal)?;
    let tx = server.db.begin(acting).await?;
    let nodes = nodes(&tx, acting, log_epoch, plan.needed()).await?;
    tx.rollback().await?;
    plan.assemble(|address| nodes.get(&address).copied()).map_err(Failure::internal)
}

/// The practices whose audit rows wait for their places.
///
/// # Errors
/// As the database says.
pub async fn waiting(server: &Server) -> Outcome<Vec<mentalspace_domain::ids::PracticeId>> {
    let rows = server.db.ask(&WAITING, &[]).await?;
    Ok(rows.into_iter().map(|row| mentalspace_domain::ids::PracticeId::new(row.practice_id)).collect())
}

/// How many transactions wait for the places of their audit rows.
///
/// # Errors
/// As the database says.
pub async fn unsequenced(server: &Server) -> Outcome<usize> {
    let rows = server.db.ask(&UNSEQUENCED, &[]).await?;
    Ok(rows.first().and_then(|row| usize::try_from(row.waiting).ok()).unwrap_or_default())
}

/// Stored hashes by their places.
async fn nodes(
    tx: &Tx,
    acting: &Acting,
    log_epoch: Uuid,
    needed: impl Iterator<Item = NodeAddress>,
) -> Outcome<HashMap<NodeAddress, Sha256>> {
    let needed: BTreeSet<NodeAddress> = needed.collect();
    let levels: Vec<i16> = needed.iter().map(|address| i16::from(address.level)).collect();
    let places = needed
        .iter()
        .map(|address| i64::try_from(address.index).map_err(Failure::internal))
        .collect::<Outcome<Vec<i64>>>()?;
    let rows = tx.rows(&NODES, &[&acting.practice.uuid(), &log_epoch, &levels, &places]).await?;
    rows.into_iter()
        .map(|row| {
            let level = u8::try_from(row.level).map_err(Failure::internal)?;
            let index = u64::try_from(row.idx).map_err(Failure::internal)?;
            let hash = Sha256::try_from(row.hash.as_slice()).map_err(Failure::internal)?;
            Ok((NodeAddress { level, index }, hash))
        })
        .collect()
}
