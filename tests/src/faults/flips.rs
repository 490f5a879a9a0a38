//! One bit is wrong somewhere in the laptop's files: no wrong value is served, and nothing is gone without a word.
//!
//! The laptop is killed with synced notes, unsent commands and unfinished typing on it. Each case flips one bit in a copy of
//! its files and opens that. Unsent words have to be there before anything is synced, from the database or from the second
//! copy; synced ones at the latest afterwards. A file that is found damaged is set aside and built anew.

use crate::faults::desk::{Desk, Laptop, Told, copy_directory, rebuilt, standing};
use crate::faults::dice::Dice;
use crate::faults::script::Scene;
use crate::faults::script::Step::{self, NewClient, NewNote, Sign, Sync, Type, Write};
use crate::faults::tally::{Tally, Wrong};
use mentalspace_testkit::failure::{Failure, Outcome};
use serde_json::json;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// The name of this kind.
pub const KIND: &str = "flips";

/// Cases on one image; then the laptop goes on, and a new one is made.
const IMAGE_FOR: u64 = 250;

/// Files, with how many of a hundred flips they get.
const FILES: [(&str, u64); 5] = [
    ("profile/store.db", 55),
    ("profile/store.db-wal", 25),
    ("profile/outbox.copy", 12),
    ("profile/header.json", 5),
    ("profile/header.copy.json", 3),
];

/// What `count` cases have to have met.
#[must_use]
pub fn least(count: u64) -> Vec<(&'static str, u64)> {
    vec![
        ("flips.store.db", count * 2 / 5),
        ("flips.store.db-wal", count / 8),
        ("flips.outbox.copy", count / 20),
        ("flips.detected", count / 8),
        ("flips.rebuilt", count / 8),
        ("flips.compared", count * 10),
    ]
}

/// The laptop as it was killed.
struct Image {
    home: PathBuf,
    unsent: Vec<String>,
    synced: Vec<String>,
}

/// Runs the cases `seeds` at `desk`.
///
/// # Errors
/// The laptop does not answer, or what is damaged cannot be built anew.
pub fn run(desk: &mut Desk, seeds: impl Iterator<Item = u64>, tally: &mut Tally) -> Outcome<()> {
    let mut image = image(desk)?;
    for (done, seed) in (0..).zip(seeds) {
        if done % IMAGE_FOR == IMAGE_FOR - 1 {
            image = self::image(desk)?;
        }
        tally.case(KIND);
        case(desk, &image, seed, tally)?;
    }
    Ok(())
}

fn image(desk: &mut Desk) -> Outcome<Image> {
    desk.laptop.kill()?;
    desk.reopen(&[])?;
    let play = |desk: &mut Desk, steps: &[Step]| -> Outcome<Vec<String>> {
        let mut scene = Scene::begin(desk)?;
        for step in steps {
            let told = scene.play(desk, *step)?;
            if !matches!(told, Told::Done(_)) {
                return Err(Failure::Said(format!("{step:?} was not done: {told:?}")));
            }
        }
        Ok(scene.places)
    };
    let synced = play(desk, &[Write, Sign, Write, NewNote, Write, Type, NewClient, NewNote, Write, Sync])?;
    // The log is emptied here, so that flips hit synced notes in the file too.
    desk.laptop.quit()?;
    desk.reopen(&[])?;
    let mut unsent = play(desk, &[Write, Type, NewNote, Write, Type, Type, NewClient])?;
    unsent.extend(play(desk, &[Write, Type, Type, Type])?);
    desk.laptop.kill()?;
    let home = desk.clinic.home().join("image");
    let _ = fs::remove_dir_all(&home);
    copy_directory(&desk.home(), &home)?;
    Ok(Image { home, unsent, synced })
}

/// Flips one bit; gives the name of the file.
fn flip(home: &Path, dice: &mut Dice) -> Outcome<&'static str> {
    let mut drawn = dice.roll(100);
    let (name, _) = FILES
        .into_iter()
        .find(|(_, share)| {
            let is_it = drawn < *share;
            drawn = drawn.saturating_sub(*share);
            is_it
        })
        .unwrap_or(FILES[0]);
    let path = home.join(name);
    let at = dice.roll(fs::metadata(&path)?.len());
    let file = fs::OpenOptions::new().read(true).write(true).open(&path)?;
    let mut byte = [0];
    file.read_exact_at(&mut byte, at)?;
    byte[0] ^= 1 << dice.roll(8);
    file.write_all_at(&byte, at)?;
    Ok(name.trim_start_matches("profile/"))
}

