//! The second copy of what is unsent: an append-only file beside the database, sealed entry by entry under a key of
//! its own. When the database is damaged, this is what keeps the words that no server has yet.
//!
//! ```text
//! "MSOUTBX1" | entry | entry | …        entry = length (4, little-endian) | envelope (AES-256-GCM)
//! ```
//!
//! Each envelope is bound to the device and to its place in the file. The file is written after the database has
//! committed, so it never says more than the database did, and a failure to write it never fails a save: the next
//! success writes it anew. Completed commands are flushed to the disk; a keystroke's save is not, as a damaged
//! database and a power cut within the same half minute would be needed to lose it.

use crate::error::Result;
use crate::files;
use crate::meta::MetaKey;
use crate::profile::set_copy_aside;
use crate::{Store, Writer, buckets, database, identity, journal, meta, outbox};
use chrono::{DateTime, Utc};
use mentalspace_crypto::envelope::{DataKey, KeyId};
use mentalspace_crypto::frame::framed;
use mentalspace_crypto::randomness::Randomness;
use mentalspace_crypto::secret::Secret32;
use mentalspace_domain::command::{Command, CommandEnvelope};
use mentalspace_domain::ids::{CommandId, DeviceId};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use uuid::Uuid;

const NAME: &str = "outbox.copy";
/// What one is called that was set aside and taken in since, as far as it could be read.
const TAKEN_IN: &str = "outbox.copy.taken-in";
/// What the journal calls it that one holds what could not be added.
const HAS_MORE: &str = "outbox.copy.more";
const MAGIC: &[u8; 8] = b"MSOUTBX1";
/// While she types, every save adds the whole command again: when the file has grown by this many bytes since it was
/// written anew, and to twice of what it was then, it is written anew. Each byte is so written twice at most on the
/// whole, however much a week without a network leaves unsent.
const RENEW_AFTER: u64 = 1 << 20;
/// What a new store needs besides the commands, so that the server still knows this device.
const FACTS: [MetaKey; 5] =
    [MetaKey::Identity, MetaKey::Keys, MetaKey::Session, MetaKey::LogEpoch, MetaKey::ProcessedSeq];

const SET_ASIDE: &str = "The second copy of what you had not sent could not be read from the disk. It was set aside, and a new one was \
    begun. What stands in your charts and waits to sync is whole. If you miss something that you wrote before, tell your \
    administrator: it comes back by itself once the disk gives that file again. Have this computer's disk checked.";
const IN_THE_WAY: &str = "The second copy of what you have not sent cannot be read from the disk, and could not be set aside. Your charts \
    are whole and everything is saved as ever, but without a second copy until that succeeds. Sync often, and have this \
    computer's disk checked.";

const NOT_ADDED: &str = "The second copy of what you had not sent has something that the database of this device lacks and that could not \
    be added: this release cannot read it. It is kept on this device for 30 days. Look at what you wrote last; if words are \
    missing, write them again, and tell your administrator.";

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Entry {
    Fact { key: String, value: serde_json::Value },
    Command { seq: i64, id: Uuid, envelope: String },
}

/// The copy as it is written to.
pub(crate) struct OutboxCopy {
    dir: PathBuf,
    key: DataKey,
    device: DeviceId,
    randomness: Arc<dyn Randomness>,
    /// What lies there is not all here: it could not be read, or not be taken in. It is set aside before anything is written in
    /// its place.
    has_more: bool,
    /// Absent after a failure, until the file has been written anew.
    file: Option<File>,
    entries: u64,
    bytes: u64,
    renew_at: u64,
}

impl Copied {
    /// A fact, if the copy holds it in a form that can be read.
    pub(crate) fn fact<T: serde::de::DeserializeOwned>(&self, key: MetaKey) -> Option<T> {
        let (_, value) = self.facts.iter().find(|(known, _)| *known == key)?;
        serde_json::from_value(value.clone()).ok()
    }
}

