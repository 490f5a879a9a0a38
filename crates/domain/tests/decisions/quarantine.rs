//! Accepting and returning work that arrived too late: its author's words, under her name, by the rules that would have
//! held; never signed, never somebody else's, decided once.

use crate::practice::{
    Kept, applied, as_rivera, client_id, context, marked, noop, osei, other_client_id, refused, rivera, uuid,
};
use crate::repertoire::{addendum, full_chart, late_work, sign_addendum, sign_note};
use mentalspace_domain::addendum::write::WriteAddendum;
use mentalspace_domain::addendum::{Addendum, AddendumKind, AddendumState};
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::command::Command;
use mentalspace_domain::context::Context;
use mentalspace_domain::decision::RefusalCode;
use mentalspace_domain::ids::{AddendumId, CommandId, NoteId};
use mentalspace_domain::note::edit::{Edit, NoteEdits};
use mentalspace_domain::note::patch::PatchNote;
use mentalspace_domain::note::{Note, NoteBranch, NoteState, SectionKey};
use mentalspace_domain::people::Role;
use mentalspace_domain::quarantine::accept::AcceptWork;
use mentalspace_domain::quarantine::give_back::ReturnWork;
use mentalspace_domain::quarantine::{Laid, MAX_PIECES, QuarantineDecision, QuarantinedWork, Ruling};
use mentalspace_domain::signing::{NoteVersion, RefusedSignature, Signature};
use std::collections::BTreeMap;

/// Supervises; holds the chart.
fn reviewer() -> Context {
    let mut ctx = context(osei(), Role::Supervisor, &[Bucket::clinical(client_id())]);
    ctx.command = CommandId::new(uuid(900));
    ctx
}

fn clinical() -> Bucket {
    Bucket::clinical(client_id())
}

fn accept(works: &[&QuarantinedWork]) -> Command {
    Command::QuarantineAccept(AcceptWork {
        client_id: client_id(),
        note_id: works[0].note,
        works: works.iter().map(|work| work.command_id).collect(),
        addenda: Vec::new(),
        reason: "Hers".to_owned(),
    })
}

fn give_back(works: &[&QuarantinedWork]) -> Command {
    Command::QuarantineReturn(ReturnWork {
        client_id: client_id(),
        note_id: works[0].note,
        works: works.iter().map(|work| work.command_id).collect(),
        reason: "Not of this client".to_owned(),
    })
}

fn work(n: u128, seq: i64, command: Command) -> QuarantinedWork {
    let (client, note) = command.written_for().unwrap();
    QuarantinedWork { command_id: CommandId::new(uuid(n)), client, note, seq, command, ..late_work() }
}

fn plan_of(note: &Note) -> &str {
    note.section(&SectionKey::from("plan"))
}

fn patch(note: NoteId, from: &str, to: &str) -> Command {
    let sections = BTreeMap::from([(SectionKey::from("plan"), Edit::new(from, to))]);
    let edits = NoteEdits { sections, ..NoteEdits::default() };
    Command::NotePatch(PatchNote { note_id: note, client_id: client_id(), edits })
}

fn laid(kept: &Kept, work: &QuarantinedWork) -> Laid {
    match kept.get::<QuarantineDecision>(work.command_id.uuid()).unwrap().ruling {
        Ruling::Accepted { laid } => laid,
        Ruling::Returned => panic!("it was accepted"),
    }
}

#[test]
fn accepted_work_goes_into_its_authors_draft() {
    let mut kept = full_chart();
    let before: Note = kept.get(late_work().note.uuid()).unwrap();
    applied(kept.run(&accept(&[&late_work()]), &reviewer()));
    let after: Note = kept.get(late_work().note.uuid()).unwrap();
    assert_eq!(plan_of(&after), "Every two weeks.");
    assert_eq!((after.author, after.edited_on), (rivera(), late_work().device));
    assert_eq!(after.edited_at, late_work().asserted_at, "when she wrote it, not when it was accepted");
    assert_eq!(after.revision, before.revision + 1);
    let decision: QuarantineDecision = kept.get(late_work().command_id.uuid()).unwrap();
    assert_eq!((decision.by, decision.at, decision.reason.as_str()), (osei(), reviewer().now, "Hers"));
    assert_eq!(laid(&kept, &late_work()), Laid::Draft);
    assert_eq!(
        kept.get::<QuarantinedWork>(late_work().command_id.uuid()),
        Some(late_work()),
        "it stays as it came"
    );
}

