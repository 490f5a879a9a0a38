//! The store from the outside: real files, real keys, real domain commands; the other end decides by the same rules.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod clinic;
mod overlay;
mod pull;
mod server;
mod typing;
