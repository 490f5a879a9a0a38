//! How much a command may carry. What is longer could never be sent or never be stored, and would stand in a device's
//! queue for ever; so it is refused where it is written, while its author still has it in front of her.
//!
//! Lengths are bytes as JSON writes them: that is what travels and what is stored, and a quotation mark counts twice.

use crate::command::Command;
use crate::context::{Context, Side};
use crate::decision::{FieldError, Refusal, RefusalCode};
use crate::note::edit::{Edit, NoteEdits};
use crate::note::{FieldKey, Note, SectionKey};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io;

/// Longest text of one section or field, about 30,000 words.
pub const MAX_SECTION: usize = 200_000;
/// Longest note or addendum, all of its texts together. A quarter is left of what one record may take.
pub const MAX_NOTE: usize = 800_000;
/// Longest reason.
pub const MAX_REASON: usize = 10_000;
/// Largest command about a note: each text that changes travels twice, as it was and as it is.
pub const MAX_NOTE_COMMAND: usize = 4_000_000;
/// Largest command about anything else.
pub const MAX_COMMAND: usize = 200_000;

/// Whether the command can be sent and stored at all.
///
/// # Errors
/// [`RefusalCode::Invalid`].
pub(crate) fn check(command: &Command) -> Result<(), Refusal> {
    let most = match command {
        Command::NoteCreate(input) => edits(&input.content).map(|()| MAX_NOTE_COMMAND),
        Command::NotePatch(input) => edits(&input.edits).map(|()| MAX_NOTE_COMMAND),
        Command::NoteResolve(input) => edits(&input.edits).map(|()| MAX_NOTE_COMMAND),
        Command::AddendumWrite(input) => reason(&input.reason)
            .and_then(|()| texts(&input.sections, SectionKey::as_str))
            .and_then(|()| addendum(&input.sections))
            .map(|()| MAX_NOTE_COMMAND),
        Command::NoteConfirm(_) | Command::NoteSign(_) | Command::AddendumSign(_) => Ok(MAX_NOTE_COMMAND),
        Command::NoteVoid(input) => reason(&input.reason).map(|()| MAX_COMMAND),
        Command::AddendumDismiss(input) => reason(&input.reason).map(|()| MAX_COMMAND),
        Command::ClientMerge(input) => reason(&input.reason).map(|()| MAX_COMMAND),
        Command::AppointmentCancel(input) => reason(&input.reason).map(|()| MAX_COMMAND),
        Command::QuarantineAccept(input) => reason(&input.reason).map(|()| MAX_COMMAND),
        Command::QuarantineReturn(input) => reason(&input.reason).map(|()| MAX_COMMAND),
        _ => Ok(MAX_COMMAND),
    }?;
    if written(command) <= most {
        return Ok(());
    }
    Err(Refusal::new(
        RefusalCode::Invalid,
        "This is too long to be saved and sent. What was saved before is safe, and what you typed is still here. \
         Shorten it and save again.",
    ))
}

/// Whether the note stays within bounds with these edits. A note that only grows shorter is never refused.
///
/// # Errors
/// [`RefusalCode::Invalid`].
pub(crate) fn check_note(note: &Note, edits: &NoteEdits) -> Result<(), Refusal> {
    let before = weight(note);
    let sections = edits.sections.iter().map(|(key, edit)| (note.section(key), edit));
    let fields = edits.fields.iter().map(|(key, edit)| (note.field(key), edit));
    let (mut gone, mut come) = (0, 0);
    for (current, edit) in sections.chain(fields) {
        gone += written(current);
        come += written(&edit.to);
    }
    let after = before.saturating_sub(gone) + come;
    if after <= MAX_NOTE || after <= before {
        return Ok(());
    }
    Err(too_long(
        "This note has become too long to be saved and sent; all of its sections together hold about 120,000 words.",
    ))
}

