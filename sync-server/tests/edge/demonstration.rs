//! The demonstration practice, loaded through the decisions and read back by a device.

use crate::harness::{House, database};
use mentalspace_protocol::error::ErrorCode;
use mentalspace_protocol::path;
use mentalspace_server::auth::codes::Purpose;
use mentalspace_server::caller::Acting;
use mentalspace_server::demo::DemoDivergenceKind;
use mentalspace_server::{demo, demo_load, practice};
use reqwest::StatusCode;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn the_demonstration_is_loaded_whole_and_every_signature_of_it_stands() {
    let house = House::without_practice(database()).await;
    let day = "2026-03-02".parse().unwrap();
    let demo = demo::generate(1, day);
    let password = "otter lantern plum thirty";
    let (practice, loaded) =
        demo_load::load(&house.running.edge, &demo, password, house.recovery_key()).await.unwrap();
    assert_eq!((loaded.clients, loaded.notes), (demo.clients.len(), demo.notes.len()));
    assert!(loaded.signed > 2_000 && loaded.addenda > 0, "{loaded:?}");
    let meant = |kind| {
        let two = demo.notes.iter().filter_map(|note| note.divergence.as_ref());
        two.filter(|two| two.kind == kind).count()
    };
    assert_eq!(loaded.combined, meant(DemoDivergenceKind::Combined), "{loaded:?}");
    assert_eq!(loaded.parked, meant(DemoDivergenceKind::Conflict), "{loaded:?}");
    assert!(loaded.combined > 0 && loaded.parked > 0, "a demonstration shows both");

    let live = |kind: &str| format!("record WHERE kind = '{kind}' AND NOT deleted");
    let signatures = i64::try_from(loaded.signed + loaded.addenda).unwrap();
    assert_eq!(house.count(&live("note")).await, i64::try_from(loaded.notes).unwrap());
    for kind in ["note_version", "signature", "receipt"] {
        assert_eq!(house.count(&live(kind)).await, signatures, "{kind}");
    }
    assert_eq!(
        house.count(&live("refused_signature")).await,
        0,
        "a refused signature is a mistake of the loader"
    );
    assert_eq!(house.count("audit_event WHERE record_kind = 'signature'").await, signatures);
    assert_eq!(house.count("device WHERE status <> 'revoked'").await, 0, "nobody holds those devices");

    let server = house.server();
    let login = demo.users[demo.clients[0].clinician.0].login;
    let tx = server.db.begin(&Acting::console(practice, server.new_id().unwrap())).await.unwrap();
    let user = practice::user_by_login(&tx, practice, login).await.unwrap();
    tx.rollback().await.unwrap();
    let code = house.code_of(practice, user, Purpose::Enrolment).await;
    let mut device = house.device();
    let enrolled = device.enrol(&code, login, password).await;
    assert_eq!(enrolled.status, StatusCode::OK, "{enrolled:?}");
    device.token = enrolled.json()["token"].as_str().unwrap().to_owned();
    let pull =
        json!({ "log_epoch": enrolled.json()["log_epoch"], "cursors": [], "rows": 5000, "results_after": 0 });
    let pulled = device.post(path::PULL, &pull).await;
    assert_eq!(pulled.status, StatusCode::OK, "{pulled:?}");
    let lines = zstd::decode_all(&pulled.bytes[..]).unwrap();
    assert!(lines.split(|byte| *byte == b'\n').count() > 1_000, "a caseload comes down");

    let again =
        demo_load::load(&house.running.edge, &demo, password, house.recovery_key()).await.unwrap_err();
    assert_eq!(again.code(), ErrorCode::NotAllowed, "only into an empty database");
}
