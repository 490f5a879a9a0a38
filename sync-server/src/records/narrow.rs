//! The narrow tables: what the server itself must query, derived from records by nothing but this module.

use crate::db::{SqlFailure, Tx};
use crate::statement::statements;
use chrono::{DateTime, Duration, LocalResult, NaiveDate, NaiveDateTime, TimeZone as _, Utc};
use chrono_tz::Tz;
use mentalspace_domain::appointment::{Appointment, ServiceTime};
use mentalspace_domain::caseload::Assignment;
use mentalspace_domain::client::Client;
use mentalspace_domain::decision::Change;
use mentalspace_domain::note::{Note, NoteState};
use mentalspace_domain::people::{Practice, Supervision, User};
use mentalspace_domain::quarantine::QuarantineDecision;
use mentalspace_domain::record::Record;
use serde::Serialize;
use std::collections::BTreeMap;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

statements! {
    PUT_PRACTICE: () = "
        UPDATE practice SET zone = $2, lease_days = $3 WHERE practice_id = $1";

    PUT_USERS: () = "
        INSERT INTO app_user (practice_id, user_id, login, active)
        SELECT $1, n.* FROM unnest($2::uuid[], $3::text[], $4::bool[]) AS n
        ON CONFLICT (practice_id, user_id) DO UPDATE SET login = EXCLUDED.login, active = EXCLUDED.active";

    FORGET_ROLES: () = "
        DELETE FROM user_role WHERE practice_id = $1 AND user_id = ANY ($2)";

    PUT_ROLES: () = "
        INSERT INTO user_role (practice_id, user_id, role, from_day, until_day)
        SELECT $1, n.* FROM unnest($2::uuid[], $3::text[], $4::date[], $5::date[]) AS n
        ON CONFLICT DO NOTHING";

    PUT_SUPERVISIONS: () = "
        INSERT INTO supervision (practice_id, supervision_id, supervisor, supervisee, from_day, until_day)
        SELECT $1, n.* FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::date[], $6::date[]) AS n
        ON CONFLICT (practice_id, supervision_id) DO UPDATE
        SET supervisor = EXCLUDED.supervisor, supervisee = EXCLUDED.supervisee, from_day = EXCLUDED.from_day,
            until_day = EXCLUDED.until_day";

    PUT_CLIENTS: () = "
        INSERT INTO client_index (practice_id, client_id, status, merged_into)
        SELECT $1, n.* FROM unnest($2::uuid[], $3::text[], $4::uuid[]) AS n
        ON CONFLICT (practice_id, client_id) DO UPDATE
        SET status = EXCLUDED.status, merged_into = EXCLUDED.merged_into";

    PUT_ASSIGNMENTS: () = "
        INSERT INTO assignment (practice_id, assignment_id, client_id, clinician, reason, from_day, until_day, ended_on)
        SELECT $1, n.* FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::date[], $7::date[], $8::date[]) AS n
        ON CONFLICT (practice_id, assignment_id) DO UPDATE
        SET client_id = EXCLUDED.client_id, clinician = EXCLUDED.clinician, reason = EXCLUDED.reason,
            from_day = EXCLUDED.from_day, until_day = EXCLUDED.until_day, ended_on = EXCLUDED.ended_on";

    PUT_APPOINTMENTS: () = "
        INSERT INTO appointment
            (practice_id, appointment_id, client_id, clinician, starts_at, ends_at, status, overlap_allowed)
        SELECT $1, n.* FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::timestamptz[], $6::timestamptz[],
                                   $7::text[], $8::bool[]) AS n
        ON CONFLICT (practice_id, appointment_id) DO UPDATE
        SET client_id = EXCLUDED.client_id, clinician = EXCLUDED.clinician, starts_at = EXCLUDED.starts_at,
            ends_at = EXCLUDED.ends_at, status = EXCLUDED.status, overlap_allowed = EXCLUDED.overlap_allowed";

    /// Most edits of a draft change nothing that stands here; those rows are left alone.
    PUT_NOTES: () = "
        INSERT INTO note AS o
            (practice_id, note_id, client_id, author, note_type, status, appointment_id, created_at, signed_at)
        SELECT $1, n.* FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::uuid[],
                                   $8::timestamptz[], $9::timestamptz[]) AS n
        ON CONFLICT (practice_id, note_id) DO UPDATE
        SET client_id = EXCLUDED.client_id, author = EXCLUDED.author, note_type = EXCLUDED.note_type,
            status = EXCLUDED.status, appointment_id = EXCLUDED.appointment_id, created_at = EXCLUDED.created_at,
            signed_at = coalesce(o.signed_at, EXCLUDED.signed_at)
        WHERE (o.client_id, o.author, o.note_type, o.status, o.appointment_id, o.created_at)
              IS DISTINCT FROM
              (EXCLUDED.client_id, EXCLUDED.author, EXCLUDED.note_type, EXCLUDED.status, EXCLUDED.appointment_id,
               EXCLUDED.created_at)";

    RESOLVE: () = "SELECT FROM resolve_quarantine($1, $2, $3, $4)";
}

