//! Commands that could not take effect and held words: kept whole and sealed, for the practice to look at.

use crate::caller::Caller;
use crate::db::Tx;
use crate::http::failure::{Failure, Outcome};
use crate::sealing::quarantine_data;
use crate::statement::statements;
use chrono::{DateTime, Utc};
use mentalspace_crypto::{DataKey, Randomness};
use mentalspace_domain::command::CommandEnvelope;
use mentalspace_domain::decision::RefusalCode;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::records::narrow::wire_name;

statements! {
    KEEP: () = "
        INSERT INTO quarantine
            (practice_id, command_id, user_id, device_id, name, code, sealed_payload, received_at)
        SELECT $1, n.command_id, $2, $3, n.name, n.code, n.payload, $4
        FROM unnest($5::uuid[], $6::text[], $7::text[], $8::bytea[]) AS n (command_id, name, code, payload)
        ON CONFLICT (practice_id, command_id) DO NOTHING";
}

/// A command to keep.
#[derive(Debug)]
pub(super) struct Kept<'a> {
    pub(super) envelope: &'a CommandEnvelope,
    pub(super) code: RefusalCode,
}

/// Keeps these commands, sealed under the practice's own key.
pub(super) async fn keep(
    tx: &Tx,
    caller: &Caller,
    key: &DataKey,
    randomness: &dyn Randomness,
    at: DateTime<Utc>,
    kept: &[Kept<'_>],
) -> Outcome<()> {
    if kept.is_empty() {
        return Ok(());
    }
    let mut payloads = Vec::with_capacity(kept.len());
    for one in kept {
        let bytes = serde_json::to_vec(one.envelope).map_err(Failure::internal)?;
        let data = quarantine_data(caller.practice, one.envelope.id);
        payloads.push(key.seal(&data, &bytes, randomness).map_err(Failure::internal)?);
    }
    let ids: Vec<Uuid> = kept.iter().map(|one| one.envelope.id.uuid()).collect();
    let names: Vec<&str> = kept.iter().map(|one| one.envelope.command.name()).collect();
    let codes: Vec<String> = kept.iter().map(|one| wire_name(&one.code)).collect();
    let parameters: [&(dyn ToSql + Sync); 8] = [
        &caller.practice.uuid(),
        &caller.user.uuid(),
        &caller.device.uuid(),
        &at,
        &ids,
        &names,
        &codes,
        &payloads,
    ];
    tx.run(&KEEP, &parameters).await?;
    Ok(())
}
