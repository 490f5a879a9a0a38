//! What no sync brings again is taken over from a damaged database, as far as it can be read there.

use crate::clinic::{client_id, clinical, laptop, later, note, now, patch, practice_id, uuid};
use crate::damage::flip;
use crate::epoch::version;
use crate::files;
use crate::profile::{Office, PASSWORD, password};
use mentalspace_domain::ids::{BranchId, UserId};
use mentalspace_store::profile::{Profile, Rebuilt};
use mentalspace_store::{MetaKey, Store, Writing};
use std::collections::BTreeMap;
use std::path::Path;

const PAGE: u64 = 4096;
const REFUSED: u128 = 12;

/// A laptop with a signed note that a restored server has not, words that were refused, and a choice begun.
fn office() -> Office {
    let (mut office, profile, store) = Office::open();
    let mut backup = office.server.clone();
    office.server.put(clinical(1), version(1, "Signed words."));
    office.server.pull(laptop(), &store);
    std::mem::swap(&mut office.server, &mut backup);
    store.new_epoch(uuid(2), 0, later(100)).unwrap();
    office.server.sync(laptop(), &store);
    let mut foreign = note(1, 1, &[("plan", "Weekly.")]);
    foreign.author = UserId::new(uuid(66));
    office.server.put(clinical(1), foreign);
    let mut before = String::new();
    for number in 0..REFUSED {
        let after = format!("{number} {}", "Refused words. ".repeat(90));
        let command = patch(100 + number, 1, 1, "subjective", &before, &after);
        store.submit(command, Writing::Complete, now()).unwrap();
        before = after;
    }
    office.server.sync(laptop(), &store);
    let chosen = BTreeMap::from([("plan".to_owned(), "Written from both.".to_owned())]);
    store.keep_choices(BranchId::new(uuid(70)), client_id(1), &chosen).unwrap();
    store.set_meta(MetaKey::Settings, &"larger letters").unwrap();
    drop((profile, store));
    office
}

/// What is in the store that no sync brings, in words.
#[derive(Debug, PartialEq, Eq)]
struct Known {
    told: Vec<String>,
    aside: Vec<String>,
    facts: [Option<String>; 2],
}

impl Known {
    fn of(store: &Store) -> Self {
        let mut told = Vec::new();
        let entries = store.journal(None, 1_000).unwrap();
        for mut entry in entries.into_iter().filter(|entry| entry.name != "rebuild") {
            let words = store.journal_command(std::mem::take(&mut entry.entry)).unwrap();
            told.push(format!("{entry:?} {words:?}"));
        }
        let aside = store.set_aside().unwrap();
        let chosen: Option<BTreeMap<String, String>> = store.choices(BranchId::new(uuid(70))).unwrap();
        Self {
            told,
            aside: aside.into_iter().map(|record| format!("{:?} {:?}", record.id, record.body)).collect(),
            facts: [
                chosen.map(|chosen| format!("{chosen:?}")),
                store.meta::<String>(MetaKey::Settings).unwrap(),
            ],
        }
    }

    fn refused(&self) -> usize {
        self.told.iter().filter(|told| told.contains("Refused words.")).count()
    }

    fn holds(&self, part: &Self) -> bool {
        part.told.iter().all(|told| self.told.contains(told))
            && part.aside.iter().all(|record| self.aside.contains(record))
            && part.facts.iter().zip(&self.facts).all(|(part, whole)| part.is_none() || part == whole)
    }
}

fn rebuild(office: &Office) -> (Profile, Store, Rebuilt) {
    Profile::rebuild(&office.profile, &office.secrets, &password(PASSWORD), later(200)).unwrap()
}

/// Whether the journal says that everything was taken over.
fn says_whole(store: &Store) -> bool {
    let entries = store.journal(None, 1_000).unwrap();
    let said: Vec<_> = entries.into_iter().filter(|entry| entry.name == "rebuild").collect();
    assert_eq!((said.len(), said[0].at), (1, later(200)));
    let is_whole = said[0].detail.contains("This list is whole");
    assert_eq!(said[0].needs_review, !is_whole);
    is_whole
}

