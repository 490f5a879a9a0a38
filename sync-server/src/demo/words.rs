//! Dates and times as a clinician writes them.

use chrono::{Datelike, NaiveDate, NaiveTime, Timelike};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// `March`.
pub(super) fn month(date: NaiveDate) -> &'static str {
    MONTHS[date.month0() as usize]
}

/// `March 4`.
pub(super) fn day(date: NaiveDate) -> String {
    format!("{} {}", month(date), date.day())
}

/// `Tuesday, March 4`.
pub(super) fn weekday_and_day(date: NaiveDate) -> String {
    format!("{}, {}", weekday(date), day(date))
}

/// `Tuesday`.
pub(super) fn weekday(date: NaiveDate) -> &'static str {
    DAYS[date.weekday().num_days_from_monday() as usize]
}

/// `2:30 p.m.`, `noon` being `12:00 p.m.`.
pub(super) fn time(time: NaiveTime) -> String {
    let (afternoon, hour) = time.hour12();
    format!("{hour}:{:02} {}", time.minute(), if afternoon { "p.m." } else { "a.m." })
}
