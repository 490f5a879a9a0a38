//! A batch of commands at work inside its transaction: decided in order, stored together, and where one of them does
//! not fit, taken apart.

use super::judge::{Case, Given, Judged, not_keepable, slot_taken};
use super::quarantine::{self, Kept};
use super::results::{self, Decided, Known};
use crate::audit::{self, Event};
use crate::caller::{Acting, Caller};
use crate::db::{SqlFailure, Tx};
use crate::http::failure::{Failure, Outcome};
use crate::records::narrow::Narrow;
use crate::records::{Bar, Desk, Filing, Part};
use crate::sealing::SealKey;
use crate::server::Server;
use crate::statement::statements;
use crate::{grants, leases};
use chrono::{DateTime, Utc};
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::decision::RefusalCode;
use mentalspace_domain::ids::{ClientId, UserId};
use mentalspace_domain::record::RecordKind;
use mentalspace_domain::world::Need;
use mentalspace_protocol::push::{CommandResult, PushedCommand};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio_postgres::types::ToSql;

statements! {
    ADVANCE: () = "
        UPDATE device SET last_seq = $3, last_contact = $4, schema_version = $5
        WHERE practice_id = $1 AND device_id = $2";
}

/// What a batch may not do, whatever its commands say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits<'a> {
    /// What an earlier attempt found that it cannot write.
    pub(super) barred: &'a BTreeSet<Bar>,
    /// False for a device that was revoked: who has it in hand is not known.
    pub(super) trusted: bool,
}

/// A batch at work.
pub(super) struct Batch<'a> {
    server: &'a Server,
    caller: &'a Caller,
    tx: &'a Tx,
    at: DateTime<Utc>,
    desk: Desk<'a>,
    known: Known,
    seal: Option<Arc<SealKey>>,
    limits: Limits<'a>,
    /// Whose grants changed: they are told as well, those who lost something first of all.
    told: BTreeSet<UserId>,
    decided: Vec<Decided<'a>>,
    kept: Vec<Kept<'a>>,
    events: Vec<Event>,
}

/// Commands decided together, before their narrow rows are written.
struct Run<'r, 'a> {
    /// Each with its judgement; without one where the command had been decided before, under another number.
    cases: Vec<(&'r Case<'a>, Option<Judged>)>,
    narrow: Narrow,
    part: Part,
}

impl<'a> Batch<'a> {
    /// A batch that came in at `at`, with what is known of its commands already.
    pub(super) fn new(
        server: &'a Server,
        caller: &'a Caller,
        tx: &'a Tx,
        at: DateTime<Utc>,
        known: Known,
        limits: Limits<'a>,
    ) -> Self {
        Self {
            server,
            caller,
            tx,
            at,
            desk: Desk::new(server, caller.practice),
            known,
            seal: None,
            limits,
            told: BTreeSet::new(),
            decided: Vec::new(),
            kept: Vec::new(),
            events: Vec::new(),
        }
    }

    /// Whether nothing has been decided.
    pub(super) const fn is_empty(&self) -> bool {
        self.decided.is_empty()
    }