fn put_back(office: &Office, from: &Path) {
    std::fs::remove_dir_all(&office.profile).unwrap();
    files::copy(from, &office.profile);
}

/// Damages the first page that holds nothing of it, so that all of it is taken over.
fn rebuilt_whole(office: &Office) -> (Profile, Store, Rebuilt) {
    let pristine = office.dir.path().join("pristine");
    files::copy(&office.profile, &pristine);
    for page in 1.. {
        flip(&office.database(), page * PAGE + 100, 0);
        let (profile, store, rebuilt) = rebuild(office);
        if says_whole(&store) {
            return (profile, store, rebuilt);
        }
        drop((profile, store));
        put_back(office, &pristine);
    }
    unreachable!("some page holds something else")
}

#[test]
fn whatever_page_is_damaged_all_that_reads_is_taken_over_and_nothing_else() {
    let office = office();
    let (profile, store) = office.unlock(PASSWORD).unwrap();
    let before = Known::of(&store);
    assert_eq!((before.refused(), before.aside.len()), (REFUSED as usize, 2), "{before:?}");
    assert!(before.facts.iter().all(Option::is_some));
    drop((profile, store));
    let pristine = office.dir.path().join("pristine");
    files::copy(&office.profile, &pristine);
    let (mut whole, mut parts, mut nothing) = (0, 0, 0);
    for page in 0..std::fs::metadata(office.database()).unwrap().len() / PAGE {
        flip(&office.database(), page * PAGE + 100, 3);
        let (profile, store, _) = rebuild(&office);
        let after = Known::of(&store);
        assert!(before.holds(&after), "page {page}: {after:?}");
        if says_whole(&store) {
            whole += 1;
            assert_eq!(after, before, "page {page}");
        } else {
            assert_ne!(after, before, "page {page}");
            let lost = REFUSED as usize - after.refused();
            if lost == REFUSED as usize {
                nothing += 1
            } else {
                parts += 1
            }
            assert!(lost <= 2 || after.refused() == 0, "page {page}: one page takes {lost} of them along");
        }
        drop((profile, store));
        put_back(&office, &pristine);
    }
    assert!(whole > 10 && parts > 5 && nothing >= 1, "{whole} whole, {parts} in part, {nothing} not at all");
}

#[test]
fn what_was_taken_over_goes_with_a_chart_that_does_not_come_back() {
    for revoked in [true, false] {
        let mut office = office();
        let (_profile, store, _) = rebuilt_whole(&office);
        store.forget_settled_choices().unwrap();
        if revoked {
            office.server.revoke(clinical(1));
        }
        let applied = office.server.sync(laptop(), &store);
        assert_eq!(applied.purged.len(), usize::from(revoked));
        let known = Known::of(&store);
        let left = if revoked { (0, 0, false) } else { (REFUSED as usize, 2, true) };
        assert_eq!((known.refused(), known.aside.len(), known.facts[0].is_some()), left);
        // Without its words it is still to be told that they were refused.
        let refusals = store.journal(None, 1_000).unwrap();
        let refusals = refusals.iter().filter(|entry| entry.outcome == "rejected" && entry.needs_review);
        assert_eq!(refusals.count(), REFUSED as usize);
        let told: Vec<_> = store.erased().unwrap().into_iter().map(|(id, _)| id).collect();
        assert_eq!(told.contains(&clinical(1).id(practice_id())), revoked);
    }
}

#[test]
fn what_a_killed_rebuild_had_not_taken_over_is_taken_over_once_at_the_next_unlocking() {
    let office = office();
    let (profile, store, rebuilt) = rebuilt_whole(&office);
    let known = Known::of(&store);
    drop((profile, store));
    let damaged = rebuilt.kept_in.unwrap();
    let not_yet = damaged.with_file_name("20310101T000000Z");
    // The same once more under a name that nothing was taken over from.
    files::copy(&damaged, &not_yet);
    for _ in 0..2 {
        let (_profile, store) = office.unlock(PASSWORD).unwrap();
        assert_eq!(Known::of(&store).told.len(), 2 * known.told.len());
    }
}
