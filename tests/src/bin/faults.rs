//! Faults under real processes. `cargo xtask faults` runs it; the last line is one JSON object.

use mentalspace_testkit::failure::{Failure, Outcome};
use mentalspace_tests::faults::Kind;
use mentalspace_tests::faults::tally::Tally;
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    match run(std::env::args().skip(1).collect()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("\n{}", failure.in_full());
            ExitCode::FAILURE
        }
    }
}

/// Gives whether everything held.
fn run(mut words: Vec<String>) -> Outcome<bool> {
    let count = number(&mut words, "--count")?;
    let first = number(&mut words, "--from")?.unwrap_or(0);
    let kinds = kinds(&words)?;
    let (begun, mut tally) = (Instant::now(), Tally::default());
    let mut least = Vec::new();
    let mut outcome = Ok(());
    for kind in kinds {
        let count = count.unwrap_or(kind.usual());
        eprintln!("{}: {count} cases from seed {first}", kind.name());
        least.extend(kind.least(count));
        outcome = kind.run(first, count, &mut tally);
        if outcome.is_err() {
            break;
        }
    }
    let judged = outcome.and_then(|()| tally.judge(&least));
    if let Err(failure) = &judged {
        eprintln!("\n{}", failure.in_full());
    }
    // The last line, whatever came before.
    println!("{}", tally.in_json(begun.elapsed().as_secs_f64()));
    Ok(judged.is_ok())
}

fn kinds(words: &[String]) -> Outcome<Vec<Kind>> {
    if words.is_empty() || words == ["all"] {
        return Ok(Kind::ALL.to_vec());
    }
    words
        .iter()
        .map(|word| {
            let names = Kind::ALL.map(Kind::name).join(", ");
            Kind::named(word).ok_or_else(|| Failure::Said(format!("{word} is none of {names}, all")))
        })
        .collect()
}

/// An option with its number.
fn number(words: &mut Vec<String>, option: &str) -> Outcome<Option<u64>> {
    let Some(at) = words.iter().position(|word| word == option) else { return Ok(None) };
    words.remove(at);
    let text = if at < words.len() { words.remove(at) } else { String::new() };
    text.parse().map(Some).map_err(|_| Failure::Said(format!("{option} wants a whole number, not {text:?}")))
}
