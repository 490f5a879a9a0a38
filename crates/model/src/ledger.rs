//! The ledger: who wrote what, kept outside of server and devices, and the few ways in which words may go by right.

use crate::chart::{Bucket, Command, CommandId, Word};
use crate::server::DeviceNo;
use std::collections::{BTreeMap, BTreeSet};

/// A word as it was written.
#[derive(Clone, Copy, Debug)]
pub struct Written {
    /// The device on which.
    pub device: DeviceNo,
    /// The chart.
    pub bucket: Bucket,
}

/// What was written, where it must still be, and what was signed.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// Every word that a device took.
    pub words: BTreeMap<Word, Written>,
    /// Words that each device must still have, in its outbox or its archive.
    kept: BTreeMap<DeviceNo, BTreeSet<Word>>,
    /// Words that are gone by right: the only copy was on a disk that broke, or the server that had them was restored
    /// after their device had erased them as it must.
    excused: BTreeSet<Word>,
    /// Words that a server had and lost by being restored.
    pub set_back: BTreeSet<Word>,
    /// What each accepted signature signed.
    pub signed: BTreeMap<CommandId, Vec<Word>>,
}

impl Ledger {
    /// A device took a command.
    pub fn wrote(&mut self, device: DeviceNo, command: &Command) {
        if command.words().contains(&command.id) {
            self.words.insert(command.id, Written { device, bucket: command.bucket });
            self.kept.entry(device).or_default().insert(command.id);
        }
    }

    /// A device erased a bucket as it must.
    pub fn purged(&mut self, device: DeviceNo, bucket: Bucket) {
        let words = &self.words;
        if let Some(kept) = self.kept.get_mut(&device) {
            kept.retain(|word| words.get(word).is_none_or(|written| written.bucket != bucket));
        }
    }

    /// A device erased itself as it must.
    pub fn gone(&mut self, device: DeviceNo) {
        self.kept.remove(&device);
    }

    /// What a device keeps now, to go with an image of it.
    #[must_use]
    pub fn kept_by(&self, device: DeviceNo) -> BTreeSet<Word> {
        self.kept.get(&device).cloned().unwrap_or_default()
    }

    /// A device was put back to an image. What only its broken disk had is gone.
    pub fn put_back(&mut self, device: DeviceNo, image: BTreeSet<Word>, on_server: &BTreeSet<Word>) {
        let lost = self.kept_by(device);
        self.excused.extend(lost.iter().filter(|word| !image.contains(word) && !on_server.contains(word)));
        self.kept.insert(device, image);
    }

    /// The server was restored: it had `before` and has `after`.
    pub fn restored(&mut self, before: &BTreeSet<Word>, after: &BTreeSet<Word>) {
        for word in before.difference(after) {
            self.set_back.insert(*word);
            let held = self.kept.values().any(|kept| kept.contains(word));
            if !held {
                self.excused.insert(*word);
            }
        }
    }

    /// Words that must be on the server once everybody has synced.
    pub fn due(&self) -> impl Iterator<Item = Word> {
        self.words.keys().copied().filter(|word| !self.excused.contains(word))
    }
}
