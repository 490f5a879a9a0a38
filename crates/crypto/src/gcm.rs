//! AES-256-GCM (NIST SP 800-38D) over ring, in the one shape that the sealed formats use:
//! `nonce (12) | ciphertext | tag (16)`.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroizing;

use crate::randomness::{NoRandomness, Randomness, random_bytes};
use crate::secret::Secret32;

pub(crate) const NONCE: usize = 12;
pub(crate) const TAG: usize = 16;

/// Why nothing was sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// There was no nonce to be had, and a nonce is never reused.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// More than one AES-GCM message may hold (about 64 GiB).
    #[error("this is too large to be encrypted in one piece")]
    TooLarge,
}

/// The authentication tag does not fit: other key, other associated data, or changed bytes.
pub(crate) struct Refused;

fn cipher(key: &Secret32) -> Option<LessSafeKey> {
    UnboundKey::new(&AES_256_GCM, key.expose()).ok().map(LessSafeKey::new)
}

/// Appends `nonce | ciphertext | tag` to `header`. The associated data is what `header` held before,
/// followed by `associated`; the header has a fixed length, so the border needs no mark.
pub(crate) fn seal_behind(
    mut header: Vec<u8>,
    key: &Secret32,
    associated: &[u8],
    plaintext: &[u8],
    randomness: &dyn Randomness,
) -> Result<Vec<u8>, SealError> {
    let nonce: [u8; NONCE] = random_bytes(randomness)?;
    let bound = [header.as_slice(), &nonce, associated].concat();
    let cipher = cipher(key).ok_or(SealError::TooLarge)?;
    header.reserve_exact(NONCE + plaintext.len() + TAG);
    header.extend_from_slice(&nonce);
    let start = header.len();
    header.extend_from_slice(plaintext);
    let tag = cipher
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(bound),
            &mut header[start..],
        )
        .map_err(|_| SealError::TooLarge)?;
    header.extend_from_slice(tag.as_ref());
    Ok(header)
}

/// Opens what [`seal_behind`] appended after the first `header_length` bytes of `sealed`.
///
/// The caller has checked that `sealed` holds at least header, nonce and tag; a shorter one is refused.
pub(crate) fn open_behind(
    header_length: usize,
    key: &Secret32,
    associated: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Refused> {
    let (header, body) = sealed.split_at_checked(header_length).ok_or(Refused)?;
    let (nonce, body) = body.split_first_chunk::<NONCE>().ok_or(Refused)?;
    let bound = [header, nonce, associated].concat();
    let mut buffer = Zeroizing::new(body.to_vec());
    let opened = cipher(key)
        .ok_or(Refused)?
        .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(bound), &mut buffer)
        .map_err(|_| Refused)?
        .len();
    buffer.truncate(opened);
    Ok(buffer)
}
