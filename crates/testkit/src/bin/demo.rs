//! The demonstration: the whole product on this machine, with a plainly fictional practice in it. `cargo xtask demo`
//! runs it. In windows for people, or `--headless` as a scripted therapist's day that proves each of its steps.

use mentalspace_testkit::demo::{self, Stage};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let mut has = |option: &str| {
        let before = words.len();
        words.retain(|word| word != option);
        words.len() != before
    };
    let (headless, second_device) = (has("--headless"), has("--second-device"));
    let outcome = Stage::from_words(&words).and_then(|stage| {
        if headless { demo::scripted_day(&stage) } else { demo::windows(&stage, second_device) }
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\nThe demonstration stopped: {}", failure.in_full());
            ExitCode::FAILURE
        }
    }
}
