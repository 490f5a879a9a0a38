//! Tests that cross crates; each file under `tests/` is one promise. Here is what they share: real windows on laptops of
//! their own, driven as a person would.

pub mod charts;
pub mod keys;
pub mod laptop;
pub mod network;
pub mod notes;
pub mod patience;
pub mod traces;
pub mod webdriver;
pub mod window;
