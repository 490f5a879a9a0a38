//! What a damaged database alone knows: what became of commands, with the words of those that were refused (`journal`);
//! commands that a restored server gets again (`archive`); records that a restored server has not (`set_aside`); choices
//! begun in a conflict. None of it comes down at a sync, so a store that is built anew takes over whatever of it can still
//! be read, and asks for every bucket that was held: what belongs to one that is not granted any more goes with it.

use crate::aside::Aside;
use crate::confirm::Archived;
use crate::error::Result;
use crate::journal::{self, Entry, Told};
use crate::meta::{self, MetaKey};
use crate::{Store, apply, buckets, choices, database, identity};
use chrono::{DateTime, Utc};
use mentalspace_crypto::secret::Secret32;
use mentalspace_domain::bucket::Bucket;
use rusqlite::{Row, Transaction};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

/// Facts of the damaged database that no server has: choices begun, the user's settings, what was erased and is still to
/// be told, and where histories have parted.
const FACTS: [MetaKey; 4] = [MetaKey::Choices, MetaKey::Settings, MetaKey::Erased, MetaKey::CommonUpTo];

const WHOLE: &str = "The data on this device was damaged, and the device was built anew. This list is whole.";
const IN_PART: &str = "The data on this device was damaged, and the device was built anew. Not everything that stood here and \
    nowhere else could be read: this list may have gaps. If your practice had refused a note that you wrote, it has the \
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
    name: String,
    /// What had been taken over into it.
    taken: Vec<String>,
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
    /// Takes over what the damaged databases alone know, once each, and says in the journal that this store was built anew.
    ///
    /// # Errors
    /// This store fails. A damaged one cannot: what does not read is left.
    pub(crate) fn take_over(&self, mut damaged: Vec<Damaged>, key: &Secret32) -> Result<()> {
        let mut taken: Vec<String> = self.meta(MetaKey::TakenOver)?.unwrap_or_default();
        damaged.retain(|damaged| !taken.contains(&damaged.name) && damaged.path.exists());
        damaged.sort_by_key(|damaged| Reverse(damaged.at));
        let Some(at) = damaged.first().map(|newest| newest.at) else { return Ok(()) };
        let mut salvaged: Vec<Salvaged> =
            damaged.iter().map(|damaged| read(&damaged.name, &damaged.path, key)).collect();
        // Each rebuild adds to what was taken over, whatever the clock says: who has most is the newest.
        salvaged.sort_by_key(|one| Reverse(one.taken.len()));
        // What was taken over into one that is whole is in it, with what became of it since.
        let whole: Vec<String> =
            salvaged.iter().filter(|one| one.is_whole).flat_map(|one| one.taken.clone()).collect();
        salvaged.retain(|one| !whole.contains(&one.name));
        taken.extend(damaged.into_iter().map(|damaged| damaged.name));
        self.write(|writer| {
            let tx = writer.db.transaction()?;
            keep(&tx, &salvaged)?;
            let is_whole = salvaged.iter().all(|one| one.is_whole);
            let detail = if is_whole { WHOLE } else { IN_PART };
            let told = Entry::local(at, "rebuild", detail.to_owned());
            journal::add(&tx, &Entry { needs_review: !is_whole, ..told })?;
            meta::set(&tx, MetaKey::TakenOver, &taken)?;
            Ok(tx.commit()?)
        })
    }

    /// Whether a damaged database of this name is still to be taken over.
    pub(crate) fn awaits(&self, name: &str) -> Result<bool> {
        let taken: Vec<String> = self.meta(MetaKey::TakenOver)?.unwrap_or_default();
        Ok(!taken.iter().any(|taken| taken == name))
    }
}

/// Keeps what was read, of which the newest is the first and goes before.
fn keep(tx: &Transaction<'_>, salvaged: &[Salvaged]) -> Result<()> {
    for key in FACTS {
        let mut read = salvaged.iter().flat_map(|one| &one.facts).filter(|(known, _)| *known == key);
        let newest = read.next().and_then(|(_, value)| value.as_ref());
        if let Some(value) = newest {
            meta::set_absent(tx, key, value)?;
        }
    }
    apply::forget_what_came_again(tx)?;
    let mut seen = HashSet::new();
    let mut told: Vec<Vec<&Told>> = Vec::new();
    for one in salvaged {
        told.push(one.told.iter().filter(|told| !seen.contains(&told.identity())).collect());
        seen.extend(one.told.iter().map(Told::identity));
    }
    for told in told.iter().rev().flatten() {
        told.write(tx)?;
    }
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
            held.extend(one.may_have_held());
        }
    }
    held.extend(choices::clients(tx)?.into_iter().map(Bucket::clinical));
    let practice = identity::current(tx)?.practice.id;
    for about in held {
        buckets::ask_for(tx, about.id(practice), about)?;
    }
    Ok(())
}

impl Salvaged {
    /// What else was held, by what is told of it, where the list of it may have gaps. A client whom the server did not take
    /// was nobody's to hold, and her words stay.
    fn may_have_held(&self) -> impl Iterator<Item = Bucket> {
        let never_taken: HashSet<_> = self.told.iter().filter_map(Told::client_never_taken).collect();
        let told = self.told.iter().filter_map(Told::part);
        let archived = self.archived.iter().filter_map(|archived| archived.part);
        let parts = told.chain(archived).filter(move |part| !never_taken.contains(&part.subject));
        parts.chain(self.aside.iter().map(|aside| aside.about))
    }
}

fn read(name: &str, path: &Path, key: &Secret32) -> Salvaged {
    // Of a log that ends at a wrong bit nobody can say what stood behind it.
    let mut rows = Rows { path, key, is_whole: !database::has_log(path) };
    let taken = rows.fact(MetaKey::TakenOver).flatten();
    Salvaged {
        name: name.to_owned(),
        taken: taken.and_then(|taken| serde_json::from_value(taken).ok()).unwrap_or_default(),
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
    pub rows: &'static str,
    /// What they are put in order by, forwards and backwards.
    pub order: &'static [&'static str],
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
        if self.scan(table, "ASC", of, &mut found).is_err() {
            self.is_whole = false;
            let _ = self.scan(table, "DESC", of, &mut found);
        }
        found.into_values().collect()
    }

    fn scan<K: Ord, T>(
        &self,
        table: &Table,
        direction: &str,
        of: fn(&Row<'_>) -> Result<(K, T)>,
        found: &mut BTreeMap<K, T>,
    ) -> Result<()> {
        let db = database::open_to_look(self.path, self.key)?;
        let order: Vec<String> = table.order.iter().map(|column| format!("{column} {direction}")).collect();
        let mut statement = db.prepare(&format!("{} ORDER BY {}", table.rows, order.join(", ")))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (key, value) = of(row)?;
            found.insert(key, value);
        }
        Ok(())
    }
}
