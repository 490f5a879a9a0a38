//! A profile as release 0.1.0 wrote it, kept for every release after it: it is unlocked with today's code, and every
//! note, unsent command and journal entry in it is read. `make_the_fixture` wrote it; a fixture is never written again,
//! a new release adds its own.

use crate::clinic::{begin, clinical, identity, laptop, later, note, now, patch, uuid};
use crate::files;
use crate::profile::{PASSWORD, password};
use crate::server::Server;
use mentalspace_crypto::password::Argon2Params;
use mentalspace_crypto::randomness::SeededRandomness;
use mentalspace_crypto::recipient::RecipientKey;
use mentalspace_domain::note::Note;
use mentalspace_store::profile::{NewProfile, Profile, SecretFiles, SecretPlace};
use mentalspace_store::{DeviceIdentity, MetaKey, Store, Writing};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const NOTES: u128 = 12;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures")
}

/// The hash of every file of a fixture, as `sums.txt` beside them keeps it.
fn sums(dir: &Path) -> String {
    let mut lines = String::new();
    for file in ["profile", "secrets"].iter().flat_map(|part| files::all(&dir.join(part))) {
        let sum = mentalspace_crypto::digest::sha256(&std::fs::read(&file).unwrap());
        lines.push_str(&format!("{}  {}\n", sum.to_hex(), file.strip_prefix(dir).unwrap().display()));
    }
    lines
}

fn copied(release: &str) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for part in ["profile", "secrets"] {
        files::copy(&fixtures().join(release).join(part), &copy.path().join(part));
    }
    copy
}

fn unlock(dir: &Path) -> Result<(Profile, Store), mentalspace_store::profile::UnlockError> {
    let secrets = SecretFiles::new(dir.join("secrets"));
    Profile::unlock(&dir.join("profile"), &secrets, &password(PASSWORD), later(10_000))
}

fn plan(number: u128) -> String {
    format!("Plan {number}: walk by the river, call the school.")
}

fn write(store: &Store, envelope: mentalspace_domain::command::CommandEnvelope, writing: Writing) {
    let at = envelope.asserted_at;
    store.submit(envelope, writing, at).unwrap();
}

