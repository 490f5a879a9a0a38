//! `addendum.write`: begin or change an unsigned addendum to a signed note.

use super::{Addendum, AddendumKind, AddendumState};
use crate::bucket::Bucket;
use crate::context::Context;
use crate::decision::{Change, Decision, Outcome, Refusal, RefusalCode, Verdict};
use crate::ids::{AddendumId, ClientId, NoteId};
use crate::merge::canonical;
use crate::note::edit::{Edit, beyond, follow, respelt};
use crate::note::{Note, NoteState, SectionKey};
use crate::policy::{Action, authorise};
use crate::world::{Lookup, Need, World};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Input of `addendum.write`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WriteAddendum {
    /// The addendum; a new identifier begins one.
    pub addendum_id: AddendumId,
    /// The signed note.
    pub note_id: NoteId,
    /// Its client.
    pub client_id: ClientId,
    /// Why it exists; only looked at when it begins. A late entry is never begun by hand.
    pub kind: AddendumKind,
    /// The words, each with what the author saw before.
    pub sections: BTreeMap<SectionKey, Edit>,
    /// Why it is made.
    #[serde(default)]
    pub reason: String,
}

impl WriteAddendum {
    /// This followed by `next`, as one: what the first started from and what the last wrote.
    #[must_use]
    pub fn followed_by(&self, next: &Self) -> Self {
        let mut both = self.clone();
        follow(&mut both.sections, &next.sections);
        both.reason.clone_from(&next.reason);
        both
    }

    /// What must follow `earlier`, an earlier state of this, to come to it: the other way round of [`Self::followed_by`].
    #[must_use]
    pub fn beyond(&self, earlier: &Self) -> Self {
        Self { sections: beyond(&self.sections, &earlier.sections), ..self.clone() }
    }
}

/// The note, and its addenda: words that did not fit one may have another of this device's to go on in.
#[must_use]
pub fn needs(input: &WriteAddendum, _ctx: &Context) -> Vec<Need> {
    let bucket = Bucket::clinical(input.client_id);
    vec![
        Need::record::<Note>(bucket, input.note_id.uuid()),
        Need::record::<Addendum>(bucket, input.addendum_id.uuid()),
        Need::children::<Addendum>(bucket, input.note_id.uuid()),
    ]
}

/// Writes the addendum. Where two devices wrote different words, or it has been signed meanwhile, these words become
/// an addendum of their own, and what follows them goes on there: nothing is combined and nothing lost.
///
/// # Errors
/// No right to write in this chart; the note is not signed; the addendum is somebody else's or another
/// note's.
pub fn decide(input: &WriteAddendum, world: &World, ctx: &Context) -> Verdict {
    let bucket = Bucket::clinical(input.client_id);
    authorise(ctx, bucket, Action::WriteNote)?;
    let (sections, reason) = (respelt(&input.sections), canonical(&input.reason));
    let input = &WriteAddendum { sections, reason, ..input.clone() };
    let Lookup::Present(note) = world.get::<Note>(input.note_id.uuid()) else {
        return Err(Refusal::new(
            RefusalCode::NotFound,
            "This note is not in the chart on this side. What you wrote is kept. Sync, then open the chart again.",
        ));
    };
    if note.is_draft() || matches!(note.state, NoteState::Voided { version: None, .. }) {
        return Err(Refusal::new(
            RefusalCode::WrongState,
            "An addendum belongs to a signed note. Nothing was changed. Write in the note itself.",
        ));
    }
    let mut addendum = match world.get::<Addendum>(input.addendum_id.uuid()) {
        Lookup::Present(existing) if existing.author != ctx.actor.user => {
            return Err(Refusal::new(
                RefusalCode::NotAuthor,
                "Only its author may change an addendum. Nothing was changed. Write one of your own.",
            ));
        }
        Lookup::Present(existing) if existing.note != input.note_id => {
            return Err(Refusal::new(
                RefusalCode::NotFound,
                "This addendum belongs to another note. Nothing was changed. What you wrote is kept; open the note that it was meant for.",
            ));
        }
        Lookup::Present(existing) => existing.clone(),
        Lookup::Absent | Lookup::NotHeld => begin(input, input.addendum_id, ctx),
    };
    let fits = addendum.state == AddendumState::Draft
        && input.sections.iter().all(|(key, edit)| {
            let current = addendum.sections.get(key).map_or("", String::as_str);
            current == edit.from || current == edit.to
        });
    if !fits {
        let mut apart = set_apart(input, world, ctx).cloned().unwrap_or_else(|| Addendum {
            kind: addendum.kind,
            sections: BTreeMap::new(),
            ..begin(input, AddendumId::derived(ctx.command, "apart"), ctx)
        });
        write(&mut apart, input, ctx);
        let id = apart.id;
        return Ok(Decision {
            changes: vec![Change::put(bucket, apart)],
            outcome: Outcome::Converted { addendum: id },
            provisional: false,
        });
    }
    let says_it = addendum.reason == input.reason
        && input.sections.iter().all(|(key, edit)| addendum.sections.get(key) == Some(&edit.to));
    if says_it && world.get::<Addendum>(addendum.id.uuid()).present().is_some() {
        return Ok(Decision::noop("the addendum says this already"));
    }
    write(&mut addendum, input, ctx);
    Ok(Decision::applied(vec![Change::put(bucket, addendum)]))
}

fn write(addendum: &mut Addendum, input: &WriteAddendum, ctx: &Context) {
    for (key, edit) in &input.sections {
        addendum.sections.insert(key.clone(), edit.to.clone());
    }
    addendum.reason.clone_from(&input.reason);
    addendum.device = ctx.device;
    addendum.asserted_at = ctx.asserted_at;
}

/// The open addendum that earlier words of this device became because they did not fit: every save is a command, and
/// each of them would make another one.
fn set_apart<'w>(input: &WriteAddendum, world: &'w World, ctx: &Context) -> Option<&'w Addendum> {
    let addenda = world.children::<Addendum>(input.note_id.uuid()).present().unwrap_or_default();
    let mut open = addenda.into_iter().filter(|addendum| {
        addendum.id != input.addendum_id
            && addendum.state == AddendumState::Draft
            && addendum.device == ctx.device
            && addendum.author == ctx.actor.user
    });
    if input.sections.is_empty() {
        // Only the reason changed. It names no text to know the addendum by.
        return open.next().filter(|_| open.next().is_none());
    }
    open.find(|addendum| {
        input.sections.iter().all(|(key, edit)| {
            addendum.sections.get(key).is_some_and(|text| *text == edit.from || *text == edit.to)
        })
    })
}

fn begin(input: &WriteAddendum, id: AddendumId, ctx: &Context) -> Addendum {
    let mut addendum = Addendum {
        id,
        note: input.note_id,
        client: input.client_id,
        author: ctx.actor.user,
        kind: input.kind,
        sections: BTreeMap::new(),
        reason: input.reason.clone(),
        device: ctx.device,
        asserted_at: ctx.asserted_at,
        state: AddendumState::Draft,
    };
    // What an edit of a new addendum claims to start from is not there: its words are taken as they are.
    for (key, edit) in &input.sections {
        addendum.sections.insert(key.clone(), edit.from.clone());
    }
    addendum
}
