//! What enrolled devices ask: hello, push, pull, verify, purge.

mod batch;
pub mod contacts;
mod hello;
mod judge;
mod pull;
mod purge;
mod push;
mod quarantine;
pub(crate) mod receipts;
mod results;
mod verify;

pub use hello::hello;
pub use pull::pull;
pub use purge::purge_ack;
pub use push::push;
pub use verify::verify;

use crate::statement::Described;

/// The statements of these modules.
pub(crate) const STATEMENTS: &[&[Described]] = &[
    batch::STATEMENTS,
    contacts::STATEMENTS,
    hello::STATEMENTS,
    pull::STATEMENTS,
    purge::STATEMENTS,
    push::STATEMENTS,
    quarantine::STATEMENTS,
    results::STATEMENTS,
    verify::STATEMENTS,
];
