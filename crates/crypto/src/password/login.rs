//! Passwords on the server: stored as PHC strings, checked, and replaced when the settings rise.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use ring::hmac;

use super::{Argon2Params, KdfError, Password, SALT_LENGTH};
use crate::randomness::{NoRandomness, Randomness, random_bytes};
use crate::secret::{Secret32, equal_in_constant_time};

/// A stored password hash: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`.
///
/// What Argon2id is given is not the password but the hexadecimal HMAC-SHA256 of its NFC bytes under the
/// server's pepper. A stolen table is worth nothing without the pepper, and whoever has both can recompute a
/// row with `openssl dgst -sha256 -mac HMAC` and the ordinary `argon2` command.
#[derive(Clone, PartialEq, Eq)]
pub struct LoginHash {
    params: Argon2Params,
    salt: [u8; SALT_LENGTH],
    hash: [u8; 32],
}

/// Why a password could not be stored or checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoginHashError {
    /// No randomness for a salt.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// The settings are refused, or stretching failed.
    #[error(transparent)]
    Kdf(#[from] KdfError),
    /// The stored text is no Argon2id PHC string of this product.
    #[error("the stored password hash is damaged; the account needs a new password")]
    NotAPhcString,
}

impl LoginHash {
    /// Stretches `password` with a fresh salt. Does not judge the password: see [`check`](super::check).
    ///
    /// # Errors
    /// [`KdfError::TooWeak`] below the server floor, [`LoginHashError::NoRandomness`] without a salt.
    pub fn create(
        password: &Password,
        pepper: &Secret32,
        params: &Argon2Params,
        randomness: &dyn Randomness,
    ) -> Result<Self, LoginHashError> {
        params.require_server_floor()?;
        let salt = random_bytes(randomness)?;
        Ok(Self { params: *params, salt, hash: peppered(password, pepper, params, &salt)? })
    }

    /// A hash that no password fits. Checking against it costs as much as against a real one: the answer
    /// to an unknown user name then takes as long as the answer to a wrong password.
    ///
    /// # Errors
    /// [`NoRandomness`] when the source has none.
    pub fn of_nobody(params: &Argon2Params, randomness: &dyn Randomness) -> Result<Self, NoRandomness> {
        Ok(Self { params: *params, salt: random_bytes(randomness)?, hash: random_bytes(randomness)? })
    }

    /// Whether `password` is the one that was stored. Old hashes below today's floor are still checked, or
    /// nobody could sign in to have them replaced.
    ///
    /// # Errors
    /// [`KdfError`] when the stored settings ask for too much or memory is short. That is not "wrong
    /// password" and must not count as a failed attempt.
    pub fn verify(&self, password: &Password, pepper: &Secret32) -> Result<bool, KdfError> {
        let hash = peppered(password, pepper, &self.params, &self.salt)?;
        Ok(equal_in_constant_time(&hash, &self.hash))
    }

    /// Whether a successful sign-in should store the password anew, because it was stretched less than
    /// `wanted` in any of the three parameters.
    #[must_use]
    pub const fn needs_rehash(&self, wanted: &Argon2Params) -> bool {
        !self.params.reaches(wanted)
    }

    /// The settings in the string.
    #[must_use]
    pub const fn params(&self) -> &Argon2Params {
        &self.params
    }
}

fn peppered(
    password: &Password,
    pepper: &Secret32,
    params: &Argon2Params,
    salt: &[u8; SALT_LENGTH],
) -> Result<[u8; 32], KdfError> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, pepper.expose());
    let tag = hmac::sign(&key, password.text().as_bytes());
    let input = zeroize::Zeroizing::new(crate::hex::encode(tag.as_ref()));
    params.stretch(input.as_bytes(), salt).map(|key| *key.expose())
}

impl std::fmt::Display for LoginHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "$argon2id$v=19${}${}${}", self.params, BASE64.encode(self.salt), BASE64.encode(self.hash))
    }
}

/// Shows the settings only: a hash in a log is a hash to attack.
impl std::fmt::Debug for LoginHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LoginHash({})", self.params)
    }
}

impl std::str::FromStr for LoginHash {
    type Err = LoginHashError;

    /// Reads the PHC string back, in exactly the form that `Display` writes.
    fn from_str(text: &str) -> Result<Self, LoginHashError> {
        parse(text).ok_or(LoginHashError::NotAPhcString)
    }
}

