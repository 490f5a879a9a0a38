//! The day, the caseload, the calendar and what stands around the work.

use super::tour::Tour;
use super::words;
use super::work::Work;
use crate::window::Window;
use mentalspace_testkit::failure::Outcome;
use serde_json::json;

pub(super) fn walk(window: &Window, work: &Work, tour: &mut Tour<'_>) -> Outcome<()> {
    window.sees("Online")?;
    tour.page(window, "today")?;
    tour.in_high_contrast(window, "today")?;
    window.press("ctrl+k")?;
    window.put_caret("[role=dialog] input")?;
    window.type_text(work.now.name.split(' ').next().unwrap_or_default())?;
    window.sees("Write a note for")?;
    tour.page(window, "palette")?;
    window.press("Escape")?;
    window.press("ctrl+slash")?;
    window.sees("Larger")?;
    tour.page(window, "keys")?;
    window.press("Escape")?;
    caseload(window, tour)?;
    import(window, tour)?;
    calendar(window, tour)?;
    window.press("ctrl+4")?;
    window.sees("What came of it")?;
    // Takes the pointer off the rows.
    window.click_first("h1")?;
    tour.page(window, "activity")?;
    window.click("Devices")?;
    window.sees("In use")?;
    tour.page(window, "devices")?;
    window.press("ctrl+5")?;
    window.sees("Appearance")?;
    tour.page(window, "settings")
}

fn caseload(window: &Window, tour: &mut Tour<'_>) -> Outcome<()> {
    window.press("ctrl+2")?;
    window.sees("Next appointment")?;
    tour.page(window, "caseload")?;
    window.click("New client")?;
    window.sees("Contacts and guardians")?;
    tour.page(window, "new-client")?;
    window.press("Escape")
}

fn import(window: &Window, tour: &mut Tour<'_>) -> Outcome<()> {
    window.click("Import")?;
    window.sees("Or paste the rows here")?;
    tour.page(window, "import")?;
    window.put_caret("textarea")?;
    // As pasted: nobody types a list.
    window.run("document.execCommand('insertText', false, arguments[0])", json!([words::LIST]))?;
    window.click("Look at it first")?;
    window.sees("Look before it is kept")?;
    tour.page(window, "import-dry-run")?;
    window.click("To correct")?;
    tour.page(window, "import-to-correct")?;
    window.click("Back to the file")?;
    window.click("Back to the caseload")
}

fn calendar(window: &Window, tour: &mut Tour<'_>) -> Outcome<()> {
    window.press("ctrl+3")?;
    window.until("the week is there", "return document.querySelector('button[data-kind]') !== null")?;
    tour.page(window, "calendar-week")?;
    window.click_among("[role=radio], label, button", "Day")?;
    tour.page(window, "calendar-day")?;
    window.click_first("button[data-kind=appointment][data-status=booked]")?;
    window.sees("Move…")?;
    tour.page(window, "appointment")?;
    window.click("Move…")?;
    window.sees("Leave it there")?;
    tour.page(window, "move")?;
    window.press("Escape")
}
