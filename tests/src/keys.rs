//! Real keys: through the X server, as a keyboard's, so that focus, repeat, spelling and input methods take their part.

use mentalspace_testkit::failure::{Failure, Outcome};
use mentalspace_testkit::process::OwnedProcess;
use std::process::{Command, Stdio};

/// A keyboard on a display, before the window of one process.
#[derive(Debug, Clone)]
pub struct Keyboard {
    display: String,
    window: String,
}

impl Keyboard {
    /// Before the visible window of process `process`.
    ///
    /// # Errors
    /// There is none.
    pub fn before(display: &str, process: u32) -> Outcome<Self> {
        let found = xdotool(display, &["search", "--onlyvisible", "--pid", &process.to_string()])?;
        let window = found.lines().next_back().unwrap_or_default().to_owned();
        if window.is_empty() {
            return Err(Failure::Said(format!("process {process} has no window on {display}")));
        }
        Ok(Self { display: display.to_owned(), window })
    }

    /// Gives the window the focus of the keyboard.
    ///
    /// # Errors
    /// The X server refuses.
    pub fn focus(&self) -> Outcome<()> {
        xdotool(&self.display, &["windowfocus", "--sync", &self.window]).map(drop)
    }

    /// Types `text` at an even pace, `delay_ms` between two keys, and returns when the last key is up.
    ///
    /// # Errors
    /// The keys could not be pressed.
    pub fn type_text(&self, text: &str, delay_ms: u32) -> Outcome<()> {
        self.focus()?;
        xdotool(&self.display, &["type", "--delay", &delay_ms.to_string(), "--", text]).map(drop)
    }

    /// Begins to type and returns at once. Dropping what it gives lets go of the keyboard.
    ///
    /// # Errors
    /// The program that presses the keys does not start.
    pub fn begin_to_type(&self, text: &str, delay_ms: u32) -> Outcome<OwnedProcess> {
        self.focus()?;
        let mut command = command(&self.display);
        command.args(["type", "--delay", &delay_ms.to_string(), "--", text]);
        OwnedProcess::spawn(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()))
    }

    /// Presses chords such as `ctrl+k` or `Return`, one after the other.
    ///
    /// # Errors
    /// The keys could not be pressed.
    pub fn press(&self, chords: &[&str]) -> Outcome<()> {
        self.focus()?;
        xdotool(&self.display, &[&["key", "--delay", "12"], chords].concat()).map(drop)
    }
}

fn command(display: &str) -> Command {
    let mut command = Command::new("xdotool");
    command.env("DISPLAY", display);
    command
}

fn xdotool(display: &str, words: &[&str]) -> Outcome<String> {
    let output = command(display).args(words).output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(Failure::Said(format!("xdotool {} failed: {said}", words.first().unwrap_or(&""))));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
