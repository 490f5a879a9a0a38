//! What can happen: what people do, what machines do to them, and what the world does to both.

use crate::story::Story;
use chrono::TimeDelta;
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
}
