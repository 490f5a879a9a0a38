//! What a damaged database alone knows: what became of commands, with the words of those that were refused (`journal`);
//! commands that a restored server gets again (`archive`); records that a restored server has not (`set_aside`); choices
//! begun in a conflict. None of it comes down at a sync, so a store that is built anew takes over whatever of it can still
//! be read, and asks for every bucket that was held: what belongs to one that is not granted any more goes with it.

use crate::aside::Aside;
use crate::confirm::Archived;
use crate::error::Result;
use crate::journal::{self, Entry, Told};
use crate::meta::{self, MetaKey};
use crate::{Store, buckets, choices, database, identity};
use chrono::{DateTime, Utc};
use mentalspace_crypto::secret::Secret32;
use mentalspace_domain::bucket::Bucket;
use rusqlite::{Row, Transaction};
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

/// Facts of the damaged database that no server has: choices begun, the user's settings, what was erased and is still to
/// be told, and where histories have parted.
const FACTS: [MetaKey; 4] = [MetaKey::Choices, MetaKey::Settings, MetaKey::Erased, MetaKey::CommonUpTo];

const WHOLE: &str = "The data on this device was damaged, and the device was built anew. This list is whole.";
const IN_PART: &str = "The data on this device was damaged, and the device was built anew. Not everything that stood here and \
    nowhere else could be read: this list may have gaps. If your practice had refused something that you wrote, it has the \
    words. Ask your administrator if you miss something.";

/// A damaged database.
pub(crate) struct Damaged {
    /// What its place is called.
    pub name: String,
    /// The file; there need be none.
    pub path: PathBuf,
    /// When it was set aside.
    pub at: DateTime<Utc>,
}

/// What could be read of one.
struct Salvaged {
    /// With what stood there of each, where that could be read.
    facts: Vec<(MetaKey, Option<serde_json::Value>)>,
    told: Vec<Told>,
    archived: Vec<Archived>,
    aside: Vec<Aside>,
    held: Vec<Bucket>,
    /// Whether nothing can have been there that is not here.
    is_whole: bool,
}

impl Store {
    /// Takes over what the damaged databases alone know, the newest first, once each, and says in the journal that this
    /// store was built anew.
    ///
    /// # Errors
    /// This store fails. A damaged one cannot: what does not read is left.
    pub(crate) fn take_over(&self, mut damaged: Vec<Damaged>, key: &Secret32) -> Result<()> {
        let mut taken: Vec<String> = self.meta(MetaKey::TakenOver)?.unwrap_or_default();
        damaged.retain(|damaged| !taken.contains(&damaged.name) && damaged.path.exists());
        damaged.sort_by_key(|damaged| std::cmp::Reverse(damaged.at));
        let Some(at) = damaged.first().map(|newest| newest.at) else { return Ok(()) };
        let mut salvaged = Vec::new();
        for damaged in &damaged {
            // What had been taken over into one that is whole is there, with what became of it since.
            if salvaged.last().is_none_or(|newer: &Salvaged| !newer.is_whole) {
                salvaged.push(read(&damaged.path, key));
            }
        }
        taken.extend(damaged.into_iter().map(|damaged| damaged.name));
        self.write(|writer| {
            let tx = writer.db.transaction()?;
            keep(&tx, &salvaged)?;
            let is_whole = salvaged.first().is_some_and(|newest| newest.is_whole);
            let detail = if is_whole { WHOLE } else { IN_PART };
            let told = Entry::local(at, "rebuild", detail.to_owned());
            journal::add(&tx, &Entry { needs_review: !is_whole, ..told })?;
            meta::set(&tx, MetaKey::TakenOver, &taken)?;
            Ok(tx.commit()?)
        })
    }
}

/// Keeps what was read, of which the newest is the first and goes before.
fn keep(tx: &Transaction<'_>, salvaged: &[Salvaged]) -> Result<()> {
    for key in FACTS {
        let mut read = salvaged.iter().flat_map(|one| &one.facts).filter(|(known, _)| *known == key);
        let newest = read.next().and_then(|(_, value)| value.as_ref());
        if let Some(value) =
            newest.filter(|_| !matches!(meta::get::<serde_json::Value>(tx, key), Ok(Some(_))))
        {
            meta::set(tx, key, value)?;
        }
    }
    let mut seen = HashSet::new();
    let mut told: Vec<Vec<&Told>> = Vec::new();
    for one in salvaged {
        told.push(one.told.iter().filter(|told| seen.insert(told.identity())).collect());
    }
    for told in told.iter().rev().flatten() {
        told.write(tx)?;
    }
    let practice = identity::current(tx)?.practice.id;
    let mut held: Vec<Bucket> = Vec::new();
    for one in salvaged {
        for archived in &one.archived {
            archived.write(tx)?;
        }
        for aside in &one.aside {
            aside.write(tx)?;
        }
        held.extend(&one.held);
        if !one.is_whole {
            // What was held may not have been read.
            held.extend(one.told.iter().filter_map(Told::part));
            held.extend(one.aside.iter().map(|aside| aside.about));
        }
    }
    held.extend(choices::clients(tx)?.into_iter().map(Bucket::clinical));
    for about in held {
        buckets::ask_for(tx, about.id(practice), about)?;
    }
    Ok(())
}

fn read(path: &Path, key: &Secret32) -> Salvaged {
    // Of a log that ends at a wrong bit nobody can say what stood behind it.
    let mut rows = Rows { path, key, is_whole: !database::has_log(path) };
    Salvaged {
        facts: FACTS.into_iter().filter_map(|fact| Some((fact, rows.fact(fact)?))).collect(),
        told: rows.read(&Told::ALL, Told::of),
        archived: rows.read(&Archived::ALL, Archived::of),
        aside: rows.read(&Aside::ALL, Aside::of),
        held: rows.read(&buckets::HELD, buckets::held),
        is_whole: rows.is_whole,
    }
}

/// A table of a damaged database.
pub(crate) struct Table {
    /// All of its rows.
    pub select: &'static str,
    /// The same the other way round.
    pub backwards: &'static str,
}

struct Rows<'a> {
    path: &'a Path,
    key: &'a Secret32,
    is_whole: bool,
}

impl Rows<'_> {
    /// What stands under a key, if it reads.
    fn fact(&mut self, fact: MetaKey) -> Option<Option<serde_json::Value>> {
        let found = database::open_to_look(self.path, self.key).and_then(|db| meta::get(&db, fact));
        self.is_whole &= found.is_ok();
        found.ok()
    }

    /// Reads from the front until something does not read, and from the back until there: after a page that is not as it
    /// was written, SQLCipher refuses whatever else is asked through the same connection.
    fn read<K: Ord, T>(&mut self, table: &Table, of: fn(&Row<'_>) -> Result<(K, T)>) -> Vec<T> {
        let mut found = BTreeMap::new();
        if self.scan(table.select, of, &mut found).is_err() {
            self.is_whole = false;
            let _ = self.scan(table.backwards, of, &mut found);
        }
        found.into_values().collect()
    }

    fn scan<K: Ord, T>(
        &self,
        select: &str,
        of: fn(&Row<'_>) -> Result<(K, T)>,
        found: &mut BTreeMap<K, T>,
    ) -> Result<()> {
        let db = database::open_to_look(self.path, self.key)?;
        let mut statement = db.prepare(select)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (key, value) = of(row)?;
            found.insert(key, value);
        }
        Ok(())
    }
}
