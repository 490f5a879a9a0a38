//! Chance that is the same in every run: the generator called `SplitMix64`.

use std::time::Duration;

/// A stream of numbers from a seed.
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) const fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Uniform over all of `u32`.
    pub(super) const fn spread(&mut self) -> u32 {
        (self.next() >> 32) as u32
    }

    /// Between 0 and 1.
    pub(super) fn share(&mut self) -> f64 {
        f64::from(self.spread()) / f64::from(u32::MAX)
    }

    /// About `span`: from `1 - by` to `1 + by` times it.
    pub(super) fn about(&mut self, span: Duration, by: f64) -> Duration {
        span.mul_f64(1.0 - by + 2.0 * by * self.share())
    }
}
