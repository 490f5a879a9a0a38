//! A damaged file is told as what it is, never served as something else; unsent words come back from the copy.

use crate::clinic::{begin, clinical, key, laptop, later, note_id, now, patch, practice_id, uuid};
use crate::files;
use crate::profile::{OTHER, Office, PASSWORD, database_key, hex, password};
use mentalspace_crypto::randomness::{Randomness as _, SeededRandomness};
use mentalspace_domain::command::{Command, CommandEnvelope};
use mentalspace_domain::ids::CommandId;
use mentalspace_domain::note::Note;
use mentalspace_domain::note::edit::Edit;
use mentalspace_store::profile::{LeaseRecord, Profile, UnlockError};
use mentalspace_store::{MetaKey, Store, StoreError, Writing};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

pub(crate) fn flip(path: &Path, offset: u64, bit: u8) {
    let file = std::fs::OpenOptions::new().read(true).write(true).open(path).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, offset).unwrap();
    file.write_all_at(&[byte[0] ^ (1 << bit)], offset).unwrap();
}

/// Everything that the store can be asked, or the first failure.
fn read_all(store: &Store) -> Result<String, StoreError> {
    let mut all = Vec::new();
    let notes: Vec<Note> = store.all()?;
    for note in &notes {
        all.push(format!("{note:?} {:?}", store.sync_word(note.id)?));
    }
    all.push(format!("{:?}", store.search("weekly", 100)?.len()));
    all.push(format!("{:?} {:?}", store.held()?, store.pending()?));
    all.push(format!("{:?}", store.journal(None, 100)?));
    all.sort();
    Ok(all.join("\n"))
}

#[test]
fn one_flipped_bit_is_never_served() {
    let desk = crate::clinic::Desk::new();
    let mut server = crate::server::Server::new();
    for i in 0..30 {
        let text = format!("Weekly {}.", "words ".repeat(i * 20));
        server.put(crate::clinic::clinical(1), crate::clinic::note(100 + i as u128, 1, &[("plan", &text)]));
    }
    server.pull(laptop(), &desk.store);
    let truth = read_all(&desk.store).unwrap();
    let crate::clinic::Desk { store, path, dir } = desk;
    drop(store);
    let length = std::fs::metadata(&path).unwrap().len();
    let randomness = SeededRandomness::new(3);
    let (mut seen, mut unseen) = (0, 0);
    for _ in 0..60 {
        let mut random = [0; 9];
        randomness.fill(&mut random).unwrap();
        let offset = u64::from_le_bytes(random[..8].try_into().unwrap()) % length;
        flip(&path, offset, random[8] % 8);
        match Store::open(&path, &key()).and_then(|store| read_all(&store)) {
            Ok(read) => {
                // Pages that nothing of this reads, such as free ones.
                assert_eq!(read, truth, "a value that nobody wrote was served, offset {offset}");
                unseen += 1;
            }
            Err(StoreError::Damaged(_)) => seen += 1,
            Err(other) => panic!("told as something else: {other:?}, offset {offset}"),
        }
        for ending in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(files::beside(&path, ending));
        }
        flip(&path, offset, random[8] % 8);
    }
    assert!(seen > 20, "{seen} of 60 were seen, {unseen} lay where nothing was read");
    assert_eq!(read_all(&Store::open(&path, &key()).unwrap()).unwrap(), truth, "each flip was turned back");
    drop(dir);
}

/// Ruins the database beyond its first page, so that it opens by its key and fails on use; or wholly.
fn ruin(office: &Office, wholly: bool) {
    let path = office.database();
    let length = std::fs::metadata(&path).unwrap().len();
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    let from = if wholly { 0 } else { 4096 };
    file.write_all_at(&vec![0xaa; usize::try_from(length - from).unwrap()], from).unwrap();
}

