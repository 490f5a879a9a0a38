//! How a client fares over time: the curve behind everything that the notes say.

use chrono::NaiveDate;

use super::problems::Instrument;
use super::random::Dice;

/// Where in the course a session lies; chooses the pools of sentences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Early,
    Mid,
    /// Middle phase without movement.
    Plateau,
    Late,
    Setback,
    /// The last visit of an episode that ends by agreement.
    Ending,
}

/// One session on the curve.
#[derive(Debug, Clone)]
pub(super) struct Point {
    /// 0 (well) to 100 (worst).
    pub(super) severity: i32,
    pub(super) stage: Stage,
    /// Passive thoughts of death are reported in this session.
    pub(super) passive: bool,
    /// Items of the questionnaire, where one was answered.
    pub(super) measure: Option<Vec<u8>>,
}

/// Words that go with a severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Heavy,
    Mid,
    Well,
}

impl Point {
    pub(super) fn level(&self) -> Level {
        match self.severity {
            60.. => Level::Heavy,
            32..60 => Level::Mid,
            _ => Level::Well,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Steady,
    Slow,
    Plateau,
}

/// Draws the course over the completed sessions (`dates`, intake first).
pub(super) fn draw(
    dates: &[NaiveDate],
    ends: bool,
    instrument: &Instrument,
    passive_chance: u32,
    dice: &mut Dice,
) -> Vec<Point> {
    let start = dice.between(64, 84);
    let shape = if ends {
        Shape::Steady
    } else {
        match dice.below(100) {
            0..50 => Shape::Steady,
            50..78 => Shape::Slow,
            _ => Shape::Plateau,
        }
    };
    let floor = match shape {
        Shape::Plateau => dice.between(40, 50),
        Shape::Slow => dice.between(24, 34),
        Shape::Steady => dice.between(10, 22),
    };
    // Sessions after which half of the way is gone. An episode that ends has arrived by then.
    let half = match shape {
        Shape::Slow => dice.between(12, 18),
        _ => dice.between(6, 11),
    };
    let setbacks: Vec<i32> = (0..dates.len() as i32 / 15).map(|nth| nth * 16 + dice.between(9, 18)).collect();
    let passive_at_early = dice.chance(passive_chance).then(|| dice.between(1, 3));
    let passive_at_setback = dice.chance(passive_chance / 2);
    let mut answered_on = -9;
    dates
        .iter()
        .enumerate()
        .map(|(index, _)| {
            let number = index as i32;
            let base = floor + (start - floor) * half / (half + number * number / (half + 2) + number / 3);
            let bump = setbacks
                .iter()
                .filter(|at| !ends || **at + 6 < dates.len() as i32)
                .map(|at| match number - at {
                    0 => 26,
                    1 => 30,
                    2 => 20,
                    3 => 9,
                    _ => 0,
                })
                .max()
                .unwrap_or(0);
            let severity = (base + bump + dice.between(-4, 4)).clamp(4, 92);
            let last = index + 1 == dates.len();
            let stage = if ends && last {
                Stage::Ending
            } else if bump >= 20 && number > 5 {
                Stage::Setback
            } else if number < 5 {
                Stage::Early
            } else if severity < 34 {
                Stage::Late
            } else if shape == Shape::Plateau && number > 14 {
                Stage::Plateau
            } else {
                Stage::Mid
            };
            let first_setback = setbacks.first().is_some_and(|at| *at + 1 == number);
            let passive = (passive_at_early == Some(number) && severity > 55)
                || (passive_at_setback && stage == Stage::Setback && first_setback && severity > 45);
            // Who reports such thoughts is not having a middling week.
            let severity = if passive { severity.max(65) } else { severity };
            let due = number - answered_on >= 4 && (number == 0 || !dice.chance(20));
            let measure = due.then(|| {
                answered_on = number;
                answers(instrument, severity, passive, dice)
            });
            Point { severity, stage, passive, measure }
        })
        .collect()
}

/// Items whose sum follows the severity.
fn answers(instrument: &Instrument, severity: i32, passive: bool, dice: &mut Dice) -> Vec<u8> {
    let most = instrument.items as i32 * i32::from(instrument.highest_item);
    let wanted = (most * severity * 80 / 10_000 + dice.between(-1, 1)).clamp(0, most * 9 / 10);
    let mut items = vec![0_u8; instrument.items];
    let safety = instrument.safety_item.unwrap_or(usize::MAX);
    if passive && let Some(item) = items.get_mut(safety) {
        *item = 1;
    }
    let mut sum: i32 = items.iter().map(|item| i32::from(*item)).sum();
    // Bounded: each round fills one open item, and the wanted sum leaves room without the safety item.
    for _ in 0..2_000 {
        if sum >= wanted {
            break;
        }
        let at = dice.below(items.len());
        if at != safety && items[at] < instrument.highest_item {
            items[at] += 1;
            sum += 1;
        }
    }
    items
}
