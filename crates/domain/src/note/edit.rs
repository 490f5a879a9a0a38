//! Edits of a draft, and how one is brought onto a note that may have moved on meanwhile.

use super::{
    BranchState, Combined, FieldKey, Note, NoteBranch, NoteRevision, Parked, RevisionKind, SectionKey,
};
use crate::bounds;
use crate::context::Context;
use crate::decision::Outcome;
use crate::ids::{BranchId, DiagnosisId, RevisionId};
use crate::merge::{TextMerge, canonical, merge_text};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A change of one text or value, with what its author saw before it. Because it carries both, the deciding end
/// needs no history to combine it, not even after it was restored from an old backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// What stood there when the author began.
    pub from: String,
    /// What she wrote.
    pub to: String,
}

impl Edit {
    /// An edit from one text to another.
    pub fn new(from: impl Into<String>, to: impl Into<String>) -> Self {
        Self { from: from.into(), to: to.into() }
    }

    /// The same edit in the one spelling in which notes are stored, compared and signed: NFC, lines ended by LF.
    #[must_use]
    pub fn canonical(&self) -> Self {
        Self { from: canonical(&self.from), to: canonical(&self.to) }
    }
}

/// The edits of one pause of writing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoteEdits {
    /// Free text by section.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sections: BTreeMap<SectionKey, Edit>,
    /// Scalars.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<FieldKey, Edit>,
    /// Diagnoses to name in the note.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub add_diagnoses: Vec<DiagnosisId>,
    /// Diagnoses no longer to name in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remove_diagnoses: Vec<DiagnosisId>,
    /// Sections taken over from an earlier note, with where from.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pulled_forward: BTreeMap<SectionKey, crate::ids::NoteId>,
}

impl NoteEdits {
    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }

    /// The same edits, each text in the spelling of [`Edit::canonical`].
    #[must_use]
    pub fn canonical(&self) -> Self {
        Self { sections: respelt(&self.sections), fields: respelt(&self.fields), ..self.clone() }
    }

    /// These edits followed by `next`, as one: what the first started from and what the last wrote.
    #[must_use]
    pub fn followed_by(&self, next: &Self) -> Self {
        let mut both = self.clone();
        follow(&mut both.sections, &next.sections);
        follow(&mut both.fields, &next.fields);
        for id in &next.add_diagnoses {
            both.remove_diagnoses.retain(|removed| removed != id);
            if !both.add_diagnoses.contains(id) {
                both.add_diagnoses.push(*id);
            }
        }
        for id in &next.remove_diagnoses {
            both.add_diagnoses.retain(|added| added != id);
            if !both.remove_diagnoses.contains(id) {
                both.remove_diagnoses.push(*id);
            }
        }
        both.pulled_forward.extend(next.pulled_forward.iter().map(|(key, note)| (key.clone(), *note)));
        both
    }

    /// What must follow `earlier`, an earlier state of these edits, to come to them: the other way round of
    /// [`Self::followed_by`].
    #[must_use]
    pub fn beyond(&self, earlier: &Self) -> Self {
        let new = |ids: &[DiagnosisId], had: &[DiagnosisId]| {
            ids.iter().copied().filter(|id| !had.contains(id)).collect::<Vec<_>>()
        };
        let mut pulled_forward = self.pulled_forward.clone();
        pulled_forward.retain(|key, note| earlier.pulled_forward.get(key) != Some(note));
        Self {
            sections: beyond(&self.sections, &earlier.sections),
            fields: beyond(&self.fields, &earlier.fields),
            add_diagnoses: new(&self.add_diagnoses, &earlier.add_diagnoses),
            remove_diagnoses: new(&self.remove_diagnoses, &earlier.remove_diagnoses),
            pulled_forward,
        }
    }
}

/// The edits in the spelling of [`Edit::canonical`].
#[must_use]
pub fn respelt<K: Ord + Clone>(edits: &BTreeMap<K, Edit>) -> BTreeMap<K, Edit> {
    edits.iter().map(|(key, edit)| (key.clone(), edit.canonical())).collect()
}

/// Lets `edits` be followed by `next`: each says what the first started from and what the last wrote.
pub(crate) fn follow<K: Ord + Clone>(edits: &mut BTreeMap<K, Edit>, next: &BTreeMap<K, Edit>) {
    for (key, edit) in next {
        edits
            .entry(key.clone())
            .and_modify(|earlier| earlier.to.clone_from(&edit.to))
            .or_insert_with(|| edit.clone());
    }
}

