//! What can happen to one request and its answer.

use crate::messages::{PullAnswer, PushRequest};
use crate::server::DeviceNo;

/// A fault of one exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    /// None.
    None,
    /// The request never arrives.
    DropRequest,
    /// The answer never arrives.
    DropAnswer,
    /// The request arrives twice.
    Double,
    /// A second copy of the request stays on the way, and arrives when something else has happened.
    Late,
    /// The answer is cut after so many whole pages; other answers are lost.
    Cut(u8),
    /// The device is killed while it takes the answer in.
    Crash,
}

impl Fault {
    /// Its name among the counts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "no fault",
            Self::DropRequest => "requests dropped",
            Self::DropAnswer => "answers dropped",
            Self::Double => "requests doubled",
            Self::Late => "requests left on the way",
            Self::Cut(_) => "answers cut",
            Self::Crash => "kills while an answer is taken in",
        }
    }
}

/// A copy of a request that is still on its way.
#[derive(Clone, Debug)]
pub struct Straggler {
    /// Who sent it.
    pub device: DeviceNo,
    /// The request.
    pub request: PushRequest,
}

/// What is left of an answer that was cut after `pages` whole pages.
#[must_use]
pub fn cut(mut answer: PullAnswer, pages: u8) -> PullAnswer {
    answer.pages.truncate(usize::from(pages));
    answer.end = None;
    answer
}
