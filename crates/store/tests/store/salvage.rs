//! What no sync brings again is taken over from a damaged database, as far as it can be read there.

use crate::clinic::{
    Desk, client_id, clinical, envelope, laptop, later, note, now, patch, practice_id, rivera, uuid,
};
use crate::damage::flip;
use crate::epoch::version;
use crate::files;
use crate::profile::{Office, PASSWORD, password};
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::client::ClientField;
use mentalspace_domain::client::create::CreateClient;
use mentalspace_domain::command::Command;
use mentalspace_domain::ids::{AssignmentId, BranchId, UserId};
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
    // A client who was begun here and whom the server did not take: no part of her record is held by anybody.
    let create = CreateClient {
        client_id: client_id(7),
        facts: BTreeMap::from([(ClientField::GivenName, "Refused words. Of nobody.".to_owned())]),
        contacts: Vec::new(),
        insurance: Vec::new(),
        assign_to: Some(rivera()),
        assignment_id: Some(AssignmentId::new(uuid(71))),
    };
    let elsewhere = Desk::of(crate::clinic::office());
    elsewhere.submit(envelope(98, Command::ClientCreate(create.clone())));
    office.server.sync(crate::clinic::office(), &elsewhere.store);
    office.server.revoke(Bucket::admin(client_id(7)));
    store.submit(envelope(99, Command::ClientCreate(create)), Writing::Complete, now()).unwrap();
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
    damaged_somewhere(office, |store, _| says_whole(store))
}

/// Damages one page after the other, each by itself, until the device that is built anew is as wanted.
fn damaged_somewhere(
    office: &Office,
    is_wanted: impl Fn(&Store, &Rebuilt) -> bool,
) -> (Profile, Store, Rebuilt) {
    let pristine = office.dir.path().join("pristine");
    files::copy(&office.profile, &pristine);
    let pages = std::fs::metadata(office.database()).unwrap().len() / PAGE;
    for page in (1..pages).rev() {
        flip(&office.database(), page * PAGE + 100, 0);
        let (profile, store, rebuilt) = rebuild(office);
        if rebuilt.kept_in.is_some() && is_wanted(&store, &rebuilt) {
            return (profile, store, rebuilt);
        }
        drop((profile, store));
        put_back(office, &pristine);
    }
    unreachable!("no page is like that")
}

#[test]
fn whatever_page_is_damaged_all_that_reads_is_taken_over_and_nothing_else() {
    let office = office();
    let (profile, store) = office.unlock(PASSWORD).unwrap();
    let before = Known::of(&store);
    assert_eq!((before.refused(), before.aside.len()), (1 + REFUSED as usize, 2), "{before:?}");
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
            let lost = before.refused() - after.refused();
            parts += usize::from(lost > 0 && after.refused() > 0);
            nothing += usize::from(after.refused() == 0);
            assert!(lost <= 2 || after.refused() == 0, "page {page}: one page takes {lost} of them along");
        }
        drop((profile, store));
        put_back(&office, &pristine);
    }
    assert!(whole > 10 && parts > 5 && nothing >= 1, "{whole} whole, {parts} in part, {nothing} not at all");
}

/// What became of the chart while the laptop was damaged.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meanwhile {
    Nothing,
    Revoked,
    /// A restored server does not know any more, or not yet, whether it was granted, and says nothing of it.
    Unknown,
}

#[test]
fn what_was_taken_over_goes_with_a_chart_to_which_access_has_ended_and_with_no_other() {
    for meanwhile in [Meanwhile::Nothing, Meanwhile::Revoked, Meanwhile::Unknown] {
        let mut office = office();
        let (_profile, store, _) = rebuilt_whole(&office);
        store.forget_settled_choices().unwrap();
        if meanwhile != Meanwhile::Nothing {
            office.server.revoke(clinical(1));
        }
        let mut answer = office.server.answer(laptop(), &store, usize::MAX);
        if meanwhile == Meanwhile::Unknown {
            answer.revoked.clear();
        }
        let applied = store.apply(&answer, later(300)).unwrap();
        let is_over = meanwhile == Meanwhile::Revoked;
        assert_eq!(applied.purged.len(), usize::from(is_over));
        let known = Known::of(&store);
        let left = if is_over { (1, 0, false) } else { (1 + REFUSED as usize, 2, true) };
        assert_eq!((known.refused(), known.aside.len(), known.facts[0].is_some()), left);
        // Without its words it is still to be told that they were refused; of the rest nothing is told any more.
        let told = store.journal(None, 1_000).unwrap();
        let refused = told.iter().filter(|entry| entry.outcome == "rejected" && entry.needs_review).count();
        let applied = told.iter().filter(|entry| entry.outcome == "applied").count();
        assert_eq!((refused, applied), (1 + REFUSED as usize, usize::from(!is_over)));
        let told: Vec<_> = store.erased().unwrap().into_iter().map(|(id, _)| id).collect();
        assert_eq!(told.contains(&clinical(1).id(practice_id())), is_over);
        // What a server that is set back would get again: of the chart, and the client whom it did not take.
        store.new_epoch(uuid(7), 0, later(400)).unwrap();
        let offered = if is_over { 1 } else { 2 + REFUSED };
        assert_eq!(u128::from(store.outbox_len().unwrap()), offered);
    }
}

