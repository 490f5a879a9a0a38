//! `note.format`: switches a progress note to another format. Every word finds a place in the new one.

use super::patch::own_note;
use super::sections::{self, CARRIED_OVER};
use super::{Note, NoteFormat, NoteRevision, NoteState, NoteType, RevisionKind, SectionKey};
use crate::bucket::Bucket;
use crate::context::Context;
use crate::decision::{Change, Decision, Refusal, RefusalCode, Verdict};
use crate::ids::{ClientId, NoteId, RevisionId};
use crate::policy::{self, Action};
use crate::world::{Need, World};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Switch a progress note to another format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SwitchFormat {
    /// The note.
    pub note_id: NoteId,
    /// Its client.
    pub client_id: ClientId,
    /// The format that the device saw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<NoteFormat>,
    /// The format wanted.
    pub to: NoteFormat,
}

/// The note.
#[must_use]
pub fn needs(input: &SwitchFormat, _ctx: &Context) -> Vec<Need> {
    vec![Need::record::<Note>(Bucket::clinical(input.client_id), input.note_id.uuid())]
}

/// Decides over the text that stands in the note here, whatever the device saw: a switch moves words and makes none.
///
/// # Errors
/// `NotAllowed`, `NotFound`, `NotAuthor`, `AlreadySigned`, `Voided`, `Invalid` on another type of note, `WrongState`
/// when the format was switched elsewhere, `OpenConflict` and `Unconfirmed` while two devices' texts are not settled.
pub fn decide(input: &SwitchFormat, world: &World, ctx: &Context) -> Verdict {
    let clinical = Bucket::clinical(input.client_id);
    policy::authorise(ctx, clinical, Action::WriteNote)?;
    let before = own_note(world, input.note_id, input.client_id, ctx)?;
    check_state(before)?;
    if before.format == Some(input.to) {
        return Ok(Decision::noop("the note has this format already"));
    }
    check_settled(before, input)?;

    let mut note = before.clone();
    note.sections = switched(&before.sections, input.to);
    note.pulled_forward = followed(before, input.to);
    note.format = Some(input.to);
    note.revision += 1;
    note.edited_at = ctx.asserted_at;
    note.edited_on = ctx.device;
    let mut changes = Vec::new();
    let replaced = replaced(before, &note);
    if !replaced.is_empty() {
        changes.push(Change::put(clinical, kept(before, replaced, ctx)));
    }
    changes.push(Change::put(clinical, note));
    Ok(Decision::applied(changes))
}

fn check_state(note: &Note) -> Result<(), Refusal> {
    let (code, message) = match note.state {
        NoteState::Draft if note.note_type == NoteType::Progress => return Ok(()),
        NoteState::Draft => (
            RefusalCode::Invalid,
            "Only a progress note has a format to switch. Nothing was changed. Go on writing as it is.",
        ),
        NoteState::Signed { .. } => (
            RefusalCode::AlreadySigned,
            "This note is signed. Its words and its form are final and safe. To add something, write an addendum.",
        ),
        NoteState::Voided { .. } => (
            RefusalCode::Voided,
            "This note was marked as entered in error and takes no more changes. Its text is kept. Write a new note.",
        ),
    };
    Err(Refusal::new(code, message))
}

/// A branch and a combined section name the sections that they are about; moving those away would leave the author
/// with a question about a text that is no longer there.
fn check_settled(note: &Note, input: &SwitchFormat) -> Result<(), Refusal> {
    let (code, message) = if !note.branches.is_empty() {
        (
            RefusalCode::OpenConflict,
            "This note has texts from two devices that are not settled. Both are kept. Settle them, then switch the \
             format.",
        )
    } else if !note.combined.is_empty() {
        (
            RefusalCode::Unconfirmed,
            "Some text was combined from two devices and is not confirmed. Nothing is lost. Read it, confirm it, then \
             switch the format.",
        )
    } else if note.format != input.from {
        (
            RefusalCode::WrongState,
            "This note was switched to another format on another device. Its text is all there. Look at it, and \
             switch again if you still want to.",
        )
    } else {
        return Ok(());
    };
    Err(Refusal::new(code, message))
}

