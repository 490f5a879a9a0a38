//! The cryptography of `MentalSpace`: what seals records, wraps keys, signs notes and proves that a log
//! was never rewritten.
//!
//! The crate knows bytes, keys and hashes; it knows no patient, no note and no file. It has no clock, no
//! socket and no hidden randomness: every function that needs random bytes is handed a
//! [`Randomness`], so that a simulation can be replayed to the byte.
//!
//! | need | module |
//! | --- | --- |
//! | hash a body, compare two copies of a bucket | [`digest`] |
//! | give two machines the same bytes for the same JSON | [`canonical`] |
//! | seal a record under its bucket's data key | [`envelope`] |
//! | wrap a key under another key | [`keywrap`] |
//! | derive several keys from one | [`mod@derive`] |
//! | judge, stretch and check a password | [`password`] |
//! | seal a key to somebody's public key | [`recipient`] |
//! | print the practice's recovery key on paper and read it back | [`recovery`] |
//! | sign and verify | [`signing`] |
//! | keep an append-only log that anybody can check | [`merkle`] |
//! | prove that a request comes from the enrolled device | [`proof`] |
//! | keep a secret out of logs and freed memory | [`secret`] |
//!
//! All hashes, ids, public keys and signatures travel as lower-case hexadecimal text, in one spelling, so
//! that an outsider's script needs nothing beyond its standard library to read them.
#![deny(missing_docs)]

mod bytes;
pub mod canonical;
pub mod derive;
pub mod digest;
pub mod envelope;
pub mod frame;
mod gcm;
mod hex;
pub mod keywrap;
pub mod merkle;
pub mod password;
pub mod proof;
pub mod randomness;
pub mod recipient;
pub mod recovery;
pub mod secret;
pub mod signing;

pub use bytes::HexError;
pub use digest::{BucketDigest, Sha256, sha256};
pub use envelope::{DataKey, KeyId};
pub use randomness::{NoRandomness, Randomness, SystemRandomness};
pub use secret::{Secret, Secret16, Secret32};
