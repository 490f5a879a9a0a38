//! The user's own settings, kept in the encrypted store.

use crate::api::ApiError;
use crate::api::input::{Nothing, SettingsInput};
use crate::api::view::{AppearanceView, SettingsView};
use crate::civil;
use crate::desktop::{Desktop, Open};
use mentalspace_store::MetaKey;
use mentalspace_store::profile::Appearance;

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
    let appearance = Appearance {
        theme: input.theme.clone(),
        contrast: input.contrast.clone(),
        motion: input.motion.clone(),
        zoom: input.zoom,
    };
    check(&appearance)?;
    one_of("notifications", &input.notifications, &["none", "generic"])?;
    crate::standing::note_format(&input.default_format)?;
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
    // A copy for the lock screen. The settings stand without it; the lock screen then looks as it did before.
    let _ = appearance.keep(&desktop.config.profile);
    load(&open)
}

/// How the window looks, known before anything is unlocked. The file lies in the open, so what it says is checked.
pub(crate) fn appearance(desktop: &Desktop) -> AppearanceView {
    let kept = Appearance::read(&desktop.config.profile).filter(|kept| check(kept).is_ok());
    let Appearance { theme, contrast, motion, zoom } = kept.unwrap_or_else(|| Appearance {
        theme: "system".to_owned(),
        contrast: "system".to_owned(),
        motion: "system".to_owned(),
        zoom: 100,
    });
    AppearanceView { theme, contrast, motion, zoom }
}

fn check(appearance: &Appearance) -> Result<(), ApiError> {
    one_of("theme", &appearance.theme, &["system", "light", "dark"])?;
    one_of("contrast", &appearance.contrast, &["system", "more", "less"])?;
    one_of("motion", &appearance.motion, &["system", "reduced", "full"])?;
    if (50..=200).contains(&appearance.zoom) {
        return Ok(());
    }
    Err(civil::invalid("zoom", "a percentage from 50 to 200"))
}

fn one_of(field: &str, value: &str, allowed: &[&str]) -> Result<(), ApiError> {
    if allowed.contains(&value) {
        return Ok(());
    }
    Err(civil::invalid(field, &allowed.join(", ")))
}
