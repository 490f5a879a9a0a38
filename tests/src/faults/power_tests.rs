use super::*;

fn entry(letter: u8, first: u64, second: u64, bytes: &[u8]) -> Vec<u8> {
    let mut entry = vec![letter];
    for number in [first, second, bytes.len() as u64] {
        entry.extend(number.to_le_bytes());
    }
    entry.extend(bytes);
    entry
}

/// What is left of a file with `old` in it after `record`, whose inode is given to it.
fn left(
    old: &[u8],
    record: impl Fn(u64, &Path) -> Vec<u8>,
    cut: Cut,
    seed: u64,
) -> BTreeMap<String, Vec<u8>> {
    let home = tempfile::tempdir().unwrap();
    let (below, path) = (home.path().join("disk"), home.path().join("disk/file"));
    fs::create_dir(&below).unwrap();
    fs::write(&path, old).unwrap();
    let mut disk = Disk::of(&below).unwrap();
    let changes = home.path().join("changes");
    fs::write(&changes, record(fs::metadata(&path).unwrap().ino(), &below)).unwrap();
    disk.replay(&changes).unwrap();
    disk.cut(cut, &mut Dice::of("a test", seed)).unwrap();
    fs::read_dir(&below)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect()
}

#[test]
fn what_was_synced_is_there_and_what_was_not_may_be_lost_or_torn() {
    let (old, new) = ([1; 2048], [2; 2048]);
    let written = |inode: u64, _: &Path| entry(b'W', inode, 0, &new);
    let synced = |inode: u64, below: &Path| [written(inode, below), entry(b'S', inode, 0, &[])].concat();
    assert_eq!(left(&old, synced, Cut::Nothing, 0)["file"], new);
    assert_eq!(left(&old, written, Cut::Nothing, 0)["file"], old);
    assert_eq!(left(&old, written, Cut::Everything, 0)["file"], new);
    let mut torn = 0;
    for seed in 0..50 {
        let file = &left(&old, written, Cut::Some, seed)["file"];
        let sectors: Vec<&[u8]> = file.chunks(SECTOR).collect();
        assert!(
            sectors.iter().all(|sector| sector.iter().all(|byte| *byte == sector[0])),
            "sectors are whole"
        );
        torn += u64::from(sectors.iter().any(|sector| sector[0] == 1) && sectors.iter().any(|s| s[0] == 2));
    }
    assert!(torn > 10, "torn {torn} times of 50");
}

#[test]
fn writes_are_reordered() {
    let record = |inode: u64, _: &Path| {
        [entry(b'W', inode, 0, &[2; 512]), entry(b'W', inode, 512, &[3; 512])].concat()
    };
    let only_the_second = (0..50).any(|seed| {
        let file = &left(&[1; 1024], record, Cut::Some, seed)["file"];
        file[0] == 1 && file[512] == 3
    });
    assert!(only_the_second);
}

#[test]
fn a_name_lasts_when_its_directory_was_synced_and_not_before() {
    let directory = |below: &Path| below.display().to_string().into_bytes();
    let renamed = |_: u64, below: &Path| {
        let (new, file) =
            (below.join("file.new").display().to_string(), below.join("file").display().to_string());
        [
            entry(b'C', 999_999, 0, new.as_bytes()),
            entry(b'W', 999_999, 0, b"new"),
            entry(b'S', 999_999, 0, &[]),
            entry(b'R', new.len() as u64, 0, [new.as_bytes(), file.as_bytes()].concat().as_slice()),
        ]
        .concat()
    };
    let synced =
        |inode: u64, below: &Path| [renamed(inode, below), entry(b'D', 0, 0, &directory(below))].concat();
    assert_eq!(left(b"old", renamed, Cut::Nothing, 0)["file"], b"old");
    assert_eq!(left(b"old", renamed, Cut::Everything, 0)["file"], b"new");
    assert_eq!(left(b"old", synced, Cut::Nothing, 0)["file"], b"new");
    for seed in 0..20 {
        let all = left(b"old", renamed, Cut::Some, seed);
        assert!(all["file"] == b"old" || all["file"] == b"new", "the old one or the new one, whole");
    }
}

#[test]
fn half_an_entry_at_the_end_is_passed_over() {
    let record = |inode: u64, _: &Path| {
        let mut record = entry(b'W', inode, 0, b"new");
        record.extend(&entry(b'W', inode, 0, b"newer")[..20]);
        record
    };
    assert_eq!(left(b"old", record, Cut::Everything, 0)["file"], b"new");
}
