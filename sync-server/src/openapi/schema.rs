//! A message's schema, found out from the message: which fields it has, from an instance with all of them; which are
//! required and whether others are tolerated, by asking the type itself to read variations of that instance.

use super::Message;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// Whether a value reads as a `T`.
pub(super) fn reads<T: DeserializeOwned>(value: &Value) -> bool {
    // By way of text, as on the wire: raw values cannot be read from a tree.
    serde_json::from_str::<T>(&value.to_string()).is_ok()
}

/// An instance as a tree.
pub(super) fn tree<T: Serialize>(instance: &T) -> Value {
    serde_json::to_value(instance).unwrap_or_default()
}

impl Message {
    /// The JSON schema.
    #[must_use]
    pub fn schema(&self) -> Value {
        let example = (self.example)();
        describe(&example, &|changed| (self.reads)(&changed))
    }

    /// The instance with every field filled.
    #[must_use]
    pub fn example(&self) -> Value {
        (self.example)()
    }

    /// Whether the type reads this value.
    #[must_use]
    pub fn reads(&self, value: &Value) -> bool {
        (self.reads)(value)
    }
}

/// Describes one value; `reads` says whether the whole message still reads with another value in its place.
fn describe(value: &Value, reads: &dyn Fn(Value) -> bool) -> Value {
    match value {
        Value::Object(fields) => object(fields, reads),
        Value::Array(items) => match items.first() {
            Some(item) => {
                json!({ "type": "array", "items": describe(item, &|changed| reads(json!([changed]))) })
            }
            None => json!({ "type": "array" }),
        },
        Value::String(text) => string(text),
        Value::Bool(_) => json!({ "type": "boolean" }),
        Value::Number(number) if number.is_f64() => json!({ "type": "number" }),
        Value::Number(_) if reads(json!(-1)) => json!({ "type": "integer" }),
        Value::Number(_) => json!({ "type": "integer", "minimum": 0 }),
        Value::Null => json!({}),
    }
}

fn object(fields: &Map<String, Value>, reads: &dyn Fn(Value) -> bool) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (name, value) in fields {
        let put = |changed: Value| {
            let mut other = fields.clone();
            other.insert(name.clone(), changed);
            reads(other.into())
        };
        properties.insert(name.clone(), describe(value, &put));
        let mut without = fields.clone();
        without.remove(name);
        if !reads(without.into()) {
            required.push(Value::from(name.as_str()));
        }
    }
    let mut with_another = fields.clone();
    with_another.insert("no such field".to_owned(), Value::Null);
    let mut schema = json!({ "type": "object", "properties": properties, "required": required });
    if !reads(with_another.into()) {
        schema["additionalProperties"] = false.into();
    }
    schema
}

fn string(text: &str) -> Value {
    if uuid::Uuid::parse_str(text).is_ok() {
        json!({ "type": "string", "format": "uuid" })
    } else if chrono::DateTime::parse_from_rfc3339(text).is_ok() {
        json!({ "type": "string", "format": "date-time" })
    } else {
        json!({ "type": "string" })
    }
}
