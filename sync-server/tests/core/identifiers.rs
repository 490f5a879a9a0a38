//! Identifiers are made on devices: one that is another chart's changes nothing there and holds nobody up.

use crate::house::{House, Person, book, connect, new_client, new_note, patch};
use chrono::TimeDelta;
use mentalspace_domain::command::Command;
use mentalspace_domain::decision::{Outcome, RefusalCode};
use mentalspace_domain::ids::{AppointmentId, AssignmentId, ClientId, NoteId};
use mentalspace_domain::people::Role;
use mentalspace_server::machinery;
use uuid::Uuid;

/// The identifier of the only row of `table`.
async fn only(house: &House, table: &str) -> Uuid {
    let sql = format!("SELECT {table}_id FROM {table}");
    connect(&house.database.connection_string()).await.query_one(&sql, &[]).await.unwrap().get(0)
}

/// A chart of hers with an appointment and a note.
async fn chart_of(house: &House, person: &mut Person) -> ClientId {
    let client = house.client_of(person).await;
    house.note_of(person, client).await;
    let booking = book(house, client, person.caller.user, 9);
    assert_eq!(house.one(person, booking).await, Outcome::Applied);
    client
}

#[tokio::test]
async fn an_identifier_of_another_chart_takes_nothing_from_it_and_stops_nobody() {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let mut chen = house.person("chen", &[Role::Clinician]).await;
    let hers = chart_of(&house, &mut rivera).await;
    let assignment = only(&house, "assignment").await;
    let (appointment, note) = (only(&house, "appointment").await, only(&house, "note").await);
    let own = house.client_of(&mut chen).await;
    let user = chen.caller.user;

    let Command::ClientCreate(mut creation) = new_client(&house, ClientId::new(house.id()), Some(user))
    else {
        unreachable!()
    };
    creation.assignment_id = Some(AssignmentId::new(assignment));
    let Command::AppointmentBook(mut booking) = book(&house, own, user, 14) else { unreachable!() };
    booking.appointment_id = AppointmentId::new(appointment);
    let note = NoteId::new(note);
    let fine = NoteId::new(house.id());
    let batch = [
        Command::ClientCreate(creation),
        Command::AppointmentBook(booking),
        new_note(own, note),
        new_note(own, fine),
        patch(own, fine, "", "What stands behind is not held up."),
    ];
    let batch = batch.into_iter().map(|command| house.envelope(command)).collect();
    let answer = house.push(&mut chen, batch).await.unwrap();
    let outcomes: Vec<_> = answer.results.into_iter().map(|result| result.outcome).collect();
    for (n, outcome) in outcomes.iter().take(3).enumerate() {
        assert!(matches!(outcome, Outcome::Rejected { code: RefusalCode::Invalid, .. }), "{n}: {outcome:?}");
    }
    assert_eq!(outcomes[3..], [Outcome::Applied, Outcome::Applied]);
    let kept = "SELECT count(*) FROM quarantine WHERE name = 'note.create'";
    assert_eq!(house.count(kept).await, 1, "what carries words is kept");

    for (table, id) in [("assignment", assignment), ("appointment", appointment), ("note", note.uuid())] {
        let sql = format!("SELECT count(*) FROM {table} WHERE {table}_id = '{id}' AND client_id = '{hers}'");
        assert_eq!(house.count(&sql).await, 1, "the {table} is no longer in its chart");
    }
    // Her grants rest on the assignment, and are worked out anew with every day.
    house.clock.advance(TimeDelta::days(1));
    machinery::new_day(&house.server).await.unwrap();
    let mut copy = crate::house::Copy::default();
    house.pull_all(&rivera, &mut copy).await;
    assert_eq!((copy.live("client").len(), copy.live("note").len()), (1, 1), "she has lost her client");
}
