//! A practice's day on five devices, and what is compared of it before and after.

use mentalspace_testkit::clinic::{Clinic, Device, PASSWORD};
use mentalspace_testkit::postgres::find_programs;
use mentalspace_tests::charts::{Chart, begin_chart, begin_note, complete_note, id};
use mentalspace_tests::notes::section_of;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The devices: three of one therapist, one of another, one at the front desk.
pub(crate) const DEVICES: [(&str, &str); 5] =
    [("rivera", "laptop"), ("rivera", "desk"), ("rivera", "tablet"), ("chen", "bag"), ("okafor", "front")];
pub(crate) const LAPTOP: usize = 0;
pub(crate) const DESK: usize = 1;
pub(crate) const TABLET: usize = 2;
pub(crate) const BAG: usize = 3;
pub(crate) const FRONT: usize = 4;

/// The steps of the day. The backup is taken after one of them; what comes later is only on the devices.
pub(crate) const STEPS: usize = 10;

/// Rounds in which every device syncs once, until nothing waits for another any more.
pub(crate) const ROUNDS: usize = 12;

/// A stream of numbers from a seed (`SplitMix64`).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % below as u64).unwrap()
    }

    pub(crate) fn order(&mut self) -> Vec<usize> {
        let mut left: Vec<usize> = (0..DEVICES.len()).collect();
        (0..DEVICES.len()).map(|_| left.remove(self.roll(left.len()))).collect()
    }
}

/// The practice with its devices and what they write about.
pub(crate) struct Day {
    pub(crate) clinic: Clinic,
    pub(crate) devices: Vec<Device>,
    pub(crate) wren: Chart,
    /// Notes by what happens to them.
    pub(crate) shared: String,
    pub(crate) disputed: String,
    pub(crate) signed: String,
    pub(crate) users: BTreeMap<&'static str, String>,
    pub(crate) dice: Dice,
}

impl Day {
    pub(crate) fn begin(seed: u64) -> Self {
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

    pub(crate) fn sync(&mut self, devices: &[usize]) {
        for device in devices {
            self.devices[*device].sync().unwrap();
        }
    }

    pub(crate) fn write(&mut self, device: usize, note: &str, from: &str, to: &str) {
        let device = &mut self.devices[device];
        let shown = device.must(&json!({"command": "note_show", "note_id": note})).unwrap();
        let text = section_of(&shown, "narrative");
        assert!(text.contains(from), "{from:?} is not in {text:?}");
        let sections = json!({"narrative": text.replace(from, to)});
        device.must(&json!({"command": "note_patch", "note_id": note, "sections": sections})).unwrap();
    }

    pub(crate) fn sign(&mut self, device: usize, note: &str) {
        let sign = json!({"command": "note_sign", "note_id": note, "password": PASSWORD});
        self.devices[device].must(&sign).unwrap();
    }

    /// One step of work, acknowledged by the server when it is over.
    pub(crate) fn step(&mut self, step: usize) {
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
            // A telephone number, mistyped by the one and corrected by the other: the correction has to stand.
            8 => {
                let client = self.wren.client.clone();
                for (device, from, to) in [(LAPTOP, "", "555-0102"), (FRONT, "555-0102", "555-0120")] {
                    let facts = json!({"phone": {"from": from, "to": to}});
                    let update = json!({"command": "client_update", "client_id": client, "facts": facts});
                    self.sync(&[device]);
                    self.devices[device].must(&update).unwrap();
                    self.sync(&[device]);
                }
            }
            _ => {
                self.write(DESK, &shared, "Ate little.", "Ate little, drank enough.");
                self.sync(&[DESK]);
            }
        }
    }

    pub(crate) fn all(&mut self) {
        self.sync(&[LAPTOP, DESK, TABLET, BAG, FRONT]);
    }

    /// What every device shows of everything, and what the server counts of it.
    pub(crate) fn truth(&mut self) -> Truth {
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

    pub(crate) fn backup(&self, name: &str) -> PathBuf {
        let file = self.clinic.home().join(name);
        let programs = find_programs().unwrap();
        let (file_text, programs) = (file.display().to_string(), programs.display().to_string());
        self.clinic.operator(&["backup", "--out", &file_text, "--programs", &programs]).unwrap();
        file
    }

    pub(crate) fn restore(&mut self, file: &std::path::Path) {
        self.restore_waiting(file, 24);
    }

    pub(crate) fn restore_waiting(&mut self, file: &std::path::Path, hours: u32) {
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
    pub(crate) fn return_all(&mut self) -> Result<usize, String> {
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
pub(crate) struct Truth {
    pub(crate) shown: BTreeMap<String, BTreeMap<String, Value>>,
    pub(crate) records: Vec<String>,
    pub(crate) commands: Vec<String>,
    pub(crate) kept: Vec<String>,
}

/// Every note that a device shows, in what matters to whoever reads it.
pub(crate) fn everything(device: &mut Device) -> BTreeMap<String, Value> {
    let mut shown = BTreeMap::new();
    let clients = device.must(&json!({"command": "clients"})).unwrap();
    for client in clients.as_array().unwrap() {
        let client = client["client_id"].as_str().unwrap();
        let chart = device.must(&json!({"command": "chart", "client_id": client})).unwrap();
        shown.insert(client.to_owned(), json!([chart["client"]["name"], chart["facts"]]));
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
pub(crate) fn check(day: &mut Day, before: &Truth) -> Result<(), String> {
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
