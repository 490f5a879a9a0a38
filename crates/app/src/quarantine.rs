//! Work that arrived after its author's access to the chart had ended: what waits, what it says, and the decision.

use crate::api::ApiError;
use crate::api::input::{Nothing, QuarantineInput, QuarantineRuleInput};
use crate::api::view::{
    ChangeView, QuarantineNoticeView, QuarantinePieceView, QuarantineRow, QuarantineRulingView,
    QuarantineTextView, QuarantineView, QuarantinedView,
};
use crate::civil;
use crate::desktop::{Desktop, Open};
use crate::people::Names;
use crate::standing::{note_id, title, type_title};
use crate::submit::submit;
use chrono_tz::Tz;
use mentalspace_domain::command::Command;
use mentalspace_domain::ids::{ClientId, CommandId, NoteId, UserId};
use mentalspace_domain::note::edit::NoteEdits;
use mentalspace_domain::note::sections::{field_label, field_spec, section_label};
use mentalspace_domain::note::{FieldKey, Note, NoteState};
use mentalspace_domain::quarantine::accept::AcceptWork;
use mentalspace_domain::quarantine::give_back::ReturnWork;
use mentalspace_domain::quarantine::{Laid, QuarantineDecision, QuarantineNotice, QuarantinedWork, Ruling};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Decisions that the list still shows, the newest first. All of them are in their charts.
const DECIDED_SHOWN: usize = 50;

/// One author's work on one note: what a person decides about in one go.
type Pile = (ClientId, NoteId, UserId);

pub(crate) async fn list(desktop: &Desktop, _: Nothing) -> Result<QuarantineView, ApiError> {
    let open = desktop.open()?;
    let names = Names::load(&open)?;
    let zone = names.identity.practice.zone;
    let works = open.store.all::<QuarantinedWork>()?;
    let mut decisions = open.store.all::<QuarantineDecision>()?;
    let mut waiting = Vec::new();
    for pieces in piles(works.iter().filter(|work| !is_decided(work, &decisions))).into_values() {
        waiting.push(row(&open, &names, &pieces)?);
    }
    waiting.sort_by(|a, b| a.received_at.cmp(&b.received_at));
    decisions.sort_by_key(|decision| Reverse(decision.at));
    let mut decided: Vec<QuarantineRulingView> = Vec::new();
    for decision in &decisions {
        let Some(work) = works.iter().find(|work| work.command_id == decision.work) else { continue };
        let is_together = decided.last().is_some_and(|last| {
            last.note_id == decision.note.to_string() && last.at == decision.at.to_rfc3339()
        });
        // Pieces that were decided about together are one line.
        if is_together {
            decided.iter_mut().next_back().into_iter().for_each(|last| last.pieces += 1);
        } else if decided.len() < DECIDED_SHOWN {
            decided.push(ruling(&open, &names, work, decision)?);
        } else {
            break;
        }
    }
    let mut own: Vec<QuarantineNotice> = open.store.all()?;
    own.sort_by_key(|notice| Reverse(notice.at));
    let own = own.iter().take(DECIDED_SHOWN).map(|notice| notice_view(&names, notice, zone)).collect();
    Ok(QuarantineView { waiting, decided, own })
}

/// How many decisions wait for somebody who holds these charts.
pub(crate) fn waiting(open: &Open) -> Result<u32, ApiError> {
    let works = open.store.all::<QuarantinedWork>()?;
    if works.is_empty() {
        return Ok(0);
    }
    let decisions = open.store.all::<QuarantineDecision>()?;
    let piles = piles(works.iter().filter(|work| !is_decided(work, &decisions))).len();
    Ok(u32::try_from(piles).unwrap_or(u32::MAX))
}

pub(crate) async fn show(desktop: &Desktop, input: QuarantineInput) -> Result<QuarantinedView, ApiError> {
    let open = desktop.open()?;
    let names = Names::load(&open)?;
    let zone = names.identity.practice.zone;
    let pieces = pile(&open, &input.note_id, &input.author_id)?;
    let first = pieces.first().ok_or_else(gone)?;
    let works: Vec<&QuarantinedWork> = pieces.iter().collect();
    let row = row(&open, &names, &works)?;
    let decisions = open.store.all::<QuarantineDecision>()?;
    let note = open.store.get::<Note>(first.note.uuid())?;
    let mut last: BTreeMap<String, QuarantineTextView> = BTreeMap::new();
    let mut order: Vec<String> = Vec::new();
    for text in pieces.iter().flat_map(|work| texts(&work.command)) {
        if !last.contains_key(&text.label) {
            order.push(text.label.clone());
        }
        last.insert(text.label.clone(), text);
    }
    Ok(QuarantinedView {
        row,
        note_state: note.as_ref().map_or("none", |note| state_word(&note.state)).to_owned(),
        texts: order.iter().filter_map(|label| last.remove(label)).collect(),
        pieces: pieces
            .iter()
            .map(|work| piece(&names, work, decisions.iter().find(|one| one.work == work.command_id), zone))
            .collect(),
    })
}

