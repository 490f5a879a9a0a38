//! Bad lines: partitions, half-open connections, lost answers, cuts at a byte, wrong bits, doubled pieces, delays and
//! trickles; through a line of our own, and, where the machine permits, between network namespaces.

use crate::charts::clinic;
use crate::faults::dice::Dice;
use crate::faults::fleet::{Fleet, Way};
use crate::faults::line::{Line, Weather};
use crate::faults::namespace::Namespace;
use crate::faults::tally::Tally;
use mentalspace_testkit::clinic::Clinic;
use mentalspace_testkit::failure::Outcome;
use std::net::Ipv4Addr;
use std::time::Duration;

/// The name of this kind.
pub const KIND: &str = "net";

/// What `count` cases have to have met.
#[must_use]
pub fn least(count: u64) -> Vec<(&'static str, u64)> {
    vec![
        ("net.healed", count),
        ("net.acknowledged", count * 4),
        ("net.trouble", count * 2),
        ("net.partition", count / 12),
        ("net.sync_unreachable", count / 3),
    ]
}

/// Two laptops on lines of ours; a third in a namespace of its own, where there can be one.
struct Lines {
    lines: Vec<Line>,
    namespace: Option<Namespace>,
    fleet: Fleet,
}

impl Lines {
    fn to(clinic: &Clinic, tally: &mut Tally) -> Outcome<Self> {
        let mut lines = Vec::new();
        let mut ways = Vec::new();
        for _ in 0..2 {
            let line = Line::new(Ipv4Addr::LOCALHOST, clinic.port())?;
            ways.push(Way { server: Some(line.address()), ..Way::default() });
            lines.push(line);
        }
        let namespace = match Namespace::new() {
            Ok(namespace) => Some(namespace),
            Err(why) => {
                tally.skip(format!("no partition between network namespaces: {}", why.in_full()));
                None
            }
        };
        if let Some(namespace) = &namespace {
            let line = Line::new(namespace.outside(), clinic.port())?;
            ways.push(Way { server: Some(line.address()), through: namespace.entering() });
            lines.push(line);
        }
        let fleet = Fleet::enrolled(clinic, &ways)?;
        Ok(Self { lines, namespace, fleet })
    }
}

/// Runs the cases `seeds`.
///
/// # Errors
/// A laptop does not answer.
pub fn run(seeds: impl Iterator<Item = u64>, tally: &mut Tally) -> Outcome<()> {
    let clinic = clinic()?;
    let mut lines = Lines::to(&clinic, tally)?;
    for seed in seeds {
        tally.case(KIND);
        case(&mut lines, seed, tally)?;
    }
    Ok(())
}

fn case(lines: &mut Lines, seed: u64, tally: &mut Tally) -> Outcome<()> {
    let mut dice = Dice::of(KIND, seed);
    let Lines { lines, namespace, fleet } = lines;
    fleet.work_during(|| {
        let weathers: Vec<Weather> =
            (0..).zip(&*lines).map(|(number, _)| weather(seed + number * 5, &mut dice)).collect();
        for (line, weather) in lines.iter().zip(&weathers) {
            let _ = line.turn(*weather);
        }
        let between = namespace.as_ref().map(|namespace| (namespace, seed % 3));
        if let Some((namespace, how)) = between {
            namespace.disturb(how, tally)?;
        }
        // The trouble itself: long enough for several tries, and for some to give up.
        std::thread::sleep(Duration::from_millis(1_500 + dice.roll(2_500)));
        if let Some((namespace, _)) = between {
            namespace.calm()?;
        }
        for (line, weather) in lines.iter().zip(&weathers) {
            let took = line.turn(Weather::Clear);
            tally.add("net.trouble", took);
            tally.add(&format!("net.{}", weather.name()), took);
        }
        Ok(())
    })?;
    fleet.heal(KIND, &format!("{KIND} {seed}"), tally)
}

/// The weather of one line in case `number`; where in the stream something happens is chosen by dice.
fn weather(number: u64, dice: &mut Dice) -> Weather {
    // From the handshake to far into an answer.
    let byte = [300, 3_000, 30_000][usize::try_from(dice.roll(3)).unwrap_or(0)];
    let byte = dice.roll(byte);
    match number % 9 {
        0 => Weather::Partition,
        1 => Weather::LostAnswer { after: byte },
        2 => Weather::Cut { after: byte },
        3 => Weather::Refused,
        4 => Weather::HalfOpen,
        5 => Weather::Corrupt { at: byte },
        6 => Weather::Doubled { at: byte },
        7 => Weather::Trickle { a_second: 2_000 + dice.roll(30_000) },
        _ => Weather::Late { ms: 50 + dice.roll(400) },
    }
}
