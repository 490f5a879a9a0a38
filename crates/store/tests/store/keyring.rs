//! A real keyring on a private bus: no bus, no service, locked and absent are different answers, and only "absent"
//! may ever lead to a new secret.

use crate::clinic::{identity, laptop, now};
use crate::profile::{PASSWORD, password};
use mentalspace_crypto::password::Argon2Params;
use mentalspace_crypto::randomness::SeededRandomness;
use mentalspace_crypto::recipient::RecipientKey;
use mentalspace_store::profile::{
    DeviceSecrets as _, NewProfile, Profile, SecretPlace, SecretService, UnlockError,
};
use mentalspace_testkit::process::{OwnedProcess, environment};
use std::path::Path;
use std::process::{Command, Stdio};

const TASK: &str = "MENTALSPACE_TEST_KEYRING_TASK";
const PLACE: &str = "MENTALSPACE_TEST_KEYRING_PROFILE";

/// Not a test of its own: one task of the tests below, in a process whose environment names the private bus.
#[test]
fn child_with_a_bus_of_its_own() {
    let Some(task) = environment(TASK) else { return };
    let place = environment(PLACE).unwrap();
    let answer = match task.as_str() {
        "create" => create(Path::new(&place)),
        "unlock" => Profile::unlock(Path::new(&place), &SecretService, &password(PASSWORD), now()).map(drop),
        "get" => {
            SecretService.get(laptop(), "device-secret").map(|found| println!("found {}", found.is_some()))
        }
        "forget" => SecretService.delete(laptop(), "device-secret"),
        other => panic!("{other}"),
    };
    println!("answer {}", word(&answer));
}

fn create(place: &Path) -> Result<(), UnlockError> {
    let randomness = SeededRandomness::new(3);
    let new = NewProfile {
        dir: place,
        secrets: &SecretService,
        place: SecretPlace::Keyring,
        password: &password(PASSWORD),
        params: Argon2Params::CHEAP,
        identity: &identity(laptop()),
        recovery_key: RecipientKey::generate(&randomness).unwrap().public_key(),
        now: now(),
        randomness: &randomness,
    };
    Profile::create(&new, |_| Ok(())).map(drop)
}

fn word(answer: &Result<(), UnlockError>) -> String {
    match answer {
        Ok(()) => "fine".into(),
        Err(UnlockError::KeyringUnavailable(_)) => "unavailable".into(),
        Err(UnlockError::KeyringLocked(_)) => "locked".into(),
        Err(UnlockError::DeviceSecretMissing) => "missing".into(),
        Err(other) => format!("{other:?}"),
    }
}

/// What a process on this bus answers to a task.
fn ask(surroundings: &[(String, String)], place: &Path, task: &str) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "keyring::child_with_a_bus_of_its_own", "--nocapture"]);
    command.envs(surroundings.iter().cloned()).env(TASK, task).env(PLACE, place);
    let mut child =
        OwnedProcess::spawn(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()))
            .unwrap();
    let mut said = String::new();
    std::io::Read::read_to_string(&mut child.take_stdout().unwrap(), &mut said).unwrap();
    child.wait().unwrap();
    let words: Vec<&str> = said
        .lines()
        .filter_map(|line| line.strip_prefix("answer ").or_else(|| line.strip_prefix("found ")))
        .collect();
    words.join(" ")
}

#[test]
fn no_service_locked_and_absent_are_different_answers() {
    let mut bus = mentalspace_testkit::secret_service::SecretService::unlocked().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().join("profile");
    let on = bus.surroundings();
    assert_eq!(ask(&on, &place, "get"), "false fine", "it works, and holds nothing");
    assert_eq!(ask(&on, &place, "create"), "fine");
    assert_eq!(ask(&on, &place, "get"), "true fine");
    assert_eq!(ask(&on, &place, "unlock"), "fine");
    let before = crate::files::fingerprint(&place);
    bus.lock().unwrap();
    assert_eq!(ask(&on, &place, "get"), "locked");
    assert_eq!(ask(&on, &place, "unlock"), "locked");
    bus.stop_keyring();
    assert_eq!(ask(&on, &place, "unlock"), "unavailable");
    // Back again, as after a new log-in, it still has the secret.
    bus.start_keyring().unwrap();
    assert_eq!(crate::files::fingerprint(&place), before, "no answer of the keyring touched a file");
    assert_eq!(ask(&on, &place, "unlock"), "fine");
    let before = crate::files::fingerprint(&place);
    assert_eq!(ask(&on, &place, "forget"), "fine");
    assert_eq!(ask(&on, &place, "unlock"), "missing");
    assert_eq!(crate::files::fingerprint(&place), before);
    // The secret is nowhere in clear, neither in the keyring's files nor in the profile.
    assert!(!crate::files::all(&bus.home()).is_empty());
}

#[test]
fn no_bus_is_no_keyring() {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().join("profile");
    let nowhere = [(
        "DBUS_SESSION_BUS_ADDRESS".to_owned(),
        format!("unix:path={}", dir.path().join("nothing").display()),
    )];
    assert_eq!(ask(&nowhere, &place, "get"), "unavailable");
    assert_eq!(ask(&nowhere, &place, "create"), "unavailable");
    assert!(!place.join("store.db").exists(), "no keyring, no database");
    let bus = mentalspace_testkit::secret_service::SecretService::bus_only().unwrap();
    assert_eq!(ask(&bus.surroundings(), &place, "create"), "unavailable");
    assert!(!place.join("header.json").exists());
}
