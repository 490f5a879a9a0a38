//! The server is restored to an earlier moment under five devices that had worked on. Whatever was acknowledged comes
//! back from them, in whichever order they return, once, and every signature still verifies.
#![cfg(test)]

use mentalspace_crypto::password::Password;
use mentalspace_store::profile::{Profile, SecretFiles};
use mentalspace_store::{Incoming, IncomingEnd, MetaKey};
use mentalspace_testkit::clinic::{Clinic, Device, PASSWORD};
use mentalspace_testkit::postgres::find_programs;
use mentalspace_testkit::proof::ProofSlice;
use mentalspace_tests::charts::{Chart, begin_chart, begin_note, complete_note, id};
use mentalspace_tests::notes::section_of;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

/// The devices: three of one therapist, one of another, one at the front desk.
const DEVICES: [(&str, &str); 5] =
    [("rivera", "laptop"), ("rivera", "desk"), ("rivera", "tablet"), ("chen", "bag"), ("okafor", "front")];
const LAPTOP: usize = 0;
const DESK: usize = 1;
const TABLET: usize = 2;
const BAG: usize = 3;
const FRONT: usize = 4;

/// The steps of the day. The backup is taken after one of them; what comes later is only on the devices.
const STEPS: usize = 9;

/// Rounds in which every device syncs once, until nothing waits for another any more.
const ROUNDS: usize = 12;

/// A stream of numbers from a seed (`SplitMix64`).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % below as u64).unwrap()
    }

    fn order(&mut self) -> Vec<usize> {
        let mut left: Vec<usize> = (0..DEVICES.len()).collect();
        (0..DEVICES.len()).map(|_| left.remove(self.roll(left.len()))).collect()
    }
}

/// The practice with its devices and what they write about.
struct Day {
    clinic: Clinic,
    devices: Vec<Device>,
    wren: Chart,
    /// Notes by what happens to them.
    shared: String,
    disputed: String,
    signed: String,
    users: BTreeMap<&'static str, String>,
    dice: Dice,
}

impl Day {
    fn begin(seed: u64) -> Self {
        let clinic = Clinic::open().unwrap();
        let mut users = BTreeMap::new();
        for (login, name, role) in [
            ("rivera", "Rosalind Rivera", "clinician"),
            ("chen", "Bo Chen", "clinician"),
            ("okafor", "Maya Okafor", "practice_manager"),
        ] {
            clinic.user(login, name, &[role]).unwrap();
            users.insert(login, String::new());
        }
        let mut devices: Vec<Device> =
            DEVICES.iter().map(|(login, name)| clinic.enrol(login, name).unwrap()).collect();
        for (device, (login, _)) in devices.iter_mut().zip(DEVICES) {
            device.sync().unwrap();
            let who = device.must(&json!({"command": "whoami"})).unwrap();
            users.insert(login, who["user_id"].as_str().unwrap().to_owned());
        }
        let laptop = &mut devices[LAPTOP];
        let wren = begin_chart(laptop).unwrap();
        let mut note = || begin_note(laptop, &wren).unwrap();
        let (shared, disputed, signed) = (note(), note(), note());
        let mut day = Self { clinic, devices, wren, shared, disputed, signed, users, dice: Dice(seed) };
        day.sync(&[LAPTOP, DESK, TABLET]);
        day
    }

    fn sync(&mut self, devices: &[usize]) {
        for device in devices {
            self.devices[*device].sync().unwrap();
        }
    }

    fn write(&mut self, device: usize, note: &str, from: &str, to: &str) {
        let device = &mut self.devices[device];
        let shown = device.must(&json!({"command": "note_show", "note_id": note})).unwrap();
        let text = section_of(&shown, "narrative");
        assert!(text.contains(from), "{from:?} is not in {text:?}");
        let sections = json!({"narrative": text.replace(from, to)});
        device.must(&json!({"command": "note_patch", "note_id": note, "sections": sections})).unwrap();
    }

