//! What a power cut leaves on a disk, worked out from the record of changes.
//!
//! The rules, as of a journalling file system with a write-back cache (`docs/decisions`): what was synced is there. Of what
//! was written since, each sector of 512 bytes holds one of the states that it went through, independently of every other
//! sector: so writes are lost, torn and reordered. A length is one of those that the file went through. Names (creating,
//! renaming, removing) are changed in order, so that any number of the last of them may be missing, but none of those
//! before a sync of their directory. Syncing a file does not make its name last.

use crate::faults::dice::Dice;
use mentalspace_testkit::failure::{Failure, Outcome};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

const SECTOR: usize = 512;

/// A file, whatever its name.
#[derive(Debug, Clone, Default)]
struct Contents {
    /// What is on the disk for certain.
    durable: Vec<u8>,
    /// What was done since, in order.
    pending: Vec<Change>,
}

#[derive(Debug, Clone)]
enum Change {
    Written { at: usize, bytes: Vec<u8> },
    Length(usize),
}

/// A change of names.
#[derive(Debug, Clone)]
enum Naming {
    Created { path: PathBuf, file: usize },
    Renamed { from: PathBuf, to: PathBuf },
    Removed { path: PathBuf },
}

impl Naming {
    fn directories(&self) -> [Option<&Path>; 2] {
        match self {
            Self::Created { path, .. } | Self::Removed { path } => [path.parent(), None],
            Self::Renamed { from, to } => [from.parent(), to.parent()],
        }
    }

    fn apply(&self, names: &mut BTreeMap<PathBuf, usize>) {
        match self {
            Self::Created { path, file } => {
                names.insert(path.clone(), *file);
            }
            Self::Renamed { from, to } => {
                if let Some(file) = names.remove(from) {
                    names.insert(to.clone(), file);
                }
            }
            Self::Removed { path } => {
                names.remove(path);
            }
        }
    }
}

/// What survives of what was not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Nothing.
    Nothing,
    /// All of it: a cut right after a write-back.
    Everything,
    /// Some of it, in no order.
    Some,
}

/// A disk: what it holds for certain, and what is still on its way.
#[derive(Debug)]
pub struct Disk {
    below: PathBuf,
    files: Vec<Contents>,
    /// Which file an inode is at this moment of the record.
    inodes: BTreeMap<u64, usize>,
    /// Names that are certain.
    names: BTreeMap<PathBuf, usize>,
    pending: Vec<Naming>,
}

impl Disk {
    /// The disk as `below` stands now; all of it is taken for certain.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn of(below: &Path) -> Outcome<Self> {
        let mut disk = Self {
            below: below.to_path_buf(),
            files: Vec::new(),
            inodes: BTreeMap::new(),
            names: BTreeMap::new(),
            pending: Vec::new(),
        };
        disk.take_in(below)?;
        Ok(disk)
    }

    fn take_in(&mut self, dir: &Path) -> Outcome<()> {
        for entry in fs::read_dir(dir)? {
            let path = entry?.path();
            if path.is_dir() {
                self.take_in(&path)?;
            } else if !is_index(&path) {
                let file = self.files.len();
                self.files.push(Contents { durable: fs::read(&path)?, pending: Vec::new() });
                self.inodes.insert(fs::metadata(&path)?.ino(), file);
                self.names.insert(path, file);
            }
        }
        Ok(())
    }

    /// Goes through a record of changes. Gives how many there were that no sync has made certain.
    ///
    /// # Errors
    /// The record does not fit this disk.
    pub fn replay(&mut self, record: &Path) -> Outcome<u64> {
        let bytes = fs::read(record)?;
        let mut rest = bytes.as_slice();
        while let Some((entry, after)) = Entry::first_of(rest) {
            rest = after;
            self.take(&entry)?;
        }
        // Half an entry at the end is one that the kill hit: nobody was told of what it says.
        let unsynced: usize = self.files.iter().map(|file| file.pending.len()).sum();
        Ok((unsynced + self.pending.len()) as u64)
    }

    fn file(&mut self, inode: u64) -> Outcome<&mut Contents> {
        let file = self.inodes.get(&inode).ok_or_else(|| {
            Failure::Said(format!("the record speaks of inode {inode}, which was never there"))
        })?;
        Ok(&mut self.files[*file])
    }

    fn take(&mut self, entry: &Entry<'_>) -> Outcome<()> {
        let path = |bytes: &[u8]| PathBuf::from(String::from_utf8_lossy(bytes).into_owned());
        match entry.letter {
            b'W' => {
                let (at, bytes) = (size(entry.second), entry.bytes.to_vec());
                self.file(entry.first)?.pending.push(Change::Written { at, bytes });
            }
            b'T' => self.file(entry.first)?.pending.push(Change::Length(size(entry.second))),
            b'S' => self.file(entry.first)?.settle(),
            b'C' => {
                let file = self.files.len();
                self.files.push(Contents::default());
                self.inodes.insert(entry.first, file);
                self.pending.push(Naming::Created { path: path(entry.bytes), file });
            }
            b'R' => {
                let (from, to) = entry.bytes.split_at(size(entry.first).min(entry.bytes.len()));
                self.pending.push(Naming::Renamed { from: path(from), to: path(to) });
            }
            b'U' => self.pending.push(Naming::Removed { path: path(entry.bytes) }),
            b'D' => self.settle_names(&path(entry.bytes)),
            other => return Err(Failure::Said(format!("the record has an entry {other}"))),
        }
        Ok(())
    }

    /// Names are journalled in order: with the last one of this directory, all before it are certain.
    fn settle_names(&mut self, directory: &Path) {
        let last = self
            .pending
            .iter()
            .rposition(|naming| naming.directories().into_iter().flatten().any(|dir| dir == directory));
        for naming in self.pending.drain(..last.map_or(0, |last| last + 1)) {
            naming.apply(&mut self.names);
        }
    }

    /// Cuts the power, and leaves on the real disk what this one would have kept.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn cut(mut self, cut: Cut, dice: &mut Dice) -> Outcome<()> {
        let kept = match cut {
            Cut::Nothing => 0,
            Cut::Everything => self.pending.len(),
            Cut::Some => size(dice.roll(self.pending.len() as u64 + 1)),
        };
        for naming in self.pending.drain(..kept) {
            naming.apply(&mut self.names);
        }
        empty(&self.below)?;
        for (path, file) in &self.names {
            if let Some(directory) = path.parent() {
                fs::create_dir_all(directory)?;
            }
            fs::write(path, self.files[*file].after(cut, dice))?;
        }
        Ok(())
    }
}

