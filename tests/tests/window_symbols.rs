//! Our SQLCipher stays ours: the program exports no `sqlite3_*` symbol to which the system's libsqlite3, loaded by
//! WebKitGTK, could be bound.
#![cfg(test)]

use mentalspace_testkit::process::built_program;
use std::path::Path;
use std::process::Command;

/// Symbols that a program exports to the libraries that it loads, and that begin with `sqlite3_`.
fn exported(program: &Path) -> Vec<String> {
    let output = Command::new("nm").args(["-D", "--defined-only"]).arg(program).output().expect("nm runs");
    assert!(output.status.success(), "nm: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("nm prints text");
    text.lines()
        .filter_map(|line| line.split(' ').next_back())
        .filter(|name| name.starts_with("sqlite3_"))
        .map(str::to_owned)
        .collect()
}

fn compile(dir: &Path, words: &[&str]) {
    let output = Command::new("cc").args(words).current_dir(dir).output().expect("cc runs");
    assert!(output.status.success(), "cc {words:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn window_exports_nothing_of_our_sqlcipher() {
    let program = built_program("mentalspace-desktop").unwrap();
    assert_eq!(exported(&program), Vec::<String>::new(), "two SQLites would be mixed in one process");
}

/// The same situation in small: a library in an archive, and a system's library of the same function that another one uses.
#[test]
fn window_symbols_would_be_seen_if_the_linker_exported_them() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    write("ours.c", "int sqlite3_open(void) { return 1; }");
    write("system.c", "int sqlite3_open(void) { return 2; }");
    write("theirs.c", "int sqlite3_open(void); int theirs(void) { return sqlite3_open(); }");
    write(
        "main.c",
        "int sqlite3_open(void); int theirs(void); int main(void) { return sqlite3_open() + theirs(); }",
    );
    compile(dir.path(), &["-c", "ours.c", "-o", "ours.o"]);
    let archived = Command::new("ar").args(["rcs", "libours.a", "ours.o"]).current_dir(dir.path()).status();
    assert!(archived.unwrap().success());
    compile(dir.path(), &["-shared", "-fPIC", "system.c", "-o", "libsystem.so"]);
    compile(dir.path(), &["-shared", "-fPIC", "theirs.c", "libsystem.so", "-o", "libtheirs.so"]);
    let link = ["main.c", "libours.a", "libtheirs.so", "libsystem.so", "-Wl,-rpath,.", "-o"];
    compile(dir.path(), &[&link[..], &["leaking"]].concat());
    compile(dir.path(), &[&link[..], &["sealed", "-Wl,--exclude-libs,ALL"]].concat());
    assert_eq!(
        exported(&dir.path().join("leaking")),
        ["sqlite3_open"],
        "without the argument the symbol leaks"
    );
    assert_eq!(
        exported(&dir.path().join("sealed")),
        Vec::<String>::new(),
        "with it, as build.rs passes it, it does not"
    );
}
