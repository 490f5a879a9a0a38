//! When the window locks, and that what is being typed is finished first.
//!
//! Locking is asked for here and done by the window, because only the window knows the words that were typed since the
//! last save: it hears `backend://locking`, saves, and calls `lock`. A window that does not answer within a second is
//! locked from here; what the application has already heard is durable then too, and words that it could not save stay in
//! the window's memory until it is unlocked.
//!
//! Ending is another matter, because that memory ends with it. The window hears `backend://ending` and says at once that
//! it did (`heard`). From then on the program waits for it: it saves and says `saved`, or asks the person, who may stay
//! or have it say `saved` all the same. Only a window that does not even hear is ended from here.

#[cfg(target_os = "linux")]
mod buses;

use crate::announcements::{ENDING, LOCKING, tell};
use crate::presence::Presence;
use mentalspace_app::{AppEvent, Clock, Desktop, SystemClock, api};
use serde::Deserialize;
use serde_json::json;
use std::pin::pin;
use std::time::Duration;
use tauri::{AppHandle, Manager as _};
use tokio::sync::Notify;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{MissedTickBehavior, interval, timeout};

/// How long the window has to save what is being typed.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long the end of the program waits for whatever still reads the profile.
const LETTING_GO: Duration = Duration::from_secs(5);
/// How long a window that is asked to end may take to say that it heard. Long enough for one that draws a large chart;
/// after it nobody is there to save anything.
const HEARING: Duration = Duration::from_secs(3);
/// How often absence and the clocks are looked at: a lock comes at most this much late.
const LOOK: Duration = Duration::from_secs(5);
/// A wall clock that moves this much against the steady one has been asleep or was set: whoever is there now may be
/// somebody else.
const JUMP: Duration = Duration::from_secs(5 * 60);
/// Below this no setting locks, so nothing needs to be asked.
const SHORTEST: Duration = Duration::from_secs(60);

/// Locks soon.
pub(crate) fn lock(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move { finish_and_lock(&app).await });
}

/// What the window says when it is asked to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ending {
    /// It is there, and sees to the words that are not saved yet.
    Heard,
    /// Nothing is left to save, or the person gives up what could not be.
    Saved,
}

/// Told when the window says [`Ending::Heard`].
#[derive(Debug, Default)]
pub(crate) struct Hearing(Notify);

/// Ends the program once the window has nothing left to save. What waits to be sent waits in the profile.
pub(crate) fn close(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let hearing = app.state::<Hearing>();
        let mut heard = pin!(hearing.0.notified());
        // Counts from here on: the answer may come before anybody waits for it.
        heard.as_mut().enable();
        tell(&app, ENDING, json!({}));
        if timeout(HEARING, heard).await.is_err() {
            tracing::warn!("the window did not hear that it is to end");
            end(&app);
        }
    });
}

/// The window's answer.
#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "a command's arguments are made for it and not used again")]
pub(crate) fn ending(app: AppHandle, answer: Ending) {
    match answer {
        Ending::Heard => app.state::<Hearing>().0.notify_waiters(),
        Ending::Saved => end(&app),
    }
}

fn end(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let desktop = crate::desktop(&app);
        desktop.lock();
        if !desktop.has_let_go(LETTING_GO).await {
            tracing::warn!("something still reads the profile while the program ends");
        }
        app.exit(0);
    });
}

/// Has the window save, and locks. Returns when the device is locked.
pub(crate) async fn finish_and_lock(app: &AppHandle) {
    let desktop = crate::desktop(app);
    if !desktop.is_open() {
        return;
    }
    let mut events = desktop.subscribe();
    tell(app, LOCKING, json!({}));
    let locked = async {
        while desktop.is_open() {
            if matches!(events.recv().await, Ok(AppEvent::Locked) | Err(RecvError::Closed)) {
                return;
            }
        }
    };
    if timeout(PATIENCE, locked).await.is_err() {
        tracing::info!("the window did not lock by itself");
    }
    desktop.lock();
}

/// Watches for absence, for clocks that jump, and for what the desktop says about sleep and its own lock.
pub(crate) fn watch(app: &AppHandle) {
    let watched = app.clone();
    tauri::async_runtime::spawn(async move { watch_absence(&watched).await });
    #[cfg(target_os = "linux")]
    buses::watch(app);
}

async fn watch_absence(app: &AppHandle) {
    let (desktop, presence) = (crate::desktop(app), app.state::<Presence>());
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut wall, mut steady) = (SystemClock.now(), SystemClock.steady());
    loop {
        looks.tick().await;
        let (wall_now, steady_now) = (SystemClock.now(), SystemClock.steady());
        let jumped = has_jumped((wall_now - wall).num_milliseconds(), steady_now - steady);
        (wall, steady) = (wall_now, steady_now);
        if desktop.is_open() && (jumped || is_absent(&desktop, presence.absent_for()).await) {
            finish_and_lock(app).await;
        }
    }
}

/// Whether `wall_ms` of the wall clock and the steady time of the same span differ by more than [`JUMP`].
fn has_jumped(wall_ms: i64, steady: Duration) -> bool {
    let steady_ms = i64::try_from(steady.as_millis()).unwrap_or(i64::MAX);
    u128::from(wall_ms.abs_diff(steady_ms)) > JUMP.as_millis()
}

/// Whether nobody has been there for as long as the settings, within the practice's limit, allow.
async fn is_absent(desktop: &Desktop, absent: Duration) -> bool {
    if absent < SHORTEST {
        return false;
    }
    let Ok(profile) = api::call(desktop, "profile", json!({})).await else {
        return false;
    };
    profile["idle_lock_minutes"].as_u64().is_some_and(|minutes| absent >= Duration::from_secs(minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sleep_and_a_clock_set_either_way_count_as_a_jump_and_drift_does_not() {
        let tick = Duration::from_secs(5);
        assert!(!has_jumped(5_000, tick) && !has_jumped(9_000, tick) && !has_jumped(-60_000, tick));
        assert!(has_jumped(8 * 3_600_000, tick), "the laptop slept for eight hours");
        assert!(has_jumped(-270 * 86_400_000, tick), "the clock was set back by nine months");
        assert!(has_jumped(0, Duration::from_secs(600)), "the wall clock stood still");
    }
}
