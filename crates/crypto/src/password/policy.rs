//! The one rule for choosing a password.
//!
//! After NIST SP 800-63B-4 and OWASP ASVS 5.0, 6.2: long, any characters, no composition rules, no rotation,
//! and not one of the values that attackers try first. Length and blocklist matter here more than elsewhere,
//! because a thief with the disk and an unlocked keyring is held up by nothing else.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::Password;

/// The shortest password, in Unicode characters.
pub const MIN_CHARS: usize = 15;

/// The longest password, in Unicode characters. All of them count; nothing is cut off.
pub const MAX_CHARS: usize = 128;

/// With fewer characters than this left beside known words, a password is as good as known.
const MIN_UNKNOWN: usize = 6;

/// Words about the user shorter than this are too common inside other words to be looked for.
const SHORTEST_OWN_WORD: usize = 4;

/// Why a password was not accepted. The text is for the person who chose it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRefusal {
    /// Fewer than [`MIN_CHARS`] characters.
    #[error(
        "This password has {chars} characters and needs at least {}. \
         Several words that do not belong together are easy to remember and hard to guess.",
        MIN_CHARS
    )]
    TooShort {
        /// How many it has.
        chars: usize,
    },
    /// More than [`MAX_CHARS`] characters.
    #[error("This password has {chars} characters; at most {} can be used. Shorten it.", MAX_CHARS)]
    TooLong {
        /// How many it has.
        chars: usize,
    },
    /// On the list of values that are tried first.
    #[error("This password is on the list of those that are tried first. Choose another one.")]
    Common,
    /// One short piece over and over, or characters that simply count up or down.
    #[error("This password repeats or counts through a few characters. Choose one without such a pattern.")]
    Pattern,
    /// Little beside well-known words, years, keyboard rows, or the user's and the practice's own names.
    #[error(
        "This password is made almost only of well-known words, of names connected with you or of the \
         practice's. Add words that have nothing to do with them."
    )]
    KnownWords,
}

struct Blocklist {
    /// Whole passwords, folded.
    values: HashSet<String>,
    /// Words that add nothing, folded.
    words: Vec<Vec<char>>,
}

static BLOCKLIST: LazyLock<Blocklist> = LazyLock::new(|| {
    let lines = |text: &'static str| {
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
    };
    let words = lines(include_str!("blocked_words.txt")).map(|word| fold(word).chars().collect()).collect();
    Blocklist { values: lines(include_str!("blocked_values.txt")).map(fold).collect(), words }
});

/// Judges a password that somebody wants to use. `about` holds what an attacker would try for this person:
/// user name, the parts of the e-mail address, first and last name, the practice's name.
///
/// # Errors
/// The first [`PasswordRefusal`] that applies.
pub fn check(password: &Password, about: &[&str]) -> Result<(), PasswordRefusal> {
    let chars = password.char_count();
    if chars < MIN_CHARS {
        return Err(PasswordRefusal::TooShort { chars });
    }
    if chars > MAX_CHARS {
        return Err(PasswordRefusal::TooLong { chars });
    }
    let folded = zeroize::Zeroizing::new(fold(password.text()));
    let unmasked = zeroize::Zeroizing::new(unmask(&folded));
    for text in [&folded, &unmasked] {
        let bare = text.trim_matches(|c: char| c.is_ascii_digit());
        if BLOCKLIST.values.contains(text.as_str()) || BLOCKLIST.values.contains(bare) {
            return Err(PasswordRefusal::Common);
        }
    }
    if is_pattern(password.text()) || is_pattern(&folded) {
        return Err(PasswordRefusal::Pattern);
    }
    let own: Vec<Vec<char>> = about
        .iter()
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()).chain([*text]))
        .map(|text| fold(text).chars().collect())
        .filter(|word: &Vec<char>| word.len() >= SHORTEST_OWN_WORD)
        .collect();
    if unknown_chars(&folded, &unmasked, &own) < MIN_UNKNOWN {
        return Err(PasswordRefusal::KnownWords);
    }
    Ok(())
}

