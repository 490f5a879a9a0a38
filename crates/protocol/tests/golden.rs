//! Golden vectors of every message: read by today's code and written again to the letter. A line is never edited: a
//! shape that changes gets a new line beside it.
#![cfg(test)]

use mentalspace_domain::bucket::BucketKind;
use mentalspace_domain::command::Command;
use mentalspace_domain::record::RecordKind;
use mentalspace_protocol::enrolment::{
    EnrolAnswer, EnrolRequest, EnrolmentCode, FirstAdministratorAnswer, FirstAdministratorRequest, Lease,
    SignedLease,
};
use mentalspace_protocol::error::{ErrorBody, ErrorCode, Position};
use mentalspace_protocol::pull::{
    Cursor, HeldSummary, ManifestBucket, Page, PullEnd, PullLine, PullRequest, Row,
};
use mentalspace_protocol::push::{Before, CommandResult, PushAnswer, PushRequest, PushedCommand};
use mentalspace_protocol::session::{
    ChangePasswordRequest, DeviceListed, Directive, EpochBridge, HelloAnswer, HelloRequest,
    RevokeDeviceRequest, SignInAnswer, SignInRequest, TreeHead,
};
use mentalspace_protocol::verify::{PurgeAckRequest, VerifiedRow, VerifyAnswer, VerifyRequest};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::path::Path;

const MESSAGES: &str = include_str!("golden/messages.txt");
const PAGE: &str = include_str!("../../../docs/sync-protocol.md");

type Again = fn(&str) -> serde_json::Result<String>;

fn again<T: Serialize + DeserializeOwned>(line: &str) -> serde_json::Result<String> {
    serde_json::to_string(&serde_json::from_str::<T>(line)?)
}

macro_rules! types {
    ($($name:ident)+) => {
        const TYPES: &[(&str, Again)] = &[$((stringify!($name), again::<$name>)),+];
    };
}

types! {
    EnrolmentCode FirstAdministratorRequest FirstAdministratorAnswer EnrolRequest EnrolAnswer Lease SignedLease
    ErrorCode ErrorBody Position
    HeldSummary Cursor PullRequest ManifestBucket Row Page PullEnd PullLine
    PushedCommand PushRequest CommandResult PushAnswer Before EpochBridge
    SignInRequest SignInAnswer ChangePasswordRequest HelloRequest HelloAnswer Directive TreeHead DeviceListed
    RevokeDeviceRequest
    VerifyRequest VerifiedRow VerifyAnswer PurgeAckRequest
}

/// The types that the crate's sources send: what derives `Serialize` and is public.
fn in_the_sources() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for file in Path::new(env!("CARGO_MANIFEST_DIR")).join("src").read_dir().unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let mut sent = false;
        for line in text.lines() {
            if line.starts_with("#[derive(") {
                sent = line.contains("Serialize");
            } else if let Some(item) =
                line.strip_prefix("pub struct ").or_else(|| line.strip_prefix("pub enum "))
            {
                let name: String = item.chars().take_while(char::is_ascii_alphanumeric).collect();
                if std::mem::take(&mut sent) {
                    found.insert(name);
                }
            }
        }
    }
    found
}

#[test]
fn messages_are_read_and_written_to_the_letter() {
    let mut met = BTreeSet::new();
    for line in MESSAGES.lines() {
        let (name, json) = line.split_once(' ').unwrap();
        let Some((name, again)) = TYPES.iter().find(|(known, _)| *known == name) else {
            panic!("{name} is no message any more")
        };
        let written = again(json).unwrap_or_else(|why| panic!("{name}: {why}: {json}"));
        assert_eq!(written, json, "{name}: other releases send and expect this");
        met.insert((*name).to_owned());
    }
    let all = in_the_sources();
    assert!(all.len() > 30, "the sources were not read: {all:?}");
    assert_eq!(met, all, "a message without a line in tests/golden/messages.txt");
}

#[test]
fn every_error_code_has_a_vector() {
    let source = include_str!("../src/error.rs");
    let body = source.split_once("pub enum ErrorCode {").unwrap().1.split_once("\n}").unwrap().0;
    let codes = body.lines().filter(|line| line.trim_end().ends_with(',') && !line.contains("///")).count();
    assert_eq!(MESSAGES.lines().filter(|line| line.starts_with("ErrorCode ")).count(), codes);
}

/// Whoever writes a device from the page must meet there every name that this release sends.
#[test]
fn the_page_names_whatever_may_be_sent() {
    let codes = MESSAGES.lines().filter_map(|line| line.strip_prefix("ErrorCode \"")?.strip_suffix('"'));
    let names: Vec<&str> = codes
        .chain(Command::NAMES.iter().copied())
        .chain(RecordKind::ALL.iter().map(|kind| kind.as_str()))
        .chain(BucketKind::ALL.iter().map(|kind| kind.as_str()))
        .collect();
    assert!(names.len() > 60, "{names:?}");
    let missing: Vec<&str> = names.into_iter().filter(|name| !PAGE.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "docs/sync-protocol.md does not name {missing:?}");
}

/// The control: what is not written so is noticed, and a request with a field that nobody knows is refused.
#[test]
fn a_vector_that_is_not_written_so_is_noticed() {
    assert_ne!(
        again::<Position>(r#"{"processed_seq":7,"log_epoch":"0195f000-0000-7000-8000-0000000002bc"}"#)
            .unwrap(),
        r#"{"processed_seq":7,"log_epoch":"0195f000-0000-7000-8000-0000000002bc"}"#
    );
    assert!(
        again::<VerifyRequest>(r#"{"bucket":"0195f000-0000-7000-8000-0000000001f4","all":true}"#).is_err()
    );
}

/// A device of this release reads the answers of a newer server, which may say more than it understands.
#[test]
fn an_answer_may_say_more_than_is_understood() {
    let answers = [
        "HelloAnswer",
        "PushAnswer",
        "VerifyAnswer",
        "PullEnd",
        "Row",
        "ManifestBucket",
        "ErrorBody",
        "SignInAnswer",
    ];
    for line in MESSAGES.lines() {
        let (name, json) = line.split_once(' ').unwrap();
        if answers.contains(&name) {
            let (_, again) = TYPES.iter().find(|(known, _)| *known == name).unwrap();
            let newer = json.replacen('{', r#"{"a_field_of_tomorrow":{"x":[1]},"#, 1);
            assert_eq!(again(&newer).unwrap(), json, "{name}");
        }
    }
}
