//! Windows that stay blank or are slow: WebKitGTK's shared buffers and some drivers, NVIDIA's above all, do not get along,
//! and where no graphics processor is there, they only cost: a key is on the screen in 39 ms without them and in 70 with
//! them (p95, two cores).

use std::sync::atomic::{AtomicBool, Ordering};
use tauri::{AppHandle, State};

#[cfg(target_os = "linux")]
const SETTING: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";

/// Whether the page has been drawn.
#[derive(Debug, Default)]
pub(crate) struct Painted(AtomicBool);

/// The page says that its first frame was drawn.
#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "a command's arguments are made for it and not used again")]
pub(crate) fn painted(painted: State<'_, Painted>) {
    painted.0.store(true, Ordering::Relaxed);
}

/// Draws without them where that is wanted, or where it is better so and the user has not decided otherwise. The
/// setting is an environment variable that WebKit's processes inherit, so this program starts itself anew with it.
#[cfg(target_os = "linux")]
pub(crate) fn settle(wanted: bool) {
    let decided = std::env::var_os(SETTING).is_some();
    let nvidia = std::path::Path::new("/proc/driver/nvidia/version").exists();
    if needs_restart(wanted, decided, nvidia || !has_graphics_processor()) {
        restart();
    }
}

/// Whether the kernel offers one to draw with.
#[cfg(target_os = "linux")]
fn has_graphics_processor() -> bool {
    let nodes = std::fs::read_dir("/dev/dri").into_iter().flatten().flatten();
    nodes.into_iter().any(|node| node.file_name().to_string_lossy().starts_with("renderD"))
}

/// Only comes back when the new start failed; a window that may be blank is better than none.
#[cfg(target_os = "linux")]
fn restart() {
    use std::os::unix::process::CommandExt as _;
    let Ok(program) = std::env::current_exe() else {
        return;
    };
    let why = std::process::Command::new(program).args(std::env::args_os().skip(1)).env(SETTING, "1").exec();
    eprintln!("mentalspace-desktop: safe graphics could not be set ({why})");
}

/// Offers a start in safe graphics where nothing was drawn in time.
#[cfg(target_os = "linux")]
pub(crate) fn watch(app: &AppHandle) {
    use tauri::Manager as _;
    /// A slow laptop draws its first frame in two; nobody looks at an empty window for much longer than this.
    const PATIENCE: std::time::Duration = std::time::Duration::from_secs(8);
    // A driven window is drawn when its driver says so, and nobody is there to answer.
    if std::env::var_os(SETTING).is_some() || crate::pages::is_driven() {
        return;
    }
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(PATIENCE).await;
        if app.state::<Painted>().0.load(Ordering::Relaxed) {
            return;
        }
        tracing::warn!("nothing was drawn in time");
        let asking = app.clone();
        if let Err(why) = app.run_on_main_thread(move || ask(&asking)) {
            tracing::warn!(%why, "safe graphics could not be offered");
        }
    });
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn watch(_: &AppHandle) {}

/// In the system's own toolkit: the pages are what cannot be seen.
#[cfg(target_os = "linux")]
fn ask(app: &AppHandle) {
    use gtk::prelude::{DialogExt as _, GtkWindowExt as _, WidgetExt as _};
    let dialog = gtk::MessageDialog::new(
        None::<&gtk::Window>,
        gtk::DialogFlags::empty(),
        gtk::MessageType::Question,
        gtk::ButtonsType::None,
        "If the window of MentalSpace is empty, this computer’s graphics driver may be the reason. What you wrote before \
         is safe. Start it again with safe graphics?",
    );
    dialog.set_title(crate::TITLE);
    dialog.add_button("Leave it open", gtk::ResponseType::Cancel);
    dialog.add_button("Start again", gtk::ResponseType::Accept);
    let app = app.clone();
    dialog.connect_response(move |dialog, answer| {
        dialog.close();
        if answer == gtk::ResponseType::Accept {
            crate::desktop(&app).lock();
            restart();
        }
    });
    dialog.show_all();
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn settle(_: bool) {}

#[cfg(target_os = "linux")]
const fn needs_restart(wanted: bool, decided: bool, better_without: bool) -> bool {
    !decided && (wanted || better_without)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::needs_restart;

    #[test]
    fn what_the_user_decided_stands_and_nothing_restarts_for_ever() {
        assert!(needs_restart(true, false, false) && needs_restart(false, false, true));
        assert!(!needs_restart(false, false, false));
        assert!(!needs_restart(true, true, true), "after the restart the variable is there");
    }
}
