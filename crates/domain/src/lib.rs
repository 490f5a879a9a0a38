//! The core of MentalSpace: records, commands, decisions, merging, signing content, roles and note rules.
//!
//! Pure: no clock, no randomness, no file, no socket, no async. The desktop runs [`command::Command::decide`] on its
//! own copy at once; the server runs the same function on the authoritative copy, and its word is final.
#![deny(missing_docs)]

pub mod addendum;
pub mod appointment;
pub mod bounds;
pub mod bucket;
pub mod caseload;
pub mod client;
pub mod command;
pub mod context;
pub mod decision;
pub mod diagnosis;
pub mod ids;
pub mod merge;
pub mod note;
pub mod people;
pub mod policy;
pub mod quarantine;
pub mod record;
pub mod scope;
pub mod signing;
pub mod world;
