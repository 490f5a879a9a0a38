//! The practice's recovery key on paper.
//!
//! The private half lives in a safe, printed. It is typed back perhaps once in ten years, by somebody under
//! stress, so every group of five characters checks itself and the answer to a slip is the number of the
//! group to look at.
//!
//! ```text
//! 13 groups of 4 characters of key and 1 check character, then 1 group of 5 characters over the whole:
//! 0C51W-260Z1-4RPKA-…-TQE1P-4AJBA
//! ```
//!
//! The alphabet is Crockford's base 32: no I, L, O or U; read back without regard to case, with I and L taken
//! for 1 and O for 0.

use zeroize::{Zeroize as _, Zeroizing};

use crate::digest::sha256_of_parts;
use crate::recipient::{RecipientKey, RecipientPublicKey};
use crate::secret::Secret32;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const KEY_GROUPS: usize = 13;
const GROUPS: usize = KEY_GROUPS + 1;
const GROUP: usize = 5;

/// The four bits that 52 characters hold beyond the 256 of the key: the version of this layout.
const VERSION_1: u8 = 1;

/// Why a typed text is not a recovery key. Nothing was changed; look at the paper and type it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PaperError {
    /// Too few or too many characters, dashes and spaces aside.
    #[error("a recovery key has 14 groups of 5 characters; {0} characters were typed")]
    WrongLength(usize),
    /// A character that the printed key never contains.
    #[error("group {group} contains a character that a recovery key never has")]
    ForeignCharacter {
        /// Which group, from 1.
        group: usize,
    },
    /// A group does not agree with its own check character, or stands in the wrong place.
    #[error("group {group} is mistyped or in the wrong place; compare it with the paper")]
    MistypedGroup {
        /// Which group, from 1.
        group: usize,
    },
    /// Every group agrees with itself but not with the last one.
    #[error("the groups do not belong together; check that all of them are from the same sheet")]
    GroupsDoNotBelongTogether,
    /// A sheet printed by a newer program.
    #[error("this recovery sheet was printed by a newer version; update the program")]
    UnknownVersion,
}

/// The text to print: 14 groups of 5 characters with dashes between. Wiped when dropped.
#[must_use]
pub fn to_paper(key: &RecipientKey) -> Zeroizing<String> {
    let symbols = Zeroizing::new(symbols_of(key.secret()));
    let mut text = Zeroizing::new(String::with_capacity(GROUPS * (GROUP + 1)));
    for (position, four) in symbols.chunks_exact(GROUP - 1).enumerate() {
        for symbol in four.iter().copied().chain([check_symbol(position, four)]) {
            text.push(char::from(ALPHABET[usize::from(symbol)]));
        }
        text.push('-');
    }
    for symbol in sheet_check(key.secret()) {
        text.push(char::from(ALPHABET[usize::from(symbol)]));
    }
    text
}

/// Reads the text back, with or without dashes and spaces, in any case.
///
/// # Errors
/// See [`PaperError`]; a single mistyped character and two swapped ones are always found.
pub fn from_paper(text: &str) -> Result<RecipientKey, PaperError> {
    let characters = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '–' | '—' | '_' | '.'));
    let typed: Zeroizing<Vec<Option<u8>>> = Zeroizing::new(characters.map(symbol_of).collect());
    if typed.len() != GROUPS * GROUP {
        return Err(PaperError::WrongLength(typed.len()));
    }
    let mut symbols = Zeroizing::new([0_u8; KEY_GROUPS * (GROUP - 1)]);
    let mut sheet = [0_u8; GROUP];
    for (position, group) in typed.chunks_exact(GROUP).enumerate() {
        let mut read = Zeroizing::new([0_u8; GROUP]);
        for (to, from) in read.iter_mut().zip(group) {
            *to = from.ok_or(PaperError::ForeignCharacter { group: position + 1 })?;
        }
        if position == KEY_GROUPS {
            sheet = *read;
        } else {
            let (four, check) = read.split_at(GROUP - 1);
            if check != [check_symbol(position, four)] {
                return Err(PaperError::MistypedGroup { group: position + 1 });
            }
            symbols[position * (GROUP - 1)..][..GROUP - 1].copy_from_slice(four);
        }
    }
    let (secret, version) = secret_of(&symbols);
    if version != VERSION_1 {
        return Err(PaperError::UnknownVersion);
    }
    if sheet_check(&secret) != sheet {
        return Err(PaperError::GroupsDoNotBelongTogether);
    }
    Ok(RecipientKey::from_secret(secret))
}