#[test]
fn unsent_words_come_back_when_the_database_is_ruined() {
    for wholly in [false, true] {
        let (mut office, profile, store) = Office::open();
        office.server.sync(laptop(), &store);
        store.set_meta(MetaKey::Keys, &"the device's keys").unwrap();
        store.set_meta(MetaKey::LogEpoch, &crate::clinic::uuid(7)).unwrap();
        store.submit(begin(20, 5, 1), Writing::Complete, now()).unwrap();
        for (i, text) in (21..).zip(["T", "Ty", "Typed", "Typed and typed."]) {
            let command = patch(
                i,
                5,
                1,
                "plan",
                if i == 21 { "" } else { ["T", "Ty", "Typed"][i as usize - 22] },
                text,
            );
            store.submit(command, Writing::StillTyping, later(1)).unwrap();
        }
        let unsent = store.pending().unwrap();
        assert_eq!(unsent.len(), 2);
        drop((profile, store));
        ruin(&office, wholly);
        let before = files::fingerprint(&office.profile);
        assert!(matches!(office.unlock(PASSWORD), Err(UnlockError::Damaged)), "and repairing is offered");
        if wholly {
            assert_eq!(files::fingerprint(&office.profile), before, "a refusal is still a refusal");
        }
        let wrong = Profile::rebuild(&office.profile, &office.secrets, &password(OTHER), later(5));
        assert!(matches!(wrong, Err(UnlockError::WrongPassword { .. })));
        let (profile, store, rebuilt) =
            Profile::rebuild(&office.profile, &office.secrets, &password(PASSWORD), later(60)).unwrap();
        assert_eq!((rebuilt.commands, rebuilt.unreadable), (2, 0));
        let kept = rebuilt.kept_in.unwrap();
        assert!(kept.join("store.db").exists(), "the damaged file is kept as evidence");
        let back: Vec<_> = store.pending().unwrap().into_iter().map(|p| (p.seq, p.envelope)).collect();
        let expected: Vec<_> = unsent.into_iter().map(|p| (p.seq, p.envelope)).collect();
        assert_eq!(back, expected, "the same commands under the same numbers");
        assert_eq!(store.meta::<String>(MetaKey::Keys).unwrap().unwrap(), "the device's keys");
        assert_eq!(store.meta::<i64>(MetaKey::ProcessedSeq).unwrap(), Some(1));
        let applied = office.server.sync(laptop(), &store);
        assert_eq!((applied.confirmed, applied.mismatched.len()), (2, 0));
        let note: Note = store.get(note_id(5).uuid()).unwrap().unwrap();
        assert_eq!(note.section(&"plan".into()), "Typed and typed.");
        drop((profile, store));
        let (_, store) = office.unlock_at(PASSWORD, 90).unwrap();
        assert_eq!(store.outbox_len().unwrap(), 0);
    }
}

#[test]
fn without_the_copy_they_would_be_lost() {
    // The control, and the answer in words where nothing can be built from.
    let office = Office::new();
    std::fs::remove_file(office.profile.join("outbox.copy")).unwrap();
    ruin(&office, true);
    let before = files::fingerprint(&office.profile);
    let refused =
        Profile::rebuild(&office.profile, &office.secrets, &password(PASSWORD), now()).map(drop_all);
    assert!(matches!(refused, Err(UnlockError::NothingToRebuildFrom)));
    let refused = office.unlock(PASSWORD).map(drop_all).unwrap_err();
    let words = refused.to_string();
    assert!(words.contains("Nothing was touched") && words.contains("safe there"), "{words}");
    assert_eq!(files::fingerprint(&office.profile), before);
}

fn drop_all<T>(_: T) {}

#[test]
fn a_whole_database_is_not_rebuilt() {
    let office = Office::new();
    let (_, store, rebuilt) =
        Profile::rebuild(&office.profile, &office.secrets, &password(PASSWORD), now()).unwrap();
    assert_eq!((rebuilt.kept_in, store.outbox_len().unwrap()), (None, 1));
}

/// Something is written, and the database put back to where it was before: the copy alone has it. Gives its command.
fn put_back_behind_a_word(office: &Office) -> CommandId {
    let old = std::fs::read(office.database()).unwrap();
    let (profile, store) = office.unlock(PASSWORD).unwrap();
    let since =
        store.submit(patch(30, 1, 1, "subjective", "", "Written since."), Writing::Complete, now()).unwrap();
    drop((profile, store));
    std::fs::write(office.database(), old).unwrap();
    since.command
}

#[test]
fn an_old_database_put_back_does_not_swallow_what_was_written_since() {
    let (office, profile, store) = Office::open();
    drop((profile, store));
    let since = put_back_behind_a_word(&office);
    let (_, store) = office.unlock(PASSWORD).unwrap();
    assert!(store.pending().unwrap().iter().any(|pending| pending.envelope.id == since));
    assert_eq!(subjective(&store), "Written since.");
}

