//! The server's log: JSON lines on standard error, without PHI, SQL parameters, bodies or tokens.

use crate::config::LogLevel;
use tracing_subscriber::EnvFilter;

/// The filter for a level. Libraries stay at `warn`: the database driver would print statements below it.
#[must_use]
pub fn filter(level: LogLevel) -> String {
    let own = match level {
        LogLevel::Error => "error",
        LogLevel::Warn => "warn",
        LogLevel::Info => "info",
        LogLevel::Debug => "debug",
    };
    let libraries = if level == LogLevel::Error { "error" } else { "warn" };
    format!("{libraries},mentalspace_server={own}")
}

/// Sends the log to standard error for the life of the process. A second call changes nothing.
pub fn start(level: LogLevel) {
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_writer(std::io::stderr)
        .with_env_filter(EnvFilter::new(filter(level)))
        .finish();
    // Somebody's own subscriber, a test's for instance, stays in place.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// From now on a panic is logged by its place only: the payload may quote what was being handled.
pub fn keep_panics_discreet() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a panic was caught");
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_level_lets_the_database_driver_speak_below_warn() {
        for level in [LogLevel::Error, LogLevel::Warn, LogLevel::Info, LogLevel::Debug] {
            let filter = filter(level);
            assert!(filter.starts_with("warn,") || filter.starts_with("error,"), "{filter}");
            assert!(EnvFilter::try_new(&filter).is_ok(), "{filter}");
        }
    }
}
