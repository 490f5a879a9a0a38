//! Many devices at once against real servers. `cargo xtask load` runs it:
//! `load --devices N --minutes M --servers S --idle K [--storm] [--growth] [--strict] [--json] [--out FILE] STAGE`.

use mentalspace_testkit::demo::Stage;
use mentalspace_testkit::failure::{Doing as _, Failure, Outcome};
use mentalspace_tests::load::{self, Wanted};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;

fn main() -> ExitCode {
    match run(std::env::args().skip(1).collect()) {
        Ok(wrong) if wrong.is_empty() => ExitCode::SUCCESS,
        Ok(wrong) => {
            eprintln!("\nThe load found what may not be:\n  {}", wrong.join("\n  "));
            ExitCode::FAILURE
        }
        Err(failure) => {
            eprintln!("\nThe load stopped: {}", failure.in_full());
            ExitCode::FAILURE
        }
    }
}

/// Gives what was found wrong.
fn run(mut words: Vec<String>) -> Outcome<Vec<String>> {
    let json = take(&mut words, "--json");
    let growth = take(&mut words, "--growth");
    let strict = take(&mut words, "--strict");
    let out: Option<PathBuf> = value(&mut words, "--out")?;
    let wanted = Wanted {
        storm: take(&mut words, "--storm"),
        devices: number(&mut words, "--devices", 300)?,
        idle: number(&mut words, "--idle", 0)?,
        servers: number(&mut words, "--servers", 2)?,
        minutes: number(&mut words, "--minutes", 1.0)?,
    };
    let stage = Stage::from_words(&words)?;
    if growth {
        let figures = load::grow(&stage)?;
        print(&figures, json, out.as_deref())?;
        return Ok(Vec::new());
    }
    let figures = load::run(&stage, wanted)?;
    print(&figures.to_json(), json, out.as_deref())?;
    let mut wrong = figures.wrong();
    let missed = figures.missed();
    if strict {
        wrong.extend(missed);
    } else if !missed.is_empty() {
        println!("   Not reached here: {}", missed.join("; "));
    }
    Ok(wrong)
}

/// The figures, one by one; the last line is all of them where `json` is asked for. `out` gets them too.
fn print(figures: &serde_json::Value, json: bool, out: Option<&Path>) -> Outcome<()> {
    let text = |result: serde_json::Result<String>| result.map_err(|why| Failure::Said(why.to_string()));
    let pretty = text(serde_json::to_string_pretty(figures))?;
    println!("{pretty}");
    if let Some(out) = out {
        std::fs::write(out, format!("{pretty}\n")).doing(format!("write {}", out.display()))?;
    }
    if json {
        println!("{}", text(serde_json::to_string(figures))?);
    }
    Ok(())
}

fn take(words: &mut Vec<String>, option: &str) -> bool {
    words.iter().position(|word| word == option).map(|at| words.remove(at)).is_some()
}

fn number<T: FromStr>(words: &mut Vec<String>, option: &str, usual: T) -> Outcome<T> {
    Ok(value(words, option)?.unwrap_or(usual))
}

/// What stands behind an option, if it is there.
fn value<T: FromStr>(words: &mut Vec<String>, option: &str) -> Outcome<Option<T>> {
    let Some(at) = words.iter().position(|word| word == option) else { return Ok(None) };
    words.remove(at);
    let given = (at < words.len()).then(|| words.remove(at));
    let read = given.and_then(|given| given.parse().ok());
    read.map(Some).ok_or_else(|| Failure::Said(format!("{option} wants a value")))
}
