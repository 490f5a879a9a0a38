//! Epochs of the log. A restore from backup ends one: what the old tree's leaves after the backup said is gone from the
//! server, and a signed bridge says so to everybody who has seen them. An epoch is in force in one place only, so that a
//! database that was restored by whatever means is found out before it serves.

use crate::audit::{self, Event};
use crate::caller::Acting;
use crate::db::Tx;
use crate::http::failure::{Failure, Outcome};
use crate::server::Server;
use crate::statement::{row, statements};
use crate::{leases, log};
use chrono::{DateTime, TimeDelta, Utc};
use mentalspace_crypto::Sha256;
use mentalspace_crypto::signing::Signature;
use mentalspace_domain::ids::{KeyId, PracticeId};
use mentalspace_protocol::session::EpochBridge;
use serde::Serialize;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

/// Bridges that one hello carries at most: nobody restores a server that often.
const MOST_BRIDGES: i64 = 32;
/// How long devices wait for each other where nobody has announced the restore.
const UNANNOUNCED: TimeDelta = TimeDelta::hours(24);

row! {
    pub(crate) struct HeadRow {
        log_epoch: Uuid,
        size: Option<i64>,
        root: Option<Vec<u8>>,
    }
}

row! {
    pub(crate) struct BridgeRow {
        to_epoch: Uuid,
        from_epoch: Uuid,
        from_size: i64,
        from_root: Vec<u8>,
        at: DateTime<Utc>,
        key_id: Uuid,
        signature: Vec<u8>,
    }
}

row! {
    pub(crate) struct PlaceRow {
        place: String,
    }
}

row! {
    pub(crate) struct HomeRow {
        practice_id: Uuid,
        home: Option<String>,
    }
}

statements! {
    LAST_HEAD: HeadRow = "
        SELECT p.log_epoch, h.size, h.root FROM practice p
        LEFT JOIN LATERAL (
            SELECT size, root FROM log_head
            WHERE practice_id = p.practice_id AND log_epoch = p.log_epoch
            ORDER BY size DESC LIMIT 1) h ON true
        WHERE p.practice_id = $1
        FOR NO KEY UPDATE OF p";

    BEGIN: () = "
        UPDATE practice SET log_epoch = $2, home = $3, reunion_until = $4 WHERE practice_id = $1";

    /// A month after the last time: nobody keeps it open by saying so again and again.
    REUNITE: () = "
        UPDATE practice SET reunion_until = $2
        WHERE practice_id = $1 AND (reunion_until IS NULL OR reunion_until < $3)";

    SETTLE_HERE: () = "UPDATE practice SET home = $2 WHERE practice_id = $1";

    /// What stood in the old tree behind its last head waits for the sequencer once more.
    UNDER_NO_HEAD: () = "
        INSERT INTO audit_batch (practice_id, at, batch)
        SELECT DISTINCT practice_id, at, batch FROM log_leaf
        WHERE practice_id = $1 AND log_epoch = $2 AND idx >= $3
        ON CONFLICT DO NOTHING";

    PUT_BRIDGE: () = "
        INSERT INTO log_bridge (practice_id, to_epoch, from_epoch, from_size, from_root, at, key_id, signature)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

    BRIDGES: BridgeRow = "
        SELECT to_epoch, from_epoch, from_size, from_root, at, key_id, signature FROM log_bridge
        WHERE practice_id = $1 ORDER BY at DESC LIMIT $2";

    /// The cluster by its own identifier, its timeline, which every recovery to an earlier moment changes, and the
    /// database by its number, which a database that is made anew never has again.
    PLACE: PlaceRow = "
        SELECT format('%s/%s/%s', c.system_identifier, left(pg_walfile_name(pg_current_wal_lsn()), 8), d.oid) AS place
        FROM pg_control_system() c, pg_database d WHERE d.datname = current_database()";

    HOMES: HomeRow = "SELECT practice_id, home FROM practice_homes()";
}

/// The signed part of an [`EpochBridge`].
#[derive(Serialize)]
struct Signed<'a> {
    form: &'a str,
    practice: PracticeId,
    from_epoch: Uuid,
    from_size: u64,
    from_root: &'a str,
    to_epoch: Uuid,
    at: DateTime<Utc>,
    key: KeyId,
}

/// Begins a new epoch, as every restore from backup must: devices then start their cursors anew and offer again what
/// they keep. The bridge names the last head of the old tree that anybody can have witnessed and that is left, and an
/// entry of the new log repeats it. Entries that the old tree had under no head yet come under the new one's. For as
/// long as `reunion`, what a device offers again waits for what it was built on where that is still on another device.
///
/// # Errors
/// The sealing key does not open under this server's key-encryption key; or as the database says. Nothing was changed.
pub async fn begin(server: &Server, acting: &Acting, reunion: TimeDelta) -> Outcome<EpochBridge> {
    let tx = server.db.begin(acting).await?;
    let bridge = begin_in(server, &tx, acting, reunion).await?;
    tx.commit().await?;
    Ok(bridge)
}

