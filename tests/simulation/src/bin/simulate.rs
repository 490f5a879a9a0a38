//! `cargo xtask simulate`: seeds of the simulation. The last line is one JSON object.

use mentalspace_simulation::run::{Run, Scope, explore, run};
use mentalspace_simulation::story::{Control, Telling};
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    let mut run_of =
        Run { from: 0, seeds: 500, threads: 2, compare_every: 50, telling: Telling::default(), speak: false };
    let mut small: Option<usize> = None;
    let mut commit = String::from("this tree");
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().unwrap_or_default();
        let number = value.parse::<u64>().ok();
        match (word.as_str(), number) {
            ("--seeds", Some(seeds)) => run_of.seeds = seeds,
            ("--from", Some(from)) => run_of.from = from,
            ("--threads", Some(threads)) => run_of.threads = usize::try_from(threads.max(1)).unwrap_or(1),
            ("--happenings", Some(n)) => run_of.telling.happenings = usize::try_from(n).unwrap_or(220),
            ("--compare-every", Some(n)) => run_of.compare_every = n.max(1),
            ("--small", Some(stride)) => small = usize::try_from(stride).ok(),
            ("--speak", _) => run_of.speak = value == "yes",
            ("--restores", _) => run_of.telling.restores = value != "no",
            ("--commit", _) => commit = value,
            ("--control", _) => {
                run_of.telling.control = match value.as_str() {
                    "epoch-kept" => Control::EpochKept,
                    "signed-changed" => Control::SignedChanged,
                    "record-forgotten" => Control::RecordForgotten,
                    "revocations-hidden" => Control::RevocationsHidden,
                    "more-for-ever" => Control::MoreForEver,
                    "pushes-refused" => Control::PushesRefused,
                    "sentence-invented" => Control::SentenceInvented,
                    _ => Control::None,
                }
            }
            _ => {
                eprintln!(
                    "usage: simulate [--seeds N] [--from S] [--threads T] [--happenings N] [--compare-every N] [--commit C]"
                );
                return ExitCode::from(2);
            }
        }
    }
    let begun = Instant::now();
    if let Some(stride) = small {
        let first = usize::try_from(run_of.from).unwrap_or_default();
        return match explore(Scope { first, stride, most: usize::MAX }, run_of.threads, &|said| {
            println!("{said}")
        }) {
            Ok(explored) => {
                println!("{}", explored.as_json(begun.elapsed().as_secs_f64()));
                if explored.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
            }
            Err(failure) => {
                eprintln!("The simulation stopped: {}", failure.in_full());
                ExitCode::FAILURE
            }
        };
    }
    match run(&run_of, &|said| println!("{said}")) {
        Ok(sums) => {
            let seldom = sums.too_seldom();
            for (seed, failure) in &sums.failures {
                println!(
                    "FAILED at {commit}: seed {seed}: {failure}\n  again: cargo xtask simulate --seeds 1 --from {seed}"
                );
            }
            seldom.iter().for_each(|what| println!("TOO SELDOM: {what}"));
            println!("{}", sums.as_json(begun.elapsed().as_secs_f64()));
            if sums.failures.is_empty() && seldom.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(failure) => {
            eprintln!("The simulation stopped: {}", failure.in_full());
            ExitCode::FAILURE
        }
    }
}
