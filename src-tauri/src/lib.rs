//! The shell of the desktop: the window and what the operating system expects of it. No rule of the clinic lives here;
//! everything that the window asks for goes through [`mentalspace_app::api::call`].

mod announcements;
mod call;
mod graphics;
mod locking;
mod menu;
mod options;
pub mod pages;
mod presence;
mod reminders;
mod surroundings;
mod window;
mod zoom;

pub use options::{Directories, Options};

use mentalspace_app::{Desktop, DesktopConfig};
use std::sync::Arc;
use tauri::{AppHandle, Manager as _, RunEvent, WindowEvent};

/// Title of the window. Never a client's name: titles are seen in task switchers and screen recordings.
pub(crate) const TITLE: &str = "MentalSpace";
/// Label of the one window; the capability file names it too.
pub(crate) const MAIN: &str = "main";

/// Why the window did not open, in words for whoever started it.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// The system names no home directory.
    #[error(
        "the system names no directory for your files. Nothing was changed. Name one with --profile and --secrets."
    )]
    NoHome,
    /// A directory could not be made or emptied.
    #[error(
        "the profile's directory cannot be used ({0}). Nothing was changed. See to its rights, or name another with --profile."
    )]
    Directory(#[source] std::io::Error),
    /// The application refused its configuration.
    #[error("{0}")]
    Application(String),
    /// An earlier window of this profile is on its way out: its name still stands, and it answers no more.
    #[error(
        "an earlier window of this profile has not quite ended. Your notes are safe. Start it again in a moment."
    )]
    StillEnding,
    /// The window could not be made.
    #[error("the window could not be opened ({0}). Your notes are safe. Is there a display?")]
    Window(#[source] tauri::Error),
}

impl From<tauri::Error> for Stop {
    fn from(error: tauri::Error) -> Self {
        match error {
            // The plugin's only failure with a bus: the first instance left without taking over the second's request.
            tauri::Error::PluginInitialization(plugin, _) if plugin == "single-instance" => Self::StillEnding,
            other => Self::Window(other),
        }
    }
}

/// Opens the window and returns when it is closed.
///
/// # Errors
/// [`Stop`].
pub fn run(options: &Options) -> Result<(), Stop> {
    graphics::settle(options.safe_graphics);
    surroundings::keep_memory_private();
    surroundings::log_without_content();
    let directories = options.directories()?;
    let config = DesktopConfig::from_directories(directories.profile.clone(), directories.secrets.clone());
    let desktop = Desktop::new(config).map_err(|error| Stop::Application(error.message))?;
    let app = tauri::Builder::default()
        // First, or a second start would do half of its work before it notices the first.
        .plugin(
            tauri_plugin_single_instance::Builder::new()
                .dbus_id(directories.instance())
                .callback(|app, _, _| window::bring_to_front(app))
                .build(),
        )
        .plugin(window::remembered(&directories))
        .manage(Arc::clone(&desktop))
        .manage(presence::Presence::default())
        .manage(locking::Hearing::default())
        .manage(graphics::Painted::default())
        .menu(menu::build)
        .on_menu_event(|app, event| menu::act(app, event.id().as_ref()))
        .on_window_event(|window, event| {
            // The page must still be there to save what is being typed.
            if let WindowEvent::CloseRequested { api, .. } = event {
                api.prevent_close();
                locking::close(window.app_handle());
            }
        })
        .invoke_handler(tauri::generate_handler![call::call, locking::ending, graphics::painted])
        .setup({
            let directories = directories.clone();
            move |app| start(app.handle(), &desktop, &directories).map_err(Into::into)
        })
        .build(tauri::generate_context!())?;
    // Only the first start comes here: a second one has ended in the plugin, and must not empty what the first uses.
    pages::prepare_scratch(&directories).map_err(Stop::Directory)?;
    app.run(move |app, event| match event {
        RunEvent::ExitRequested { api, code: None, .. } => {
            api.prevent_exit();
            locking::close(app);
        }
        RunEvent::Exit => pages::clear_scratch(&directories),
        _ => {}
    });
    Ok(())
}

fn start(app: &AppHandle, desktop: &Arc<Desktop>, directories: &Directories) -> tauri::Result<()> {
    window::open(app, directories)?;
    graphics::watch(app);
    tauri::async_runtime::block_on(async { desktop.start_background() });
    announcements::pass_on(app, desktop);
    locking::watch(app);
    reminders::keep(app);
    surroundings::end_on_signals(app);
    Ok(())
}

/// The application behind the window.
pub(crate) fn desktop(app: &AppHandle) -> Arc<Desktop> {
    Arc::clone(&app.state::<Arc<Desktop>>())
}
