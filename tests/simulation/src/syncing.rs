//! What laptops do: sync, and what is looked for after it.

use crate::story::Story;
use mentalspace_app::api::Code;
use mentalspace_testkit::failure::Outcome;
use serde_json::{Value, json};

impl Story<'_> {
    pub(crate) async fn sync(&mut self, laptop: usize) -> Outcome<()> {
        let mut input = json!({"rows": 100});
        if self.chance.one_in(4) {
            input["pages"] = json!(1 + self.chance.below(2));
        }
        let answer = self.risk(laptop, "sync", input, 6).await?;
        self.asked_seldom(laptop);
        self.after_sync(laptop, answer).await?;
        // Something that it has saved is looked for again. Put back to an image, it has to fetch what it wrote before
        // (seed 7112), and hears no more of what was refused of that (seed 213): there the end of the story sees to it.
        let lives = self.rewound.iter().filter(|(rewound, ..)| *rewound == laptop);
        let since = lives.map(|(.., now)| *now).max().unwrap_or_default();
        let own: Vec<usize> =
            (since..self.ledger.words.len()).filter(|at| self.ledger.words[*at].laptop == laptop).collect();
        if let Some(at) = self.chance.pick(&own).copied() {
            let word = self.ledger.words[at].clone();
            if word.saved && !self.ledger.excused.contains_key(&word.sentence) {
                self.still_sees(laptop, &word.client, &word.sentence).await;
            }
        }
        Ok(())
    }

    /// One sync is over, or was broken off by a death.
    pub(crate) fn asked_seldom(&mut self, laptop: usize) {
        let most = self.net.begin_sync();
        self.check(most <= 3, || {
            format!("I15: laptop {laptop} sent the same request {most} times in one sync")
        });
    }

    /// A sentence that was saved is seen in the chart, for as long as the laptop holds it.
    pub(crate) async fn still_sees(&mut self, laptop: usize, client: &str, sentence: &str) {
        if self.restored || !self.laptops[laptop].is_open() {
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
                if alarm && self.restored {
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
                    // It was revoked and could not hand everything over: it goes on with that when it is to be opened again.
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
}
