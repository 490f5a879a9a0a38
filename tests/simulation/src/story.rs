//! One seed: a practice, its laptops, and a few hundred things that happen to them.

use crate::chance::Chance;
use crate::clock::LaptopClock;
use crate::evidence;
use crate::house::{Backup, House, Practice};
use crate::laptop::{Laptop, Said};
use crate::ledger::Ledger;
use crate::network::{Net, Sabotage};
use chrono::TimeDelta;
use mentalspace_app::api::{ApiError, Code};
use mentalspace_testkit::failure::Outcome;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// What the simulation breaks on purpose, to see that it notices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Control {
    /// Nothing.
    #[default]
    None,
    /// A restore from backup does not begin a new epoch.
    EpochKept,
    /// A signed version comes to say something else.
    SignedChanged,
    /// A record is removed from the server behind its back.
    RecordForgotten,
    /// Devices are never told that access to a chart ended.
    RevocationsHidden,
    /// While the network is disturbed, the server says for ever that more rows wait.
    MoreForEver,
    /// While the network is disturbed, no push is taken for one of the protocol.
    PushesRefused,
    /// A sentence is put into the server's books that nobody wrote.
    SentenceInvented,
}

/// How a story is told.
#[derive(Clone, Copy, Debug)]
pub struct Telling {
    /// Things that happen.
    pub happenings: usize,
    /// What is broken on purpose.
    pub control: Control,
    /// Whether the server is put back to backups of it.
    pub restores: bool,
}

impl Default for Telling {
    fn default() -> Self {
        Self { happenings: 220, control: Control::None, restores: true }
    }
}

/// A practice in the middle of its story.
pub struct Story<'h> {
    pub(crate) house: &'h House,
    pub(crate) practice: Practice,
    pub(crate) net: Arc<Net>,
    pub(crate) laptops: Vec<Laptop>,
    pub(crate) ledger: Ledger,
    pub(crate) chance: Chance,
    pub(crate) telling: Telling,
    /// How often what was reached.
    pub(crate) reached: BTreeMap<String, u64>,
    /// What does not hold.
    pub(crate) failures: Vec<String>,
    /// Checks made.
    pub(crate) checked: u64,
    /// The newest backup.
    pub(crate) backup: Option<Backup>,
    /// Images of laptops' disks: how many sentences had been written when each was taken.
    pub(crate) images: BTreeMap<usize, usize>,
    /// Whether the server was ever put back to a backup.
    pub(crate) restored: bool,
    /// Laptops that were put back to an image: the sentences between.
    pub(crate) rewound: Vec<(usize, usize, usize)>,
    /// Clients from whom a clinician was taken.
    pub(crate) unassigned: BTreeSet<String>,
}

impl<'h> Story<'h> {
    /// Opens the practice and enrols its laptops.
    ///
    /// # Errors
    /// Something that must work before anything is disturbed does not.
    pub async fn begin(house: &'h House, seed: u64, telling: Telling, home: &Path) -> Outcome<Self> {
        let mut chance = Chance::new(seed, 1);
        // The first two clinicians and the manager have a laptop each; who has more is chance.
        let mut owners = vec![0, 0, 1, 3];
        for _ in 0..chance.below(5) {
            let owner = chance.below(3);
            // Nobody may have more than three.
            if owners.iter().filter(|other| **other == owner).count() < 3 {
                owners.push(owner);
            }
        }
        owners.sort_unstable();
        let mut story = Self::of(house, seed, telling, home, owners, chance).await?;
        story.first_week().await?;
        story.net.disturb();
        Ok(story)
    }

    /// A practice in which one clinician has two laptops and one note, and nothing is disturbed.
    ///
    /// # Errors
    /// As for [`Story::begin`].
    pub async fn of_two(house: &'h House, seed: u64, telling: Telling, home: &Path) -> Outcome<Self> {
        let mut story = Self::of(house, seed, telling, home, vec![0, 0], Chance::new(seed, 1)).await?;
        story.one_note().await?;
        Ok(story)
    }

    async fn of(
        house: &'h House,
        seed: u64,
        telling: Telling,
        home: &Path,
        owners: Vec<usize>,
        chance: Chance,
    ) -> Outcome<Self> {
        let practice = house.practice(seed).await?;
        let sabotage = match telling.control {
            Control::RevocationsHidden => Sabotage::HidesRevocations,
            Control::MoreForEver => Sabotage::AlwaysMore,
            Control::PushesRefused => Sabotage::RefusesPushes,
            _ => Sabotage::None,
        };
        let net = Net::new(practice.routers(), Chance::new(seed, 2), sabotage);
        let mut laptops = Vec::new();
        for (number, owner) in owners.into_iter().enumerate() {
            let clock = Arc::new(LaptopClock::new(Arc::clone(&practice.clock)));
            laptops.push(Laptop::new(number, owner, seed, clock, &net, home)?);
        }
        let mut story = Self {
            house,
            practice,
            net,
            laptops,
            ledger: Ledger::default(),
            chance,
            telling,
            reached: BTreeMap::new(),
            failures: Vec::new(),
            checked: 0,
            backup: None,
            images: BTreeMap::new(),
            restored: false,
            rewound: Vec::new(),
            unassigned: BTreeSet::new(),
        };
        story.enrol_all().await?;
        Ok(story)
    }

    /// Counts something reached.
    pub(crate) fn count(&mut self, what: &str) {
        *self.reached.entry(what.to_owned()).or_insert(0) += 1;
    }

    /// Says of a check whether it holds.
    pub(crate) fn check(&mut self, holds: bool, otherwise: impl FnOnce() -> String) {
        self.checked += 1;
        if !holds {
            self.failures.push(otherwise());
        }
    }

