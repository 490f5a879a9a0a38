//! Decisions over small worlds: every command where what it needs is present, absent and not held.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod appointments;
mod bounds;
mod caseload;
mod clients;
mod completeness;
mod conflicts;
mod diagnoses;
mod formats;
mod growing;
mod matrix;
mod policy;
mod practice;
mod quarantine;
mod repertoire;
mod scope;
mod signatures;
mod spelling;
mod wire;
