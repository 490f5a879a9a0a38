//! A device whose copy is wrong mends it; one whose file is damaged is built anew from the second copy and the server.
#![cfg(test)]

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use mentalspace_app::{Clock as _, SystemClock};
use mentalspace_crypto::digest::BucketDigest;
use mentalspace_crypto::password::Password;
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::ids::ClientId;
use mentalspace_domain::note::Note;
use mentalspace_domain::record::Record;
use mentalspace_store::profile::{Profile, SecretFiles};
use mentalspace_store::{IncomingRow, Store};
use mentalspace_testkit::clinic::{Clinic, Device, PASSWORD};
use mentalspace_tests::charts::{Chart, START, begin_chart, begin_note, clinic, complete_note, long_text};
use mentalspace_tests::faults::line::{Line, Weather};
use mentalspace_tests::laptop::WrongClock;
use mentalspace_tests::notes::section_of;
use serde_json::json;
use std::net::Ipv4Addr;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

fn narrative(device: &mut Device, note: &str) -> String {
    section_of(&device.must(&json!({"command": "note_show", "note_id": note})).unwrap(), "narrative")
}

fn write(device: &mut Device, note: &str, text: &str) {
    let patch = json!({"command": "note_patch", "note_id": note, "sections": {"narrative": text}});
    device.must(&patch).unwrap();
}

fn end(mut device: Device) {
    device.must(&json!({"command": "quit"})).unwrap();
    device.program().process().wait().unwrap();
}

struct Practice {
    clinic: Clinic,
    laptop: Device,
    desk: Device,
    chart: Chart,
    notes: Vec<String>,
}

fn practice() -> Practice {
    let clinic = clinic().unwrap();
    let mut laptop = clinic.enrol("rivera", "laptop").unwrap();
    laptop.sync().unwrap();
    let chart = begin_chart(&mut laptop).unwrap();
    let notes: Vec<String> = (0..3).map(|_| begin_note(&mut laptop, &chart).unwrap()).collect();
    laptop.sync().unwrap();
    let mut desk = clinic.enrol("rivera", "desk").unwrap();
    desk.sync().unwrap();
    Practice { clinic, laptop, desk, chart, notes }
}

/// What is done behind the application's back to the copy of a chart.
type Harm = fn(&Note) -> (Vec<Record>, Option<Record>);

const HARMS: [(&str, Harm); 3] = [
    ("a row that was lost", |note| (Vec::new(), Some(note.clone().into()))),
    ("a row that says something else", |note| {
        let mut other = note.clone();
        other.sections.insert("narrative".into(), "Words that nobody wrote.".to_owned());
        (vec![other.into()], None)
    }),
    ("a row too many", |note| {
        let mut other = note.clone();
        other.id = "01950000-0000-7000-8000-000000000007".parse().unwrap();
        (vec![other.into()], None)
    }),
];

/// Harms the laptop's copy; the store believes that it was repaired last at `at`.
fn harm(clinic: &Clinic, chart: &Chart, note: &str, harm: Harm, at: DateTime<Utc>) {
    let home = clinic.home().join("devices").join("laptop");
    let secrets = SecretFiles::new(home.join("secrets"));
    let (_profile, store): (_, Store) =
        Profile::unlock(&home.join("profile"), &secrets, &Password::new(PASSWORD), at).unwrap();
    let note: Note = store.get(note.parse().unwrap()).unwrap().unwrap();
    let client: ClientId = ClientId::new(chart.client.parse().unwrap());
    let bucket = Bucket::clinical(client).id(store.identity().unwrap().practice_id());
    let (put, remove) = harm(&note);
    let remove: Vec<_> =
        remove.iter().map(|record| (record.key().kind.as_str().to_owned(), record.key().id)).collect();
    let put: Vec<IncomingRow> = put
        .iter()
        .map(|record| IncomingRow {
            kind: record.key().kind.as_str().to_owned(),
            id: record.key().id,
            seq: 1,
            rev: 1,
            parent: record.parent(),
            body: Some(record.to_bytes(&[9; 16]).unwrap()),
        })
        .collect();
    let no_such_digest = BucketDigest::from_bytes([0xee; 16]);
    assert!(!store.repair(bucket, &put, &remove, no_such_digest, at).unwrap(), "the harm is done");
}

