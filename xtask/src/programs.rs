//! The programs of this workspace, built.

use std::path::PathBuf;

use crate::place;
use crate::step::{Stop, shown};

/// Without this feature the desktop's window would ask a development server for its pages.
pub(crate) const DESKTOP_FEATURES: &str = "mentalspace-desktop/custom-protocol";

/// How a program is built.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    Development,
    Release,
}

/// Where cargo puts the programs.
pub(crate) fn directory(profile: Profile) -> PathBuf {
    place::target().join(match profile {
        Profile::Development => "debug",
        Profile::Release => "release",
    })
}

/// Builds the programs of `packages`.
pub(crate) fn build(title: &str, packages: &[&str], profile: Profile) -> Result<PathBuf, Stop> {
    let mut words = vec!["build", "--locked", "--bins"];
    if profile == Profile::Release {
        words.push("--release");
    }
    for package in packages {
        words.extend(["--package", package]);
        if *package == "mentalspace-desktop" {
            words.extend(["--features", DESKTOP_FEATURES]);
        }
    }
    shown(title, "Put right what the compiler says and run the same again.", &mut place::cargo(&words))?;
    Ok(directory(profile))
}
