//! Takes a picture of every screen, light and dark, in the real window over the demonstration practice.
//! `cargo xtask screens` runs it: `screens --out DIR [NAME …]`.

use mentalspace_tests::screens;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let names = words.split_off(words.len().min(2));
    let [option, out] = words.as_slice() else {
        return usage();
    };
    if option != "--out" {
        return usage();
    }
    match screens::take(Path::new(out), names) {
        Ok(pictures) => {
            println!("{pictures} pictures are in {out}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("\nThe pictures stopped: {}", failure.in_full());
            ExitCode::FAILURE
        }
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: screens --out DIR [NAME …]. `cargo xtask screens` gives the directory");
    ExitCode::from(2)
}
