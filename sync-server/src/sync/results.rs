//! What became of commands: stored with their effects, and given back unchanged to every replay.

use crate::db::Tx;
use crate::http::failure::{Failure, Outcome as Answer};
use crate::statement::{row, statements};
use chrono::{DateTime, Utc};
use mentalspace_domain::command::CommandEnvelope;
use mentalspace_domain::decision::Outcome;
use mentalspace_domain::ids::{CommandId, DeviceId, PracticeId};
use mentalspace_protocol::push::CommandResult;
use serde_json::Value;
use std::collections::HashMap;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

row! {
    pub(crate) struct KnownRow {
        device_id: Uuid,
        device_seq: i64,
        command_id: Uuid,
        outcome: Value,
        decided_at: DateTime<Utc>,
        made: i32,
    }
}

row! {
    pub(crate) struct ResultRow {
        device_seq: i64,
        command_id: Uuid,
        outcome: Value,
        decided_at: DateTime<Utc>,
        made: i32,
    }
}

statements! {
    KNOWN: KnownRow = "
        SELECT device_id, device_seq, command_id, outcome, decided_at, made FROM command_result
        WHERE practice_id = $1 AND device_id = $2 AND device_seq BETWEEN $3 AND $4
        UNION
        SELECT device_id, device_seq, command_id, outcome, decided_at, made FROM command_result
        WHERE practice_id = $1 AND command_id = ANY ($5) AND NOT repeated";

    SINCE: ResultRow = "
        SELECT device_seq, command_id, outcome, decided_at, made FROM command_result
        WHERE practice_id = $1 AND device_id = $2 AND device_seq > $3 AND device_seq <= $4
        ORDER BY device_seq";

    STORE: () = "
        INSERT INTO command_result
            (practice_id, device_id, device_seq, command_id, name, outcome, decided_at, asserted_at, clock_skew_ms,
             repeated, made)
        SELECT $1, $2, n.device_seq, n.command_id, n.name, n.outcome, n.decided_at, n.asserted_at, $3, n.repeated,
               n.made
        FROM unnest($4::int8[], $5::uuid[], $6::text[], $7::jsonb[], $8::timestamptz[], $9::timestamptz[],
                    $10::bool[], $11::int4[])
            AS n (device_seq, command_id, name, outcome, decided_at, asserted_at, repeated, made)";
}

/// What is known already of the commands of a batch, and of those that they depend on.
#[derive(Debug, Default)]
pub(super) struct Known {
    by_seq: HashMap<i64, CommandId>,
    by_id: HashMap<CommandId, Became>,
}

/// What became of a command.
#[derive(Clone, Debug)]
pub(super) struct Became {
    pub(super) outcome: Outcome,
    pub(super) decided_at: DateTime<Utc>,
    /// How many records it made that were not there.
    pub(super) made: u32,
}

impl Known {
    pub(super) async fn load(
        tx: &Tx,
        practice: PracticeId,
        device: DeviceId,
        seqs: (i64, i64),
        ids: &[CommandId],
    ) -> Answer<Self> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
        let parameters: [&(dyn ToSql + Sync); 5] = [&practice.uuid(), &device.uuid(), &seqs.0, &seqs.1, &ids];
        let mut known = Self::default();
        for row in tx.rows(&KNOWN, &parameters).await? {
            let id = CommandId::new(row.command_id);
            if row.device_id == device.uuid() && (seqs.0..=seqs.1).contains(&row.device_seq) {
                known.by_seq.insert(row.device_seq, id);
            }
            let became = Became {
                outcome: outcome(row.outcome)?,
                decided_at: row.decided_at,
                made: u32::try_from(row.made).unwrap_or_default(),
            };
            known.by_id.insert(id, became);
        }
        Ok(known)
    }

    /// Which command arrived under this number of the device.
    pub(super) fn at(&self, seq: i64) -> Option<CommandId> {
        self.by_seq.get(&seq).copied()
    }

    /// What became of a command.
    pub(super) fn of(&self, id: CommandId) -> Option<&Became> {
        self.by_id.get(&id)
    }

    /// Forgets a command whose effects were taken back.
    pub(super) fn forget(&mut self, id: CommandId) {
        self.by_id.remove(&id);
    }

    /// Remembers what became of a command just now.
    pub(super) fn remember(&mut self, id: CommandId, became: Became) {
        self.by_id.insert(id, became);
    }
}

/// A result to be stored.
#[derive(Debug)]
pub(super) struct Decided<'a> {
    pub(super) seq: i64,
    pub(super) envelope: &'a CommandEnvelope,
    pub(super) became: Became,
    /// It had been decided before, under another number.
    pub(super) repeated: bool,
}

impl Decided<'_> {
    pub(super) fn result(&self) -> CommandResult {
        CommandResult {
            seq: self.seq,
            id: self.envelope.id,
            outcome: self.became.outcome.clone(),
            decided_at: self.became.decided_at,
            made: self.became.made,
        }
    }
}

/// Stores results. The device's clock is told apart from the server's by `skew_ms`, device minus server.
pub(super) async fn store(
    tx: &Tx,
    practice: PracticeId,
    device: DeviceId,
    skew_ms: i64,
    decided: &[Decided<'_>],
) -> Answer<()> {
    let outcomes = decided
        .iter()
        .map(|one| serde_json::to_value(&one.became.outcome).map_err(Failure::internal))
        .collect::<Answer<Vec<Value>>>()?;
    let seqs: Vec<i64> = decided.iter().map(|one| one.seq).collect();
    let ids: Vec<Uuid> = decided.iter().map(|one| one.envelope.id.uuid()).collect();
    let names: Vec<&str> = decided.iter().map(|one| one.envelope.command.name()).collect();
    let at: Vec<DateTime<Utc>> = decided.iter().map(|one| one.became.decided_at).collect();
    let asserted: Vec<DateTime<Utc>> = decided.iter().map(|one| one.envelope.asserted_at).collect();
    let repeated: Vec<bool> = decided.iter().map(|one| one.repeated).collect();
    let made: Vec<i32> =
        decided.iter().map(|one| i32::try_from(one.became.made).unwrap_or(i32::MAX)).collect();
    let parameters: [&(dyn ToSql + Sync); 11] = [
        &practice.uuid(),
        &device.uuid(),
        &skew_ms,
        &seqs,
        &ids,
        &names,
        &outcomes,
        &at,
        &asserted,
        &repeated,
        &made,
    ];
    tx.run(&STORE, &parameters).await?;
    Ok(())
}

/// The device's results above `after`, up to `to`, in order.
pub(super) async fn since(
    tx: &Tx,
    practice: PracticeId,
    device: DeviceId,
    after: i64,
    to: i64,
) -> Answer<Vec<CommandResult>> {
    let rows = tx.rows(&SINCE, &[&practice.uuid(), &device.uuid(), &after, &to]).await?;
    rows.into_iter()
        .map(|row| {
            Ok(CommandResult {
                seq: row.device_seq,
                id: CommandId::new(row.command_id),
                outcome: outcome(row.outcome)?,
                decided_at: row.decided_at,
                made: u32::try_from(row.made).unwrap_or_default(),
            })
        })
        .collect()
}

fn outcome(value: Value) -> Answer<Outcome> {
    serde_json::from_value(value).map_err(Failure::internal)
}
