//! One text has one spelling: NFC with LF, from the moment it is written, whatever an editor or a keyboard made of it.

use crate::practice::{Kept, applied, as_rivera, client_id, noop, uuid};
use crate::repertoire::full_chart;
use mentalspace_domain::addendum::write::WriteAddendum;
use mentalspace_domain::addendum::{Addendum, AddendumKind};
use mentalspace_domain::command::Command;
use mentalspace_domain::decision::Outcome;
use mentalspace_domain::ids::{AddendumId, CommandId, NoteId};
use mentalspace_domain::note::create::CreateNote;
use mentalspace_domain::note::edit::{Edit, NoteEdits};
use mentalspace_domain::note::patch::PatchNote;
use mentalspace_domain::note::{FieldKey, Note, NoteRevision, NoteType, SectionKey};

/// As a Mac types it, with the line ends of a text copied from Windows.
const TYPED: &str = "Zoe\u{308} slept.\r\nMood better.";
const STORED: &str = "Zo\u{eb} slept.\nMood better.";

fn edits(from: &str, to: &str) -> NoteEdits {
    NoteEdits {
        sections: [(SectionKey::from("plan"), Edit::new(from, to))].into(),
        fields: [(FieldKey::from("person"), Edit::new(from, to))].into(),
        ..NoteEdits::default()
    }
}

fn create(n: u128, to: &str) -> Command {
    Command::NoteCreate(CreateNote {
        note_id: NoteId::new(uuid(n)),
        client_id: client_id(),
        note_type: NoteType::Contact,
        format: None,
        appointment_id: None,
        content: edits("", to),
    })
}

fn patch(n: u128, from: &str, to: &str) -> Command {
    let note_id = NoteId::new(uuid(n));
    Command::NotePatch(PatchNote { note_id, client_id: client_id(), edits: edits(from, to) })
}

fn texts(kept: &Kept, n: u128) -> [String; 2] {
    let note: Note = kept.get(uuid(n)).unwrap();
    [note.section(&SectionKey::from("plan")).to_owned(), note.field_named("person").to_owned()]
}

#[test]
fn a_note_is_stored_in_one_spelling_and_edited_in_any() {
    let mut kept = full_chart();
    let ctx = as_rivera();
    applied(kept.run(&create(700, TYPED), &ctx));
    assert_eq!(texts(&kept, 700), [STORED, STORED]);
    noop(kept.run(&patch(700, "", TYPED), &ctx));
    // The editor still shows what was typed; the note has it in its own spelling. That is no edit of somebody else's.
    let further = format!("{TYPED} She goes on.");
    let outcome = kept.run(&patch(700, TYPED, &further), &ctx).unwrap().outcome;
    assert_eq!(outcome, Outcome::Applied, "two spellings of one text are no conflict");
    assert_eq!(texts(&kept, 700), [format!("{STORED} She goes on."), format!("{STORED} She goes on.")]);
    let note: Note = kept.get(uuid(700)).unwrap();
    assert!(note.combined.is_empty() && note.branches.is_empty());
    let kept_texts: Vec<NoteRevision> = kept.all();
    assert!(kept_texts.iter().all(|kept| kept.sections.values().all(|text| text == STORED)));
}

#[test]
fn words_that_come_late_and_addenda_are_in_the_same_spelling() {
    let mut kept = full_chart();
    let ctx = as_rivera();
    let late = patch(65, "", TYPED);
    let Outcome::Converted { addendum } = kept.run(&late, &ctx).unwrap().outcome else { panic!("too late") };
    let late: Addendum = kept.get(addendum.uuid()).unwrap();
    assert_eq!(late.sections[&SectionKey::from("plan")], STORED);

    let write = |from: &str, to: &str, n| {
        let sections = [(SectionKey::from("addendum"), Edit::new(from, to))].into();
        let input = WriteAddendum {
            addendum_id: AddendumId::new(uuid(701)),
            note_id: NoteId::new(uuid(65)),
            client_id: client_id(),
            kind: AddendumKind::Addendum,
            sections,
            reason: TYPED.to_owned(),
        };
        let mut ctx = as_rivera();
        ctx.command = CommandId::new(uuid(n));
        (Command::AddendumWrite(input), ctx)
    };
    let (command, ctx) = write("", TYPED, 42);
    applied(kept.run(&command, &ctx));
    let (command, ctx) = write(TYPED, &format!("{TYPED} Again."), 43);
    applied(kept.run(&command, &ctx));
    let written: Addendum = kept.get(uuid(701)).unwrap();
    assert_eq!(written.sections[&SectionKey::from("addendum")], format!("{STORED} Again."));
    assert_eq!(written.reason, STORED);
}
