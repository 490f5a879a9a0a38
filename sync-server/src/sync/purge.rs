//! Purge: a device says that it has erased a bucket, or everything. A device that is off cannot be erased from here;
//! what was sent to it and not acknowledged as erased stays on record.

use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::http::failure::Outcome;
use crate::server::Server;
use crate::statement::statements;
use mentalspace_protocol::verify::PurgeAckRequest;
use tokio_postgres::types::ToSql;

statements! {
    ACKNOWLEDGE: () = "
        UPDATE device_bucket SET purge_acked = $3, purged_rows = $4
        WHERE practice_id = $1 AND device_id = $2 AND ($5::uuid IS NULL OR bucket_id = $5)";

    /// A device that was to hand over what it had, and has now erased it, has nothing more to say.
    LAY_DOWN: () = "
        UPDATE device SET status = 'revoked' WHERE practice_id = $1 AND device_id = $2 AND status = 'draining'";
}

/// Notes that a bucket, or the whole device, was erased.
///
/// # Errors
/// As the database says.
pub async fn purge_ack(server: &Server, caller: &Caller, request: &PurgeAckRequest) -> Outcome<()> {
    let at = server.now();
    let acting = caller.acting(at.with_timezone(&caller.zone).date_naive());
    let tx = server.db.begin(&acting).await?;
    let bucket = request.bucket.map(mentalspace_domain::ids::BucketId::uuid);
    let ids = (caller.practice.uuid(), caller.device.uuid());
    let parameters: [&(dyn ToSql + Sync); 5] = [&ids.0, &ids.1, &at, &request.rows, &bucket];
    tx.run(&ACKNOWLEDGE, &parameters).await?;
    if bucket.is_none() {
        tx.run(&LAY_DOWN, &[&ids.0, &ids.1]).await?;
    }
    let event = Event {
        rows: Some(request.rows),
        reason: bucket.map(|bucket| bucket.to_string()),
        asserted_at: Some(request.at),
        ..Event::new(
            "purge",
            if request.in_part_unread { "acknowledged_in_part_unread" } else { "acknowledged" },
        )
    };
    audit::record(&tx, &acting, at, server.new_id()?, vec![event]).await?;
    tx.commit().await?;
    if request.in_part_unread {
        tracing::warn!(device = %caller.device, "a device was erased with a damaged file that could not be read to its end");
    }
    Ok(())
}