/// What a copy held.
#[derive(Debug, Default)]
pub(crate) struct Copied {
    pub facts: Vec<(MetaKey, serde_json::Value)>,
    /// Number, identity and text of each command.
    pub commands: BTreeMap<i64, (Uuid, String)>,
    /// Entries that could not be opened.
    pub unreadable: usize,
    /// Bytes are left at the end that are no whole entry: what a kill leaves, or all that stood behind a wrong length.
    pub is_torn: bool,
}

/// What taking a copy in came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TakenIn {
    /// Commands queued.
    pub queued: usize,
    /// Entries that could not be read.
    pub unreadable: usize,
    /// Whether nothing can have been in the copy that is not here now.
    pub is_whole: bool,
}

impl OutboxCopy {
    /// The copy in `dir`, sealed under `key`. Nothing is read or written yet.
    pub(crate) fn new(dir: &Path, key: Secret32, device: DeviceId, randomness: Arc<dyn Randomness>) -> Self {
        let key = DataKey::new(KeyId::from_bytes(*device.uuid().as_bytes()), key);
        Self {
            dir: dir.to_path_buf(),
            key,
            device,
            randomness,
            has_more: false,
            file: None,
            entries: 0,
            bytes: 0,
            renew_at: 0,
        }
    }

    /// Whether a change of this fact belongs into the copy.
    pub(crate) fn keeps(key: MetaKey) -> bool {
        FACTS.contains(&key)
    }

    /// What the file holds. A torn end is what a kill leaves and costs nothing that was durable; an entry in the
    /// middle that does not open is counted and stepped over.
    pub(crate) fn read(&self) -> std::io::Result<Copied> {
        self.read_at(&self.dir.join(NAME))
    }

    fn read_at(&self, path: &Path) -> std::io::Result<Copied> {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Copied::default()),
            Err(error) => return Err(error),
        };
        let mut copied = Copied::default();
        let Some(mut rest) = bytes.strip_prefix(MAGIC.as_slice()) else {
            return Ok(Copied { unreadable: 1, ..copied });
        };
        let mut place = 0;
        while let Some((length, after)) = rest.split_first_chunk::<4>() {
            let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
            let Some((sealed, after)) = after.split_at_checked(length) else { break };
            rest = after;
            match self.open(place, sealed) {
                Some(entry) => copied.take(entry),
                None => copied.unreadable += 1,
            }
            place += 1;
        }
        copied.is_torn = !rest.is_empty();
        Ok(copied)
    }

    /// Writes the file anew from the database: the facts, and what is unsent now. Where the database cannot be read for
    /// it, the file goes on growing as it is.
    fn renew(&mut self, db: &Connection) -> Result<()> {
        if self.has_more {
            set_copy_aside(&self.dir, NAME)?;
            self.has_more = false;
        }
        let mut entries = Vec::new();
        for key in FACTS {
            if let Some(value) = meta::get::<serde_json::Value>(db, key)? {
                entries.push(Entry::Fact { key: key.as_str().to_owned(), value });
            }
        }
        let mut statement = db.prepare_cached("SELECT seq, command_id, envelope FROM outbox ORDER BY seq")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let envelope: String = row.get(2)?;
            // A damaged page comes as zeros: that must not take the place of the words that the copy has.
            serde_json::from_str::<serde::de::IgnoredAny>(&envelope).map_err(crate::StoreError::Command)?;
            entries.push(Entry::Command { seq: row.get(0)?, id: row.get(1)?, envelope });
        }
        let mut bytes = MAGIC.to_vec();
        for (place, entry) in (0..).zip(&entries) {
            bytes.extend(self.seal(place, entry)?);
        }
        self.file = None;
        files::replace(&self.dir, NAME, &bytes)?;
        self.file = Some(File::options().append(true).open(self.dir.join(NAME))?);
        self.entries = entries.len() as u64;
        self.bytes = bytes.len() as u64;
        self.renew_at = self.bytes + self.bytes.max(RENEW_AFTER);
        Ok(())
    }

    fn append(&mut self, entry: &Entry, durable: bool) -> Result<()> {
        let bytes = self.seal(self.entries, entry)?;
        let Some(file) = self.file.as_mut() else { return Ok(()) };
        file.write_all(&bytes)?;
        if durable {
            file.sync_data()?;
        }
        self.entries += 1;
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    fn seal(&self, place: u64, entry: &Entry) -> Result<Vec<u8>> {
        let text = zeroize::Zeroizing::new(serde_json::to_vec(entry).map_err(crate::StoreError::Command)?);
        let sealed = self
            .key
            .seal(&self.bound(place), &text, &*self.randomness)
            .map_err(|why| std::io::Error::other(why.to_string()))?;
        let length = u32::try_from(sealed.len()).map_err(std::io::Error::other)?;
        Ok([length.to_le_bytes().as_slice(), &sealed].concat())
    }

    fn open(&self, place: u64, sealed: &[u8]) -> Option<Entry> {
        let text = self.key.open(&self.bound(place), sealed).ok()?;
        serde_json::from_slice(&text).ok()
    }

    fn bound(&self, place: u64) -> Vec<u8> {
        framed(&[b"outbox copy v1", self.device.uuid().as_bytes(), &place.to_be_bytes()])
    }
}

