//! What the application says without being asked, passed on to the window.

use crate::MAIN;
use mentalspace_app::api::table::TAGS;
use mentalspace_app::{AppEvent, Desktop};
use serde::Serialize;
use serde_json::json;
use tauri::{AppHandle, Emitter as _};
use tokio::sync::broadcast::error::RecvError;

/// What the cache tags in the payload stand for has changed.
pub(crate) const CHANGED: &str = "backend://changed";
/// The sync status changed.
pub(crate) const STATUS: &str = "backend://status";
/// The device was locked.
pub(crate) const LOCKED: &str = "backend://locked";
/// The device is about to be locked: what is being typed should be sent now. See [`crate::locking`].
pub(crate) const LOCKING: &str = "backend://locking";
/// The program is about to end: what is being typed is saved first, or the person asked. See [`crate::locking`].
pub(crate) const ENDING: &str = "backend://ending";
/// An item of the menu asks for something that the pages do.
pub(crate) const DEED: &str = "backend://deed";

/// Passes events on for as long as the program runs.
pub(crate) fn pass_on(app: &AppHandle, desktop: &Desktop) {
    let (app, mut events) = (app.clone(), desktop.subscribe());
    tauri::async_runtime::spawn(async move {
        loop {
            match events.recv().await {
                Ok(AppEvent::Changed { tags }) => tell(&app, CHANGED, json!({ "tags": tags })),
                Ok(AppEvent::Status(status)) => tell(&app, STATUS, status),
                Ok(AppEvent::Locking) => tell(&app, LOCKING, json!({})),
                Ok(AppEvent::Locked) => tell(&app, LOCKED, json!({})),
                // What was missed is unknown, so everything counts as changed.
                Err(RecvError::Lagged(_)) => tell(&app, CHANGED, json!({ "tags": TAGS })),
                Err(RecvError::Closed) => return,
            }
        }
    });
}

/// Says something to the window.
pub(crate) fn tell(app: &AppHandle, name: &str, payload: impl Serialize + Clone) {
    if let Err(why) = app.emit_to(MAIN, name, payload) {
        tracing::warn!(name, %why, "the window was not told");
    }
}
