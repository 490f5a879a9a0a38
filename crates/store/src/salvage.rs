//! What a damaged database alone knows: what became of commands, with the words of those that were refused (`journal`);
//! records that a restored server has not (`set_aside`); choices begun in a conflict. None of it comes down at a sync, so
//! a store that is built anew takes over whatever of it can still be read.

use crate::error::Result;
use crate::journal::{self, Entry};
use crate::meta::{self, MetaKey};
use crate::{Store, aside, buckets, choices, database, identity};
use chrono::{DateTime, Utc};
use mentalspace_crypto::secret::Secret32;
use mentalspace_domain::bucket::Bucket;
use rusqlite::{Connection, Row, Transaction};
use std::collections::BTreeMap;
use std::path::Path;

/// Facts of the damaged database that no server has: choices begun, the user's settings, and what was erased and is still
/// to be told.
const FACTS: [MetaKey; 3] = [MetaKey::Choices, MetaKey::Settings, MetaKey::Erased];

const WHOLE: &str = "The data on this device was damaged, and the device was built anew. This list is whole.";
const IN_PART: &str = "The data on this device was damaged, and the device was built anew. Not everything that stood here and \
    nowhere else could be read: this list may have gaps. If your practice had refused something that you wrote, it has the \
    words. Ask your administrator if you miss something.";

/// What could be read.
struct Salvaged {
    facts: Vec<(MetaKey, serde_json::Value)>,
    told: Vec<journal::Told>,
    aside: Vec<aside::Aside>,
    /// Whether nothing of it can have been there that is not here.
    is_whole: bool,
}

impl Store {
    /// Takes over what the damaged database at `path` alone knows, once for each `name`, and says in the journal that this
    /// store was built anew at `at`.
    ///
    /// # Errors
    /// This store fails. The damaged one cannot: what does not read is left.
    pub(crate) fn take_over(
        &self,
        name: String,
        path: &Path,
        key: &Secret32,
        at: DateTime<Utc>,
    ) -> Result<()> {
        let mut taken: Vec<String> = self.meta(MetaKey::TakenOver)?.unwrap_or_default();
        if taken.contains(&name) {
            return Ok(());
        }
        let salvaged = read(path, key);
        taken.push(name);
        self.write(|writer| {
            let tx = writer.db.transaction()?;
            keep(&tx, &salvaged)?;
            let detail = if salvaged.is_whole { WHOLE } else { IN_PART };
            let told = Entry::local(at, "rebuild", detail.to_owned());
            journal::add(&tx, &Entry { needs_review: !salvaged.is_whole, ..told })?;
            meta::set(&tx, MetaKey::TakenOver, &taken)?;
            Ok(tx.commit()?)
        })
    }
}

fn keep(tx: &Transaction<'_>, salvaged: &Salvaged) -> Result<()> {
    for (key, value) in &salvaged.facts {
        if meta::get::<serde_json::Value>(tx, *key)?.is_none() {
            meta::set(tx, *key, value)?;
        }
    }
    let practice = identity::current(tx)?.practice.id;
    // They go with the chart where access to it has ended meanwhile, and it comes down again where it has not.
    let mut parts: Vec<Bucket> = choices::clients(tx)?.into_iter().map(Bucket::clinical).collect();
    for told in &salvaged.told {
        told.write(tx)?;
        parts.extend(told.part_with_words());
    }
    for aside in &salvaged.aside {
        aside.write(tx)?;
        parts.push(aside.about);
    }
    for part in parts {
        buckets::await_words(tx, part.id(practice), part)?;
    }
    Ok(())
}

fn read(path: &Path, key: &Secret32) -> Salvaged {
    let mut is_whole = true;
    let mut facts = Vec::new();
    for fact in FACTS {
        let found =
            database::open_to_look(path, key).and_then(|db| meta::get::<serde_json::Value>(&db, fact));
        match found {
            Ok(value) => facts.extend(value.map(|value| (fact, value))),
            Err(_) => is_whole = false,
        }
    }
    let mut rows = Rows { path, key, is_whole };
    let told = rows.read(journal::Told::ALL, journal::Told::of);
    let aside = rows.read(aside::Aside::ALL, aside::Aside::of);
    Salvaged { facts, told, aside, is_whole: rows.is_whole }
}

/// A table of the damaged database.
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
    /// Reads from the front until something does not read, and from the back until there: after a page that is not as it
    /// was written, SQLCipher refuses whatever else is asked through the same connection.
    fn read<K: Ord, T>(&mut self, table: Table, of: fn(&Row<'_>) -> Result<(K, T)>) -> Vec<T> {
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
        let db: Connection = database::open_to_look(self.path, self.key)?;
        let mut statement = db.prepare(select)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (key, value) = of(row)?;
            found.insert(key, value);
        }
        Ok(())
    }
}