pub(crate) async fn accept(desktop: &Desktop, input: QuarantineRuleInput) -> Result<ChangeView, ApiError> {
    let open = desktop.open()?;
    let named = named(&open, &input)?;
    let Some(first) = named.first() else { return Err(gone()) };
    let mut addenda: Vec<_> = named
        .iter()
        .filter_map(|work| match &work.command {
            Command::AddendumWrite(writing) => Some(writing.addendum_id),
            _ => None,
        })
        .collect();
    addenda.sort_unstable();
    addenda.dedup();
    let command = Command::QuarantineAccept(AcceptWork {
        client_id: first.client,
        note_id: first.note,
        works: named.iter().map(|work| work.command_id).collect(),
        addenda,
        reason: input.reason,
    });
    submit(desktop, &open, first.note.uuid(), command)
}

pub(crate) async fn give_back(desktop: &Desktop, input: QuarantineRuleInput) -> Result<ChangeView, ApiError> {
    let open = desktop.open()?;
    let named = named(&open, &input)?;
    let Some(first) = named.first() else { return Err(gone()) };
    let command = Command::QuarantineReturn(ReturnWork {
        client_id: first.client,
        note_id: first.note,
        works: named.iter().map(|work| work.command_id).collect(),
        reason: input.reason,
    });
    submit(desktop, &open, first.note.uuid(), command)
}

/// The work that the decision names: what its maker had in front of her, and nothing that came in since.
fn named(open: &Open, input: &QuarantineRuleInput) -> Result<Vec<QuarantinedWork>, ApiError> {
    let wanted: Vec<CommandId> =
        input.works.iter().map(|id| id.parse().map_err(|_| gone())).collect::<Result<_, _>>()?;
    let mut named = pile(open, &input.note_id, &input.author_id)?;
    named.retain(|work| wanted.contains(&work.command_id));
    if named.len() == wanted.len() { Ok(named) } else { Err(gone()) }
}

/// One author's work on one note, in the order in which it was written.
fn pile(open: &Open, note: &str, author: &str) -> Result<Vec<QuarantinedWork>, ApiError> {
    let note = note_id(note)?;
    let author: UserId = author.parse().map_err(|_| gone())?;
    let mut works = open.store.children::<QuarantinedWork>(note.uuid())?;
    works.retain(|work| work.author == author);
    works.sort_by_key(|work| (work.received_at, work.device, work.seq));
    Ok(works)
}

fn gone() -> ApiError {
    ApiError::not_found("This work")
}

fn is_decided(work: &QuarantinedWork, decisions: &[QuarantineDecision]) -> bool {
    decisions.iter().any(|decision| decision.work == work.command_id)
}

fn piles<'w>(works: impl Iterator<Item = &'w QuarantinedWork>) -> BTreeMap<Pile, Vec<&'w QuarantinedWork>> {
    let mut piles: BTreeMap<Pile, Vec<&QuarantinedWork>> = BTreeMap::new();
    for work in works {
        piles.entry((work.client, work.note, work.author)).or_default().push(work);
    }
    for pieces in piles.values_mut() {
        pieces.sort_by_key(|work| (work.received_at, work.device, work.seq));
    }
    piles
}

fn row(open: &Open, names: &Names, pieces: &[&QuarantinedWork]) -> Result<QuarantineRow, ApiError> {
    let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else { return Err(gone()) };
    let zone = names.identity.practice.zone;
    let (title, service_date) = heading(open, pieces)?;
    let mut sections: Vec<String> = Vec::new();
    for text in pieces.iter().flat_map(|work| texts(&work.command)) {
        if !sections.contains(&text.label) {
            sections.push(text.label);
        }
    }
    Ok(QuarantineRow {
        note_id: first.note.to_string(),
        client_id: first.client.to_string(),
        client_name: names.client(first.client),
        author_id: first.author.to_string(),
        author_name: names.user(first.author),
        is_mine: first.author == names.me(),
        title,
        service_date,
        pieces: u32::try_from(pieces.len()).unwrap_or(u32::MAX),
        sections,
        written_civil: civil::on_clock(last.asserted_at, zone),
        received_at: first.received_at.to_rfc3339(),
        received_civil: civil::on_clock(first.received_at, zone),
    })
}

