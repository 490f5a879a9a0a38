//! The table of figures with what is asked of each.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Every figure: its key, the most that is accepted, and which figure of the floor stands beside it.
const ASKED: [(&str, f64, &str); 12] = [
    ("first_sync_ratio", 1.2, "insert_fts_s"),
    ("first_chart_s", 1.0, ""),
    ("first_sync_wire_mb", 20.0, ""),
    ("first_sync_server_cpu_s", 0.45, ""),
    ("push_1000_s", 0.3, ""),
    ("delta_100_ms", 25.0, ""),
    ("empty_sync_cpu_us_200", 150.0, ""),
    ("empty_sync_cpu_us_20000", 150.0, ""),
    ("save_ratio", 1.5, "save_p50_ms"),
    ("search_p95_ms", 25.0, "search_p95_ms"),
    ("unlock_to_today_ms", 300.0, "open_p50_ms"),
    ("key_to_paint_p95_ms", 50.0, ""),
];

/// What was measured.
#[derive(Debug, Default)]
pub(super) struct Figures {
    measured: BTreeMap<&'static str, f64>,
    floor: Value,
}

impl Figures {
    pub(super) fn set(&mut self, key: &'static str, value: f64) {
        self.measured.insert(key, value);
    }

    pub(super) fn floor(&mut self, floor: &Value) {
        self.floor = floor.clone();
    }

    pub(super) fn print(&self, names: &[String]) {
        println!("\n{:<26} {:>12} {:>10}  floor on this machine", "", "measured", "at most");
        let wanted = |key: &str| names.is_empty() || names.iter().any(|name| key.contains(name.as_str()));
        for (key, most, beside) in ASKED.into_iter().filter(|(key, ..)| wanted(key)) {
            let floor = match self.floor.get(beside) {
                Some(value) => format!("{beside} {value}"),
                None => "–".to_owned(),
            };
            let (value, verdict) = match self.measured.get(key) {
                Some(value) if value <= &most => (format!("{value:.3}"), ""),
                Some(value) => (format!("{value:.3}"), "  missed"),
                None => ("not measured".to_owned(), ""),
            };
            println!("{key:<26} {value:>12} {most:>10}  {floor}{verdict}");
        }
    }

    /// One object with every key; `null` where nothing was measured.
    pub(super) fn to_json(&self) -> Value {
        let mut object = Map::new();
        for (key, ..) in ASKED {
            object.insert(key.to_owned(), self.measured.get(key).map_or(Value::Null, |value| json!(value)));
        }
        object.insert("floor".to_owned(), self.floor.clone());
        Value::Object(object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_measured_is_null_and_never_left_out() {
        let mut figures = Figures::default();
        figures.set("save_ratio", 1.25);
        let object = figures.to_json();
        assert_eq!((&object["save_ratio"], &object["key_to_paint_p95_ms"]), (&json!(1.25), &Value::Null));
        assert_eq!(object.as_object().unwrap().len(), ASKED.len() + 1);
    }
}
