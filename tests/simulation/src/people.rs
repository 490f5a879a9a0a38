//! What people do: clients, appointments, notes, conflicts, signatures, assignments, late work.

use crate::ledger::{KnownNote, sentences};
use crate::story::Story;
use chrono::TimeDelta;
use mentalspace_app::api::Code;
use mentalspace_testkit::failure::Outcome;
use serde_json::{Value, json};

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
    pub(crate) async fn new_client(&mut self, laptop: usize) -> Outcome<()> {
        let number = self.ledger.clients.len();
        let input = json!({"facts": {"given_name": format!("Wren {number}"), "family_name": "Alder"}});
        if let Some(Ok(made)) = self.risk(laptop, "client_create", input, 20).await? {
            let id = text(&made["id"]);
            self.ledger.clients.push(id.clone());
            self.risk(laptop, "diagnosis_add", json!({"client_id": id, "code": "F41.1"}), 20).await?;
        }
        Ok(())
    }

    pub(crate) async fn change_client(&mut self, laptop: usize) -> Outcome<()> {
        let Some(client) = self.client() else { return Ok(()) };
        let phone = format!("404-555-{:04}", self.chance.below(10_000));
        let input = json!({"client_id": client, "facts": {"phone": phone}});
        self.risk(laptop, "client_update", input, 20).await?;
        Ok(())
    }

    pub(crate) async fn book(&mut self, laptop: usize) -> Outcome<()> {
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

    pub(crate) async fn new_note(&mut self, laptop: usize) -> Outcome<()> {
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

    pub(crate) async fn write(&mut self, laptop: usize) -> Outcome<()> {
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

    pub(crate) async fn write_addendum(
        &mut self,
        laptop: usize,
        note: &KnownNote,
        shown: &Value,
    ) -> Outcome<()> {
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
    pub(crate) async fn waiting(&mut self, laptop: usize) -> Option<KnownNote> {
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

    pub(crate) async fn settle(&mut self, laptop: usize) -> Outcome<()> {
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

    pub(crate) async fn confirm(&mut self, laptop: usize) -> Outcome<()> {
        let Some(note) = self.waiting(laptop).await else { return Ok(()) };
        if let Some(Ok(_)) = self.risk(laptop, "note_confirm", json!({"note_id": note.id}), 12).await? {
            self.count("confirmed");
        }
        Ok(())
    }

    pub(crate) async fn sign(&mut self, laptop: usize) -> Outcome<()> {
        let Some(note) = self.note(laptop) else { return Ok(()) };
        let input = json!({"note_id": note.id, "password": crate::laptop::PASSWORD});
        if let Some(Ok(_)) = self.risk(laptop, "note_sign", input, 8).await? {
            self.count("signed");
        }
        Ok(())
    }

    pub(crate) async fn sign_addendum(&mut self, laptop: usize) -> Outcome<()> {
        let Some((addendum, _)) = self.chance.pick(&self.ledger.addenda).cloned() else { return Ok(()) };
        let input = json!({"addendum_id": addendum, "password": crate::laptop::PASSWORD});
        if let Some(Ok(_)) = self.risk(laptop, "addendum_sign", input, 8).await? {
            self.count("addendum_signed");
        }
        Ok(())
    }

    pub(crate) async fn void(&mut self, laptop: usize) -> Outcome<()> {
        let Some(note) = self.note(laptop) else { return Ok(()) };
        let input = json!({"note_id": note.id, "reason": "Entered for the wrong client"});
        if let Some(Ok(_)) = self.risk(laptop, "note_void", input, 8).await? {
            self.count("voided");
        }
        Ok(())
    }

    /// Somebody who holds the chart takes late work in, or returns it.
    pub(crate) async fn rule(&mut self, laptop: usize) -> Outcome<()> {
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

    pub(crate) async fn assign(&mut self, laptop: usize) -> Outcome<()> {
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

    pub(crate) async fn unassign(&mut self, laptop: usize) -> Outcome<()> {
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
            self.unassigned.insert(client);
            self.count("unassigned");
        }
        Ok(())
    }

    pub(crate) fn client(&mut self) -> Option<String> {
        self.chance.pick(&self.ledger.clients).cloned()
    }

    /// A note for this laptop: mostly one of the last few of its own author.
    pub(crate) fn note(&mut self, laptop: usize) -> Option<KnownNote> {
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
