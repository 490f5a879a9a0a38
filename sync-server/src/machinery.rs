//! What the server does between requests: the log grows, contacts are written down, work from the quarantine comes into charts, dated roles take effect with the
//! day. Several servers may do it at once; each step is taken by one of them.

use crate::caller::Acting;
use crate::http::failure::{Failure, Outcome};
use crate::log::{self, Heads};
use crate::server::Server;
use crate::statement::{row, statements};
use crate::sync::contacts;
use crate::{audit, clerk, grants};
use chrono::{DateTime, NaiveDate, Utc};
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
/// keeps one practice from its day keeps no other.
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
    let zone: Tz = row.zone.parse().map_err(|_| Failure::internal("a practice's zone is unknown"))?;
    // Most looks find the day begun, and none of them keeps anybody waiting.
    if row.dawned_on == Some(now.with_timezone(&zone).date_naive()) {
        return Ok(());
    }
    let acting = Acting::machinery(practice, server.new_id()?);
    let tx = server.db.begin(&acting).await?;
    let today = grants::today(server, &tx, practice).await?;
    if row.dawned_on == Some(today) {
        return tx.rollback().await;
    }
    let changed = grants::for_everybody(server, &tx, practice, today, now).await?;
    grants::dawn(&tx, practice, today).await?;
    let said = format!("{} given, {} taken", changed.given, changed.taken);
    let event = audit::Event::new("grants_of_the_day", "applied").because(said);
    audit::record(&tx, &acting, now, server.new_id()?, vec![event]).await?;
    tx.commit().await?;
    server.pokes.tell(practice, changed.users.into_iter().collect::<Vec<_>>(), None);
    Ok(())
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
