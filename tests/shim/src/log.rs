//! What was changed, in order, for the driver to work out what a power cut would have left.
//!
//! An entry is a letter, three numbers of 8 bytes (little-endian) and bytes as the last number says:
//!
//! | letter | numbers | bytes |
//! | --- | --- | --- |
//! | `W` written | inode, offset, length | what was written |
//! | `T` truncated or extended | inode, new length, 0 | |
//! | `S` file synced | inode, 0, 0 | |
//! | `C` created | inode, 0, length | path |
//! | `R` renamed | length of the first path, 0, length of both | both paths |
//! | `U` unlinked | 0, 0, length | path |
//! | `D` directory synced | 0, 0, length | path |
#![expect(unsafe_code, reason = "the log is written with the C library's own write")]

use crate::real;
use std::ffi::{CStr, c_int};

/// The open log.
pub(crate) struct Log(c_int);

impl Log {
    /// Appends to the file `path`.
    pub(crate) fn open(path: &CStr) -> Option<Self> {
        let flags = libc::O_WRONLY | libc::O_APPEND | libc::O_CREAT | libc::O_CLOEXEC;
        // SAFETY: a C string and plain numbers.
        let fd = unsafe { real::open(path.as_ptr(), flags, 0o600) };
        (fd >= 0).then_some(Self(fd))
    }

    /// Adds an entry. It survives a kill: the system has it when this returns.
    pub(crate) fn add(&self, letter: u8, first: u64, second: u64, bytes: &[u8]) {
        self.put(letter, [first, second, bytes.len() as u64], bytes);
    }

    /// Adds an entry that has numbers only.
    pub(crate) fn note(&self, letter: u8, first: u64, second: u64) {
        self.put(letter, [first, second, 0], &[]);
    }

    fn put(&self, letter: u8, numbers: [u64; 3], bytes: &[u8]) {
        let mut entry = Vec::with_capacity(25 + bytes.len());
        entry.push(letter);
        for number in numbers {
            entry.extend(number.to_le_bytes());
        }
        entry.extend(bytes);
        // SAFETY: a buffer of that length. A log that is short is found out by the driver, who reads whole entries.
        unsafe { real::write(self.0, entry.as_ptr().cast(), entry.len()) };
    }
}
