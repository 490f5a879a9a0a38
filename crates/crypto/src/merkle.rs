//! The append-only log: an RFC 6962 Merkle tree.
//!
//! A leaf is hashed as `SHA-256(0x00 | leaf)`, a node as `SHA-256(0x01 | left | right)`, and the tree over `n`
//! leaves splits at the largest power of two below `n`. Three things follow, and they are why the audit and
//! every signature go through it:
//!
//! - the server appends knowing only a [`Frontier`] of at most 64 hashes;
//! - whoever holds a signed head can check that a given entry is in the log ([`InclusionProof`]);
//! - whoever holds an *older* head can check that nothing before it was changed, removed or reordered
//!   ([`ConsistencyProof`]). Every desktop does so at each sync.
//!
//! Proofs are planned without any storage: [`ProofPlan`] says which stored hashes it needs, the caller reads
//! them in one query and hands them back.

mod frontier;
mod plan;
mod verify;

pub use frontier::{BadFrontier, Frontier};
pub use plan::{NodeAddress, PlanError, ProofPlan};
pub use verify::ProofRefused;

use crate::digest::{Sha256, sha256_of_parts};

/// The hash of a leaf: `SHA-256(0x00 | leaf)` (RFC 6962, 2.1).
#[must_use]
pub fn leaf_hash(leaf: &[u8]) -> Sha256 {
    sha256_of_parts(&[&[0], leaf])
}

/// The hash of an inner node: `SHA-256(0x01 | left | right)` (RFC 6962, 2.1). The prefix differs from a
/// leaf's, so that no leaf can be made that passes for a node.
#[must_use]
pub fn node_hash(left: &Sha256, right: &Sha256) -> Sha256 {
    sha256_of_parts(&[&[1], left.as_bytes(), right.as_bytes()])
}

/// The root of the tree without leaves: the hash of nothing.
#[must_use]
pub fn empty_root() -> Sha256 {
    crate::digest::sha256(b"")
}

/// The root over leaves whose hashes are given in order.
#[must_use]
pub fn root_of(leaf_hashes: &[Sha256]) -> Sha256 {
    let mut frontier = Frontier::new();
    for leaf in leaf_hashes {
        frontier.append(*leaf);
    }
    frontier.root()
}

/// Shows that one leaf is in the tree of a given size.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct InclusionProof {
    /// The place of the leaf, from 0.
    pub index: u64,
    /// How many leaves the tree has.
    pub size: u64,
    /// The sibling hashes from the leaf up to the root (RFC 6962, 2.1.1).
    pub path: Vec<Sha256>,
}

/// Shows that the tree of one size begins with the whole tree of a smaller size.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ConsistencyProof {
    /// How many leaves the older tree has.
    pub old_size: u64,
    /// How many leaves the newer tree has.
    pub new_size: u64,
    /// The node hashes (RFC 6962, 2.1.2). Empty when the sizes are equal or the older tree has no leaf.
    pub path: Vec<Sha256>,
}

#[cfg(test)]
mod tests;
