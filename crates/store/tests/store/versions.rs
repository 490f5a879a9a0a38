//! A server of a newer schema: what this release does not understand it keeps, counts, mends and hands on, to the letter.

use crate::clinic::{Desk, client_id, clinical, laptop, later, note, note_id, patch, practice_id, uuid};
use crate::pull::index_integrity;
use crate::server::Server;
use mentalspace_domain::note::Note;
use mentalspace_domain::record::{Record, RecordKey};

/// A note as a newer release writes it: with a field that nobody here knows, in canonical form.
fn of_tomorrow(number: u128, plan: &str) -> Vec<u8> {
    let record = Record::from(note(number, 1, &[("plan", plan)]));
    let mut value: serde_json::Value = serde_json::from_slice(&record.to_bytes(&[7; 16]).unwrap()).unwrap();
    value["mood_scale"] = serde_json::json!({"tool": "of tomorrow", "points": [3, 1, 2]});
    mentalspace_crypto::canonical::to_vec(&value).unwrap()
}

fn caseload() -> (Server, Desk) {
    let mut server = Server::new();
    server.put_raw(
        clinical(1),
        "note",
        note_id(1).uuid(),
        Some(client_id(1).uuid()),
        Some(of_tomorrow(1, "Weekly.")),
    );
    let scale = br#"{"points":[1,2],"salt":"00","scale":"of tomorrow"}"#.to_vec();
    server.put_raw(clinical(1), "mood_scale", uuid(70), Some(client_id(1).uuid()), Some(scale));
    let desk = Desk::new();
    assert!(
        server.pull(laptop(), &desk.store).mismatched.is_empty(),
        "the digest is over the bytes as they came"
    );
    (server, desk)
}

fn body(desk: &Desk, kind: &str) -> Vec<u8> {
    desk.raw()
        .query_row(
            "SELECT body FROM record r JOIN record_kind k ON k.code = r.kind WHERE k.name = ?1",
            [kind],
            |row| row.get(0),
        )
        .unwrap()
}

#[test]
fn a_known_record_with_a_field_of_tomorrow_is_shown_and_kept_to_the_letter() {
    let (_, desk) = caseload();
    assert_eq!(desk.section(1, "plan").unwrap(), "Weekly.");
    let desk = desk.reopened();
    assert_eq!(body(&desk, "note"), of_tomorrow(1, "Weekly."));
    assert_eq!(desk.store.search("weekly", 5).unwrap().len(), 1);
}

#[test]
fn what_is_not_understood_is_mended_like_anything_else() {
    let (server, desk) = caseload();
    let id = clinical(1).id(practice_id());
    for kind in ["note", "mood_scale"] {
        let whole = body(&desk, kind);
        desk.raw()
            .execute(
                "UPDATE record SET sha = zeroblob(32),
                     body = CAST(replace(CAST(body AS TEXT), 'of tomorrow', 'of yesterday') AS BLOB)
                 WHERE kind = (SELECT code FROM record_kind WHERE name = ?1)",
                [kind],
            )
            .unwrap();
        assert_ne!(body(&desk, kind), whole, "the control: there is something to mend");
        // As the verify endpoint tells it: identities and hashes, of whatever kind.
        let ours = desk.store.row_identities(id).unwrap();
        let put: Vec<_> = server
            .rows(clinical(1))
            .into_iter()
            .filter(|row| {
                let sha = mentalspace_crypto::digest::sha256(row.body.as_deref().unwrap());
                !ours.iter().any(|held| held.kind == row.kind && held.id == row.id && held.sha == sha)
            })
            .collect();
        assert_eq!(put.len(), 1, "one row differs");
        assert!(desk.store.repair(id, &put, &[], server.digest(clinical(1)), later(9)).unwrap());
        assert_eq!(body(&desk, kind), whole);
    }
    assert_eq!(index_integrity(&desk), Ok(()));
}

#[test]
fn a_patch_of_an_older_device_takes_no_field_of_tomorrow_away() {
    let (mut server, desk) = caseload();
    desk.submit(patch(1, 1, 1, "plan", "Weekly.", "Weekly. Call school."));
    assert_eq!(
        desk.section(1, "plan").unwrap(),
        "Weekly. Call school.",
        "over a record that it knows half of"
    );
    let pending = desk.store.offer(0, 10, usize::MAX).unwrap();
    let sent = serde_json::to_value(&pending[0].envelope).unwrap();
    let fields: Vec<&String> = sent["command"].as_object().unwrap().keys().collect();
    assert_eq!(fields, ["client_id", "edits", "note_id", "type"], "never the record, only what was changed");
    assert_eq!(
        sent["command"]["edits"],
        serde_json::json!({"sections":
        {"plan": {"from": "Weekly.", "to": "Weekly. Call school."}}})
    );

    // A newer server decides it over its own record: what it knows beyond stays.
    server.receive(laptop(), &pending);
    let decided = server.record(clinical(1), RecordKey::of::<Note>(note_id(1).uuid())).unwrap();
    let mut value: serde_json::Value = serde_json::from_slice(&decided.to_bytes(&[8; 16]).unwrap()).unwrap();
    value["mood_scale"] = serde_json::json!({"tool": "of tomorrow", "points": [3, 1, 2]});
    let newer = mentalspace_crypto::canonical::to_vec(&value).unwrap();
    let parent = Some(client_id(1).uuid());
    server.put_raw(clinical(1), "note", note_id(1).uuid(), parent, Some(newer.clone()));
    let applied = server.pull(laptop(), &desk.store);
    assert_eq!((applied.confirmed, applied.mismatched.len()), (1, 0));
    assert_eq!(body(&desk, "note"), newer);
    assert_eq!(desk.section(1, "plan").unwrap(), "Weekly. Call school.");
}

/// A database of a newer schema is refused before anything in it is changed.
#[test]
fn a_database_of_a_newer_release_is_not_touched() {
    let (_, desk) = caseload();
    let Desk { store, path, dir } = desk;
    drop(store);
    crate::clinic::raw(&path).pragma_update(None, "user_version", 99).unwrap();
    let before = std::fs::read(&path).unwrap();
    let refused = mentalspace_store::Store::open(&path, &crate::clinic::key());
    assert!(
        matches!(refused, Err(mentalspace_store::StoreError::NewerSchema { found: 99, .. })),
        "{refused:?}"
    );
    assert_eq!(std::fs::read(&path).unwrap(), before);
    drop(dir);
}
