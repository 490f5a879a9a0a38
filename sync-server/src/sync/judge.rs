//! Deciding one command over what lies on the desk.

use super::batch::Limits;
use super::receipts::receipts;
use super::results::{Became, Known};
use crate::audit::Event;
use crate::caller::Caller;
use crate::http::failure::Outcome as Answer;
use crate::records::narrow::{self, wire_name};
use crate::records::{Bar, Desk, Misfit};
use crate::sealing::SealKey;
use chrono::{DateTime, Utc};
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::command::{Command, CommandEnvelope};
use mentalspace_domain::context::{Actor, Context, Side};
use mentalspace_domain::decision::{Change, Outcome, Refusal, RefusalCode};
use mentalspace_domain::ids::{BucketId, ClientId};
use mentalspace_domain::people::in_force;
use mentalspace_domain::record::{Record, RecordKind};
use mentalspace_domain::signing::{RefusedSignature, Signature, SignedSubmission};
use mentalspace_domain::world::Need;
use mentalspace_protocol::push::Before;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A command with what it needs to see.
#[derive(Debug)]
pub(super) struct Case<'a> {
    pub(super) seq: i64,
    pub(super) envelope: &'a CommandEnvelope,
    pub(super) needs: Vec<Need>,
    /// What had become of it before the server was restored to an earlier state, while that counts.
    before: Option<&'a Before>,
}

/// What is given with every case of a batch.
pub(super) struct Given<'a> {
    /// The server's clock when the batch came in.
    pub(super) at: DateTime<Utc>,
    /// The server's seal, where signatures may come.
    pub(super) seal: Option<&'a SealKey>,
    /// What the batch may not do.
    pub(super) limits: Limits<'a>,
}

/// What was decided.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) outcome: Outcome,
    pub(super) changes: Vec<Change>,
    /// The command is kept in quarantine under this code.
    pub(super) kept: Option<RefusalCode>,
    /// The clients whose grants must be worked out anew.
    pub(super) regrant: Vec<ClientId>,
    /// Which of the changes concern the narrow tables.
    pub(super) narrow: Vec<usize>,
    /// See [`made`].
    pub(super) made: u32,
}

impl Judged {
    /// What is remembered of it.
    pub(super) fn became(&self, at: DateTime<Utc>) -> Became {
        Became { outcome: self.outcome.clone(), decided_at: at, made: self.made }
    }
}

impl<'a> Case<'a> {
    pub(super) fn new(
        seq: i64,
        envelope: &'a CommandEnvelope,
        before: Option<&'a Before>,
        caller: &Caller,
        at: DateTime<Utc>,
    ) -> Self {
        let mut needs = envelope.command.needs(&context(caller, envelope, BTreeSet::new(), at));
        // Signatures are written once; whether one stands already must be seen before a second is decided.
        let (client, submission): (_, &SignedSubmission) = match &envelope.command {
            Command::NoteSign(input) => (input.client_id, &input.submission),
            Command::AddendumSign(input) => (input.client_id, &input.submission),
            _ => return Self { seq, envelope, needs, before },
        };
        let bucket = Bucket::clinical(client);
        needs.push(Need::record::<Signature>(bucket, submission.signature_id.uuid()));
        needs.push(Need::record::<RefusedSignature>(bucket, submission.signature_id.uuid()));
        Self { seq, envelope, needs, before }
    }

    /// Whether the command, decided now, would become something else than it had before the restore: then something that
    /// went before it, on another device, has not come back yet.
    pub(super) fn must_wait(
        &self,
        desk: &Desk<'_>,
        known: &Known,
        caller: &Caller,
        given: &Given<'_>,
    ) -> bool {
        self.before.is_some_and(|before| {
            let (now, made) = match self.decide(desk, known, caller, given) {
                Ok((outcome, changes)) => (outcome, made(desk, &changes)),
                Err(refusal) => (self.refused(refusal).outcome, 0),
            };
            let waits = !alike(&before.outcome, &now) || before.made != made;
            if waits {
                tracing::info!(
                    command = %self.envelope.id, name = self.envelope.command.name(), device = %caller.device,
                    before = outcome_name(&before.outcome), made_before = before.made,
                    now = outcome_name(&now), made, code = code(&now),
                    "a command that is offered again waits for what went before it"
                );
            }
            waits
        })
    }

    /// Whether it had not been refused for this reason before.
    pub(super) fn was_accepted(&self, code: RefusalCode) -> bool {
        let refused =
            |outcome: &Outcome| matches!(outcome, Outcome::Rejected { code: of, .. } if *of == code);
        self.before.is_some_and(|before| !refused(&before.outcome))
    }