/// What lies at `path` cannot be read from now on, as where the disk does not give it: it leads to itself. Gives what it was.
fn not_given(path: &Path) -> Vec<u8> {
    let held = std::fs::read(path).unwrap();
    std::fs::remove_file(path).unwrap();
    std::os::unix::fs::symlink(path.file_name().unwrap(), path).unwrap();
    assert!(std::fs::read(path).is_err());
    held
}

fn given_again(path: &Path, held: &[u8]) {
    std::fs::remove_file(path).unwrap();
    std::fs::write(path, held).unwrap();
}

/// With its keys, as an enrolled device has them.
fn with_keys() -> Office {
    let (office, profile, store) = Office::open();
    store.set_meta(MetaKey::Keys, &"the device's keys").unwrap();
    drop((profile, store));
    office
}

fn is_told(store: &Store, words: &str) -> bool {
    let told = store.journal(None, 10).unwrap();
    told.iter().any(|entry| entry.name == "outbox.copy" && entry.needs_review && entry.detail.contains(words))
}

#[test]
fn a_copy_that_the_disk_does_not_give_keeps_nobody_from_a_whole_database_and_loses_no_word() {
    let office = with_keys();
    let since = put_back_behind_a_word(&office);
    let copy = office.profile.join("outbox.copy");
    let held = not_given(&copy);
    let knows = |store: &Store| store.pending().unwrap().iter().any(|p| p.envelope.id == since);

    let (profile, store) = office.unlock(PASSWORD).unwrap();
    assert!(!knows(&store), "the control: the database does not have it");
    assert_eq!(store.outbox_len().unwrap(), 1, "what it has is there");
    assert!(is_told(&store, "was set aside"));
    let aside = office.profile.join("damaged/copy/outbox.copy");
    assert!(aside.is_symlink() && copy.is_file(), "it is kept, and a new one is begun");
    store.submit(patch(31, 1, 1, "objective", "", "Written after."), Writing::Complete, later(1)).unwrap();
    drop((profile, store));
    drop(office.unlock(PASSWORD).unwrap());
    assert!(aside.is_symlink(), "for as long as the disk does not give it");

    given_again(&aside, &held);
    let (profile, store) = office.unlock(PASSWORD).unwrap();
    assert!(knows(&store));
    assert_eq!(store.outbox_len().unwrap(), 3, "each once");
    assert_eq!(subjective(&store), "Written since.");
    let note: Note = store.get(note_id(1).uuid()).unwrap().unwrap();
    assert_eq!(note.section(&"objective".into()), "Written after.");
    assert!(!office.profile.join("damaged/copy").exists(), "all of it is here");
    drop((profile, store));
    ruin(&office, true);
    let (_, store, _) =
        Profile::rebuild(&office.profile, &office.secrets, &password(PASSWORD), now()).unwrap();
    assert_eq!(store.outbox_len().unwrap(), 3, "and in the new copy");
}

#[test]
fn a_copy_that_can_neither_be_read_nor_set_aside_is_not_written_over() {
    let office = with_keys();
    let copy = office.profile.join("outbox.copy");
    let held = not_given(&copy);
    let in_the_way = office.profile.join("damaged");
    std::fs::write(&in_the_way, "").unwrap();
    let (profile, store) = office.unlock(PASSWORD).unwrap();
    assert!(is_told(&store, "could not be set aside"));
    store.submit(patch(30, 1, 1, "subjective", "", "Saved."), Writing::Complete, now()).unwrap();
    assert!(copy.is_symlink(), "words may be in it that are nowhere else");
    std::fs::remove_file(&in_the_way).unwrap();
    store.submit(patch(31, 1, 1, "objective", "", "Saved too."), Writing::Complete, later(1)).unwrap();
    assert!(copy.is_file(), "the control: as soon as it can be set aside a copy is kept again");
    drop((profile, store));
    given_again(&in_the_way.join("copy/outbox.copy"), &held);
    let (_, store) = office.unlock(PASSWORD).unwrap();
    assert_eq!(store.outbox_len().unwrap(), 3);
    assert!(!in_the_way.join("copy").exists());
}

