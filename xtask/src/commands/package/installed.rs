//! Both packages installed as a practice would, looked at, driven, and removed without a trace.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::deb::Deb;
use crate::commands::test;
use crate::place::ask;
use crate::step::{Stop, asking, quiet, say};

/// The tests that drive what was installed: a day without a network in the window, then the receipt from the server;
/// and what the window leaves on the machine.
const DRIVEN: [&str; 2] =
    ["window_starts_cold_without_a_network", "window_is_one_per_profile_and_leaves_no_traces"];

/// Installs `packages`, runs [`DRIVEN`] against what was installed, and removes everything again, whatever the tests
/// said.
pub(super) fn check(packages: &[PathBuf], yes: bool) -> Result<(), Stop> {
    let names = [Deb::Desktop.name(), Deb::Server.name()];
    if let Some(name) = names.iter().find(|name| ask("dpkg", &["-s", name]).is_some()) {
        return Err(Stop::new(
            format!("{name} is installed on this machine, and --check would remove it"),
            "Check on a machine that does not use the product.",
        ));
    }
    let pg_bin = test::prepare(yes)?;
    let mut install = Command::new("apt-get");
    install
        .args(["install", "-q", "-y", "--no-install-recommends", "--reinstall", "--allow-downgrades"])
        .args(packages);
    asking("Installing both packages", "apt says above what is missing.", &mut install)?;
    let driven = look().and_then(|()| {
        let installed = [
            ("MENTALSPACE_DESKTOP", "/usr/bin/mentalspace-desktop"),
            ("MENTALSPACE_SERVER", "/usr/bin/mentalspace-server"),
        ];
        test::run_tests(&pg_bin, false, &DRIVEN.map(str::to_owned), &installed)
    });
    let removed = remove();
    driven.and(removed)
}

fn look() -> Result<(), Stop> {
    let next = "The package's files are in installer/.";
    quiet(
        "Asking the installed server for its commands",
        next,
        Command::new("/usr/bin/mentalspace-server").arg("--help"),
    )?;
    if ask("id", &["-u", "mentalspace"]).is_none() {
        return Err(Stop::new("installing the server made no user for it", next));
    }
    if crate::place::find_program("systemd-analyze").is_some() {
        let unit = "/lib/systemd/system/mentalspace-server.service";
        quiet("Letting systemd read the unit", next, Command::new("systemd-analyze").args(["verify", unit]))?;
    }
    Ok(())
}

fn remove() -> Result<(), Stop> {
    let names = [Deb::Desktop.name(), Deb::Server.name()];
    let files: Vec<String> = names.iter().filter_map(|name| ask("dpkg", &["-L", name])).collect();
    let files: Vec<&str> =
        files.iter().flat_map(|list| list.lines()).filter(|path| !Path::new(path).is_dir()).collect();
    let mut purge = Command::new("apt-get");
    asking(
        "Removing both packages",
        "apt says above what went wrong.",
        purge.args(["purge", "-q", "-y"]).args(names),
    )?;
    match files.iter().find(|path| Path::new(path).exists()) {
        Some(left) => {
            Err(Stop::new(format!("removing the packages left {left}"), "Look at postrm in installer/."))
        }
        None if files.is_empty() => {
            Err(Stop::new("dpkg knew no file of the packages", "Were they installed?"))
        }
        None => {
            say(format_args!("✓ All {} files of the packages are gone", files.len()));
            Ok(())
        }
    }
}