/// A short name for a public key, to be printed on the sheet and shown by the program, so that the right
/// sheet is taken from the safe: two groups of five characters. It is no secret and no proof.
#[must_use]
pub fn sheet_name(public: &RecipientPublicKey) -> String {
    let hash = sha256_of_parts(&[b"mentalspace recovery sheet name v1", public.as_bytes()]);
    let mut name = String::with_capacity(11);
    for (position, byte) in hash.as_bytes().iter().take(10).enumerate() {
        if position == 5 {
            name.push('-');
        }
        name.push(char::from(ALPHABET[usize::from(byte & 31)]));
    }
    name
}

/// The 256 bits of the key and the 4 of the version, in 52 symbols, most significant first.
fn symbols_of(secret: &Secret32) -> [u8; KEY_GROUPS * (GROUP - 1)] {
    let mut symbols = [0_u8; KEY_GROUPS * (GROUP - 1)];
    let bits = secret.expose().iter().flat_map(|byte| (0..8).rev().map(move |bit| (byte >> bit) & 1));
    let version = (0..4).rev().map(|bit| (VERSION_1 >> bit) & 1);
    for (position, bit) in bits.chain(version).enumerate() {
        symbols[position / 5] |= bit << (4 - position % 5);
    }
    symbols
}

fn secret_of(symbols: &[u8; KEY_GROUPS * (GROUP - 1)]) -> (Secret32, u8) {
    let mut bytes = [0_u8; 33];
    let bits = symbols.iter().flat_map(|symbol| (0..5).rev().map(move |bit| (symbol >> bit) & 1));
    for (position, bit) in bits.enumerate() {
        bytes[position / 8] |= bit << (7 - position % 8);
    }
    let version = bytes[32] >> 4;
    let secret = Secret32::from_slice(&bytes[..32]).unwrap_or_else(Secret32::blank);
    bytes.zeroize();
    (secret, version)
}

/// The check character of a group: `Σ g^i·d_i` over the four characters, plus one for the group's place, in
/// the field of 32 elements. The weights differ, so one wrong character changes the sum and so does any swap
/// of two; the place is in it so that two whole groups cannot be swapped either.
fn check_symbol(position: usize, four: &[u8]) -> u8 {
    let place = u8::try_from(position + 1).unwrap_or(0);
    let sum = four.iter().fold(place, |sum, symbol| times_generator(sum) ^ symbol);
    times_generator(sum)
}

/// Multiplication by x modulo x^5 + x^2 + 1, a primitive polynomial.
const fn times_generator(value: u8) -> u8 {
    let shifted = value << 1;
    if shifted & 0b10_0000 == 0 { shifted } else { (shifted ^ 0b10_0101) & 0b1_1111 }
}

/// 25 bits over the whole key.
fn sheet_check(secret: &Secret32) -> [u8; GROUP] {
    let hash = sha256_of_parts(&[b"mentalspace recovery sheet v1", secret.expose()]);
    let mut check = [0_u8; GROUP];
    for (to, from) in check.iter_mut().zip(hash.as_bytes()) {
        *to = from & 31;
    }
    check
}