/// A database that does not open, or that a rebuild has begun and not ended, is nothing without the copy.
#[test]
fn a_copy_that_the_disk_does_not_give_is_waited_for_where_the_database_needs_it() {
    for (is_begun, wholly) in [(true, false), (false, false), (false, true)] {
        let office = if is_begun { Office::new() } else { with_keys() };
        if !is_begun {
            ruin(&office, wholly);
        }
        let copy = office.profile.join("outbox.copy");
        let held = not_given(&copy);
        let refused = office.unlock(PASSWORD).map(drop_all).unwrap_err();
        let is_of_the_file =
            matches!(refused, UnlockError::Files(_) | UnlockError::Store(StoreError::Files(_)));
        assert!(is_of_the_file, "{refused:?}");
        assert!(copy.is_symlink() && !office.profile.join("damaged").exists(), "nothing was touched");
        given_again(&copy, &held);
        match office.unlock(PASSWORD) {
            Ok((_, store)) => assert_eq!((is_begun, store.outbox_len().unwrap()), (true, 1)),
            Err(why) => assert!(!is_begun && matches!(why, UnlockError::Damaged), "{why:?}"),
        }
    }
}

#[test]
fn the_copy_bears_a_torn_end_and_a_flipped_bit() {
    let (office, profile, store) = Office::open();
    for i in 0..6 {
        store.submit(begin(40 + i, 60 + i, 1), Writing::Complete, now()).unwrap();
    }
    drop((profile, store));
    let copy = office.profile.join("outbox.copy");
    let whole = std::fs::read(&copy).unwrap();
    // Torn in the last entry, as a power cut leaves it.
    for cut in [1, 4, 5, 60] {
        std::fs::write(&copy, &whole[..whole.len() - cut]).unwrap();
        ruin(&office, true);
        let (profile, store, rebuilt) =
            Profile::rebuild(&office.profile, &office.secrets, &password(PASSWORD), now()).unwrap();
        assert_eq!(rebuilt.commands, 6, "cut by {cut}: all but the torn one");
        drop((profile, store));
    }
    let middle = {
        // Into the body of the third entry from the end, past its length.
        let mut at = 8;
        let mut starts = Vec::new();
        while at + 4 <= whole.len() {
            starts.push(at);
            at += 4 + u32::from_le_bytes(whole[at..at + 4].try_into().unwrap()) as usize;
        }
        starts[starts.len() - 3] + 40
    };
    let mut flipped = whole.clone();
    flipped[middle] ^= 1;
    std::fs::write(&copy, &flipped).unwrap();
    ruin(&office, true);
    let (_, store, rebuilt) =
        Profile::rebuild(&office.profile, &office.secrets, &password(PASSWORD), now()).unwrap();
    assert_eq!((rebuilt.commands, rebuilt.unreadable), (6, 1));
    assert!(
        rebuilt.kept_in.unwrap().join("last-resort").exists(),
        "what could not be read may be nowhere else"
    );
    drop(store);
    // A wrong length takes all that stands behind it along: nobody can say how much that was.
    let mut cut = whole;
    cut[middle - 40..middle - 36].fill(0xff);
    std::fs::write(&copy, &cut).unwrap();
    ruin(&office, true);
    let (_, _, rebuilt) =
        Profile::rebuild(&office.profile, &office.secrets, &password(PASSWORD), now()).unwrap();
    assert!(rebuilt.commands < 6);
    assert!(rebuilt.kept_in.unwrap().join("last-resort").exists());
}

/// Refused words, and records that a restored server had not, are in the damaged file and do not come down again.
#[test]
fn what_was_set_aside_is_kept_for_thirty_days_and_goes_with_a_chart_that_is_erased() {
    for last_resort in [false, true] {
        let mut office = Office::new();
        ruin(&office, true);
        let (_, store, rebuilt) =
            Profile::rebuild(&office.profile, &office.secrets, &password(PASSWORD), now()).unwrap();
        let kept = rebuilt.kept_in.unwrap();
        assert!(!kept.join("last-resort").exists(), "the copy was read whole");
        if last_resort {
            std::fs::write(kept.join("last-resort"), "").unwrap();
        }
        let id = clinical(1).id(practice_id());
        office.server.sync(laptop(), &store);
        let by_the_clocks = |signed: i64, shown: i64| {
            let at = now() + chrono::TimeDelta::days(signed);
            let lease = LeaseRecord::new(at, at + chrono::TimeDelta::days(7), serde_json::Value::Null);
            store.set_meta(MetaKey::Lease, &lease).unwrap();
            store.made_up_for(now() + chrono::TimeDelta::days(shown)).unwrap();
        };
        for (signed, shown) in [(0, 0), (30, 30), (400, 0), (0, 400)] {
            by_the_clocks(signed, shown);
            assert!(kept.join("store.db").exists(), "the server's {signed} days, the device's {shown}");
        }
        office.server.revoke(clinical(1));
        assert_eq!(office.server.pull(laptop(), &store).purged.len(), 1);
        assert_eq!(kept.exists(), last_resort, "it holds the chart that was erased");
        // The server is told only when nothing of the chart is left here.
        let told: Vec<_> = store.erased().unwrap().into_iter().map(|(id, _)| id).collect();
        assert_eq!(told, if last_resort { Vec::new() } else { vec![id] });
        by_the_clocks(31, 31);
        assert!(!kept.exists());
        assert_eq!(store.erased().unwrap().len(), 1);
    }
}

