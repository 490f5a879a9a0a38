//! Tests that cross crates; each file under `tests/` is one promise. Here is what they share: real windows on laptops of
//! their own, driven as a person would.

#![expect(
    clippy::needless_pass_by_value,
    reason = "a question's arguments are made for it and not used again"
)]

pub mod access;
pub mod bench;
pub mod charts;
pub mod faults;
pub mod keys;
pub mod laptop;
pub mod load;
pub mod network;
pub mod notes;
pub mod patience;
pub mod screens;
pub mod traces;
pub mod webdriver;
pub mod window;
