//! The right edge of a tree: enough to append and to know the root.

use serde::{Deserialize, Serialize};

use super::{NodeAddress, empty_root, node_hash};
use crate::digest::Sha256;

/// A tree reduced to its size and the roots of its complete subtrees, the largest first.
///
/// A tree of `n` leaves has as many of them as `n` has binary ones, so never more than 64 however long the
/// log is. The server keeps this beside the last signed head and appends without reading a leaf.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Frontier {
    size: u64,
    peaks: Vec<Sha256>,
}

/// The number of hashes does not belong to the size: the stored frontier is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stored edge of the log has {found} hashes where a log of {size} entries has {expected}")]
pub struct BadFrontier {
    /// The size that was stored.
    pub size: u64,
    /// How many hashes belong to it.
    pub expected: u32,
    /// How many were stored.
    pub found: usize,
}

#[derive(Clone, Serialize, Deserialize)]
struct Stored {
    size: u64,
    peaks: Vec<Sha256>,
}

impl Frontier {
    /// The empty tree.
    #[must_use]
    pub const fn new() -> Self {
        Self { size: 0, peaks: Vec::new() }
    }

    /// Puts a stored frontier together again.
    ///
    /// # Errors
    /// [`BadFrontier`] when the number of hashes does not belong to the size. Wrong hashes are not seen
    /// here; they give a root that the last signed head contradicts.
    pub fn from_parts(size: u64, peaks: Vec<Sha256>) -> Result<Self, BadFrontier> {
        let expected = size.count_ones();
        if u32::try_from(peaks.len()) == Ok(expected) {
            Ok(Self { size, peaks })
        } else {
            Err(BadFrontier { size, expected, found: peaks.len() })
        }
    }

    /// How many leaves the tree has.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the complete subtrees, the largest first.
    #[must_use]
    pub fn peaks(&self) -> &[Sha256] {
        &self.peaks
    }

    /// Appends a leaf by its hash and gives the nodes that are complete now: the leaf itself first, then
    /// each subtree that it was the last leaf of. They never change again; a log that serves proofs stores
    /// them under their addresses.
    pub fn append(&mut self, leaf: Sha256) -> Vec<(NodeAddress, Sha256)> {
        let mut address = NodeAddress { level: 0, index: self.size };
        let mut hash = leaf;
        let mut completed = vec![(address, hash)];
        // Each trailing one of the size is a complete subtree that the new one merges with.
        while address.index % 2 == 1
            && let Some(left) = self.peaks.pop()
        {
            hash = node_hash(&left, &hash);
            address = NodeAddress { level: address.level + 1, index: address.index / 2 };
            completed.push((address, hash));
        }
        self.peaks.push(hash);
        self.size += 1;
        completed
    }

    /// The root over all leaves so far.
    #[must_use]
    pub fn root(&self) -> Sha256 {
        self.peaks
            .iter()
            .rev()
            .copied()
            .reduce(|right, left| node_hash(&left, &right))
            .unwrap_or_else(empty_root)
    }
}

impl TryFrom<Stored> for Frontier {
    type Error = BadFrontier;

    fn try_from(stored: Stored) -> Result<Self, BadFrontier> {
        Self::from_parts(stored.size, stored.peaks)
    }
}

impl From<Frontier> for Stored {
    fn from(frontier: Frontier) -> Self {
        Self { size: frontier.size, peaks: frontier.peaks }
    }
}
