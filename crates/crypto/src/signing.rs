//! Signatures: Ed25519 (RFC 8032) by way of ring.

use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};

use crate::bytes::fixed_bytes;
use crate::randomness::{NoRandomness, Randomness};
use crate::secret::Secret32;

fixed_bytes! {
    /// A public key as it is published. It is only bytes: [`VerifyingKey::new`] looks at them before they
    /// may vouch for anything.
    PublicKey, 32
}

fixed_bytes! {
    /// An Ed25519 signature: `R | S` as in RFC 8032, 5.1.6.
    Signature, 64
}

/// The private half. Holds only the 32-byte seed, wiped when dropped; ring expands it for each signature
/// (about 20 µs), so that no expanded copy stays in memory between signatures.
#[derive(Clone, Debug)]
pub struct SigningKey {
    seed: Secret32,
    public: PublicKey,
}

/// A public key that has been looked at and may verify.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct VerifyingKey(PublicKey);

/// A seed from which no key can be made. Does not occur with 32 bytes; kept so that nothing here panics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SigningError {
    /// No randomness for a new key.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// The cipher library refused the seed.
    #[error("the signing key cannot be used; nothing was signed")]
    Unusable,
}

/// The public key is one with which anybody could sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this public key is a weak one that would accept signatures nobody made; it was not accepted")]
pub struct WeakKey;

/// The signature is not by this key over these bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not belong to this text and this signer")]
pub struct BadSignature;

impl SigningKey {
    /// The key that belongs to `seed`.
    ///
    /// # Errors
    /// [`SigningError::Unusable`], which does not occur for any known seed.
    pub fn from_seed(seed: Secret32) -> Result<Self, SigningError> {
        let public = expand(&seed)?.public_key().as_ref().try_into().map_err(|_| SigningError::Unusable)?;
        Ok(Self { seed, public })
    }

    /// A fresh key.
    ///
    /// # Errors
    /// [`SigningError::NoRandomness`] when the source has none.
    pub fn generate(randomness: &dyn Randomness) -> Result<Self, SigningError> {
        Self::from_seed(Secret32::random(randomness)?)
    }

    /// The seed, to be wrapped.
    #[must_use]
    pub const fn seed(&self) -> &Secret32 {
        &self.seed
    }

    /// The public half.
    #[must_use]
    pub const fn public_key(&self) -> PublicKey {
        self.public
    }

    /// Signs `message`. The bytes must say by themselves what is signed (begin with a label of their kind),
    /// so that a signature over one kind of text can never be shown as one over another.
    ///
    /// # Errors
    /// [`SigningError::Unusable`], which does not occur for a key that was made.
    pub fn sign(&self, message: &[u8]) -> Result<Signature, SigningError> {
        let signature = expand(&self.seed)?.sign(message);
        signature.as_ref().try_into().map_err(|_| SigningError::Unusable)
    }
}

fn expand(seed: &Secret32) -> Result<Ed25519KeyPair, SigningError> {
    Ed25519KeyPair::from_seed_unchecked(seed.expose()).map_err(|_| SigningError::Unusable)
}

impl VerifyingKey {
    /// Accepts a public key unless it is a point of small order.
    ///
    /// Under such a key one signature fits many messages, so whoever registered it could disown what they
    /// signed. There are eight such points; together with their non-canonical spellings fourteen encodings.
    ///
    /// # Errors
    /// [`WeakKey`].
    pub fn new(key: PublicKey) -> Result<Self, WeakKey> {
        let mut bytes = *key.as_bytes();
        bytes[31] &= 0x7f; // the sign of x, which does not change the order
        if SMALL_ORDER.contains(&bytes) { Err(WeakKey) } else { Ok(Self(key)) }
    }

    /// The key as it is published.
    #[must_use]
    pub const fn public_key(&self) -> PublicKey {
        self.0
    }

    /// Checks that `signature` is by this key over exactly these bytes.
    ///
    /// # Errors
    /// [`BadSignature`].
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), BadSignature> {
        UnparsedPublicKey::new(&ED25519, self.0.as_bytes())
            .verify(message, signature.as_bytes())
            .map_err(|_| BadSignature)
    }
}

impl TryFrom<PublicKey> for VerifyingKey {
    type Error = WeakKey;

    fn try_from(key: PublicKey) -> Result<Self, WeakKey> {
        Self::new(key)
    }
}