    /// Decides the commands in order, each seeing what those before it did. While devices come back to a restored server
    /// (`reuniting`), one that would not come out as it had before waits, and those behind it: gives whether one does.
    pub(super) async fn decide(&mut self, fresh: &[&'a PushedCommand], reuniting: bool) -> Outcome<bool> {
        let cases: Vec<Case<'a>> = fresh
            .iter()
            .map(|command| {
                let before = command.before.as_ref().filter(|_| reuniting);
                Case::new(command.seq, &command.envelope, before, self.caller, self.at)
            })
            .collect();
        let needs: BTreeSet<Need> = cases.iter().flat_map(|case| case.needs.iter().copied()).collect();
        self.desk.fetch(self.tx, &needs.into_iter().collect::<Vec<_>>()).await?;
        if cases.iter().any(Case::may_sign) {
            self.seal = Some(leases::seal_key(self.server, self.tx, self.caller.practice).await?);
        }
        let mut next = 0;
        let mut singly_until = 0;
        while next < cases.len() {
            let end = if next < singly_until { next + 1 } else { cases.len() };
            let run = self.run(cases.get(next..end).unwrap_or_default())?;
            let length = run.cases.len();
            if length == 0 {
                return Ok(true);
            }
            match self.write_narrow(&run.narrow).await? {
                None => {
                    self.accept(run).await?;
                    next += length;
                }
                // One command of several does not fit: find out which by going through them one by one.
                Some(_) if length > 1 => {
                    self.take_back(&run);
                    singly_until = next + length;
                }
                Some(failure) => {
                    self.take_back(&run);
                    let expected = RefusalCode::SlotTaken;
                    if run.cases.iter().any(|(case, _)| case.was_accepted(expected)) {
                        return Ok(true);
                    }
                    self.refuse(run, &failure);
                    next += 1;
                }
            }
        }
        Ok(false)
    }

    /// Decides from the first of these cases on, up to one after which grants must be worked out anew.
    fn run<'r>(&mut self, cases: &'r [Case<'a>]) -> Outcome<Run<'r, 'a>> {
        let mut run = Run { cases: Vec::new(), narrow: Narrow::default(), part: self.desk.begin_part() };
        for case in cases {
            let id = case.envelope.id;
            if self.known.of(id).is_some() {
                run.cases.push((case, None));
                continue;
            }
            let given = Given { at: self.at, seal: self.seal.as_deref(), limits: self.limits };
            if case.must_wait(&self.desk, &self.known, self.caller, &given) {
                break;
            }
            let judged = case.judge(&mut self.desk, &self.known, self.caller, &given)?;
            self.known.remember(id, judged.became(self.at));
            for change in judged.narrow.iter().filter_map(|n| judged.changes.get(*n)) {
                run.narrow.take(change);
            }
            let regrants = !judged.regrant.is_empty();
            run.cases.push((case, Some(judged)));
            if regrants {
                break;
            }
        }
        Ok(run)
    }

    /// Writes the narrow rows of a run. Gives the failure where the data of some command stands in the way; the
    /// transaction then stands where it stood before.
    async fn write_narrow(&self, narrow: &Narrow) -> Outcome<Option<SqlFailure>> {
        if narrow.is_empty() {
            return Ok(None);
        }
        self.tx.mark().await?;
        match narrow.write(self.tx, self.caller.practice.uuid()).await {
            Ok(()) => self.tx.keep_part().await.map(|()| None),
            Err(failure) if failure.is_about_the_data() => self.tx.undo_part().await.map(|()| Some(failure)),
            Err(failure) => Err(failure.into()),
        }
    }

    fn take_back(&mut self, run: &Run<'_, '_>) {
        self.desk.take_back(run.part);
        for (case, judged) in &run.cases {
            if judged.is_some() {
                self.known.forget(case.envelope.id);
            }
        }
    }

    /// Refuses the one command of a run that the database does not take.
    fn refuse(&mut self, run: Run<'_, 'a>, failure: &SqlFailure) {
        let refusal = if failure.is_overlap() { slot_taken() } else { not_keepable() };
        for (case, _) in run.cases {
            if !failure.is_overlap() {
                let code = failure.code().map(tokio_postgres::error::SqlState::code);
                tracing::error!(command = %case.envelope.id, name = case.envelope.command.name(), code, "a command cannot be stored");
            }
            let judged = case.refused(refusal.clone());
            self.known.remember(case.envelope.id, judged.became(self.at));
            self.settle(case, Some(judged));
        }
    }

    async fn accept(&mut self, run: Run<'_, 'a>) -> Outcome<()> {
        let mut clients: BTreeSet<ClientId> = BTreeSet::new();
        for (case, judged) in run.cases {
            clients.extend(judged.iter().flat_map(|judged| judged.regrant.iter().copied()));
            self.settle(case, judged);
        }
        if !clients.is_empty() {
            let clients: Vec<ClientId> = clients.into_iter().collect();
            let (practice, at) = (self.caller.practice, self.at);
            let day = grants::today(self.server, self.tx, practice).await?;
            let changed = grants::for_clients(self.server, self.tx, practice, &clients, day, at).await?;
            self.told.extend(changed.users);
            self.desk.relearn(self.tx, clients.into_iter().flat_map(grants::chart)).await?;
        }
        Ok(())
    }

    /// Notes what became of a command: its result, its audit rows and, where it is kept, the command itself.
    fn settle(&mut self, case: &Case<'a>, judged: Option<Judged>) {
        let Case { seq, envelope, .. } = *case;
        let repeated = judged.is_none();
        let became = self.known.of(envelope.id).cloned();
        let became = became.unwrap_or_else(|| case.refused(not_keepable()).became(self.at));
        match judged {
            Some(judged) => {
                self.events.extend(case.events(&judged));
                self.kept.extend(judged.kept.map(|code| Kept { envelope, code }));
            }
            None => self.events.push(Event {
                asserted_at: Some(envelope.asserted_at),
                ..Event::new(envelope.command.name(), "repeated")
            }),
        }
        self.decided.push(Decided { seq, envelope, became, repeated });
    }

    /// Writes everything: results, quarantine, audit, and last the records with the heads of their buckets.
    pub(super) async fn finish(
        mut self,
        device_time: DateTime<Utc>,
        acting: &Acting,
    ) -> Result<Finished, Filing> {
        let (server, tx, practice, device) = (self.server, self.tx, self.caller.practice, self.caller.device);
        let last_seq = self.decided.last().map_or(0, |decided| decided.seq);
        let rules = |decided: &Decided<'_>| decided.envelope.command.rules_on_quarantine();
        let clerk = !self.kept.is_empty() || self.decided.iter().any(rules);
        let skew = (device_time - self.at).num_milliseconds();
        let prepared = self.desk.prepare(tx).await?;
        for event in &mut self.events {
            event.content = event
                .record
                .filter(|key| is_signed(key.kind))
                .and_then(|key| prepared.content.get(&key).copied());
        }
        if !self.kept.is_empty() {
            let own = Bucket::practice(practice);
            self.desk.learn_buckets(tx, std::iter::once(own)).await?;
            let key =
                self.desk.data_key(own).ok_or_else(|| Failure::internal("the practice has no bucket"))?;
            quarantine::keep(tx, self.caller, &key, &*server.randomness, self.at, &self.kept).await?;
        }
        let schema = i32::try_from(self.caller.schema).unwrap_or_default();
        let advance: [&(dyn ToSql + Sync); 5] =
            [&practice.uuid(), &device.uuid(), &last_seq, &self.at, &schema];
        let buckets = prepared.buckets();
        let events = std::mem::take(&mut self.events);
        let ((), _, (), told) = tokio::try_join!(
            results::store(tx, practice, device, skew, &self.decided),
            tx.run(&ADVANCE, &advance),
            audit::record(tx, acting, self.at, server.new_id()?, events),
            grants::holders(tx, &buckets),
        )?;
        prepared.file(tx, practice.uuid()).await?;
        let results = self.decided.iter().map(Decided::result).collect();
        self.told.extend(told);
        Ok(Finished { told: self.told.into_iter().collect(), clerk, last_seq, results })
    }
}

/// A batch that only waits for its commit.
pub(super) struct Finished {
    pub(super) told: Vec<UserId>,
    /// Whether the clerk has something to do: work was kept, or decided about.
    pub(super) clerk: bool,
    pub(super) last_seq: i64,
    pub(super) results: Vec<CommandResult>,
}

/// Whether the hash of such a record gets its place in the log.
const fn is_signed(kind: RecordKind) -> bool {
    matches!(
        kind,
        RecordKind::NoteVersion | RecordKind::Signature | RecordKind::Receipt | RecordKind::RefusedSignature
    )
}