impl Copied {
    fn take(&mut self, entry: Entry) {
        match entry {
            Entry::Fact { key, value } => {
                if let Some(key) = FACTS.into_iter().find(|known| known.as_str() == key) {
                    self.facts.retain(|(earlier, _)| *earlier != key);
                    self.facts.push((key, value));
                }
            }
            Entry::Command { seq, id, envelope } => {
                // What was written later stands: a command grows while she types.
                self.commands.insert(seq, (id, envelope));
            }
        }
    }
}

impl Writer {
    /// Adds a command as it stands now. Its own failure never fails a save.
    pub(crate) fn copy_command(&mut self, seq: i64, id: Uuid, envelope: &str, durable: bool) {
        let Some(copy) = self.copy.as_mut() else { return };
        let entry = Entry::Command { seq, id, envelope: envelope.to_owned() };
        let is_due = copy.file.is_none() || copy.bytes > copy.renew_at;
        if is_due && self.renew_copy().is_ok() {
            return;
        }
        if self.copy.as_mut().is_some_and(|copy| copy.append(&entry, durable).is_err()) {
            self.try_renew_copy();
        }
    }

    /// Makes what was added last a long time.
    pub(crate) fn flush_copy(&mut self) {
        if let Some(copy) = self.copy.as_mut()
            && copy.file.as_ref().is_none_or(|file| file.sync_data().is_err())
        {
            self.try_renew_copy();
        }
    }

    /// Writes the copy anew where that can be done; its own failure never fails what it is a copy of, and the next
    /// success makes up for it.
    pub(crate) fn try_renew_copy(&mut self) {
        let _ = self.renew_copy();
    }

    /// Writes the copy anew.
    pub(crate) fn renew_copy(&mut self) -> Result<()> {
        let Self { db, copy, .. } = self;
        let Some(copy) = copy else { return Ok(()) };
        copy.renew(db)
    }
}

