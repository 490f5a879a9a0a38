//! Loads the fictional practice of [`crate::demo`] into an empty database: every client, visit and note goes through
//! the same decisions and the same desk as if it had come from devices, a chart at a time.
//!
//! Each author signs with a key of her own, made here and forgotten at the end; the devices that it belongs to are
//! entered as revoked, so that nobody has to free a place for a real one.

mod chart;
mod notes;
mod scribe;
mod staff;

use crate::Server;
use crate::caller::Acting;
use crate::demo::{ClientIndex, DemoPractice};
use crate::edge::Edge;
use crate::http::failure::{Failure, Outcome};
use crate::practice::{self, NewPractice};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Tz;
use mentalspace_crypto::recipient::RecipientPublicKey;
use mentalspace_domain::ids::{AppointmentId, ClientId, DiagnosisId, NoteId, PracticeId};
use mentalspace_protocol::error::ErrorCode;
use staff::Staff;

pub(crate) use staff::STATEMENTS;

/// What was loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Users.
    pub users: usize,
    /// Clients.
    pub clients: usize,
    /// Appointments.
    pub appointments: usize,
    /// Notes, drafts included.
    pub notes: usize,
    /// Signed notes.
    pub signed: usize,
    /// Signed addenda.
    pub addenda: usize,
    /// Drafts in which the texts of two devices were combined and wait to be confirmed.
    pub combined: usize,
    /// Drafts beside which the text of a second device is parked.
    pub parked: usize,
}

/// The identifiers of everything in the practice, by position in its lists.
struct Register {
    zone: Tz,
    clients: Vec<ClientId>,
    appointments: Vec<AppointmentId>,
    notes: Vec<NoteId>,
    diagnoses: Vec<Vec<DiagnosisId>>,
}

impl Register {
    fn new(server: &Server, demo: &DemoPractice, zone: Tz) -> Outcome<Self> {
        let ids = |count: usize| (0..count).map(|_| server.new_id()).collect::<Outcome<Vec<_>>>();
        let diagnoses = demo
            .clients
            .iter()
            .map(|client| Ok(ids(client.diagnoses.len())?.into_iter().map(DiagnosisId::new).collect()))
            .collect::<Outcome<_>>()?;
        Ok(Self {
            zone,
            clients: ids(demo.clients.len())?.into_iter().map(ClientId::new).collect(),
            appointments: ids(demo.appointments.len())?.into_iter().map(AppointmentId::new).collect(),
            notes: ids(demo.notes.len())?.into_iter().map(NoteId::new).collect(),
            diagnoses,
        })
    }

    /// The instant of a civil time in the practice's zone; where the clock skips it, the same reading in UTC.
    fn instant(&self, civil: NaiveDateTime) -> DateTime<Utc> {
        self.zone.from_local_datetime(&civil).earliest().map_or_else(|| civil.and_utc(), |at| at.to_utc())
    }

    fn at(&self, date: NaiveDate, time: NaiveTime) -> DateTime<Utc> {
        self.instant(date.and_time(time))
    }
}

/// Makes the practice, its staff with one password for all, and its charts. The server's clock stands on the morning
/// of the day on which the practice is looked at. Only an empty database is taken: a demonstration never mixes with
/// real charts.
///
/// # Errors
/// `NotAllowed` where there is a practice already; `PasswordRefused`; `Internal` where a decision refused a step.
pub async fn load(
    edge: &Edge,
    demo: &DemoPractice,
    password: &str,
    recovery_key: RecipientPublicKey,
) -> Outcome<(PracticeId, Loaded)> {
    let server = &edge.server;
    if !practice::all(server).await?.is_empty() {
        let message = "There is a practice in this database already. Nothing was changed; the demonstration practice \
                       goes into an empty database only.";
        return Err(Failure::new(ErrorCode::NotAllowed, message));
    }
    let zone: Tz = demo.zone.parse().map_err(Failure::internal)?;
    // A demonstration must open on a machine without an OS keyring as well.
    let new = NewPractice { name: demo.name.to_owned(), zone, recovery_key, allow_keyring_file: true };
    let practice = practice::create(server, new, server.new_id()?).await?;
    let register = Register::new(server, demo, zone)?;
    let acting = Acting::console(practice, server.new_id()?);
    let staff = Staff::enter(edge, &acting, demo, password).await?;
    let mut loaded = Loaded { users: demo.users.len(), clients: demo.clients.len(), ..Loaded::default() };
    for client in 0..demo.clients.len() {
        chart::load(server, practice, demo, &register, &staff, ClientIndex(client), &mut loaded).await?;
    }
    Ok((practice, loaded))
}