#[test]
fn what_is_decided_stays_decided() {
    let mut kept = full_chart();
    applied(kept.run(&accept(&[&late_work()]), &reviewer()));
    noop(kept.run(&accept(&[&late_work()]), &reviewer()));
    refused(kept.run(&give_back(&[&late_work()]), &reviewer()), RefusalCode::WrongState);

    let mut kept = full_chart();
    let draft: Note = kept.get(late_work().note.uuid()).unwrap();
    applied(kept.run(&give_back(&[&late_work()]), &reviewer()));
    noop(kept.run(&give_back(&[&late_work()]), &reviewer()));
    refused(kept.run(&accept(&[&late_work()]), &reviewer()), RefusalCode::WrongState);
    assert_eq!(kept.get::<Note>(draft.id.uuid()), Some(draft), "nothing came into the chart");
}

#[test]
fn who_has_decided_about_one_piece_has_not_decided_about_the_next() {
    let late = late_work();
    let more = work(172, 8, patch(late.note, "Every two weeks.", "Every three weeks."));
    let mut kept = full_chart().with(clinical(), more.clone());
    applied(kept.run(&accept(&[&late]), &reviewer()));
    assert_eq!(kept.get::<QuarantineDecision>(more.command_id.uuid()), None);
    applied(kept.run(&accept(&[&late, &more]), &reviewer()));
    assert_eq!(plan_of(&kept.get(late.note.uuid()).unwrap()), "Every three weeks.");
    let by_first: Vec<_> = kept.all::<QuarantineDecision>().iter().map(|one| one.work).collect();
    assert_eq!(by_first, [late.command_id, more.command_id]);
}

#[test]
fn pieces_are_laid_in_the_order_of_writing() {
    let late = late_work();
    let more = work(160, 8, patch(late.note, "Every two weeks.", "Every three weeks."));
    let mut kept = full_chart().with(clinical(), more.clone());
    applied(kept.run(&accept(&[&more, &late]), &reviewer()));
    assert_eq!(plan_of(&kept.get(late.note.uuid()).unwrap()), "Every three weeks.");
    assert!(kept.all::<NoteBranch>().iter().all(|branch| branch.note != late.note));
}

#[test]
fn words_that_touch_newer_words_wait_beside_them() {
    let late = late_work();
    let mut kept = full_chart();
    let from = plan_of(&kept.get(late.note.uuid()).unwrap()).to_owned();
    applied_by_author(&mut kept, &patch(late.note, &from, "Daily."));
    applied(kept.run(&accept(&[&late]), &reviewer()));
    let note: Note = kept.get(late.note.uuid()).unwrap();
    assert_eq!(plan_of(&note), "Daily.", "her newer words stand");
    let Laid::Branch { branch } = laid(&kept, &late) else { panic!("beside them") };
    let branch: NoteBranch = kept.get(branch.uuid()).unwrap();
    assert_eq!(branch.sections[&SectionKey::from("plan")].to, "Every two weeks.");
    assert_eq!(note.branches, [branch.id], "and she must choose before she signs");
}

fn applied_by_author(kept: &mut Kept, command: &Command) {
    applied(kept.run(command, &as_rivera()));
}

#[test]
fn words_for_a_signed_note_become_an_unsigned_late_entry() {
    let signed = sign_addendum().note_id;
    let late = work(172, 8, patch(signed, "", "She called at night."));
    let mut kept = full_chart().with(clinical(), late.clone());
    let before: Note = kept.get(signed.uuid()).unwrap();
    applied(kept.run(&accept(&[&late]), &reviewer()));
    assert_eq!(kept.get::<Note>(signed.uuid()), Some(before), "the signed note does not change");
    let Laid::Addendum { addendum } = laid(&kept, &late) else { panic!("an addendum") };
    let addendum: Addendum = kept.get(addendum.uuid()).unwrap();
    assert_eq!((addendum.author, addendum.kind), (rivera(), AddendumKind::LateEntry));
    assert_eq!(addendum.state, AddendumState::Draft);
    assert!(addendum.needs_review());
}

#[test]
fn a_signature_that_came_too_late_is_kept_and_signs_nothing() {
    for (command, works) in
        [(Command::NoteSign(sign_note()), 173), (Command::AddendumSign(sign_addendum()), 174)]
    {
        let late = work(works, 8, command);
        let mut kept = full_chart().with(clinical(), late.clone());
        let (signatures, versions) = (kept.all::<Signature>().len(), kept.all::<NoteVersion>().len());
        let (note, written): (Note, Addendum) =
            (kept.get(late.note.uuid()).unwrap(), kept.get(addendum().id.uuid()).unwrap());
        applied(kept.run(&accept(&[&late]), &reviewer()));
        assert_eq!(laid(&kept, &late), Laid::KeptSignature);
        assert_eq!(kept.all::<RefusedSignature>().len(), 1, "what she signed is kept whole");
        assert_eq!((kept.all::<Signature>().len(), kept.all::<NoteVersion>().len()), (signatures, versions));
        assert_eq!((kept.get(late.note.uuid()), kept.get(addendum().id.uuid())), (Some(note), Some(written)));
    }
}

