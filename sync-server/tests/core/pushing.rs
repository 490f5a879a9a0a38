//! Push: one effect per command, one durable outcome, and no word lost.

use crate::house::{Copy, House, book, code, new_client, new_note, patch, too_large};
use chrono::TimeDelta;
use mentalspace_crypto::{DataKey, canonical};
use mentalspace_domain::appointment::cancel::CancelAppointment;
use mentalspace_domain::bucket::Bucket;
use mentalspace_domain::client::merge::MergeClients;
use mentalspace_domain::command::{Command, CommandEnvelope};
use mentalspace_domain::decision::{Outcome, RefusalCode};
use mentalspace_domain::ids::{ClientId, NoteId};
use mentalspace_domain::note::SectionKey;
use mentalspace_domain::note::edit::{Edit, NoteEdits};
use mentalspace_domain::note::patch::PatchNote;
use mentalspace_domain::people::Role;
use mentalspace_protocol::error::ErrorCode;
use mentalspace_server::caller::Acting;
use mentalspace_server::sealing::quarantine_data;
use mentalspace_server::{epoch, sync};
use std::sync::Arc;

#[tokio::test]
async fn a_batch_sees_its_own_effects_and_a_replay_has_none() {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let (client, note) = (ClientId::new(house.id()), NoteId::new(house.id()));
    let own = rivera.caller.user;
    let batch: Vec<CommandEnvelope> = [
        new_client(&house, client, Some(own)),
        book(&house, client, own, 9),
        new_note(client, note),
        patch(client, note, "", "She slept better."),
        patch(client, note, "She slept better.", "She slept better. Mood is brighter."),
    ]
    .into_iter()
    .map(|command| house.envelope(command))
    .collect();
    let request = rivera.numbered(batch.clone());
    let first = house.push(&mut rivera, batch).await.unwrap();
    assert_eq!(first.processed_seq, 5);
    assert!(first.results.iter().all(|result| result.outcome == Outcome::Applied), "{first:?}");

    let before = house.count("SELECT sum(head)::int8 FROM bucket").await;
    let audited = house.count("SELECT count(*) FROM audit_event").await;
    for _ in 0..2 {
        let again = sync::push(&house.server, &rivera.caller, &request).await.unwrap();
        assert_eq!(again.processed_seq, first.processed_seq);
        assert_eq!(again.results, first.results, "a replay is answered from what was stored");
    }
    assert_eq!(house.count("SELECT sum(head)::int8 FROM bucket").await, before);
    assert_eq!(house.count("SELECT count(*) FROM audit_event").await, audited);

    let mut copy = Copy::default();
    house.pull_all(&rivera, &mut copy).await;
    let notes = copy.live("note");
    assert_eq!(notes.len(), 1);
    assert_eq!(notes[0]["sections"]["subjective"], "She slept better. Mood is brighter.");
    assert_eq!(copy.live("busy_block").len(), 1);
    assert_eq!(copy.end.unwrap().results, first.results, "what became of each comes down as well");
}

#[tokio::test]
async fn the_same_command_under_another_number_has_no_second_effect() {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let client = house.client_of(&mut rivera).await;
    let envelope = house.envelope(new_note(client, NoteId::new(house.id())));
    let first = house.push(&mut rivera, vec![envelope.clone()]).await.unwrap();
    // The device was set up anew and offers what it kept.
    let mut anew = house.device(house.practice, rivera.caller.user, rivera.caller.roles.clone()).await;
    let again = house.push(&mut anew, vec![envelope.clone(), envelope]).await.unwrap();
    for result in &again.results {
        assert_eq!(result.outcome, first.results[0].outcome);
        assert_eq!(result.decided_at, first.results[0].decided_at);
    }
    assert_eq!(again.processed_seq, 2);
    assert_eq!(house.count("SELECT count(*) FROM record WHERE kind = 'note'").await, 1);
    assert_eq!(house.count("SELECT count(*) FROM command_result WHERE repeated").await, 2);
}

