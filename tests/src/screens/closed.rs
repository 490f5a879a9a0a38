//! What stands before the practice is open.

use super::album::Album;
use super::practice::Practice;
use crate::laptop::Laptop;
use crate::window::Window;
use mentalspace_testkit::failure::Outcome;

pub(super) fn before_enrolment(practice: &Practice, album: &mut Album) -> Outcome<()> {
    let fresh = Laptop::new(&practice.clinic, "fresh")?;
    let window = practice.window(&fresh)?;
    window.sees("Set up this device")?;
    album.page(&window, "enrolment")?;
    window.close()
}

pub(super) fn locked(window: &Window, album: &mut Album) -> Outcome<()> {
    window.sees("This device is locked")?;
    album.page(window, "lock")?;
    window.click("Open it with the practice’s recovery key")?;
    window.sees("Recover this device")?;
    album.page(window, "recovery")?;
    window.click("Go back to the password")?;
    window.sees("This device is locked")
}
