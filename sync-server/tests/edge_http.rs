//! The ways into the server, tried from outside: a real PostgreSQL, a real TLS listener, an HTTP client of its own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

#[path = "edge/harness.rs"]
mod harness;

#[path = "edge/console.rs"]
mod console;
#[path = "edge/demonstration.rs"]
mod demonstration;
#[path = "edge/devices.rs"]
mod devices;
#[path = "edge/enrolment.rs"]
mod enrolment;
#[path = "edge/operation.rs"]
mod operation;
#[path = "edge/proofs.rs"]
mod proofs;
#[path = "edge/requests.rs"]
mod requests;
#[path = "edge/sign_in.rs"]
mod sign_in;
#[path = "edge/two_servers.rs"]
mod two_servers;
