//! The C library's own functions, behind the ones of the same name here.
#![expect(unsafe_code, reason = "the functions are found by name and called as C declares them")]

use libc::{c_char, c_int, c_void, iovec, mode_t, off64_t, size_t, ssize_t};
use std::ffi::CStr;
use std::mem::transmute;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The next function of this name after ours; looked up once.
fn next(found: &AtomicUsize, name: &CStr) -> usize {
    let known = found.load(Ordering::Relaxed);
    if known != 0 {
        return known;
    }
    // SAFETY: the name is a C string; nothing else is asked of dlsym.
    let address = unsafe { libc::dlsym(libc::RTLD_NEXT, name.as_ptr()) } as usize;
    if address == 0 {
        // Every function here is one of the C library's: without it, there is no program to test.
        std::process::abort();
    }
    found.store(address, Ordering::Relaxed);
    address
}

macro_rules! real {
    ($($name:ident: $called:literal ($($argument:ident: $type:ty),*) -> $out:ty;)+) => {$(
        /// # Safety
        /// As for the C function.
        pub(crate) unsafe fn $name($($argument: $type),*) -> $out {
            static FOUND: AtomicUsize = AtomicUsize::new(0);
            // SAFETY: the address is that of the C function, which has this type.
            let function: unsafe extern "C" fn($($type),*) -> $out = unsafe { transmute(next(&FOUND, $called)) };
            // SAFETY: the caller's arguments, passed on.
            unsafe { function($($argument),*) }
        }
    )+};
}

real! {
    read: c"read" (fd: c_int, buffer: *mut c_void, count: size_t) -> ssize_t;
    pread: c"pread64" (fd: c_int, buffer: *mut c_void, count: size_t, at: off64_t) -> ssize_t;
    write: c"write" (fd: c_int, buffer: *const c_void, count: size_t) -> ssize_t;
    pwrite: c"pwrite64" (fd: c_int, buffer: *const c_void, count: size_t, at: off64_t) -> ssize_t;
    writev: c"writev" (fd: c_int, parts: *const iovec, count: c_int) -> ssize_t;
    pwritev: c"pwritev64" (fd: c_int, parts: *const iovec, count: c_int, at: off64_t) -> ssize_t;
    fsync: c"fsync" (fd: c_int) -> c_int;
    fdatasync: c"fdatasync" (fd: c_int) -> c_int;
    sync_file_range: c"sync_file_range" (fd: c_int, from: off64_t, count: off64_t, flags: u32) -> c_int;
    ftruncate: c"ftruncate64" (fd: c_int, length: off64_t) -> c_int;
    rename: c"rename" (from: *const c_char, to: *const c_char) -> c_int;
    unlink: c"unlink" (path: *const c_char) -> c_int;
    unlinkat: c"unlinkat" (dir: c_int, path: *const c_char, flags: c_int) -> c_int;
    close: c"close" (fd: c_int) -> c_int;
}

macro_rules! real_open {
    ($($name:ident: $called:literal ($($argument:ident: $type:ty),*);)+) => {$(
        /// # Safety
        /// As for the C function.
        pub(crate) unsafe fn $name($($argument: $type,)* flags: c_int, mode: mode_t) -> c_int {
            static FOUND: AtomicUsize = AtomicUsize::new(0);
            // SAFETY: the address is that of the C function, which has this type.
            let function: unsafe extern "C" fn($($type,)* c_int, ...) -> c_int = unsafe { transmute(next(&FOUND, $called)) };
            // SAFETY: the caller's arguments, passed on; a mode that nobody asked for is not read.
            unsafe { function($($argument,)* flags, mode) }
        }
    )+};
}

real_open! {
    open: c"open64" (path: *const c_char);
    openat: c"openat64" (dir: c_int, path: *const c_char);
}
