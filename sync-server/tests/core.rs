//! The heart of the server over a real PostgreSQL: what is written, who sees it, in which order, and what stays.

#[cfg(test)]
#[path = "core/catalog.rs"]
mod catalog;
#[cfg(test)]
#[path = "core/contention.rs"]
mod contention;
#[cfg(test)]
#[path = "core/days.rs"]
mod days;
#[cfg(test)]
#[path = "core/devices.rs"]
mod devices;
#[cfg(test)]
#[path = "core/epochs.rs"]
mod epochs;
#[cfg(test)]
#[path = "core/grants.rs"]
mod grants;
#[cfg(test)]
#[path = "core/growth.rs"]
mod growth;
#[cfg(test)]
#[path = "core/house.rs"]
mod house;
#[cfg(test)]
#[path = "core/identifiers.rs"]
mod identifiers;
#[cfg(test)]
#[path = "core/isolation.rs"]
mod isolation;
#[cfg(test)]
#[path = "core/leakage.rs"]
mod leakage;
#[cfg(test)]
#[path = "core/order.rs"]
mod order;
#[cfg(test)]
#[path = "core/pulling.rs"]
mod pulling;
#[cfg(test)]
#[path = "core/pushing.rs"]
mod pushing;
#[cfg(test)]
#[path = "core/quarantine.rs"]
mod quarantine;
#[cfg(test)]
#[path = "core/speed.rs"]
mod speed;
#[cfg(test)]
#[path = "core/statements.rs"]
mod statements;
#[cfg(test)]
#[path = "core/trail.rs"]
mod trail;
#[cfg(test)]
#[path = "core/versions.rs"]
mod versions;