/// A laptop that was built anew knows no chart yet when it sends what it had: where access has ended meanwhile, the words
/// that it sent go from what it keeps of them, and it says so.
#[test]
fn unsent_words_that_came_back_are_erased_with_a_chart_that_did_not() {
    for revoked in [true, false] {
        let mut office = Office::new();
        ruin(&office, true);
        let (_, store, rebuilt) =
            Profile::rebuild(&office.profile, &office.secrets, &password(PASSWORD), now()).unwrap();
        assert_eq!(rebuilt.commands, 1);
        if revoked {
            office.server.revoke(clinical(1));
        }
        let applied = office.server.sync(laptop(), &store);
        assert_eq!((applied.confirmed, applied.purged.len()), (1, usize::from(revoked)));
        let erased: Vec<_> = store.erased().unwrap().into_iter().map(|(id, _)| id).collect();
        let told = if revoked { vec![clinical(1).id(practice_id())] } else { Vec::new() };
        assert_eq!(erased, told);
        // What is kept of them would be offered again to a server that was set back.
        store.new_epoch(uuid(7), 0, later(9)).unwrap();
        assert_eq!(store.outbox_len().unwrap(), u32::from(!revoked));
    }
}

#[test]
fn what_was_set_aside_is_never_written_over() {
    let office = Office::new();
    let mut kept = Vec::new();
    for filled in [0x11_u8, 0x22] {
        std::fs::write(office.database(), vec![filled; 9_000]).unwrap();
        let (profile, store, rebuilt) =
            Profile::rebuild(&office.profile, &office.secrets, &password(PASSWORD), now()).unwrap();
        kept.push((filled, rebuilt.kept_in.unwrap()));
        drop((profile, store));
    }
    assert_ne!(kept[0].1, kept[1].1, "in the same second");
    for (filled, place) in kept {
        assert_eq!(std::fs::read(place.join("store.db")).unwrap(), vec![filled; 9_000]);
    }
}

/// A flipped bit in the log makes SQLite forget what was committed after it. The second copy does not.
#[test]
fn a_damaged_log_loses_no_unsent_word() {
    let randomness = SeededRandomness::new(8);
    let mut shorter = 0;
    for _ in 0..40 {
        let office = Office::new();
        office.with_live_log();
        let log = files::beside(&office.database(), "-wal");
        let mut random = [0; 9];
        randomness.fill(&mut random).unwrap();
        let length = std::fs::metadata(&log).unwrap().len();
        let offset = u64::from_le_bytes(random[..8].try_into().unwrap()) % length;
        let known = |office: &Office, by_itself: bool| {
            let copy = office.profile.join("outbox.copy");
            if by_itself {
                std::fs::remove_file(&copy).unwrap();
            }
            let (_, store) = office.unlock(PASSWORD)?;
            Ok::<_, UnlockError>(store.pending()?.len())
        };
        flip(&log, offset, random[8] % 8);
        let control = office.dir.path().join("control");
        files::copy(&office.profile, &control);
        assert_eq!(known(&office, false).unwrap(), 2, "offset {offset}: both commands are there");
        // The control: without the copy, the newest command is gone wherever the log ends early.
        std::fs::remove_dir_all(&office.profile).unwrap();
        std::fs::rename(&control, &office.profile).unwrap();
        shorter += usize::from(known(&office, true).unwrap() < 2);
    }
    assert!(shorter > 5, "in {shorter} of 40 the log alone had lost something");
}

