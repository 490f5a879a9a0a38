//! Pokes between the servers of an installation, through the database that they share, and the end of listening for
//! whoever may no longer: both are asked for all listeners together, however many there are.

use crate::http::failure::{Failure, Outcome};
use crate::pokes::Passed;
use crate::server::Server;
use crate::statement::{row, statements};
use chrono::TimeDelta;
use mentalspace_domain::ids::{DeviceId, PracticeId, UserId};
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

/// Between two rounds. Half of this, and the way to the database, is what a poke to a device of another server costs.
const ROUND: Duration = Duration::from_millis(250);
/// Rounds between two looks at who may still listen: how long a stream may outlive a revocation that another server
/// decided.
const STANDING: u64 = 40;
/// Listeners asked for in one statement.
const AT_ONCE: usize = 1_000;
/// Passed pokes are kept for this long: a server that does not read for longer has missed some.
const KEPT: TimeDelta = TimeDelta::seconds(60);

row! {
    /// The snapshot of this look, or a poke.
    pub(crate) struct HeardRow {
        seen: Option<String>,
        practice_id: Option<Uuid>,
        user_id: Option<Uuid>,
        device_id: Option<Uuid>,
    }
}

row! {
    pub(crate) struct EndedRow {
        session_id: Uuid,
    }
}

statements! {
    PASS: () = "SELECT FROM pass_pokes($1, $2, $3, $4, $5)";

    HEAR: HeardRow = "SELECT seen, practice_id, user_id, device_id FROM hear_pokes($1, $2)";

    FORGET: () = "SELECT FROM forget_pokes($1)";

    /// Which of these sessions may not go on.
    ENDED: EndedRow = "SELECT session_id FROM ended_sessions($1, $2, $3, $4)";
}

/// One server's part in passing pokes on.
#[derive(Debug)]
pub struct Relay {
    /// Keeps this server's own pokes out of what it hears.
    me: Uuid,
    /// What the last look saw; nothing before the first.
    seen: Option<String>,
}

impl Relay {
    /// A server that has heard nothing yet.
    ///
    /// # Errors
    /// There is no randomness.
    pub fn new(server: &Server) -> Outcome<Self> {
        Ok(Self { me: server.new_id()?, seen: None })
    }

    /// Passes on what was told here and tells here what was passed on.
    ///
    /// # Errors
    /// As the database says. What was to be passed on is then forgotten: its devices find out by their next hello.
    pub async fn round(&mut self, server: &Server) -> Outcome<()> {
        self.pass_on(server).await?;
        for row in server.db.ask(&HEAR, &[&self.me, &self.seen]).await? {
            if let (Some(practice), Some(user)) = (row.practice_id, row.user_id) {
                server.pokes.hear(Passed {
                    practice: PracticeId::new(practice),
                    user: UserId::new(user),
                    except: row.device_id.map(DeviceId::new),
                });
            }
            if row.seen.is_some() {
                self.seen = row.seen;
            }
        }
        Ok(())
    }

    /// Passes on what was told here.
    ///
    /// # Errors
    /// As [`Relay::round`].
    pub async fn pass_on(&self, server: &Server) -> Outcome<()> {
        let unsent = server.pokes.take_unsent();
        if unsent.is_empty() {
            return Ok(());
        }
        let practices: Vec<Uuid> = unsent.iter().map(|passed| passed.practice.uuid()).collect();
        let users: Vec<Uuid> = unsent.iter().map(|passed| passed.user.uuid()).collect();
        let devices: Vec<Option<Uuid>> =
            unsent.iter().map(|passed| passed.except.map(DeviceId::uuid)).collect();
        let parameters: [&(dyn ToSql + Sync); 5] = [&self.me, &practices, &users, &devices, &server.now()];
        server.db.ask(&PASS, &parameters).await?;
        Ok(())
    }
}

/// Works until it is dropped. A failed round is logged and taken again.
pub async fn run(server: &Server) {
    let mut relay = match Relay::new(server) {
        Ok(relay) => relay,
        Err(failure) => return said("begin", &failure),
    };
    let mut clock = interval(ROUND);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut round: u64 = 0;
    loop {
        clock.tick().await;
        if let Err(failure) = relay.round(server).await {
            said("pass pokes on", &failure);
        }
        if round.is_multiple_of(STANDING) {
            if let Err(failure) = end_those_who_may_not(server).await {
                said("look who may listen", &failure);
            }
            let before = server.now() - KEPT;
            if let Err(failure) = server.db.ask(&FORGET, &[&before]).await {
                said("forget pokes", &failure);
            }
        }
        round += 1;
    }
}

/// Ends the streams of devices that were revoked, signed out or left without a lease, wherever that was decided.
///
/// # Errors
/// As the database says.
pub async fn end_those_who_may_not(server: &Server) -> Outcome<()> {
    for some in server.pokes.listening().chunks(AT_ONCE) {
        server.pokes.end(&ended(server, some).await?);
    }
    Ok(())
}

/// Which of these may not go on listening.
///
/// # Errors
/// As the database says.
pub async fn ended(server: &Server, listening: &[crate::pokes::Listens]) -> Outcome<Vec<Uuid>> {
    let practices: Vec<Uuid> = listening.iter().map(|listens| listens.practice.uuid()).collect();
    let devices: Vec<Uuid> = listening.iter().map(|listens| listens.device.uuid()).collect();
    let sessions: Vec<Uuid> = listening.iter().map(|listens| listens.session).collect();
    let parameters: [&(dyn ToSql + Sync); 4] = [&practices, &devices, &sessions, &server.now()];
    let rows = server.db.ask(&ENDED, &parameters).await?;
    Ok(rows.into_iter().map(|row| row.session_id).collect())
}

fn said(step: &str, failure: &Failure) {
    let cause = failure.causes();
    tracing::warn!(step, cause, "pokes between servers had to wait; devices find out by their next hello");
}
