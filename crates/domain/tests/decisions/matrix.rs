//! Who may send which command: every command × role × bucket × what this end holds, decided and printed. A command
//! that forgets to authorise its sender, or looks past what it was not given, is a readable diff.

use crate::practice::{Kept, client_id, context, other_client_id, practice_id, rivera, uuid};
use crate::repertoire::{every_command, full_chart};
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::command::Command;
use mentalspace_domain::context::Context;
use mentalspace_domain::decision::{Decision, Outcome, RefusalCode, Verdict};
use mentalspace_domain::ids::PracticeId;
use mentalspace_domain::people::Role;
use serde::Serialize;
use std::fmt::Write as _;

const EXPECTED: &str = include_str!("matrix.txt");

/// How the sender stands to the chart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sender {
    /// Its buckets are hers.
    Holds,
    /// They are not.
    HoldsNot,
    /// She holds them, and acts in another practice.
    Elsewhere,
}

const SENDERS: [(Sender, &str); 3] =
    [(Sender::Holds, "held"), (Sender::HoldsNot, "not held"), (Sender::Elsewhere, "other practice")];

fn buckets() -> Vec<Bucket> {
    let of = |client| [Bucket::admin(client), Bucket::clinical(client)];
    let mut all = [of(client_id()), of(other_client_id())].concat();
    all.extend([Bucket::calendar(rivera()), Bucket::practice(practice_id())]);
    all
}

/// Always the author and the treating clinician: what differs is what she may do.
fn sender(role: Role, sender: Sender) -> Context {
    let held = if sender == Sender::HoldsNot { Vec::new() } else { buckets() };
    let mut ctx = context(rivera(), role, &held);
    if sender == Sender::Elsewhere {
        ctx.practice = PracticeId::new(uuid(2));
    }
    ctx
}

/// The chart as this end may have it: there, not there, or out of sight.
fn ends(command: &Command, ctx: &Context) -> [Kept; 3] {
    let looked_into = command.needs(ctx).into_iter().map(|need| need.bucket());
    [full_chart(), Kept::default(), looked_into.fold(full_chart(), Kept::not_holding)]
}

fn name<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        other => panic!("a code is a word: {other:?}"),
    }
}

fn word(verdict: Verdict) -> String {
    let outcome = match verdict {
        Ok(Decision { outcome: Outcome::Rejected { code, .. }, .. }) => return name(&code),
        Err(refusal) if refusal.code == RefusalCode::NotAllowed => return "-".to_owned(),
        Err(refusal) => return name(&refusal.code),
        Ok(decision) => decision,
    };
    let said = match outcome.outcome {
        Outcome::Applied => "applied",
        Outcome::Merged { .. } => "merged",
        Outcome::Converted { .. } => "converted",
        Outcome::Parked { .. } => "parked",
        Outcome::Noop { .. } => "noop",
        Outcome::Quarantined { .. } | Outcome::Rejected { .. } => panic!("no decision says this"),
    };
    if outcome.provisional { format!("{said}?") } else { said.to_owned() }
}

fn rows(command: &Command, ctx: impl Fn(Role, Sender) -> Context) -> String {
    let mut text = format!("{}\n", command.name());
    for role in Role::ALL {
        let _ = write!(text, "  {:17}", role.as_str());
        for (how, _) in SENDERS {
            let ctx = ctx(role, how);
            let cells = ends(command, &ctx).map(|end| word(end.decide(command, &ctx)));
            let _ = write!(text, "| {:34}", cells.join(" "));
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}

fn table(ctx: impl Fn(Role, Sender) -> Context) -> String {
    let mut text =
        String::from("Each cell: the records are there, are not there, are out of sight. - : not allowed.\n");
    let _ = write!(text, "{:19}", "");
    for (_, how) in SENDERS {
        let _ = write!(text, "| {how:34}");
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    for command in every_command() {
        text.push_str(&rows(&command, &ctx));
    }
    text
}

#[test]
fn who_may_send_what_is_as_it_was_agreed() {
    let found = table(sender);
    assert_eq!(
        found, EXPECTED,
        "who may send which command has changed. If that is meant, put this table into tests/decisions/matrix.txt:\n{found}"
    );
}

#[test]
fn every_command_is_in_the_table() {
    let mut shown: Vec<&str> =
        EXPECTED.lines().filter(|line| line.contains('.') && !line.contains(' ')).collect();
    let mut known = Command::NAMES.to_vec();
    shown.sort_unstable();
    known.sort_unstable();
    assert_eq!(shown, known);
}

/// The control: were every role and every bucket granted to everybody, each command's rows would read differently.
#[test]
fn a_right_that_everybody_had_would_show_for_every_command() {
    let anybody = |role, how| {
        let mut ctx = sender(role, Sender::Holds);
        ctx.actor.roles = Role::ALL.to_vec();
        let elsewhere = sender(role, how).practice;
        ctx.actor.grants.extend(buckets().into_iter().map(|bucket| bucket.id(elsewhere)));
        ctx.practice = elsewhere;
        ctx
    };
    for command in every_command() {
        let found = rows(&command, anybody);
        assert!(!EXPECTED.contains(&found), "{found}");
        assert!(!found.contains(" - "), "with every right nothing is forbidden:\n{found}");
    }
}