async fn begin_in(server: &Server, tx: &Tx, acting: &Acting, reunion: TimeDelta) -> Outcome<EpochBridge> {
    let (epoch, at) = (server.new_id()?, server.now());
    let practice = acting.practice.uuid();
    // What the sequencer is about to put into the old tree is there, or comes into the new one.
    log::after_sequencer(tx, acting.practice).await?;
    let before = tx.one(&LAST_HEAD, &[&practice]).await?;
    let place = place(tx).await?;
    let key = leases::seal_key(server, tx, acting.practice).await?;
    let root = before.root.unwrap_or_default();
    let from_root = match root.as_slice() {
        [] => String::new(),
        bytes => Sha256::try_from(bytes).map_err(Failure::internal)?.to_hex(),
    };
    let from_size = before.size.unwrap_or_default();
    let signed = Signed {
        form: EpochBridge::FORM,
        practice: acting.practice,
        from_epoch: before.log_epoch,
        from_size: u64::try_from(from_size).map_err(Failure::internal)?,
        from_root: &from_root,
        to_epoch: epoch,
        at,
        key: key.id,
    };
    let bytes = mentalspace_crypto::canonical::to_vec(&signed).map_err(Failure::internal)?;
    let signature = key.sign(&bytes)?;
    tx.run(&BEGIN, &[&practice, &epoch, &place, &(at + reunion)]).await?;
    let parameters: [&(dyn ToSql + Sync); 8] = [
        &practice,
        &epoch,
        &before.log_epoch,
        &from_size,
        &root,
        &at,
        &key.id.uuid(),
        &signature.as_bytes().as_slice(),
    ];
    tx.run(&PUT_BRIDGE, &parameters).await?;
    tx.run(&UNDER_NO_HEAD, &[&practice, &before.log_epoch, &from_size]).await?;
    let said = format!("continues {} at {from_size} {from_root}", before.log_epoch);
    let event = Event::new("epoch_begin", "applied").because(said);
    audit::record(tx, acting, at, server.new_id()?, vec![event]).await?;
    Ok(EpochBridge {
        form: signed.form.to_owned(),
        practice: acting.practice,
        from_epoch: before.log_epoch,
        from_size: signed.from_size,
        from_root: from_root.clone(),
        to_epoch: epoch,
        at,
        key: key.id,
        signature: signature.to_hex(),
    })
}

/// Which database this is.
///
/// # Errors
/// It does not say: it is being recovered.
pub(crate) async fn place(tx: &Tx) -> Outcome<String> {
    Ok(tx.one(&PLACE, &[]).await?.place)
}

/// Lets devices that give back wait for each other, from the moment on in which a device has shown that the server was
/// set back: nobody has said so, but they come back all the same.
///
/// # Errors
/// As the database says.
pub(crate) async fn reunite(server: &Server, practice: PracticeId) -> Outcome<()> {
    let now = server.now();
    let acting = Acting::machinery(practice, server.new_id()?);
    let tx = server.db.begin(&acting).await?;
    let (until, before) = (now + UNANNOUNCED, now - TimeDelta::days(30));
    if tx.run(&REUNITE, &[&practice.uuid(), &until, &before]).await? == 0 {
        return tx.rollback().await;
    }
    let event = Event::new("reunion_begin", "applied").because("a device has seen a later head of the log");
    audit::record(&tx, &acting, now, server.new_id()?, vec![event]).await?;
    tx.commit().await
}

/// The epoch in force, and the leaves under its last signed head.
///
/// # Errors
/// As the database says.
pub(crate) async fn last_head(server: &Server, acting: &Acting) -> Outcome<(Uuid, u64)> {
    let tx = server.db.begin(acting).await?;
    let head = tx.one(&LAST_HEAD, &[&acting.practice.uuid()]).await?;
    tx.rollback().await?;
    Ok((head.log_epoch, u64::try_from(head.size.unwrap_or_default()).map_err(Failure::internal)?))
}

/// The practice's bridges, oldest first.
///
/// # Errors
/// As the database says.
pub(crate) async fn bridges(server: &Server, acting: &Acting) -> Outcome<Vec<EpochBridge>> {
    let tx = server.db.begin(acting).await?;
    let rows = tx.rows(&BRIDGES, &[&acting.practice.uuid(), &MOST_BRIDGES]).await?;
    tx.rollback().await?;
    rows.iter().rev().map(|row| bridge(acting.practice, row)).collect()
}

fn bridge(practice: PracticeId, row: &BridgeRow) -> Outcome<EpochBridge> {
    let from_root = match row.from_root.as_slice() {
        [] => String::new(),
        bytes => Sha256::try_from(bytes).map_err(Failure::internal)?.to_hex(),
    };
    Ok(EpochBridge {
        form: EpochBridge::FORM.to_owned(),
        practice,
        from_epoch: row.from_epoch,
        from_size: u64::try_from(row.from_size).map_err(Failure::internal)?,
        from_root,
        to_epoch: row.to_epoch,
        at: row.at,
        key: KeyId::new(row.key_id),
        signature: Signature::try_from(row.signature.as_slice()).map_err(Failure::internal)?.to_hex(),
    })
}

/// The practices whose epoch was begun in another place than this database is now: it was restored or recovered, and
/// nobody has told the devices. One that has no place yet is given this one.
///
/// # Errors
/// As the database says.
pub async fn strangers(server: &Server) -> Outcome<Vec<PracticeId>> {
    let place = server.db.ask(&PLACE, &[]).await?.into_iter().next();
    let place = place.ok_or_else(|| Failure::internal("the database does not say which it is"))?.place;
    let mut strangers = Vec::new();
    for row in server.db.ask(&HOMES, &[]).await? {
        let practice = PracticeId::new(row.practice_id);
        match row.home {
            Some(home) if home == place => {}
            Some(_) => strangers.push(practice),
            None => {
                let tx = server.db.begin(&Acting::machinery(practice, server.new_id()?)).await?;
                tx.run(&SETTLE_HERE, &[&practice.uuid(), &place]).await?;
                tx.commit().await?;
            }
        }
    }
    Ok(strangers)
}
