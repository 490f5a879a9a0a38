//! Where things are: the repository, the build directory, and what this process was told by its surroundings.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The repository's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// Cargo's build directory: this program was built into it, so it need not be asked for.
pub(crate) fn target() -> PathBuf {
    let own = std::env::current_exe().unwrap_or_default();
    own.ancestors().nth(2).map_or_else(|| root().join("target"), Path::to_path_buf)
}

/// A directory of ours in the build directory.
pub(crate) fn working_directory(name: &str) -> io::Result<PathBuf> {
    let dir = target().join("xtask").join(name);
    fs::create_dir_all(&dir)?;
    Ok(dir)
}

/// The cargo that started this program, in the repository's root and with this build directory.
pub(crate) fn cargo(words: &[&str]) -> Command {
    let mut command = Command::new(environment("CARGO").unwrap_or_else(|| "cargo".to_owned()));
    command.args(words).current_dir(root()).env("CARGO_TARGET_DIR", target());
    for name in told_by_cargo() {
        command.env_remove(name);
    }
    command
}

/// What cargo told this program of its own package. Build scripts that watch these variables (ring's) would take a cargo
/// started from here for another one than a cargo started by hand, and everything on them would be built anew each time.
fn told_by_cargo() -> Vec<OsString> {
    let names = std::env::vars_os().map(|(name, _)| name);
    let of_package = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    names.filter(|name| name.to_str().is_some_and(of_package)).collect()
}

/// Reads the surroundings of this process.
#[expect(
    clippy::disallowed_methods,
    reason = "a command-line tool is an edge: its surroundings are its configuration"
)]
pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The program `name` on the path.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let path = environment("PATH")?;
    path.split(':').map(|dir| Path::new(dir).join(name)).find(|program| program.is_file())
}

/// What a program prints on standard output, trimmed; nothing if it is missing or fails.
pub(crate) fn ask(program: impl AsRef<OsStr>, words: &[&str]) -> Option<String> {
    let output = Command::new(program).args(words).current_dir(root()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// FNV-1a over the names and contents of files: notices a change, protects nothing.
pub(crate) fn fingerprint<'a>(
    paths: impl IntoIterator<Item = &'a Path>,
    skip: &[&str],
) -> io::Result<String> {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |bytes: &[u8]| {
        for byte in bytes.iter().chain(&[0xff]) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    for path in paths {
        let mut files = Vec::new();
        collect(path, skip, &mut files)?;
        files.sort();
        for file in files {
            add(file.as_os_str().as_encoded_bytes());
            add(&fs::read(&file)?);
        }
    }
    Ok(format!("{hash:016x}"))
}

fn collect(path: &Path, skip: &[&str], files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !path.is_dir() {
        if path.exists() {
            files.push(path.to_path_buf());
        }
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if skip.iter().all(|name| entry.file_name() != *name) {
            collect(&entry.path(), skip, files)?;
        }
    }
    Ok(())
}
