//! SHA-256, and the additive digest by which two machines compare a bucket of records.

use ring::digest as ring_digest;

use crate::bytes::fixed_bytes;
use crate::frame;

fixed_bytes! {
    /// A SHA-256 hash (FIPS 180-4).
    Sha256, 32
}

/// The SHA-256 hash of `bytes`.
#[must_use]
pub fn sha256(bytes: &[u8]) -> Sha256 {
    finish(ring_digest::digest(&ring_digest::SHA256, bytes))
}

/// The SHA-256 hash of `parts` one after the other, without joining them in memory first. The borders
/// between parts leave no trace; where they matter, put lengths between (see [`frame::framed`]).
#[must_use]
pub fn sha256_of_parts(parts: &[&[u8]]) -> Sha256 {
    let mut context = ring_digest::Context::new(&ring_digest::SHA256);
    for part in parts {
        context.update(part);
    }
    finish(context.finish())
}

fn finish(hash: ring_digest::Digest) -> Sha256 {
    let mut bytes = [0_u8; 32];
    // SHA-256 always has 32 bytes; zip cannot panic where a slice copy could.
    for (to, from) in bytes.iter_mut().zip(hash.as_ref()) {
        *to = *from;
    }
    Sha256::from_bytes(bytes)
}

/// One live record, as it counts in the digest of its bucket.
#[derive(Clone, Copy, Debug)]
pub struct BucketEntry<'a> {
    /// The kind of record, by its name on the wire.
    pub kind: &'a str,
    /// The record's id, as bytes.
    pub id: &'a [u8],
    /// The record's revision.
    pub rev: u64,
    /// SHA-256 of the record's canonical bytes.
    pub content: &'a Sha256,
}

/// What keeps these hashes apart from every other use of SHA-256 in the product.
const ENTRY_LABEL: &[u8] = b"mentalspace bucket entry v1";

impl BucketEntry<'_> {
    /// The first 16 bytes, big-endian, of SHA-256 over
    /// `label | len kind | kind | len id | id | rev (8 bytes) | content (32 bytes)`, lengths in 4 bytes.
    fn weight(&self) -> u128 {
        let kind = self.kind.as_bytes();
        let hash = sha256_of_parts(&[
            ENTRY_LABEL,
            &frame::length(kind),
            kind,
            &frame::length(self.id),
            self.id,
            &self.rev.to_be_bytes(),
            self.content.as_bytes(),
        ]);
        let mut first = [0_u8; 16];
        first.copy_from_slice(&hash.as_bytes()[..16]);
        u128::from_be_bytes(first)
    }
}

/// The sum, modulo 2^128, of the weights of all live records of a bucket.
///
/// A sum, because a device and the server apply the same changes in different orders and in different
/// batches: adding what is new and removing what was replaced gives both ends the same value without ever
/// reading the rest of the bucket. An empty bucket is [`BucketDigest::EMPTY`].
///
/// It finds *accidents*: a row lost, doubled, stale or damaged goes unnoticed once in 2^128. It is no
/// commitment against somebody who chooses records on purpose (sums of hashes can be steered with enough
/// computing); what must hold against an attacker is signed and kept in the Merkle log.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct BucketDigest(u128);

impl BucketDigest {
    /// The digest of a bucket without records.
    pub const EMPTY: Self = Self(0);

    /// Counts a record in.
    pub fn add(&mut self, entry: &BucketEntry<'_>) {
        self.0 = self.0.wrapping_add(entry.weight());
    }

    /// Counts a record out that was counted in with exactly these fields.
    pub fn remove(&mut self, entry: &BucketEntry<'_>) {
        self.0 = self.0.wrapping_sub(entry.weight());
    }

    /// The digest of two disjoint sets of records together.
    #[must_use]
    pub const fn combined(self, other: Self) -> Self {
        Self(self.0.wrapping_add(other.0))
    }

    /// The digest from its 16 bytes, most significant first.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }

    /// The 16 bytes, most significant first.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }
}

impl std::fmt::Display for BucketDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl std::fmt::Debug for BucketDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BucketDigest({self})")
    }
}

impl std::str::FromStr for BucketDigest {
    type Err = crate::HexError;

    /// Reads 32 lower-case hexadecimal characters.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        crate::hex::decode(text).map(Self::from_bytes).ok_or(crate::HexError { expected: 32 })
    }
}

