//! What people were told, kept outside of everything that can fail: each sentence is written once, by one person on
//! one laptop, and nobody else's sentence is like it. So loss, doubling and invention are found by looking.

use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A sentence that somebody wrote.
#[derive(Clone, Debug)]
pub struct Word {
    /// The sentence.
    pub sentence: String,
    /// The laptop.
    pub laptop: usize,
    /// The client whose chart it went into.
    pub client: String,
    /// Whether she was told that it is saved. A sentence whose call died may be there or not.
    pub saved: bool,
}

/// A note that somebody began.
#[derive(Clone, Debug)]
pub struct KnownNote {
    /// The note.
    pub id: String,
    /// Its client.
    pub client: String,
    /// Its author: a place in the list of members.
    pub author: usize,
}

/// Everything that was said and shown.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// Sentences, in the order of writing.
    pub words: Vec<Word>,
    /// Notes.
    pub notes: Vec<KnownNote>,
    /// Clients.
    pub clients: Vec<String>,
    /// Appointments.
    pub appointments: Vec<String>,
    /// Addenda, each with its note.
    pub addenda: Vec<(String, String)>,
    /// Sentences that may be gone, and why.
    pub excused: BTreeMap<String, &'static str>,
    /// Signed versions that the server has had, each with its record as it was seen first.
    pub signed: BTreeMap<Uuid, String>,
    written: BTreeSet<String>,
}

impl Ledger {
    /// A new sentence that nobody has written before.
    pub fn compose(&mut self, laptop: usize, client: &str) -> String {
        let number = self.words.len();
        let sentence = format!("She spoke of matter w{number} and what followed from it.");
        self.written.insert(sentence.clone());
        let word = Word { sentence: sentence.clone(), laptop, client: client.to_owned(), saved: false };
        self.words.push(word);
        sentence
    }

    /// She was told that this sentence is saved.
    pub fn saved(&mut self, sentence: &str) {
        if let Some(word) = self.words.iter_mut().find(|word| word.sentence == sentence) {
            word.saved = true;
        }
    }

    /// Whether somebody wrote this.
    #[must_use]
    pub fn was_written(&self, sentence: &str) -> bool {
        self.written.contains(sentence)
    }

    /// The sentences that must be somewhere.
    pub fn owed(&self) -> impl Iterator<Item = &Word> {
        self.words.iter().filter(|word| word.saved && !self.excused.contains_key(&word.sentence))
    }
}

/// The sentences of a text, each with its full stop.
pub fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive('.').map(str::trim).filter(|sentence| !sentence.is_empty())
}