    fn sign(&mut self, device: usize, note: &str) {
        let sign = json!({"command": "note_sign", "note_id": note, "password": PASSWORD});
        self.devices[device].must(&sign).unwrap();
    }

    /// One step of work, acknowledged by the server when it is over.
    fn step(&mut self, step: usize) {
        let (shared, disputed, signed) = (self.shared.clone(), self.disputed.clone(), self.signed.clone());
        match step {
            // What the desk writes stands in words of the laptop's.
            0 => {
                self.write(LAPTOP, &shared, "Mood low.", "Mood low and tearful.");
                self.sync(&[LAPTOP, DESK]);
                self.write(DESK, &shared, "low and tearful.", "low, tearful, and anxious.");
                self.sync(&[DESK, TABLET]);
            }
            // Touching edits: a conflict, for everybody to see.
            1 => {
                self.write(
                    LAPTOP,
                    &disputed,
                    "Denies suicidal ideation.",
                    "Denies suicidal ideation or intent.",
                );
                self.write(DESK, &disputed, "Denies suicidal ideation.", "Endorses passive ideation.");
                self.sync(&[LAPTOP, DESK, TABLET]);
            }
            // The third device settles it.
            2 => {
                let chosen = "Endorses passive ideation; denies plan or intent.";
                let choice = json!({"command": "note_resolve", "note_id": disputed, "sections": {"narrative": chosen}});
                self.devices[TABLET].must(&choice).unwrap();
                self.sync(&[TABLET, LAPTOP]);
            }
            // Signed on the tablet over words of all three.
            3 => {
                let wren = self.wren.clone();
                complete_note(&mut self.devices[LAPTOP], &wren, &signed).unwrap();
                self.sync(&[LAPTOP, DESK]);
                self.write(DESK, &signed, "Ate little.", "Ate little since Monday.");
                self.sync(&[DESK, TABLET]);
                self.sign(TABLET, &signed);
                // Not knowing of it, the laptop writes on: a late entry.
                self.write(LAPTOP, &signed, "Plans to call her sister.", "Plans to call her sister tonight.");
                self.sync(&[TABLET, LAPTOP, DESK]);
            }
            // The late entry is signed at the desk.
            4 => {
                let shown =
                    self.devices[DESK].must(&json!({"command": "note_show", "note_id": signed})).unwrap();
                let addendum = shown["addenda"][0]["addendum_id"].clone();
                for command in [
                    json!({"command": "addendum_write", "note_id": signed, "addendum_id": addendum, "kind": "late_entry",
                           "sections": {}, "reason": "Written before I knew that it was signed."}),
                    json!({"command": "addendum_sign", "addendum_id": addendum, "password": PASSWORD}),
                ] {
                    self.devices[DESK].must(&command).unwrap();
                }
                self.sync(&[DESK, TABLET]);
            }
            // The front desk takes on a client for the other therapist, who writes in a chart that is not his own doing.
            5 => {
                let facts = json!({"given_name": "Finch", "family_name": "Marlow"});
                let create =
                    json!({"command": "client_create", "facts": facts, "assign_to": self.users["chen"]});
                self.devices[FRONT].must(&create).unwrap();
                self.sync(&[FRONT, BAG]);
                let clients = self.devices[BAG].must(&json!({"command": "clients"})).unwrap();
                let client = clients[0]["client_id"].as_str().unwrap().to_owned();
                let bag = &mut self.devices[BAG];
                let named = json!({"command": "diagnosis_add", "client_id": client, "code": "F41.1", "noted_on": "2026-11-01"});
                let chart = Chart { diagnosis: id(&bag.must(&named).unwrap()).unwrap(), client };
                let note = begin_note(bag, &chart).unwrap();
                complete_note(bag, &chart, &note).unwrap();
                bag.sync().unwrap();
                self.sign(BAG, &note);
                self.sync(&[BAG, FRONT]);
            }
            // A new note, begun on one device and gone on with on another.
            6 => {
                let wren = self.wren.clone();
                let note = begin_note(&mut self.devices[DESK], &wren).unwrap();
                self.sync(&[DESK, TABLET]);
                self.write(TABLET, &note, "Slept four hours.", "Slept four hours, woke twice.");
                self.sync(&[TABLET]);
            }
            // Edits far apart: combined, and confirmed on the third device.
            7 => {
                self.write(LAPTOP, &shared, "Client arrived on time.", "Client arrived early.");
                self.write(TABLET, &shared, "Plans to call her sister.", "Plans to write to her sister.");
                self.sync(&[LAPTOP, TABLET, DESK]);
                self.devices[DESK].must(&json!({"command": "note_confirm", "note_id": shared})).unwrap();
                self.sync(&[DESK, LAPTOP]);
            }
            _ => {
                self.write(DESK, &shared, "Ate little.", "Ate little, drank enough.");
                self.sync(&[DESK]);
            }
        }
    }