/// The edits that lead from where `earlier`, an earlier state of them, ended to where they end.
pub(crate) fn beyond<K: Ord + Clone>(
    edits: &BTreeMap<K, Edit>,
    earlier: &BTreeMap<K, Edit>,
) -> BTreeMap<K, Edit> {
    let step = |(key, edit): (&K, &Edit)| {
        let from = earlier.get(key).map_or(&edit.from, |earlier| &earlier.to);
        (*from != edit.to).then(|| (key.clone(), Edit { from: from.clone(), to: edit.to.clone() }))
    };
    edits.iter().filter_map(step).collect()
}

/// What bringing edits onto a draft came to.
#[derive(Debug, Default)]
pub struct Brought {
    /// Texts and values that the edits replaced.
    pub replaced: Kept,
    /// Texts that came in and were combined or parked: both parents of a combination are kept.
    pub incoming: Kept,
    /// Sections combined by sentence-level merge.
    pub merged: Vec<SectionKey>,
    /// What could not be combined.
    pub parked_sections: BTreeMap<SectionKey, Parked>,
    /// Scalars that another device set otherwise.
    pub parked_fields: BTreeMap<FieldKey, Parked>,
    /// Whether the draft changed.
    pub changed: bool,
}

/// Texts and values set aside to be kept.
#[derive(Debug, Default)]
pub struct Kept {
    /// By section.
    pub sections: BTreeMap<SectionKey, String>,
    /// By field.
    pub fields: BTreeMap<FieldKey, String>,
}

impl Kept {
    fn is_empty(&self) -> bool {
        self.sections.is_empty() && self.fields.is_empty()
    }
}

/// Brings `edits` onto the draft `note`. Different sections combine by themselves; inside a section a clean
/// sentence-level merge is combined and must be confirmed; touching edits are set aside (docs/decisions/0005). Two
/// spellings of one text are one text.
pub fn bring(note: &mut Note, edits: &NoteEdits, ctx: &Context) -> Brought {
    let edits = &edits.canonical();
    let mut brought = Brought::default();
    for (key, edit) in &edits.sections {
        bring_section(note, key, edit, ctx, &mut brought);
    }
    for (key, edit) in &edits.fields {
        bring_field(note, key, edit, &mut brought);
    }
    for id in &edits.add_diagnoses {
        if !note.diagnoses.contains(id) {
            note.diagnoses.push(*id);
            brought.changed = true;
        }
    }
    let before = note.diagnoses.len();
    note.diagnoses.retain(|id| !edits.remove_diagnoses.contains(id));
    brought.changed |= note.diagnoses.len() != before;
    for (key, from) in &edits.pulled_forward {
        brought.changed |= note.pulled_forward.insert(key.clone(), *from) != Some(*from);
    }
    brought
}

fn bring_section(note: &mut Note, key: &SectionKey, edit: &Edit, ctx: &Context, brought: &mut Brought) {
    let current = canonical(note.section(key));
    if current == edit.to {
        return;
    }
    if current == edit.from && bounds::fits(note, &current, &edit.to, &[]) {
        set(&mut note.sections, key, &edit.to);
        if !current.is_empty() {
            brought.replaced.sections.insert(key.clone(), current);
        }
        brought.changed = true;
        return;
    }
    match merge_text(&edit.from, &current, &edit.to) {
        TextMerge::Clean { text, .. } if text == current => {}
        // What two devices wrote may be too much for one note; then the words that came in wait beside it.
        TextMerge::Clean { text, .. }
            if bounds::fits(note, &current, &text, &[&edit.from, &current, &edit.to]) =>
        {
            set(&mut note.sections, key, &text);
            brought.replaced.sections.insert(key.clone(), current.clone());
            brought.incoming.sections.insert(key.clone(), edit.to.clone());
            let combined = combined(note.combined.get(key), edit, current, &text, ctx);
            note.combined.insert(key.clone(), combined);
            brought.merged.push(key.clone());
            brought.changed = true;
        }
        TextMerge::Clean { .. } | TextMerge::Conflict { .. } => {
            brought
                .parked_sections
                .insert(key.clone(), Parked { from: edit.from.clone(), to: edit.to.clone() });
        }
    }
}

