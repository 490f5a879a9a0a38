//! What axe-core, the accessibility checker that auditors use, finds on a screen.

use crate::window::Window;
use mentalspace_testkit::failure::{Failure, Outcome};
use serde_json::{Value, json};
use std::path::Path;

/// Themes in which every screen is looked at.
pub const THEMES: [&str; 2] = ["light", "dark"];

impl Window {
    /// What the checker finds on the screen as it is, one line for each element at fault.
    ///
    /// # Errors
    /// The checker failed, or is not among the user interface's libraries.
    pub fn axe_findings(&self) -> Outcome<Vec<String>> {
        if self.run("return window.axe === undefined", json!([]))? == json!(true) {
            self.bring_axe()?;
        }
        let body = "
            const done = arguments[arguments.length - 1];
            axe.run(document, { resultTypes: ['violations'] }).then(
                (report) => done(report.violations.flatMap((rule) => rule.nodes.map(
                    (node) => `${rule.id} (${rule.impact}): ${node.target.join(' ')}: ${node.failureSummary}`))),
                (error) => done(String(error)));";
        match self.run_later(body, json!([]))? {
            Value::Array(found) => Ok(found.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
            other => Err(Failure::Said(format!("axe failed: {other}"))),
        }
    }

    fn bring_axe(&self) -> Outcome<()> {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/node_modules/axe-core/axe.min.js");
        let checker = std::fs::read_to_string(&file)
            .map_err(|why| Failure::Said(format!("{}: {why}; run `npm ci` in ui/", file.display())))?;
        self.run(&format!("{checker}; window.axe = axe;"), json!([])).map(drop)
    }

    /// Shows the screen in a theme, as the settings do, and waits until nothing moves any more: a colour on its way from one
    /// theme to the other has no contrast to speak of.
    ///
    /// # Errors
    /// It does not come to rest.
    pub fn wear(&self, theme: &str) -> Outcome<()> {
        let dress = "
            document.documentElement.dataset.theme = arguments[0];
            document.documentElement.dataset.motion = 'reduced';";
        self.run(dress, json!([theme]))?;
        self.until(
            "nothing moves",
            "return document.getAnimations().every((animation) => animation.playState !== 'running')",
        )
    }
}