    fn all(&mut self) {
        self.sync(&[LAPTOP, DESK, TABLET, BAG, FRONT]);
    }

    /// What every device shows of everything, and what the server counts of it.
    fn truth(&mut self) -> Truth {
        let mut shown = BTreeMap::new();
        for (device, (_, name)) in self.devices.iter_mut().zip(DEVICES) {
            shown.insert(name.to_owned(), everything(device));
        }
        let count =
            |sql: &str| -> Vec<String> { self.clinic.sql(sql).unwrap().lines().map(str::to_owned).collect() };
        Truth {
            shown,
            records: count("SELECT kind, count(*) FROM record WHERE NOT deleted GROUP BY kind ORDER BY kind"),
            commands: count("SELECT command_id FROM command_result WHERE NOT repeated ORDER BY command_id"),
            kept: count("SELECT count(*) FROM quarantine"),
        }
    }

    fn backup(&self, name: &str) -> PathBuf {
        let file = self.clinic.home().join(name);
        let programs = find_programs().unwrap();
        let (file_text, programs) = (file.display().to_string(), programs.display().to_string());
        self.clinic.operator(&["backup", "--out", &file_text, "--programs", &programs]).unwrap();
        file
    }

    fn restore(&mut self, file: &std::path::Path) {
        self.restore_waiting(file, 24);
    }

    fn restore_waiting(&mut self, file: &std::path::Path, hours: u32) {
        self.clinic.kill_server().unwrap();
        self.clinic.move_to_new_database("restored").unwrap();
        let (file, programs) = (file.display().to_string(), find_programs().unwrap().display().to_string());
        let hours = hours.to_string();
        let restore = ["restore", "--from", &file, "--programs", &programs, "--reunion-hours", &hours];
        let said = self.clinic.operator(&restore).unwrap();
        assert!(said.contains("\"continues\""), "a new epoch in every practice: {said}");
        self.clinic.start_server().unwrap();
    }

    /// Devices return in whatever order, again and again, until none has anything to give. Gives the rounds it took.
    fn return_all(&mut self) -> Result<usize, String> {
        for round in 1..=ROUNDS {
            let mut busy = false;
            for device in self.dice.order() {
                let report = self.devices[device].sync().map_err(|why| why.to_string())?;
                let status = &report["status"];
                busy |= status["outbox"] != 0 || report["complete"] != true;
            }
            if !busy {
                self.all();
                return Ok(round);
            }
        }
        let log = std::fs::read_to_string(self.clinic.home().join("server.log")).unwrap_or_default();
        let waits: Vec<&str> = log.lines().filter(|line| line.contains("waits for what")).collect();
        let last = waits.len().saturating_sub(DEVICES.len());
        Err(format!("after {ROUNDS} rounds something still waits: {}", waits[last..].join("\n")))
    }
}

/// All that is compared: before the restore and after everybody has returned it has to be the same.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Truth {
    shown: BTreeMap<String, BTreeMap<String, Value>>,
    records: Vec<String>,
    commands: Vec<String>,
    kept: Vec<String>,
}

