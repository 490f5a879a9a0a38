//! The heart of the server over a real PostgreSQL: what is written, who sees it, in which order, and what stays.

#[path = "core/catalog.rs"]
mod catalog;
#[path = "core/devices.rs"]
mod devices;
#[path = "core/house.rs"]
mod house;
#[path = "core/isolation.rs"]
mod isolation;
#[path = "core/order.rs"]
mod order;
#[path = "core/pulling.rs"]
mod pulling;
#[path = "core/pushing.rs"]
mod pushing;
#[path = "core/statements.rs"]
mod statements;
#[path = "core/trail.rs"]
mod trail;