/// What a section says, whatever the format calls it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Goal,
    Seen,
    Assessment,
    Intervention,
    Response,
    Plan,
}

/// The sections that a format may lack, in the order in which their texts follow one another.
const MOVABLE: &[(&str, Part)] = &[
    ("goal", Part::Goal),
    ("subjective", Part::Seen),
    ("objective", Part::Seen),
    ("data", Part::Seen),
    ("behavior", Part::Seen),
    ("narrative", Part::Seen),
    ("assessment", Part::Assessment),
    ("intervention", Part::Intervention),
    ("interventions", Part::Intervention),
    ("response", Part::Response),
    ("client_response", Part::Response),
    ("plan", Part::Plan),
];

/// Where `part` is written in `format`, if it is.
const fn home(part: Part, format: NoteFormat) -> Option<&'static str> {
    use NoteFormat as F;
    match (part, format) {
        (Part::Goal, F::Girp) => Some("goal"),
        (Part::Goal, _) => Some("goals_addressed"),
        (Part::Seen, F::Soap) => Some("subjective"),
        (Part::Seen, F::Dap) => Some("data"),
        (Part::Seen, F::Birp) => Some("behavior"),
        (Part::Seen | Part::Assessment | Part::Plan, F::Narrative) => Some("narrative"),
        (Part::Seen, F::Girp) | (Part::Assessment, F::Birp | F::Girp) => None,
        (Part::Assessment, F::Soap | F::Dap) => Some("assessment"),
        (Part::Intervention, F::Birp | F::Girp) => Some("intervention"),
        (Part::Intervention, _) => Some("interventions"),
        (Part::Response, F::Birp | F::Girp) => Some("response"),
        (Part::Response, _) => Some("client_response"),
        (Part::Plan, _) => Some("plan"),
    }
}

/// Where the text of `key` goes in `format`: it stays where the format knows the section, else it moves to the
/// section that says the same; none where it must be carried over.
fn destination(key: &str, part: Part, format: NoteFormat) -> Option<&'static str> {
    sections::sections(NoteType::Progress, Some(format))
        .into_iter()
        .map(|spec| spec.key)
        .find(|known| *known == key)
        .or_else(|| home(part, format))
}

/// The texts of a progress note as they stand in format `to`. Texts are moved whole and unchanged; one that lands
/// where another stands follows it after a blank line. What `to` has no place for goes to `carried_over` under the
/// heading of its section, and comes back from there when a format has a place for it again.
#[must_use]
pub fn switched(texts: &BTreeMap<SectionKey, String>, to: NoteFormat) -> BTreeMap<SectionKey, String> {
    let mut out: BTreeMap<SectionKey, String> = texts
        .iter()
        .filter(|(key, _)| part_of(key.as_str()).is_none() && key.as_str() != CARRIED_OVER.key)
        .map(|(key, text)| (key.clone(), text.clone()))
        .collect();
    let mut carried = Vec::new();
    for (key, part) in MOVABLE {
        let Some(text) = texts.get(&SectionKey::from(*key)).filter(|text| !text.trim().is_empty()) else {
            continue;
        };
        match destination(key, *part, to) {
            Some(place) => append(&mut out, place, text),
            None => carried.push(format!("{}\n{text}", carried_heading(key))),
        }
    }
    let earlier = texts.get(&CARRIED_OVER.section_key()).map_or("", String::as_str);
    for block in carried_blocks(earlier) {
        match block.from.and_then(|(key, part)| destination(key, part, to)) {
            Some(place) if !block.text.trim().is_empty() => append(&mut out, place, &block.text),
            Some(_) => {}
            None => append(&mut out, CARRIED_OVER.key, &block.whole()),
        }
    }
    for block in carried {
        append(&mut out, CARRIED_OVER.key, &block);
    }
    out
}

