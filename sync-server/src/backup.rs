//! The form of a backup file: what PostgreSQL's own dump says, sealed in pieces under a key of this file's own that
//! comes from the key-encryption key. Whoever finds the file finds nothing in it, identifiers included.
//!
//! ```text
//! "MSBACKUP" | 0x01 | file id (16) | piece | piece | …        piece = length (4, little-endian) | envelope
//! ```
//!
//! Each envelope is bound to the file and to its place in it; its first byte says what it is. A file without its last
//! piece was cut off.

use chrono::{DateTime, Utc};
use mentalspace_crypto::derive::{Purpose, derive};
use mentalspace_crypto::envelope::{DataKey, KeyId};
use mentalspace_crypto::frame::framed;
use mentalspace_crypto::randomness::random_bytes;
use mentalspace_crypto::{Randomness, Secret32};
use mentalspace_domain::ids::PracticeId;
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};
use uuid::Uuid;

const MAGIC: &[u8; 9] = b"MSBACKUP\x01";
const PURPOSE: Purpose = Purpose::new("server backup");
/// Bytes of the dump in one piece.
const PIECE: usize = 1 << 20;
/// No piece of ours is longer; a longer one is no piece of ours.
const LONGEST: usize = PIECE + 4_096;

const ABOUT: u8 = 0;
const DUMP: u8 = 1;
const END: u8 = 2;

/// What a backup holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// When it was taken, by the server's clock.
    pub taken_at: DateTime<Utc>,
    /// The release that took it.
    pub release: String,
    /// The number of migrations applied.
    pub migrations: i32,
    /// Its practices.
    pub practices: Vec<PracticeInBackup>,
}

/// A practice in a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PracticeInBackup {
    /// The practice.
    pub practice: PracticeId,
    /// The epoch of its log.
    pub log_epoch: Uuid,
    /// Leaves of its tree when its last head was signed.
    pub tree_size: u64,
}

/// Why a file is no backup that can be used.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Reading or writing failed.
    #[error("the backup file cannot be read or written: {0}")]
    File(#[from] io::Error),
    /// Not of this form.
    #[error("this is no backup of MentalSpace, or one of a newer release")]
    Foreign,
    /// A piece does not open.
    #[error(
        "the backup does not open: it was taken under another key-encryption key, or was changed after it was written"
    )]
    Sealed,
    /// The last piece is missing.
    #[error("the backup was cut off: its end is missing")]
    CutOff,
    /// There is no randomness, or a piece is too large; neither occurs.
    #[error("the backup could not be sealed")]
    Sealing,
}

fn key(secret: &Secret32, id: [u8; 16]) -> DataKey {
    DataKey::new(KeyId::from_bytes(id), derive(secret, PURPOSE, &id))
}

fn bound(id: [u8; 16], place: u64) -> Vec<u8> {
    framed(&[b"mentalspace server backup v1", &id, &place.to_be_bytes()])
}

/// Writes a backup.
pub struct Writer<'a, W: Write> {
    out: W,
    key: DataKey,
    id: [u8; 16],
    place: u64,
    randomness: &'a dyn Randomness,
}

impl<W: Write> std::fmt::Debug for Writer<'_, W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("place", &self.place).finish_non_exhaustive()
    }
}

impl<'a, W: Write> Writer<'a, W> {
    /// Begins a file with what it will hold.
    ///
    /// # Errors
    /// See [`BackupError`].
    pub fn begin(
        mut out: W,
        secret: &Secret32,
        about: &About,
        randomness: &'a dyn Randomness,
    ) -> Result<Self, BackupError> {
        let id = random_bytes::<16>(randomness).map_err(|_| BackupError::Sealing)?;
        out.write_all(MAGIC)?;
        out.write_all(&id)?;
        let mut writer = Self { out, key: key(secret, id), id, place: 0, randomness };
        let about = serde_json::to_vec(about).map_err(|_| BackupError::Sealing)?;
        writer.piece(ABOUT, &about)?;
        Ok(writer)
    }

    fn piece(&mut self, what: u8, content: &[u8]) -> Result<(), BackupError> {
        let plain = zeroize::Zeroizing::new([&[what], content].concat());
        let sealed = self
            .key
            .seal(&bound(self.id, self.place), &plain, self.randomness)
            .map_err(|_| BackupError::Sealing)?;
        let length = u32::try_from(sealed.len()).map_err(|_| BackupError::Sealing)?;
        self.out.write_all(&length.to_le_bytes())?;
        self.out.write_all(&sealed)?;
        self.place += 1;
        Ok(())
    }

    /// Takes in the whole of a dump and gives its length in bytes.
    ///
    /// # Errors
    /// See [`BackupError`].
    pub fn take(&mut self, mut dump: impl Read) -> Result<u64, BackupError> {
        let mut total = 0;
        let mut piece = Vec::with_capacity(PIECE);
        loop {
            piece.clear();
            let read = dump.by_ref().take(PIECE as u64).read_to_end(&mut piece)?;
            if read == 0 {
                return Ok(total);
            }
            total += read as u64;
            self.piece(DUMP, &piece)?;
        }
    }

