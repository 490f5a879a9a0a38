//! The driver's side of the failing disk (`tests/shim`): what is to happen, and what has happened.

use mentalspace_testkit::failure::{Failure, Outcome};
use mentalspace_testkit::process::built_program;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// Classes of operations that a plan can aim at. Their numbers are those of the shim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Class {
    /// A write, of one piece or several.
    Write = 0,
    /// A sync of a file or a directory.
    Sync = 1,
    /// A rename.
    Rename = 2,
    /// A removal.
    Unlink = 3,
    /// A new length.
    Truncate = 4,
    /// An opening.
    Open = 5,
    /// A read.
    Read = 6,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 7] =
        [Self::Write, Self::Sync, Self::Rename, Self::Unlink, Self::Truncate, Self::Open, Self::Read];
    /// Those that change what is on the disk.
    pub const CHANGES: [Self; 5] = [Self::Write, Self::Sync, Self::Rename, Self::Unlink, Self::Truncate];

    /// Its name in figures.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Sync => "sync",
            Self::Rename => "rename",
            Self::Unlink => "unlink",
            Self::Truncate => "truncate",
            Self::Open => "open",
            Self::Read => "read",
        }
    }
}

/// What is to happen to the operation that the plan aims at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// Nothing; operations are counted.
    Count,
    /// The program is killed before it.
    KillBefore,
    /// The program is killed in the middle of it.
    KillHalfway,
    /// The program is killed right after it.
    KillAfter,
    /// It fails with this error (`EIO` 5, `ENOSPC` 28), and with `for_good` everything after it too.
    Fail {
        /// The error.
        errno: u64,
        /// Whether the disk stays so.
        for_good: bool,
    },
    /// Half of the write is done, and the program told so; with `for_good` nothing more fits.
    Short {
        /// Whether the disk stays so.
        for_good: bool,
    },
}

/// Input or output error.
pub const EIO: u64 = 5;
/// No room on the disk.
pub const ENOSPC: u64 = 28;

const PAGE: usize = 4096;
const SEEN: u64 = 8;
const TOOK: u64 = 9;

/// The disk under one directory, for the programs that are started with [`FaultDisk::surroundings`].
#[derive(Debug)]
pub struct FaultDisk {
    page: File,
    surroundings: Vec<(String, String)>,
}

impl FaultDisk {
    /// A disk under `below`, with its page in `files` and, if wanted, a record of every change in `files` too.
    ///
    /// # Errors
    /// The shim is not built, or the page cannot be made.
    pub fn new(below: &Path, files: &Path, recorded: bool) -> Outcome<Self> {
        std::fs::create_dir_all(files)?;
        let (page, log) = (files.join("control"), Self::log(files));
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&page)?;
        file.set_len(PAGE as u64)?;
        let mut surroundings = vec![
            ("LD_PRELOAD".to_owned(), shim()?.display().to_string()),
            ("MENTALSPACE_FAULTDISK_DIR".to_owned(), below.display().to_string()),
            ("MENTALSPACE_FAULTDISK_CONTROL".to_owned(), page.display().to_string()),
        ];
        if recorded {
            File::create(&log)?;
            surroundings.push(("MENTALSPACE_FAULTDISK_LOG".to_owned(), log.display().to_string()));
        }
        Ok(Self { page: file, surroundings })
    }

    /// Where the record of changes is.
    #[must_use]
    pub fn log(files: &Path) -> PathBuf {
        files.join("changes")
    }

    /// What a program's surroundings need for this to be its disk.
    #[must_use]
    pub fn surroundings(&self) -> Vec<(&str, &str)> {
        self.surroundings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    /// From now on, `plan` for the `at`-th operation (from 1) of the classes `of`.
    ///
    /// # Errors
    /// The page cannot be written.
    pub fn arm(&self, plan: Plan, at: u64, of: &[Class]) -> Outcome<()> {
        self.disarm()?;
        let (number, errno, for_good) = match plan {
            Plan::Count => (0, 0, false),
            Plan::KillBefore => (1, 0, false),
            Plan::KillHalfway => (2, 0, false),
            Plan::KillAfter => (3, 0, false),
            Plan::Fail { errno, for_good } => (4, errno, for_good),
            Plan::Short { for_good } => (5, ENOSPC, for_good),
        };
        let mask = of.iter().fold(0_u64, |mask, class| mask | 1 << *class as u8);
        self.put(SEEN, 0)?;
        self.put(TOOK, 0)?;
        self.put(1, at)?;
        self.put(2, mask)?;
        self.put(3, errno)?;
        self.put(4, u64::from(for_good))?;
        self.put(0, number)
    }

    /// From now on the disk is as it should be.
    ///
    /// # Errors
    /// The page cannot be written.
    pub fn disarm(&self) -> Outcome<()> {
        self.put(0, 0)
    }

    /// How many operations of the plan's classes there were since it was armed.
    ///
    /// # Errors
    /// The page cannot be read.
    pub fn seen(&self) -> Outcome<u64> {
        self.get(SEEN)
    }

    /// How often the plan took effect since it was armed.
    ///
    /// # Errors
    /// The page cannot be read.
    pub fn took(&self) -> Outcome<u64> {
        self.get(TOOK)
    }

    fn put(&self, slot: u64, value: u64) -> Outcome<()> {
        Ok(self.page.write_all_at(&value.to_le_bytes(), slot * 8)?)
    }

    fn get(&self, slot: u64) -> Outcome<u64> {
        let mut bytes = [0; 8];
        self.page.read_exact_at(&mut bytes, slot * 8)?;
        Ok(u64::from_le_bytes(bytes))
    }
}

fn shim() -> Outcome<PathBuf> {
    built_program("libmentalspace_faultdisk.so").map_err(|_| {
        Failure::Said("the failing disk is not built: `cargo build -p mentalspace-faultdisk`".into())
    })
}