#[test]
fn an_addendum_is_begun_in_its_authors_name_and_never_over_another() {
    let begun = addendum();
    let write = |id, note| {
        Command::AddendumWrite(WriteAddendum {
            addendum_id: id,
            note_id: note,
            client_id: client_id(),
            kind: AddendumKind::Addendum,
            sections: BTreeMap::from([(SectionKey::from("addendum"), Edit::new("", "Words of her own."))]),
            reason: "New information".to_owned(),
        })
    };
    let fresh = AddendumId::new(uuid(163));
    let late = work(172, 8, write(fresh, begun.note));
    let mut kept = full_chart().with(clinical(), late.clone());
    let named = |addenda| match accept(&[&late]) {
        Command::QuarantineAccept(input) => Command::QuarantineAccept(AcceptWork { addenda, ..input }),
        _ => unreachable!(),
    };
    refused(kept.decide(&named(Vec::new()), &reviewer()), RefusalCode::Invalid);
    applied(kept.run(&named(vec![fresh]), &reviewer()));
    let written: Addendum = kept.get(fresh.uuid()).unwrap();
    assert_eq!((written.author, written.state), (rivera(), AddendumState::Draft));

    // One of another note under the same identifier is not written over.
    let elsewhere = Addendum { note: NoteId::new(uuid(66)), ..begun.clone() };
    let late = work(172, 8, write(begun.id, begun.note));
    let kept = full_chart().with(clinical(), late.clone()).with(clinical(), elsewhere);
    let named = match accept(&[&late]) {
        Command::QuarantineAccept(input) => {
            Command::QuarantineAccept(AcceptWork { addenda: vec![begun.id], ..input })
        }
        _ => unreachable!(),
    };
    refused(kept.decide(&named, &reviewer()), RefusalCode::NotFound);
}

#[test]
fn all_of_it_or_none() {
    let late = late_work();
    let orphan = work(172, 8, patch(NoteId::new(uuid(99)), "", "Of a note that was never begun."));
    let stray = QuarantinedWork { note: late.note, ..orphan.clone() };
    let kept = full_chart().with(clinical(), orphan.clone()).with(clinical(), stray.clone());
    refused(kept.decide(&accept(&[&late, &stray]), &reviewer()), RefusalCode::NotFound);
    applied(full_chart().decide(&accept(&[&late]), &reviewer()));
}

#[test]
fn a_decision_names_work_of_this_note_and_says_why() {
    let kept = full_chart();
    let late = late_work();
    let unreasoned = Command::QuarantineReturn(ReturnWork {
        client_id: client_id(),
        note_id: late.note,
        works: vec![late.command_id],
        reason: "  ".to_owned(),
    });
    assert_eq!(marked(&refused(kept.decide(&unreasoned, &reviewer()), RefusalCode::Invalid)), ["reason"]);
    let of = |note_id, works| {
        Command::QuarantineReturn(ReturnWork {
            client_id: client_id(),
            note_id,
            works,
            reason: "why".to_owned(),
        })
    };
    refused(kept.decide(&of(late.note, Vec::new()), &reviewer()), RefusalCode::Invalid);
    let many = (0..=MAX_PIECES as u128).map(|n| CommandId::new(uuid(5_000 + n))).collect();
    refused(kept.decide(&of(late.note, many), &reviewer()), RefusalCode::Invalid);
    refused(
        kept.decide(&of(NoteId::new(uuid(65)), vec![late.command_id]), &reviewer()),
        RefusalCode::NotFound,
    );
    refused(kept.decide(&of(late.note, vec![CommandId::new(uuid(1))]), &reviewer()), RefusalCode::NotFound);
}

#[test]
fn whoever_holds_the_chart_with_a_clinical_role_decides_and_nobody_else() {
    let kept = full_chart();
    for role in Role::ALL {
        let may = matches!(role, Role::Supervisor | Role::Clinician);
        for command in [accept(&[&late_work()]), give_back(&[&late_work()])] {
            let holding = context(osei(), role, &[clinical()]);
            let verdict = kept.decide(&command, &holding);
            if may {
                drop(applied(verdict))
            } else {
                drop(refused(verdict, RefusalCode::NotAllowed))
            }
            let without =
                context(osei(), role, &[Bucket::admin(client_id()), Bucket::clinical(other_client_id())]);
            refused(kept.decide(&command, &without), RefusalCode::NotAllowed);
        }
    }
}

#[test]
fn accepting_gives_its_author_no_right_beyond_her_own_words() {
    // Her words in somebody else's note would not have been taken had she held the chart, and are not now.
    let kept = full_chart();
    let others = Note { author: osei(), ..kept.get::<Note>(late_work().note.uuid()).unwrap() };
    let kept = kept.with(clinical(), others);
    refused(kept.decide(&accept(&[&late_work()]), &reviewer()), RefusalCode::NotAuthor);
    assert!(matches!(kept.get::<Note>(late_work().note.uuid()).unwrap().state, NoteState::Draft));
}
