//! The page that driver and program share: what is to happen, and what has happened. It outlives a kill of the program.
//!
//! The driver's side, with the same numbers, is `tests/src/faults/disk.rs`.
#![expect(unsafe_code, reason = "the page is shared memory")]

use crate::real;
use std::ffi::CStr;
use std::sync::atomic::{AtomicU64, Ordering};

/// Length of the page in bytes.
const LENGTH: usize = 4096;

/// A slot of 8 bytes, by its number.
#[derive(Clone, Copy)]
#[repr(usize)]
pub(crate) enum Slot {
    /// What is to happen: see [`Plan`].
    Plan = 0,
    /// At which operation of those in the mask, counted from 1.
    At = 1,
    /// Bit `n` stands for operations of class `n`.
    Mask = 2,
    /// The error that a failing operation gives.
    Errno = 3,
    /// 0: once; 1: from then on.
    ForGood = 4,
    /// Operations in the mask since the driver set this to 0.
    Seen = 8,
    /// How often the plan took effect.
    Took = 9,
}

/// Where the counts of all operations begin, by class.
const COUNTS: usize = 16;

/// Classes of operations.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Class {
    Write = 0,
    Sync = 1,
    Rename = 2,
    Unlink = 3,
    Truncate = 4,
    Open = 5,
    Read = 6,
}

/// What happens to one operation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plan {
    /// It is done.
    Pass,
    /// The program is killed before it.
    KillBefore,
    /// The program is killed when half of it is done, as far as it has halves.
    KillHalfway,
    /// The program is killed after it.
    KillAfter,
    /// It fails with this error.
    Fail(i32),
    /// Half of it is done, and the program is told so.
    Short,
}

/// The shared page.
pub(crate) struct Control(&'static [AtomicU64]);

impl Control {
    /// Maps the page in the file `path`.
    pub(crate) fn open(path: &CStr) -> Option<Self> {
        // SAFETY: a C string and plain numbers.
        let fd = unsafe { real::open(path.as_ptr(), libc::O_RDWR | libc::O_CLOEXEC, 0) };
        if fd < 0 {
            return None;
        }
        let (both, shared) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED);
        // SAFETY: a new mapping of a file that the driver has made `LENGTH` bytes long and keeps so.
        let at = unsafe { libc::mmap(std::ptr::null_mut(), LENGTH, both, shared, fd, 0) };
        // SAFETY: the descriptor is ours; the mapping stays.
        unsafe { real::close(fd) };
        if at == libc::MAP_FAILED {
            return None;
        }
        // SAFETY: page-aligned, `LENGTH` bytes, never unmapped, and every access to it is atomic on this side.
        Some(Self(unsafe { std::slice::from_raw_parts(at.cast::<AtomicU64>(), LENGTH / 8) }))
    }

    fn get(&self, slot: Slot) -> u64 {
        self.0[slot as usize].load(Ordering::SeqCst)
    }

    fn add(&self, slot: usize) -> u64 {
        self.0[slot].fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Counts one operation, and says what is to become of it.
    pub(crate) fn next(&self, class: Class) -> Plan {
        self.add(COUNTS + class as usize);
        if self.get(Slot::Mask) & (1 << class as u8) == 0 {
            return Plan::Pass;
        }
        let seen = self.add(Slot::Seen as usize);
        let at = self.get(Slot::At);
        let for_good = self.get(Slot::ForGood) == 1;
        if at == 0 || seen < at || (seen > at && !for_good) {
            return Plan::Pass;
        }
        let errno = i32::try_from(self.get(Slot::Errno)).unwrap_or(libc::EIO);
        let plan = match self.get(Slot::Plan) {
            1 => Plan::KillBefore,
            2 => Plan::KillHalfway,
            3 => Plan::KillAfter,
            4 => Plan::Fail(errno),
            // A disk that has just taken half of a write takes nothing more.
            5 if seen > at => Plan::Fail(errno),
            5 => Plan::Short,
            _ => return Plan::Pass,
        };
        self.add(Slot::Took as usize);
        plan
    }
}
