//! What a therapist does with a note in the window.

use crate::patience::until;
use crate::window::Window;
use mentalspace_testkit::clinic::PASSWORD;
use mentalspace_testkit::failure::{Failure, Outcome};
use serde_json::{Value, json};

/// A note that is open on the screen.
#[derive(Debug)]
pub struct OpenNote<'window> {
    window: &'window Window,
    id: String,
}

impl Window {
    /// Opens a draft from the list of notes to sign on Today.
    ///
    /// # Errors
    /// It is not there.
    pub fn open_draft(&self, client: &str, note: &str) -> Outcome<OpenNote<'_>> {
        self.press("ctrl+1")?;
        self.click_among("[aria-label='Notes to sign'] [role=option]", client)?;
        self.until(
            "the note is open",
            "return document.querySelector('textarea[data-part^=\"section:\"]') !== null",
        )?;
        Ok(OpenNote { window: self, id: note.to_owned() })
    }
}

impl OpenNote<'_> {
    /// The note as the application gives it.
    ///
    /// # Errors
    /// It was refused.
    pub fn shown(&self) -> Outcome<Value> {
        self.window.call("note_show", json!({ "note_id": self.id }))
    }

    /// The text of a section on the screen.
    ///
    /// # Errors
    /// It is not there.
    pub fn text(&self, section: &str) -> Outcome<String> {
        self.window.section(section)
    }

    /// Types at the end of a section with real keys, and waits until the application has every word of it.
    ///
    /// # Errors
    /// The words do not arrive.
    pub fn write(&self, section: &str, words: &str) -> Outcome<()> {
        self.window.write_in(section)?;
        self.window.type_text(words)?;
        self.save(section)
    }

    /// The same at the beginning of a section.
    ///
    /// # Errors
    /// The words do not arrive.
    pub fn write_before(&self, section: &str, words: &str) -> Outcome<()> {
        self.window.write_in(section)?;
        self.window.press("ctrl+Home")?;
        self.window
            .until("the caret is at the beginning", "return document.activeElement.selectionStart === 0")?;
        self.window.type_text(words)?;
        self.save(section)
    }

    /// Asks for a save and waits for it.
    ///
    /// # Errors
    /// The application does not have what the screen shows.
    pub fn save(&self, section: &str) -> Outcome<()> {
        self.window.press("ctrl+s")?;
        until("the application has what the screen shows", || {
            let shown = self.text(section)?;
            let kept = section_of(&self.shown()?, section);
            Ok((kept == shown).then_some(()))
        })
    }

    /// Signs with real keys and waits until the screen says so.
    ///
    /// # Errors
    /// It does not come about; what is in the way stands in the failure.
    pub fn sign(&self) -> Outcome<()> {
        self.window.put_caret("textarea[data-part^='section:']")?;
        self.window.press("ctrl+Return")?;
        self.window.sees("Sign this note")?;
        self.window.put_caret("[role=dialog] input[type=password]")?;
        self.window.type_text(PASSWORD)?;
        self.window.press("Return")?;
        self.window.until(
            "the note is signed",
            "return document.querySelector('[role=dialog], textarea[data-part^=\"section:\"]') === null",
        )
    }

    /// Waits until the note as the application gives it fulfils a condition.
    ///
    /// # Errors
    /// It does not; the note stands in the failure.
    pub fn until(&self, what: &str, holds: impl Fn(&Value) -> bool) -> Outcome<Value> {
        let mut last = Value::Null;
        until(what, || {
            last = self.shown()?;
            Ok(holds(&last).then(|| last.clone()))
        })
        .map_err(|failure| Failure::Said(format!("{failure}. The note: {last}")))
    }
}

/// The text of a section in the application's view of a note.
#[must_use]
pub fn section_of(note: &Value, key: &str) -> String {
    let sections = note["sections"].as_array();
    let section = sections.into_iter().flatten().find(|section| section["key"] == key);
    section.and_then(|section| section["text"].as_str()).unwrap_or_default().to_owned()
}