#[test]
fn what_differs_is_mended_row_by_row_once_a_day_and_then_somebody_is_told() {
    let Practice { mut clinic, mut laptop, mut desk, chart, notes } = practice();
    // At each start of its program it is noon on the laptop, so that no midnight falls between a harm and a sync.
    let today = SystemClock.now().date_naive();
    let noon = today.and_time(NaiveTime::from_hms_opt(12, 0, 0).unwrap()).and_utc();
    let clock = WrongClock::set_to(&format!("@{today} 12:00:00"), "UTC").surroundings().unwrap();
    let reopened = |clinic: &Clinic| {
        let clock: Vec<(&str, &str)> =
            clock.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let mut laptop = clinic.device_with("laptop", &clock).unwrap();
        laptop.unlock().unwrap();
        laptop
    };
    let yesterday = noon - TimeDelta::days(1);
    for (what, how) in HARMS {
        end(laptop);
        harm(&clinic, &chart, &notes[1], how, yesterday);
        laptop = reopened(&clinic);
        let report = laptop.sync().unwrap();
        assert_eq!(report["repaired"], 1, "{what}: {report}");
        assert_eq!(report["status"]["alarm"], false, "{what}: {report}");
        let listed = laptop.must(&json!({"command": "chart", "client_id": chart.client})).unwrap();
        assert_eq!(listed["notes"].as_array().unwrap().len(), 3, "{what}");
        assert_eq!(narrative(&mut laptop, &notes[1]), START, "{what}");
        assert_eq!(laptop.sync().unwrap()["repaired"], 0, "{what}: once");
    }
    // It was repaired today already, and is wrong again: for a person, at every sync, and never in a push's way.
    end(laptop);
    harm(&clinic, &chart, &notes[1], HARMS[0].1, noon);
    laptop = reopened(&clinic);
    for words in ["Written while something is wrong.", "And once more."] {
        write(&mut laptop, &notes[0], words);
        let report = laptop.sync().unwrap();
        let status = &report["status"];
        assert_eq!(
            (&report["repaired"], &status["alarm"], &status["outbox"]),
            (&json!(0), &json!(true), &json!(0))
        );
        assert!(status["message"].as_str().unwrap().contains("Tell your administrator"), "{status}");
        desk.sync().unwrap();
        assert_eq!(narrative(&mut desk, &notes[0]), words);
    }
    // The next day it is repaired again, and the alarm is over.
    end(laptop);
    harm(&clinic, &chart, &notes[2], HARMS[0].1, yesterday);
    laptop = reopened(&clinic);
    let report = laptop.sync().unwrap();
    assert_eq!((&report["repaired"], &report["status"]["alarm"]), (&json!(1), &json!(false)), "{report}");
    assert_eq!(narrative(&mut laptop, &notes[1]), START);
    clinic.kill_server().unwrap();
}

/// Found by reading: rows that had not come yet when the answer broke off were taken for rows that should not be here.
#[test]
fn a_repair_that_is_cut_short_takes_nothing_away() {
    let clinic = clinic().unwrap();
    let line = Line::new(Ipv4Addr::LOCALHOST, clinic.port()).unwrap();
    let mut laptop = line.enrol(&clinic, "rivera", "laptop").unwrap();
    laptop.sync().unwrap();
    let chart = begin_chart(&mut laptop).unwrap();
    let notes: Vec<String> = (0..3).map(|_| begin_note(&mut laptop, &chart).unwrap()).collect();
    notes.iter().for_each(|note| write(&mut laptop, note, &long_text(note, 2_000)));
    laptop.sync().unwrap();
    let yesterday = SystemClock.now() - TimeDelta::days(1);
    let listed = |laptop: &mut Device| {
        let chart = json!({"command": "chart", "client_id": chart.client});
        laptop.must(&chart).unwrap()["notes"].as_array().unwrap().len()
    };
    let mut cuts = 0;
    for after in (0..).map(|step| 8_000 + step * 30_000) {
        end(laptop);
        harm(&clinic, &chart, &notes[1], HARMS[0].1, yesterday);
        laptop = clinic.device("laptop").unwrap();
        laptop.unlock().unwrap();
        assert_eq!(listed(&mut laptop), 2, "the harm is done");
        let _ = line.turn(Weather::LostAnswer { after });
        let answer = laptop.ask(&json!({"command": "sync"})).unwrap();
        let was_cut = line.turn(Weather::Clear) > 0;
        assert!(listed(&mut laptop) >= 2, "cut after {after} bytes: {answer}");
        let report = laptop.sync().unwrap();
        assert_eq!(
            (listed(&mut laptop), &report["status"]["alarm"]),
            (3, &json!(false)),
            "{after}: {report}"
        );
        if !was_cut {
            break;
        }
        cuts += 1;
    }
    assert!(cuts >= 4, "the answer was cut in {cuts} places");
}

