//! The day, the caseload, the calendar and what stands around the work.

use super::album::Album;
use super::words;
use super::work::Work;
use crate::window::Window;
use mentalspace_testkit::failure::Outcome;
use serde_json::json;

pub(super) fn walk(window: &Window, work: &Work, album: &mut Album) -> Outcome<()> {
    window.sees("Online")?;
    album.page(window, "today")?;
    album.in_high_contrast(window, "today")?;
    window.press("ctrl+k")?;
    window.put_caret("[role=dialog] input")?;
    window.type_text(work.now.name.split(' ').next().unwrap_or_default())?;
    window.sees("Write a note for")?;
    album.page(window, "palette")?;
    window.press("Escape")?;
    window.press("ctrl+slash")?;
    window.sees("Larger")?;
    album.page(window, "keys")?;
    window.press("Escape")?;
    caseload(window, album)?;
    import(window, album)?;
    calendar(window, album)?;
    window.press("ctrl+4")?;
    window.sees("What came of it")?;
    // Takes the pointer off the rows.
    window.click_first("h1")?;
    album.page(window, "activity")?;
    window.click("Devices")?;
    window.sees("In use")?;
    album.page(window, "devices")?;
    window.press("ctrl+5")?;
    window.sees("Appearance")?;
    album.page(window, "settings")
}

fn caseload(window: &Window, album: &mut Album) -> Outcome<()> {
    window.press("ctrl+2")?;
    window.sees("Next appointment")?;
    album.page(window, "caseload")?;
    window.click("New client")?;
    window.sees("Contacts and guardians")?;
    album.page(window, "new-client")?;
    window.press("Escape")
}

fn import(window: &Window, album: &mut Album) -> Outcome<()> {
    window.click("Import")?;
    window.sees("Or paste the rows here")?;
    album.page(window, "import")?;
    window.put_caret("textarea")?;
    // As pasted: nobody types a list.
    window.run("document.execCommand('insertText', false, arguments[0])", json!([words::LIST]))?;
    window.click("Look at it first")?;
    window.sees("Look before it is kept")?;
    album.page(window, "import-dry-run")?;
    window.click("To correct")?;
    album.page(window, "import-to-correct")?;
    window.click("Back to the file")?;
    window.click("Back to the caseload")
}

fn calendar(window: &Window, album: &mut Album) -> Outcome<()> {
    window.press("ctrl+3")?;
    window.until("the week is there", "return document.querySelector('button[data-kind]') !== null")?;
    album.page(window, "calendar-week")?;
    window.click_among("[role=radio], label, button", "Day")?;
    album.page(window, "calendar-day")?;
    window.click_first("button[data-kind=appointment][data-status=booked]")?;
    window.sees("Move…")?;
    album.page(window, "appointment")?;
    window.click("Move…")?;
    window.sees("Leave it there")?;
    album.page(window, "move")?;
    window.press("Escape")
}
