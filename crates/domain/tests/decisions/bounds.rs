//! What could never be sent or never be stored is refused where it is written, and never stands in a device's queue.

use crate::practice::{Kept, applied, as_rivera, client_id, marked, note, practice, refused, uuid};
use crate::repertoire::{every_command, full_chart};
use mentalspace_domain::bounds::{MAX_NOTE, MAX_NOTE_COMMAND, MAX_SECTION};
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::client::ClientField;
use mentalspace_domain::client::update::FactChange;
use mentalspace_domain::command::Command;
use mentalspace_domain::context::{Context, Side};
use mentalspace_domain::decision::{Outcome, RefusalCode};
use mentalspace_domain::ids::{CommandId, DeviceId, NoteId};
use mentalspace_domain::note::edit::{Edit, NoteEdits};
use mentalspace_domain::note::patch::PatchNote;
use mentalspace_domain::note::{FieldKey, Note, NoteBranch, NoteType, SectionKey};

fn on_device() -> Context {
    Context { side: Side::Device, ..as_rivera() }
}

/// Prose of about this many bytes.
fn prose(bytes: usize) -> String {
    let sentence = "She slept a little better this week. ";
    sentence.repeat(bytes / sentence.len())
}

fn patch(edits: impl IntoIterator<Item = (String, String, String)>) -> Command {
    let sections =
        edits.into_iter().map(|(key, from, to)| (SectionKey::new(key), Edit { from, to })).collect();
    Command::NotePatch(PatchNote {
        note_id: NoteId::new(uuid(61)),
        client_id: client_id(),
        edits: NoteEdits { sections, ..NoteEdits::default() },
    })
}

fn one(key: &str, from: &str, to: &str) -> Command {
    patch([(key.to_owned(), from.to_owned(), to.to_owned())])
}

fn chart(sections: &[(&str, &str)]) -> Kept {
    practice().with(Bucket::clinical(client_id()), note(NoteType::Intake, None, sections))
}

#[test]
fn a_section_that_grows_too_long_is_refused_and_may_be_shortened() {
    let full = prose(MAX_SECTION);
    let kept = chart(&[("plan", &full)]);
    applied(chart(&[]).decide(&one("plan", "", &full), &on_device()));
    let longer = format!("{full}And one sentence more, then another, and one beside it.");
    let refusal = refused(kept.decide(&one("plan", &full, &longer), &on_device()), RefusalCode::Invalid);
    assert_eq!(marked(&refusal), ["plan"]);
    assert!(refusal.message.contains("is safe"), "{}", refusal.message);
    // Whatever brought it there, the way back is open.
    applied(chart(&[("plan", &longer)]).decide(&one("plan", &longer, &full), &on_device()));
    // Quotation marks travel and are stored as two bytes each.
    let quoted = "\"".repeat(MAX_SECTION * 2 / 3);
    refused(chart(&[]).decide(&one("plan", "", &quoted), &on_device()), RefusalCode::Invalid);
}

#[test]
fn a_note_that_grows_too_long_is_refused_on_the_device_and_parked_on_the_server() {
    let full = prose(MAX_NOTE / 5);
    let standing: Vec<(String, String)> = (1..=5).map(|n| (format!("part {n}"), full.clone())).collect();
    let sections: Vec<(&str, &str)> =
        standing.iter().map(|(key, text)| (key.as_str(), text.as_str())).collect();
    let mut kept = chart(&sections);
    let added = prose(MAX_NOTE / 10);
    let more = one("plan", "", &added);
    refused(kept.decide(&more, &on_device()), RefusalCode::Invalid);
    applied(kept.decide(&one("part 1", &full, &full[..1_000]), &on_device()));
    // Another device filled the note meanwhile: what was written on this one is kept beside it.
    let ctx = Context { device: DeviceId::new(uuid(33)), command: CommandId::new(uuid(42)), ..as_rivera() };
    let outcome = kept.run(&more, &ctx).unwrap().outcome;
    assert!(matches!(outcome, Outcome::Parked { .. }), "{outcome:?}");
    assert_eq!(kept.get::<Note>(uuid(61)).unwrap().sections.len(), 5);
    assert_eq!(kept.all::<NoteBranch>()[0].sections[&SectionKey::from("plan")].to, added);
}

#[test]
fn whatever_a_note_may_hold_can_be_sent() {
    // Everything in it is written anew: each text travels twice.
    let before = prose(MAX_SECTION * 3 / 4);
    let after = before.replace("better", "calmer");
    let standing: Vec<(String, String)> = (1..=5).map(|n| (format!("part {n}"), before.clone())).collect();
    let sections: Vec<(&str, &str)> =
        standing.iter().map(|(key, text)| (key.as_str(), text.as_str())).collect();
    let command = patch(standing.iter().map(|(key, text)| (key.clone(), text.clone(), after.clone())));
    assert!(serde_json::to_vec(&command).unwrap().len() <= MAX_NOTE_COMMAND);
    applied(chart(&sections).decide(&command, &on_device()));
}

#[test]
fn a_key_with_characters_that_nobody_sees_is_refused_on_both_ends() {
    for ctx in [on_device(), as_rivera()] {
        for key in ["pl\u{0}an", "plan\n", "\u{1b}plan"] {
            refused(chart(&[]).decide(&one(key, "", "Weekly."), &ctx), RefusalCode::Invalid);
            let fields = [(FieldKey::from(key), Edit::new("", "low"))].into();
            let Command::NotePatch(mut input) = one("plan", "", "Weekly.") else { unreachable!() };
            input.edits.fields = fields;
            refused(chart(&[]).decide(&Command::NotePatch(input), &ctx), RefusalCode::Invalid);
        }
        applied(chart(&[]).decide(&one("a_section_of_tomorrow", "", "Weekly."), &ctx));
    }
}

#[test]
fn a_reason_that_cannot_be_stored_is_refused() {
    let mut all = as_rivera();
    all.actor.roles = mentalspace_domain::people::Role::ALL.to_vec();
    all.actor.grants.insert(Bucket::admin(crate::practice::other_client_id()).id(all.practice));
    let mut seen = 0;
    for command in every_command() {
        let mut value = serde_json::to_value(&command).unwrap();
        if command.name() == "caseload.assign" || value.get("reason").is_none() {
            continue;
        }
        seen += 1;
        let mut with = |reason: &str| {
            value["reason"] = reason.into();
            full_chart().decide(&serde_json::from_value(value.clone()).unwrap(), &all)
        };
        for reason in ["same \u{0}person", "\u{1b}[2J", &prose(20_000)] {
            assert_eq!(
                marked(&refused(with(reason), RefusalCode::Invalid)),
                ["reason"],
                "{}",
                command.name()
            );
        }
        applied(with("Two lines,\nand a tab\there."));
    }
    assert_eq!(seen, 7, "every command that takes a reason");
}

#[test]
fn nothing_else_is_longer_than_can_be_sent() {
    for command in every_command() {
        let Command::ClientUpdate(mut input) = command else { continue };
        input.facts.insert(ClientField::Address, FactChange { from: String::new(), to: prose(300_000) });
        refused(full_chart().decide(&Command::ClientUpdate(input), &on_device()), RefusalCode::Invalid);
    }
}
