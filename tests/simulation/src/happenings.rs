//! What can happen: what people do, what machines do to them, and what the world does to both.

use crate::ledger::{KnownClient, KnownNote, sentences};
use crate::story::Story;
use chrono::TimeDelta;
use mentalspace_app::api::Code;
use mentalspace_testkit::failure::{Failure, Outcome};
use serde_json::{Value, json};

/// What can happen.
#[derive(Clone, Copy, Debug)]
enum Happening {
    NewClient,
    ChangeClient,
    Book,
    NewNote,
    Write,
    Settle,
    Confirm,
    Sign,
    SignAddendum,
    Void,
    Rule,
    Assign,
    Unassign,
    Sync,
    Lock,
    Restart,
    ClockJumps,
    Image,
    Rewind,
    Revoke,
    TimePasses,
    NightPasses,
    Backup,
    Restore,
    LateArrive,
}

/// How often what happens, of about a thousand.
const HAPPENINGS: &[(usize, Happening)] = &[
    (25, Happening::NewClient),
    (15, Happening::ChangeClient),
    (20, Happening::Book),
    (60, Happening::NewNote),
    (330, Happening::Write),
    (50, Happening::Settle),
    (30, Happening::Confirm),
    (55, Happening::Sign),
    (15, Happening::SignAddendum),
    (6, Happening::Void),
    (25, Happening::Rule),
    (20, Happening::Assign),
    (12, Happening::Unassign),
    (250, Happening::Sync),
    (10, Happening::Lock),
    (15, Happening::Restart),
    (8, Happening::ClockJumps),
    (8, Happening::Image),
    (5, Happening::Rewind),
    (2, Happening::Revoke),
    (60, Happening::TimePasses),
    (2, Happening::NightPasses),
    (6, Happening::Backup),
    (4, Happening::Restore),
    (15, Happening::LateArrive),
];

/// What a note needs before it can be signed, beside what people write into it.
pub(crate) const REST_OF_A_NOTE: &[(&str, &str)] = &[
    ("client_response", "She named two small steps and rated them as likely."),
    ("goals_addressed", "Sleep and daily activity."),
    ("risk", "Denies suicidal and homicidal ideation, plan and intent."),
    ("next_session", "In one week."),
    ("mental_status_brief", "Alert, oriented, mood low."),
];

/// The sections that people write into.
const WRITTEN: [&str; 2] = ["narrative", "interventions"];

