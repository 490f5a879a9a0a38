//! The description of the interface (OpenAPI 3.1), made from the table of routes and from the messages themselves, so
//! that it cannot say what the server does not do. `sync-server/openapi.json` is its snapshot.

mod examples;
mod schema;

use crate::http::failure::status;
use crate::http::routes::{Entry, ROUTES, Route};
use mentalspace_protocol::error::ErrorCode;
use serde_json::{Map, Value, json};

/// A message of the interface: its name, an instance with every field filled, and whether a value reads as one.
#[derive(Clone, Copy)]
pub struct Message {
    /// The type's name.
    pub name: &'static str,
    example: fn() -> Value,
    reads: fn(&Value) -> bool,
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// The description.
#[must_use]
pub fn document() -> Value {
    let mut paths = Map::new();
    let mut schemas = Map::new();
    let error = Message::ERROR_BODY;
    schemas.insert(error.name.to_owned(), error.schema());
    for route in ROUTES {
        for message in [route.takes, route.gives].into_iter().flatten() {
            schemas.insert(message.name.to_owned(), message.schema());
        }
        let verb = route.verb.as_str().to_lowercase();
        paths.insert(route.path.to_owned(), json!({ verb: operation(route) }));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "MentalSpace sync-server",
            "version": mentalspace_protocol::PROTOCOL_VERSION.to_string(),
            "description": "What devices say to the server. Requests may be compressed (content-encoding: zstd). \
                            Every answer carries a nonce for the next proof.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer" },
                "device": header(mentalspace_protocol::proof::DEVICE_HEADER),
                "proof": header(mentalspace_protocol::proof::PROOF_HEADER),
            },
        },
    })
}

fn header(name: &str) -> Value {
    json!({ "type": "apiKey", "in": "header", "name": name })
}

fn reference(message: &Message) -> Value {
    let schema = json!({ "$ref": format!("#/components/schemas/{}", message.name) });
    json!({ "application/json": { "schema": schema } })
}

fn operation(route: &Route) -> Value {
    let mut operation = Map::new();
    operation.insert("summary".to_owned(), route.summary.into());
    operation.insert("x-policy".to_owned(), route.entry.policy().into());
    let security = match route.entry {
        Entry::Public(_) => json!([]),
        Entry::EnrolledDevice(_) | Entry::RevokedDeviceToo(_) => {
            json!([{ "token": [], "device": [], "proof": [] }])
        }
    };
    operation.insert("security".to_owned(), security);
    if route.path.starts_with("/v1/") {
        let versions = [mentalspace_protocol::PROTOCOL_HEADER, mentalspace_protocol::SCHEMA_HEADER];
        let parameters = versions.map(
            |name| json!({ "name": name, "in": "header", "required": true, "schema": { "type": "integer" } }),
        );
        operation.insert("parameters".to_owned(), parameters.to_vec().into());
    }
    if let Some(message) = &route.takes {
        operation
            .insert("requestBody".to_owned(), json!({ "required": true, "content": reference(message) }));
    }
    operation.insert("responses".to_owned(), responses(route));
    operation.into()
}

fn responses(route: &Route) -> Value {
    use ErrorCode as E;
    let mut responses = Map::new();
    match (&route.gives, route.path) {
        (Some(message), _) => responses
            .insert("200".to_owned(), json!({ "description": "Done.", "content": reference(message) })),
        (None, mentalspace_protocol::path::PULL) => stream(&mut responses, "application/x-ndjson"),
        (None, mentalspace_protocol::path::EVENTS) => stream(&mut responses, "text/event-stream"),
        (None, _) => responses.insert("204".to_owned(), json!({ "description": "Done." })),
    };
    let mut codes = vec![E::Malformed, E::Busy, E::Internal, E::TooLarge];
    match route.entry {
        Entry::Public(_) => codes.extend([
            E::Unauthenticated,
            E::Throttled,
            E::PasswordRefused,
            E::NotAllowed,
            E::UpgradeRequired,
        ]),
        Entry::EnrolledDevice(_) | Entry::RevokedDeviceToo(_) => {
            codes.extend([E::Unauthenticated, E::DeviceRevoked, E::NotFound, E::EpochChanged, E::Throttled]);
            codes.extend([E::PasswordRefused, E::UpgradeRequired]);
        }
    }
    for code in codes {
        let answer =
            json!({ "description": "See the code in the body.", "content": reference(&Message::ERROR_BODY) });
        responses.insert(status(code).as_u16().to_string(), answer);
    }
    responses.into()
}

fn stream(responses: &mut Map<String, Value>, content: &str) -> Option<Value> {
    responses.insert("200".to_owned(), json!({ "description": "A stream.", "content": { content: {} } }))
}

#[cfg(test)]
#[path = "openapi/tests.rs"]
mod tests;
