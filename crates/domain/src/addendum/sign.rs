//! `addendum.sign`: the author signs an addendum; it becomes the next version of the note's chain.

use super::{Addendum, AddendumState};
use crate::bucket::Bucket;
use crate::context::{Context, Side};
use crate::decision::{Change, Decision, FieldError, Refusal, RefusalCode, Verdict};
use crate::ids::{AddendumId, ClientId, NoteId};
use crate::note::Note;
use crate::note::sign::{content_changed, kept_refusal};
use crate::people::SigningKeyCertificate;
use crate::policy::{Action, authorise};
use crate::signing::{self, NoteVersion, SignedSubmission};
use crate::world::{Lookup, Need, World};
use serde::{Deserialize, Serialize};

/// Input of `addendum.sign`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignAddendum {
    /// The addendum.
    pub addendum_id: AddendumId,
    /// The signed note.
    pub note_id: NoteId,
    /// Its client.
    pub client_id: ClientId,
    /// What was signed.
    pub submission: SignedSubmission,
}

/// The addendum, its note, the versions so far, and the certificate of the key.
#[must_use]
pub fn needs(input: &SignAddendum, ctx: &Context) -> Vec<Need> {
    let bucket = Bucket::clinical(input.client_id);
    vec![
        Need::record::<Note>(bucket, input.note_id.uuid()),
        Need::record::<Addendum>(bucket, input.addendum_id.uuid()),
        Need::children::<NoteVersion>(bucket, input.note_id.uuid()),
        Need::record::<SigningKeyCertificate>(
            Bucket::practice(ctx.practice),
            input.submission.statement.key.uuid(),
        ),
    ]
}

/// Signs the addendum if what was signed is what stands in it.
///
/// # Errors
/// As for a note; on the server a refused signature is kept.
pub fn decide(input: &SignAddendum, world: &World, ctx: &Context) -> Verdict {
    let bucket = Bucket::clinical(input.client_id);
    authorise(ctx, bucket, Action::Sign)?;
    let (note, addendum) = match (
        world.get::<Note>(input.note_id.uuid()),
        world.get::<Addendum>(input.addendum_id.uuid()),
    ) {
        // The versions are those of the note that was named: an addendum to another is none of its chain.
        (Lookup::Present(note), Lookup::Present(addendum)) if addendum.note == note.id => (note, addendum),
        _ => {
            return Err(Refusal::new(
                RefusalCode::NotFound,
                "This addendum is not in the chart on this side. Nothing was changed. Sync, then open the chart again.",
            ));
        }
    };
    if addendum.author != ctx.actor.user {
        return Err(Refusal::new(
            RefusalCode::NotAuthor,
            "Only its author may sign an addendum. Nothing was changed.",
        ));
    }
    let statement = &input.submission.statement;
    if addendum.state == (AddendumState::Signed { version: statement.version }) {
        return Ok(Decision::noop("the addendum is signed already, with this signature"));
    }
    let version = match may_sign(addendum, note, input, world, ctx) {
        Ok(version) => version,
        Err(refusal) if ctx.side == Side::Server => {
            return Ok(kept_refusal(&input.submission, note.id, bucket, &refusal, ctx));
        }
        Err(refusal) => return Err(refusal),
    };
    let mut signed = addendum.clone();
    signed.state = AddendumState::Signed { version: statement.version };
    Ok(Decision::applied(vec![
        Change::put(bucket, version),
        Change::put(bucket, input.submission.to_signature(note.id)),
        Change::put(bucket, signed),
    ]))
}

fn may_sign(
    addendum: &Addendum,
    note: &Note,
    input: &SignAddendum,
    world: &World,
    ctx: &Context,
) -> Result<NoteVersion, Refusal> {
    match addendum.state {
        AddendumState::Draft => {}
        AddendumState::Signed { .. } => {
            return Err(Refusal::new(
                RefusalCode::AlreadySigned,
                "This addendum is signed. Its words are final and safe. Write another to add something.",
            ));
        }
        AddendumState::Dismissed { .. } => {
            return Err(Refusal::new(
                RefusalCode::WrongState,
                "This addendum was set aside. Its text is kept. Write a new one to sign it.",
            ));
        }
    }
    if addendum.sections.values().all(|text| text.trim().is_empty()) {
        return Err(Refusal::new(
            RefusalCode::Incomplete,
            "Write the addendum before you sign it. Nothing was changed.",
        )
        .with_fields(vec![FieldError { field: "addendum".into(), message: "Write what you add.".into() }]));
    }
    if addendum.reason.trim().is_empty() {
        return Err(Refusal::new(
            RefusalCode::Incomplete,
            "Say why the addendum is made before you sign it. Nothing was changed.",
        )
        .with_fields(vec![FieldError { field: "reason".into(), message: "Give a reason.".into() }]));
    }
    let statement = &input.submission.statement;
    input.submission.check(world.get::<SigningKeyCertificate>(statement.key.uuid()), ctx)?;
    let versions = world.children::<NoteVersion>(note.id.uuid()).present().unwrap_or_default();
    let last = versions.into_iter().max_by_key(|version| version.version).ok_or_else(content_changed)?;
    match signing::addendum_content(addendum, note, last, ctx.practice) {
        Ok(content) if content == input.submission.content => Ok(NoteVersion {
            id: statement.version,
            note: note.id,
            addendum: Some(addendum.id),
            version: last.version + 1,
            content,
            content_hash: statement.content_hash,
        }),
        _ => Err(content_changed()),
    }
}
