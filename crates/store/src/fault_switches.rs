//! Promises that a test breaks on purpose, to show that it would notice. Compiled in only with the feature
//! `fault-switches`, which nothing that is packed has.

/// Commits that are not synced: what they say is saved is not, at a power cut.
pub(crate) fn synchronous() -> Option<&'static str> {
    let is_switched = std::env::var_os("MENTALSPACE_FAULT_SYNCHRONOUS").is_some_and(|word| word == "NORMAL");
    is_switched.then_some("NORMAL")
}
