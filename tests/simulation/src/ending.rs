//! The end of a story: the network heals, everybody syncs, and everything that was promised is looked for.

use crate::evidence::{self, Evidence};
use crate::house::said;
use crate::ledger::sentences;
use crate::people::REST_OF_A_NOTE;
use crate::story::{Control, Story};
use chrono::TimeDelta;
use mentalspace_app::api::Code;
use mentalspace_domain::bucket::BucketKind;
use mentalspace_testkit::failure::Outcome;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Rounds of syncing after which nothing may be left to do.
const ROUNDS: usize = 14;

impl Story<'_> {
    /// Heals everything, and checks what must hold then.
    ///
    /// # Errors
    /// The surroundings fail: the disk, PostgreSQL.
    pub async fn end(&mut self) -> Outcome<()> {
        self.net.calm();
        self.net.deliver_late().await;
        if self.telling.control == Control::RecordForgotten {
            self.forget_a_record().await?;
        }
        let before = evidence::gather(self.house, &self.practice).await?;
        self.remember_signed(&before);
        self.everybody_syncs().await?;
        let mut evidence = evidence::gather(self.house, &self.practice).await?;
        if self.telling.control == Control::SignedChanged
            && let Some(version) = evidence.records.iter_mut().find(|kept| kept.kind == "note_version")
        {
            version.body = version.body.replacen("She spoke of matter", "She spoke of  matter", 1);
        }
        if self.telling.control == Control::SentenceInvented
            && let Some(note) = evidence.records.iter_mut().find(|kept| kept.kind == "note")
        {
            note.body = note.body.replacen("She spoke of matter", "She never spoke of matter", 1);
        }
        for wrong in std::mem::take(&mut evidence.wrong) {
            self.check(false, || wrong);
        }
        self.nothing_is_lost(&evidence);
        self.nothing_is_invented_or_doubled(&evidence);
        self.signatures_hold(&evidence);
        self.laptops_hold_what_they_may(&evidence).await?;
        self.outcomes().await
    }

    async fn everybody_syncs(&mut self) -> Outcome<()> {
        for round in 0..ROUNDS {
            // What waits for a laptop that will not come back waits no longer than the reunion after a restore lasts.
            let reunion_ends = round == ROUNDS / 2 && self.restored;
            self.pass(if reunion_ends { TimeDelta::hours(25) } else { TimeDelta::minutes(3) });
            self.practice.between_requests().await?;
            let mut settled = true;
            for laptop in 0..self.laptops.len() {
                if self.laptops[laptop].erased {
                    continue;
                }
                if !self.laptops[laptop].is_open() {
                    self.laptops[laptop].restart()?;
                    if !self.unlock(laptop).await {
                        settled = false;
                        continue;
                    }
                }
                let answer = self.ask(laptop, "sync", json!({})).await;
                settled &= answer.as_ref().is_ok_and(|report| {
                    report["rows"] == json!(0)
                        && report["pushed"] == json!(0)
                        && report["complete"] == json!(true)
                        && report["status"]["outbox"] == json!(0)
                });
                if let Err(error) = &answer {
                    let expected = matches!(error.code, Code::SignInNeeded);
                    self.check(expected, || {
                        format!("I12: laptop {laptop} cannot sync in calm weather: {error:?}")
                    });
                }
                self.after_sync(laptop, Some(answer)).await?;
            }
            let reunited = !self.restored || round > ROUNDS / 2;
            if settled && round > 0 && reunited {
                return Ok(());
            }
        }
        self.check(false, || {
            format!("I12: after {ROUNDS} rounds in calm weather there is still something to sync")
        });
        Ok(())
    }

    /// I3: every sentence whose writer was told that it is saved is in a note, a kept text, a branch, an addendum, a
    /// refused signature, or the quarantine.
    pub(crate) fn nothing_is_lost(&mut self, evidence: &Evidence) {
        let everything = evidence.everything();
        let owed: Vec<crate::ledger::Word> = self.ledger.owed().cloned().collect();
        for word in owed {
            if everything.contains(&word.sentence) {
                self.check(true, String::new);
                continue;
            }
            match self.excuse(&word) {
                Some(why) => self.count(why),
                None => {
                    let left = false;
                    self.check(left, || {
                        format!(
                            "I3 LOST: saved on laptop {} for client {}: {}",
                            word.laptop, word.client, word.sentence
                        )
                    });
                }
            }
        }
    }

    /// What only a backup could have kept, and no backup has: the server was put back to before it was sent, and the
    /// laptop had by then erased its own copy because its access had ended, or was itself put back.
    fn excuse(&self, word: &crate::ledger::Word) -> Option<&'static str> {
        let number = self.ledger.words.iter().position(|other| other.sentence == word.sentence)?;
        // Also what was written before the backup: it may have been sent after it.
        if !self.restored {
            return None;
        }
        if self.unassigned.contains(&word.client) || self.laptops[word.laptop].erased {
            return Some("excused_erased_before_restore");
        }
        self.rewound
            .iter()
            .any(|(laptop, from, to)| *laptop == word.laptop && (*from..*to).contains(&number))
            .then_some("excused_rewound_before_restore")
    }

    /// I2 and the first promise: every sentence in a chart is one that somebody wrote, and stands once in its text.
    pub(crate) fn nothing_is_invented_or_doubled(&mut self, evidence: &Evidence) {
        let known: BTreeSet<&str> = REST_OF_A_NOTE
            .iter()
            .map(|(_, words)| *words)
            .flat_map(sentences)
            .chain(["Sleep scheduling was reviewed."])
            .collect();
        let mut found = Vec::new();
        let mut texts = 0_u64;
        for kept in &evidence.records {
            let Ok(record) = serde_json::from_str::<Value>(&kept.body) else {
                found.push(format!("{} {} is not JSON", kept.kind, kept.id));
                continue;
            };
            for text in texts_of(&record) {
                texts += 1;
                // Two late edits of one signed note stand in one addendum, each whole, with an empty line between.
                for part in text.split("\n\n") {
                    let mut seen = BTreeSet::new();
                    for sentence in sentences(part) {
                        if !self.ledger.was_written(sentence) && !known.contains(sentence) {
                            found.push(format!("INVENTED in {} {}: {sentence}", kept.kind, kept.id));
                        }
                        if !seen.insert(sentence) {
                            found.push(format!("I2 DOUBLED in {} {}: {sentence}", kept.kind, kept.id));
                        }
                    }
                }
            }
        }
        self.checked += texts;
        self.failures.extend(found);
    }

    /// What is signed on the server now is never to be otherwise.
    pub(crate) fn remember_signed(&mut self, evidence: &Evidence) {
        for (id, body) in evidence.versions() {
            self.ledger.signed.entry(id).or_insert_with(|| body.to_owned());
        }
    }

    /// I8: what was signed has the content it had; where the server was never put back, it is all there.
    fn signatures_hold(&mut self, evidence: &Evidence) {
        let versions: BTreeMap<Uuid, &str> = evidence.versions().collect();
        for (id, body) in std::mem::take(&mut self.ledger.signed) {
            let stands = match versions.get(&id) {
                Some(now) => content_of(now) == content_of(&body),
                None => self.restored,
            };
            self.check(stands, || format!("I8: the signed version {id} has changed or is gone"));
        }
    }

    /// I5, I6, I7: each laptop holds exactly the buckets that its user is granted, and in them exactly the server's rows.
    async fn laptops_hold_what_they_may(&mut self, evidence: &Evidence) -> Outcome<()> {
        for laptop in 0..self.laptops.len() {
            if self.laptops[laptop].erased {
                continue;
            }
            self.signatures_verify(laptop).await;
            self.alarms_are_over(laptop).await;
            let user = self.practice.people[self.laptops[laptop].owner].id.uuid();
            let sql = "SELECT bucket_id FROM bucket_grant \
                       WHERE practice_id = $1 AND user_id = $2 AND revoked_at IS NULL";
            let rows =
                self.house.superuser.query(sql, &[&self.practice.id.uuid(), &user]).await.map_err(said)?;
            let granted: BTreeSet<Uuid> = rows.iter().map(|row| row.get(0)).collect();
            let (profile, store) = match self.laptops[laptop].opened_by_force() {
                Ok(opened) => opened,
                Err(failure) => {
                    self.check(false, || format!("laptop {laptop} does not open: {}", failure.in_full()));
                    continue;
                }
            };
            let pending = store.outbox_len().unwrap_or(u32::MAX);
            self.check(pending == 0, || format!("I12: laptop {laptop} still has {pending} commands to send"));
            let held = store.held().unwrap_or_default();
            let ids: BTreeSet<Uuid> = held.iter().map(|bucket| bucket.id.uuid()).collect();
            let extra: Vec<&Uuid> = ids.difference(&granted).collect();
            let missing: Vec<&Uuid> = granted.difference(&ids).collect();
            self.check(extra.is_empty(), || {
                format!("I6: laptop {laptop} holds buckets without a grant: {extra:?}")
            });
            self.check(missing.is_empty(), || {
                format!("laptop {laptop} lacks buckets that it is granted: {missing:?}")
            });
            for bucket in &held {
                let status = bucket.status.clone();
                self.check(status == "ready", || {
                    format!("I5: laptop {laptop} has bucket {} in {status}", bucket.id)
                });
                let theirs: BTreeSet<(String, Uuid, i64)> = evidence
                    .records
                    .iter()
                    .filter(|kept| kept.bucket == bucket.id.uuid())
                    .map(|kept| (kept.kind.clone(), kept.id, kept.rev))
                    .collect();
                let ours: BTreeSet<(String, Uuid, i64)> = store
                    .row_identities(bucket.id)
                    .unwrap_or_default()
                    .into_iter()
                    .map(|row| (row.kind, row.id, row.rev))
                    .collect();
                let about = bucket.about.map(|about| about.kind);
                self.check(ours == theirs, || {
                    let kind = about.map_or("?", BucketKind::as_str);
                    format!(
                        "I7: laptop {laptop} has other rows than the server in bucket {} ({kind})",
                        bucket.id
                    )
                });
            }
            drop((store, profile));
        }
        Ok(())
    }

    /// No alarm stands where the server was never put back. After a restore one stands for as long as something signed
    /// has not come back as it was: where its laptop is gone, or where what went before it came back in another order
    /// than it once came (seed 2022), it stands for ever, and rightly. What was signed is kept beside it.
    async fn alarms_are_over(&mut self, laptop: usize) {
        if !self.laptops[laptop].is_open() {
            return;
        }
        let Ok(status) = self.ask(laptop, "status", json!({})).await else { return };
        if status["alarm"] == json!(true) && self.restored {
            self.count("alarm_stands_after_restore");
            return;
        }
        self.check(status["alarm"] != json!(true), || format!("laptop {laptop} raises an alarm: {status}"));
    }

    /// Every signed note on a laptop verifies there.
    async fn signatures_verify(&mut self, laptop: usize) {
        if !self.laptops[laptop].is_open() {
            return;
        }
        for note in self.ledger.notes.clone() {
            let Ok(shown) = self.ask(laptop, "note_show", json!({"note_id": note.id})).await else {
                continue;
            };
            if shown["row"]["standing"] == json!("signed") {
                let verification = shown["signature"]["verification"].clone();
                self.check(verification == json!("verified"), || {
                    format!("I8: note {} on laptop {laptop} is {verification}", note.id)
                });
            }
        }
        let journal = self.ask(laptop, "journal", json!({})).await.unwrap_or_default();
        self.check(!journal.to_string().contains("record.signed_changed"), || {
            format!("I8: laptop {laptop} was sent other bytes for something signed")
        });
    }

    /// What became of commands, counted for the record.
    async fn outcomes(&mut self) -> Outcome<()> {
        let sql =
            "SELECT outcome->>'outcome', count(*) FROM command_result WHERE practice_id = $1 GROUP BY 1";
        for row in self.house.superuser.query(sql, &[&self.practice.id.uuid()]).await.map_err(said)? {
            let (outcome, times): (String, i64) = (row.get(0), row.get(1));
            *self.reached.entry(format!("outcome_{outcome}")).or_insert(0) += times.unsigned_abs();
        }
        let sql = "SELECT count(*) FROM device_bucket WHERE practice_id = $1 AND purge_acked IS NOT NULL";
        let row = self.house.superuser.query_one(sql, &[&self.practice.id.uuid()]).await.map_err(said)?;
        *self.reached.entry("purge_acknowledged".to_owned()).or_insert(0) +=
            row.get::<_, i64>(0).unsigned_abs();
        for (fault, times) in self.net.counts() {
            *self.reached.entry(format!("network_{fault}")).or_insert(0) += times;
        }
        Ok(())
    }

    /// A control: a kept text of a note vanishes from the server behind its back.
    async fn forget_a_record(&mut self) -> Outcome<()> {
        let sql =
            "DELETE FROM record WHERE practice_id = $1 AND kind IN ('note', 'note_revision', 'note_branch')";
        self.house.superuser.execute(sql, &[&self.practice.id.uuid()]).await.map_err(said)?;
        Ok(())
    }
}

/// The texts of a record that people have written, section by section.
fn texts_of(record: &Value) -> impl Iterator<Item = &str> {
    let sections = record["sections"].as_object();
    sections.into_iter().flat_map(|sections| sections.values()).filter_map(Value::as_str)
}

/// The signed content of a version, whatever salt its record carries.
fn content_of(body: &str) -> Option<Value> {
    serde_json::from_str::<Value>(body).ok().map(|version| version["content"].clone())
}