/// Rows to write, each at its newest state.
#[derive(Debug, Default)]
pub(crate) struct Narrow {
    practice: Option<Practice>,
    users: BTreeMap<Uuid, User>,
    supervisions: BTreeMap<Uuid, Supervision>,
    clients: BTreeMap<Uuid, Client>,
    assignments: BTreeMap<Uuid, Assignment>,
    appointments: BTreeMap<Uuid, Appointment>,
    notes: BTreeMap<Uuid, Note>,
    rulings: BTreeMap<Uuid, QuarantineDecision>,
}

/// The columns of [`PUT_ROLES`].
#[derive(Default)]
struct Roles {
    users: Vec<Uuid>,
    names: Vec<&'static str>,
    from: Vec<NaiveDate>,
    until: Vec<Option<NaiveDate>>,
}

/// Whether a change means anything for the narrow tables, given the record that stands. Most edits of a draft do not.
pub(crate) fn concerns(change: &Change, standing: Option<&Record>) -> bool {
    let Change::Put { record, .. } = change else { return false };
    match (record, standing) {
        (Record::Note(note), Some(Record::Note(before))) => {
            (note.client, note.author, note.note_type, note.appointment, note.created_at, status(&note.state))
                != (
                    before.client,
                    before.author,
                    before.note_type,
                    before.appointment,
                    before.created_at,
                    status(&before.state),
                )
        }
        _ => true,
    }
}

impl Narrow {
    /// Takes in a change. No record that has a narrow row is ever deleted; it changes its state.
    pub(crate) fn take(&mut self, change: &Change) {
        let Change::Put { record, .. } = change else { return };
        let id = record.key().id;
        match record {
            Record::Practice(record) => self.practice = Some((**record).clone()),
            Record::User(record) => put(&mut self.users, id, record),
            Record::Supervision(record) => put(&mut self.supervisions, id, record),
            Record::Client(record) => put(&mut self.clients, id, record),
            Record::Assignment(record) => put(&mut self.assignments, id, record),
            Record::Appointment(record) => put(&mut self.appointments, id, record),
            Record::Note(record) => put(&mut self.notes, id, record),
            Record::QuarantineDecision(record) => put(&mut self.rulings, id, record),
            _ => {}
        }
    }

    /// Whether there is nothing to write.
    pub(crate) fn is_empty(&self) -> bool {
        self.practice.is_none()
            && self.users.is_empty()
            && self.supervisions.is_empty()
            && self.clients.is_empty()
            && self.assignments.is_empty()
            && self.appointments.is_empty()
            && self.notes.is_empty()
            && self.rulings.is_empty()
    }

    /// Writes the rows: people before cases before what is booked and written.
    pub(crate) async fn write(&self, tx: &Tx, practice: Uuid) -> Result<(), SqlFailure> {
        if let Some(record) = &self.practice {
            let days = i16::from(record.lease_days);
            tx.try_run(&PUT_PRACTICE, &[&practice, &record.zone.name(), &days]).await?;
        }
        self.write_people(tx, practice).await?;
        self.write_cases(tx, practice).await?;
        self.write_appointments(tx, practice).await?;
        self.write_notes(tx, practice).await?;
        self.write_rulings(tx).await
    }

