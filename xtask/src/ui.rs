//! The user interface: its libraries and its build, done again only when something changed.

use std::fs;
use std::path::Path;

use crate::node::{self, Node};
use crate::place;
use crate::step::{OrStop as _, Stop, quiet};

const NEXT: &str = "Run `npm ci && npm run build` in ui/ to see it alone, put it right, run the same again.";

/// Installs the libraries and builds `ui/dist`, as far as their inputs changed since the last time.
pub(crate) fn build(yes: bool) -> Result<(), Stop> {
    let node = libraries(yes)?;
    let ui = place::root().join("ui");
    let inputs =
        place::fingerprint([ui.as_path()], &["node_modules", "dist"]).or_stop("read the user interface")?;
    let dist = ui.join("dist");
    if remembered("ui-build", &inputs) && dist.join("index.html").is_file() {
        return Ok(());
    }
    quiet("Building the user interface", NEXT, node.npm(&["run", "build"]).current_dir(&ui))?;
    remember("ui-build", &inputs)
}

/// Installs the libraries; gives the Node to run scripts with.
pub(crate) fn libraries(yes: bool) -> Result<Node, Stop> {
    let node = node::ensure(yes)?;
    let ui = place::root().join("ui");
    let lock = ui.join("package-lock.json");
    let inputs = place::fingerprint([lock.as_path()], &[]).or_stop("read the user interface's lock file")?;
    let inputs = format!("{inputs} {}", node.version());
    if !(remembered("ui-libraries", &inputs) && ui.join("node_modules").is_dir()) {
        let install = ["ci", "--no-audit", "--no-fund"];
        quiet("Fetching the user interface's libraries", NEXT, node.npm(&install).current_dir(&ui))?;
        remember("ui-libraries", &inputs)?;
    }
    Ok(node)
}

/// Runs a script of `ui/package.json`.
pub(crate) fn script(node: &Node, title: &str, name: &str) -> Result<(), Stop> {
    let next = format!("Run `npm run {name}` in ui/ and put right what it says.");
    quiet(title, &next, node.npm(&["run", name]).current_dir(place::root().join("ui")))
}

fn remembered(what: &str, inputs: &str) -> bool {
    let known = place::working_directory("inputs").map(|dir| fs::read_to_string(dir.join(what)));
    matches!(known, Ok(Ok(known)) if known == with_place(inputs))
}

fn remember(what: &str, inputs: &str) -> Result<(), Stop> {
    let dir = place::working_directory("inputs").or_stop("create a directory")?;
    fs::write(dir.join(what), with_place(inputs)).or_stop("remember what was built")
}

/// Two checkouts may share one build directory; what was built in one is not there in the other.
fn with_place(inputs: &str) -> String {
    let root: &Path = place::root();
    format!("{inputs} {}", root.display())
}
