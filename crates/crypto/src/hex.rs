//! Lower-case hexadecimal, in one spelling only.

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// The lower-case hexadecimal text of `bytes`.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// Exactly `N` bytes from their hexadecimal text. Upper-case letters are refused: one value with two
/// spellings would hash, sort and compare as two values.
pub(crate) fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != N * 2 {
        return None;
    }
    let mut bytes = [0_u8; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = (value(pair[0])? << 4) | value(pair[1])?;
    }
    Some(bytes)
}

const fn value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// Test vectors are published as hexadecimal of any length.
#[cfg(test)]
pub(crate) fn vector(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    digits.chunks_exact(2).map(|pair| (value(pair[0]).unwrap() << 4) | value(pair[1]).unwrap()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_survive_the_way_through_text() {
        let all: Vec<u8> = (0..=255).collect();
        let text = encode(&all);
        assert_eq!(decode::<256>(&text).unwrap().as_slice(), all);
        assert!(text.starts_with("000102") && text.ends_with("fdfeff"));
    }

    #[test]
    fn other_spellings_are_refused() {
        for wrong in ["", "0", "0g", "AB", "abc", "0x", " a", "ab ", "é"] {
            assert_eq!(decode::<1>(wrong), None, "{wrong:?}");
        }
        assert_eq!(decode::<1>("ab"), Some([0xab]));
    }
}
