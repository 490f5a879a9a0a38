//! A profile opens with both secrets and with nothing less, and a refusal leaves no trace.

use crate::clinic::{Desk, identity, laptop, later, note, now, patch, practice, rivera};
use crate::files;
use crate::server::Server;
use mentalspace_crypto::derive::Purpose;
use mentalspace_crypto::password::{Argon2Params, Password};
use mentalspace_crypto::randomness::SeededRandomness;
use mentalspace_crypto::recipient::RecipientKey;
use mentalspace_domain::ids::DeviceId;
use mentalspace_store::profile::{DeviceSecrets, NewProfile, Profile, SecretFiles, SecretPlace, UnlockError};
use mentalspace_store::{MetaKey, Store, StoreError, Writing};
use std::path::PathBuf;
use tempfile::TempDir;

pub(crate) const PASSWORD: &str = "wicker lantern quietly seven";
pub(crate) const OTHER: &str = "harbour pencil unlikely fern";

pub(crate) fn password(text: &str) -> Password {
    Password::new(text)
}

/// A profile with its secrets in a file outside of it.
pub(crate) struct Office {
    pub(crate) dir: TempDir,
    pub(crate) profile: PathBuf,
    pub(crate) secrets: SecretFiles,
    pub(crate) recovery: RecipientKey,
    pub(crate) server: Server,
}

impl Office {
    /// With one client's draft in it and her unsent words, closed as by an end of the program.
    pub(crate) fn new() -> Self {
        let (office, profile, store) = Self::open();
        drop((profile, store));
        office
    }

    pub(crate) fn open() -> (Self, Profile, Store) {
        Self::seeded(11)
    }

    fn seeded(seed: u64) -> (Self, Profile, Store) {
        let dir = tempfile::tempdir().unwrap();
        let randomness = SeededRandomness::new(seed);
        let mut office = Self {
            profile: dir.path().join("profile"),
            secrets: SecretFiles::new(dir.path().join("secrets")),
            recovery: RecipientKey::generate(&randomness).unwrap(),
            server: Server::new(),
            dir,
        };
        let (profile, store) =
            Profile::create(&office.new_profile(&randomness, laptop()), |_| Ok(())).unwrap();
        office.server.put(crate::clinic::clinical(1), note(1, 1, &[("plan", "Weekly.")]));
        office.server.pull(laptop(), &store);
        store.submit(patch(1, 1, 1, "plan", "Weekly.", "Weekly. Unsent."), Writing::Complete, now()).unwrap();
        (office, profile, store)
    }

    fn new_profile<'a>(&'a self, randomness: &'a SeededRandomness, device: DeviceId) -> NewProfile<'a> {
        let identity = Box::leak(Box::new(identity(device)));
        NewProfile {
            dir: &self.profile,
            secrets: &self.secrets,
            place: SecretPlace::File,
            password: Box::leak(Box::new(password(PASSWORD))),
            params: Argon2Params::CHEAP,
            identity,
            recovery_key: self.recovery.public_key(),
            now: now(),
            randomness,
        }
    }

    pub(crate) fn unlock(&self, text: &str) -> Result<(Profile, Store), UnlockError> {
        self.unlock_at(text, 0)
    }

    pub(crate) fn unlock_at(&self, text: &str, seconds: i64) -> Result<(Profile, Store), UnlockError> {
        Profile::unlock(&self.profile, &self.secrets, &password(text), later(seconds))
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.profile.join("store.db")
    }

    /// Leaves the database as a kill leaves it: with a log that has not been moved into the file.
    pub(crate) fn with_live_log(&self) {
        let aside = self.dir.path().join("aside");
        let (profile, store) = self.unlock(PASSWORD).unwrap();
        store.submit(patch(2, 1, 1, "subjective", "", "In the log."), Writing::Complete, now()).unwrap();
        files::copy(&self.profile, &aside);
        drop((profile, store));
        std::fs::remove_dir_all(&self.profile).unwrap();
        std::fs::rename(&aside, &self.profile).unwrap();
        let log = std::fs::metadata(files::beside(&self.database(), "-wal")).unwrap();
        assert!(log.len() > 0, "the log must hold something, or the test shows nothing");
    }
}

