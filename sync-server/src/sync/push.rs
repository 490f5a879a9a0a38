//! Push: a device hands over its commands in order. One transaction per batch; every command ends in exactly one
//! durable outcome, and a command that fails stops none of those behind it.

use super::batch::{Batch, Limits};
use super::results::Known;
use crate::caller::Caller;
use crate::db::Tx;
use crate::http::failure::{Failure, Outcome};
use crate::records::{Bar, Filing};
use crate::server::Server;
use crate::statement::{row, statements};
use mentalspace_domain::ids::CommandId;
use mentalspace_protocol::error::{ErrorCode, Position};
use mentalspace_protocol::limits::MAX_PUSH_COMMANDS;
use mentalspace_protocol::push::{CommandResult, PushAnswer, PushRequest, PushedCommand};
use std::collections::BTreeSet;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

/// Times that a batch is decided anew because somebody else moved a record between reading and writing it.
const ATTEMPTS: usize = 3;

row! {
    pub(crate) struct DeviceRow {
        last_seq: i64,
        status: String,
        log_epoch: Uuid,
        reuniting: bool,
    }
}

statements! {
    LOCK_DEVICE: DeviceRow = "
        SELECT d.last_seq, d.status, p.log_epoch,
               d.status = 'active' AND coalesce(p.reunion_until > $4, false) AS reuniting
        FROM device d JOIN practice p ON p.practice_id = d.practice_id
        WHERE d.practice_id = $1 AND d.device_id = $2 AND d.user_id = $3
        FOR NO KEY UPDATE OF d";
}

/// Processes a batch and gives what became of each command. Durable when it returns.
///
/// # Errors
/// `EpochChanged`, `SequenceGap` and `DeviceFork` with where the server stands; `Busy` when others stood in the way.
/// In every case nothing of the batch was recorded.
pub async fn push(server: &Server, caller: &Caller, request: &PushRequest) -> Outcome<PushAnswer> {
    check(&request.commands)?;
    let mut barred = BTreeSet::new();
    let (mut moved, mut without) = (0, 0);
    while moved < ATTEMPTS && without <= request.commands.len() {
        match attempt(server, caller, request, &barred).await {
            Err(Filing::Moved) => moved += 1,
            // Without those, what they stood before may come to light.
            Err(Filing::Barred(bars)) => {
                barred.extend(bars);
                without += 1;
            }
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
    let ids: [&(dyn ToSql + Sync); 4] =
        [&caller.practice.uuid(), &caller.device.uuid(), &caller.user.uuid(), &at];
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
        return Ok(PushAnswer { processed_seq: device.last_seq, results, waiting: false });
    }
    let trusted = device.status == "active";
    let mut batch = Batch::new(server, caller, &tx, at, known, Limits { barred, trusted });
    let waiting = batch.decide(&fresh, device.reuniting).await?;
    if waiting && batch.is_empty() {
        tx.rollback().await?;
        return Ok(PushAnswer { processed_seq: device.last_seq, results, waiting });
    }
    let finished = batch.finish(request.device_time, &acting).await?;
    tx.commit().await?;
    server.pokes.tell(caller.practice, finished.told, Some(caller.device));
    if finished.clerk {
        server.clerk.note(caller.practice);
    }
    results.extend(finished.results);
    Ok(PushAnswer { processed_seq: finished.last_seq, results, waiting })
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
    let became = known.of(command.envelope.id)?;
    Some(CommandResult {
        seq: command.seq,
        id: command.envelope.id,
        outcome: became.outcome.clone(),
        decided_at: became.decided_at,
        made: became.made,
    })
}
