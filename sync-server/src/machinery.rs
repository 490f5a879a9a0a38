//! What the server does between requests: the log grows, contacts are written down, work from the quarantine comes into charts, dated roles take effect with the
//! day. Several servers may do it at once; each step is taken by one of them.

use crate::caller::Acting;
use crate::db::Tx;
use crate::grants::Regranted;
use crate::http::failure::{Failure, Outcome};
use crate::log::{self, Heads};
use crate::server::Server;
use crate::statement::{row, statements};
use crate::sync::contacts;
use crate::{audit, clerk, grants, leases};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use mentalspace_domain::ids::PracticeId;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

/// Between two rounds of the sequencer.
const ROUND: Duration = Duration::from_secs(1);
/// Rounds between two writings of contacts.
const CONTACTS: u64 = 10;
/// Rounds between two looks at the calendar.
const DAYS: u64 = 60;
/// Rounds in a day.
const A_DAY: u64 = 24 * 60 * 60;

row! {
    pub(crate) struct PracticeRow {
        practice_id: Uuid,
        zone: String,
        dawned_on: Option<NaiveDate>,
    }
}

row! {
    pub(crate) struct Made {
        made: i32,
    }
}

statements! {
    /// Partitions of the audit trail for the months to come.
    EXTEND_AUDIT: Made = "SELECT extend_audit() AS made";

    PRACTICES: PracticeRow = "SELECT practice_id, zone, dawned_on FROM practices_kept()";
}

impl PracticeRow {
    /// The day that a clock at `now` shows on the practice's wall.
    fn shown(&self, now: DateTime<Utc>) -> Outcome<NaiveDate> {
        let zone: Tz = self.zone.parse().map_err(|_| Failure::internal("a practice's zone is unknown"))?;
        Ok(now.with_timezone(&zone).date_naive())
    }

    /// Whether a day has begun that lies further ahead of the one shown than the clocks of two servers around midnight.
    fn is_ahead_of(&self, shown: NaiveDate) -> bool {
        self.dawned_on.is_some_and(|begun| begun - shown > TimeDelta::days(1))
    }
}

/// Works until it is dropped. A failed step is logged and taken again in the next round.
pub async fn run(server: &Server) {
    let mut clock = interval(ROUND);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // Trees that grew less than a minute after their last head still owe one; so may any after a restart.
    let mut owing: BTreeSet<PracticeId> = BTreeSet::new();
    let mut round: u64 = 0;
    loop {
        clock.tick().await;
        if round == 0 {
            match practices(server).await {
                Ok(all) => owing.extend(all.into_iter().map(|row| PracticeId::new(row.practice_id))),
                Err(failure) => said("list practices", &failure),
            }
        }
        if let Err(failure) = sequence_all(server, &mut owing).await {
            said("sequence the log", &failure);
        }
        if let Err(failure) = lay_into_charts(server, round.is_multiple_of(DAYS)).await {
            said("lay work from the quarantine into charts", &failure);
        }
        if round.is_multiple_of(CONTACTS)
            && let Err(failure) = contacts::write_down(server).await
        {
            said("write contacts down", &failure);
        }
        if round.is_multiple_of(DAYS)
            && let Err(failure) = new_day(server).await
        {
            said("begin the day", &failure);
        }
        if round.is_multiple_of(A_DAY)
            && let Err(failure) = extend_audit(server).await
        {
            said("make room for the audit trail", &failure);
        }
        round += 1;
    }
}

/// What a server that stops writes down first.
///
/// # Errors
/// As the database says.
pub async fn last_words(server: &Server) -> Outcome<()> {
    contacts::write_down(server).await
}

/// One round over every practice that waits for its log to grow or for a head.
///
/// # Errors
/// As the database says.
pub async fn sequence_all(server: &Server, owing: &mut BTreeSet<PracticeId>) -> Outcome<()> {
    let mut due = std::mem::take(owing);
    due.extend(log::waiting(server).await?);
    let mut outcome = Ok(());
    for practice in due {
        match log::sequence(server, practice, Heads::EachMinute).await {
            Ok(grown) if grown.more || (grown.size > 0 && !grown.signed) => drop(owing.insert(practice)),
            Ok(_) => {}
            Err(failure) => {
                owing.insert(practice);
                outcome = Err(failure);
            }
        }
    }
    outcome
}

