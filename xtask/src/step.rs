//! One step of the work: announced, timed, and if it fails, with what to do next.

use std::fmt::Display;
use std::fs::{self, File};
use std::io::{IsTerminal as _, Write as _};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::{interrupt, place};

/// Why the work cannot go on, and what the person in front of it can do.
#[derive(Debug)]
pub(crate) struct Stop {
    what: String,
    next: String,
    told: bool,
}

impl Stop {
    pub(crate) fn new(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { what: what.into(), next: next.into(), told: false }
    }

    /// A failure that the program which failed has explained already, as its last words.
    pub(crate) fn told() -> Self {
        Self { what: String::new(), next: String::new(), told: true }
    }

    pub(crate) fn tell(&self) {
        if !self.told {
            eprintln!("\n✗ {}\n  {}", self.what, self.next.replace('\n', "\n  "));
        }
    }
}

/// Says what was being done when the system refused it.
pub(crate) trait OrStop<T> {
    fn or_stop(self, doing: &str) -> Result<T, Stop>;
}

impl<T, E: Display> OrStop<T> for Result<T, E> {
    fn or_stop(self, doing: &str) -> Result<T, Stop> {
        self.map_err(|why| {
            Stop::new(format!("could not {doing}: {why}"), "Put that right and run the same again.")
        })
    }
}

pub(crate) fn say(text: impl Display) {
    println!("{text}");
}

/// Runs a program whose output only matters when it fails: shows a line with the time that goes by, keeps the output
/// in a file, and prints the end of it after a failure.
pub(crate) fn quiet(title: &str, next: &str, command: &mut Command) -> Result<(), Stop> {
    let name: String = title.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let log_path = place::working_directory("logs").or_stop("create the directory of the logs")?;
    let log_path = log_path.join(format!("{}.log", name.to_lowercase()));
    let log = File::create(&log_path).or_stop("create a log")?;
    let errors = log.try_clone().or_stop("create a log")?;
    command.stdin(Stdio::null()).stdout(log).stderr(errors);
    let ticker = Ticker::start(title);
    let status = wait(title, command, |elapsed| ticker.tick(elapsed))?;
    ticker.end(status.success());
    if status.success() {
        return Ok(());
    }
    let text = fs::read_to_string(&log_path).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    for line in lines.iter().skip(lines.len().saturating_sub(40)) {
        eprintln!("  │ {line}");
    }
    Err(Stop::new(
        format!("{title}: failed ({status})"),
        format!("{next}\nThe whole output is in {}.", log_path.display()),
    ))
}

/// Runs a program whose output is worth watching.
pub(crate) fn shown(title: &str, next: &str, command: &mut Command) -> Result<(), Stop> {
    say(format_args!("▸ {title}"));
    let begun = Instant::now();
    let status = wait(title, command.stdin(Stdio::null()), |_| ())?;
    if status.success() {
        say(format_args!("✓ {title} ({})", seconds(begun.elapsed())));
        return Ok(());
    }
    Err(Stop::new(format!("{title}: failed ({status})"), next))
}

/// Runs a program whose own last words close the output, whether it succeeds or not.
pub(crate) fn last_words(title: &str, command: &mut Command) -> Result<(), Stop> {
    say(format_args!("▸ {title}"));
    let status = wait(title, command.stdin(Stdio::null()), |_| ())?;
    if status.success() { Ok(()) } else { Err(Stop::told()) }
}

/// Runs a program that may ask the person at the terminal, for a password as a rule; it stays in our own process
/// group, because only the group in the foreground may read from a terminal.
pub(crate) fn asking(title: &str, next: &str, command: &mut Command) -> Result<(), Stop> {
    say(format_args!("▸ {title}"));
    let begun = Instant::now();
    let status = command.status().or_stop(&format!("start {}", command.get_program().display()))?;
    if status.success() {
        say(format_args!("✓ {title} ({})", seconds(begun.elapsed())));
        return Ok(());
    }
    Err(Stop::new(format!("{title}: failed ({status})"), next))
}

/// A duration for people: tenths below a minute, minutes and seconds above.
pub(crate) fn seconds(duration: Duration) -> String {
    let whole = duration.as_secs();
    if whole < 60 {
        return format!("{:.1} s", duration.as_secs_f64());
    }
    format!("{} min {} s", whole / 60, whole % 60)
}

fn wait(title: &str, command: &mut Command, mut tick: impl FnMut(Duration)) -> Result<ExitStatus, Stop> {
    let begun = Instant::now();
    let program = command.get_program().display().to_string();
    let mut group = interrupt::start(command).map_err(|why| {
        Stop::new(format!("{title}: could not start {program} ({why})"), "Install it and run the same again.")
    })?;
    loop {
        if let Some(status) = group.child.try_wait().or_stop("wait for a program")? {
            return if interrupt::came() { Err(Stop::told()) } else { Ok(status) };
        }
        tick(begun.elapsed());
        thread::sleep(Duration::from_millis(50));
    }
}

/// The line of a quiet step: rewritten each second on a terminal, elsewhere once more every half minute.
struct Ticker<'a> {
    title: &'a str,
    begun: Instant,
    rewrites: bool,
    shown: std::cell::Cell<u64>,
}

impl<'a> Ticker<'a> {
    fn start(title: &'a str) -> Self {
        let rewrites = std::io::stdout().is_terminal();
        if rewrites {
            print!("▸ {title} …");
        } else {
            println!("▸ {title} …");
        }
        let _ = std::io::stdout().flush();
        Self { title, begun: Instant::now(), rewrites, shown: std::cell::Cell::new(0) }
    }

    fn tick(&self, elapsed: Duration) {
        let every = if self.rewrites { 1 } else { 30 };
        let now = elapsed.as_secs() / every;
        if now > self.shown.replace(now) {
            if self.rewrites {
                print!("\r▸ {} … {} s", self.title, elapsed.as_secs());
                let _ = std::io::stdout().flush();
            } else {
                println!("  … {} s", elapsed.as_secs());
            }
        }
    }

    fn end(&self, success: bool) {
        let (mark, time) = (if success { '✓' } else { '✗' }, seconds(self.begun.elapsed()));
        if self.rewrites {
            println!("\r\x1b[K{mark} {} ({time})", self.title);
        } else {
            println!("{mark} {} ({time})", self.title);
        }
    }
}
