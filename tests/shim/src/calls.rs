//! The functions that stand before the C library's. Each asks what is to happen, does it, and records it.
#![expect(unsafe_code, reason = "functions with the names and types of C")]

use crate::control::{Class, Plan};
use crate::disk::{Disk, Opened, die, disk, position, set_errno};
use crate::real;
use libc::{c_char, c_int, c_void, iovec, mode_t, off64_t, size_t, ssize_t};
use std::sync::MutexGuard;

/// The file at `fd` with the disk that it is on, if it is one of those in question.
fn looked_at(fd: c_int) -> Option<(MutexGuard<'static, Disk>, Opened)> {
    let disk = disk()?;
    let file = disk.at(fd)?;
    Some((disk, file))
}

/// Runs an operation that is done whole or not at all.
fn whole(disk: &Disk, class: Class, work: impl FnOnce() -> c_int, record: impl FnOnce(&Disk)) -> c_int {
    let plan = disk.next(class);
    if let Plan::Fail(errno) = plan {
        set_errno(errno);
        return -1;
    }
    let done = work();
    if done == 0 {
        record(disk);
    }
    if matches!(plan, Plan::KillHalfway | Plan::KillAfter) {
        die();
    }
    done
}

/// Runs a write of `bytes` at `at`, in halves where that is the plan.
fn written(
    disk: &Disk,
    file: &Opened,
    at: u64,
    bytes: &[u8],
    work: impl FnOnce(&[u8]) -> ssize_t,
) -> ssize_t {
    let plan = disk.next(Class::Write);
    if let Plan::Fail(errno) = plan {
        set_errno(errno);
        return -1;
    }
    let part = if matches!(plan, Plan::KillHalfway | Plan::Short) && bytes.len() > 1 {
        &bytes[..bytes.len() / 2]
    } else {
        bytes
    };
    let done = work(part);
    if let Ok(length) = usize::try_from(done) {
        disk.wrote(file, at, &part[..length.min(part.len())]);
    }
    if matches!(plan, Plan::KillHalfway | Plan::KillAfter) {
        die();
    }
    done
}

/// Runs a read: it fails or it does not.
fn read_by(disk: &Disk, work: impl FnOnce() -> ssize_t) -> ssize_t {
    match disk.next(Class::Read) {
        Plan::Fail(errno) => {
            set_errno(errno);
            -1
        }
        Plan::KillHalfway | Plan::KillAfter => die(),
        Plan::Pass | Plan::KillBefore | Plan::Short => work(),
    }
}

/// # Safety
/// `count` bytes at `buffer`.
unsafe fn bytes<'b>(buffer: *const c_void, count: size_t) -> &'b [u8] {
    if count == 0 {
        return &[];
    }
    // SAFETY: the caller's word.
    unsafe { std::slice::from_raw_parts(buffer.cast(), count) }
}

/// # Safety
/// `count` parts at `parts`.
unsafe fn gathered(parts: *const iovec, count: c_int) -> Vec<u8> {
    let count = usize::try_from(count).unwrap_or(0);
    // SAFETY: the caller's word, for the parts and for what they point to.
    unsafe {
        std::slice::from_raw_parts(parts, count)
            .iter()
            .flat_map(|part| bytes(part.iov_base, part.iov_len))
            .copied()
            .collect()
    }
}

/// # Safety
/// `path` is a C string.
unsafe fn open_at(dir: c_int, path: *const c_char, flags: c_int, work: impl FnOnce() -> c_int) -> c_int {
    let Some(mut disk) = disk() else { return work() };
    // SAFETY: the caller's word.
    let Some(full) = (unsafe { disk.below(dir, path) }) else {
        drop(disk);
        return work();
    };
    let plan = disk.next(Class::Open);
    if let Plan::Fail(errno) = plan {
        set_errno(errno);
        return -1;
    }
    // SAFETY: a C string and plain numbers.
    let existed = unsafe { libc::faccessat(dir, path, libc::F_OK, 0) } == 0;
    let fd = work();
    if fd >= 0 {
        disk.opened(fd, full, flags, existed);
    }
    if matches!(plan, Plan::KillHalfway | Plan::KillAfter) {
        die();
    }
    fd
}

macro_rules! calls {
    ($($name:ident)+ : fn $arguments:tt -> $out:ty $body:block) => {
        $(call! { $name $arguments -> $out $body })+
    };
}

macro_rules! call {
    ($name:ident ($($argument:ident: $type:ty),*) -> $out:ty $body:block) => {
        /// # Safety
        /// As for the C function.
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name($($argument: $type),*) -> $out $body
    };
}

calls! { open open64: fn(path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    // SAFETY: the caller's arguments; where no mode was given, none is read.
    unsafe { open_at(libc::AT_FDCWD, path, flags, || real::open(path, flags, mode)) }
}}

calls! { openat openat64: fn(dir: c_int, path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    // SAFETY: as above.
    unsafe { open_at(dir, path, flags, || real::openat(dir, path, flags, mode)) }
}}

calls! { close: fn(fd: c_int) -> c_int {
    if let Some(mut disk) = disk() {
        disk.closed(fd);
    }
    // SAFETY: the caller's arguments.
    unsafe { real::close(fd) }
}}

calls! { read: fn(fd: c_int, buffer: *mut c_void, count: size_t) -> ssize_t {
    // SAFETY: the caller's arguments.
    let work = || unsafe { real::read(fd, buffer, count) };
    let Some((disk, _)) = looked_at(fd) else { return work() };
    read_by(&disk, work)
}}