#[tokio::test]
async fn a_gap_a_fork_and_another_epoch_are_refused_with_where_the_server_stands() {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let client = house.client_of(&mut rivera).await;
    let note = |house: &House| house.envelope(new_note(client, NoteId::new(house.id())));
    let recorded = house.count("SELECT count(*) FROM command_result").await;

    rivera.count_from(3);
    assert_eq!(code(house.push(&mut rivera, vec![note(&house)]).await), ErrorCode::SequenceGap);
    rivera.count_from(1);
    assert_eq!(code(house.push(&mut rivera, vec![note(&house)]).await), ErrorCode::DeviceFork);
    rivera.count_from(2);
    let epoch = rivera.epoch;
    rivera.epoch = house.id();
    assert_eq!(code(house.push(&mut rivera, vec![note(&house)]).await), ErrorCode::EpochChanged);
    rivera.epoch = epoch;
    let mut disordered = rivera.numbered(vec![note(&house), note(&house)]);
    disordered.commands.reverse();
    assert_eq!(code(sync::push(&house.server, &rivera.caller, &disordered).await), ErrorCode::Malformed);
    let many = rivera.numbered((0..101).map(|_| note(&house)).collect());
    assert_eq!(code(sync::push(&house.server, &rivera.caller, &many).await), ErrorCode::TooLarge);
    assert_eq!(
        house.count("SELECT count(*) FROM command_result").await,
        recorded,
        "nothing of these was recorded"
    );

    assert_eq!(house.push(&mut rivera, vec![note(&house)]).await.unwrap().processed_seq, 2);
}

#[tokio::test]
async fn words_that_may_not_be_written_are_kept_whole_and_sealed() {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let mut chen = house.person("chen", &[Role::Clinician]).await;
    let client = house.client_of(&mut rivera).await;
    let note = house.note_of(&mut rivera, client).await;
    let astray = house.envelope(patch(client, note, "", "Canary-words for the wrong chart."));
    let mut waiting = house.envelope(patch(client, note, "", "Canary-words that build on it."));
    waiting.depends_on = vec![astray.id];
    let own = ClientId::new(house.id());
    let user = chen.caller.user;
    let fine = house.envelope(new_client(&house, own, Some(user)));
    let answer = house.push(&mut chen, vec![astray.clone(), waiting.clone(), fine]).await.unwrap();
    let outcomes: Vec<_> = answer.results.into_iter().map(|result| result.outcome).collect();
    assert_eq!(outcomes[0], Outcome::Quarantined { code: RefusalCode::NotAllowed });
    assert!(matches!(outcomes[1], Outcome::Rejected { code: RefusalCode::DependencyRefused, .. }));
    assert_eq!(outcomes[2], Outcome::Applied, "what stands behind is not stopped");

    // What lies in quarantine opens, with the practice's key, to the very command that was sent.
    let superuser = crate::house::connect(&house.database.connection_string()).await;
    let bucket = Bucket::practice(house.practice).id(house.practice);
    let wrapped: Vec<u8> = superuser
        .query_one("SELECT data_key FROM bucket WHERE bucket_id = $1", &[&bucket.uuid()])
        .await
        .unwrap()
        .get(0);
    let key: Arc<DataKey> = house.server.sealing.bucket_key(house.practice, bucket, &wrapped).unwrap();
    for sent in [&astray, &waiting] {
        let sealed: Vec<u8> = superuser
            .query_one("SELECT sealed_payload FROM quarantine WHERE command_id = $1", &[&sent.id.uuid()])
            .await
            .unwrap()
            .get(0);
        let opened = key.open(&quarantine_data(house.practice, sent.id), &sealed).unwrap();
        assert_eq!(&serde_json::from_slice::<CommandEnvelope>(&opened).unwrap(), sent);
        assert!(canonical::to_string(sent).unwrap().contains("Canary-words"), "the control");
        assert!(!String::from_utf8_lossy(&sealed).contains("Canary"), "sealed");
    }
}

