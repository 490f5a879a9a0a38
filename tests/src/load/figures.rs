//! What a run came to: as a table, and as one line of JSON.

use super::Wanted;
use super::ledger::{Account, Asked, Lag, Troubles};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// How it went when more was asked than the servers can do.
#[derive(Clone, Debug, Default)]
pub(super) struct Storm {
    asked: u64,
    troubles: Troubles,
    calm_p95_ms: f64,
    calm_troubles: Troubles,
}

impl Storm {
    pub(super) fn of(during: Account, after: Account) -> Self {
        let mut calm: Vec<f32> = after.took.into_values().flatten().collect();
        Self {
            asked: during.took.values().map(|took| took.len() as u64).sum::<u64>() + during.troubles.busy,
            troubles: during.troubles,
            calm_p95_ms: at_share(&mut calm, 0.95),
            calm_troubles: after.troubles,
        }
    }

    fn to_json(&self) -> Value {
        json!({
            "requests": self.asked,
            "busy_503": self.troubles.busy,
            "busy_503_without_retry_after": self.troubles.busy_without_a_time,
            "errors_5xx": self.troubles.failed,
            "unreachable": self.troubles.unreachable,
            "refused": self.troubles.refused,
            "first_error": self.troubles.first,
            "p95_ms_half_a_minute_later": tenths(self.calm_p95_ms),
            "busy_503_half_a_minute_later": self.calm_troubles.busy,
        })
    }
}

/// The figures of a run.
#[derive(Debug)]
pub struct Figures {
    wanted: Wanted,
    pub(super) load_before: String,
    pub(super) load_after: String,
    pub(super) kb_per_idle_device: f64,
    /// Whether they left before the work began.
    pub(super) idle_left: bool,
    pub(super) db_p95_ms: f64,
    pub(super) storm: Option<Storm>,
    lost: u64,
    first_lost: Option<String>,
    pub(super) doubled: u64,
    pub(super) signed: u64,
    pub(super) notes: u64,
    endpoints: BTreeMap<Asked, (usize, [f64; 3])>,
    p95_ms: f64,
    requests: u64,
    requests_of_idle: u64,
    seconds: f64,
    cpu: (f64, f64),
    troubles: Troubles,
    idle_troubles: Troubles,
    outcomes: BTreeMap<&'static str, u64>,
    first_refused_command: Option<String>,
    lags: Vec<Lag>,
}

impl Figures {
    pub(super) fn of(wanted: Wanted) -> Self {
        Self {
            wanted,
            load_before: String::new(),
            load_after: String::new(),
            kb_per_idle_device: f64::NAN,
            idle_left: false,
            db_p95_ms: f64::NAN,
            storm: None,
            lost: 0,
            first_lost: None,
            doubled: 0,
            signed: 0,
            notes: 0,
            endpoints: BTreeMap::new(),
            p95_ms: f64::NAN,
            requests: 0,
            requests_of_idle: 0,
            seconds: 0.0,
            cpu: (0.0, 0.0),
            troubles: Troubles::default(),
            idle_troubles: Troubles::default(),
            outcomes: BTreeMap::new(),
            first_refused_command: None,
            lags: Vec::new(),
        }
    }

    /// Takes in what was measured while everybody worked: of those who work, of those who only listen, for how long, and
    /// what servers and PostgreSQL spent on it, seconds.
    pub(super) fn take(&mut self, mut account: Account, idle: Account, span: Duration, cpu: (f64, f64)) {
        let mut all: Vec<f32> =
            account.took.values().flatten().chain(idle.took.values().flatten()).copied().collect();
        self.p95_ms = at_share(&mut all, 0.95);
        self.requests = all.len() as u64;
        self.requests_of_idle = idle.took.values().map(|took| took.len() as u64).sum();
        for (asked, took) in &mut account.took {
            let shares = [0.5, 0.95, 0.99].map(|share| at_share(took, share));
            self.endpoints.insert(*asked, (took.len(), shares));
        }
        self.seconds = span.as_secs_f64();
        self.cpu = cpu;
        (self.troubles, self.idle_troubles) = (account.troubles, idle.troubles);
        (self.outcomes, self.first_refused_command) = (account.outcomes, account.first_refused_command);
        self.lags = account.lags;
    }

