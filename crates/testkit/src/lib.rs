//! What tests, benchmarks and the demonstration stand on: a real PostgreSQL, a local certificate authority,
//! a keyring, an X display and programs that can be killed. Nothing in the product depends on this crate.

pub mod certificates;
pub mod clinic;
pub mod demo;
pub mod failure;
pub mod postgres;
mod postgres_programs;
pub mod process;
pub mod proof;
pub mod secret_service;
pub mod test_database;
pub mod x_display;
