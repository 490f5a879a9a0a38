//! The demonstration: a fictional practice on a server of this machine, in windows or as a scripted day.

mod day;
mod narrator;
mod offline;
mod practice;
mod settling;
mod stage;
mod traces;
mod window;

pub use day::scripted_day;
pub use narrator::Narrator;
pub use practice::Practice;
pub use stage::Stage;
pub use traces::{database_as_text, found_in};
pub use window::windows;
