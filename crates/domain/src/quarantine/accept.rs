//! `quarantine.accept`: the work comes into the chart as what it is: its author's, unsigned, under the rules that would
//! have held had she still had access. Nothing is signed for her, nothing invented, and what touches other words waits
//! for her.

use super::chart::Chart;
use super::{Laid, QuarantinedWork, Ruling, decided_already, decision, pile, work_needs};
use crate::addendum::Addendum;
use crate::bucket::Bucket;
use crate::command::Command;
use crate::context::{Actor, Context};
use crate::decision::{Change, Decision, Outcome, Refusal, RefusalCode, Verdict};
use crate::diagnosis::Diagnosis;
use crate::ids::{AddendumId, ClientId, CommandId, NoteId};
use crate::note::sign::kept_refusal;
use crate::note::{Note, NoteBranch};
use crate::people::Role;
use crate::policy::{Action, authorise};
use crate::signing::{RefusedSignature, SignedSubmission};
use crate::world::{Lookup, Need, World};
use serde::{Deserialize, Serialize};

/// Input of `quarantine.accept`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcceptWork {
    /// The client.
    pub client_id: ClientId,
    /// The note that the work was written for.
    pub note_id: NoteId,
    /// The pieces of work, by their commands.
    pub works: Vec<CommandId>,
    /// The addenda that the work writes in: whether one stands already must be seen before it is written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addenda: Vec<AddendumId>,
    /// Why.
    pub reason: String,
}

/// The work and what was decided about it, the note with what waits beside it, and the chart's diagnoses.
#[must_use]
pub fn needs(input: &AcceptWork, _ctx: &Context) -> Vec<Need> {
    let bucket = Bucket::clinical(input.client_id);
    let mut needs = vec![
        Need::record::<Note>(bucket, input.note_id.uuid()),
        Need::children::<NoteBranch>(bucket, input.note_id.uuid()),
        Need::children::<Addendum>(bucket, input.note_id.uuid()),
        Need::children::<RefusedSignature>(bucket, input.note_id.uuid()),
        Need::children::<Diagnosis>(bucket, input.client_id.uuid()),
    ];
    needs.extend(input.addenda.iter().map(|id| Need::record::<Addendum>(bucket, id.uuid())));
    needs.extend(work_needs(input.client_id, &input.works));
    needs
}

/// Lays the work into the chart, all of it or none.
///
/// # Errors
/// No right to review in this chart; not here; no reason; decided already; or the chart does not take it, for instance
/// because the note that it goes on was never begun there.
pub fn decide(input: &AcceptWork, world: &World, ctx: &Context) -> Verdict {
    let bucket = Bucket::clinical(input.client_id);
    authorise(ctx, bucket, Action::ReviewQuarantine)?;
    let pile = pile(input.client_id, input.note_id, &input.works, &input.reason, world)?;
    if pile.decided.iter().any(|decision| decision.ruling == Ruling::Returned) {
        return Err(decided_already());
    }
    if pile.waiting.is_empty() {
        return Ok(Decision::noop("this work was accepted already"));
    }
    let mut chart = Chart::of(bucket);
    chart.see::<Note>(world, input.note_id.uuid());
    chart.see_children::<NoteBranch>(world, input.note_id.uuid());
    chart.see_children::<Addendum>(world, input.note_id.uuid());
    chart.see_children::<RefusedSignature>(world, input.note_id.uuid());
    chart.see_children::<Diagnosis>(world, input.client_id.uuid());
    for addendum in &input.addenda {
        chart.see::<Addendum>(world, addendum.uuid());
    }
    let mut rulings = Vec::new();
    for work in pile.waiting {
        let laid = lay(work, &mut chart, input, ctx)?;
        rulings.push(Change::put(bucket, decision(work, Ruling::Accepted { laid }, &input.reason, ctx)));
    }
    let mut changes = chart.changes();
    changes.extend(rulings);
    let not_held = world.get::<Note>(input.note_id.uuid()) == Lookup::NotHeld;
    Ok(Decision::applied(changes).provisional_if(not_held))
}

/// Lays one piece into the chart.
fn lay(
    work: &QuarantinedWork,
    chart: &mut Chart,
    input: &AcceptWork,
    ctx: &Context,
) -> Result<Laid, Refusal> {
    match &work.command {
        Command::NoteSign(signing) => return Ok(keep_signature(work, &signing.submission, chart, ctx)),
        Command::AddendumSign(signing) => return Ok(keep_signature(work, &signing.submission, chart, ctx)),
        Command::AddendumWrite(writing) if !input.addenda.contains(&writing.addendum_id) => {
            return Err(Refusal::new(
                RefusalCode::Invalid,
                "This decision does not name the addendum that the work writes in. Nothing was changed. Open the list \
                 again and decide anew.",
            ));
        }
        _ => {}
    }
    let theirs = as_author(work, ctx);
    let decided = work.command.decide(&chart.world(&work.command.needs(&theirs)), &theirs);
    let decision = decided.map_err(|refusal| not_laid(&refusal))?;
    let laid = match decision.outcome {
        Outcome::Merged { .. } => Laid::Combined,
        Outcome::Parked { branch, .. } => Laid::Branch { branch },
        Outcome::Converted { addendum } => Laid::Addendum { addendum },
        Outcome::Noop { .. } => Laid::Nothing,
        _ => match &work.command {
            Command::AddendumWrite(writing) => Laid::Addendum { addendum: writing.addendum_id },
            _ => Laid::Draft,
        },
    };
    chart.change(decision.changes);
    Ok(laid)
}

/// The surroundings that the work was written in: its author, her device, her time. She gets no right by it but to have
/// her own words stand under her own name.
fn as_author(work: &QuarantinedWork, ctx: &Context) -> Context {
    Context {
        actor: Actor {
            user: work.author,
            display_name: String::new(),
            credential: String::new(),
            roles: vec![Role::Clinician],
            grants: std::iter::once(Bucket::clinical(work.client).id(ctx.practice)).collect(),
        },
        device: work.device,
        command: work.command_id,
        asserted_at: work.asserted_at,
        ..ctx.clone()
    }
}

/// What was signed is kept whole; it signs nothing.
fn keep_signature(
    work: &QuarantinedWork,
    submission: &SignedSubmission,
    chart: &mut Chart,
    ctx: &Context,
) -> Laid {
    let bucket = Bucket::clinical(work.client);
    let need = [Need::record::<RefusedSignature>(bucket, submission.signature_id.uuid())];
    if chart.world(&need).get::<RefusedSignature>(submission.signature_id.uuid()).present().is_some() {
        return Laid::Nothing;
    }
    let late = Refusal::new(RefusalCode::NotAllowed, String::new());
    chart.change(kept_refusal(submission, work.note, bucket, &late, ctx).changes);
    Laid::KeptSignature
}

fn not_laid(refusal: &Refusal) -> Refusal {
    Refusal::new(
        refusal.code,
        format!(
            "The chart does not take this work as it stands: {} The words are kept as they came. Accept what it goes on \
             first, or return it.",
            refusal.message
        ),
    )
}
