//! The sync protocol as a small executable model: a server with buckets, grants and a log epoch; devices with outbox,
//! overlay and archive; a network that loses, doubles, delays and cuts; backups and images of disks.
//!
//! It follows `docs/sync-protocol.md` as it is built (`crates/sync/src/engine.rs`, `crates/store/src/{apply, buckets,
//! outbox, confirm, offer}.rs`, `sync-server/src/sync`), with two parts that the server does not do yet: pruning of
//! tombstones, and the restore itself. It knows no crate of the product, so that it can disagree with it.
//! [`invariants`] says what must hold; [`bug`] says which mistakes are sure to be found.
#![deny(missing_docs)]

pub mod applying;
pub mod bug;
pub mod chart;
pub mod deeds;
pub mod device;
pub mod engine;
pub mod invariants;
pub mod ledger;
pub mod machine;
pub mod messages;
pub mod network;
pub mod server;
pub mod small_scope;
pub mod world;