    async fn write_people(&self, tx: &Tx, practice: Uuid) -> Result<(), SqlFailure> {
        if !self.users.is_empty() {
            let ids = keys(&self.users);
            let logins = column(&self.users, |user| user.login.clone());
            let active = column(&self.users, |user| user.active);
            tx.try_run(&PUT_USERS, &[&practice, &ids, &logins, &active]).await?;
            tx.try_run(&FORGET_ROLES, &[&practice, &ids]).await?;
            let mut roles = Roles::default();
            for (id, user) in &self.users {
                for dated in &user.roles {
                    roles.users.push(*id);
                    roles.names.push(dated.role.as_str());
                    roles.from.push(dated.from);
                    roles.until.push(dated.until);
                }
            }
            let Roles { users, names, from, until } = roles;
            tx.try_run(&PUT_ROLES, &[&practice, &users, &names, &from, &until]).await?;
        }
        if !self.supervisions.is_empty() {
            let rows = &self.supervisions;
            let supervisors = column(rows, |one| one.supervisor.uuid());
            let supervisees = column(rows, |one| one.supervisee.uuid());
            let (from, until) = (column(rows, |one| one.from), column(rows, |one| one.until));
            let parameters: [&(dyn ToSql + Sync); 6] =
                [&practice, &keys(rows), &supervisors, &supervisees, &from, &until];
            tx.try_run(&PUT_SUPERVISIONS, &parameters).await?;
        }
        Ok(())
    }

    async fn write_cases(&self, tx: &Tx, practice: Uuid) -> Result<(), SqlFailure> {
        if !self.clients.is_empty() {
            let rows = &self.clients;
            let statuses = column(rows, |client| wire_name(&client.status));
            let merged =
                column(rows, |client| client.merged_into.map(mentalspace_domain::ids::ClientId::uuid));
            tx.try_run(&PUT_CLIENTS, &[&practice, &keys(rows), &statuses, &merged]).await?;
        }
        if !self.assignments.is_empty() {
            let rows = &self.assignments;
            let clients = column(rows, |one| one.client.uuid());
            let clinicians = column(rows, |one| one.clinician.uuid());
            let reasons = column(rows, |one| wire_name(&one.reason));
            let (from, until) = (column(rows, |one| one.from), column(rows, |one| one.until));
            let ended = column(rows, |one| one.ended_on);
            let parameters: [&(dyn ToSql + Sync); 8] =
                [&practice, &keys(rows), &clients, &clinicians, &reasons, &from, &until, &ended];
            tx.try_run(&PUT_ASSIGNMENTS, &parameters).await?;
        }
        Ok(())
    }

    async fn write_appointments(&self, tx: &Tx, practice: Uuid) -> Result<(), SqlFailure> {
        if self.appointments.is_empty() {
            return Ok(());
        }
        let rows = &self.appointments;
        let clients = column(rows, |one| one.client.uuid());
        let clinicians = column(rows, |one| one.clinician.uuid());
        let (starts, ends): (Vec<_>, Vec<_>) = rows.values().map(|one| instants(&one.time)).unzip();
        let statuses = column(rows, |one| wire_name(&one.status));
        let overlap = column(rows, |one| one.overlap_allowed);
        let parameters: [&(dyn ToSql + Sync); 8] =
            [&practice, &keys(rows), &clients, &clinicians, &starts, &ends, &statuses, &overlap];
        tx.try_run(&PUT_APPOINTMENTS, &parameters).await?;
        Ok(())
    }

    async fn write_notes(&self, tx: &Tx, practice: Uuid) -> Result<(), SqlFailure> {
        if self.notes.is_empty() {
            return Ok(());
        }
        let rows = &self.notes;
        let clients = column(rows, |note| note.client.uuid());
        let authors = column(rows, |note| note.author.uuid());
        let types = column(rows, |note| wire_name(&note.note_type));
        let statuses = column(rows, |note| status(&note.state));
        let appointments =
            column(rows, |note| note.appointment.map(mentalspace_domain::ids::AppointmentId::uuid));
        let (created, signed) =
            (column(rows, |note| note.created_at), column(rows, |note| signed_at(&note.state)));
        let parameters: [&(dyn ToSql + Sync); 9] =
            [&practice, &keys(rows), &clients, &authors, &types, &statuses, &appointments, &created, &signed];
        tx.try_run(&PUT_NOTES, &parameters).await?;
        Ok(())
    }

