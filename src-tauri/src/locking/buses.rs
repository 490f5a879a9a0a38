//! What Linux desktops say on their message buses: that the machine goes to sleep, that its screen is locked.
//!
//! Senders are not checked: whoever can speak on these buses could do no more than lock this window.

use super::finish_and_lock;
use tauri::AppHandle;
use tauri::async_runtime::block_on;
use zbus::blocking::{Connection, MessageIterator};
use zbus::zvariant::OwnedFd;
use zbus::{MatchRule, Message};

const MANAGER: &str = "org.freedesktop.login1.Manager";
const SESSION: &str = "org.freedesktop.login1.Session";

/// Listens for as long as the program runs, on threads of its own: these buses say something a few times a day.
pub(super) fn watch(app: &AppHandle) {
    listen(app, "sleep", sleep);
    listen(app, "session-lock", |app| locked_by(app, &Connection::system()?, SESSION, "Lock", |_| true));
    for (name, interface) in
        [("screen-lock", "org.freedesktop.ScreenSaver"), ("gnome-lock", "org.gnome.ScreenSaver")]
    {
        listen(app, name, move |app| {
            locked_by(app, &Connection::session()?, interface, "ActiveChanged", is_true)
        });
    }
}

fn listen(
    app: &AppHandle,
    name: &'static str,
    listen: impl FnOnce(&AppHandle) -> zbus::Result<()> + Send + 'static,
) {
    let app = app.clone();
    let started = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
        if let Err(why) = listen(&app) {
            // A machine without this bus: absence and the jump of the clocks still lock.
            tracing::info!(name, %why, "this desktop says nothing here");
        }
    });
    if let Err(why) = started {
        tracing::warn!(name, %why, "nobody listens for the desktop's lock");
    }
}

/// Locks whenever a signal says so.
fn locked_by(
    app: &AppHandle,
    connection: &Connection,
    interface: &'static str,
    member: &'static str,
    says_so: impl Fn(&Message) -> bool,
) -> zbus::Result<()> {
    for message in signals(connection, interface, member)? {
        if says_so(&message?) {
            block_on(finish_and_lock(app));
        }
    }
    Ok(())
}

/// Locks before the machine sleeps, and asks it to wait until that is done. Syncs when it wakes: a device that stayed
/// open, as one with its lid down on a desk may, has news to fetch.
fn sleep(app: &AppHandle) -> zbus::Result<()> {
    let connection = Connection::system()?;
    let mut delay = delay(&connection);
    for message in signals(&connection, MANAGER, "PrepareForSleep")? {
        if is_true(&message?) {
            block_on(finish_and_lock(app));
            // Closing the descriptor lets the machine go to sleep.
            drop(delay.take());
        } else {
            delay = self::delay(&connection);
            crate::desktop(app).sync_soon();
        }
    }
    Ok(())
}

fn signals(
    connection: &Connection,
    interface: &'static str,
    member: &'static str,
) -> zbus::Result<MessageIterator> {
    let rule = MatchRule::builder()
        .msg_type(zbus::message::Type::Signal)
        .interface(interface)?
        .member(member)?
        .build();
    MessageIterator::for_match_rule(rule, connection, Some(8))
}

/// Without the delay the lock still happens, only perhaps after waking.
fn delay(connection: &Connection) -> Option<OwnedFd> {
    let arguments = ("sleep", "MentalSpace", "saves and locks your notes", "delay");
    let answer = connection.call_method(
        Some("org.freedesktop.login1"),
        "/org/freedesktop/login1",
        Some(MANAGER),
        "Inhibit",
        &arguments,
    );
    answer.ok()?.body().deserialize().ok()
}

fn is_true(message: &Message) -> bool {
    message.body().deserialize().unwrap_or(false)
}
