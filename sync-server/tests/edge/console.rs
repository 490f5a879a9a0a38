//! The program itself, as an operator starts it.

use crate::harness::{House, PASSWORD, database, write_settings};
use mentalspace_crypto::recovery::from_paper;
use mentalspace_protocol::enrolment::EnrolmentCode;
use mentalspace_protocol::path;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

fn program(settings: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mentalspace-server"));
    command.arg("--config").arg(settings).stdin(Stdio::null());
    command
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn run(settings: &Path, arguments: &[&str]) -> String {
    let output = program(settings).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_server_with_a_wrong_setting_does_not_start_and_says_which_without_its_value() {
    let dir = tempfile::tempdir().unwrap();
    let database = database();
    let (settings, _) = write_settings(&dir, &database);
    let whole = fs::read_to_string(&settings).unwrap();
    let kek = dir.path().join("kek");
    let key = fs::read_to_string(&kek).unwrap();
    let refused = |setting: &str, canary: &str| {
        let output = program(&settings).arg("serve").output().unwrap();
        let said = said(&output);
        assert!(!output.status.success(), "{setting}");
        assert!(said.contains(&format!("`{setting}`")), "{setting}: {said}");
        assert!(canary.is_empty() || !said.contains(canary), "the value is not shown: {said}");
        assert_eq!(said.trim().lines().count(), 1, "one clear line: {said}");
    };
    for (content, mode) in [
        ("changeme", 0o600),
        (&key[..40], 0o600),
        ("0000000000000000000000000000000000000000000000000000000000000000", 0o600),
        (key.trim(), 0o644),
    ] {
        fs::write(&kek, content).unwrap();
        fs::set_permissions(&kek, fs::Permissions::from_mode(mode)).unwrap();
        refused("key_encryption_key", content);
    }
    fs::remove_file(&kek).unwrap();
    refused("key_encryption_key", "");
    fs::write(&kek, &key).unwrap();
    fs::set_permissions(&kek, fs::Permissions::from_mode(0o600)).unwrap();

    let open = dir.path().join("server.key");
    fs::set_permissions(&open, fs::Permissions::from_mode(0o640)).unwrap();
    refused("tls.key", "");
    fs::set_permissions(&open, fs::Permissions::from_mode(0o600)).unwrap();

    let with_password = |password: &str| {
        whole.replace("user=mentalspace_app", &format!("user=mentalspace_app password={password}"))
    };
    fs::set_permissions(&settings, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&settings, with_password("postgres")).unwrap();
    refused("database.url", "postgres ");
    fs::write(&settings, with_password("q7RmX2vKw9TzB4nH")).unwrap();
    fs::set_permissions(&settings, fs::Permissions::from_mode(0o644)).unwrap();
    refused("database.url", "q7RmX2vKw9TzB4nH");
    fs::write(&settings, whole.replace("host=/", "host=db.practice.example,/")).unwrap();
    refused("database.url", "");
}

/// A process that is killed when the test ends, however it ends.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args(["-s", name, &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn from_an_empty_database_to_an_enrolled_device_and_a_clean_end() {
    let house = House::open().await;
    let dir = tempfile::tempdir().unwrap();
    let empty = mentalspace_testkit::test_database::TestDatabase::empty().unwrap();
    let (settings, authority) = write_settings(&dir, &empty);

    let behind = program(&settings).args(["migrate", "status"]).output().unwrap();
    assert_eq!(behind.status.code(), Some(3), "{}", said(&behind));
    let early = program(&settings).arg("serve").output().unwrap();
    assert!(!early.status.success() && said(&early).contains("migrate"), "{}", said(&early));
    run(&settings, &["migrate"]);
    assert!(run(&settings, &["migrate", "status"]).starts_with("current"));

    let paper = dir.path().join("recovery.txt");
    let zone = ["--zone", "America/New_York"];
    let create = [
        "practice",
        "create",
        "--name",
        "Marsh Lane Counselling",
        "--recovery-key-out",
        paper.to_str().unwrap(),
    ];
    let made = run(&settings, &[&create[..], &zone[..]].concat());
    assert_eq!(fs::metadata(&paper).unwrap().permissions().mode() & 0o777, 0o600);
    let printed = fs::read_to_string(&paper).unwrap();
    assert!(from_paper(printed.trim().lines().last().unwrap()).is_ok(), "{printed}");
    assert!(!made.contains(printed.trim().lines().last().unwrap()), "the recovery key is not on the screen");
    let token = made.lines().find(|line| line.starts_with("first administrator")).unwrap();
    let token = token.split_whitespace().nth(2).unwrap();

    run(&settings, &["user", "create", "--login", "okafor", "--name", "Dana Okafor", "--role", "supervisor"]);
    let her = ["--login", "rivera", "--name", "Ana Rivera", "--credential", "LAPC", "--supervisor", "okafor"];
    run(&settings, &[&["user", "create", "--role", "clinician"][..], &her[..]].concat());
    for (login, why) in [("two words", "without spaces"), ("rivera", "is taken")] {
        let create = ["user", "create", "--name", "X", "--role", "biller", "--login", login];
        let output = program(&settings).args(create).output().unwrap();
        assert!(!output.status.success() && said(&output).contains(why), "{}", said(&output));
    }
    let other_day = program(&settings).args(["today", "--is", "2001-01-01"]).output().unwrap();
    assert!(
        !other_day.status.success() && said(&other_day).contains("put the clock right"),
        "{}",
        said(&other_day)
    );
    let code = run(&settings, &["user", "enrolment-code", "--login", "rivera"]);
    let code = EnrolmentCode::from_text(code.trim()).unwrap();
    assert_eq!((code.ca_sha256.as_str(), code.login.as_str()), (authority.pin_hex().as_str(), "rivera"));

    let mut child =
        program(&settings).arg("serve").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut log = child.stderr.take().unwrap();
    let mut served = Served(child);
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    let line: Value = serde_json::from_str(&line).unwrap();
    let mut device =
        house.device().at(&format!("https://{}", line["listening"].as_str().unwrap()), &authority);

    let message =
        json!({ "token": token, "login": "sam", "display_name": "Sam Example", "password": PASSWORD });
    let body = message.to_string().into_bytes();
    let first = device.send(device.anonymous(Method::POST, path::FIRST_ADMINISTRATOR, body)).await;
    assert_eq!(first.status, StatusCode::OK, "{first:?}");
    let enrolled = device.enrol(&code.secret, "rivera", PASSWORD).await;
    assert_eq!(enrolled.status, StatusCode::OK, "{enrolled:?}");
    device.token = enrolled.json()["token"].as_str().unwrap().to_owned();
    device.nonce = enrolled.nonce();
    let listed = device.get(path::DEVICES).await;
    assert_eq!(listed.json().as_array().unwrap().len(), 1);

    let command_line = fs::read(format!("/proc/{}/cmdline", served.0.id())).unwrap();
    let kek = fs::read_to_string(dir.path().join("kek")).unwrap();
    signal(&served.0, "HUP");
    run(&settings, &["device", "revoke", "--device", &device.id.to_string(), "--reason", "left on a train"]);
    assert_eq!(device.get(path::DEVICES).await.status, StatusCode::FORBIDDEN);
    assert!(run(&settings, &["device", "list"]).contains("draining"));
    run(&settings, &["user", "disable", "--login", "rivera"]);
    signal(&served.0, "TERM");
    assert!(served.0.wait().unwrap().success(), "a clean end");

    let mut text = String::new();
    log.read_to_string(&mut text).unwrap();
    assert!(
        text.contains("\"route\":\"/v1/enrol\"") && text.contains("the certificate was read anew"),
        "{text}"
    );
    let everywhere = format!("{text}{}", String::from_utf8_lossy(&command_line));
    for secret in [kek.trim(), token, &code.secret, PASSWORD, &device.token, "rivera", "Okafor"] {
        assert!(!everywhere.contains(secret), "in the log or the process list");
    }
}
