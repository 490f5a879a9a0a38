//! Pictures of every screen: the demonstration practice in the real window, on one fixed day, light and dark.

mod album;
mod closed;
mod desk;
mod practice;
mod records;
mod words;
mod work;

use album::Album;
use mentalspace_testkit::failure::Outcome;
use practice::Practice;
use std::path::Path;

/// Takes the screens called `names`, or all, into `out`, and gives how many pictures were taken.
///
/// # Errors
/// A screen could not be reached, or nothing is called so.
pub fn take(out: &Path, names: Vec<String>) -> Outcome<usize> {
    let mut album = Album::begin(out, names)?;
    let practice = Practice::open()?;
    closed::before_enrolment(&practice, &mut album)?;
    let (laptop, work) = work::prepare(&practice)?;
    let window = practice.window(&laptop)?;
    closed::locked(&window, &mut album)?;
    window.unlock()?;
    desk::walk(&window, &work, &mut album)?;
    records::walk(&window, &laptop, &work, &mut album)?;
    window.close()?;
    album.end()
}