fn shown(opened: &(Profile, Store)) -> String {
    let note: mentalspace_domain::note::Note =
        opened.1.get(crate::clinic::note_id(1).uuid()).unwrap().unwrap();
    note.section(&"plan".into()).to_owned()
}

#[test]
fn created_closed_and_unlocked() {
    let (office, profile, store) = Office::open();
    assert_eq!(profile.device(), laptop());
    assert!(profile.verify_password(&office.secrets, &password(PASSWORD)).unwrap());
    assert!(!profile.verify_password(&office.secrets, &password(OTHER)).unwrap());
    drop((profile, store));
    let label = Profile::label(&office.profile).unwrap().unwrap();
    assert_eq!((label.practice, label.user, label.device), (practice().id, rivera(), laptop()));
    let opened = office.unlock(PASSWORD).unwrap();
    assert_eq!(shown(&opened), "Weekly. Unsent.");
}

#[test]
fn one_process_at_a_time() {
    let (office, profile, store) = Office::open();
    let before = files::fingerprint(&office.profile);
    assert!(matches!(office.unlock(PASSWORD), Err(UnlockError::InUse)));
    let recovered = Profile::recover(
        &office.profile,
        &office.secrets,
        &office.recovery,
        &password(OTHER),
        Argon2Params::CHEAP,
        now(),
        &SeededRandomness::new(1),
    );
    assert!(matches!(recovered, Err(UnlockError::InUse)));
    assert_eq!(files::fingerprint(&office.profile), before);
    drop((profile, store));
    office.unlock(PASSWORD).unwrap();
}

#[test]
fn only_all_three_open_it() {
    let office = Office::new();
    let nothing = SecretFiles::new(office.dir.path().join("empty"));
    let try_with = |secrets: &dyn DeviceSecrets, text: &str, seconds| {
        Profile::unlock(&office.profile, secrets, &password(text), later(seconds)).map(drop)
    };
    let before = files::fingerprint(&office.profile);
    assert!(matches!(try_with(&nothing, OTHER, 0), Err(UnlockError::DeviceSecretMissing)));
    assert!(matches!(try_with(&nothing, PASSWORD, 0), Err(UnlockError::DeviceSecretMissing)));
    assert!(matches!(try_with(&office.secrets, OTHER, 0), Err(UnlockError::WrongPassword { .. })));
    // Another device's secret is no better than none, and does not pass for it.
    let foreign = SecretFiles::new(office.dir.path().join("foreign"));
    foreign.put(laptop(), "device-secret", &[9; 32]).unwrap();
    assert!(matches!(try_with(&foreign, PASSWORD, 60), Err(UnlockError::WrongPassword { .. })));
    assert_eq!(files::fingerprint(&office.profile), before);
    assert!(matches!(try_with(&office.secrets, PASSWORD, 120), Ok(())));
    // The key is not the database's own either: what is derived for another purpose does not open it.
    assert_ne!(Purpose::LOCAL_DATABASE, Purpose::OUTBOX_COPY);
}