#[test]
fn the_copy_holds_only_what_is_unsent() {
    let (mut office, _profile, store) = Office::open();
    let length = || std::fs::metadata(office.profile.join("outbox.copy")).unwrap().len();
    let empty = length();
    let mut text = String::new();
    for i in 0..900_u128 {
        let before = text.clone();
        text.push_str("More and more. ");
        store.submit(patch(100 + i, 1, 1, "objective", &before, &text), Writing::StillTyping, now()).unwrap();
        if i == 20 {
            assert!(length() > empty);
        }
    }
    assert!(length() < 3 << 20, "{} bytes: while she types it is written anew now and then", length());
    let path = office.profile.join("outbox.copy");
    office.server.sync(laptop(), &store);
    assert!(std::fs::metadata(path).unwrap().len() <= empty, "what the server has is in no copy any more");
}

#[test]
fn a_kill_in_the_middle_of_a_checkpoint_locks_nobody_out() {
    let crate::clinic::Desk { store, path, dir } = crate::clinic::Desk::new();
    let mut server = crate::server::Server::new();
    server.put(crate::clinic::clinical(1), crate::clinic::note(1, 1, &[("plan", "Weekly.")]));
    server.pull(laptop(), &store);
    drop(store);
    let before = std::fs::read(&path).unwrap();
    let store = Store::open(&path, &key()).unwrap();
    for i in 0..40 {
        store.submit(begin(100 + i, 200 + i, 1), Writing::Complete, now()).unwrap();
    }
    let unsent = store.pending().unwrap();
    let log = std::fs::read(files::beside(&path, "-wal")).unwrap();
    drop(store);
    let after = std::fs::read(&path).unwrap();
    assert!(after.len() > before.len(), "the checkpoint has made the file longer");
    // The first page is moved first, and knows of pages that the file does not have yet. A power cut may tear it besides.
    let torn = [&after[..512], &before[512..]].concat();
    for cut_short in [[&after[..4096], &before[4096..]].concat(), torn] {
        std::fs::write(&path, cut_short).unwrap();
        let alone = Store::open(&path, &key());
        assert!(matches!(alone, Err(StoreError::Damaged(_))), "the control: no log, no data");
        std::fs::write(files::beside(&path, "-wal"), &log).unwrap();
        let store = Store::open(&path, &key()).unwrap();
        assert_eq!(store.pending().unwrap(), unsent);
        drop(store);
        assert!(!files::beside(&path, "-wal").exists(), "closing has moved the log into the file");
    }
    drop(dir);
}

fn subjective(store: &Store) -> String {
    let note: Note = store.get(note_id(1).uuid()).unwrap().unwrap();
    note.section(&"subjective".into()).to_owned()
}

/// Saves a pause of typing, by a clock that shows this second.
fn typed(store: &Store, i: u128, from: &str, to: &str, second: i64) {
    let asserted_at = later(second);
    let envelope = CommandEnvelope { asserted_at, ..patch(i, 1, 1, "subjective", from, to) };
    store.submit(envelope, Writing::StillTyping, asserted_at).unwrap();
}

/// The database and its log as they stand, to be put back behind what is typed after.
fn both_files(office: &Office) -> [(PathBuf, Vec<u8>); 2] {
    [office.database(), files::beside(&office.database(), "-wal")].map(|path| {
        let held = std::fs::read(&path).unwrap();
        (path, held)
    })
}

fn put_back(files: &[(PathBuf, Vec<u8>); 2]) {
    files.iter().for_each(|(path, held)| std::fs::write(path, held).unwrap());
}

#[test]
fn typing_that_the_log_has_lost_comes_back_from_the_copy() {
    let (office, profile, store) = Office::open();
    typed(&store, 30, "", "She said", 2);
    let before = both_files(&office);
    // By a clock that was set back.
    typed(&store, 31, "She said", "She said that", 1);
    typed(&store, 32, "She said that", "She said that it helped.", 1);
    drop((profile, store));
    let found = |office: &Office, commands: u32| {
        put_back(&before);
        let (_profile, store) = office.unlock(PASSWORD).unwrap();
        assert_eq!(store.outbox_len().unwrap(), commands);
        subjective(&store)
    };
    assert_eq!(found(&office, 2), "She said that it helped.");
    std::fs::remove_file(office.profile.join("outbox.copy")).unwrap();
    assert_eq!(found(&office, 2), "She said", "the control: without the copy it is gone");
}