/// Every note that a device shows, in what matters to whoever reads it.
fn everything(device: &mut Device) -> BTreeMap<String, Value> {
    let mut shown = BTreeMap::new();
    let clients = device.must(&json!({"command": "clients"})).unwrap();
    for client in clients.as_array().unwrap() {
        let client = client["client_id"].as_str().unwrap();
        let chart = device.must(&json!({"command": "chart", "client_id": client})).unwrap();
        shown.insert(client.to_owned(), chart["client"]["name"].clone());
        for row in chart["notes"].as_array().unwrap() {
            let note = row["note_id"].as_str().unwrap();
            let view = device.must(&json!({"command": "note_show", "note_id": note})).unwrap();
            let history = device.must(&json!({"command": "note_history", "note_id": note})).unwrap();
            let mut texts: Vec<String> = history["revisions"]
                .as_array()
                .unwrap()
                .iter()
                .map(|kept| kept["sections"].to_string())
                .collect();
            texts.sort();
            let addenda: Vec<Value> = view["addenda"]
                .as_array()
                .unwrap()
                .iter()
                .map(|a| json!([a["addendum_id"], a["state"], a["sections"], a["signature"]["verification"]]))
                .collect();
            let about = json!({
                "hash": view["text_hash"], "standing": view["row"]["standing"], "branches": view["branches"],
                "verification": view["signature"]["verification"], "refused": view["refused_signatures"],
                "addenda": addenda, "history": texts,
            });
            shown.insert(note.to_owned(), about);
        }
    }
    shown
}

/// Whether everything is as it was, everybody agrees and nobody is alarmed.
fn check(day: &mut Day, before: &Truth) -> Result<(), String> {
    let after = day.truth();
    for (name, shown) in &before.shown {
        for (what, was) in shown {
            let is = after.shown[name].get(what);
            if is != Some(was) {
                return Err(format!("{name}, {what}: was {was}\n is {is:?}"));
            }
        }
    }
    if after != *before {
        return Err(format!("records {:?} {:?}, kept {:?}", before.records, after.records, after.kept));
    }
    for (device, (_, name)) in day.devices.iter_mut().zip(DEVICES) {
        let status = device.must(&json!({"command": "status"})).map_err(|why| why.to_string())?;
        let quiet = status["alarm"] == false && status["message"].is_null() && status["outbox"] == 0;
        if !quiet || status["buckets_ready"] != status["buckets"] {
            return Err(format!("{name} is not at rest: {status}"));
        }
        let journal = device.must(&json!({"command": "journal"})).unwrap();
        let commands: Vec<&Value> = journal.as_array().unwrap().iter().collect();
        if commands.iter().any(|entry| entry["outcome"] == "quarantined" || entry["outcome"] == "rejected") {
            return Err(format!("{name} was refused something: {journal}"));
        }
    }
    Ok(())
}

/// The drill: a day's work, a backup after one of its steps, a restore to it at the end.
fn drill(seed: u64, backup_after: usize) -> (Day, Truth, PathBuf) {
    let mut day = Day::begin(seed);
    let mut backup = None;
    for step in 0..STEPS {
        day.step(step);
        if step == backup_after {
            backup = Some(day.backup("backup.ms"));
        }
    }
    day.all();
    day.all();
    let before = day.truth();
    assert_eq!(before.kept, ["0"], "nothing was refused on the way");
    let signed = before.shown["laptop"][&day.signed].clone();
    assert_eq!((&signed["standing"], &signed["verification"]), (&json!("signed"), &json!("verified")));
    assert_eq!(signed["addenda"][0][3], "verified", "{signed}");
    (day, before, backup.unwrap())
}