    /// Decides the command and makes its changes on the desk.
    pub(super) fn judge(
        &self,
        desk: &mut Desk<'_>,
        known: &Known,
        caller: &Caller,
        given: &Given<'_>,
    ) -> Answer<Judged> {
        let at = given.at;
        let refusal = match self.decide(desk, known, caller, given) {
            Ok((outcome, mut changes)) => {
                if let Some(bar) = desk.is_barred(&changes, given.limits.barred) {
                    tracing::warn!(?bar, command = %self.envelope.id, "a decision writes what cannot be written");
                    return Ok(self.refused(match bar {
                        Bar::Bucket(_) => not_allowed(),
                        Bar::Record(_) => not_keepable(),
                    }));
                }
                let made = made(desk, &changes);
                if let Some(seal) = given.seal {
                    changes.extend(receipts(&changes, seal, at)?);
                }
                let regrant = regrants(desk, &changes);
                let narrow = concerning(desk, &changes);
                match desk.change(&changes) {
                    Ok(()) => return Ok(Judged { outcome, changes, kept: None, regrant, narrow, made }),
                    Err(misfit) => misfit.into(),
                }
            }
            Err(refusal) => refusal,
        };
        Ok(self.refused(refusal))
    }

    /// What becomes of a command that is refused. What a clinician wrote is kept whatever the reason.
    pub(super) fn refused(&self, refusal: Refusal) -> Judged {
        let words = self.envelope.command.carries_words();
        let code = refusal.code;
        let outcome = if words && code == RefusalCode::NotAllowed {
            Outcome::Quarantined { code }
        } else {
            Outcome::Rejected { code, message: refusal.message }
        };
        Judged {
            outcome,
            changes: Vec::new(),
            kept: words.then_some(code),
            regrant: Vec::new(),
            narrow: Vec::new(),
            made: 0,
        }
    }

    fn decide(
        &self,
        desk: &Desk<'_>,
        known: &Known,
        caller: &Caller,
        given: &Given<'_>,
    ) -> Result<(Outcome, Vec<Change>), Refusal> {
        // What comes from a device that was revoked may be anybody's. Words wait for somebody who holds the chart, the
        // author herself perhaps; nothing is signed with it, and nothing done that somebody else could not undo.
        if !given.limits.trusted && !self.envelope.command.can_be_undone() {
            return Err(no_longer_allowed());
        }
        let stands =
            |outcome: &Outcome| !matches!(outcome, Outcome::Rejected { .. } | Outcome::Quarantined { .. });
        for dependency in &self.envelope.depends_on {
            if !known.of(*dependency).is_some_and(|became| stands(&became.outcome)) {
                return Err(Refusal::new(
                    RefusalCode::DependencyRefused,
                    "An earlier step that this one builds on was not accepted, so this one was not either. What you \
                     wrote is kept. Settle the earlier step first.",
                ));
            }
        }
        let world = desk.world(&self.needs);
        let ctx = context(caller, self.envelope, desk.grants(), given.at);
        // A command that makes the rules panic must not stop the device's queue for ever.
        let verdict = catch_unwind(AssertUnwindSafe(|| self.envelope.command.decide(&world, &ctx)));
        let decision = verdict.unwrap_or_else(|_| {
            tracing::error!(command = %self.envelope.id, name = self.envelope.command.name(), "a decision panicked");
            Err(not_keepable())
        })?;
        if decision.provisional {
            // On the server only a bucket that is not granted answers "not held".
            return Err(not_allowed());
        }
        Ok((decision.outcome, decision.changes))
    }

    /// Whether the changes of this command need the server's seal.
    pub(super) const fn may_sign(&self) -> bool {
        matches!(self.envelope.command, Command::NoteSign(_) | Command::AddendumSign(_))
    }

    /// What the audit trail says of it: one row for each record that a person would name, or one for the command.
    pub(super) fn events(&self, judged: &Judged) -> Vec<Event> {
        let event = || Event {
            reason: code(&judged.outcome),
            asserted_at: Some(self.envelope.asserted_at),
            ..Event::new(self.envelope.command.name(), outcome_name(&judged.outcome))
        };
        let named = judged
            .changes
            .iter()
            .filter(|change| !matches!(change.key().kind, RecordKind::NoteRevision | RecordKind::BusyBlock));
        let events: Vec<Event> =
            named.map(|change| event().within(change.bucket()).about(change.key())).collect();
        if !events.is_empty() {
            return events;
        }
        vec![match self.needs.first() {
            Some(Need::Record { bucket, key }) => event().within(*bucket).about(*key),
            Some(Need::Children { bucket, .. }) => event().within(*bucket),
            None => event(),
        }]
    }
}

