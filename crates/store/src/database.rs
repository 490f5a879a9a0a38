//! Opening the encrypted database: key, pragmas, migrations.

use crate::error::{Result, StoreError};
use crate::kinds;
use mentalspace_crypto::secret::Secret32;
use rusqlite::{Connection, OpenFlags};
use std::fmt::Write as _;
use std::path::Path;
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
}

/// Append-only: a migration that has left the house is never edited.
const MIGRATIONS: &[&str] = &[include_str!("../../../migrations/client/0001_store.sql")];

/// The newest schema version that this release knows.
pub const SCHEMA_VERSION: i64 = MIGRATIONS.len() as i64;

/// Opens the one writing connection and brings the schema up to date.
///
/// # Errors
/// The key does not open the file, the file is damaged or newer than this release: it is left untouched.
pub(crate) fn open_writer(path: &Path, key: &Secret32, create: bool) -> Result<Connection> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if create {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    let mut db = keyed(path, key, flags)?;
    let found: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > SCHEMA_VERSION {
        return Err(StoreError::NewerSchema { found, known: SCHEMA_VERSION });
    }
    let pragmas = Pragmas::STANDARD;
    db.pragma_update(None, "journal_mode", pragmas.journal_mode)?;
    db.pragma_update(None, "synchronous", pragmas.synchronous)?;
    db.pragma_update(None, "wal_autocheckpoint", pragmas.wal_autocheckpoint)?;
    db.pragma_update(None, "secure_delete", "ON")?;
    db.pragma_update(None, "foreign_keys", "ON")?;
    migrate(&mut db, found)?;
    Ok(db)
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

fn keyed(path: &Path, key: &Secret32, flags: OpenFlags) -> Result<Connection> {
    let db = Connection::open_with_flags(path, flags)?;
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
    // The first read tells whether the key is right.
    db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))?;
    Ok(db)
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
    kinds::seed(db)?;
    Ok(())
}