fn case(desk: &Desk, image: &Image, seed: u64, tally: &mut Tally) -> Outcome<()> {
    let mut dice = Dice::of(KIND, seed);
    let mut laptop = Laptop::named("flipped");
    let home = laptop.home(&desk.clinic);
    let _ = fs::remove_dir_all(&home);
    copy_directory(&image.home, &home)?;
    let file = flip(&home, &mut dice)?;
    let told = format!("{KIND} {seed} in {file}");
    tally.reach(&format!("flips.{file}"));
    laptop.start(&desk.clinic, &[])?;
    let opened = laptop.unlock()?;
    if file.starts_with("header") {
        let [first, copy] = ["header.json", "header.copy.json"].map(|name| home.join("profile").join(name));
        if fs::read(first)? == fs::read(copy)? {
            tally.reach("flips.header_mended");
        } else {
            tally.wrong(Wrong::Corrupt, format!("{told}: one of two headers stays damaged"));
        }
    }
    let mut is_whole = matches!(opened, Told::Done(_))
        && compared(desk, &mut laptop, &image.unsent, tally, &told)?
        && is_served(&mut laptop, &image.synced, &desk.signed, tally, &told)?;
    let was_sent = is_whole;
    if is_whole {
        is_whole = synced(&mut laptop)? && compared(desk, &mut laptop, &image.synced, tally, &told)?;
    }
    if !is_whole {
        tally.reach("flips.detected");
        laptop.kill()?;
        if rebuilt(&home)?.is_some() {
            tally.reach("flips.rebuilt");
        }
        laptop.start(&desk.clinic, &[])?;
        if !matches!(laptop.unlock()?, Told::Done(_)) {
            tally.wrong(Wrong::Corrupt, format!("{told}: it does not open when it has been built anew"));
        }
        // Her notes show again when their charts have come; until then her words wait among what is unsent.
        let unsent = laptop.must(&json!({"command": "export_unsent"}))?.to_string();
        if !was_sent {
            desk.ledger.compare_kept(&image.unsent, &unsent, tally, &told);
        }
        if !synced(&mut laptop)? {
            tally.wrong(Wrong::Corrupt, format!("{told}: it does not sync when it has been built anew"));
        }
    }
    for places in [&image.synced, &image.unsent] {
        if !compared(desk, &mut laptop, places, tally, &told)? {
            tally.wrong(Wrong::Corrupt, format!("{told}: what was built anew is damaged"));
        }
    }
    laptop.kill()
}

/// Syncs to the end; false where the laptop says that its file is damaged.
fn synced(laptop: &mut Laptop) -> Outcome<bool> {
    match laptop.ask(&json!({"command": "sync"}))? {
        Told::Done(report) => Ok(report["complete"] == json!(true)),
        Told::Refused(error) if is_damage(&error) => Ok(false),
        other => Err(Failure::Said(format!("it does not sync: {other:?}"))),
    }
}

fn is_damage(error: &serde_json::Value) -> bool {
    ["damaged", "not_this_profile", "storage"].iter().any(|code| error["code"] == *code)
}

/// Compares what stands with the ledger; false where the laptop says that its file is damaged.
fn compared(
    desk: &Desk,
    laptop: &mut Laptop,
    places: &[String],
    tally: &mut Tally,
    told: &str,
) -> Outcome<bool> {
    each(laptop, places, &desk.signed, tally, told, |ledger_place, stands, tally| {
        desk.ledger.compare(ledger_place, stands, tally, told);
        tally.reach("flips.compared");
    })
}

/// Looks at what was synced before it is synced again. Where the log was cut off at the wrong bit, the laptop stands where it
/// stood a while ago: that it shows as little, until it syncs, is no wrong value.
fn is_served(
    laptop: &mut Laptop,
    places: &[String],
    signed: &BTreeSet<String>,
    tally: &mut Tally,
    told: &str,
) -> Outcome<bool> {
    each(laptop, places, &BTreeSet::new(), tally, told, |place, _, tally| {
        if signed.contains(place) {
            tally.reach("flips.signed_looked_at");
        }
    })
}

fn each(
    laptop: &mut Laptop,
    places: &[String],
    signed: &BTreeSet<String>,
    tally: &mut Tally,
    told: &str,
    mut look: impl FnMut(&str, &str, &mut Tally),
) -> Outcome<bool> {
    for place in places {
        if let Told::Refused(error) = laptop.ask(&question(place))?
            && is_damage(&error)
        {
            return Ok(false);
        }
        let stands = standing(laptop, place, signed, tally, told)?;
        look(place, &stands, tally);
    }
    Ok(true)
}

fn question(place: &str) -> serde_json::Value {
    match place.strip_prefix("client ") {
        Some(name) => json!({"command": "clients", "query": name}),
        None => json!({"command": "note_show", "note_id": place}),
    }
}