impl serde::Serialize for BucketDigest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for BucketDigest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sha256_matches_the_published_vectors() {
        // FIPS 180-4 examples, as distributed by NIST.
        for (text, expected) in [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
            ),
        ] {
            assert_eq!(sha256(text.as_bytes()).to_hex(), expected);
            let (head, tail) = text.as_bytes().split_at(text.len() / 2);
            assert_eq!(sha256_of_parts(&[head, b"", tail]).to_hex(), expected);
        }
    }

    #[test]
    fn a_hash_travels_as_one_spelling_of_hexadecimal() {
        let hash = sha256(b"abc");
        let json = serde_json::to_string(&hash).unwrap();
        assert_eq!(json, format!("\"{hash}\""));
        assert_eq!(serde_json::from_str::<Sha256>(&json).unwrap(), hash);
        assert!(serde_json::from_str::<Sha256>(&json.to_uppercase()).is_err());
        assert!(serde_json::from_str::<Sha256>("\"ab\"").is_err());
        assert!(format!("{hash:?}").starts_with("Sha256(ba7816bf"));
    }

    #[derive(Clone, Debug)]
    struct Row {
        kind: String,
        id: Vec<u8>,
        rev: u64,
        content: Sha256,
    }

    impl Row {
        fn new(kind: &str, id: &[u8], rev: u64, body: &[u8]) -> Self {
            Self { kind: kind.to_owned(), id: id.to_vec(), rev, content: sha256(body) }
        }

        fn entry(&self) -> BucketEntry<'_> {
            BucketEntry { kind: &self.kind, id: &self.id, rev: self.rev, content: &self.content }
        }
    }

    fn digest_of<'a>(rows: impl IntoIterator<Item = &'a Row>) -> BucketDigest {
        let mut digest = BucketDigest::EMPTY;
        for row in rows {
            digest.add(&row.entry());
        }
        digest
    }

    /// Pins the layout: an outsider's script, and every later version, must arrive at this value.
    #[test]
    fn the_layout_of_an_entry_is_pinned() {
        let row = Row::new("note", &[0x11; 16], 7, b"{}");
        assert_eq!(digest_of([&row]).to_string(), PINNED);
    }

    const PINNED: &str = "63bb8098c5788ef9bcfb184de8f99369";

    #[test]
    fn every_field_counts_and_so_do_their_borders() {
        let base = Row::new("note", b"ab", 1, b"x");
        for other in [
            Row::new("notf", b"ab", 1, b"x"),
            Row::new("note", b"ac", 1, b"x"),
            Row::new("note", b"ab", 2, b"x"),
            Row::new("note", b"ab", 1, b"y"),
            Row::new("notea", b"b", 1, b"x"),
        ] {
            assert_ne!(digest_of([&base]), digest_of([&other]), "{other:?}");
        }
    }

    #[test]
    fn a_row_counted_twice_is_seen() {
        let row = Row::new("note", b"ab", 1, b"x");
        // An XOR of hashes, the obvious alternative, would show an empty bucket here.
        assert_ne!(digest_of([&row, &row]), BucketDigest::EMPTY);
        assert_ne!(digest_of([&row, &row]), digest_of([&row]));
    }

    #[test]
    fn the_text_form_is_32_hexadecimal_characters() {
        let digest = digest_of([&Row::new("note", b"1", 1, b"")]);
        let json = serde_json::to_string(&digest).unwrap();
        assert_eq!(json.len(), 34);
        assert_eq!(serde_json::from_str::<BucketDigest>(&json).unwrap(), digest);
        assert_eq!(BucketDigest::from_bytes(digest.to_bytes()), digest);
        assert_eq!(BucketDigest::EMPTY.to_string(), "0".repeat(32));
        assert!("0".repeat(31).parse::<BucketDigest>().is_err());
    }

    fn rows() -> impl Strategy<Value = Vec<Row>> {
        let row = ("[a-z]{1,6}", any::<[u8; 16]>(), any::<u64>(), any::<[u8; 4]>())
            .prop_map(|(kind, id, rev, body)| Row::new(&kind, &id, rev, &body));
        prop::collection::vec(row, 0..40)
    }

    proptest! {
        #[test]
        fn order_and_batches_do_not_matter(rows in rows(), cut in any::<prop::sample::Index>()) {
            let whole = digest_of(&rows);
            prop_assert_eq!(digest_of(rows.iter().rev()), whole);
            let (head, tail) = rows.split_at(cut.index(rows.len() + 1));
            prop_assert_eq!(digest_of(head).combined(digest_of(tail)), whole);
        }

        #[test]
        fn removing_what_was_added_leaves_the_rest(rows in rows(), extra in rows()) {
            let mut digest = digest_of(rows.iter().chain(&extra));
            for row in &extra {
                digest.remove(&row.entry());
            }
            prop_assert_eq!(digest, digest_of(&rows));
        }
    }
}