#[test]
fn everything_acknowledged_comes_back_from_five_devices_in_any_order() {
    let (mut day, before, backup) = drill(1, 0);
    let at_backup = "SELECT count(*) FROM command_result WHERE NOT repeated";
    day.restore(&backup);
    let left: usize = day.clinic.sql(at_backup).unwrap().parse().unwrap();
    assert!(left + 15 < before.commands.len(), "the backup lacks the day's work: {left}");
    day.return_all().unwrap();
    check(&mut day, &before).unwrap();
    let bridged = "SELECT count(*) FROM log_bridge b JOIN log_head h ON h.log_epoch = b.from_epoch AND h.size = b.from_size \
                   AND h.root = b.from_root";
    assert_eq!(day.clinic.sql(bridged).unwrap(), "1", "the bridge names the last head of the backup");

    // Work goes on, and nothing of the past hinders it.
    let shared = day.shared.clone();
    day.write(TABLET, &shared, "drank enough.", "drank enough. Written after the restore.");
    day.sync(&[TABLET, LAPTOP]);
    let shown = day.devices[LAPTOP].must(&json!({"command": "note_show", "note_id": shared})).unwrap();
    assert!(section_of(&shown, "narrative").contains("Written after the restore."));
}

#[test]
fn without_what_the_devices_keep_the_words_would_be_gone() {
    // The control: the same drill, but each device has lost its archive.
    let (mut day, before, backup) = drill(2, 4);
    for (device, (_, name)) in day.devices.drain(..).zip(DEVICES) {
        device.kill_9().unwrap();
        empty_archive(&day.clinic, name);
    }
    day.devices = DEVICES.iter().map(|(_, name)| day.clinic.device(name).unwrap()).collect();
    day.devices.iter_mut().for_each(|device| drop(device.unlock().unwrap()));
    day.restore(&backup);
    day.return_all().unwrap();
    assert!(check(&mut day, &before).is_err(), "the check must see that words are missing");
}

#[test]
fn without_waiting_for_each_other_a_signature_would_be_refused() {
    // The control: the device that signed returns first, and nobody waits.
    let (mut day, before, backup) = drill(4, 0);
    day.restore_waiting(&backup, 0);
    day.sync(&[TABLET]);
    day.return_all().unwrap();
    let red = check(&mut day, &before).unwrap_err();
    let signed = day.signed.clone();
    let shown = day.devices[TABLET].must(&json!({"command": "note_show", "note_id": signed})).unwrap();
    assert_ne!(shown["signature"]["verification"], "verified", "{red}");
    // What was signed is kept even so, on the server and here.
    let kept = "SELECT count(*) FROM record WHERE kind = 'refused_signature'";
    assert_ne!(day.clinic.sql(kept).unwrap(), "0");
    let aside = day.devices[TABLET].must(&json!({"command": "set_aside"})).unwrap();
    assert!(aside.as_array().unwrap().iter().any(|kept| kept["kind"] == "note_version"), "{aside}");
    let status = day.devices[TABLET].must(&json!({"command": "status"})).unwrap();
    assert_eq!(status["alarm"], true, "a signed version that is missing is an alarm: {status}");
}

