//! Opening the encrypted database: key, pragmas, migrations.

use crate::derived;
use crate::error::{Result, StoreError};
use mentalspace_crypto::secret::Secret32;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Every pragma in one place.
#[derive(Clone, Copy, Debug)]
pub struct Pragmas {
    /// `synchronous`: FULL. NORMAL loses acknowledged notes at a power cut (measured; docs/decisions/0006).
    pub synchronous: &'static str,
    /// `journal_mode`: WAL, so that readers never wait for a writer.
    pub journal_mode: &'static str,
    /// `wal_autocheckpoint`, pages of 4 KiB.
    pub wal_autocheckpoint: u32,
    /// `cache_size`, KiB (negative by SQLite's convention).
    pub cache_kib: i32,
    /// `busy_timeout`, milliseconds.
    pub busy_timeout_ms: u32,
}

impl Pragmas {
    /// What every connection of the product uses.
    pub const STANDARD: Self = Self {
        synchronous: "FULL",
        journal_mode: "WAL",
        wal_autocheckpoint: 4_000,
        cache_kib: -32_768,
        busy_timeout_ms: 5_000,
    };

    /// [`Self::STANDARD`], but for what a test has switched off.
    #[cfg(feature = "fault-switches")]
    fn in_force() -> Self {
        crate::fault_switches::synchronous()
            .map_or(Self::STANDARD, |synchronous| Self { synchronous, ..Self::STANDARD })
    }

    #[cfg(not(feature = "fault-switches"))]
    const fn in_force() -> Self {
        Self::STANDARD
    }
}

/// Append-only: a migration that has left the house is never edited.
const MIGRATIONS: &[&str] = &[
    include_str!("../../../migrations/client/0001_store.sql"),
    include_str!("../../../migrations/client/0002_drafts.sql"),
    include_str!("../../../migrations/client/0003_quarantine.sql"),
    include_str!("../../../migrations/client/0004_restores.sql"),
];

/// The newest schema version that this release knows.
pub const SCHEMA_VERSION: i64 = MIGRATIONS.len() as i64;

/// Looks into the file without changing one byte of it or of what lies beside it, and gives what `look` finds there.
///
/// # Errors
/// The key does not open the file, the file is damaged or newer than this release.
pub(crate) fn probe<T>(path: &Path, key: &Secret32, look: impl Fn(&Connection) -> Result<T>) -> Result<T> {
    let db = open_to_look(path, key)?;
    let found = refuse_newer(&db).and_then(|()| look(&db));
    drop(db);
    found.map_err(|error| diagnose(path, error, || open_to_look(path, key)))
}

/// Opens the file to look into it and no more.
///
/// A database in WAL mode is not safe to "just open": SQLite would create `-wal` and `-shm`, and checkpoint the log
/// when the last connection closes, even if the key turned out to be another device's. So a file without a log is read as
/// if it could not change; and where a log holds newer pages, they are read with an index in memory and without a
/// checkpoint at the end.
///
/// The file alone says nothing where there is a log: a kill or a power cut in the middle of a checkpoint leaves pages in it
/// that are torn, or that know of others that have not arrived. It is whole together with its log.
pub(crate) fn open_to_look(path: &Path, key: &Secret32) -> Result<Connection> {
    if !has_log(path) {
        let flags =
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
        begun();
        let db = Connection::open_with_flags(immutable_uri(path), flags)?;
        return apply_key(&db, key).map(|()| db);
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    begun();
    let db = Connection::open_with_flags(path, flags)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    // Before the first read: then the index over the log lives in memory, and no -shm is made or touched.
    db.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    apply_key(&db, key).map(|()| db)
}

pub(crate) fn has_log(path: &Path) -> bool {
    std::fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0)
}

/// Says of a failure whether it comes from a damaged file. SQLCipher gives a page whose HMAC is wrong as zeros and
/// refuses everything after it, so the first thing to fail may be a record that cannot be read, a missing table, or a
/// want of memory; and it takes a page that the disk did not give for one that is wrong. So the file is looked at through
/// a connection of its own, which `look_again` opens, and a disk that cannot be read is never called a damaged file. Costs
/// one pass over the file, and only after a failure.
pub(crate) fn diagnose(
    path: &Path,
    error: StoreError,
    look_again: impl FnOnce() -> Result<Connection>,
) -> StoreError {
    if !is_suspicious(&error) {
        return error;
    }
    let is_damaged = read_through(path).is_ok()
        && match look_again() {
            Ok(db) => !is_sound(&db),
            Err(why) => matches!(why, StoreError::Damaged(_)),
        };
    match error {
        StoreError::Damaged(cause) if !is_damaged => StoreError::Database(cause),
        error if is_damaged => StoreError::Damaged(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT),
            Some(format!("a page is not as it was written, which showed as: {error}")),
        )),
        error => error,
    }
}

/// Whether a failure may come from a file that is damaged or a disk that could not be read. After one of these SQLCipher
/// refuses whatever else is asked through the same connection.
pub(crate) fn is_suspicious(error: &StoreError) -> bool {
    match error {
        StoreError::Record(_) | StoreError::Command(_) | StoreError::Damaged(_) => true,
        StoreError::Database(error) => !matches!(
            error.sqlite_error_code(),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::ConstraintViolation)
        ),
        _ => false,
    }
}

