//! Sealing a key to somebody's public key: HPKE base mode (RFC 9180) with DHKEM(X25519, HKDF-SHA256),
//! HKDF-SHA256 and AES-256-GCM.
//!
//! ```text
//! version 0x01 (1) | encapsulated key (32) | ciphertext (32) | tag (16)
//! ```
//!
//! Whoever seals needs only the public key and cannot open the result again: a laptop seals its local data
//! key to the practice's recovery key that nobody holds on a computer, and an enrolled device passes the key
//! of an author's psychotherapy notes to her next one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable as _, Kem as _, OpModeR, OpModeS, Serializable as _};
use zeroize::Zeroizing;

use crate::bytes::fixed_bytes;
use crate::randomness::{NoRandomness, Randomness};
use crate::secret::Secret32;

fixed_bytes! {
    /// The public half of a [`RecipientKey`]: an X25519 public key.
    RecipientPublicKey, 32
}

const VERSION_1: u8 = 1;
const ENCAPSULATED: usize = 32;

/// How many bytes a sealed key has.
pub const SEALED_LENGTH: usize = 1 + ENCAPSULATED + 32 + 16;

/// What is sealed to a recipient. A key sealed for one use does not open as another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Handover {
    /// A device's local data key, to the practice's recovery key.
    PracticeRecovery,
    /// The key of an author's psychotherapy notes, to one of her own devices or her recovery sheet.
    PsychotherapyNotes,
}

impl Handover {
    const fn info(self) -> &'static [u8] {
        match self {
            Self::PracticeRecovery => b"mentalspace practice recovery v1",
            Self::PsychotherapyNotes => b"mentalspace psychotherapy notes v1",
        }
    }
}

/// The private half: an X25519 private key, wiped when dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipientKey(Secret32);

/// A key that only the recipient can open. Holds no secret in clear; base64 in JSON.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SealedKey([u8; SEALED_LENGTH]);

/// Why nothing was sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealToError {
    /// No randomness for the one-time key.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// The public key is none that a private key belongs to.
    #[error("the recipient's public key is not a usable one; nothing was sealed to it")]
    BadPublicKey,
}

/// Why a sealed key did not open. The sealed bytes are left as they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenSealedError {
    /// Not as long as a sealed key is.
    #[error("the sealed key is cut off or longer than it should be")]
    Truncated,
    /// Written by a newer program, or no sealed key at all.
    #[error("the sealed key has a form ({0}) that this version does not know; update the program")]
    UnknownVersion(u8),
    /// Sealed to somebody else, for another use, under other associated data, or changed since.
    #[error(
        "the sealed key was made for another recipient or another use, or was changed; it was not opened"
    )]
    Refused,
}

impl RecipientKey {
    /// A fresh key pair.
    ///
    /// # Errors
    /// [`NoRandomness`] when the source has none.
    pub fn generate(randomness: &dyn Randomness) -> Result<Self, NoRandomness> {
        let material = Secret32::random(randomness)?;
        let (private, _) = X25519HkdfSha256::derive_keypair(material.expose());
        let mut bytes = [0_u8; 32];
        private.write_exact(&mut bytes);
        Ok(Self(Secret32::take(&mut bytes)))
    }

    /// The key with these private bytes, as read from paper or from a wrap. Every 32 bytes are one.
    #[must_use]
    pub const fn from_secret(secret: Secret32) -> Self {
        Self(secret)
    }

    /// The private bytes, to be wrapped or printed.
    #[must_use]
    pub const fn secret(&self) -> &Secret32 {
        &self.0
    }

    /// The public half, to which others seal.
    #[must_use]
    pub fn public_key(&self) -> RecipientPublicKey {
        let mut bytes = [0_u8; 32];
        if let Some(private) = self.private() {
            X25519HkdfSha256::sk_to_pk(&private).write_exact(&mut bytes);
        }
        RecipientPublicKey::from_bytes(bytes)
    }

    /// Opens a key that was sealed to this one for the same use and with the same associated data.
    ///
    /// # Errors
    /// See [`OpenSealedError`].
    pub fn open(
        &self,
        handover: Handover,
        associated: &[u8],
        sealed: &SealedKey,
    ) -> Result<Secret32, OpenSealedError> {
        let private = self.private().ok_or(OpenSealedError::Refused)?;
        let (encapsulated, ciphertext) = sealed.0[1..].split_at(ENCAPSULATED);
        let opened = open_base(&private, handover.info(), associated, encapsulated, ciphertext)
            .ok_or(OpenSealedError::Refused)?;
        Secret32::from_slice(&opened).ok_or(OpenSealedError::Refused)
    }

    fn private(&self) -> Option<Private> {
        Private::from_bytes(self.0.expose()).ok()
    }
}

type Private = <X25519HkdfSha256 as hpke::Kem>::PrivateKey;
type Public = <X25519HkdfSha256 as hpke::Kem>::PublicKey;
type Encapsulated = <X25519HkdfSha256 as hpke::Kem>::EncappedKey;

