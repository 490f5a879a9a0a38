//! Devices of other releases: one that is too old hands over everything and fetches nothing; one that is newer is served.

use crate::house::{Copy, House, Person, code, monday, new_note, patch};
use mentalspace_domain::decision::Outcome;
use mentalspace_domain::ids::NoteId;
use mentalspace_domain::people::Role;
use mentalspace_protocol::SCHEMA_VERSION;
use mentalspace_protocol::error::ErrorCode;
use mentalspace_protocol::pull::HeldSummary;
use mentalspace_protocol::session::{Directive, HelloAnswer, HelloRequest};
use mentalspace_server::sync;

async fn hello(house: &House, person: &Person) -> HelloAnswer {
    let request = HelloRequest {
        log_epoch: person.epoch,
        device_time: monday(),
        unsent: 2,
        tree_size: 0,
        tree_epoch: None,
        held: HeldSummary::default(),
    };
    sync::hello(&house.server, &person.caller, &request).await.unwrap()
}

/// The server of a release that no longer serves the schema of today.
async fn move_on(house: &House) {
    let moved = format!("UPDATE practice SET min_schema = {}", SCHEMA_VERSION + 1);
    house.database.execute(&moved).unwrap();
    assert_eq!(house.count("SELECT min_schema::int8 FROM practice").await, i64::from(SCHEMA_VERSION) + 1);
}

#[tokio::test]
async fn a_device_that_is_too_old_hands_over_its_words_and_fetches_nothing() {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let client = house.client_of(&mut rivera).await;
    assert_eq!(hello(&house, &rivera).await.directive, None, "the control: today it is new enough");
    assert!(house.pull(&rivera, &mut Copy::default(), 100).await.is_ok());

    move_on(&house).await;
    let greeting = hello(&house, &rivera).await;
    assert_eq!(greeting.directive, Some(Directive::Upgrade));
    assert!(greeting.lease.is_some(), "it still opens: nobody is kept from her notes");
    assert_eq!(code(house.pull(&rivera, &mut Copy::default(), 100).await), ErrorCode::UpgradeRequired);
    let note = NoteId::new(house.id());
    let words = vec![
        house.envelope(new_note(client, note)),
        house.envelope(patch(client, note, "", "Written on a laptop of last year.")),
    ];
    let answer = house.push(&mut rivera, words).await.unwrap();
    assert!(answer.results.iter().all(|result| result.outcome == Outcome::Applied), "{answer:?}");

    // After the update everything is there.
    rivera.caller.schema = SCHEMA_VERSION + 1;
    let mut copy = Copy::default();
    house.pull_all(&rivera, &mut copy).await;
    let notes = copy.live("note");
    assert_eq!(notes[0]["sections"]["subjective"], "Written on a laptop of last year.");
    assert_eq!(copy.end.unwrap().processed_seq, 3);
}

#[tokio::test]
async fn a_device_of_a_newer_schema_is_served_as_any_other() {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    rivera.caller.schema = SCHEMA_VERSION + 7;
    let client = house.client_of(&mut rivera).await;
    house.note_of(&mut rivera, client).await;
    assert_eq!(hello(&house, &rivera).await.directive, None);
    let mut copy = Copy::default();
    house.pull_all(&rivera, &mut copy).await;
    assert_eq!(copy.live("note").len(), 1);
    let noted = format!("SELECT count(*) FROM device WHERE schema_version = {}", SCHEMA_VERSION + 7);
    assert_eq!(house.count(&noted).await, 1, "the practice sees which devices run what");
}
