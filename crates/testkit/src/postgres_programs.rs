//! Where PostgreSQL's programs are on this machine. Standard library only: `xtask` compiles this file as well, so
//! that the demonstration and the tests agree on what they found.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The oldest PostgreSQL that the product runs on.
pub(crate) const OLDEST_MAJOR: u32 = 15;

/// Finds the directory that holds `initdb`, `pg_ctl` and `postgres` of version 15 or later: `named` if given, else
/// on `search_path` (the value of `PATH`), else the newest in Debian's and Ubuntu's `/usr/lib/postgresql`.
pub(crate) fn find(named: Option<&Path>, search_path: &str) -> Option<PathBuf> {
    if let Some(dir) = named {
        return is_usable(dir).then(|| dir.to_path_buf());
    }
    // Debian links a few programs into the path; the others stand beside what the link points to.
    let on_path = search_path.split(':').filter(|dir| !dir.is_empty()).filter_map(|dir| {
        let program = fs::canonicalize(Path::new(dir).join("initdb")).ok()?;
        program.parent().map(Path::to_path_buf)
    });
    on_path.chain(of_distribution(Path::new("/usr/lib/postgresql"))).find(|dir| is_usable(dir))
}

/// The `bin` directories under `root`, newest version first.
fn of_distribution(root: &Path) -> Vec<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir(root)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    versions.into_iter().map(|(_, dir)| dir).collect()
}

/// Whether the three programs are there and new enough.
fn is_usable(dir: &Path) -> bool {
    let all_there = ["initdb", "pg_ctl", "postgres"].iter().all(|name| dir.join(name).is_file());
    all_there && major_version(dir).is_some_and(|major| major >= OLDEST_MAJOR)
}

/// Asks `postgres --version`, which answers like `postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)`.
fn major_version(dir: &Path) -> Option<u32> {
    let output = Command::new(dir.join("postgres")).arg("--version").output().ok()?;
    parse_major(&String::from_utf8_lossy(&output.stdout))
}

fn parse_major(said: &str) -> Option<u32> {
    let digits: String =
        said.split("(PostgreSQL)").nth(1)?.trim_start().chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_debian_and_upstream_print_them() {
        assert_eq!(parse_major("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n"), Some(15));
        assert_eq!(parse_major("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(parse_major("postgres: command not found"), None);
    }

    #[test]
    fn a_directory_without_the_programs_is_not_taken() {
        assert_eq!(find(Some(Path::new("/nonexistent")), "/usr/bin"), None);
    }
}
