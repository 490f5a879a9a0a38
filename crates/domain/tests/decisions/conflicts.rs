//! Settling what two devices wrote: no choice of the author's is lost, whatever else has moved on meanwhile.

use crate::practice::{Kept, as_rivera, client_id, note, practice, uuid};
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::command::Command;
use mentalspace_domain::context::Context;
use mentalspace_domain::decision::Outcome;
use mentalspace_domain::ids::{BranchId, CommandId, DeviceId, NoteId};
use mentalspace_domain::note::edit::{Edit, NoteEdits};
use mentalspace_domain::note::patch::PatchNote;
use mentalspace_domain::note::resolve::{ResolveConflict, Seen};
use mentalspace_domain::note::{BranchState, Note, NoteBranch, NoteRevision, NoteType, SectionKey};

fn on(device: u128, command: u128) -> Context {
    Context { device: DeviceId::new(uuid(device)), command: CommandId::new(uuid(command)), ..as_rivera() }
}

fn edits(sections: &[(&str, &str, &str)]) -> NoteEdits {
    NoteEdits {
        sections: sections
            .iter()
            .map(|(key, from, to)| (SectionKey::from(*key), Edit::new(*from, *to)))
            .collect(),
        ..NoteEdits::default()
    }
}

fn patch(kept: &mut Kept, ctx: &Context, sections: &[(&str, &str, &str)]) -> Outcome {
    let input = PatchNote { note_id: NoteId::new(uuid(61)), client_id: client_id(), edits: edits(sections) };
    kept.run(&Command::NotePatch(input), ctx).unwrap().outcome
}

fn choose(branch: BranchId, sections: &[(&str, &str, &str)]) -> Command {
    Command::NoteResolve(ResolveConflict {
        note_id: NoteId::new(uuid(61)),
        client_id: client_id(),
        branch_id: branch,
        edits: edits(sections),
        seen: Seen::default(),
    })
}

/// Two sections, each written by both devices: the first device's words stand, the second's wait.
fn conflict() -> (Kept, BranchId) {
    let draft = note(NoteType::Progress, None, &[("data", "Slept badly."), ("plan", "Weekly.")]);
    let mut kept = practice().with(Bucket::clinical(client_id()), draft);
    let first = &[("data", "Slept badly.", "Slept well."), ("plan", "Weekly.", "Monthly.")];
    let second = &[("data", "Slept badly.", "Slept little."), ("plan", "Weekly.", "Daily.")];
    assert_eq!(patch(&mut kept, &on(31, 101), first), Outcome::Applied);
    match patch(&mut kept, &on(32, 102), second) {
        Outcome::Parked { branch, .. } => (kept, branch),
        other => panic!("edits of the same words must wait for their author, but were {other:?}"),
    }
}

#[test]
fn a_choice_that_fits_is_kept_where_another_of_the_same_step_must_wait() {
    let (mut kept, branch) = conflict();
    let standing: Note = kept.get(uuid(61)).unwrap();
    // The plan moves on while she chooses.
    patch(&mut kept, &on(31, 103), &[("plan", "Monthly.", "Every two months.")]);

    let choice = choose(
        branch,
        &[("data", "Slept well.", "Slept well, then little."), ("plan", "Monthly.", "Fortnightly.")],
    );
    let decision = kept.run(&choice, &on(32, 104)).unwrap();

    let after: Note = kept.get(uuid(61)).unwrap();
    assert_eq!(after.section(&SectionKey::from("data")), "Slept well, then little.", "her choice is lost");
    assert_eq!(after.section(&SectionKey::from("plan")), "Every two months.");
    assert_eq!(after.revision, standing.revision + 2, "one for the plan's edit, one for the choice");
    assert_eq!(after.branches, [branch], "the branch is not settled yet");

    let waiting: NoteBranch = kept.get(branch.uuid()).unwrap();
    let parts: Vec<(&str, &str)> =
        waiting.sections.iter().map(|(key, parked)| (key.as_str(), parked.to.as_str())).collect();
    assert_eq!(parts, [("plan", "Fortnightly.")], "what was settled must not be asked again");
    assert!(matches!(decision.outcome, Outcome::Parked { sections, .. } if sections.len() == 1));

    let texts: Vec<String> =
        kept.all::<NoteRevision>().into_iter().flat_map(|kept| kept.sections.into_values()).collect();
    for text in ["Slept well.", "Slept little.", "Daily."] {
        assert!(texts.iter().any(|kept| kept == text), "{text} is in no revision: {texts:?}");
    }
}

