//! "You have an appointment in 10 minutes": when, and in words that anybody may read over a shoulder.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use mentalspace_app::{Clock, Desktop, SystemClock, api};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::time::Duration;
use tauri::AppHandle;
use tokio::time::{MissedTickBehavior, interval};

/// How long before an appointment.
const AHEAD: TimeDelta = TimeDelta::minutes(10);
/// How often is looked; a reminder comes at most this much late.
const LOOK: Duration = Duration::from_secs(15);
/// Looks from one reading of the day to the next.
const LOOKS_A_READING: u32 = 4;

/// The start of an appointment: all that is kept of it, so that a locked device can still remind.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Start {
    appointment: String,
    at: DateTime<Utc>,
}

/// What there is to remind of today.
#[derive(Debug, Default)]
struct Day {
    starts: Vec<Start>,
    told: HashSet<Start>,
}

impl Day {
    /// Minutes to the next appointment that is near and has not been told of; at most once per start.
    fn next(&mut self, now: DateTime<Utc>) -> Option<i64> {
        let near = |start: &&Start| start.at > now && start.at - now <= AHEAD && !self.told.contains(*start);
        let start = self.starts.iter().filter(near).min_by_key(|start| start.at)?.clone();
        let minutes = (start.at - now).num_seconds().div_euclid(60) + 1;
        self.told.insert(start);
        Some(minutes.min(AHEAD.num_minutes()))
    }
}

/// Reminds for as long as the program runs. What there is to remind of is read anew all the time: an appointment moved or
/// a setting changed without a network announces itself to nobody.
pub(crate) fn keep(app: &AppHandle) {
    let desktop = crate::desktop(app);
    tauri::async_runtime::spawn(async move {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut day, mut age) = (Day::default(), LOOKS_A_READING);
        loop {
            looks.tick().await;
            let now = SystemClock.now();
            age += 1;
            if age > LOOKS_A_READING
                && desktop.is_open()
                && let Some(starts) = read(&desktop).await
            {
                (day.starts, age) = (starts, 0);
            }
            if let Some(minutes) = day.next(now) {
                tell(minutes);
            }
        }
    });
}

/// The starts of today's appointments; none where the settings want no reminders.
async fn read(desktop: &Desktop) -> Option<Vec<Start>> {
    let ask = async |name: &str, input: Value| api::call(desktop, name, input).await.ok();
    let today = ask("whoami", json!({})).await?["today"].as_str()?.to_owned();
    let settings = ask("settings", json!({})).await?;
    if settings["notifications"] == "none" {
        return Some(Vec::new());
    }
    let agenda = ask("agenda", json!({ "from": today, "to": today })).await?;
    Some(agenda.as_array()?.iter().filter_map(start).collect())
}

fn start(appointment: &Value) -> Option<Start> {
    let text = |key: &str| appointment[key].as_str();
    if text("status") != Some("booked") {
        return None;
    }
    let date: NaiveDate = text("date")?.parse().ok()?;
    let time = NaiveTime::parse_from_str(text("start")?, "%H:%M").ok()?;
    let zone: Tz = text("zone")?.parse().ok()?;
    let at = NaiveDateTime::new(date, time).and_local_timezone(zone).earliest()?;
    Some(Start { appointment: text("appointment_id")?.to_owned(), at: at.with_timezone(&Utc) })
}

/// No name, no initials, no kind of service: what is shown on a lock screen is read by whoever passes.
fn words(minutes: i64) -> String {
    let unit = if minutes == 1 { "minute" } else { "minutes" };
    format!("You have an appointment in {minutes} {unit}")
}

fn tell(minutes: i64) {
    // The message bus is waited for, so not on a thread that others need.
    tauri::async_runtime::spawn_blocking(move || {
        let mut notification = notify_rust::Notification::new();
        notification
            .appname(crate::TITLE)
            .summary(crate::TITLE)
            .body(&words(minutes))
            .icon("mentalspace-desktop");
        if let Err(why) = notification.show() {
            tracing::info!(%why, "this desktop shows no notifications");
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn booked(date: &str, start: &str, zone: &str) -> Value {
        json!({ "appointment_id": "a", "client_name": "Canary Quillfeather", "date": date, "start": start, "zone": zone, "status": "booked" })
    }

    #[test]
    fn a_start_is_read_on_the_wall_clock_of_its_own_zone_on_both_days_of_the_change() {
        let utc = |date, clock| start(&booked(date, clock, "America/New_York")).map(|start| start.at);
        assert_eq!(utc("2026-11-20", "09:00"), Some(at("2026-11-20T14:00:00Z")));
        assert_eq!(utc("2026-03-08", "09:00"), Some(at("2026-03-08T13:00:00Z")));
        assert_eq!(utc("2026-11-01", "09:00"), Some(at("2026-11-01T14:00:00Z")));
        assert_eq!(utc("2026-11-01", "01:30"), Some(at("2026-11-01T05:30:00Z")), "the first of the two");
    }

    #[test]
    fn each_start_is_told_of_once_within_ten_minutes_and_never_afterwards() {
        let start = start(&booked("2026-11-20", "09:00", "UTC")).unwrap();
        let mut day = Day { starts: vec![start], ..Day::default() };
        assert_eq!(day.next(at("2026-11-20T08:49:59Z")), None);
        assert_eq!(day.next(at("2026-11-20T08:50:05Z")), Some(10));
        assert_eq!(day.next(at("2026-11-20T08:50:20Z")), None, "not twice");
        day.told.clear();
        assert_eq!(day.next(at("2026-11-20T08:59:30Z")), Some(1));
        day.told.clear();
        assert_eq!(day.next(at("2026-11-20T09:00:00Z")), None, "it has begun");
    }

    #[test]
    fn cancelled_and_finished_appointments_remind_nobody() {
        for status in ["cancelled", "completed", "no_show", "checked_in", "busy"] {
            let mut appointment = booked("2026-11-20", "09:00", "UTC");
            appointment["status"] = status.into();
            assert_eq!(start(&appointment), None, "{status}");
        }
    }

    #[test]
    fn the_words_name_nobody() {
        assert_eq!(words(10), "You have an appointment in 10 minutes");
        assert_eq!(words(1), "You have an appointment in 1 minute");
    }
}