#[test]
fn every_refusal_leaves_every_byte_as_it_was() {
    for live_log in [false, true] {
        let (other, profile, store) = Office::seeded(12);
        drop((profile, store));
        let refuse = |why: &str, prepare: &dyn Fn(&Office), attempt: &dyn Fn(&Office) -> bool| {
            let office = Office::new();
            if live_log {
                office.with_live_log();
            }
            prepare(&office);
            let before = files::fingerprint(&office.profile);
            assert!(attempt(&office), "{why} must be refused, log: {live_log}");
            let after = files::fingerprint(&office.profile);
            assert_eq!(after, before, "{why} must change, add and remove nothing, log: {live_log}");
        };
        refuse("a wrong password", &|_| (), &|office| {
            matches!(office.unlock(OTHER), Err(UnlockError::WrongPassword { .. }))
        });
        refuse(
            "a missing secret",
            &|office| office.secrets.delete(laptop(), "device-secret").unwrap(),
            &|office| matches!(office.unlock(PASSWORD), Err(UnlockError::DeviceSecretMissing)),
        );
        refuse("a wrong recovery key", &|_| (), &|office| {
            let wrong = RecipientKey::generate(&SeededRandomness::new(99)).unwrap();
            let (new, params) = (password(OTHER), Argon2Params::CHEAP);
            let random = SeededRandomness::new(1);
            let answer =
                Profile::recover(&office.profile, &office.secrets, &wrong, &new, params, now(), &random);
            matches!(answer, Err(UnlockError::WrongRecoveryKey))
        });
        refuse(
            "another profile's database",
            &|office| assert!(std::fs::copy(other.database(), office.database()).unwrap() > 0),
            &|office| matches!(office.unlock(PASSWORD), Err(UnlockError::Damaged)),
        );
        refuse(
            "a database that is gone",
            &|office| std::fs::remove_file(office.database()).unwrap(),
            &|office| matches!(office.unlock(PASSWORD), Err(UnlockError::Damaged)),
        );
        refuse(
            "a database and its second copy that are both gone",
            &|office| {
                std::fs::remove_file(office.database()).unwrap();
                std::fs::remove_file(office.profile.join("outbox.copy")).unwrap();
            },
            &|office| matches!(office.unlock(PASSWORD), Err(UnlockError::NothingToRebuildFrom)),
        );
        refuse("a newer header", &|office| edit_header(office, &["version"], &2.into()), &|office| {
            matches!(office.unlock(PASSWORD), Err(UnlockError::Store(StoreError::NewerSchema { .. })))
        });
        refuse(
            "a damaged header",
            &|office| {
                for file in ["header.json", "header.copy.json"] {
                    std::fs::write(office.profile.join(file), b"{\"header\":{}}").unwrap();
                }
            },
            &|office| matches!(office.unlock(PASSWORD), Err(UnlockError::HeaderDamaged)),
        );
    }
}

/// Writes a database of a newer release into `office`, in the file or still in the log.
fn make_newer(office: &Office, in_log: bool) {
    let (profile, store) = office.unlock(PASSWORD).unwrap();
    let raw = rusqlite::Connection::open(office.database()).unwrap();
    raw.execute_batch(&format!(
        "PRAGMA key = \"x'{}'\"; PRAGMA user_version = 99",
        hex(&database_key(office))
    ))
    .unwrap();
    let aside = office.dir.path().join("aside");
    if in_log {
        files::copy(&office.profile, &aside);
    }
    drop((profile, store, raw));
    if in_log {
        std::fs::remove_dir_all(&office.profile).unwrap();
        std::fs::rename(&aside, &office.profile).unwrap();
        assert!(std::fs::metadata(files::beside(&office.database(), "-wal")).unwrap().len() > 0);
    }
}

/// The raw key, unwrapped by the recovery key as an outsider with the paper would.
pub(crate) fn database_key(office: &Office) -> [u8; 32] {
    *mentalspace_crypto::derive::derive(&local_data_key(office), Purpose::LOCAL_DATABASE, b"").expose()
}