#[test]
#[ignore = "writes tests/fixtures/release-*, once per release"]
fn make_the_fixture() {
    let dir = fixtures().join(concat!("release-", env!("CARGO_PKG_VERSION")));
    assert!(!dir.exists(), "a fixture is never written again");
    let randomness = SeededRandomness::new(20_261_127);
    let (identity, password) = (identity(laptop()), password(PASSWORD));
    let secrets = SecretFiles::new(dir.join("secrets"));
    let new = NewProfile {
        dir: &dir.join("profile"),
        secrets: &secrets,
        place: SecretPlace::File,
        password: &password,
        params: Argon2Params::CHEAP,
        identity: &identity,
        recovery_key: RecipientKey::generate(&randomness).unwrap().public_key(),
        now: now(),
        randomness: &randomness,
    };
    let (profile, store) = Profile::create(&new, |_| Ok(())).unwrap();
    store.set_meta(MetaKey::LogEpoch, &uuid(700)).unwrap();
    store.set_meta(MetaKey::LastSync, &later(1)).unwrap();
    store.set_meta(MetaKey::Settings, &serde_json::json!({"theme": "dark"})).unwrap();
    let mut server = Server::new();
    for number in 1..=NOTES {
        server.put(clinical(number % 3), note(number, number % 3, &[("plan", &plan(number))]));
    }
    server.put_raw(clinical(1), "of_tomorrow", uuid(70), None, Some(br#"{"points":[1,2]}"#.to_vec()));
    server.pull(laptop(), &store);
    // Confirmed, and told of in the journal: applied, merged with another device's words, refused.
    write(&store, patch(1, 1, 1, "plan", &plan(1), "Plan 1, settled."), Writing::Complete);
    write(&store, patch(2, 2, 2, "plan", &plan(2), &format!("{} Mine.", plan(2))), Writing::Complete);
    server.put(clinical(2), note(2, 2, &[("plan", &format!("Theirs first. {}", plan(2)))]));
    server.revoke(clinical(0));
    write(&store, patch(3, 3, 0, "plan", &plan(3), "Written when access had ended."), Writing::Complete);
    server.sync(laptop(), &store);
    server.grant(clinical(0));
    server.pull(laptop(), &store);
    // Unsent: a note begun, words in it, and words that were still being typed.
    write(&store, begin(4, 50, 1), Writing::Complete);
    write(&store, patch(5, 50, 1, "subjective", "", "Begun without a network."), Writing::Complete);
    write(&store, patch(6, 4, 1, "plan", &plan(4), "Still typing"), Writing::StillTyping);
    drop((profile, store));
    std::fs::write(dir.join("sums.txt"), sums(&dir)).unwrap();
}

#[test]
fn a_profile_of_release_0_1_0_is_read_whole() {
    let original = fixtures().join("release-0.1.0");
    let kept = std::fs::read_to_string(original.join("sums.txt")).unwrap();
    assert_eq!(sums(&original), kept, "a fixture is never edited");
    let size: u64 = files::all(&original).iter().map(|file| file.metadata().unwrap().len()).sum();
    assert!(size < 500_000, "{size} bytes are too many to keep for ever");
    let copy = copied("release-0.1.0");
    let (_profile, store) = unlock(copy.path()).unwrap();

    let identity: DeviceIdentity = store.meta(MetaKey::Identity).unwrap().unwrap();
    assert_eq!(identity, crate::clinic::identity(laptop()));
    assert_eq!(store.meta(MetaKey::LogEpoch).unwrap(), Some(uuid(700)));
    assert_eq!(store.meta::<serde_json::Value>(MetaKey::Settings).unwrap().unwrap()["theme"], "dark");

    let notes: BTreeMap<_, Note> = store.all::<Note>().unwrap().into_iter().map(|n| (n.id, n)).collect();
    let shown = |number: u128, section: &str| {
        notes[&crate::clinic::note_id(number)].section(&section.into()).to_owned()
    };
    assert_eq!(notes.len(), usize::try_from(NOTES).unwrap() + 1);
    assert_eq!(shown(1, "plan"), "Plan 1, settled.");
    assert!(shown(2, "plan").contains("Theirs first.") || notes[&crate::clinic::note_id(2)].needs_review());
    assert_eq!(shown(4, "plan"), "Still typing");
    assert_eq!(shown(50, "subjective"), "Begun without a network.");
    for number in 5..=NOTES {
        assert_eq!(shown(number, "plan"), plan(number));
    }
    // The first was settled to other words, and the fourth is being written anew.
    assert_eq!(store.search("river", 50).unwrap().len(), usize::try_from(NOTES).unwrap() - 2);

    let pending: Vec<(i64, &str)> = store
        .pending()
        .unwrap()
        .iter()
        .map(|pending| (pending.seq, pending.envelope.command.name()))
        .collect::<Vec<_>>();
    assert_eq!(pending, [(4, "note.create"), (5, "note.patch"), (6, "note.patch")]);
    let told = store.journal(None, 100).unwrap();
    let outcomes: Vec<&str> =
        told.iter().filter(|e| e.command.is_some()).map(|e| e.outcome.as_str()).collect();
    assert_eq!(outcomes.len(), 3, "{told:?}");
    assert!(outcomes.contains(&"applied") && outcomes.contains(&"quarantined"), "{outcomes:?}");
    let refused = told.iter().find(|entry| entry.outcome == "quarantined").unwrap();
    assert!(refused.needs_review);

    // It goes on: what was unsent is sent, and what comes is taken.
    assert_eq!(store.offer(0, 10, usize::MAX).unwrap().len(), 3);
    drop((_profile, store));
    assert_ne!(sums(copy.path()), kept, "the control: the copy was written to");
    assert_eq!(sums(&original), kept, "the original is not");
}

#[test]
fn the_second_copy_of_what_was_unsent_is_read_too() {
    let copy = copied("release-0.1.0");
    // The database is gone as by a broken disk: the copy alone has the words.
    for ending in ["", "-wal", "-shm"] {
        let file = copy.path().join("profile").join(format!("store.db{ending}"));
        if file.exists() {
            std::fs::write(&file, vec![0; 8_192]).unwrap();
        }
    }
    let secrets = SecretFiles::new(copy.path().join("secrets"));
    let profile = copy.path().join("profile");
    let (_profile, store, rebuilt) =
        Profile::rebuild(&profile, &secrets, &password(PASSWORD), later(10_000)).unwrap();
    assert_eq!((rebuilt.commands, rebuilt.unreadable), (3, 0));
    assert_eq!(store.pending().unwrap().len(), 3);
}

/// The control: one changed byte is noticed by the sums, and no value that nobody wrote is read from it.
#[test]
fn a_changed_byte_in_the_fixture_is_noticed() {
    let copy = copied("release-0.1.0");
    let truth = {
        let (_profile, store) = unlock(copy.path()).unwrap();
        read(&store).unwrap()
    };
    let copy = copied("release-0.1.0");
    let kept = sums(copy.path());
    let database = copy.path().join("profile/store.db");
    let mut changed = std::fs::read(&database).unwrap();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    std::fs::write(&database, &changed).unwrap();
    assert_ne!(sums(copy.path()), kept);
    let served = unlock(copy.path()).ok().and_then(|(_profile, store)| read(&store).ok());
    assert!(served.is_none_or(|served| served == truth), "a value that nobody wrote was served");
}

fn read(store: &Store) -> Result<String, mentalspace_store::StoreError> {
    let notes = store.all::<Note>()?;
    Ok(format!("{notes:?} {:?} {:?}", store.pending()?, store.journal(None, 100)?))
}
