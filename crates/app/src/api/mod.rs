//! The one interface of the application: what the window, and `mentalspace-device`, may ask for.
//!
//! Every call is typed here once; the front end's types, cache tags and error codes are generated from it
//! (`cargo xtask types`). Civil dates and times are strings (`2026-11-21`, `09:00`) and are never converted.

pub mod calls;
pub mod error;
pub mod input;
pub mod table;
pub mod typescript;
pub mod view;

pub use calls::{CALLS, call};
pub use error::{ApiError, Code};
