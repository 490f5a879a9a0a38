//! `cargo xtask screens`: every screen, light and dark, as it looks now.

use std::path::PathBuf;

use super::{stage, test};
use crate::arguments::Arguments;
use crate::place;
use crate::programs::Profile;
use crate::step::{Stop, shown};

pub(crate) fn run(mut arguments: Arguments) -> Result<(), Stop> {
    let out =
        arguments.take_value("--out")?.map_or_else(|| place::root().join("docs/screenshots"), PathBuf::from);
    let names = arguments.take_names()?;
    let pg_bin = test::prepare(arguments.yes())?;
    let mut screens = stage::command("screens", Profile::Development, &pg_bin, "screens")?;
    screens.arg("--out").arg(&out).args(names);
    shown(
        "Taking the screenshots",
        "The last lines above name the screen that could not be taken.",
        &mut test::in_surroundings(Profile::Development, &pg_bin, false, &screens),
    )
}
