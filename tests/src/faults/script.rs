//! What the therapist does while faults happen: she writes, and goes on from what stands on her screen.

use crate::charts::completion;
use crate::faults::desk::{Desk, SECTION, Told};
use crate::faults::dice::Dice;
use mentalspace_testkit::clinic::PASSWORD;
use mentalspace_testkit::failure::{Failure, Outcome};
use serde_json::{Value, json};

/// One thing that she does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Types a sentence, and goes on typing.
    Type,
    /// Writes a sentence, and pauses.
    Write,
    /// Syncs.
    Sync,
    /// Begins another note.
    NewNote,
    /// Takes a client on.
    NewClient,
    /// Completes the note and signs it.
    Sign,
    /// Locks the laptop and unlocks it.
    Relock,
}

/// Steps as a day has them: most are typing.
#[must_use]
pub fn steps(dice: &mut Dice, how_many: u64) -> Vec<Step> {
    (0..how_many)
        .map(|_| match dice.roll(100) {
            0..50 => Step::Type,
            50..72 => Step::Write,
            72..86 => Step::Sync,
            86..92 => Step::NewNote,
            92..97 => Step::NewClient,
            97..99 => Step::Relock,
            _ => Step::Sign,
        })
        .collect()
}

/// What makes a note long enough to be signed.
const ENOUGH: &str =
    "She described her week in some detail, and we agreed on what she will try before the next session.";

/// What she has before her.
#[derive(Debug)]
pub struct Scene {
    note: String,
    /// The text on her screen, saved or not.
    screen: String,
    /// The places that she has written in.
    pub places: Vec<String>,
    /// Errors that she was told.
    pub refusals: Vec<Value>,
}

impl Scene {
    /// A scene with a note begun.
    ///
    /// # Errors
    /// The laptop does not do it.
    pub fn begin(desk: &mut Desk) -> Outcome<Self> {
        let mut scene =
            Self { note: String::new(), screen: String::new(), places: Vec::new(), refusals: Vec::new() };
        match scene.new_note(desk)? {
            Told::Done(_) => Ok(scene),
            other => Err(Failure::Said(format!("no note could be begun: {other:?}"))),
        }
    }

    /// Does one thing.
    ///
    /// # Errors
    /// The laptop does not answer.
    pub fn play(&mut self, desk: &mut Desk, step: Step) -> Outcome<Told> {
        let told = match step {
            Step::Type => self.write(desk, "note_typing"),
            Step::Write => self.write(desk, "note_patch"),
            Step::Sync => desk.laptop.ask(&json!({"command": "sync"})),
            Step::NewNote => self.new_note(desk),
            Step::NewClient => self.new_client(desk),
            Step::Sign => self.sign(desk),
            Step::Relock => relock(desk),
        }?;
        if let Told::Refused(error) = &told {
            self.refusals.push(error.clone());
        }
        Ok(told)
    }

    /// The line that adds a sentence to the note.
    pub fn next_sentence(&mut self, desk: &mut Desk, command: &str) -> Value {
        let token = desk.ledger.token();
        self.screen = format!("{} She said {token}.", self.screen).trim_start().to_owned();
        desk.ledger.attempt(&self.note, &self.screen);
        json!({"command": command, "note_id": self.note, "sections": {SECTION: self.screen}})
    }

    fn write(&mut self, desk: &mut Desk, command: &str) -> Outcome<Told> {
        let line = self.next_sentence(desk, command);
        let told = desk.laptop.ask(&line)?;
        if matches!(told, Told::Done(_)) {
            desk.ledger.acknowledge(&self.note, &self.screen)?;
        }
        Ok(told)
    }

    fn new_note(&mut self, desk: &mut Desk) -> Outcome<Told> {
        let told = desk.laptop.ask(&json!({
            "command": "note_create", "client_id": desk.chart.client, "format": "narrative",
            "fields": {"service_date": "2026-11-20", "start_time": "09:00", "end_time": "09:50"},
        }))?;
        if let Told::Done(made) = &told {
            made["id"].as_str().unwrap_or_default().clone_into(&mut self.note);
            self.screen.clear();
            desk.ledger.acknowledge(&self.note, "")?;
            self.places.push(self.note.clone());
        }
        Ok(told)
    }

    fn new_client(&mut self, desk: &mut Desk) -> Outcome<Told> {
        let name = desk.ledger.token();
        let place = format!("client {name}");
        desk.ledger.attempt(&place, "");
        desk.ledger.attempt(&place, &name);
        self.places.push(place.clone());
        let told = desk
            .laptop
            .ask(&json!({"command": "client_create", "facts": {"given_name": "Ash", "family_name": name}}))?;
        if matches!(told, Told::Done(_)) {
            desk.ledger.acknowledge(&place, &name)?;
        }
        Ok(told)
    }

    fn sign(&mut self, desk: &mut Desk) -> Outcome<Told> {
        // Too short a note is not signed. What stands on the screen may have been refused before: it is what is signed.
        self.screen = format!("{} {ENOUGH}", self.screen).trim_start().to_owned();
        desk.ledger.attempt(&self.note, &self.screen);
        let mut line = completion(&desk.chart, &self.note);
        line["sections"][SECTION] = json!(self.screen);
        match desk.laptop.ask(&line)? {
            Told::Done(_) => desk.ledger.acknowledge(&self.note, &self.screen)?,
            other => return Ok(other),
        }
        let told =
            desk.laptop.ask(&json!({"command": "note_sign", "note_id": self.note, "password": PASSWORD}))?;
        if matches!(told, Told::Done(_)) {
            desk.signed.insert(self.note.clone());
            return self.new_note(desk);
        }
        Ok(told)
    }
}

fn relock(desk: &mut Desk) -> Outcome<Told> {
    match desk.laptop.ask(&json!({"command": "lock"}))? {
        Told::Done(_) => desk.laptop.unlock(),
        other => Ok(other),
    }
}