fn local_data_key(office: &Office) -> mentalspace_crypto::Secret32 {
    let header: serde_json::Value =
        serde_json::from_slice(&std::fs::read(office.profile.join("header.json")).unwrap()).unwrap();
    let sealed = serde_json::from_value(header["header"]["recovery_sealed"].clone()).unwrap();
    let bound = mentalspace_crypto::frame::framed(&[
        practice().id.uuid().as_bytes(),
        rivera().uuid().as_bytes(),
        laptop().uuid().as_bytes(),
    ]);
    let handover = mentalspace_crypto::recipient::Handover::PracticeRecovery;
    office.recovery.open(handover, &bound, &sealed).unwrap()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_newer_database_is_left_alone_wherever_its_version_stands() {
    for in_log in [false, true] {
        let office = Office::new();
        make_newer(&office, in_log);
        let before = files::fingerprint(&office.profile);
        let refused = office.unlock(PASSWORD).map(drop);
        assert!(
            matches!(&refused, Err(UnlockError::Store(StoreError::NewerSchema { found: 99, .. }))),
            "in the log: {in_log}: {refused:?}"
        );
        assert_eq!(files::fingerprint(&office.profile), before, "in the log: {in_log}");
    }
}

#[test]
fn the_comparison_would_see_an_ordinary_opening() {
    // The control: opening a database with its log the ordinary way, and closing it, does change files.
    let office = Office::new();
    office.with_live_log();
    let before = files::fingerprint(&office.profile);
    let raw = rusqlite::Connection::open(office.database()).unwrap();
    raw.execute_batch(&format!("PRAGMA key = \"x'{}'\"", hex(&database_key(&office)))).unwrap();
    let _: i64 = raw.query_row("SELECT count(*) FROM record", [], |row| row.get(0)).unwrap();
    drop(raw);
    assert_ne!(files::fingerprint(&office.profile), before);
}

/// Sets one fact in both copies of the header, with a checksum that fits.
fn edit_header(office: &Office, path: &[&str], value: &serde_json::Value) {
    for file in ["header.json", "header.copy.json"] {
        let file = office.profile.join(file);
        let mut stored: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        let mut place = &mut stored["header"];
        for step in path {
            place = &mut place[*step];
        }
        assert_ne!(place, value, "an edit must change something");
        *place = value.clone();
        let canonical = mentalspace_crypto::canonical::to_vec(&stored["header"]).unwrap();
        stored["check"] = serde_json::to_value(mentalspace_crypto::sha256(&canonical)).unwrap();
        std::fs::write(&file, serde_json::to_vec_pretty(&stored).unwrap()).unwrap();
    }
}

#[test]
fn a_header_edited_with_care_does_not_open() {
    let edits: [(&[&str], serde_json::Value); 9] = [
        (&["password", "kdf", "t"], 2.into()),
        (&["password", "kdf", "m_kib"], 128.into()),
        (&["password", "salt"], vec![0; 16].into()),
        (&["secret_place"], "keyring".into()),
        (&["practice_name"], "Another practice".into()),
        (&["login"], "somebody".into()),
        (&["created_at"], "2020-01-01T00:00:00Z".into()),
        (&["user"], serde_json::to_value(crate::clinic::uuid(9)).unwrap()),
        (&["practice"], serde_json::to_value(crate::clinic::uuid(9)).unwrap()),
    ];
    for (path, value) in edits {
        let office = Office::new();
        edit_header(&office, path, &value);
        let before = files::fingerprint(&office.profile);
        assert!(matches!(office.unlock(PASSWORD), Err(UnlockError::WrongPassword { .. })), "{path:?}");
        assert_eq!(files::fingerprint(&office.profile), before, "{path:?}");
    }
    // Cheaper than the floor is refused by name, before anything is tried.
    let office = Office::new();
    edit_header(&office, &["password", "kdf", "m_kib"], &8.into());
    assert!(matches!(office.unlock(PASSWORD), Err(UnlockError::HeaderDamaged)));
}

#[test]
fn one_bad_sector_in_the_header_costs_nothing() {
    for file in ["header.json", "header.copy.json"] {
        let office = Office::new();
        let path = office.profile.join(file);
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle..middle + 40].fill(0);
        std::fs::write(&path, bytes).unwrap();
        office.unlock(PASSWORD).unwrap();
        std::fs::remove_file(&path).unwrap();
        office.unlock(PASSWORD).unwrap();
    }
}

#[test]
fn the_password_changes_when_the_server_has_answered() {
    let (office, mut profile, store) = Office::open();
    let randomness = SeededRandomness::new(5);
    let too_short =
        profile.begin_password_change(&office.secrets, &password("short"), Argon2Params::CHEAP, &randomness);
    assert!(matches!(too_short, Err(UnlockError::PasswordRefused(_))));
    profile
        .begin_password_change(&office.secrets, &password(OTHER), Argon2Params::CHEAP, &randomness)
        .unwrap();
    drop((profile, store));
    for text in [PASSWORD, OTHER] {
        office.unlock(text).unwrap();
    }
    let (mut profile, store) = office.unlock(PASSWORD).unwrap();
    profile.end_password_change(false).unwrap();
    drop((profile, store));
    assert!(matches!(office.unlock(OTHER), Err(UnlockError::WrongPassword { .. })));
    let (mut profile, store) = office.unlock_at(PASSWORD, 10).unwrap();
    profile
        .begin_password_change(&office.secrets, &password(OTHER), Argon2Params::CHEAP, &randomness)
        .unwrap();
    profile.end_password_change(true).unwrap();
    drop((profile, store));
    assert!(matches!(office.unlock_at(PASSWORD, 20), Err(UnlockError::WrongPassword { .. })));
    assert_eq!(shown(&office.unlock_at(OTHER, 30).unwrap()), "Weekly. Unsent.");
}