fn ruin(file: &Path, from: u64) {
    let length = std::fs::metadata(file).unwrap().len();
    let open = std::fs::OpenOptions::new().write(true).open(file).unwrap();
    open.write_all_at(&vec![0xaa; usize::try_from(length - from).unwrap()], from).unwrap();
}

#[test]
fn a_damaged_device_is_built_anew_and_no_unsent_word_is_lost() {
    let Practice { mut clinic, mut laptop, mut desk, chart, notes } = practice();
    clinic.kill_server().unwrap();
    write(&mut laptop, &notes[0], "Written offline, not sent.");
    let again = clinic.device("laptop").unwrap();
    std::mem::replace(&mut laptop, again).kill_9().unwrap();
    let file = laptop.profile().join("store.db");
    ruin(&file, 0);
    let damaged = std::fs::read(&file).unwrap();

    let unlock = json!({"command": "unlock", "password": PASSWORD});
    let profile = json!({"command": "profile"});
    assert_eq!(laptop.must(&profile).unwrap()["is_damaged"], false);
    let refused = laptop.ask(&unlock).unwrap()["error"].clone();
    assert_eq!(refused["code"], "damaged", "{refused}");
    let said = refused["message"].as_str().unwrap();
    assert!(said.contains("was not touched") && said.contains("Repair this device"), "{said}");
    assert_eq!(laptop.must(&profile).unwrap()["is_damaged"], true, "the lock offers to repair it");
    assert_eq!(std::fs::read(&file).unwrap(), damaged, "nothing was touched so far");

    let rebuilt = laptop.must(&json!({"command": "rebuild", "password": PASSWORD})).unwrap();
    assert_eq!((&rebuilt["recovered"], &rebuilt["unreadable"]), (&json!(1), &json!(0)), "{rebuilt}");
    let kept = PathBuf::from(rebuilt["kept_in"].as_str().unwrap()).join("store.db");
    assert_eq!(std::fs::read(&kept).unwrap(), damaged, "the damaged file is kept as it was");
    // It knows of no lease: only the server can say that it may go on.
    assert_eq!(rebuilt["is_unlocked"], false, "{rebuilt}");
    assert_eq!(laptop.refused(&unlock).unwrap(), "sign_in_needed");
    clinic.start_server().unwrap();
    laptop.unlock().unwrap();
    assert_eq!(laptop.must(&profile).unwrap()["is_damaged"], false);
    let report = laptop.sync().unwrap();
    assert_eq!((&report["complete"], &report["status"]["outbox"]), (&json!(true), &json!(0)), "{report}");
    let told = laptop.must(&json!({"command": "journal"})).unwrap();
    let told: Vec<_> = told.as_array().unwrap().iter().filter(|entry| entry["name"] == "rebuild").collect();
    assert_eq!(told.len(), 1);
    assert!(told[0]["needs_review"] == true, "nothing in a file like that reads: {told:?}");
    assert!(kept.exists());
    desk.sync().unwrap();
    for device in [&mut laptop, &mut desk] {
        assert_eq!(narrative(device, &notes[0]), "Written offline, not sent.");
    }
    // Its keys are its own still: what it signs, the server takes.
    complete_note(&mut laptop, &chart, &notes[1]).unwrap();
    laptop.must(&json!({"command": "note_sign", "note_id": notes[1], "password": PASSWORD})).unwrap();
    laptop.sync().unwrap();
    desk.sync().unwrap();
    let shown = desk.must(&json!({"command": "note_show", "note_id": notes[1]})).unwrap();
    assert_eq!(shown["signature"]["verification"], "verified", "{shown}");
}

#[test]
fn damage_behind_the_first_page_is_told_and_mended_too() {
    let Practice { clinic, laptop, notes, .. } = practice();
    end(laptop);
    let mut laptop = clinic.device("laptop").unwrap();
    ruin(&laptop.profile().join("store.db"), 4096);
    let refused = laptop.refused(&json!({"command": "unlock", "password": PASSWORD}));
    // Where the pages that opening needs are whole it opens, and the first reading tells.
    let code = refused
        .unwrap_or_else(|_| laptop.refused(&json!({"command": "note_show", "note_id": notes[0]})).unwrap());
    assert_eq!(code, "damaged");
    laptop.must(&json!({"command": "lock"})).unwrap();
    let rebuilt = laptop.must(&json!({"command": "rebuild", "password": PASSWORD})).unwrap();
    assert_eq!((&rebuilt["recovered"], &rebuilt["is_unlocked"]), (&json!(0), &json!(true)), "{rebuilt}");
    laptop.sync().unwrap();
    assert_eq!(narrative(&mut laptop, &notes[0]), START);
    // A device that is whole is opened as it is.
    laptop.must(&json!({"command": "lock"})).unwrap();
    let whole = laptop.must(&json!({"command": "rebuild", "password": PASSWORD})).unwrap();
    assert!(whole["kept_in"].is_null() && whole["is_unlocked"] == true, "{whole}");
}

