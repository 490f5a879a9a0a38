//! The device's half of the protocol: connection, pull stream, and the engine that runs them.
#![deny(missing_docs)]

pub mod backoff;
pub mod connection;
pub mod engine;
pub mod enrol;
pub mod failure;
pub mod paging;
pub mod stream;
pub mod tls;
pub mod transport;