/// The y coordinates of the points whose order divides 8, with the sign bit cleared: 0, 1, p−1, the two of
/// order 8, and the spellings p and p+1 of 0 and 1.
const SMALL_ORDER: [[u8; 32]; 7] = [
    [
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    ],
    [
        0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    ],
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5,
        0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a,
        0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
    [
        0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
    ],
    [
        0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
    ],
    [
        0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
    ],
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex::vector;
    use crate::randomness::{Exhausted, SeededRandomness};

    fn key(seed: &str) -> SigningKey {
        SigningKey::from_seed(Secret32::from_slice(&vector(seed)).unwrap()).unwrap()
    }

    fn verifying(key: &SigningKey) -> VerifyingKey {
        VerifyingKey::new(key.public_key()).unwrap()
    }

    /// RFC 8032, 7.1: TEST 1, 2, 3 and SHA(abc).
    #[test]
    fn signatures_match_rfc_8032() {
        for (seed, public, message, signature) in [
            (
                "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
                "",
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b\
                 d25bf5f0595bbe24655141438e7a100b",
            ),
            (
                "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
                "72",
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c\
                 387b2eaeb4302aeeb00d291612bb0c00",
            ),
            (
                "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
                "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
                "af82",
                "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659\
                 4a7c15e9716ed28dc027beceea1ec40a",
            ),
            (
                "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
                "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd\
                 454d4423643ce80e2a9ac94fa54ca49f",
                "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e030\
                 3dca179c138ac17ad9bef1177331a704",
            ),
        ] {
            let key = key(seed);
            let message = vector(message);
            assert_eq!(key.public_key().as_bytes().as_slice(), vector(public));
            let made = key.sign(&message).unwrap();
            assert_eq!(made.as_bytes().as_slice(), vector(signature));
            assert_eq!(verifying(&key).verify(&message, &made), Ok(()));
        }
    }

    #[test]
    fn every_flipped_bit_of_text_or_signature_is_noticed() {
        let key = SigningKey::generate(&SeededRandomness::new(1)).unwrap();
        let message = b"signed note";
        let signature = key.sign(message).unwrap();
        for bit in 0..message.len() * 8 {
            let mut changed = *message;
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(verifying(&key).verify(&changed, &signature), Err(BadSignature));
        }
        for bit in 0..Signature::LENGTH * 8 {
            let mut changed = *signature.as_bytes();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(verifying(&key).verify(message, &Signature::from_bytes(changed)), Err(BadSignature));
        }
    }

    #[test]
    fn another_signer_is_refused() {
        let source = SeededRandomness::new(1);
        let (one, two) = (SigningKey::generate(&source).unwrap(), SigningKey::generate(&source).unwrap());
        let signature = one.sign(b"text").unwrap();
        assert_eq!(verifying(&two).verify(b"text", &signature), Err(BadSignature));
    }

    /// RFC 8032, 5.1.7: S must be below the group order, or one signature would have two spellings.
    #[test]
    fn a_second_spelling_of_a_signature_is_refused() {
        let key = SigningKey::generate(&SeededRandomness::new(4)).unwrap();
        let mut bytes = *key.sign(b"text").unwrap().as_bytes();
        let order = vector("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
        let mut carry = 0_u16;
        for (byte, add) in bytes[32..].iter_mut().zip(order) {
            let sum = u16::from(*byte) + u16::from(add) + carry;
            *byte = sum.to_le_bytes()[0];
            carry = sum >> 8;
        }
        assert_eq!(verifying(&key).verify(b"text", &Signature::from_bytes(bytes)), Err(BadSignature));
    }

    #[test]
    fn weak_public_keys_are_not_accepted() {
        for mut weak in SMALL_ORDER {
            assert_eq!(VerifyingKey::new(PublicKey::from_bytes(weak)), Err(WeakKey));
            weak[31] |= 0x80;
            assert_eq!(VerifyingKey::new(PublicKey::from_bytes(weak)), Err(WeakKey));
        }
    }

    /// The control for the test above: what the check keeps out does work as a forgery.
    #[test]
    fn without_the_check_a_weak_key_verifies_what_nobody_signed() {
        let mut identity = [0_u8; 32];
        identity[0] = 1;
        let unchecked = VerifyingKey(PublicKey::from_bytes(identity));
        let mut forged = [0_u8; 64]; // R is the identity, S is zero
        forged[0] = 1;
        let forged = Signature::from_bytes(forged);
        assert_eq!(unchecked.verify(b"any text", &forged), Ok(()));
        assert_eq!(unchecked.verify(b"any other text", &forged), Ok(()));
    }

    #[test]
    fn debug_hides_the_seed_and_a_copy_signs_alike() {
        let key = key("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        let shown = format!("{key:?}");
        assert!(!shown.contains("9d61") && !shown.contains("157, 97"), "{shown}");
        let copy = SigningKey::from_seed(key.seed().clone()).unwrap();
        assert_eq!(copy.sign(b"x").unwrap(), key.sign(b"x").unwrap());
    }

    #[test]
    fn keys_and_signatures_travel_as_hexadecimal() {
        let key = SigningKey::generate(&SeededRandomness::new(9)).unwrap();
        let signature = key.sign(b"x").unwrap();
        let json = serde_json::to_string(&(key.public_key(), signature)).unwrap();
        assert_eq!(json.len(), 2 * (32 + 64) + 7);
        let back: (PublicKey, Signature) = serde_json::from_str(&json).unwrap();
        assert_eq!(back, (key.public_key(), signature));
    }

    #[test]
    fn no_key_without_randomness() {
        assert_eq!(SigningKey::generate(&Exhausted).unwrap_err(), SigningError::NoRandomness(NoRandomness));
    }
}
