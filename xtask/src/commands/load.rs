//! `cargo xtask load`: many devices at once against real servers.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::stage;
use crate::arguments::Arguments;
use crate::programs::{self, Profile};
use crate::step::{OrStop as _, Stop, last_words, say};
use crate::{packages, place, postgres};

/// Options with a number, passed on as they are.
const NUMBERS: [&str; 4] = ["--devices", "--minutes", "--servers", "--idle"];
/// Switches, likewise.
const SWITCHES: [&str; 4] = ["--storm", "--growth", "--strict", "--json"];

pub(crate) fn run(mut arguments: Arguments) -> Result<(), Stop> {
    let yes = arguments.yes();
    let profile = if arguments.take("--development") { Profile::Development } else { Profile::Release };
    let mut words = Vec::new();
    for option in NUMBERS {
        if let Some(number) = arguments.take_value(option)? {
            words.extend([option.to_owned(), number]);
        }
    }
    words.extend(SWITCHES.into_iter().filter(|switch| arguments.take(switch)).map(str::to_owned));
    arguments.finish()?;
    let pg_bin = prepare(profile, yes)?;
    play("Playing a clinic's day", profile, &pg_bin, &words)
}

fn prepare(profile: Profile, yes: bool) -> Result<PathBuf, Stop> {
    packages::ensure(&[packages::BUILD, packages::TEST], yes)?;
    let pg_bin = postgres::ensure(yes)?;
    // The device too: a stage is told where each program is.
    let built = ["mentalspace-server", "mentalspace-app", "mentalspace-tests"];
    programs::build("Building the server and the load (some minutes the first time)", &built, profile)?;
    Ok(pg_bin)
}

/// The large load and the growth of a practice, as parts of `cargo xtask prove`: each figure has to be reached. What
/// was proven of its commit is not run again.
pub(crate) fn prove(yes: bool, load: &str, growth: &str) -> Result<(), Stop> {
    let large =
        ["--devices", "3000", "--minutes", "10", "--servers", "2", "--idle", "16000", "--storm", "--strict"];
    let home = place::root().join("docs/proof");
    std::fs::create_dir_all(&home).or_stop("create docs/proof")?;
    let pg_bin = prepare(Profile::Release, yes)?;
    for (name, commit, words) in [("load", load, &large[..]), ("growth", growth, &["--growth"])] {
        let path = home.join(format!("{name}.json"));
        let of_this_commit =
            |text: String| serde_json::from_str::<Value>(&text).is_ok_and(|known| known["commit"] == commit);
        if std::fs::read_to_string(&path).ok().is_some_and(of_this_commit) {
            say(format_args!("✓ {name} is proven of this commit"));
            continue;
        }
        let draft = place::working_directory("proofs").or_stop("create a directory for the figures")?;
        let draft = draft.join(format!("{name}.json"));
        let mut words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
        words.extend(["--out".to_owned(), draft.display().to_string()]);
        play(&format!("Proving: {name}"), Profile::Release, &pg_bin, &words)?;
        let text = std::fs::read_to_string(&draft).or_stop("read the figures")?;
        let mut figures: Value = serde_json::from_str(&text).or_stop("read the figures")?;
        figures["commit"] = commit.into();
        let text = serde_json::to_string_pretty(&figures).or_stop("write the figures")?;
        std::fs::write(&path, format!("{text}\n")).or_stop("write the figures")?;
    }
    Ok(())
}

/// A small load over two servers as they are built for tests, as a step of `cargo xtask ci`: what may not be is refused,
/// and no time is judged.
pub(crate) fn short(yes: bool) -> Result<(), Stop> {
    let pg_bin = postgres::ensure(yes)?;
    let words = ["--devices", "300", "--minutes", "1", "--servers", "2", "--idle", "200", "--storm"];
    let words = words.map(str::to_owned);
    play("Playing a clinic's minute with 300 devices", Profile::Development, &pg_bin, &words)
}

fn play(title: &str, profile: Profile, pg_bin: &Path, words: &[String]) -> Result<(), Stop> {
    let mut load = stage::command("load", profile, pg_bin, "load")?;
    load.args(words);
    last_words(title, &mut load)
}