#[test]
fn backup_and_restore_refuse_what_is_not_safe() {
    let mut day = Day::begin(5);
    let file = day.backup("backup.ms");
    let bytes = std::fs::read(&file).unwrap();
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let holds = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    // Without the key the file says nothing: no words, no names, not even which practice it is of.
    let plain = dump_by_hand(&day, "plain");
    let plain = std::fs::read(plain).unwrap();
    let practice = day.clinic.sql("SELECT practice_id FROM practice").unwrap();
    for clear in ["rivera", practice.as_str()] {
        assert!(holds(&plain, clear), "the control: PostgreSQL's own dump holds {clear}");
        assert!(!holds(&bytes, clear), "{clear}");
    }
    for sealed in ["Denies suicidal ideation", "Wren", "Rosalind"] {
        assert!(!holds(&plain, sealed) && !holds(&bytes, sealed), "bodies are sealed in either: {sealed}");
    }
    let (text, programs) = (file.display().to_string(), find_programs().unwrap().display().to_string());
    let again = day.clinic.operator_refused(&["backup", "--out", &text, "--programs", &programs]).unwrap();
    assert!(again.contains("nothing was written"), "{again}");
    assert_eq!(std::fs::read(&file).unwrap(), bytes, "a backup is never written over");

    let restore = |day: &Day, file: &str| {
        day.clinic.operator_refused(&["restore", "--from", file, "--programs", &programs]).unwrap()
    };
    let said = restore(&day, &text);
    assert!(said.contains("in use") && said.contains("is safe"), "{said}");
    day.clinic.kill_server().unwrap();
    let said = restore(&day, &text);
    assert!(said.contains("not empty") && said.contains("createdb"), "{said}");
    assert_eq!(day.clinic.sql("SELECT count(*) FROM log_bridge").unwrap(), "0", "no epoch was begun either");

    day.clinic.move_to_new_database("refusals").unwrap();
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    let cut = day.clinic.home().join("cut.ms");
    std::fs::write(&cut, &bytes[..bytes.len() - 40]).unwrap();
    let said = restore(&day, &cut.display().to_string());
    assert!(said.contains("cut off") && said.contains("was not touched"), "{said}");
    let kek = day.clinic.home().join("kek");
    let right = std::fs::read_to_string(&kek).unwrap();
    let wrong: String = right.trim().chars().rev().collect();
    std::fs::write(&kek, &wrong).unwrap();
    let said = restore(&day, &text);
    assert!(said.contains("another key-encryption key"), "{said}");
    assert_eq!(day.clinic.sql(tables).unwrap(), "0", "nothing was written by any of them");
    std::fs::write(&kek, &right).unwrap();
    // The control: the same file under the right key.
    day.clinic.operator(&["restore", "--from", &text, "--programs", &programs]).unwrap();
    let stale = "SELECT count(*) FROM bucket_grant WHERE changed_in <> '0'";
    assert_eq!(day.clinic.sql(stale).unwrap(), "0", "transactions of the other cluster mean nothing here");
    // A key that opens nothing of the practice begins no epoch.
    std::fs::write(&kek, &wrong).unwrap();
    let said = day.clinic.operator_refused(&["restore", "--recovered"]).unwrap();
    assert!(said.contains("does not open under this server's key-encryption key"), "{said}");
    std::fs::write(&kek, &right).unwrap();
    assert_eq!(day.clinic.sql("SELECT count(*) FROM log_bridge").unwrap(), "1");
    day.clinic.start_server().unwrap();
    day.all();
}

/// Lets the thirty days of the archive pass.
fn empty_archive(clinic: &Clinic, name: &str) {
    let home = clinic.home().join("devices").join(name);
    let secrets = SecretFiles::new(home.join("secrets"));
    let now: chrono::DateTime<chrono::Utc> = "2099-01-01T12:00:00Z".parse().unwrap();
    let (_profile, store) =
        Profile::unlock(&home.join("profile"), &secrets, &Password::new(PASSWORD), now).unwrap();
    let end = IncomingEnd {
        processed_seq: store.meta(MetaKey::ProcessedSeq).unwrap().unwrap_or(0),
        results: Vec::new(),
        grants: store.meta(MetaKey::Grants).unwrap().unwrap_or(0),
    };
    store.apply(&Incoming { end: Some(end), ..Incoming::default() }, now).unwrap();
}

/// PostgreSQL's own dump and restore, as an operator who does not know of ours would use them.
fn by_hand(day: &mut Day, dump: &std::path::Path) {
    let programs = find_programs().unwrap();
    day.clinic.kill_server().unwrap();
    day.clinic.move_to_new_database("by_hand").unwrap();
    let address = day.clinic.postgres().connection_string("by_hand");
    let status =
        Command::new(programs.join("pg_restore")).args(["--dbname", &address]).arg(dump).status().unwrap();
    assert!(status.success());
}

