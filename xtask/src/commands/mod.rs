//! One file per command of `cargo xtask`.

pub(crate) mod bench;
pub(crate) mod ci;
pub(crate) mod demo;
pub(crate) mod faults;
pub(crate) mod load;
pub(crate) mod package;
pub(crate) mod prove;
pub(crate) mod screens;
pub(crate) mod simulate;
pub(crate) mod stage;
pub(crate) mod test;
pub(crate) mod types;
