//! The key-encryption key's file, and the secrets that are none because everybody knows them.

use super::{ConfigError, private};
use mentalspace_crypto::Secret32;
use std::path::Path;
use zeroize::Zeroizing;

const SETTING: &str = "key_encryption_key";

/// What people leave in place of a secret.
const WELL_KNOWN: [&str; 18] = [
    "changeme",
    "change-me",
    "change_me",
    "default",
    "secret",
    "password",
    "passw0rd",
    "postgres",
    "mentalspace",
    "admin",
    "administrator",
    "root",
    "test",
    "example",
    "letmein",
    "insecure",
    "todo",
    "replace",
];

/// Whether a secret consists of what people leave in place of one, repeated and decorated.
pub(super) fn is_well_known(secret: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(secret) else { return false };
    let lower = text.to_lowercase();
    let mut rest = lower.clone();
    for word in WELL_KNOWN {
        rest = rest.replace(word, "");
    }
    // What is left of "changeme-changeme-123" beside letters of its own.
    rest.len() < lower.len() && !rest.chars().any(char::is_alphabetic)
}

/// Reads the key-encryption key: 64 hexadecimal digits in a file that only its owner may read.
///
/// # Errors
/// [`ConfigError`] when the file is missing, too widely readable, or holds no usable key.
pub fn read_key_encryption_key(path: &Path) -> Result<Secret32, ConfigError> {
    private(SETTING, path)?;
    let text = std::fs::read(path).map(Zeroizing::new).map_err(|why| {
        ConfigError::new(SETTING, format!("{} cannot be read: {}.", path.display(), why.kind()))
    })?;
    let text = text.trim_ascii();
    if is_well_known(text) {
        return Err(ConfigError::new(SETTING, format!("the file holds a well-known word. {MAKE_ONE}")));
    }
    if text.len() != 64 {
        let problem = format!(
            "the file must hold 64 hexadecimal digits (256 bits), and holds another length. {MAKE_ONE}"
        );
        return Err(ConfigError::new(SETTING, problem));
    }
    let mut key = Zeroizing::new([0_u8; 32]);
    for (byte, pair) in key.iter_mut().zip(text.chunks_exact(2)) {
        let digits =
            std::str::from_utf8(pair).ok().filter(|digits| digits.bytes().all(|d| d.is_ascii_hexdigit()));
        *byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).ok_or_else(|| {
            ConfigError::new(SETTING, format!("the file must hold hexadecimal digits only. {MAKE_ONE}"))
        })?;
    }
    if has_a_pattern(&key) {
        return Err(ConfigError::new(
            SETTING,
            format!("the key is not random: anybody could guess it. {MAKE_ONE}"),
        ));
    }
    Ok(Secret32::take(&mut key))
}

const MAKE_ONE: &str = "Make one with: openssl rand -hex 32.";

/// Zeros, counting, one byte again and again, or typed words: nothing a random source gives within the age of the
/// universe. (32 random bytes with fewer than 16 different values: below 1 in 10^18.)
fn has_a_pattern(key: &[u8; 32]) -> bool {
    let mut seen = [false; 256];
    for byte in key {
        seen[usize::from(*byte)] = true;
    }
    let different = seen.iter().filter(|&&was| was).count();
    let step = key[1].wrapping_sub(key[0]);
    let even = key.windows(2).all(|pair| pair[1].wrapping_sub(pair[0]) == step);
    let typed = key.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
    different < 16 || even || typed
}
