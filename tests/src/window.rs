//! The real window of the desktop, and what a person does in it.

use crate::keys::Keyboard;
use crate::laptop::Laptop;
use crate::patience::{PATIENCE, until};
use crate::webdriver::{self, Element, Session};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use mentalspace_testkit::clinic::{HeldPort, PASSWORD};
use mentalspace_testkit::failure::{Failure, Outcome};
use mentalspace_testkit::process::{OwnedProcess, environment};
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Stdio};

/// An open window. Dropping it kills it.
#[derive(Debug)]
pub struct Window {
    session: Session,
    keyboard: Keyboard,
    process: u32,
    // The window is a child in the driver's process group, so one kill takes all of it, WebKit's own processes included.
    driver: OwnedProcess,
    // Where the driver listens.
    _port: HeldPort,
}

/// Finds by what a person would call it: an element of one of these selectors whose name or text is, or begins with, the
/// words. What is hidden from people is not found.
const BY_WORDS: &str = "
    const [selectors, words] = arguments;
    const nameOf = (at) => at.getAttribute('aria-label') ?? (at.labels?.[0]?.textContent || at.textContent);
    const found = [...document.querySelectorAll(selectors)].filter((at) => {
        const name = nameOf(at).trim();
        return at.checkVisibility() && (name === words || name.startsWith(words));
    });
    return found.find((at) => nameOf(at).trim() === words) ?? found[0] ?? null;";

/// What can be pressed, chosen or opened.
const PRESSABLE: &str =
    "button, a, [role=button], [role=option], [role=row], [role=tab], [role=menuitem], [role=link], summary";

impl Window {
    /// Opens it by starting `program`: the desktop, or what starts it.
    pub(crate) fn open(laptop: &Laptop, program: &Path) -> Outcome<Self> {
        let port = HeldPort::take()?;
        let driver = OwnedProcess::spawn(
            Command::new("WebKitWebDriver")
                .arg(format!("--port={}", port.number()))
                .envs(laptop.surroundings())
                .env("TAURI_WEBVIEW_AUTOMATION", "true")
                .env_remove("WAYLAND_DISPLAY")
                .stdin(Stdio::null())
                .stdout(Stdio::null()),
        )?;
        let asked = webdriver::Driver { port: port.number(), process: driver.id() };
        until("the driver answers", || Ok(asked.is_ready().then_some(())))?;
        let arguments = [
            "--profile".to_owned(),
            laptop.profile().display().to_string(),
            "--secrets".to_owned(),
            laptop.secrets().display().to_string(),
        ];
        let session = Session::open(asked, &program.display().to_string(), &arguments)?;
        session.allow_scripts(PATIENCE)?;
        let desktop = laptop.desktop()?.display().to_string();
        let process = until("the window is a child of the driver", || child_of(driver.id(), &desktop))?;
        let keyboard =
            until("the window is on the display", || Ok(Keyboard::before(laptop.display(), process).ok()))?;
        let window = Self { session, keyboard, process, driver, _port: port };
        // A session can be given before the page is there.
        window.until("the page is there", "return document.querySelector('#root > *') !== null")?;
        Ok(window)
    }

    /// Waits until the body of a function in the page returns true.
    ///
    /// # Errors
    /// It did not, in time; what the page shows then stands in the failure.
    pub fn until(&self, what: &str, body: &str) -> Outcome<()> {
        self.until_with(what, body, json!([])).map(drop)
    }

    /// Waits until the body of a function with these arguments returns something that is neither false nor null, and gives
    /// that.
    ///
    /// # Errors
    /// As for [`Self::until`].
    pub fn until_with(&self, what: &str, body: &str, arguments: Value) -> Outcome<Value> {
        let looked = until(what, || {
            let seen = self.session.run(body, arguments.clone())?;
            Ok((!matches!(seen, Value::Null | Value::Bool(false))).then_some(seen))
        });
        looked.map_err(|failure| self.with_what_is_shown(&failure))
    }

    fn with_what_is_shown(&self, failure: &Failure) -> Failure {
        let shown = self.text().unwrap_or_default();
        if let Some(dir) = environment("MENTALSPACE_PICTURES") {
            // A picture for whoever asked for one; the words stand in the failure anyway.
            let _ = self.picture(&Path::new(&dir).join("failure.png"));
        }
        Failure::Said(format!("{failure}. The window shows: {shown}"))
    }

