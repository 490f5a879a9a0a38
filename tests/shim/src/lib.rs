//! A disk that fails on command, under the unchanged product.
//!
//! Loaded with `LD_PRELOAD`, it stands between a program and the C library for whatever reads or changes files below one
//! directory: `SQLite`'s and Rust's own calls go through here alike. A page of memory shared with the driver says what is
//! to happen (kill the program at the i-th operation, fail it, cut a write short) and counts what did. With a log named,
//! every change is written down there, so that the driver can work out what a power cut would have left on the disk.
//!
//! | surroundings | meaning |
//! | --- | --- |
//! | `MENTALSPACE_FAULTDISK_DIR` | only files below this directory are looked at |
//! | `MENTALSPACE_FAULTDISK_CONTROL` | the shared page: a file of 4096 bytes, see [`control`] |
//! | `MENTALSPACE_FAULTDISK_LOG` | where changes are recorded, see [`log`]; absent: nowhere |
//!
//! Nothing that ships uses it; `tests/tests/dependencies.rs` keeps it so.

mod calls;
mod control;
mod disk;
mod log;
mod real;