fn symbol_of(character: char) -> Option<u8> {
    let upper = match character.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let byte = u8::try_from(upper).ok()?;
    ALPHABET.iter().position(|letter| *letter == byte).and_then(|position| u8::try_from(position).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key() -> RecipientKey {
        RecipientKey::from_secret(Secret32::from_bytes(std::array::from_fn(|i| {
            u8::try_from(i * 7 + 3).unwrap()
        })))
    }

    fn letters(text: &str) -> Vec<u8> {
        text.bytes().filter(|byte| *byte != b'-').collect()
    }

    #[test]
    fn the_printed_form_is_pinned() {
        assert_eq!(
            to_paper(&key()).as_str(),
            "0C51W-260Z1-4RPKA-8ET2W-9585Q-EQK50-DHSQ9-N0C8Z-HYB95-V95BB-PAWWR-1HYEY-TQE1P-4AJBA"
        );
        assert_eq!(to_paper(&key()).split('-').map(str::len).collect::<Vec<_>>(), vec![5; 14]);
    }

    #[test]
    fn it_is_read_back_however_it_is_typed() {
        let text = to_paper(&key());
        let spaced = text.replace('-', "  ").to_lowercase();
        let lookalikes = text.replace('0', "O").replace('1', "l");
        for typed in [text.as_str(), &text.replace('-', ""), &spaced, &lookalikes, &format!("\n {}\t", *text)]
        {
            assert_eq!(from_paper(typed), Ok(key()), "{typed}");
        }
    }

    #[test]
    fn every_mistyped_character_is_found_and_its_group_named() {
        let text = letters(&to_paper(&key()));
        for position in 0..text.len() {
            for letter in ALPHABET.iter().filter(|letter| **letter != text[position]) {
                let mut typed = text.clone();
                typed[position] = *letter;
                let expected = if position < KEY_GROUPS * GROUP {
                    PaperError::MistypedGroup { group: position / GROUP + 1 }
                } else {
                    PaperError::GroupsDoNotBelongTogether
                };
                assert_eq!(from_paper(std::str::from_utf8(&typed).unwrap()), Err(expected));
            }
        }
    }

    #[test]
    fn every_swap_of_two_characters_or_two_groups_is_found() {
        let text = letters(&to_paper(&key()));
        for left in 0..text.len() {
            for right in left + 1..text.len() {
                if text[left] != text[right] {
                    let mut typed = text.clone();
                    typed.swap(left, right);
                    assert!(from_paper(std::str::from_utf8(&typed).unwrap()).is_err(), "{left} {right}");
                }
            }
        }
        let printed = to_paper(&key());
        let groups: Vec<&str> = printed.split('-').collect();
        for left in 0..groups.len() {
            for right in left + 1..groups.len() {
                let mut typed = groups.clone();
                typed.swap(left, right);
                assert!(from_paper(&typed.join("-")).is_err(), "groups {left} {right}");
            }
        }
    }

    #[test]
    fn the_wrong_number_and_foreign_characters_are_named() {
        let text = to_paper(&key());
        assert_eq!(from_paper(""), Err(PaperError::WrongLength(0)));
        assert_eq!(from_paper(&text[..text.len() - 1]), Err(PaperError::WrongLength(69)));
        assert_eq!(from_paper(&format!("{}A", *text)), Err(PaperError::WrongLength(71)));
        let mut typed = letters(&text);
        typed[12] = b'U';
        let typed = String::from_utf8(typed).unwrap();
        assert_eq!(from_paper(&typed), Err(PaperError::ForeignCharacter { group: 3 }));
        assert!(PaperError::MistypedGroup { group: 3 }.to_string().contains("group 3"));
    }

    #[test]
    fn groups_of_two_sheets_do_not_mix() {
        let other = RecipientKey::from_secret(Secret32::from_bytes([9; 32]));
        let mine = to_paper(&key());
        let mixed = format!("{}{}", &mine[..12], &to_paper(&other)[12..]);
        assert_eq!(from_paper(&mixed), Err(PaperError::GroupsDoNotBelongTogether));
    }

    #[test]
    fn a_sheet_of_a_later_version_is_recognised() {
        let mut symbols = symbols_of(key().secret());
        symbols[51] ^= 0b11;
        let mut text = String::new();
        for (position, four) in symbols.chunks_exact(4).enumerate() {
            for symbol in four.iter().copied().chain([check_symbol(position, four)]) {
                text.push(char::from(ALPHABET[usize::from(symbol)]));
            }
        }
        assert_eq!(from_paper(&format!("{text}00000")), Err(PaperError::UnknownVersion));
    }

    #[test]
    fn the_name_of_a_sheet_tells_two_keys_apart() {
        let other = RecipientKey::from_secret(Secret32::from_bytes([9; 32]));
        assert_ne!(sheet_name(&key().public_key()), sheet_name(&other.public_key()));
        assert_eq!(sheet_name(&key().public_key()).len(), 11);
    }

    proptest! {
        #[test]
        fn every_key_survives_the_paper(bytes: [u8; 32]) {
            let key = RecipientKey::from_secret(Secret32::from_bytes(bytes));
            prop_assert_eq!(from_paper(&to_paper(&key)), Ok(key));
        }

        #[test]
        fn whatever_is_typed_nothing_panics(typed in ".{0,90}") {
            let _ = from_paper(&typed);
        }
    }
}