/// Has the clerk look where something waits, or everywhere.
///
/// # Errors
/// As the database says; what waits is taken up in the next round.
pub async fn lay_into_charts(server: &Server, everywhere: bool) -> Outcome<()> {
    let mut due = server.clerk.take();
    if everywhere {
        due.extend(practices(server).await?.into_iter().map(|row| PracticeId::new(row.practice_id)));
    }
    let mut outcome = Ok(());
    for practice in due {
        match clerk::round(server, practice).await {
            Ok(round) if !round.more => {}
            Ok(_) => server.clerk.note(practice),
            Err(failure) => {
                server.clerk.note(practice);
                outcome = Err(failure);
            }
        }
    }
    outcome
}

/// Works out grants anew in every practice in which a new day has begun: roles, relations and covered cases are dated. What
/// keeps one practice from its day keeps no other. Where the clock is behind the day that was begun last, the grants stay as
/// they are, and it is said: whether the clock is wrong now or was wrong then, only a person can tell.
///
/// # Errors
/// What the last practice that could not begin its day failed with; it is taken up again in the next round.
pub async fn new_day(server: &Server) -> Outcome<()> {
    let now = server.now();
    let mut outcome = Ok(());
    for row in practices(server).await? {
        if let Err(failure) = begin_day(server, &row, now).await {
            tracing::warn!(practice = %row.practice_id, "a practice could not begin its day");
            outcome = Err(failure);
        }
    }
    outcome
}

async fn begin_day(server: &Server, row: &PracticeRow, now: DateTime<Utc>) -> Outcome<()> {
    let practice = PracticeId::new(row.practice_id);
    let shown = row.shown(now)?;
    if row.is_ahead_of(shown) {
        tracing::error!(
            %practice, begun = ?row.dawned_on, %shown,
            "a later day has begun in this practice than this server's clock shows: roles and covered cases stay as they \
             were on that day. Put the clock right; if one ran ahead on that day and all are right now, run \
             `mentalspace-server today`"
        );
    }
    // Most looks find the day begun, and none of them keeps anybody waiting.
    if row.dawned_on.is_some_and(|begun| begun >= shown) {
        return Ok(());
    }
    let acting = Acting::machinery(practice, server.new_id()?);
    let tx = server.db.begin(&acting).await?;
    let today = grants::today(server, &tx, practice).await?;
    let changed = begin(server, &tx, &acting, today, now).await?;
    tx.commit().await?;
    server.pokes.tell(practice, changed.users.into_iter().collect::<Vec<_>>(), None);
    Ok(())
}

/// Works out what everybody holds on `day`, and notes that it has begun.
async fn begin(
    server: &Server,
    tx: &Tx,
    acting: &Acting,
    day: NaiveDate,
    now: DateTime<Utc>,
) -> Outcome<Regranted> {
    let changed = grants::for_everybody(server, tx, acting.practice, day, now).await?;
    grants::dawn(tx, acting.practice, day).await?;
    let said = format!("{} given, {} taken", changed.given, changed.taken);
    let event = audit::Event::new("grants_of_the_day", "applied").because(said);
    audit::record(tx, acting, now, server.new_id()?, vec![event]).await?;
    Ok(changed)
}

/// Begins `today` although a later day has begun: a clock ran ahead, and somebody at the console says that it is right
/// now. Leases that were given by it end as if they were given now.
///
/// # Errors
/// As the database says; nothing was changed then.
pub async fn begin_again(server: &Server, acting: &Acting, today: NaiveDate) -> Outcome<Regranted> {
    let now = server.now();
    let tx = server.db.begin(acting).await?;
    // Devices before grants, as a push locks them.
    leases::end_as_if_given(&tx, acting.practice, now).await?;
    let changed = begin(server, &tx, acting, today, now).await?;
    tx.commit().await?;
    Ok(changed)
}

/// In how many practices a later day has begun than this server's clock shows.
///
/// # Errors
/// As the database says.
pub async fn ahead_of_the_clock(server: &Server) -> Outcome<usize> {
    let now = server.now();
    let is_ahead = |row: &&PracticeRow| row.shown(now).is_ok_and(|shown| row.is_ahead_of(shown));
    Ok(practices(server).await?.iter().filter(is_ahead).count())
}

async fn extend_audit(server: &Server) -> Outcome<()> {
    if let Some(Made { made: 1.. }) = server.db.ask(&EXTEND_AUDIT, &[]).await?.first() {
        tracing::info!("partitions of the audit trail were made");
    }
    Ok(())
}

async fn practices(server: &Server) -> Outcome<Vec<PracticeRow>> {
    server.db.ask(&PRACTICES, &[]).await
}

fn said(step: &str, failure: &Failure) {
    let cause = failure.causes().unwrap_or_default();
    tracing::warn!(step, code = ?failure.code(), cause, "a step between requests failed; it is taken again");
}
