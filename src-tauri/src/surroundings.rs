//! What the process owes the operating system: no copy of its memory on a disk, no content in a log, an orderly end.

use crate::locking;
use tauri::AppHandle;
use tracing_subscriber::EnvFilter;

/// A crash writes no image of this process, and no other program of the same user reads its memory.
#[cfg(target_os = "linux")]
pub(crate) fn keep_memory_private() {
    use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    // Inherited by the web view's processes, which hold the text on the screen.
    let limited = setrlimit(Resource::Core, none);
    let hidden = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    if limited.is_err() || hidden.is_err() {
        eprintln!(
            "mentalspace-desktop: this system does not let a program keep its memory out of crash files"
        );
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn keep_memory_private() {}

/// Warnings on standard error. Nothing that is logged anywhere in the program holds what people wrote.
pub(crate) fn log_without_content() {
    let filter = EnvFilter::try_from_env("MENTALSPACE_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let started = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
    if started.is_err() {
        eprintln!("mentalspace-desktop: nothing will be logged");
    }
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        // A panic's message may quote the value that it stumbled over; the place is enough to find it.
        if cfg!(debug_assertions) {
            usual(panic);
        } else if let Some(place) = panic.location() {
            eprintln!("mentalspace-desktop: a fault at {place}. What was saved is safe.");
        }
    }));
}

/// Logging out, shutting down and `kill` end the program as closing its window does.
#[cfg(unix)]
pub(crate) fn end_on_signals(app: &AppHandle) {
    use tokio::signal::unix::{SignalKind, signal};
    for kind in [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()] {
        let app = app.clone();
        tauri::async_runtime::spawn(async move {
            if let Ok(mut signals) = signal(kind)
                && signals.recv().await.is_some()
            {
                locking::close(&app);
            }
        });
    }
}

#[cfg(not(unix))]
pub(crate) fn end_on_signals(_: &AppHandle) {}