    /// Words are not where they should be.
    pub(super) fn lose(&mut self, which: String) {
        self.lost += 1;
        let _ = self.first_lost.get_or_insert(which);
    }

    /// What may not be, whatever the machine is busy with beside.
    #[must_use]
    pub fn wrong(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut none = |what: &str, count: u64| {
            if count > 0 {
                wrong.push(format!("{what}: {count}"));
            }
        };
        none("words lost", self.lost);
        if let Some(first) = &self.first_lost {
            println!("   the first words lost: {first}");
        }
        none("commands with two effects", self.doubled);
        let storm = self.storm.as_ref().map(|storm| [&storm.troubles, &storm.calm_troubles]);
        let storms = storm.into_iter().flatten();
        for troubles in [&self.troubles, &self.idle_troubles].into_iter().chain(storms) {
            none("5xx that nobody asked for", troubles.failed + troubles.busy_without_a_time);
            none("refusals", troubles.refused);
            if let Some(first) = &troubles.first {
                println!("   the first trouble of a part: {first}");
            }
        }
        let merged = self.outcomes.iter().filter(|(name, _)| !matches!(**name, "applied" | "noop"));
        none("commands that were not applied", merged.map(|(_, count)| count).sum());
        if let Some(first) = &self.first_refused_command {
            println!("   the first command that was not applied: {first}");
        }
        if self.requests == 0 || self.lags.is_empty() || self.signed == 0 && self.wanted.minutes >= 5.0 {
            wrong.push(format!("too little happened: {} requests, {} edits", self.requests, self.lags.len()));
        }
        if self.storm.as_ref().is_some_and(|storm| storm.troubles.busy == 0) {
            wrong.push("nobody was turned away in the storm: it was none".to_owned());
        }
        wrong
    }

    /// The figures that are asked for, on two cores with nothing else at work. Gives those that are not reached.
    #[must_use]
    pub fn missed(&self) -> Vec<String> {
        let mut missed = Vec::new();
        let mut below = |what: &str, value: f64, most: f64| {
            if value.is_finite() && value >= most {
                missed.push(format!("{what}: {value:.1} is not below {most:.1}"));
            }
        };
        below("p95_ms", self.p95_ms, 200.0);
        below("db_p95_ms", self.db_p95_ms, 50.0);
        below("kb_per_idle_device", self.kb_per_idle_device, 25.0);
        let (early, late) = self.lag_halves();
        below("lag_p95_ms of the second half", late, early * 1.25 + 250.0);
        missed
    }

    fn lag(&self, share: f64, of: impl Fn(&Lag) -> Option<Duration>) -> f64 {
        let mut lags: Vec<f32> = self.lags.iter().filter_map(of).map(|lag| lag.as_secs_f32() * 1e3).collect();
        at_share(&mut lags, share)
    }

    /// The 95 % lag of the first and of the second half: whether it grows.
    fn lag_halves(&self) -> (f64, f64) {
        let half = Duration::from_secs_f64(self.seconds / 2.0);
        (
            self.lag(0.95, |lag| (lag.at < half).then_some(lag.whole)),
            self.lag(0.95, |lag| (lag.at >= half).then_some(lag.whole)),
        )
    }