    /// What a laptop was told by its application goes into the trace.
    pub(crate) fn noted(&self, laptop: usize, name: &str, answer: &Result<Value, ApiError>) {
        let said = match answer {
            Ok(value) => value.to_string(),
            Err(error) => format!("{:?}", error.code),
        };
        self.net.trace(format!("{laptop} {name} {said}").as_bytes());
    }

    /// Asks a laptop's application.
    pub(crate) async fn ask(&mut self, laptop: usize, name: &str, input: Value) -> Result<Value, ApiError> {
        let answer = self.laptops[laptop].ask(name, input).await;
        self.noted(laptop, name, &answer);
        answer
    }

    /// Asks it for something that it may die of: once in `odds` times it does.
    pub(crate) async fn risk(
        &mut self,
        laptop: usize,
        name: &str,
        input: Value,
        odds: usize,
    ) -> Outcome<Option<Result<Value, ApiError>>> {
        let percent = if self.chance.one_in(odds) { 1 + self.chance.below(104) } else { 0 };
        let percent = u64::try_from(percent).unwrap_or_default();
        match self.laptops[laptop].ask_and_perhaps_die(name, input, percent).await? {
            Said::Done(value) => {
                let answer = Ok(value);
                self.noted(laptop, name, &answer);
                Ok(Some(answer))
            }
            Said::Refused(error) => {
                let answer = Err(error);
                self.noted(laptop, name, &answer);
                Ok(Some(answer))
            }
            Said::Died => {
                self.net.trace(format!("{laptop} {name} died").as_bytes());
                self.count(&format!("crash_in_{name}"));
                self.unlock(laptop).await;
                Ok(None)
            }
        }
    }

    /// Unlocks a laptop, if it can be.
    pub(crate) async fn unlock(&mut self, laptop: usize) -> bool {
        let answer = self.laptops[laptop].unlock().await;
        self.noted(laptop, "unlock", &answer);
        match answer {
            Ok(_) => true,
            Err(error) if error.code == Code::NotAllowed => {
                // It has heard before that its access has ended: it opens no more, and the next sync goes on leaving.
                self.asked_seldom(laptop);
                let answer = self.ask(laptop, "sync", json!({})).await;
                self.asked_seldom(laptop);
                if let Err(why) = self.after_sync(laptop, Some(answer)).await {
                    self.check(false, || format!("laptop {laptop} does not go on leaving: {why}"));
                }
                false
            }
            Err(error) => {
                // A lease that has run out, and a network that is away: she cannot work until it is back.
                let expected = matches!(
                    error.code,
                    Code::SignInNeeded | Code::Unreachable | Code::ServerRefused | Code::NotEnrolled
                );
                self.check(expected, || format!("laptop {laptop} does not unlock: {error:?}"));
                false
            }
        }
    }

    /// Tells the story: everything that happens, in order.
    ///
    /// # Errors
    /// The surroundings fail: the disk, PostgreSQL.
    pub async fn tell(&mut self) -> Outcome<()> {
        for _ in 0..self.telling.happenings {
            self.happen().await?;
            if self.failures.len() > 20 {
                break;
            }
        }
        Ok(())
    }

    /// Puts the server back to its last backup.
    pub(crate) async fn restore_server(&mut self) -> Outcome<()> {
        if !self.telling.restores {
            return Ok(());
        }
        let Some(backup) = self.backup.take() else { return Ok(()) };
        self.practice.between_requests().await?;
        self.house.restore(self.practice.id, &backup).await?;
        if self.telling.control != Control::EpochKept {
            self.practice.begin_epoch().await?;
        }
        self.restored = true;
        self.backup = Some(backup);
        self.net.trace(b"restore");
        self.count("server_restored");
        Ok(())
    }

    /// Takes a backup of the server.
    pub(crate) async fn back_up(&mut self) -> Outcome<()> {
        self.practice.between_requests().await?;
        self.backup = Some(self.house.backup(self.practice.id).await?);
        self.count("backup");
        Ok(())
    }

    /// Puts a laptop's disk back to its image. What was written on it since and never sent is gone, as everybody
    /// knows who does that; everything else must not be.
    pub(crate) async fn rewind(&mut self, laptop: usize) -> Outcome<()> {
        let Some(words) = self.images.get(&laptop).copied() else { return Ok(()) };
        let evidence = evidence::gather(self.house, &self.practice).await?;
        self.remember_signed(&evidence);
        let everything = evidence.everything();
        let now = self.ledger.words.len();
        for word in &self.ledger.words[words..now] {
            if word.laptop == laptop && !everything.contains(&word.sentence) {
                self.ledger
                    .excused
                    .insert(word.sentence.clone(), "unsent when its laptop was put back to an image");
            }
        }
        self.laptops[laptop].put_image_back()?;
        self.rewound.push((laptop, words, now));
        self.net.trace(b"rewind");
        self.count("laptop_rewound");
        self.unlock(laptop).await;
        Ok(())
    }

    /// The practice.
    #[must_use]
    pub const fn practice(&self) -> mentalspace_domain::ids::PracticeId {
        self.practice.id
    }

    /// What came of it.
    #[must_use]
    pub fn told(&self, seed: u64) -> crate::run::Told {
        let trace = self.net.trace_hash().iter().map(|byte| format!("{byte:02x}")).collect();
        crate::run::Told {
            seed,
            trace,
            operations: u64::try_from(self.telling.happenings).unwrap_or_default(),
            checked: self.checked,
            failures: self.failures.clone(),
            reached: self.reached.clone(),
            spoken: self.net.spoken(),
        }
    }

    /// Time passes.
    pub(crate) fn pass(&self, span: TimeDelta) {
        self.practice.clock.advance(span);
    }
}
