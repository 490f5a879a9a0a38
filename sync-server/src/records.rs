//! Records as the server keeps them: read, decided over and written through one place, the [`Desk`].
//!
//! The order of a transaction that writes is fixed (docs/decisions/0006): who it is for; the records that decisions
//! need, sorted, locked; narrow tables, results, audit; and last, because everybody who works in the same chart waits
//! for them, the heads of the buckets, sorted, with the records that take their numbers from them.

mod desk;
mod filing;
mod laying;
pub(crate) mod narrow;
mod statements;

pub(crate) use desk::{Desk, Misfit, Part};
pub(crate) use filing::{Bar, Filing};
pub(crate) use statements::STATEMENTS;
