//! Arrows go down only: which crate of the workspace may use which, and what the core may not know.
//!
//! The table is `docs/ARCHITECTURE.md` in a form that fails. A new edge is a decision about the architecture: it is
//! written there first and here second.

#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// What each crate may use, beside libraries from outside.
const ALLOWED: &[(&str, &[&str])] = &[
    ("mentalspace-crypto", &[]),
    ("mentalspace-domain", &["crypto"]),
    ("mentalspace-protocol", &["domain", "crypto"]),
    ("mentalspace-store", &["domain", "crypto"]),
    ("mentalspace-sync", &["domain", "protocol", "crypto", "store"]),
    ("mentalspace-app", &["domain", "protocol", "crypto", "store", "sync"]),
    ("mentalspace-desktop", &["app"]),
    ("mentalspace-server", &["domain", "protocol", "crypto"]),
    ("xtask", &[]),
    ("mentalspace-model", &[]),
    ("mentalspace-faultdisk", &[]),
];

/// May use everything, and are used by nothing that ships.
const ABOVE_ALL: [&str; 3] = ["mentalspace-testkit", "mentalspace-tests", "mentalspace-simulation"];

/// Runtimes, sockets, files and windows: what the pure crates must not reach, however indirectly.
const RUNTIMES: [&str; 10] = [
    "tokio",
    "mio",
    "reqwest",
    "hyper",
    "axum",
    "tokio-postgres",
    "rusqlite",
    "libsqlite3-sys",
    "tauri",
    "keyring-core",
];

/// An arrow between two crates.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Edge {
    from: String,
    to: String,
    /// Only for tests.
    dev: bool,
}

fn edge(from: &str, to: &str, dev: bool) -> Edge {
    Edge { from: from.to_owned(), to: to.to_owned(), dev }
}

/// The edges that the architecture does not have, in words.
fn violations(edges: &[Edge]) -> Vec<String> {
    edges
        .iter()
        .filter(|edge| !is_allowed(edge))
        .map(|edge| format!("{} must not use {}", edge.from, edge.to))
        .collect()
}

fn is_allowed(edge: &Edge) -> bool {
    if ABOVE_ALL.contains(&edge.from.as_str()) {
        return true;
    }
    // The testkit drives the real server and device, so a crate's tests reach those through it and not past it.
    if edge.dev && edge.to == "mentalspace-testkit" {
        return true;
    }
    let listed = ALLOWED.iter().find(|(name, _)| *name == edge.from);
    listed.is_some_and(|(_, uses)| uses.iter().any(|name| edge.to == format!("mentalspace-{name}")))
}

fn cargo(words: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO"));
    let output = command.args(words).current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("cargo runs");
    assert!(output.status.success(), "cargo {words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("cargo prints text")
}

fn metadata(more: &[&str]) -> Value {
    let words = [&["metadata", "--format-version", "1", "--locked", "--offline"], more].concat();
    serde_json::from_str(&cargo(&words)).expect("cargo metadata prints JSON")
}

/// This machine's platform: the libraries of others need not have been downloaded.
fn host() -> String {
    let version = cargo(&["--version", "--verbose"]);
    version.lines().find_map(|line| line.strip_prefix("host: ")).expect("cargo names its host").to_owned()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The names of the workspace's crates and the edges among them, as their manifests declare them.
fn workspace() -> (BTreeSet<String>, Vec<Edge>) {
    let metadata = metadata(&["--no-deps"]);
    let packages = list(&metadata["packages"]);
    let names: BTreeSet<String> = packages.iter().map(|package| text(&package["name"]).to_owned()).collect();
    let edges = packages
        .iter()
        .flat_map(|package| {
            list(&package["dependencies"]).iter().map(move |dependency| (package, dependency))
        })
        .filter(|(_, dependency)| names.contains(text(&dependency["name"])))
        .map(|(package, dependency)| {
            edge(text(&package["name"]), text(&dependency["name"]), dependency["kind"] == "dev")
        })
        .collect();
    (names, edges)
}

#[test]
fn crates_use_only_what_lies_below_them() {
    let (_, edges) = workspace();
    assert!(
        edges.contains(&edge("mentalspace-domain", "mentalspace-crypto", false)),
        "the reading finds edges at all"
    );
    assert_eq!(
        violations(&edges),
        Vec::<String>::new(),
        "see docs/ARCHITECTURE.md before changing the table"
    );
}

#[test]
fn every_crate_has_a_place_in_the_architecture() {
    let (names, _) = workspace();
    let placed: BTreeSet<String> =
        ALLOWED.iter().map(|(name, _)| *name).chain(ABOVE_ALL).map(str::to_owned).collect();
    assert_eq!(names, placed, "a crate without a place may use nothing and is not in docs/ARCHITECTURE.md");
}

/// The control: the same function refuses each edge that would break a promise of the architecture.
#[test]
fn fabricated_edges_are_refused() {
    for (from, to, dev, why) in [
        ("mentalspace-domain", "mentalspace-store", false, "the core would know a database"),
        ("mentalspace-crypto", "mentalspace-domain", false, "the keys would know clinical types"),
        ("mentalspace-server", "mentalspace-store", false, "the server would hold a device's store"),
        ("mentalspace-desktop", "mentalspace-store", false, "the shell would go past the use-cases"),
        ("mentalspace-desktop", "mentalspace-domain", false, "a rule would be applied in the shell"),
        ("mentalspace-app", "mentalspace-server", false, "a device would carry the server"),
        ("mentalspace-store", "mentalspace-sync", false, "the store would know the network"),
        ("mentalspace-app", "mentalspace-testkit", false, "test code would ship"),
        ("mentalspace-domain", "mentalspace-server", true, "a test of the core would go past the testkit"),
        ("mentalspace-newcomer", "mentalspace-domain", false, "a crate without a place would grow"),
        ("mentalspace-store", "mentalspace-faultdisk", false, "a disk that fails on command would ship"),
        ("xtask", "mentalspace-domain", false, "a newcomer would wait for the product before the first line"),
    ] {
        assert_eq!(violations(&[edge(from, to, dev)]).len(), 1, "{from} -> {to}: {why}");
    }
    let for_tests = edge("mentalspace-app", "mentalspace-testkit", true);
    assert_eq!(violations(&[for_tests]), Vec::<String>::new(), "tests may use the testkit");
}

/// Everything that `start` reaches over edges that ship, in `edges` by package id.
fn reach<'a>(start: &'a str, edges: &BTreeMap<&'a str, Vec<&'a str>>) -> BTreeSet<&'a str> {
    let (mut reached, mut next) = (BTreeSet::new(), vec![start]);
    while let Some(package) = next.pop() {
        if reached.insert(package) {
            next.extend(edges.get(package).into_iter().flatten());
        }
    }
    reached
}

