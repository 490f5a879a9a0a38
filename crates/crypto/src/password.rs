//! Passwords: the one rule for choosing them, and Argon2id (RFC 9106) for everything done with them.
//!
//! Both programs use these functions, so invitation, reset, change and the desktop give the same verdict on
//! the same password, and no path stretches it more cheaply than another.

mod login;
mod params;
mod policy;

use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

pub use login::{LoginHash, LoginHashError};
pub use params::{Argon2Params, KdfError, SALT_LENGTH};
pub use policy::{MAX_CHARS, MIN_CHARS, PasswordRefusal, check};

use crate::secret::Secret32;

/// A password as it was typed, in Unicode NFC, wiped when dropped and silent in `Debug`.
///
/// NFC, because one keyboard sends "é" as one character and another as two: without it a clinician could not
/// sign in from the other machine. Nothing else is changed: no trimming, no case, no truncation.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// Takes what was typed. The caller wipes its own copy.
    #[must_use]
    pub fn new(typed: &str) -> Self {
        // NFC text can grow threefold at most; the reserve keeps a reallocation from leaving a copy behind.
        let mut text = Zeroizing::new(String::with_capacity(typed.len() * 3));
        text.extend(typed.nfc());
        Self(text)
    }

    /// How many Unicode characters it has, after NFC.
    #[must_use]
    pub fn char_count(&self) -> usize {
        self.0.chars().count()
    }

    fn text(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(hidden)")
    }
}

/// Stretches a password into the 32-byte key that helps to unlock a device.
///
/// The same password, salt and parameters give the same key on every machine. The parameters come from the
/// header of a file, so they are checked at both ends: below the device floor somebody has weakened the
/// header, above the ceiling it is damaged or meant to exhaust the machine. Takes about half a second and
/// `m_kib` of memory at [`Argon2Params::DEVICE`]; call it off the user-interface thread.
///
/// # Errors
/// See [`KdfError`].
pub fn derive_device_key(
    password: &Password,
    salt: &[u8; SALT_LENGTH],
    params: &Argon2Params,
) -> Result<Secret32, KdfError> {
    params.require_device_floor()?;
    params.stretch(password.text().as_bytes(), salt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn composed_and_decomposed_spellings_are_one_password() {
        let composed = Password::new("caf\u{e9} sur la place");
        let decomposed = Password::new("cafe\u{301} sur la place");
        assert_eq!(composed.text(), decomposed.text());
        assert_eq!(decomposed.char_count(), 17);
    }

    #[test]
    fn nothing_else_is_changed() {
        for typed in [" leading", "trailing ", "UPPER lower", "tab\tnew\nline", "", "日本語のパスワード"]
        {
            assert_eq!(Password::new(typed).text(), typed);
        }
    }

    #[test]
    fn debug_hides_it() {
        assert_eq!(format!("{:?}", Password::new("violet harbour")), "Password(hidden)");
    }

    #[test]
    fn a_weakened_header_is_refused_before_anything_is_stretched() {
        let weak = Argon2Params { m_kib: 8, t: 1, p: 1 };
        let refusal = derive_device_key(&Password::new("violet harbour"), &[0; SALT_LENGTH], &weak);
        assert_eq!(refusal, Err(KdfError::TooWeak { asked: weak, floor: Argon2Params::device_floor() }));
    }

    /// Recomputed outside with the reference implementation of Argon2. Takes 128 MiB and about half a second:
    /// the one test that runs what a clinician waits for.
    #[test]
    fn the_shipped_device_settings_give_the_reference_key() {
        let password = Password::new("violet harbour 1928");
        let key = derive_device_key(&password, &[7; SALT_LENGTH], &Argon2Params::DEVICE).unwrap();
        assert_eq!(
            crate::hex::encode(key.expose()),
            "b3b06f805a45e0dd202529cd9eded9dd242fae17bdff996a24c8859c72628a27"
        );
    }
}
