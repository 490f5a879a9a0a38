//! A process that dies between two statements of its database: what the disk holds at that moment is set aside, and
//! nothing that the process does afterwards counts.
//!
//! Every connection that is opened on this thread is watched through SQLite's own hooks, so the product is not changed
//! for it. What a killed process leaves is what the operating system has: files as they stand, unsynced writes
//! included. Power cuts, which lose those, are tried on real processes (`cargo xtask faults power`).

use mentalspace_testkit::failure::{Failure, Outcome};
use rusqlite::Connection;
use rusqlite::trace::{TraceEvent, TraceEventCodes};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ffi::{c_char, c_int};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

#[derive(Default)]
struct Watch {
    /// Statements begun since it was armed.
    statements: u64,
    /// At which of them the process dies, and where the disk is then copied from and to.
    death: Option<(u64, PathBuf, PathBuf)>,
    died: bool,
    /// Before which statements somebody has died so far.
    places: BTreeSet<String>,
    failed: Option<std::io::Error>,
}

thread_local! {
    static WATCH: RefCell<Watch> = RefCell::default();
}

/// Watches every connection that this process opens from now on.
///
/// # Errors
/// SQLite refuses the hook.
pub fn watch() -> Outcome<()> {
    static WATCHED: OnceLock<bool> = OnceLock::new();
    let watched = *WATCHED.get_or_init(|| {
        #[expect(
            unsafe_code,
            reason = "SQLite calls this for each connection; it opens and closes none itself"
        )]
        unsafe {
            rusqlite::auto_extension::register_auto_extension(opened).is_ok()
        }
    });
    if watched { Ok(()) } else { Err(Failure::Said("SQLite does not let itself be watched".into())) }
}

#[expect(unsafe_code, reason = "the signature is SQLite's; the handle is valid while it is called")]
unsafe extern "C" fn opened(
    db: *mut rusqlite::ffi::sqlite3,
    message: *mut *mut c_char,
    _: *const rusqlite::ffi::sqlite3_api_routines,
) -> c_int {
    unsafe { rusqlite::auto_extension::init_auto_extension(db, message, follow) }
}

fn follow(mut db: Connection) -> rusqlite::Result<()> {
    db.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(begun))
}

#[expect(clippy::needless_pass_by_value, reason = "the signature is the library's")]
fn begun(event: TraceEvent<'_>) {
    let TraceEvent::Stmt(_, sql) = event else { return };
    WATCH.with_borrow_mut(|watch| {
        watch.statements += 1;
        let Some((at, from, to)) = &watch.death else { return };
        if watch.died || watch.statements < *at {
            return;
        }
        watch.failed = copy(from, to).err();
        watch.died = true;
        watch.places.insert(sql.split_whitespace().take(4).collect::<Vec<_>>().join(" "));
    });
}

/// From here on the process dies before its `at`th statement: the disk in `from` is copied to `to` as it stands
/// then. With 0 it lives.
pub fn arm(at: u64, from: &Path, to: &Path) {
    WATCH.with_borrow_mut(|watch| {
        watch.statements = 0;
        watch.died = false;
        watch.death = (at > 0).then(|| (at, from.to_path_buf(), to.to_path_buf()));
    });
}

/// Whether the process that was armed last is dead.
#[must_use]
pub fn has_died() -> bool {
    WATCH.with_borrow(|watch| watch.died)
}

/// Ends the watch; gives whether the process died, and how many statements it began.
///
/// # Errors
/// The disk could not be copied.
pub fn disarm() -> Outcome<(bool, u64)> {
    WATCH.with_borrow_mut(|watch| {
        watch.death = None;
        let died = std::mem::take(&mut watch.died);
        match watch.failed.take() {
            Some(error) => Err(error.into()),
            None => Ok((died, watch.statements)),
        }
    })
}

/// Before how many different statements somebody has died on this thread.
#[must_use]
pub fn places() -> BTreeSet<String> {
    WATCH.with_borrow(|watch| watch.places.clone())
}

/// Copies a directory with everything in it.
///
/// # Errors
/// A file cannot be read or written.
pub fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    fs::create_dir_all(to)?;
    for file in fs::read_dir(from)? {
        let file = file?;
        if file.file_type()?.is_dir() {
            copy(&file.path(), &to.join(file.file_name()))?;
            continue;
        }
        // SQLite may remove its log at any moment, also while others look.
        match fs::copy(file.path(), to.join(file.file_name())) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Puts a copy in the place of what is there.
///
/// # Errors
/// A file cannot be removed or moved.
pub fn put_back(copy: &Path, place: &Path) -> std::io::Result<()> {
    if place.exists() {
        fs::remove_dir_all(place)?;
    }
    fs::rename(copy, place)
}