/// The index over the log is built anew after a cut.
fn is_index(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().ends_with(b"-shm")
}

/// Removes all files below `dir`; its directories stay.
fn empty(dir: &Path) -> Outcome<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() { empty(&path)? } else { fs::remove_file(path)? }
    }
    Ok(())
}

fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

impl Contents {
    /// Everything that was done is certain now.
    fn settle(&mut self) {
        let mut bytes = std::mem::take(&mut self.durable);
        for change in self.pending.drain(..) {
            change.apply(&mut bytes);
        }
        self.durable = bytes;
    }

    fn after(&self, cut: Cut, dice: &mut Dice) -> Vec<u8> {
        let mut kept = self.durable.clone();
        if cut == Cut::Nothing {
            return kept;
        }
        let percent = if cut == Cut::Everything { 100 } else { 5 + dice.roll(95) };
        let length_after = size(dice.roll(self.pending.len() as u64 + 1));
        let (mut cached, mut length) = (self.durable.clone(), self.durable.len());
        for (done, change) in (1..).zip(&self.pending) {
            change.apply(&mut cached);
            for sector in change.sectors() {
                let end = (sector + SECTOR).min(cached.len());
                if sector < end && dice.happens(percent) {
                    // The whole sector as the cache has it: earlier bytes of it came along.
                    kept.resize(kept.len().max(end), 0);
                    kept[sector..end].copy_from_slice(&cached[sector..end]);
                }
            }
            if cut == Cut::Everything || done <= length_after {
                length = cached.len();
            }
        }
        kept.resize(length, 0);
        kept
    }
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Written { at, bytes: written } => {
                let end = at + written.len();
                bytes.resize(bytes.len().max(end), 0);
                bytes[*at..end].copy_from_slice(written);
            }
            Self::Length(length) => bytes.resize(*length, 0),
        }
    }

    /// Where the sectors begin that it touches.
    fn sectors(&self) -> std::iter::StepBy<std::ops::Range<usize>> {
        match self {
            Self::Written { at, bytes } => (at / SECTOR * SECTOR..at + bytes.len()).step_by(SECTOR),
            Self::Length(_) => (0..0).step_by(SECTOR),
        }
    }
}

/// An entry of the record: see the shim's `log.rs`.
struct Entry<'a> {
    letter: u8,
    first: u64,
    second: u64,
    bytes: &'a [u8],
}

impl<'a> Entry<'a> {
    fn first_of(record: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (head, rest) = record.split_first_chunk::<25>()?;
        let number = |at: usize| {
            let bytes = head[at..at + 8].try_into().unwrap_or_default();
            u64::from_le_bytes(bytes)
        };
        let (bytes, rest) = rest.split_at_checked(size(number(17)))?;
        Some((Self { letter: head[0], first: number(1), second: number(9), bytes }, rest))
    }
}

#[cfg(test)]
#[path = "power_tests.rs"]
mod tests;
