//! What servers and PostgreSQL have spent and hold, as the kernel counts it, and what the servers say of themselves.

use super::site::Site;
use mentalspace_testkit::failure::{Doing as _, Failure, Outcome};
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

/// Clock ticks in a second, the same on every Linux that Rust runs on.
const TICKS: f64 = 100.0;

/// Spent since the beginning, seconds of a processor.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spent {
    pub(super) servers: f64,
    pub(super) postgres: f64,
}

/// What the processes of `site` have spent so far.
pub(super) fn spent(site: &Site) -> Outcome<Spent> {
    let mut spent = Spent::default();
    for server in &site.servers {
        spent.servers += ticks(server.id(), false).unwrap_or_default();
    }
    let socket = site.socket_dir().display().to_string();
    let all = processes()?;
    let named: Vec<u32> = all.iter().copied().filter(|id| is_postgres(*id, &socket)).collect();
    // A child that was forked a moment ago has the first one's command line still.
    let roots: Vec<u32> = named.iter().copied().filter(|id| is_first(*id, &named)).collect();
    for id in all {
        if roots.contains(&id) {
            // Its own time and that of children which have ended.
            spent.postgres += ticks(id, true).unwrap_or_default();
        } else if parent(id).is_some_and(|parent| roots.contains(&parent)) {
            spent.postgres += ticks(id, false).unwrap_or_default();
        }
    }
    match roots.len() {
        1 => Ok(spent),
        found => Err(Failure::Said(format!("{found} processes look like PostgreSQL's first one"))),
    }
}

fn is_postgres(id: u32, socket: &str) -> bool {
    let line = fs::read_to_string(format!("/proc/{id}/cmdline")).unwrap_or_default();
    let mut words = line.split('\0');
    // The guard's shell names the socket too.
    words.next().is_some_and(|program| program.ends_with("postgres")) && words.any(|word| word == socket)
}

/// Whether it runs and is no child of another one of `named`.
fn is_first(id: u32, named: &[u32]) -> bool {
    parent(id).is_some_and(|parent| !named.contains(&parent))
}

fn parent(id: u32) -> Option<u32> {
    u32::try_from(field(id, 1)?).ok()
}

/// Field of a process's `stat`, counted behind the name in parentheses, which may hold blanks; the state is the first.
fn field(id: u32, at: usize) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    stat.rsplit(')').next()?.split_whitespace().nth(at)?.parse().ok()
}

#[expect(clippy::cast_precision_loss, reason = "ticks of a test's life are few")]
fn ticks(id: u32, with_ended_children: bool) -> Option<f64> {
    let own = field(id, 11)? + field(id, 12)?;
    let theirs = if with_ended_children { field(id, 13)? + field(id, 14)? } else { 0 };
    Some((own + theirs) as f64 / TICKS)
}

fn processes() -> Outcome<Vec<u32>> {
    let names = fs::read_dir("/proc").doing("list the processes")?;
    Ok(names.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect())
}

/// Memory that the servers hold and nobody shares with them, KiB. The program's own pages are in it: take differences.
pub(super) fn resident_kb(site: &Site) -> Outcome<f64> {
    let mut sum = 0.0;
    for server in &site.servers {
        let status =
            fs::read_to_string(format!("/proc/{}/status", server.id())).doing("read a server's memory")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
        sum += line.trim().trim_end_matches("kB").trim().parse::<f64>().unwrap_or(f64::NAN);
    }
    Ok(sum)
}

/// One, five and fifteen minutes' load of the machine.
pub(super) fn load_average() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}

/// A cumulative histogram over all routes: upper bound in seconds (the last is infinite) and how many lie below.
#[derive(Clone, Debug, Default)]
pub(super) struct Histogram(BTreeMap<u64, (f64, f64)>);

impl Histogram {
    fn add(&mut self, bound: f64, count: f64) {
        // Positive floats sort like their bits.
        self.0.entry(bound.to_bits()).or_insert((bound, 0.0)).1 += count;
    }

    /// What was counted since `before`.
    pub(super) fn since(&self, before: &Self) -> Self {
        let earlier = |key: &u64| before.0.get(key).map_or(0.0, |(_, count)| *count);
        Self(self.0.iter().map(|(key, (bound, count))| (*key, (*bound, count - earlier(key)))).collect())
    }

    /// The value, in milliseconds, under which `share` of all lie; between two bounds as if they were spread evenly.
    pub(super) fn at_share_ms(&self, share: f64) -> f64 {
        let all = self.0.values().last().map_or(0.0, |(_, count)| *count);
        let (mut low, mut below) = (0.0, 0.0);
        for (bound, count) in self.0.values() {
            if *count >= all * share {
                let part = if count > &below { (all * share - below) / (count - below) } else { 0.0 };
                return if bound.is_finite() { (low + (bound - low) * part) * 1e3 } else { f64::INFINITY };
            }
            (low, below) = (*bound, *count);
        }
        f64::NAN
    }
}

/// The database's share of requests, over the routes of synchronisation and all servers.
pub(super) fn database_seconds(site: &Site) -> Outcome<Histogram> {
    let mut histogram = Histogram::default();
    for server in &site.servers {
        for line in metrics(&server.operator)?.lines() {
            let Some(rest) = line.strip_prefix("mentalspace_database_seconds_bucket{route=\"/v1/sync/")
            else {
                continue;
            };
            let Some((bound, count)) = rest.split_once("le=\"").and_then(|(_, le)| le.split_once("\"} "))
            else {
                continue;
            };
            let bound = if bound == "+Inf" { f64::INFINITY } else { bound.parse().unwrap_or(f64::NAN) };
            histogram.add(bound, count.parse().unwrap_or_default());
        }
    }
    Ok(histogram)
}

fn metrics(operator: &str) -> Outcome<String> {
    let mut stream = TcpStream::connect(operator).doing("reach a server's figures")?;
    let request = format!("GET /metrics HTTP/1.1\r\nhost: {operator}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).doing("ask for a server's figures")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).doing("read a server's figures")?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_lies_between_the_bounds_that_hold_it() {
        let mut before = Histogram::default();
        let mut after = Histogram::default();
        for (bound, old, new) in [(0.01, 10.0, 60.0), (0.05, 10.0, 110.0), (f64::INFINITY, 10.0, 110.0)] {
            before.add(bound, old);
            after.add(bound, new);
        }
        let between = after.since(&before);
        assert!((between.at_share_ms(0.25) - 5.0).abs() < 1e-9);
        assert!((between.at_share_ms(0.75) - 30.0).abs() < 1e-9);
        assert!(Histogram::default().at_share_ms(0.5).is_nan());
    }
}
