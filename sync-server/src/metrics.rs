//! Counters and latency histograms in Prometheus' text form. Labels are routes and status codes, never identifiers.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Upper bounds of the latency histogram, seconds. Around the targets: an empty pull in 50 ms, a push in 300 ms.
const BOUNDS: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0];

/// Upper bounds of the histogram of the database's share, seconds. Around its target: a request's statements in 50 ms.
const DATABASE_BOUNDS: [f64; BOUNDS.len()] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.3, 3.0];

/// Latencies of one route and status.
#[derive(Clone, Debug, Default)]
struct Latencies {
    below: [u64; BOUNDS.len()],
    count: u64,
    seconds: f64,
}

impl Latencies {
    fn add(&mut self, bounds: [f64; BOUNDS.len()], seconds: f64) {
        for (below, bound) in self.below.iter_mut().zip(bounds) {
            *below += u64::from(seconds <= bound);
        }
        self.count += 1;
        self.seconds += seconds;
    }

    fn write(&self, out: &mut String, bounds: [f64; BOUNDS.len()], name: &str, labels: &str) {
        // Writing to a String cannot fail.
        for (below, bound) in self.below.iter().zip(bounds) {
            let _ = writeln!(out, "{name}_bucket{{{labels},le=\"{bound}\"}} {below}");
        }
        let _ = writeln!(out, "{name}_bucket{{{labels},le=\"+Inf\"}} {}", self.count);
        let _ = writeln!(out, "{name}_sum{{{labels}}} {}", self.seconds);
        let _ = writeln!(out, "{name}_count{{{labels}}} {}", self.count);
    }
}

/// What the operator may see of the server's work.
#[derive(Debug, Default)]
pub struct Metrics {
    requests: Mutex<BTreeMap<(&'static str, u16), Latencies>>,
    database: Mutex<BTreeMap<&'static str, Latencies>>,
    counts: Mutex<BTreeMap<&'static str, u64>>,
}

/// A figure read at the moment of asking: its name, what it means, and its value.
#[derive(Clone, Copy, Debug)]
pub struct Gauge {
    /// Name in Prometheus' spelling, without the product's prefix.
    pub name: &'static str,
    /// One line for the operator.
    pub help: &'static str,
    /// The value.
    pub value: f64,
}

impl Metrics {
    /// Counts one answered request.
    pub fn answered(&self, route: &'static str, status: u16, took: Duration) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.entry((route, status)).or_default().add(BOUNDS, took.as_secs_f64());
    }

    /// Counts the part of a request's time that the database took.
    pub fn asked_the_database(&self, route: &'static str, took: Duration) {
        let mut database = self.database.lock().unwrap_or_else(PoisonError::into_inner);
        database.entry(route).or_default().add(DATABASE_BOUNDS, took.as_secs_f64());
    }

    /// Adds to a counter; the name ends in `_total`.
    pub fn add(&self, counter: &'static str, by: u64) {
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner).entry(counter).or_default() += by;
    }

    /// Everything, as text.
    #[must_use]
    pub fn text(&self, gauges: &[Gauge]) -> String {
        let mut out = String::new();
        self.write(&mut out, gauges);
        out
    }

    fn write(&self, out: &mut String, gauges: &[Gauge]) {
        const SECONDS: &str = "mentalspace_request_seconds";
        const DATABASE: &str = "mentalspace_database_seconds";
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "# HELP {SECONDS} Time from a request's arrival to its answer.\n# TYPE {SECONDS} histogram"
        );
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for ((route, status), latencies) in requests {
            latencies.write(out, BOUNDS, SECONDS, &format!("route=\"{route}\",status=\"{status}\""));
        }
        let _ = writeln!(
            out,
            "# HELP {DATABASE} Part of a request's time in which the database worked for it.\n\
             # TYPE {DATABASE} histogram"
        );
        let database = self.database.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (route, latencies) in database {
            latencies.write(out, DATABASE_BOUNDS, DATABASE, &format!("route=\"{route}\""));
        }
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (name, count) in counts {
            let _ = writeln!(out, "# TYPE mentalspace_{name} counter\nmentalspace_{name} {count}");
        }
        for Gauge { name, help, value } in gauges {
            let _ = writeln!(out, "# HELP mentalspace_{name} {help}\n# TYPE mentalspace_{name} gauge");
            let _ = writeln!(out, "mentalspace_{name} {value}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_histogram_is_cumulative_and_keeps_routes_and_statuses_apart() {
        let metrics = Metrics::default();
        metrics.answered("/v1/sync/push", 200, Duration::from_millis(20));
        metrics.answered("/v1/sync/push", 200, Duration::from_millis(200));
        metrics.answered("/v1/sync/push", 503, Duration::from_millis(1));
        metrics.asked_the_database("/v1/sync/push", Duration::from_millis(15));
        metrics.add("commands_total", 7);
        metrics.add("commands_total", 2);
        let gauge = Gauge { name: "pool_connections", help: "Connections open.", value: 3.0 };
        let text = metrics.text(&[gauge]);
        for line in [
            "mentalspace_request_seconds_bucket{route=\"/v1/sync/push\",status=\"200\",le=\"0.01\"} 0",
            "mentalspace_request_seconds_bucket{route=\"/v1/sync/push\",status=\"200\",le=\"0.025\"} 1",
            "mentalspace_request_seconds_bucket{route=\"/v1/sync/push\",status=\"200\",le=\"0.3\"} 2",
            "mentalspace_request_seconds_count{route=\"/v1/sync/push\",status=\"200\"} 2",
            "mentalspace_request_seconds_count{route=\"/v1/sync/push\",status=\"503\"} 1",
            "mentalspace_database_seconds_bucket{route=\"/v1/sync/push\",le=\"0.01\"} 0",
            "mentalspace_database_seconds_bucket{route=\"/v1/sync/push\",le=\"0.02\"} 1",
            "mentalspace_commands_total 9",
            "mentalspace_pool_connections 3",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }
}
