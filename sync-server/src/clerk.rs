//! The clerk: lays work from the quarantine into the charts that it was written for, and tells its authors what was
//! decided. It acts as a user that nobody can sign in as, and holds the buckets that it writes in for the length of its
//! own transaction and no longer (docs/decisions/0058).

mod statements;

use crate::audit::{self, Event};
use crate::caller::{Acting, clerk_user};
use crate::db::Tx;
use crate::grants;
use crate::http::failure::{Failure, Outcome};
use crate::records::Desk;
use crate::records::narrow::wire_name;
use crate::sealing::quarantine_data;
use crate::server::Server;
use chrono::{DateTime, Utc};
use mentalspace_crypto::DataKey;
use mentalspace_domain::bucket::{Bucket, BucketKind};
use mentalspace_domain::command::CommandEnvelope;
use mentalspace_domain::decision::{Change, RefusalCode};
use mentalspace_domain::ids::{CommandId, DeviceId, PracticeId, UserId};
use mentalspace_domain::quarantine::{QuarantineNotice, QuarantinedWork};
use mentalspace_domain::record::Record;
use mentalspace_domain::world::Need;
use mentalspace_protocol::limits::MAX_RECORD;
pub(crate) use statements::STATEMENTS;
use statements::{EVER_GRANTED, EverGranted, PLACE, TO_PLACE, TO_TELL, TOLD, ToPlace, ToTell, WAITS};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;

/// Rows that one round takes up.
const MOST: i32 = 200;

/// Practices whose quarantine or whose rulings have moved since the clerk was last there. Lost with the process; every
/// practice is looked at once a minute all the same.
#[derive(Debug, Default)]
pub struct Waiting(Mutex<BTreeSet<PracticeId>>);

impl Waiting {
    /// Something waits in this practice.
    pub(crate) fn note(&self, practice: PracticeId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(practice);
    }

    /// Takes up what was noted.
    pub(crate) fn take(&self) -> BTreeSet<PracticeId> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What one round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Pieces of work laid into charts.
    pub filed: usize,
    /// Pieces that no chart was given.
    pub strays: usize,
    /// Authors' notices written.
    pub told: usize,
    /// Whether there may be more to do.
    pub more: bool,
}

/// Where a piece of work goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Into the chart that it was written for.
    Chart,
    /// Nowhere: its sender has not held that chart. It stays in the quarantine, and is looked at again once she does.
    Stray,
    /// Nowhere: one record cannot hold it. It stays in the quarantine, a stray without a chart beside it, for good.
    TooLarge,
    /// Its author holds the chart still, and has the refused words on her device: for as long as both are so.
    Author,
}

impl Place {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Chart => "chart",
            Self::Stray | Self::TooLarge => "stray",
            Self::Author => "author",
        }
    }
}

/// One round in one practice.
///
/// # Errors
/// As the database says; nothing of the round was then kept.
pub async fn round(server: &Server, practice: PracticeId) -> Outcome<Round> {
    let at = server.now();
    let acting = Acting::clerk(practice, server.new_id()?);
    let tx = server.db.begin(&acting).await?;
    // Most rounds find nothing, and none of them keeps anybody waiting.
    if !tx.one(&WAITS, &[]).await?.waits {
        tx.rollback().await?;
        return Ok(Round::default());
    }
    // Heads move below and grants change with them: nobody else may do either meanwhile.
    grants::alone(&tx, practice).await?;
    let rows = tx.rows(&TO_PLACE, &[&MOST]).await?;
    let rulings = tx.rows(&TO_TELL, &[&MOST]).await?;
    if rows.is_empty() && rulings.is_empty() {
        tx.rollback().await?;
        return Ok(Round::default());
    }
    let most = usize::try_from(MOST).unwrap_or(usize::MAX);
    let mut round = Round { more: rows.len() == most || rulings.len() == most, ..Round::default() };
    let mut changes = place(server, &tx, practice, rows, at, &mut round).await?;
    round.told = rulings.len();
    let told: Vec<Uuid> = rulings.iter().map(|ruling| ruling.command_id).collect();
    changes.extend(rulings.iter().map(notice));
    let tell = write(server, &tx, &acting, &changes, at).await?;
    if !told.is_empty() {
        tx.rows(&TOLD, &[&told, &at]).await?;
    }
    tx.commit().await?;
    server.pokes.tell(practice, tell, None);
    Ok(round)
}

/// Opens what has no place yet, or one no longer, and finds one for it.
async fn place(
    server: &Server,
    tx: &Tx,
    practice: PracticeId,
    rows: Vec<ToPlace>,
    at: DateTime<Utc>,
    round: &mut Round,
) -> Outcome<Vec<Change>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let own = Bucket::practice(practice);
    let mut desk = Desk::new(server, practice);
    desk.learn_buckets(tx, std::iter::once(own)).await?;
    let key = desk.data_key(own).ok_or_else(|| Failure::internal("the practice has no bucket"))?;
    let opened: Vec<(ToPlace, Option<QuarantinedWork>)> = rows
        .into_iter()
        .map(|row| {
            let work = open(practice, &key, &row);
            (row, work)
        })
        .collect();
    let held = held(tx, practice, &opened).await?;
    let (mut ids, mut places, mut charts, mut changes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (row, work) in opened {
        let place = work.as_ref().map_or(Place::Stray, |work| place_of(practice, &row, work, &held));
        ids.push(row.command_id);
        places.push(place.as_str());
        let named = work.as_ref().filter(|_| place != Place::TooLarge);
        charts.push(named.map(|work| chart_of(practice, work)));
        match (place, work) {
            (Place::Chart, Some(work)) => {
                round.filed += 1;
                changes.push(Change::put(Bucket::clinical(work.client), work));
            }
            (Place::Stray | Place::TooLarge, _) => {
                round.strays += 1;
                tracing::warn!(command = %row.command_id, "work in quarantine has no chart that it could go into");
            }
            (Place::Author | Place::Chart, _) => {}
        }
    }
    tx.rows(&PLACE, &[&ids, &places, &charts, &at]).await?;
    Ok(changes)
}