    /// Commands of one batch are one device's, so one user's; they may have been decided at different moments.
    async fn write_rulings(&self, tx: &Tx) -> Result<(), SqlFailure> {
        for (id, ruling) in &self.rulings {
            let parameters: [&(dyn ToSql + Sync); 4] =
                [&vec![*id], &vec![ruling.ruling.as_str()], &ruling.by.uuid(), &ruling.at];
            tx.try_rows(&RESOLVE, &parameters).await?;
        }
        Ok(())
    }
}

fn put<V: Clone>(rows: &mut BTreeMap<Uuid, V>, id: Uuid, record: &V) {
    rows.insert(id, record.clone());
}

fn keys<V>(rows: &BTreeMap<Uuid, V>) -> Vec<Uuid> {
    rows.keys().copied().collect()
}

fn column<V, T>(rows: &BTreeMap<Uuid, V>, of: impl Fn(&V) -> T) -> Vec<T> {
    rows.values().map(of).collect()
}

/// An enumeration's name on the wire, which is also its name in the database.
pub(crate) fn wire_name<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}

const fn status(state: &NoteState) -> &'static str {
    match state {
        NoteState::Draft => "draft",
        NoteState::Signed { .. } => "signed",
        NoteState::Voided { .. } => "voided",
    }
}

/// A note that was signed and then voided keeps the time of signing that its row has.
const fn signed_at(state: &NoteState) -> Option<DateTime<Utc>> {
    match state {
        NoteState::Signed { signed_at, .. } => Some(*signed_at),
        NoteState::Draft | NoteState::Voided { .. } => None,
    }
}

/// The instants of a span on the wall clock. Where the clock springs forward over one of its ends, it begins with the
/// first instant after the gap and takes the time that it was meant to take; where the clock falls back, the earlier
/// instant is meant.
pub(crate) fn instants(time: &ServiceTime) -> (DateTime<Utc>, DateTime<Utc>) {
    let (start, start_skipped) = instant(time.zone, time.date.and_time(time.start));
    let (end, end_skipped) = instant(time.zone, time.date.and_time(time.end));
    if start_skipped || end_skipped || end <= start {
        return (start, start + Duration::minutes(time.minutes().max(1)));
    }
    (start, end)
}

fn instant(zone: Tz, wall: NaiveDateTime) -> (DateTime<Utc>, bool) {
    // No zone skips more than a day (Samoa left out one whole day in 2011).
    for quarters in 0..=24 * 4 {
        match zone.from_local_datetime(&(wall + Duration::minutes(15 * quarters))) {
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => return (at.to_utc(), quarters > 0),
            LocalResult::None => {}
        }
    }
    (wall.and_utc(), true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(date: &str, start: &str, end: &str) -> ServiceTime {
        ServiceTime {
            date: date.parse().unwrap(),
            start: start.parse().unwrap(),
            end: end.parse().unwrap(),
            zone: Tz::America__New_York,
        }
    }

    #[test]
    fn a_span_of_the_wall_clock_has_its_instants_in_winter_and_summer() {
        let (winter, end) = instants(&span("2026-01-15", "09:00:00", "09:50:00"));
        assert_eq!(winter.to_rfc3339(), "2026-01-15T14:00:00+00:00");
        assert_eq!((end - winter).num_minutes(), 50);
        let (summer, _) = instants(&span("2026-07-15", "09:00:00", "09:50:00"));
        assert_eq!(summer.to_rfc3339(), "2026-07-15T13:00:00+00:00");
    }

    #[test]
    fn a_span_that_the_clock_skips_still_takes_time() {
        let (start, end) = instants(&span("2026-03-08", "02:00:00", "02:50:00"));
        assert_eq!(start.to_rfc3339(), "2026-03-08T07:00:00+00:00");
        assert_eq!((end - start).num_minutes(), 50);
    }
}
