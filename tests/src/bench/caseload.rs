//! The generated notes, and writing them on a device.

use mentalspace_testkit::clinic::Device;
use mentalspace_testkit::failure::{Doing as _, Failure, Outcome};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::HashMap;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Notes as generated, each with the chart it belongs to.
#[derive(Debug)]
pub(super) struct Notes {
    path: PathBuf,
    rows: Vec<(String, String)>,
    charts: RefCell<HashMap<String, Value>>,
}

impl Notes {
    pub(super) fn read(path: &Path) -> Outcome<Self> {
        let text = fs::read_to_string(path).doing(format!("read {}", path.display()))?;
        let rows = text
            .lines()
            .map(|line| {
                let row: Value = serde_json::from_str(line).ok()?;
                Some((row["client_id"].as_str()?.to_owned(), row["body"].as_str()?.to_owned()))
            })
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| Failure::Said(format!("{} holds something else than notes", path.display())))?;
        Ok(Self { path: path.to_path_buf(), rows, charts: RefCell::default() })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes some of them as drafts, making their charts where they are new.
    pub(super) fn write(&self, device: &mut Device, which: Range<usize>) -> Outcome<()> {
        for (chart, body) in self.rows.get(which).into_iter().flatten() {
            let known = self.charts.borrow().get(chart).cloned();
            let client = match known {
                Some(client) => client,
                None => {
                    let facts = json!({"given_name": "Measured", "family_name": chart});
                    let made =
                        device.must(&json!({"command": "client_create", "facts": facts}))?["id"].clone();
                    self.charts.borrow_mut().insert(chart.clone(), made.clone());
                    made
                }
            };
            device.must(&json!({
                "command": "note_create", "client_id": client, "format": "narrative",
                "fields": {"service_date": "2026-03-09"}, "sections": {"narrative": body},
            }))?;
        }
        Ok(())
    }
}
