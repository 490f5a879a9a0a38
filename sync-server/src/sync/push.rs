//! Push: a device hands over its commands in order. One transaction per batch; every command ends in exactly one
//! durable outcome, and a command that fails stops none of those behind it.

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
use crate::statement::{row, statements};
use crate::{grants, leases};
use chrono::{DateTime, NaiveDate, Utc};
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::ids::{ClientId, CommandId, UserId};
use mentalspace_domain::record::RecordKind;
use mentalspace_domain::world::Need;
use mentalspace_protocol::error::{ErrorCode, Position};
use mentalspace_protocol::limits::MAX_PUSH_COMMANDS;
use mentalspace_protocol::push::{CommandResult, PushAnswer, PushRequest, PushedCommand};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

/// Times that a batch is decided anew because somebody else moved a record between reading and writing it.
const ATTEMPTS: usize = 3;

row! {
    pub(crate) struct DeviceRow {
        last_seq: i64,
        log_epoch: Uuid,
    }
}

statements! {
    LOCK_DEVICE: DeviceRow = "
        SELECT d.last_seq, p.log_epoch
        FROM device d JOIN practice p ON p.practice_id = d.practice_id
        WHERE d.practice_id = $1 AND d.device_id = $2 AND d.user_id = $3
        FOR NO KEY UPDATE OF d";

    ADVANCE: () = "
        UPDATE device SET last_seq = $3, last_contact = $4, schema_version = $5
        WHERE practice_id = $1 AND device_id = $2";
}

/// Processes a batch and gives what became of each command. Durable when it returns.
///
/// # Errors
/// `EpochChanged`, `SequenceGap` and `DeviceFork` with where the server stands; `Busy` when others stood in the way.
/// In every case nothing of the batch was recorded.
pub async fn push(server: &Server, caller: &Caller, request: &PushRequest) -> Outcome<PushAnswer> {
    check(&request.commands)?;
    let mut barred = BTreeSet::new();
    let mut moved = 0;
    while moved < ATTEMPTS && barred.len() <= request.commands.len() {
        match attempt(server, caller, request, &barred).await {
            Err(Filing::Moved) => moved += 1,
            Err(Filing::Barred(bar)) => drop(barred.insert(bar)),
            Err(Filing::Failed(failure)) => return Err(failure),
            Ok(answer) => return Ok(answer),
        }
    }
    Err(Failure::busy(1))
}

/// The form of a batch: not too many, numbered without a gap.
fn check(commands: &[PushedCommand]) -> Outcome<()> {
    if commands.len() > MAX_PUSH_COMMANDS {
        let message =
            format!("A push holds at most {MAX_PUSH_COMMANDS} commands. Nothing of this one was recorded.");
        return Err(Failure::new(ErrorCode::TooLarge, message));
    }
    let first = commands.first().map_or(1, |command| command.seq);
    if first < 1 || (first..).zip(commands).any(|(seq, command)| seq != command.seq) {
        return Err(Failure::malformed("the numbers of the commands are not in order"));
    }
    Ok(())
}

async fn attempt(
    server: &Server,
    caller: &Caller,
    request: &PushRequest,
    barred: &BTreeSet<Bar>,
) -> Result<PushAnswer, Filing> {
    let at = server.now();
    let day = at.with_timezone(&caller.zone).date_naive();
    let acting = caller.acting(day);
    let tx = server.db.begin(&acting).await?;
    let ids: [&(dyn ToSql + Sync); 3] = [&caller.practice.uuid(), &caller.device.uuid(), &caller.user.uuid()];
    let device = tx.maybe(&LOCK_DEVICE, &ids).await?.ok_or_else(Failure::unauthenticated)?;
    let known = match known(&tx, caller, request, &device).await {
        Ok(known) => known,
        Err(refusal) => {
            tx.rollback().await?;
            return Err(refusal.into());
        }
    };
    let fresh = request.commands.iter().filter(|command| command.seq > device.last_seq).collect::<Vec<_>>();
    let mut results: Vec<CommandResult> =
        request.commands.iter().filter_map(|command| earlier(command, &device, &known)).collect();
    if fresh.is_empty() {
        tx.rollback().await?;
        return Ok(PushAnswer { processed_seq: device.last_seq, results });
    }
    let mut batch = Batch {
        server,
        caller,
        tx: &tx,
        at,
        day,
        desk: Desk::new(server, caller.practice),
        known,
        seal: None,
        barred,
        told: BTreeSet::new(),
        decided: Vec::new(),
        kept: Vec::new(),
        events: Vec::new(),
    };
    batch.decide(&fresh).await?;
    let finished = batch.finish(request.device_time, &acting).await?;
    tx.commit().await?;
    server.pokes.tell(caller.practice, finished.told, Some(caller.device));
    results.extend(finished.results);
    Ok(PushAnswer { processed_seq: finished.last_seq, results })
}