#[test]
fn a_device_that_is_damaged_once_more_knows_what_it_knew_last_and_each_thing_once() {
    let office = office();
    let (profile, store, _) = rebuilt_whole(&office);
    let entries = store.journal(None, 1_000).unwrap();
    let refused = entries.iter().find(|entry| entry.outcome == "rejected").unwrap();
    store.journal_reviewed(refused.entry).unwrap();
    let chosen = BTreeMap::from([("plan".to_owned(), "Written from both, and better.".to_owned())]);
    store.keep_choices(BranchId::new(uuid(70)), client_id(1), &chosen).unwrap();
    let last = Known::of(&store);
    drop((profile, store));
    let pristine = office.dir.path().join("once more");
    files::copy(&office.profile, &pristine);
    let (mut whole, mut parts, mut older) = (0, 0, 0);
    for page in 0..std::fs::metadata(office.database()).unwrap().len() / PAGE {
        flip(&office.database(), page * PAGE + 100, 3);
        // By a clock that was set back meanwhile.
        let (profile, store, _) =
            Profile::rebuild(&office.profile, &office.secrets, &password(PASSWORD), later(100)).unwrap();
        let after = Known::of(&store);
        assert_eq!(after.refused(), last.refused(), "page {page}: what one does not tell, the other does");
        if after == last {
            whole += 1;
        } else if after.facts[0] == last.facts[0] {
            parts += 1;
        } else {
            older += 1;
        }
        drop((profile, store));
        put_back(&office, &pristine);
    }
    assert!(whole > 10 && parts > 2 && older >= 1, "{whole} whole, {parts} in part, {older} the older one");
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

#[test]
fn words_about_a_client_whom_the_server_did_not_take_stay_also_where_not_all_could_be_read() {
    let mut office = office();
    // No log, but nobody can say that.
    std::fs::write(files::beside(&office.database(), "-wal"), [0x55; 100]).unwrap();
    let (_profile, store, _) = damaged_somewhere(&office, |store, _| !says_whole(store));
    office.server.sync(laptop(), &store);
    let known = Known::of(&store);
    assert_eq!(known.refused(), 1 + REFUSED as usize);
    assert!(known.told.iter().any(|told| told.contains("Of nobody.")), "{known:?}");
    office.server.revoke(clinical(1));
    assert_eq!(office.server.pull(laptop(), &store).purged.len(), 1);
    let known = Known::of(&store);
    assert!(known.refused() == 1 && known.told.iter().any(|told| told.contains("Of nobody.")), "{known:?}");
}

/// A wrong bit in the log may end it before the command was given back to a server that had been restored.
#[test]
fn what_the_copy_says_is_still_to_be_sent_is_sent_whatever_the_damaged_file_says() {
    let office = office();
    let before = std::fs::read(office.database()).unwrap();
    let (profile, store) = office.unlock(PASSWORD).unwrap();
    store.new_epoch(uuid(9), 0, later(150)).unwrap();
    let given_back = store.outbox_len().unwrap();
    assert!(given_back > 0);
    drop((profile, store));
    std::fs::write(office.database(), before).unwrap();
    let (_profile, store, rebuilt) = rebuilt_whole(&office);
    assert_eq!(store.outbox_len().unwrap(), given_back);
    assert_eq!(rebuilt.commands, given_back as usize);
}

#[test]
fn a_damaged_file_that_was_not_taken_over_yet_outlives_a_chart_that_is_erased() {
    let mut office = office();
    let (profile, store, rebuilt) = rebuilt_whole(&office);
    let taken = rebuilt.kept_in.unwrap();
    let not_yet = taken.with_file_name("20310101T000000Z");
    files::copy(&taken, &not_yet);
    office.server.revoke(clinical(1));
    office.server.sync(laptop(), &store);
    assert!(!taken.exists() && not_yet.exists());
    assert!(store.erased().unwrap().is_empty(), "nobody is told before it is gone");
    drop((profile, store));
    let (_profile, store) = office.unlock(PASSWORD).unwrap();
    office.server.pull(laptop(), &store);
    assert!(!store.erased().unwrap().is_empty() && !not_yet.exists());
}
