//! Several laptops of one therapist that write and sync at the same time, and what must hold when the trouble is over.

use crate::charts::THERAPIST;
use crate::faults::desk::{Laptop, SECTION, Told, standing};
use crate::faults::ledger::{Ledger, tokens};
use crate::faults::tally::{Tally, Wrong};
use crate::network::code_through;
use crate::notes::section_of;
use mentalspace_testkit::clinic::{Clinic, PASSWORD};
use mentalspace_testkit::failure::{Failure, Outcome};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// After the trouble is over, everybody has everything within this time, without a restart.
pub const HEALED_WITHIN: Duration = Duration::from_secs(30);

/// A laptop with what stands on its screen.
#[derive(Debug)]
pub struct Member {
    /// The laptop.
    pub laptop: Laptop,
    note: String,
    screen: String,
}

/// How a laptop reaches the server.
#[derive(Debug, Default)]
pub struct Way {
    /// The address that it is given; the server's own where that is none.
    pub server: Option<String>,
    /// The words that its program is started by.
    pub through: Vec<String>,
}

/// The laptops.
#[derive(Debug)]
pub struct Fleet {
    /// They.
    pub members: Vec<Member>,
    ledger: Mutex<Ledger>,
    tally: Mutex<Tally>,
    client: String,
    shared: String,
    /// When the last trouble was over.
    calm_since: Instant,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Fleet {
    /// A laptop for each of `ways`, enrolled and synced, with a chart and a note that all of them write in.
    ///
    /// # Errors
    /// They could not be set up.
    pub fn enrolled(clinic: &Clinic, ways: &[Way]) -> Outcome<Self> {
        let mut members = Vec::new();
        for (number, Way { server, through }) in ways.iter().enumerate() {
            // One at a time: a new code ends the one before.
            let code = match server {
                Some(server) => code_through(clinic, THERAPIST, server.clone())?,
                None => clinic.code(THERAPIST)?,
            };
            let name = format!("laptop {number}");
            let through: Vec<&str> = through.iter().map(String::as_str).collect();
            let mut laptop = Laptop::through(clinic, &name, &through)?;
            laptop
                .must(&json!({"command": "enrol", "code": code, "password": PASSWORD, "device_name": name,
                                "secret_place": "file"}))?;
            laptop.must(&json!({"command": "sync"}))?;
            members.push(Member { laptop, note: String::new(), screen: String::new() });
        }
        let first = &mut members[0].laptop;
        let made = first.must(
            &json!({"command": "client_create", "facts": {"given_name": "Wren", "family_name": "Alder"}}),
        )?;
        let client = made["id"].as_str().unwrap_or_default().to_owned();
        let shared = new_note(first, &client)?;
        first.must(&json!({"command": "sync"}))?;
        let ledger = Mutex::new(Ledger::new(&clinic.home().join("ledger"))?);
        let mut fleet =
            Self { members, ledger, tally: Mutex::default(), client, shared, calm_since: Instant::now() };
        for member in &mut fleet.members {
            member.laptop.must(&json!({"command": "sync"}))?;
        }
        Ok(fleet)
    }

    /// `count` laptops on the clinic's own network.
    ///
    /// # Errors
    /// They could not be set up.
    pub fn of(clinic: &Clinic, count: usize) -> Outcome<Self> {
        let ways: Vec<Way> = (0..count).map(|_| Way::default()).collect();
        Self::enrolled(clinic, &ways)
    }

    /// Lets all of them write and sync while `trouble` is made; gives what that gave.
    ///
    /// # Errors
    /// A laptop does not answer or ends; `trouble` failed.
    pub fn work_during<T>(&mut self, trouble: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
        for member in &mut self.members {
            member.note = new_note(&mut member.laptop, &self.client)?;
            member.screen.clear();
            held(&self.ledger).acknowledge(&member.note, "")?;
        }
        let is_over = AtomicBool::new(false);
        let (ledger, tally, shared) = (&self.ledger, &self.tally, self.shared.as_str());
        let (troubled, calm_since) = std::thread::scope(|scope| {
            let workers: Vec<_> = self
                .members
                .iter_mut()
                .map(|member| scope.spawn(|| member.work(shared, ledger, tally, &is_over)))
                .collect();
            let troubled = trouble();
            let calm_since = Instant::now();
            is_over.store(true, Ordering::SeqCst);
            for worker in workers {
                worker.join().map_err(|_| Failure::Said("a laptop's driver panicked".into()))??;
            }
            Ok::<_, Failure>((troubled, calm_since))
        })?;
        self.calm_since = calm_since;
        troubled
    }

    /// Waits until every laptop has everything, all of them at once, and compares them with each other and the ledger.
    ///
    /// # Errors
    /// A laptop does not answer.
    pub fn heal(&mut self, kind: &str, case: &str, tally: &mut Tally) -> Outcome<()> {
        let begun = self.calm_since;
        let is_settled = loop {
            let (all, ledger) = (&mut self.members, &self.ledger);
            let synced: Vec<Outcome<bool>> = std::thread::scope(|scope| {
                let runs: Vec<_> = all.iter_mut().map(|member| scope.spawn(|| member.settle())).collect();
                runs.into_iter()
                    .map(|run| run.join().unwrap_or_else(|_| Err(Failure::Said("a driver panicked".into()))))
                    .collect()
            });
            let synced: Vec<bool> = synced.into_iter().collect::<Outcome<_>>()?;
            let places = held(ledger).places();
            if synced.into_iter().all(|done| done) && self.are_equal(&places)? {
                break true;
            }
            if begun.elapsed() > HEALED_WITHIN {
                break false;
            }
        };
        let took = begun.elapsed();
        if !is_settled || took > HEALED_WITHIN {
            tally.wrong(Wrong::Corrupt, format!("{case}: not equal {took:?} after the trouble was over"));
        }
        tally.reach(&format!("{kind}.healed"));
        let worst = tally.met(&format!("{kind}.slowest_heal_ms"));
        let took = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        tally.add(&format!("{kind}.slowest_heal_ms"), took.saturating_sub(worst));
        self.compare(case, tally)?;
        for (what, times) in std::mem::take(&mut *held(&self.tally)).reached() {
            tally.add(&format!("{kind}.{what}"), *times);
        }
        Ok(())
    }

    /// Whether all laptops show the same in all places: text, and what waits beside it. An edit that another laptop parks
    /// last of all changes no text.
    fn are_equal(&mut self, places: &[String]) -> Outcome<bool> {
        let shared = self.shared.clone();
        for place in places.iter().chain([&shared]).filter(|place| !place.starts_with("client ")) {
            let mut sights = BTreeSet::new();
            for member in &mut self.members {
                let shown = member.laptop.ask(&json!({"command": "note_show", "note_id": place}))?;
                sights.insert(match shown {
                    Told::Done(shown) => {
                        let beside = shown["branches"].to_string();
                        format!("{} {:?}", shown["text_hash"], tokens(&beside))
                    }
                    other => format!("{other:?}"),
                });
            }
            if sights.len() > 1 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn compare(&mut self, case: &str, tally: &mut Tally) -> Outcome<()> {
        let ledger = self.ledger.get_mut().unwrap_or_else(PoisonError::into_inner);
        let nobody = BTreeSet::new();
        // What was compared once and settled is asked for again only of one laptop: equality was shown above.
        let laptop = &mut self.members[0].laptop;
        for place in ledger.places() {
            if place == self.shared {
                continue;
            }
            let stands = standing(laptop, &place, &nobody, tally, case)?;
            ledger.compare(&place, &stands, tally, case);
            ledger.settle(&place, &stands)?;
        }
        let shown = laptop.must(&json!({"command": "note_show", "note_id": self.shared}))?;
        let history = laptop.must(&json!({"command": "note_history", "note_id": self.shared}))?;
        ledger.compare_shared(
            &self.shared,
            &section_of(&shown, SECTION),
            &format!("{shown} {history}"),
            tally,
            case,
        );
        Ok(())
    }
}

fn new_note(laptop: &mut Laptop, client: &str) -> Outcome<String> {
    let made = laptop.must(&json!({
        "command": "note_create", "client_id": client, "format": "narrative",
        "fields": {"service_date": "2026-11-20", "start_time": "09:00", "end_time": "09:50"},
    }))?;
    Ok(made["id"].as_str().unwrap_or_default().to_owned())
}

impl Member {
    /// Writes and syncs until it is over.
    fn work(
        &mut self,
        shared: &str,
        ledger: &Mutex<Ledger>,
        tally: &Mutex<Tally>,
        is_over: &AtomicBool,
    ) -> Outcome<()> {
        let mut round = 0_u32;
        while !is_over.load(Ordering::SeqCst) {
            round += 1;
            match round % 4 {
                1 => self.take_client(ledger)?,
                3 => self.write_shared(shared, ledger)?,
                _ => self.write_own(ledger)?,
            }
            held(tally).reach("acknowledged");
            match self.laptop.ask(&json!({"command": "sync"}))? {
                Told::Done(_) => held(tally).reach("synced"),
                Told::Refused(error) => {
                    held(tally).reach(&format!("sync_{}", error["code"].as_str().unwrap_or("refused")));
                }
                Told::Died => return Err(Failure::Said("a laptop's program ended".into())),
            }
        }
        Ok(())
    }

    fn write_own(&mut self, ledger: &Mutex<Ledger>) -> Outcome<()> {
        let token = held(ledger).token();
        self.screen = format!("{} She said {token}.", self.screen).trim_start().to_owned();
        self.laptop.must(
            &json!({"command": "note_patch", "note_id": self.note, "sections": {SECTION: self.screen}}),
        )?;
        held(ledger).acknowledge(&self.note, &self.screen)
    }

    /// Adds a sentence to what stands in the note that the others write in too.
    fn write_shared(&mut self, shared: &str, ledger: &Mutex<Ledger>) -> Outcome<()> {
        let token = held(ledger).token();
        let shown = self.laptop.must(&json!({"command": "note_show", "note_id": shared}))?;
        let text = format!("{} They said {token}.", section_of(&shown, SECTION)).trim_start().to_owned();
        self.laptop
            .must(&json!({"command": "note_patch", "note_id": shared, "sections": {SECTION: text}}))?;
        held(ledger).acknowledge(shared, &text)
    }

    fn take_client(&mut self, ledger: &Mutex<Ledger>) -> Outcome<()> {
        let token = held(ledger).token();
        self.laptop.must(
            &json!({"command": "client_create", "facts": {"given_name": "Ash", "family_name": token}}),
        )?;
        held(ledger).acknowledge(&format!("client {token}"), &token)
    }

    /// Syncs once; gives whether this laptop has sent and fetched everything.
    fn settle(&mut self) -> Outcome<bool> {
        match self.laptop.ask(&json!({"command": "sync"}))? {
            Told::Done(report) => {
                Ok(report["complete"] == json!(true) && report["status"]["outbox"] == json!(0))
            }
            Told::Refused(_) => Ok(false),
            Told::Died => Err(Failure::Said("a laptop's program ended".into())),
        }
    }
}