#[tokio::test]
async fn one_booking_that_collides_in_the_database_leaves_the_rest_of_its_batch_alone() {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let client = house.client_of(&mut rivera).await;
    let clinician = rivera.caller.user;
    assert_eq!(house.one(&mut rivera, book(&house, client, clinician, 9)).await, Outcome::Applied);
    // The block that tells of it is gone from the calendar, as if booked in the same instant: only the database knows.
    let superuser = crate::house::connect(&house.database.connection_string()).await;
    superuser
        .batch_execute("ALTER TABLE record DISABLE TRIGGER USER; DELETE FROM record WHERE kind = 'busy_block'; ALTER TABLE record ENABLE TRIGGER USER")
        .await
        .unwrap();
    let (first, last) = (NoteId::new(house.id()), NoteId::new(house.id()));
    let batch = [
        new_note(client, first),
        patch(client, first, "", "Before."),
        book(&house, client, clinician, 9),
        book(&house, client, clinician, 11),
        new_note(client, last),
    ];
    let batch = batch.into_iter().map(|command| house.envelope(command)).collect();
    let answer = house.push(&mut rivera, batch).await.unwrap();
    let outcomes: Vec<_> = answer.results.iter().map(|result| &result.outcome).collect();
    assert!(matches!(outcomes[2], Outcome::Rejected { code: RefusalCode::SlotTaken, .. }), "{outcomes:?}");
    for fine in [0, 1, 3, 4] {
        assert_eq!(outcomes[fine], &Outcome::Applied, "{fine}");
    }
    assert_eq!(house.count("SELECT count(*) FROM appointment").await, 2);
    let mut copy = Copy::default();
    house.pull_all(&rivera, &mut copy).await;
    assert_eq!(copy.live("appointment").len(), 2, "nothing of the refused booking was written");
    assert_eq!(copy.live("busy_block").len(), 1);
    assert_eq!(copy.live("note").len(), 2);
    assert!(copy.live("note").iter().any(|note| note["sections"]["subjective"] == "Before."));
}

#[tokio::test]
async fn t09_a_command_that_can_never_be_written_is_kept_and_stops_nobody() {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let client = house.client_of(&mut rivera).await;
    let (grown, other) = (house.note_of(&mut rivera, client).await, house.note_of(&mut rivera, client).await);
    let booking = book(&house, client, rivera.caller.user, 9);
    assert_eq!(house.one(&mut rivera, booking.clone()).await, Outcome::Applied);
    let Command::AppointmentBook(booked) = booking else { unreachable!() };
    // The calendar is no longer hers to see; the appointment's block in it cannot be taken away.
    let calendar = Bucket::calendar(rivera.caller.user).id(house.practice).uuid();
    house
        .database
        .execute(&format!(
            "UPDATE bucket_grant SET revoked_at = now(), grant_rev = grant_rev + 1 WHERE bucket_id = '{calendar}'"
        ))
        .unwrap();
    let cancel = Command::AppointmentCancel(CancelAppointment {
        appointment_id: booked.appointment_id,
        client_id: client,
        clinician: booked.clinician,
        reason: String::new(),
    });
    // No database takes U+0000, and the sections in question stand in the outcome.
    let unseen = [(SectionKey::new("part\u{0}"), Edit::new("Gone.", "Other words."))];
    let unseen = NoteEdits { sections: unseen.into(), ..NoteEdits::default() };
    let unseen = Command::NotePatch(PatchNote { note_id: grown, client_id: client, edits: unseen });
    let batch: Vec<CommandEnvelope> =
        [too_large(client, grown), cancel, unseen, patch(client, other, "", "Fine.")]
            .into_iter()
            .map(|command| house.envelope(command))
            .collect();
    let answer = house.push(&mut rivera, batch).await.unwrap();
    let outcomes: Vec<_> = answer.results.into_iter().map(|result| result.outcome).collect();
    assert!(matches!(outcomes[0], Outcome::Rejected { code: RefusalCode::Invalid, .. }), "{:?}", outcomes[0]);
    assert!(
        matches!(outcomes[1], Outcome::Rejected { code: RefusalCode::NotAllowed, .. }),
        "{:?}",
        outcomes[1]
    );
    assert!(matches!(outcomes[2], Outcome::Rejected { code: RefusalCode::Invalid, .. }), "{:?}", outcomes[2]);
    assert_eq!(outcomes[3], Outcome::Applied);
    assert_eq!(house.count("SELECT count(*) FROM quarantine").await, 2, "the words are kept");
    assert_eq!(house.count("SELECT count(*) FROM appointment WHERE status = 'booked'").await, 1);
}