/// The server has had it all before the log lost it, and the device did not hear so: what stands at the end stays.
#[test]
fn what_the_server_had_of_a_time_that_the_log_has_lost_is_not_done_over() {
    let mut office = with_keys();
    let (profile, store) = office.unlock(PASSWORD).unwrap();
    office.server.sync(laptop(), &store);
    typed(&store, 30, "", "Risk low.", 1);
    let before = both_files(&office);
    typed(&store, 31, "Risk low.", "Risk high.", 2);
    store.pause_typing().unwrap();
    typed(&store, 32, "Risk high.", "Risk low.", 3);
    drop((profile, store));
    let copy = office.profile.join("outbox.copy");
    let held = std::fs::read(&copy).unwrap();
    let (profile, store) = office.unlock(PASSWORD).unwrap();
    let sent = store.pending().unwrap();
    assert_eq!(sent.len(), 2, "the control: she wrote, and thought again");
    office.server.push(laptop(), &store);
    drop((profile, store));
    put_back(&before);
    std::fs::write(&copy, held).unwrap();
    let (_profile, store) = office.unlock(PASSWORD).unwrap();
    assert_eq!(store.pending().unwrap(), sent, "the same commands under the same numbers");
    office.server.sync(laptop(), &store);
    assert_eq!((subjective(&store).as_str(), store.outbox_len().unwrap()), ("Risk low.", 0));
}

/// The server may have it as it stood before, and knows it by its identity: what the copy has beyond that follows it as a
/// command of its own, once.
#[test]
fn later_words_of_what_was_offered_meanwhile_follow_it() {
    let office = with_keys();
    let (profile, store) = office.unlock(PASSWORD).unwrap();
    typed(&store, 30, "", "She said", 1);
    let before = both_files(&office);
    typed(&store, 31, "She said", "She said that it helped.", 2);
    drop((profile, store));
    let held = not_given(&office.profile.join("outbox.copy"));
    put_back(&before);
    let offer = |store: &Store| -> Vec<CommandEnvelope> {
        let offered = store.offer(0, 100, usize::MAX).unwrap();
        offered.into_iter().map(|offered| offered.envelope).collect()
    };
    let (profile, store) = office.unlock(PASSWORD).unwrap();
    let offered = offer(&store);
    assert_eq!(
        (subjective(&store).as_str(), offered.len()),
        ("She said", 2),
        "the control: nobody knows of it yet"
    );
    drop((profile, store));

    let aside = office.profile.join("damaged/copy");
    given_again(&aside.join("outbox.copy"), &held);
    let (profile, store) = office.unlock(PASSWORD).unwrap();
    assert_eq!(subjective(&store), "She said that it helped.");
    let sent = offer(&store);
    assert_eq!(sent[..2], offered, "what was offered is as it was");
    let [_, _, follows] = sent.as_slice() else { panic!("one command more: {sent:?}") };
    let Command::NotePatch(patch) = &follows.command else { panic!("{follows:?}") };
    let edit = Edit::new("She said", "She said that it helped.");
    assert_eq!(patch.edits.sections, [("subjective".into(), edit)].into());
    assert!(!aside.exists(), "it was read whole and is here");
    assert!(!store.last_look().unwrap());
    drop((profile, store));

    // The same copy where a new one is written: everything in it is known.
    std::fs::write(office.profile.join("outbox.copy"), &held).unwrap();
    let (_, store) = office.unlock(PASSWORD).unwrap();
    assert_eq!(offer(&store), sent, "and nothing is sent twice");
}

