//! `cargo xtask screens [NAME …] [--out DIR]`: every screen, light and dark, as it looks now.

use std::path::PathBuf;
use std::process::Command;

use super::test;
use crate::arguments::Arguments;
use crate::programs::{self, Profile};
use crate::step::{Stop, shown};
use crate::{packages, place};

pub(crate) fn run(mut arguments: Arguments) -> Result<(), Stop> {
    let out =
        arguments.take_value("--out")?.map_or_else(|| place::root().join("docs/screenshots"), PathBuf::from);
    let names = arguments.take_names()?;
    packages::ensure(&[packages::SCREENS], arguments.yes())?;
    let pg_bin = test::prepare(arguments.yes())?;
    let mut screens = Command::new(programs::directory(Profile::Development).join("screens"));
    screens.arg("--out").arg(&out).args(names);
    // Where no graphics processor is, the window draws without shared buffers, and WebKit's driver then waits ten seconds
    // for every picture.
    screens.env("WEBKIT_DISABLE_DMABUF_RENDERER", "0");
    shown(
        "Taking the screenshots",
        "The last lines above name the screen that could not be taken.",
        &mut test::in_surroundings(Profile::Development, &pg_bin, false, &screens),
    )
}
