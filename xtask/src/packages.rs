//! What the work needs from the system, why, and how to get it with the user's leave.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::Path;
use std::process::Command;

use crate::place::{ask, find_program, is_root};
use crate::step::{self, Stop, say};

/// How to see whether something is there, whatever package it came from.
enum Sign {
    Program(&'static str),
    /// A library with its headers, as pkg-config knows it.
    Library(&'static str),
    File(&'static str),
}

/// One package of Debian 12 and Ubuntu 24.04.
pub(crate) struct Package {
    name: &'static str,
    why: &'static str,
    sign: Sign,
}

const fn program(name: &'static str, program: &'static str, why: &'static str) -> Package {
    Package { name, why, sign: Sign::Program(program) }
}

const fn library(name: &'static str, module: &'static str, why: &'static str) -> Package {
    Package { name, why, sign: Sign::Library(module) }
}

/// What every build needs.
pub(crate) const BUILD: &[Package] = &[
    program("build-essential", "make", "compiles SQLCipher and OpenSSL, which are part of the desktop"),
    program("perl", "perl", "configures OpenSSL before it is compiled"),
    program("pkg-config", "pkg-config", "finds the libraries below"),
];

/// What the desktop needs to be built.
pub(crate) const DESKTOP: &[Package] = &[
    library("libwebkit2gtk-4.1-dev", "webkit2gtk-4.1", "the window shows its pages with WebKitGTK"),
    library("libayatana-appindicator3-dev", "ayatana-appindicator3-0.1", "the icon in the system's tray"),
    library("librsvg2-dev", "librsvg-2.0", "draws icons in the window's menus"),
    Package { name: "libxdo-dev", why: "the menu's copy and paste", sign: Sign::File("/usr/include/xdo.h") },
];

/// What the tests need to run.
pub(crate) const TEST: &[Package] = &[
    program("webkit2gtk-driver", "WebKitWebDriver", "drives the real window in tests"),
    program("xvfb", "Xvfb", "a display for windows where there is none"),
    program("xauth", "xauth", "lets programs onto that display"),
    program("xdotool", "xdotool", "presses real keys in tests"),
    program("faketime", "faketime", "a wrong clock for one window"),
    program("dbus-x11", "dbus-launch", "a private message bus for the tests"),
    program("libglib2.0-bin", "gdbus", "talks to that bus"),
    program("gnome-keyring", "gnome-keyring-daemon", "a real keyring on that bus"),
    program("openssl", "openssl", "checks our certificates with a program that is not ours"),
];

/// What the screenshots need.
pub(crate) const SCREENS: &[Package] = &[program(
    "pngquant",
    "pngquant",
    "makes the screenshots a third as large, so that they can be kept with the sources",
)];

/// What packing needs.
pub(crate) const PACKAGE: &[Package] = &[
    program("dpkg-dev", "dpkg-shlibdeps", "finds the libraries that the packages depend on"),
    program("minisign", "minisign", "signs the packages and verifies the signatures"),
];

/// Node and npm as the distribution has them.
pub(crate) const NODE: &[Package] = &[
    program("nodejs", "node", "builds the user interface"),
    program("npm", "npm", "fetches the user interface's libraries"),
];

/// PostgreSQL as the distribution has it.
pub(crate) const POSTGRES: &[Package] = &[Package {
    name: "postgresql",
    why: "the practice's database (no service is set up: we run a private one)",
    sign: Sign::File("/nonexistent: asked for only where no PostgreSQL was found"),
}];

/// The user's answer to the question whether packages may be installed.
pub(crate) enum Leave {
    Installed,
    Declined,
    /// There is no apt, or no right to use it.
    Impossible(String),
}

/// Installs what is missing of `wanted`, or stops with the names of what the user has to install.
pub(crate) fn ensure(wanted: &[&[Package]], yes: bool) -> Result<(), Stop> {
    let missing: Vec<&Package> =
        wanted.iter().copied().flatten().filter(|package| !is_there(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = missing.iter().map(|package| package.name).collect();
    let by_hand = format!("Install these and run the same again: {}", names.join(" "));
    match install(&missing, yes)? {
        Leave::Installed => match missing.iter().find(|package| !is_there(package)) {
            None => Ok(()),
            Some(package) => Err(Stop::new(
                format!("{} was installed, and still something is missing", package.name),
                by_hand,
            )),
        },
        Leave::Declined => Err(Stop::new("nothing was installed", by_hand)),
        Leave::Impossible(why) => Err(Stop::new(why, by_hand)),
    }
}

/// Asks, then installs. Says first what is installed and what for.
pub(crate) fn install(packages: &[&Package], yes: bool) -> Result<Leave, Stop> {
    say("This machine lacks:");
    for package in packages {
        say(format_args!("  {:<30} {}", package.name, package.why));
    }
    if find_program("apt-get").is_none() {
        return Ok(Leave::Impossible("packages can be installed only where there is apt".to_owned()));
    }
    if !is_root() && find_program("sudo").is_none() {
        return Ok(Leave::Impossible(
            "packages can be installed only by root, and there is no sudo".to_owned(),
        ));
    }
    let way = if is_root() { "apt-get" } else { "sudo apt-get" };
    if !yes && !agreed(&format!("Install them with {way}?"))? {
        return Ok(Leave::Declined);
    }
    let next = "Look at apt's message above; `sudo apt-get update` by hand often tells more. Then run the same again.";
    apt("Reading the distribution's list of packages", next, &["update", "-q"])?;
    let mut words =
        vec!["install", "-q", "-y", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold"];
    words.extend(packages.iter().map(|package| package.name));
    apt("Installing packages", next, &words)?;
    Ok(Leave::Installed)
}

/// As root, so that Debian's package makes and starts no database cluster of its own. The file belongs to the package:
/// it is written only while the package is not there, and apt is told to keep it.
pub(crate) fn prevent_main_cluster() -> Result<(), Stop> {
    if Path::new("/etc/postgresql-common").exists() {
        return Ok(());
    }
    let script = "mkdir -p /etc/postgresql-common && \
                  printf 'create_main_cluster = false\\n' > /etc/postgresql-common/createcluster.conf";
    let mut command = privileged("sh");
    step::asking(
        "Telling PostgreSQL's package to start no service",
        "Write `create_main_cluster = false` into /etc/postgresql-common/createcluster.conf by hand.",
        command.args(["-c", script]),
    )
}

/// Asks a question that is answered by the return key or by y or n.
pub(crate) fn agreed(question: &str) -> Result<bool, Stop> {
    if !std::io::stdin().is_terminal() {
        return Err(Stop::new(
            "there is a question to be answered, and nobody at a terminal",
            "Run the same with --yes to agree to it.",
        ));
    }
    print!("{question} [Y/n] ");
    let _ = std::io::stdout().flush();
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer).unwrap_or(0);
    Ok(read > 0 && matches!(answer.trim().to_lowercase().as_str(), "" | "y" | "yes"))
}

fn apt(title: &str, next: &str, words: &[&str]) -> Result<(), Stop> {
    // sudo clears the environment, so it is set behind it. Waits for another apt that holds the lock.
    let mut command = privileged("env");
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=300"]).args(words);
    step::asking(title, next, &mut command)
}

fn privileged(program: &str) -> Command {
    if is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("sudo");
    command.arg(program);
    command
}

fn is_there(package: &Package) -> bool {
    match package.sign {
        Sign::Program(name) => find_program(name).is_some(),
        Sign::Library(module) => ask("pkg-config", &["--modversion", module]).is_some(),
        Sign::File(path) => Path::new(path).exists(),
    }
}
