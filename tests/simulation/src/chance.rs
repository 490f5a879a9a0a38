//! The one source of chance of a seed: the same seed throws the same dice in the same order, in every release of every
//! library, so that a seed that failed once can be replayed years later.

/// Dice: SplitMix64 (Steele, Lea and Flood, 2014).
#[derive(Debug)]
pub struct Chance(u64);

impl Chance {
    /// The dice of `seed`; `purpose` keeps those of the script and those of the network apart.
    #[must_use]
    pub const fn new(seed: u64, purpose: u64) -> Self {
        Self(seed.wrapping_mul(0xD134_2543_DE82_EF95) ^ purpose.rotate_left(32))
    }

    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `n`; 0 where there is nothing to choose from.
    pub fn below(&mut self, n: usize) -> usize {
        let n = u64::try_from(n).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % n).unwrap_or_default()
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// One of them.
    pub fn pick<'a, T>(&mut self, among: &'a [T]) -> Option<&'a T> {
        among.get(self.below(among.len()))
    }

    /// One of them, as often as its weight says.
    pub fn weighted<T: Copy>(&mut self, among: &[(usize, T)]) -> Option<T> {
        let mut left = self.below(among.iter().map(|(weight, _)| weight).sum());
        for (weight, one) in among {
            if left < *weight {
                return Some(*one);
            }
            left -= weight;
        }
        None
    }
}