    /// One object.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts of a run are far below 2^52")]
    pub fn to_json(&self) -> Value {
        let mut endpoints = Map::new();
        for (asked, (count, [p50, p95, p99])) in &self.endpoints {
            let of = json!({
                "count": count, "p50_ms": tenths(*p50), "p95_ms": tenths(*p95), "p99_ms": tenths(*p99),
            });
            endpoints.insert(asked.name().to_owned(), of);
        }
        let each = |seconds: f64| tenths(seconds * 1e6 / (self.requests as f64).max(1.0));
        let (early, late) = self.lag_halves();
        json!({
            "devices": self.wanted.devices,
            "idle": self.wanted.idle,
            "servers": self.wanted.servers,
            "minutes": self.wanted.minutes,
            "load_average_before": self.load_before,
            "load_average_after": self.load_after,
            "requests": self.requests,
            "requests_of_idle": self.requests_of_idle,
            "requests_per_s": tenths(self.requests as f64 / self.seconds.max(1e-9)),
            "endpoints": endpoints,
            "p95_ms": tenths(self.p95_ms),
            "db_p95_ms": tenths(self.db_p95_ms),
            "cpu_us_per_request": each(self.cpu.0 + self.cpu.1),
            "server_cpu_us_per_request": each(self.cpu.0),
            "postgres_cpu_us_per_request": each(self.cpu.1),
            "processors_used": tenths((self.cpu.0 + self.cpu.1) * 100.0 / self.seconds.max(1e-9)).map(|cent| cent / 100.0),
            "idle_left_before_work": self.idle_left,
            "kb_per_idle_device": tenths(self.kb_per_idle_device),
            "lag_p50_ms": tenths(self.lag(0.5, |lag| Some(lag.whole))),
            "lag_p95_ms": tenths(self.lag(0.95, |lag| Some(lag.whole))),
            "lag_p95_ms_first_half": tenths(early),
            "lag_p95_ms_second_half": tenths(late),
            "told_p50_ms": tenths(self.lag(0.5, |lag| lag.told)),
            "told_p95_ms": tenths(self.lag(0.95, |lag| lag.told)),
            "edits": self.lags.len(),
            "notes": self.notes,
            "signed": self.signed,
            "outcomes": self.outcomes,
            "busy_503": self.troubles.busy + self.idle_troubles.busy,
            "errors_5xx": self.troubles.failed + self.troubles.busy_without_a_time
                + self.idle_troubles.failed + self.idle_troubles.busy_without_a_time,
            "unreachable": self.troubles.unreachable + self.idle_troubles.unreachable,
            "refused": self.troubles.refused + self.idle_troubles.refused,
            "lost": self.lost,
            "doubled": self.doubled,
            "storm": self.storm.as_ref().map(Storm::to_json),
        })
    }
}

/// Rounded to tenths; nothing where nothing was measured.
fn tenths(value: f64) -> Option<f64> {
    value.is_finite().then_some((value * 10.0).round() / 10.0)
}

/// The value under which `share` of all lie.
fn at_share(values: &mut [f32], share: f64) -> f64 {
    values.sort_by(f32::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a place in a list"
    )]
    let at = (values.len() as f64 * share) as usize;
    values.get(at.min(values.len().saturating_sub(1))).map_or(f64::NAN, |value| f64::from(*value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted() -> Wanted {
        Wanted { devices: 1, idle: 0, servers: 1, minutes: 1.0, storm: false }
    }

    #[test]
    fn shares_of_few_and_of_none() {
        let mut values: Vec<f32> = (1..=100_u8).rev().map(f32::from).collect();
        assert!((at_share(&mut values, 0.5) - 51.0).abs() < 1e-9);
        assert!((at_share(&mut values, 0.95) - 96.0).abs() < 1e-9);
        assert!((at_share(&mut [7.0], 0.99) - 7.0).abs() < 1e-9);
        assert!(at_share(&mut [], 0.5).is_nan());
    }

    #[test]
    fn a_run_in_which_nothing_happened_or_something_was_lost_is_wrong() {
        let mut figures = Figures::of(wanted());
        assert_eq!(figures.wrong().len(), 1, "nothing happened");
        figures.requests = 10;
        figures.lags.push(Lag { at: Duration::ZERO, whole: Duration::from_secs(1), told: None });
        assert!(figures.wrong().is_empty(), "the control");
        (figures.lost, figures.doubled, figures.troubles.failed) = (1, 1, 1);
        figures.troubles.busy = 5;
        assert_eq!(figures.wrong().len(), 3, "{:?}", figures.wrong());
        figures.p95_ms = 250.0;
        assert_eq!(figures.missed().len(), 1);
    }
}