calls! { pread pread64: fn(fd: c_int, buffer: *mut c_void, count: size_t, at: off64_t) -> ssize_t {
    // SAFETY: the caller's arguments.
    let work = || unsafe { real::pread(fd, buffer, count, at) };
    let Some((disk, _)) = looked_at(fd) else { return work() };
    read_by(&disk, work)
}}

calls! { write: fn(fd: c_int, buffer: *const c_void, count: size_t) -> ssize_t {
    let Some((disk, file)) = looked_at(fd) else {
        // SAFETY: the caller's arguments.
        return unsafe { real::write(fd, buffer, count) };
    };
    // SAFETY: the caller's buffer, and parts of it.
    let all = unsafe { bytes(buffer, count) };
    written(&disk, &file, position(fd, &file), all, |part| unsafe {
        real::write(fd, part.as_ptr().cast(), part.len())
    })
}}

calls! { pwrite pwrite64: fn(fd: c_int, buffer: *const c_void, count: size_t, at: off64_t) -> ssize_t {
    let Some((disk, file)) = looked_at(fd) else {
        // SAFETY: the caller's arguments.
        return unsafe { real::pwrite(fd, buffer, count, at) };
    };
    // SAFETY: the caller's buffer, and parts of it.
    let all = unsafe { bytes(buffer, count) };
    written(&disk, &file, u64::try_from(at).unwrap_or(0), all, |part| unsafe {
        real::pwrite(fd, part.as_ptr().cast(), part.len(), at)
    })
}}

calls! { writev: fn(fd: c_int, parts: *const iovec, count: c_int) -> ssize_t {
    let Some((disk, file)) = looked_at(fd) else {
        // SAFETY: the caller's arguments.
        return unsafe { real::writev(fd, parts, count) };
    };
    // SAFETY: the caller's parts, and a copy of them.
    let all = unsafe { gathered(parts, count) };
    written(&disk, &file, position(fd, &file), &all, |part| unsafe {
        real::write(fd, part.as_ptr().cast(), part.len())
    })
}}

calls! { pwritev pwritev64: fn(fd: c_int, parts: *const iovec, count: c_int, at: off64_t) -> ssize_t {
    let Some((disk, file)) = looked_at(fd) else {
        // SAFETY: the caller's arguments.
        return unsafe { real::pwritev(fd, parts, count, at) };
    };
    // SAFETY: the caller's parts, and a copy of them.
    let all = unsafe { gathered(parts, count) };
    written(&disk, &file, u64::try_from(at).unwrap_or(0), &all, |part| unsafe {
        real::pwrite(fd, part.as_ptr().cast(), part.len(), at)
    })
}}

calls! { fsync: fn(fd: c_int) -> c_int {
    // SAFETY: the caller's arguments.
    let work = || unsafe { real::fsync(fd) };
    let Some((disk, file)) = looked_at(fd) else { return work() };
    whole(&disk, Class::Sync, work, |disk| disk.synced(&file))
}}

calls! { fdatasync: fn(fd: c_int) -> c_int {
    // SAFETY: the caller's arguments.
    let work = || unsafe { real::fdatasync(fd) };
    let Some((disk, file)) = looked_at(fd) else { return work() };
    whole(&disk, Class::Sync, work, |disk| disk.synced(&file))
}}

calls! { sync_file_range: fn(fd: c_int, from: off64_t, count: off64_t, flags: u32) -> c_int {
    // SAFETY: the caller's arguments.
    let work = || unsafe { real::sync_file_range(fd, from, count, flags) };
    let Some((disk, _)) = looked_at(fd) else { return work() };
    // It promises nothing about lengths and names, so nothing is taken for certain after it.
    whole(&disk, Class::Sync, work, |_| {})
}}

calls! { ftruncate ftruncate64: fn(fd: c_int, length: off64_t) -> c_int {
    // SAFETY: the caller's arguments.
    let work = || unsafe { real::ftruncate(fd, length) };
    let Some((disk, file)) = looked_at(fd) else { return work() };
    whole(&disk, Class::Truncate, work, |disk| disk.truncated(&file, u64::try_from(length).unwrap_or(0)))
}}

calls! { rename: fn(from: *const c_char, to: *const c_char) -> c_int {
    // SAFETY: the caller's arguments.
    let work = || unsafe { real::rename(from, to) };
    let Some(disk) = disk() else { return work() };
    // SAFETY: C strings by the function's own contract.
    let paths = unsafe { disk.below(libc::AT_FDCWD, from).zip(disk.below(libc::AT_FDCWD, to)) };
    let Some((from, to)) = paths else {
        drop(disk);
        return work();
    };
    whole(&disk, Class::Rename, work, |disk| disk.renamed(&from, &to))
}}

calls! { unlink: fn(path: *const c_char) -> c_int {
    // SAFETY: the caller's arguments.
    let work = || unsafe { real::unlink(path) };
    let Some(disk) = disk() else { return work() };
    // SAFETY: a C string by the function's own contract.
    let Some(full) = (unsafe { disk.below(libc::AT_FDCWD, path) }) else {
        drop(disk);
        return work();
    };
    whole(&disk, Class::Unlink, work, |disk| disk.unlinked(&full))
}}

calls! { unlinkat: fn(dir: c_int, path: *const c_char, flags: c_int) -> c_int {
    // SAFETY: the caller's arguments.
    let work = || unsafe { real::unlinkat(dir, path, flags) };
    let Some(disk) = disk() else { return work() };
    // SAFETY: a C string by the function's own contract.
    let Some(full) = (unsafe { disk.below(dir, path) }) else {
        drop(disk);
        return work();
    };
    whole(&disk, Class::Unlink, work, |disk| disk.unlinked(&full))
}}
