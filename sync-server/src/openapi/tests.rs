use super::*;
use mentalspace_testkit::process::environment;
use std::path::Path;

/// The description is kept beside the code, so that a change of the interface is a readable difference.
#[test]
fn the_description_is_the_one_that_is_kept() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    if environment("MENTALSPACE_UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, format!("{:#}\n", document())).unwrap();
    }
    let kept: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert!(
        kept == document(),
        "openapi.json differs: look why, then run with MENTALSPACE_UPDATE_SNAPSHOTS=1"
    );
}

#[test]
fn every_example_is_read_by_its_own_type_and_requests_tolerate_no_unknown_field() {
    for message in Message::ALL {
        let example = message.example();
        assert!(message.reads(&example), "{}", message.name);
        assert!(!example.is_null(), "{}", message.name);
    }
    for route in ROUTES {
        let Some(message) = &route.takes else { continue };
        let schema = message.schema();
        assert_eq!(
            schema["additionalProperties"],
            Value::Bool(false),
            "{}: unknown fields are refused",
            message.name
        );
        assert!(schema["required"].as_array().is_some_and(|fields| !fields.is_empty()), "{}", message.name);
    }
}

#[test]
fn the_table_names_every_path_of_the_protocol_once() {
    use mentalspace_protocol::path as p;
    let protocol = [
        p::FIRST_ADMINISTRATOR,
        p::ENROL,
        p::SIGN_IN,
        p::CHANGE_PASSWORD,
        p::HELLO,
        p::PUSH,
        p::PULL,
        p::VERIFY,
        p::PURGE_ACK,
        p::EVENTS,
        p::DEVICES,
        p::REVOKE_DEVICE,
    ];
    for path in protocol {
        assert_eq!(ROUTES.iter().filter(|route| route.path == path).count(), 1, "{path}");
    }
    // Whoever adds a way in without asking for a device changes this list, and somebody reads it.
    let public: Vec<&str> =
        ROUTES.iter().filter(|route| route.entry.policy() == "public").map(|route| route.path).collect();
    assert_eq!(public, [p::FIRST_ADMINISTRATOR, p::ENROL, p::SIGN_IN, "/livez", "/readyz"]);
}
