//! A command that grows while its author types: what its later state says beyond an earlier one.

use crate::practice::uuid;
use mentalspace_domain::addendum::AddendumKind;
use mentalspace_domain::addendum::write::WriteAddendum;
use mentalspace_domain::command::Command;
use mentalspace_domain::ids::{AddendumId, ClientId, DiagnosisId, NoteId};
use mentalspace_domain::note::FieldKey;
use mentalspace_domain::note::SectionKey;
use mentalspace_domain::note::edit::{Edit, NoteEdits};
use mentalspace_domain::note::patch::PatchNote;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// One pause of typing: of each of three texts what it says now, if it was touched; and a diagnosis named or taken out.
type Pause = ([Option<u8>; 3], Option<(bool, u8)>);

/// The states that a patch goes through over these pauses.
fn states(pauses: &[Pause]) -> Vec<NoteEdits> {
    let mut stands = [0, 0, 0];
    let mut states: Vec<NoteEdits> = Vec::new();
    for (texts, diagnosis) in pauses {
        let mut next = NoteEdits::default();
        for (i, text) in texts.iter().enumerate() {
            let Some(text) = text.filter(|text| *text != stands[i]) else { continue };
            let edit = Edit::new(format!("{} words", stands[i]), format!("{text} words"));
            stands[i] = text;
            if i == 2 {
                next.fields.insert(FieldKey::from("person"), edit);
            } else {
                next.sections.insert(SectionKey::from(["plan", "subjective"][i]), edit);
                next.pulled_forward.insert(SectionKey::from("plan"), NoteId::new(uuid(u128::from(text))));
            }
        }
        if let Some((is_added, id)) = diagnosis {
            let ids = if *is_added { &mut next.add_diagnoses } else { &mut next.remove_diagnoses };
            ids.push(DiagnosisId::new(uuid(u128::from(*id))));
        }
        states.push(states.last().map_or_else(|| next.clone(), |so_far| so_far.followed_by(&next)));
    }
    states
}

/// Without what she wrote and took back.
fn said(mut edits: NoteEdits) -> NoteEdits {
    edits.sections.retain(|_, edit| edit.from != edit.to);
    edits.fields.retain(|_, edit| edit.from != edit.to);
    edits
}

fn patch(edits: NoteEdits) -> Command {
    let (note_id, client_id) = (NoteId::new(uuid(1)), ClientId::new(uuid(2)));
    Command::NotePatch(PatchNote { note_id, client_id, edits })
}

fn addendum(sections: BTreeMap<SectionKey, Edit>, reason: &str) -> Command {
    Command::AddendumWrite(WriteAddendum {
        addendum_id: AddendumId::new(uuid(3)),
        note_id: NoteId::new(uuid(1)),
        client_id: ClientId::new(uuid(2)),
        kind: AddendumKind::Addendum,
        sections,
        reason: reason.to_owned(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_earlier_state_and_what_is_beyond_it_say_what_the_later_state_says(
        pauses in prop::collection::vec(any::<Pause>(), 2..6),
        earlier in 0..4_usize,
    ) {
        let states = states(&pauses);
        let (earlier, later) = (&states[earlier.min(states.len() - 2)], &states[states.len() - 1]);
        let Some(Command::NotePatch(rest)) = patch(later.clone()).beyond(&patch(earlier.clone())) else {
            panic!("two states of one patch");
        };
        prop_assert_eq!(said(earlier.followed_by(&rest.edits)), said(later.clone()));
        for (key, edit) in &rest.edits.sections {
            let ended = earlier.sections.get(key).map_or(&later.sections[key].from, |earlier| &earlier.to);
            prop_assert_eq!(&edit.from, ended, "it goes on where the earlier state ended");
            prop_assert_ne!(&edit.from, &edit.to, "and says something");
        }
        prop_assert_eq!(later.beyond(later), NoteEdits::default());

        let [before, after] = [(earlier, "Typing"), (later, "Typing error")]
            .map(|(state, reason)| addendum(state.sections.clone(), reason));
        prop_assert_eq!(after.beyond(&before), Some(addendum(rest.edits.sections, "Typing error")));
        prop_assert_eq!(after.beyond(&patch(earlier.clone())), None);
    }
}
