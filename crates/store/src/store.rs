//! The open store: one writer, a few readers.

use crate::error::{Diagnosed, Result, StoreError};
use crate::identity::{self, DeviceIdentity};
use crate::meta::{self, MetaKey};
use crate::outbox::{self, Pending};
use crate::outbox_copy::OutboxCopy;
use crate::submit::OpenPatch;
use crate::{database, rows};
use chrono::{DateTime, NaiveDate, Utc};
use mentalspace_crypto::secret::Secret32;
use mentalspace_domain::bucket::{Bucket, BucketKind};
use mentalspace_domain::ids::{BucketId, CommandId, DeviceId};
use mentalspace_domain::people::Role;
use mentalspace_domain::record::{Record, RecordKey, RecordType};
use mentalspace_domain::world::{Need, World};
use rusqlite::{Connection, OptionalExtension as _};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

const READERS: usize = 3;

/// The writing connection, the patch that typing may still grow, and the second copy of what is unsent.
pub(crate) struct Writer {
    pub(crate) db: Connection,
    /// SQLCipher has given the connection up: another one takes its place before it is used again.
    given_up: bool,
    pub(crate) typing: Option<OpenPatch>,
    pub(crate) copy: Option<OutboxCopy>,
    /// Nothing is taken any more: see [`Store::end_writing`].
    pub(crate) ended: bool,
}

impl Writer {
    fn set_meta<T: Serialize + ?Sized>(&mut self, key: MetaKey, value: &T) -> Result<()> {
        meta::set(&self.db, key, value)?;
        if OutboxCopy::keeps(key) {
            self.try_renew_copy();
        }
        Ok(())
    }
}

/// A reading connection.
pub(crate) struct Reader {
    db: Connection,
    given_up: bool,
}

/// How a connection is opened.
type Open = fn(&Path, &Secret32) -> Result<Connection>;

/// The device's open store.
pub struct Store {
    // Closed in this order: the last connection to close moves the log into the file, which a reader may not.
    readers: Vec<Mutex<Reader>>,
    writer: Mutex<Writer>,
    /// To open a connection in the place of one that SQLCipher has given up.
    path: PathBuf,
    key: Secret32,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}

/// How far a bucket is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldBucket {
    /// The bucket.
    pub id: BucketId,
    /// What it is about.
    pub about: Option<Bucket>,
    /// Highest applied sequence number.
    pub cursor: i64,
    /// `local`, `loading`, `ready`, `repair` or `purging`.
    pub status: String,
}

/// How much of what the device may hold has come down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Readiness {
    /// Buckets that are here, in whatever state.
    pub buckets: u32,
    /// Of these, those that are whole.
    pub ready: u32,
}

impl Store {
    /// Creates the store of a device that has just been enrolled.
    ///
    /// # Errors
    /// The file exists already or cannot be written.
    pub fn create(path: &Path, key: &Secret32, identity: &DeviceIdentity) -> Result<Self> {
        if path.exists() {
            return Err(StoreError::Inconsistent("the file exists already"));
        }
        let db = database::open_writer(path, key, true)?;
        meta::set(&db, MetaKey::Identity, identity)?;
        Self::with(db, path, key)
    }

    /// Opens an existing store.
    ///
    /// # Errors
    /// Wrong key, damaged file, newer schema: the file is left untouched.
    pub fn open(path: &Path, key: &Secret32) -> Result<Self> {
        let db = database::open_writer(path, key, false)?;
        let store = Self::with(db, path, key)?;
        // A command that was still open when the program died is complete now.
        store.write(Writer::close_open)?;
        Ok(store)
    }

    /// The device whose store lies at `path`, without changing one byte there.
    pub(crate) fn device_of(path: &Path, key: &Secret32) -> Result<DeviceId> {
        let identity: Option<DeviceIdentity> =
            database::probe(path, key, |db| meta::get(db, MetaKey::Identity))?;
        Ok(identity.ok_or(StoreError::Inconsistent("the device has no identity"))?.device)
    }

    /// Whether the file at `path` opens, knows its device, and every page of it proves to be as it was written.
    pub(crate) fn is_whole(path: &Path, key: &Secret32) -> bool {
        let checks = |db: &Connection| {
            let identity: Option<DeviceIdentity> = meta::get(db, MetaKey::Identity)?;
            Ok(identity.is_some() && !database::has_bad_page(db, path)? && database::is_sound(db))
        };
        database::probe(path, key, checks).unwrap_or(false)
    }

    fn with(db: Connection, path: &Path, key: &Secret32) -> Result<Self> {
        let readers = (0..READERS)
            .map(|_| Ok(Mutex::new(Reader { db: database::open_reader(path, key)?, given_up: false })))
            .collect::<Result<Vec<_>>>()?;
        let writer = Mutex::new(Writer { db, given_up: false, typing: None, copy: None, ended: false });
        Ok(Self { readers, writer, path: path.to_path_buf(), key: key.clone() })
    }