    /// All of the text on the screen.
    ///
    /// # Errors
    /// The page does not answer.
    pub fn text(&self) -> Outcome<String> {
        let text = self.session.run("return document.body.innerText", json!([]))?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// Waits until the words are on the screen.
    ///
    /// # Errors
    /// They do not come.
    pub fn sees(&self, words: &str) -> Outcome<()> {
        let body = "return document.body.innerText.includes(arguments[0])";
        self.until_with(&format!("the screen shows {words:?}"), body, json!([words])).map(drop)
    }

    /// Runs the body of a function in the page.
    ///
    /// # Errors
    /// It threw.
    pub fn run(&self, body: &str, arguments: Value) -> Outcome<Value> {
        self.session.run(body, arguments)
    }

    /// The same for a body that calls the last of its arguments with its result.
    ///
    /// # Errors
    /// It threw or did not call.
    pub fn run_later(&self, body: &str, arguments: Value) -> Outcome<Value> {
        self.session.run_later(body, arguments)
    }

    /// Makes a call of the application's interface as the pages do, and gives its answer or its refusal.
    ///
    /// # Errors
    /// The page does not answer.
    pub fn try_call(&self, name: &str, input: Value) -> Outcome<Result<Value, Value>> {
        let body = "
            const [name, input, done] = arguments;
            window.__TAURI_INTERNALS__.invoke('call', { name, input })
                .then((ok) => done({ ok }), (error) => done({ error }));";
        let mut said = self.session.run_later(body, json!([name, input]))?;
        Ok(match said.get_mut("error") {
            Some(error) => Err(error.take()),
            None => Ok(said["ok"].take()),
        })
    }

    /// Makes a call that has to succeed.
    ///
    /// # Errors
    /// It was refused.
    pub fn call(&self, name: &str, input: Value) -> Outcome<Value> {
        self.try_call(name, input)?.map_err(|error| Failure::Said(format!("{name} was refused: {error}")))
    }

    /// Clicks what people call `words`.
    ///
    /// # Errors
    /// There is no such thing, or something covers it.
    pub fn click(&self, words: &str) -> Outcome<()> {
        self.click_among(PRESSABLE, words)
    }

    /// Clicks what people call `words` among the elements of a CSS selector.
    ///
    /// # Errors
    /// There is no such thing, or something covers it.
    pub fn click_among(&self, selectors: &str, words: &str) -> Outcome<()> {
        self.click_until(words, || self.session.find_by(BY_WORDS, json!([selectors, words])))
    }

    /// Clicks the first element of a CSS selector.
    ///
    /// # Errors
    /// There is none, or something covers it.
    pub fn click_first(&self, css: &str) -> Outcome<()> {
        self.click_until(css, || self.session.find(css))
    }

    /// A list that is drawn anew replaces its rows, and the click that falls in between has to fall again.
    fn click_until(&self, what: &str, mut find: impl FnMut() -> Outcome<Option<Element>>) -> Outcome<()> {
        let mut last = None;
        let clicked = until(&format!("{what:?} can be clicked"), || {
            let Some(element) = find()? else { return Ok(None) };
            match self.session.click(&element) {
                Ok(()) => Ok(Some(())),
                Err(why) => {
                    last = Some(why);
                    Ok(None)
                }
            }
        });
        clicked.map_err(|failure| {
            let last = last.map(|why| format!(" ({why})")).unwrap_or_default();
            self.with_what_is_shown(&Failure::Said(format!("{failure}{last}")))
        })
    }

    /// Puts the caret at the end of a field.
    ///
    /// # Errors
    /// There is no such field.
    pub fn put_caret(&self, css: &str) -> Outcome<()> {
        let body = "
            const field = document.querySelector(arguments[0]);
            if (!field || !field.checkVisibility()) return false;
            field.focus();
            if ('value' in field && field.type !== 'password') field.setSelectionRange(field.value.length, field.value.length);
            return document.activeElement === field;";
        self.until_with(&format!("{css} takes the caret"), body, json!([css])).map(drop)
    }

    /// The keyboard before this window.
    #[must_use]
    pub const fn keyboard(&self) -> &Keyboard {
        &self.keyboard
    }

    /// Types with real keys into the field that has the caret, and waits until the words stand in it: keys wait in a queue,
    /// and whatever moves the caret before they are through would have them fall into another field.
    ///
    /// # Errors
    /// The keys could not be pressed, or the words do not come.
    pub fn type_text(&self, text: &str) -> Outcome<()> {
        self.keyboard.type_text(text, 8)?;
        let body = "return document.activeElement?.value?.includes(arguments[0]) ?? false";
        self.until_with("the keys have been taken", body, json!([text])).map(drop)
    }

    /// Presses real keys, such as `ctrl+k`. What they do is waited for by whoever presses them.
    ///
    /// # Errors
    /// The keys could not be pressed.
    pub fn press(&self, chord: &str) -> Outcome<()> {
        self.keyboard.press(&[chord])
    }

    /// Unlocks by typing the password.
    ///
    /// # Errors
    /// It did not open.
    pub fn unlock(&self) -> Outcome<()> {
        self.put_caret("input[type=password]")?;
        self.type_text(PASSWORD)?;
        self.press("Return")?;
        self.until("the device is open", "return document.querySelector('input[type=password]') === null && document.querySelector('main') !== null")
    }

    /// The text of a section of the note that is open.
    ///
    /// # Errors
    /// No such section is there.
    pub fn section(&self, key: &str) -> Outcome<String> {
        let body =
            "return document.querySelector(`textarea[data-part='section:${arguments[0]}']`)?.value ?? null";
        let text = self.until_with(&format!("the section {key} is there"), body, json!([key]))?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// Puts the caret at the end of a section.
    ///
    /// # Errors
    /// No such section is there.
    pub fn write_in(&self, key: &str) -> Outcome<()> {
        self.put_caret(&format!("textarea[data-part='section:{key}']"))
    }

    /// Waits until everything that was typed into the open note is complete.
    ///
    /// # Errors
    /// It does not come to rest.
    pub fn wait_for_save(&self) -> Outcome<()> {
        self.press("ctrl+s")?;
        let body = "
            const word = document.querySelector('footer [role=status]')?.textContent ?? '';
            return ['Saved on this device', 'Waiting to sync', 'Syncing', 'Synced', 'Needs your review'].some((known) => word.includes(known));";
        self.until("the note is saved", body)
    }

    /// Process id of the desktop.
    #[must_use]
    pub const fn process(&self) -> u32 {
        self.process
    }

    /// Writes a picture of the window into `file`.
    ///
    /// # Errors
    /// No picture came, or the file could not be written.
    pub fn picture(&self, file: &Path) -> Outcome<()> {
        let bytes = BASE64_STANDARD
            .decode(self.session.screenshot()?)
            .map_err(|_| Failure::Said("the picture is not base64".into()))?;
        Ok(std::fs::write(file, bytes)?)
    }

    /// Gives the window the size of the smallest screen that the product is designed for, or another.
    ///
    /// # Errors
    /// The window keeps its size.
    pub fn resize(&self, width: u32, height: u32) -> Outcome<()> {
        self.session.resize(width, height)
    }

    /// `kill -9` of the window and everything of it, as a power cut would.
    ///
    /// # Errors
    /// The system refuses.
    pub fn kill_9(mut self) -> Outcome<()> {
        self.driver.kill_9()?;
        // The driver is waited for by the system's call, its child is not: until it is gone, its name stands on the bus.
        until("the killed window is gone", || Ok((!is_running(self.process)).then_some(())))
    }

    /// Closes the window as a person does and waits until the program has ended.
    ///
    /// # Errors
    /// It does not end.
    pub fn close(mut self) -> Outcome<()> {
        self.press("ctrl+q")?;
        let process = self.process;
        until("the program ends", || Ok((!is_running(process)).then_some(())))?;
        self.driver.kill_9()
    }
}

/// The child of `parent` that runs `program`.
fn child_of(parent: u32, program: &str) -> Outcome<Option<u32>> {
    for entry in std::fs::read_dir("/proc")?.flatten() {
        let Some(process) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        // A process may end between the listing and the reading.
        let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let owner = stat.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(1)?.parse().ok());
        if owner == Some(parent) && line.starts_with(program.as_bytes()) {
            return Ok(Some(process));
        }
    }
    Ok(None)
}

/// Whether any thread of it still runs. The driver reaps its child only when it is asked something; until then it is a
/// zombie, and so is the first thread of a killed process while others are still on their way out with its files open.
fn is_running(process: u32) -> bool {
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    threads.into_iter().any(|thread| {
        let stat = std::fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
    })
}