/// Nothing of it is needed for what the database has.
#[test]
fn a_second_copy_that_cannot_be_read_keeps_nobody_from_her_charts() {
    let Practice { mut clinic, mut laptop, mut desk, notes, .. } = practice();
    clinic.kill_server().unwrap();
    write(&mut laptop, &notes[0], "Written offline, not sent.");
    end(laptop);
    let mut laptop = clinic.device("laptop").unwrap();
    let copy = laptop.profile().join("outbox.copy");
    let held = std::fs::read(&copy).unwrap();
    std::fs::remove_file(&copy).unwrap();
    // It leads to itself, so that reading it fails as on a disk that does not give it.
    std::os::unix::fs::symlink("outbox.copy", &copy).unwrap();
    laptop.unlock().unwrap();
    assert_eq!(narrative(&mut laptop, &notes[0]), "Written offline, not sent.");
    let warnings = |laptop: &mut Device| {
        let told = laptop.must(&json!({"command": "journal"})).unwrap();
        let is_warning =
            |entry: &&serde_json::Value| entry["name"] == "outbox.copy" && entry["needs_review"] == true;
        told.as_array()
            .unwrap()
            .iter()
            .filter(is_warning)
            .map(|entry| entry["entry"].clone())
            .collect::<Vec<_>>()
    };
    let told = warnings(&mut laptop);
    assert_eq!(told.len(), 1);
    // Or what is told a second time would not be seen: it stands once until somebody has looked at it.
    laptop.must(&json!({"command": "journal_review", "entry": told[0]})).unwrap();
    let aside = laptop.profile().join("damaged/copy/outbox.copy");
    assert!(aside.is_symlink() && copy.is_file(), "it is kept, and a new one is begun");

    laptop.must(&json!({"command": "lock"})).unwrap();
    std::fs::remove_file(&aside).unwrap();
    std::fs::write(&aside, held).unwrap();
    laptop.unlock().unwrap();
    assert!(!aside.exists(), "the disk has given it again, and all of it is here");
    assert_eq!(laptop.must(&json!({"command": "status"})).unwrap()["outbox"], 1, "each word once");
    assert_eq!(warnings(&mut laptop), Vec::<serde_json::Value>::new(), "and nothing more is to be told");
    clinic.start_server().unwrap();
    laptop.sync().unwrap();
    desk.sync().unwrap();
    assert_eq!(narrative(&mut desk, &notes[0]), "Written offline, not sent.");
    // The control: where the database does not open either, it is waited for.
    end(laptop);
    let mut laptop = clinic.device("laptop").unwrap();
    ruin(&laptop.profile().join("store.db"), 0);
    std::fs::remove_file(&copy).unwrap();
    std::os::unix::fs::symlink("outbox.copy", &copy).unwrap();
    assert_eq!(laptop.refused(&json!({"command": "unlock", "password": PASSWORD})).unwrap(), "storage");
    assert!(copy.is_symlink());
}

#[test]
fn where_both_copies_are_lost_the_words_say_so_and_nothing_is_touched() {
    let Practice { clinic, laptop, .. } = practice();
    end(laptop);
    let mut laptop = clinic.device("laptop").unwrap();
    let file = laptop.profile().join("store.db");
    ruin(&file, 0);
    let copy = laptop.profile().join("outbox.copy");
    ruin(&copy, 8);
    let before = (std::fs::read(&file).unwrap(), std::fs::read(&copy).unwrap());
    for command in ["unlock", "rebuild"] {
        let refused =
            laptop.ask(&json!({"command": command, "password": PASSWORD})).unwrap()["error"].clone();
        assert_eq!(refused["code"], "not_this_profile", "{command}: {refused}");
        let said = refused["message"].as_str().unwrap();
        assert!(
            said.contains("second copy") && said.contains("safe there") && said.contains("administrator"),
            "{said}"
        );
        assert_eq!((std::fs::read(&file).unwrap(), std::fs::read(&copy).unwrap()), before, "{command}");
    }
}
