//! `cargo xtask package`: the Debian packages of the desktop and of the server, signed and verified.

mod deb;
mod installed;
mod signature;

use std::path::PathBuf;

use deb::Deb;

use crate::arguments::Arguments;
use crate::place::{self, is_root};
use crate::programs::{self, Profile};
use crate::step::{OrStop as _, Stop, say};
use crate::{packages, ui};

pub(crate) fn run(mut arguments: Arguments) -> Result<(), Stop> {
    let key = arguments.take_value("--key")?.map(PathBuf::from);
    let check = arguments.take("--check");
    arguments.finish()?;
    if check && !is_root() {
        return Err(Stop::new(
            "--check installs the packages, which only root may do",
            "Run it as root on a machine that may be changed, or without --check.",
        ));
    }
    let yes = arguments.yes();
    packages::ensure(&[packages::BUILD, packages::DESKTOP, packages::PACKAGE], yes)?;
    ui::build(yes)?;
    programs::build(
        "Building for release (about 15 minutes the first time)",
        &["mentalspace-server", "mentalspace-desktop"],
        Profile::Release,
    )?;
    let out = place::target().join("packages");
    std::fs::create_dir_all(&out).or_stop("create the directory of the packages")?;
    let key = signature::key(key)?;
    let mut built = Vec::new();
    for deb in [Deb::Desktop, Deb::Server] {
        let path = deb.build(&out)?;
        signature::sign(&key, &path)?;
        signature::verify(&key.public, &path)?;
        built.push(path);
    }
    signature::refuses_a_changed_copy(&key.public, &built[0])?;
    if check {
        installed::check(&built, yes)?;
    }
    say("\nPackages, each with its signature beside it:");
    for path in &built {
        say(format_args!("  {}", path.display()));
    }
    say("Verify one with:");
    say(format_args!("  minisign -V -p {} -m {}", key.public.display(), built[0].display()));
    Ok(())
}