impl RecipientPublicKey {
    /// Seals `secret` so that only the holder of the private half opens it, for this use and with the same
    /// `associated` data (practice, device and user, framed).
    ///
    /// # Errors
    /// See [`SealToError`].
    pub fn seal(
        &self,
        handover: Handover,
        associated: &[u8],
        secret: &Secret32,
        randomness: &dyn Randomness,
    ) -> Result<SealedKey, SealToError> {
        let public = Public::from_bytes(self.as_bytes()).map_err(|_| SealToError::BadPublicKey)?;
        let sealed = seal_base(&public, handover.info(), associated, secret.expose(), randomness)?;
        let mut bytes = vec![VERSION_1];
        bytes.extend_from_slice(&sealed);
        bytes.try_into().map(SealedKey).map_err(|_| SealToError::BadPublicKey)
    }
}

/// RFC 9180, 6.1, `SealBase`: encapsulated key, then ciphertext and tag.
fn seal_base(
    public: &Public,
    info: &[u8],
    associated: &[u8],
    plaintext: &[u8],
    randomness: &dyn Randomness,
) -> Result<Vec<u8>, SealToError> {
    let mut draw = OneDraw { material: Secret32::random(randomness)?, asked: 0 };
    let (encapsulated, ciphertext) =
        hpke::single_shot_seal_with_rng::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
            &OpModeS::Base,
            public,
            info,
            plaintext,
            associated,
            &mut draw,
        )
        .map_err(|_| SealToError::BadPublicKey)?;
    if draw.asked > 32 {
        return Err(SealToError::NoRandomness(NoRandomness));
    }
    Ok([encapsulated.to_bytes().as_slice(), &ciphertext].concat())
}

/// RFC 9180, 6.1, `OpenBase`.
fn open_base(
    private: &Private,
    info: &[u8],
    associated: &[u8],
    encapsulated: &[u8],
    ciphertext: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let encapsulated = Encapsulated::from_bytes(encapsulated).ok()?;
    hpke::single_shot_open::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        private,
        &encapsulated,
        info,
        ciphertext,
        associated,
    )
    .ok()
    .map(Zeroizing::new)
}

/// The HPKE library wants a source that cannot fail; ours can. So its 32 bytes are drawn beforehand, and
/// what it asks for beyond them is counted and makes the sealing fail.
struct OneDraw {
    material: Secret32,
    asked: usize,
}

impl hpke::rand_core::TryRng for OneDraw {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let mut bytes = [0_u8; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut bytes = [0_u8; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> {
        let unused = self.material.expose().iter().skip(self.asked);
        for (to, from) in out.iter_mut().zip(unused) {
            *to = *from;
        }
        self.asked += out.len();
        Ok(())
    }
}

impl hpke::rand_core::TryCryptoRng for OneDraw {}

impl SealedKey {
    /// Takes stored bytes.
    ///
    /// # Errors
    /// [`OpenSealedError::UnknownVersion`] or [`OpenSealedError::Truncated`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, OpenSealedError> {
        match bytes.first() {
            Some(&VERSION_1) => bytes.try_into().map(Self).map_err(|_| OpenSealedError::Truncated),
            Some(&other) => Err(OpenSealedError::UnknownVersion(other)),
            None => Err(OpenSealedError::Truncated),
        }
    }

    /// The bytes to store.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; SEALED_LENGTH] {
        &self.0
    }
}

impl std::fmt::Debug for SealedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealedKey")
    }
}

impl serde::Serialize for SealedKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64.encode(self.0))
    }
}

