//! The device's encrypted store: records, overlay, outbox, archive, journal, search index; profile and keys.
//!
//! One SQLCipher file per practice and user. Reads go through a few read-only connections and never wait for the one
//! writer. See docs/ARCHITECTURE.md for how an edit travels through it.
#![deny(missing_docs)]
#![expect(
    clippy::significant_drop_tightening,
    reason = "a connection is held for the whole of a read or a transaction: that is what makes it one"
)]

mod apply;
mod aside;
mod buckets;
mod choices;
mod confirm;
mod database;
mod derived;
mod drafts;
mod error;
#[cfg(feature = "fault-switches")]
mod fault_switches;
mod files;
mod identity;
mod journal;
mod kinds;
mod meta;
mod offer;
mod outbox;
mod outbox_copy;
mod repair;
mod rows;
mod salvage;
mod search;
mod store;
mod submit;
mod take;
mod word;
mod world;

pub mod profile;

pub use apply::{
    Applied, Became, Incoming, IncomingBucket, IncomingEnd, IncomingPage, IncomingResult, IncomingRow,
};
pub use aside::SetAside;
pub use database::{Pragmas, SCHEMA_VERSION};
pub use drafts::DraftCount;
pub use error::{Result, StoreError, SubmitError};
pub use identity::DeviceIdentity;
pub use journal::{Entry, outcome_word};
pub use meta::MetaKey;
pub use outbox::Pending;
pub use repair::RowIdentity;
pub use search::Hit;
pub(crate) use store::Writer;
pub use store::{HeldBucket, Readiness, Store};
pub use submit::{Submitted, Writing};
pub use word::{SyncWord, Unsettled};
