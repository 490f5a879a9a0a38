//! Promises that a test breaks on purpose, to show that it would notice. Compiled in only with the feature
//! `fault-switches`, which nothing that is packed has.

use mentalspace_crypto::password::Argon2Params;

/// Commits that are not synced: what they say is saved is not, at a power cut.
pub(crate) fn synchronous() -> Option<&'static str> {
    let is_switched = std::env::var_os("MENTALSPACE_FAULT_SYNCHRONOUS").is_some_and(|word| word == "NORMAL");
    is_switched.then_some("NORMAL")
}

/// A new profile's password is stretched no more than this build's floor asks: what a test of processes would else spend
/// most of its time on. The floor is the product's own in every build without `cheap-kdf`.
pub(crate) fn kdf() -> Option<Argon2Params> {
    let is_switched = std::env::var_os("MENTALSPACE_FAULT_KDF").is_some_and(|word| word == "FLOOR");
    is_switched.then(Argon2Params::device_floor)
}
