//! The user's own settings, kept in the encrypted store.

use crate::api::ApiError;
use crate::api::input::{Nothing, SettingsInput};
use crate::api::view::SettingsView;
use crate::civil;
use crate::desktop::{Desktop, Open};
use mentalspace_store::MetaKey;

/// What a new device begins with.
fn standard(idle_lock_minutes: u8) -> SettingsView {
    SettingsView {
        theme: "system".to_owned(),
        contrast: "system".to_owned(),
        motion: "system".to_owned(),
        zoom: 100,
        idle_lock_minutes,
        notifications: "generic".to_owned(),
        default_format: "soap".to_owned(),
        show_inactive: false,
    }
}

/// The settings in force. The practice's idle time is the longest; the user may only shorten it.
pub(crate) fn load(open: &Open) -> Result<SettingsView, ApiError> {
    let longest = open.store.identity()?.practice.idle_lock_minutes;
    let mut settings: SettingsView = open.store.meta(MetaKey::Settings)?.unwrap_or_else(|| standard(longest));
    settings.idle_lock_minutes = settings.idle_lock_minutes.clamp(1, longest.max(1));
    Ok(settings)
}

pub(crate) async fn settings(desktop: &Desktop, _: Nothing) -> Result<SettingsView, ApiError> {
    load(&*desktop.open()?)
}

pub(crate) async fn save(desktop: &Desktop, input: SettingsInput) -> Result<SettingsView, ApiError> {
    let open = desktop.open()?;
    one_of("theme", &input.theme, &["system", "light", "dark"])?;
    one_of("contrast", &input.contrast, &["system", "more", "less"])?;
    one_of("motion", &input.motion, &["system", "reduced", "full"])?;
    one_of("notifications", &input.notifications, &["none", "generic"])?;
    crate::standing::note_format(&input.default_format)?;
    if !(50..=200).contains(&input.zoom) {
        return Err(civil::invalid("zoom", "a percentage from 50 to 200"));
    }
    let settings = SettingsView {
        theme: input.theme,
        contrast: input.contrast,
        motion: input.motion,
        zoom: input.zoom,
        idle_lock_minutes: input.idle_lock_minutes,
        notifications: input.notifications,
        default_format: input.default_format,
        show_inactive: input.show_inactive,
    };
    open.store.set_meta(MetaKey::Settings, &settings)?;
    load(&open)
}

fn one_of(field: &str, value: &str, allowed: &[&str]) -> Result<(), ApiError> {
    if allowed.contains(&value) {
        return Ok(());
    }
    Err(civil::invalid(field, &allowed.join(", ")))
}