/// The code of a refusal. What a person typed as a reason is never written beside it: it may name anybody.
fn code(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Rejected { code, .. } | Outcome::Quarantined { code } => Some(wire_name(code)),
        _ => None,
    }
}

/// The surroundings of a command's decision.
fn context(
    caller: &Caller,
    envelope: &CommandEnvelope,
    grants: BTreeSet<BucketId>,
    at: DateTime<Utc>,
) -> Context {
    Context {
        practice: caller.practice,
        actor: Actor {
            user: caller.user,
            display_name: caller.display_name.clone(),
            credential: caller.credential.clone(),
            roles: in_force(&caller.roles, caller.zone, &[at]),
            grants,
        },
        device: caller.device,
        command: envelope.id,
        asserted_at: envelope.asserted_at,
        now: at,
        zone: caller.zone,
        side: Side::Server,
    }
}

/// The refusal of a command on something that its sender does not hold.
fn not_allowed() -> Refusal {
    Refusal::new(
        RefusalCode::NotAllowed,
        "You do not have access to this record. Nothing was changed. Ask your practice manager if you need it.",
    )
}

/// The refusal of what a device may not do once its access has ended.
fn no_longer_allowed() -> Refusal {
    Refusal::new(
        RefusalCode::NotAllowed,
        "This device's access has ended, and this cannot be undone, so it was not done. Nothing was changed. Do it on a \
         device that has access.",
    )
}

/// The refusal of a command whose effects cannot be stored, for no reason that its sender could know.
pub(super) fn not_keepable() -> Refusal {
    Refusal::new(
        RefusalCode::Invalid,
        "The server could not store this change and left everything as it was. What you wrote is kept. Tell your \
         administrator.",
    )
}

/// The refusal of a booking that another one, made at the same moment, was faster than.
pub(super) fn slot_taken() -> Refusal {
    Refusal::new(
        RefusalCode::SlotTaken,
        "The clinician is already booked at this time. The schedule is as it was. Choose another time, or book beside \
         the other appointment on purpose.",
    )
}

impl From<Misfit> for Refusal {
    fn from(misfit: Misfit) -> Self {
        tracing::warn!(%misfit, "a decision does not fit what is kept");
        not_keepable()
    }
}

/// The clients whose grants rest on what these changes write: new ones, and those whose assignments change.
fn regrants(desk: &Desk<'_>, changes: &[Change]) -> Vec<ClientId> {
    let client = |change: &Change| match change {
        Change::Put { bucket, record: Record::Client(client) } => {
            desk.standing_record(*bucket, change.key()).is_none().then_some(client.id)
        }
        Change::Put { record: Record::Assignment(assignment), .. } => Some(assignment.client),
        Change::Put { .. } | Change::Delete { .. } => None,
    };
    changes.iter().filter_map(client).collect()
}

/// Which of these changes concern the narrow tables.
fn concerning(desk: &Desk<'_>, changes: &[Change]) -> Vec<usize> {
    let concerns = |(_, change): &(usize, &Change)| {
        let standing = desk.standing_record(change.bucket(), change.key());
        narrow::concerns(change, standing)
    };
    changes.iter().enumerate().filter(concerns).map(|(n, _)| n).collect()
}

/// How many records these changes make that are not there, and how many facts they overrule that their sender had not
/// seen: what tells two effects apart that have one outcome.
fn made(desk: &Desk<'_>, changes: &[Change]) -> u32 {
    let count = |change: &Change| match change {
        Change::Put { bucket, record } => match (desk.standing_record(*bucket, change.key()), record) {
            (None, _) => 1,
            (Some(Record::Client(before)), Record::Client(after)) => {
                after.replaced.iter().filter(|fact| fact.unseen && !before.replaced.contains(fact)).count()
            }
            (Some(_), _) => 0,
        },
        Change::Delete { .. } => 0,
    };
    u32::try_from(changes.iter().map(count).sum::<usize>()).unwrap_or(u32::MAX)
}

/// Whether two outcomes are the same for whoever gave the command: what they say to people may be worded anew.
fn alike(one: &Outcome, other: &Outcome) -> bool {
    match (one, other) {
        (Outcome::Rejected { code: one, .. }, Outcome::Rejected { code: other, .. }) => one == other,
        (Outcome::Noop { .. }, Outcome::Noop { .. }) => true,
        _ => one == other,
    }
}

/// An outcome's name.
pub(super) const fn outcome_name(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Applied => "applied",
        Outcome::Merged { .. } => "merged",
        Outcome::Converted { .. } => "converted",
        Outcome::Parked { .. } => "parked",
        Outcome::Quarantined { .. } => "quarantined",
        Outcome::Noop { .. } => "noop",
        Outcome::Rejected { .. } => "rejected",
    }
}