#[tokio::test]
async fn a_new_epoch_sends_devices_back_to_the_start_and_repeats_no_effect() {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let client = house.client_of(&mut rivera).await;
    let kept = house.envelope(new_note(client, NoteId::new(house.id())));
    house.push(&mut rivera, vec![kept.clone()]).await.unwrap();
    let acting = Acting::console(house.practice, house.id());
    let epoch = epoch::begin(&house.server, &acting, TimeDelta::zero()).await.unwrap().to_epoch;
    assert_eq!(code(house.push(&mut rivera, vec![kept.clone()]).await), ErrorCode::EpochChanged);
    assert_eq!(code(house.pull(&rivera, &mut Copy::default(), 100).await), ErrorCode::EpochChanged);
    rivera.epoch = epoch;
    // Offered again under the number that it had: answered, not done again.
    rivera.count_from(2);
    let again = house.push(&mut rivera, vec![kept]).await.unwrap();
    assert_eq!(again.results[0].outcome, Outcome::Applied);
    assert_eq!(house.count("SELECT count(*) FROM record WHERE kind = 'note'").await, 1);
    let bridge =
        "SELECT count(*) FROM audit_event WHERE action = 'epoch_begin' AND reason LIKE 'continues %'";
    assert_eq!(house.count(bridge).await, 1);
}

#[tokio::test]
async fn those_who_may_see_a_change_are_poked_and_the_device_that_made_it_is_not() {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let chen = house.person("chen", &[Role::Clinician]).await;
    let other = house.device(house.practice, rivera.caller.user, rivera.caller.roles.clone()).await;
    let client = house.client_of(&mut rivera).await;
    let listen = |person: &crate::house::Person| {
        house.server.pokes.listen(house.practice, person.caller.user, person.caller.device, house.id())
    };
    let (here, there, elsewhere) = (listen(&rivera), listen(&other), listen(&chen));
    house.note_of(&mut rivera, client).await;
    assert!(there.heard().await);
    for deaf in [&here, &elsewhere] {
        let heard = tokio::time::timeout(std::time::Duration::ZERO, deaf.heard()).await;
        assert!(heard.is_err(), "neither her own device nor a colleague without the chart");
    }
}

#[tokio::test]
async fn no_protected_word_stands_in_clear_anywhere() {
    let house = House::open().await;
    let mut rivera = house.person("rivera", &[Role::Clinician]).await;
    let client = house.client_of(&mut rivera).await;
    let note = house.note_of(&mut rivera, client).await;
    house.one(&mut rivera, patch(client, note, "", "Canary-sentence one.")).await;
    house.one(&mut rivera, patch(client, note, "Canary-sentence one.", "Canary-sentence two.")).await;
    house.one(&mut rivera, patch(ClientId::new(house.id()), note, "", "Canary-sentence astray.")).await;
    let from = house.client_of(&mut rivera).await;
    let reason = "Canary-sentence of somebody who knows her brother.".to_owned();
    let merge = Command::ClientMerge(MergeClients { from, into: client, reason });
    assert_eq!(house.one(&mut rivera, merge).await, Outcome::Applied);
    let mut copy = Copy::default();
    house.pull_all(&rivera, &mut copy).await;
    let clients = copy.live("client");
    let kept = |client: &serde_json::Value| {
        client["merge_reason"].as_str().is_some_and(|text| text.starts_with("Canary"))
    };
    assert!(clients.iter().any(kept), "the control: the reason is in the sealed record");
    let superuser = crate::house::connect(&house.database.connection_string()).await;
    let tables = superuser
        .query(
            "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
            &[],
        )
        .await
        .unwrap();
    let mut rows = 0;
    for table in &tables {
        let table: String = table.get(0);
        for row in superuser.query(&format!("SELECT to_jsonb(t)::text FROM {table} t"), &[]).await.unwrap() {
            let mut text: String = row.get(0);
            rows += 1;
            // Bytes come out in hexadecimal; the canary is looked for in both spellings.
            text.make_ascii_lowercase();
            assert!(!text.contains("canary") && !text.contains("63616e617279"), "{table}: {text}");
        }
    }
    assert!(rows > 50, "the control: there was something to look through: {rows}");
}