/// Lower case, without spaces and punctuation: "Pass-Word 1" and "password1" are one guess. The two signs
/// that stand for letters stay, for [`unmask`].
fn fold(text: &str) -> String {
    text.chars()
        .flat_map(char::to_lowercase)
        .filter(|c| !c.is_whitespace() && (!c.is_ascii_punctuation() || matches!(c, '@' | '$')))
        .collect()
}

/// Undoes the usual replacements of letters.
fn unmask(folded: &str) -> String {
    folded
        .chars()
        .map(|c| match c {
            '0' => 'o',
            '1' => 'i',
            '3' => 'e',
            '4' | '@' => 'a',
            '5' | '$' => 's',
            '7' => 't',
            other => other,
        })
        .collect()
}

/// One piece of up to five characters over and over, or a run that counts up or down by one throughout.
fn is_pattern(text: &str) -> bool {
    let chars: zeroize::Zeroizing<Vec<char>> = zeroize::Zeroizing::new(text.chars().collect());
    let repeats = (1..=5).any(|period| chars.iter().zip(chars.iter().skip(period)).all(|(a, b)| a == b));
    let steps = || chars.iter().zip(chars.iter().skip(1));
    let counts = |by: i64| steps().all(|(a, b)| i64::from(u32::from(*b)) - i64::from(u32::from(*a)) == by);
    repeats || counts(1) || counts(-1)
}

