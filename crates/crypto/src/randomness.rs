//! Where random bytes come from: handed in, never reached for.

use ring::rand::SecureRandom as _;

/// A source of random bytes fit for keys and nonces.
///
/// Functions take `&dyn Randomness` so that who calls decides: the programs pass [`SystemRandomness`], a
/// simulation passes the seeded source and gets the same keys, nonces and salts in every replay.
pub trait Randomness: Send + Sync {
    /// Fills all of `out`.
    ///
    /// # Errors
    /// [`NoRandomness`] when the source cannot give bytes; `out` must then not be used.
    fn fill(&self, out: &mut [u8]) -> Result<(), NoRandomness>;
}

/// The source of randomness gave nothing. No key, nonce or salt may be made from what is in the buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "This computer gave no random numbers, so nothing was encrypted or changed. \
     Try again; if it happens twice, restart the computer."
)]
pub struct NoRandomness;

/// The random numbers of the operating system, by way of ring.
#[derive(Clone, Debug)]
pub struct SystemRandomness(ring::rand::SystemRandom);

impl SystemRandomness {
    /// Opens nothing and reads nothing until the first [`fill`](Randomness::fill).
    #[must_use]
    pub fn new() -> Self {
        Self(ring::rand::SystemRandom::new())
    }
}

impl Default for SystemRandomness {
    fn default() -> Self {
        Self::new()
    }
}

impl Randomness for SystemRandomness {
    fn fill(&self, out: &mut [u8]) -> Result<(), NoRandomness> {
        self.0.fill(out).map_err(|_| NoRandomness)
    }
}

/// `N` random bytes.
///
/// # Errors
/// [`NoRandomness`] when the source has none.
pub fn random_bytes<const N: usize>(randomness: &dyn Randomness) -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0_u8; N];
    randomness.fill(&mut bytes)?;
    Ok(bytes)
}

#[cfg(any(test, feature = "seeded-randomness"))]
pub use seeded::SeededRandomness;

#[cfg(any(test, feature = "seeded-randomness"))]
mod seeded {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::{NoRandomness, Randomness};

    /// A reproducible source for tests and simulations: block `n` is SHA-256 of (seed, n). The same seed
    /// gives the same bytes in the same order of calls. Never for data that anybody cares about.
    #[derive(Debug)]
    pub struct SeededRandomness {
        seed: u64,
        next_block: AtomicU64,
    }

    impl SeededRandomness {
        /// Starts the sequence that belongs to `seed`.
        #[must_use]
        pub const fn new(seed: u64) -> Self {
            Self { seed, next_block: AtomicU64::new(0) }
        }
    }

    impl Randomness for SeededRandomness {
        fn fill(&self, out: &mut [u8]) -> Result<(), NoRandomness> {
            for chunk in out.chunks_mut(32) {
                let block = self.next_block.fetch_add(1, Ordering::Relaxed);
                let mut input = *b"mentalspace seeded..............";
                input[16..24].copy_from_slice(&self.seed.to_be_bytes());
                input[24..].copy_from_slice(&block.to_be_bytes());
                chunk.copy_from_slice(&crate::sha256(&input).as_bytes()[..chunk.len()]);
            }
            Ok(())
        }
    }
}

/// A source that always fails, for the tests of what happens then.
#[cfg(test)]
#[derive(Debug)]
pub(crate) struct Exhausted;

#[cfg(test)]
impl Randomness for Exhausted {
    fn fill(&self, _out: &mut [u8]) -> Result<(), NoRandomness> {
        Err(NoRandomness)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_replays_and_another_does_not() {
        let draw = |seed| random_bytes::<80>(&SeededRandomness::new(seed)).unwrap();
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn two_draws_from_one_source_differ() {
        let seeded = SeededRandomness::new(1);
        assert_ne!(random_bytes::<32>(&seeded).unwrap(), random_bytes::<32>(&seeded).unwrap());
        let system = SystemRandomness::new();
        assert_ne!(random_bytes::<32>(&system).unwrap(), random_bytes::<32>(&system).unwrap());
    }

    #[test]
    fn an_exhausted_source_is_an_error_and_not_a_block_of_zeros() {
        assert_eq!(random_bytes::<16>(&Exhausted), Err(NoRandomness));
    }
}