impl<'de> serde::Deserialize<'de> for SealedKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        let bytes = BASE64.decode(text.as_bytes()).map_err(serde::de::Error::custom)?;
        Self::from_bytes(&bytes).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex::vector;
    use crate::randomness::{Exhausted, SeededRandomness};

    /// Hands out the bytes of a published vector.
    struct Published(Vec<u8>);

    impl Randomness for Published {
        fn fill(&self, out: &mut [u8]) -> Result<(), NoRandomness> {
            out.copy_from_slice(&self.0);
            Ok(())
        }
    }

    /// The test vectors published with RFC 9180: mode 0, KEM 0x0020, KDF 0x0001, AEAD 0x0002, first message.
    #[test]
    fn sealing_matches_rfc_9180() {
        let key =
            Private::from_bytes(&vector("497b4502664cfea5d5af0b39934dac72242a74f8480451e1aee7d6a53320333d"))
                .unwrap();
        let public = X25519HkdfSha256::sk_to_pk(&key);
        assert_eq!(
            public.to_bytes().as_slice(),
            vector("430f4b9859665145a6b1ba274024487bd66f03a2dd577d7753c68d7d7d00c00c")
        );
        let info = vector("4f6465206f6e2061204772656369616e2055726e");
        let associated = vector("436f756e742d30");
        let plaintext = vector("4265617574792069732074727574682c20747275746820626561757479");
        let encapsulated = vector("6c93e09869df3402d7bf231bf540fadd35cd56be14f97178f0954db94b7fc256");
        let ciphertext = vector(
            "e5d84cd531cfb583096e7cfa9641bd3079cf3a91cda813c52deb5f512be9931980a41de125a925cdad859d5b7a",
        );
        let source = Published(vector("2cd7c601cefb3d42a62b04b7a9041494c06c7843818e0ce28a8f704ae7ab20f9"));
        let sealed = seal_base(&public, &info, &associated, &plaintext, &source).unwrap();
        assert_eq!(sealed, [encapsulated.clone(), ciphertext.clone()].concat());
        let opened = open_base(&key, &info, &associated, &encapsulated, &ciphertext).unwrap();
        assert_eq!(*opened, plaintext);
    }

    /// The same vector's key generation: `ikmR` gives `skRm`.
    #[test]
    fn key_generation_matches_rfc_9180() {
        let source = Published(vector("dac33b0e9db1b59dbbea58d59a14e7b5896e9bdf98fad6891e99d1686492b9ee"));
        let key = RecipientKey::generate(&source).unwrap();
        // The library stores the scalar with X25519's fixed bits set already (RFC 7748, 5).
        let mut expected = vector("497b4502664cfea5d5af0b39934dac72242a74f8480451e1aee7d6a53320333d");
        expected[0] &= 0xf8;
        expected[31] = (expected[31] & 0x7f) | 0x40;
        assert_eq!(key.secret().expose().as_slice(), expected);
        assert_eq!(
            key.public_key().to_hex(),
            "430f4b9859665145a6b1ba274024487bd66f03a2dd577d7753c68d7d7d00c00c"
        );
    }

    fn key(seed: u64) -> RecipientKey {
        RecipientKey::generate(&SeededRandomness::new(seed)).unwrap()
    }

    fn secret() -> Secret32 {
        Secret32::from_bytes([0x42; 32])
    }

    fn sealed() -> SealedKey {
        key(1)
            .public_key()
            .seal(Handover::PracticeRecovery, b"laptop 1", &secret(), &SeededRandomness::new(2))
            .unwrap()
    }

    #[test]
    fn only_the_private_half_opens_it() {
        assert_eq!(key(1).open(Handover::PracticeRecovery, b"laptop 1", &sealed()), Ok(secret()));
        assert_eq!(
            key(2).open(Handover::PracticeRecovery, b"laptop 1", &sealed()),
            Err(OpenSealedError::Refused)
        );
    }

    #[test]
    fn it_opens_for_its_own_use_and_place_only() {
        assert_eq!(
            key(1).open(Handover::PsychotherapyNotes, b"laptop 1", &sealed()),
            Err(OpenSealedError::Refused)
        );
        assert_eq!(
            key(1).open(Handover::PracticeRecovery, b"laptop 2", &sealed()),
            Err(OpenSealedError::Refused)
        );
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let sealed = sealed();
        for bit in 0..SEALED_LENGTH * 8 {
            let mut bytes = *sealed.as_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let outcome = SealedKey::from_bytes(&bytes)
                .and_then(|sealed| key(1).open(Handover::PracticeRecovery, b"laptop 1", &sealed));
            // X25519 ignores the top bit of a public key, but the key schedule binds the encapsulated bytes.
            assert!(outcome.is_err(), "bit {bit}");
        }
    }

    #[test]
    fn two_sealings_of_one_key_differ() {
        let source = SeededRandomness::new(7);
        let seal = || key(1).public_key().seal(Handover::PracticeRecovery, b"", &secret(), &source).unwrap();
        assert_ne!(seal(), seal());
    }

    #[test]
    fn nothing_is_sealed_without_randomness_or_to_a_point_of_small_order() {
        let public = key(1).public_key();
        assert_eq!(
            public.seal(Handover::PracticeRecovery, b"", &secret(), &Exhausted),
            Err(SealToError::NoRandomness(NoRandomness))
        );
        let zero = RecipientPublicKey::from_bytes([0; 32]);
        assert_eq!(
            zero.seal(Handover::PracticeRecovery, b"", &secret(), &SeededRandomness::new(1)),
            Err(SealToError::BadPublicKey)
        );
        assert!(RecipientKey::generate(&Exhausted).is_err());
    }

    #[test]
    fn stored_bytes_of_another_form_are_refused() {
        assert_eq!(SealedKey::from_bytes(&[]), Err(OpenSealedError::Truncated));
        assert_eq!(SealedKey::from_bytes(&[1; 80]), Err(OpenSealedError::Truncated));
        assert_eq!(SealedKey::from_bytes(&[3; 81]), Err(OpenSealedError::UnknownVersion(3)));
        let json = serde_json::to_string(&sealed()).unwrap();
        assert_eq!(serde_json::from_str::<SealedKey>(&json).unwrap(), sealed());
        assert!(serde_json::from_str::<SealedKey>("\"AQ==\"").is_err());
    }
}
