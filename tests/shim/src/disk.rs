//! Which open files are looked at, and what becomes of an operation on one.
#![expect(unsafe_code, reason = "asks the C library about descriptors, and kills this process")]

use crate::control::{Class, Control, Plan};
use crate::log::Log;
use std::collections::HashMap;
use std::ffi::{CStr, CString, c_char, c_int};
use std::os::unix::ffi::OsStringExt as _;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// An open file or directory below the directory in question.
#[derive(Clone)]
pub(crate) struct Opened {
    pub(crate) path: Vec<u8>,
    pub(crate) inode: u64,
    pub(crate) is_directory: bool,
    pub(crate) appends: bool,
}

impl Opened {
    /// The index over the log is gone after a power cut whatever is done: it is not recorded.
    fn is_recorded(&self) -> bool {
        is_recorded(&self.path)
    }
}

fn is_recorded(path: &[u8]) -> bool {
    !path.ends_with(b"-shm")
}

/// The disk below one directory.
pub(crate) struct Disk {
    below: Vec<u8>,
    control: Control,
    log: Option<Log>,
    open: HashMap<c_int, Opened>,
}

/// The disk, for one operation alone: what is recorded is the order in which it was done. Absent where this program is
/// not to be disturbed.
pub(crate) fn disk() -> Option<MutexGuard<'static, Disk>> {
    static DISK: OnceLock<Option<Mutex<Disk>>> = OnceLock::new();
    let disk = DISK.get_or_init(|| Disk::from_surroundings().map(Mutex::new)).as_ref()?;
    Some(disk.lock().unwrap_or_else(PoisonError::into_inner))
}

fn surroundings(name: &str) -> Option<CString> {
    CString::new(std::env::var_os(name)?.into_vec()).ok()
}

impl Disk {
    fn from_surroundings() -> Option<Self> {
        Some(Self {
            below: surroundings("MENTALSPACE_FAULTDISK_DIR")?.into_bytes(),
            control: Control::open(&surroundings("MENTALSPACE_FAULTDISK_CONTROL")?)?,
            log: surroundings("MENTALSPACE_FAULTDISK_LOG").and_then(|path| Log::open(&path)),
            open: HashMap::new(),
        })
    }

    /// What is to become of the next operation. Does not return where the program is to die before it.
    pub(crate) fn next(&self, class: Class) -> Plan {
        let plan = self.control.next(class);
        if plan == Plan::KillBefore {
            die();
        }
        plan
    }

    /// The file open at `fd`, if it is one of those in question.
    pub(crate) fn at(&self, fd: c_int) -> Option<Opened> {
        self.open.get(&fd).cloned()
    }

    /// `path` in full, if it leads below the directory. `dir` is what a relative one starts from.
    ///
    /// # Safety
    /// `path` is a C string.
    pub(crate) unsafe fn below(&self, dir: c_int, path: *const c_char) -> Option<Vec<u8>> {
        // SAFETY: the caller's word.
        let path = unsafe { CStr::from_ptr(path) }.to_bytes();
        let full = match self.open.get(&dir) {
            Some(start) if !path.starts_with(b"/") => [&start.path, b"/".as_slice(), path].concat(),
            _ => path.to_vec(),
        };
        let rest = full.strip_prefix(self.below.as_slice())?;
        (rest.is_empty() || rest.starts_with(b"/")).then_some(full)
    }

    /// Takes in that `path` was opened at `fd`.
    pub(crate) fn opened(&mut self, fd: c_int, path: Vec<u8>, flags: c_int, existed: bool) {
        let Some(status) = status(fd) else { return };
        let opened = Opened {
            path,
            inode: status.st_ino,
            is_directory: status.st_mode & libc::S_IFMT == libc::S_IFDIR,
            appends: flags & libc::O_APPEND != 0,
        };
        if let Some(log) = self.log.as_ref().filter(|_| opened.is_recorded()) {
            if !existed {
                log.add(b'C', opened.inode, 0, &opened.path);
            } else if flags & libc::O_TRUNC != 0 {
                log.note(b'T', opened.inode, 0);
            }
        }
        self.open.insert(fd, opened);
    }

    /// Forgets what was open at `fd`.
    pub(crate) fn closed(&mut self, fd: c_int) {
        self.open.remove(&fd);
    }

    /// Records bytes that were written.
    pub(crate) fn wrote(&self, file: &Opened, at: u64, bytes: &[u8]) {
        if let Some(log) = self.log.as_ref().filter(|_| file.is_recorded()) {
            log.add(b'W', file.inode, at, bytes);
        }
    }

    /// Records a new length.
    pub(crate) fn truncated(&self, file: &Opened, length: u64) {
        if let Some(log) = self.log.as_ref().filter(|_| file.is_recorded()) {
            log.note(b'T', file.inode, length);
        }
    }

    /// Records that a file, or the names in a directory, are on the disk for certain.
    pub(crate) fn synced(&self, file: &Opened) {
        let Some(log) = self.log.as_ref().filter(|_| file.is_recorded()) else { return };
        if file.is_directory {
            log.add(b'D', 0, 0, &file.path);
        } else {
            log.note(b'S', file.inode, 0);
        }
    }

    /// Records a new name of a file.
    pub(crate) fn renamed(&self, from: &[u8], to: &[u8]) {
        if let Some(log) = self.log.as_ref().filter(|_| is_recorded(from)) {
            log.add(b'R', from.len() as u64, 0, &[from, to].concat());
        }
    }

    /// Records that a name is gone.
    pub(crate) fn unlinked(&self, path: &[u8]) {
        if let Some(log) = self.log.as_ref().filter(|_| is_recorded(path)) {
            log.add(b'U', 0, 0, path);
        }
    }
}

fn status(fd: c_int) -> Option<libc::stat64> {
    let mut status = std::mem::MaybeUninit::uninit();
    // SAFETY: room for one answer; it is read only where the call filled it.
    unsafe { (libc::fstat64(fd, status.as_mut_ptr()) == 0).then(|| status.assume_init()) }
}

/// Where a write without an offset of its own goes.
pub(crate) fn position(fd: c_int, file: &Opened) -> u64 {
    if file.appends {
        return status(fd).and_then(|status| u64::try_from(status.st_size).ok()).unwrap_or(0);
    }
    // SAFETY: plain numbers.
    u64::try_from(unsafe { libc::lseek64(fd, 0, libc::SEEK_CUR) }).unwrap_or(0)
}

/// Sets the error that the caller looks at.
pub(crate) fn set_errno(errno: c_int) {
    // SAFETY: the C library's own place for it, of this thread.
    unsafe { *libc::__errno_location() = errno };
}

/// Ends this process at once, like a power cut: nobody gets to run another instruction.
pub(crate) fn die() -> ! {
    // SAFETY: plain numbers.
    unsafe { libc::kill(libc::getpid(), libc::SIGKILL) };
    loop {
        std::hint::spin_loop();
    }
}