/// What a combination is shown against. Where an edit goes on from the one that was combined before, and nothing has been
/// confirmed since, that is what stood before either: all of the words that came in are marked, not the last alone.
fn combined(earlier: Option<&Combined>, edit: &Edit, current: String, text: &str, ctx: &Context) -> Combined {
    let fresh = Combined {
        base: edit.from.clone(),
        ours: current,
        theirs: edit.to.clone(),
        from_device: ctx.device,
        asserted_at: ctx.asserted_at,
    };
    let goes_on = |earlier: &&Combined| {
        let again = || merge_text(&earlier.base, &earlier.ours, &edit.to);
        earlier.from_device == ctx.device
            && earlier.theirs == edit.from
            && matches!(again(), TextMerge::Clean { text: again, .. } if again == text)
    };
    match earlier.filter(goes_on) {
        Some(Combined { base, ours, .. }) => Combined { base: base.clone(), ours: ours.clone(), ..fresh },
        None => fresh,
    }
}

fn bring_field(note: &mut Note, key: &FieldKey, edit: &Edit, brought: &mut Brought) {
    let current = canonical(note.field(key));
    if current == edit.to {
        return;
    }
    if current == edit.from {
        set(&mut note.fields, key, &edit.to);
        if !current.is_empty() {
            brought.replaced.fields.insert(key.clone(), current);
        }
        brought.changed = true;
    } else {
        // A dose, a risk level, a start time: two different values are for a human, never for a rule.
        brought.parked_fields.insert(key.clone(), Parked { from: edit.from.clone(), to: edit.to.clone() });
    }
}

fn set<K: Ord + Clone>(map: &mut BTreeMap<K, String>, key: &K, value: &str) {
    if value.is_empty() {
        map.remove(key);
    } else {
        map.insert(key.clone(), value.to_owned());
    }
}

/// Takes from `edits` what continues an open branch of the same device: its later words belong to the branch, not to
/// the note. Gives the branches that grew.
pub fn continue_branches(edits: &mut NoteEdits, branches: &[&NoteBranch], ctx: &Context) -> Vec<NoteBranch> {
    let mut grown = Vec::new();
    for branch in branches.iter().filter(|b| b.state == BranchState::Open && b.device == ctx.device) {
        let mut branch = (*branch).clone();
        let grew = take_continued(&mut branch.sections, &mut edits.sections)
            | take_continued(&mut branch.fields, &mut edits.fields);
        if grew {
            branch.asserted_at = ctx.asserted_at;
            grown.push(branch);
        }
    }
    grown
}

fn take_continued<K: Ord + Clone>(parked: &mut BTreeMap<K, Parked>, edits: &mut BTreeMap<K, Edit>) -> bool {
    let mut grew = false;
    for (key, waiting) in parked.iter_mut() {
        if edits.get(key).is_some_and(|edit| edit.from == waiting.to)
            && let Some(edit) = edits.remove(key)
        {
            waiting.to = edit.to;
            grew = true;
        }
    }
    grew
}

/// The revisions to keep for what was replaced and what came in.
#[must_use]
pub fn revisions(before: &Note, after: &Note, brought: &Brought, ctx: &Context) -> Vec<NoteRevision> {
    let keep = |kind, kept: &Kept, label: &str, number, device, written_at| NoteRevision {
        id: RevisionId::derived(ctx.command, label),
        note: after.id,
        number,
        kind,
        sections: kept.sections.clone(),
        fields: kept.fields.clone(),
        device,
        written_at,
        command: ctx.command,
    };
    let mut revisions = Vec::new();
    if !brought.replaced.is_empty() {
        revisions.push(keep(
            RevisionKind::Replaced,
            &brought.replaced,
            "replaced",
            before.revision,
            before.edited_on,
            before.edited_at,
        ));
    }
    if !brought.incoming.is_empty() {
        revisions.push(keep(
            RevisionKind::Incoming,
            &brought.incoming,
            "incoming",
            after.revision,
            ctx.device,
            ctx.asserted_at,
        ));
    }
    revisions
}

/// The outcome of an edit that waits, or goes on waiting, in this branch.
#[must_use]
pub fn parked(branch: &NoteBranch) -> Outcome {
    Outcome::Parked {
        branch: branch.id,
        sections: branch.sections.keys().cloned().collect(),
        fields: branch.fields.keys().cloned().collect(),
    }
}

/// A new branch for what could not be combined, if anything could not.
#[must_use]
pub fn branch(note: &Note, brought: &Brought, ctx: &Context) -> Option<NoteBranch> {
    if brought.parked_sections.is_empty() && brought.parked_fields.is_empty() {
        return None;
    }
    Some(NoteBranch {
        id: BranchId::derived(ctx.command, "branch"),
        note: note.id,
        sections: brought.parked_sections.clone(),
        fields: brought.parked_fields.clone(),
        device: ctx.device,
        asserted_at: ctx.asserted_at,
        state: BranchState::Open,
    })
}