/// The same while the edits are written. Only their author's device refuses: on the server the rest of the note may be
/// another device's, and what does not fit beside it is parked (see [`fits`]).
///
/// # Errors
/// [`RefusalCode::Invalid`].
pub(crate) fn check_note_here(note: &Note, edits: &NoteEdits, ctx: &Context) -> Result<(), Refusal> {
    match ctx.side {
        Side::Device => check_note(note, edits),
        Side::Server => Ok(()),
    }
}

/// Whether `text` may come into the note in place of `current`, and `beside` be kept with it.
pub(crate) fn fits(note: &Note, current: &str, text: &str, beside: &[&str]) -> bool {
    let beside: usize = beside.iter().map(written).sum();
    let (gone, come) = (written(current), written(text) + beside);
    come <= gone || weight(note) + come - gone <= MAX_NOTE
}

/// What the texts of the note take, those that wait to be confirmed included.
fn weight(note: &Note) -> usize {
    let combined = note.combined.values().flat_map(|kept| [&kept.base, &kept.ours, &kept.theirs]);
    note.sections.values().chain(note.fields.values()).chain(combined).map(written).sum()
}

fn edits(edits: &NoteEdits) -> Result<(), Refusal> {
    texts(&edits.sections, SectionKey::as_str)?;
    texts(&edits.fields, FieldKey::as_str)?;
    edits.pulled_forward.keys().try_for_each(|key| plain_key(key.as_str()))
}

fn texts<K>(edits: &BTreeMap<K, Edit>, name: impl Fn(&K) -> &str) -> Result<(), Refusal> {
    for (key, edit) in edits {
        plain_key(name(key))?;
        let length = written(&edit.to);
        if length > MAX_SECTION && length > written(&edit.from) {
            let message = "Shorten this text, or move part of it into another section.";
            return Err(too_long(
                "This section has become too long to be saved and sent; it holds about 30,000 words.",
            )
            .with_fields(vec![FieldError { field: name(key).to_owned(), message: message.to_owned() }]));
        }
    }
    Ok(())
}

fn addendum(sections: &BTreeMap<SectionKey, Edit>) -> Result<(), Refusal> {
    if sections.values().map(|edit| written(&edit.to)).sum::<usize>() <= MAX_NOTE {
        return Ok(());
    }
    Err(too_long("This addendum has become too long to be saved and sent."))
}

fn too_long(what: &str) -> Refusal {
    Refusal::new(
        RefusalCode::Invalid,
        format!(
            "{what} What was saved before is safe, and what you typed since is still here. Copy the newest part \
             elsewhere, shorten the text, and go on."
        ),
    )
}

/// Keys are names from our tables. Some of them stand in outcomes, in clear, where a database takes no U+0000.
fn plain_key(key: &str) -> Result<(), Refusal> {
    if key.len() <= 200 && !key.chars().any(char::is_control) {
        return Ok(());
    }
    Err(Refusal::new(
        RefusalCode::Invalid,
        "This text names a section that cannot exist, so it was not saved. What was saved before is safe. Copy the \
         text into another section and tell your administrator.",
    ))
}

fn reason(reason: &str) -> Result<(), Refusal> {
    let unseen = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    let message = if reason.chars().any(unseen) {
        "There are characters in it that nobody can see. Type the reason by hand."
    } else if written(reason) > MAX_REASON {
        "Say it in fewer words."
    } else {
        return Ok(());
    };
    Err(Refusal::new(
        RefusalCode::Invalid,
        "Nothing was changed: the reason cannot be stored as it is. Correct it and try again.",
    )
    .with_fields(vec![FieldError { field: "reason".to_owned(), message: message.to_owned() }]))
}

/// The bytes that `value` takes as JSON.
fn written<T: Serialize + ?Sized>(value: &T) -> usize {
    struct Counter(usize);

    impl io::Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let mut counter = Counter(0);
    // What cannot be written cannot be sent either.
    serde_json::to_writer(&mut counter, value).map_or(usize::MAX, |()| counter.0)
}