/// Reads the file and its log to their ends, as the disk gives them.
fn read_through(path: &Path) -> std::io::Result<()> {
    for ending in ["", "-wal"] {
        match std::fs::File::open(beside(path, ending)) {
            Ok(mut file) => std::io::copy(&mut file, &mut std::io::sink()).map(drop)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Whether every page that holds something, taken from the log where it is newer there, is as it was written, and what
/// stands in them hangs together.
pub(crate) fn is_sound(db: &Connection) -> bool {
    let tree: rusqlite::Result<String> = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0));
    tree.is_ok_and(|tree| tree == "ok")
}

/// Whether a page of the file at `path`, used or free, is not as it was written. Where there is a log, pages of the file
/// may be torn that nobody reads any more.
pub(crate) fn has_bad_page(db: &Connection, path: &Path) -> Result<bool> {
    Ok(!has_log(path) && db.prepare("PRAGMA cipher_integrity_check")?.exists([])?)
}

fn refuse_newer(db: &Connection) -> Result<()> {
    let found: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > SCHEMA_VERSION {
        return Err(StoreError::NewerSchema { found, known: SCHEMA_VERSION });
    }
    Ok(())
}

/// The file that SQLite keeps beside `path` under this ending.
pub(crate) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// `path` as a URI that tells SQLite that nothing will change the file while it is open.
fn immutable_uri(path: &Path) -> String {
    let mut uri = String::from("file:");
    let text = path.as_os_str().as_encoded_bytes();
    if cfg!(windows) && !text.starts_with(b"/") {
        uri.push('/');
    }
    for byte in text {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
                uri.push(char::from(*byte));
            }
            b'\\' if cfg!(windows) => uri.push('/'),
            b':' if cfg!(windows) => uri.push(':'),
            other => {
                let _ = write!(uri, "%{other:02X}");
            }
        }
    }
    uri.push_str("?immutable=1");
    uri
}

/// Opens the one writing connection and brings the schema up to date.
///
/// # Errors
/// The key does not open the file, the file is damaged or newer than this release: it is left untouched.
pub(crate) fn open_writer(path: &Path, key: &Secret32, create: bool) -> Result<Connection> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if create {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    } else {
        probe(path, key, |_| Ok(()))?;
    }
    let mut db = writing(path, key, flags)?;
    let found: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    migrate(&mut db, found)?;
    if !create {
        // A purge that was killed before its own checkpoint has left frames of what it erased in the log.
        checkpoint(&db)?;
    }
    Ok(db)
}

/// Opens another writing connection in the place of one that SQLCipher has given up. The schema is known to be right.
///
/// # Errors
/// The disk or the file is still as bad as it was.
pub(crate) fn reopen_writer(path: &Path, key: &Secret32) -> Result<Connection> {
    writing(path, key, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)
}

fn writing(path: &Path, key: &Secret32, flags: OpenFlags) -> Result<Connection> {
    let db = keyed(path, key, flags)?;
    let pragmas = Pragmas::in_force();
    db.pragma_update(None, "journal_mode", pragmas.journal_mode)?;
    db.pragma_update(None, "synchronous", pragmas.synchronous)?;
    db.pragma_update(None, "wal_autocheckpoint", pragmas.wal_autocheckpoint)?;
    db.pragma_update(None, "secure_delete", "ON")?;
    db.pragma_update(None, "foreign_keys", "ON")?;
    Ok(db)
}

/// Moves the whole log into the file and empties it. Where a reader is in the way, the next one does it.
pub(crate) fn checkpoint(db: &Connection) -> Result<()> {
    Ok(db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
}

/// Opens a connection that can only read.
///
/// # Errors
/// As for the writer.
pub(crate) fn open_reader(path: &Path, key: &Secret32) -> Result<Connection> {
    let db = keyed(path, key, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.pragma_update(None, "query_only", "ON")?;
    Ok(db)
}

/// Sees to it that SQLCipher is ready before the first database is opened: it gets ready after SQLite says that it is, so
/// that of two threads that open their first databases at once, one was refused its key (1 in 100 starts of the tests).
fn begun() {
    static BEGUN: std::sync::Once = std::sync::Once::new();
    BEGUN.call_once(|| drop(Connection::open_in_memory()));
}

fn keyed(path: &Path, key: &Secret32, flags: OpenFlags) -> Result<Connection> {
    begun();
    let db = Connection::open_with_flags(path, flags)?;
    apply_key(&db, key)?;
    Ok(db)
}

/// Gives the connection its key and its manners, and reads for the first time: that tells whether the key fits.
fn apply_key(db: &Connection, key: &Secret32) -> Result<()> {
    // A build without SQLCipher would take the key in silence and write in clear.
    let cipher: Option<String> = db.query_row("PRAGMA cipher_version", [], |row| row.get(0)).optional()?;
    if cipher.is_none() {
        return Err(StoreError::Inconsistent("this build has no encryption"));
    }
    // The raw key: SQLCipher's own key derivation is not relied on.
    let mut pragma = Zeroizing::new(String::with_capacity(96));
    pragma.push_str("PRAGMA key = \"x'");
    for byte in key.expose() {
        let _ = write!(pragma, "{byte:02x}");
    }
    pragma.push_str("'\"");
    db.execute_batch(&pragma)?;
    let pragmas = Pragmas::STANDARD;
    db.busy_timeout(std::time::Duration::from_millis(u64::from(pragmas.busy_timeout_ms)))?;
    db.pragma_update(None, "temp_store", "MEMORY")?;
    db.pragma_update(None, "cache_size", pragmas.cache_kib)?;
    db.pragma_update(None, "mmap_size", 0)?;
    db.set_prepared_statement_cache_capacity(128);
    db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))?;
    Ok(())
}

fn migrate(db: &mut Connection, found: i64) -> Result<()> {
    for (version, sql) in (1..).zip(MIGRATIONS) {
        if version <= found {
            continue;
        }
        // One transaction each: a kill in the middle leaves the version before.
        let tx = db.transaction()?;
        tx.execute_batch(sql)?;
        tx.pragma_update(None, "user_version", version)?;
        tx.commit()?;
    }
    derived::settle(db)
}
