//! Larger and smaller from the menu. The size is a setting of the user's, and the pages draw by it; the menu only moves
//! it to the next step.

use crate::announcements::{CHANGED, tell};
use mentalspace_app::api;
use serde_json::{Value, json};
use tauri::AppHandle;

/// Per cent that may be chosen; the same steps as in the settings screen.
const STEPS: [u16; 11] = [50, 67, 75, 80, 90, 100, 110, 125, 150, 175, 200];

/// What the menu offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    In,
    Out,
    Reset,
}

/// The step to take from `now` per cent.
fn next(now: u16, turn: Turn) -> u16 {
    match turn {
        Turn::In => STEPS.into_iter().find(|step| *step > now).unwrap_or(200),
        Turn::Out => STEPS.into_iter().rev().find(|step| *step < now).unwrap_or(50),
        Turn::Reset => 100,
    }
}

/// Takes a step. While the device is locked there are no settings to change, and nothing happens.
pub(crate) fn turn(app: &AppHandle, turn: Turn) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let desktop = crate::desktop(&app);
        let Ok(mut settings) = api::call(&desktop, "settings", json!({})).await else {
            return;
        };
        settings["zoom"] = next(percent(&settings), turn).into();
        match api::call(&desktop, "settings_save", settings).await {
            Ok(_) => tell(&app, CHANGED, json!({ "tags": ["settings", "profile"] })),
            Err(error) => tracing::warn!(code = ?error.code, "the size was not changed"),
        }
    });
}

fn percent(settings: &Value) -> u16 {
    settings["zoom"].as_u64().and_then(|percent| u16::try_from(percent).ok()).unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_go_up_and_down_from_anywhere_and_stop_at_both_ends() {
        assert_eq!((next(100, Turn::In), next(100, Turn::Out)), (110, 90));
        assert_eq!((next(103, Turn::In), next(103, Turn::Out)), (110, 100));
        assert_eq!((next(200, Turn::In), next(50, Turn::Out)), (200, 50));
        assert_eq!(next(175, Turn::Reset), 100);
    }
}