/// How many characters remain when as much as possible is covered by known words. A character may stand for
/// itself or for the letter that it masks, so "p@ssw0rd 2024" is covered whole.
fn unknown_chars(folded: &str, unmasked: &str, own: &[Vec<char>]) -> usize {
    let chars: zeroize::Zeroizing<Vec<(char, char)>> =
        zeroize::Zeroizing::new(folded.chars().zip(unmasked.chars()).collect());
    let stands_at = |word: &[char], start: usize| {
        chars[start..].len() >= word.len()
            && word
                .iter()
                .zip(&chars[start..])
                .all(|(letter, (typed, meant))| letter == typed || letter == meant)
    };
    // fewest[i]: the fewest characters left uncovered from i to the end.
    let mut fewest = vec![0_usize; chars.len() + 1];
    for start in (0..chars.len()).rev() {
        let covered = own
            .iter()
            .chain(&BLOCKLIST.words)
            .filter(|word| stands_at(word, start))
            .map(|word| fewest[start + word.len()]);
        fewest[start] = covered.fold(fewest[start + 1] + 1, usize::min);
    }
    fewest[0]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn verdict(text: &str) -> Result<(), PasswordRefusal> {
        check(&Password::new(text), &["dana.rivera@example.org", "Dana Rivera", "Willow Creek Counseling"])
    }

    #[test]
    fn length_is_counted_in_characters_and_both_ends_are_inclusive() {
        assert_eq!(verdict("quiet ferns wal"), Ok(()));
        assert_eq!(verdict("quiet ferns wa"), Err(PasswordRefusal::TooShort { chars: 14 }));
        assert_eq!(verdict(""), Err(PasswordRefusal::TooShort { chars: 0 }));
        // 15 characters, 45 bytes; and the same that look like fewer bytes.
        assert_eq!(verdict("静かな羊歯が湖の岸辺で眠る夜"), Err(PasswordRefusal::TooShort { chars: 14 }));
        assert_eq!(verdict("静かな羊歯が湖の岸辺で眠る夜に"), Ok(()));
        let long: String = "ferns walk under copper moons ".chars().cycle().take(128).collect();
        assert_eq!(verdict(&long), Ok(()));
        assert_eq!(verdict(&format!("{long}x")), Err(PasswordRefusal::TooLong { chars: 129 }));
    }

    #[test]
    fn decomposed_letters_count_once() {
        let decomposed = "e\u{301}".repeat(7) + "quiet f";
        assert_eq!(verdict(&decomposed), Err(PasswordRefusal::TooShort { chars: 14 }));
    }

    #[test]
    fn no_composition_is_asked_for() {
        for good in [
            "quietfernswalkhome",
            "QUIET FERNS WALK HOME",
            "829 471 630 552 918",
            "ferns, walking; home?",
            "  quiet ferns walk  ",
            "тихий папоротник спит",
            "🌿🌙🍂🦉🌿🍂🌙🦉🪵🌾🦉🌿🌾🪵🍂",
            "purple tractor, slow rain",
        ] {
            assert_eq!(verdict(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn listed_values_are_refused_in_any_dress() {
        for bad in [
            "correct horse battery staple",
            "CorrectHorseBatteryStaple",
            "correct-horse-battery-staple1",
            "passwordpassword",
            "Password Password",
            "P@ssw0rdP@ssw0rd",
            "thisismypassword",
            "this is my password!",
            "ilovemyboyfriend",
            "qwertyuiopasdfghjkl",
        ] {
            assert_eq!(verdict(bad), Err(PasswordRefusal::Common), "{bad}");
        }
    }

    #[test]
    fn patterns_are_refused() {
        for bad in [
            "aaaaaaaaaaaaaaa",
            "xyxyxyxyxyxyxyxy",
            "vbnrtvbnrtvbnrtv",
            "bcdefghijklmnopq",
            "zyxwvutsrqponml",
            "- - - - - - - - - - -",
        ] {
            assert_eq!(verdict(bad), Err(PasswordRefusal::Pattern), "{bad}");
        }
    }

    #[test]
    fn known_words_alone_are_not_enough() {
        for bad in [
            "mentalspace2024!",
            "MentalSpace Therapy",
            "TherapistSession2025",
            "summer2024winter2025",
            "Welcome-Welcome-1234",
            "p@ssw0rd letmein 99",
            "DanaRivera-Counseling",
            "willowcreek-admin-1",
            "qwerty12345678901",
        ] {
            let refusal = verdict(bad);
            assert!(
                matches!(refusal, Err(PasswordRefusal::KnownWords | PasswordRefusal::Common)),
                "{bad}: {refusal:?}"
            );
        }
        // The control: the same words beside unknown ones are fine, and so are another person's names.
        assert_eq!(verdict("summer crickets hum in brass"), Ok(()));
        assert_eq!(check(&Password::new("DanaRivera-Counseling"), &[]), Ok(()));
    }

    #[test]
    fn short_names_do_not_block_innocent_words() {
        assert_eq!(check(&Password::new("animals in the garden"), &["an", "in", "Al"]), Ok(()));
    }

    #[test]
    fn the_lists_are_what_they_should_be() {
        assert!(BLOCKLIST.values.len() >= 300, "{}", BLOCKLIST.values.len());
        assert!(BLOCKLIST.words.len() >= 150, "{}", BLOCKLIST.words.len());
        for word in &BLOCKLIST.words {
            assert!(word.len() >= 3, "{word:?} would take too much out of innocent passwords");
        }
        // Every listed value that is long enough to be chosen is indeed refused when it is typed.
        for line in include_str!("blocked_values.txt").lines().filter(|line| !line.starts_with('#')) {
            let typed = Password::new(line.trim());
            if typed.char_count() >= MIN_CHARS {
                assert!(check(&typed, &[]).is_err(), "{line}");
            }
        }
    }

    #[test]
    fn refusals_speak_to_a_person() {
        let refusal = verdict("short").unwrap_err().to_string();
        assert!(refusal.contains("5 characters") && refusal.contains("at least 15"), "{refusal}");
    }

    proptest! {
        #[test]
        fn random_letters_of_a_good_length_pass(text in "[a-z]{20,60}") {
            // Twenty random letters hold known words for more than fourteen of them next to never.
            prop_assert_eq!(verdict(&text), Ok(()));
        }

        #[test]
        fn whatever_is_typed_there_is_a_verdict(text in any::<String>()) {
            let chars = Password::new(&text).char_count();
            let refused = verdict(&text).is_err();
            prop_assert!(refused || (MIN_CHARS..=MAX_CHARS).contains(&chars));
        }
    }
}