#[test]
fn a_choice_of_which_nothing_fits_leaves_the_note_alone() {
    let (mut kept, branch) = conflict();
    patch(&mut kept, &on(31, 103), &[("plan", "Monthly.", "Every two months.")]);
    let standing: Note = kept.get(uuid(61)).unwrap();
    kept.run(&choose(branch, &[("plan", "Monthly.", "Fortnightly.")]), &on(32, 104)).unwrap();
    assert_eq!(kept.get::<Note>(uuid(61)), Some(standing));
    let waiting: NoteBranch = kept.get(branch.uuid()).unwrap();
    let parts: Vec<&str> = waiting.sections.values().map(|parked| parked.to.as_str()).collect();
    assert_eq!(parts, ["Slept little.", "Fortnightly."], "the part that she did not name waits still");
}

/// Found by reading: the device that parked its words went on writing, and they were closed unread.
#[test]
fn what_a_branch_says_only_since_the_choice_stays_a_question() {
    let (mut kept, branch) = conflict();
    let standing = |kept: &Kept| kept.get::<NoteBranch>(branch.uuid()).unwrap();
    let read = Seen::of(&standing(&kept));
    let grown = patch(&mut kept, &on(32, 103), &[("data", "Slept little.", "Slept little. Woke at four.")]);
    assert!(matches!(grown, Outcome::Parked { branch: grown, .. } if grown == branch), "{grown:?}");
    let settle = |seen: Seen, sections: &[(&str, &str, &str)]| match choose(branch, sections) {
        Command::NoteResolve(choice) => Command::NoteResolve(ResolveConflict { seen, ..choice }),
        other => other,
    };
    let choice = [("data", "Slept well.", "Slept little."), ("plan", "Monthly.", "Daily.")];
    // The control: whoever does not say what she read settles all of it.
    let mut unsaid = kept.clone();
    unsaid.run(&settle(Seen::default(), &choice), &on(31, 104)).unwrap();
    assert_eq!(standing(&unsaid).state, BranchState::Resolved);

    let decided = kept.run(&settle(read, &choice), &on(31, 104)).unwrap();
    assert!(matches!(decided.outcome, Outcome::Parked { branch: asked, .. } if asked == branch));
    let note: Note = kept.get(uuid(61)).unwrap();
    assert_eq!(note.section(&SectionKey::from("data")), "Slept little.");
    assert_eq!(note.section(&SectionKey::from("plan")), "Daily.");
    assert_eq!(note.branches, [branch], "it cannot be signed yet");
    let waits = standing(&kept);
    assert_eq!(waits.state, BranchState::Open);
    let parts: Vec<_> =
        waits.sections.iter().map(|(key, part)| (key.as_str(), &*part.from, &*part.to)).collect();
    assert_eq!(parts, [("data", "Slept little.", "Slept little. Woke at four.")]);
    // Read now, it is settled.
    let choice = [("data", "Slept little.", "Slept little. Woke at four.")];
    kept.run(&settle(Seen::of(&waits), &choice), &on(31, 105)).unwrap();
    let note: Note = kept.get(uuid(61)).unwrap();
    assert_eq!(note.section(&SectionKey::from("data")), "Slept little. Woke at four.");
    assert_eq!(note.branches, Vec::new());
}

/// Found by reading: of ten pauses of writing that were combined one after the other, only the last was marked.
#[test]
fn everything_that_was_combined_is_marked_until_it_is_confirmed() {
    let (begun, here) =
        ("Arrived late. Slept badly. Ate little.", "Arrived late. Slept badly. Ate little. Left early.");
    let draft = note(NoteType::Progress, None, &[("data", begun)]);
    let mut kept = practice().with(Bucket::clinical(client_id()), draft);
    assert_eq!(patch(&mut kept, &on(31, 101), &[("data", begun, here)]), Outcome::Applied);
    let (one, two) = (format!("Was tired. {begun}"), format!("Was tired. Yawned. {begun}"));
    for (command, from, to) in [(102, begun, one.as_str()), (103, one.as_str(), two.as_str())] {
        assert!(matches!(patch(&mut kept, &on(32, command), &[("data", from, to)]), Outcome::Merged { .. }));
    }
    let note: Note = kept.get(uuid(61)).unwrap();
    let combined = &note.combined[&SectionKey::from("data")];
    assert_eq!((&*combined.base, &*combined.ours, &*combined.theirs), (begun, here, two.as_str()));
    assert_eq!(note.section(&SectionKey::from("data")), format!("Was tired. Yawned. {here}"));
}
