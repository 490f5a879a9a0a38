//! Several byte strings put into one, so that no two lists ever give the same bytes.

/// Joins `parts`, each behind its length as a 4-byte big-endian number.
///
/// Bare concatenation lets ("ab", "c") and ("a", "bc") collide; with the lengths in front the parts can be
/// read back, so two different lists never agree. Use it for the associated data of an envelope, for the
/// header of a wrapped key and for whatever else is hashed or authenticated from several fields.
///
/// Parts longer than 4 GiB do not occur in a health record; their length is capped at `u32::MAX`.
#[must_use]
pub fn framed(parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.len() + 4).sum());
    for part in parts {
        bytes.extend_from_slice(&length(part));
        bytes.extend_from_slice(part);
    }
    bytes
}

/// The 4-byte big-endian length that stands before a part.
pub(crate) fn length(part: &[u8]) -> [u8; 4] {
    u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_layout_is_length_then_bytes() {
        assert_eq!(framed(&[b"ab", b"", b"c"]), b"\0\0\0\x02ab\0\0\0\0\0\0\0\x01c");
        assert_eq!(framed(&[]), b"");
    }

    #[test]
    fn moving_a_border_changes_the_bytes() {
        assert_ne!(framed(&[b"ab", b"c"]), framed(&[b"a", b"bc"]));
        // The control: joined without lengths, the two lists cannot be told apart.
        assert_eq!([b"ab".as_slice(), b"c"].concat(), [b"a".as_slice(), b"bc"].concat());
    }

    proptest! {
        #[test]
        fn different_lists_never_agree(
            left in prop::collection::vec(prop::collection::vec(0_u8..3, 0..4), 0..4),
            right in prop::collection::vec(prop::collection::vec(0_u8..3, 0..4), 0..4),
        ) {
            let joined = |list: &[Vec<u8>]| framed(&list.iter().map(Vec::as_slice).collect::<Vec<_>>());
            prop_assert_eq!(left == right, joined(&left) == joined(&right));
        }
    }
}