#[test]
fn the_recovery_key_opens_what_password_and_keyring_no_longer_do() {
    for keyring_lost in [false, true] {
        let office = Office::new();
        if keyring_lost {
            office.secrets.delete(laptop(), "device-secret").unwrap();
        }
        let randomness = SeededRandomness::new(6);
        let (new, params) = (password(OTHER), Argon2Params::CHEAP);
        let opened = Profile::recover(
            &office.profile,
            &office.secrets,
            &office.recovery,
            &new,
            params,
            now(),
            &randomness,
        )
        .unwrap();
        assert_eq!(shown(&opened), "Weekly. Unsent.", "unsent words are what it is for");
        assert_eq!(opened.1.outbox_len().unwrap(), 1);
        drop(opened);
        assert!(matches!(office.unlock(PASSWORD), Err(UnlockError::WrongPassword { .. })));
        office.unlock_at(OTHER, 10).unwrap();
    }
}

#[test]
fn wrong_passwords_are_counted_in_two_places() {
    let office = Office::new();
    let mut seconds = 0;
    for _ in 0..10 {
        assert!(matches!(office.unlock_at(OTHER, seconds), Err(UnlockError::WrongPassword { .. })));
        let next = office.unlock_at(PASSWORD, seconds);
        assert!(
            matches!(next, Err(UnlockError::TooSoon { .. } | UnlockError::TooManyAttempts)),
            "the right password waits like any other"
        );
        seconds += 61;
    }
    assert!(matches!(office.unlock_at(PASSWORD, seconds), Err(UnlockError::TooManyAttempts)));
    // Putting the old file back forgets nothing: the secrets' place counts too, and the larger counts.
    std::fs::remove_file(office.profile.join("attempts.json")).unwrap();
    assert!(matches!(office.unlock_at(PASSWORD, seconds), Err(UnlockError::TooManyAttempts)));
    Profile::online_verified(&office.profile, &office.secrets).unwrap();
    assert_eq!(shown(&office.unlock_at(PASSWORD, seconds).unwrap()), "Weekly. Unsent.");
}

#[test]
fn a_creation_that_was_killed_can_be_repeated_and_nothing_else_is_overwritten() {
    let office = Office::new();
    let randomness = SeededRandomness::new(12);
    let again = |office: &Office| {
        let new = office.new_profile(&randomness, crate::clinic::office());
        Profile::create(&new, |store| store.set_meta(MetaKey::Session, &"a token")).map(drop)
    };
    assert!(matches!(again(&office), Err(UnlockError::InUse)), "there is a profile");
    for file in ["header.json", "header.copy.json"] {
        std::fs::rename(office.profile.join(file), office.dir.path().join(file)).unwrap();
    }
    let before = files::fingerprint(&office.profile);
    assert_eq!(Profile::label(&office.profile).unwrap(), None);
    assert!(
        matches!(again(&office), Err(UnlockError::HeaderMissing)),
        "data without its header is somebody's"
    );
    assert_eq!(files::fingerprint(&office.profile), before);
    for file in ["header.json", "header.copy.json"] {
        std::fs::rename(office.dir.path().join(file), office.profile.join(file)).unwrap();
    }
    assert_eq!(shown(&office.unlock(PASSWORD).unwrap()), "Weekly. Unsent.");
    // As a kill between database and header leaves it.
    for file in ["header.json", "header.copy.json"] {
        std::fs::remove_file(office.profile.join(file)).unwrap();
    }
    std::fs::write(office.profile.join("unfinished"), b"").unwrap();
    again(&office).unwrap();
    let (profile, store) = office.unlock(PASSWORD).unwrap();
    assert_eq!((profile.device(), store.outbox_len().unwrap()), (crate::clinic::office(), 0));
    assert_eq!(store.meta::<String>(MetaKey::Session).unwrap().as_deref(), Some("a token"));
}

