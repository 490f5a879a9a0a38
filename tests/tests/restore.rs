//! The server is restored to an earlier moment under five devices that had worked on. Whatever was acknowledged comes
//! back from them, in whichever order they return, once, and every signature still verifies.
#![cfg(test)]

#[path = "restore/day.rs"]
mod day;

use day::{DESK, DEVICES, Day, LAPTOP, STEPS, TABLET, Truth, check};
use mentalspace_crypto::password::Password;
use mentalspace_store::profile::{LeaseRecord, Profile, SecretFiles};
use mentalspace_store::{Incoming, IncomingEnd, MetaKey};
use mentalspace_testkit::clinic::{Clinic, PASSWORD};
use mentalspace_testkit::postgres::find_programs;
use mentalspace_testkit::proof::ProofSlice;
use mentalspace_tests::notes::section_of;
use serde_json::json;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

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
    // The archive is kept by the time that the server has signed.
    let lease: LeaseRecord = store.meta(MetaKey::Lease).unwrap().unwrap();
    let later = LeaseRecord { issued_at: now, ..lease.clone() };
    store.set_meta(MetaKey::Lease, &later).unwrap();
    store.apply(&Incoming { end: Some(end), ..Incoming::default() }, now).unwrap();
    store.set_meta(MetaKey::Lease, &lease).unwrap();
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
    // Nor does the old epoch go on by an operator's hand, or by the timer that makes the backup at night.
    let out = day.clinic.home().join("strange.backup");
    for command in [["backup", "--out", out.to_str().unwrap()], ["restore-point", "--name", "strange"]] {
        let refused = day.clinic.operator(&command).unwrap_err().to_string();
        assert!(refused.contains("restore --recovered"), "{refused}");
    }
    assert!(!out.exists());

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

/// A laptop that is put back to an image of itself: its numbers have been used by another life of it.
#[test]
fn a_device_restored_from_an_image_is_given_new_numbers_and_nothing_is_doubled() {
    let mut day = Day::begin(6);
    let (shared, home) = (day.shared.clone(), day.clinic.home().join("devices").join("laptop"));
    let profile = home.join("profile");
    let reopen = |day: &mut Day| {
        day.devices[LAPTOP] = day.clinic.device("laptop").unwrap();
        day.devices[LAPTOP].unlock().unwrap();
    };
    let end = |day: &mut Day| {
        day.devices[LAPTOP].must(&json!({"command": "quit"})).unwrap();
        day.devices[LAPTOP].program().process().wait().unwrap();
    };
    // Something offline stands in the image too.
    day.clinic.kill_server().unwrap();
    day.write(LAPTOP, &shared, "Mood low.", "Mood low and tearful.");
    end(&mut day);
    let image = home.join("image");
    copy_directory(&profile, &image);
    reopen(&mut day);
    day.clinic.start_server().unwrap();
    day.sync(&[LAPTOP]);
    for (from, to) in
        [("Ate little.", "Ate little, drank enough."), ("Slept four hours.", "Slept five hours.")]
    {
        day.write(LAPTOP, &shared, from, to);
        day.sync(&[LAPTOP, DESK]);
    }
    end(&mut day);
    std::fs::remove_dir_all(&profile).unwrap();
    std::fs::rename(&image, &profile).unwrap();
    reopen(&mut day);
    day.write(LAPTOP, &shared, "Plans to call her sister.", "Plans to write to her sister.");
    let forked = "SELECT count(*) FROM command_result WHERE NOT repeated";
    let before: usize = day.clinic.sql(forked).unwrap().parse().unwrap();
    day.all();
    day.all();
    let after: usize = day.clinic.sql(forked).unwrap().parse().unwrap();
    assert_eq!(after, before + 1, "the new command once, and the one of the image not again");
    assert_eq!(day.clinic.sql("SELECT count(*) FROM quarantine").unwrap(), "0");
    for device in [LAPTOP, DESK, TABLET] {
        let status = day.devices[device].must(&json!({"command": "status"})).unwrap();
        assert_eq!((&status["outbox"], &status["alarm"]), (&json!(0), &json!(false)), "{status}");
        let shown = day.devices[device].must(&json!({"command": "note_show", "note_id": shared})).unwrap();
        let text = section_of(&shown, "narrative");
        for words in ["low and tearful", "drank enough", "five hours", "write to her sister"] {
            assert_eq!(text.matches(words).count(), 1, "{words:?} once in {text:?}");
        }
    }
}

fn copy_directory(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
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
