//! The simulation: the product's own application over its real encrypted store, its own server over real PostgreSQL,
//! and between them a network, clocks and disks that chance breaks. One seed is one story; the same seed is the same
//! story, to the last byte.
//!
//! See `docs/decisions/0070-simulation.md`.
#![deny(missing_docs)]

pub mod chance;
pub mod clock;
pub mod disk;
mod ending;
pub mod evidence;
mod happenings;
pub mod house;
pub mod laptop;
pub mod ledger;
pub mod network;
mod people;
pub mod run;
pub mod small;
pub mod story;
mod syncing;
