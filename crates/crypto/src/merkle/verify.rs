//! Checking proofs, with nothing but the proof and two hashes (RFC 9162, 2.1.3.2 and 2.1.4.2, which state
//! the checks for the tree of RFC 6962).

use super::{ConsistencyProof, InclusionProof, node_hash};
use crate::digest::Sha256;

/// The proof does not show what it claims. For a consistency proof this means: the log that is offered now
/// is not the continuation of the one seen before. That is an alarm and never a reason to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the proof does not fit: this log is not the one that was seen before, or the entry is not in it")]
pub struct ProofRefused;

impl InclusionProof {
    /// Checks that `leaf` (the *hash* of the leaf, see [`leaf_hash`](super::leaf_hash)) is at
    /// [`index`](Self::index) of the tree with this root.
    ///
    /// # Errors
    /// [`ProofRefused`].
    pub fn verify(&self, leaf: &Sha256, root: &Sha256) -> Result<(), ProofRefused> {
        if self.index >= self.size {
            return Err(ProofRefused);
        }
        let (mut place, mut last) = (self.index, self.size - 1);
        let mut hash = *leaf;
        for sibling in &self.path {
            if last == 0 {
                return Err(ProofRefused);
            }
            if place % 2 == 1 || place == last {
                hash = node_hash(sibling, &hash);
                // A node without a right neighbour moves up unchanged until it has a left one.
                while place.is_multiple_of(2) && place != 0 {
                    place >>= 1;
                    last >>= 1;
                }
            } else {
                hash = node_hash(&hash, sibling);
            }
            place >>= 1;
            last >>= 1;
        }
        if last == 0 && hash == *root { Ok(()) } else { Err(ProofRefused) }
    }
}

impl ConsistencyProof {
    /// Checks that the tree with `new_root` begins with the tree that had `old_root`.
    ///
    /// The sizes in the proof are claims of whoever made it: compare them with those of the two signed heads
    /// before calling this.
    ///
    /// # Errors
    /// [`ProofRefused`].
    pub fn verify(&self, old_root: &Sha256, new_root: &Sha256) -> Result<(), ProofRefused> {
        if self.old_size > self.new_size {
            return Err(ProofRefused);
        }
        if self.old_size == self.new_size {
            return if self.path.is_empty() && old_root == new_root { Ok(()) } else { Err(ProofRefused) };
        }
        if self.old_size == 0 {
            // Every log begins with the empty one, whose root is known.
            return if self.path.is_empty() && *old_root == super::empty_root() {
                Ok(())
            } else {
                Err(ProofRefused)
            };
        }
        self.walk(old_root, new_root)
    }

    fn walk(&self, old_root: &Sha256, new_root: &Sha256) -> Result<(), ProofRefused> {
        // A complete old tree is itself the first node; the proof then leaves its root out.
        let complete = self.old_size.is_power_of_two();
        let mut path = self.path.iter();
        let first = if complete { old_root } else { path.next().ok_or(ProofRefused)? };
        let (mut place, mut last) = (self.old_size - 1, self.new_size - 1);
        while place % 2 == 1 {
            place >>= 1;
            last >>= 1;
        }
        let (mut old, mut new) = (*first, *first);
        for sibling in path {
            if last == 0 {
                return Err(ProofRefused);
            }
            if place % 2 == 1 || place == last {
                old = node_hash(sibling, &old);
                new = node_hash(sibling, &new);
                while place.is_multiple_of(2) && place != 0 {
                    place >>= 1;
                    last >>= 1;
                }
            } else {
                new = node_hash(&new, sibling);
            }
            place >>= 1;
            last >>= 1;
        }
        if last == 0 && old == *old_root && new == *new_root { Ok(()) } else { Err(ProofRefused) }
    }
}
