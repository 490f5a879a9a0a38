//! Small scope, exhaustively: two laptops of one clinician, one note, up to six things that they do, and one thing that
//! goes wrong, at every place where it can: a request that is lost, an answer that is lost, a request that comes twice
//! or late, a death at every tenth of a sync. Most faults of protocols show in stories as small as these (Jackson,
//! "Software Abstractions", the small-scope hypothesis).

use crate::house::{Backup, House};
use crate::laptop::{PASSWORD, Said};
use crate::ledger::{Ledger, sentences};
use crate::network::Fault;
use crate::story::{Story, Telling};
use chrono::TimeDelta;
use mentalspace_testkit::failure::Outcome;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;

/// Things done in one story, at most.
const LONGEST: usize = 6;
/// Places in a sync at which its laptop dies.
const DEATHS: u64 = 10;
/// Counted at each death.
const DIED: &str = "died";
const FAULTS: [Fault; 4] = [Fault::Lost, Fault::AnswerLost, Fault::Doubled, Fault::Late];

/// What a laptop does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A sentence at the end of the note.
    Writes(usize),
    /// A sentence at its beginning: far from the other's, so that both come together.
    Begins(usize),
    /// A sync to the end.
    Syncs(usize),
    /// A signature, where the note can be signed.
    Signs(usize),
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// Nothing.
    None,
    /// This befalls the nth request.
    Network(usize, Fault),
    /// The laptop dies in its nth sync, at this tenth of it.
    Death(usize, u64),
    /// The laptop dies in its nth sync, before this statement of it, counted from 1.
    Statement(usize, u64),
}

/// Every script: both laptops write, at the end of the note or at its beginning, both sync in between, the first to act is the first laptop (the other half is the
/// same with the names changed), no laptop syncs twice in a row, and the note is signed once at most.
#[must_use]
pub fn scripts() -> Vec<Vec<Step>> {
    let steps =
        [Step::Writes(0), Step::Writes(1), Step::Begins(1), Step::Syncs(0), Step::Syncs(1), Step::Signs(0)];
    let mut all = Vec::new();
    let mut open: Vec<Vec<Step>> = vec![vec![Step::Writes(0)]];
    while let Some(script) = open.pop() {
        let has = |step| script.contains(&step);
        if (has(Step::Writes(1)) || has(Step::Begins(1))) && has(Step::Syncs(0)) && has(Step::Syncs(1)) {
            all.push(script.clone());
        }
        if script.len() < LONGEST {
            for step in steps {
                let again = matches!(step, Step::Syncs(_) | Step::Signs(_)) && script.last() == Some(&step);
                let signed = matches!(step, Step::Signs(_)) && script.contains(&step);
                if !again && !signed {
                    open.push([script.as_slice(), &[step]].concat());
                }
            }
        }
    }
    all.sort_by_key(|script| format!("{script:?}"));
    all
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Explored {
    /// Scripts told.
    pub scripts: u64,
    /// Schedules: a script with one mishap or none.
    pub schedules: u64,
    /// Checks made.
    pub checked: u64,
    /// Failures, each with its schedule.
    pub failures: Vec<String>,
    /// How often what was reached.
    pub reached: BTreeMap<String, u64>,
}

impl Explored {
    /// Adds another part.
    pub fn add(&mut self, other: Self) {
        self.scripts += other.scripts;
        self.schedules += other.schedules;
        self.checked += other.checked;
        self.failures.extend(other.failures);
        for (what, times) in other.reached {
            *self.reached.entry(what).or_insert(0) += times;
        }
    }

    /// How many laptops died.
    #[must_use]
    pub fn deaths(&self) -> u64 {
        self.reached.get(DIED).copied().unwrap_or_default()
    }

    /// Everything as one JSON object.
    #[must_use]
    pub fn as_json(&self, seconds: f64) -> serde_json::Value {
        json!({
            "scripts": self.scripts,
            "schedules": self.schedules,
            "invariants_checked": self.checked,
            "failures": self.failures.len(),
            "seconds": (seconds * 10.0).round() / 10.0,
            "reached": self.reached,
        })
    }
}

/// Two laptops before a story, to which everything is put back after it.
pub struct Bench<'h> {
    story: Story<'h>,
    before: Backup,
    ledger: Ledger,
}