fn dump_by_hand(day: &Day, format: &str) -> PathBuf {
    let dump = day.clinic.home().join(format!("by_hand.{format}"));
    let address = day.clinic.postgres().connection_string("postgres");
    let status = Command::new(find_programs().unwrap().join("pg_dump"))
        .args([&format!("--format={format}"), "--dbname", &address, "--file"])
        .arg(&dump)
        .status()
        .unwrap();
    assert!(status.success());
    dump
}

#[test]
fn a_restore_by_other_means_is_found_out_and_made_good() {
    let mut day = Day::begin(3);
    day.step(0);
    // A head is signed over the first hour, and every device has seen a later one.
    day.clinic.operator(&["restore-point", "--name", "morning"]).unwrap();
    day.all();
    let dump = dump_by_hand(&day, "custom");
    (1..STEPS).for_each(|step| day.step(step));
    day.clinic.operator(&["restore-point", "--name", "evening"]).unwrap();
    day.all();
    let before = day.truth();

    by_hand(&mut day, &dump);
    let refused = day.clinic.start_server().unwrap_err().to_string();
    assert!(refused.contains("restore --recovered"), "another database is another place: {refused}");

    // A snapshot of the whole machine cannot be told from the machine itself: the devices tell.
    let (place, pushed) =
        ("UPDATE practice SET home = NULL", "SELECT count(*) FROM command_result WHERE NOT repeated");
    day.clinic.sql(place).unwrap();
    let left: usize = day.clinic.sql(pushed).unwrap().parse().unwrap();
    day.clinic.start_server().unwrap();
    let mut alarmed = 0;
    for device in &mut day.devices {
        let report = device.sync().unwrap();
        let status = &report["status"];
        alarmed +=
            usize::from(status["alarm"] == true && status["message"].as_str().unwrap().contains("at once"));
    }
    assert_eq!(alarmed, DEVICES.len(), "every device that had seen the evening says so");
    assert!(check(&mut day, &before).is_err(), "the control: without a new epoch the check is red");
    let log = std::fs::read_to_string(day.clinic.home().join("server.log")).unwrap();
    assert!(log.contains("restore --recovered"), "and so does the server, to its operator");
    // What is written is sent all the same: a mismatch never stops a push.
    let given_back: usize = day.clinic.sql(pushed).unwrap().parse().unwrap();
    assert!(given_back > left, "{left} were there, and {given_back} are");

    day.clinic.kill_server().unwrap();
    day.clinic.operator(&["restore", "--recovered"]).unwrap();
    day.clinic.start_server().unwrap();
    day.return_all().unwrap();
    check(&mut day, &before).unwrap();
}

#[test]
#[ignore = "a proof: cargo xtask prove"]
fn proof_restores() {
    let mut slice = ProofSlice::from_surroundings(10).unwrap();
    for seed in slice.seeds() {
        let backup_after = usize::try_from(seed).unwrap() % (STEPS - 1);
        let (mut day, before, backup) = drill(seed, backup_after);
        day.restore(&backup);
        let left = day.clinic.sql("SELECT count(*) FROM command_result WHERE NOT repeated").unwrap();
        let rounds = day.return_all().unwrap_or_else(|why| panic!("seed {seed}: {why}"));
        check(&mut day, &before).unwrap_or_else(|why| panic!("seed {seed}: {why}"));
        let left: u64 = left.parse().unwrap();
        slice.count("restores");
        slice.add("rounds", rounds as u64);
        slice.add("commands_given_back", before.commands.len() as u64 - left);
        slice.add("devices_returned", DEVICES.len() as u64);
        let repeated = day.clinic.sql("SELECT count(*) FROM command_result WHERE repeated").unwrap();
        slice.add("recognised_as_known", repeated.parse().unwrap());
    }
    assert!(slice.met("commands_given_back") > 0, "a restore that loses nothing proves nothing");
    slice.finish().unwrap();
}