/// The work of a row. None where it cannot be read: that must not keep the rest waiting.
fn open(practice: PracticeId, key: &DataKey, row: &ToPlace) -> Option<QuarantinedWork> {
    let id = CommandId::new(row.command_id);
    let payload = key.open(&quarantine_data(practice, id), &row.sealed_payload).ok()?;
    let CommandEnvelope { asserted_at, command, .. } = serde_json::from_slice(&payload).ok()?;
    let (client, note) = command.written_for()?;
    Some(QuarantinedWork {
        command_id: id,
        client,
        note,
        author: UserId::new(row.user_id),
        device: DeviceId::new(row.device_id),
        seq: row.device_seq,
        asserted_at,
        received_at: row.received_at,
        command,
    })
}

/// Which of the charts their authors have held, and since when they hold those that they hold now.
async fn held(
    tx: &Tx,
    practice: PracticeId,
    opened: &[(ToPlace, Option<QuarantinedWork>)],
) -> Outcome<BTreeMap<(Uuid, Uuid), Option<DateTime<Utc>>>> {
    let works = opened.iter().filter_map(|(_, work)| work.as_ref());
    let (users, buckets): (Vec<Uuid>, Vec<Uuid>) =
        works.map(|work| (work.author.uuid(), chart_of(practice, work))).unzip();
    let rows = tx.rows(&EVER_GRANTED, &[&users, &buckets]).await?;
    Ok(rows
        .into_iter()
        .map(|EverGranted { user_id, bucket_id, held_since }| ((user_id, bucket_id), held_since))
        .collect())
}

fn chart_of(practice: PracticeId, work: &QuarantinedWork) -> Uuid {
    Bucket::clinical(work.client).id(practice).uuid()
}

fn place_of(
    practice: PracticeId,
    row: &ToPlace,
    work: &QuarantinedWork,
    held: &BTreeMap<(Uuid, Uuid), Option<DateTime<Utc>>>,
) -> Place {
    let Some(held_since) = held.get(&(row.user_id, chart_of(practice, work))) else { return Place::Stray };
    let has_words = row.device_active && held_since.is_some_and(|since| since <= row.received_at);
    if has_words && row.code != wire_name(&RefusalCode::NotAllowed) {
        return Place::Author;
    }
    let weight = Record::from(work.clone()).to_bytes(&[0; 16]).map_or(usize::MAX, |bytes| bytes.len());
    if weight > MAX_RECORD { Place::TooLarge } else { Place::Chart }
}

fn notice(ruling: &ToTell) -> Change {
    let notice = QuarantineNotice {
        work: CommandId::new(ruling.command_id),
        accepted: ruling.resolution == "accepted",
        by: UserId::new(ruling.resolved_by),
        at: ruling.resolved_at,
        asserted_at: ruling.asserted_at,
    };
    Change::put(Bucket::user(UserId::new(ruling.user_id)), notice)
}

/// Writes these records, each into its bucket, which the clerk holds for as long as that takes. Gives who is to be told.
async fn write(
    server: &Server,
    tx: &Tx,
    acting: &Acting,
    changes: &[Change],
    at: DateTime<Utc>,
) -> Outcome<Vec<UserId>> {
    let practice = acting.practice;
    let buckets: BTreeSet<Uuid> = changes.iter().map(|change| change.bucket().id(practice).uuid()).collect();
    let buckets: Vec<Uuid> = buckets.into_iter().collect();
    let clerk = clerk_user(practice).uuid();
    let hands = vec![clerk; buckets.len()];
    tx.rows(&grants::GIVE, &[&hands, &buckets, &vec!["clerk"; buckets.len()], &at]).await?;
    let mut desk = Desk::new(server, practice);
    let needs: Vec<Need> =
        changes.iter().map(|change| Need::Record { bucket: change.bucket(), key: change.key() }).collect();
    desk.fetch(tx, &needs).await?;
    // What stands already stays as it stands: it is written once.
    let fresh: Vec<Change> = changes
        .iter()
        .filter(|change| desk.standing_record(change.bucket(), change.key()).is_none())
        .cloned()
        .collect();
    desk.change(&fresh).map_err(Failure::internal)?;
    let events = fresh
        .iter()
        .map(|change| Event::new("quarantine.file", "applied").within(change.bucket()).about(change.key()))
        .collect();
    audit::record(tx, acting, at, server.new_id()?, events).await?;
    desk.prepare(tx).await?.file(tx, practice.uuid()).await?;
    tx.rows(&grants::TAKE, &[&hands, &buckets, &at]).await?;
    let holders = tx.rows(&grants::GRANTS_ON_BUCKETS, &[&buckets]).await?;
    let charts = fresh.iter().map(Change::bucket).filter(|bucket| bucket.kind == BucketKind::ClientClinical);
    for chart in charts.map(|bucket| bucket.id(practice)).collect::<BTreeSet<_>>() {
        if !holders.iter().any(|row| row.bucket_id == chart.uuid()) {
            tracing::warn!(bucket = %chart, "late work lies in a chart that nobody holds");
        }
    }
    let users: BTreeSet<UserId> = holders.into_iter().map(|row| UserId::new(row.user_id)).collect();
    Ok(users.into_iter().collect())
}
