//! How the web view may behave: it keeps nothing, asks for nothing, and checks spelling.

use crate::options::Directories;
use tauri::{AppHandle, WebviewWindow};

/// Whether a test drives the window. WebKit can be driven only where it has a context that lasts; that context then lives
/// in the scratch directory with every kind of storage switched off, as always.
#[must_use]
pub fn is_driven() -> bool {
    std::env::var_os("TAURI_WEBVIEW_AUTOMATION").is_some_and(|value| value == "true")
}

/// Makes the web view's scratch directory, empty: whatever a killed run left there goes.
///
/// # Errors
/// The directory cannot be made or emptied.
pub fn prepare_scratch(directories: &Directories) -> std::io::Result<()> {
    let scratch = directories.scratch();
    if scratch.exists() {
        std::fs::remove_dir_all(&scratch)?;
    }
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(&scratch)
}

/// Removes the scratch directory. Should WebKit still hold it, the next start removes it.
pub fn clear_scratch(directories: &Directories) {
    let _ = std::fs::remove_dir_all(directories.scratch());
}

/// Sets the web view up.
#[cfg(target_os = "linux")]
pub(crate) fn settle(app: &AppHandle, window: &WebviewWindow) -> tauri::Result<()> {
    let app = app.clone();
    window.with_webview(move |view| linux::settle(&app, &view.inner()))
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn settle(_: &AppHandle, _: &WebviewWindow) -> tauri::Result<()> {
    Ok(())
}

#[cfg(target_os = "linux")]
mod linux {
    use crate::presence::Presence;
    use gtk::gio::NetworkMonitor;
    use gtk::gio::prelude::NetworkMonitorExt as _;
    use gtk::glib::Propagation;
    use gtk::prelude::WidgetExt as _;
    use tauri::{AppHandle, Manager as _};
    use webkit2gtk::{
        CacheModel, ContextMenuAction, ContextMenuExt as _, ContextMenuItemExt as _, CookieAcceptPolicy,
        CookieManagerExt as _, PermissionRequestExt as _, SettingsExt as _, WebContextExt as _, WebView,
        WebViewExt as _, WebsiteDataManagerExt as _,
    };

    /// What the context menu may offer. Not among it: reloading, going back, opening links elsewhere, and learning a
    /// word, which would write a client's name into a dictionary file in the clear.
    const OFFERED: [ContextMenuAction; 12] = [
        ContextMenuAction::Cut,
        ContextMenuAction::Copy,
        ContextMenuAction::Paste,
        ContextMenuAction::PasteAsPlainText,
        ContextMenuAction::Delete,
        ContextMenuAction::SelectAll,
        ContextMenuAction::SpellingGuess,
        ContextMenuAction::NoGuessesFound,
        ContextMenuAction::IgnoreSpelling,
        ContextMenuAction::InputMethods,
        ContextMenuAction::Unicode,
        ContextMenuAction::InsertEmoji,
    ];

    pub(super) fn settle(app: &AppHandle, view: &WebView) {
        if let Some(context) = view.context() {
            context.set_cache_model(CacheModel::DocumentViewer);
            context.set_spell_checking_enabled(true);
            context.set_spell_checking_languages(&["en_US"]);
        }
        if let Some(cookies) = view.website_data_manager().and_then(|data| data.cookie_manager()) {
            cookies.set_accept_policy(CookieAcceptPolicy::Never);
        }
        if let Some(settings) = webkit2gtk::WebViewExt::settings(view) {
            settings.set_enable_html5_local_storage(false);
            settings.set_enable_html5_database(false);
            settings.set_enable_page_cache(false);
            settings.set_enable_webgl(false);
            settings.set_enable_webaudio(false);
            settings.set_javascript_can_open_windows_automatically(false);
            // The pages write no content there; a release keeps even their warnings to itself.
            settings.set_enable_write_console_messages_to_stdout(cfg!(debug_assertions));
        }
        view.connect_permission_request(|_, request| {
            request.deny();
            true
        });
        view.connect_context_menu(|_, menu, _, _| {
            for item in menu.items() {
                if !item.is_separator() && !OFFERED.contains(&item.stock_action()) {
                    menu.remove(&item);
                }
            }
            menu.n_items() == 0
        });
        watch(app, view);
        let app = app.clone();
        NetworkMonitor::default().connect_network_changed(move |_, is_up| {
            if is_up {
                crate::desktop(&app).sync_soon();
            }
        });
    }

    /// Notes every key and every movement, and lets it pass.
    fn watch(app: &AppHandle, view: &WebView) {
        let seen = |app: &AppHandle| {
            app.state::<Presence>().seen();
            Propagation::Proceed
        };
        let at = app.clone();
        view.connect_key_press_event(move |_, _| seen(&at));
        let at = app.clone();
        view.connect_button_press_event(move |_, _| seen(&at));
        let at = app.clone();
        view.connect_motion_notify_event(move |_, _| seen(&at));
        let at = app.clone();
        view.connect_scroll_event(move |_, _| seen(&at));
        let at = app.clone();
        view.connect_touch_event(move |_, _| seen(&at));
    }
}