impl<'h> Bench<'h> {
    /// A practice with two laptops of one clinician, who have one note.
    ///
    /// # Errors
    /// The surroundings fail.
    pub async fn prepare(house: &'h House, seed: u64, home: &Path) -> Outcome<Self> {
        let story = Story::of_two(house, seed, Telling::default(), home).await?;
        for laptop in &story.laptops {
            laptop.take_image()?;
        }
        let before = house.backup(story.practice()).await?;
        let ledger = story.ledger.clone();
        Ok(Self { story, before, ledger })
    }

    /// Tells one script with every mishap that it has a place for.
    ///
    /// # Errors
    /// The surroundings fail.
    pub async fn explore(&mut self, script: &[Step], explored: &mut Explored) -> Outcome<()> {
        explored.scripts += 1;
        let requests = self.tell(script, Mishap::None, explored).await?;
        for nth in 0..requests {
            for fault in FAULTS {
                self.tell(script, Mishap::Network(nth, fault), explored).await?;
            }
        }
        let syncs = script.iter().filter(|step| matches!(step, Step::Syncs(_))).count();
        for nth in 0..syncs {
            for tenth in 0..DEATHS {
                self.tell(script, Mishap::Death(nth, tenth), explored).await?;
            }
        }
        Ok(())
    }

    /// Tells one script with a death before each statement of its `nth` sync.
    ///
    /// # Errors
    /// The surroundings fail.
    pub async fn die_everywhere(
        &mut self,
        script: &[Step],
        nth: usize,
        explored: &mut Explored,
    ) -> Outcome<()> {
        explored.scripts += 1;
        for statement in 1.. {
            let before = explored.deaths();
            self.tell(script, Mishap::Statement(nth, statement), explored).await?;
            if explored.deaths() == before {
                break;
            }
        }
        Ok(())
    }

    /// Tells a script once; gives how many requests it sent.
    async fn tell(&mut self, script: &[Step], mishap: Mishap, explored: &mut Explored) -> Outcome<usize> {
        self.put_back().await?;
        let mut plan = Vec::new();
        if let Mishap::Network(nth, fault) = mishap {
            plan.resize(nth, Fault::None);
            plan.push(fault);
        }
        let before = self.story.net.sent();
        self.story.net.plan(plan);
        let mut syncs = 0;
        for step in script {
            self.story.pass(TimeDelta::seconds(20));
            match *step {
                Step::Writes(laptop) => self.writes(laptop, false).await?,
                Step::Begins(laptop) => self.writes(laptop, true).await?,
                Step::Signs(laptop) => self.signs(laptop).await?,
                Step::Syncs(laptop) => {
                    let sync = json!({});
                    let laptop_there = &mut self.story.laptops[laptop];
                    let said = match mishap {
                        Mishap::Death(nth, tenth) if nth == syncs => {
                            laptop_there.ask_and_perhaps_die("sync", sync, 1 + tenth * 100 / DEATHS).await?
                        }
                        Mishap::Statement(nth, at) if nth == syncs => {
                            laptop_there.ask_and_die_before("sync", sync, at).await?
                        }
                        _ => laptop_there.ask_and_die_before("sync", sync, 0).await?,
                    };
                    syncs += 1;
                    if matches!(said, Said::Died) {
                        self.story.count(DIED);
                        self.story.unlock(laptop).await;
                    }
                    // What was held up in the step before arrives now.
                    self.story.net.deliver_late().await;
                }
            }
        }
        let requests = self.story.net.sent() - before;
        self.settle().await?;
        explored.schedules += 1;
        explored.checked += std::mem::take(&mut self.story.checked);
        for failure in std::mem::take(&mut self.story.failures) {
            explored.failures.push(format!("{script:?} with {mishap:?}: {failure}"));
        }
        for (what, times) in std::mem::take(&mut self.story.reached) {
            *explored.reached.entry(what).or_insert(0) += times;
        }
        Ok(requests)
    }

