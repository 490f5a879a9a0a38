//! Words that were typed here are found where they should be, and nowhere on the disk in clear.

use crate::clinic::{clinical, laptop, later, note, note_id, now, patch};
use crate::profile::{Office, PASSWORD, database_key};
use crate::{files, pages};
use mentalspace_domain::note::Note;
use mentalspace_store::Writing;

/// A phrase that occurs nowhere else, number `i`.
fn phrase(i: u128) -> String {
    format!("zq{i:03}kestrel vx{i:03}umbrage")
}

#[test]
fn a_hundred_phrases_are_found_by_her_and_by_nobody_else() {
    let (mut office, profile, store) = Office::open();
    let server = &mut office.server;
    for i in 0..50 {
        server.put(clinical(1), note(100 + i, 1, &[("plan", &phrase(i))]));
    }
    for i in 50..100 {
        server.put(clinical(1), note(100 + i, 1, &[]));
    }
    server.sync(laptop(), &store);
    for i in 50..100 {
        let command = patch(100 + i, 100 + i, 1, "plan", "", &phrase(i));
        let writing = if i % 2 == 0 { Writing::Complete } else { Writing::StillTyping };
        store.submit(command, writing, now()).unwrap();
    }
    for i in 0..100 {
        let held: Note = store.get(note_id(100 + i).uuid()).unwrap().unwrap();
        assert_eq!(held.section(&"plan".into()), phrase(i));
        let hits = store.search(&phrase(i), 5).unwrap();
        assert_eq!(hits.len(), 1, "{} must be found, or its absence elsewhere shows nothing", phrase(i));
        assert!(hits[0].snippet.contains(&phrase(i)));
    }
    let scan = |dir: &std::path::Path| -> usize {
        files::all(dir)
            .iter()
            .map(|path| std::fs::read(path).unwrap())
            .map(|bytes| (0..100).filter(|i| files::holds(&bytes, &phrase(*i))).count())
            .sum()
    };
    // While the store is open, with its log and its shared memory, and after it was closed.
    let log = std::fs::metadata(files::beside(&office.database(), "-wal")).unwrap();
    assert!(log.len() > 0, "the log must be among what is scanned");
    assert_eq!(scan(&office.profile), 0);
    let key = database_key(&office);
    let opened = pages::read(&office.database(), &key);
    assert_eq!(opened.wrong, 0, "every page and every frame of the log proves to be SQLCipher's");
    assert!((0..100).all(|i| opened.hold(phrase(i).as_bytes())), "with the key they are all there");
    drop((profile, store));
    assert_eq!(scan(office.dir.path()), 0, "nor in the secrets' place");
    let wrong = pages::read(&office.database(), &{
        let mut key = key;
        key[31] ^= 1;
        key
    });
    assert_eq!((wrong.clear.len(), wrong.wrong > 10), (0, true), "one bit of the key away there is nothing");
    // The control: the same scan over the same words in a plain file finds every one of them, in all three spellings.
    let plain = tempfile::tempdir().unwrap();
    for i in 0..100 {
        let bytes: Vec<u8> = match i % 3 {
            0 => phrase(i).into_bytes(),
            1 => phrase(i).encode_utf16().flat_map(u16::to_le_bytes).collect(),
            _ => phrase(i).encode_utf16().flat_map(u16::to_be_bytes).collect(),
        };
        std::fs::write(plain.path().join(i.to_string()), bytes).unwrap();
    }
    assert_eq!(scan(plain.path()), 100);
}

#[test]
fn nothing_goes_to_the_temporary_directory() {
    let (mut office, profile, store) = Office::open();
    let server = &mut office.server;
    for i in 0..400 {
        server.put(clinical(1), note(100 + i, 1, &[("plan", &phrase(i).repeat(40))]));
    }
    // A big pull, a search that sorts, and a checkpoint: what would spill if anything did.
    let watched = watch_open_files();
    server.pull(laptop(), &store);
    store.search("zq", 300).unwrap();
    store.new_epoch(crate::clinic::uuid(4), 0, later(9)).unwrap();
    let outside: Vec<String> = watch_open_files()
        .into_iter()
        .filter(|path| !watched.contains(path) && !path.contains(&office.profile.display().to_string()))
        .filter(|path| path.starts_with('/') && !path.starts_with("/dev") && !path.starts_with("/proc"))
        .collect();
    assert_eq!(outside, Vec::<String>::new());
    drop((profile, store));
    office.unlock(PASSWORD).unwrap();
}

/// The files that this process has open.
fn watch_open_files() -> Vec<String> {
    std::fs::read_dir("/proc/self/fd")
        .unwrap()
        .filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok())
        .map(|path| path.display().to_string())
        .collect()
}

#[test]
fn files_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let (office, _profile, _store) = Office::open();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&office.profile), 0o700);
    for name in ["header.json", "header.copy.json", "outbox.copy", "lock"] {
        assert_eq!(mode(&office.profile.join(name)), 0o600, "{name}");
    }
}
