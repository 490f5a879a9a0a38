//! Looking for words where they must not be: every byte of every file below a directory.

use mentalspace_testkit::failure::Outcome;
use std::fs;
use std::path::{Path, PathBuf};

/// Files below `dir` that hold `words`, as UTF-8 or as UTF-16 in either order of bytes, in their content or their name.
///
/// # Errors
/// A directory cannot be listed.
pub fn files_with(dir: &Path, words: &str) -> Outcome<Vec<PathBuf>> {
    let wide: Vec<u16> = words.encode_utf16().collect();
    let forms = [
        words.as_bytes().to_vec(),
        wide.iter().flat_map(|unit| unit.to_le_bytes()).collect(),
        wide.iter().flat_map(|unit| unit.to_be_bytes()).collect(),
    ];
    let mut found = Vec::new();
    let mut dirs = vec![dir.to_path_buf()];
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(&dir)?.flatten() {
            let path = entry.path();
            // A file may go while it is looked for, and sockets cannot be read; neither keeps words.
            let Ok(about) = fs::symlink_metadata(&path) else { continue };
            if about.is_dir() {
                dirs.push(path);
                continue;
            }
            let bytes = if about.is_file() { fs::read(&path).unwrap_or_default() } else { Vec::new() };
            let name = path.file_name().unwrap_or_default().as_encoded_bytes();
            if forms.iter().any(|form| holds(&bytes, form) || holds(name, form)) {
                found.push(path);
            }
        }
    }
    Ok(found)
}

fn holds(bytes: &[u8], form: &[u8]) -> bool {
    bytes.windows(form.len()).any(|window| window == form)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_every_form_and_nowhere_else() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| {
            let path = dir.path().join("deep").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        };
        write("plain", b"xx quillfeather yy");
        write("wide", &"a quillfeather".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>());
        write("quillfeather.log", b"");
        write("none", b"quill feather");
        assert_eq!(files_with(dir.path(), "quillfeather").unwrap().len(), 3);
    }
}
