//! How much a device asks for, and hands over, at a time: as much as gets through well on the way that it has. A slow
//! exchange halves the next one and a quick full one doubles it, so that one bad minute never leaves a device with small
//! ones for ever. One that did not get through quarters it: what gets through a bad path is small.

use chrono::TimeDelta;
use mentalspace_protocol::limits::{MAX_PULL_ROWS, MIN_PULL_ROWS, PUSH_BATCH_BYTES};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What a page should take, from asking for it to its rows being durable.
const PAGE_AIM: Duration = Duration::from_secs(1);
/// What handing over a batch should take: a fraction of the silence after which its path is taken for dead, and of the
/// patience that the server has with a request.
const BATCH_AIM: Duration = Duration::from_secs(5);
/// The least that a batch is meant to hold, bytes before compression. One command is always sent, however large.
const LEAST_BATCH_BYTES: usize = 4 * 1024;

/// A size that follows the way.
#[derive(Clone, Copy, Debug)]
struct Size {
    now: usize,
    least: usize,
    most: usize,
    aim: Duration,
}

impl Size {
    const fn new(least: usize, most: usize, aim: Duration) -> Self {
        Self { now: most, least, most, aim }
    }

    /// After an exchange that took `span`. Only one that was full says that more would have come as quickly.
    fn took(&mut self, span: Duration, was_full: bool) {
        match span {
            slow if slow > self.aim * 2 => self.becomes(self.now / 2),
            quick if was_full && quick < self.aim / 2 => self.becomes(self.now.saturating_mul(2)),
            _ => {}
        }
    }

    /// After one that did not get through whole.
    fn was_cut(&mut self) {
        self.becomes(self.now / 4);
    }

    fn becomes(&mut self, size: usize) {
        self.now = size.clamp(self.least, self.most);
    }
}

/// The sizes of a connection, for as long as the program runs.
#[derive(Debug)]
pub struct Paging {
    rows: Mutex<Size>,
    bytes: Mutex<Size>,
}

impl Default for Paging {
    fn default() -> Self {
        Self {
            rows: Mutex::new(Size::new(MIN_PULL_ROWS as usize, MAX_PULL_ROWS as usize, PAGE_AIM)),
            bytes: Mutex::new(Size::new(LEAST_BATCH_BYTES, PUSH_BATCH_BYTES, BATCH_AIM)),
        }
    }
}

impl Paging {
    /// Rows to ask for.
    #[must_use]
    pub fn rows(&self) -> u32 {
        let rows = held(&self.rows).now;
        u32::try_from(rows).unwrap_or(MAX_PULL_ROWS)
    }

    /// Bytes of commands to hand over, before compression.
    #[must_use]
    pub fn bytes(&self) -> usize {
        held(&self.bytes).now
    }

    /// An answer took so long by the device's clock, until its rows were durable; `more` says whether more waits behind
    /// it, and is absent where the answer was cut.
    pub fn answered(&self, span: TimeDelta, more: Option<bool>) {
        match more {
            Some(more) => took(&self.rows, span, more),
            None => self.was_cut(),
        }
    }

    /// A page did not arrive, or not whole: the path went silent, or the connection broke.
    pub fn was_cut(&self) {
        held(&self.rows).was_cut();
    }

    /// A batch was handed over in so long by the device's clock; `more` says whether more waits behind it.
    pub fn handed_over(&self, span: TimeDelta, more: bool) {
        took(&self.bytes, span, more);
    }

    /// Whether a batch arrived is not known: the path went silent, or the connection broke.
    pub fn was_not_handed_over(&self) {
        held(&self.bytes).was_cut();
    }
}

/// Where the clock was set back meanwhile, nothing is known.
fn took(size: &Mutex<Size>, span: TimeDelta, was_full: bool) {
    if let Ok(span) = span.to_std() {
        held(size).took(span, was_full);
    }
}

fn held(size: &Mutex<Size>) -> MutexGuard<'_, Size> {
    size.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLOW: TimeDelta = TimeDelta::seconds(5);
    const QUICK: TimeDelta = TimeDelta::milliseconds(50);

    /// The way of the size over pages that took so long.
    fn sizes(paging: &Paging, spans: &[TimeDelta]) -> Vec<u32> {
        let mut sizes = Vec::new();
        for span in spans {
            paging.answered(*span, Some(true));
            sizes.push(paging.rows());
        }
        sizes
    }

    #[test]
    fn t41_the_scaler_recovers_after_a_slow_page() {
        let paging = Paging::default();
        assert_eq!(sizes(&paging, &[SLOW; 8]), [2_500, 1_250, 625, 312, 156, 100, 100, 100]);
        assert_eq!(sizes(&paging, &[QUICK; 7]), [200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
    }

    #[test]
    fn a_page_that_takes_about_as_long_as_it_should_changes_nothing() {
        let paging = Paging::default();
        sizes(&paging, &[SLOW, SLOW]);
        let about = [500, 700, 1_000, 1_500, 2_000].map(TimeDelta::milliseconds);
        assert_eq!(sizes(&paging, &about), [1_250; 5]);
        // An empty answer is quick, and says nothing of how quickly a full one would come.
        paging.answered(QUICK, Some(false));
        assert_eq!(paging.rows(), 1_250);
        paging.answered(SLOW, Some(false));
        assert_eq!(paging.rows(), 625, "a slow one says something, however little it held");
        paging.answered(-SLOW, Some(true));
        assert_eq!(paging.rows(), 625, "a clock that was set back says nothing");
    }

    #[test]
    fn t15_pages_that_do_not_arrive_become_small_within_three_tries() {
        let paging = Paging::default();
        let sizes: Vec<u32> = (0..4).map(|_| (paging.answered(QUICK, None), paging.rows()).1).collect();
        assert_eq!(sizes, [1_250, 312, 100, 100]);
    }

    #[test]
    fn t41_batches_that_do_not_get_through_become_small_and_grow_again() {
        let paging = Paging::default();
        let cut: Vec<usize> = (0..4).map(|_| (paging.was_not_handed_over(), paging.bytes()).1).collect();
        assert_eq!(cut, [65_536, 16_384, 4_096, 4_096]);
        let grown = |span, more| (paging.handed_over(span, more), paging.bytes()).1;
        assert_eq!([grown(QUICK, true), grown(QUICK, true)], [8_192, 16_384]);
        // The last of them says nothing of how quickly more would have gone.
        assert_eq!(grown(QUICK, false), 16_384);
        assert_eq!(grown(TimeDelta::seconds(11), true), 8_192);
        assert_eq!(grown(-SLOW, true), 8_192, "a clock that was set back says nothing");
        assert_eq!(paging.rows(), MAX_PULL_ROWS, "a push says nothing of pulls");
    }
}
