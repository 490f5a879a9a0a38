//! How the window looks before anything is unlocked: somebody who needs high contrast or large type needs it at the lock.

use crate::files;
use serde::{Deserialize, Serialize};
use std::path::Path;

const FILE: &str = "appearance.json";

/// The four settings that the lock screen follows, in the open beside the key header: they say nothing of anybody's
/// clients. In force is what the encrypted store says; this is a copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appearance {
    /// Theme, by its name among the settings.
    pub theme: String,
    /// Contrast, likewise.
    pub contrast: String,
    /// Motion, likewise.
    pub motion: String,
    /// Text size in percent.
    pub zoom: u16,
}

impl Appearance {
    /// What was kept last; none where nothing was, or where it cannot be read any more.
    #[must_use]
    pub fn read(dir: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(dir.join(FILE)).ok()?).ok()
    }

    /// Keeps it for the next start.
    ///
    /// # Errors
    /// The file cannot be written; the one before is whole.
    pub fn keep(&self, dir: &Path) -> std::io::Result<()> {
        files::replace(dir, FILE, &serde_json::to_vec(self)?)
    }
}