    async fn put_back(&mut self) -> Outcome<()> {
        let practice = self.story.practice();
        self.story.house.restore(practice, &self.before).await?;
        self.story.ledger = self.ledger.clone();
        for laptop in 0..self.story.laptops.len() {
            self.story.laptops[laptop].put_image_back()?;
            self.story.unlock(laptop).await;
        }
        Ok(())
    }

    fn note(&self) -> serde_json::Value {
        json!({"note_id": self.story.ledger.notes[0].id})
    }

    async fn writes(&mut self, laptop: usize, first: bool) -> Outcome<()> {
        let shown = self.story.must(laptop, "note_show", self.note()).await?;
        let client = self.story.ledger.notes[0].client.clone();
        let sentence = self.story.ledger.compose(laptop, &client);
        let note = self.story.ledger.notes[0].id.clone();
        if shown["is_editable"] == json!(true) {
            let before = crate::people::section(&shown, "narrative");
            let mut all: Vec<&str> = sentences(&before).collect();
            all.insert(if first { 0 } else { all.len() }, &sentence);
            let edit = json!({"narrative": {"from": before, "to": all.join(" ")}});
            self.story.must(laptop, "note_patch", json!({"note_id": note, "sections": edit})).await?;
        } else {
            let edit = json!({"addendum": {"from": "", "to": sentence}});
            let input = json!({"note_id": note, "sections": edit, "reason": "Left out."});
            self.story.must(laptop, "addendum_write", input).await?;
        }
        self.story.ledger.saved(&sentence);
        self.story.reads_its_own_writes(laptop, &note, &sentence).await;
        Ok(())
    }

    async fn signs(&mut self, laptop: usize) -> Outcome<()> {
        let note = self.story.ledger.notes[0].id.clone();
        let answer =
            self.story.ask(laptop, "note_sign", json!({"note_id": note, "password": PASSWORD})).await;
        self.story.count(if answer.is_ok() { "signed" } else { "sign_refused" });
        Ok(())
    }

    /// Calm weather: both sync until nothing moves, and then everything written is in the server's books once, and
    /// both laptops show the same.
    async fn settle(&mut self) -> Outcome<()> {
        self.story.net.calm();
        self.story.net.deliver_late().await;
        for _ in 0..2 {
            for laptop in 0..self.story.laptops.len() {
                let answer = self.story.ask(laptop, "sync", json!({})).await;
                self.story.check(answer.is_ok(), || format!("laptop {laptop} cannot sync: {answer:?}"));
            }
        }
        let evidence = crate::evidence::gather(self.story.house, &self.story.practice).await?;
        for wrong in &evidence.wrong {
            self.story.failures.push(wrong.clone());
        }
        self.story.nothing_is_lost(&evidence);
        self.story.nothing_is_invented_or_doubled(&evidence);
        let mut hashes = Vec::new();
        for laptop in 0..self.story.laptops.len() {
            let status = self.story.must(laptop, "status", json!({})).await?;
            let shown = self.story.must(laptop, "note_show", self.note()).await?;
            self.story.check(status["outbox"] == json!(0), || {
                format!("laptop {laptop} has something left to send")
            });
            self.story.check(status["buckets"] == status["buckets_ready"], || {
                format!("laptop {laptop} has a bucket that is not whole: {status}")
            });
            hashes.push((shown["text_hash"].clone(), shown["row"]["standing"].clone()));
        }
        self.story.check(hashes.windows(2).all(|pair| pair[0] == pair[1]), || {
            format!("the laptops show different notes: {hashes:?}")
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scripts_are_all_there_and_each_once() {
        let scripts = scripts();
        let each: std::collections::BTreeSet<String> = scripts.iter().map(|s| format!("{s:?}")).collect();
        assert_eq!(each.len(), scripts.len());
        // About fifty mishaps each: the whole of it is more than 50,000 schedules.
        assert!(scripts.len() > 1_000, "{}", scripts.len());
        assert!(scripts.iter().all(|script| script.len() <= LONGEST && script[0] == Step::Writes(0)));
    }
}
