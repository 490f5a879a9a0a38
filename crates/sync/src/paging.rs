//! How many rows a device asks for at a time: as many as come, and are written down, in about a second on the way that
//! it has. A slow page halves the next one and a quick full one doubles it, so that one bad minute never leaves a device
//! with small pages for ever. A page that did not arrive quarters it: what gets through a bad path is small.

use chrono::TimeDelta;
use mentalspace_protocol::limits::{MAX_PULL_ROWS, MIN_PULL_ROWS};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What a page should take, from asking for it to its rows being durable.
const AIM: Duration = Duration::from_secs(1);

/// The size of the next page, in rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct PageSize(u32);

impl Default for PageSize {
    fn default() -> Self {
        Self(MAX_PULL_ROWS)
    }
}

impl PageSize {
    /// After a page that took `span`. Only one with as many rows as were asked for says that more would have come as
    /// quickly.
    fn after(self, span: Duration, was_full: bool) -> Self {
        match span {
            slow if slow > AIM * 2 => self.within(self.0 / 2),
            quick if was_full && quick < AIM / 2 => self.within(self.0.saturating_mul(2)),
            _ => self,
        }
    }

    /// After a page that did not arrive whole.
    fn after_a_cut(self) -> Self {
        self.within(self.0 / 4)
    }

    fn within(self, rows: u32) -> Self {
        Self(rows.clamp(MIN_PULL_ROWS, MAX_PULL_ROWS))
    }
}

/// The page size of a connection, for as long as the program runs.
#[derive(Debug, Default)]
pub struct Paging(Mutex<PageSize>);

impl Paging {
    /// Rows to ask for.
    #[must_use]
    pub fn rows(&self) -> u32 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    /// An answer took so long by the device's clock, until its rows were durable; `more` says whether more waits behind
    /// it, and is absent where the answer was cut.
    pub fn answered(&self, span: TimeDelta, more: Option<bool>) {
        match (more, span.to_std()) {
            (Some(more), Ok(span)) => self.change(|size| size.after(span, more)),
            (None, _) => self.was_cut(),
            // The clock was set back meanwhile: nothing is known.
            (Some(_), Err(_)) => {}
        }
    }

    /// A page did not arrive, or not whole: the path went silent, or the connection broke.
    pub fn was_cut(&self) {
        self.change(PageSize::after_a_cut);
    }

    fn change(&self, next: impl FnOnce(PageSize) -> PageSize) {
        let mut size = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *size = next(*size);
    }
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
}