    /// The directory that the store lies in.
    pub(crate) fn dir(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    fn reader(&self) -> MutexGuard<'_, Reader> {
        self.readers
            .iter()
            .find_map(|reader| reader.try_lock().ok())
            .unwrap_or_else(|| self.readers[0].lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads in one snapshot: what several statements see is one state, never the one before and the one after a
    /// pull. Never waits for the writer.
    pub(crate) fn read<T>(&self, what: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let mut reader = self.reader();
        let Reader { db, given_up } = &mut *reader;
        self.renew(db, given_up, database::open_reader)?;
        let found = db.unchecked_transaction().map_err(StoreError::from).and_then(|snapshot| what(&snapshot));
        found.map_err(|error| self.after_failure(error, db, given_up, database::open_reader))
    }

    /// Puts another connection in the place of one that SQLCipher has given up.
    fn renew(&self, db: &mut Connection, given_up: &mut bool, open: Open) -> Result<()> {
        if *given_up {
            let fresh = open(&self.path, &self.key);
            *db = fresh.map_err(|error| self.diagnosed(error))?;
            *given_up = false;
        }
        Ok(())
    }

    /// What a failure is to be told as. Where SQLCipher has given up the connection, because a page was damaged or the disk
    /// did not give it, another takes its place, at once or when the disk is well again: a disk that failed for a while must
    /// not keep her from saving until she locks.
    fn after_failure(
        &self,
        error: StoreError,
        db: &mut Connection,
        given_up: &mut bool,
        open: Open,
    ) -> StoreError {
        if !database::is_suspicious(&error) {
            return error;
        }
        *given_up = true;
        // Where it cannot be done now, it is done before the connection is used again.
        let _ = self.renew(db, given_up, open);
        self.diagnosed(error)
    }

    fn diagnosed(&self, error: StoreError) -> StoreError {
        database::diagnose(&self.path, error, || database::open_reader(&self.path, &self.key))
    }

    /// Writes, alone.
    pub(crate) fn write<T, E: Diagnosed + From<StoreError>>(
        &self,
        what: impl FnOnce(&mut Writer) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        // A panic while writing has rolled its transaction back; the connection is whole.
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let Writer { db, given_up, .. } = &mut *writer;
        self.renew(db, given_up, database::reopen_writer)?;
        what(&mut writer).map_err(|error| match error.of_store() {
            Ok(error) => {
                let Writer { db, given_up, .. } = &mut *writer;
                self.after_failure(error, db, given_up, database::reopen_writer).into()
            }
            Err(refusal) => refusal,
        })
    }

    /// Every reading connection, once none of them reads.
    pub(crate) fn all_readers(&self) -> Vec<MutexGuard<'_, Reader>> {
        self.readers.iter().map(|reader| reader.lock().unwrap_or_else(PoisonError::into_inner)).collect()
    }

    /// Practice, user and device as they stand now.
    ///
    /// # Errors
    /// The store fails.
    pub fn identity(&self) -> Result<DeviceIdentity> {
        self.read(identity::current)
    }

    /// A fact that the device keeps about itself.
    ///
    /// # Errors
    /// The store fails.
    pub fn meta<T: DeserializeOwned>(&self, key: MetaKey) -> Result<Option<T>> {
        self.read(|db| meta::get(db, key))
    }

    /// Keeps a fact about the device.
    ///
    /// # Errors
    /// The store fails.
    pub fn set_meta<T: Serialize + ?Sized>(&self, key: MetaKey, value: &T) -> Result<()> {
        self.write(|writer| writer.set_meta(key, value))
    }

    /// Changes a fact about the device by what it was, and gives what it is: nobody else changes it in between. Where
    /// nothing is given back, nothing changes.
    ///
    /// # Errors
    /// The store fails.
    pub fn change_meta<T: Serialize + DeserializeOwned>(
        &self,
        key: MetaKey,
        change: impl FnOnce(Option<T>) -> Option<T>,
    ) -> Result<Option<T>> {
        self.write(|writer| {
            let changed = change(meta::get(&writer.db, key)?);
            changed.iter().try_for_each(|value| writer.set_meta(key, value))?;
            Ok(changed)
        })
    }

    /// The answers to a command's needs.
    ///
    /// # Errors
    /// The store fails.
    pub fn world(&self, needs: &[Need]) -> Result<World> {
        self.read(|db| crate::world::load(db, identity::current(db)?.practice.id, needs))
    }

    /// The surroundings of a decision on this device.
    ///
    /// # Errors
    /// The store fails.
    pub fn context(
        &self,
        command: CommandId,
        now: DateTime<Utc>,
    ) -> Result<mentalspace_domain::context::Context> {
        self.read(|db| {
            identity::context(db, &identity::current(db)?, identity::grants(db)?, command, now, now)
        })
    }

    /// The user's roles in force: those of the day that the server has last vouched for, and of the day of `now`. A
    /// wrong clock takes no role away.
    ///
    /// # Errors
    /// The store fails.
    pub fn roles(&self, now: DateTime<Utc>) -> Result<Vec<Role>> {
        self.read(|db| identity::roles(db, &identity::current(db)?, now))
    }

    /// One record as it stands for the user.
    ///
    /// # Errors
    /// The store fails.
    pub fn get<T: RecordType + Clone>(&self, id: Uuid) -> Result<Option<T>> {
        self.read(|db| Ok(rows::effective(db, RecordKey::of::<T>(id))?.as_ref().and_then(T::of).cloned()))
    }

    /// The same for whoever is about to change it: read through the connection that writes, whose pages are at hand. A
    /// reader has to decrypt its pages anew after every write.
    ///
    /// # Errors
    /// The store fails.
    pub fn get_to_change<T: RecordType + Clone>(&self, id: Uuid) -> Result<Option<T>> {
        self.write(|writer| {
            Ok(rows::effective(&writer.db, RecordKey::of::<T>(id))?.as_ref().and_then(T::of).cloned())
        })
    }

    /// All records of a type under a parent, as they stand for the user.
    ///
    /// # Errors
    /// The store fails.
    pub fn children<T: RecordType + Clone>(&self, parent: Uuid) -> Result<Vec<T>> {
        self.read(|db| Ok(typed(&rows::effective_children(db, T::KIND, parent)?)))
    }

    /// All records of a type, as they stand for the user.
    ///
    /// # Errors
    /// The store fails.
    pub fn all<T: RecordType + Clone>(&self) -> Result<Vec<T>> {
        self.read(|db| Ok(typed(&rows::effective_all(db, T::KIND)?)))
    }

    /// Appointments (or notes) of the civil days `from..=to`.
    ///
    /// # Errors
    /// The store fails.
    pub fn on_days<T: RecordType + Clone>(&self, from: NaiveDate, to: NaiveDate) -> Result<Vec<T>> {
        let (from, to) = (from.to_string(), to.to_string());
        self.read(|db| Ok(typed(&rows::effective_days(db, T::KIND, &from, &to)?)))
    }

    /// Every bucket known here.
    ///
    /// # Errors
    /// The store fails.
    pub fn held(&self) -> Result<Vec<HeldBucket>> {
        self.read(|db| {
            let mut statement = db.prepare_cached("SELECT id, kind, subject, cursor, status FROM bucket")?;
            let rows = statement.query_map([], |row| {
                let kind: String = row.get(1)?;
                let subject: Uuid = row.get(2)?;
                Ok(HeldBucket {
                    id: BucketId::new(row.get(0)?),
                    about: BucketKind::parse(&kind).map(|kind| Bucket { kind, subject }),
                    cursor: row.get(3)?,
                    status: row.get(4)?,
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// What this bucket is here: `local`, `loading`, `ready`, `repair` or `purging`; none where it is not held.
    ///
    /// # Errors
    /// The store fails.
    pub fn bucket_status(&self, bucket: BucketId) -> Result<Option<String>> {
        self.read(|db| Ok(rows::bucket_status(db, bucket.uuid())?))
    }

    /// How many buckets are here, and how many of them are whole.
    ///
    /// # Errors
    /// The store fails.
    pub fn readiness(&self) -> Result<Readiness> {
        const COUNTED: &str = "SELECT count(*), count(*) FILTER (WHERE status = 'ready') FROM bucket";
        self.read(|db| {
            Ok(db
                .prepare_cached(COUNTED)?
                .query_row([], |row| Ok(Readiness { buckets: row.get(0)?, ready: row.get(1)? }))?)
        })
    }

    /// (number of buckets, sum of cursors, sum of grant revisions) as the server counts them.
    ///
    /// # Errors
    /// The store fails.
    pub fn held_summary(&self) -> Result<(i64, i64, i64)> {
        self.read(|db| {
            let (buckets, heads) = db
                .prepare_cached(
                    "SELECT count(*), coalesce(sum(cursor), 0) FROM bucket WHERE status NOT IN ('purging', 'local')",
                )?
                .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok((buckets, heads, meta::get(db, MetaKey::Grants)?.unwrap_or(0)))
        })
    }

    /// Pending commands in order.
    ///
    /// # Errors
    /// The store fails.
    pub fn pending(&self) -> Result<Vec<Pending>> {
        self.read(outbox::all)
    }

    /// When the oldest pending command was given, by this device's clock.
    ///
    /// # Errors
    /// The store fails.
    pub fn oldest_pending(&self) -> Result<Option<DateTime<Utc>>> {
        self.read(|db| {
            let first: Option<String> = db
                .prepare_cached("SELECT envelope FROM outbox ORDER BY seq LIMIT 1")?
                .query_row([], |row| row.get(0))
                .optional()?;
            first.map(|text| Ok(outbox::decode(&text)?.asserted_at)).transpose()
        })
    }

    /// Number of pending commands.
    ///
    /// # Errors
    /// The store fails.
    pub fn outbox_len(&self) -> Result<u32> {
        self.read(|db| {
            Ok(db.prepare_cached("SELECT count(*) FROM outbox")?.query_row([], |row| row.get(0))?)
        })
    }
}

pub(crate) fn typed<T: RecordType + Clone>(records: &[Record]) -> Vec<T> {
    records.iter().filter_map(T::of).cloned().collect()
}
