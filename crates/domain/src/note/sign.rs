//! `note.sign`: the author signs; from then on the words never change.

use super::completeness::{Level, completeness};
use super::patch::own_note;
use super::{Note, NoteState};
use crate::bucket::Bucket;
use crate::context::{Context, Side};
use crate::decision::{Change, Decision, FieldError, Outcome, Refusal, RefusalCode, Verdict};
use crate::diagnosis::Diagnosis;
use crate::ids::{ClientId, NoteId};
use crate::people::{Practice, SigningKeyCertificate};
use crate::policy::{Action, authorise};
use crate::signing::{self, NoteVersion, RefusedSignature, SignedSubmission};
use crate::world::{Lookup, Need, World};
use serde::{Deserialize, Serialize};

/// Input of `note.sign`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignNote {
    /// The note.
    pub note_id: NoteId,
    /// Its client.
    pub client_id: ClientId,
    /// What was signed.
    pub submission: SignedSubmission,
}

/// The note, the chart's diagnoses, and the certificate of the key.
#[must_use]
pub fn needs(input: &SignNote, ctx: &Context) -> Vec<Need> {
    let bucket = Bucket::clinical(input.client_id);
    vec![
        Need::record::<Note>(bucket, input.note_id.uuid()),
        Need::record::<NoteVersion>(bucket, input.submission.statement.version.uuid()),
        Need::children::<Diagnosis>(bucket, input.client_id.uuid()),
        Need::record::<SigningKeyCertificate>(
            Bucket::practice(ctx.practice),
            input.submission.statement.key.uuid(),
        ),
        Need::record::<Practice>(Bucket::practice(ctx.practice), ctx.practice.uuid()),
    ]
}

/// Signs the note if nothing stands in the way and what was signed is what stands in it.
///
/// On the server a signature that cannot be accepted is kept for ever as a [`RefusedSignature`]; the note stays what
/// it was.
///
/// # Errors
/// Not the author, signed already, open conflicts, unconfirmed or incomplete content, a bad signature.
pub fn decide(input: &SignNote, world: &World, ctx: &Context) -> Verdict {
    let bucket = Bucket::clinical(input.client_id);
    authorise(ctx, bucket, Action::Sign)?;
    let note = own_note(world, input.note_id, input.client_id, ctx)?;
    let submission = &input.submission;
    if let NoteState::Signed { version, .. } = &note.state
        && *version == submission.statement.version
    {
        return Ok(Decision::noop("the note is signed already, with this signature"));
    }
    if let Err(refusal) = may_sign(note, input, world, ctx) {
        return match ctx.side {
            Side::Device => Err(refusal),
            Side::Server => Ok(kept_refusal(submission, note.id, bucket, &refusal, ctx)),
        };
    }
    let statement = &submission.statement;
    let mut signed = note.clone();
    signed.state = NoteState::Signed { version: statement.version, signed_at: statement.signed_at };
    Ok(Decision::applied(vec![
        Change::put(
            bucket,
            NoteVersion {
                id: statement.version,
                note: note.id,
                addendum: None,
                version: 1,
                content: submission.content.clone(),
                content_hash: statement.content_hash,
            },
        ),
        Change::put(bucket, submission.to_signature(note.id)),
        Change::put(bucket, signed),
    ]))
}

fn may_sign(note: &Note, input: &SignNote, world: &World, ctx: &Context) -> Result<(), Refusal> {
    match note.state {
        NoteState::Draft => {}
        NoteState::Signed { .. } => {
            return Err(Refusal::new(
                RefusalCode::AlreadySigned,
                "This note is signed. Its words are final and safe. To add something, write an addendum.",
            ));
        }
        NoteState::Voided { .. } => {
            return Err(Refusal::new(
                RefusalCode::Voided,
                "This note was marked as entered in error and cannot be signed. Its text is kept. Write a new note.",
            ));
        }
    }
    let chart = world.children::<Diagnosis>(input.client_id.uuid()).present().unwrap_or_default();
    ready_to_sign(note, &chart, world, ctx)?;
    let certificate = world.get::<SigningKeyCertificate>(input.submission.statement.key.uuid());
    input.submission.check(certificate, ctx)?;
    // A device whose copy of the chart is not whole for a moment does not know of it, and signs as it does offline.
    if let Lookup::Present(_) = world.get::<NoteVersion>(input.submission.statement.version.uuid()) {
        return Err(content_changed());
    }
    match signing::note_content(note, &chart, ctx.practice) {
        Ok(content) if content == input.submission.content => Ok(()),
        _ => Err(content_changed()),
    }
}

/// Whether everything required before signing is there.
///
/// # Errors
/// Open conflicts, unconfirmed combinations, or blocking findings of the completeness rules.
pub fn ready_to_sign(note: &Note, chart: &[&Diagnosis], world: &World, ctx: &Context) -> Result<(), Refusal> {
    if !note.branches.is_empty() {
        return Err(Refusal::new(
            RefusalCode::OpenConflict,
            "This note has texts from two devices that are not settled. Both are kept. Open the conflict, choose, then sign.",
        ));
    }
    if !note.combined.is_empty() {
        let fields = note
            .combined
            .keys()
            .map(|key| FieldError {
                field: key.to_string(),
                message: "Read the combined text and confirm it.".into(),
            })
            .collect();
        return Err(Refusal::new(
            RefusalCode::Unconfirmed,
            "Some text was combined from two devices and is not confirmed. Nothing is lost. Read it, confirm it, then sign.",
        )
        .with_fields(fields));
    }
    let due_hours = match world.get::<Practice>(ctx.practice.uuid()) {
        Lookup::Present(practice) => practice.note_due_hours,
        Lookup::Absent | Lookup::NotHeld => 72,
    };
    // Offline signing is late or not by the day on which it was signed, not by the day on which it arrived.
    let signed_on = ctx.asserted_at.min(ctx.now).with_timezone(&ctx.zone).date_naive();
    let missing: Vec<FieldError> = completeness(note, chart, ctx.today(), signed_on, due_hours)
        .into_iter()
        .filter(|finding| finding.level == Level::Block)
        .map(|finding| FieldError {
            field: finding.target.key().to_owned(),
            message: finding.message.to_owned(),
        })
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(Refusal::new(
            RefusalCode::Incomplete,
            "Something is still missing before this note can be signed. The draft is safe. The list shows what, and takes you there.",
        )
        .with_fields(missing))
    }
}

/// Keeps what was signed although it cannot be accepted.
pub fn kept_refusal(
    submission: &SignedSubmission,
    note: NoteId,
    bucket: Bucket,
    refusal: &Refusal,
    ctx: &Context,
) -> Decision {
    let code = serde_json::to_value(refusal.code)
        .ok()
        .and_then(|code| code.as_str().map(str::to_owned))
        .unwrap_or_default();
    Decision {
        changes: vec![Change::put(
            bucket,
            RefusedSignature {
                signature: submission.to_signature(note),
                content: submission.content.clone(),
                code,
                decided_at: ctx.now,
            },
        )],
        outcome: Outcome::Rejected { code: refusal.code, message: refusal.message.clone() },
        provisional: false,
    }
}

/// The refusal for a signature over other words than those in the note.
#[must_use]
pub fn content_changed() -> Refusal {
    Refusal::new(
        RefusalCode::ContentChanged,
        "The note has changed since you signed it on this device. What you signed is kept, and so is the newer text. Read the note and sign it again.",
    )
}
