//! The files of a profile as the disk sees them.

use ring::digest;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The file that SQLite keeps beside `path` under this ending.
pub(crate) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Every file under `dir`.
pub(crate) fn all(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(all(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

/// Name, length, time of change and hash of every file under `dir`, but for the count of wrong passwords, which a
/// wrong password is meant to change.
pub(crate) fn fingerprint(dir: &Path) -> BTreeMap<String, (u64, Vec<u8>)> {
    all(dir)
        .into_iter()
        .filter(|path| !path.ends_with("attempts.json"))
        .map(|path| {
            let bytes = std::fs::read(&path).unwrap();
            let hash = digest::digest(&digest::SHA256, &bytes).as_ref().to_vec();
            (path.strip_prefix(dir).unwrap().display().to_string(), (bytes.len() as u64, hash))
        })
        .collect()
}

/// Copies a directory as a thief or a backup program would.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

/// Whether `text` stands in `bytes` as UTF-8 or as UTF-16 in either byte order.
pub(crate) fn holds(bytes: &[u8], text: &str) -> bool {
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    [text.as_bytes(), &little, &big]
        .iter()
        .any(|needle| bytes.windows(needle.len()).any(|window| window == *needle))
}