/// The same where the earlier state was confirmed, and the database is damaged and built anew since: the copy has the command
/// still, so it may have to be sent again, as it was sent before.
#[test]
fn later_words_of_what_a_damaged_database_has_as_confirmed_follow_it() {
    for has_copy in [true, false] {
        let mut office = with_keys();
        let (profile, store) = office.unlock(PASSWORD).unwrap();
        office.server.sync(laptop(), &store);
        typed(&store, 30, "", "She said", 1);
        let before = both_files(&office);
        typed(&store, 31, "She said", "She said that it helped.", 2);
        drop((profile, store));
        put_back(&before);
        let later_copy = std::fs::read(office.profile.join("outbox.copy")).unwrap();
        std::fs::remove_file(office.profile.join("outbox.copy")).unwrap();
        let (profile, store) = office.unlock(PASSWORD).unwrap();
        office.server.sync(laptop(), &store);
        assert_eq!((subjective(&store).as_str(), store.outbox_len().unwrap()), ("She said", 0));
        drop((profile, store));
        if has_copy {
            std::fs::write(office.profile.join("outbox.copy"), later_copy).unwrap();
        }
        let database = office.database();
        flip(&database, std::fs::metadata(&database).unwrap().len() - 100, 1);
        let (_, store, rebuilt) =
            Profile::rebuild(&office.profile, &office.secrets, &password(PASSWORD), later(60)).unwrap();
        assert_eq!(rebuilt.commands, if has_copy { 2 } else { 0 });
        let waiting = store.pending().unwrap();
        let texts = waiting.iter().flat_map(|waiting| waiting.envelope.command.texts()).map(|(_, text)| text);
        assert_eq!(texts.collect::<Vec<_>>(), ["She said", "She said that it helped."][..rebuilt.commands]);
        office.server.sync(laptop(), &store);
        let words = subjective(&store);
        assert_eq!(
            words,
            if has_copy { "She said that it helped." } else { "She said" },
            "the control is without it"
        );
    }
}

#[test]
fn what_a_newer_release_wrote_into_the_copy_is_kept_and_told() {
    let office = with_keys();
    let old = std::fs::read(office.database()).unwrap();
    put_back_behind_a_word(&office);
    drop(office.unlock(PASSWORD).unwrap());
    let raw = rusqlite::Connection::open(office.database()).unwrap();
    raw.execute_batch(&format!(
        "PRAGMA key = \"x'{}'\"; UPDATE outbox SET envelope = replace(envelope, 'note.patch', 'note.of_tomorrow')",
        hex(&database_key(&office))
    ))
    .unwrap();
    drop(raw);
    let has_more = |store: &Store| {
        let told = store.journal(None, 10).unwrap();
        told.iter().any(|entry| entry.name == "outbox.copy.more" && entry.needs_review)
    };
    let (profile, store) = office.unlock(PASSWORD).unwrap();
    assert!(!has_more(&store), "the control: the database has it");
    drop((profile, store));
    let held = std::fs::read(office.profile.join("outbox.copy")).unwrap();
    std::fs::write(office.database(), old).unwrap();
    let (_, store) = office.unlock(PASSWORD).unwrap();
    assert!(has_more(&store));
    assert_eq!(std::fs::read(office.profile.join("damaged/copy/outbox.copy")).unwrap(), held);
    assert!(store.last_look().unwrap(), "whoever leaves is told as well");
    assert_eq!(std::fs::read(office.profile.join("damaged/copy/outbox.copy.taken-in")).unwrap(), held);
}

#[test]
fn a_header_that_one_bad_sector_took_is_whole_again_before_the_next_one() {
    let office = Office::new();
    for file in ["header.json", "header.copy.json", "header.json"] {
        flip(&office.profile.join(file), 300, 2);
        drop(office.unlock(PASSWORD).unwrap());
        let [first, copy] =
            ["header.json", "header.copy.json"].map(|file| std::fs::read(office.profile.join(file)).unwrap());
        assert_eq!(first, copy, "both are there again after {file} was damaged");
    }
    // One bit makes another version of it, which no newer release has written.
    let path = office.profile.join("header.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let version = text.find("\"version\": 1").unwrap() + "\"version\": ".len();
    flip(&path, version as u64, 1);
    drop(office.unlock(PASSWORD).unwrap());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    // One bit makes a hexadecimal digit a capital, which reads the same.
    let key = text.find("\"recovery_key\": \"").unwrap() + "\"recovery_key\": \"".len();
    let letter = key + text[key..].find(|c: char| c.is_ascii_lowercase()).unwrap();
    flip(&path, letter as u64, 5);
    assert_ne!(std::fs::read_to_string(&path).unwrap(), text);
    drop(office.unlock(PASSWORD).unwrap());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    // The control: both at once are beyond help, and told as what they are.
    flip(&office.profile.join("header.json"), 300, 2);
    flip(&office.profile.join("header.copy.json"), 300, 2);
    assert!(matches!(office.unlock(PASSWORD), Err(UnlockError::HeaderDamaged)));
}