/// What is known of the batch already, once it is clear that the batch continues where the device stands.
async fn known(tx: &Tx, caller: &Caller, request: &PushRequest, device: &DeviceRow) -> Outcome<Known> {
    let position = Position { log_epoch: device.log_epoch, processed_seq: device.last_seq };
    if request.log_epoch != device.log_epoch {
        return Err(Failure::new(
            ErrorCode::EpochChanged,
            "The server was restored from a backup. Nothing is lost: this device sends what it keeps again.",
        )
        .at(position));
    }
    let (Some(first), Some(last)) = (request.commands.first(), request.commands.last()) else {
        return Ok(Known::default());
    };
    if first.seq > device.last_seq + 1 {
        return Err(Failure::new(
            ErrorCode::SequenceGap,
            "Something between this and what the server has is missing. Nothing was recorded; this device sends it.",
        )
        .at(position));
    }
    let ids: BTreeSet<CommandId> = request
        .commands
        .iter()
        .flat_map(|command| command.envelope.depends_on.iter().copied().chain([command.envelope.id]))
        .collect();
    let ids: Vec<CommandId> = ids.into_iter().collect();
    let known = Known::load(tx, caller.practice, caller.device, (first.seq, last.seq), &ids).await?;
    for command in request.commands.iter().filter(|command| command.seq <= device.last_seq) {
        if known.at(command.seq) != Some(command.envelope.id) {
            return Err(Failure::new(
                ErrorCode::DeviceFork,
                "This device was restored from a copy of itself. What you wrote is safe; set the device up anew and \
                 it is sent.",
            )
            .at(position));
        }
    }
    Ok(known)
}

/// The stored result of a command that was processed before.
fn earlier(command: &PushedCommand, device: &DeviceRow, known: &Known) -> Option<CommandResult> {
    if command.seq > device.last_seq {
        return None;
    }
    let (outcome, decided_at) = known.of(command.envelope.id)?;
    Some(CommandResult {
        seq: command.seq,
        id: command.envelope.id,
        outcome: outcome.clone(),
        decided_at: *decided_at,
    })
}

/// A batch at work.
struct Batch<'a> {
    server: &'a Server,
    caller: &'a Caller,
    tx: &'a Tx,
    at: DateTime<Utc>,
    day: NaiveDate,
    desk: Desk<'a>,
    known: Known,
    seal: Option<Arc<SealKey>>,
    barred: &'a BTreeSet<Bar>,
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
    /// Decides the commands in order, each seeing what those before it did.
    async fn decide(&mut self, fresh: &[&'a PushedCommand]) -> Outcome<()> {
        let cases: Vec<Case<'a>> = fresh
            .iter()
            .map(|command| Case::new(command.seq, &command.envelope, self.caller, self.at))
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
                    self.refuse(run, &failure);
                    next += 1;
                }
            }
        }
        Ok(())
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
            let given = Given { at: self.at, seal: self.seal.as_deref(), barred: self.barred };
            let judged = case.judge(&mut self.desk, &self.known, self.caller, &given)?;
            self.known.remember(id, judged.outcome.clone(), self.at);
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
            self.known.remember(case.envelope.id, judged.outcome.clone(), self.at);
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
            let (practice, day, at) = (self.caller.practice, self.day, self.at);
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
        let (outcome, decided_at) = self
            .known
            .of(envelope.id)
            .cloned()
            .unwrap_or_else(|| (case.refused(not_keepable()).outcome, self.at));
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
        self.decided.push(Decided { seq, envelope, outcome, decided_at, repeated });
    }

    /// Writes everything: results, quarantine, audit, and last the records with the heads of their buckets.
    async fn finish(mut self, device_time: DateTime<Utc>, acting: &Acting) -> Result<Finished, Filing> {
        let (server, tx, practice, device) = (self.server, self.tx, self.caller.practice, self.caller.device);
        let last_seq = self.decided.last().map_or(0, |decided| decided.seq);
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
        Ok(Finished { told: self.told.into_iter().collect(), last_seq, results })
    }
}

/// A batch that only waits for its commit.
struct Finished {
    told: Vec<UserId>,
    last_seq: i64,
    results: Vec<CommandResult>,
}

/// Whether the hash of such a record gets its place in the log.
const fn is_signed(kind: RecordKind) -> bool {
    matches!(
        kind,
        RecordKind::NoteVersion | RecordKind::Signature | RecordKind::Receipt | RecordKind::RefusedSignature
    )
}
