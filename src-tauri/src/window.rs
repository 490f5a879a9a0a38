//! The one window.

use crate::options::Directories;
use crate::{MAIN, TITLE, pages};
use tauri::plugin::TauriPlugin;
use tauri::webview::{DownloadEvent, NewWindowResponse};
use tauri::{AppHandle, Manager as _, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder, Wry};
use tauri_plugin_window_state::StateFlags;

/// Opens the window. It shows the built pages and can be led nowhere else.
pub(crate) fn open(app: &AppHandle, directories: &Directories) -> tauri::Result<()> {
    let window = WebviewWindowBuilder::new(app, MAIN, WebviewUrl::App("index.html".into()))
        .title(TITLE)
        .inner_size(1280.0, 800.0)
        // 320 CSS pixels at 100 % are what every screen must still fit into (WCAG 2.2, 1.4.10).
        .min_inner_size(360.0, 400.0)
        .data_directory(directories.scratch())
        .incognito(!pages::is_driven())
        .devtools(cfg!(debug_assertions))
        .zoom_hotkeys_enabled(false)
        .on_navigation(is_own_page)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, event| !matches!(event, DownloadEvent::Requested { .. }))
        .build()?;
    pages::settle(app, &window)
}

/// Whether an address is a page of this program: `tauri:` on Linux and macOS, a name that cannot be resolved on Windows.
fn is_own_page(address: &Url) -> bool {
    match address.scheme() {
        "tauri" => address.host_str() == Some("localhost"),
        "http" | "https" => cfg!(windows) && address.host_str() == Some("tauri.localhost"),
        _ => false,
    }
}

/// Keeps size, place and maximised state in the profile, and moves a window back onto a screen that is there.
pub(crate) fn remembered(directories: &Directories) -> TauriPlugin<Wry> {
    tauri_plugin_window_state::Builder::new()
        .with_filename(directories.window_state().display().to_string())
        .with_state_flags(StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED)
        .build()
}

/// What a second start of the program does to the first.
pub(crate) fn bring_to_front(app: &AppHandle) {
    with(app, |window| {
        window.unminimize()?;
        window.show()?;
        window.set_focus()
    });
}

pub(crate) fn toggle_full_screen(app: &AppHandle) {
    with(app, |window| window.set_fullscreen(!window.is_fullscreen()?));
}

fn with(app: &AppHandle, act: impl FnOnce(&WebviewWindow) -> tauri::Result<()>) {
    if let Some(window) = app.get_webview_window(MAIN)
        && let Err(why) = act(&window)
    {
        tracing::warn!(%why, "the window did not do what it was told");
    }
}

/// An item of the Edit menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edit {
    Undo,
    Redo,
    Cut,
    Copy,
    Paste,
    SelectAll,
}

impl Edit {
    pub(crate) const ALL: [Self; 6] =
        [Self::Undo, Self::Redo, Self::Cut, Self::Copy, Self::Paste, Self::SelectAll];

    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Undo => "edit-undo",
            Self::Redo => "edit-redo",
            Self::Cut => "edit-cut",
            Self::Copy => "edit-copy",
            Self::Paste => "edit-paste",
            Self::SelectAll => "edit-select-all",
        }
    }

    #[cfg(not(target_os = "macos"))]
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Undo => "&Undo",
            Self::Redo => "&Redo",
            Self::Cut => "Cu&t",
            Self::Copy => "&Copy",
            Self::Paste => "&Paste",
            Self::SelectAll => "Select &all",
        }
    }

    /// The name under which WebKit knows the command.
    #[cfg(target_os = "linux")]
    const fn command(self) -> &'static str {
        match self {
            Self::Undo => "Undo",
            Self::Redo => "Redo",
            Self::Cut => "Cut",
            Self::Copy => "Copy",
            Self::Paste => "Paste",
            Self::SelectAll => "SelectAll",
        }
    }
}

/// Carries out an item of the Edit menu where the caret is.
pub(crate) fn edit(app: &AppHandle, edit: Edit) {
    #[cfg(target_os = "linux")]
    with(app, move |window| {
        window.with_webview(move |view| {
            use webkit2gtk::WebViewExt as _;
            view.inner().execute_editing_command(edit.command());
        })
    });
    #[cfg(not(target_os = "linux"))]
    let _ = (app, edit);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_can_be_led_nowhere_else() {
        let goes = |address: &str| is_own_page(&address.parse().unwrap());
        assert!(goes("tauri://localhost/index.html"));
        for elsewhere in [
            "https://example.org/",
            "http://localhost:8080/",
            "tauri://elsewhere/",
            "file:///etc/passwd",
            "data:text/html,hello",
            "javascript:void(0)",
        ] {
            assert!(!goes(elsewhere), "{elsewhere}");
        }
    }
}