impl Story<'_> {
    /// Enrols every laptop over an undisturbed network, and lets each fetch what there is.
    pub(crate) async fn enrol_all(&mut self) -> Outcome<()> {
        self.net.calm();
        for laptop in 0..self.laptops.len() {
            let member = self.practice.people[self.laptops[laptop].owner].clone();
            let code = self.practice.enrolment_code(&member).await?;
            let input = json!({
                "code": code, "password": crate::laptop::PASSWORD, "device_name": format!("laptop {laptop}"),
                "secret_place": "file",
            });
            let who = self.must(laptop, "enrol", input).await?;
            self.laptops[laptop].device = who["device_id"].as_str().unwrap_or_default().to_owned();
            self.must(laptop, "sync", json!({})).await?;
        }
        Ok(())
    }

    /// One chart with one note, on every laptop.
    pub(crate) async fn one_note(&mut self) -> Outcome<()> {
        self.new_client(0).await?;
        self.new_note(0).await?;
        for laptop in 0..self.laptops.len() {
            self.must(laptop, "sync", json!({})).await?;
        }
        Ok(())
    }

    /// A few charts with notes, which everybody has before anything goes wrong.
    pub(crate) async fn first_week(&mut self) -> Outcome<()> {
        for owner in 0..2 {
            let Some(laptop) = self.laptops.iter().position(|laptop| laptop.owner == owner) else { continue };
            for _ in 0..2 {
                self.new_client(laptop).await?;
            }
            for _ in 0..3 {
                self.new_note(laptop).await?;
            }
        }
        for _ in 0..2 {
            for laptop in 0..self.laptops.len() {
                self.must(laptop, "sync", json!({})).await?;
            }
        }
        Ok(())
    }

    /// A laptop for what happens: notes are written by clinicians, and it is mostly the manager who assigns.
    fn laptop_for(&mut self, happening: Happening) -> usize {
        let manages = matches!(happening, Happening::Assign | Happening::Unassign) && !self.chance.one_in(4);
        let anybody = matches!(
            happening,
            Happening::Sync | Happening::Lock | Happening::Restart | Happening::ClockJumps | Happening::Image
        );
        let fit: Vec<usize> = (0..self.laptops.len())
            .filter(|at| {
                let laptop = &self.laptops[*at];
                !laptop.erased && (anybody || self.practice.people[laptop.owner].treats != manages)
            })
            .collect();
        self.chance.pick(&fit).copied().unwrap_or_default()
    }

    /// Something that has to work.
    pub(crate) async fn must(&mut self, laptop: usize, name: &str, input: Value) -> Outcome<Value> {
        self.ask(laptop, name, input)
            .await
            .map_err(|error| Failure::Said(format!("laptop {laptop}: {name}: {}", error.message)))
    }

    /// One thing happens.
    pub(crate) async fn happen(&mut self) -> Outcome<()> {
        let Some(happening) = self.chance.weighted(HAPPENINGS) else { return Ok(()) };
        let laptop = self.laptop_for(happening);
        self.net.trace(format!("{happening:?} on {laptop}").as_bytes());
        match happening {
            Happening::TimePasses => {
                let minutes = 1 + self.chance.below(45);
                self.pass(TimeDelta::minutes(i64::try_from(minutes).unwrap_or(1)));
                return self.practice.between_requests().await;
            }
            Happening::NightPasses => {
                self.pass(TimeDelta::hours(15));
                self.count("night");
                return self.practice.between_requests().await;
            }
            Happening::Backup => return self.back_up().await,
            Happening::Restore => return self.restore_server().await,
            Happening::LateArrive => {
                self.net.deliver_late().await;
                return Ok(());
            }
            _ => {}
        }
        if self.laptops[laptop].erased {
            self.count("missed_erased");
            return Ok(());
        }
        if !self.laptops[laptop].is_open() && !self.unlock(laptop).await {
            self.count("missed_locked");
            return Ok(());
        }
        match happening {
            Happening::NewClient => self.new_client(laptop).await,
            Happening::ChangeClient => self.change_client(laptop).await,
            Happening::Book => self.book(laptop).await,
            Happening::NewNote => self.new_note(laptop).await,
            Happening::Write => self.write(laptop).await,
            Happening::Settle => self.settle(laptop).await,
            Happening::Confirm => self.confirm(laptop).await,
            Happening::Sign => self.sign(laptop).await,
            Happening::SignAddendum => self.sign_addendum(laptop).await,
            Happening::Void => self.void(laptop).await,
            Happening::Rule => self.rule(laptop).await,
            Happening::Assign => self.assign(laptop).await,
            Happening::Unassign => self.unassign(laptop).await,
            Happening::Sync => self.sync(laptop).await,
            Happening::Lock => {
                self.must(laptop, "lock", json!({})).await?;
                Ok(())
            }
            Happening::Restart => {
                // Killed at rest: nothing is under way, and nothing is told to the process.
                self.laptops[laptop].restart()?;
                self.count("restart");
                self.unlock(laptop).await;
                Ok(())
            }
            Happening::ClockJumps => {
                let days =
                    [-270_i64, -1, 0, 0, 1, 365].get(self.chance.below(6)).copied().unwrap_or_default();
                self.laptops[laptop].clock.is_wrong_by(TimeDelta::days(days));
                self.count("clock_jumps");
                Ok(())
            }
            Happening::Image => {
                self.laptops[laptop].take_image()?;
                self.images.insert(laptop, self.ledger.words.len());
                Ok(())
            }
            Happening::Rewind => self.rewind(laptop).await,
            Happening::Revoke => self.revoke().await,
            Happening::TimePasses
            | Happening::NightPasses
            | Happening::Backup
            | Happening::Restore
            | Happening::LateArrive => Ok(()),
        }
    }

    async fn new_client(&mut self, laptop: usize) -> Outcome<()> {
        let number = self.ledger.clients.len();
        let input = json!({"facts": {"given_name": format!("Wren {number}"), "family_name": "Alder"}});
        let owner = self.laptops[laptop].owner;
        if let Some(Ok(made)) = self.risk(laptop, "client_create", input, 20).await? {
            let id = text(&made["id"]);
            self.ledger.clients.push(KnownClient { id: id.clone(), by: owner });
            self.risk(laptop, "diagnosis_add", json!({"client_id": id, "code": "F41.1"}), 20).await?;
        }
        Ok(())
    }

    async fn change_client(&mut self, laptop: usize) -> Outcome<()> {
        let Some(client) = self.client() else { return Ok(()) };
        let phone = format!("404-555-{:04}", self.chance.below(10_000));
        let input = json!({"client_id": client, "facts": {"phone": phone}});
        self.risk(laptop, "client_update", input, 20).await?;
        Ok(())
    }

    async fn book(&mut self, laptop: usize) -> Outcome<()> {
        let Some(client) = self.client() else { return Ok(()) };
        let day = (self.practice.now() + TimeDelta::days(1)).date_naive();
        let hour = 8 + self.chance.below(9);
        let input = json!({
            "client_id": client, "date": day.to_string(), "start": format!("{hour:02}:00"),
            "end": format!("{hour:02}:50"), "service": "Individual therapy",
        });
        if let Some(Ok(made)) = self.risk(laptop, "appointment_book", input, 20).await? {
            self.ledger.appointments.push(text(&made["id"]));
        }
        if let Some(appointment) = self.chance.pick(&self.ledger.appointments).cloned() {
            let input = json!({"appointment_id": appointment, "reason": "Ill"});
            if self.chance.one_in(3) {
                self.risk(laptop, "appointment_cancel", input, 20).await?;
            }
        }
        Ok(())
    }

    async fn new_note(&mut self, laptop: usize) -> Outcome<()> {
        let Some(client) = self.client() else { return Ok(()) };
        let sentence = self.ledger.compose(laptop, &client);
        let mut sections = serde_json::Map::new();
        sections.insert(WRITTEN[0].to_owned(), json!(sentence));
        for (key, words) in REST_OF_A_NOTE {
            sections.insert((*key).to_owned(), json!(words));
        }
        let day = self.practice.now().date_naive();
        let input = json!({
            "client_id": client, "format": "narrative", "sections": sections,
            "fields": {"service_date": day.to_string(), "start_time": "09:00", "end_time": "09:50",
                       "modality": "in_person", "risk_level": "low", "attendance": "attended",
                       "late_reason": "Written late."},
        });
        let author = self.laptops[laptop].owner;
        if let Some(Ok(made)) = self.risk(laptop, "note_create", input, 20).await? {
            let id = text(&made["id"]);
            self.ledger.saved(&sentence);
            self.ledger.notes.push(KnownNote { id: id.clone(), client: client.clone(), author });
            let chart = self.ask(laptop, "chart", json!({"client_id": client})).await.unwrap_or_default();
            if let Some(diagnosis) = chart["diagnoses"][0]["diagnosis_id"].as_str() {
                let input = json!({"note_id": id, "add_diagnoses": [diagnosis],
                                   "sections": {"interventions": "Sleep scheduling was reviewed."}});
                self.risk(laptop, "note_patch", input, 20).await?;
            }
        }
        Ok(())
    }

    async fn write(&mut self, laptop: usize) -> Outcome<()> {
        let Some(note) = self.note(laptop) else {
            self.count("missed_no_note");
            return Ok(());
        };
        let Ok(shown) = self.ask(laptop, "note_show", json!({"note_id": note.id})).await else {
            self.count("missed_not_held");
            return Ok(());
        };
        if shown["is_editable"] != json!(true) {
            return self.write_addendum(laptop, &note, &shown).await;
        }
        let key = WRITTEN[self.chance.below(WRITTEN.len())];
        let before = section(&shown, key);
        let sentence = self.ledger.compose(laptop, &note.client);
        let mut all: Vec<&str> = sentences(&before).collect();
        let at = self.chance.below(all.len() + 1);
        all.insert(at, &sentence);
        let input = json!({"note_id": note.id, "sections": {key: {"from": before, "to": all.join(" ")}}});
        let name = if self.chance.one_in(3) { "note_typing" } else { "note_patch" };
        match self.risk(laptop, name, input, 12).await? {
            Some(Ok(_)) => {
                self.ledger.saved(&sentence);
                self.count("written");
                self.reads_its_own_writes(laptop, &note.id, &sentence).await;
            }
            Some(Err(error)) => {
                let expected = matches!(
                    error.code,
                    Code::NotAllowed | Code::NotAuthor | Code::NotFound | Code::Locked | Code::AlreadySigned
                );
                self.check(expected, || format!("a sentence was not taken: {error:?}"));
                self.count("write_refused");
            }
            None => {}
        }
        Ok(())
    }

    async fn write_addendum(&mut self, laptop: usize, note: &KnownNote, shown: &Value) -> Outcome<()> {
        let standing = shown["row"]["standing"].as_str().unwrap_or_default();
        if !matches!(standing, "signed" | "awaiting_receipt") || shown["row"]["is_mine"] != json!(true) {
            return Ok(());
        }
        let sentence = self.ledger.compose(laptop, &note.client);
        let input = json!({"note_id": note.id, "sections": {"addendum": {"from": "", "to": sentence}}, "reason": "Left out."});
        if let Some(Ok(made)) = self.risk(laptop, "addendum_write", input, 12).await? {
            self.ledger.saved(&sentence);
            self.ledger.addenda.push((text(&made["id"]), note.id.clone()));
            self.count("addendum_written");
            self.reads_its_own_writes(laptop, &note.id, &sentence).await;
        }
        Ok(())
    }

    /// Whoever saves a sentence sees it, at once and after every sync, for as long as she has the chart.
    pub(crate) async fn reads_its_own_writes(&mut self, laptop: usize, note: &str, sentence: &str) {
        let Ok(shown) = self.ask(laptop, "note_show", json!({"note_id": note})).await else { return };
        if shown.to_string().contains(sentence) {
            self.check(true, String::new);
            return;
        }
        let history = self.ask(laptop, "note_history", json!({"note_id": note})).await.unwrap_or_default();
        let kept = history.to_string().contains(sentence);
        self.check(kept, || {
            format!("I13: laptop {laptop} does not see what it saved in note {note}: {sentence}")
        });
    }

    /// A note that waits for whoever has this laptop, where one does.
    async fn waiting(&mut self, laptop: usize) -> Option<KnownNote> {
        let status = self.ask(laptop, "status", json!({})).await.ok()?;
        let waiting: Vec<String> = status["notes"]
            .as_object()?
            .iter()
            .filter(|(_, word)| **word == json!("review"))
            .map(|(note, _)| note.clone())
            .collect();
        let id = self.chance.pick(&waiting)?.clone();
        self.ledger.notes.iter().find(|note| note.id == id).cloned()
    }

    async fn settle(&mut self, laptop: usize) -> Outcome<()> {
        let Some(note) = self.waiting(laptop).await else { return Ok(()) };
        let Ok(shown) = self.ask(laptop, "note_show", json!({"note_id": note.id})).await else {
            return Ok(());
        };
        let Some(branch) = shown["branches"].as_array().and_then(|branches| branches.first()) else {
            return Ok(());
        };
        let mut chosen = serde_json::Map::new();
        for part in
            branch["sections"].as_array().into_iter().flatten().filter(|part| part["part"] == "section")
        {
            let (current, incoming) = (text(&part["current"]), text(&part["incoming"]));
            let mut all: Vec<&str> = sentences(&current).collect();
            let missing: Vec<&str> =
                sentences(&incoming).filter(|sentence| !all.contains(sentence)).collect();
            all.extend(missing);
            chosen.insert(text(&part["key"]), json!({"from": current, "to": all.join(" ")}));
        }
        let input = json!({"note_id": note.id, "branch_id": branch["branch_id"], "sections": chosen});
        if let Some(Ok(_)) = self.risk(laptop, "note_resolve", input, 12).await? {
            self.count("conflict_settled");
        }
        Ok(())
    }

    async fn confirm(&mut self, laptop: usize) -> Outcome<()> {
        let Some(note) = self.waiting(laptop).await else { return Ok(()) };
        if let Some(Ok(_)) = self.risk(laptop, "note_confirm", json!({"note_id": note.id}), 12).await? {
            self.count("confirmed");
        }
        Ok(())
    }

    async fn sign(&mut self, laptop: usize) -> Outcome<()> {
        let Some(note) = self.note(laptop) else { return Ok(()) };
        let input = json!({"note_id": note.id, "password": crate::laptop::PASSWORD});
        if let Some(Ok(_)) = self.risk(laptop, "note_sign", input, 8).await? {
            self.count("signed");
        }
        Ok(())
    }

    async fn sign_addendum(&mut self, laptop: usize) -> Outcome<()> {
        let Some((addendum, _)) = self.chance.pick(&self.ledger.addenda).cloned() else { return Ok(()) };
        let input = json!({"addendum_id": addendum, "password": crate::laptop::PASSWORD});
        if let Some(Ok(_)) = self.risk(laptop, "addendum_sign", input, 8).await? {
            self.count("addendum_signed");
        }
        Ok(())
    }

    async fn void(&mut self, laptop: usize) -> Outcome<()> {
        let Some(note) = self.note(laptop) else { return Ok(()) };
        let input = json!({"note_id": note.id, "reason": "Entered for the wrong client"});
        if let Some(Ok(_)) = self.risk(laptop, "note_void", input, 8).await? {
            self.count("voided");
        }
        Ok(())
    }

    /// Somebody who holds the chart takes late work in, or returns it.
    async fn rule(&mut self, laptop: usize) -> Outcome<()> {
        let Ok(listed) = self.ask(laptop, "quarantine", json!({})).await else { return Ok(()) };
        let waiting = listed["waiting"].as_array().cloned().unwrap_or_default();
        let Some(row) = self.chance.pick(&waiting).cloned() else { return Ok(()) };
        let about = json!({"note_id": row["note_id"], "author_id": row["author_id"]});
        let Ok(shown) = self.ask(laptop, "quarantine_show", about).await else { return Ok(()) };
        let (name, counted) = if self.chance.one_in(3) {
            ("quarantine_return", "work_returned")
        } else {
            ("quarantine_accept", "work_accepted")
        };
        let works: Vec<Value> = shown["pieces"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|piece| piece["ruling"].is_null())
            .map(|piece| piece["work_id"].clone())
            .collect();
        let input = json!({"note_id": row["note_id"], "author_id": row["author_id"], "works": works, "reason": "Looked at."});
        if let Some(Ok(_)) = self.risk(laptop, name, input, 12).await? {
            self.count(counted);
        }
        Ok(())
    }

    async fn assign(&mut self, laptop: usize) -> Outcome<()> {
        let Some(client) = self.client() else { return Ok(()) };
        let treats = self.practice.people.iter().filter(|member| member.treats).count();
        let whom = self.practice.people[self.chance.below(treats)].id.to_string();
        let reason = if self.chance.one_in(2) { "treating" } else { "covering" };
        let input = json!({"client_id": client, "clinician_id": whom, "reason": reason});
        if let Some(Ok(_)) = self.risk(laptop, "caseload_assign", input, 12).await? {
            self.count("assigned");
        }
        Ok(())
    }

    async fn unassign(&mut self, laptop: usize) -> Outcome<()> {
        let Some(client) = self.client() else { return Ok(()) };
        let Ok(chart) = self.ask(laptop, "chart", json!({"client_id": client})).await else { return Ok(()) };
        let current: Vec<String> = chart["assignments"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|assignment| assignment["ended_on"].is_null())
            .map(|assignment| text(&assignment["assignment_id"]))
            .collect();
        let Some(assignment) = self.chance.pick(&current).cloned() else { return Ok(()) };
        let input = json!({"client_id": client, "assignment_id": assignment});
        if let Some(Ok(_)) = self.risk(laptop, "caseload_unassign", input, 12).await? {
            self.unassigned.push((client, self.ledger.words.len()));
            self.count("unassigned");
        }
        Ok(())
    }

    pub(crate) async fn sync(&mut self, laptop: usize) -> Outcome<()> {
        let mut input = json!({"rows": 100});
        if self.chance.one_in(4) {
            input["pages"] = json!(1 + self.chance.below(2));
        }
        let answer = self.risk(laptop, "sync", input, 6).await?;
        let most = self.net.begin_sync();
        self.check(most <= 3, || {
            format!("I15: laptop {laptop} sent the same request {most} times in one sync")
        });
        self.after_sync(laptop, answer).await?;
        // Something that it has saved is looked for again.
        let own: Vec<usize> =
            (0..self.ledger.words.len()).filter(|at| self.ledger.words[*at].laptop == laptop).collect();
        if let Some(at) = self.chance.pick(&own).copied() {
            let word = self.ledger.words[at].clone();
            if word.saved && !self.ledger.excused.contains_key(&word.sentence) {
                self.still_sees(laptop, &word.client, &word.sentence).await;
            }
        }
        Ok(())
    }

    /// A sentence that was saved is seen in the chart, for as long as the laptop holds it.
    async fn still_sees(&mut self, laptop: usize, client: &str, sentence: &str) {
        if self.restored_to.is_some() || !self.laptops[laptop].is_open() {
            // After a restore it may be on its way for a while; the end of the story sees to it.
            return;
        }
        let Ok(chart) = self.ask(laptop, "chart", json!({"client_id": client})).await else { return };
        if chart["clinical"] != json!("ready") {
            return;
        }
        for note in chart["notes"].as_array().into_iter().flatten() {
            let input = json!({"note_id": note["note_id"]});
            for call in ["note_show", "note_history"] {
                let shown = self.ask(laptop, call, input.clone()).await.unwrap_or_default();
                if shown.to_string().contains(sentence) {
                    self.check(true, String::new);
                    return;
                }
            }
        }
        // It may be in the quarantine, or in a command that was refused: the journal has that.
        let journal = self.ask(laptop, "journal", json!({})).await.unwrap_or_default();
        let told = journal
            .as_array()
            .into_iter()
            .flatten()
            .any(|entry| matches!(entry["outcome"].as_str(), Some("rejected" | "quarantined")));
        self.check(told, || format!("I13: laptop {laptop} has lost sight of what it saved: {sentence}"));
    }

    pub(crate) async fn after_sync(
        &mut self,
        laptop: usize,
        answer: Option<Result<Value, mentalspace_app::api::ApiError>>,
    ) -> Outcome<()> {
        match answer {
            Some(Ok(report)) => {
                self.count("sync_done");
                if report["revoked"] == json!(true) {
                    self.laptops[laptop].erased = true;
                    self.count("laptop_erased");
                }
                if report["repaired"].as_u64().unwrap_or_default() > 0 {
                    self.count("repaired");
                }
                let alarm = report["status"]["alarm"] == json!(true);
                if alarm && self.restored_to.is_some() {
                    // Something signed is not on the restored server yet: said until its laptop has come back.
                    self.count("alarm_after_restore");
                } else {
                    self.check(!alarm, || format!("laptop {laptop} raises an alarm: {report}"));
                }
            }
            Some(Err(error)) => {
                self.count("sync_failed");
                if error.code == Code::SignInNeeded {
                    let input = json!({"password": crate::laptop::PASSWORD});
                    let answer = self.ask(laptop, "sign_in", input).await;
                    self.count(if answer.is_ok() { "signed_in_again" } else { "sign_in_failed" });
                } else if !self.laptops[laptop].is_open() {
                    // It was revoked and could not hand everything over: it tries again when it is opened again.
                    self.laptops[laptop].restart()?;
                    self.count("leaving_interrupted");
                } else {
                    let expected = matches!(error.code, Code::Unreachable | Code::ServerRefused);
                    self.check(expected, || format!("laptop {laptop} cannot sync: {error:?}"));
                }
            }
            None => {}
        }
        Ok(())
    }

    /// The manager takes a clinician's laptop away, at most one in a story.
    async fn revoke(&mut self) -> Outcome<()> {
        let Some(manager) =
            self.laptops.iter().position(|laptop| self.practice.people[laptop.owner].login == "marsh")
        else {
            return Ok(());
        };
        if !self.laptops[manager].is_open() || self.reached.contains_key("revoked") {
            return Ok(());
        }
        let victim = self.laptops.iter().position(|laptop| laptop.owner == 0).unwrap_or_default();
        if self.laptops[victim].erased {
            return Ok(());
        }
        let device = self.laptops[victim].device.clone();
        if self.practice.revoke(&device).await? {
            self.count("revoked");
        }
        Ok(())
    }

    fn client(&mut self) -> Option<String> {
        self.chance.pick(&self.ledger.clients).map(|client| client.id.clone())
    }

    /// A note for this laptop: mostly one of the last few of its own author.
    fn note(&mut self, laptop: usize) -> Option<KnownNote> {
        let owner = self.laptops[laptop].owner;
        let own: Vec<KnownNote> =
            self.ledger.notes.iter().filter(|note| note.author == owner).cloned().collect();
        if own.is_empty() || self.chance.one_in(8) {
            return self.chance.pick(&self.ledger.notes).cloned();
        }
        let late = own.len().saturating_sub(4);
        self.chance.pick(&own[late..]).cloned()
    }
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

pub(crate) fn section(note: &Value, key: &str) -> String {
    let sections = note["sections"].as_array();
    let found = sections.into_iter().flatten().find(|section| section["key"] == key);
    found.map(|section| text(&section["text"])).unwrap_or_default()
}
