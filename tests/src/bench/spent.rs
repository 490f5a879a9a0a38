//! What the server and its PostgreSQL have spent so far, as the kernel counts it.

use mentalspace_testkit::clinic::Clinic;
use mentalspace_testkit::failure::{Doing as _, Failure, Outcome};
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

/// The processes to watch: the server, PostgreSQL and everything that PostgreSQL started.
#[derive(Debug)]
pub(super) struct Spent {
    roots: Vec<u32>,
}

/// Spent since the beginning.
#[derive(Debug, Clone, Copy)]
pub(super) struct Account {
    /// Processor time, in seconds.
    pub(super) cpu_s: f64,
    /// Bytes over loopback: PostgreSQL is on a Unix socket, so that only devices and server are counted, with their
    /// TLS and TCP. 10^6 bytes.
    pub(super) wire_mb: f64,
}

/// Clock ticks in a second, the same on every Linux that Rust runs on.
const TICKS: f64 = 100.0;
/// The log grows by some thousands of rows a second.
const PATIENCE: Duration = Duration::from_secs(180);

impl Spent {
    pub(super) fn by(clinic: &Clinic) -> Outcome<Self> {
        let config = clinic.config().display().to_string();
        let socket = clinic.postgres().socket_dir().display().to_string();
        let mut roots = Vec::new();
        for id in processes()? {
            let line = fs::read_to_string(format!("/proc/{id}/cmdline")).unwrap_or_default();
            let words: Vec<&str> = line.split('\0').collect();
            // The guard's shell names the socket too.
            let guarded = words.first().is_some_and(|program| program.ends_with("sh"));
            if !guarded && words.iter().any(|word| *word == config || *word == socket) {
                roots.push(id);
            }
        }
        if roots.len() == 2 {
            return Ok(Self { roots });
        }
        Err(Failure::Said(format!("the server and PostgreSQL are not the processes {roots:?}")))
    }

    /// Waits until a second costs less than a hundredth of one, three times running: nothing of earlier work is left.
    pub(super) fn until_quiet(&self) -> Outcome<()> {
        let give_up = Instant::now() + PATIENCE;
        let mut quiet = 0;
        while quiet < 3 {
            if Instant::now() > give_up {
                return Err(Failure::Said("the server does not come to rest".into()));
            }
            let before = self.now()?.cpu_s;
            thread::sleep(Duration::from_secs(1));
            quiet = if self.now()?.cpu_s - before <= 0.01 { quiet + 1 } else { 0 };
        }
        Ok(())
    }

    pub(super) fn now(&self) -> Outcome<Account> {
        let mut ticks = 0_u32;
        for id in processes()? {
            let Ok(stat) = fs::read_to_string(format!("/proc/{id}/stat")) else { continue };
            // The name stands in parentheses and may hold blanks: fields are counted behind it, from the state on.
            let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
            let number =
                |at: usize| fields.get(at).and_then(|field| field.parse::<u32>().ok()).unwrap_or_default();
            let parent = number(1);
            if self.roots.contains(&id) {
                // Own time, and that of children which have ended.
                ticks += number(11) + number(12) + number(13) + number(14);
            } else if self.roots.contains(&parent) {
                ticks += number(11) + number(12);
            }
        }
        let network = fs::read_to_string("/proc/net/dev").doing("read the network's counters")?;
        let loopback =
            network.lines().find_map(|line| line.trim_start().strip_prefix("lo:")).unwrap_or_default();
        let bytes: f64 =
            loopback.split_whitespace().next().and_then(|field| field.parse().ok()).unwrap_or_default();
        Ok(Account { cpu_s: f64::from(ticks) / TICKS, wire_mb: bytes / 1e6 })
    }
}

fn processes() -> Outcome<Vec<u32>> {
    let names = fs::read_dir("/proc").doing("list the processes")?;
    Ok(names.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect())
}
