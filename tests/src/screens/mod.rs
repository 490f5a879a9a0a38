//! Every screen: the demonstration practice in the real window, on one fixed day, light and dark.

mod album;
mod closed;
mod desk;
mod late;
mod practice;
mod records;
mod tour;
mod words;
mod work;

use mentalspace_testkit::failure::Outcome;
use practice::Practice;
use std::path::Path;
pub use tour::Look;
use tour::Tour;

/// Takes pictures of the screens called `names`, or of all, into `out`, and gives how many were taken.
///
/// # Errors
/// A screen could not be reached, or nothing is called so.
pub fn take(out: &Path, names: Vec<String>) -> Outcome<usize> {
    std::fs::create_dir_all(out)?;
    visit(names, &mut |window, name| album::picture(out, window, name))
}

/// Goes through the screens called `names`, or through all, and gives how many looks there were.
///
/// # Errors
/// A screen could not be reached or scrolls sideways, a look failed, or nothing is called so.
pub fn visit(names: Vec<String>, look: &mut Look<'_>) -> Outcome<usize> {
    let mut tour = Tour::begin(names, look);
    let practice = Practice::open()?;
    closed::before_enrolment(&practice, &mut tour)?;
    let (laptop, work) = work::prepare(&practice)?;
    let window = practice.window(&laptop)?;
    closed::locked(&window, &mut tour)?;
    window.unlock()?;
    desk::walk(&window, &work, &mut tour)?;
    late::walk(&window, &mut tour)?;
    records::walk(&window, &laptop, &work, &mut tour)?;
    closed::access_ended(&practice, &laptop, &window, &mut tour)?;
    window.close()?;
    tour.end()
}