/// What the note is called and when the session was, from the chart or from the work that begins it.
fn heading(open: &Open, pieces: &[&QuarantinedWork]) -> Result<(String, Option<String>), ApiError> {
    if let Some(first) = pieces.first()
        && let Some(note) = open.store.get::<Note>(first.note.uuid())?
    {
        return Ok((title(&note), note.service_date().map(|day| day.to_string())));
    }
    let begun = pieces.iter().find_map(|work| match &work.command {
        Command::NoteCreate(input) => Some(input),
        _ => None,
    });
    let title = begun.map_or_else(|| "A note".to_owned(), |input| type_title(input.note_type, input.format));
    let day = pieces
        .iter()
        .filter_map(|work| edits(&work.command))
        .filter_map(|edits| edits.fields.get(&"service_date".into()))
        .map(|edit| edit.to.clone())
        .next_back();
    Ok((title, day))
}

const fn edits(command: &Command) -> Option<&NoteEdits> {
    match command {
        Command::NoteCreate(input) => Some(&input.content),
        Command::NotePatch(input) => Some(&input.edits),
        Command::NoteResolve(input) => Some(&input.edits),
        _ => None,
    }
}

/// The texts of one piece, each with what its author had seen before.
fn texts(command: &Command) -> Vec<QuarantineTextView> {
    let mut texts = Vec::new();
    let mut add = |label: &str, part: &str, from: &str, to: &str| {
        texts.push(QuarantineTextView {
            label: label.to_owned(),
            part: part.to_owned(),
            from: from.to_owned(),
            text: to.to_owned(),
        });
    };
    if let Some(edits) = edits(command) {
        for (key, edit) in &edits.sections {
            add(section_label(key), "section", &edit.from, &edit.to);
        }
        for (key, edit) in &edits.fields {
            add(field_label(key), "field", value_word(key, &edit.from), value_word(key, &edit.to));
        }
    }
    if let Command::AddendumWrite(writing) = command {
        for (key, edit) in &writing.sections {
            add(section_label(key), "section", &edit.from, &edit.to);
        }
    }
    texts
}

/// The words for a value that is one of several.
fn value_word<'v>(key: &FieldKey, value: &'v str) -> &'v str {
    let values = field_spec(key.as_str()).and_then(|spec| spec.values).unwrap_or_default();
    values.iter().find(|choice| choice.value == value).map_or(value, |choice| choice.label)
}

fn piece(
    names: &Names,
    work: &QuarantinedWork,
    decision: Option<&QuarantineDecision>,
    zone: Tz,
) -> QuarantinePieceView {
    QuarantinePieceView {
        work_id: work.command_id.to_string(),
        name: work.command.name().to_owned(),
        written_civil: civil::on_clock(work.asserted_at, zone),
        received_civil: civil::on_clock(work.received_at, zone),
        texts: texts(&work.command),
        ruling: decision.map(|decision| decision.ruling.as_str().to_owned()),
        laid: decision.and_then(|decision| laid_word(&decision.ruling)).map(str::to_owned),
        decided_by: decision.map(|decision| names.user(decision.by)),
        decided_civil: decision.map(|decision| civil::on_clock(decision.at, zone)),
        reason: decision.map(|decision| decision.reason.clone()).unwrap_or_default(),
    }
}

fn ruling(
    open: &Open,
    names: &Names,
    work: &QuarantinedWork,
    decision: &QuarantineDecision,
) -> Result<QuarantineRulingView, ApiError> {
    let zone = names.identity.practice.zone;
    let (title, service_date) = heading(open, &[work])?;
    Ok(QuarantineRulingView {
        note_id: work.note.to_string(),
        client_id: work.client.to_string(),
        client_name: names.client(work.client),
        author_id: work.author.to_string(),
        author_name: names.user(work.author),
        title,
        service_date,
        pieces: 1,
        ruling: decision.ruling.as_str().to_owned(),
        decided_by: names.user(decision.by),
        at: decision.at.to_rfc3339(),
        at_civil: civil::on_clock(decision.at, zone),
        reason: decision.reason.clone(),
    })
}

fn notice_view(names: &Names, notice: &QuarantineNotice, zone: Tz) -> QuarantineNoticeView {
    QuarantineNoticeView {
        work_id: notice.work.to_string(),
        ruling: if notice.accepted { "accepted" } else { "returned" }.to_owned(),
        decided_by: names.user(notice.by),
        at_civil: civil::on_clock(notice.at, zone),
        written_civil: civil::on_clock(notice.asserted_at, zone),
    }
}

const fn laid_word(ruling: &Ruling) -> Option<&'static str> {
    match ruling {
        Ruling::Returned => None,
        Ruling::Accepted { laid } => Some(match laid {
            Laid::Draft => "draft",
            Laid::Combined => "combined",
            Laid::Branch { .. } => "branch",
            Laid::Addendum { .. } => "addendum",
            Laid::KeptSignature => "kept_signature",
            Laid::Nothing => "nothing",
        }),
    }
}

const fn state_word(state: &NoteState) -> &'static str {
    match state {
        NoteState::Draft => "draft",
        NoteState::Signed { .. } => "signed",
        NoteState::Voided { .. } => "voided",
    }
}
