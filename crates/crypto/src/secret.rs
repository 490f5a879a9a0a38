//! Secrets: wiped when dropped, silent in logs, compared in constant time.

use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::randomness::{NoRandomness, Randomness};

/// `N` secret bytes.
///
/// The bytes are overwritten when the value is dropped, `Debug` shows only the length, equality takes the
/// same time wherever the first difference is, and there is no `Display` and no serde: a secret leaves
/// through [`expose`](Self::expose), which is easy to search for in a review. Copies that a cipher keeps in
/// its own key schedule for the length of one call are outside its reach.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Secret<const N: usize>([u8; N]);

/// A secret of 16 bytes, such as a refresh token.
pub type Secret16 = Secret<16>;

/// A secret of 32 bytes: every symmetric key and every private key of this crate.
pub type Secret32 = Secret<32>;

impl<const N: usize> Secret<N> {
    /// Takes bytes that the caller has no other copy of. If the caller keeps them in a variable, use
    /// [`take`](Self::take), which wipes it.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; N]) -> Self {
        Self(bytes)
    }

    /// Moves the bytes out of `source` and overwrites it with zeros.
    #[must_use]
    pub fn take(source: &mut [u8; N]) -> Self {
        let secret = Self(*source);
        source.zeroize();
        secret
    }

    /// Copies a slice, or gives `None` when it is not exactly `N` bytes long.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// A fresh random secret.
    ///
    /// # Errors
    /// [`NoRandomness`] when the source has none.
    pub fn random(randomness: &dyn Randomness) -> Result<Self, NoRandomness> {
        let mut secret = Self([0; N]);
        randomness.fill(&mut secret.0)?;
        Ok(secret)
    }

    /// The bytes themselves. Do not store, log or format them.
    #[must_use]
    pub const fn expose(&self) -> &[u8; N] {
        &self.0
    }

    /// Gives the bytes to `fill` to write into, for results that must never lie in a second place.
    pub(crate) const fn expose_mut(&mut self) -> &mut [u8; N] {
        &mut self.0
    }

    /// A secret of zeros, to be filled at once.
    pub(crate) const fn blank() -> Self {
        Self([0; N])
    }
}

impl<const N: usize> PartialEq for Secret<N> {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl<const N: usize> Eq for Secret<N> {}

impl<const N: usize> std::fmt::Debug for Secret<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secret({N} bytes)")
    }
}

/// Whether two byte strings are equal, in a time that depends on their lengths only.
#[must_use]
pub fn equal_in_constant_time(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::randomness::{Exhausted, SeededRandomness};

    #[test]
    fn debug_shows_no_byte_of_it() {
        let secret = Secret32::from_bytes([0xa7; 32]);
        let shown = format!("{secret:?} {secret:#?}");
        assert_eq!(shown, "Secret(32 bytes) Secret(32 bytes)");
        // The control: an array left bare does show them, in this very notation.
        assert!(format!("{:?}", [0xa7_u8; 2]).contains("167"));
    }

    #[test]
    fn take_wipes_where_it_took_from() {
        let mut source = [9_u8; 16];
        let secret = Secret16::take(&mut source);
        assert_eq!(source, [0; 16]);
        assert_eq!(secret.expose(), &[9; 16]);
    }

    #[test]
    fn zeroize_overwrites_the_bytes() {
        let mut secret = Secret32::from_bytes([1; 32]);
        secret.zeroize();
        assert_eq!(secret.expose(), &[0; 32]);
        const { assert!(std::mem::needs_drop::<Secret32>(), "dropping must wipe") };
    }

    #[test]
    fn equality_sees_every_bit() {
        let secret = Secret32::from_bytes([0; 32]);
        for bit in 0..256 {
            let mut other = [0_u8; 32];
            other[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(secret, Secret32::from_bytes(other));
        }
        assert_eq!(secret, secret.clone());
        assert!(!equal_in_constant_time(b"ab", b"abc"));
    }

    #[test]
    fn only_the_right_length_is_taken_from_a_slice() {
        assert!(Secret32::from_slice(&[0; 31]).is_none());
        assert!(Secret32::from_slice(&[0; 33]).is_none());
        assert!(Secret32::from_slice(&[0; 32]).is_some());
    }

    #[test]
    fn a_random_secret_needs_randomness() {
        assert!(Secret32::random(&Exhausted).is_err());
        let source = SeededRandomness::new(3);
        assert_ne!(Secret32::random(&source).unwrap(), Secret32::random(&source).unwrap());
    }
}
