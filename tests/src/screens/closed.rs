//! What stands before the practice is open.

use super::practice::Practice;
use super::tour::Tour;
use crate::laptop::Laptop;
use crate::window::Window;
use mentalspace_testkit::failure::{Failure, Outcome};
use serde_json::json;

pub(super) fn before_enrolment(practice: &Practice, tour: &mut Tour<'_>) -> Outcome<()> {
    let fresh = Laptop::new(&practice.clinic, "fresh")?;
    let window = practice.window(&fresh)?;
    window.sees("Set up this device")?;
    tour.page(&window, "enrolment")?;
    window.close()
}

pub(super) fn locked(window: &Window, tour: &mut Tour<'_>) -> Outcome<()> {
    window.sees("This device is locked")?;
    tour.page(window, "lock")?;
    window.click("Open it with the practice’s recovery key")?;
    window.sees("Recover this device")?;
    tour.page(window, "recovery")?;
    window.click("Go back to the password")?;
    window.sees("This device is locked")
}

/// The practice ends this laptop's access; its window hears of it as soon as the network is back.
pub(super) fn access_ended(
    practice: &Practice,
    laptop: &Laptop,
    window: &Window,
    tour: &mut Tour<'_>,
) -> Outcome<()> {
    let me = window.call("whoami", json!({}))?;
    let device = me["device_id"].as_str().ok_or_else(|| Failure::Said(format!("no device: {me}")))?;
    practice.clinic.operator(&["device", "revoke", "--device", device, "--reason", "left"])?;
    laptop.network.restore();
    // Refused where the window has heard of it by itself: only the erasure counts.
    let _ = window.try_call("sync", json!({}))?;
    window.sees("Everything was erased from this device")?;
    tour.page(window, "access-ended")
}