#[test]
fn a_profile_without_what_every_profile_holds_is_none() {
    let office = Office::new();
    let randomness = SeededRandomness::new(12);
    let dir = office.dir.path().join("second");
    let new = NewProfile { dir: &dir, ..office.new_profile(&randomness, crate::clinic::office()) };
    let full = || StoreError::Inconsistent("as a full disk would");
    assert!(Profile::create(&new, |_| Err(full())).is_err());
    assert_eq!(Profile::label(&dir).unwrap(), None);
    Profile::create(&new, |store| store.set_meta(MetaKey::Session, &"a token")).unwrap();
    assert!(Profile::label(&dir).unwrap().is_some(), "and it can be tried again");
}

#[test]
fn a_device_secret_in_a_file_needs_the_practices_leave() {
    let office = Office::new();
    let randomness = SeededRandomness::new(12);
    let mut strict = identity(crate::clinic::office());
    strict.practice.allow_keyring_file = false;
    let dir = office.dir.path().join("second");
    let new = NewProfile { dir: &dir, identity: &strict, ..office.new_profile(&randomness, laptop()) };
    assert!(matches!(Profile::create(&new, |_| Ok(())), Err(UnlockError::FileNotAllowed)));
    assert!(!dir.exists());
}

#[test]
fn a_weak_password_makes_no_profile() {
    let office = Office::new();
    let randomness = SeededRandomness::new(12);
    let dir = office.dir.path().join("second");
    let weak = password("short");
    let new =
        NewProfile { dir: &dir, password: &weak, ..office.new_profile(&randomness, crate::clinic::office()) };
    assert!(matches!(Profile::create(&new, |_| Ok(())), Err(UnlockError::PasswordRefused(_))));
    assert!(
        office.secrets.get(crate::clinic::office(), "device-secret").unwrap().is_none(),
        "no secret is left"
    );
    assert_eq!(Profile::label(&dir).unwrap(), None);
}

#[test]
fn shredding_leaves_no_key_and_no_file() {
    let (office, profile, store) = Office::open();
    let stolen = office.dir.path().join("stolen");
    drop(store);
    profile.shred(&office.secrets).unwrap();
    drop(profile);
    assert!(!office.profile.exists());
    assert!(office.secrets.get(laptop(), "device-secret").unwrap().is_none());
    assert!(matches!(office.unlock(PASSWORD), Err(UnlockError::NoProfile)));
    // A copy of the directory that was taken before does not open either, with the right password.
    let office = Office::new();
    files::copy(&office.profile, &stolen);
    let (profile, store) = office.unlock(PASSWORD).unwrap();
    drop(store);
    profile.shred(&office.secrets).unwrap();
    let copied = Profile::unlock(&stolen, &office.secrets, &password(PASSWORD), now());
    assert!(matches!(copied, Err(UnlockError::DeviceSecretMissing)));
}

#[test]
fn shredding_goes_on_where_the_keyring_does_not_answer() {
    struct Gone;
    impl DeviceSecrets for Gone {
        fn get(&self, _: DeviceId, _: &str) -> Result<Option<zeroize::Zeroizing<Vec<u8>>>, UnlockError> {
            Err(UnlockError::KeyringUnavailable(None))
        }
        fn put(&self, _: DeviceId, _: &str, _: &[u8]) -> Result<(), UnlockError> {
            Err(UnlockError::KeyringUnavailable(None))
        }
        fn delete(&self, _: DeviceId, _: &str) -> Result<(), UnlockError> {
            Err(UnlockError::KeyringUnavailable(None))
        }
    }
    let (office, profile, store) = Office::open();
    drop(store);
    assert!(matches!(profile.shred(&Gone), Err(UnlockError::KeyringUnavailable(_))), "it is told");
    assert!(!office.profile.exists(), "but the data and the wrapped key are gone");
}

#[test]
fn a_profile_on_another_machine_does_not_open() {
    let office = Office::new();
    let there = Desk::of(crate::clinic::office());
    let stolen = there.dir.path().join("profile");
    files::copy(&office.profile, &stolen);
    let keyring = SecretFiles::new(there.dir.path().join("secrets"));
    let answer = Profile::unlock(&stolen, &keyring, &password(PASSWORD), now());
    assert!(matches!(answer, Err(UnlockError::DeviceSecretMissing)));
}
