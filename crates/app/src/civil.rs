//! Civil dates and clocks as text. Instants are shown on the practice's wall clock; dates of service are never
//! instants and pass through untouched.

use crate::api::{ApiError, Code};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use mentalspace_domain::appointment::ServiceTime;

/// An instant on a wall clock, `2026-11-21 10:06`.
pub(crate) fn on_clock(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string()
}

/// A wall-clock time, `09:00`.
pub(crate) fn clock(time: NaiveTime) -> String {
    time.format("%H:%M").to_string()
}

/// Reads a civil date.
pub(crate) fn date(text: &str) -> Result<NaiveDate, ApiError> {
    text.parse().map_err(|_| invalid("date", "a date such as 2026-11-21"))
}

/// Reads a wall-clock time.
pub(crate) fn time(text: &str) -> Result<NaiveTime, ApiError> {
    NaiveTime::parse_from_str(text, "%H:%M")
        .or_else(|_| NaiveTime::parse_from_str(text, "%H:%M:%S"))
        .map_err(|_| invalid("time", "a time such as 09:00"))
}

/// Reads a span of a civil day.
pub(crate) fn span(day: &str, start: &str, end: &str, zone: Tz) -> Result<ServiceTime, ApiError> {
    Ok(ServiceTime { date: date(day)?, start: time(start)?, end: time(end)?, zone })
}

/// Reads an IANA zone.
pub(crate) fn zone(text: &str) -> Result<Tz, ApiError> {
    text.parse().map_err(|_| invalid("zone", "a zone such as America/New_York"))
}

pub(crate) fn invalid(field: &str, wanted: &str) -> ApiError {
    let mut error = ApiError::new(
        Code::Invalid,
        format!("The {field} is not valid. Nothing was changed. Give {wanted}."),
    );
    error.field_errors =
        vec![crate::api::error::FieldProblem { field: field.to_owned(), message: format!("Give {wanted}.") }];
    error
}

/// Whole years from `birth` to `today`.
pub(crate) fn age(birth: NaiveDate, today: NaiveDate) -> Option<u32> {
    today.years_since(birth)
}
