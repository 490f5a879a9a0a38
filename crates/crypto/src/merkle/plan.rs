//! Proofs without storage: which stored hashes a proof needs, and the proof made from them.

use super::{ConsistencyProof, InclusionProof, node_hash};
use crate::digest::Sha256;

/// The place of a complete subtree: at level 0 the leaves, at level `l` the node over the leaves
/// `index · 2^l .. (index + 1) · 2^l`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeAddress {
    /// The height above the leaves.
    pub level: u8,
    /// The place among the nodes of this level, from the left, from 0.
    pub index: u64,
}

impl NodeAddress {
    /// The first leaf below the node and how many leaves lie below it.
    #[must_use]
    pub const fn leaves(self) -> (u64, u64) {
        (self.index << self.level, 1 << self.level)
    }
}

/// What a proof is made from: for every hash of the proof the complete subtrees that it is combined from,
/// left to right (most are one subtree; the right edge of the tree may be several).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofPlan<P> {
    parts: Vec<Vec<NodeAddress>>,
    proof: P,
}

/// Why no proof can be planned or made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The leaf is not in a tree of that size.
    #[error("the log has {size} entries; there is no entry {index}")]
    NoSuchLeaf {
        /// The leaf asked for.
        index: u64,
        /// The size asked for.
        size: u64,
    },
    /// The older tree is larger than the newer one.
    #[error("a log of {new_size} entries cannot begin with one of {old_size}")]
    Shrunk {
        /// The size of the older tree.
        old_size: u64,
        /// The size of the newer tree.
        new_size: u64,
    },
    /// A hash that the plan asked for was not given: the stored log has a hole.
    #[error("the stored log lacks the hash of node {} at level {}", .0.index, .0.level)]
    MissingNode(NodeAddress),
}

impl<P> ProofPlan<P> {
    /// The stored hashes that the proof needs, each once.
    pub fn needed(&self) -> impl Iterator<Item = NodeAddress> + '_ {
        self.parts.iter().flatten().copied()
    }

    fn path(&self, stored: impl Fn(NodeAddress) -> Option<Sha256>) -> Result<Vec<Sha256>, PlanError> {
        self.parts.iter().map(|part| combine(part, &stored)).collect()
    }
}

/// The hash over neighbouring complete subtrees, the last of which is the smallest.
fn combine(
    part: &[NodeAddress],
    stored: &impl Fn(NodeAddress) -> Option<Sha256>,
) -> Result<Sha256, PlanError> {
    let mut hash: Option<Sha256> = None;
    for address in part.iter().rev() {
        let left = stored(*address).ok_or(PlanError::MissingNode(*address))?;
        hash = Some(hash.map_or(left, |right| node_hash(&left, &right)));
    }
    Ok(hash.unwrap_or_else(super::empty_root))
}

impl InclusionProof {
    /// Plans the proof that leaf `index` is in the tree of `size` leaves (RFC 6962, 2.1.1).
    ///
    /// # Errors
    /// [`PlanError::NoSuchLeaf`].
    pub fn plan(index: u64, size: u64) -> Result<ProofPlan<Self>, PlanError> {
        if index >= size {
            return Err(PlanError::NoSuchLeaf { index, size });
        }
        let mut parts = Vec::new();
        let (mut start, mut end) = (0, size);
        while end - start > 1 {
            let middle = start + split(end - start);
            if index < middle {
                parts.push(cover(middle, end));
                end = middle;
            } else {
                parts.push(cover(start, middle));
                start = middle;
            }
        }
        parts.reverse(); // the RFC lists the siblings from the leaf upwards
        Ok(ProofPlan { parts, proof: Self { index, size, path: Vec::new() } })
    }
}

impl ProofPlan<InclusionProof> {
    /// Makes the proof; `stored` gives the hash at an address.
    ///
    /// # Errors
    /// [`PlanError::MissingNode`].
    pub fn assemble(
        &self,
        stored: impl Fn(NodeAddress) -> Option<Sha256>,
    ) -> Result<InclusionProof, PlanError> {
        Ok(InclusionProof { path: self.path(stored)?, ..self.proof })
    }
}

impl ConsistencyProof {
    /// Plans the proof that the tree of `new_size` leaves begins with the one of `old_size` leaves
    /// (RFC 6962, 2.1.2).
    ///
    /// # Errors
    /// [`PlanError::Shrunk`].
    pub fn plan(old_size: u64, new_size: u64) -> Result<ProofPlan<Self>, PlanError> {
        if old_size > new_size {
            return Err(PlanError::Shrunk { old_size, new_size });
        }
        let mut parts = Vec::new();
        if old_size > 0 && old_size < new_size {
            let (mut start, mut end) = (0, new_size);
            // Walk down to the subtree that ends where the old tree ends.
            while end != old_size {
                let middle = start + split(end - start);
                if old_size <= middle {
                    parts.push(cover(middle, end));
                    end = middle;
                } else {
                    parts.push(cover(start, middle));
                    start = middle;
                }
            }
            // If that subtree is the whole old tree, its root is known to whoever asks.
            if start > 0 {
                parts.push(cover(start, end));
            }
            parts.reverse();
        }
        Ok(ProofPlan { parts, proof: Self { old_size, new_size, path: Vec::new() } })
    }
}

impl ProofPlan<ConsistencyProof> {
    /// Makes the proof; `stored` gives the hash at an address.
    ///
    /// # Errors
    /// [`PlanError::MissingNode`].
    pub fn assemble(
        &self,
        stored: impl Fn(NodeAddress) -> Option<Sha256>,
    ) -> Result<ConsistencyProof, PlanError> {
        Ok(ConsistencyProof { path: self.path(stored)?, ..self.proof })
    }
}

/// The largest power of two below `leaves`, which is at least 2.
const fn split(leaves: u64) -> u64 {
    1 << (leaves - 1).ilog2()
}

/// The complete subtrees that make up the leaves `start..end`, left to right. `start` is a multiple of a
/// power of two that is at least as large as the range, as everywhere in this tree.
fn cover(mut start: u64, end: u64) -> Vec<NodeAddress> {
    let mut parts = Vec::new();
    while start < end {
        let level = (end - start).ilog2();
        parts.push(NodeAddress { level: u8::try_from(level).unwrap_or(u8::MAX), index: start >> level });
        start += 1 << level;
    }
    parts
}
