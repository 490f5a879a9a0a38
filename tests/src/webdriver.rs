//! As much of `WebDriver` (W3C, level 2) as driving one window takes, over one connection per question.

use mentalspace_testkit::failure::{Failure, Outcome};
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The key under which `WebDriver` keeps an element's identity.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// How long the driver may take for an answer: longer than it gives a script or a page.
const ANSWER: Duration = Duration::from_secs(180);

/// A driver that runs.
#[derive(Debug, Clone, Copy)]
pub struct Driver {
    /// Where it listens.
    pub port: u16,
    /// Its process, at the head of a group in which the window is too.
    pub process: u32,
}

/// A session with the window that a driver opened.
#[derive(Debug)]
pub struct Session {
    driver: Driver,
    path: String,
}

/// An element of the page.
#[derive(Debug, Clone)]
pub struct Element(String);

impl Session {
    /// Asks the driver to open `program` with `arguments`.
    ///
    /// # Errors
    /// The driver does not answer yet, or the window did not open.
    pub fn open(driver: Driver, program: &str, arguments: &[String]) -> Outcome<Self> {
        let options = json!({ "binary": program, "args": arguments });
        let wanted = json!({ "capabilities": { "alwaysMatch": { "webkitgtk:browserOptions": options } } });
        let made = driver.ask("POST", "/session", Some(&wanted))?;
        let id = made["sessionId"].as_str().ok_or_else(|| Failure::Said(format!("no session: {made}")))?;
        Ok(Self { driver, path: format!("/session/{id}") })
    }

    fn post(&self, what: &str, body: &Value) -> Outcome<Value> {
        self.driver.ask("POST", &format!("{}{what}", self.path), Some(body))
    }

    fn get(&self, what: &str) -> Outcome<Value> {
        self.driver.ask("GET", &format!("{}{what}", self.path), None)
    }

    /// Runs the body of a function in the page and gives what it returns.
    ///
    /// # Errors
    /// It threw.
    pub fn run(&self, body: &str, arguments: Value) -> Outcome<Value> {
        self.post("/execute/sync", &json!({ "script": body, "args": arguments }))
    }

    /// The same for a body that calls the last of its arguments with the result, some time later.
    ///
    /// # Errors
    /// It threw, or did not call within the time for scripts.
    pub fn run_later(&self, body: &str, arguments: Value) -> Outcome<Value> {
        self.post("/execute/async", &json!({ "script": body, "args": arguments }))
    }

    /// Sets how long a script may take.
    ///
    /// # Errors
    /// The driver refuses.
    pub fn allow_scripts(&self, time: Duration) -> Outcome<()> {
        self.post("/timeouts", &json!({ "script": u64::try_from(time.as_millis()).unwrap_or(u64::MAX) }))
            .map(drop)
    }

    /// The first element that a CSS selector finds, if there is one now.
    ///
    /// # Errors
    /// The selector is not one.
    pub fn find(&self, css: &str) -> Outcome<Option<Element>> {
        let found = self.post("/elements", &json!({ "using": "css selector", "value": css }))?;
        Ok(element(&found[0]))
    }

    /// The element that a function's body returns, if it returns one.
    ///
    /// # Errors
    /// It threw.
    pub fn find_by(&self, body: &str, arguments: Value) -> Outcome<Option<Element>> {
        Ok(element(&self.run(body, arguments)?))
    }

    /// Clicks in the middle of an element with a pointer, scrolled into view. Refused where something covers it, or where it
    /// moved from under the pointer: the driver first looks where it is and then presses there.
    ///
    /// # Errors
    /// It is gone, hidden, covered, or not where it was.
    pub fn click(&self, element: &Element) -> Outcome<()> {
        let aim = "
            window.wasHit = false;
            const hit = () => { window.wasHit = true; };
            arguments[0].addEventListener('pointerdown', hit, { capture: true, once: true });";
        self.run(aim, json!([{ ELEMENT: element.0 }]))?;
        self.post(&format!("/element/{}/click", element.0), &json!({}))?;
        // Where the click took the page away, there is nobody to ask.
        match self.run("return window.wasHit ?? true", json!([])) {
            Ok(Value::Bool(false)) => Err(Failure::Said("the click fell beside it: it had moved".into())),
            _ => Ok(()),
        }
    }

    /// What is on the screen, PNG in base64.
    ///
    /// # Errors
    /// The driver refuses.
    pub fn screenshot(&self) -> Outcome<String> {
        let shot = self.get("/screenshot")?;
        shot.as_str().map(str::to_owned).ok_or_else(|| Failure::Said("no picture came".into()))
    }

    /// Gives the window a size, if the window manager lets it.
    ///
    /// # Errors
    /// The driver refuses.
    pub fn resize(&self, width: u32, height: u32) -> Outcome<()> {
        self.post("/window/rect", &json!({ "x": 0, "y": 0, "width": width, "height": height })).map(drop)
    }
}

fn element(value: &Value) -> Option<Element> {
    value[ELEMENT].as_str().map(|id| Element(id.to_owned()))
}

impl Driver {
    /// Whether it answers.
    #[must_use]
    pub fn is_ready(self) -> bool {
        self.ask("GET", "/status", None).is_ok()
    }

    /// Asks, and gives the `value` of the answer.
    fn ask(self, method: &str, path: &str, body: Option<&Value>) -> Outcome<Value> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(ANSWER))?;
        let (port, length) = (self.port, body.len());
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        );
        stream.write_all(&[head.as_bytes(), body.as_bytes()].concat())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).map_err(|why| {
            let doing = what_it_does(self.process);
            Failure::Said(format!("no answer to {method} {path} {body} in {ANSWER:?} ({why}). {doing}"))
        })?;
        let text = String::from_utf8_lossy(&answer);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
        let value: Value = serde_json::from_str(body).map_err(|why| {
            Failure::Said(format!("the driver's answer to {method} {path} is not JSON: {why}"))
        })?;
        if head.split(' ').nth(1) == Some("200") {
            return Ok(value["value"].clone());
        }
        let (error, message) = (&value["value"]["error"], &value["value"]["message"]);
        Err(Failure::Said(format!("the driver refused {path}: {error} {message}")))
    }
}

/// Where every thread of the processes in a group waits, for whoever looks into one that hangs: its name, the kernel's
/// place, and the call it is in with what it was given.
fn what_it_does(group: u32) -> String {
    let listed = |directory: PathBuf| std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut lines = vec![String::from("Its threads:")];
    for process in listed("/proc".into()) {
        let read = |of: &Path, what: &str| std::fs::read_to_string(of.join(what)).unwrap_or_default();
        let stat = read(&process.path(), "stat");
        // After the name, which may hold anything: state, parent, group.
        let of_group = stat.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(2).map(str::to_owned));
        if of_group.as_deref() != Some(&group.to_string()) {
            continue;
        }
        for thread in listed(process.path().join("task")) {
            let said = ["comm", "wchan", "syscall"].map(|what| read(&thread.path(), what).trim().to_owned());
            let (of, id) = (process.file_name(), thread.file_name());
            lines.push(format!("{} {} {}", of.display(), id.display(), said.join(" ")));
        }
    }
    lines.join("\n")
}
