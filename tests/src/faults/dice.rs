//! Choices that look random and come again from the same seed.

/// A stream of numbers from a seed (`SplitMix64`).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Dice for the case `seed` of the kind of fault `kind`: two kinds of one seed have nothing in common.
    #[must_use]
    pub fn of(kind: &str, seed: u64) -> Self {
        let mixed = kind.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(mixed ^ seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    /// A number below `below`; 0 where that is 0.
    pub const fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let drawn = z ^ (z >> 31);
        if below == 0 { 0 } else { drawn % below }
    }

    /// One of `all`, which is not empty.
    pub fn choose<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let at = usize::try_from(self.roll(all.len() as u64)).unwrap_or(0);
        &all[at]
    }

    /// Whether something that happens in `percent` of all cases happens now.
    pub const fn happens(&mut self, percent: u64) -> bool {
        self.roll(100) < percent
    }
}