impl Store {
    /// Begins to keep a second copy of what is unsent. What an earlier copy holds and this database does not know,
    /// because an old file was put back or a damaged one replaced or cut short, is queued again first, under the same
    /// command identity: the server recognises what it has had already.
    ///
    /// A copy that the disk does not give keeps nobody from a database that is whole without it. It may hold words that are
    /// nowhere else, so it is set aside like a damaged database whose copy was not read whole, and looked at again at each
    /// opening; where it cannot be set aside it stays, and nothing is written over it. Either is said.
    ///
    /// # Errors
    /// The store fails; or the copy is there and cannot be read, and the database is not whole without it.
    pub(crate) fn keep_copy(&self, mut copy: OutboxCopy, now: DateTime<Utc>) -> Result<TakenIn> {
        let copied = match copy.read() {
            Ok(copied) => copied,
            Err(_) if self.is_whole_without_copy()? => {
                copy.has_more = true;
                Copied { unreadable: 1, ..Copied::default() }
            }
            Err(why) => return Err(why.into()),
        };
        let (queued, strange) = self.write(|writer| adopt(&mut writer.db, &copied, Place::Current))?;
        let aside = self.take_in_set_aside(&copy);
        let was_unread = copy.has_more;
        copy.has_more |= strange > 0;
        self.write(|writer| {
            if strange + aside.1 > 0 {
                let _ = journal::warn(&writer.db, now, HAS_MORE, NOT_ADDED, None);
            }
            writer.copy = Some(copy);
            writer.try_renew_copy();
            if was_unread {
                let is_in_the_way = writer.copy.as_ref().is_some_and(|copy| copy.has_more);
                // What cannot be written down now is written down the next time that it is met.
                let detail = if is_in_the_way { IN_THE_WAY } else { SET_ASIDE };
                let _ = journal::warn(&writer.db, now, NAME, detail, None);
            }
            let unreadable = copied.unreadable + strange;
            Ok(TakenIn { queued: queued + aside.0, unreadable, is_whole: unreadable == 0 && !copied.is_torn })
        })
    }

    /// Whether everything that the device needs is here without the second copy: every page is as it was written, and it is no
    /// database that a rebuild has begun, whose keys and words are still to come from there.
    fn is_whole_without_copy(&self) -> Result<bool> {
        self.read(|db| {
            Ok(database::is_sound(db) && meta::get::<serde_json::Value>(db, MetaKey::Keys)?.is_some())
        })
    }

    /// Takes in the copies that the disk did not give when they were set aside, and gives now. Gives the number of commands
    /// queued, and of what could not be.
    fn take_in_set_aside(&self, copy: &OutboxCopy) -> (usize, usize) {
        let mut all = (0, 0);
        for place in self.damaged_files().unwrap_or_default() {
            let path = place.join(NAME);
            let Some(copied) = path.exists().then(|| copy.read_at(&path).ok()).flatten() else { continue };
            // What cannot be taken in now waits here for the next opening, and nothing else waits for it.
            let Ok((queued, strange)) =
                self.take_in_place(&place, &copied, |db, copied| adopt(db, copied, Place::Aside))
            else {
                continue;
            };
            all = (all.0 + queued, all.1 + strange);
        }
        all
    }

    /// Takes in a copy that was set aside. Read whole it goes: all of it is here.
    fn take_in_place(
        &self,
        place: &Path,
        copied: &Copied,
        take: impl FnOnce(&mut Connection, &Copied) -> Result<(usize, usize)>,
    ) -> Result<(usize, usize)> {
        let (queued, strange) = self.write(|writer| take(&mut writer.db, copied))?;
        // Where it cannot be done now, the next time finds that everything is here already.
        let _ = if copied.unreadable + strange == 0 && !copied.is_torn {
            std::fs::remove_dir_all(place)
        } else {
            std::fs::rename(place.join(NAME), place.join(TAKEN_IN))
        };
        Ok((queued, strange))
    }

    /// A last look at the copies that the disk did not give: what they hold is queued now, or goes with the device. Gives
    /// whether anything is left that unsent words may be in.
    ///
    /// # Errors
    /// Words were read and could not be queued: nothing may be erased yet.
    pub fn last_look(&self) -> Result<bool> {
        let mut is_more_left = false;
        for place in self.damaged_files().unwrap_or_default() {
            let path = place.join(NAME);
            if matches!(path.try_exists(), Ok(false)) {
                continue;
            }
            let read = self.write(|writer| -> Result<Option<Copied>> {
                Ok(writer.copy.as_ref().and_then(|copy| copy.read_at(&path).ok()))
            })?;
            match read {
                Some(copied) => {
                    self.take_in_place(&place, &copied, queue_alone)?;
                }
                None => is_more_left = true,
            }
        }
        self.write(|writer| -> Result<()> {
            let Writer { db, copy: Some(copy), .. } = &mut *writer else { return Ok(()) };
            if copy.has_more {
                // It could not even be set aside.
                let Ok(copied) = copy.read() else {
                    is_more_left = true;
                    return Ok(());
                };
                let (_, strange) = queue_alone(db, &copied)?;
                copy.has_more = copied.unreadable + strange > 0 || copied.is_torn;
                is_more_left |= copy.has_more;
            }
            writer.try_renew_copy();
            Ok(())
        })?;
        // Where the disk does not show what was set aside, nobody can say what is in it.
        Ok(is_more_left || self.may_hold_unsent_words().unwrap_or(true))
    }
}

