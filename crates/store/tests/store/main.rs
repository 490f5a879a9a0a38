//! The store from the outside: real files, real keys, real domain commands; the other end decides by the same rules.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod canary;
mod clinic;
mod clocks;
mod damage;
mod drafts;
mod epoch;
mod files;
mod keyring;
mod kill;
mod late;
mod overlay;
mod pages;
mod profile;
mod pull;
mod purge;
mod readers;
mod release;
mod salvage;
mod search;
mod server;
mod typing;
mod versions;
