//! Where the pictures are kept.

use crate::window::Window;
use mentalspace_testkit::failure::{Failure, Outcome};
use std::path::Path;
use std::process::Command;

/// Colours of a picture. Our screens use few; with these nobody sees a difference, and a picture is a third as large.
const COLOURS: &str = "128";

/// Keeps a picture of the screen as it is.
pub(super) fn picture(out: &Path, window: &Window, name: &str) -> Outcome<()> {
    let file = out.join(format!("{name}.png"));
    window.picture(&file)?;
    shrink(&file)?;
    println!("   {name}");
    Ok(())
}

fn shrink(file: &Path) -> Outcome<()> {
    let words = ["--force", "--strip", "--speed", "1", "--nofs", "--ext", ".png", COLOURS, "--"];
    let done = Command::new("pngquant").args(words).arg(file).output()?;
    if done.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&done.stderr).trim().to_owned();
    Err(Failure::Said(format!("pngquant could not shrink {}: {said}", file.display())))
}