fn part_of(key: &str) -> Option<Part> {
    MOVABLE.iter().find(|(known, _)| *known == key).map(|(_, part)| *part)
}

fn append(out: &mut BTreeMap<SectionKey, String>, key: &str, text: &str) {
    let standing = out.entry(SectionKey::from(key)).or_default();
    if !standing.is_empty() {
        standing.push_str("\n\n");
    }
    standing.push_str(text);
}

fn carried_heading(key: &str) -> String {
    format!("Carried over from {}:", sections::section_spec(key).map_or(key, |spec| spec.label))
}

/// A passage of `carried_over`: what stood there before any heading, or what stands under one.
struct CarriedBlock {
    from: Option<(&'static str, Part)>,
    text: String,
}

impl CarriedBlock {
    fn whole(&self) -> String {
        match self.from {
            Some((key, _)) => format!("{}\n{}", carried_heading(key), self.text),
            None => self.text.clone(),
        }
    }
}

/// Reads back the headings that [`switched`] wrote, and only those, as lines of their own.
fn carried_blocks(text: &str) -> Vec<CarriedBlock> {
    let mut blocks: Vec<CarriedBlock> = Vec::new();
    for line in text.split('\n') {
        let from = MOVABLE.iter().find(|(key, _)| carried_heading(key) == line).copied();
        match blocks.last_mut() {
            _ if from.is_some() => {
                blocks.push(CarriedBlock { from, text: String::new() });
                continue;
            }
            Some(block) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            None => blocks.push(CarriedBlock { from: None, text: format!("{line}\n") }),
        }
    }
    // Each line got a line break of its own, and every block but the last the blank line that parted it from the next.
    let last = blocks.len().saturating_sub(1);
    for (place, block) in blocks.iter_mut().enumerate() {
        let parting = if place == last { "\n" } else { "\n\n" };
        if let Some(bare) = block.text.strip_suffix(parting).or_else(|| block.text.strip_suffix('\n')) {
            block.text.truncate(bare.len());
        }
    }
    blocks.retain(|block| block.from.is_some() || !block.text.is_empty());
    blocks
}

/// The marks of sections taken over from an earlier note go where their texts go. A text brought back from
/// `carried_over` is marked like all of that section: rather one mark too many than one too few.
fn followed(note: &Note, to: NoteFormat) -> BTreeMap<SectionKey, NoteId> {
    let mut marks = BTreeMap::new();
    for (key, from) in &note.pulled_forward {
        let mut mark = |key: &str| {
            marks.entry(SectionKey::from(key)).or_insert(*from);
        };
        if key.as_str() == CARRIED_OVER.key {
            mark(CARRIED_OVER.key);
            for block in carried_blocks(note.section(key)) {
                if let Some(place) = block.from.and_then(|(key, part)| destination(key, part, to)) {
                    mark(place);
                }
            }
            continue;
        }
        match part_of(key.as_str()) {
            Some(part) => mark(destination(key.as_str(), part, to).unwrap_or(CARRIED_OVER.key)),
            None => mark(key.as_str()),
        }
    }
    marks
}

fn replaced(before: &Note, after: &Note) -> BTreeMap<SectionKey, String> {
    before
        .sections
        .iter()
        .filter(|(key, text)| !text.is_empty() && after.section(key) != text.as_str())
        .map(|(key, text)| (key.clone(), text.clone()))
        .collect()
}

fn kept(before: &Note, sections: BTreeMap<SectionKey, String>, ctx: &Context) -> NoteRevision {
    NoteRevision {
        id: RevisionId::derived(ctx.command, "replaced"),
        note: before.id,
        number: before.revision,
        kind: RevisionKind::Replaced,
        sections,
        fields: BTreeMap::new(),
        device: before.edited_on,
        written_at: before.edited_at,
        command: ctx.command,
    }
}
