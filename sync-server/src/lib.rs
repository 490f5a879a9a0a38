//! The sync-server: the one truth of a practice, on PostgreSQL.
//!
//! | layer | modules |
//! | --- | --- |
//! | who may ask, and how | `http`, `auth`, `caller`, `tls`, `config`, `cli` |
//! | what devices ask | `sync` (hello, push, pull, verify, purge) |
//! | what is kept | `records`, `grants`, `practice`, `audit`, `log`, `sealing` |
//! | where | `db`, `statement`, `migrations` |

pub mod audit;
pub mod caller;
pub mod clock;
pub mod db;
pub mod grants;
pub mod http;
pub mod leases;
pub mod log;
pub mod machinery;
pub mod migrations;
pub mod pokes;
pub mod practice;
pub mod records;
pub mod sealing;
pub mod server;
pub mod statement;
pub mod sync;

pub use server::Server;
