//! Small files that must be whole or not there, and seen by their owner alone.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

/// Replaces a file so that a kill or a power cut at any moment leaves the old one or the new one, whole.
pub(crate) fn replace(dir: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let temporary = dir.join(format!("{name}.new"));
    let mut file = private(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, dir.join(name))?;
    sync_directory(dir)
}

/// Makes names that were added to or removed from a directory last.
pub(crate) fn sync_directory(dir: &Path) -> std::io::Result<()> {
    // Windows has no such call and needs none: its file system journals names.
    if cfg!(windows) { Ok(()) } else { File::open(dir)?.sync_all() }
}

/// Overwrites a small file before it is removed. On flash storage this is a courtesy, not a promise: what protects
/// is that the other half of the key is gone too.
pub(crate) fn remove_overwritten(path: &Path) -> std::io::Result<()> {
    let length = match fs::metadata(path) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut file = fs::OpenOptions::new().write(true).open(path)?;
    file.write_all(&vec![0; usize::try_from(length).unwrap_or(0)])?;
    file.sync_all()?;
    fs::remove_file(path)
}

/// A file that only its owner may read.
pub(crate) fn private(path: &Path) -> std::io::Result<File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A directory that only its owner may enter.
pub(crate) fn private_directory(path: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