    /// Writes the last piece. Without it the file counts as cut off.
    ///
    /// # Errors
    /// See [`BackupError`].
    pub fn end(mut self) -> Result<W, BackupError> {
        self.piece(END, &[])?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// Reads a backup.
pub struct Reader<R: Read> {
    from: R,
    key: DataKey,
    id: [u8; 16],
    place: u64,
    about: About,
}

impl<R: Read> std::fmt::Debug for Reader<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("about", &self.about).finish_non_exhaustive()
    }
}

impl<R: Read> Reader<R> {
    /// Opens a backup and reads what it says of itself.
    ///
    /// # Errors
    /// See [`BackupError`].
    pub fn open(mut from: R, secret: &Secret32) -> Result<Self, BackupError> {
        let (mut magic, mut id) = ([0; MAGIC.len()], [0; 16]);
        from.read_exact(&mut magic).map_err(|_| BackupError::Foreign)?;
        if &magic != MAGIC {
            return Err(BackupError::Foreign);
        }
        from.read_exact(&mut id).map_err(|_| BackupError::CutOff)?;
        let about = About {
            taken_at: DateTime::UNIX_EPOCH,
            release: String::new(),
            migrations: 0,
            practices: Vec::new(),
        };
        let mut reader = Self { from, key: key(secret, id), id, place: 0, about };
        let (what, about) = reader.piece()?;
        if what != ABOUT {
            return Err(BackupError::Foreign);
        }
        reader.about = serde_json::from_slice(&about).map_err(|_| BackupError::Foreign)?;
        Ok(reader)
    }

    /// What it holds.
    #[must_use]
    pub const fn about(&self) -> &About {
        &self.about
    }

    fn piece(&mut self) -> Result<(u8, zeroize::Zeroizing<Vec<u8>>), BackupError> {
        let mut length = [0; 4];
        self.from.read_exact(&mut length).map_err(cut_off)?;
        let length = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
        if length > LONGEST {
            return Err(BackupError::Sealed);
        }
        let mut sealed = vec![0; length];
        self.from.read_exact(&mut sealed).map_err(cut_off)?;
        let mut plain =
            self.key.open(&bound(self.id, self.place), &sealed).map_err(|_| BackupError::Sealed)?;
        self.place += 1;
        if plain.is_empty() {
            return Err(BackupError::Sealed);
        }
        Ok((plain.remove(0), plain))
    }

    /// Gives the whole dump, piece by piece. Whatever was given before an error is not to be trusted.
    ///
    /// # Errors
    /// See [`BackupError`].
    pub fn give(mut self, mut to: impl Write) -> Result<(), BackupError> {
        loop {
            match self.piece()? {
                (DUMP, piece) => to.write_all(&piece)?,
                (END, _) => break,
                _ => return Err(BackupError::Foreign),
            }
        }
        let mut more = [0];
        if self.from.read(&mut more)? == 0 { Ok(()) } else { Err(BackupError::Sealed) }
    }
}

fn cut_off(error: io::Error) -> BackupError {
    if error.kind() == io::ErrorKind::UnexpectedEof { BackupError::CutOff } else { error.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mentalspace_crypto::SystemRandomness;

    fn secret(n: u8) -> Secret32 {
        Secret32::from_bytes([n; 32])
    }

    fn about() -> About {
        let practice = PracticeInBackup {
            practice: PracticeId::new(Uuid::from_u128(1)),
            log_epoch: Uuid::from_u128(2),
            tree_size: 3,
        };
        About {
            taken_at: DateTime::UNIX_EPOCH,
            release: "1".into(),
            migrations: 9,
            practices: vec![practice],
        }
    }

    fn written(dump: &[u8]) -> Vec<u8> {
        let random = SystemRandomness::new();
        let mut writer = Writer::begin(Vec::new(), &secret(1), &about(), &random).unwrap();
        assert_eq!(writer.take(dump).unwrap(), dump.len() as u64);
        writer.end().unwrap()
    }

    fn read(file: &[u8], key: u8) -> Result<Vec<u8>, BackupError> {
        let mut dump = Vec::new();
        Reader::open(file, &secret(key))?.give(&mut dump)?;
        Ok(dump)
    }

    #[test]
    fn what_went_in_comes_out_under_the_same_key_alone() {
        let dump: Vec<u8> = (0..3 * PIECE + 7).map(|n| u8::try_from(n % 251).unwrap()).collect();
        let file = written(&dump);
        assert_eq!(Reader::open(file.as_slice(), &secret(1)).unwrap().about(), &about());
        assert_eq!(read(&file, 1).unwrap(), dump);
        assert!(matches!(read(&file, 2), Err(BackupError::Sealed)));
        assert!(!file.windows(16).any(|window| window == &dump[..16]), "nothing of it stands in clear");
    }

    #[test]
    fn a_changed_a_cut_and_a_foreign_file_are_refused() {
        let file = written(b"words of a dump");
        for at in 0..file.len() {
            let mut changed = file.clone();
            changed[at] ^= 1;
            assert!(read(&changed, 1).is_err(), "byte {at}");
            assert!(read(&file[..at], 1).is_err(), "cut at {at}");
        }
        let longer = [file.as_slice(), b"x"].concat();
        assert!(read(&longer, 1).is_err(), "something behind its end");
        // The control: the file itself is good.
        assert_eq!(read(&file, 1).unwrap(), b"words of a dump");
        assert!(matches!(read(b"PGDMP something else", 1), Err(BackupError::Foreign)));
    }
}
