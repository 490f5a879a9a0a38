//! The application without a window: one JSON object a line on standard input, one answer line each on standard
//! output, given only after the durable commit. See docs/device-protocol.md.

use mentalspace_app::api::{ApiError, Code, call};
use mentalspace_app::{Desktop, DesktopConfig};
use serde_json::{Map, Value, json};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::io::{AsyncBufReadExt as _, BufReader};

/// Commands of the line protocol, fixed; every other call of the application is answered too.
const FIXED: &[&str] = &[
    "enrol",
    "unlock",
    "lock",
    "sync",
    "status",
    "clients",
    "chart",
    "client_create",
    "client_update",
    "appointment_book",
    "note_create",
    "note_patch",
    "note_show",
    "note_history",
    "note_confirm",
    "note_resolve",
    "note_sign",
    "addendum_sign",
    "search",
    "caseload_assign",
    "export_unsent",
    "journal",
    "quit",
];

#[tokio::main]
async fn main() -> ExitCode {
    let config = match arguments(std::env::args().skip(1)) {
        Ok(config) => config,
        Err(usage) => {
            eprintln!("{usage}");
            return ExitCode::from(2);
        }
    };
    let desktop = match Desktop::new(config) {
        Ok(desktop) => desktop,
        Err(error) => {
            eprintln!("{}", error.message);
            return ExitCode::FAILURE;
        }
    };
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    loop {
        let line = match lines.next_line().await {
            Ok(Some(line)) => line,
            // The end of the input is the end of the program; what was typed is complete.
            Ok(None) => break,
            Err(_) => return ExitCode::FAILURE,
        };
        if line.trim().is_empty() {
            continue;
        }
        let (answer, last) = answer(&desktop, &line).await;
        let mut out = std::io::stdout().lock();
        if writeln!(out, "{answer}").and_then(|()| out.flush()).is_err() || last {
            break;
        }
    }
    desktop.lock();
    ExitCode::SUCCESS
}

async fn answer(desktop: &Desktop, line: &str) -> (Value, bool) {
    let Ok(Value::Object(mut request)) = serde_json::from_str::<Value>(line) else {
        return (failed(Value::Null, &malformed("The line is not a JSON object.")), false);
    };
    let id = request.remove("id").unwrap_or(Value::Null);
    let Some(Value::String(command)) = request.remove("command") else {
        return (failed(id, &malformed("The line names no command.")), false);
    };
    if command == "quit" {
        return (done(id, json!({})), true);
    }
    let outcome = call(desktop, &command, Value::Object(request)).await;
    (outcome.map_or_else(|error| failed(id.clone(), &error), |ok| done(id.clone(), ok)), false)
}

fn done(id: Value, ok: Value) -> Value {
    with_id(id, "ok", ok)
}

fn failed(id: Value, error: &ApiError) -> Value {
    with_id(id, "error", serde_json::to_value(error).unwrap_or(Value::Null))
}

fn with_id(id: Value, key: &str, value: Value) -> Value {
    let mut answer = Map::new();
    if !id.is_null() {
        answer.insert("id".to_owned(), id);
    }
    answer.insert(key.to_owned(), value);
    Value::Object(answer)
}

fn malformed(what: &str) -> ApiError {
    ApiError::new(
        Code::Malformed,
        format!(
            "{what} Nothing was changed. Send one object a line, such as {{\"command\":\"status\"}}; see docs/device-protocol.md."
        ),
    )
}

fn arguments(mut given: impl Iterator<Item = String>) -> Result<DesktopConfig, String> {
    let usage = || {
        format!(
            "usage: mentalspace-device --profile DIR [--secrets DIR]\n\nThe application without a window: one JSON object a line on standard input, one answer line each on standard output.\nCommands: {}.",
            FIXED.join(", ")
        )
    };
    let (mut profile, mut secrets) = (None, None);
    while let Some(flag) = given.next() {
        let mut value = || given.next().map(PathBuf::from).ok_or_else(usage);
        match flag.as_str() {
            "--profile" => profile = Some(value()?),
            "--secrets" => secrets = Some(value()?),
            _ => return Err(usage()),
        }
    }
    let profile = profile.ok_or_else(usage)?;
    let secrets = secrets.unwrap_or_else(|| {
        let name = profile.file_name().map_or_else(|| "profile".into(), std::ffi::OsStr::to_os_string);
        let mut beside = name;
        beside.push(".secrets");
        profile.with_file_name(beside)
    });
    Ok(DesktopConfig::from_directories(profile, secrets))
}
