//! The sync-server: the one truth of a practice, on PostgreSQL.
//!
//! | layer | modules |
//! | --- | --- |
//! | who may ask, and how | `http`, `auth`, `caller`, `tls`, `config`, `cli` |
//! | what devices ask | `sync` (hello, push, pull, verify, purge), `pokes`, `relay` |
//! | what is kept | `records`, `grants`, `clerk`, `practice`, `audit`, `log`, `epoch`, `sealing` |
//! | where | `db`, `statement`, `migrations` |

pub mod audit;
pub mod auth;
pub mod backup;
pub mod caller;
pub mod clerk;
pub mod cli;
pub mod clock;
pub mod config;
pub mod db;
pub mod demo;
pub mod demo_load;
pub mod edge;
pub mod epoch;
pub mod grants;
pub mod health;
pub mod http;
pub mod leases;
pub mod log;
pub mod logging;
pub mod machinery;
pub mod metrics;
pub mod migrations;
pub mod openapi;
pub mod pokes;
pub mod practice;
pub mod records;
pub mod relay;
pub mod sealing;
pub mod server;
pub mod statement;
pub mod stopwatch;
pub mod sync;
pub mod tls;

pub use server::Server;