/// The names of all libraries in the closure of the crate `name`, itself included.
fn closure(metadata: &Value, name: &str) -> BTreeSet<String> {
    let names: BTreeMap<&str, &str> = list(&metadata["packages"])
        .iter()
        .map(|package| (text(&package["id"]), text(&package["name"])))
        .collect();
    let ships = |dependency: &&Value| list(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"] != "dev");
    let edges: BTreeMap<&str, Vec<&str>> = list(&metadata["resolve"]["nodes"])
        .iter()
        .map(|node| {
            (text(&node["id"]), list(&node["deps"]).iter().filter(ships).map(|d| text(&d["pkg"])).collect())
        })
        .collect();
    let start = names.iter().find(|(_, found)| **found == name).map_or("", |(id, _)| *id);
    reach(start, &edges).into_iter().filter_map(|id| names.get(id)).map(|&name| name.to_owned()).collect()
}

#[test]
fn the_core_reaches_no_runtime_and_the_server_no_device_database() {
    let metadata = metadata(&["--filter-platform", &host()]);
    for name in ["mentalspace-crypto", "mentalspace-domain", "mentalspace-protocol"] {
        let reached = closure(&metadata, name);
        assert!(reached.contains("serde"), "the reading finds libraries at all");
        let runtimes: Vec<&str> = RUNTIMES.into_iter().filter(|runtime| reached.contains(*runtime)).collect();
        assert_eq!(runtimes, Vec::<&str>::new(), "{name} decides, and must not wait, read or send");
    }
    let server = closure(&metadata, "mentalspace-server");
    assert!(
        !server.contains("rusqlite") && !server.contains("tauri"),
        "the server holds nothing of a device"
    );
    // The control: where these libraries belong, the same search finds them.
    assert!(closure(&metadata, "mentalspace-store").contains("rusqlite"));
    assert!(server.contains("tokio"));
}

/// The features that cargo would build `package` with, when it is built for being packed.
fn features(package: &str) -> String {
    let words = ["tree", "--locked", "--offline", "--edges", "normal,build", "--prefix", "none", "--format"];
    cargo(&[&words[..], &["{p} {f}", "--package", package]].concat())
}

#[test]
fn nothing_that_is_packed_can_be_switched_to_break_a_promise() {
    const SWITCHES: &str = "fault-switches";
    for packed in ["mentalspace-server", "mentalspace-desktop", "mentalspace-app"] {
        let built = features(packed);
        assert!(built.contains(packed), "the reading finds crates at all");
        assert!(!built.contains(SWITCHES), "{packed} is built with switches that only tests may have");
        assert!(!built.contains("mentalspace-faultdisk"), "{packed} carries the failing disk");
    }
    // The control: where the tests are built, the same reading finds them.
    assert!(features("mentalspace-tests").contains(SWITCHES));
}