fn parse(text: &str) -> Option<LoginHash> {
    let mut parts = text.strip_prefix("$argon2id$v=19$")?.split('$');
    let (settings, salt, hash) = (parts.next()?, parts.next()?, parts.next()?);
    let mut settings = settings.split(',');
    let mut number = |name: &str| settings.next()?.strip_prefix(name)?.parse::<u32>().ok();
    let params = Argon2Params { m_kib: number("m=")?, t: number("t=")?, p: number("p=")? };
    let parsed = LoginHash {
        params,
        salt: BASE64.decode(salt).ok()?.try_into().ok()?,
        hash: BASE64.decode(hash).ok()?.try_into().ok()?,
    };
    // Whatever else the text held, such as a fourth setting, is not in what we would write.
    (parsed.to_string() == text).then_some(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::randomness::{Exhausted, SeededRandomness};

    /// Cheap on purpose: these tests are about what is stored, and old rows may be as cheap as this.
    fn stored(text: &str) -> LoginHash {
        let params = Argon2Params { m_kib: 64, t: 1, p: 1 };
        let salt = [7; SALT_LENGTH];
        let hash = peppered(&Password::new(text), &pepper(), &params, &salt).unwrap();
        LoginHash { params, salt, hash }
    }

    fn pepper() -> Secret32 {
        Secret32::from_bytes([0x70; 32])
    }

    /// Recomputed outside with HMAC from Python's standard library and the reference `argon2` command.
    #[test]
    fn a_row_is_what_ordinary_tools_compute() {
        assert_eq!(
            stored("violet harbour 1928").to_string(),
            "$argon2id$v=19$m=64,t=1,p=1$BwcHBwcHBwcHBwcHBwcHBw$E9SX9IiFWTrVBiXS7iNZn51fErFSm6USM7lWqxmcO4I"
        );
    }

    #[test]
    fn only_the_right_password_and_pepper_fit() {
        let row = stored("violet harbour 1928");
        assert_eq!(row.verify(&Password::new("violet harbour 1928"), &pepper()), Ok(true));
        assert_eq!(row.verify(&Password::new("violet harbour 1929"), &pepper()), Ok(false));
        assert_eq!(row.verify(&Password::new("violet harbour 192"), &pepper()), Ok(false));
        let other = Secret32::from_bytes([0x71; 32]);
        assert_eq!(row.verify(&Password::new("violet harbour 1928"), &other), Ok(false));
    }

    #[test]
    fn a_password_of_128_differs_from_its_first_127() {
        let long: String = ('!'..='~').cycle().take(128).collect();
        let row = stored(&long);
        assert_eq!(row.verify(&Password::new(&long), &pepper()), Ok(true));
        assert_eq!(row.verify(&Password::new(&long[..127]), &pepper()), Ok(false));
    }

    #[test]
    fn the_shipped_settings_hash_and_verify() {
        let source = SeededRandomness::new(1);
        let password = Password::new("violet harbour 1928");
        let row = LoginHash::create(&password, &pepper(), &Argon2Params::SERVER, &source).unwrap();
        let read: LoginHash = row.to_string().parse().unwrap();
        assert_eq!(read, row);
        assert_eq!(read.verify(&password, &pepper()), Ok(true));
        assert!(!read.needs_rehash(&Argon2Params::SERVER));
        let again = LoginHash::create(&password, &pepper(), &Argon2Params::SERVER, &source).unwrap();
        assert_ne!(again.to_string(), row.to_string(), "each row has a salt of its own");
    }

    #[test]
    fn raised_settings_ask_for_a_new_hash() {
        let row = stored("violet harbour 1928");
        assert!(row.needs_rehash(&Argon2Params::SERVER));
        assert!(row.needs_rehash(&Argon2Params { m_kib: 64, t: 2, p: 1 }));
        assert!(!row.needs_rehash(&Argon2Params { m_kib: 64, t: 1, p: 1 }));
        assert!(!row.needs_rehash(&Argon2Params { m_kib: 32, t: 1, p: 1 }));
    }

    #[test]
    fn nothing_is_stored_below_the_floor_or_without_a_salt() {
        let password = Password::new("violet harbour 1928");
        let weak = Argon2Params { m_kib: 8, t: 1, p: 1 };
        let create =
            |params, source: &dyn Randomness| LoginHash::create(&password, &pepper(), params, source);
        assert!(matches!(
            create(&weak, &SeededRandomness::new(1)),
            Err(LoginHashError::Kdf(KdfError::TooWeak { .. }))
        ));
        assert_eq!(
            create(&Argon2Params::SERVER, &Exhausted),
            Err(LoginHashError::NoRandomness(NoRandomness))
        );
    }

    #[test]
    fn nobody_fits_the_hash_of_nobody_and_it_reads_like_any_other() {
        let params = Argon2Params { m_kib: 64, t: 1, p: 1 };
        let nobody = LoginHash::of_nobody(&params, &SeededRandomness::new(2)).unwrap();
        assert_eq!(nobody.verify(&Password::new("violet harbour 1928"), &pepper()), Ok(false));
        assert_eq!(nobody.to_string().len(), stored("x").to_string().len());
        assert!(nobody.to_string().parse::<LoginHash>().is_ok());
    }

    #[test]
    fn a_damaged_row_is_an_error_and_not_a_wrong_password() {
        let good = stored("violet harbour 1928").to_string();
        for bad in [
            "",
            "violet harbour 1928",
            &good.replace("argon2id", "argon2i"),
            &good.replace("v=19", "v=16"),
            &good.replace("m=64,", ""),
            &good.replace("m=64", "m=064"),
            &good.replace("p=1", "p=1,keyid=AA"),
            &good[..good.len() - 1],
            &format!("{good}$"),
            &format!("{good} "),
        ] {
            assert_eq!(bad.parse::<LoginHash>(), Err(LoginHashError::NotAPhcString), "{bad}");
        }
        let exhausting: LoginHash = good.replace("m=64", "m=4000000000").parse().unwrap();
        assert!(matches!(
            exhausting.verify(&Password::new("violet harbour 1928"), &pepper()),
            Err(KdfError::TooDear(_))
        ));
    }

    #[test]
    fn debug_shows_settings_and_no_hash() {
        assert_eq!(format!("{:?}", stored("x")), "LoginHash(m=64,t=1,p=1)");
    }
}
