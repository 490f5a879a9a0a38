//! The size of everything in the window: a setting of the user's, kept in her encrypted profile, applied here because
//! only the web view can scale what it draws. Before unlocking it is 100 %, or what the menu was told since.

use crate::MAIN;
use mentalspace_app::Desktop;
use mentalspace_app::api;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU16, Ordering};
use tauri::{AppHandle, Manager as _};

/// Per cent that may be chosen; the same steps as in the settings screen.
const STEPS: [u16; 11] = [50, 67, 75, 80, 90, 100, 110, 125, 150, 175, 200];

/// Per cent at which the window is drawn.
#[derive(Debug)]
pub(crate) struct Zoom(AtomicU16);

impl Default for Zoom {
    fn default() -> Self {
        Self(AtomicU16::new(100))
    }
}

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

/// Takes a step and, where a profile is open, keeps it.
pub(crate) fn turn(app: &AppHandle, turn: Turn) {
    let percent = next(app.state::<Zoom>().0.load(Ordering::Relaxed), turn);
    apply(app, percent);
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let desktop = crate::desktop(&app);
        // Locked, or the disk is full: the window is drawn as wanted all the same, and nothing else is lost.
        let Ok(mut settings) = api::call(&desktop, "settings", json!({})).await else {
            return;
        };
        settings["zoom"] = percent.into();
        if let Err(error) = api::call(&desktop, "settings_save", settings).await {
            tracing::warn!(code = ?error.code, "the zoom was not kept");
        }
    });
}

/// Draws at the size that the open profile's settings name.
pub(crate) async fn follow_settings(app: &AppHandle, desktop: &Desktop) {
    let settings = api::call(desktop, "settings", json!({})).await;
    if let Some(percent) = settings.as_ref().ok().and_then(percent_of) {
        apply(app, percent);
    }
}

fn percent_of(settings: &Value) -> Option<u16> {
    settings["zoom"]
        .as_u64()
        .and_then(|percent| u16::try_from(percent).ok())
        .map(|percent| percent.clamp(50, 200))
}

fn apply(app: &AppHandle, percent: u16) {
    app.state::<Zoom>().0.store(percent, Ordering::Relaxed);
    if let Some(window) = app.get_webview_window(MAIN)
        && let Err(why) = window.set_zoom(f64::from(percent) / 100.0)
    {
        tracing::warn!(%why, "the window was not scaled");
    }
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

    #[test]
    fn a_setting_out_of_range_is_brought_into_it() {
        assert_eq!(percent_of(&json!({ "zoom": 900 })), Some(200));
        assert_eq!(percent_of(&json!({ "zoom": "big" })), None);
    }
}