/// Where a copy lies.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Beside the database: the last session went on from it.
    Current,
    /// Set aside: sessions without it came after.
    Aside,
}

/// Queues what a copy holds and shows it. Gives the number of commands queued, and of those that this release cannot read.
fn adopt(db: &mut Connection, copied: &Copied, place: Place) -> Result<(usize, usize)> {
    let tx = db.transaction()?;
    let Queued { number, strange, written_last } = queue(&tx, copied, place)?;
    if let Some(at) = written_last {
        outbox::replay(&tx, at)?;
        ask_for_charts(&tx)?;
    }
    tx.commit()?;
    Ok((number, strange))
}

/// The same, where nothing is to be shown any more: no record is looked at, for one may be damaged.
fn queue_alone(db: &mut Connection, copied: &Copied) -> Result<(usize, usize)> {
    let tx = db.transaction()?;
    let Queued { number, strange, .. } = queue(&tx, copied, Place::Aside)?;
    tx.commit()?;
    Ok((number, strange))
}

#[derive(Default)]
struct Queued {
    number: usize,
    strange: usize,
    written_last: Option<DateTime<Utc>>,
}

impl Queued {
    /// Queues a command at the end. In an empty store this is the number that it had, and an interrupted push goes on as if
    /// nothing had happened. Never marked as offered: a number that proves to be taken is then given anew.
    fn add(&mut self, tx: &Transaction<'_>, envelope: &CommandEnvelope, text: &str) -> Result<()> {
        let next = outbox::next_seq(tx)?;
        tx.prepare_cached("INSERT INTO outbox (seq, command_id, name, envelope) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![next, envelope.id.uuid(), envelope.command.name(), text])?;
        self.count(envelope);
        Ok(())
    }

    fn count(&mut self, envelope: &CommandEnvelope) {
        self.number += 1;
        self.written_last = self.written_last.max(Some(envelope.asserted_at));
    }
}

fn queue(tx: &Transaction<'_>, copied: &Copied, place: Place) -> Result<Queued> {
    let is_new = meta::get::<i64>(tx, MetaKey::ProcessedSeq)?.is_none();
    for (key, value) in &copied.facts {
        meta::set_absent(tx, *key, value)?;
    }
    let mut queued = Queued::default();
    for (id, text) in copied.commands.values() {
        let Ok(envelope) = outbox::decode(text) else {
            queued.strange += 1;
            continue;
        };
        let here = state_here(tx, *id)?.and_then(|here| outbox::decode(&here).ok());
        // A log that was cut off at a wrong bit leaves an earlier state of what she typed, and the later one is in the copy.
        let Some(earlier) = here.as_ref().filter(|here| is_later(&envelope, here)) else {
            if is_lacking(tx, envelope.id, is_new)? {
                // A copy that could not be written anew may be older than what was taken over.
                match here.filter(|here| is_later(here, &envelope)) {
                    Some(here) => queued.add(tx, &here, &outbox::encode(&here, false)?)?,
                    None => queued.add(tx, &envelope, text)?,
                }
            }
            continue;
        };
        if place == Place::Current && grow(tx, *id, text)? {
            queued.count(&envelope);
            continue;
        }
        // The server may have had the earlier one, and knows it by its identity: it stays as it is, and what the later one
        // says beyond it follows.
        let Some(rest) = rest(&envelope, earlier) else {
            queued.strange += 1;
            continue;
        };
        for envelope in [earlier, &rest] {
            if is_lacking(tx, envelope.id, is_new)? {
                queued.add(tx, envelope, &outbox::encode(envelope, false)?)?;
            }
        }
    }
    Ok(queued)
}

/// The parts of clients' records that pending commands are about and that this database does not know are ones that it
/// held once: what is kept of them goes when access has ended meanwhile, and they come down again where it has not. A
/// client who is still to be begun was never held.
fn ask_for_charts(tx: &Transaction<'_>) -> Result<()> {
    let practice = identity::current(tx)?.practice.id;
    let pending = outbox::all(tx)?;
    let begun: Vec<Uuid> = pending
        .iter()
        .filter_map(|pending| match &pending.envelope.command {
            Command::ClientCreate(create) => Some(create.client_id.uuid()),
            _ => None,
        })
        .collect();
    let parts = pending.iter().filter_map(|pending| buckets::part_of(&pending.envelope));
    for part in parts.filter(|part| !begun.contains(&part.subject)) {
        buckets::ask_for(tx, part.id(practice), part)?;
    }
    Ok(())
}

/// A command as it stands here, confirmed or waiting.
fn state_here(tx: &Transaction<'_>, id: Uuid) -> Result<Option<String>> {
    Ok(tx
        .prepare_cached(
            "SELECT envelope FROM archive WHERE command_id = ?1 UNION ALL SELECT envelope FROM outbox WHERE command_id = ?1",
        )?
        .query_row([id], |row| row.get(0))
        .optional()?)
}

/// Whether a command that the copy has, or that follows from it, is still to be queued.
fn is_lacking(tx: &Transaction<'_>, id: CommandId, is_new: bool) -> Result<bool> {
    let id = id.uuid();
    if tx.prepare_cached("SELECT 1 FROM outbox WHERE command_id = ?1")?.exists([id])? {
        return Ok(false);
    }
    if is_new {
        // What was taken over from a damaged file as confirmed was given back to a restored server since: the copy has it.
        tx.prepare_cached("DELETE FROM archive WHERE command_id = ?1")?.execute([id])?;
        return Ok(true);
    }
    Ok(!tx.prepare_cached("SELECT 1 FROM archive WHERE command_id = ?1")?.exists([id])?)
}

/// Lets the last command that waits grow to its later state, where it was not offered: then what the server may have had, in
/// the time that the log has lost, is the later one too, and whatever followed it follows it here. Gives whether it did.
fn grow(tx: &Transaction<'_>, id: Uuid, text: &str) -> Result<bool> {
    let grown = tx
        .prepare_cached(
            "UPDATE outbox SET envelope = ?2 WHERE command_id = ?1 AND offered = 0 AND before IS NULL
                AND seq = (SELECT max(seq) FROM outbox)
                AND NOT EXISTS (SELECT 1 FROM archive WHERE command_id = ?1)",
        )?
        .execute(params![id, text])?;
    Ok(grown > 0)
}

/// Whether `copied` is a later state of the command that stands `here`. A command that grows says a later time each time
/// (`Writer::grow`).
fn is_later(copied: &CommandEnvelope, here: &CommandEnvelope) -> bool {
    copied.asserted_at > here.asserted_at && copied.command != here.command
}

/// What `copied` says beyond the state of it that stands `here`, as a command of its own. Its identity is the same whenever
/// that is found, so it is queued once.
fn rest(copied: &CommandEnvelope, here: &CommandEnvelope) -> Option<CommandEnvelope> {
    let command = copied.command.beyond(&here.command)?;
    let label = format!("beyond an earlier state, {}", copied.asserted_at.timestamp_micros());
    Some(CommandEnvelope { id: CommandId::derived(copied.id, &label), command, ..copied.clone() })
}
